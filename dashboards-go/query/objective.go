package query

import (
	"fmt"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// An Objective is a promise: of all events a share that is small enough are errors. The panels that show it and the rules that
// alert on it are made of the same two counts.
type Objective struct {
	Name   string  // the value of the label slo
	Share  float64 // of the events that is to be good
	Errors func(window string) Term
	Events func(window string) Term

	// What rules record of it: all errors and events that there have ever been, or for each minute whether it is good; nil where
	// there is neither.
	Totals func() (errors, events Term)
	Good   func() Term
}

// SLO is the label that tells objectives apart.
const SLO metrics.Label = "slo"

// What rules record of objectives: their totals, so that windows need not go through every series of every course.
var (
	ErrorsTotal = recorded("slo:errors:total", SLO)
	EventsTotal = recorded("slo:events:total", SLO)
)

// GoodMinute is what is recorded of an objective whose events are minutes: 1 in a good one, 0 in a bad one.
const GoodMinute = "slo:good:bool"

// Recorded is the same objective, counted from what is recorded of it.
func (o Objective) Recorded() Objective {
	switch {
	case o.Totals != nil:
		o.Errors = func(window string) Term { return Grown(ErrorsTotal, window).Where(SLO, o.Name) }
		o.Events = func(window string) Term { return Grown(EventsTotal, window).Where(SLO, o.Name) }
	case o.Good != nil:
		o.Errors, o.Events = minutes(GoodMinute+`{slo="`+o.Name+`"}`, "")
	}
	return o
}

// minutes counts bad and all minutes of a window, of a series that is looked at once a minute.
func minutes(good, every string) (bad, all func(window string) Term) {
	all = func(window string) Term { return Expression("count_over_time(" + good + "[" + window + every + "])") }
	bad = func(window string) Term {
		return Expression(all(window).PromQL() + " - sum_over_time(" + good + "[" + window + every + "])")
	}
	return bad, all
}

// BudgetLeft is which part of the errors that may be over the objective's window have not been: 1 at best, below 0 when the
// objective is missed. It follows the SRE Workbook, chapter 2: 1 − error share ÷ (1 − objective).
func (o Objective) BudgetLeft() Expression {
	share := Ratio(o.Errors(metrics.ObjectiveWindow), o.Events(metrics.ObjectiveWindow))
	return Expression("1 - " + operand(share) + " / (1 - " + number(o.Share) + ")")
}

// FeedbackObjective is that students have a first result in time.
func FeedbackObjective(c Courses) Objective {
	return countedOf("feedback", metrics.FeedbackShare, c, func(count func(*metrics.Metric) Query) (errors, events Term) {
		return Expression("clamp_min(" + inner(missed(count)) + ", 0)"), decided(count)
	})
}

// ChecksObjective is that checks do not fail for the infrastructure's fault.
func ChecksObjective(c Courses) Objective {
	return countedOf("checks", metrics.CheckShare, c, func(count func(*metrics.Metric) Query) (errors, events Term) {
		return count(metrics.CourseChecks).Where(metrics.Verdict, internalError), count(metrics.CourseChecks)
	})
}

// countedOf is an objective whose errors and events are made of metrics that count, over a window or ever.
func countedOf(name string, share float64, c Courses, made func(count func(*metrics.Metric) Query) (errors, events Term)) Objective {
	within := func(window string) (errors, events Term) {
		return made(func(m *metrics.Metric) Query { return of(c, Gained(m, window)) })
	}
	return Objective{
		Name: name, Share: share,
		Errors: func(window string) Term { errors, _ := within(window); return errors },
		Events: func(window string) Term { _, events := within(window); return events },
		Totals: func() (errors, events Term) {
			return made(func(m *metrics.Metric) Query { return of(c, Total(m)) })
		},
	}
}

// AnswersObjective is that the service answers its requests.
func AnswersObjective() Objective {
	all := func(window string) Expression { return foreignGain(ofJob(responses), window) }
	return Objective{
		Name: "answers", Share: metrics.AnswerShare,
		Errors: func(window string) Term {
			return OrZero(foreignGain(ofJob(responses, `status=~"5.."`), window), all(window))
		},
		Events: func(window string) Term { return all(window) },
	}
}

// FreshnessObjective is that figures are not old. Its events are minutes. One without an instance of each shard that is up to date is bad; an
// hour after the last instance was seen nobody knows any more, nor before one has been ready. History that is written afterwards was
// never old: it has no gradewatch_source_up.
func FreshnessObjective() Objective {
	fresh := metrics.SourceLag.Name + " <= bool " + number(metrics.FreshObjective.Seconds())
	good := fmt.Sprintf("(max (%s) or on () (max (max_over_time(%s[1h])) == 1 and on () max (last_over_time(%s[1h]))) * 0)",
		complete(fresh, asItIs, "bool "), metrics.Ready.Name, metrics.SourceUp.Name)
	o := Objective{Name: "freshness", Share: metrics.FreshShare, Good: func() Term { return Expression(good) }}
	o.Errors, o.Events = minutes(good, ":1m")
	return o
}

// inTime are the first results that were there within the objective: exact, since the objective is a bound of the classic
// buckets.
func inTime(count func(*metrics.Metric) Query) Query {
	return within(metrics.Feedback, metrics.FeedbackObjective.Seconds(), count)
}

// missed are the submissions that had no result within the objective, those among them that still wait. It is a gauge, and what it
// rises by is counted: one that waits is in it once, from when it becomes overdue, whatever becomes of it.
func missed(count func(*metrics.Metric) Query) Query {
	m := *metrics.FeedbackMissed
	m.Type = metrics.Counter
	return count(&m)
}

// decided are the submissions of which it is known whether their first result came in time.
func decided(count func(*metrics.Metric) Query) Expression { return Sum(inTime(count), missed(count)) }
