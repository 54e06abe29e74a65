package analytics

import (
	"iter"
	"math"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// seen is what must be remembered of every submission: its memory grows with submissions, about 127 bytes for one with
// one check, whatever the length of its id. Rows refer to rows by their number plus 1, so that 0 is none.
type seen struct {
	submissions   table[submissionSeen]
	submissionsBy index // by identity
	unanswered    unanswered
	checks        table[checkSeen]
	checksBy      index // by submission and number; not of the submissions' first ones
	members       table[member]
	membersBy     index // by student and course
	membersOf     perCourse[uint64]
	pairs         table[pair]
	pairsBy       index    // by member and assignment
	solving       []uint32 // rows of the pairs that are to be measured, and of some that have been
	latestPair    []uint32 // by student: row plus 1 of the pair that was looked for last, mostly the next one too
}

func newSeen() seen { return seen{unanswered: unanswered{rows: make(map[uint32]struct{})}} }

// submissionSeen is what is remembered of a submission.
type submissionSeen struct {
	identity
	submittedAt int64  // microseconds
	pair        uint32 // row
	nextOfPair  uint32 // row plus 1 of the pair's submission that came before this one
	check       uint32 // row plus 1 of the check that came first
	hadResult   bool   // a result has been counted
	late        bool   // it has been counted as one that had none within the FeedbackObjective
	gone        bool   // no check of it is in the source any more
}

// checkSeen is what is remembered of a check: how it stands, and what of it has been counted. The order of the fields
// spares memory.
type checkSeen struct {
	updatedAt  int64  // microseconds; the version of the record that the gauges follow
	checksum   uint64 // of that version
	mark       uint64 // of points and maximum; this, points and verdict are those of the result that was counted last
	submission uint32 // row
	number     uint32
	next       uint32 // row plus 1 of another check of the submission
	points     points
	items      pattern // of its tests, as they are now
	started    uint32  // stands for the start that was observed last; 0 before there is one
	endedAt    uint32  // when it was finished or cancelled, in seconds of Unix time; no earlier than that, and 0 where that is not known
	verdict    submission.Verdict
	stage      Stage
	counted    bool
	calledOff  bool // that it was cancelled has been counted
}

// startOf stands for the start of a check, among some billions; 0 where it is not known.
func startOf(r *submission.Record) uint32 {
	micros := r.StartedAt.UnixMicro()
	if micros <= 0 {
		return 0
	}
	return uint32(finalize(uint64(micros))) | 1
}

// endOf is when a check was finished or cancelled.
func endOf(r *submission.Record) uint32 {
	at := r.FinishedAt
	if at.IsZero() {
		at = r.UpdatedAt
	}
	return secondAfter(at.UnixMicro())
}

// secondAfter is the first full second of Unix time that is not before a time in microseconds.
func secondAfter(micros int64) uint32 {
	const second = int64(time.Second / time.Microsecond)
	return uint32(min((micros+second-1)/second, math.MaxUint32)) // no record is older than 1970
}

// day is the day of the version.
func (c *checkSeen) day() submission.Day {
	const microseconds = 24 * 60 * 60 * 1e6
	return submission.Day(c.updatedAt / microseconds) // no record is older than 1970
}

// A result is what a finished check says.
type result struct {
	verdict submission.Verdict
	points  points
	mark    uint64
}

// points are those of a result against all there are, in millionths; extra points are beyond a million. Where the points or
// their maximum are not known, all or nothing is decided by the verdict. The highest bit says that there are some.
type points uint32

const (
	somePoints points = 1 << 31

	// mostRatio bounds points against their maximum, and so the sums of them.
	mostRatio = 1000
)

func (p points) millionths() uint32 { return uint32(p &^ somePoints) }

// result is the one that was counted last. Where the check is Done, it is the present one.
func (c *checkSeen) result() result { return result{c.verdict, c.points, c.mark} }

// hasResult reports whether the check tells something about the student's work now.
func (c *checkSeen) hasResult() bool { return c.stage == Done && c.verdict != submission.InternalError }

func resultOf(r *submission.Record) result {
	found := result{verdict: r.Verdict, mark: finalize(finalize(markOf(r.Score)) + markOf(r.MaxScore))}
	score, most := r.Score.Value, r.MaxScore.Value
	switch {
	case !r.Score.Known || !r.MaxScore.Known || most == 0:
		if r.Verdict == submission.Accepted {
			found.points = million
		}
	case score < most:
		found.points = min(points(math.Round(million*score/most)), million-1)
	default:
		found.points = points(math.Round(million * min(score/most, mostRatio)))
	}
	if r.Score.Known && score > 0 {
		found.points |= somePoints
	}
	return found
}

// markOf tells numbers apart, and unknown ones from all of them.
func markOf(n submission.Number) uint64 {
	if !n.Known {
		return math.Float64bits(-1) // nothing known is negative
	}
	return math.Float64bits(n.Value)
}

// solves reports whether the work is accepted. A verdict that does not say what is right or wrong leaves it to the points; one
// that says that something is wrong is not overruled by them.
func (r result) solves() bool {
	switch r.verdict {
	case submission.Accepted:
		return true
	case submission.Partial, submission.StyleError, submission.Other:
		return r.points.millionths() >= million
	}
	return false
}

// A member is a student in a course.
type member struct {
	student   Student
	course    uint32 // index
	pair      uint32 // row plus 1 of the one that came last
	attempted uint32 // assignments
	points    uint64 // the sum of what is best at each assignment, in millionths
}

// A pair is a student at an assignment.
type pair struct {
	member       uint32  // row
	assignment   uint32  // index
	submission   uint32  // row plus 1 of the one that came last
	nextOfMember uint32  // row plus 1 of the member's pair that came before this one
	knownUntil   uint32  // up to when results count for its way to the solution, in minutes of Unix time; 0 is never
	best         uint32  // the best of the latest results, in millionths
	items        pattern // of the tests in all of the latest results
	stages       stages  // that it counts for
	dirty        bool    // best and stages may be others by now
	expires      bool    // it is among the expiries
	measured     bool    // its way to the solution
}

// find is the row of the submission with an identity.
func (s *seen) find(id identity) (row uint32, found bool) {
	return s.submissionsBy.find(id.low, func(row uint32) bool { return s.submissions.at(row).identity == id })
}

// send adds a submission and returns its row.
func (s *seen) send(id identity, student Student, assignment *Assignment, at time.Time) uint32 {
	pairRow := s.pair(student, assignment)
	p := s.pairs.at(pairRow)
	row := s.submissions.add(submissionSeen{
		identity: id, submittedAt: at.UnixMicro(), pair: pairRow, nextOfPair: p.submission,
	})
	p.submission = row + 1
	s.submissionsBy.add(id.low, row)
	return row
}

// repair gives a submission to another pair.
func (s *seen) repair(row, pairRow uint32) {
	sent := s.submissions.at(row)
	link := &s.pairs.at(sent.pair).submission
	for *link != row+1 {
		link = &s.submissions.at(*link - 1).nextOfPair
	}
	*link = sent.nextOfPair
	p := s.pairs.at(pairRow)
	sent.pair, sent.nextOfPair, p.submission = pairRow, p.submission, row+1
}

// pair is the row of a student at an assignment; it is added where there is none.
func (s *seen) pair(student Student, assignment *Assignment) uint32 {
	number := uint32(assignment.index)
	s.latestPair = grown(s.latestPair, int(student))
	latest := &s.latestPair[student]
	if *latest != 0 && s.pairs.at(*latest-1).assignment == number {
		return *latest - 1
	}
	memberRow := s.member(student, uint32(assignment.Course.index))
	row, found := s.pairsBy.find(mix(memberRow, number), func(row uint32) bool {
		p := s.pairs.at(row)
		return p.member == memberRow && p.assignment == number
	})
	if !found {
		row = s.pairs.add(pair{member: memberRow, assignment: number})
		s.linkPair(row)
	}
	*latest = row + 1
	return row
}

// linkPair makes a pair known to its member.
func (s *seen) linkPair(row uint32) {
	p := s.pairs.at(row)
	m := s.members.at(p.member)
	p.nextOfMember, m.pair = m.pair, row+1
	s.pairsBy.add(mix(p.member, p.assignment), row)
}

// member is the row of a student in a course; it is added where there is none.
func (s *seen) member(student Student, course uint32) uint32 {
	row, found := s.membersBy.find(mix(uint32(student), course), func(row uint32) bool {
		m := s.members.at(row)
		return m.student == student && m.course == course
	})
	if !found {
		row = s.members.add(member{student: student, course: course})
		s.linkMember(row)
	}
	return row
}

// linkMember makes a member known.
func (s *seen) linkMember(row uint32) {
	m := s.members.at(row)
	*s.membersOf.row(m.course)++
	s.membersBy.add(mix(uint32(m.student), m.course), row)
}

// studentOf is who works at a pair.
func (s *seen) studentOf(p *pair) Student { return s.members.at(p.member).student }

// pairsOf are the pairs of a member.
func (s *seen) pairsOf(m *member) iter.Seq[*pair] {
	return func(yield func(*pair) bool) {
		for next := m.pair; next != 0; {
			p := s.pairs.at(next - 1)
			if !yield(p) {
				return
			}
			next = p.nextOfMember
		}
	}
}

// mix makes a hash of two small numbers, by the finalizer of MurmurHash3.
func mix(a, b uint32) uint64 {
	return finalize(uint64(a)<<32 | uint64(b))
}

func finalize(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// check is the row of a check by its submission and number; it is added where there is none.
func (s *seen) check(sentRow, number uint32) (row uint32, check *checkSeen, isNew bool) {
	row, found := s.findCheck(sentRow, number)
	if !found {
		row = s.checks.add(checkSeen{submission: sentRow, number: number})
		s.linkCheck(row)
	}
	return row, s.checks.at(row), !found
}

// findCheck is the row of a check, if it is known.
func (s *seen) findCheck(sentRow, number uint32) (row uint32, found bool) {
	sent := s.submissions.at(sentRow)
	switch {
	case sent.check == 0:
		return 0, false
	case s.checks.at(sent.check-1).number == number:
		return sent.check - 1, true
	}
	return s.checksBy.find(mix(sentRow, number), func(row uint32) bool {
		check := s.checks.at(row)
		return check.submission == sentRow && check.number == number
	})
}

// linkCheck makes a check known to its submission.
func (s *seen) linkCheck(row uint32) {
	check := s.checks.at(row)
	sent := s.submissions.at(check.submission)
	if sent.check == 0 {
		sent.check = row + 1
		return
	}
	first := s.checks.at(sent.check - 1)
	check.next, first.next = first.next, row+1
	s.checksBy.add(mix(check.submission, check.number), row)
}

// checksOf are the checks of a submission.
func (s *seen) checksOf(sent *submissionSeen) iter.Seq2[uint32, *checkSeen] {
	return func(yield func(uint32, *checkSeen) bool) {
		for next := sent.check; next != 0; {
			check := s.checks.at(next - 1)
			if !yield(next-1, check) {
				return
			}
			next = check.next
		}
	}
}

// submissionsOf are the submissions of a pair, the one that came last first.
func (s *seen) submissionsOf(p *pair) iter.Seq[*submissionSeen] {
	return func(yield func(*submissionSeen) bool) {
		for next := p.submission; next != 0; {
			sent := s.submissions.at(next - 1)
			if !yield(sent) {
				return
			}
			next = sent.nextOfPair
		}
	}
}

// isGone reports whether no check of a submission is in the source any more.
func (s *seen) isGone(sent *submissionSeen) bool {
	for _, check := range s.checksOf(sent) {
		if check.stage != Gone {
			return false
		}
	}
	return true
}

// latestResult is the check with the highest number that has a result now.
func (s *seen) latestResult(sent *submissionSeen) (latest *checkSeen, found bool) {
	for _, check := range s.checksOf(sent) {
		if check.hasResult() && (!found || check.number > latest.number) {
			latest, found = check, true
		}
	}
	return latest, found
}
