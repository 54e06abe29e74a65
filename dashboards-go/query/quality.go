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

// FeedbackInTime is the share of the window's first results that were there within the objective: exact, since the
// objective is a bound of the classic buckets.
func FeedbackInTime(c Courses, window string, by ...metrics.Label) Expression {
	gained := func(m *metrics.Metric) Query { return of(c, Gained(m, window)).By(by...) }
	return Ratio(within(metrics.Feedback, metrics.FeedbackObjective.Seconds(), gained), observed(metrics.Feedback, gained))
}

// FeedbackInTimePerDay is that share on each local day.
func FeedbackInTimePerDay(c Courses) Expression {
	perDay := func(m *metrics.Metric) Query { return of(c, GainedEachDay(m)) }
	return Ratio(within(metrics.Feedback, metrics.FeedbackObjective.Seconds(), perDay), observed(metrics.Feedback, perDay))
}

// FeedbackBudgetLeft is which part of the submissions that may be late over the objective's window has not been: 1 at
// best, below 0 when the objective is missed.
func FeedbackBudgetLeft(c Courses) Expression {
	return budgetLeft(FeedbackInTime(c, metrics.ObjectiveWindow), metrics.FeedbackShare)
}

// ChecksBudgetLeft is the same for checks that fail for the infrastructure's fault.
func ChecksBudgetLeft(c Courses) Expression {
	return budgetLeft(Complement(FailedShare(c, metrics.ObjectiveWindow)), metrics.CheckShare)
}

// budgetLeft follows the SRE Workbook, chapter 2: 1 − (1 − good share) ÷ (1 − objective).
func budgetLeft(good Term, objective float64) Expression {
	return Expression("1 - (1 - " + operand(good) + ") / (1 - " + number(objective) + ")")
}

// FailedShare is the share of checks within the window that failed for the infrastructure's fault.
func FailedShare(c Courses, window string, by ...metrics.Label) Expression {
	return Ratio(Checked(c, window, by...).Where(metrics.Verdict, internalError), Checked(c, window, by...))
}

// FailedSharePerDay is that share on each local day.
func FailedSharePerDay(c Courses) Expression {
	checks := of(c, GainedEachDay(metrics.Checks))
	return Ratio(checks.Where(metrics.Verdict, internalError), checks)
}

// FeedbackCount is how many submissions had their first result within the window.
func FeedbackCount(c Courses, window string, by ...metrics.Label) Query {
	return observed(metrics.Feedback, func(m *metrics.Metric) Query { return of(c, Gained(m, window)).By(by...) })
}

func perMinuteBuckets(m *metrics.Metric) Query { return PerSecond(buckets(m)).Times(60) }
