package demo_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source/demo"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A journal keeps what a source hands over: the latest version of each record, and the latest catalogue.
type journal struct {
	catalogues int
	catalogue  submission.Catalogue
	records    map[identity]submission.Record
	versions   []submission.Record // all, in the order in which they came
	rejected   []error
}

type identity struct {
	submission string
	check      int
}

func newJournal() *journal { return &journal{records: make(map[identity]submission.Record)} }

func (j *journal) Catalogue(c *submission.Catalogue) {
	j.catalogues++
	j.catalogue = submission.Catalogue{Courses: slices.Clone(c.Courses), Assignments: slices.Clone(c.Assignments)}
}

func (j *journal) Record(r *submission.Record) {
	version := *r
	version.Tests = append([]submission.Test(nil), r.Tests...)
	j.records[identity{r.SubmissionID, r.CheckNumber}] = version
	j.versions = append(j.versions, version)
}

func (j *journal) Reject(f *submission.Fault) { j.rejected = append(j.rejected, f) }

// firstChecks are the records of first checks, one a submission.
func (j *journal) firstChecks() []submission.Record {
	return j.where(func(r *submission.Record) bool { return r.CheckNumber == 1 })
}

// where are the latest versions of the records for which want holds, in the order of their last change.
func (j *journal) where(want func(*submission.Record) bool) []submission.Record {
	var found []submission.Record
	for _, r := range j.records {
		if want(&r) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b submission.Record) int {
		return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.SubmissionID, b.SubmissionID))
	})
	return found
}

// deadlines leads from course and assignment to the deadline.
func (j *journal) deadlines() map[[2]string]time.Time {
	deadlines := make(map[[2]string]time.Time)
	for _, a := range j.catalogue.Assignments {
		deadlines[[2]string{a.Course, a.Assignment}] = a.DeadlineAt
	}
	return deadlines
}

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// local is a time of day in the university's zone.
func local(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, berlin)
}

// A clock is set by the test.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func open(t *testing.T, options demo.Options, at time.Time) (*demo.Source, *clock) {
	t.Helper()
	c := &clock{at}
	options.Location, options.Now = berlin, c.now
	s, err := demo.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, c
}

func poll(t *testing.T, s *demo.Source, j *journal) {
	t.Helper()
	if err := s.Poll(t.Context(), j); err != nil || len(j.rejected) > 0 {
		t.Fatalf("error %v, rejected %v", err, j.rejected)
	}
}

// visible is what a source opened at a time shows at once.
func visible(t *testing.T, options demo.Options, at time.Time) *journal {
	t.Helper()
	s, _ := open(t, options, at)
	j := newJournal()
	poll(t, s, j)
	return j
}

var (
	usual = demo.Options{Seed: 1, Students: 300}
	small = demo.Options{Seed: 1, Students: 60}

	// endOfYear is when two whole terms have passed but for a minute.
	endOfYear = local(2026, time.August, 31, 23, 59)

	// wholeYear is what the usual semester shows then. Tests only read it.
	wholeYear = sync.OnceValue(func() *journal {
		options := usual
		options.Location, options.Now = berlin, func() time.Time { return endOfYear }
		s, err := demo.New(options)
		j := newJournal()
		if err = errors.Join(err, s.Poll(context.Background(), j)); err != nil {
			panic(err)
		}
		return j
	})
)

func TestSameSeedAndTimeGiveTheSameRecords(t *testing.T) {
	at := local(2026, time.November, 22, 20, 0)
	once, again := visible(t, small, at), visible(t, small, at)
	if len(once.records) == 0 || !reflect.DeepEqual(once, again) {
		t.Errorf("two sources differ: %d and %d records", len(once.versions), len(again.versions))
	}
}

func TestSeedsDiffer(t *testing.T) {
	at := local(2026, time.November, 22, 20, 0)
	other := small
	other.Seed++
	a, b := visible(t, small, at), visible(t, other, at)
	if reflect.DeepEqual(a.records, b.records) {
		t.Error("seeds 1 and 2 give the same records")
	}
}

func TestOpeningLaterShowsTheSamePast(t *testing.T) {
	for _, test := range []struct {
		name        string
		opened, end time.Time
	}{
		{"within a term, before a deadline", local(2026, time.October, 20, 9, 0), local(2026, time.November, 22, 23, 40)},
		{"just after a term's end", local(2026, time.August, 20, 9, 0), local(2026, time.September, 1, 0, 0)},
		{"well into the next term", local(2026, time.August, 20, 9, 0), local(2026, time.September, 20, 12, 0)},
	} {
		begin := local(2026, time.August, 29, 12, 0)
		for name, faults := range map[string][]demo.Fault{
			"sound": nil, "faulty": everyFault(begin, never), "faulty for a while": everyFault(begin, begin.AddDate(0, 0, 5)),
		} {
			options := small
			options.Faults = faults
			t.Run(test.name+", "+name, func(t *testing.T) {
				want := visible(t, options, test.end)
				s, c := open(t, options, test.opened)
				got := newJournal()
				for step := time.Second; c.Before(test.end); step = (step*7 + time.Second) % (3 * time.Hour) {
					poll(t, s, got)
					c.Time = c.Add(step)
				}
				c.Time = test.end
				poll(t, s, got)
				courses := make(map[string]bool) // of the terms that the later source knows
				for _, course := range want.catalogue.Courses {
					courses[course.Course] = true
				}
				maps.DeleteFunc(got.records, func(_ identity, r submission.Record) bool { return !courses[r.Course] })
				compareRecords(t, got, want)
			})
		}
	}
}

func compareRecords(t *testing.T, got, want *journal) {
	t.Helper()
	if len(want.records) == 0 || len(got.records) != len(want.records) {
		t.Errorf("%d records, want %d", len(got.records), len(want.records))
	}
	for id, w := range want.records {
		if g := got.records[id]; !reflect.DeepEqual(g, w) {
			t.Fatalf("record %v is\n%+v\nwant\n%+v", id, g, w)
		}
	}
}

func TestNoDayOfAYearIsWithoutSubmissions(t *testing.T) {
	for _, end := range []time.Time{
		endOfYear, local(2024, time.August, 31, 23, 59), local(2027, time.February, 28, 23, 59),
	} {
		for seed := range uint64(2) {
			days := make(map[string]int)
			for _, r := range visible(t, demo.Options{Seed: seed, Students: 300}, end).versions {
				days[r.SubmittedAt.In(berlin).Format(time.DateOnly)]++
			}
			for day := end; day.After(end.AddDate(-1, 0, 2)); day = day.AddDate(0, 0, -1) {
				if days[day.Format(time.DateOnly)] == 0 {
					t.Errorf("seed %d: no submissions on %s", seed, day.Format(time.DateOnly))
				}
			}
		}
	}
}

func TestThreeHundredStudentsSendThirtyToSixtyThousandATerm(t *testing.T) {
	for seed := range uint64(3) {
		terms := make(map[string]int)
		for _, r := range visible(t, demo.Options{Seed: seed, Students: 300}, endOfYear).versions {
			if r.CheckNumber == 1 {
				terms[r.Course[len(r.Course)-len("2026-spring"):]]++
			}
		}
		for term, count := range terms {
			if count < 30_000 || count > 60_000 {
				t.Errorf("seed %d, term %s: %d submissions", seed, term, count)
			}
		}
		if len(terms) != 2 {
			t.Errorf("seed %d: terms %v, want 2 of them", seed, terms)
		}
	}
}

func TestRushBeforeDeadlines(t *testing.T) {
	j := wholeYear()
	deadlines := j.deadlines()
	lastDay, lastHour, late, all := 0, 0, 0, 0
	for _, r := range j.firstChecks() {
		due := cmp.Or(r.DeadlineAt, deadlines[[2]string{r.Course, r.Assignment}])
		left := due.Sub(r.SubmittedAt)
		all++
		switch {
		case left < 0:
			late++
		case left < time.Hour:
			lastHour++
			fallthrough
		case left < 24*time.Hour:
			lastDay++
		}
	}
	within(t, "share in the last day before the deadline", lastDay, all, 0.25, 0.6)
	within(t, "share in the last hour", lastHour, all, 0.08, 0.25)
	within(t, "share of late ones", late, all, 0.02, 0.15)
}

// within checks that a share of a whole lies between two bounds.
func within(t *testing.T, what string, part, whole int, low, high float64) {
	t.Helper()
	if share := float64(part) / float64(whole); !(share >= low && share <= high) {
		t.Errorf("%s: %d of %d are %.4f, want %g to %g", what, part, whole, share, low, high)
	}
}

func TestNightsAndWeekendsAreQuieter(t *testing.T) {
	j := wholeYear()
	var hours [24]int
	var weekdays [7]int
	for _, r := range j.firstChecks() {
		at := r.SubmittedAt.In(berlin)
		hours[at.Hour()]++
		weekdays[at.Weekday()]++
	}
	within(t, "4 am against 4 pm", hours[4], hours[16], 0.005, 0.2)
	within(t, "9 am against 9 pm", hours[9], hours[21], 0.2, 0.8)
	within(t, "Saturday against Tuesday", weekdays[time.Saturday], weekdays[time.Tuesday], 0.2, 0.8)
}

func TestSummerIsQuieter(t *testing.T) {
	var months [13]int
	for _, r := range wholeYear().firstChecks() {
		months[r.SubmittedAt.In(berlin).Month()]++
	}
	within(t, "August against May", months[time.August], months[time.May], 0.1, 0.6)
	within(t, "February against November", months[time.February], months[time.November], 0.1, 0.6)
}

func TestEveryRecordIsFreeOfAnomalies(t *testing.T) {
	options := usual
	options.Faults = append(everyFault(local(2026, time.May, 1, 12, 0), local(2026, time.May, 8, 12, 0)),
		everyFault(local(2026, time.June, 1, 12, 0), never)...)
	for _, at := range []time.Time{local(2026, time.May, 10, 23, 50), endOfYear, endOfYear.Add(time.Hour)} {
		j := visible(t, options, at)
		for _, r := range j.versions {
			if r.Anomalies != 0 {
				t.Fatalf("anomalies %v in %+v", slices.Collect(r.Anomalies.Words()), r)
			}
			if r.UpdatedAt.After(at) {
				t.Fatalf("at %s a record is from the future: %+v", at, r)
			}
		}
	}
}

func TestStatesPassInOrder(t *testing.T) {
	s, c := open(t, usual, local(2026, time.November, 22, 18, 0))
	j := newJournal()
	poll(t, s, j)
	states := make(map[identity]submission.State)
	for _, r := range j.versions {
		states[identity{r.SubmissionID, r.CheckNumber}] = r.State
	}
	seen := make(map[submission.State]int)
	for range 6 * 60 {
		before := c.Time
		c.Time = c.Add(time.Minute)
		j.versions = nil
		poll(t, s, j)
		for _, r := range j.versions {
			id := identity{r.SubmissionID, r.CheckNumber}
			if !r.UpdatedAt.After(before) || r.UpdatedAt.After(c.Time) {
				t.Fatalf("%v changed at %s, but is handed over between %s and %s", id, r.UpdatedAt, before, c.Time)
			}
			if old := states[id]; old >= r.State || old == submission.Finished {
				t.Fatalf("%v goes from state %d to %d", id, old, r.State)
			}
			states[id] = r.State
			seen[r.State]++
		}
	}
	if seen[submission.Queued] == 0 || seen[submission.Running] == 0 || seen[submission.Finished] == 0 {
		t.Errorf("states seen live: %v", seen)
	}
}

func TestTimesAreInOrderAndFitTheState(t *testing.T) {
	lastTime := map[submission.State]int{
		submission.Queued: 1, submission.Running: 2, submission.Finished: 3, submission.Cancelled: 3,
	}
	options := usual
	options.Faults = append(everyFault(local(2026, time.May, 1, 12, 0), local(2026, time.May, 8, 12, 0)),
		everyFault(local(2026, time.June, 1, 12, 0), never)...)
	for _, r := range visible(t, options, local(2026, time.August, 23, 23, 50)).records {
		times := []time.Time{r.SubmittedAt, r.QueuedAt, r.StartedAt, r.FinishedAt}
		last := slices.IndexFunc(append(times, time.Time{}), time.Time.IsZero) - 1
		for i := range last {
			if times[i+1].Before(times[i]) {
				t.Fatalf("times %v are not in order: %+v", times, r)
			}
		}
		if last != lastTime[r.State] {
			t.Fatalf("%v has the times %v", r.State, times)
		}
		if !r.UpdatedAt.Equal(times[last]) {
			t.Fatalf("updated at %s, last change at %s", r.UpdatedAt, times[last])
		}
		if (r.Worker == "") != (r.State == submission.Queued) {
			t.Fatalf("%v on worker %q", r.State, r.Worker)
		}
	}
}

func TestNoWorkerRunsTwoChecksAtOnce(t *testing.T) {
	begin := local(2026, time.May, 3, 12, 0)
	for name, faults := range map[string][]demo.Fault{
		"sound": nil, "faulty": everyFault(begin, never),
		"faulty now and then": append(everyFault(begin, begin.AddDate(0, 0, 1)),
			everyFault(local(2026, time.August, 31, 12, 0), local(2026, time.September, 20, 12, 0))...),
	} {
		options := usual
		options.Faults = faults
		t.Run(name, func(t *testing.T) {
			s, c := open(t, options, endOfYear)
			j := newJournal()
			poll(t, s, j)
			c.Time = local(2026, time.October, 15, 12, 0)
			poll(t, s, j)
			busy := make(map[string][]submission.Record)
			for _, r := range j.where(func(r *submission.Record) bool { return r.Worker != "" }) {
				busy[r.Worker] = append(busy[r.Worker], r)
			}
			if want := 8; len(busy) != want {
				t.Errorf("%d workers, want %d", len(busy), want)
			}
			for worker, checks := range busy {
				slices.SortFunc(checks, func(a, b submission.Record) int { return a.StartedAt.Compare(b.StartedAt) })
				for i, r := range checks[1:] {
					if end := checks[i].FinishedAt; end.IsZero() || r.StartedAt.Before(end) {
						t.Fatalf("%s takes a check at %s, but is busy until %s", worker, r.StartedAt, end)
					}
				}
			}
		})
	}
}

func TestWaitsAreSecondsUsuallyAndMinutesInARush(t *testing.T) {
	j := wholeYear()
	deadlines := j.deadlines()
	var usually, rush []time.Duration
	for _, r := range j.records {
		if r.StartedAt.IsZero() {
			continue
		}
		wait := r.StartedAt.Sub(r.QueuedAt)
		left := deadlines[[2]string{r.Course, r.Assignment}].Sub(r.QueuedAt)
		if left > 0 && left < 15*time.Minute {
			rush = append(rush, wait)
		} else {
			usually = append(usually, wait)
		}
	}
	slices.Sort(usually)
	slices.Sort(rush)
	if median := usually[len(usually)/2]; median < time.Second || median > 10*time.Second {
		t.Errorf("the usual wait is %s", median)
	}
	if long := rush[len(rush)*9/10]; long < time.Minute || long > time.Hour {
		t.Errorf("one in ten waits longer than %s in a rush", long)
	}
}

func TestVerdictsAgreeWithScoresAndTests(t *testing.T) {
	verdicts := make(map[submission.Verdict]int)
	for _, r := range wholeYear().records {
		if r.State != submission.Finished {
			continue
		}
		verdicts[r.Verdict]++
		outcomes := make(map[submission.Outcome]int)
		score, seconds := 0.0, 0.0
		for _, test := range r.Tests {
			outcomes[test.Outcome]++
			score += test.Score.Value
			seconds += test.Seconds.Value
		}
		n := len(r.Tests)
		full := r.Score.Value == r.MaxScore.Value
		known := r.Score.Known && r.MemoryBytes.Known && r.CPUSeconds.Known && r.CPUSeconds.Value > 0
		agrees := false
		switch r.Verdict {
		case submission.Accepted:
			agrees = known && full && outcomes[submission.Passed] == n
		case submission.CompileError:
			agrees = known && r.Score.Value == 0 && n == 0
		case submission.SecurityViolation:
			agrees = known && r.Score.Value == 0 && outcomes[submission.Skipped] == n
		case submission.InternalError:
			agrees = !r.Score.Known && n == 0
		case submission.StyleError:
			style := r.Tests[n-1]
			agrees = known && outcomes[submission.Passed] == n-1 && style.Name == "style" && style.Outcome == submission.Failed
		case submission.TimeLimit:
			agrees = known && !full && outcomes[submission.TimedOut] > 0
		case submission.RuntimeError, submission.MemoryLimit, submission.OutputLimit:
			agrees = known && !full && outcomes[submission.Errored] > 0
		case submission.Partial:
			agrees = known && !full && r.Score.Value*2 >= r.MaxScore.Value
		case submission.WrongAnswer:
			agrees = known && r.Score.Value*2 < r.MaxScore.Value
		}
		if r.Verdict != submission.CompileError && r.Verdict != submission.InternalError {
			agrees = agrees && n >= 4 && n <= 8
		}
		agrees = agrees && math.Abs(score-r.Score.Value) < 1e-6 && seconds <= r.FinishedAt.Sub(r.StartedAt).Seconds()
		if !agrees {
			t.Fatalf("%v does not agree with score and tests: %+v", r.Verdict, r)
		}
	}
	for _, v := range submission.Verdicts() {
		if (verdicts[v] == 0) != (v == submission.Other) {
			t.Errorf("%d checks are %v", verdicts[v], v)
		}
	}
	all := 0
	for _, count := range verdicts {
		all += count
	}
	within(t, "internal errors", verdicts[submission.InternalError], all, 0.002, 0.004)
	within(t, "accepted", verdicts[submission.Accepted], all, 0.1, 0.3)
}

func TestMostStudentsSolveInTheEndAndSomeGiveUp(t *testing.T) {
	tried, solved, attempts := make(map[[3]string]bool), make(map[[3]string]bool), 0
	for _, r := range wholeYear().records {
		work := [3]string{r.Student, r.Course, r.Assignment}
		tried[work] = true
		if r.CheckNumber == 1 {
			attempts++
		}
		if r.Verdict == submission.Accepted {
			solved[work] = true
		}
	}
	within(t, "solved", len(solved), len(tried), 0.6, 0.9)
	within(t, "submissions until then", attempts, len(tried), 3, 7)
}

func TestStudentsTakeTwoToFourCoursesAndThePythonCourseIsTheLargest(t *testing.T) {
	courses, students := make(map[string]map[string]bool), make(map[string]map[string]bool)
	for _, r := range wholeYear().records {
		if !strings.HasSuffix(r.Course, "2026-spring") {
			continue
		}
		if courses[r.Student] == nil {
			courses[r.Student] = make(map[string]bool)
		}
		if students[r.Course] == nil {
			students[r.Course] = make(map[string]bool)
		}
		courses[r.Student][r.Course], students[r.Course][r.Student] = true, true
	}
	if count := len(courses); count < 285 || count > 300 {
		t.Errorf("%d of 300 students send anything", count)
	}
	for student, taken := range courses {
		if len(taken) < 2 || len(taken) > 4 {
			t.Errorf("student %s takes %d courses", student, len(taken))
		}
	}
	const largest = "programming-in-python-2026-spring"
	for course, taking := range students {
		if course != largest && len(taking) >= len(students[largest]) {
			t.Errorf("%s has %d students", course, len(taking))
		}
	}
}

func TestCatalogueCoversTheRecords(t *testing.T) {
	j := visible(t, usual, local(2026, time.November, 22, 20, 0))
	if len(j.catalogue.Courses) != 12 {
		t.Errorf("%d courses, want 6 in each of 2 terms", len(j.catalogue.Courses))
	}
	courses, works := make(map[string]int), make(map[[2]string]submission.Assignment)
	for _, c := range j.catalogue.Courses {
		if !strings.HasSuffix(c.Course, c.Term) || c.Title == "" {
			t.Errorf("course %+v", c)
		}
		courses[c.Course] = 0
	}
	for _, a := range j.catalogue.Assignments {
		due := a.DeadlineAt.In(berlin)
		if !a.OpensAt.Before(a.DeadlineAt) || due.Format("15:04") != "23:59" || a.Title == "" {
			t.Errorf("assignment %+v", a)
		}
		courses[a.Course]++
		works[[2]string{a.Course, a.Assignment}] = a
	}
	for course, count := range courses {
		if count < 8 || count > 12 {
			t.Errorf("course %s has %d assignments", course, count)
		}
	}
	for _, r := range j.records {
		a, found := works[[2]string{r.Course, r.Assignment}]
		if !found || r.SubmittedAt.Before(a.OpensAt) || r.MaxScore != a.MaxScore {
			t.Fatalf("assignment %+v of the record %+v", a, r)
		}
	}
}

func TestDeadlinesOfACourseAreOnOneWeekday(t *testing.T) {
	weekdays := make(map[string]time.Weekday)
	for _, a := range visible(t, small, endOfYear).catalogue.Assignments {
		weekday := a.DeadlineAt.In(berlin).Weekday()
		if first, found := weekdays[a.Course]; found && first != weekday {
			t.Errorf("%s %s is due on a %s, others on %s", a.Course, a.Assignment, weekday, first)
		}
		weekdays[a.Course] = weekday
	}
}

func TestIdsAreUniqueAcrossTerms(t *testing.T) {
	type work struct {
		student, course, assignment string
		at                          time.Time
	}
	j := visible(t, usual, local(2026, time.November, 22, 20, 0))
	if len(j.versions) != len(j.records) {
		t.Errorf("%d records with %d identities", len(j.versions), len(j.records))
	}
	of := make(map[string]work)
	for id, r := range j.records {
		w := work{r.Student, r.Course, r.Assignment, r.SubmittedAt}
		if other, found := of[r.SubmissionID]; found && other != w {
			t.Fatalf("submission %s is %+v and %+v", r.SubmissionID, w, other)
		}
		of[r.SubmissionID] = w
		if _, found := j.records[identity{id.submission, id.check - 1}]; id.check > 1 && !found {
			t.Fatalf("submission %s has a check %d, but none before", id.submission, id.check)
		}
	}
}

func TestAnInternalErrorIsCheckedAgain(t *testing.T) {
	j := wholeYear()
	for _, r := range j.where(func(r *submission.Record) bool { return r.Verdict == submission.InternalError }) {
		if r.UpdatedAt.After(endOfYear.Add(-time.Hour)) {
			continue
		}
		again, found := j.records[identity{r.SubmissionID, r.CheckNumber + 1}]
		if !found || again.QueuedAt.Before(r.FinishedAt) {
			t.Fatalf("after the check that failed at %s comes %+v", r.FinishedAt, again)
		}
	}
	cancelled := j.where(func(r *submission.Record) bool { return r.State == submission.Cancelled })
	within(t, "cancelled", len(cancelled), len(j.records), 0.001, 0.003)
}

func TestATeacherHasAWholeAssignmentCheckedAgain(t *testing.T) {
	j := wholeYear()
	sent, again, changed := make(map[[2]string]int), make(map[[2]string]int), 0
	for id, r := range j.records {
		key := [2]string{r.Course, r.Assignment}
		switch id.check {
		case 1:
			sent[key]++
		case 2:
			again[key]++
			if before := j.records[identity{id.submission, 1}]; before.HasResult() && r.HasResult() && before.Score != r.Score {
				changed++
			}
		}
	}
	whole, checks := 0, 0
	for key := range sent {
		if again[key]*10 > sent[key]*9 {
			whole++
			checks += again[key]
		}
	}
	within(t, "assignments checked again", whole, len(sent), 0.01, 0.15)
	within(t, "results changed", changed, checks, 0.02, 0.4)
}

func TestSomeStudentsHaveAnExtension(t *testing.T) {
	j := wholeYear()
	deadlines := j.deadlines()
	extended := j.where(func(r *submission.Record) bool { return !r.DeadlineAt.IsZero() })
	within(t, "with a deadline of their own", len(extended), len(j.records), 0.005, 0.05)
	for _, r := range extended {
		more := r.DeadlineAt.Sub(deadlines[[2]string{r.Course, r.Assignment}])
		if more < 71*time.Hour || more > 8*24*time.Hour {
			t.Fatalf("an extension of %s", more)
		}
	}
}

func TestANewTermBeginsWhileTheSourceIsOpen(t *testing.T) {
	s, c := open(t, usual, local(2026, time.August, 31, 22, 0))
	j := newJournal()
	poll(t, s, j)
	if j.catalogues != 1 || len(j.catalogue.Courses) != 12 {
		t.Fatalf("%d catalogues, %d courses before the term's end", j.catalogues, len(j.catalogue.Courses))
	}
	c.Time = local(2026, time.August, 31, 23, 59)
	poll(t, s, j)
	if j.catalogues != 1 {
		t.Error("a catalogue although nothing is new")
	}
	c.Time = local(2026, time.September, 1, 0, 0)
	poll(t, s, j)
	if j.catalogues != 2 || len(j.catalogue.Courses) != 18 {
		t.Fatalf("%d catalogues, %d courses at the term's start", j.catalogues, len(j.catalogue.Courses))
	}
	c.Time = local(2026, time.September, 3, 12, 0)
	poll(t, s, j)
	if last := j.versions[len(j.versions)-1]; !strings.HasSuffix(last.Course, "2026-autumn") {
		t.Errorf("the last record is %+v", last)
	}
	unended := j.where(func(r *submission.Record) bool {
		return strings.HasSuffix(r.Course, "2026-spring") && r.State != submission.Finished && r.Worker == ""
	})
	if len(unended) > 0 {
		t.Errorf("%d checks of the last term were not made: %+v", len(unended), unended[0])
	}
	after := j.where(func(r *submission.Record) bool {
		return strings.HasSuffix(r.Course, "2026-spring") && r.FinishedAt.After(local(2026, time.September, 1, 0, 0))
	})
	if len(after) == 0 {
		t.Error("no check goes on after the term's end, though a deadline is a minute before")
	}
}

func TestHistoryIsSixToTwelveMonthsLong(t *testing.T) {
	for _, at := range []time.Time{
		local(2026, time.March, 1, 0, 0), local(2026, time.August, 31, 23, 0),
		local(2026, time.September, 1, 0, 0), local(2027, time.January, 2, 0, 0),
	} {
		first := at
		for _, r := range visible(t, small, at).versions {
			if r.SubmittedAt.Before(first) {
				first = r.SubmittedAt
			}
		}
		if days := at.Sub(first).Hours() / 24; days < 180 || days > 366 {
			t.Errorf("at %s there are %.0f days of history", at, days)
		}
	}
}

// An interruption ends a Poll after so many records.
type interruption struct {
	*journal
	left int
	stop context.CancelFunc
}

func (i *interruption) Record(r *submission.Record) {
	i.journal.Record(r)
	if i.left--; i.left == 0 {
		i.stop()
	}
}

func TestAnInterruptedPollGoesOnWhereItStopped(t *testing.T) {
	at := local(2026, time.November, 22, 20, 0)
	s, c := open(t, small, at.Add(-time.Hour))
	got := newJournal()
	ctx, stop := context.WithCancel(t.Context())
	if err := s.Poll(ctx, &interruption{got, 1000, stop}); !errors.Is(err, context.Canceled) || len(got.versions) != 1000 {
		t.Fatalf("error %v after %d records", err, len(got.versions))
	}
	c.Time = at
	poll(t, s, got)
	want := visible(t, small, at)
	compareRecords(t, got, want)
	if len(got.versions) > len(want.versions)+10 {
		t.Errorf("%d versions, want about %d", len(got.versions), len(want.versions))
	}
}

func TestNewRefusesWhatItCannotShow(t *testing.T) {
	for _, test := range []struct {
		name, want string
		options    demo.Options
		year       int
	}{
		{"no students", "1 to 10000", demo.Options{}, 2026},
		{"too many students", "1 to 10000", demo.Options{Students: 10_001}, 2026},
		{"a fault of no kind", "stopped-worker", demo.Options{Students: 1, Faults: []demo.Fault{{Kind: "flood"}}}, 2026},
		{"a fault that ends before it begins, which is now", "not after its begin", demo.Options{Students: 1,
			Faults: []demo.Fault{{Kind: demo.SlowQueue, End: time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)}}}, 2026},
		{"a clock that is wrong", "September 2020", demo.Options{Students: 1}, 1970},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Now = func() time.Time { return time.Date(test.year, 5, 5, 0, 0, 0, 0, time.UTC) }
			if _, err := demo.New(test.options); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestAFewStudentsAndManyAreFine(t *testing.T) {
	for _, students := range []int{1, 7, 1000} {
		j := visible(t, demo.Options{Seed: 3, Students: students}, endOfYear)
		workers := make(map[string]bool)
		for _, r := range j.records {
			workers[r.Worker] = true
		}
		delete(workers, "")
		if len(j.records) < 30*students || len(workers) > max(8, students/38) {
			t.Errorf("%d students: %d records on %d workers", students, len(j.records), len(workers))
		}
	}
}

func BenchmarkFirstPoll(b *testing.B) {
	for b.Loop() {
		s, err := demo.New(demo.Options{Seed: 1, Students: 300, Location: berlin, Now: func() time.Time { return endOfYear }})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Poll(b.Context(), discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

// discard takes everything and keeps nothing.
type discard struct{}

func (discard) Catalogue(*submission.Catalogue) {}
func (discard) Record(*submission.Record)       {}
func (discard) Reject(*submission.Fault)        {}
