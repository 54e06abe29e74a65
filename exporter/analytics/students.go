package analytics

// NewStudents counts students by course when their first submission to it is seen.
func (f *Fold) NewStudents() Vector { return eachCourse(f, &f.membersOf) }

// ServiceNewStudents counts students when their first submission to any course is seen.
func (f *Fold) ServiceNewStudents() Vector { return single(float64(len(f.students))) }

// CourseStudents counts the students of a course by stage: enrolled where the source says, started with an attempt, and
// active_7d within the last 7 days.
func (f *Fold) CourseStudents() Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 2)
		for _, c := range f.courses {
			labels[0] = c.Slug
			if labels[1] = "enrolled"; c.Enrolled.Known && !yield(labels, c.Enrolled.Value) {
				return
			}
			if labels[1] = "started"; !yield(labels, float64(*f.measures.progress.started.at(c))) {
				return
			}
			week := f.measures.activeness.courses.at(c).within(f.clock)[sevenDays]
			if labels[1] = "active_7d"; !yield(labels, float64(week)) {
				return
			}
		}
	}
}
