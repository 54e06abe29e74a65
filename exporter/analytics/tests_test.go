package analytics

import (
	"fmt"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// TestRule10TestsRetire: what tests have counted is shown until 30 days after the assignment's deadline, and again, with what
// came meanwhile, when the deadline is put off.
func TestRule10TestsRetire(t *testing.T) {
	f := foldOf()
	due := func(at time.Time) {
		f.Describe(&submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: at}}})
	}
	check := func(id string) {
		r := finished(id, 1, submission.Accepted)
		r.Tests = []submission.Test{{Name: "compiles", Outcome: submission.Passed}}
		f.Apply(&r)
	}
	due(start)
	check("1")
	f.Advance(start.Add(shownFor))
	want(t, "on the last day", values(f.TestResults()), map[string]float64{"algo/hw1/compiles/passed": 1})
	f.Advance(start.Add(shownFor + time.Microsecond))
	want(t, "after it", values(f.TestResults()), map[string]float64{})
	check("2")
	due(start.AddDate(1, 0, 0))
	want(t, "put off", values(f.TestResults()), map[string]float64{"algo/hw1/compiles/passed": 2})
	due(time.Time{})
	want(t, "without a deadline", values(f.TestResults()), map[string]float64{"algo/hw1/compiles/passed": 2})
}

// TestRule10RetiredTestsMakeRoom: the tests of an assignment that has retired by the time of a record do not count.
func TestRule10RetiredTestsMakeRoom(t *testing.T) {
	f := New(Options{Zone: time.UTC, Limits: Limits{Tests: Limit{Most: 10}, TestSeries: 2 * seriesOfTest}})
	f.Describe(&submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: start}}})
	check := func(id, course, assignment, test string, at time.Time) {
		r := finished(id, 1, submission.Accepted)
		r.Course, r.Assignment, r.UpdatedAt = course, assignment, at
		r.Tests = []submission.Test{{Name: test, Outcome: submission.Passed}}
		f.Apply(&r)
	}
	check("1", "algo", "hw1", "a", start)
	check("2", "algo", "hw2", "b", start)
	check("other", "db", "hw1", "a", start)
	check("3", "algo", "hw2", "c", start.Add(shownFor+24*time.Hour))
	want(t, "tests", values(f.TestResults()), map[string]float64{
		"algo/hw1/a/passed": 1, "algo/hw2/other/passed": 1, "algo/hw2/c/passed": 1, "db/hw1/a/passed": 1,
	})
}

// TestRule10AnEarlierDeadlineMakesRoomAtOnce, and not on the next day.
func TestRule10AnEarlierDeadlineMakesRoomAtOnce(t *testing.T) {
	f := New(Options{Zone: time.UTC, Limits: Limits{Tests: Limit{Most: 10}, TestSeries: 2 * seriesOfTest}})
	check := func(id, assignment, test string) {
		r := finished(id, 1, submission.Accepted)
		r.Assignment = assignment
		r.Tests = []submission.Test{{Name: test, Outcome: submission.Passed}}
		f.Apply(&r)
	}
	check("1", "hw1", "a")
	check("2", "hw2", "b")
	over := start.Add(-shownFor - 48*time.Hour)
	f.Describe(&submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: over}}})
	check("3", "hw2", "b")
	want(t, "tests", values(f.TestResults()), map[string]float64{
		"algo/hw1/a/passed": 1, "algo/hw2/other/passed": 1, "algo/hw2/b/passed": 1,
	})
}

// TestRule10CoursesDoNotShareTheirLimit: a course whose tests have ever new names takes no room from another, nor does one with more
// assignments than there is room for, each of which has an other.
func TestRule10CoursesDoNotShareTheirLimit(t *testing.T) {
	f := New(Options{Zone: time.UTC, Limits: Limits{Tests: Limit{Most: 10}, TestSeries: 3 * seriesOfTest}})
	check := func(id, course, assignment, test string) {
		r := finished(id, 1, submission.Accepted)
		r.Course, r.Assignment = course, assignment
		r.Tests = []submission.Test{{Name: test, Outcome: submission.Passed}}
		f.Apply(&r)
	}
	for i := range 5 {
		check(fmt.Sprint("same ", i), "algo", "hw1", fmt.Sprint("t", i))
		check(fmt.Sprint("each ", i), "many", fmt.Sprint("hw", i), "t")
	}
	check("x", "db", "hw1", "a")
	check("y", "db", "hw1", "b")
	want(t, "tests", values(f.TestResults()), map[string]float64{
		"algo/hw1/t0/passed": 1, "algo/hw1/t1/passed": 1, "algo/hw1/other/passed": 3,
		"many/hw0/t/passed": 1, "many/hw1/t/passed": 1, "many/hw2/other/passed": 1, "many/hw3/other/passed": 1, "many/hw4/other/passed": 1,
		"db/hw1/a/passed": 1, "db/hw1/b/passed": 1,
	})
}

// TestManyChecksOfOneSubmission and of one student at one assignment take no more than others: with a search through all of
// them this would take minutes.
func TestManyChecksOfOneSubmission(t *testing.T) {
	const many = 200_000
	f := foldOf()
	for i := range many {
		r := finished("1", i+1, submission.WrongAnswer)
		f.Apply(&r)
		s := finished(fmt.Sprint("s", i), 1, submission.WrongAnswer)
		s.Assignment = "hw2"
		f.Apply(&s)
	}
	f.Advance(start.Add(2 * time.Hour))
	want(t, "re-checks", values(f.Rechecks()), map[string]float64{"algo/hw1": many - 1})
	want(t, "students", values(f.AssignmentStudents()), map[string]float64{
		"algo/hw1/attempted": 1, "algo/hw2/attempted": 1, "algo/hw2/stuck": 1,
	})
}
