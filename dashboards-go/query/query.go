// Package query builds PromQL from the catalogue of metrics. A metric that does not exist does not compile. A label
// that the metric lacks, or a sum that means nothing, panics when the query is made, which every test of a dashboard
// does.
package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// A Query is a question to Prometheus. Where narrows it, By divides it; what is not divided is summed, where a sum
// means something.
type Query struct {
	metrics  []*metrics.Metric // with the same labels
	form     string            // PromQL, %[1]s for the first metric's selector
	matchers []string
	fixed    []metrics.Label // to one value
	by       []metrics.Label
	tail     string // what is done with the result
}

// Every form removes the instance series by series before anything is summed: a second replica, or a pod with a new
// name, shows the same totals once more.
const (
	current = `max without (instance, pod) (%[1]s)`

	// A total less what it was at the window's start. A gap at the start must not count all history, so the start is
	// looked for over an hour. A series that was not there yet began at 0, but only if Gradewatch was ready then:
	// otherwise nobody knows.
	gained = `max without (instance, pod) (%[1]s)
- (
  max without (instance, pod) (last_over_time(%[1]s[1h] offset %[2]s))
  or max without (instance, pod) (%[1]s) * 0
    and on () (max without (instance, pod) (last_over_time(%[3]s[1h] offset %[2]s)) == 1)
)`
)

// Total is how many there have been since the source's first event.
func Total(m *metrics.Metric) Query {
	mustBe(m, metrics.Counter)
	return Query{form: current, metrics: []*metrics.Metric{m}}
}

// Gained is exactly how many came within the window before now, late rows that were read within it included.
func Gained(m *metrics.Metric, window string) Query {
	mustBe(m, metrics.Counter)
	return Query{form: fmt.Sprintf(gained, "%[1]s", window, metrics.Ready.Name), metrics: []*metrics.Metric{m}}
}

// Now is the value of a gauge.
func Now(m *metrics.Metric) Query {
	mustBe(m, metrics.Gauge)
	return Query{form: current, metrics: []*metrics.Metric{m}}
}

// Where narrows the query to a label's value. A dashboard's variable may hold several values, so it is taken as a
// pattern.
func (q Query) Where(label metrics.Label, value string) Query {
	q.mustHave(label)
	operator := "="
	if strings.HasPrefix(value, "$") {
		operator = "=~"
	} else {
		q.fixed = append(slices.Clone(q.fixed), label)
	}
	q.matchers = append(slices.Clone(q.matchers), string(label)+operator+strconv.Quote(value))
	return q
}

// By divides the result by labels.
func (q Query) By(labels ...metrics.Label) Query {
	for _, label := range labels {
		q.mustHave(label)
	}
	q.by = labels
	return q
}

// Ago is the value that was current a span of time ago.
func (q Query) Ago(span string) Query {
	if q.form != current {
		panic(fmt.Sprintf("query: only what is current can be asked of the past: %s", q.metrics[0].Name))
	}
	q.form = strings.Replace(current, "%[1]s", "%[1]s offset "+span, 1)
	return q
}

// Times is the result in another unit.
func (q Query) Times(factor int) Query {
	q.tail = " * " + strconv.Itoa(factor)
	return q
}

// NotZero leaves out what is zero. Of a division it keeps the parts that are alive, so that courses whose term is over
// take neither a colour nor a place in the legend.
func (q Query) NotZero() Query {
	q.tail = " > 0"
	return q
}

// AsBase is what a percentage may be taken of: nothing and zero become infinite, a change of which Grafana does not
// show.
func (q Query) AsBase() Query {
	q.tail = " > 0 or on () vector(Inf)"
	return q
}

// PromQL is the query's text.
func (q Query) PromQL() string {
	selectors := make([]any, len(q.metrics))
	for i, m := range q.metrics {
		selectors[i] = m.Name
		if len(q.matchers) > 0 {
			selectors[i] = m.Name + "{" + strings.Join(q.matchers, ", ") + "}"
		}
	}
	expression := fmt.Sprintf(q.form, selectors...)
	if summable(q.metrics[0]) {
		return sum(expression, q.by) + q.tail
	}
	if lost := q.lost(); len(lost) > 0 {
		panic(fmt.Sprintf("query: %s must not be summed over %s: divide it with By or fix it with Where",
			q.metrics[0].Name, lost))
	}
	if q.tail != "" && strings.Contains(expression, "\nor ") {
		expression = parenthesized(expression) // the tail is for all of it
	}
	return expression + q.tail
}

// summable reports whether a sum over the metric's labels means something: a student who is active in two courses is
// one student, and a time is no amount.
func summable(m *metrics.Metric) bool { return !m.Distinct && m.Unit != metrics.Timestamp }

// lost are the labels that a sum would make disappear.
func (q Query) lost() []metrics.Label {
	var lost []metrics.Label
	for _, label := range q.metrics[0].Labels {
		if !slices.Contains(q.by, label) && !slices.Contains(q.fixed, label) {
			lost = append(lost, label)
		}
	}
	return lost
}

func sum(expression string, by []metrics.Label) string {
	inside := parenthesized(expression)
	if len(by) == 0 {
		return "sum " + inside
	}
	names := make([]string, len(by))
	for i, label := range by {
		names[i] = string(label)
	}
	return "sum by (" + strings.Join(names, ", ") + ") " + inside
}

func parenthesized(expression string) string {
	if strings.Contains(expression, "\n") {
		return "(\n" + expression + "\n)"
	}
	return "(" + expression + ")"
}

func (q Query) mustHave(label metrics.Label) {
	for _, m := range q.metrics {
		if !m.HasLabel(label) {
			panic(fmt.Sprintf("query: %s has no label %s", m.Name, label))
		}
	}
}

func mustBe(m *metrics.Metric, kind metrics.Type) {
	if m.Type != kind {
		panic(fmt.Sprintf("query: %s is a %s, not a %s", m.Name, m.Type, kind))
	}
}
