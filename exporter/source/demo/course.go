package demo

// A course is a subject in one term.
type course struct {
	*subject
	number      int // of the subject
	slug        string
	assignments []*assignment
}

// course makes the course of a subject in a term.
func (u *university) course(term termNumber, number int) *course {
	s := &subjects[number]
	c := &course{subject: s, number: number, slug: s.slug + "-" + term.slug()}
	start, end := term.start(u.zone), (term + 1).start(u.zone)
	for i := range s.titles {
		r := stream(u.seed, ofAssignment, int(term), number, i)
		c.assignments = append(c.assignments, newAssignment(c, i, start, end, r))
	}
	return c
}

// breakTests finds the assignments of a term that faults hit: each hits the one in the largest course with the nearest
// deadline after the fault's begin, be it in the next term.
func (u *university) breakTests(term termNumber, largest *course) {
	before := u.course(term-1, largest.number).assignments
	for _, fault := range u.faults[BrokenTest] {
		if fault.Begin.Before(before[len(before)-1].deadline) {
			continue
		}
		for _, a := range largest.assignments {
			if fault.Begin.Before(a.deadline) {
				a.broken = append(a.broken, fault)
				break
			}
		}
	}
}
