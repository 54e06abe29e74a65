package analytics

import (
	"slices"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// TestMissedOnceAndOverdueUntilTheFirstResult counts whatever happens in whatever polls.
func TestMissedOnceAndOverdueUntilTheFirstResult(t *testing.T) {
	const due = FeedbackObjective
	at := func(r submission.Record, after time.Duration) submission.Record {
		r.FinishedAt, r.UpdatedAt = r.SubmittedAt.Add(after), r.SubmittedAt.Add(after)
		return r
	}
	r := finished("1", 1, submission.Accepted)
	waiting, soon, late := queued(r), at(r, due), at(r, due+time.Microsecond)
	failed, again := finished("1", 1, submission.InternalError), finished("1", 2, submission.WrongAnswer)
	untimed := r
	untimed.FinishedAt = time.Time{}
	calledOffLate, calledOffSoon := at(calledOff(r), due+time.Microsecond), at(calledOff(r), due)
	touched := calledOffSoon
	touched.FinishedAt, touched.UpdatedAt = time.Time{}, start.Add(30*24*time.Hour)
	untimedCall := calledOffSoon
	untimedCall.FinishedAt = time.Time{}
	type poll struct {
		at   time.Duration
		read []submission.Record
	}
	type polls []poll
	for name, test := range map[string]struct {
		polls           polls
		missed, overdue float64
	}{
		"within the objective":                       {polls{{due, of(waiting)}}, 0, 0},
		"beyond it":                                  {polls{{due + time.Microsecond, of(waiting)}}, 1, 1},
		"running":                                    {polls{{time.Hour, of(running(r))}}, 1, 1},
		"a result in time":                           {polls{{0, of(waiting)}, {due, of(soon)}}, 0, 0},
		"a result too late":                          {polls{{0, of(waiting)}, {due, of(late)}}, 1, 0},
		"once, when its result comes":                {polls{{time.Hour, of(waiting)}, {2 * time.Hour, of(late)}}, 1, 0},
		"a result in time that is read later":        {polls{{time.Hour, of(waiting)}, {2 * time.Hour, of(soon)}}, 0, 0},
		"all read at once":                           {polls{{time.Hour, of(late)}}, 1, 0},
		"a result of which no record says when":      {polls{{time.Hour, of(untimed)}}, 0, 0},
		"after the infrastructure failed":            {polls{{time.Hour, of(failed)}}, 1, 1},
		"when the next check has a result":           {polls{{time.Hour, of(failed, again)}}, 0, 0},
		"with a re-check on its way":                 {polls{{time.Hour, of(r, queued(again))}}, 0, 0},
		"cancelled in time":                          {polls{{time.Hour, of(calledOffSoon)}}, 0, 0},
		"cancelled too late":                         {polls{{time.Hour, of(calledOffLate)}}, 1, 0},
		"cancelled while it is overdue":              {polls{{time.Hour, of(waiting)}, {2 * time.Hour, of(at(calledOff(r), time.Hour))}}, 1, 0},
		"cancelled, and no record says when":         {polls{{time.Hour, of(waiting)}, {2 * time.Hour, of(untimedCall)}}, 0, 0},
		"cancelled in time and touched":              {polls{{due, of(untimedCall)}, {2 * time.Hour, of(touched)}}, 0, 0},
		"cancelled and checked again":                {polls{{time.Hour, of(calledOffSoon, queued(again))}}, 1, 1},
		"cancelled late, and one of it has a result": {polls{{2 * time.Hour, of(calledOffLate, again)}}, 0, 0},
		"cancelled late, and checked again at once":  {polls{{2 * time.Hour, of(calledOffLate, queued(again))}}, 1, 1},
		"cancelled late, and checked again":          {polls{{2 * time.Hour, of(calledOffLate)}, {3 * time.Hour, of(queued(again))}}, 1, 1},
		"and has a late result then":                 {polls{{2 * time.Hour, of(calledOffLate)}, {3 * time.Hour, of(at(again, 3*time.Hour))}}, 1, 0},
		"given up":                                   {polls{{time.Hour, of(waiting)}, {givenUpAfter, nil}}, 1, 0},
		"nearly given up":                            {polls{{givenUpAfter - time.Microsecond, of(waiting)}}, 1, 1},
		"given up, and cancelled then":               {polls{{givenUpAfter, of(waiting)}, {2 * givenUpAfter, of(at(calledOff(r), givenUpAfter))}}, 1, 0},
		"given up, and a result in time is found":    {polls{{givenUpAfter, of(waiting)}, {2 * givenUpAfter, of(soon)}}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFold(time.UTC)
			for _, p := range test.polls {
				f.Advance(start.Add(p.at))
				for _, r := range p.read {
					f.Apply(&r)
				}
				f.Conclude(start.Add(p.at))
			}
			f.Advance(start.Add(3 * givenUpAfter)) // what is not read is not known
			if got := values(f.FeedbackMissed())["algo"]; got != test.missed {
				t.Errorf("%v are missed, want %v", got, test.missed)
			}
			if got := values(f.FeedbackOverdue())["algo"]; got != test.overdue {
				t.Errorf("%v are overdue, want %v", got, test.overdue)
			}
		})
	}
}

func of(records ...submission.Record) []submission.Record { return records }

// TestWhatIsMissedStaysMissed also where its course is another one now, or it is deleted.
func TestWhatIsMissedStaysMissed(t *testing.T) {
	r := finished("1", 1, submission.Accepted)
	r.FinishedAt, r.UpdatedAt = start.Add(time.Hour), start.Add(time.Hour)
	f := newFold(time.UTC)
	f.Apply(&r)
	settle(f, start.Add(time.Hour))
	r.Course, r.UpdatedAt = "calculus", start.Add(2*time.Hour)
	f.Apply(&r)
	settle(f, start.Add(2*time.Hour))
	want(t, "late where it was sent to", values(f.FeedbackMissed()), map[string]float64{"algo": 1})
	readAgain(f)
	settle(f, start.Add(3*time.Hour))
	want(t, "deleted", values(f.FeedbackMissed()), map[string]float64{"algo": 1})
}

func TestWhatIsDeletedWhileItIsOverdueIsMissed(t *testing.T) {
	one, two := queued(finished("1", 1, submission.Accepted)), queued(finished("2", 1, submission.Accepted))
	two.SubmittedAt = start.Add(time.Hour)
	again := queued(finished("1", 2, submission.Accepted))
	f := newFold(time.UTC)
	for _, r := range []submission.Record{one, again, two} {
		f.Apply(&r)
	}
	settle(f, start.Add(time.Hour))
	readAgain(f, one, two)
	want(t, "one of two checks is deleted", values(f.FeedbackMissed()), map[string]float64{"algo": 1})
	readAgain(f)
	want(t, "the other one too, and what is not overdue", values(f.FeedbackMissed()), map[string]float64{"algo": 1})
	want(t, "nobody waits", values(f.FeedbackOverdue()), map[string]float64{})
}

func TestTheObjectiveIsABoundOfTheBuckets(t *testing.T) {
	if !slices.Contains(waitBounds, FeedbackObjective.Seconds()) {
		t.Errorf("%s is none of %v", FeedbackObjective, waitBounds)
	}
}
