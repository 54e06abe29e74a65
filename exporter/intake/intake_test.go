package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// script is a source whose polls go as written; it stands in for one that fails on demand.
type script struct {
	polls []func(source.Sink) error
	times []time.Time
}

func (s *script) Name() string { return "script" }
func (s *script) Close() error { return nil }
func (s *script) Poll(_ context.Context, sink source.Sink) error {
	s.times = append(s.times, time.Now())
	poll := s.polls[0]
	if len(s.polls) > 1 {
		s.polls = s.polls[1:]
	}
	return poll(sink)
}

func record(id string) *submission.Record {
	at := time.Date(1999, 12, 31, 12, 0, 0, 0, time.UTC) // synctest begins at 2000
	return &submission.Record{SubmissionID: id, CheckNumber: 1, Course: "algo", Assignment: "hw1", Student: "ada",
		SubmittedAt: at, QueuedAt: at, UpdatedAt: at, State: submission.Queued, Anomalies: submission.FutureTime}
}

// newIntake is an intake over a source, and its log.
func newIntake(src source.Source) (*Intake, *bytes.Buffer) {
	out := &bytes.Buffer{}
	fold := analytics.New(analytics.Options{Zone: time.UTC, Limits: analytics.DefaultLimits()})
	return New(Options{
		Source: src, Fold: fold, Lock: &sync.Mutex{}, Interval: time.Second, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(out, nil)), CaughtUp: func() {},
	}), out
}

// run runs an intake over the polls for a while of made-up time.
func run(polls []func(source.Sink) error, span time.Duration) (in *Intake, src *script, caughtUp int, log string) {
	src = &script{polls: polls}
	in, out := newIntake(src)
	in.CaughtUp = func() { caughtUp++ }
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	in.Run(ctx)
	return in, src, caughtUp, out.String()
}

// values are the metrics of the intake by name and label value.
func values(t *testing.T, in *Intake) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(in)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, pair := range m.GetLabel() {
				name += "/" + pair.GetValue()
			}
			all[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func TestSourceDownIsSaidAndTriedAgainWithBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := func(source.Sink) error { return errors.New("connection refused") }
		in, src, caughtUp, log := run([]func(source.Sink) error{down}, 3*time.Minute)
		if got := values(t, in); got[metrics.SourceUp.Name] != 0 || got[metrics.Ready.Name] != 0 || caughtUp != 0 {
			t.Errorf("a source that is down: up %v, ready %v", got[metrics.SourceUp.Name], got[metrics.Ready.Name])
		}
		if _, known := values(t, in)[metrics.SourceLag.Name]; known {
			t.Error("a source that was never read has a lag")
		}
		for i := 2; i < len(src.times); i++ {
			before, pause := src.times[i-1].Sub(src.times[i-2]), src.times[i].Sub(src.times[i-1])
			if pause < before*3/2 && pause < longestBackOff || pause > longestBackOff*5/4+time.Second {
				t.Errorf("pause %d is %s after %s, want about twice as long, at most %s", i, pause, before, longestBackOff)
			}
		}
		if len(src.times) < 8 {
			t.Errorf("%d polls in three minutes, want at least 8", len(src.times))
		}
		if !strings.Contains(log, "connection refused") || !strings.Contains(log, "retry_in=") {
			t.Errorf("the log does not say what is wrong and when the next try is:\n%s", log)
		}
	})
}

func TestBackOffBeginsAnewAfterASuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := func(source.Sink) error { return errors.New("down") }
		up := func(source.Sink) error { return nil }
		_, src, _, _ := run([]func(source.Sink) error{down, down, down, down, up, down, up}, time.Minute)
		if pause := src.times[6].Sub(src.times[5]); pause > 2*time.Second {
			t.Errorf("the first failure after a success is tried again after %s, want about a second", pause)
		}
	})
}

func TestSourceComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, _, caughtUp, log := run([]func(source.Sink) error{
			func(sink source.Sink) error { sink.Record(record("1")); return errors.New("reset by peer") },
			func(sink source.Sink) error { sink.Record(record("1")); sink.Record(record("2")); return nil },
			func(source.Sink) error { return errors.New("down again") },
			func(source.Sink) error { return nil },
		}, 10*time.Second)
		got := values(t, in)
		for name, want := range map[string]float64{
			metrics.SourceUp.Name: 1, metrics.Ready.Name: 1,
			metrics.Records.Name + "/applied": 2, metrics.Records.Name + "/unchanged": 1, metrics.Records.Name + "/rejected": 0,
			metrics.RecordAnomalies.Name + "/future_time": 2, // not again for what was read again
		} {
			if got[name] != want {
				t.Errorf("%s is %v, want %v", name, got[name], want)
			}
		}
		if lag := got[metrics.SourceLag.Name]; lag < 0 || lag > 1 {
			t.Errorf("the lag is %v s, want at most the interval", lag)
		}
		if caughtUp != 1 || strings.Count(log, "Caught up") != 1 || !strings.Contains(log, "Source is up again") {
			t.Errorf("caught up %d times; log:\n%s", caughtUp, log)
		}
		if status := in.Status(); !status.Up || status.Error != "" || status.Applied != 2 {
			t.Errorf("status %+v", status)
		}
	})
}

func TestAFloodOfRejectsIsCountedAndNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const flood = 1000
		in, _, _, log := run([]func(source.Sink) error{
			func(sink source.Sink) error {
				for i := range flood {
					sink.Reject(&submission.Fault{Reason: submission.MissingField, SubmissionID: fmt.Sprint(i), Detail: "course is missing"})
				}
				sink.Record(record("1"))
				return nil
			},
			func(sink source.Sink) error { // as where changes are read again for safety
				sink.Reject(&submission.Fault{Reason: submission.MissingField, SubmissionID: "9", Detail: "course is missing"})
				return nil
			},
		}, 5*time.Second)
		got := values(t, in)
		if got[metrics.RecordsRejected.Name+"/missing_field"] != flood || got[metrics.Records.Name+"/rejected"] != flood ||
			got[metrics.Records.Name+"/applied"] != 1 {
			t.Errorf("counted %v", got)
		}
		if lines := strings.Count(log, "course is missing"); lines != faultsLogged {
			t.Errorf("%d rejects are logged, want %d", lines, faultsLogged)
		}
		if !strings.Contains(log, "records=990") {
			t.Errorf("the log does not say how many more were rejected:\n%s", log)
		}
		kept := in.Status().Faults
		if len(kept) != faultsKept {
			t.Fatalf("%d rejects are kept for the landing page, want %d", len(kept), faultsKept)
		}
		for i, fault := range kept {
			if want := fmt.Sprintf("submission %q", fmt.Sprint(flood-1-i)); !strings.Contains(fault.Text, want) {
				t.Errorf("reject %d is %s, want that of %s: the newest first", i, fault.Text, want)
			}
		}
	})
}
