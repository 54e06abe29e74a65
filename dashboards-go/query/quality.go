package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// Overdue is how many submissions wait for a first result for longer than the objective.
func Overdue(c Courses, by ...metrics.Label) Query {
	return of(c, Now(metrics.FeedbackOverdue)).By(by...)
}

// FeedbackTime is within how many seconds a share of submissions had their first result, as time goes on.
func FeedbackTime(c Courses, share float64) Expression {
	return Quantile(share, of(c, PerSecond(metrics.Feedback)))
}

// FeedbackTimeIn is within how many seconds a share of the window's submissions had their first result.
func FeedbackTimeIn(c Courses, share float64, window string, by ...metrics.Label) Expression {
	return Quantile(share, of(c, Gained(metrics.Feedback, window)).By(by...))
}

// FeedbackHeat is how many first results took how long, for a heat map.
func FeedbackHeat(c Courses) Query { return of(c, perMinuteBuckets(metrics.Feedback)).By(bound) }

// FeedbackInTime is the share of the window's submissions whose first result was there within the objective.
func FeedbackInTime(c Courses, window string, by ...metrics.Label) Expression {
	gained := func(m *metrics.Metric) Query { return of(c, Gained(m, window)).By(by...) }
	return Ratio(inTime(gained), decided(gained))
}

// FeedbackInTimePerDay is that share on each local day.
func FeedbackInTimePerDay(c Courses) Expression {
	perDay := func(m *metrics.Metric) Query { return of(c, GainedEachDay(m)) }
	return Ratio(inTime(perDay), decided(perDay))
}

// FailedShare is the share of checks within the window that failed for the infrastructure's fault.
func FailedShare(c Courses, window string, by ...metrics.Label) Expression {
	return Ratio(Checked(c, window, by...).Where(metrics.Verdict, internalError), Checked(c, window, by...))
}

// FailedSharePerDay is that share on each local day.
func FailedSharePerDay(c Courses) Expression {
	checks := of(c, GainedEachDay(metrics.CourseChecks))
	return Ratio(checks.Where(metrics.Verdict, internalError), checks)
}

// FeedbackCount is how many submissions had their first result within the window.
func FeedbackCount(c Courses, window string, by ...metrics.Label) Query {
	return observed(metrics.Feedback, func(m *metrics.Metric) Query { return of(c, Gained(m, window)).By(by...) })
}

func perMinuteBuckets(m *metrics.Metric) Query { return PerSecond(buckets(m)).Times(60) }
