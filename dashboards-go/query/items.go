package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// Chosen is the assignment that the reader of a course's dashboard has chosen.
const Chosen = "$assignment"

// BusiestAssignments are the assignments of a course, the one that has been worked on most in the last week first.
func BusiestAssignments(c Courses) Expression {
	return Sorted(Submitted(c, "7d", metrics.Assignment))
}

// AnalysedAssignments are the assignments of a course whose tests are known, the one of most students first: figures of tests
// retire some time after the deadline.
func AnalysedAssignments(c Courses) Expression {
	students := of(c, Now(metrics.TestStudents)).By(metrics.Assignment, metrics.Test)
	return Sorted(Expression("max by (assignment) (" + students.PromQL() + ")"))
}

// FacilitiesByAssignment is how easy each assignment of a course is: the mean of its students' best results.
func FacilitiesByAssignment(c Courses) Query {
	return of(c, Now(metrics.AssignmentFacility)).By(metrics.Assignment)
}

// DiscriminationsByAssignment is how well each assignment of a course tells strong students from weak ones.
func DiscriminationsByAssignment(c Courses) Query {
	return of(c, Now(metrics.AssignmentDiscrimination)).By(metrics.Assignment)
}

// UnsolvedByAssignment is how many of the students who are enrolled in a course, or have started it where nobody is enrolled, have
// not solved each assignment that has a deadline; all of them where nobody has attempted it yet.
func UnsolvedByAssignment(c Courses) Expression {
	at := func(stage string) string {
		return of(c, Now(metrics.CourseStudents)).Where(metrics.Stage, stage).PromQL()
	}
	return Expression("scalar (" + at("enrolled") + " or " + at("started") + ")\n- " +
		solvedOrNone(c, metrics.Assignment))
}

// DeadlinesByAssignment is when each assignment of a course is due, in milliseconds.
func DeadlinesByAssignment(c Courses) Query { return due(c, metrics.Assignment).Times(1000) }

// TimeLeftByAssignment is how many seconds there are until then; below 0 it is past.
func TimeLeftByAssignment(c Courses) Expression {
	return Expression(due(c, metrics.Assignment).PromQL() + " - time()")
}

// SubmissionsPerDayByAssignment is how many submissions each assignment of a course had on each local day.
func SubmissionsPerDayByAssignment(c Courses) Query {
	return of(c, GainedEachDay(metrics.Submissions)).By(metrics.Assignment).NotZero()
}

// StudentsOfChosen is how many students are at a stage of the chosen assignment.
func StudentsOfChosen(c Courses, stage string) Query {
	return chosen(c, Now(metrics.AssignmentStudents)).Where(metrics.Stage, stage)
}

// BestScores is how many students have their best result in each tenth of all points.
func BestScores(c Courses) Query { return chosen(c, Now(metrics.BestScores)).By(metrics.Bucket) }

// MedianAttemptsOfChosen is how many attempts half of those who have solved the chosen assignment needed at most.
func MedianAttemptsOfChosen(c Courses) Expression { return whole(Quantile(0.5, AttemptsOfChosen(c))) }

// AttemptsOfChosen are the attempts to solve the chosen assignment.
func AttemptsOfChosen(c Courses) Query { return chosen(c, Total(metrics.AttemptsToSolve)) }

// TimesOfChosen are the times to solve the chosen assignment.
func TimesOfChosen(c Courses) Query { return chosen(c, Total(metrics.TimeToSolve)) }

// FacilityOfChosen is how easy the chosen assignment is.
func FacilityOfChosen(c Courses) Query { return chosen(c, Now(metrics.AssignmentFacility)) }

// VerdictsOfChosenPerDay is how many checks of the chosen assignment ended with each verdict on each local day.
func VerdictsOfChosenPerDay(c Courses) Query {
	return chosen(c, GainedEachDay(metrics.Checks)).By(metrics.Verdict).NotZero()
}

// VerdictsOfChosen is how many checks of the chosen assignment have ended with each verdict, the most first.
func VerdictsOfChosen(c Courses) Expression {
	return Sorted(chosen(c, Total(metrics.Checks)).By(metrics.Verdict).NotZero())
}

// DeadlineOfChosen is when the chosen assignment is due, in milliseconds.
func DeadlineOfChosen(c Courses) Query { return Deadlines(c).Exactly(metrics.Assignment, Chosen) }

// StudentsOfTests is of how many students each test of the chosen assignment speaks.
func StudentsOfTests(c Courses) Query { return chosen(c, Now(metrics.TestStudents)).By(metrics.Test) }

// FacilitiesOfTests is the share of students who pass each test.
func FacilitiesOfTests(c Courses) Query { return chosen(c, Now(metrics.TestFacility)).By(metrics.Test) }

// DiscriminationsOfTests is how well each test tells strong students from weak ones.
func DiscriminationsOfTests(c Courses) Query {
	return chosen(c, Now(metrics.TestDiscrimination)).By(metrics.Test)
}

// OutcomesOfTests is how often each test of the chosen assignment ended how, in all checks.
func OutcomesOfTests(c Courses) Query {
	return chosen(c, Total(metrics.TestResults)).By(metrics.Test, metrics.Outcome)
}

// The limits of item analysis, after the practice of Moodle and PrairieLearn.
const (
	HardFacility       = 0.05 // nobody, or nearly nobody, passes
	EasyFacility       = 0.95 // everybody, or nearly everybody, passes
	WeakDiscrimination = 0.2  // does not tell strong students from weak ones
)

// HardTests is how many tests of the chosen assignment nearly nobody passes.
func HardTests(c Courses) Expression { return counted(FacilitiesOfTests(c), " <= ", HardFacility) }

// EasyTests is how many tests nearly everybody passes.
func EasyTests(c Courses) Expression { return counted(FacilitiesOfTests(c), " >= ", EasyFacility) }

// WeakTests is how many tests do not tell strong students from weak ones.
func WeakTests(c Courses) Expression {
	return counted(DiscriminationsOfTests(c), " < ", WeakDiscrimination)
}

// LeastPassed is the share of students who pass the test that the fewest pass.
func LeastPassed(c Courses) Expression {
	return Expression("min (" + FacilitiesOfTests(c).PromQL() + ")")
}

// Tests is how many tests the chosen assignment has.
func Tests(c Courses) Expression { return Expression("count (" + StudentsOfTests(c).PromQL() + ")") }

// MostTestStudents is of how many students the figures of the test that ran for most students speak.
func MostTestStudents(c Courses) Expression {
	return Expression("max (" + StudentsOfTests(c).PromQL() + ")")
}

func counted(t Term, operator string, limit float64) Expression {
	return OrZero(Expression("count ("+t.PromQL()+operator+number(limit)+")"), t)
}

// BeforeDeadline is how long before the deadline a share of the submissions in time came at most, in all history.
func BeforeDeadline(c Courses, share float64, by ...metrics.Label) Expression {
	return Quantile(share, of(c, Total(metrics.TimeBeforeDeadline)).By(by...))
}

// LastHours is about which share of the submissions in time came in the last hours before the deadline, in all history.
func LastHours(c Courses, hours float64, by ...metrics.Label) Expression {
	return Between(0, hours*3600, of(c, Total(metrics.TimeBeforeDeadline)).By(by...))
}

// LastHoursByAssignment is that share for each assignment of a course whose deadline is past.
func LastHoursByAssignment(c Courses, hours float64) Expression {
	return Expression(operand(LastHours(c, hours, metrics.Assignment)) + "\nand on (assignment) (" +
		due(c, metrics.Assignment).PromQL() + " < time())")
}

// BeforeDeadlineBetween is about which share of the submissions in time came more than some hours, and at most others, before
// the deadline, in all history.
func BeforeDeadlineBetween(c Courses, from, to float64) Expression {
	return Between(from*3600, to*3600, of(c, Total(metrics.TimeBeforeDeadline)))
}

// LateShareEver is the share of submissions that came after their deadline, in all history.
func LateShareEver(c Courses, by ...metrics.Label) Expression {
	return Ratio(of(c, Total(metrics.LateSubmissions)).By(by...), of(c, Total(metrics.Submissions)).By(by...))
}

// NextDeadline is how many seconds there are until the course's next deadline; where all are past, since the last one,
// below 0.
func NextDeadline(c Courses) Expression {
	due := due(c, metrics.Assignment).PromQL()
	return Expression("min (" + due + " > time()) - time()\nor max (" + due + ") - time()")
}

func chosen(c Courses, q Query) Query { return of(c, q).Exactly(metrics.Assignment, Chosen) }
