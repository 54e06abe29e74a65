package demo_test

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source/demo"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// never is the end of a fault that lasts for ever.
var never time.Time

// everyFault is all kinds of faults that change records, from begin to end.
func everyFault(begin, end time.Time) []demo.Fault {
	var all []demo.Fault
	for _, kind := range demo.Kinds() {
		if kind != demo.DatabaseGone {
			all = append(all, demo.Fault{Kind: kind, Begin: begin, End: end})
		}
	}
	return all
}

// faulty is the usual semester with one fault that does not end.
func faulty(kind demo.Kind, begin time.Time) demo.Options {
	return with(usual, demo.Fault{Kind: kind, Begin: begin})
}

// with is a semester with faults.
func with(options demo.Options, faults ...demo.Fault) demo.Options {
	options.Faults = faults
	return options
}

var (
	noon      = local(2026, time.October, 14, 12, 0)
	weekAfter = noon.AddDate(0, 0, 7)
)

func TestNothingChangesBeforeAFaultBegins(t *testing.T) {
	before := noon.Add(-time.Millisecond)
	sound := visible(t, small, before)
	for _, kind := range demo.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			for _, end := range []time.Time{never, noon.Add(time.Hour)} {
				compareRecords(t, visible(t, with(small, demo.Fault{Kind: kind, Begin: noon, End: end}), before), sound)
			}
		})
	}
}

func TestNothingChangesBeforeAFaultEnds(t *testing.T) {
	end := weekAfter
	for _, fault := range everyFault(noon, end) {
		t.Run(string(fault.Kind), func(t *testing.T) {
			before := end.Add(-time.Millisecond)
			lasting := fault
			lasting.End = never
			compareRecords(t, visible(t, with(small, fault), before), visible(t, with(small, lasting), before))
		})
	}
}

func TestAFaultWithoutATimeBeginsWhenTheSourceIsOpened(t *testing.T) {
	s, c := open(t, with(small, demo.Fault{Kind: demo.SlowQueue}), noon)
	c.Time = weekAfter
	got := newJournal()
	poll(t, s, got)
	compareRecords(t, got, visible(t, with(small, demo.Fault{Kind: demo.SlowQueue, Begin: noon}), weekAfter))
}

func TestAFaultShowsInEachOfItsIntervalsAndNotAfterwards(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	sound := sync.OnceValue(func() *journal { return visible(t, usual, day(8)) })
	for kind, shows := range map[demo.Kind]func(checks, sound []submission.Record) bool{
		demo.SlowQueue: func(checks, sound []submission.Record) bool { return median(checks) > 2*median(sound) },
		demo.InfrastructureFailures: func(checks, _ []submission.Record) bool {
			return 10*len(failures(checks)) > len(checks)
		},
		demo.BrokenTest: func(checks, _ []submission.Record) bool { return len(neverPassed(checks)) > 0 },
		demo.StoppedWorker: func(checks, _ []submission.Record) bool {
			third := slices.DeleteFunc(slices.Clone(checks), func(r submission.Record) bool { return r.Worker != "worker-3" })
			return len(third) == 1 && len(failures(third)) == 1
		},
	} {
		t.Run(string(kind), func(t *testing.T) {
			j := visible(t, with(usual, // not in the order of time, which does not matter
				demo.Fault{Kind: kind, Begin: day(4), End: day(5)}, demo.Fault{Kind: kind, Begin: day(0), End: day(1)}), day(8))
			for n, want := range map[int]bool{-1: false, 0: true, 2: false, 4: true, 6: false} {
				in := func(r *submission.Record) bool { return !r.StartedAt.Before(day(n)) && r.StartedAt.Before(day(n+1)) }
				if checks := j.where(in); shows(checks, sound().where(in)) != want {
					t.Errorf("in the %d checks from %s on it shows: %t, want %t", len(checks), day(n), !want, want)
				}
			}
		})
	}
}

// median is the median duration of the checks with a result, in seconds.
func median(checks []submission.Record) float64 {
	var all []float64
	for _, r := range checks {
		if r.HasResult() {
			all = append(all, r.FinishedAt.Sub(r.StartedAt).Seconds())
		}
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// failures are the checks that ended as internal_error.
func failures(checks []submission.Record) []submission.Record {
	return slices.DeleteFunc(slices.Clone(checks), func(r submission.Record) bool {
		return r.Verdict != submission.InternalError
	})
}

// neverPassed are the assignments and their tests that fail in every one of many results, though others pass.
func neverPassed(checks []submission.Record) []string {
	results, passed := make(map[string]int), make(map[string]int)
	for _, r := range checks {
		for _, one := range r.Tests {
			id := r.Assignment + " " + one.Name
			if results[id]++; one.Outcome == submission.Passed {
				passed[id]++
			}
		}
	}
	var found []string
	for id, count := range results {
		if count >= 20 && passed[id] == 0 {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return found
}

func TestAStoppedWorkerNeverEndsItsCheckNorTakesAnother(t *testing.T) {
	third := func(j *journal, from time.Time) []submission.Record {
		return j.where(func(r *submission.Record) bool { return r.Worker == "worker-3" && !r.StartedAt.Before(from) })
	}
	if checks := third(visible(t, usual, weekAfter), noon); len(checks) < 100 {
		t.Errorf("without the fault worker-3 takes %d checks", len(checks))
	}
	begins := faulty(demo.StoppedWorker, noon)
	for _, at := range []time.Time{weekAfter, local(2027, time.May, 1, 12, 0)} {
		j := visible(t, begins, at)
		checks := third(j, noon)
		if len(checks) != 1 || checks[0].State != submission.Running {
			t.Fatalf("at %s worker-3 has the checks %+v", at, checks)
		}
		sooner := j.where(func(r *submission.Record) bool {
			return !r.QueuedAt.Before(noon) && r.QueuedAt.Before(checks[0].QueuedAt)
		})
		if len(sooner) > 0 {
			t.Errorf("%d checks come before the one that worker-3 takes at %s", len(sooner), checks[0].StartedAt)
		}
	}
	if checks := third(visible(t, begins, local(2027, time.September, 5, 12, 0)), time.Time{}); len(checks) != 0 {
		t.Errorf("terms later worker-3 has the checks %+v", checks)
	}
}

func TestAStoppedWorkerComesBackWhenTheFaultEnds(t *testing.T) {
	for _, test := range []struct {
		name       string
		faults     [][2]time.Time
		begin, end time.Time // of its absence
		again      bool
	}{
		{"within a term", [][2]time.Time{{noon, noon.Add(2 * time.Hour)}}, noon, noon.Add(2 * time.Hour), true},
		{"after two faults that overlap",
			[][2]time.Time{{noon.Add(time.Hour), noon.Add(3 * time.Hour)}, {noon, noon.Add(2 * time.Hour)}},
			noon, noon.Add(3 * time.Hour), true},
		{"after a term's end, while the last checks go on",
			[][2]time.Time{{local(2026, time.August, 31, 12, 0), local(2026, time.September, 1, 0, 5)}},
			local(2026, time.August, 31, 12, 0), local(2026, time.September, 1, 0, 5), true},
		{"in the next term, when the one of its check has closed",
			[][2]time.Time{{local(2026, time.August, 31, 12, 0), local(2026, time.September, 14, 12, 0)}},
			local(2026, time.August, 31, 12, 0), local(2026, time.September, 14, 12, 0), false},
		{"two terms later", [][2]time.Time{{local(2026, time.August, 31, 12, 0), local(2027, time.March, 20, 12, 0)}},
			local(2026, time.August, 31, 12, 0), local(2027, time.March, 20, 12, 0), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			options := usual
			for _, fault := range test.faults {
				options.Faults = append(options.Faults, demo.Fault{Kind: demo.StoppedWorker, Begin: fault[0], End: fault[1]})
			}
			s, c := open(t, options, test.begin)
			j := newJournal()
			third := func(from time.Time) []submission.Record {
				return j.where(func(r *submission.Record) bool { return r.Worker == "worker-3" && !r.StartedAt.Before(from) })
			}
			c.Time = test.end.Add(-time.Millisecond)
			poll(t, s, j)
			checks := third(test.begin)
			if len(checks) != 1 || checks[0].State != submission.Running {
				t.Fatalf("before the end worker-3 has the checks %+v", checks)
			}
			held := identity{checks[0].SubmissionID, checks[0].CheckNumber}
			c.Time = test.end
			poll(t, s, j)
			if r := j.records[held]; r.State != submission.Finished || r.Verdict != submission.InternalError ||
				!r.FinishedAt.Equal(test.end) {
				t.Errorf("at the end the check that worker-3 had is %+v", r)
			}
			c.Time = test.end.AddDate(0, 0, 5)
			poll(t, s, j)
			again, found := j.records[identity{held.submission, held.check + 1}]
			if found != test.again || found && (again.QueuedAt.Before(test.end) || again.State != submission.Finished) {
				t.Errorf("the check that worker-3 had is made again: %t, want %t; %+v", found, test.again, again)
			}
			if checks := third(test.end); len(checks) < 20 {
				t.Errorf("after the end worker-3 takes %d checks", len(checks))
			}
		})
	}
}

func TestABrokenTestFailsForEverybodyInTheAssignmentDueNext(t *testing.T) {
	python := "programming-in-python-2026-"
	for _, test := range []struct {
		name, course, assignment string
		begin, end               time.Time
	}{
		{"in the middle of a term", python + "autumn", "04-strings", noon, local(2026, time.October, 25, 12, 0)},
		{"after the last deadline of a term", python + "autumn", "01-first-steps",
			local(2026, time.August, 31, 12, 0), local(2026, time.September, 20, 12, 0)},
		{"before the last deadline of a term", python + "spring", "12-term-project",
			local(2026, time.August, 29, 12, 0), local(2026, time.September, 20, 12, 0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			results, accepted := make(map[string]int), make(map[string]int) // in the other assignments
			passed, failed := make(map[string]int), make(map[string]int)
			for _, r := range visible(t, faulty(demo.BrokenTest, test.begin), test.end).records {
				if r.StartedAt.Before(test.begin) || !r.HasResult() {
					continue
				}
				if r.Course != test.course || r.Assignment != test.assignment {
					results[r.Course+" "+r.Assignment]++
					if r.Verdict == submission.Accepted {
						accepted[r.Course+" "+r.Assignment]++
					}
					continue
				}
				if r.Verdict == submission.Accepted {
					t.Fatalf("accepted: %+v", r)
				}
				for _, one := range r.Tests {
					if one.Outcome == submission.Passed {
						passed[one.Name]++
					} else {
						failed[one.Name]++
					}
				}
			}
			var broken []string
			for name := range failed {
				if passed[name] == 0 {
					broken = append(broken, name)
				}
			}
			if len(broken) != 1 || failed[broken[0]] < 20 {
				t.Errorf("tests that fail for everybody: %v; passed %v, failed %v", broken, passed, failed)
			}
			for assignment, count := range results {
				if count >= 100 && accepted[assignment] == 0 {
					t.Errorf("of %d results of %s none is accepted either", count, assignment)
				}
			}
		})
	}
}

func TestEachBrokenTestHitsTheAssignmentThatIsDueNextAtItsBegin(t *testing.T) {
	week := func(n int) time.Time { return noon.AddDate(0, 0, 7*n) }
	const text, lists = "04-strings empty-input", "05-lists-and-dictionaries empty-input"
	for _, test := range []struct {
		name   string
		faults []demo.Fault
		want   map[int][]string // by week, which tests nobody passes
	}{
		{"one after the other", []demo.Fault{
			{Kind: demo.BrokenTest, Begin: week(0), End: week(1)}, {Kind: demo.BrokenTest, Begin: week(2), End: week(3)},
		}, map[int][]string{0: {text}, 1: nil, 2: {lists}, 3: nil}},
		{"one within the other", []demo.Fault{
			{Kind: demo.BrokenTest, Begin: week(0), End: week(4)}, {Kind: demo.BrokenTest, Begin: week(2), End: week(3)},
		}, map[int][]string{0: {text}, 1: {text}, 2: {text, lists}, 3: nil}},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := visible(t, with(usual, test.faults...), week(5))
			for n, want := range test.want {
				found := neverPassed(j.where(func(r *submission.Record) bool {
					return !r.StartedAt.Before(week(n)) && r.StartedAt.Before(week(n+1))
				}))
				if !slices.Equal(found, want) {
					t.Errorf("in week %d nobody passes %q, want %q", n, found, want)
				}
			}
		})
	}
}

func TestASlowQueueMakesEveryCheckTakeSeveralTimesLonger(t *testing.T) {
	durations := func(j *journal) (median, processor float64) {
		var all, cpu []float64
		for _, r := range j.where(func(r *submission.Record) bool { return r.StartedAt.After(noon) && r.HasResult() }) {
			all = append(all, r.FinishedAt.Sub(r.StartedAt).Seconds())
			cpu = append(cpu, r.CPUSeconds.Value)
		}
		slices.Sort(all)
		slices.Sort(cpu)
		return all[len(all)/2], cpu[len(cpu)/2]
	}
	sound, soundCPU := durations(visible(t, usual, weekAfter))
	slow, slowCPU := durations(visible(t, faulty(demo.SlowQueue, noon), weekAfter))
	if ratio := slow / sound; ratio < 4 || ratio > 8 {
		t.Errorf("checks take %.1f times as long", ratio)
	}
	if ratio := slowCPU / soundCPU; ratio < 0.9 || ratio > 1.1 {
		t.Errorf("checks compute %.1f times as long", ratio)
	}
}

func TestInfrastructureFailuresHitAFifthOfTheChecksMostOnWorker2(t *testing.T) {
	before, failedBefore, after, failed, second := 0, 0, 0, 0, 0
	for _, r := range visible(t, faulty(demo.InfrastructureFailures, noon), weekAfter).records {
		if r.State != submission.Finished {
			continue
		}
		bad := r.Verdict == submission.InternalError
		if r.StartedAt.Before(noon) {
			before++
			if bad {
				failedBefore++
			}
			continue
		}
		after++
		if bad {
			failed++
			if r.Worker == "worker-2" {
				second++
			}
		}
	}
	within(t, "failed before", failedBefore, before, 0, 0.006)
	within(t, "failed", failed, after, 0.15, 0.25)
	within(t, "failed on worker-2", second, failed, 0.51, 0.9)
}

func TestWhatHappensWhileTheDatabaseIsGoneIsReadAfterwards(t *testing.T) {
	begin, end := local(2026, time.August, 31, 20, 0), local(2026, time.September, 12, 12, 0) // with a term's end between
	gone := demo.Fault{Kind: demo.DatabaseGone, Begin: begin, End: end}
	for _, test := range []struct {
		name   string
		opened time.Time
	}{
		{"gone while it is read", begin.Add(-time.Millisecond)},
		{"gone from the start", begin},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, c := open(t, with(small, gone), test.opened)
			sound, soundClock := open(t, small, test.opened)
			got, want := newJournal(), newJournal()
			if test.opened.Before(begin) {
				poll(t, s, got)
				poll(t, sound, want)
				compareRecords(t, got, want)
			}
			known := len(got.versions)
			for _, at := range []time.Time{begin, begin.Add(24 * time.Hour), end.Add(-time.Millisecond)} {
				c.Time = at
				text := "demo fault database-gone: the database does not answer (it will from 2026-09-12T12:00:00+02:00 on"
				if err := s.Poll(t.Context(), got); err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("at %s error %v, want %q", at, err, text)
				}
			}
			if len(got.versions) != known || got.catalogues != want.catalogues {
				t.Errorf("%d records and %d catalogues are handed over while it is gone", len(got.versions)-known, got.catalogues)
			}
			for _, at := range []time.Time{end, end.AddDate(0, 0, 7)} {
				c.Time, soundClock.Time = at, at
				poll(t, s, got)
				poll(t, sound, want)
				compareRecords(t, got, want)
			}
			if !reflect.DeepEqual(got.catalogue, want.catalogue) {
				t.Error("the catalogue is another one")
			}
		})
	}
}

func TestADatabaseThatStaysGoneSaysSo(t *testing.T) {
	s, _ := open(t, with(small, demo.Fault{Kind: demo.DatabaseGone}), noon)
	if err := s.Poll(t.Context(), newJournal()); err == nil || !strings.Contains(err.Error(), "never will") {
		t.Errorf("error %v", err)
	}
}

func TestTheNameTellsWhatMakesOtherRecords(t *testing.T) {
	s, _ := open(t, with(small, demo.Fault{Kind: demo.DatabaseGone, Begin: noon}, demo.Fault{Kind: demo.SlowQueue, Begin: weekAfter},
		demo.Fault{Kind: demo.SlowQueue, Begin: noon, End: noon.Add(time.Hour)}), noon)
	want := "demo semester of 60 students, seed 1, slow-queue from 2026-10-14T12:00:00+02:00 to 2026-10-14T13:00:00+02:00, " +
		"slow-queue from 2026-10-21T12:00:00+02:00 on"
	if name := s.Name(); name != want {
		t.Errorf("name %q, want %q", name, want)
	}
}

func TestParseFault(t *testing.T) {
	at := time.Date(2026, 11, 2, 18, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		text string
		want demo.Fault
		err  string
	}{
		{text: "stopped-worker", want: demo.Fault{Kind: demo.StoppedWorker}},
		{text: "broken-test@2026-11-02T18:00:00Z", want: demo.Fault{Kind: demo.BrokenTest, Begin: at}},
		{text: "slow-queue@2026-11-02T19:00:00+01:00", want: demo.Fault{Kind: demo.SlowQueue, Begin: at}},
		{text: "database-gone@2026-11-02T18:00:00Z/2026-11-02T20:00:00+01:00",
			want: demo.Fault{Kind: demo.DatabaseGone, Begin: at, End: at.Add(time.Hour)}},
		{text: "flood", err: "stopped-worker, broken-test, slow-queue, infrastructure-failures, database-gone"},
		{text: "flood@yesterday", err: "is unknown"},
		{text: "", err: "stopped-worker, broken-test, slow-queue, infrastructure-failures, database-gone"},
		{text: "slow-queue@", err: "RFC 3339"},
		{text: "slow-queue@yesterday", err: "RFC 3339"},
		{text: "slow-queue@/2026-11-02T18:00:00Z", err: "RFC 3339"},
		{text: "slow-queue@2026-11-02T18:00:00Z/", err: "RFC 3339"},
		{text: "slow-queue@2026-11-02T18:00:00Z/PT2H", err: "RFC 3339"},
		{text: "slow-queue@2026-11-02T18:00:00Z/2026-11-02T18:00:00Z", err: "not after its begin"},
		{text: "slow-queue@2026-11-02T18:00:00Z/2026-11-02T18:30:00+01:00", err: "not after its begin"},
	} {
		t.Run(test.text, func(t *testing.T) {
			got, err := demo.ParseFault(test.text)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || got.Kind != test.want.Kind || !got.Begin.Equal(test.want.Begin) || !got.End.Equal(test.want.End) {
				t.Errorf("fault %+v, error %v, want %+v", got, err, test.want)
			}
		})
	}
}

func TestAShiftMovesEverything(t *testing.T) {
	const shift = 1000*time.Hour + 7*time.Minute
	options := small
	options.Faults = []demo.Fault{{Kind: demo.InfrastructureFailures, Begin: noon, End: weekAfter}}
	want := visible(t, options, weekAfter)
	moved := func(at time.Time) time.Time {
		if at.IsZero() {
			return at
		}
		return at.Add(shift)
	}
	for id, r := range want.records {
		r.SubmittedAt, r.QueuedAt, r.StartedAt, r.FinishedAt = moved(r.SubmittedAt), moved(r.QueuedAt), moved(r.StartedAt), moved(r.FinishedAt)
		r.DeadlineAt, r.UpdatedAt = moved(r.DeadlineAt), moved(r.UpdatedAt)
		want.records[id] = r
	}
	options.Shift = shift
	options.Faults = []demo.Fault{{Kind: demo.InfrastructureFailures, Begin: moved(noon), End: moved(weekAfter)}}
	got := visible(t, options, moved(weekAfter))
	compareRecords(t, got, want)
	for i, a := range want.catalogue.Assignments {
		a.OpensAt, a.DeadlineAt = moved(a.OpensAt), moved(a.DeadlineAt)
		if got.catalogue.Assignments[i] != a {
			t.Fatalf("the assignment is %+v, want %+v", got.catalogue.Assignments[i], a)
		}
	}
}
