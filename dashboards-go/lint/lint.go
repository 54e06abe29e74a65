// Package lint checks rendered dashboards: the JSON that is shipped, whatever it was made with. A rule is a function;
// it says what is wrong in words that lead to the place.
package lint

//lint:file-ignore SA1019 The SDK prefers version 2 of dashboards, which Grafana loads only with feature toggles.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// A Rule is something that must hold for every dashboard.
type Rule struct {
	Name  string
	Check func(Dashboard, *Vocabulary) []string
}

// Rules are all rules for one dashboard. Among them are those of Grafana's dashboard-linter that make sense here; these do
// not:
//
//   - template-job-rule, template-instance-rule, target-job-rule, target-instance-rule: the catalogue's names are our own, so
//     there is no job to choose, and the instance is removed on purpose; dashboards of foreign exporters have what tells their
//     servers apart.
//   - target-logql-*: strict decoding and the rule parses leave no other target than one of Prometheus.
//   - template-on-time-change-reload-rule: courses do not follow the time range, and the assignment that is chosen at first is
//     the one of this week, whatever the range.
//   - target-counter-agg-rule: totals of ours hold the whole history, so they may be shown as they are. For foreign counters
//     the rule counters holds.
func Rules() []Rule {
	return []Rule{
		{"targets", targets},
		{"words", words},
		{"glance", glance},
		{"fits", fits},
		{"grid", grid},
		{"ids", ids},
		{"datasource", datasource},
		{"closed", closed},
		{"parses", parses},
		{"vocabulary", vocabulary},
		{"persons", persons},
		{"windows", windows},
		{"instances", instances},
		{"distinct", distinct},
		{"counters", counters},
	}
}

// Check decodes a dashboard strictly and says what breaks which rule.
func Check(content []byte, v *Vocabulary) []string {
	d, err := decode(content)
	if err != nil {
		return []string{"strict: " + err.Error()}
	}
	var broken []string
	plugins.RegisterDefaultPlugins()
	// Where there is no error, the SDK returns an empty list of errors and not nil.
	if err := new(dashboard.Dashboard).UnmarshalJSONStrict(content); err != nil && err.Error() != "" {
		broken = append(broken, "strict: "+strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for _, rule := range Rules() {
		for _, fault := range rule.Check(d, v) {
			broken = append(broken, rule.Name+": "+fault)
		}
	}
	return broken
}

// A Dashboard is what the rules read of the JSON.
type Dashboard struct {
	UID         string
	Title       string
	Description string
	Editable    bool
	Timezone    string
	Tags        []string
	Links       []Link
	Panels      []Panel
	Templating  struct{ List []Variable }
	Annotations struct{ List []Annotation }

	parsed   []parsed // its expressions
	unparsed []string // what keeps others from being parsed
}

// A Panel is a panel, or the heading of a row.
type Panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	GridPos     struct{ X, Y, W, H int }
	Datasource  Datasource
	Targets     []Target
	FieldConfig struct {
		Defaults struct {
			Unit  string
			Links []struct{ URL string }
		}
		Overrides []struct {
			Properties []struct {
				ID    string
				Value any
			}
		}
	}
	Links  []struct{ URL string }
	Panels []Panel // of a row that is folded
}

// A Target is one query of a panel or an annotation.
type Target struct {
	RefID, Expr, LegendFormat string
	Datasource                Datasource
}

// A Variable is a choice of the reader's.
type Variable struct {
	Name, Type, Label string
	Query             any
	Datasource        Datasource
}

// An Annotation marks times.
type Annotation struct {
	Name, TextFormat, TitleFormat string
	Datasource                    Datasource
	Target                        Target
}

// A Link leads to other dashboards: to all that have its tags, or to a URL.
type Link struct {
	Type, URL string
	Tags      []string
}

// A Datasource names a data source by its uid.
type Datasource struct{ UID string }

func decode(content []byte) (d Dashboard, err error) {
	err = json.Unmarshal(content, &d)
	for _, p := range slices.Clone(d.Panels) {
		d.Panels = append(d.Panels, p.Panels...)
	}
	d.parse(d.Expressions())
	return d, err
}

func (p Panel) isRow() bool { return p.Type == "row" }

func (p Panel) String() string { return fmt.Sprintf("panel %d %q", p.ID, p.Title) }

// An Expression is a text that Prometheus will see, with the templates that name its labels.
type Expression struct {
	Place, Text, Labels string
}

// Expressions are those of panels, annotations and variables.
func (d Dashboard) Expressions() []Expression {
	var all []Expression
	for _, p := range d.Panels {
		for _, t := range p.Targets {
			all = append(all, Expression{fmt.Sprintf("%v query %s", p, t.RefID), t.Expr, t.LegendFormat})
		}
	}
	for _, a := range d.Annotations.List {
		all = append(all, Expression{fmt.Sprintf("annotation %q", a.Name), a.Target.Expr, a.TextFormat + a.TitleFormat})
	}
	for _, v := range d.Templating.List {
		if v.Type == "query" {
			all = append(all, Expression{fmt.Sprintf("variable %q", v.Name), fmt.Sprint(v.Query), ""})
		}
	}
	return all
}
