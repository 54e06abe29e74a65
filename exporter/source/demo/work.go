package demo

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// How students work. Shares are of all students, or of all occasions.
const (
	taken       = 0.98 // of the first assignment, by the most diligent
	skipped     = 0.15 // so many fewer of it by the least diligent
	droppedOut  = 0.25 // and so many fewer of the last one
	quietShare  = 0.60 // of those who would work, in the quiet weeks
	extended    = 0.02 // with a deadline of their own
	late        = 0.05 // begin after the deadline
	overrun     = 0.10 // go on after the deadline when it is reached
	givenUp     = 0.02 // after each submission that is not accepted; of the least diligent twice as many
	sessionsEnd = 0.25 // after each submission

	mostSubmissions = 25 // of a student for an assignment
	extensionMin    = 3  // days
	extensionMax    = 7  // days
	correctedUp     = 3  // one in so many submissions passes the test that the teacher has corrected
	correctedDown   = 40 // one in so many passes it no more
)

// How the work on an assignment proceeds, as shares of the work.
const (
	doneFirst    = 0.60 // at the first submission
	doneStrength = 0.13 // more for each unit of strength
	doneHardness = 0.20 // less in the hardest assignment
	doneSpread   = 0.15
	gain         = 0.16 // mean from one submission to the next
	gainStrength = 0.03 // more for each unit of strength
	gainHardness = 0.05 // less in the hardest assignment
	gainLeast    = 0.05
	unlike       = 0.08 // spread by which a test is harder for one student than for another
	growth       = 0.03 // of the source from one submission to the next
)

// When students work.
const (
	// The time from the first submission to the deadline is spread over the window as a power of an even spread.
	powerDiligent = 1.1
	powerLazy     = 4.6

	pause       = 4 * time.Minute  // between submissions, at least
	thinking    = 20 * time.Minute // mean of what comes on top within a session
	sessionGap  = 15 * time.Hour   // mean of what comes on top between sessions
	snooze      = time.Hour        // mean by which a student who is not at work puts it off
	lateness    = 14 * time.Hour   // mean time after the deadline at which a late student begins
	longestLate = 7 * 24 * time.Hour
	panicTime   = 5 * time.Hour   // before the deadline, in which nobody sleeps
	lastMoment  = 2 * time.Minute // before the deadline, in which nothing new is begun
	hurry       = 0.3             // of the time left that the next submission before the deadline takes, at least
)

// byHour and byWeekday are how likely a student is at work, against the best hour and the best day.
var (
	byHour = [24]float64{
		0.35, 0.18, 0.09, 0.05, 0.03, 0.04, 0.07, 0.13, 0.25, 0.42, 0.55, 0.62,
		0.60, 0.70, 0.85, 0.95, 0.95, 0.85, 0.78, 0.85, 0.97, 1.00, 0.85, 0.60,
	}
	byWeekday = [7]float64{
		time.Monday: 1, time.Tuesday: 1, time.Wednesday: 0.98, time.Thursday: 0.92, time.Friday: 0.7,
		time.Saturday: 0.5, time.Sunday: 0.75,
	}
)

// A sent is one thing that a student sends for an assignment.
type sent struct {
	number     int // of the submission, through all terms
	at         time.Time
	by         *enrolment
	assignment *assignment
	due        time.Time // the student's own deadline; zero where the assignment's counts
	passed     tests     // that it passes
	flaw       submission.Verdict
	source     float64 // bytes
	luck       uint64  // seed of its checks

	checks int       // so far
	over   time.Time // when the latest check ended; zero while it has not
}

// An effort is the work of one student on one assignment.
type effort struct {
	*rand.Rand
	by         *enrolment
	assignment *assignment
	own        time.Time // the student's own deadline, zero without an extension
	due        time.Time
	late       bool // goes on after the deadline
}

// work is all that a student sends for an assignment.
func (t *term) work(by *enrolment, a *assignment) []*sent {
	s := by.student
	r := stream(t.seed, ofWork, int(t.number), a.course.number, a.number, s.number)
	w := effort{Rand: r, by: by, assignment: a, due: a.deadline}
	if w.Float64() > w.share() {
		return nil
	}
	if w.Float64() < extended {
		own := a.deadline.AddDate(0, 0, extensionMin+w.IntN(extensionMax-extensionMin+1))
		if own.Before(t.end) {
			w.own, w.due = own, own
		}
	}
	var quirks [mostTests]float64
	for i := range quirks {
		quirks[i] = unlike * w.NormFloat64()
	}
	w.late = w.Float64() < late
	done := doneFirst + doneStrength*s.strength - doneHardness*a.hardness + doneSpread*w.NormFloat64()
	var all []*sent
	end := w.due.Add(longestLate)
	if end.After(t.end) {
		end = t.end
	}
	for at := w.begin(); !at.IsZero() && at.Before(end); at = w.next(at) {
		one := w.send(at, done, &quirks)
		one.source *= 1 + growth*float64(len(all))
		all = append(all, one)
		accepted := a.judge(t.passed(one, at), one.flaw) == submission.Accepted
		if accepted || len(all) == mostSubmissions || w.Float64() < givenUp*(2-s.diligence) {
			break
		}
		done += w.ExpFloat64() * max(gainLeast, gain+gainStrength*s.strength-gainHardness*a.hardness)
	}
	return all
}

// share is how likely the student works on the assignment at all: less diligent ones drop out as the term goes on.
func (w *effort) share() float64 {
	lazy := 1 - w.by.student.diligence
	passed := float64(w.assignment.number) / float64(len(w.assignment.course.titles)-1)
	share := taken - skipped*lazy - droppedOut*lazy*passed
	if w.assignment.quiet {
		share *= quietShare
	}
	return share
}

// send makes what is sent when the given share of the work is done.
func (w *effort) send(at time.Time, done float64, quirks *[mostTests]float64) *sent {
	one := &sent{
		at: at.Truncate(time.Millisecond), by: w.by, assignment: w.assignment, due: w.own,
		flaw: pick(w.Rand, w.by.course.flaws), source: w.by.source, luck: w.Uint64(),
	}
	for test, threshold := range w.assignment.thresholds {
		if !stops(one.flaw) && done >= threshold+quirks[test] {
			one.passed |= 1 << test
		}
	}
	return one
}

// begin is when the student sends something for the first time: the less diligent, the closer to the deadline.
func (w *effort) begin() time.Time {
	if w.late {
		return w.awake(w.due.Add(time.Minute + about(w.Rand, lateness)))
	}
	const draws = 50 // by then the rhythm of days and hours has had its say
	power := powerLazy + (powerDiligent-powerLazy)*w.by.student.diligence
	window := w.due.Sub(w.assignment.opens)
	var at time.Time
	for range draws {
		at = w.due.Add(-scale(window, math.Pow(w.Float64(), power)))
		if w.atWork(at) {
			break
		}
	}
	return at
}

// next is when the student sends something again, zero for never.
func (w *effort) next(at time.Time) time.Time {
	gap := pause + about(w.Rand, thinking)
	if w.Float64() < sessionsEnd {
		gap += about(w.Rand, sessionGap)
	}
	next := w.awake(at.Add(gap))
	if w.late || !next.After(w.due) {
		return next
	}
	switch left := w.due.Sub(at); {
	case w.Float64() < overrun:
		w.late = true
		return next
	case left > lastMoment:
		return at.Add(scale(left, hurry+(1-hurry)*w.Float64()))
	}
	return time.Time{}
}

// awake puts off a time at which the student is not at work.
func (w *effort) awake(at time.Time) time.Time {
	for !w.atWork(at) {
		at = at.Add(scale(snooze, 0.5+w.Float64()))
	}
	return at
}

// atWork draws whether the student is at work at a time.
func (w *effort) atWork(at time.Time) bool {
	if left := w.due.Sub(at); left >= 0 && left < panicTime {
		return true
	}
	return w.Float64() < byHour[at.Hour()]*byWeekday[at.Weekday()]
}

// passed are the tests that a check passes that starts at the given time.
func (t *term) passed(one *sent, at time.Time) tests {
	a, passed := one.assignment, one.passed
	if corrected := !a.recheckAt.IsZero() && !at.Before(a.recheckAt); corrected && !stops(one.flaw) {
		switch {
		case one.luck%correctedUp == 0:
			passed |= a.corrected
		case one.luck%correctedDown == 1:
			passed &^= a.corrected
		}
	}
	return passed &^ a.brokenAt(at)
}
