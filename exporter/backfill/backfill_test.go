package backfill

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/block/blocktest"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// script is a source whose polls go as written; after the last one nothing more comes.
type script struct{ polls []func(source.Sink) error }

func (s *script) Name() string { return "script" }
func (s *script) Close() error { return nil }
func (s *script) Poll(_ context.Context, sink source.Sink) error {
	if len(s.polls) == 0 {
		return nil
	}
	poll := s.polls[0]
	s.polls = s.polls[1:]
	return poll(sink)
}

// sent hands over submissions that were sent at the times.
func sent(times ...time.Time) func(source.Sink) error {
	return func(sink source.Sink) error {
		for _, at := range times {
			sink.Record(&submission.Record{SubmissionID: at.String(), CheckNumber: 1, Course: "algo", Assignment: "hw1", Student: "ada",
				SubmittedAt: at, QueuedAt: at, StartedAt: at, FinishedAt: at, UpdatedAt: at, State: submission.Finished,
				Verdict: submission.Accepted})
		}
		return nil
	}
}

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// options are for a past that ends now, and its log.
func options(output string, polls ...func(source.Sink) error) (Options, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return Options{
		Source: &script{polls: polls}, Fold: analytics.New(analytics.Options{Zone: time.UTC, Limits: analytics.DefaultLimits()}),
		Output: output, Step: time.Minute, Zone: time.UTC, Target: target,
		Refuse: func(time.Time, time.Time) error { return nil }, Now: func() time.Time { return now },
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}, log
}

const (
	submissions    = `{__name__="grader_submissions_total", assignment="hw1", course="algo", instance="exporter:9850", job="gradewatch"}`
	daySubmissions = `{__name__="grader_day_submissions", course="algo", instance="exporter:9850", job="gradewatch"}`
	lastDay        = `{__name__="grader_last_day_submissions", course="algo", instance="exporter:9850", job="gradewatch"}`
	ready          = `{__name__="gradewatch_ready", instance="exporter:9850", job="gradewatch"}`
)

// at is the value of a series at a time in milliseconds.
func valueAt(samples []blocktest.Sample, at time.Time) string {
	i := slices.IndexFunc(samples, func(s blocktest.Sample) bool { return s.At == at.UnixMilli() })
	if i < 0 {
		return "nothing"
	}
	return samples[i].Value
}

// only reports an error if there is more in a directory than the given number of blocks.
func only(t *testing.T, dir string, blocks int) {
	t.Helper()
	listed, err := block.List(dir)
	do(t, err)
	entries, err := os.ReadDir(dir)
	do(t, err)
	if len(listed) != blocks || len(entries) != blocks {
		t.Errorf("there are %d blocks and %v, want %d blocks and nothing else", len(listed), entries, blocks)
	}
}

func TestThePastIsWrittenUpToNow(t *testing.T) {
	dir := t.TempDir()
	midnight := now.Truncate(24 * time.Hour)
	last := midnight.Add(-time.Microsecond)
	o, log := options(dir, sent(midnight.Add(-90*time.Second), last, midnight))
	do(t, Run(t.Context(), o))
	only(t, dir, 1)
	all := blocktest.Read(t, dir)
	for _, step := range []struct {
		at                          time.Time
		submissions, today, lastDay string
	}{
		{midnight.Add(-3 * time.Minute), "nothing", "nothing", "nothing"},
		{midnight.Add(-2 * time.Minute), "0", "0", "0"}, // before the first one
		{midnight.Add(-time.Minute), "1", "1", "0"},
		{midnight.Add(-time.Millisecond), "2", "2", "0"}, // all of the day
		{midnight, "2", "0", "2"},
		{midnight.Add(time.Minute), "3", "1", "2"},
		{now.Add(-time.Millisecond), "3", "1", "2"},
		{now, "nothing", "nothing", "nothing"},
	} {
		for series, want := range map[string]string{submissions: step.submissions, daySubmissions: step.today, lastDay: step.lastDay} {
			if got := valueAt(all[series], step.at); got != want {
				t.Errorf("at %s %s is %s, want %s", step.at, series, got, want)
			}
		}
	}
	if len(all[ready]) != len(all[submissions]) || all[ready][0].Value != "1" {
		t.Errorf("gradewatch_ready has %d samples, of %s", len(all[ready]), all[ready][0].Value)
	}
	for _, want := range []string{"records=3", "rejected=0", "storage.tsdb.retention.time=1d"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, log)
		}
	}
}

func TestAPartOfThePast(t *testing.T) {
	dir := t.TempDir()
	o, _ := options(dir, sent(now.Add(-10*time.Hour), now.Add(-5*time.Hour), now.Add(-time.Hour)))
	o.From, o.To = now.Add(-6*time.Hour), now.Add(-4*time.Hour)
	do(t, Run(t.Context(), o))
	samples := blocktest.Read(t, dir)[submissions]
	for at, want := range map[time.Time]string{
		o.From.Add(-time.Minute): "nothing", o.From: "1", o.To.Add(-time.Minute): "2", o.To.Add(-time.Millisecond): "2", o.To: "nothing",
	} {
		if got := valueAt(samples, at); got != want {
			t.Errorf("at %s there is %s, want %s", at, got, want)
		}
	}
}

// TestThePresentGoesOn: what comes in while the past is written is written too, up to the end, without a gap.
func TestThePresentGoesOn(t *testing.T) {
	dir := t.TempDir()
	clock := now
	o, _ := options(dir, sent(now.Add(-10*time.Minute)),
		func(sink source.Sink) error {
			clock = clock.Add(3 * time.Minute)
			return sent(now.Add(time.Minute), now.Add(time.Second))(sink)
		})
	took := 2 * time.Minute // of the first round
	o.Now = func() time.Time { return clock }
	end := now.Add(took + 3*time.Minute)
	ends := []time.Time{now, end} // before and after
	o.Refuse = func(begin, end time.Time) error {
		if !begin.Equal(now.Add(-10*time.Minute)) || !end.Equal(ends[0]) {
			t.Errorf("asked for %s to %s", begin, end)
		}
		if ends = ends[1:]; len(ends) == 1 {
			clock = clock.Add(took)
		}
		return nil
	}
	do(t, Run(t.Context(), o))
	only(t, dir, 1)
	samples := blocktest.Read(t, dir)[submissions]
	for at, want := range map[time.Time]string{now.Add(-time.Minute): "1", now: "1", now.Add(time.Minute): "2", end.Add(-time.Millisecond): "3"} {
		if got := valueAt(samples, at); got != want {
			t.Errorf("at %s there is %s, want %s", at, got, want)
		}
	}
	for i := range len(samples) - 1 {
		if gap := time.Duration(samples[i+1].At-samples[i].At) * time.Millisecond; gap > o.Step {
			t.Errorf("a gap of %s at %s", gap, time.UnixMilli(samples[i].At).UTC())
		}
	}
}

func TestNothingToWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	o, log := options(dir)
	do(t, Run(t.Context(), o))
	only(t, dir, 0)
	if !strings.Contains(log.String(), "There is no past to write") {
		t.Errorf("the log says\n%s", log)
	}
	o, log = options(dir, sent(now.Add(-time.Hour)))
	o.To = now.Add(-2 * time.Hour)
	do(t, Run(t.Context(), o))
	only(t, dir, 0)
	if !strings.Contains(log.String(), "There is no past to write") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestWhatFailsLeavesNothing: neither blocks nor parts of them.
func TestWhatFailsLeavesNothing(t *testing.T) {
	failure := errors.New("failure")
	for name, fail := range map[string]func(*Options, context.CancelFunc){
		"the source": func(o *Options, _ context.CancelFunc) {
			o.Source = &script{polls: []func(source.Sink) error{func(source.Sink) error { return failure }}}
		},
		"a refusal": func(o *Options, _ context.CancelFunc) { o.Refuse = func(time.Time, time.Time) error { return failure } },
		"the state": func(o *Options, _ context.CancelFunc) { o.Keep = func() error { return failure } },
		"an interruption": func(o *Options, cancel context.CancelFunc) {
			o.Refuse = func(time.Time, time.Time) error { cancel(); return nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o, _ := options(dir, sent(now.Add(-100*24*time.Hour)))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			fail(&o, cancel)
			if err := Run(ctx, o); !errors.Is(err, failure) && !errors.Is(err, context.Canceled) {
				t.Errorf("the error is %v", err)
			}
			only(t, dir, 0)
		})
	}
}

// TestAfterAKill: what a killed run has left is cleared away, or put in its place if it was complete.
func TestAfterAKill(t *testing.T) {
	dir := t.TempDir()
	left, err := openStaging(dir)
	do(t, err)
	blockIn(t, left.dir, now.Add(-2*time.Hour), now.Add(-time.Hour))
	do(t, os.MkdirAll(filepath.Join(left.dir, "01M8DY9ZZA4K5KWZTM5TJ8H2H5", "chunks"), 0o755))

	o, _ := options(dir, sent(now.Add(-time.Hour)))
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another backfill") {
		t.Errorf("while another one runs the error is %v", err)
	}
	do(t, left.lock.Release())
	do(t, Run(t.Context(), o))
	only(t, dir, 1)
	if blocks, _ := block.List(dir); blocks[0].MinTime != now.Add(-time.Hour).UnixMilli() {
		t.Errorf("there is the block %+v", blocks[0])
	}

	for _, published := range []int{0, 1, 2} {
		dir := t.TempDir()
		left, err := openStaging(dir)
		do(t, err)
		for i := range 3 {
			blockIn(t, left.dir, now.Add(time.Duration(i-5)*time.Hour), now.Add(time.Duration(i-4)*time.Hour))
		}
		do(t, left.seal())
		blocks, err := block.List(left.dir)
		do(t, err)
		for _, b := range blocks[:published] {
			do(t, os.Rename(filepath.Join(left.dir, b.ULID.String()), filepath.Join(dir, b.ULID.String())))
		}
		do(t, left.lock.Release())

		if finished, err := Finish(dir, true); !finished || err != nil {
			t.Errorf("what was complete is finished: %v, %v", finished, err)
		}
		only(t, dir, 3)
		if finished, err := Finish(dir, true); finished || err != nil {
			t.Errorf("what is finished is so again: %v, %v", finished, err)
		}
	}
}

// TestAKillBeforeWhatIsToBeKept: blocks without the state that belongs to them are made anew.
func TestAKillBeforeWhatIsToBeKept(t *testing.T) {
	dir := t.TempDir()
	left, err := openStaging(dir)
	do(t, err)
	blockIn(t, left.dir, now.Add(-9*time.Hour), now.Add(-8*time.Hour))
	do(t, left.seal())
	do(t, left.lock.Release())
	if finished, err := Finish(dir, false); finished || err != nil {
		t.Errorf("what lacks its state is finished: %v, %v", finished, err)
	}
	o, _ := options(dir, sent(now.Add(-time.Hour)))
	kept := 0
	o.Keep = func() error {
		if !isSealed(dir) {
			t.Error("it is kept before the blocks are all there")
		}
		kept++
		return nil
	}
	do(t, Run(t.Context(), o))
	only(t, dir, 1)
	if blocks, _ := block.List(dir); kept != 1 || blocks[0].MinTime != now.Add(-time.Hour).UnixMilli() {
		t.Errorf("kept %d times, and there is %+v", kept, blocks)
	}
}

// TestBlocksAreBoundedAlsoWhenSeriesBecomeMore has one course for a day, and a hundred from then on.
func TestBlocksAreBoundedAlsoWhenSeriesBecomeMore(t *testing.T) {
	dir := t.TempDir()
	begin := now.AddDate(0, 0, -4)
	o, _ := options(dir, func(sink source.Sink) error {
		for i := range 101 {
			at := begin.Add(time.Duration(min(i, 1)) * 24 * time.Hour)
			sink.Record(&submission.Record{SubmissionID: strconv.Itoa(i), CheckNumber: 1, Course: "course" + strconv.Itoa(i), Assignment: "hw1",
				Student: "ada", SubmittedAt: at, QueuedAt: at, UpdatedAt: at, State: submission.Queued})
		}
		return nil
	})
	r := newRun(o, dir)
	r.most = 1_000_000
	do(t, r.run(t.Context()))
	blocks, err := block.List(dir)
	do(t, err)
	for _, b := range blocks {
		perHour := b.Stats.Series * 60
		if over := b.Stats.Samples; over > uint64(r.most)+2*perHour {
			t.Errorf("a block of %d series has %d samples", b.Stats.Series, over)
		}
	}
	if len(blocks) < 5 {
		t.Errorf("there are %d blocks", len(blocks))
	}
}

// TestTheFirstScrapeIsComparedWith: the past must not end with more than it, and what else is between the two is told.
func TestTheFirstScrapeIsComparedWith(t *testing.T) {
	for name, test := range map[string]struct {
		after   time.Duration // of the end of the past
		scraped map[string]float64
		err     string // none where there is to be none
		log     string
	}{
		"as it was":           {10 * time.Second, map[string]float64{submissions: 2}, "", ""},
		"less":                {10 * time.Second, map[string]float64{submissions: 1}, "history has 2, the first scrape 1", ""},
		"something else":      {10 * time.Second, map[string]float64{`{__name__="grader_submissions_total"}`: 2}, "history has 2, the first scrape 0", ""},
		"with what came then": {10 * time.Second, map[string]float64{submissions: 3}, "", ""},
		"more than there is":  {10 * time.Second, map[string]float64{submissions: 5}, "", "scraped=5 source=3"},
		"late":                {2 * time.Hour, map[string]float64{submissions: 3}, "", "gap=2h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o, log := options(dir, sent(now.Add(-3*time.Hour), now.Add(-2*time.Hour), now.Add(-time.Hour).Add(5*time.Second)))
			o.To = now.Add(-time.Hour)
			o.FirstScrape = func(_ context.Context, end time.Time) (*Scrape, error) {
				totals := map[string]float64{}
				r := newRun(o, dir)
				r.sampler.look(o.Fold) // the other totals are as they should be
				for series, total := range r.sampler.totals() {
					totals[series] = total
				}
				delete(totals, submissions)
				for series, total := range test.scraped {
					totals[series] = total
				}
				return &Scrape{At: end.Add(test.after), Totals: totals}, nil
			}
			err := Run(t.Context(), o)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("the error is %v, want %q", err, test.err)
			}
			if warns := strings.Contains(log.String(), "level=WARN"); warns != (test.log != "") || !strings.Contains(log.String(), test.log) {
				t.Errorf("the log is to say %q:\n%s", test.log, log)
			}
			if blocks, _ := block.List(dir); (len(blocks) == 0) != (test.err != "") {
				t.Errorf("there are %d blocks", len(blocks))
			}
		})
	}
}

func TestProgressIsTold(t *testing.T) {
	o, log := options(t.TempDir(), sent(now.Add(-10*time.Hour)))
	clock := now
	o.To = now
	o.Now = func() time.Time { clock = clock.Add(100 * time.Millisecond); return clock }
	do(t, Run(t.Context(), o))
	lines := strings.Count(log.String(), "msg=Writing ")
	if lines < 5 || lines > 15 || !strings.Contains(log.String(), "samples_per_second=") || !strings.Contains(log.String(), "left=") {
		t.Errorf("in a minute the log says\n%s", log)
	}
}
