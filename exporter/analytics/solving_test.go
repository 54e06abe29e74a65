package analytics

import (
	"fmt"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// at is a check of a submission that a student sent so many minutes after start, and that ended at once.
func at(id, student string, minutes int, verdict submission.Verdict) submission.Record {
	r := finished(id, 1, verdict)
	sent := start.Add(time.Duration(minutes) * time.Minute)
	r.Student, r.SubmittedAt, r.QueuedAt, r.StartedAt, r.FinishedAt, r.UpdatedAt = student, sent, sent, sent, sent, sent
	return r
}

func TestTheWayToASolution(t *testing.T) {
	wrong, right := at("1", "ada", 0, submission.WrongAnswer), at("2", "ada", 10, submission.Accepted)
	slow := at("3", "ada", 5, submission.WrongAnswer) // whose result comes after that of the next one
	slow.FinishedAt, slow.UpdatedAt = start.Add(15*time.Minute), start.Add(15*time.Minute)
	tooSlow := slow
	tooSlow.FinishedAt, tooSlow.UpdatedAt = start.Add(21*time.Minute), start.Add(21*time.Minute)
	corrected := right
	corrected.Verdict, corrected.UpdatedAt = submission.WrongAnswer, start.Add(time.Hour)
	raised := wrong
	raised.CheckNumber, raised.Verdict, raised.UpdatedAt, raised.FinishedAt = 2, submission.Accepted, start.Add(time.Hour), start.Add(time.Hour)
	touched := right
	touched.UpdatedAt = start.Add(time.Hour)
	failed := at("4", "ada", 3, submission.InternalError)
	for name, test := range map[string]struct {
		history        []submission.Record
		attempts, took string
	}{
		"attempts before count":         {[]submission.Record{wrong, right}, "1 in 2s", "1 in 600s"},
		"whatever the order":            {[]submission.Record{right, wrong}, "1 in 2s", "1 in 600s"},
		"also those that were slow":     {[]submission.Record{wrong, right, slow}, "1 in 3s", "1 in 600s"},
		"but not too slow":              {[]submission.Record{wrong, right, tooSlow}, "1 in 2s", "1 in 600s"},
		"the infrastructure's do not":   {[]submission.Record{wrong, failed, right}, "1 in 2s", "1 in 600s"},
		"a later correction is none":    {[]submission.Record{wrong, right, corrected}, "1 in 2s", "1 in 600s"},
		"nor is a later re-check":       {[]submission.Record{wrong, right, raised}, "1 in 2s", "1 in 600s"},
		"nor a touch":                   {[]submission.Record{wrong, touched}, "1 in 2s", "1 in 600s"},
		"one that solves by a re-check": {[]submission.Record{wrong, raised}, "1 in 1s", "1 in 0s"},
		"who has not solved has no way": {[]submission.Record{wrong, slow}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := foldOf(test.history...)
			settle(f, start.Add(2*time.Hour))
			if got := counts(f.AttemptsToSolve())["algo/hw1"]; got != test.attempts {
				t.Errorf("attempts are %q, want %q", got, test.attempts)
			}
			if got := counts(f.TimesToSolve())["algo/hw1"]; got != test.took {
				t.Errorf("times are %q, want %q", got, test.took)
			}
		})
	}
}

// TestASubmissionThatMovesComesTooLate: what a student had solved before somebody else's submission became the student's own is
// measured before, whether the records are read as they come or all at once.
func TestASubmissionThatMovesComesTooLate(t *testing.T) {
	moved := at("0", "ann", 0, submission.Accepted)
	history := []submission.Record{moved, at("1", "bob", 5, submission.WrongAnswer), at("2", "bob", 15, submission.Accepted)}
	moved.CheckNumber, moved.Student, moved.UpdatedAt = 2, "bob", start.Add(5*time.Hour)
	history = append(history, moved)
	live, anew := newFold(time.UTC), newFold(time.UTC)
	for _, r := range history {
		settle(live, r.UpdatedAt)
		live.Apply(&r)
		anew.Apply(&r)
	}
	for _, f := range []*Fold{live, anew} {
		settle(f, start.Add(24*time.Hour))
		want(t, "attempts", counts(f.AttemptsToSolve()), map[string]string{"algo/hw1": "2 in 3s"})
	}
}

// foretell is a fold with ten students, two assignments that are due 24 hours after each other, and submissions to the first one.
func foretell(due time.Time, sent ...time.Time) *Fold {
	f := newFold(time.UTC)
	f.Describe(&submission.Catalogue{
		Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: due}, {Course: "algo", Assignment: "hw2", DeadlineAt: due.Add(24 * time.Hour)}},
		Enrolments:  []submission.Enrolment{{Course: "algo", Students: 10}},
	})
	for i, at := range sent {
		r := finished(fmt.Sprint(i), 1, submission.WrongAnswer)
		r.SubmittedAt = at
		f.Apply(&r)
	}
	return f
}

func TestExpectedSubmissions(t *testing.T) {
	due := start.Add(48 * time.Hour)
	for name, test := range map[string]struct {
		sent []time.Time
		now  time.Time
		want map[string]float64
	}{
		"in time": {[]time.Time{due.Add(-30 * time.Minute), due.Add(-3 * time.Hour)}, due.Add(2 * time.Hour),
			map[string]float64{"algo/1d": 2, "algo/7d": 2}},
		"in the last hour": {[]time.Time{due.Add(-30 * time.Minute)}, due.Add(23*time.Hour + time.Minute),
			map[string]float64{"algo/1h": 1, "algo/1d": 1, "algo/7d": 1}},
		"late ones are not":     {[]time.Time{due.Add(30 * time.Minute)}, due.Add(2 * time.Hour), map[string]float64{}},
		"while nothing is past": {[]time.Time{due.Add(-time.Hour)}, due.Add(-time.Minute), map[string]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			f := foretell(due, test.sent...)
			f.Advance(test.now)
			want(t, "expected", values(f.ExpectedSubmissions()), test.want)
		})
	}
}

// TestExpectedAfterAClockThatWasAhead: a deadline that was past by a wrong clock is to come again.
func TestExpectedAfterAClockThatWasAhead(t *testing.T) {
	due := start.Add(48 * time.Hour)
	f := foretell(due, due.Add(-time.Hour))
	f.Advance(start.AddDate(1, 0, 0))
	want(t, "expected", values(f.ExpectedSubmissions()), map[string]float64{})
	f.Advance(due.Add(2 * time.Hour))
	want(t, "expected", values(f.ExpectedSubmissions()), map[string]float64{"algo/1d": 1, "algo/7d": 1})
}

// TestADeadlineAtTheEpoch, which is how some services write that there is none, is survived.
func TestADeadlineAtTheEpoch(t *testing.T) {
	f := foretell(time.Unix(0, 0), time.Unix(0, 0))
	f.Advance(start)
	want(t, "expected", values(f.ExpectedSubmissions()), map[string]float64{})
}

// TestALateSubmissionDoesNotHaveAllFoundOutAnew: what students did before past deadlines is not looked through for it.
func TestALateSubmissionDoesNotHaveAllFoundOutAnew(t *testing.T) {
	due := start.Add(48 * time.Hour)
	f := foretell(due, due.Add(-time.Hour))
	f.Advance(due.Add(2 * time.Hour))
	f.ExpectedSubmissions()
	for _, test := range []struct {
		sent time.Time
		anew bool
	}{{due.Add(time.Hour), false}, {due.Add(-2 * time.Hour), true}} {
		r := finished(test.sent.String(), 1, submission.WrongAnswer)
		r.SubmittedAt = test.sent
		f.Apply(&r)
		if got := f.measures.forecast.behaviour == nil; got != test.anew {
			t.Errorf("after a submission of %s it is found out anew: %v, want %v", test.sent, got, test.anew)
		}
		f.ExpectedSubmissions()
	}
}
