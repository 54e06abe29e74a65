package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Grafana fills these in. They stand for spans that nobody writes, so that they are known again in what is parsed.
const (
	rateInterval = 7*time.Minute + 11*time.Second
	wholeRange   = 743*time.Hour + 11*time.Second
	interval     = time.Hour + 11*time.Second
)

var (
	variables = strings.NewReplacer("$__rate_interval", "7m11s", "$__range_s", "2674811", "$__range", "743h11s", "$__interval", "1h11s")

	listing  = regexp.MustCompile(`^label_values\((?:(.*),)?\s*(\w+)\)$`)
	asking   = regexp.MustCompile(`(?s)^query_result\((.*)\)$`)
	template = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
	person   = regexp.MustCompile(`student|user|usename|login|e?mail|person`)
)

// A parsed expression, or what keeps it from being one.
type parsed struct {
	Expression
	tree parser.Expr
}

// parsed are the expressions that parse. What a variable lists becomes the metric that it lists, divided by the label.
func (d Dashboard) parsed() (all []parsed, faults []string) {
	for _, e := range d.Expressions() {
		text := e.Text
		if listed := listing.FindStringSubmatch(text); listed != nil {
			text = "count by (" + listed[2] + ") (" + listed[1] + ")"
		} else if asked := asking.FindStringSubmatch(text); asked != nil {
			text = asked[1]
		}
		tree, err := parser.NewParser(parser.Options{}).ParseExpr(variables.Replace(text))
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v in: %s", e.Place, err, text))
			continue
		}
		all = append(all, parsed{e, tree})
	}
	return all, faults
}

// lists reports whether it is a variable's list of values, of which nothing is added up.
func (e Expression) lists() bool { return listing.MatchString(e.Text) }

// parses: Prometheus can read every expression.
func parses(d Dashboard, _ *Vocabulary) []string {
	_, faults := d.parsed()
	return faults
}

// vocabulary: every series and label that an expression, a legend or an annotation names is in the catalogue or in a
// fixture of the exporter that shows it.
func vocabulary(d Dashboard, v *Vocabulary) (faults []string) {
	all, _ := d.parsed()
	for _, e := range all {
		names := series(e.tree)
		for _, name := range names {
			if !v.knows(name) {
				faults = append(faults, fmt.Sprintf("%s: no metric %q", e.Place, name))
			}
		}
		any := func(label string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return v.has(name, label) })
		}
		for _, label := range append(grouped(e.tree), templated(e.Labels)...) {
			if !any(label) {
				faults = append(faults, fmt.Sprintf("%s: none of its metrics has the label %s", e.Place, label))
			}
		}
		each(e.tree, func(s *parser.VectorSelector, _ []parser.Node) {
			for _, m := range s.LabelMatchers {
				if m.Name != model.MetricNameLabel && v.knows(s.Name) && !v.has(s.Name, m.Name) {
					faults = append(faults, fmt.Sprintf("%s: %s has no label %s", e.Place, s.Name, m.Name))
				}
			}
		})
	}
	return faults
}

// persons: nothing is told apart by person.
func persons(d Dashboard, _ *Vocabulary) (faults []string) {
	all, _ := d.parsed()
	for _, e := range all {
		named := append(grouped(e.tree), templated(e.Labels)...)
		each(e.tree, func(s *parser.VectorSelector, _ []parser.Node) {
			for _, m := range s.LabelMatchers {
				named = append(named, m.Name)
			}
		})
		for _, label := range named {
			if person.MatchString(label) {
				faults = append(faults, fmt.Sprintf("%s: the label %s may name a person", e.Place, label))
			}
		}
	}
	return faults
}

// overRange are the functions that need a span which grows with the range that the reader looks at.
var overRange = []string{"rate", "increase", "irate", "delta", "idelta", "deriv"}

// windows: a speed is taken over a span that follows the reader's range. A fixed one sees nothing between two scrapes, or
// only a part of what lies between two points of the picture.
func windows(d Dashboard, _ *Vocabulary) (faults []string) {
	all, _ := d.parsed()
	for _, e := range all {
		parser.Inspect(e.tree, func(node parser.Node, _ []parser.Node) error {
			call, is := node.(*parser.Call)
			if !is || !slices.Contains(overRange, call.Func.Name) {
				return nil
			}
			if m, is := call.Args[0].(*parser.MatrixSelector); !is || !slices.Contains([]time.Duration{rateInterval, wholeRange, interval}, m.Range) {
				faults = append(faults, fmt.Sprintf("%s: %s over a fixed span", e.Place, call.Func.Name))
			}
			return nil
		})
	}
	return faults
}

// instances: a second replica, or a pod with a new name, never counts twice: the first thing that is done with a series of
// ours is to remove its instance. What is shown for each instance is not aggregated at all. Metrics of foreign exporters
// belong to their instances.
func instances(d Dashboard, _ *Vocabulary) (faults []string) {
	all, _ := d.parsed()
	for _, e := range all {
		if e.lists() {
			continue
		}
		each(e.tree, func(s *parser.VectorSelector, path []parser.Node) {
			m := find(s.Name)
			if m == nil {
				return
			}
			first := innermost(path)
			if first == nil && strings.HasPrefix(s.Name, "gradewatch_") {
				return
			}
			if first == nil || !removesInstance(first, m, s.Name) {
				faults = append(faults, fmt.Sprintf("%s: the instance of %s is not removed first", e.Place, s.Name))
			}
		})
	}
	return faults
}

// removesInstance reports whether an aggregation makes one series of those of several instances. Native histograms have no
// largest; of equals the average is each of them.
func removesInstance(a *parser.AggregateExpr, m *metrics.Metric, series string) bool {
	native := m.Type == metrics.Histogram && m.Name == series
	if a.Op != parser.MAX && !(a.Op == parser.AVG && native) {
		return false
	}
	for _, label := range []string{"instance", "pod"} {
		if slices.Contains(a.Grouping, label) != a.Without {
			return false
		}
	}
	return true
}

// distinct: what counts distinct students, and shares, are not added up; the sum of two courses is not the number of their
// students.
func distinct(d Dashboard, _ *Vocabulary) (faults []string) {
	all, _ := d.parsed()
	for _, e := range all {
		if e.lists() {
			continue
		}
		each(e.tree, func(s *parser.VectorSelector, path []parser.Node) {
			m := find(s.Name)
			if m == nil || !m.Distinct && m.Unit != metrics.Ratio && m.Unit != metrics.Correlation || m.Type == metrics.Histogram {
				return
			}
			for _, node := range path {
				switch n := node.(type) {
				case *parser.AggregateExpr:
					if n.Op == parser.SUM || n.Op == parser.AVG || n.Op == parser.STDDEV || n.Op == parser.QUANTILE {
						faults = append(faults, fmt.Sprintf("%s: %s is no amount and is added up", e.Place, s.Name))
					}
				case *parser.BinaryExpr:
					if n.Op == parser.ADD {
						faults = append(faults, fmt.Sprintf("%s: %s is no amount and is added to something", e.Place, s.Name))
					}
				}
			}
		})
	}
	return faults
}

// counters: a total of a foreign exporter begins with its process, so it is looked at as a rate or an increase. Ours hold
// the whole history.
func counters(d Dashboard, v *Vocabulary) (faults []string) {
	all, _ := d.parsed()
	for _, e := range all {
		each(e.tree, func(s *parser.VectorSelector, path []parser.Node) {
			if find(s.Name) != nil || !v.grows(s.Name) {
				return
			}
			for _, node := range path {
				if call, is := node.(*parser.Call); is && slices.Contains(overRange, call.Func.Name) {
					return
				}
			}
			faults = append(faults, fmt.Sprintf("%s: the counter %s is shown without rate or increase", e.Place, s.Name))
		})
	}
	return faults
}

// each calls f for every selector of a series, with the nodes above it, the outermost first.
func each(tree parser.Expr, f func(*parser.VectorSelector, []parser.Node)) {
	parser.Inspect(tree, func(node parser.Node, path []parser.Node) error {
		if s, is := node.(*parser.VectorSelector); is {
			f(s, path)
		}
		return nil
	})
}

// series are the names of the series that an expression asks for.
func series(tree parser.Expr) (names []string) {
	each(tree, func(s *parser.VectorSelector, _ []parser.Node) { names = append(names, s.Name) })
	return names
}

// grouped are the labels by which an expression divides or matches.
func grouped(tree parser.Expr) (names []string) {
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			names = append(names, n.Grouping...)
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				names = append(append(names, n.VectorMatching.MatchingLabels...), n.VectorMatching.Include...)
			}
		}
		return nil
	})
	return names
}

// templated are the labels that a legend shows.
func templated(legend string) (names []string) {
	for _, shown := range template.FindAllStringSubmatch(legend, -1) {
		names = append(names, shown[1])
	}
	return names
}

// innermost is the aggregation nearest to what the path leads to; nil if there is none.
func innermost(path []parser.Node) *parser.AggregateExpr {
	for _, node := range slices.Backward(path) {
		if a, is := node.(*parser.AggregateExpr); is {
			return a
		}
	}
	return nil
}
