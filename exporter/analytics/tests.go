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
	clock    time.Time
	assigned perAssignment[testCounts]
	overflow uint64
}

// testCounts are those of one assignment.
type testCounts struct {
	assignment *Assignment
	shown      shown
	count      [][submission.Skipped + 1]uint64 // by the number of the test
}

func (m *tests) observe(c *Change) {
	if c.Kind != Finished || len(c.Record.Tests) == 0 {
		return
	}
	of := m.assigned.at(c.Assignment)
	of.assignment = c.Assignment
	for _, test := range c.Record.Tests {
		number := of.shown.admit(test.Name, &m.limits.Tests, m.hasRoom)
		if number == 0 && test.Name != OtherValue {
			m.overflow++
		}
		of.count = grown(of.count, number)
		of.count[number][test.Outcome]++
	}
}

// hasRoom reports whether the tests of one more name may be shown.
func (m *tests) hasRoom() bool {
	names := 1
	for i := range m.assigned {
		if of := &m.assigned[i]; of.assignment != nil && !m.retired(of.assignment) {
			names += len(of.count)
		}
	}
	return names*outcomes <= m.limits.TestSeries
}

// outcomes is how many series a test makes.
const outcomes = int(submission.Skipped)

// retired reports whether the tests of an assignment are shown no more.
func (m *tests) retired(a *Assignment) bool {
	return !a.DeadlineAt.IsZero() && m.clock.After(a.DeadlineAt.Add(retirement))
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
			if m.retired(a) {
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
