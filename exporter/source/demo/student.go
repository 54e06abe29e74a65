package demo

import "fmt"

const (
	termsOfStudy  = 4    // terms that a student stays; in each a quarter of all is new
	fewestCourses = 2    // of a student in a term
	mostCourses   = 4    // of a student in a term
	styleOfSource = 0.35 // spread of the size of what students send
)

// A student comes with a strength and a diligence that stay the same through all terms.
type student struct {
	number    int
	id        string
	strength  float64 // about a standard normal
	diligence float64 // 0 to 1
}

// An enrolment is a student in a course, with the habits that the student has there.
type enrolment struct {
	student  *student
	course   *course
	language string
	client   string
	source   float64 // size of what is sent, bytes
}

var clients = []weighted[string]{{"web", 60}, {"git", 28}, {"cli", 12}}

// students are the students of a term.
func (u *university) students(term termNumber) []*student {
	intake := max(1, u.size/termsOfStudy)
	all := make([]*student, u.size)
	for i := range all {
		number := int(term)*intake + i + 1
		r := stream(u.seed, ofStudent, number)
		all[i] = &student{number: number, id: fmt.Sprintf("s%04d", number), strength: r.NormFloat64(), diligence: r.Float64()}
	}
	return all
}

// enrol chooses the courses of a student in a term.
func (u *university) enrol(term termNumber, s *student, courses []*course) []enrolment {
	r := stream(u.seed, ofEnrolment, int(term), s.number)
	var open []weighted[*course]
	for _, c := range courses {
		open = append(open, weighted[*course]{c, c.popularity})
	}
	var chosen []enrolment
	for range fewestCourses + r.IntN(mostCourses-fewestCourses+1) {
		c := pick(r, open)
		for i := range open {
			if open[i].value == c {
				open[i].weight = 0
			}
		}
		habit := stream(u.seed, ofHabit, int(term), c.number, s.number)
		chosen = append(chosen, enrolment{
			student: s, course: c,
			language: pick(habit, c.languages), client: pick(habit, clients), source: around(habit, c.source, styleOfSource),
		})
	}
	return chosen
}
