package analytics

import (
	"fmt"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

func on(worker string, r submission.Record) submission.Record {
	r.Worker = worker
	return r
}

// calledOff is a check as it is when it was cancelled while it ran.
func calledOff(r submission.Record) submission.Record {
	r.State, r.Verdict = submission.Cancelled, 0
	return r
}

func TestACheckIsCalledOffOnce(t *testing.T) {
	r := on("w1", finished("1", 1, submission.Accepted))
	first, again := calledOff(r), calledOff(r)
	put := running(r)
	put.UpdatedAt, again.UpdatedAt = r.UpdatedAt.Add(time.Second), r.UpdatedAt.Add(2*time.Second)
	for name, history := range map[string][]submission.Record{
		"in order": {running(r), first, put, again}, "an old version last": {running(r), put, again, first},
	} {
		t.Run(name, func(t *testing.T) {
			f := foldOf(history...)
			want(t, "checks", values(f.WorkerChecks()), map[string]float64{"w1/cancelled": 1})
			want(t, "busy", values(f.WorkerBusyTimes()), map[string]float64{"w1": 20})
		})
	}
}

func TestRule10WorkersAreCapped(t *testing.T) {
	f := New(Options{Zone: time.UTC, Limits: Limits{Workers: Limit{Values: []string{"w9"}, Most: 2}}})
	f.Advance(start.Add(time.Hour))
	for i, worker := range []string{"w1", "w2", "", "w9", "w1", "other"} {
		r := on(worker, finished(string(rune('a'+i)), 1, submission.Accepted))
		f.Apply(&r)
	}
	want(t, "checks", values(f.WorkerChecks()), map[string]float64{"w1/completed": 2, "w9/completed": 1, "other/completed": 3})
	want(t, "overflow", values(f.Overflow()), map[string]float64{"worker": 2, "language": 6})
}

// TestAWorkerIsNotSeenInTheFuture, where a clock was wrong.
func TestAWorkerIsNotSeenInTheFuture(t *testing.T) {
	ahead := on("w1", finished("1", 1, submission.Accepted))
	ahead.FinishedAt = start.Add(24 * time.Hour)
	f := foldOf(ahead, on("w2", running(finished("2", 1, submission.Accepted))), on("w3", queued(finished("3", 1, submission.Accepted))))
	want(t, "last seen", values(f.WorkersLastSeen()), map[string]float64{
		"w1": float64(start.Add(time.Hour).Unix()), "w2": float64(start.Add(10 * time.Second).Unix()),
	})
}

// TestAWorkerThatIsNamedTwiceIsOne, as by a configured query that joins; those beyond the limit are other.
func TestAWorkerThatIsNamedTwiceIsOne(t *testing.T) {
	f := New(Options{Zone: time.UTC, Limits: Limits{Workers: Limit{Most: 1}}})
	f.Describe(&submission.Catalogue{Workers: []submission.Worker{{Worker: "w2", Slots: 3}, {Worker: "w1", Slots: 4}, {Worker: "w1", Slots: 2}}})
	want(t, "slots", values(f.WorkerSlots()), map[string]float64{"w1": 4, "other": 3})
	f.Describe(&submission.Catalogue{Workers: []submission.Worker{{Worker: "w1", Slots: 1}}})
	want(t, "slots", values(f.WorkerSlots()), map[string]float64{"w1": 1})
}

func TestAWorkerMayBeCalledOther(t *testing.T) {
	f := foldOf(on(OtherValue, finished("1", 1, submission.Accepted)))
	want(t, "checks", values(f.WorkerChecks()), map[string]float64{"other/completed": 1})
	want(t, "overflow", values(f.Overflow()), map[string]float64{})
}

// TestACorrectionIsNoWork of a worker; a check that is started again is.
func TestACorrectionIsNoWork(t *testing.T) {
	r := on("w1", finished("1", 1, submission.WrongAnswer))
	r.CPUSeconds = submission.Known(3)
	corrected := r
	corrected.Verdict, corrected.UpdatedAt = submission.Accepted, r.UpdatedAt.Add(time.Hour)
	f := foldOf(r, corrected)
	want(t, "checks", values(f.WorkerChecks()), map[string]float64{"w1/completed": 1})
	want(t, "busy", values(f.WorkerBusyTimes()), map[string]float64{"w1": 20})
	want(t, "processor time", counts(f.CPUTimes()), map[string]string{"algo/hw1": "1 in 3s"})
	again := corrected
	again.Verdict, again.UpdatedAt = submission.Partial, corrected.UpdatedAt.Add(time.Hour)
	again.StartedAt, again.FinishedAt = corrected.UpdatedAt, corrected.UpdatedAt.Add(5*time.Second)
	f.Apply(&again)
	want(t, "checks", values(f.WorkerChecks()), map[string]float64{"w1/completed": 2})
	want(t, "busy", values(f.WorkerBusyTimes()), map[string]float64{"w1": 25})
}

func TestHangingChecksAreThoseThatRunTooLong(t *testing.T) {
	r := running(finished("1", 1, submission.Accepted))
	began := r.StartedAt
	again := r
	again.UpdatedAt, again.StartedAt = began.Add(30*time.Minute), began.Add(30*time.Minute)
	putBack := again
	putBack.QueuedAt, putBack.StartedAt = began.Add(30*time.Minute), began // as it was before
	silent := r
	silent.StartedAt, silent.UpdatedAt = time.Time{}, began
	touched := silent
	touched.UpdatedAt = began.Add(30 * time.Minute)
	for name, test := range map[string]struct {
		records []submission.Record
		after   time.Duration
		want    float64
	}{
		"an hour":                                {of(r), time.Hour, 0},
		"more than an hour":                      {of(r), time.Hour + time.Microsecond, 1},
		"started anew":                           {of(r, again), 90 * time.Minute, 0},
		"and then for more than an hour":         {of(r, again), 91 * time.Minute, 1},
		"put back, with its old start":           {of(r, putBack), 90 * time.Minute, 0},
		"no record says when, and it is touched": {of(silent, touched), time.Hour + time.Second, 1},
		"ended":                                  {of(r, finished("1", 1, submission.Accepted)), 2 * time.Hour, 0},
		"forgotten for a week":                   {of(r), 7 * 24 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFold(time.UTC)
			for _, r := range test.records {
				f.Apply(&r)
			}
			settle(f, began.Add(test.after))
			f.Advance(began.Add(test.after + 24*time.Hour)) // what is not read is not known
			got := 0.0
			for _, hanging := range values(f.WorkerHanging()) {
				got += hanging
			}
			if got != test.want {
				t.Errorf("%v hang, want %v", got, test.want)
			}
		})
	}
}

// TestWhatHangsBeyondTheLimitIsShown: the sum over workers is exact, also where nothing has ended there.
func TestWhatHangsBeyondTheLimitIsShown(t *testing.T) {
	f := New(Options{Zone: time.UTC, Limits: Limits{Workers: Limit{Most: 1}}})
	for i, worker := range []string{"w1", "w2", "w3"} {
		r := on(worker, running(finished(fmt.Sprint(i), 1, submission.Accepted)))
		r.StartedAt = time.Time{}
		f.Apply(&r)
	}
	settle(f, start.Add(3*time.Hour))
	want(t, "hanging", values(f.WorkerHanging()), map[string]float64{"w1": 1, OtherValue: 2})
}
