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

// breakTest finds the assignment that the fault hits: in the largest course the one with the nearest deadline after the
// fault's begin, be it in the next term.
func (u *university) breakTest(term termNumber, largest *course) {
	begin, found := u.faults[BrokenTest]
	before := u.course(term-1, largest.number).assignments
	if !found || begin.Before(before[len(before)-1].deadline) {
		return
	}
	for _, a := range largest.assignments {
		if begin.Before(a.deadline) {
			a.broken = 1 << (len(a.tests) / 2)
			return
		}
	}
}
