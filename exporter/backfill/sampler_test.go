package backfill

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/block/blocktest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

var target = map[string]string{"job": "gradewatch", "instance": "exporter:9850"}

// exposition is an Observer that writes down the series of a scrape, all of them each time.
type exposition map[string]string

func (e exposition) add(name string, m *metrics.Metric, values []string, value any, further ...string) {
	set := labels.NewBuilder(labels.FromMap(target)).Set(model.MetricNameLabel, name)
	for i, label := range m.LabelNames() {
		set.Set(label, values[i])
	}
	for i := 0; i < len(further); i += 2 {
		set.Set(further[i], further[i+1])
	}
	e[set.Labels().String()] = fmt.Sprint(value)
}

// Number implements metrics.Observer.
func (e exposition) Number(m *metrics.Metric, values []string, number float64) {
	e.add(m.Name, m, values, number)
}

// Histogram implements metrics.Observer.
func (e exposition) Histogram(m *metrics.Metric, values []string, h *analytics.Histogram) {
	e.add(m.Name, m, values, native(h))
	if len(h.Bounds) == 0 {
		return
	}
	cumulative := uint64(0)
	for i, bound := range h.Bounds {
		cumulative += h.Classic[i]
		text := fmt.Sprint(bound)
		if !strings.Contains(text, ".") {
			text += ".0" // as Prometheus has them since version 3
		}
		e.add(m.Name+"_bucket", m, values, cumulative, "le", text)
	}
	e.add(m.Name+"_bucket", m, values, h.Count, "le", "+Inf")
	e.add(m.Name+"_count", m, values, h.Count)
	e.add(m.Name+"_sum", m, values, h.Sum())
}

// TestTheSamplesAreThoseOfScrapes has a fold live through something at random, and compares the blocks with all that it shows
// at each instant.
func TestTheSamplesAreThoseOfScrapes(t *testing.T) {
	prague := zone(t, "Europe/Prague")
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		fold := analytics.New(analytics.Options{Zone: prague, Limits: analytics.Limits{
			Languages: analytics.Limit{Most: 2}, Tests: analytics.Limit{Most: 2}, TestSeries: 30}})
		writer := block.NewWriter(dir)
		s := newSampler(writer, target)
		now := time.Date(2026, 3, 27, 20, 0, 0, 0, time.UTC)
		begin := now
		var scrapes []exposition
		var at []int64
		changed := true
		for range rapid.IntRange(1, 40).Draw(rt, "instants") {
			for range rapid.IntRange(0, 2).Draw(rt, "changes") {
				happen(rt, fold, now)
				changed = true
			}
			changed = fold.Advance(now) || changed
			changed = fold.Conclude(now) || changed
			if _, err := s.sample(fold, now.UnixMilli(), changed); err != nil {
				rt.Fatal(err)
			}
			scrape := exposition{}
			metrics.Show(fold, scrape)
			scrape.Number(metrics.Ready, nil, 1)
			scrapes, at = append(scrapes, scrape), append(at, now.UnixMilli())
			changed = false
			now = now.Add(rapid.SampledFrom([]time.Duration{time.Minute, 4 * time.Minute, time.Hour, 20 * time.Hour, 9 * 24 * time.Hour}).Draw(rt, "pause"))
			if rapid.IntRange(0, 9).Draw(rt, "block ends") == 0 {
				if _, err := writer.Write(t.Context(), begin.UnixMilli(), now.UnixMilli()); err != nil {
					rt.Fatal(err)
				}
				begin = now
			}
		}
		if _, err := writer.Write(t.Context(), begin.UnixMilli(), now.UnixMilli()); err != nil {
			rt.Fatal(err)
		}
		equalScrapes(rt, blocktest.Read(t, dir), scrapes, at)
	})
}

func equalScrapes(t *rapid.T, got map[string][]blocktest.Sample, scrapes []exposition, at []int64) {
	for series, samples := range got {
		next := 0
		for i, scrape := range scrapes {
			want, there := scrape[series]
			_, before := scrapes[max(0, i-1)][series]
			if !there && i > 0 && before {
				want, there = blocktest.End, true
			}
			switch {
			case !there:
			case next == len(samples) || samples[next].At != at[i]:
				t.Fatalf("%s has no sample at %d, want %s", series, at[i], want)
			case samples[next].Value != want || samples[next].Reset:
				t.Fatalf("%s has the sample %+v, want %s", series, samples[next], want)
			default:
				next++
			}
		}
		if next < len(samples) {
			t.Fatalf("%s has a sample %+v too much", series, samples[next])
		}
	}
	for i, scrape := range scrapes {
		for series := range scrape {
			if _, there := got[series]; !there {
				t.Fatalf("%s of scrape %d is in no block", series, i)
			}
		}
	}
}

// happen makes something happen to a fold about the given time.
func happen(t *rapid.T, fold *analytics.Fold, now time.Time) {
	if rapid.IntRange(0, 5).Draw(t, "what") == 0 {
		fold.Describe(&submission.Catalogue{
			Courses: []submission.Course{{Course: "algo", Title: rapid.SampledFrom([]string{"", "Algorithms"}).Draw(t, "title")}},
			Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1",
				DeadlineAt: now.Add(time.Duration(rapid.IntRange(-40, 2).Draw(t, "due")) * 24 * time.Hour)}},
		})
		return
	}
	sent := now.Add(time.Duration(rapid.IntRange(-48*60, 5).Draw(t, "sent")) * time.Minute)
	r := submission.Record{SubmissionID: fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "submission")), CheckNumber: 1,
		Course: rapid.SampledFrom([]string{"algo", "db"}).Draw(t, "course"), Assignment: "hw1",
		Student: rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, "student"), Language: rapid.SampledFrom([]string{"go", "c", "d"}).Draw(t, "language"),
		SubmittedAt: sent, QueuedAt: sent, UpdatedAt: now, State: submission.State(rapid.IntRange(1, 4).Draw(t, "state"))}
	if r.State != submission.Queued {
		r.StartedAt = sent.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "waits")) * time.Second)
	}
	if r.State == submission.Finished {
		r.FinishedAt = r.StartedAt.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "runs")) * time.Millisecond)
		r.Verdict = submission.Verdict(rapid.IntRange(1, 12).Draw(t, "verdict"))
		for _, name := range []string{"a", "b", "c"} {
			r.Tests = append(r.Tests, submission.Test{Name: name, Outcome: submission.Passed})
		}
	}
	fold.Apply(&r)
}
