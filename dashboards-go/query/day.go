package query

import (
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// perDay is for a range query with a step of one day, whose ticks Grafana puts at midnight; the value at a tick is
// that of the day that begins there.
//
// A finished day comes from the gauge of the last complete day, as it was around noon of the day after: it takes in
// rows that came late, and noon is the day after whatever daylight saving did to the tick, and in whatever zone the
// reader is. It is looked at every three hours, which bridges gaps and is many times faster than reading all samples.
// The day before the last tick, whose noon after may be yet to come, has the latest value of the same gauge, and the
// last tick that of the day so far. A gap longer than half a day leaves a day out; half a day's count would look like
// a bad day.
//
// Two limits on days on which clocks change: in the first hour of the long one today has no bar yet, and where the
// instance changes in the last hour before the short one, today's bar is too high until the day is over.
const perDay = `last_over_time(({of} ({x}))[12h:3h] offset -36h)
or {of} (last_over_time({x}[1d] @ end() offset -1d))
  and on () (vector(time() + 86400) == ` + lastTick + `)
or {of} (last_over_time({y}[1d] @ end() offset -1d))
  and on () (vector(time()) == ` + lastTick + `)`

// gainedPerDay is what a total gained in the day that begins at the tick, for totals that have no gauge of their own per
// day: what it was at the day's end, or for the last tick what it is now, less what it was at its begin. What came in the
// seconds between the last scrape and midnight counts for the day after. A gap of more than a quarter of an hour at a
// midnight leaves the days on both sides out. A series that was not there when the day began, began at 0 if Gradewatch was
// ready then.
const gainedPerDay = totalAtEnd + `
- {of} (last_over_time({x}[15m]))
or ` + totalAtEnd + `
  and on () ({ready then})`

const totalAtEnd = `(
  {of} (last_over_time({x}[15m] offset -1d))
  or {of} (last_over_time({x}[1d] @ end() offset -1d))
    and on () (vector(time()) == ` + lastTick + `)
)`

// lastTick is the time of the last step of the range query that asks.
const lastTick = `max_over_time(vector(time())[1s:1s] @ end())`

// eachDay has a value for each local day, today so far included.
func eachDay(lastDay, today *metrics.Metric) Query {
	mustBe(lastDay, metrics.Gauge)
	mustBe(today, metrics.Gauge)
	return Query{form: perDay, metrics: []*metrics.Metric{lastDay, today}}
}

// GainedEachDay is how many came on each local day, today so far included, as they were read.
func GainedEachDay(m *metrics.Metric) Query {
	mustBe(m, metrics.Counter)
	then := func(series string) string { return "last_over_time(" + series + "[15m])" }
	return Query{form: strings.Replace(gainedPerDay, "{ready then}", ready(then, ""), 1), metrics: []*metrics.Metric{m}}
}
