package demo

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// drain is how long after the end of a term its last checks may go on. It ends before the next term's first assignment
// opens, so every term finds the queue empty, and what happens in it does not depend on the terms before.
const drain = 6 * time.Hour

// numbersOfTerm is how many numbers of submissions each term has to itself; more than its students can use.
const numbersOfTerm = 10_000_000

// A university is all that shapes the semester.
type university struct {
	seed   uint64
	size   int // students in a term
	zone   *time.Location
	faults faults
}

// A term is half a year of the university.
type term struct {
	*university
	number      termNumber
	start, end  time.Time
	courses     []*course
	enrolled    map[*course]int // students
	transitions []transition    // in the order of their times
}

// A transition is the moment at which a check reaches a state.
type transition struct {
	at    time.Time
	check *check
}

// open makes up a whole term. What happens in it at a time never depends on what happens later.
func (u *university) open(ctx context.Context, number termNumber) (*term, error) {
	t := &term{university: u, number: number, start: number.start(u.zone), end: (number + 1).start(u.zone), enrolled: make(map[*course]int)}
	for i := range subjects {
		t.courses = append(t.courses, u.course(number, i))
	}
	u.breakTests(number, t.courses[0])

	var all []*sent
	for _, s := range u.students(number) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, by := range u.enrol(number, s, t.courses) {
			t.enrolled[by.course]++
			for _, a := range by.course.assignments {
				all = append(all, t.work(&by, a)...)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *sent) int { return a.at.Compare(b.at) })
	for i, one := range all {
		one.number = int(number)*numbersOfTerm + i + 1
	}
	for _, c := range newQueue(t, all).run() {
		for _, at := range [...]time.Time{c.queued, c.started, c.ended} {
			if !at.IsZero() {
				t.transitions = append(t.transitions, transition{at, c})
			}
		}
	}
	slices.SortStableFunc(t.transitions, func(a, b transition) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.check.sent.number, b.check.sent.number))
	})
	return t, nil
}

// closes is when the term's last checks are over.
func (t *term) closes() time.Time { return t.end.Add(drain) }
