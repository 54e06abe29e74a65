// Package intake keeps a fold up to date with a source, and knows how well that goes.
package intake

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/pace"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/state"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	longestBackOff = 30 * time.Second
	faultsLogged   = 10 // in one poll; the rest are only counted
	faultsKept     = 20 // for the landing page
)

// Options are what an Intake works with.
type Options struct {
	Source   source.Source
	Shard    shard.Shard // what is not in it is left out, or made light in the designated one
	Fold     *analytics.Fold
	Lock     sync.Locker // held whenever the fold is touched
	Interval time.Duration
	Now      func() time.Time
	Log      *slog.Logger

	// State keeps what was applied; nil where nothing does. It is brought up to date every StateInterval, and at the end.
	State         *state.File
	StateInterval time.Duration

	// Reconcile is the pause between two reconciliations of the whole source; 0 is never.
	Reconcile time.Duration

	// CaughtUp is called once, when all that the source held has been applied.
	CaughtUp func()
}

// An Intake polls a source and applies what it reads to a fold.
type Intake struct {
	Options
	*instruments

	mu     sync.Mutex // guards status
	status Status

	faults  source.Faults
	roll    *shard.Roll
	poll    poll
	batches *batches
	kept    time.Time // when the state was last brought up to date
	noted   []byte    // the position of the source that the journal has
	round   reconciliation
}

// poll is what the poll under way has met so far.
type poll struct {
	read   uint64 // records, good or bad
	faults int
	pace   pace.Pace
}

// A Status is how an Intake is getting on.
type Status struct {
	Source    string
	Shard     shard.Shard
	Ready     bool
	Up        bool
	Error     string    // why the last poll failed; empty when it did not
	FreshAsOf time.Time // start of the last poll that succeeded; zero before the first
	Applied   uint64
	Unchanged uint64
	Rejected  uint64
	Faults    []Fault // the last ones, the newest first

	Kept       *state.Status // nil where no state is kept
	Reconciled Reconciled
}

// A Fault is a record that was rejected, and when.
type Fault struct {
	At     time.Time
	Reason submission.Reason
	Text   string
}

// New is an Intake that has read nothing.
func New(options Options) *Intake {
	return &Intake{Options: options, instruments: newInstruments(),
		status: Status{Source: options.Source.Name(), Shard: options.Shard},
		faults: make(source.Faults), roll: shard.NewRoll(options.Shard), batches: newBatches()}
}

// Run polls the source until ctx ends, once. A poll that fails is tried again with a growing pause.
func (in *Intake) Run(ctx context.Context) {
	go in.applyAll()
	defer close(in.batches.full)
	in.Log.Info("Reading", "from", in.Source.Name())
	backOff := in.Interval
	for ctx.Err() == nil {
		err := in.pollOnce(ctx)
		if ctx.Err() != nil {
			break
		}
		in.keepNowAndThen()
		if err == nil {
			backOff = in.Interval
			in.wait(ctx)
			continue
		}
		pause := backOff + rand.N(backOff/4+1)
		backOff = min(2*backOff, longestBackOff)
		in.Log.Error("Poll failed", "from", in.Source.Name(), "err", err, "retry_in", pause.Round(time.Millisecond))
		rest(ctx, pause)
	}
	in.stop()
}

// wait is over when the next poll is due, or earlier where the source knows that something is new.
func (in *Intake) wait(ctx context.Context) {
	if waiter, ok := in.Source.(source.Waiter); ok {
		waiter.Wait(ctx, in.Interval)
		return
	}
	rest(ctx, in.Interval)
}

func rest(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// Status is how it is going at this moment.
func (in *Intake) Status() Status {
	in.mu.Lock()
	defer in.mu.Unlock()
	status := in.status
	status.Faults = slices.Clone(status.Faults)
	status.Applied, status.Unchanged, status.Rejected = in.applied.Load(), in.unchanged.Load(), in.rejected.Load()
	if in.State != nil {
		kept := in.State.Status()
		status.Kept = &kept
	}
	return status
}

func (in *Intake) pollOnce(ctx context.Context) error {
	start := in.Now()
	in.Lock.Lock()
	in.Fold.Advance(start)
	in.Lock.Unlock()

	in.poll = poll{pace: pace.From(start, 0)}
	err := in.read(ctx, start)
	in.flush()
	if err == nil && ctx.Err() == nil {
		in.settle(start)
	}
	in.notePosition()
	if ctx.Err() != nil {
		return err
	}
	in.pollDuration.Observe(in.Now().Sub(start).Seconds())
	if left := in.poll.faults - faultsLogged; left > 0 {
		in.Log.Warn("More records rejected in the same poll; gradewatch_records_rejected_total counts them all", "records", left)
	}
	in.conclude(start, err)
	return err
}

// settle measures what the records that were read, or the time, have made certain; not while some of them are still to come. All that
// was there when the poll started has been read.
func (in *Intake) settle(start time.Time) {
	in.Lock.Lock()
	defer in.Lock.Unlock()
	in.Fold.Advance(in.Now())
	in.Fold.Conclude(start)
}

// read polls the source, or has it do an audit, which is a poll and more.
func (in *Intake) read(ctx context.Context, now time.Time) error {
	if auditor, ok := in.Source.(source.Auditor); ok && in.status.Ready && in.reconciles(now) {
		err := in.audit(ctx, auditor)
		if err == nil || ctx.Err() != nil {
			return err
		}
		in.giveUp(now, err) // new records do not wait for it
	}
	return in.Source.Poll(ctx, (*sink)(in))
}

// conclude takes down how a poll that began at start ended.
func (in *Intake) conclude(start time.Time, err error) {
	if err == nil && !in.status.Ready {
		in.begin()
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.status.Up = err == nil
	if err != nil {
		in.sourceUp.Set(0)
		in.status.Error = err.Error()
		return
	}
	if in.status.Error != "" {
		in.Log.Info("Source is up again", "from", in.Source.Name())
	}
	in.sourceUp.Set(1)
	in.status.Error, in.status.FreshAsOf = "", start
	if in.status.Ready {
		return
	}
	in.CaughtUp()
	in.status.Ready = true
	in.ready.Set(1)
	in.Log.Info("Caught up: all that the source holds is in the metrics", "applied", in.applied.Load(),
		"rejected", in.rejected.Load(), "duration", in.Now().Sub(start).Round(time.Millisecond))
}

// sink is the Intake as its source sees it.
type sink Intake

// Catalogue implements source.Sink.
func (s *sink) Catalogue(c *submission.Catalogue) {
	(*Intake)(s).flush()
	s.Lock.Lock()
	defer s.Lock.Unlock()
	s.Fold.Describe(c)
}

// Record implements source.Sink.
func (s *sink) Record(r *submission.Record) {
	s.tellProgress()
	switch {
	case s.roll.Has(r.Course):
		(*Intake)(s).pass(r)
	case s.Shard.Designated():
		light := r.Lighten()
		(*Intake)(s).pass(&light)
	}
}

// Reject implements source.Sink.
func (s *sink) Reject(f *submission.Fault) {
	s.tellProgress()
	if !s.roll.Has(f.Course) {
		return // the shard that has the course tells of it
	}
	if !s.faults.Met(f) {
		s.unchanged.Add(1)
		return
	}
	s.rejected.Add(1)
	s.reasons.WithLabelValues(string(f.Reason)).Inc()
	s.poll.faults++
	if s.poll.faults <= faultsLogged {
		s.Log.Warn("Record rejected", "reason", f.Reason, "err", f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.status.Faults
	if len(kept) == faultsKept {
		kept = kept[:faultsKept-1]
	}
	s.status.Faults = append([]Fault{{At: s.Now(), Reason: f.Reason, Text: f.Error()}}, kept...)
}

// tellProgress counts what is read. During the first catch-up it says that the source answers, before the poll is over,
// and every now and then logs how far it is.
func (s *sink) tellProgress() {
	const often = 1024 // records between two looks at the clock
	if s.poll.read++; s.poll.read == 1 {
		s.sourceUp.Set(1)
	}
	if s.status.Ready || s.poll.read%often != 0 {
		return
	}
	if perSecond, due := s.poll.pace.Tell(s.Now(), s.poll.read); due {
		s.Log.Info("Catching up", "records", s.poll.read, "records_per_second", perSecond)
	}
}
