package analytics

import (
	"container/heap"
	"time"
)

// progress counts students at assignments by how far they are. It follows the latest truth of every submission, also
// downwards (rule 6): the stages of a student are made anew out of what is seen, at the next reading after a change, so
// that a history is counted through once and not for each of its records.
type progress struct {
	count  perAssignment[[stageCount]int]
	dirty  []uint32 // rows of pairs
	expiry expiries
}

// stages is a set of how far a student is at an assignment.
type stages uint8

// The stages of a student. An attempt is a submission with a result.
const (
	attempted          stages = 1 << iota // has an attempt
	scored                                // has an attempt with points, or that is accepted
	solved                                // has an attempt that is accepted or has full points
	solvedFirstAttempt                    // ... and it is the first one
	stuck                                 // has 5 attempts or more, none of which solves, and the last one is younger than 7 days

	stageCount = iota
)

// stageNames are the values of the label stage.
var stageNames = [stageCount]string{"attempted", "scored", "solved", "solved_first_attempt", "stuck"}

const (
	stuckAttempts = 5
	stuckFor      = 7 * 24 * time.Hour
)

// touch says that a submission of a pair has changed.
func (m *progress) touch(s *seen, row uint32) {
	if p := s.pairs.at(row); !p.dirty {
		p.dirty = true
		m.dirty = append(m.dirty, row)
	}
}

// settle counts what has changed until now, and reports whether there was something.
func (m *progress) settle(s *seen, now time.Time) (changed bool) {
	for len(m.expiry) > 0 && m.expiry[0].at <= now.UnixMicro() {
		row := heap.Pop(&m.expiry).(expiry).pair
		s.pairs.at(row).expires = false
		m.touch(s, row)
	}
	for _, row := range m.dirty {
		p := s.pairs.at(row)
		found, last := standing(s, p, now)
		if found&stuck != 0 && !p.expires {
			p.expires = true
			heap.Push(&m.expiry, expiry{at: last + stuckFor.Microseconds(), pair: row})
		}
		m.replace(p, found)
		p.dirty = false
	}
	changed = len(m.dirty) > 0
	m.dirty = m.dirty[:0]
	return changed
}

// replace counts a pair for other stages than before.
func (m *progress) replace(p *pair, now stages) {
	count := m.count.row(p.assignment)
	for i := range stageCount {
		count[i] += int(now>>i&1) - int(p.stages>>i&1)
	}
	p.stages = now
}

// standing is how far a pair is, and the time of its last attempt in microseconds.
func standing(s *seen, p *pair, now time.Time) (found stages, last int64) {
	attempts := 0
	var first int64
	for sent := range s.submissionsOf(p) {
		result, has := s.latestResult(sent)
		if !has {
			continue
		}
		if attempts++; attempts == 1 || sent.submittedAt < first {
			first = sent.submittedAt
			found &^= solvedFirstAttempt
		}
		found |= attempted
		last = max(last, sent.submittedAt)
		if result.score > 0 || result.isFull() {
			found |= scored
		}
		if result.isFull() {
			found |= solved
			if sent.submittedAt == first {
				found |= solvedFirstAttempt
			}
		}
	}
	if attempts >= stuckAttempts && found&solved == 0 && last > now.Add(-stuckFor).UnixMicro() {
		found |= stuck
	}
	return found, last
}

// expiry is when it is to be seen whether a pair is stuck still.
type expiry struct {
	at   int64 // microseconds
	pair uint32
}

// expiries is a heap of them, the next one first.
type expiries []expiry

func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].at < h[j].at }
func (h expiries) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *expiries) Push(x any)        { *h = append(*h, x.(expiry)) }
func (h *expiries) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// AssignmentStudents counts students by course, assignment and stage. Nobody is counted twice within a stage.
func (f *Fold) AssignmentStudents() Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 3)
		for _, a := range f.assignments {
			labels[0], labels[1] = a.Course.Slug, a.Slug
			count := f.measures.progress.count.at(a)
			for i, name := range stageNames {
				labels[2] = name
				if !yield(labels, float64(count[i])) {
					return
				}
			}
		}
	}
}
