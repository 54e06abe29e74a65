package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
)

func TestARelationThatDoesNotKeepTheContractIsAnErrorThatSaysWhy(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	for _, test := range []struct {
		name   string
		change string
		config source.Relation
		want   []string
	}{
		{"no relation", "", source.Relation{Relation: "checks"},
			[]string{"checks: there is no such relation", "postgres.submissions.relation"}},
		{"no schema", "", source.Relation{Relation: "grading.checks"}, []string{"grading.checks: there is no such relation"}},
		{"no default relation", "", source.Relation{},
			[]string{"analytics.submission_records: there is no such relation", "01-schema.sql"}},
		{"a relation that is no name", "", source.Relation{Relation: "select 1; drop"},
			[]string{"select 1; drop: ERROR: invalid name syntax"}},
		{"no column", "ALTER TABLE records DROP course", source.Relation{Relation: "records"},
			[]string{"records does not keep the record contract", "column course is missing, want text",
				"postgres.submissions.query"}},
		{"two columns", "ALTER TABLE records DROP course, DROP updated_at", source.Relation{Relation: "records"},
			[]string{"column course is missing, want text; column updated_at is missing, want timestamptz or timestamp;"}},
		{"text for a time", "ALTER TABLE records ALTER submitted_at DROP DEFAULT, ALTER submitted_at TYPE text",
			source.Relation{Relation: "records"},
			[]string{"column submitted_at is of type text, want timestamptz or timestamp"}},
		{"date for an optional time", "ALTER TABLE records ADD deadline_at date", source.Relation{Relation: "records"},
			[]string{"column deadline_at is of type date, want timestamptz or timestamp"}},
		{"numeric for an id", "ALTER TABLE records ALTER student DROP DEFAULT, ALTER student TYPE numeric USING 1",
			source.Relation{Relation: "records"},
			[]string{"column student is of type numeric, want text, uuid or an integer"}},
		{"integer for a text", "ALTER TABLE records ALTER course DROP DEFAULT, ALTER course TYPE bigint USING 1",
			source.Relation{Relation: "records"}, []string{"column course is of type bigint, want text"}},
		{"text for a number", "ALTER TABLE records ADD score text", source.Relation{Relation: "records"},
			[]string{"column score is of type text, want a number"}},
		{"real for an integer", "ALTER TABLE records ALTER check_number TYPE real", source.Relation{Relation: "records"},
			[]string{"column check_number is of type real, want an integer"}},
		{"array for tests", "ALTER TABLE records ADD tests text[]", source.Relation{Relation: "records"},
			[]string{"column tests is of type text[], want json, jsonb or text"}},
		{"query without a column", "", source.Relation{Query: "SELECT 1 AS submission_id"},
			[]string{"the query of postgres.submissions does not keep", "column course is missing"}},
		{"query that is none", "", source.Relation{Query: "SELEC 1"},
			[]string{"the query of postgres.submissions: ERROR: syntax error"}},
		{"query over what is not there", "", source.Relation{Query: "SELECT * FROM gone"},
			[]string{"the query of postgres.submissions", `relation "gone" does not exist`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := database
			if test.change != "" {
				changed = cluster.Database(t)
				records(t, changed, "bigint")
				changed.Exec(t, test.change)
			}
			s := open(t, changed.URL, source.Postgres{Submissions: test.config})
			wantParts(t, fail(t, s), append(test.want, s.Name())...)
		})
	}
}

// TestColumnsMayGoAndCome while the source is read, as a service is migrated.
func TestColumnsMayGoAndCome(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	insert := func(id int) {
		database.Exec(t, fmt.Sprintf("INSERT INTO records (submission_id, updated_at) VALUES (%d, '2026-03-%02dZ')", id, id))
	}
	s := open(t, database.URL, table("records"))
	log, clock := logOf(s), time.Duration(0)
	s.elapsed = func() time.Duration { return clock }
	insert(1)
	wantIdentities(t, poll(t, s), "1/1")

	database.Exec(t, "ALTER TABLE records ADD language text NOT NULL DEFAULT 'go'")
	clock += shapeAge
	insert(2)
	if got := poll(t, s).records; len(got) != 1 || got[0].Language != "go" {
		t.Errorf("with a new column %+v is read", got)
	}
	database.Exec(t, "ALTER TABLE records RENAME language TO speech")
	insert(3)
	wantParts(t, fail(t, s), "language")
	if got := poll(t, s).records; len(got) != 1 || got[0].Language != "" {
		t.Errorf("without the column %+v is read", got)
	}
	database.Exec(t, "ALTER TABLE records RENAME speech TO language")
	clock += shapeAge
	insert(4)
	if got := poll(t, s).records; len(got) != 1 || got[0].Language != "go" {
		t.Errorf("with the column again %+v is read", got)
	}
	for _, want := range []string{"level=INFO msg=\"A column has come", "level=WARN msg=\"A column is gone", "column=language"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	database.Exec(t, "ALTER TABLE records ADD score numeric")
	clock += shapeAge
	poll(t, s)
	database.Exec(t, "ALTER TABLE records RENAME score TO points")
	wantParts(t, fail(t, s), "score")
	wantParts(t, fail(t, s), "column score is missing, want a number") // or all would look changed
	database.Exec(t, "ALTER TABLE records RENAME points TO score")
	poll(t, s)
	database.Exec(t, "ALTER TABLE records RENAME verdict TO grade")
	insert(5)
	wantParts(t, fail(t, s), "verdict")
	wantParts(t, fail(t, s), "column verdict is missing, want text") // and nothing is taken for deleted
}

func TestARelationThatIsMendedIsRead(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, "ALTER TABLE records RENAME course TO lecture; INSERT INTO records (submission_id) VALUES (1)")
	s := open(t, database.URL, table("records"))
	wantParts(t, fail(t, s), "column course is missing")
	database.Exec(t, "ALTER TABLE records RENAME lecture TO course")
	wantIdentities(t, poll(t, s), "1/1")
	database.Exec(t, `ALTER TABLE records ALTER state TYPE varchar(20);
		INSERT INTO records (submission_id, updated_at) VALUES (2, '2026-03-02Z')`)
	wantIdentities(t, poll(t, s), "2/1")
}

func TestEveryTypeOfTheContractIsRead(t *testing.T) {
	database := cluster.Database(t)
	database.Exec(t, `
		CREATE TYPE state AS ENUM ('queued', 'finished');
		CREATE DOMAIN slug AS varchar(50) CHECK (VALUE <> '');
		CREATE TABLE records (
			submission_id uuid, check_number smallint, course slug, assignment char(20), student bigint,
			submitted_at timestamp, queued_at timestamptz, state state, verdict char(20), score smallint, max_score real,
			cpu_seconds numeric(8, 3), memory_bytes bigint, source_bytes double precision, tests json, updated_at timestamp,
			worker name, extra bytea, "Course" text);
		INSERT INTO records VALUES ('00000000-0000-0000-0000-00000000000a', 1, 'go', 'hello', 7,
			'2026-03-01 10:00', '2026-03-01 12:00+01', 'finished', 'accepted', 3, 4.5, 0.125, 6, 7,
			'[{"name": "sum", "outcome": "passed"}]', '2026-03-01 12:00', 'w1')`)
	s := open(t, database.URL, table("records"))
	output := logOf(s)
	read := poll(t, s)
	wantIdentities(t, read, "00000000-0000-0000-0000-00000000000a/1")
	got := read.records[0]
	values := fmt.Sprintln(got.Course, got.Assignment, got.Student, got.State, got.Verdict, got.Score.Value,
		got.MaxScore.Value, got.Worker, got.CPUSeconds.Value, got.MemoryBytes.Value, got.SourceBytes.Value, len(got.Tests))
	if want := fmt.Sprintln("go", "hello", "7", "finished", "accepted", 3, 4.5, "w1", 0.125, 6, 7, 1); values != want {
		t.Errorf("read %s, want %s", values, want)
	}
	times := fmt.Sprint(got.SubmittedAt, got.QueuedAt, got.UpdatedAt)
	if want := "2026-03-01 10:00:00 +0000 UTC 2026-03-01 11:00:00 +0000 UTC 2026-03-01 12:00:00 +0000 UTC"; times != want {
		t.Errorf("read %s, want %s", times, want)
	}
	wantParts(t, output.String(), "column submitted_at has no time zone and is taken as UTC")
	if strings.Contains(output.String(), "queued_at") {
		t.Errorf("the log speaks of a column that has a time zone: %s", output)
	}
}

// The time of a cursor goes back to the server as the type that the column has.
func TestTimestampsWithoutAZoneArePagedThrough(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `ALTER TABLE records ALTER updated_at TYPE timestamp;
		INSERT INTO records (submission_id, updated_at)
		SELECT n, timestamp '2026-03-01' + n * interval '1 microsecond' FROM generate_series(1, 5) n`)
	database.Exec(t, "ALTER ROLE postgres SET timezone = 'Asia/Tokyo'")
	defer database.Exec(t, "ALTER ROLE postgres RESET timezone")
	s := open(t, database.URL, table("records"))
	s.pageSize = 2
	wantIdentities(t, poll(t, s), "1/1", "2/1", "3/1", "4/1", "5/1")
	wantIdentities(t, poll(t, s))
}

func TestAQueryIsARelation(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `ALTER TABLE records RENAME course TO lecture;
		INSERT INTO records (submission_id) VALUES (8), (9), (10)`)
	for _, end := range []string{"", ";", " ;\n", " -- the end", " WHERE lecture LIKE 'g%s' OR lecture LIKE 'g%'"} {
		query := source.Relation{Query: "SELECT *, lecture AS course FROM records" + end}
		s := open(t, database.URL, source.Postgres{Submissions: query})
		s.pageSize = 1
		wantIdentities(t, poll(t, s), "8/1", "9/1", "10/1")
		wantIdentities(t, poll(t, s))
	}
}

func TestANameIsReadAsInSQL(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `INSERT INTO records (submission_id) VALUES (1);
		CREATE SCHEMA "My Grading";
		ALTER TABLE records SET SCHEMA "My Grading";
		ALTER TABLE "My Grading".records RENAME TO "Check"`)
	wantIdentities(t, poll(t, open(t, database.URL, table(`"My Grading"."Check"`))), "1/1")
}

func TestAnErrorShowsNoValueOfARow(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `INSERT INTO records (submission_id, student) VALUES (1, 's3cret');
		CREATE FUNCTION refuse(student text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'no % here', student; END $$;
		CREATE FUNCTION deny(student text) RETURNS text LANGUAGE plpgsql AS $$
			BEGIN RAISE 'no % here', student USING ERRCODE = '42501'; END $$`)
	for name, expression := range map[string]string{
		"a cast that fails": "student::integer", "a function that raises": "refuse(student)",
		"a function that raises as if it were the server": "deny(student)",
	} {
		t.Run(name, func(t *testing.T) {
			query := source.Relation{Query: "SELECT submission_id, course, assignment, submitted_at, state, verdict, updated_at, " +
				expression + " AS student FROM records"}
			text := fail(t, open(t, database.URL, source.Postgres{Submissions: query}))
			if strings.Contains(text, "s3cret") {
				t.Errorf("the error shows a student: %s", text)
			}
			wantParts(t, text, "the query of postgres.submissions", "a value of a row cannot be used", "SQLSTATE")
		})
	}
}
