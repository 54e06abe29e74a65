package query

import (
	"fmt"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Expected is how many submissions coming deadlines will bring within a horizon: 1h, 1d, 7d.
func Expected(c Courses, horizon string, by ...metrics.Label) Query {
	return of(c, Now(metrics.ExpectedSubmissions)).Where(metrics.Horizon, horizon).By(by...)
}

// ExpectedThen is what was expected a span of time ago for the span that has passed since.
func ExpectedThen(c Courses, horizon string) Query { return Expected(c, horizon).Ago(horizon) }

// recently is over how long a mean check is taken.
const recently = "7d"

// meanCheck is how many seconds a slot is taken by a check, in the mean of the last days.
func meanCheck() Expression {
	return Ratio(Gained(metrics.WorkerBusy, recently), ended(recently))
}

// Capacity is how many checks all slots can end in an hour.
func Capacity() Expression {
	return Expression(Slots().PromQL() + " * 3600\n/ " + operand(meanCheck()))
}

// SlotsNeeded is how many slots carry what the next hour will bring without being busier than they should. What is
// expected comes from deadlines alone, so what came in the last hour counts where it is more.
func SlotsNeeded() Expression {
	last := Gained(metrics.Submissions, "1h")
	coming := Expected(Every, "1h")
	return Expression(fmt.Sprintf("ceil(\n(\n%s > %s or %s\n)\n* %s / 3600 / %s\n)",
		operand(coming), operand(last), operand(last), operand(meanCheck()), number(metrics.BusyShare)))
}

// Busy is the share of the time of all slots in which they worked.
func Busy() Expression { return Ratio(PerSecond(metrics.WorkerBusy), Slots()) }

// DeadlineTimes are the deadlines of assignments that are due or were due in the last 7 days, in milliseconds.
func DeadlineTimes(c Courses) Expression {
	return Expression(dueLately(c) + " * 1000")
}

// TimeLeft is how many seconds there are until those deadlines; below 0 they are past.
func TimeLeft(c Courses) Expression {
	return Expression(dueLately(c) + " - time()")
}

func dueLately(c Courses) string { return "(" + due(c, ofEach...).PromQL() + " > time() - 7 * 86400)" }

// unsolved is how many of the students who are enrolled in the course, or have started it where nobody is enrolled, have not
// solved each assignment that has a deadline; all of them where nobody has attempted it yet.
func unsolved(c Courses) Expression {
	return Expression("(" + CourseStudents(c, "enrolled").PromQL() + "\n  or " + CourseStudents(c, "started").PromQL() +
		")\n- on (course) group_right () " + solvedOrNone(c, ofEach...))
}

// solvedOrNone is how many students have solved each assignment that has a deadline; 0 where nobody has attempted it yet.
func solvedOrNone(c Courses, by ...metrics.Label) string {
	return "(" + Students(c, "solved", by...).PromQL() + "\n  or " + due(c, by...).PromQL() + " * 0)"
}

// Unsolved is that of assignments that are due or were due in the last 7 days.
func Unsolved(c Courses) Expression {
	return Expression(operand(unsolved(c)) + "\nand on (course, assignment) " + operand(TimeLeft(c)))
}
