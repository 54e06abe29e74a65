package timeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A catalogue tells from when on each course and assignment was known: since it opened, or was first submitted to if that
// was earlier; a course since its first assignment. Where nothing tells, it was always known. What the source says about
// it now, as a title or a deadline, it has always said.
type catalogue struct {
	present submission.Catalogue    // as the source has it
	met     map[[2]string]time.Time // the first event by course and assignment
	entries []entry                 // the earliest first
	known   int                     // of them
}

// An entry is an assignment, or a course, which has no slug of an assignment.
type entry struct {
	since      time.Time
	course     submission.Course
	assignment submission.Assignment
}

func (e entry) compare(other entry) int {
	return cmp.Or(e.since.Compare(other.since), cmp.Compare(e.course.Course, other.course.Course),
		cmp.Compare(e.assignment.Assignment, other.assignment.Assignment))
}

func newCatalogue() catalogue { return catalogue{met: make(map[[2]string]time.Time)} }

// replace takes what the source says.
func (c *catalogue) replace(by *submission.Catalogue) {
	c.present = submission.Catalogue{Courses: slices.Clone(by.Courses), Assignments: slices.Clone(by.Assignments),
		Enrolments: slices.Clone(by.Enrolments), Workers: slices.Clone(by.Workers)}
}

// meet takes down an event.
func (c *catalogue) meet(course, assignment string, at time.Time) {
	key := [2]string{course, assignment}
	if first, known := c.met[key]; !known || at.Before(first) {
		c.met[key] = at
	}
}

// arrange finds out from when on each was known.
func (c *catalogue) arrange() {
	assignments := make(map[[2]string]submission.Assignment)
	for key := range c.met {
		assignments[key] = submission.Assignment{Course: key[0], Assignment: key[1]}
	}
	for _, a := range c.present.Assignments {
		assignments[[2]string{a.Course, a.Assignment}] = a
	}
	courses := make(map[string]submission.Course)
	for _, e := range c.present.Enrolments {
		courses[e.Course] = submission.Course{Course: e.Course}
	}
	for _, course := range c.present.Courses {
		courses[course.Course] = course
	}
	c.entries, c.known = nil, 0
	opened := make(map[string]time.Time) // by course
	for key, a := range assignments {
		since, met := a.OpensAt, c.met[key]
		if since.IsZero() || !met.IsZero() && met.Before(since) {
			since = met
		}
		if earliest, known := opened[a.Course]; !known || since.Before(earliest) {
			opened[a.Course] = since
		}
		if _, known := courses[a.Course]; !known {
			courses[a.Course] = submission.Course{Course: a.Course}
		}
		c.entries = append(c.entries, entry{since: since, course: courses[a.Course], assignment: a})
	}
	for slug, course := range courses {
		c.entries = append(c.entries, entry{since: opened[slug], course: course})
	}
	slices.SortFunc(c.entries, entry.compare)
}

// by is what was known before a time; nil where that is no more than at the call before.
func (c *catalogue) by(before time.Time) *submission.Catalogue {
	known := c.known
	for known < len(c.entries) && c.entries[known].since.Before(before) {
		known++
	}
	if known == c.known {
		return nil
	}
	c.known = known
	described := &submission.Catalogue{Workers: c.present.Workers}
	for _, e := range c.entries[:known] {
		if e.assignment.Assignment == "" {
			described.Courses = append(described.Courses, e.course)
		} else {
			described.Assignments = append(described.Assignments, e.assignment)
		}
	}
	for _, e := range c.present.Enrolments {
		if slices.ContainsFunc(described.Courses, func(course submission.Course) bool { return course.Course == e.Course }) {
			described.Enrolments = append(described.Enrolments, e)
		}
	}
	return described
}
