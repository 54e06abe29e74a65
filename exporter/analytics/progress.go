package analytics

import (
	"container/heap"
	"time"
)

// progress counts students at assignments by how far they are and how many points they have. It follows the latest truth of
// every submission, also downwards (rule 6): what counts of a student is made anew out of what is seen, at the next reading
// after a change, so that a history is counted through once and not for each of its records.
type progress struct {
	count   perAssignment[[stageCount]int]
	best    perAssignment[[bestBins]int]
	points  perAssignment[moments] // of those who have attempted it: their points at it, and at the course's others
	started perCourse[int]         // students who have an attempt
	dirty   []uint32               // rows of pairs
	expiry  expiries
}

// stages is a set of how far a student is at an assignment.
type stages uint8

// The stages of a student. An attempt is a submission with a result.
const (
	attempted          stages = 1 << iota // has an attempt
	scored                                // has an attempt with points, or that is accepted
	solved                                // has an attempt that solves
	solvedFirstAttempt                    // ... and it is the first one
	stuck                                 // has 5 attempts or more, none of which solves, and the last one is younger than 7 days

	stageCount = iota
)

// solvedStage is the place of solved among them.
const solvedStage = 2

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
func (m *progress) settle(s *seen, tests *tests, now time.Time) (changed bool) {
	for len(m.expiry) > 0 && m.expiry[0].at <= now.UnixMicro() {
		row := heap.Pop(&m.expiry).(expiry).pair
		s.pairs.at(row).expires = false
		m.touch(s, row)
	}
	for _, row := range m.dirty {
		p := s.pairs.at(row)
		of := tests.assigned.row(p.assignment)
		now := standingOf(s, p, &of.patterns, now)
		if now.stages&stuck != 0 && !p.expires {
			p.expires = true
			heap.Push(&m.expiry, expiry{at: now.last + stuckFor.Microseconds(), pair: row})
		}
		m.replace(s, p, now.stages, now.best)
		of.replaceItems(p.items, now.items)
		p.items = now.items
		p.dirty = false
	}
	changed = len(m.dirty) > 0
	m.dirty = m.dirty[:0]
	return changed
}

// replace counts a pair for other stages and points than before.
func (m *progress) replace(s *seen, p *pair, now stages, best uint32) {
	count := m.count.row(p.assignment)
	for i := range stageCount {
		count[i] += int(now>>i&1) - int(p.stages>>i&1)
	}
	had, has := p.stages&attempted != 0, now&attempted != 0
	if had != has || p.best != best {
		student := s.members.at(p.member)
		m.eachMoments(s, student, (*moments).drop)
		m.replaceBest(student, p, had, has, best)
		p.stages, p.best = now, best
		m.eachMoments(s, student, (*moments).add)
	}
	p.stages = now
}

// replaceBest counts the best result of a pair and its student anew.
func (m *progress) replaceBest(student *member, p *pair, had, has bool, best uint32) {
	bins, started := m.best.row(p.assignment), m.started.row(student.course)
	if had {
		bins[bestBin(p.best)]--
		if student.attempted--; student.attempted == 0 {
			*started--
		}
	}
	if has {
		bins[bestBin(best)]++
		if student.attempted++; student.attempted == 1 {
			*started++
		}
	}
	student.points += uint64(best) - uint64(p.best) // modulo 2^64, and never below 0 in the end
}

// eachMoments changes the sums of all assignments that a student has attempted.
func (m *progress) eachMoments(s *seen, student *member, how func(of *moments, x, y uint64)) {
	for p := range s.pairsOf(student) {
		if p.stages&attempted != 0 {
			how(m.points.row(p.assignment), uint64(p.best), student.points-uint64(p.best))
		}
	}
}

// A standing is how far a pair is.
type standing struct {
	stages stages
	best   uint32 // of all points, in millionths
	items  pattern
	last   int64 // when the last attempt was submitted, in microseconds
}

func standingOf(s *seen, p *pair, patterns *patterns, now time.Time) (is standing) {
	attempts := 0
	var first int64
	var items testSet
	for sent := range s.submissionsOf(p) {
		check, has := s.latestResult(sent)
		if !has {
			continue
		}
		result := check.result()
		if attempts++; attempts == 1 || sent.submittedAt < first {
			first = sent.submittedAt
			is.stages &^= solvedFirstAttempt
		}
		is.stages |= attempted
		items.join(patterns.set(check.items))
		is.last, is.best = max(is.last, sent.submittedAt), max(is.best, result.points.millionths())
		if result.points&somePoints != 0 || result.solves() {
			is.stages |= scored
		}
		if result.solves() {
			is.stages |= solved
			if sent.submittedAt == first {
				is.stages |= solvedFirstAttempt
			}
		}
	}
	is.items = patterns.number(items)
	if attempts >= stuckAttempts && is.stages&solved == 0 && is.last > now.Add(-stuckFor).UnixMicro() {
		is.stages |= stuck
	}
	return is
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
	return eachAssignmentBy(f, stageNames[:], func(a *Assignment) []int { return f.measures.progress.count.at(a)[:] })
}
