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
	for name, test := range map[string]struct {
		history []submission.Record
		after   time.Duration
		want    float64
	}{
		"within the objective":             {[]submission.Record{queued(r)}, FeedbackObjective, 0},
		"beyond it":                        {[]submission.Record{queued(r)}, FeedbackObjective + time.Microsecond, 1},
		"running":                          {[]submission.Record{running(r)}, time.Hour, 1},
		"with a result":                    {[]submission.Record{queued(r), r}, time.Hour, 0},
		"after the infrastructure failed":  {[]submission.Record{failed}, time.Hour, 1},
		"when the next check has a result": {[]submission.Record{failed, again}, time.Hour, 0},
		"with a re-check on its way":       {[]submission.Record{r, queued(again)}, time.Hour, 0},
		"cancelled":                        {[]submission.Record{calledOff(r)}, time.Hour, 0},
		"cancelled and checked again":      {[]submission.Record{calledOff(r), queued(again)}, time.Hour, 1},
		"given up":                         {[]submission.Record{queued(r)}, givenUpAfter, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFold(time.UTC)
			for _, r := range test.history {
				f.Apply(&r)
			}
			f.Advance(start.Add(test.after))
			if got := values(f.FeedbackOverdue())["algo"]; got != test.want {
				t.Errorf("%v are overdue, want %v", got, test.want)
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
