package analytics

import (
	"math"
	"math/bits"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// pattern is the set of tests that ran and passed in a check, those that are shown. A test with several results passed if it
// passed in all of them.
func (of *testCounts) pattern(all []submission.Test) pattern {
	var set, failed testSet
	for _, test := range all {
		number := of.shown.number[test.Name]
		if number == 0 || test.Outcome == submission.Skipped {
			continue // one of many others, or it did not run
		}
		set.add(number, ran)
		if test.Outcome == submission.Passed {
			set.add(number, passed)
		} else {
			failed.add(number, passed)
		}
	}
	for i := range failed {
		set[i] &^= failed[i]
	}
	return of.patterns.number(set)
}

// translate is a pattern of one assignment as one of another, where the submission was moved there.
func (m *tests) translate(from, to *Assignment, old pattern, day submission.Day) pattern {
	was, is := m.assigned.at(from), m.assigned.at(to)
	var set testSet
	for number, name := range was.shown.values {
		if !has(was.patterns.set(old), number, ran) {
			continue
		}
		_, now := m.admit(to, name, day)
		if now == 0 {
			continue
		}
		set.add(now, ran)
		if has(was.patterns.set(old), number, passed) {
			set.add(now, passed)
		}
	}
	return is.patterns.number(set)
}

// replaceItems counts the tests of a student for another pattern than before.
func (of *testCounts) replaceItems(before, now pattern) {
	if before != now {
		of.eachItem(before, (*moments).drop)
		of.eachItem(now, (*moments).add)
	}
}

// eachItem changes the sums of each test that ran for a student.
func (of *testCounts) eachItem(number pattern, how func(m *moments, x, y uint64)) {
	set := of.patterns.set(number)
	var all uint64 // that passed
	for i := range len(set) {
		all += uint64(bits.OnesCount8(set[i] & 0b10101010))
	}
	of.items = grown(of.items, 4*len(set)) // as many at most
	for test := range 4 * len(set) {
		if !has(set, test, ran) {
			continue
		}
		var one uint64
		if has(set, test, passed) {
			one = 1
		}
		how(&of.items[test], one, all-one)
	}
}

// TestStudents counts the students for whom a test ran, by course, assignment and test, of assignments that are not retired.
func (f *Fold) TestStudents() Vector {
	return f.testFigures(0, func(m *moments) float64 { return float64(m.n) })
}

// TestFacilities are the shares of students who passed a test in any of their submissions, of those for whom it ran, by course,
// assignment and test, where it ran for enough.
func (f *Fold) TestFacilities() Vector {
	return f.testFigures(leastStudents, func(m *moments) float64 { return float64(m.x) / float64(m.n) })
}

// TestDiscriminations are the correlations over students between passing a test and how many others of the assignment they
// passed, by course, assignment and test. There is none where it ran for too few, or where all have the same.
func (f *Fold) TestDiscriminations() Vector { return f.testFigures(leastStudents, (*moments).pearson) }

func (f *Fold) testFigures(least uint64, figure func(*moments) float64) Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 3)
		for _, a := range f.assignments {
			if isRetired(a, f.clock) {
				continue
			}
			of := f.measures.tests.assigned.at(a)
			labels[0], labels[1] = a.Course.Slug, a.Slug
			for number := 1; number < len(of.count); number++ {
				of.items = grown(of.items, number)
				m := &of.items[number]
				if m.n < least {
					continue
				}
				labels[2] = of.shown.values[number]
				if value := figure(m); !math.IsNaN(value) && !yield(labels, value) {
					return
				}
			}
		}
	}
}
