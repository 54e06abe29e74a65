// Package backfill writes the past of a source as blocks of Prometheus's database: a fold lives through it, and at each step
// samples are taken of what an exporter would have shown.
package backfill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/common/model"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/timeline"
)

const (
	// While the past is read and written the present goes on, and is read and written too, until that takes no longer than
	// shortRound.
	shortRound = 5 * time.Second
	mostRounds = 5

	// Blocks have the lengths of Prometheus's own, each three times the one before, up to the longest that it makes where it
	// keeps 200 days or more.
	shortestBlock = 2 * time.Hour
	longestBlock  = 486 * time.Hour

	// blockSamples is about how many samples a block has at most. They bound the memory, at a good byte each.
	blockSamples = 64_000_000
)

// Options say what is written where.
type Options struct {
	Source source.Source
	Fold   *analytics.Fold // without anything in it
	Output string          // the directory of Prometheus's data; it is made where there is none

	From, To time.Time // zero: from the first event on, and up to now
	Step     time.Duration
	Zone     *time.Location
	Target   map[string]string // the labels that a scrape gives to every series

	// Retention is what the Prometheus keeps; 0 where that is not known.
	Retention time.Duration

	// Refuse says before anything is written why the past from begin to end must not be.
	Refuse func(begin, end time.Time) error

	// FirstScrape, where it is not nil, is the first scrape that the past is to go over into; nil where there is none yet.
	FirstScrape func(ctx context.Context, end time.Time) (*Scrape, error)

	// Keep, where it is not nil, keeps the fold with all that the source holds, before any block is in its place.
	Keep func() error

	Now func() time.Time
	Log *slog.Logger
}

// Run writes the past. Where it fails or is killed, nothing of it is in its place; but if it is killed while it puts blocks
// there, that is for Finish.
func Run(ctx context.Context, o Options) error {
	s, err := openStaging(o.Output)
	if err != nil {
		return err
	}
	r := newRun(o, s.dir)
	if err := r.run(ctx); err != nil {
		if ctx.Err() != nil { // which may show in any way
			err = fmt.Errorf("interrupted, and nothing was written to %s: %w", o.Output, context.Cause(ctx))
		}
		return errors.Join(err, s.discard())
	}
	if r.blocks == 0 {
		read, rejected := r.timeline.Records()
		o.Log.Warn("There is no past to write: the source holds no usable record of that time", "from", o.Source.Name(),
			"records", read, "rejected", rejected)
		return s.discard()
	}
	if err := r.finish(s); err != nil {
		return errors.Join(err, s.discard())
	}
	if err := s.publish(); err != nil {
		return err
	}
	r.report()
	return nil
}

// finish makes all ready to be put in its place. What is to be kept is so after the seal, and Finish is told whether it was.
func (r *run) finish(s *staging) error {
	if err := r.Refuse(r.begin, r.reached); err != nil { // still
		return err
	}
	if err := s.seal(); err != nil {
		return err
	}
	if r.Keep != nil {
		return r.Keep()
	}
	return nil
}

// Finish puts in its place what a Run had ready when it was killed, and reports whether there was something. Where it was to keep
// something else and had not kept that yet, it is to be done again, and another Run clears it away.
func Finish(output string, kept bool) (finished bool, err error) {
	if !kept || !isSealed(output) {
		return false, nil
	}
	s, err := lockStaging(output)
	if err != nil {
		return false, err
	}
	return true, s.publish()
}

// A run is how far the writing of a past has come.
type run struct {
	Options
	timeline *timeline.Timeline
	sampler  *sampler
	writer   *block.Writer
	progress progress
	most     int // samples in a block

	begin   time.Time // zero before it is known
	reached time.Time // what took place before has been sampled
	opened  time.Time // begin of the block that is being filled
	closes  time.Time // its end; zero before its first sample
	filled  int       // its samples
	blocks  int
}

func newRun(o Options, dir string) *run {
	writer := block.NewWriter(dir)
	return &run{
		Options:  o,
		timeline: timeline.New(timeline.Options{Fold: o.Fold, Dir: dir, Lead: o.Step, Now: o.Now, Log: o.Log}),
		sampler:  newSampler(writer, o.Target),
		writer:   writer,
		most:     blockSamples,
	}
}

func (r *run) run(ctx context.Context) error {
	r.Log.Info("Reading", "from", r.Source.Name())
	for round := 0; round < mostRounds; round++ {
		began := r.Now()
		end := r.To
		if end.IsZero() {
			end = began.Truncate(time.Millisecond)
		}
		if err := r.timeline.Read(ctx, r.Source); err != nil {
			return err
		}
		if goesOn, err := r.prepare(end); !goesOn || err != nil {
			return err
		}
		if err := r.liveThrough(ctx, end); err != nil {
			return err
		}
		if !r.To.IsZero() || r.Now().Sub(began) <= shortRound {
			break
		}
	}
	if err := r.write(ctx, r.reached); err != nil {
		return err
	}
	if r.FirstScrape != nil {
		if err := r.checkSeam(ctx); err != nil {
			return err
		}
	}
	if r.Keep == nil {
		r.tellOverflow()
		return nil
	}
	_, err := r.timeline.Replay(ctx, endOfTime)
	return err
}

// endOfTime is after all events.
var endOfTime = time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)

// prepare finds out where the past begins, and reports whether it does so before the end.
func (r *run) prepare(end time.Time) (goesOn bool, err error) {
	first, id := r.timeline.First()
	if first.IsZero() || !r.begin.IsZero() {
		return !first.IsZero(), nil
	}
	r.begin = later(r.From, first.Truncate(r.Step)) // where everything is 0
	if !r.begin.Before(end) {
		return false, nil
	}
	r.reached, r.opened = r.begin, r.begin
	if err := r.Refuse(r.begin, end); err != nil {
		return false, fmt.Errorf("%w (the past begins with submission %q; see whether its time is right)", err, id)
	}
	read, _ := r.timeline.Records()
	r.Log.Info("Writing the past", "begin", r.begin.UTC(), "end", end.UTC(), "records", read, "first_submission", id)
	return true, nil
}

// liveThrough samples the time that has not been sampled, up to an end.
func (r *run) liveThrough(ctx context.Context, end time.Time) error {
	r.progress.start(r.Now(), r.reached)
	for i := range instants(r.reached, end, r.Step, r.Zone) {
		if !r.closes.IsZero() && !i.stamp.Before(r.closes) {
			if err := r.write(ctx, r.closes); err != nil {
				return err
			}
		}
		happened, err := r.timeline.Replay(ctx, i.before)
		if err != nil {
			return err
		}
		advanced, concluded := r.Fold.Advance(i.clock()), r.Fold.Conclude(i.clock())
		samples, err := r.sampler.sample(r.Fold, i.stamp.UnixMilli(), happened || advanced || concluded)
		if err != nil {
			return err
		}
		if r.closes.IsZero() {
			r.closes = blockEnd(i.stamp, r.Step, samples, r.most)
		}
		if r.filled += samples; r.filled >= r.most { // there are more series by now
			r.closes = earlier(r.closes, border(i.stamp, shortestBlock))
		}
		r.progress.tell(r.Log, r.Now(), samples, i.stamp, end)
	}
	r.reached = end
	return nil
}

// write writes the block that is being filled, which ends at the given time.
func (r *run) write(ctx context.Context, end time.Time) error {
	meta, err := r.writer.Write(ctx, r.opened.UnixMilli(), end.UnixMilli())
	if meta != nil {
		r.blocks++
	}
	r.opened, r.closes, r.filled = end, time.Time{}, 0
	return err
}

// blockEnd is where the block ends that holds a time and has so many samples at each step, and at most so many in all.
func blockEnd(at time.Time, step time.Duration, samples, most int) time.Time {
	length := shortestBlock
	for 3*length <= longestBlock && samples*int(3*length/step) <= most {
		length *= 3
	}
	return border(at, length)
}

// border is the first time after another one at which blocks of a length end: a multiple of it, as with Prometheus's own.
func border(after time.Time, length time.Duration) time.Time {
	millis := length.Milliseconds()
	return time.UnixMilli((after.UnixMilli()/millis + 1) * millis)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// tellOverflow says where an exporter that reads everything anew may not show what the past ends with.
func (r *run) tellOverflow() {
	for labels, overflow := range r.Fold.Overflow() {
		if overflow > 0 {
			r.Log.Warn("A label has more values than its limit, and an exporter that reads the source anew may choose others to show: "+
				"leave it a state with --state.file, or name the values in the configuration", "label", labels[0])
		}
	}
}

func (r *run) report() {
	read, rejected := r.timeline.Records()
	days := int(r.Now().Sub(r.begin).Hours()/24) + 1
	r.Log.Info("The past is written", "begin", r.begin.UTC(), "end", r.reached.UTC(), "blocks", r.blocks, "samples", r.progress.samples,
		"records", read, "rejected", rejected, "output", r.Output)
	if r.Retention > 0 {
		r.Log.Info("Prometheus keeps all of it for now", "until", r.begin.Add(r.Retention).UTC(), "storage.tsdb.retention.time", model.Duration(r.Retention))
		return
	}
	r.Log.Info("Prometheus has to keep this much today, and a day more with each day, or it deletes what is older",
		"storage.tsdb.retention.time", fmt.Sprintf("%dd", days))
}
