// Package analytics folds submission records into measures. It is pure: no I/O, and no clock but the one that Advance
// passes in, so that a live service and a replay of history go through the same code.
package analytics

import (
	"bytes"
	"container/heap"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Fold holds what is known of every check, and the measures that follow from it. It takes records in any order and any
// number of times. It is not safe for use by several goroutines at once.
type Fold struct {
	// Journal, where it is not nil, takes an entry for each thing that changed the fold: a Fold that was saved before and
	// given the entries since, in their order, is the same. The entry is valid during the call.
	Journal func(entry []byte)

	hasher
	directory
	seen
	clock     time.Time
	readUntil time.Time // all that happened until then has been applied, and what waits is measured up to then
	origin    time.Time
	catalogue []byte // the entry that describes it

	early earlyActivities
	stale bool // what students did is not in the measures, and is put in from the tables by the next Advance
	audit *audit

	doubled rowSet // checks for which the source has been found to have several rows
	entry   entryWriter
	batch   []identity // of the records in ApplyAll
	warmth  uint64     // means nothing, but that what peek reads is not optimised away

	measures measures
}

// Options shape a Fold.
type Options struct {
	Zone   *time.Location // of local days and hours
	Key    Key            // for the hashes of ids
	Limits Limits
}

// An Effect is what a record did to a Fold.
type Effect uint8

// The effects.
const (
	Nothing  Effect = iota // it was known
	Updated                // it tells something new of a check that was known
	Inserted               // it is the first of its check
)

// New is a Fold over nothing.
func New(o Options) *Fold {
	return &Fold{hasher: newHasher(o.Key), directory: newDirectory(), seen: newSeen(), measures: newMeasures(o)}
}

// clockTolerance is by how much a clock may go back without anything being counted anew.
const clockTolerance = time.Minute

// Advance moves the clock to now. Gauges are as of the clock and hold the events before it. A clock that is set back by a
// little stands still meanwhile; where it was ahead by much, gauges are made anew. Changed says whether the clock has made
// anything that is shown another one, but for what moves with it, such as active students.
func (f *Fold) Advance(now time.Time) (changed bool) {
	now = now.Round(0) // what is compared is wall time
	if back := f.clock.Sub(now); back > clockTolerance {
		f.clock, f.stale = now, true
		f.measures.forecast.behaviour = nil
		f.reviewProgress()
	} else if back < 0 {
		changed = f.retires(now)
		f.clock = now
		changed = f.measures.advance(now) || changed
	}
	if f.stale {
		f.reviewActivities()
		changed = true
	}
	for len(f.early) > 0 && f.early[0].at.Before(f.clock) {
		f.measures.observe(heap.Pop(&f.early).(activity).change())
		changed = true
	}
	return f.measures.progress.settle(&f.seen, &f.measures.tests, f.clock) || changed
}

// Origin is the time of the first submission, zero before there is one. It is the same after every restart.
func (f *Fold) Origin() time.Time { return f.origin }

// Known is how many submissions the fold knows.
func (f *Fold) Known() int { return int(f.submissions.length) }

// Describe replaces what is known about courses and assignments apart from their submissions. What has been seen once
// stays, also where the catalogue has it no more, since counters never disappear.
func (f *Fold) Describe(c *submission.Catalogue) {
	persistCatalogue(f.entry.begin(catalogueEntryKind), c)
	if bytes.Equal(f.entry.buffer.Bytes(), f.catalogue) {
		return
	}
	f.catalogue = bytes.Clone(f.entry.buffer.Bytes())
	f.directory.describe(c)
	f.measures.tests.lookForRoom() // another deadline may make some
	f.measures.forecast.behaviour = nil
	f.measures.workers.describe(c.Workers)
	f.note()
}

// Apply takes a record and tells what it did: reading one again does nothing.
func (f *Fold) Apply(r *submission.Record) Effect { return f.applyAs(r, f.identity(r.SubmissionID)) }

// ApplyAll takes records in their order, and tells of each what it did. It is faster than one after the other.
func (f *Fold) ApplyAll(records []submission.Record, tell func(*submission.Record, Effect)) {
	f.batch = f.batch[:0]
	for i := range records {
		f.batch = append(f.batch, f.identity(records[i].SubmissionID))
	}
	// In a long history the place of a submission in the index is in no cache of the processor. Asked for all at once, they
	// come while one after the other would be waited for.
	for _, id := range f.batch {
		f.warmth += f.submissionsBy.peek(id.low)
	}
	for i := range records {
		tell(&records[i], f.applyAs(&records[i], f.batch[i]))
	}
}

func (f *Fold) applyAs(r *submission.Record, id identity) Effect {
	a := Anonymous{Record: r, id: id, student: f.identity(r.Student)}
	effect := f.apply(&a)
	if effect != Nothing && f.Journal != nil {
		a.persist(f.entry.begin(recordEntryKind))
		f.note()
	}
	return effect
}

// apply takes a record.
func (f *Fold) apply(r *Anonymous) Effect {
	row, sentBefore := f.find(r.id)
	if !sentBefore {
		row = f.submitted(r)
	}
	sent := f.submissions.at(row)
	f.concludeBefore(sent.pair, r.UpdatedAt)
	number, check, isNew := f.check(row, uint32(r.CheckNumber))
	r.current = f.meet(number, check) || r.current
	if r.doubled = r.doubled || f.doubled.has(number); r.doubled {
		f.doubled.add(number)
	}
	known := *check
	version, stage := r.UpdatedAt.UnixMicro(), stageOf(r.State)
	// Of two records with the same time of change the one in the later stage is the newer, and in the same stage the one
	// that was read first; so reading both again changes nothing.
	latest := isNew || known.stage == Gone || version > known.updatedAt ||
		version == known.updatedAt && stage > known.stage || r.current
	if latest {
		if sentBefore && (version != known.updatedAt || stage != known.stage || r.Checksum != known.checksum) {
			f.reassign(row, r) // with the check as it was
		}
		check.updatedAt, check.stage, check.checksum = version, stage, r.Checksum
	}
	c := Change{Record: r.Record, Assignment: f.assignmentOfPair(sent.pair), check: number}
	f.count(&c, sent, check, latest)
	f.answer(row, sent, sentBefore)
	switch {
	case !latest:
	case r.State == submission.Finished:
		check.items, check.endedAt = f.measures.tests.assigned.at(c.Assignment).pattern(r.Tests), endOf(r.Record)
	case r.State == submission.Cancelled && r.FinishedAt.IsZero():
		check.endedAt = 0 // when it was touched last is not when it was cancelled
	case r.State == submission.Cancelled:
		check.endedAt = endOf(r.Record)
	}
	if *check == known && !isNew {
		return Nothing
	}
	if latest {
		f.moved(&c, sent, known, *check)
	}
	if isNew {
		return Inserted
	}
	return Updated
}

// count tells the measures what has newly come true of a check.
func (f *Fold) count(c *Change, sent *submissionSeen, check *checkSeen, latest bool) {
	r, known := c.Record, *check
	found, started := resultOf(r), startOf(r)
	counts := r.State == submission.Finished && (!known.counted || latest && found != known.result())
	again := counts && known.counted && started != known.started
	c.Ran = !known.counted || again
	if started != 0 && (known.started == 0 || again) {
		check.started = started
		c.Kind = Started
		f.measures.observe(c)
	}
	if counts {
		if c.FirstResult = r.HasResult() && !sent.hadResult; c.FirstResult {
			f.measures.misses.answered(sent, r, c.Assignment.Course)
		}
		sent.hadResult = sent.hadResult || r.HasResult()
		check.verdict, check.points, check.mark, check.counted = found.verdict, found.points, found.mark, true
		c.Kind, c.points = Finished, found.points
		c.Recheck = known.counted || r.CheckNumber > 1
		f.measures.observe(c)
		if r.HasResult() && found.solves() {
			f.solvedAt(sent.pair, endOf(r))
		}
	}
	if r.State == submission.Cancelled && !known.calledOff {
		check.calledOff = true
		c.Kind = CalledOff
		f.measures.observe(c)
	}
}

// reassign follows a submission that has another student, assignment or time in its newest record. Counters stay where
// they are.
func (f *Fold) reassign(row uint32, r *Anonymous) {
	sent := f.submissions.at(row)
	before, was, at := f.assignmentOfPair(sent.pair), f.studentOf(f.pairs.at(sent.pair)), r.SubmittedAt.UnixMicro()
	if f.students[was] == r.student && before.Slug == r.Assignment && before.Course.Slug == r.Course && sent.submittedAt == at {
		return
	}
	for _, check := range f.checksOf(sent) {
		if check.stage != Gone && check.updatedAt > r.UpdatedAt.UnixMicro() {
			return // that one knows better
		}
	}
	now, who := f.assignment(r.Course, r.Assignment), f.student(r.student)
	acted := was != who || before.Course != now.Course || sent.submittedAt != at
	f.measures.progress.touch(&f.seen, sent.pair)
	to := f.pair(who, now)
	f.concludeBefore(to, r.UpdatedAt)
	f.repair(row, to)
	sent.submittedAt = at
	for _, check := range f.checksOf(sent) {
		if before != now {
			check.items = f.measures.tests.translate(before, now, check.items, submission.DayOf(r.UpdatedAt))
		}
		if check.hasResult() && check.result().solves() {
			f.solvedAt(sent.pair, check.endedAt)
		}
	}
	f.measures.progress.touch(&f.seen, sent.pair)
	f.stale = f.stale || acted
	for _, check := range f.checksOf(sent) {
		f.measures.queue.add(before.Course, check.stage, -1)
		f.measures.queue.add(now.Course, check.stage, 1)
	}
}

// moved tells the measures how a check stands now.
func (f *Fold) moved(c *Change, sent *submissionSeen, before, now checkSeen) {
	f.measures.ledger.replace(before, now)
	f.measures.progress.touch(&f.seen, sent.pair)
	if gone := now.stage == Gone && f.isGone(sent); gone != sent.gone {
		sent.gone, f.stale = gone, true // a submission of which nothing is left was not sent
	}
	if before.stage == now.stage && now.stage != Waiting && now.stage != Checking {
		return
	}
	c.Kind, c.From, c.To = Moved, before.stage, now.stage
	f.measures.observe(c)
}

// assignmentOfPair is the assignment of the pair in a row.
func (f *Fold) assignmentOfPair(row uint32) *Assignment {
	return f.assignments[f.pairs.at(row).assignment]
}

// submitted takes a submission that was not known, tells the measures of it, and returns its row.
func (f *Fold) submitted(r *Anonymous) uint32 {
	assignment := f.assignment(r.Course, r.Assignment)
	who := f.student(r.student)
	row := f.send(r.id, who, assignment, r.SubmittedAt)
	if f.origin.IsZero() || r.SubmittedAt.Before(f.origin) {
		f.origin = r.SubmittedAt
	}
	f.measures.observe(&Change{Kind: Submitted, Record: r.Record, Assignment: assignment})
	f.act(activity{at: r.SubmittedAt, assignment: assignment, student: who})
	return row
}

// act tells the measures of an activity, now or when the clock has passed it.
func (f *Fold) act(a activity) {
	switch {
	case f.stale: // the tables have it
	case a.at.Before(f.clock):
		f.measures.observe(a.change())
	default:
		heap.Push(&f.early, a)
	}
}

// reviewActivities tells the measures anew what students did, of all submissions that are not gone.
func (f *Fold) reviewActivities() {
	f.stale = false
	f.early = nil
	f.measures.forgetActivities(f.clock)
	for _, sent := range f.submissions.rows() {
		if sent.gone {
			continue
		}
		p := f.pairs.at(sent.pair)
		f.act(activity{at: time.UnixMicro(sent.submittedAt), assignment: f.assignments[p.assignment], student: f.studentOf(p)})
	}
}

// answer takes down whether a submission has had a result. Most have one when they are first read.
func (f *Fold) answer(row uint32, sent *submissionSeen, sentBefore bool) {
	switch {
	case !sent.hadResult:
		f.unanswered.add(row)
	case sentBefore && len(f.unanswered.rows) > 0:
		delete(f.unanswered.rows, row)
	}
}

// reviewUnanswered finds the submissions anew that have had no result.
func (f *Fold) reviewUnanswered() {
	for row, sent := range f.submissions.rows() {
		if !sent.hadResult {
			f.unanswered.add(row)
		}
	}
}

// reviewProgress has the stages of all students made anew.
func (f *Fold) reviewProgress() {
	for row := range f.pairs.length {
		f.measures.progress.touch(&f.seen, row)
	}
}

// An activity is a submission seen as something that a student does at a time.
type activity struct {
	at         time.Time
	assignment *Assignment
	student    Student
}

func (a activity) change() *Change {
	return &Change{Kind: Active, At: a.at, Assignment: a.assignment, Student: a.student}
}

// earlyActivities is a heap of activities that the clock has not reached, the next one first: a sample at t holds the
// events before t only, even where the service's clock is ahead of ours.
type earlyActivities []activity

func (h earlyActivities) Len() int           { return len(h) }
func (h earlyActivities) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h earlyActivities) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *earlyActivities) Push(x any)        { *h = append(*h, x.(activity)) }
func (h *earlyActivities) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
