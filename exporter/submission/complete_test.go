package submission

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAnomalies(t *testing.T) {
	unseen := AllAnomalies
	for name, test := range map[string]struct {
		changes map[string]string // of a finished check
		want    Anomalies
	}{
		"nothing is odd":   {nil, 0},
		"end before start": {map[string]string{"started_at": `"2026-09-01T11:00:03Z"`}, EndBeforeStart},
		"end at the start": {map[string]string{"started_at": `"2026-09-01T11:00:02Z"`}, 0},
		"start before it was enqueued": {
			map[string]string{"queued_at": `"2026-09-01T11:00:02Z"`}, StartBeforeQueue,
		},
		"start before the submission, which stands for the time it was enqueued": {
			map[string]string{"submitted_at": `"2026-09-01T11:00:02Z"`}, StartBeforeQueue,
		},
		"end before submission": {
			map[string]string{"submitted_at": `"2026-09-01T11:00:03Z"`, "queued_at": `"2026-09-01T11:00:00Z"`},
			EndBeforeSubmission,
		},
		"end ahead by as much as clocks differ": {map[string]string{"finished_at": `"2026-09-01T12:05:00Z"`}, 0},
		"end in the future":                     {map[string]string{"finished_at": `"2026-09-01T12:05:01Z"`}, FutureTime},
		"submission in the future": {
			map[string]string{
				"submitted_at": `"2026-09-02T11:00:00Z"`, "state": `"queued"`, "started_at": ``, "finished_at": ``,
			},
			FutureTime,
		},
		"a deadline lies in the future":       {map[string]string{"deadline_at": `"2026-12-31T00:00:00Z"`}, 0},
		"finished without end":                {map[string]string{"finished_at": ``}, MissingEnd},
		"running without end":                 {map[string]string{"state": `"running"`, "finished_at": ``}, 0},
		"negative score":                      {map[string]string{"score": `-1`}, ImpossibleNumber},
		"more bytes than there are":           {map[string]string{"memory_bytes": `1.1e15`}, ImpossibleNumber},
		"number too large for any":            {map[string]string{"memory_bytes": `1e999`}, ImpossibleNumber},
		"score of zero":                       {map[string]string{"score": `0`}, 0},
		"an optional time in the year 1":      {map[string]string{"deadline_at": `"0001-01-01T00:00:01Z"`}, ImpossibleTime},
		"an optional time in 2200":            {map[string]string{"deadline_at": `"2200-01-01T00:00:00Z"`}, ImpossibleTime},
		"unknown verdict":                     {map[string]string{"verdict": `"who knows"`}, UnknownVerdict},
		"unknown verdict while still running": {map[string]string{"verdict": `"who knows"`, "state": `"running"`}, 0},
		"unknown outcome": {
			map[string]string{"tests": `[{"name":"a","outcome":"who knows"}]`}, UnknownOutcome,
		},
		"more tests than count": {
			map[string]string{"tests": `[` + strings.Repeat(`{"name":"a","outcome":"passed"},`, MaxTests) +
				`{"name":"a","outcome":"passed"}]`}, TooManyTests,
		},
		"negative time of a test": {
			map[string]string{"tests": `[{"name":"a","outcome":"passed","seconds":-1}]`}, ImpossibleNumber,
		},
		"several at once": {
			map[string]string{"started_at": `"2026-09-01T11:00:03Z"`, "score": `-1`}, EndBeforeStart | ImpossibleNumber,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := decode(t, finished(test.changes)).Anomalies
			unseen &^= got
			if got != test.want {
				t.Errorf("anomalies %q, want %q", slices.Collect(got.Words()), slices.Collect(test.want.Words()))
			}
		})
	}
	if unseen != 0 {
		t.Errorf("no case for %q", slices.Collect(unseen.Words()))
	}
}

func TestAnomaliesHaveTheWordsOfTheLabel(t *testing.T) {
	want := []string{
		"end_before_start", "start_before_queue", "end_before_submission", "future_time", "missing_end",
		"impossible_number", "impossible_time", "unknown_verdict", "unknown_outcome", "too_many_tests",
	}
	if got := slices.Collect(AllAnomalies.Words()); !slices.Equal(got, want) {
		t.Errorf("words %q, want %q", got, want)
	}
	for first := range AllAnomalies.Words() {
		if first != want[0] {
			t.Errorf("the first word is %q, want %q", first, want[0])
		}
		break
	}
}

func TestWhatIsImpossibleIsDropped(t *testing.T) {
	got := decode(t, finished(map[string]string{
		"score": `-1`, "max_score": `10`, "memory_bytes": `1e999`, "deadline_at": `"0001-01-01T00:00:01Z"`,
		"tests": `[{"name":"a","outcome":"who knows"},{"name":"b","outcome":"failed","seconds":-1e999,"score":1}]`,
	}))
	if got.Score.Known || got.MemoryBytes.Known || !got.DeadlineAt.IsZero() {
		t.Errorf("score %v, memory %v, deadline %v, want none of them", got.Score, got.MemoryBytes, got.DeadlineAt)
	}
	if got.MaxScore != Known(10) {
		t.Errorf("maximum score %v, want 10", got.MaxScore)
	}
	want := []Test{{Name: "b", Outcome: Failed, Score: Known(1)}}
	if !slices.Equal(got.Tests, want) {
		t.Errorf("tests %v, want %v", got.Tests, want)
	}
}

func TestAnUnknownVerdictIsOther(t *testing.T) {
	got := decode(t, finished(map[string]string{"verdict": `"who knows"`}))
	if got.Verdict != Other || got.VerdictWord != "who knows" {
		t.Errorf("verdict %s for %q, want other for \"who knows\"", got.Verdict, got.VerdictWord)
	}
}

func TestOnlyAFinishedCheckHasAVerdict(t *testing.T) {
	for _, state := range []string{`"queued"`, `"running"`, `"cancelled"`} {
		if got := decode(t, finished(map[string]string{"state": state})); got.Verdict != 0 {
			t.Errorf("verdict %s in state %s", got.Verdict, state)
		}
	}
}

// A database can hold what JSON cannot.
func TestCompleteOfARecordThatWasNotJSON(t *testing.T) {
	complete := func(change func(*Record)) (*Record, *Fault) {
		r := decode(t, object(nil))
		change(r)
		return r, r.Complete(ContractWords(), noon)
	}
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		r, fault := complete(func(r *Record) { r.Score = Known(value) })
		if fault != nil || r.Score.Known || r.Anomalies != ImpossibleNumber {
			t.Errorf("score %v: becomes %v, anomalies %b, fault %v; want none and an impossible number", value, r.Score,
				r.Anomalies, fault)
		}
	}
	for name, test := range map[string]struct {
		change func(*Record)
		reason Reason
		text   string
	}{
		"a negative check number": {
			func(r *Record) { r.CheckNumber = -1 }, WrongNumber, `submission "s1": check_number is -1, want 1 to 2147483647`,
		},
		"bytes that are no text": {
			func(r *Record) { r.Course = "algo\xff" }, InvalidUTF8, `submission "s1": course is not valid UTF-8`,
		},
		"an optional text that is too long": {
			func(r *Record) { r.Worker = strings.Repeat("w", MaxText+1) }, TooLong,
			`submission "s1": worker has 257 bytes, at most 256 are allowed`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, fault := complete(test.change)
			if fault == nil || fault.Reason != test.reason || fault.Error() != test.text {
				t.Errorf("fault %v, want %s: %s", fault, test.reason, test.text)
			}
		})
	}
}

func TestTimesAreExactToTheMicrosecondInUTC(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-09-01T13:00:00.123456499+02:00": time.Date(2026, 9, 1, 11, 0, 0, 123456000, time.UTC),
		"2026-09-01T11:00:00.123456500Z":      time.Date(2026, 9, 1, 11, 0, 0, 123457000, time.UTC),
		"2026-08-31T23:59:59.9999999-05:30":   time.Date(2026, 9, 1, 5, 30, 0, 0, time.UTC),
	} {
		if got := decode(t, object(map[string]string{"submitted_at": `"` + text + `"`})).SubmittedAt; got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestTheFirstAndTheLastTimeThatAreTaken(t *testing.T) {
	for _, text := range []string{"1970-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z"} {
		got := decode(t, object(map[string]string{"updated_at": `"` + text + `"`})).UpdatedAt.Format(time.RFC3339Nano)
		if got != text {
			t.Errorf("updated_at %s, want %s", got, text)
		}
	}
}
