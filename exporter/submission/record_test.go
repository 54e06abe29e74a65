package submission

import (
	"testing"
	"time"
)

func TestOnlyWhatSaysSomethingAboutTheStudentIsAResult(t *testing.T) {
	for _, verdict := range Verdicts() {
		want := verdict != InternalError
		if got := (&Record{State: Finished, Verdict: verdict}).HasResult(); got != want {
			t.Errorf("finished with %s: result %v, want %v", verdict, got, want)
		}
	}
	for _, state := range []State{Queued, Running, Cancelled} {
		if (&Record{State: state}).HasResult() {
			t.Errorf("%s has a result", state)
		}
	}
}

func TestLateIsAfterTheDeadline(t *testing.T) {
	own := decode(t, object(map[string]string{"deadline_at": `"2026-09-01T11:00:00Z"`}))
	for name, test := range map[string]struct {
		deadline time.Time
		want     bool
	}{
		"a moment after":  {own.SubmittedAt.Add(-time.Microsecond), true},
		"to the moment":   {own.SubmittedAt, false},
		"a moment before": {own.SubmittedAt.Add(time.Microsecond), false},
		"no deadline":     {time.Time{}, false},
		"an extension":    {own.DeadlineAt, false},
	} {
		if got := own.Late(test.deadline); got != test.want {
			t.Errorf("%s: late %v, want %v", name, got, test.want)
		}
	}
}
