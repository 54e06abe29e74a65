package lint

import (
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"
)

// targets: a panel asks for something.
func targets(d Dashboard, _ *Vocabulary) (faults []string) {
	for _, p := range d.Panels {
		if !p.isRow() && !slices.ContainsFunc(p.Targets, func(t Target) bool { return t.Expr != "" }) {
			faults = append(faults, fmt.Sprintf("%v asks for nothing", p))
		}
	}
	return faults
}

// known are the units that Grafana knows; others it shows as they are written.
var known = regexp.MustCompile(`^(locale|percentunit|s|bytes|binBps|none|short|string|reqps|ops|time:.+|suffix: ?.+)$`)

// words: a dashboard and each panel say what they are, and a panel what it measures in.
func words(d Dashboard, _ *Vocabulary) (faults []string) {
	if d.Title == "" || d.Description == "" {
		faults = append(faults, "the dashboard has no title or no description")
	}
	for _, p := range d.Panels {
		if p.Title == "" {
			faults = append(faults, fmt.Sprintf("%v has no title", p))
		}
		if p.isRow() {
			continue
		}
		if p.Description == "" {
			faults = append(faults, fmt.Sprintf("%v has no description", p))
		}
		units := []any{p.FieldConfig.Defaults.Unit}
		for _, override := range p.FieldConfig.Overrides {
			for _, property := range override.Properties {
				if property.ID == "unit" {
					units = append(units, property.Value)
				}
			}
		}
		for _, unit := range units {
			if !known.MatchString(fmt.Sprint(unit)) {
				faults = append(faults, fmt.Sprintf("%v has the unit %q, which Grafana does not know", p, unit))
			}
		}
	}
	return faults
}

// narrowTitle is how many letters of a title are seen above a number that takes a sixth of the width.
const narrowTitle = 21

// atFirst is how many panels stand before the first row: as many as are taken in at a glance.
const atFirst = 6

// glance: what stands first answers the first question, and is not more than is taken in at a glance.
func glance(d Dashboard, _ *Vocabulary) (faults []string) {
	first := slices.IndexFunc(d.Panels, Panel.isRow)
	if first > atFirst {
		faults = append(faults, fmt.Sprintf("%d panels stand before the first row, want at most %d", first, atFirst))
	}
	return faults
}

// fits: a title that is cut off is no title.
func fits(d Dashboard, _ *Vocabulary) (faults []string) {
	for _, p := range d.Panels {
		if p.Type == "stat" && p.GridPos.W <= 4 && utf8.RuneCountInString(p.Title) > narrowTitle {
			faults = append(faults, fmt.Sprintf("%v has a title of more than %d letters", p, narrowTitle))
		}
	}
	return faults
}

// grid: panels are within 24 columns and do not overlap.
func grid(d Dashboard, _ *Vocabulary) (faults []string) {
	for i, p := range d.Panels {
		a := p.GridPos
		if a.W < 1 || a.H < 1 || a.X < 0 || a.X+a.W > 24 {
			faults = append(faults, fmt.Sprintf("%v is not within the 24 columns: %+v", p, a))
		}
		for _, other := range d.Panels[:i] {
			b := other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				faults = append(faults, fmt.Sprintf("%v overlaps %v", p, other))
			}
		}
	}
	return faults
}

// ids: every panel and row has an id of its own, so that links to it hold.
func ids(d Dashboard, _ *Vocabulary) (faults []string) {
	if d.UID == "" {
		faults = append(faults, "the dashboard has no uid")
	}
	seen := make(map[int]Panel)
	for _, p := range d.Panels {
		if p.ID == 0 {
			faults = append(faults, fmt.Sprintf("%v has no id", p))
		}
		if other, taken := seen[p.ID]; taken {
			faults = append(faults, fmt.Sprintf("%v has the id of %v", p, other))
		}
		seen[p.ID] = p
	}
	return faults
}

// datasource: everything asks the data source that the reader chooses.
func datasource(d Dashboard, _ *Vocabulary) (faults []string) {
	const chosen = "${datasource}"
	declared := false
	check := func(place string, uid string) {
		if uid != chosen {
			faults = append(faults, fmt.Sprintf("%s asks %q, not %s", place, uid, chosen))
		}
	}
	for _, v := range d.Templating.List {
		declared = declared || v.Type == "datasource" && v.Name == "datasource"
		if v.Type == "query" {
			check(fmt.Sprintf("variable %q", v.Name), v.Datasource.UID)
		}
	}
	if !declared {
		faults = append(faults, "there is no variable datasource")
	}
	for _, p := range d.Panels {
		if !p.isRow() {
			check(p.String(), p.Datasource.UID)
		}
		for _, t := range p.Targets {
			check(fmt.Sprintf("%v query %s", p, t.RefID), t.Datasource.UID)
		}
	}
	for _, a := range d.Annotations.List {
		check(fmt.Sprintf("annotation %q", a.Name), a.Datasource.UID)
	}
	return faults
}

// closed: what is generated is not edited by hand, and says in which zone its days begin.
func closed(d Dashboard, _ *Vocabulary) (faults []string) {
	if d.Editable {
		faults = append(faults, "the dashboard can be edited")
	}
	if d.Timezone == "" || d.Timezone == "browser" {
		faults = append(faults, fmt.Sprintf("its days begin in the time zone %q", d.Timezone))
	}
	return faults
}

var toDashboard = regexp.MustCompile(`^/d/([A-Za-z0-9_-]+)(?:[/?]|$)`)

// Links says which links of dashboards lead nowhere: to a uid or to tags that none of the others has.
func Links(all map[string][]byte) (faults []string, err error) {
	boards := make(map[string]Dashboard)
	for path, content := range all {
		if boards[path], err = decode(content); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	exists := func(has func(Dashboard) bool) bool {
		for _, d := range boards {
			if has(d) {
				return true
			}
		}
		return false
	}
	for path, d := range boards {
		for _, link := range d.Links {
			tagged := func(other Dashboard) bool {
				missing := func(tag string) bool { return !slices.Contains(other.Tags, tag) }
				return other.UID != d.UID && !slices.ContainsFunc(link.Tags, missing)
			}
			if link.Type != "dashboards" || !exists(tagged) {
				faults = append(faults, fmt.Sprintf("%s: no dashboard has the tags %v", path, link.Tags))
			}
		}
		for _, url := range d.urls() {
			to := toDashboard.FindStringSubmatch(url)
			if to == nil || !exists(func(other Dashboard) bool { return other.UID == to[1] }) {
				faults = append(faults, fmt.Sprintf("%s: there is no dashboard at %s", path, url))
			}
		}
	}
	slices.Sort(faults)
	return faults, nil
}

// urls are where clicks in panels lead.
func (d Dashboard) urls() (urls []string) {
	for _, p := range d.Panels {
		for _, link := range append(p.Links, p.FieldConfig.Defaults.Links...) {
			urls = append(urls, link.URL)
		}
		for _, override := range p.FieldConfig.Overrides {
			for _, property := range override.Properties {
				if property.ID != "links" {
					continue
				}
				for _, link := range property.Value.([]any) {
					urls = append(urls, link.(map[string]any)["url"].(string))
				}
			}
		}
	}
	return urls
}
