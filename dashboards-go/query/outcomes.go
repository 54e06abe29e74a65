package query

import (
	"slices"
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

const (
	accepted      = "accepted"
	internalError = "internal_error"
)

// Checked is how many checks ended with a verdict within the window, those that failed for the infrastructure's fault
// included.
func Checked(c Courses, window string, by ...metrics.Label) Query {
	return of(c, Gained(checks(by...), window)).By(by...)
}

// checks is the metric of checks that has the labels, and goes through no more series than it has to.
func checks(by ...metrics.Label) *metrics.Metric {
	if slices.Contains(by, metrics.Assignment) {
		return metrics.Checks
	}
	return metrics.CourseChecks
}

// Verdicts is how many checks ended with each verdict within the window.
func Verdicts(c Courses, window string, by ...metrics.Label) Query {
	return Checked(c, window, append(by, metrics.Verdict)...)
}

// Shares is what of each value of a label each value of another makes up; they add up to 1.
func Shares(parts Query, whole metrics.Label) Expression {
	all := parts
	all.by = []metrics.Label{whole}
	return Expression(operand(parts) + "\n/ on (" + string(whole) + ") group_left () (" + operand(all) + " > 0)")
}

// VerdictsPerDay is how many checks ended with each verdict on each local day.
func VerdictsPerDay(c Courses) Query {
	return of(c, GainedEachDay(metrics.CourseChecks)).By(metrics.Verdict).NotZero()
}

// AcceptedShare is the share of results within the window that were accepted. What the infrastructure broke is no result.
func AcceptedShare(c Courses, window string, by ...metrics.Label) Expression {
	return VerdictShare(c, accepted, window, by...)
}

// VerdictShare is the share of results within the window that had a verdict.
func VerdictShare(c Courses, verdict, window string, by ...metrics.Label) Expression {
	return Ratio(Checked(c, window, by...).Where(metrics.Verdict, verdict),
		Checked(c, window, by...).Except(metrics.Verdict, internalError))
}

// LateShare is the share of submissions within the window that came after their deadline.
func LateShare(c Courses, window string, by ...metrics.Label) Expression {
	return Ratio(of(c, Gained(metrics.LateSubmissions, window)).By(by...), Submitted(c, window, by...))
}

// AttemptsToSolve is how many attempts a share of those who have solved needed at most, in all history.
func AttemptsToSolve(c Courses, share float64, by ...metrics.Label) Expression {
	return whole(Quantile(share, of(c, Total(metrics.AttemptsToSolve)).By(by...)))
}

// whole undoes what a quantile makes up between the bounds of a native bucket, where only whole numbers are observed: up to 7
// each has a bucket that rounds to it, above that it is right to within 1 in 11.
func whole(quantile Expression) Expression { return Expression("round (" + quantile.PromQL() + ")") }

// TimeToSolve is how long a share of those who have solved needed at most from the first attempt on, in all history.
func TimeToSolve(c Courses, share float64, by ...metrics.Label) Expression {
	return Quantile(share, of(c, Total(metrics.TimeToSolve)).By(by...))
}

// Students is how many students are at a stage of each assignment: attempted, scored, solved, solved_first_attempt, stuck. Of
// several courses it is divided by course and assignment, of one by assignment alone.
func Students(c Courses, stage string, by ...metrics.Label) Query {
	return of(c, Now(metrics.AssignmentStudents)).Where(metrics.Stage, stage).By(by...)
}

// StuckOfAttempted is how many students are stuck in each assignment that anybody has attempted.
func StuckOfAttempted(c Courses, each ...metrics.Label) Expression {
	return Expression(Students(c, "stuck", each...).PromQL() + "\nand on" + strings.TrimPrefix(by(each), " by") +
		" (" + Students(c, "attempted", each...).PromQL() + " > 0)")
}

// StudentsShare is the share of one stage's students in those of another, for each assignment.
func StudentsShare(c Courses, part, whole string, by ...metrics.Label) Expression {
	return Ratio(Students(c, part, by...), Students(c, whole, by...))
}

// Languages is how many submissions were in each programming language within the window, the most first.
func Languages(c Courses, window string) Expression {
	return Sorted(of(c, Gained(metrics.LanguageSubmissions, window)).By(metrics.Language).NotZero())
}
