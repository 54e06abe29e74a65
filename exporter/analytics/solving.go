package analytics

import (
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// Results of earlier submissions, which another worker may still have had, count up to 10 minutes after the first result that
// solves an assignment, by the next full minute. What ends later does not, so that it makes no difference whether a source is
// read while it grows or afterwards. How the student came there is measured when all that counts has come, also where it is
// committed late or clocks go ahead.
const solvedAfter = 10 * time.Minute

// solving measures the way of a student to the solution of an assignment, once.
type solving struct {
	attempts perAssignment[Histogram]
	took     perAssignment[Histogram]
}

// A way is what is measured of a pair.
type way struct {
	pair     uint32 // row
	attempts uint64 // before the first one that solves, and that
	took     uint64 // microseconds from the first one to that one
	solvedAt int64  // when that was submitted, in microseconds
}

// solvedAt says that a pair has a result that solves, since the given second.
func (s *seen) solvedAt(row uint32, at uint32) {
	const minute = uint32(time.Minute / time.Second)
	p, until := s.pairs.at(row), at/minute+uint32(solvedAfter/time.Minute)
	if at%minute > 0 {
		until++
	}
	switch {
	case p.measured:
	case p.knownUntil == 0:
		p.knownUntil = until
		s.solving = append(s.solving, row)
	default:
		p.knownUntil = min(p.knownUntil, until)
	}
}

// until is the time up to which results of a pair that is to be measured count.
func (p *pair) until() time.Time {
	return time.Unix(int64(p.knownUntil)*int64(time.Minute/time.Second), 0)
}

// isDue reports whether a pair is to be measured at a time.
func (p *pair) isDue(at time.Time) bool {
	return p.knownUntil != 0 && !at.Before(p.until().Add(submission.ClockSkew))
}

// Conclude measures what can be measured for good up to the clock, and reports whether that was something. All that happened until a
// time, which is not after the clock, has been applied. Other than Advance it makes entries for the journal, and so is for whoever
// applies records.
func (f *Fold) Conclude(until time.Time) (changed bool) {
	if f.readUntil.Sub(until) > clockTolerance || f.readUntil.Before(until) { // as with the clock
		f.readUntil = until.Round(0)
	}
	changed = f.concludeWaits()
	var waiting []uint32
	for _, row := range f.solving {
		switch p := f.pairs.at(row); {
		case p.knownUntil == 0: // it has been measured, before a record that came later
		case p.isDue(f.clock):
			changed = f.conclude(row) || changed
		default:
			waiting = append(waiting, row)
		}
	}
	f.solving = waiting
	return changed
}

// concludeBefore measures a pair if it is due before what happens at a time.
func (f *Fold) concludeBefore(row uint32, at time.Time) {
	if f.pairs.at(row).isDue(at) {
		f.conclude(row)
	}
}

func (f *Fold) conclude(row uint32) bool {
	w, found := f.wayOf(row)
	f.pairs.at(row).knownUntil = 0 // and after a kill so again, where nothing is found
	if !found {
		return false
	}
	f.measure(w)
	w.persist(f.entry.begin(solvedEntryKind))
	f.note()
	return true
}

func (f *Fold) measure(w way) {
	p, m := f.pairs.at(w.pair), &f.measures.solving
	p.measured, p.knownUntil = true, 0
	m.attempts.row(p.assignment).Observe(float64(w.attempts))
	m.took.row(p.assignment).observeMillionths(w.took)
	f.measures.forecast.solvedAt(f.assignments[p.assignment], time.UnixMicro(w.solvedAt))
}

// wayOf is the way of a pair that is to be measured. There is none if what solved has been changed since.
func (s *seen) wayOf(row uint32) (w way, found bool) {
	p := s.pairs.at(row)
	until := p.until().Unix()
	var solver *submissionSeen
	for sent := range s.submissionsOf(p) {
		if s.hasResult(sent, until, result.solves) && (solver == nil || sent.submittedAt < solver.submittedAt) {
			solver = sent
		}
	}
	if solver == nil {
		return way{}, false
	}
	w.pair, w.attempts = row, 1
	first := solver.submittedAt
	for sent := range s.submissionsOf(p) {
		if sent.submittedAt < solver.submittedAt && s.hasResult(sent, until, func(result) bool { return true }) {
			w.attempts++
			first = min(first, sent.submittedAt)
		}
	}
	w.solvedAt, w.took = solver.submittedAt, uint64(solver.submittedAt-first)
	return w, true
}

// hasResult reports whether a check of a submission has such a result that is no later than the given second.
func (s *seen) hasResult(sent *submissionSeen, until int64, such func(result) bool) bool {
	for _, check := range s.checksOf(sent) {
		if check.hasResult() && int64(check.endedAt) <= until && such(check.result()) {
			return true
		}
	}
	return false
}

func (w *way) persist(c *codec) {
	whole(c, &w.pair)
	c.uint(&w.attempts)
	c.uint(&w.took)
	c.int(&w.solvedAt)
}

func (m *solving) persist(c *codec) {
	persistHistograms(c, &m.attempts)
	persistHistograms(c, &m.took)
}

// AttemptsToSolve measures how many attempts it took a student to solve an assignment, that one included, by course and
// assignment.
func (f *Fold) AttemptsToSolve() Histograms {
	return eachAssignmentHistogram(f, &f.measures.solving.attempts)
}

// TimesToSolve measures the time from a student's first attempt to the one that solves, by course and assignment.
func (f *Fold) TimesToSolve() Histograms { return eachAssignmentHistogram(f, &f.measures.solving.took) }
