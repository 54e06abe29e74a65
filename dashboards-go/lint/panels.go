package lint

import "fmt"

// words: a dashboard and each panel say what they are, and a panel what it measures in.
func words(d Dashboard) (faults []string) {
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
		if p.FieldConfig.Defaults.Unit == "" {
			faults = append(faults, fmt.Sprintf("%v has no unit", p))
		}
	}
	return faults
}

// grid: panels are within 24 columns and do not overlap.
func grid(d Dashboard) (faults []string) {
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
func ids(d Dashboard) (faults []string) {
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
func datasource(d Dashboard) (faults []string) {
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
