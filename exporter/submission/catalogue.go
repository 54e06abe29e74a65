package submission

import "time"

// A Catalogue is what a source knows apart from submissions.
type Catalogue struct {
	Courses     []Course
	Assignments []Assignment
	Enrolments  []Enrolment
	Workers     []Worker
}

// A Course is a course in one term.
type Course struct {
	Course string // slug
	Title  string
	Term   string
}

// An Enrolment is how many students take a course.
type Enrolment struct {
	Course   string // slug
	Students int
}

// A Worker is a machine that runs checks.
type Worker struct {
	Worker string // as in records
	Slots  int    // how many checks it runs at a time
}

// An Assignment is one homework of a course. Zero times and an unknown number mean that the source says nothing.
type Assignment struct {
	Course     string
	Assignment string // slug
	Title      string
	OpensAt    time.Time
	DeadlineAt time.Time
	MaxScore   Number
}
