package submission

import "time"

// A Catalogue is what a source knows about courses and assignments apart from their submissions.
type Catalogue struct {
	Courses     []Course
	Assignments []Assignment
}

// A Course is a course in one term.
type Course struct {
	Course string // slug
	Title  string
	Term   string
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
