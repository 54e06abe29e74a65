package analytics

import (
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// retirement is how long after its deadline an assignment's tests are shown.
const retirement = 30 * 24 * time.Hour

// tests counts the results of test cases, in every check that is counted.
type tests struct {
	limits   Limits
	assigned perAssignment[testCounts]
	overflow uint64
}

// testCounts are those of one assignment.
type testCounts struct {
	assignment *Assignment
	shown      shown
	count      [][submission.Skipped + 1]uint64 // by the number of the test
}

func (m *tests) finished(c *Change) {
	if len(c.Record.Tests) == 0 {
		return
	}
	of := m.assigned.at(c.Assignment)
	of.assignment = c.Assignment
	for _, test := range c.Record.Tests {
		number := of.shown.admit(test.Name, &m.limits.Tests, func() bool { return m.hasRoom(c.Record.UpdatedAt) })
		if number == 0 && test.Name != OtherValue {
			m.overflow++
		}
		of.count = grown(of.count, number)
		of.count[number][test.Outcome]++
	}
}

// hasRoom reports whether the tests of one more name may be shown. It goes by the time of the record and not by the clock,
// so that a history always has the same outcome.
func (m *tests) hasRoom(at time.Time) bool {
	names := 1
	for i := range m.assigned {
		if of := &m.assigned[i]; of.assignment != nil && !retired(of.assignment, at) {
			names += len(of.count)
		}
	}
	return names*outcomes <= m.limits.TestSeries
}

// outcomes is how many series a test makes.
const outcomes = int(submission.Skipped)

// retired reports whether the tests of an assignment are shown no more at a time.
func retired(a *Assignment, at time.Time) bool {
	return !a.DeadlineAt.IsZero() && at.After(a.DeadlineAt.Add(retirement))
}

func (m *tests) persist(c *codec) {
	slice(c, (*[]testCounts)(&m.assigned), func(of *testCounts) {
		of.shown.persist(c)
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
		for _, a := range f.assignments {
			if retired(a, f.clock) {
				continue
			}
			of := m.assigned.at(a)
			for number, count := range of.count {
				if number == 0 && count == [submission.Skipped + 1]uint64{} {
					continue // nothing was too much
				}
				for outcome := submission.Passed; outcome <= submission.Skipped; outcome++ {
					if !yield([]string{a.Course.Slug, a.Slug, of.shown.values[number], outcome.String()}, float64(count[outcome])) {
						return
					}
				}
			}
		}
	}
}
