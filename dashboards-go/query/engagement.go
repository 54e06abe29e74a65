package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// NewUsers is how many students sent their first submission ever within the window before now.
func NewUsers(window string) Query { return Gained(metrics.ServiceNewStudents, window) }

// NewUsersPerDay is how many did so on each local day.
func NewUsersPerDay() Query { return GainedEachDay(metrics.ServiceNewStudents) }

// NewUsersByCourse is how many students each course saw for the first time within the window.
func NewUsersByCourse(c Courses, window string) Query {
	return of(c, Gained(metrics.NewStudents, window)).By(metrics.Course)
}

// ReturningUsers are those of the active users of the window who had been there before it. Who is new is counted when the first
// submission is read, who is active by when it was sent; where old records are read late, more are new than active.
func ReturningUsers(window string) Expression {
	return Expression("clamp_min (" + inner(Difference(ActiveUsers(window), NewUsers(window))) + ", 0)")
}

// Stickiness is the share of the active users of a long window who were also active in the short one before now.
func Stickiness(short, long string) Expression { return Ratio(ActiveUsers(short), ActiveUsers(long)) }

// smallestCohort is from how many students on a cohort's shares are looked at: of fewer, one student is a jump.
const smallestCohort = 5

// Retention is the share of each weekly cohort that submitted again so many weeks later.
func Retention() Expression {
	active := Now(metrics.CohortStudents).By(metrics.Cohort, metrics.AgeWeeks)
	return Expression(active.PromQL() + "\n/ on (cohort) group_left () (" +
		AtLeast(CohortSizes(), smallestCohort).PromQL() + ")")
}

// CohortSizes is how many students first submitted in each week.
func CohortSizes() Query {
	return Now(metrics.CohortStudents).Where(metrics.AgeWeeks, "00").By(metrics.Cohort)
}

// CourseStudents is how many students of each course are at a stage: enrolled, started, active_7d.
func CourseStudents(c Courses, stage string) Query {
	return of(c, Now(metrics.CourseStudents)).Where(metrics.Stage, stage).By(metrics.Course)
}

// CourseShare is the share of one stage's students in those of another.
func CourseShare(c Courses, part, whole string) Expression {
	return Ratio(CourseStudents(c, part), CourseStudents(c, whole))
}

// OfRunning leaves out the zeros of courses in which nobody has submitted within the last week, as those of past terms.
func OfRunning(byCourse Term) Expression {
	all := operand(byCourse)
	return Expression(all + " > 0\nor (" + all + " and on (course) (" + CourseStudents(Every, "active_7d").PromQL() + " > 0))")
}

// Submitted is how many submissions came within the window.
func Submitted(c Courses, window string, by ...metrics.Label) Query {
	return of(c, Gained(metrics.Submissions, window)).By(by...)
}

// SubmissionsPerUser is how many submissions each course had in the window for each of its students who started.
func SubmissionsPerUser(c Courses, window string) Expression {
	return Ratio(Submitted(c, window, metrics.Course), CourseStudents(c, "started"))
}
