package demo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source/demo"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// everyFault is all kinds of faults, from one time on.
func everyFault(begin time.Time) []demo.Fault {
	var all []demo.Fault
	for _, kind := range demo.Kinds() {
		all = append(all, demo.Fault{Kind: kind, Begin: begin})
	}
	return all
}

// faulty is the usual semester with one fault.
func faulty(kind demo.Kind, begin time.Time) demo.Options {
	options := usual
	options.Faults = []demo.Fault{{Kind: kind, Begin: begin}}
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
			options := small
			options.Faults = []demo.Fault{{Kind: kind, Begin: noon}}
			compareRecords(t, visible(t, options, before), sound)
		})
	}
}

func TestAFaultWithoutATimeBeginsWhenTheSourceIsOpened(t *testing.T) {
	now, later := small, small
	now.Faults = []demo.Fault{{Kind: demo.SlowQueue}}
	later.Faults = []demo.Fault{{Kind: demo.SlowQueue, Begin: noon}}
	s, c := open(t, now, noon)
	c.Time = weekAfter
	got := newJournal()
	poll(t, s, got)
	compareRecords(t, got, visible(t, later, weekAfter))
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
		{text: "flood", err: "stopped-worker, broken-test, slow-queue, infrastructure-failures"},
		{text: "", err: "stopped-worker, broken-test, slow-queue, infrastructure-failures"},
		{text: "slow-queue@", err: "RFC 3339"},
		{text: "slow-queue@yesterday", err: "RFC 3339"},
	} {
		t.Run(test.text, func(t *testing.T) {
			got, err := demo.ParseFault(test.text)
			if got.Kind != test.want.Kind || !got.Begin.Equal(test.want.Begin) {
				t.Errorf("fault %+v, want %+v", got, test.want)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}
