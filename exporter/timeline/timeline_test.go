package timeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// noon is when everything begins; the source is read a day later.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }

// memory is a source whose polls hand over what it is given.
type memory struct {
	polls []func(source.Sink)
	err   error
}

func (m *memory) Name() string { return "memory" }
func (m *memory) Close() error { return nil }
func (m *memory) Poll(ctx context.Context, sink source.Sink) error {
	if len(m.polls) > 0 {
		m.polls[0](sink)
		m.polls = m.polls[1:]
	}
	return errors.Join(m.err, ctx.Err())
}

func of(records ...submission.Record) func(source.Sink) {
	return func(sink source.Sink) {
		for _, r := range records {
			sink.Record(&r)
		}
	}
}

func newFold() *analytics.Fold {
	return analytics.New(analytics.Options{Zone: time.UTC, Limits: analytics.DefaultLimits()})
}

func newTimeline(dir string) (*Timeline, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return New(Options{Fold: newFold(), Dir: dir, Now: func() time.Time { return noon.Add(24 * time.Hour) },
		Log: slog.New(slog.NewTextHandler(log, nil))}), log
}

// read is a Timeline that has read the records.
func read(t *testing.T, records ...submission.Record) *Timeline {
	t.Helper()
	timeline, _ := newTimeline(t.TempDir())
	if err := timeline.Read(t.Context(), &memory{polls: []func(source.Sink){of(records...)}}); err != nil {
		t.Fatal(err)
	}
	return timeline
}

// shown are all samples that are not 0 at a time before which everything has happened.
func (t *Timeline) shown(before time.Time) (shown, error) {
	if _, err := t.Replay(context.Background(), before); err != nil {
		return nil, err
	}
	t.Fold.Advance(before)
	t.Fold.Conclude(before)
	return showOf(t.Fold), nil
}

func showOf(fold *analytics.Fold) shown {
	s := shown{}
	metrics.Show(fold, s)
	return s
}

// shown are samples by the name of the metric and the values of its labels.
type shown map[string]string

// Number implements metrics.Observer.
func (s shown) Number(m *metrics.Metric, labels []string, value float64) {
	if value != 0 {
		s[strings.Join(append([]string{m.Name}, labels...), " ")] = fmt.Sprint(value)
	}
}

// Histogram implements metrics.Observer.
func (s shown) Histogram(m *metrics.Metric, labels []string, h *analytics.Histogram) {
	if h.Count > 0 {
		s[strings.Join(append([]string{m.Name}, labels...), " ")] = fmt.Sprint(h.Count, h.Sum(), h.Zero, h.Classic, maps.Collect(h.Native()))
	}
}

// is compares some samples of the metric with what they should be.
func (s shown) is(t *testing.T, what string, m *metrics.Metric, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for key, value := range s {
		if labels, ok := strings.CutPrefix(key, m.Name+" "); ok {
			got[labels] = value
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: %s is %v, want %v", what, m.Name, got, want)
	}
}

// record is a finished first check of hw1: submitted and queued at minute 0, started at 1, finished at 3, written at 4.
func record(change ...func(*submission.Record)) submission.Record {
	r := submission.Record{SubmissionID: "s1", CheckNumber: 1, Course: "algo", Assignment: "hw1", Student: "ada",
		SubmittedAt: at(0), QueuedAt: at(0), StartedAt: at(1), FinishedAt: at(3), UpdatedAt: at(4),
		State: submission.Finished, Verdict: submission.Accepted}
	for _, c := range change {
		c(&r)
	}
	return r
}

func TestARecordLivesThroughItsStates(t *testing.T) {
	timeline := read(t, record())
	one, none := map[string]string{"algo": "1"}, map[string]string{}
	for _, step := range []struct {
		before                      float64
		submissions, waits, running map[string]string
		accepted                    map[string]string
	}{
		{0, none, none, none, none}, // a sample holds what was before it
		{0.5, map[string]string{"algo hw1": "1"}, one, none, none},
		{1, map[string]string{"algo hw1": "1"}, one, none, none},
		{2, map[string]string{"algo hw1": "1"}, none, one, none},
		{3, map[string]string{"algo hw1": "1"}, none, one, none},
		{3.5, map[string]string{"algo hw1": "1"}, none, none, map[string]string{"algo hw1 accepted": "1"}},
		{60, map[string]string{"algo hw1": "1"}, none, none, map[string]string{"algo hw1 accepted": "1"}},
	} {
		s, err := timeline.shown(at(step.before))
		if err != nil {
			t.Fatal(err)
		}
		when := fmt.Sprint("before minute ", step.before)
		s.is(t, when, metrics.Submissions, step.submissions)
		s.is(t, when, metrics.QueueLength, step.waits)
		s.is(t, when, metrics.ChecksRunning, step.running)
		s.is(t, when, metrics.Checks, step.accepted)
	}
}

func TestALifeIsInOrderWhateverClocksSay(t *testing.T) {
	zero := time.Time{}
	read := at(60)
	for name, test := range map[string]struct {
		record                submission.Record
		begun, started, ended time.Time
		submitted             time.Time
	}{
		"as it should be":                  {record(), at(0), at(1), at(3), at(0)},
		"enqueued later":                   {record(func(r *submission.Record) { r.QueuedAt = at(0.5) }), at(0.5), at(1), at(3), at(0)},
		"enqueued before it was submitted": {record(func(r *submission.Record) { r.QueuedAt = at(-1) }), at(0), at(1), at(3), at(0)},
		"started before it was enqueued":   {record(func(r *submission.Record) { r.StartedAt = at(-1) }), at(0), at(0), at(3), at(0)},
		"ended before it was started":      {record(func(r *submission.Record) { r.FinishedAt = at(0.5) }), at(0), at(1), at(1), at(0)},
		"nobody knows when it started":     {record(func(r *submission.Record) { r.StartedAt = zero }), at(0), zero, at(3), at(0)},
		"nobody knows when it ended":       {record(func(r *submission.Record) { r.FinishedAt = zero }), at(0), at(1), at(4), at(0)},
		"ended by a clock that is ahead":   {record(func(r *submission.Record) { r.FinishedAt = at(8) }), at(0), at(1), at(8), at(0)},
		"ended in a far future":            {record(func(r *submission.Record) { r.FinishedAt = at(1e6) }), at(0), at(1), at(4), at(0)},
		"sent in a far future":             {record(func(r *submission.Record) { r.SubmittedAt, r.QueuedAt = at(1e6), at(1e6) }), at(4), at(4), at(4), at(4)},
		"written in a far future":          {record(func(r *submission.Record) { r.FinishedAt, r.UpdatedAt = zero, at(1e6) }), at(0), at(1), at(60), at(0)},
		"waits":                            {record(func(r *submission.Record) { r.State, r.StartedAt, r.FinishedAt = submission.Queued, zero, zero }), at(0), zero, at(4), at(0)},
		"waits once more":                  {record(func(r *submission.Record) { r.State, r.FinishedAt = submission.Queued, zero }), at(0), at(1), at(4), at(0)},
		"runs":                             {record(func(r *submission.Record) { r.State, r.FinishedAt = submission.Running, zero }), at(0), at(1), at(4), at(0)},
		"runs since nobody knows when":     {record(func(r *submission.Record) { r.State, r.StartedAt, r.FinishedAt = submission.Running, zero, zero }), at(0), zero, at(4), at(0)},
		"cancelled":                        {record(func(r *submission.Record) { r.State, r.StartedAt = submission.Cancelled, zero }), at(0), zero, at(3), at(0)},
	} {
		t.Run(name, func(t *testing.T) {
			l := lifeOf(&test.record, read)
			for event, times := range map[string][2]time.Time{
				"submitted": {l.submitted, test.submitted}, "begun": {l.begun, test.begun}, "started": {l.started, test.started}, "ended": {l.ended, test.ended},
			} {
				if !times[0].Equal(times[1]) {
					t.Errorf("%s at %s, want %s", event, times[0].Format(time.TimeOnly), times[1].Format(time.TimeOnly))
				}
			}
		})
	}
}

func TestASubmissionCountsWhenItWasSentAndWaitsFromWhenItWasEnqueued(t *testing.T) {
	timeline := read(t, record(func(r *submission.Record) { r.QueuedAt = at(0.5) }))
	s, err := timeline.shown(at(0.4))
	if err != nil {
		t.Fatal(err)
	}
	s.is(t, "before it is enqueued", metrics.Submissions, map[string]string{"algo hw1": "1"})
	s.is(t, "before it is enqueued", metrics.QueueLength, map[string]string{})
	if s, err = timeline.shown(at(0.6)); err != nil {
		t.Fatal(err)
	}
	s.is(t, "when it is enqueued", metrics.Submissions, map[string]string{"algo hw1": "1"})
	s.is(t, "when it is enqueued", metrics.QueueLength, map[string]string{"algo": "1"})
}

// TestARecheckOfWhatIsGone: the first check has been deleted, and the submission counts when it was sent all the same.
func TestARecheckOfWhatIsGone(t *testing.T) {
	timeline := read(t, record(func(r *submission.Record) {
		r.CheckNumber, r.QueuedAt, r.StartedAt, r.FinishedAt, r.UpdatedAt = 2, at(100), at(101), at(102), at(102)
	}))
	if first, id := timeline.First(); !first.Equal(at(0)) || id != "s1" {
		t.Errorf("the first event is at %s, want %s", first, at(0))
	}
	s, err := timeline.shown(at(50))
	if err != nil {
		t.Fatal(err)
	}
	s.is(t, "before the re-check", metrics.Submissions, map[string]string{"algo hw1": "1"})
	s.is(t, "before the re-check", metrics.Checks, map[string]string{})
	if s, err = timeline.shown(at(200)); err != nil {
		t.Fatal(err)
	}
	s.is(t, "after it", metrics.Submissions, map[string]string{"algo hw1": "1"})
	s.is(t, "after it", metrics.Rechecks, map[string]string{"algo hw1": "1"})
}

// TestACorrectionTakesPlaceWhenItWasWritten: of a log with several lines for one check, a line with another result does not
// rewrite the past.
func TestACorrectionTakesPlaceWhenItWasWritten(t *testing.T) {
	wrong := record(func(r *submission.Record) { r.Verdict = submission.WrongAnswer })
	corrected := record(func(r *submission.Record) { r.UpdatedAt = at(50) })
	timeline := read(t, wrong, corrected)
	s, err := timeline.shown(at(49))
	if err != nil {
		t.Fatal(err)
	}
	s.is(t, "before the correction", metrics.Checks, map[string]string{"algo hw1 wrong_answer": "1"})
	s.is(t, "before the correction", metrics.ChecksRunning, map[string]string{})
	s.is(t, "before the correction", metrics.AssignmentStudents, map[string]string{"algo hw1 attempted": "1"})
	if s, err = timeline.shown(at(51)); err != nil {
		t.Fatal(err)
	}
	s.is(t, "after it", metrics.Checks, map[string]string{"algo hw1 wrong_answer": "1", "algo hw1 accepted": "1"})
	s.is(t, "after it", metrics.Rechecks, map[string]string{"algo hw1": "1"})
}

// TestCoursesAreKnownFromWhenTheyWere: zero is said before the first event, and not before there was anything.
func TestCoursesAreKnownFromWhenTheyWere(t *testing.T) {
	timeline, _ := newTimeline(t.TempDir())
	timeline.Lead = time.Minute
	catalogue := &submission.Catalogue{
		Courses: []submission.Course{{Course: "algo", Title: "Algorithms"}, {Course: "idle", Title: "No homework"}, {Course: "next"}},
		Assignments: []submission.Assignment{
			{Course: "algo", Assignment: "hw1", OpensAt: at(100), DeadlineAt: at(-5)}, // submitted to before it opened
			{Course: "algo", Assignment: "hw2", OpensAt: at(200)},
			{Course: "next", Assignment: "hw1", OpensAt: at(10_000)},
		},
	}
	other := record(func(r *submission.Record) {
		r.SubmissionID, r.Course, r.SubmittedAt, r.QueuedAt, r.UpdatedAt = "s2", "unlisted", at(300), at(300), at(300)
	})
	err := timeline.Read(t.Context(), &memory{polls: []func(source.Sink){func(sink source.Sink) {
		sink.Catalogue(catalogue)
		of(record(), other)(sink)
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		before float64
		want   string
	}{
		{-2, "idle"}, {-0.5, "algo, algo/hw1, idle"}, {150, "algo, algo/hw1, idle"}, {199.5, "algo, algo/hw1, algo/hw2, idle"},
		{299.5, "algo, algo/hw1, algo/hw2, idle, unlisted, unlisted/hw1"},
		{20_000, "algo, algo/hw1, algo/hw2, idle, next, next/hw1, unlisted, unlisted/hw1"},
	} {
		if _, err := timeline.Replay(t.Context(), at(step.before)); err != nil {
			t.Fatal(err)
		}
		var known []string
		for labels := range timeline.Fold.Courses() {
			known = append(known, labels[0])
		}
		for labels := range timeline.Fold.Assignments() {
			known = append(known, labels[0]+"/"+labels[1])
		}
		slices.Sort(known)
		if got := strings.Join(known, ", "); got != step.want {
			t.Errorf("before minute %v %s are known, want %s", step.before, got, step.want)
		}
	}
	showOf(timeline.Fold).is(t, "by the deadline of the catalogue", metrics.LateSubmissions, map[string]string{"algo hw1": "1"})
}

// TestWhatComesInMeanwhileIsReadToo: of a second reading, what took place earlier is made up for at once.
func TestWhatComesInMeanwhileIsReadToo(t *testing.T) {
	timeline, _ := newTimeline(t.TempDir())
	runs := record(func(r *submission.Record) {
		r.State, r.FinishedAt, r.UpdatedAt, r.Verdict = submission.Running, time.Time{}, at(1), 0
	})
	late := record(func(r *submission.Record) { r.SubmissionID = "s2" })
	toCome := record(func(r *submission.Record) {
		r.SubmissionID, r.SubmittedAt, r.QueuedAt, r.StartedAt, r.FinishedAt, r.UpdatedAt = "s3", at(10), at(10), at(11), at(12), at(12)
	})
	src := &memory{polls: []func(source.Sink){of(runs, toCome), of(record(), late)}}
	if err := timeline.Read(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	s, err := timeline.shown(at(2))
	if err != nil {
		t.Fatal(err)
	}
	s.is(t, "at first", metrics.ChecksRunning, map[string]string{"algo": "1"})
	if err := timeline.Read(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	if s, err = timeline.shown(at(2.5)); err != nil {
		t.Fatal(err)
	}
	s.is(t, "then", metrics.Submissions, map[string]string{"algo hw1": "2"})
	s.is(t, "then", metrics.ChecksRunning, map[string]string{"algo": "2"})
	if s, err = timeline.shown(at(5)); err != nil {
		t.Fatal(err)
	}
	s.is(t, "later", metrics.Checks, map[string]string{"algo hw1 accepted": "2"})
	if s, err = timeline.shown(at(20)); err != nil {
		t.Fatal(err)
	}
	s.is(t, "in the end", metrics.Checks, map[string]string{"algo hw1 accepted": "3"})
	if read, _ := timeline.Records(); read != 4 {
		t.Errorf("%d records read, want 4", read)
	}
}

// TestMoreThanFitsIntoMemory reads several chunks in a wrong order, through the disk.
func TestMoreThanFitsIntoMemory(t *testing.T) {
	const records = 3*chunkRecords + 1
	timeline, _ := newTimeline(t.TempDir())
	timeline.Now = func() time.Time { return at(2 * records) }
	err := timeline.Read(t.Context(), &memory{polls: []func(source.Sink){func(sink source.Sink) {
		for i := range records {
			minute := float64(i * 7919 % records)
			r := record(func(r *submission.Record) {
				r.SubmissionID = fmt.Sprint(i)
				r.SubmittedAt, r.QueuedAt, r.StartedAt, r.FinishedAt, r.UpdatedAt =
					at(minute), at(minute), at(minute), at(minute+0.5), at(records)
			})
			sink.Record(&r)
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for minute := 100; minute < records; minute += 997 {
		s, err := timeline.shown(at(float64(minute)))
		if err != nil {
			t.Fatal(err)
		}
		s.is(t, fmt.Sprint("before minute ", minute), metrics.Checks, map[string]string{"algo hw1 accepted": fmt.Sprint(minute)})
	}
}

func TestNoStudentIsInWhatGoesToTheDisk(t *testing.T) {
	r := record(func(r *submission.Record) { r.Student, r.SubmissionID = "student-7f3a9c", "submission-1" })
	encoded, err := moment{record: newFold().Anonymize(&r).Encode()}.encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{r.Student, r.SubmissionID} {
		if bytes.Contains(encoded, []byte(id)) {
			t.Errorf("%q holds %s", encoded, id)
		}
	}
	if !bytes.Contains(encoded, []byte("algo")) {
		t.Errorf("%q does not even hold the course", encoded)
	}
}

func TestErrorsEndTheReading(t *testing.T) {
	broken := errors.New("connection lost")
	timeline, _ := newTimeline(t.TempDir())
	if err := timeline.Read(t.Context(), &memory{polls: []func(source.Sink){of(record())}, err: broken}); !errors.Is(err, broken) {
		t.Errorf("where the source fails the error is %v", err)
	}

	file := filepath.Join(t.TempDir(), "no-directory")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	timeline, _ = newTimeline(file)
	many := slices.Repeat([]submission.Record{record()}, 5*chunkRecords)
	if err := timeline.Read(t.Context(), &memory{polls: []func(source.Sink){of(many...)}}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("where nothing can be written the error is %v", err)
	}

	timeline, _ = newTimeline(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := timeline.Read(ctx, &memory{polls: []func(source.Sink){of(many...)}}); !errors.Is(err, context.Canceled) {
		t.Errorf("where the context ends the error is %v", err)
	}
}

func TestRejectsAreCountedOnceAndLogged(t *testing.T) {
	timeline, log := newTimeline(t.TempDir())
	rejects := func(sink source.Sink) {
		for i := range 15 {
			sink.Reject(&submission.Fault{Reason: submission.Malformed, Detail: fmt.Sprint("line ", i)})
		}
	}
	src := &memory{polls: []func(source.Sink){rejects, rejects}}
	for range 2 {
		if err := timeline.Read(t.Context(), src); err != nil {
			t.Fatal(err)
		}
	}
	if _, rejected := timeline.Records(); rejected != 15 {
		t.Errorf("%d rejected, want 15", rejected)
	}
	if lines := strings.Count(log.String(), "Record rejected"); lines != faultsLogged {
		t.Errorf("%d rejects in the log, want %d", lines, faultsLogged)
	}
}

// TestThePastEndsWithTheTotalsOfThePresent: whoever has lived through a history shows what an exporter shows that reads it
// now, of a table, in which each check is as it is at the end, and of a log, in which each version of it is a line.
func TestThePastEndsWithTheTotalsOfThePresent(t *testing.T) {
	for name, versions := range map[string]bool{"of a table": false, "of a log": true} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { pastAndPresent(t, rt, history(rt, versions)) })
		})
	}
}

func pastAndPresent(t *testing.T, rt *rapid.T, records []submission.Record) {
	timeline, _ := newTimeline(t.TempDir())
	timeline.Lead = time.Minute
	catalogue := &submission.Catalogue{Assignments: []submission.Assignment{
		{Course: "algo", Assignment: "hw1", OpensAt: at(5), DeadlineAt: at(30)}, {Course: "db", Assignment: "hw1", DeadlineAt: at(40)}}}
	err := timeline.Read(t.Context(), &memory{polls: []func(source.Sink){func(sink source.Sink) {
		sink.Catalogue(catalogue)
		of(records...)(sink)
	}}})
	if err != nil {
		rt.Fatal(err)
	}
	end := noon.Add(24 * time.Hour)
	before := shown{}
	for clock := at(0); clock.Before(end); clock = clock.Add(time.Duration(rapid.IntRange(1, 90).Draw(rt, "step")) * time.Minute) {
		now, err := timeline.shown(clock)
		if err != nil {
			rt.Fatal(err)
		}
		for key, value := range before {
			if strings.Contains(key, "_total ") && number(now[key]) < number(value) {
				rt.Fatalf("%s goes down from %s to %s", key, value, now[key])
			}
		}
		before = now
	}
	got, err := timeline.shown(end)
	if err != nil {
		rt.Fatal(err)
	}
	fresh := newFold()
	fresh.Describe(catalogue)
	for _, r := range records {
		fresh.Apply(&r)
	}
	fresh.Advance(end)
	fresh.Conclude(end)
	want := showOf(fresh)
	for key := range maps.Keys(want) {
		if got[key] != want[key] {
			rt.Errorf("%s is %s after the past, and %s now", key, got[key], want[key])
		}
	}
	if len(got) != len(want) {
		rt.Errorf("%d samples after the past, %d now", len(got), len(want))
	}
}

// number is a value as a number, and 0 where there is none.
func number(value string) (n float64) {
	_, _ = fmt.Sscan(value, &n)
	return n
}

// history are records in the order of their changes. A check is not run before the one before it has ended. With versions it may
// be enqueued and run again in place, and not all of its versions are there; otherwise only the last one is.
func history(t *rapid.T, versions bool) (records []submission.Record) {
	span := func(what string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most*60).Draw(t, what)) * time.Second
	}
	for i := range rapid.IntRange(1, 10).Draw(t, "submissions") {
		r := submission.Record{SubmissionID: fmt.Sprint(i), Student: rapid.SampledFrom([]string{"ada", "bob", "eve"}).Draw(t, "student"),
			Course: rapid.SampledFrom([]string{"algo", "db"}).Draw(t, "course"), Assignment: rapid.SampledFrom([]string{"hw1", "hw2"}).Draw(t, "assignment"),
			Language: rapid.SampledFrom([]string{"", "go", "c"}).Draw(t, "language"), SubmittedAt: noon.Add(span("submitted", 60))}
		clock := r.SubmittedAt
		for number := range rapid.IntRange(1, 3).Draw(t, "checks") {
			r.CheckNumber, r.QueuedAt = number+1, clock.Add(span("to queue", 2))
			runs := 1
			if versions {
				runs = rapid.IntRange(1, 3).Draw(t, "runs")
			}
			for run := range runs {
				if run > 0 && rapid.Bool().Draw(t, "is enqueued anew") {
					r.QueuedAt = clock
				}
				clock = later(clock, r.QueuedAt)
				lines := live(t, r, clock, span)
				clock = lines[len(lines)-1].UpdatedAt.Add(span("pause", 30) + time.Second)
				for _, line := range lines[:len(lines)-1] {
					if versions && rapid.Bool().Draw(t, "is a line") {
						records = append(records, line)
					}
				}
				records = append(records, lines[len(lines)-1])
			}
			if records[len(records)-1].State != submission.Finished {
				break
			}
		}
	}
	slices.SortStableFunc(records, func(a, b submission.Record) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	return records
}

// live are the versions of a check from when it is enqueued until it ends, if it does.
func live(t *rapid.T, r submission.Record, clock time.Time, span func(string, int) time.Duration) (versions []submission.Record) {
	r.State, r.Verdict, r.Tests, r.StartedAt, r.FinishedAt = submission.Queued, 0, nil, time.Time{}, time.Time{}
	r.UpdatedAt = clock
	versions = append(versions, r)
	if rapid.IntRange(0, 9).Draw(t, "starts") == 0 {
		return versions
	}
	r.State, r.StartedAt = submission.Running, clock.Add(time.Second+span("waits", 10))
	r.UpdatedAt = r.StartedAt
	versions = append(versions, r)
	if rapid.IntRange(0, 9).Draw(t, "ends") == 0 {
		return versions
	}
	r.State, r.FinishedAt = submission.Finished, r.StartedAt.Add(time.Second+span("runs", 10))
	r.UpdatedAt = r.FinishedAt.Add(span("written later", 3))
	r.Verdict = rapid.SampledFrom([]submission.Verdict{submission.Accepted, submission.Partial, submission.InternalError}).Draw(t, "verdict")
	r.Tests = []submission.Test{{Name: "a", Outcome: submission.Passed}}
	return append(versions, r)
}
