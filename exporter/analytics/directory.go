package analytics

import (
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Course is a course in one term, as the catalogue or a record named it first.
type Course struct {
	Slug     string
	Title    string
	Term     string
	Enrolled submission.Number // students, where the source says
	index    int
}

// An Assignment is one homework of a course.
type Assignment struct {
	Course     *Course
	Slug       string
	Title      string
	OpensAt    time.Time
	DeadlineAt time.Time
	index      int
}

// A Student is a number that stands for a student within one Fold.
type Student uint32

// directory gives every course, assignment and student a place, so that measures can be plain slices.
type directory struct {
	courses      []*Course
	assignments  []*Assignment
	courseOf     map[string]*Course
	assignmentOf map[[2]string]*Assignment
	students     []identity
	studentsBy   index // by identity
}

func newDirectory() directory {
	return directory{
		courseOf:     make(map[string]*Course),
		assignmentOf: make(map[[2]string]*Assignment),
	}
}

func (d *directory) course(slug string) *Course {
	c, known := d.courseOf[slug]
	if !known {
		c = &Course{Slug: slug, index: len(d.courses)}
		d.courseOf[slug] = c
		d.courses = append(d.courses, c)
	}
	return c
}

func (d *directory) assignment(course, slug string) *Assignment {
	a, known := d.assignmentOf[[2]string{course, slug}]
	if !known {
		a = &Assignment{Course: d.course(course), Slug: slug, index: len(d.assignments)}
		d.assignmentOf[[2]string{course, slug}] = a
		d.assignments = append(d.assignments, a)
	}
	return a
}

func (d *directory) student(id identity) Student {
	row, known := d.studentsBy.find(id.low, func(row uint32) bool { return d.students[row] == id })
	if !known {
		row = uint32(len(d.students))
		d.students = append(d.students, id)
		d.studentsBy.add(id.low, row)
	}
	return Student(row)
}

func (d *directory) describe(c *submission.Catalogue) {
	for _, course := range d.courses {
		course.Title, course.Term, course.Enrolled = "", "", submission.Number{}
	}
	for _, a := range d.assignments {
		a.Title, a.OpensAt, a.DeadlineAt = "", time.Time{}, time.Time{}
	}
	for _, from := range c.Courses {
		to := d.course(from.Course)
		to.Title, to.Term = from.Title, from.Term
	}
	for _, from := range c.Assignments {
		to := d.assignment(from.Course, from.Assignment)
		to.Title, to.OpensAt, to.DeadlineAt = from.Title, from.OpensAt, from.DeadlineAt
	}
	for _, from := range c.Enrolments {
		d.course(from.Course).Enrolled = submission.Known(float64(from.Students))
	}
}

// perCourse and perAssignment hold one T for each; what was never touched is the zero T.
type (
	perCourse[T any]     []T
	perAssignment[T any] []T
)

func (p *perCourse[T]) at(c *Course) *T { return p.row(uint32(c.index)) }

func (p *perCourse[T]) row(index uint32) *T {
	*p = grown(*p, int(index))
	return &(*p)[index]
}

func (p *perAssignment[T]) at(a *Assignment) *T { return p.row(uint32(a.index)) }

func (p *perAssignment[T]) row(index uint32) *T {
	*p = grown(*p, int(index))
	return &(*p)[index]
}

func grown[T any](s []T, index int) []T {
	for index >= len(s) {
		var zero T
		s = append(s, zero)
	}
	return s
}
