package analytics

import "github.com/gradewatch/gradewatch/exporter/submission"

// checks counts checks that ended with a verdict, and re-checks among them (rules 1 and 5).
type checks struct {
	count   perAssignment[[submission.Other + 1]uint64]
	recheck perAssignment[uint64]
}

func (m *checks) finished(c *Change) {
	m.count.at(c.Assignment)[c.Record.Verdict]++
	if c.Recheck {
		*m.recheck.at(c.Assignment)++
	}
}

func (m *checks) persist(c *codec) {
	slice(c, (*[][submission.Other + 1]uint64)(&m.count), func(count *[submission.Other + 1]uint64) {
		for verdict := range count {
			c.uint(&count[verdict])
		}
	})
	slice(c, (*[]uint64)(&m.recheck), c.uint)
}

// Checks counts checks by course, assignment and verdict.
func (f *Fold) Checks() Vector {
	return func(yield func([]string, float64) bool) {
		labels, verdicts := make([]string, 3), submission.Verdicts()
		for _, a := range f.assignments {
			labels[0], labels[1] = a.Course.Slug, a.Slug
			count := f.measures.checks.count.at(a)
			for _, verdict := range verdicts {
				labels[2] = verdict.String()
				if !yield(labels, float64(count[verdict])) {
					return
				}
			}
		}
	}
}

// CourseChecks counts checks by course and verdict.
func (f *Fold) CourseChecks() Vector {
	return func(yield func([]string, float64) bool) {
		var sums perCourse[[submission.Other + 1]uint64]
		for _, a := range f.assignments {
			sum := sums.at(a.Course)
			for verdict, count := range f.measures.checks.count.at(a) {
				sum[verdict] += count
			}
		}
		labels, verdicts := make([]string, 2), submission.Verdicts()
		for _, c := range f.courses {
			labels[0] = c.Slug
			for _, verdict := range verdicts {
				labels[1] = verdict.String()
				if !yield(labels, float64(sums.at(c)[verdict])) {
					return
				}
			}
		}
	}
}

// Rechecks counts re-checks by course and assignment.
func (f *Fold) Rechecks() Vector { return eachAssignment(f, &f.measures.checks.recheck) }
