package analytics_test

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"pgregory.net/rapid"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

var begin = time.Date(2026, 3, 27, 22, 0, 0, 0, time.UTC) // two days before the clocks change

func options(t interface{ Fatal(...any) }) analytics.Options {
	zone, err := time.LoadLocation("Europe/Prague")
	if err != nil {
		t.Fatal(err)
	}
	return analytics.Options{Zone: zone, Key: analytics.Key{1, 2, 3}, Limits: analytics.Limits{
		Languages: analytics.Limit{Values: []string{"go"}, Most: 3}, Tests: analytics.Limit{Most: 2}, TestSeries: 20,
	}}
}

// exposed is all that a fold shows at a time, native buckets included.
func exposed(t *rapid.T, f *analytics.Fold, now time.Time) map[string]string {
	all := map[string]string{}
	samples := make(chan prometheus.Metric, 10_000) // more than there are
	metrics.NewCollector(f, shard.Shard{}, &sync.Mutex{}, func() time.Time { return now }).Collect(samples)
	close(samples)
	for sample := range samples {
		var m dto.Metric
		if err := sample.Write(&m); err != nil {
			t.Fatal(err)
		}
		name := sample.Desc().String()
		for _, label := range m.Label {
			name += " " + label.GetValue()
		}
		h := m.GetHistogram()
		all[name] = fmt.Sprint(m.GetCounter().GetValue(), m.GetCounter().GetCreatedTimestamp().GetSeconds(), m.GetGauge().GetValue(),
			h.GetSampleCount(), h.GetSampleSum(), h.GetBucket(), h.GetPositiveSpan(), h.GetPositiveDelta(), h.GetZeroCount())
	}
	return all
}

// A world is a source that changes at random, and the clock.
type world struct {
	now  time.Time
	rows map[string]submission.Record // by identity
	sent map[int]submission.Record    // what is the same in all records of a submission
}

func newWorld() *world {
	return &world{now: begin, rows: map[string]submission.Record{}, sent: map[int]submission.Record{}}
}

// change makes one thing happen to the world and to each of the folds.
func (w *world) change(t *rapid.T, folds ...*analytics.Fold) {
	w.now = w.now.Add(time.Duration(rapid.Int64Range(1, 3*24*60*60*1e6).Draw(t, "time")) * time.Microsecond)
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		w.settle(folds...)
	case 1:
		catalogue := &submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1",
			Title: rapid.StringN(0, 3, 8).Draw(t, "title"), DeadlineAt: w.now.Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "days")) * 24 * time.Hour)}}}
		for _, f := range folds {
			f.Describe(catalogue)
		}
	case 2:
		w.audit(t, folds...)
	case 3:
		w.reassign(t, folds...)
	default:
		r := w.record(t)
		w.rows[fmt.Sprint(r.SubmissionID, "/", r.CheckNumber)] = r
		for _, f := range folds {
			f.Apply(&r)
		}
	}
}

// settle is the end of a poll.
func (w *world) settle(folds ...*analytics.Fold) {
	for _, f := range folds {
		f.Advance(w.now)
		f.Conclude(w.now)
	}
}

// record is a new version of a check.
func (w *world) record(t *rapid.T) submission.Record {
	id := rapid.IntRange(0, 23).Draw(t, "submission")
	r, known := w.sent[id]
	if !known {
		r = w.send(t, id)
	}
	r.CheckNumber, r.UpdatedAt = rapid.IntRange(1, 3).Draw(t, "check"), w.now
	r.State = submission.State(rapid.IntRange(int(submission.Queued), int(submission.Cancelled)).Draw(t, "state"))
	r.QueuedAt = r.SubmittedAt
	r.Language = rapid.SampledFrom([]string{"", "go", "c", "d", "e", "f"}).Draw(t, "language")
	if r.State != submission.Queued {
		r.StartedAt = r.QueuedAt.Add(time.Duration(rapid.IntRange(0, 1e9).Draw(t, "wait")) * time.Microsecond)
	}
	if r.State == submission.Cancelled && rapid.Bool().Draw(t, "end known") {
		r.FinishedAt = w.now
	}
	if r.State == submission.Finished {
		r.FinishedAt = r.StartedAt.Add(time.Duration(rapid.IntRange(0, 1e9).Draw(t, "duration")) * time.Microsecond)
		r.Verdict = submission.Verdict(rapid.IntRange(int(submission.Accepted), int(submission.Other)).Draw(t, "verdict"))
		r.MaxScore = submission.Number{Value: 2, Known: rapid.Bool().Draw(t, "maximum known")}
		r.Score = submission.Number{Value: float64(rapid.IntRange(0, 2).Draw(t, "score")), Known: rapid.Bool().Draw(t, "score known")}
		for _, name := range []string{"test a", "test b", "test c", "test d"} {
			r.Tests = append(r.Tests, submission.Test{Name: name, Outcome: submission.Outcome(rapid.IntRange(1, 5).Draw(t, "outcome"))})
		}
	}
	r.Checksum = rapid.Uint64().Draw(t, "checksum")
	return r
}

// send draws whose a submission is and when it was sent: of few students, so that they have several at an assignment.
func (w *world) send(t *rapid.T, id int) submission.Record {
	pair := rapid.IntRange(0, 3).Draw(t, "pair")
	w.sent[id] = submission.Record{
		SubmissionID: fmt.Sprint(id), Student: fmt.Sprint("student", pair/3), Course: []string{"algo", "calculus"}[pair%2],
		Assignment: "hw1", SubmittedAt: w.now.Add(-time.Duration(rapid.IntRange(0, 9*24).Draw(t, "ago")) * time.Hour),
	}
	return w.sent[id]
}

// reassign gives a submission to somebody else, or another assignment or time, in all its rows.
func (w *world) reassign(t *rapid.T, folds ...*analytics.Fold) {
	id := rapid.IntRange(0, 23).Draw(t, "reassigned")
	now := w.send(t, id)
	for number := 1; number <= 3; number++ {
		identity := fmt.Sprint(id, "/", number)
		r, there := w.rows[identity]
		if !there {
			continue
		}
		w.now = w.now.Add(time.Microsecond)
		r.Student, r.Course, r.Assignment, r.SubmittedAt, r.UpdatedAt = now.Student, now.Course, now.Assignment, now.SubmittedAt, w.now
		w.rows[identity] = r
		for _, f := range folds {
			f.Apply(&r)
		}
	}
}

// audit takes some rows away, changes others unseen, and has all days read again.
func (w *world) audit(t *rapid.T, folds ...*analytics.Fold) {
	identities := make([]string, 0, len(w.rows))
	for id := range w.rows {
		identities = append(identities, id)
	}
	slices.Sort(identities)
	for _, id := range identities {
		switch r := w.rows[id]; rapid.IntRange(0, 5).Draw(t, "unseen") {
		case 0:
			delete(w.rows, id)
		case 1:
			unseen := w.record(t)
			unseen.SubmissionID, unseen.CheckNumber, unseen.Student = r.SubmissionID, r.CheckNumber, r.Student
			unseen.Course, unseen.Assignment, unseen.SubmittedAt, unseen.UpdatedAt = r.Course, r.Assignment, r.SubmittedAt, r.UpdatedAt
			w.rows[id] = unseen
		}
	}
	for _, f := range folds {
		var days []submission.Day
		for day := range f.Tallies() {
			days = append(days, day)
		}
		f.BeginAudit(days)
		for _, id := range identities {
			if r, there := w.rows[id]; there {
				f.Apply(&r)
			}
		}
		f.EndAudit(true)
	}
}

// TestRule4AStateIsTheFold: a fold that was saved at any time, restored, and told what its journal says shows the same as
// the one that went on, and goes on showing the same.
func TestRule4AStateIsTheFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		f := analytics.New(options(t))
		for range rapid.IntRange(0, 40).Draw(t, "before") {
			w.change(t, f)
		}
		var snapshot bytes.Buffer
		if err := f.Save(&snapshot, &sync.Mutex{}); err != nil {
			t.Fatal(err)
		}
		var journal [][]byte
		f.Journal = func(entry []byte) { journal = append(journal, bytes.Clone(entry)) }
		for range rapid.IntRange(0, 20).Draw(t, "since") {
			w.change(t, f)
		}
		again, err := analytics.Restore(&snapshot, options(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range journal {
			if err := again.Redo(entry); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, again, f, w.now, func(name string) bool { return !waits.MatchString(name) })
		for range rapid.IntRange(1, 10).Draw(t, "after") {
			w.settle(f, again)
			equal(t, again, f, w.now, func(string) bool { return true })
			w.change(t, f, again)
		}
	})
}

// waits are what is only known when the source has been read again.
var waits = regexp.MustCompile(metrics.QueueOldestWait.Name + "|" + metrics.FeedbackOverdue.Name + "|" + metrics.FeedbackMissed.Name + "|" + metrics.WorkerHanging.Name)

// equal says where a restored fold shows something else than the one that went on.
func equal(t *rapid.T, restored, other *analytics.Fold, now time.Time, concerned func(name string) bool) {
	got, want := exposed(t, restored, now), exposed(t, other, now)
	for name := range want {
		if got[name] != want[name] && concerned(name) {
			t.Errorf("%s: the restored fold shows %s, the one that went on %s", name, got[name], want[name])
		}
	}
	if len(got) != len(want) || t.Failed() {
		t.Fatalf("%d of %d samples", len(got), len(want))
	}
}

// TestRule6GaugesFollowTheRows: after an audit the progress of students is what a plain count over the rows says, and so
// are queue and ledger; before it, if nothing was taken away or changed unseen.
func TestRule6GaugesFollowTheRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		o := options(t)
		o.Limits.Tests.Most, o.Limits.TestSeries = 4, 1000 // what is beyond a limit is no figure of its own
		f := analytics.New(o)
		for range rapid.IntRange(1, 60).Draw(t, "changes") {
			w.change(t, f)
			f.Advance(w.now)
			got, want := map[string]float64{}, w.progress()
			for _, vector := range []analytics.Vector{f.AssignmentStudents(), f.AssignmentBestScores(), f.TestStudents()} {
				for labels, value := range vector {
					if value != 0 {
						got[strings.Join(labels, "/")] = value
					}
				}
			}
			maps.DeleteFunc(want, func(key string, _ float64) bool { // of tests that have retired
				return strings.Contains(key, "test ") && got[key] == 0
			})
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("progress is %v, the rows say %v", got, want)
			}
			tallies := map[submission.Day]submission.Tally{}
			for _, r := range w.rows {
				tally := tallies[submission.DayOf(r.UpdatedAt)]
				tally.Add(r.Checksum)
				tallies[submission.DayOf(r.UpdatedAt)] = tally
			}
			queue := map[string]float64{}
			for _, r := range w.rows {
				if r.State == submission.Queued {
					queue[r.Course]++
				}
			}
			for labels, value := range f.QueueLength() {
				if value != queue[labels[0]] {
					t.Fatalf("the queue of %s has %v, the rows say %v", labels[0], value, queue)
				}
			}
			if fmt.Sprint(f.Tallies()) != fmt.Sprint(tallies) {
				t.Fatalf("tallies are %v, the rows say %v", f.Tallies(), tallies)
			}
		}
	})
}

// progress counts students at assignments by stage, straight from the rows.
func (w *world) progress() map[string]float64 {
	type work struct{ latest map[string]submission.Record }
	works := map[string]*work{} // by assignment and student
	for _, r := range w.rows {
		if r.State != submission.Finished || r.Verdict == submission.InternalError {
			continue
		}
		key := r.Course + "/" + r.Assignment + " " + r.Student
		if works[key] == nil {
			works[key] = &work{latest: map[string]submission.Record{}}
		}
		if other, known := works[key].latest[r.SubmissionID]; !known || other.CheckNumber < r.CheckNumber {
			works[key].latest[r.SubmissionID] = r
		}
	}
	count := map[string]float64{}
	for key, work := range works {
		assignment, _, _ := strings.Cut(key, " ")
		var first, last submission.Record
		var scored, solved, solvedFirst bool
		for _, r := range work.latest {
			allPoints := r.MaxScore.Known && r.Score.Known && r.Score.Value >= r.MaxScore.Value
			open := r.Verdict == submission.Partial || r.Verdict == submission.StyleError || r.Verdict == submission.Other
			full := r.Verdict == submission.Accepted || open && allPoints
			scored = scored || full || r.Score.Known && r.Score.Value > 0
			solved = solved || full
			if first.SubmissionID == "" || r.SubmittedAt.Before(first.SubmittedAt) {
				first, solvedFirst = r, full
			}
			if r.SubmittedAt.After(last.SubmittedAt) {
				last = r
			}
		}
		best, ran := 0.0, map[string]bool{}
		for _, r := range work.latest {
			switch {
			case r.MaxScore.Known && r.Score.Known:
				best = max(best, min(r.Score.Value/r.MaxScore.Value, 1))
			case r.Verdict == submission.Accepted:
				best = 1
			}
			for _, test := range r.Tests {
				if test.Outcome != submission.Skipped {
					ran[test.Name] = true
				}
			}
		}
		count[fmt.Sprintf("%s/%.1f", assignment, best)]++
		for test := range ran {
			count[assignment+"/"+test]++
		}
		for stage, holds := range map[string]bool{
			"attempted": true, "scored": scored, "solved": solved, "solved_first_attempt": solvedFirst,
			"stuck": len(work.latest) >= 5 && !solved && last.SubmittedAt.After(w.now.Add(-7*24*time.Hour)),
		} {
			if holds {
				count[assignment+"/"+stage]++
			}
		}
	}
	return count
}
