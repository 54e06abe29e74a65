// Package timeline brings records back in the order of their events, so that a fold lives through the past as it would
// have done at the time. Records wait on disk, with hashes for the ids of students, and not in memory.
package timeline

import (
	"container/heap"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/lanrat/extsort"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/pace"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	// chunkRecords is how many records are sorted in memory at once; about nine chunks of so many are there at a time.
	chunkRecords = 2_000

	faultsLogged = 10 // the rest are only counted
)

// Options are what a Timeline works with.
type Options struct {
	Fold *analytics.Fold // lives through the past; its key hashes the ids
	Dir  string          // for temporary files
	Lead time.Duration   // by how much a course or an assignment is known before its first submission
	Now  func() time.Time
	Log  *slog.Logger
}

// A Timeline holds records of a source until their time comes. It is for one goroutine.
type Timeline struct {
	Options
	catalogue catalogue
	faults    source.Faults
	records   uint64 // read so far
	rejected  int
	first     time.Time
	firstID   string // of its submission

	read   time.Time     // when the reading began
	sorted <-chan moment // that have not been looked at
	failed <-chan error  // what the sorting of these ended with
	next   *passage      // the first of the sorted
	going  passages      // that have begun and not ended
}

// New is a Timeline without records.
func New(o Options) *Timeline {
	return &Timeline{Options: o, catalogue: newCatalogue(), faults: make(source.Faults)}
}

// First is the first event of all records that were read, by its time, which is zero where there is none, and its submission.
func (t *Timeline) First() (at time.Time, submissionID string) { return t.first, t.firstID }

// Records are how many records were read, and how many of no use.
func (t *Timeline) Records() (read uint64, rejected int) { return t.records, t.rejected }

// Read takes all that the source has now and did not hand over before.
func (t *Timeline) Read(ctx context.Context, src source.Source) error {
	if err := t.keepRest(ctx); err != nil {
		return err
	}
	t.read = t.Now()
	moments := make(chan moment, 1<<10)
	sorter, sorted, failed := extsort.Generic(moments, decodeMoment, moment.encode, moment.compare,
		&extsort.Config{ChunkSize: chunkRecords, SortedChanBuffSize: 1 << 10, TempFilesDir: t.Dir})
	polling, stop := context.WithCancel(ctx)
	defer stop()
	polled := make(chan error, 1)
	go func() {
		defer close(moments)
		polled <- src.Poll(polling, &sink{Timeline: t, ctx: polling, moments: moments, pace: pace.From(t.read, t.records)})
	}()
	sorter.Sort(ctx) // until there are no more moments
	stop()           // where it has failed earlier
	err := <-polled
	select {
	case failure := <-failed:
		if failure != nil {
			return fmt.Errorf("sorting records in %s: %w", t.Dir, failure)
		}
	default:
	}
	if err != nil {
		return err
	}
	t.sorted, t.failed = sorted, failed
	t.catalogue.arrange()
	return t.advance(ctx)
}

// Replay has the fold live through all events before a time, and reports whether there were any. It does not move the fold's
// clock.
func (t *Timeline) Replay(ctx context.Context, before time.Time) (happened bool, err error) {
	if described := t.catalogue.by(before.Add(t.Lead)); described != nil {
		t.Fold.Describe(described)
		happened = true
	}
	for limit := before.UnixMicro(); ; happened = true {
		p, err := t.take(ctx, limit)
		if p == nil || err != nil {
			return happened, err
		}
		if p.happen(t.Fold) {
			heap.Push(&t.going, p)
		}
	}
}

// take takes out the passage with the earliest event, if that is before a limit in microseconds.
func (t *Timeline) take(ctx context.Context, limit int64) (*passage, error) {
	fromGoing := len(t.going) > 0 && (t.next == nil || t.going[0].earlier(t.next))
	p := t.next
	if fromGoing {
		p = t.going[0]
	}
	switch {
	case p == nil || p.at >= limit:
		return nil, nil
	case fromGoing:
		heap.Pop(&t.going)
		return p, nil
	}
	return p, t.advance(ctx)
}

// advance looks at the next of the sorted.
func (t *Timeline) advance(ctx context.Context) error {
	t.next = nil
	if t.sorted == nil {
		return nil
	}
	select {
	case m, more := <-t.sorted:
		if more {
			var err error
			t.next, err = m.passage(t.read)
			return err
		}
		t.sorted = nil
		if err := <-t.failed; err != nil {
			return fmt.Errorf("merging sorted records in %s: %w", t.Dir, err)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// keepRest takes what is left of the sorted into memory. It is little: what came in while the source was read.
func (t *Timeline) keepRest(ctx context.Context) error {
	for t.next != nil {
		heap.Push(&t.going, t.next)
		if err := t.advance(ctx); err != nil {
			return err
		}
	}
	return nil
}

// A sink takes records from the source on their way into the sorting.
type sink struct {
	*Timeline
	ctx     context.Context
	moments chan<- moment
	pace    pace.Pace
}

// Catalogue implements source.Sink.
func (s *sink) Catalogue(c *submission.Catalogue) { s.catalogue.replace(c) }

// Record implements source.Sink.
func (s *sink) Record(r *submission.Record) {
	s.records++
	s.tellProgress()
	life := lifeOf(r, s.read)
	if s.first.IsZero() || life.submitted.Before(s.first) {
		s.first, s.firstID = life.submitted, r.SubmissionID
	}
	s.catalogue.meet(r.Course, r.Assignment, life.submitted)
	record := s.Fold.Anonymize(r).Encode()
	if life.submitted.Before(life.begun) {
		s.send(moment{at: life.submitted.UnixMicro(), order: s.records, before: true, record: record})
	}
	s.send(moment{at: life.begun.UnixMicro(), order: s.records, record: record})
}

func (s *sink) send(m moment) {
	select {
	case s.moments <- m:
	case <-s.ctx.Done(): // which ends the Poll
	}
}

// Reject implements source.Sink.
func (s *sink) Reject(f *submission.Fault) {
	if !s.faults.Met(f) {
		return
	}
	if s.rejected++; s.rejected <= faultsLogged {
		s.Log.Warn("Record rejected", "reason", f.Reason, "err", f)
	}
}

func (s *sink) tellProgress() {
	const often = 1024 // records between two looks at the clock
	if s.records%often != 0 {
		return
	}
	if perSecond, due := s.pace.Tell(s.Now(), s.records); due {
		s.Log.Info("Reading", "records", s.records, "records_per_second", perSecond)
	}
}
