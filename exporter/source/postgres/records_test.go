package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

func TestARecordHasEveryFieldOfTheContract(t *testing.T) {
	database := reference(t)
	database.Exec(t, `INSERT INTO analytics.submission_records VALUES ('17', 2, 'go-2026', 'hello', 'ada',
		'2026-03-01T10:00:00.123456Z', '2026-03-01T10:00:01Z', '2026-03-01T10:00:02Z', '2026-03-01T11:00:03+01:00',
		'finished', 'partial', 7.5, 10, 'Go', 'worker-1', 'git', '2026-03-02Z', 0.25, 1048576, 4096,
		'[{"name": "sum", "outcome": "passed", "seconds": 0.1, "score": 5, "max_score": 5},
		  {"name": "zero", "outcome": "failed"}]')`)
	read := poll(t, open(t, database.URL, source.Postgres{}))
	wantIdentities(t, read, "17/2")

	got := read.records[0]
	if age := time.Since(got.UpdatedAt); age < 0 || age > time.Hour {
		t.Errorf("updated_at is %s, want the present", got.UpdatedAt)
	}
	got.UpdatedAt = now
	text, err := json.Marshal(&got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"submission_id":"17","check_number":2,"course":"go-2026","assignment":"hello","student":"ada",` +
		`"submitted_at":"2026-03-01T10:00:00.123456Z","queued_at":"2026-03-01T10:00:01Z",` +
		`"started_at":"2026-03-01T10:00:02Z","finished_at":"2026-03-01T10:00:03Z","state":"finished","verdict":"partial",` +
		`"score":7.5,"max_score":10,"language":"Go","worker":"worker-1","client":"git",` +
		`"deadline_at":"2026-03-02T00:00:00Z","cpu_seconds":0.25,"memory_bytes":1048576,"source_bytes":4096,` +
		`"tests":[{"name":"sum","outcome":"passed","seconds":0.1,"score":5,"max_score":5},` +
		`{"name":"zero","outcome":"failed"}],` +
		`"updated_at":"2026-09-01T12:00:00Z"}`
	if string(text) != want {
		t.Errorf("read\n%s, want\n%s", text, want)
	}
	for i, field := range submission.Fields() {
		if !got.Given(i) {
			t.Errorf("%s is not given", field.Name)
		}
	}
}

func TestNothingOfARowIsLeftInTheNext(t *testing.T) {
	database := reference(t)
	database.Exec(t, `
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state, verdict,
			score, worker, finished_at, tests)
		VALUES ('full', 'go', 'hello', 'ada', '2026-03-01Z', 'finished', 'accepted', 1, 'w', '2026-03-01Z',
			'[{"name": "sum", "outcome": "passed"}]');
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		VALUES ('bare', 'go', 'hello', 'ada', '2026-03-01Z', 'queued')`)
	read := poll(t, open(t, database.URL, source.Postgres{}))
	wantIdentities(t, read, "full/1", "bare/1")
	for i, field := range submission.Fields() {
		if given := read.records[1].Given(i); given != (field.Required || field.Name == "check_number") {
			t.Errorf("%s is given: %t", field.Name, given)
		}
	}
}

// Rows of one transaction often share their updated_at, so ties across a border between pages are usual.
func TestPagesLoseAndRepeatNothing(t *testing.T) {
	ids := map[string]string{
		"smallint": "n", "integer": "n - 40", "bigint": "n + 5000000000", "text": "'s' || n", "varchar(12)": "'s' || n",
		"char(12)": "'s' || n", "uuid": "md5(n::text)::uuid",
	}
	for idType, id := range ids {
		for _, ties := range []int{1, 10, 1000} {
			t.Run(fmt.Sprintf("%s, %d of one time", idType, ties), func(t *testing.T) {
				database := cluster.Database(t)
				records(t, database, idType)
				database.Exec(t, fmt.Sprintf(`INSERT INTO records (submission_id, check_number, updated_at)
					SELECT %s, number, timestamptz '2026-03-01Z' + n / %d * interval '1 microsecond'
					FROM generate_series(1, 100) n, generate_series(1, 3) number`, id, ties))
				s := open(t, database.URL, table("records"))
				s.pageSize = 7
				read := poll(t, s)
				got := read.identities()
				slices.Sort(got)
				if distinct := len(slices.Compact(slices.Clone(got))); len(got) != 300 || distinct != 300 {
					t.Errorf("read %d records, %d of them distinct, want 300", len(got), distinct)
				}
				byChange := func(a, b submission.Record) int { return a.UpdatedAt.Compare(b.UpdatedAt) }
				if !slices.IsSortedFunc(read.records, byChange) {
					t.Error("the records do not come in the order of their changes")
				}
				wantIdentities(t, poll(t, s))
			})
		}
	}
}

func TestIntegersAreNotOrderedAsText(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, "INSERT INTO records (submission_id) SELECT generate_series(8, 12)")
	s := open(t, database.URL, table("records"))
	s.pageSize = 2
	wantIdentities(t, poll(t, s), "8/1", "9/1", "10/1", "11/1", "12/1")
	database.Exec(t, "INSERT INTO records (submission_id) VALUES (100)")
	wantIdentities(t, poll(t, s), "100/1")
}

func TestWithoutCheckNumberEveryCheckIsTheFirst(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "text")
	database.Exec(t, `ALTER TABLE records DROP check_number;
		INSERT INTO records (submission_id) VALUES ('a'), ('b'), ('c')`)
	s := open(t, database.URL, table("records"))
	s.pageSize = 2
	wantIdentities(t, poll(t, s), "a/1", "b/1", "c/1")
	wantIdentities(t, poll(t, s))
}

func TestANullCheckNumberIsTheFirst(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "text")
	database.Exec(t, `ALTER TABLE records ALTER check_number DROP NOT NULL;
		INSERT INTO records (submission_id, check_number) VALUES ('a', 2), ('a', NULL), ('b', NULL), ('b', 2), ('b', 3)`)
	for pageSize := 1; pageSize <= 6; pageSize++ {
		s := open(t, database.URL, table("records"))
		s.pageSize = pageSize
		wantIdentities(t, poll(t, s), "a/1", "a/2", "b/1", "b/2", "b/3")
		wantIdentities(t, poll(t, s))
	}
}

func TestAPollReadsWhatHasChanged(t *testing.T) {
	database := reference(t)
	database.Exec(t, `
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		SELECT n, 'go', 'hello', 'ada', '2026-03-01Z', 'queued' FROM generate_series(1, 3) n`)
	s := open(t, database.URL, source.Postgres{})
	wantIdentities(t, poll(t, s), "1/1", "2/1", "3/1")
	wantIdentities(t, poll(t, s))
	database.Exec(t, "UPDATE analytics.submission_records SET state = 'running' WHERE submission_id = '2'")
	wantIdentities(t, poll(t, s), "2/1")
	wantIdentities(t, poll(t, s))
}

// A row that lies ahead of its time is handed over again and again, which changes nothing.
func TestARowAheadOfItsTimeHidesNothing(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `INSERT INTO records (submission_id, updated_at)
		VALUES (1, '2026-03-01Z'), (2, '2150-01-01Z'), (3, '2026-03-02Z')`)
	s := open(t, database.URL, table("records"))
	s.pageSize = 1
	wantIdentities(t, poll(t, s), "1/1", "3/1", "2/1")
	database.Exec(t, "INSERT INTO records (submission_id, updated_at) VALUES (4, '2026-03-03Z')")
	wantIdentities(t, poll(t, s), "4/1", "2/1")
}

func TestRecordsWithoutAPlaceInTheOrderAreRejectedOnce(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `INSERT INTO records (submission_id, updated_at) VALUES
		(1, NULL), (2, 'infinity'), (3, '-infinity'), (4, '2026-03-01Z'), (5, NULL), (6, '2026-03-02Z')`)
	s := open(t, database.URL, table("records"))
	s.pageSize = 2
	read := poll(t, s)
	if got := fmt.Sprint(read.identities()); got != "[4/1 6/1]" {
		t.Errorf("read %s", got)
	}
	reasons := map[string]submission.Reason{}
	for _, fault := range read.faults {
		reasons[fault.SubmissionID] = fault.Reason
	}
	want := map[string]submission.Reason{
		"1": submission.MissingField, "2": submission.WrongTime, "3": submission.WrongTime, "5": submission.MissingField,
	}
	if len(read.faults) != len(want) || !reflect.DeepEqual(reasons, want) {
		t.Errorf("rejected %v, want %v", read.faults, want)
	}
	wantIdentities(t, poll(t, s))
	database.Exec(t, "UPDATE records SET updated_at = '2026-03-03Z' WHERE submission_id = 1")
	wantIdentities(t, poll(t, s), "1/1")
}

func TestABadRowIsRejectedAndTheOthersPass(t *testing.T) {
	long := "repeat('x', 257)"
	for _, test := range []struct {
		name, column, value string
		reason              submission.Reason
		detail              string
	}{
		{"no id", "submission_id", "NULL", submission.MissingField, "submission_id"},
		{"empty id", "submission_id", "''", submission.MissingField, "submission_id"},
		{"no course", "course", "NULL", submission.MissingField, "course"},
		{"empty assignment", "assignment", "''", submission.MissingField, "assignment"},
		{"no student", "student", "NULL", submission.MissingField, "student"},
		{"long student", "student", long, submission.TooLong, "student has 257 bytes"},
		{"no time", "submitted_at", "NULL", submission.MissingField, "submitted_at"},
		{"time before the Unix epoch", "submitted_at", "'1969-12-31Z'", submission.WrongTime, "1969"},
		{"infinite time", "submitted_at", "'infinity'", submission.WrongTime, "submitted_at"},
		{"check number 0", "check_number", "0", submission.WrongNumber, "check_number is 0"},
		{"negative check number", "check_number", "-1", submission.WrongNumber, "check_number is -1"},
		{"unknown state", "state", "'lost'", submission.UnknownState, "lost"},
		{"no verdict", "state", "'finished'", submission.MissingField, "verdict"},
		{"long worker", "worker", long, submission.TooLong, "worker has 257 bytes"},
		{"tests that are no JSON", "tests", "'passed'", submission.WrongType, "tests"},
		{"tests that are no array", "tests", `'{"name": "ada"}'`, submission.WrongType, "tests"},
		{"a test without name", "tests", `'[{"outcome": "passed"}]'`, submission.MissingField, "test 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "text")
			database.Exec(t, fmt.Sprintf(`ALTER TABLE records ADD worker text, ADD tests text;
				INSERT INTO records (submission_id, updated_at) VALUES
					('before', '2026-03-01Z'), ('bad', '2026-03-02Z'), ('behind', '2026-03-03Z');
				UPDATE records SET %s = %s WHERE submission_id = 'bad'`, test.column, test.value))
			s := open(t, database.URL, table("records"))
			s.pageSize = 1 // so that the bad row becomes a cursor
			read := poll(t, s)
			if got := fmt.Sprint(read.identities()); got != "[before/1 behind/1]" {
				t.Errorf("read %s", got)
			}
			if len(read.faults) != 1 {
				t.Fatalf("rejected %v", read.faults)
			}
			fault := read.faults[0]
			if fault.Reason != test.reason || fault.Where != "records" {
				t.Errorf("rejected for %s in %s, want %s in records", fault.Reason, fault.Where, test.reason)
			}
			wantParts(t, fault.Detail, test.detail)
			wantIdentities(t, poll(t, s))
		})
	}
}

func TestANullIDBreaksNoCursor(t *testing.T) {
	for _, idType := range []string{"bigint", "uuid", "text"} {
		database := cluster.Database(t)
		records(t, database, idType)
		database.Exec(t, "INSERT INTO records (submission_id) VALUES (NULL)")
		s := open(t, database.URL, table("records"))
		if read := poll(t, s); len(read.records) > 0 || len(read.faults) != 1 {
			t.Errorf("%s: read %v and rejected %v, want one fault", idType, read.identities(), read.faults)
		}
		wantIdentities(t, poll(t, s))
	}
}

func TestAnOddRowCounts(t *testing.T) {
	for _, test := range []struct {
		name, column, dataType, value string
		anomalies                     submission.Anomalies
	}{
		{"infinite end", "finished_at", "timestamptz", "'infinity'", submission.ImpossibleTime},
		{"start before all time", "started_at", "timestamptz", "'-infinity'", submission.ImpossibleTime},
		{"deadline before all time", "deadline_at", "timestamptz", "'-infinity'", submission.ImpossibleTime},
		{"infinite deadline is none", "deadline_at", "timestamptz", "'infinity'", 0},
		{"year 1 is no time", "started_at", "timestamptz", "'0001-01-01Z'", 0},
		{"negative score", "score", "double precision", "-1", submission.ImpossibleNumber},
		{"score that is not a number", "score", "numeric", "'NaN'", submission.ImpossibleNumber},
		{"score beyond any float", "score", "numeric", "1e400", submission.ImpossibleNumber},
		{"score that no float is as small as", "score", "numeric", "1e-400", submission.ImpossibleNumber},
		{"numeric score", "score", "numeric", "0.1", 0},
		{"zero", "score", "numeric", "0", 0},
		{"empty tests", "tests", "text", "''", 0},
		{"tests that are JSON's null", "tests", "jsonb", "'null'", 0},
		{"unknown outcome", "tests", "json", `'[{"name": "sum", "outcome": "maybe"}]'`, submission.UnknownOutcome},
	} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "text")
			database.Exec(t, fmt.Sprintf(`ALTER TABLE records ADD %s %s;
				INSERT INTO records (submission_id, %[1]s) VALUES ('odd', %[3]s)`, test.column, test.dataType, test.value))
			read := poll(t, open(t, database.URL, table("records")))
			wantIdentities(t, read, "odd/1")
			if got := read.records[0]; got.Anomalies != test.anomalies || !got.DeadlineAt.IsZero() || len(got.Tests) > 0 {
				t.Errorf("read %+v, want anomalies %b", got, test.anomalies)
			}
		})
	}
}

func TestNumbersAreExact(t *testing.T) {
	for _, dataType := range []string{"numeric", "numeric(6,2)", "double precision"} {
		database := cluster.Database(t)
		records(t, database, "text")
		database.Exec(t, fmt.Sprintf(`ALTER TABLE records ADD score %s;
			INSERT INTO records (submission_id, score) VALUES ('a', 66.67), ('b', NULL)`, dataType))
		read := poll(t, open(t, database.URL, table("records")))
		wantIdentities(t, read, "a/1", "b/1")
		if got := read.records[0].Score; got != submission.Known(66.67) {
			t.Errorf("%s: the score is %v, want 66.67", dataType, got)
		}
		if got := read.records[1].Score; got.Known {
			t.Errorf("%s: the score is %v, want an unknown one", dataType, got)
		}
	}
}

func TestACancelledPollReturnsAtOnceAndTheNextGoesOn(t *testing.T) {
	const rows = 200_000
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, fmt.Sprintf("INSERT INTO records (submission_id) SELECT generate_series(1, %d)", rows))
	s := open(t, database.URL, table("records"))
	s.pageSize = rows

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read := 0
	var cancelled time.Time
	err := s.Poll(ctx, sinkFunc{&journal{}, func(*submission.Record) {
		if read++; read == 10 {
			cancel()
			cancelled = time.Now()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want context.Canceled", err)
	}
	if took := time.Since(cancelled); took > time.Second {
		t.Errorf("the poll returned %s after it was cancelled", took)
	}
	if read == rows {
		t.Error("the poll read to the end")
	}
	if rest := len(poll(t, s).records); read+rest != rows {
		t.Errorf("read %d and then %d records, want %d in all", read, rest, rows)
	}
}
