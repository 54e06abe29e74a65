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

// A Query is a question to Prometheus about a metric. Where narrows it, By divides it; what is not divided is summed,
// where a sum means something.
type Query struct {
	metrics  []*metrics.Metric // with the same labels
	form     string            // PromQL with {x} for the first metric, {y} for the second, {of} as said below
	matchers []string
	fixed    []metrics.Label // to one value
	by       []metrics.Label
	tail     string // what is done with the result
}

// Every form removes the instance series by series before anything is summed: a second replica, or a pod with a new
// name, shows the same totals once more. {of} does it. Of numbers it takes the largest; of native histograms, which
// have no largest, the average of what are equals.
const (
	current = `{of} ({x})`

	speed = `{of} (rate({x}[$__rate_interval]))`

	// A total less what it was at the window's start. A series that was not there yet began at 0, but only if Gradewatch, in all of
	// its shards, was ready then: otherwise nobody knows.
	gained = `{of} ({x})
- (
  {of} ({x then})
  or {of} ({x}) * 0
    and on () ({ready then})
)`

	grown = `{of} ({x})
- ` + before

	before = `{of} (last_over_time({x}[1h] offset {window}))`
)

// Total is how many there have been since the source's first event.
func Total(m *metrics.Metric) Query {
	mustBe(m, metrics.Counter, metrics.Histogram)
	return Query{form: current, metrics: []*metrics.Metric{m}}
}

// Gained is exactly how many came within the window before now, late rows that were read within it included.
func Gained(m *metrics.Metric, window string) Query {
	mustBe(m, metrics.Counter, metrics.Histogram)
	// A gap at the start must not count all history, so the start is looked for over an hour. Of native histograms only the
	// sample at the start is looked at: an average over an hour would mix what several pods, one after the other, had then.
	then := func(series string) string { return "last_over_time(" + series + "[1h] offset " + window + ")" }
	if m.Type == metrics.Histogram {
		then = func(series string) string { return series + " offset " + window }
	}
	form := strings.NewReplacer("{x then}", then("{x}"), "{ready then}", ready(then, "")).Replace(gained)
	return Query{form: form, metrics: []*metrics.Metric{m}}
}

// Grown is how many came within the window, of the series that were there at its start. It is for totals that a rule records, which
// are born with the rule and not at 0, and for questions that only make sense of what has a past.
func Grown(m *metrics.Metric, window string) Query {
	mustBe(m, metrics.Counter)
	return Query{form: strings.Replace(grown, "{window}", window, 1), metrics: []*metrics.Metric{m}}
}

// Before is what a total was at the window's start.
func Before(m *metrics.Metric, window string) Query {
	mustBe(m, metrics.Counter)
	return Query{form: strings.Replace(before, "{window}", window, 1), metrics: []*metrics.Metric{m}}
}

// PerSecond is how fast a total grows at present.
func PerSecond(m *metrics.Metric) Query {
	mustBe(m, metrics.Counter, metrics.Histogram)
	return Query{form: speed, metrics: []*metrics.Metric{m}}
}

// Now is the value of a gauge.
func Now(m *metrics.Metric) Query {
	mustBe(m, metrics.Gauge)
	return Query{form: current, metrics: []*metrics.Metric{m}}
}

// Where narrows the query to a label's value. A dashboard's variable may hold several values, so it is taken as a
// pattern.
func (q Query) Where(label metrics.Label, value string) Query {
	if strings.HasPrefix(value, "$") {
		return q.match(label, "=~", value)
	}
	return q.Exactly(label, value)
}

// Exactly narrows the query to one value of a label, which may be a variable of a dashboard that holds one value.
func (q Query) Exactly(label metrics.Label, value string) Query {
	q.fixed = append(slices.Clone(q.fixed), label)
	return q.match(label, "=", value)
}

// Except leaves out what has the label's value.
func (q Query) Except(label metrics.Label, value string) Query { return q.match(label, "!=", value) }

func (q Query) match(label metrics.Label, operator, value string) Query {
	q.mustHave(label)
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
	q.form = strings.Replace(current, "{x}", "{x} offset "+span, 1)
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
	m, form := q.metrics[0], q.form
	of := "max without (instance, pod)"
	switch {
	case m.Type == metrics.Counter && m.Sharded():
		form = together(form)
	case m.Type == metrics.Histogram:
		of = "avg without (instance, pod)"
	case !summable(m):
		of = "max" + by(q.by)
	}
	expression := strings.NewReplacer("{of}", of, "{x}", q.selector(m), "{y}", q.selector(q.metrics[len(q.metrics)-1])).Replace(form)
	if summable(m) {
		return "sum" + by(q.by) + " " + parenthesized(expression) + q.tail
	}
	if lost := q.lost(); len(lost) > 0 {
		panic(fmt.Sprintf("query: %s must not be summed over %s: divide it with By or fix it with Where", m.Name, lost))
	}
	if q.tail != "" && strings.Contains(expression, "\nor ") {
		expression = parenthesized(expression) // the tail is for all of it
	}
	return expression + q.tail
}

// together adds up shards in each {of} of a form: what an exporter tells of itself gets other labels when it begins to share courses,
// and would otherwise be taken for new.
func together(form string) string {
	const of = "{of} ("
	parts := strings.Split(form, of)
	for i, part := range parts[1:] {
		depth, end := 1, 0
		for ; depth > 0; end++ {
			switch part[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		parts[i+1] = part[:end] + ")" + part[end:]
	}
	return strings.Join(parts, "sum without (shard, shards) ("+of)
}

// selector names a metric's series that the query is about.
func (q Query) selector(m *metrics.Metric) string {
	if len(q.matchers) == 0 {
		return m.Name
	}
	return m.Name + "{" + strings.Join(q.matchers, ", ") + "}"
}

// summable reports whether a sum over the metric's labels means something: a student who is active in two courses is
// one student, and a time, a share or a correlation is no amount.
func summable(m *metrics.Metric) bool {
	return !m.Distinct && (m.Type != metrics.Gauge || m.Unit == "" || m.Unit == metrics.Bytes)
}

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

func by(labels []metrics.Label) string {
	if len(labels) == 0 {
		return ""
	}
	names := make([]string, len(labels))
	for i, label := range labels {
		names[i] = string(label)
	}
	return " by (" + strings.Join(names, ", ") + ")"
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

func mustBe(m *metrics.Metric, kinds ...metrics.Type) {
	if !slices.Contains(kinds, m.Type) {
		panic(fmt.Sprintf("query: %s is a %s, not a %s", m.Name, m.Type, kinds[0]))
	}
}
