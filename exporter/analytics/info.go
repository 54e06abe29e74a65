package analytics

import "time"

// Courses yields 1 for every known course, with course, title and term; what is not known is empty.
func (f *Fold) Courses() Vector {
	return func(yield func([]string, float64) bool) {
		for _, c := range f.courses {
			if !yield([]string{c.Slug, c.Title, c.Term}, 1) {
				return
			}
		}
	}
}

// Assignments yields 1 for every known assignment, with course, assignment and title; what is not known is empty.
func (f *Fold) Assignments() Vector {
	return func(yield func([]string, float64) bool) {
		for _, a := range f.assignments {
			if !yield([]string{a.Course.Slug, a.Slug, a.Title}, 1) {
				return
			}
		}
	}
}

// Deadlines yields when assignments are due, in Unix seconds, by course and assignment, where it is known.
func (f *Fold) Deadlines() Vector {
	return f.assignmentTimes(func(a *Assignment) time.Time { return a.DeadlineAt })
}

// Openings yields when assignments open, in Unix seconds, by course and assignment, where it is known.
func (f *Fold) Openings() Vector {
	return f.assignmentTimes(func(a *Assignment) time.Time { return a.OpensAt })
}

func (f *Fold) assignmentTimes(of func(*Assignment) time.Time) Vector {
	return assignmentsWith(f, func(a *Assignment) (float64, bool) {
		at := of(a)
		return float64(at.UnixMicro()) / million, !at.IsZero()
	})
}
