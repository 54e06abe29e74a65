package query

import (
	"fmt"
	"math"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// What the alerts ask beside the dashboards' queries.

// What rules record for alerts, since there are too many series of checks and tests to go through for each alert: as many as
// assignments times verdicts, or tests times outcomes.
var (
	CourseChecks        = recorded("course:grader_checks:total", metrics.Course)
	CourseCheckFailures = recorded("course:grader_check_failures:total", metrics.Course)
	AssignmentResults   = recorded("assignment:grader_results:total", metrics.Course, metrics.Assignment)
	AssignmentAccepted  = recorded("assignment:grader_accepted:total", metrics.Course, metrics.Assignment)
	BadVerdicts         = recorded("assignment:grader_bad_verdicts:total", ofVerdict...)
	TestResults         = recorded("test:grader_results:total", metrics.Course, metrics.Assignment, metrics.Test)
	TestPassed          = recorded("test:grader_passed:total", metrics.Course, metrics.Assignment, metrics.Test)
)

var ofVerdict = []metrics.Label{metrics.Course, metrics.Assignment, metrics.Verdict}

// recorded is a counter that rules record.
func recorded(name string, labels ...metrics.Label) *metrics.Metric {
	return &metrics.Metric{Name: name, Type: metrics.Counter, Labels: labels}
}

// Recorded is what is recorded as each of them.
func Recorded(m *metrics.Metric) Query {
	ofCourse, checks := Total(metrics.CourseChecks), Total(metrics.Checks)
	tests := Total(metrics.TestResults).Except(metrics.Test, "other")
	return map[*metrics.Metric]Query{
		CourseChecks:        ofCourse,
		CourseCheckFailures: ofCourse.Where(metrics.Verdict, internalError),
		AssignmentResults:   checks.Except(metrics.Verdict, internalError),
		AssignmentAccepted:  checks.Where(metrics.Verdict, accepted),
		BadVerdicts:         checks.Except(metrics.Verdict, internalError).Except(metrics.Verdict, accepted).NotZero(),
		TestResults:         tests.Except(metrics.Outcome, "skipped"),
		TestPassed:          tests.Where(metrics.Outcome, "passed"),
	}[m].By(m.Labels...)
}

// EndedOfCourse is how many checks of each course ended with a verdict within the window, FailedOfCourse how many of them failed
// for the infrastructure's fault; a course that is younger than the window has neither.
func EndedOfCourse(window string) Query {
	return Grown(CourseChecks, window).By(metrics.Course)
}
func FailedOfCourse(window string) Query {
	return Grown(CourseCheckFailures, window).By(metrics.Course)
}

// EndedIn is how many checks of all courses ended with a verdict within the window, from what is recorded, and FailedIn how many of
// them failed for the infrastructure's fault.
func EndedIn(window string) Term  { return ChecksObjective(Every).Recorded().Events(window) }
func FailedIn(window string) Term { return ChecksObjective(Every).Recorded().Errors(window) }

// MinutesToDrain is in how many minutes the queue would be empty if nothing came any more and checks ended as fast as they did in
// the last quarter of an hour; nothing where none ended.
func MinutesToDrain() Expression {
	return Expression("15 * " + operand(Ratio(Queued(Every), EndedIn("15m"))))
}

// QueueGrowth is by how much more checks wait than a span ago.
func QueueGrowth(span string) Expression {
	return Difference(Queued(Every), Queued(Every).Ago(span))
}

// RecheckedIn is how many re-checks ended within the window, and RecheckShare their share in the checks that did.
func RecheckedIn(window string) Query { return Gained(metrics.Rechecks, window) }
func RecheckShare(window string) Expression {
	return Ratio(RecheckedIn(window), EndedIn(window))
}

// NamedSeen is how many workers that have a name took or ended a check within the last hour.
func NamedSeen() Expression { return Expression(seenWithin(1, 0)) }

// named leaves out what is no worker with a name of its own: what none took, and what is beyond the limit of names.
func named(q Query) Query { return OfWorkers(q).Except(metrics.Worker, "other") }

// sinceNamedSeen is how long before a time, some hours ago, each worker that has a name had been seen.
func sinceNamedSeen(ago float64) string {
	if ago == 0 {
		return "(time() - " + named(Now(metrics.WorkerLastSeen)).By(metrics.Worker).PromQL() + ")"
	}
	seen := named(Now(metrics.WorkerLastSeen)).By(metrics.Worker).Ago(fmt.Sprintf("%.0fm", ago*60))
	return "(time() - " + number(ago*3600) + " - " + seen.PromQL() + ")"
}

// seenWithin is how many workers that have a name had been seen within some hours, some hours ago.
func seenWithin(hours, ago float64) string {
	return "count (" + sinceNamedSeen(ago) + " < " + number(hours*3600) + ")"
}

// SilentFor is for how long each worker of the last day has not been seen for at least the hours, although so many checks ended
// meanwhile that chance would have given it one: of n workers, each is left out of 10 n checks once in 22,000 times (e⁻¹⁰). Where
// the source says which workers there are, one that it does not name any more has been retired. Where it does not, pods that a
// roll-out has replaced are silent for ever, so fewer must be seen than before.
func SilentFor(hours float64) Expression {
	silent := fmt.Sprintf("(%s > %s < 86400)", sinceNamedSeen(0), number(hours*3600))
	slots := SlotsByWorker().PromQL()
	window := fmt.Sprintf("%.0fm", hours*60)
	// For as long as the hours after a roll-out, old and new pods have both been seen: not so at one of two times before.
	one, other := seenWithin(hours, 2*hours), seenWithin(hours, 4*hours)
	fewer := fmt.Sprintf("(%s < (%s < %s or %[3]s))", seenWithin(hours, 0), one, other)
	return Expression(fmt.Sprintf("(%[1]s and on (worker) %[2]s or %[1]s and on () %[3]s unless on () %[2]s)\nand on () (%[4]s > 10 * %[5]s)",
		silent, slots, fewer, operand(named(ended(window))), seenWithin(hours, 0)))
}

// SeenShare is how many workers have been seen within half an hour, of as many as usually are: the median of the last day. Names are
// not compared, since those of pods change with every roll-out.
func SeenShare() Expression {
	seen := seenWithin(0.5, 0)
	return Expression("(" + seen + " or on () count (" + sinceNamedSeen(0) + ") * 0)\n/ quantile_over_time(0.5, (" + seen + ")[1d:30m])")
}

// WorkerFailures is how many checks failed on each worker within the window for the infrastructure's fault.
func WorkerFailures(window string) Query {
	return WorkerChecks(window).Where(metrics.Outcome, "infrastructure_failure")
}

// Untaken is the worker of checks that none took.
const Untaken = "unknown"

// OfWorker leaves out all workers but one; OfWorkers leaves out what no worker took.
func OfWorker(q Query, worker string) Query { return q.Exactly(metrics.Worker, worker) }
func OfWorkers(q Query) Query               { return q.Except(metrics.Worker, Untaken) }

// unlikely is how likely chance may be to do what is called suspicious: ln(10⁻⁹). It is so little since results are not
// independent: students send again what failed.
var unlikely = math.Log(1e-9)

// From how many results on something is believed: from those before it is known what is usual.
const (
	leastBefore    = 30
	leastNow       = 5
	leastOfOne     = 40 // more than one or two students send
	leastNewcomers = 3  // students who attempt an assignment for the first time
	leastOfVerdict = 15
)

// TestsThatFail is how many results each test of each assignment had within the window, where all failed although enough passed
// before.
func TestsThatFail(window string) Expression { return vanished(TestResults, TestPassed, window) }

// AssignmentsThatFail is how many results each assignment had within the window, where none was accepted although enough were
// before.
func AssignmentsThatFail(window string) Expression {
	return vanished(AssignmentResults, AssignmentAccepted, window)
}

// vanished is how many there were within the window, where none was good any more although before it so many were that chance
// would not do it: the share of those that were not good, to the power of how many came now. One good and one bad are added to
// what was before, so that what has always been good may fail once (Laplace's rule of succession).
func vanished(all, good *metrics.Metric, window string) Expression {
	now, then := Grown(all, window).By(all.Labels...), Before(all, window).By(all.Labels...)
	bad := Ratio(Expression(operand(Difference(then, Before(good, window).By(all.Labels...)))+" + 1"), Expression(operand(then)+" + 2"))
	luck := Expression(operand(now) + "\n* ln(\n" + bad.PromQL() + "\n)")
	return And(Compared(now, ">=", leastNow), Compared(luck, "<", unlikely), Compared(then, ">=", leastBefore),
		Compared(Grown(good, window).By(all.Labels...), "==", 0), ofSeveral(now, window))
}

// ofSeveral keeps results of assignments that are not of one student, who sends the same mistake again and again.
func ofSeveral(results Term, window string) Expression {
	attempted := Students(Every, "attempted", ofEach...)
	newcomers := Compared(Difference(attempted, attempted.Ago(window)), ">=", leastNewcomers)
	return Expression("(" + Compared(results, ">=", leastOfOne).PromQL() + "\nor " + results.PromQL() + " and on (course, assignment) " + operand(newcomers) + ")")
}

// NobodyScores is how many students have attempted each assignment in which nobody has a point, of those that somebody attempted for
// the first time within the last week, if that is known.
func NobodyScores(least float64) Expression {
	attempted := Students(Every, "attempted", ofEach...)
	none := And(Compared(attempted, ">=", least), Compared(Students(Every, "scored", ofEach...), "==", 0))
	return Expression(none.PromQL() + "\nunless on (course, assignment) " + attempted.PromQL() + " <= " + attempted.Ago("7d").PromQL() +
		"\nand on () (" + ready(func(series string) string { return series + " offset 7d" }, "") + ")")
}

// VerdictsThatTakeOver is the share of each verdict in the results of each assignment within the window, where it is nearly all of
// them and was no large part before. To be accepted more often is no trouble.
func VerdictsThatTakeOver(window string) Expression {
	share := func(verdicts, results Query) Expression {
		return Expression(operand(verdicts.By(ofVerdict...)) + "\n/ on (course, assignment) group_left () (" + inner(results.By(ofEach...)) + " > 0)")
	}
	enough := func(results Query, least float64) Expression {
		return Expression("on (course, assignment) " + operand(Compared(results.By(ofEach...), ">=", least)))
	}
	now, then := Grown(AssignmentResults, window), Before(AssignmentResults, window)
	// A verdict that there was not before is recorded from its first result on; where none at all was, the rule is new.
	recorded := Expression(fmt.Sprintf("on () count (last_over_time(%s[1h] offset %s))", BadVerdicts.Name, window))
	takes := And(Compared(share(Gained(BadVerdicts, window), now), ">=", 0.9), enough(now, leastOfVerdict), enough(then, leastBefore),
		Expression("on (course, assignment) "+operand(ofSeveral(now.By(ofEach...), window))), recorded)
	return Expression(takes.PromQL() + "\nunless " + operand(Compared(share(Before(BadVerdicts, window), then), ">=", 0.3)))
}
