package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Grafana fills these in. They stand for spans that nobody writes, so that they are known again in what is parsed.
const (
	rateInterval = 7*time.Minute + 11*time.Second
	wholeRange   = 743*time.Hour + 11*time.Second
)

// promised is the span over which objectives are to hold.
var promised = func() time.Duration {
	d, err := model.ParseDuration(metrics.ObjectiveWindow)
	if err != nil {
		panic(err)
	}
	return time.Duration(d)
}()

var (
	variables = strings.NewReplacer("$__rate_interval", "7m11s", "$__range_s", "2674811", "$__range", "743h11s", "$__interval", "1h11s")

	listing  = regexp.MustCompile(`^label_values\((?:(.*),)?\s*(\w+)\)$`)
	asking   = regexp.MustCompile(`(?s)^query_result\((.*)\)$`)
	template = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
	person   = regexp.MustCompile(`student|user|usename|login|e?mail|person`)
)

// A parsed expression.
type parsed struct {
	Expression
	tree parser.Expr
}

// parse reads expressions. What a variable lists becomes the metric that it lists, divided by the label.
func (d *Dashboard) parse(all []Expression) {
	for _, e := range all {
		text := e.Text
		if listed := listing.FindStringSubmatch(text); listed != nil {
			text = "count by (" + listed[2] + ") (" + listed[1] + ")"
		} else if asked := asking.FindStringSubmatch(text); asked != nil {
			text = asked[1]
		}
		tree, err := parser.NewParser(parser.Options{}).ParseExpr(variables.Replace(text))
		if err != nil {
			d.unparsed = append(d.unparsed, fmt.Sprintf("%s: %v in: %s", e.Place, err, text))
			continue
		}
		d.parsed = append(d.parsed, parsed{e, tree})
	}
}

// lists reports whether it is a variable's list of values, of which nothing is added up.
func (e Expression) lists() bool { return listing.MatchString(e.Text) }

// parses: Prometheus can read every expression.
func parses(d Dashboard, _ *Vocabulary) []string { return d.unparsed }

// vocabulary: every series and label that an expression, a legend or an annotation names is in the catalogue or in a
// fixture of the exporter that shows it.
func vocabulary(d Dashboard, v *Vocabulary) (faults []string) {
	for _, e := range d.parsed {
		each(e.tree, func(s *parser.VectorSelector, _ []parser.Node) {
			if !v.knows(s.Name) {
				faults = append(faults, fmt.Sprintf("%s: no metric %q", e.Place, s.Name))
				return
			}
			var named []string
			for _, m := range s.LabelMatchers {
				if m.Name != model.MetricNameLabel {
					named = append(named, m.Name)
				}
			}
			for _, label := range named {
				if !v.has(s.Name, label) && !made(e.tree, label) {
					faults = append(faults, fmt.Sprintf("%s: %s has no label %s", e.Place, s.Name, label))
				}
			}
		})
		for _, label := range v.groundless(e.tree) {
			faults = append(faults, fmt.Sprintf("%s: what is grouped by %s has no such label", e.Place, label))
		}
		for _, label := range append(grouped(e.tree), templated(e.Labels)...) {
			any := func(name string) bool { return v.has(name, label) }
			if !slices.ContainsFunc(series(e.tree), any) && !made(e.tree, label) {
				faults = append(faults, fmt.Sprintf("%s: none of its metrics has the label %s", e.Place, label))
			}
		}
	}
	return faults
}

// groundless are labels by which something is grouped that does not have them.
func (v *Vocabulary) groundless(tree parser.Expr) (labels []string) {
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		if a, is := node.(*parser.AggregateExpr); is && !a.Without {
			has := v.outputs(a.Expr)
			for _, label := range a.Grouping {
				if !slices.Contains(has, label) && !made(tree, label) {
					labels = append(labels, label)
				}
			}
		}
		return nil
	})
	return labels
}

// made reports whether the expression makes the label itself.
func made(tree parser.Expr, label string) bool {
	return slices.Contains(texts(tree), label)
}

// texts are the strings that an expression hands to functions and aggregations.
func texts(tree parser.Expr) (all []string) {
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		if text, is := node.(*parser.StringLiteral); is {
			all = append(all, text.Val)
		}
		return nil
	})
	return all
}

// persons: nothing is told apart by person: neither by a label that is named, nor by one that a series brings along.
func persons(d Dashboard, v *Vocabulary) (faults []string) {
	for _, e := range d.parsed {
		named := slices.Concat(grouped(e.tree), templated(e.Labels), texts(e.tree), v.outputs(e.tree))
		each(e.tree, func(s *parser.VectorSelector, _ []parser.Node) {
			for _, m := range s.LabelMatchers {
				named = append(named, m.Name)
			}
		})
		slices.Sort(named)
		for _, label := range slices.Compact(named) {
			if person.MatchString(label) {
				faults = append(faults, fmt.Sprintf("%s: the label %s may name a person", e.Place, label))
			}
		}
	}
	return faults
}

// outputs are the labels that the series of a result have, or may have.
func (v *Vocabulary) outputs(e parser.Expr) []string {
	without := func(labels, lost []string) []string {
		return slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return slices.Contains(lost, l) })
	}
	switch n := e.(type) {
	case *parser.VectorSelector:
		return v.all(n.Name)
	case *parser.MatrixSelector:
		return v.outputs(n.VectorSelector)
	case *parser.SubqueryExpr:
		return v.outputs(n.Expr)
	case *parser.ParenExpr:
		return v.outputs(n.Expr)
	case *parser.UnaryExpr:
		return v.outputs(n.Expr)
	case *parser.Call:
		var labels []string
		for _, argument := range n.Args {
			labels = append(labels, v.outputs(argument)...)
		}
		return labels
	case *parser.AggregateExpr:
		switch {
		case n.Op == parser.TOPK || n.Op == parser.BOTTOMK || n.Op == parser.LIMITK:
			return v.outputs(n.Expr)
		case n.Without:
			return without(v.outputs(n.Expr), n.Grouping)
		}
		return n.Grouping
	case *parser.BinaryExpr:
		left, right := v.outputs(n.LHS), v.outputs(n.RHS)
		matching := n.VectorMatching
		switch {
		case matching == nil || n.Op == parser.LOR:
			return append(slices.Clone(left), right...)
		case n.Op == parser.LAND || n.Op == parser.LUNLESS || matching.Card == parser.CardManyToOne:
			return append(slices.Clone(left), matching.Include...)
		case matching.Card == parser.CardOneToMany:
			return append(slices.Clone(right), matching.Include...)
		case matching.On:
			return matching.MatchingLabels
		}
		return without(left, matching.MatchingLabels)
	}
	return nil
}

// overRange are the functions that need a span which grows with the range that the reader looks at.
var overRange = []string{"rate", "increase", "irate", "delta", "idelta", "deriv"}

// windows: a speed is taken over a span that follows the reader's range: Grafana's interval for rates, or all of it. A fixed one
// sees nothing between two scrapes, or only a part of what lies between two points of the picture. Objectives are promised for a
// fixed one.
func windows(d Dashboard, _ *Vocabulary) (faults []string) {
	for _, e := range d.parsed {
		parser.Inspect(e.tree, func(node parser.Node, _ []parser.Node) error {
			call, is := node.(*parser.Call)
			if !is || !slices.Contains(overRange, call.Func.Name) {
				return nil
			}
			if m, is := call.Args[0].(*parser.MatrixSelector); !is || m.Range != rateInterval && m.Range != wholeRange && m.Range != promised {
				faults = append(faults, fmt.Sprintf("%s: %s over a span that does not follow the range", e.Place, call.Func.Name))
			}
			return nil
		})
	}
	return faults
}

// instances: a second replica, or a pod with a new name, never counts twice: the first thing that is done with a series of
// ours is to remove its instance, and nothing but its instance. What is shown for each instance is not aggregated at all.
// Metrics of foreign exporters belong to their instances.
func instances(d Dashboard, _ *Vocabulary) (faults []string) {
	for _, e := range d.parsed {
		if e.lists() {
			continue
		}
		each(e.tree, func(s *parser.VectorSelector, path []parser.Node) {
			m := find(s.Name)
			if m == nil {
				return
			}
			first := innermost(path)
			if first == nil && strings.HasPrefix(s.Name, "gradewatch_") || first != nil && first.Op == parser.COUNT {
				return // for each instance, or not added up
			}
			if first == nil || !removesInstance(first, m, s.Name) {
				faults = append(faults, fmt.Sprintf("%s: the instance of %s is not removed first", e.Place, s.Name))
				return
			}
			if lost := loses(first, m, s); len(lost) > 0 {
				faults = append(faults, fmt.Sprintf("%s: with the instance %s loses %v", e.Place, s.Name, lost))
			}
		})
	}
	return faults
}

// removesInstance reports whether an aggregation makes one series of those of several instances. Native histograms have no
// largest; of equals the average is each of them.
func removesInstance(a *parser.AggregateExpr, m *metrics.Metric, series string) bool {
	native := m.Type == metrics.Histogram && m.Name == series
	itself := strings.HasPrefix(series, "gradewatch_") // whose best instance may be what counts
	if a.Op != parser.MAX && !(a.Op == parser.AVG && native) && !(a.Op == parser.MIN && itself) {
		return false
	}
	for _, label := range []string{"instance", "pod"} {
		if slices.Contains(a.Grouping, label) != a.Without {
			return false
		}
	}
	return true
}

// loses are the labels of a metric's own that an aggregation takes away, although they may have several values: the largest
// course is not all courses.
func loses(a *parser.AggregateExpr, m *metrics.Metric, s *parser.VectorSelector) (lost []metrics.Label) {
	for _, label := range m.Labels {
		fixed := slices.ContainsFunc(s.LabelMatchers, func(matcher *labels.Matcher) bool {
			return matcher.Name == string(label) && matcher.Type == labels.MatchEqual
		})
		if !fixed && slices.Contains(a.Grouping, string(label)) == a.Without {
			lost = append(lost, label)
		}
	}
	return lost
}

// adding are what makes one number of several by adding them up.
var (
	addingUp   = []parser.ItemType{parser.SUM, parser.AVG, parser.STDDEV, parser.STDVAR, parser.QUANTILE}
	addingOver = []string{"sum_over_time", "avg_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time"}
)

// distinct: what counts distinct students, and shares, are not added up; the sum of two courses is not the number of their
// students, nor that of two days.
func distinct(d Dashboard, _ *Vocabulary) (faults []string) {
	for _, e := range d.parsed {
		if e.lists() {
			continue
		}
		each(e.tree, func(s *parser.VectorSelector, path []parser.Node) {
			m := find(s.Name)
			if m == nil || !m.Distinct && m.Unit != metrics.Ratio && m.Unit != metrics.Correlation || m.Type == metrics.Histogram {
				return
			}
			for _, node := range path {
				var adds bool
				switch n := node.(type) {
				case *parser.AggregateExpr:
					adds = slices.Contains(addingUp, n.Op)
				case *parser.Call:
					adds = slices.Contains(addingOver, n.Func.Name)
				case *parser.BinaryExpr:
					adds = n.Op == parser.ADD
				}
				if adds {
					faults = append(faults, fmt.Sprintf("%s: %s is no amount and is added up", e.Place, s.Name))
				}
			}
		})
	}
	return faults
}

// counters: a total of a foreign exporter begins with its process, so it is looked at over a span, as by rate or increase;
// ours hold the whole history. And only what grows has a rate.
func counters(d Dashboard, v *Vocabulary) (faults []string) {
	for _, e := range d.parsed {
		if e.lists() {
			continue
		}
		each(e.tree, func(s *parser.VectorSelector, path []parser.Node) {
			var over string // the function over the span
			for _, node := range path {
				if call, is := node.(*parser.Call); is {
					over = call.Func.Name
				}
			}
			rated, grows := slices.Contains(overRange, over), v.grows(s.Name)
			if find(s.Name) == nil && grows && !rated && over != "max_over_time" && over != "present_over_time" {
				faults = append(faults, fmt.Sprintf("%s: the counter %s is shown without rate or increase", e.Place, s.Name))
			}
			if rated && !grows && v.knows(s.Name) && over != "deriv" && over != "delta" && over != "idelta" {
				faults = append(faults, fmt.Sprintf("%s: %s of the gauge %s", e.Place, over, s.Name))
			}
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
