package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// A ruleFile is what is read of a file of Prometheus's rules. Whether Prometheus takes it, promtool says.
type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Record, Alert, Expr string
			Labels, Annotations map[string]string
		}
	}
}

// shownLabel is a label that a template of a rule shows.
var shownLabel = regexp.MustCompile(`\$labels\.(\w+)`)

// CheckRules says what in files of Prometheus's rules breaks a rule that expressions of dashboards keep too. What one of them
// records all of them may name.
func CheckRules(files map[string][]byte, v *Vocabulary) (broken []string) {
	var d Dashboard
	for _, path := range slices.Sorted(maps.Keys(files)) {
		var file ruleFile
		if err := yaml.Unmarshal(files[path], &file); err != nil {
			return []string{fmt.Sprintf("strict: %s: %v", path, err)}
		}
		for _, group := range file.Groups {
			for _, r := range group.Rules {
				d.parse([]Expression{{Place: r.Record + r.Alert, Text: r.Expr}})
				if len(d.unparsed) > 0 {
					return append(broken, "parses: "+d.unparsed[0])
				}
				shown := slices.Concat(v.outputs(d.parsed[len(d.parsed)-1].tree), slices.Collect(maps.Keys(r.Labels)), added)
				if r.Record != "" {
					v.labels[r.Record] = append(v.labels[r.Record], shown...)
				}
				for _, text := range r.Annotations {
					for _, label := range shownLabel.FindAllStringSubmatch(text, -1) {
						if !slices.Contains(shown, label[1]) {
							broken = append(broken, fmt.Sprintf("vocabulary: %s shows the label %s, which its series have not", r.Alert, label[1]))
						}
					}
				}
			}
		}
	}
	for _, check := range []Rule{
		{"vocabulary", vocabulary}, {"persons", persons}, {"instances", instances}, {"distinct", distinct}, {"counters", counters},
		{"recorded", recorded},
	} {
		for _, fault := range check.Check(d, v) {
			broken = append(broken, check.Name+": "+fault)
		}
	}
	return broken
}

// recorded: a fixed span does for a rule, but what Grafana would fill in nobody does.
func recorded(d Dashboard, _ *Vocabulary) (faults []string) {
	for _, e := range d.parsed {
		parser.Inspect(e.tree, func(node parser.Node, _ []parser.Node) error {
			if m, is := node.(*parser.MatrixSelector); is && (m.Range == rateInterval || m.Range == wholeRange) {
				faults = append(faults, fmt.Sprintf("%s: a span that the reader of a dashboard chooses", e.Place))
			}
			return nil
		})
	}
	return faults
}
