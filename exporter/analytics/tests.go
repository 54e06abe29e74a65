package analytics

import (
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// shownFor is how long after its deadline an assignment's tests are shown.
const shownFor = 30 * 24 * time.Hour

// tests counts the results of test cases, in every check that is counted.
type tests struct {
	limits   Limits
	assigned perAssignment[testCounts]
	rooms    perCourse[testRoom]
	overflow uint64
}

// testRoom is what a course has of its limit.
type testRoom struct {
	names  int // in all
	full   bool
	fullOn submission.Day // where it is full
}

// testCounts are those of one assignment.
type testCounts struct {
	assignment *Assignment
	shown      shown
	count      [][submission.Skipped + 1]uint64 // by the number of the test
	patterns   patterns
	items      []moments // by the number of the test: of the students for whom it ran, whether it passed, and the other tests
}

func (m *tests) finished(c *Change) {
	if len(c.Record.Tests) == 0 {
		return
	}
	day := submission.DayOf(c.Record.UpdatedAt)
	for _, test := range c.Record.Tests {
		of, number := m.admit(c.Assignment, test.Name, day)
		if number == 0 && test.Name != OtherValue {
			m.overflow++
		}
		of.count[number][test.Outcome]++
	}
}

// admit is the number under which an assignment counts the results of a test, and all that it counts.
func (m *tests) admit(a *Assignment, name string, day submission.Day) (*testCounts, int) {
	of, room := m.assigned.at(a), m.rooms.at(a.Course)
	of.assignment = a
	number := of.shown.admit(name, &m.limits.Tests, func() bool { return m.hasRoom(a.Course, day) })
	before := len(of.count)
	of.count = grown(of.count, number)
	room.names += len(of.count) - before
	return of, number
}

// hasRoom reports whether the course may show the tests of one more name. It goes by the day of the record and not by the clock,
// so that a history always has the same outcome. The answer no holds for the day, as long as no deadline changes: it is
// asked for each result of each test that is not shown.
func (m *tests) hasRoom(c *Course, day submission.Day) bool {
	room := m.rooms.at(c)
	if (room.names+1)*seriesOfTest <= m.limits.TestSeries {
		return true
	}
	if room.full && room.fullOn == day {
		return false
	}
	names := 1
	for i := range m.assigned {
		of := &m.assigned[i]
		if of.assignment == nil || of.assignment.Course != c {
			continue
		}
		if !hasDeadline(of.assignment) || submission.DayOf(retirement(of.assignment)) >= day {
			names += len(of.count)
		}
	}
	room.full, room.fullOn = names*seriesOfTest > m.limits.TestSeries, day
	return !room.full
}

// lookForRoom forgets which courses were full.
func (m *tests) lookForRoom() {
	for i := range m.rooms {
		m.rooms[i].full = false
	}
}

const (
	outcomes     = int(submission.Skipped)
	seriesOfTest = outcomes + 3 // and its facility, its discrimination and their n
)

func hasDeadline(a *Assignment) bool { return !a.DeadlineAt.IsZero() }

// retirement is until when the tests of an assignment with a deadline are shown.
func retirement(a *Assignment) time.Time { return a.DeadlineAt.Add(shownFor) }

// isRetired reports whether the tests of an assignment are shown no more.
func isRetired(a *Assignment, now time.Time) bool { return hasDeadline(a) && now.After(retirement(a)) }

// retires reports whether an assignment's tests are shown now and are not then.
func (f *Fold) retires(then time.Time) bool {
	return slices.ContainsFunc(f.assignments, func(a *Assignment) bool { return !isRetired(a, f.clock) && isRetired(a, then) })
}

func (m *tests) persist(c *codec) {
	slice(c, (*[]testCounts)(&m.assigned), func(of *testCounts) {
		of.shown.persist(c)
		of.patterns.persist(c)
		slice(c, &of.count, func(count *[submission.Skipped + 1]uint64) {
			for outcome := range count {
				c.uint(&count[outcome])
			}
		})
	})
	c.uint(&m.overflow)
}

// TestResults counts results of tests by course, assignment, test and outcome, of assignments that are not retired.
func (f *Fold) TestResults() Vector {
	return func(yield func([]string, float64) bool) {
		m := &f.measures.tests
		labels := make([]string, 4)
		for _, a := range f.assignments {
			if isRetired(a, f.clock) {
				continue
			}
			labels[0], labels[1] = a.Course.Slug, a.Slug
			of := m.assigned.at(a)
			for number, count := range of.count {
				if number == 0 && count == [submission.Skipped + 1]uint64{} {
					continue // nothing was too much
				}
				labels[2] = of.shown.values[number]
				for outcome := submission.Passed; outcome <= submission.Skipped; outcome++ {
					labels[3] = outcome.String()
					if !yield(labels, float64(count[outcome])) {
						return
					}
				}
			}
		}
	}
}
