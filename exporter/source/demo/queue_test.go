package demo

import (
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// lastTerm is a term without work of its own, in which one student sends count submissions for one assignment, one a
// second from the given time on.
func lastTerm(count int, from func(*term) time.Time) (*term, *assignment, []*sent) {
	const number termNumber = 12
	u := &university{seed: 1, size: 1, zone: time.UTC}
	t := &term{university: u, number: number, start: number.start(u.zone), end: (number + 1).start(u.zone)}
	c := u.course(number, 0)
	a := c.assignments[0]
	by := &enrolment{student: &student{id: "s0001"}, course: c}
	all := make([]*sent, count)
	for i := range all {
		at := from(t).Add(time.Duration(i) * time.Second)
		all[i] = &sent{number: i + 1, at: at, by: by, assignment: a, luck: uint64(i)}
	}
	return t, a, all
}

func TestWhatIsNotOverWhenATermClosesIsCancelled(t *testing.T) {
	last, a, all := lastTerm(30, func(t *term) time.Time { return t.end.Add(-time.Minute) })
	a.check = 3 * time.Hour // far more than the workers can do before the term closes
	ends := make(map[string]int)
	for _, c := range newQueue(last, all).run() {
		switch {
		case c.ended.IsZero() || c.ended.After(last.closes()):
			t.Errorf("a check ends at %s, the term closes at %s", c.ended, last.closes())
		case c.state == submission.Finished:
			ends["finished"]++
		case c.state == submission.Cancelled && c.started.IsZero():
			ends["cancelled while queued"]++
		case c.state == submission.Cancelled:
			ends["cancelled while running"]++
		}
	}
	if len(ends) != 3 {
		t.Errorf("checks end as %v, want some of each", ends)
	}
}

func TestASubmissionHasOneCheckAtATime(t *testing.T) {
	start := func(t *term) time.Time { return t.start.Add(24 * time.Hour) }
	term, a, all := lastTerm(30, start)
	a.check, a.recheckAt = time.Minute, start(term).Add(time.Minute)
	over, again := make(map[*sent]time.Time), 0
	for _, c := range newQueue(term, all).run() {
		if c.number == 1 {
			over[c.sent] = c.ended
			continue
		}
		again++
		if c.queued.Before(over[c.sent]) {
			t.Errorf("check %d is enqueued at %s, the one before goes on until %s", c.number, c.queued, over[c.sent])
		}
	}
	if again == 0 || again == len(all) {
		t.Errorf("%d of %d submissions are checked again, want those whose first check is over", again, len(all))
	}
}
