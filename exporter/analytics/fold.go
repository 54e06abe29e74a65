// Package analytics folds submission records into measures. It is pure: no I/O, and no clock but the one that Advance
// passes in, so that a live service and a replay of history go through the same code.
package analytics

import (
	"container/heap"
	"math"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Fold holds what is known of every check, and the measures that follow from it. It takes records in any order and any
// number of times. It is not safe for use by several goroutines at once.
type Fold struct {
	directory
	clock  time.Time
	origin time.Time

	indexOf     map[string]uint32 // submission id -> index into submissions
	submissions []submissionSeen
	checks      map[checkID]checkSeen
	early       earlyActivities

	measures measures
}

// submissionSeen is what must be remembered of a submission. It stays with the assignment of its first record.
type submissionSeen struct {
	assignment *Assignment
	hasResult  bool
}

// checkID is the identity of a record, with the submission as its index.
type checkID struct {
	submission uint32
	number     uint32
}

// checkSeen is what must be remembered of a check to tell what a record changes.
type checkSeen struct {
	updatedAt int64  // microseconds; the version of the record that the gauges follow
	startedAt int64  // microseconds; the start that was observed last, 0 before there is one
	result    uint64 // fingerprint of verdict, score and maximum as they were counted last
	stage     Stage
	counted   bool
}

// NewFold is a Fold over nothing, whose local days and hours are those of the zone.
func NewFold(zone *time.Location) *Fold {
	return &Fold{
		directory: newDirectory(),
		indexOf:   make(map[string]uint32),
		checks:    make(map[checkID]checkSeen),
		measures:  newMeasures(zone),
	}
}

// Advance moves the clock to now; it never goes back. Gauges are as of the clock and hold the events before it.
func (f *Fold) Advance(now time.Time) {
	if !now.After(f.clock) {
		return
	}
	f.clock = now
	f.measures.advance(now)
	for len(f.early) > 0 && f.early[0].at.Before(now) {
		f.measures.observe(heap.Pop(&f.early).(activity).change())
	}
}

// Origin is the time of the first submission, zero before there is one. It is the same after every restart.
func (f *Fold) Origin() time.Time { return f.origin }

// Describe replaces what is known about courses and assignments apart from their submissions. What has been seen once
// stays, also where the catalogue has it no more, since counters never disappear.
func (f *Fold) Describe(c *submission.Catalogue) { f.directory.describe(c) }

// Apply takes a record and reports whether it changed anything: reading one again does not.
func (f *Fold) Apply(r *submission.Record) bool {
	index, seen := f.indexOf[r.SubmissionID]
	if !seen {
		index = f.submitted(r)
	}
	sent := &f.submissions[index]
	c := Change{Record: r, Assignment: sent.assignment}

	id := checkID{index, uint32(r.CheckNumber)}
	known, before := f.checks[id]
	now := known
	version, stage := r.UpdatedAt.UnixMicro(), stageOf(r.State)
	// Of two records with the same time of change the one in the later stage is the newer, and in the same stage the one
	// that was read first; so reading both again changes nothing.
	latest := !before || known.stage == Gone || version > known.updatedAt ||
		version == known.updatedAt && stage > known.stage
	if latest {
		now.updatedAt, now.stage = version, stage
	}
	result := fingerprint(r)
	counts := r.State == submission.Finished && (!known.counted || latest && result != known.result)
	again := counts && known.counted && r.StartedAt.UnixMicro() != known.startedAt
	if !r.StartedAt.IsZero() && (known.startedAt == 0 || again) {
		now.startedAt = r.StartedAt.UnixMicro()
		c.Kind = Started
		f.measures.observe(c)
	}
	if counts {
		now.result, now.counted = result, true
		c.Kind = Finished
		c.Recheck = known.counted || r.CheckNumber > 1
		c.FirstResult = r.HasResult() && !sent.hasResult
		sent.hasResult = sent.hasResult || r.HasResult()
		f.measures.observe(c)
	}
	if now == known {
		return false
	}
	f.checks[id] = now
	f.move(id, c, known.stage, now.stage)
	return true
}

// Remove takes a check that is no longer in the source out of the gauges; counters keep it.
func (f *Fold) Remove(submissionID string, checkNumber int) {
	index, seen := f.indexOf[submissionID]
	id := checkID{index, uint32(checkNumber)}
	check, known := f.checks[id]
	if !seen || !known {
		return
	}
	f.move(id, Change{Assignment: f.submissions[index].assignment}, check.stage, Gone)
	check.stage = Gone
	f.checks[id] = check
}

// submitted takes a submission that was not known, tells the measures of it, and returns its index.
func (f *Fold) submitted(r *submission.Record) uint32 {
	index := uint32(len(f.submissions))
	assignment := f.assignment(r.Course, r.Assignment)
	f.indexOf[r.SubmissionID] = index
	f.submissions = append(f.submissions, submissionSeen{assignment: assignment})
	if f.origin.IsZero() || r.SubmittedAt.Before(f.origin) {
		f.origin = r.SubmittedAt
	}
	f.measures.observe(Change{Kind: Submitted, Record: r, Assignment: assignment})

	active := activity{at: r.SubmittedAt, assignment: assignment, student: f.student(r.Student)}
	if active.at.Before(f.clock) {
		f.measures.observe(active.change())
	} else {
		heap.Push(&f.early, active)
	}
	return index
}

// move tells the measures that a check is in another stage, or waits anew.
func (f *Fold) move(id checkID, c Change, from, to Stage) {
	if from == to && to != Waiting {
		return
	}
	c.Kind, c.check, c.From, c.To = Moved, id, from, to
	f.measures.observe(c)
}

// fingerprint tells results apart: verdict, score and maximum.
func fingerprint(r *submission.Record) uint64 {
	const prime = 0x100000001b3 // of the FNV-1a hash
	mix := uint64(r.Verdict)
	for _, n := range [...]submission.Number{r.Score, r.MaxScore} {
		mix *= prime
		if n.Known {
			mix = (mix + 1) * prime
		}
		mix ^= math.Float64bits(n.Value)
		mix ^= mix >> 29
	}
	return mix
}

// An activity is a submission seen as something that a student does at a time.
type activity struct {
	at         time.Time
	assignment *Assignment
	student    Student
}

func (a activity) change() Change {
	return Change{Kind: Active, At: a.at, Assignment: a.assignment, Student: a.student}
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
