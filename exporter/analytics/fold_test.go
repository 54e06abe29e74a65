package analytics

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

var start = time.Date(2026, 9, 14, 10, 0, 0, 0, time.UTC) // a Monday

// finished is a check of submission id that was queued at start, started 10 s later and ended after another 20 s.
func finished(id string, number int, verdict submission.Verdict) submission.Record {
	return submission.Record{
		SubmissionID: id, CheckNumber: number, Course: "algo", Assignment: "hw1", Student: "ada",
		SubmittedAt: start, QueuedAt: start, StartedAt: start.Add(10 * time.Second), FinishedAt: start.Add(30 * time.Second),
		UpdatedAt: start.Add(30 * time.Second), State: submission.Finished, Verdict: verdict,
	}
}

// queued and running are the record as it stood before it was finished.
func running(r submission.Record) submission.Record {
	r.State, r.Verdict, r.FinishedAt, r.UpdatedAt = submission.Running, 0, time.Time{}, r.StartedAt
	return r
}

func queued(r submission.Record) submission.Record {
	r = running(r)
	r.State, r.StartedAt, r.UpdatedAt = submission.Queued, time.Time{}, r.QueuedAt
	return r
}

func newFold(zone *time.Location) *Fold { return New(Options{Zone: zone, Limits: DefaultLimits()}) }

func foldOf(records ...submission.Record) *Fold {
	f := newFold(time.UTC)
	f.Advance(start.Add(time.Hour))
	for i := range records {
		f.Apply(&records[i])
	}
	f.Conclude(start.Add(time.Hour))
	return f
}

// settle is the end of a poll at a time.
func settle(f *Fold, now time.Time) {
	f.Advance(now)
	f.Conclude(now)
}

// readAgain reads all days of the fold again out of a source that holds the given records.
func readAgain(f *Fold, records ...submission.Record) (gone int) {
	f.BeginAudit(slices.Collect(maps.Keys(f.Tallies())))
	for i := range records {
		f.Apply(&records[i])
	}
	return f.EndAudit(true)
}

// values are the samples of a vector that are not zero, by their label values.
func values(v Vector) map[string]float64 {
	all := make(map[string]float64)
	for labels, value := range v {
		if value != 0 {
			all[strings.Join(labels, "/")] = value
		}
	}
	return all
}

// counts are the observations of histograms and their sum in seconds, where there are any.
func counts(h Histograms) map[string]string {
	all := make(map[string]string)
	for labels, h := range h {
		if h.Count > 0 {
			all[strings.Join(labels, "/")] = fmt.Sprintf("%d in %gs", h.Count, h.Sum())
		}
	}
	return all
}

func want[V comparable](t *testing.T, what string, got map[string]V, want map[string]V) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRule1Once(t *testing.T) {
	one := finished("1", 1, submission.Accepted)
	f := foldOf(queued(one), running(one), one, one, running(one), queued(one))
	want(t, "submissions", values(f.Submissions()), map[string]float64{"algo/hw1": 1})
	want(t, "checks", values(f.Checks()), map[string]float64{"algo/hw1/accepted": 1})
	want(t, "re-checks", values(f.Rechecks()), map[string]float64{})
	want(t, "queue waits", counts(f.QueueWaits()), map[string]string{"algo": "1 in 10s"})
	want(t, "durations", counts(f.CheckDurations()), map[string]string{"algo/hw1": "1 in 20s"})
	want(t, "feedback", counts(f.FeedbackTimes()), map[string]string{"algo": "1 in 30s"})
}

func TestRule1ReadingAgainChangesNothing(t *testing.T) {
	one := finished("1", 1, submission.Partial)
	f := foldOf()
	for i, step := range []struct {
		record  submission.Record
		changes bool
	}{{queued(one), true}, {queued(one), false}, {one, true}, {one, false}, {queued(one), false}} {
		if got := f.Apply(&step.record) != Nothing; got != step.changes {
			t.Errorf("step %d: Apply says changed = %v, want %v", i, got, step.changes)
		}
	}
}

// TestRule1EqualTimesOfChange: a log with whole seconds has several versions of a check at one time.
func TestRule1EqualTimesOfChange(t *testing.T) {
	first := finished("1", 1, submission.WrongAnswer)
	second := finished("1", 1, submission.Accepted)
	waiting := queued(first)
	waiting.UpdatedAt = first.UpdatedAt
	for name, history := range map[string][]submission.Record{
		"as they happened": {waiting, first, second}, "the other way round": {first, waiting, second},
	} {
		t.Run(name, func(t *testing.T) {
			f := foldOf(history...)
			for range 3 {
				for _, r := range history {
					if f.Apply(&r) != Nothing {
						t.Errorf("reading %s again changes something", r.State)
					}
				}
			}
			want(t, "checks", values(f.Checks()), map[string]float64{"algo/hw1/wrong_answer": 1})
			want(t, "re-checks", values(f.Rechecks()), map[string]float64{})
			want(t, "queue length", values(f.QueueLength()), map[string]float64{})
		})
	}
}

// TestRule5OneWaitACheck: a check that was put back and started again has waited once, whichever version is read; one
// that was counted again has waited again.
func TestRule5OneWaitACheck(t *testing.T) {
	last := finished("1", 1, submission.WrongAnswer)
	died := running(last)
	died.StartedAt, died.UpdatedAt = start.Add(5*time.Second), start.Add(5*time.Second)
	want(t, "put back", counts(foldOf(died, last).QueueWaits()), map[string]string{"algo": "1 in 5s"})
	want(t, "read afterwards", counts(foldOf(last, died).QueueWaits()), map[string]string{"algo": "1 in 10s"})

	noStart := last
	noStart.StartedAt = time.Time{}
	want(t, "only the older version has the start", counts(foldOf(noStart, running(last)).QueueWaits()),
		map[string]string{"algo": "1 in 10s"})

	again := finished("1", 1, submission.Accepted)
	again.StartedAt, again.UpdatedAt = start.Add(time.Minute), start.Add(2*time.Minute)
	want(t, "counted again", counts(foldOf(last, again).QueueWaits()), map[string]string{"algo": "2 in 70s"})
}

func TestRule5Rechecks(t *testing.T) {
	first := finished("1", 1, submission.WrongAnswer)
	second := finished("1", 2, submission.Accepted)
	inPlace := first
	inPlace.Verdict, inPlace.UpdatedAt = submission.Accepted, first.UpdatedAt.Add(time.Minute)
	betterScore := first
	betterScore.Score, betterScore.UpdatedAt = submission.Known(3), first.UpdatedAt.Add(time.Minute)
	touched := first
	touched.Client, touched.UpdatedAt = "web", first.UpdatedAt.Add(time.Minute)

	for name, c := range map[string]struct {
		records  []submission.Record
		checks   map[string]float64
		rechecks map[string]float64
	}{
		"a second check": {[]submission.Record{first, second},
			map[string]float64{"algo/hw1/wrong_answer": 1, "algo/hw1/accepted": 1}, map[string]float64{"algo/hw1": 1}},
		"a verdict changed in place": {[]submission.Record{first, inPlace},
			map[string]float64{"algo/hw1/wrong_answer": 1, "algo/hw1/accepted": 1}, map[string]float64{"algo/hw1": 1}},
		"a score changed in place": {[]submission.Record{first, betterScore},
			map[string]float64{"algo/hw1/wrong_answer": 2}, map[string]float64{"algo/hw1": 1}},
		"another field changed": {[]submission.Record{first, touched},
			map[string]float64{"algo/hw1/wrong_answer": 1}, map[string]float64{}},
		"a version that is older than what was read": {[]submission.Record{inPlace, first},
			map[string]float64{"algo/hw1/accepted": 1}, map[string]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			f := foldOf(c.records...)
			want(t, "checks", values(f.Checks()), c.checks)
			want(t, "re-checks", values(f.Rechecks()), c.rechecks)
			want(t, "feedback", counts(f.FeedbackTimes()), map[string]string{"algo": "1 in 30s"})
		})
	}
}

func TestResultsAreToldApart(t *testing.T) {
	of := func(verdict submission.Verdict, score, maximum submission.Number) result {
		return resultOf(&submission.Record{Verdict: verdict, Score: score, MaxScore: maximum})
	}
	none, zero, one := submission.Number{}, submission.Known(0), submission.Known(1)
	seen := map[result]string{}
	for name, f := range map[string]result{
		"no score": of(submission.Partial, none, none), "0": of(submission.Partial, zero, none),
		"1": of(submission.Partial, one, none), "of 0": of(submission.Partial, none, zero),
		"of 1": of(submission.Partial, none, one), "0 of 1": of(submission.Partial, zero, one),
		"1 of 0": of(submission.Partial, one, zero), "1 of 1": of(submission.Partial, one, one),
		"another verdict": of(submission.Accepted, one, one),
	} {
		if other, taken := seen[f]; taken {
			t.Errorf("%q and %q look the same", name, other)
		}
		seen[f] = name
	}
}

func TestRule7InfrastructureIsNotTheStudent(t *testing.T) {
	failed := finished("1", 1, submission.InternalError)
	again := finished("1", 2, submission.Accepted)
	again.FinishedAt = start.Add(5 * time.Minute)
	cancelled := running(finished("2", 1, submission.Accepted))
	cancelled.State, cancelled.FinishedAt = submission.Cancelled, start.Add(time.Minute)

	f := foldOf(failed, cancelled)
	want(t, "feedback without a result", counts(f.FeedbackTimes()), map[string]string{})
	f.Apply(&again)
	want(t, "feedback at the first result", counts(f.FeedbackTimes()), map[string]string{"algo": "1 in 300s"})
	want(t, "checks", values(f.Checks()), map[string]float64{"algo/hw1/internal_error": 1, "algo/hw1/accepted": 1})
	want(t, "running", values(f.ChecksRunning()), map[string]float64{})
}

func TestRule4ImpossibleDurationIsNotObserved(t *testing.T) {
	r := finished("1", 1, submission.Accepted)
	r.StartedAt, r.FinishedAt = start.Add(-time.Second), start.Add(-2*time.Second)
	f := foldOf(r)
	want(t, "checks", values(f.Checks()), map[string]float64{"algo/hw1/accepted": 1})
	want(t, "queue waits", counts(f.QueueWaits()), map[string]string{})
	want(t, "durations", counts(f.CheckDurations()), map[string]string{})
	want(t, "feedback", counts(f.FeedbackTimes()), map[string]string{})
}

func TestRule8ZeroIsSaid(t *testing.T) {
	f := foldOf()
	f.Describe(&submission.Catalogue{
		Courses:     []submission.Course{{Course: "algo", Title: "Algorithms", Term: "2026"}},
		Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: start}},
	})
	for name, c := range map[string]struct {
		vector Vector
		series int
	}{
		"submissions": {f.Submissions(), 1}, "late": {f.LateSubmissions(), 1}, "hours of the week": {f.SubmissionsByHour(), 7 * 24},
		"checks": {f.Checks(), len(submission.Verdicts())}, "re-checks": {f.Rechecks(), 1},
		"day": {f.DaySubmissions(), 1}, "last day": {f.LastDaySubmissions(), 1}, "active": {f.ActiveStudents(), len(windows)},
	} {
		series := 0
		for _, value := range c.vector {
			series++
			if value != 0 {
				t.Errorf("%s: a value is %v before the first event, want 0", name, value)
			}
		}
		if series != c.series {
			t.Errorf("%s: %d series before the first event, want %d", name, series, c.series)
		}
	}
	for labels, h := range f.QueueWaits() {
		if h.Count != 0 || len(h.Classic) != len(h.Bounds) || labels[0] != "algo" {
			t.Errorf("queue wait of %v before the first event: %+v", labels, h)
		}
	}
}

func TestQueueGaugesFollowTheLatestRecord(t *testing.T) {
	one, two := finished("1", 1, submission.Accepted), finished("2", 1, submission.Accepted)
	two.QueuedAt = start.Add(time.Minute)
	f := foldOf(queued(one), queued(two))
	want(t, "two wait", values(f.QueueLength()), map[string]float64{"algo": 2})
	want(t, "since the first came", values(f.QueueOldestWait()), map[string]float64{"": 3600})

	first := running(one)
	f.Apply(&first)
	want(t, "one waits", values(f.QueueLength()), map[string]float64{"algo": 1})
	want(t, "since the second came", values(f.QueueOldestWait()), map[string]float64{"": 3540})
	want(t, "one runs", values(f.ChecksRunning()), map[string]float64{"algo": 1})

	again := queued(one)
	again.QueuedAt, again.UpdatedAt = start.Add(2*time.Minute), start.Add(2*time.Minute)
	f.Apply(&again)
	want(t, "put back into the queue", values(f.QueueLength()), map[string]float64{"algo": 2})
	want(t, "none runs", values(f.ChecksRunning()), map[string]float64{})

	readAgain(f, again)
	want(t, "a deleted row does not wait", values(f.QueueLength()), map[string]float64{"algo": 1})
	want(t, "the other waits since it came back", values(f.QueueOldestWait()), map[string]float64{"": 3480})
	want(t, "what was counted stays", values(f.Submissions()), map[string]float64{"algo/hw1": 2})

	back := queued(two)
	f.Apply(&back)
	want(t, "a row that is there again waits again", values(f.QueueLength()), map[string]float64{"algo": 2})

	later := queued(two)
	later.QueuedAt, later.UpdatedAt = start.Add(30*time.Minute), start.Add(30*time.Minute)
	f.Apply(&later)
	readAgain(f, later)
	want(t, "queued anew, it waits since then", values(f.QueueOldestWait()), map[string]float64{"": 1800})
	settle(f, start.Add(time.Hour-clockTolerance))
	want(t, "the clock stands still", values(f.QueueOldestWait()), map[string]float64{"": 1800})
	f.Advance(start.Add(2 * time.Hour))
	want(t, "what is not read does not wait longer", values(f.QueueOldestWait()), map[string]float64{"": 1800})
	readAgain(f)
	want(t, "none waits", values(f.QueueOldestWait()), map[string]float64{})
}

func TestLateIsAfterTheOwnDeadlineOrElseTheAssignments(t *testing.T) {
	for name, c := range map[string]struct {
		own, assignment time.Time
		late            map[string]float64
	}{
		"no deadline":                    {time.Time{}, time.Time{}, map[string]float64{}},
		"at the deadline":                {time.Time{}, start, map[string]float64{}},
		"after the assignment's":         {time.Time{}, start.Add(-time.Microsecond), map[string]float64{"algo/hw1": 1}},
		"in time thanks to an extension": {start.Add(time.Hour), start.Add(-time.Hour), map[string]float64{}},
		"after the own":                  {start.Add(-time.Hour), start.Add(time.Hour), map[string]float64{"algo/hw1": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			f := foldOf()
			f.Describe(&submission.Catalogue{Assignments: []submission.Assignment{
				{Course: "algo", Assignment: "hw1", DeadlineAt: c.assignment}}})
			r := finished("1", 1, submission.Accepted)
			r.DeadlineAt = c.own
			f.Apply(&r)
			want(t, "late", values(f.LateSubmissions()), c.late)
		})
	}
}

// TestLateIsDecidedOnce: a deadline that is moved later changes what is shown of it, and not what was counted.
func TestLateIsDecidedOnce(t *testing.T) {
	f := foldOf()
	catalogue := func(deadline time.Time) *submission.Catalogue {
		return &submission.Catalogue{
			Courses:     []submission.Course{{Course: "algo", Title: "Algorithms", Term: "2026"}},
			Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", Title: "Sorting", DeadlineAt: deadline}},
		}
	}
	f.Describe(catalogue(start.Add(-time.Hour)))
	r := finished("1", 1, submission.Accepted)
	f.Apply(&r)
	f.Describe(catalogue(start.Add(time.Hour)))
	want(t, "late", values(f.LateSubmissions()), map[string]float64{"algo/hw1": 1})
	want(t, "deadline", values(f.Deadlines()), map[string]float64{"algo/hw1": float64(start.Add(time.Hour).Unix())})
	want(t, "courses", values(f.Courses()), map[string]float64{"algo/Algorithms/2026": 1})

	f.Describe(&submission.Catalogue{})
	want(t, "no deadline any more", values(f.Deadlines()), map[string]float64{})
	want(t, "the course stays", values(f.Courses()), map[string]float64{"algo//": 1})
	want(t, "the assignment stays", values(f.Assignments()), map[string]float64{"algo/hw1/": 1})
}

func TestHoursAndLanguages(t *testing.T) {
	zone := time.FixedZone("", 14*60*60) // there it is Tuesday already
	f := newFold(zone)
	r := finished("1", 1, submission.Accepted)
	f.Apply(&r)
	r = finished("2", 1, submission.Accepted)
	r.Language = "go"
	f.Apply(&r)
	want(t, "hours", values(f.SubmissionsByHour()), map[string]float64{"algo/2/00": 2})
	want(t, "languages", values(f.SubmissionsByLanguage()), map[string]float64{"algo/go": 1, "algo/unknown": 1})
}

// TestRule3TotalsDoNotDependOnTheOrder folds random records of a source that only appends, in random order and with
// repetitions, and compares with a plain count.
func TestRule3TotalsDoNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var history []submission.Record
		n := rapid.IntRange(1, 20).Draw(t, "submissions")
		checks, rechecks, submissions, waits := map[string]float64{}, map[string]float64{}, map[string]float64{}, 0
		for id := range n {
			hw := rapid.SampledFrom([]string{"hw1", "hw2"}).Draw(t, "assignment")
			submissions["algo/"+hw]++
			for number := range rapid.IntRange(1, 3).Draw(t, "checks") {
				r := finished(fmt.Sprint(id), number+1, submission.Verdict(rapid.IntRange(1, int(submission.Other)).Draw(t, "verdict")))
				r.Assignment = hw
				versions := []submission.Record{queued(r), running(r), r}
				seen := rapid.IntRange(1, 3).Draw(t, "versions")
				history = append(history, versions[:seen]...)
				if seen > 1 {
					waits++
				}
				if seen == 3 {
					checks["algo/"+hw+"/"+r.Verdict.String()]++
					if number > 0 {
						rechecks["algo/"+hw]++
					}
				}
			}
		}
		for range rapid.IntRange(0, 10).Draw(t, "repetitions") {
			history = append(history, rapid.SampledFrom(history).Draw(t, "repeated"))
		}
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0)).Shuffle(len(history), func(i, j int) {
			history[i], history[j] = history[j], history[i]
		})
		f := foldOf(history...)
		for what, pair := range map[string][2]map[string]float64{
			"submissions": {values(f.Submissions()), submissions}, "checks": {values(f.Checks()), checks},
			"re-checks": {values(f.Rechecks()), rechecks},
		} {
			if !maps.Equal(pair[0], pair[1]) {
				t.Fatalf("%s: got %v, want %v", what, pair[0], pair[1])
			}
		}
		for _, h := range f.QueueWaits() {
			if int(h.Count) != waits || h.Sum() != float64(10*waits) {
				t.Fatalf("queue waits: %d in %v s, want %d of 10 s", h.Count, h.Sum(), waits)
			}
		}
		var waiting, checking int
		last := map[string]submission.Record{}
		for _, r := range history {
			id := fmt.Sprint(r.SubmissionID, "/", r.CheckNumber)
			if r.State >= last[id].State {
				last[id] = r
			}
		}
		for r := range maps.Values(last) {
			switch r.State {
			case submission.Queued:
				waiting++
			case submission.Running:
				checking++
			}
		}
		if got := values(f.QueueLength())["algo"]; got != float64(waiting) {
			t.Fatalf("queue length %v, want %d", got, waiting)
		}
		if got := values(f.ChecksRunning())["algo"]; got != float64(checking) {
			t.Fatalf("running %v, want %d", got, checking)
		}
	})
}

// TestRule1TheEpochIsNoStart: it is what some services write for a time that is not known.
func TestRule1TheEpochIsNoStart(t *testing.T) {
	r := finished("1", 1, submission.Accepted)
	r.QueuedAt, r.StartedAt = time.UnixMicro(0), time.UnixMicro(0)
	f := foldOf(r, r, r)
	want(t, "queue waits", counts(f.QueueWaits()), map[string]string{})
}

// TestAnOlderVersionDoesNotChangeSinceWhenACheckWaits: it was running before it was put back into the queue.
func TestAnOlderVersionDoesNotChangeSinceWhenACheckWaits(t *testing.T) {
	older, waiting := running(finished("1", 1, submission.Accepted)), queued(finished("1", 1, submission.Accepted))
	waiting.QueuedAt, waiting.UpdatedAt = start.Add(time.Minute), start.Add(time.Minute)
	f := foldOf(waiting, older)
	want(t, "oldest wait", values(f.QueueOldestWait()), map[string]float64{"": 3540})
}

// TestRule6AReassignedSubmissionIsFollowed, while counters keep where it was counted.
func TestRule6AReassignedSubmissionIsFollowed(t *testing.T) {
	before, after := queued(finished("1", 1, submission.Accepted)), finished("1", 1, submission.Accepted)
	after.Course, after.Assignment, after.Student = "logic", "hw2", "bob"
	f := foldOf(before, after)
	f.Advance(start.Add(2 * time.Hour))
	want(t, "queue length", values(f.QueueLength()), map[string]float64{})
	want(t, "students", values(f.AssignmentStudents()), map[string]float64{
		"logic/hw2/attempted": 1, "logic/hw2/scored": 1, "logic/hw2/solved": 1, "logic/hw2/solved_first_attempt": 1,
	})
	want(t, "today", values(f.DaySubmissions()), map[string]float64{"logic": 1})
	want(t, "submissions", values(f.Submissions()), map[string]float64{"algo/hw1": 1})
}

// TestRule6TheNewestRecordSaysWhoseASubmissionIs, whatever is read last.
func TestRule6TheNewestRecordSaysWhoseASubmissionIs(t *testing.T) {
	newest, late := finished("1", 1, submission.WrongAnswer), finished("1", 2, submission.WrongAnswer)
	late.Assignment, late.Student, late.UpdatedAt = "hw2", "bob", newest.UpdatedAt.Add(-time.Second)
	f := foldOf(newest, late)
	f.Advance(start.Add(2 * time.Hour))
	want(t, "students", values(f.AssignmentStudents()), map[string]float64{"algo/hw1/attempted": 1})
}

// TestRule6OfSeveralRowsTheOneThatStaysIsFollowed, at the latest two reconciliations after the others are gone.
func TestRule6OfSeveralRowsTheOneThatStaysIsFollowed(t *testing.T) {
	stays, goes := finished("1", 1, submission.WrongAnswer), finished("1", 1, submission.Accepted)
	goes.UpdatedAt = stays.UpdatedAt.Add(time.Second)
	f := foldOf(stays, goes)
	readAgain(f, stays, goes)
	before := values(f.Rechecks())
	readAgain(f, stays, goes)
	want(t, "re-checks after another reconciliation", values(f.Rechecks()), before)
	readAgain(f, stays)
	readAgain(f, stays)
	f.Advance(start.Add(2 * time.Hour))
	want(t, "students", values(f.AssignmentStudents()), map[string]float64{"algo/hw1/attempted": 1})
}

// TestMemoryOfAStuckStudentDoesNotGrow with the changes of its rows.
func TestMemoryOfAStuckStudentDoesNotGrow(t *testing.T) {
	f := foldOf()
	for i := range 1000 {
		r := finished(fmt.Sprint(i%stuckAttempts), 1, submission.WrongAnswer)
		r.UpdatedAt = start.Add(time.Duration(i) * time.Millisecond)
		f.Apply(&r)
		f.Advance(f.clock.Add(time.Millisecond))
	}
	if got := len(f.measures.progress.expiry); got != 1 {
		t.Errorf("%d expiries are kept for one student", got)
	}
}

// TestAJournalCostsHardlyAnAllocation: each change of a check is an entry.
func TestAJournalCostsHardlyAnAllocation(t *testing.T) {
	f := foldOf()
	f.Journal = func([]byte) {}
	r := finished("1", 1, submission.Accepted)
	for i := range 10 {
		r.Tests = append(r.Tests, submission.Test{Name: fmt.Sprint(i), Outcome: submission.Passed})
	}
	got := testing.AllocsPerRun(100, func() {
		r.UpdatedAt = r.UpdatedAt.Add(time.Second)
		f.Apply(&r)
	})
	if got > 5 {
		t.Errorf("a change takes %v allocations, want a handful", got)
	}
}

// TestASaveOnlyReads: what is saved may be looked at meanwhile. It is the race detector that would complain.
func TestASaveOnlyReads(t *testing.T) {
	f := foldOf()
	for i := range 5000 {
		r := finished(fmt.Sprint(i), 1, submission.WrongAnswer)
		f.Apply(&r)
	}
	var lock sync.Mutex
	var group sync.WaitGroup
	group.Go(func() {
		lock.Lock()
		defer lock.Unlock()
		f.Advance(start.Add(2 * time.Hour))
		want(t, "students", values(f.AssignmentStudents()), map[string]float64{"algo/hw1/attempted": 1, "algo/hw1/stuck": 1})
	})
	if err := f.Save(io.Discard, &lock); err != nil {
		t.Error(err)
	}
	group.Wait()
}

// TestAdvanceSaysWhatItChanges: whoever samples a fold need not look at it where nothing else has happened.
func TestAdvanceSaysWhatItChanges(t *testing.T) {
	const minute = time.Minute
	midnight := start.Truncate(24 * time.Hour).Add(24 * time.Hour)
	stuckUntil := start.Add(stuckFor)
	for name, test := range map[string]struct {
		before time.Time // up to where the clock has been before
		now    time.Time
		apply  func(*Fold)
		want   bool
	}{
		"nothing":       {start, start.Add(minute), nil, false},
		"the same time": {start, start, nil, false},
		"a little back": {start, start.Add(-minute / 2), nil, false},
		"another day":   {midnight.Add(-minute), midnight, nil, true},
		"what was ahead of the clock": {start, start.Add(minute), func(f *Fold) {
			f.Apply(sent("1", "ada", "algo", start.Add(minute/2)))
			f.Advance(start)
		}, true},
		"what is ahead still": {start, start.Add(minute), func(f *Fold) {
			f.Apply(sent("1", "ada", "algo", start.Add(2*minute)))
			f.Advance(start)
		}, false},
		"a result": {start.Add(minute), start.Add(2 * minute), func(f *Fold) {
			r := finished("1", 1, submission.Accepted)
			f.Apply(&r)
		}, true},
		"a clock far back": {start, start.Add(-time.Hour), nil, true},
		"somebody is stuck no more": {stuckUntil.Add(-minute), stuckUntil.Add(minute), func(f *Fold) {
			for i := range stuckAttempts {
				r := finished(fmt.Sprint(i), 1, submission.WrongAnswer)
				f.Apply(&r)
			}
			f.Advance(stuckUntil.Add(-minute / 2))
		}, true},
		"tests retire": {start.Add(-minute), start.Add(minute), func(f *Fold) {
			f.Describe(&submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: start.Add(-shownFor)}}})
		}, true},
		"tests have retired": {start.Add(minute), start.Add(2 * minute), func(f *Fold) {
			f.Describe(&submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: start.Add(-shownFor)}}})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFold(time.UTC)
			f.Advance(test.before)
			if test.apply != nil {
				test.apply(f)
			}
			if got := f.Advance(test.now); got != test.want {
				t.Errorf("Advance says %v, want %v", got, test.want)
			}
		})
	}
}

func TestOriginIsTheFirstSubmission(t *testing.T) {
	later, earlier := finished("1", 1, submission.Accepted), finished("2", 1, submission.Accepted)
	earlier.SubmittedAt = start.Add(-time.Hour)
	if got := foldOf(later, earlier).Origin(); !got.Equal(earlier.SubmittedAt) {
		t.Errorf("origin %v, want %v", got, earlier.SubmittedAt)
	}
	if got := foldOf().Origin(); !got.IsZero() {
		t.Errorf("an empty fold has the origin %v", got)
	}
}
