package query

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

func TestPromQL(t *testing.T) {
	for _, test := range []struct {
		name  string
		query Query
		want  string
	}{
		{"a total is summed after the instance is removed", Total(metrics.Submissions),
			`sum (max without (instance, pod) (grader_submissions_total))`},
		{"by divides", Total(metrics.Submissions).Where(metrics.Course, "$course").By(metrics.Course),
			`sum by (course) (max without (instance, pod) (grader_submissions_total{course=~"$course"}))`},
		{"a value is matched as it is",
			Total(metrics.Checks).Where(metrics.Course, `a"b`).Where(metrics.Verdict, "accepted"),
			`sum (max without (instance, pod) (grader_checks_total{course="a\"b", verdict="accepted"}))`},
		{"a gain is a difference of totals with both edges",
			Gained(metrics.Submissions, "1d").Where(metrics.Course, "$course"),
			`sum (
max without (instance, pod) (grader_submissions_total{course=~"$course"})
- (
  max without (instance, pod) (last_over_time(grader_submissions_total{course=~"$course"}[1h] offset 1d))
  or max without (instance, pod) (grader_submissions_total{course=~"$course"}) * 0
    and on () (sum by (shards) (max by (shard, shards) (last_over_time(gradewatch_ready[1h] offset 1d))) >= on (shards) (max by (shards) (last_over_time(gradewatch_shards[1h] offset 1d)) or vector(1)))
)
)`},
		{"a distinct metric is never summed",
			Now(metrics.ActiveStudents).Where(metrics.Window, "7d").By(metrics.Course),
			`max by (course) (grader_active_students{window="7d"})`},
		{"a time is never summed", Deadlines("$course"),
			`max by (course, assignment) (grader_assignment_deadline_timestamp_seconds{course=~"$course"}) * 1000`},
		{"the past", SubmissionsTodayWeekAgo("$course"),
			`sum (max without (instance, pod) (grader_day_submissions{course=~"$course"} offset 7d))`},
		{"nothing to compare with is infinite", UsersTodayWeekAgo().AsBase(),
			`max (grader_service_day_active_students offset 7d) > 0 or on () vector(Inf)`},
		{"days come from the last-day gauge, the latest two from what is known now", UsersPerDay(),
			`last_over_time((max (grader_service_last_day_active_students))[12h:3h] offset -36h)
or max (last_over_time(grader_service_last_day_active_students[1d] @ end() offset -1d))
  and on () (vector(time() + 86400) == max_over_time(vector(time())[1s:1s] @ end()))
or max (last_over_time(grader_service_day_active_students[1d] @ end() offset -1d))
  and on () (vector(time()) == max_over_time(vector(time())[1s:1s] @ end()))`},
		{"courses that are silent are left out", SubmissionsPerDayByCourse("$course"),
			`sum by (course) (
last_over_time((max without (instance, pod) (grader_last_day_submissions{course=~"$course"}))[12h:3h] offset -36h)
or max without (instance, pod) (last_over_time(grader_last_day_submissions{course=~"$course"}[1d] @ end() offset -1d))
  and on () (vector(time() + 86400) == max_over_time(vector(time())[1s:1s] @ end()))
or max without (instance, pod) (last_over_time(grader_day_submissions{course=~"$course"}[1d] @ end() offset -1d))
  and on () (vector(time()) == max_over_time(vector(time())[1s:1s] @ end()))
) > 0`},
		{"what is done with a result is done with all of it", UsersPerDay().NotZero(),
			`(
last_over_time((max (grader_service_last_day_active_students))[12h:3h] offset -36h)
or max (last_over_time(grader_service_last_day_active_students[1d] @ end() offset -1d))
  and on () (vector(time() + 86400) == max_over_time(vector(time())[1s:1s] @ end()))
or max (last_over_time(grader_service_day_active_students[1d] @ end() offset -1d))
  and on () (vector(time()) == max_over_time(vector(time())[1s:1s] @ end()))
) > 0`},
		{"hours of the week", SubmissionsByHourOfWeek("go"),
			`sum by (weekday, hour) (max without (instance, pod) (grader_hour_submissions_total{course="go"}))`},
		{"native histograms have no largest, and equals are their average", PerSecond(metrics.CheckDuration).By(metrics.Course),
			`sum by (course) (avg without (instance, pod) (rate(grader_check_duration_seconds[$__rate_interval])))`},
		{"a variable that holds one value is no pattern", StudentsOfChosen("go", "solved"),
			`max (grader_assignment_students{course="go", assignment="$assignment", stage="solved"})`},
		{"all but one", Checked(Every, "1d").Except(metrics.Verdict, "internal_error"),
			`sum (
max without (instance, pod) (grader_course_checks_total{verdict!="internal_error"})
- (
  max without (instance, pod) (last_over_time(grader_course_checks_total{verdict!="internal_error"}[1h] offset 1d))
  or max without (instance, pod) (grader_course_checks_total{verdict!="internal_error"}) * 0
    and on () (sum by (shards) (max by (shard, shards) (last_over_time(gradewatch_ready[1h] offset 1d))) >= on (shards) (max by (shards) (last_over_time(gradewatch_shards[1h] offset 1d)) or vector(1)))
)
)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.query.PromQL(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	for _, test := range []struct {
		name string
		term Term
		want string
	}{
		{"of nothing there is no share", Ratio(Now(metrics.ChecksRunning), Slots()),
			"sum (max without (instance, pod) (grader_checks_running))\n" +
				"/ (sum (max without (instance, pod) (grader_worker_slots)) > 0)"},
		{"what is more than one word is put in parentheses", Difference(Arriving(Every), Expression("a + b")),
			"(sum (max without (instance, pod) (rate(grader_submissions_total[$__rate_interval]))) * 60)\n- (a + b)"},
		{"nobody observed has no quantile", CheckTime(Every, 0.95),
			"histogram_quantile(0.95, sum (avg without (instance, pod) (rate(grader_check_duration_seconds[$__rate_interval])))) >= 0"},
		{"who returns is active and not new", ReturningUsers("7d"), `clamp_min (
max (grader_service_active_students{window="7d"})
- (
sum (
max without (instance, pod) (grader_service_new_students_total)
- (
  max without (instance, pod) (last_over_time(grader_service_new_students_total[1h] offset 7d))
  or max without (instance, pod) (grader_service_new_students_total) * 0
    and on () (sum by (shards) (max by (shard, shards) (last_over_time(gradewatch_ready[1h] offset 7d))) >= on (shards) (max by (shards) (last_over_time(gradewatch_shards[1h] offset 7d)) or vector(1)))
)
)
)
, 0)`},
		{"who is missing is of those enrolled, or else of those who started", UnsolvedByAssignment("go"),
			`scalar (max (grader_course_students{course="go", stage="enrolled"}) or max (grader_course_students{course="go", stage="started"}))
- (max by (assignment) (grader_assignment_students{course="go", stage="solved"})
  or max by (assignment) (grader_assignment_deadline_timestamp_seconds{course="go"}) * 0)`},
		{"zero is said by a witness alone", Drift(),
			`(max (abs (gradewatch_source_rows - gradewatch_applied_records)))
or on () (count (max (sum by (shards) (max by (shard, shards) (gradewatch_ready)) >= bool on (shards) (max by (shards) (gradewatch_shards) or vector(1)))) * 0)`},
		{"what is recorded is not born at 0", Grown(CourseChecks, "1h"),
			"sum (\nmax without (instance, pod) (course:grader_checks:total)\n" +
				"- max without (instance, pod) (last_over_time(course:grader_checks:total[1h] offset 1h))\n)"},
		{"a rule has no reader", Scope{}.Of(Standing(ResponseRate("5"), "10m")),
			`(sum (rate(django_http_responses_total_by_status_total{status=~"5..", job=~".*"}[10m])))
or on () (count (rate(django_http_requests_before_middlewares_total{job=~".*"}[10m])) * 0)`},
		{"a rule looks at what is ours", Scope{"job": `web|api\d`}.Of(MigrationsMissing()),
			`sum (max by (job, connection) (django_migrations_unapplied_total{job=~"web|api\\d"}))`},
		{"and binds closer than or", And(Expression("a"), Expression("b\nor c"), Whenever(Expression("d\nor e"))),
			"a\nand (\nb\nor c\n)\nand on () (\nd\nor e\n)"},
		{"a gauge of what is missed is counted as a total", missed(func(m *metrics.Metric) Query { return of("go", Total(m)) }),
			`sum (max without (instance, pod) (grader_feedback_missed{course="go"}))`},
		{"without an end", Between(16, Endless, Total(metrics.AttemptsToSolve)),
			"histogram_fraction(16, +Inf, sum (avg without (instance, pod) (grader_attempts_to_solve))) >= 0"},
		{"a bound as Prometheus writes it", observed(metrics.QueueWait, PerSecond),
			`sum (max without (instance, pod) (rate(grader_queue_wait_seconds_bucket{le="+Inf"}[$__rate_interval])))`},
		{"a whole bound is a float", within(metrics.Feedback, 300, PerSecond),
			`sum (max without (instance, pod) (rate(grader_feedback_seconds_bucket{le="300.0"}[$__rate_interval])))`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.term.PromQL(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestCourseNames(t *testing.T) {
	if got, want := CourseNames(), "label_values(grader_course_info, course)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatMeansNothingIsRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		query func() string
		want  string
	}{
		{"a label that the metric lacks, narrowed", func() string {
			return Total(metrics.Submissions).Where(metrics.Verdict, "accepted").PromQL()
		}, "grader_submissions_total has no label verdict"},
		{"a label that the metric lacks, divided", func() string {
			return Total(metrics.Submissions).By(metrics.Window).PromQL()
		}, "grader_submissions_total has no label window"},
		{"a sum of distinct students over courses", func() string {
			return Now(metrics.ActiveStudents).Where(metrics.Window, "7d").PromQL()
		}, "grader_active_students must not be summed over [course]"},
		{"a sum of distinct students over the courses of a variable", func() string {
			return Now(metrics.DayActiveStudents).Where(metrics.Course, "$course").PromQL()
		}, "grader_day_active_students must not be summed over [course]"},
		{"a sum of times", func() string {
			return Now(metrics.AssignmentDeadline).By(metrics.Course).PromQL()
		}, "must not be summed over [assignment]"},
		{"a total of a gauge", func() string { return Total(metrics.QueueLength).PromQL() },
			"is a gauge, not a counter"},
		{"a gain of a gauge", func() string { return Gained(metrics.QueueLength, "1d").PromQL() },
			"is a gauge, not a counter"},
		{"the value of a counter", func() string { return Now(metrics.Submissions).PromQL() },
			"is a counter, not a gauge"},
		{"the past of a gain", func() string { return Gained(metrics.Submissions, "1d").Ago("7d").PromQL() },
			"only what is current can be asked of the past"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if refusal := fmt.Sprint(recover()); !strings.Contains(refusal, test.want) {
					t.Errorf("got %q, want it to say %q", refusal, test.want)
				}
			}()
			t.Errorf("not refused: %s", test.query())
		})
	}
}

func TestNarrowingLeavesTheOriginal(t *testing.T) {
	all := Total(metrics.Checks).Where(metrics.Course, "go")
	all.Where(metrics.Verdict, "accepted")
	all.Where(metrics.Verdict, "partial")
	want := `sum (max without (instance, pod) (grader_checks_total{course="go"}))`
	if got := all.PromQL(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
