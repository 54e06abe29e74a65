package analytics

import (
	"slices"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

func TestFeedbackIsOverdueUntilTheFirstResult(t *testing.T) {
	r := finished("1", 1, submission.Accepted)
	failed := finished("1", 1, submission.InternalError)
	again := finished("1", 2, submission.WrongAnswer)
	due, late := calledOff(r), calledOff(r)
	due.FinishedAt, late.FinishedAt = r.SubmittedAt.Add(FeedbackObjective), r.SubmittedAt.Add(FeedbackObjective+time.Microsecond)
	for name, test := range map[string]struct {
		history          []submission.Record
		after            time.Duration
		overdue, missing float64
	}{
		"within the objective":             {[]submission.Record{queued(r)}, FeedbackObjective, 0, 0},
		"beyond it":                        {[]submission.Record{queued(r)}, FeedbackObjective + time.Microsecond, 1, 1},
		"running":                          {[]submission.Record{running(r)}, time.Hour, 1, 1},
		"with a result":                    {[]submission.Record{queued(r), r}, time.Hour, 0, 0},
		"after the infrastructure failed":  {[]submission.Record{failed}, time.Hour, 1, 1},
		"when the next check has a result": {[]submission.Record{failed, again}, time.Hour, 0, 0},
		"with a re-check on its way":       {[]submission.Record{r, queued(again)}, time.Hour, 0, 0},
		"cancelled in time":                {[]submission.Record{due}, time.Hour, 0, 0},
		"cancelled too late":               {[]submission.Record{queued(r), late}, time.Hour, 0, 1},
		"cancelled and checked again":      {[]submission.Record{due, queued(again)}, time.Hour, 1, 1},
		"cancelled late, then checked":     {[]submission.Record{late, again}, time.Hour, 0, 0},
		"given up":                         {[]submission.Record{queued(r)}, givenUpAfter, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFold(time.UTC)
			for _, r := range test.history {
				f.Apply(&r)
			}
			f.Advance(start.Add(test.after))
			if got := values(f.FeedbackOverdue())["algo"]; got != test.overdue {
				t.Errorf("%v are overdue, want %v", got, test.overdue)
			}
			if got := values(f.FeedbackMissing())["algo"]; got != test.missing {
				t.Errorf("%v are missing, want %v", got, test.missing)
			}
		})
	}
}

func TestTheObjectiveIsABoundOfTheBuckets(t *testing.T) {
	if !slices.Contains(waitBounds, FeedbackObjective.Seconds()) {
		t.Errorf("%s is none of %v", FeedbackObjective, waitBounds)
	}
}

// TestOverdueAfterAClockThatWasAhead: what was given up by a wrong clock is waited for again.
func TestOverdueAfterAClockThatWasAhead(t *testing.T) {
	f := newFold(time.UTC)
	r := queued(finished("1", 1, submission.Accepted))
	f.Apply(&r)
	f.Advance(start.Add(2 * givenUpAfter))
	want(t, "overdue", values(f.FeedbackOverdue()), map[string]float64{})
	f.Advance(start.Add(time.Hour))
	want(t, "overdue", values(f.FeedbackOverdue()), map[string]float64{"algo": 1})
}
