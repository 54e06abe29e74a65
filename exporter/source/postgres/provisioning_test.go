package postgres

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	schemaSQL = "provisioning/postgres/01-schema.sql"
	roleSQL   = "provisioning/postgres/02-role.sql"
	djangoSQL = "provisioning/postgres/example-django.sql"
	notifySQL = "provisioning/postgres/example-notify.sql"
)

// asGradewatch gives the exporter's role a password and logs it in.
func asGradewatch(t *testing.T, database *pgtest.Database) (url string, conn *pgx.Conn) {
	t.Helper()
	database.Exec(t, "ALTER ROLE gradewatch PASSWORD 'exporter'")
	t.Setenv("PGPASSWORD", "exporter")
	url = database.TCP("gradewatch")
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return url, conn
}

func wantDenied(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		_, err := conn.Exec(t.Context(), sql)
		if refused, ok := errors.AsType[*pgconn.PgError](err); !ok || refused.Code != "42501" {
			t.Errorf("%s: the error is %v, want permission denied", sql, err)
		}
	}
}

func TestAllFilesCanBeRunAgain(t *testing.T) {
	for name, files := range map[string][]string{"reference": {schemaSQL, roleSQL, notifySQL}, "Django": {djangoSQL, roleSQL}} {
		t.Run(name, func(t *testing.T) {
			database := cluster.Database(t)
			for range 2 {
				for _, file := range files {
					database.Load(t, file)
				}
			}
			url, _ := asGradewatch(t, database)
			wantIdentities(t, poll(t, open(t, url, source.Postgres{})))
		})
	}
}

func TestTheReferenceSchemaHasTheFieldsOfTheContract(t *testing.T) {
	conn := reference(t).Connect(t)
	rows, err := conn.Query(t.Context(), `SELECT attname::text, attnotnull, coalesce(col_description(attrelid, attnum), '')
		FROM pg_attribute WHERE attrelid = 'analytics.submission_records'::regclass AND attnum > 0 ORDER BY attnum`)
	if err != nil {
		t.Fatal(err)
	}
	type columnOf struct {
		Name     string
		Required bool
		Comment  string
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[columnOf])
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, column := range columns {
		got = append(got, fmt.Sprint(column.Name, " ", column.Required))
		if column.Comment == "" {
			t.Errorf("column %s has no comment", column.Name)
		}
	}
	for _, field := range submission.Fields() {
		want = append(want, fmt.Sprint(field.Name, " ", field.Required || field.Name == "check_number"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the columns are %v, want %v", got, want)
	}
}

func TestTheReferenceSchemaTakesTheWordsOfTheContractAlone(t *testing.T) {
	database := reference(t)
	conn := database.Connect(t)
	insert := func(id, state, verdict string) error {
		_, err := conn.Exec(t.Context(), `INSERT INTO analytics.submission_records
			(submission_id, course, assignment, student, submitted_at, state, verdict)
			VALUES ($1, 'go', 'hello', 'ada', '2026-03-01Z', $2, nullif($3, ''))`, id, state, verdict)
		return err
	}
	want := 0
	for state := submission.Queued; state <= submission.Cancelled; state++ {
		for _, verdict := range submission.Verdicts() {
			want++
			if err := insert(fmt.Sprint(want), state.String(), verdict.String()); err != nil {
				t.Error(err)
			}
		}
	}
	for _, words := range [][2]string{{"lost", ""}, {"finished", "AC"}, {"finished", ""}} {
		if err := insert("refused", words[0], words[1]); err == nil {
			t.Errorf("state %q with verdict %q was taken", words[0], words[1])
		}
	}
	if read := poll(t, open(t, database.URL, source.Postgres{})); len(read.records) != want || len(read.faults) != 0 {
		t.Errorf("read %d records and rejected %v, want %d records", len(read.records), read.faults, want)
	}
}

// An ORM stamps updated_at with the application's clock before the transaction, or forgets it.
func TestTheTriggerOverridesAWrongUpdatedAt(t *testing.T) {
	for _, test := range []struct{ name, schema, insert, update, read string }{
		{"reference", schemaSQL,
			`INSERT INTO analytics.submission_records
				(submission_id, course, assignment, student, submitted_at, state, updated_at)
			 VALUES ('1', 'go', 'hello', 'ada', '2026-03-01Z', 'queued', '2001-01-01Z')`,
			"UPDATE analytics.submission_records SET state = 'running', updated_at = '2150-01-01Z'",
			"SELECT updated_at FROM analytics.submission_records"},
		{"Django", djangoSQL, djangoRows,
			"UPDATE submissions_check SET status = 'running', updated_at = '2150-01-01Z' WHERE id = 1",
			"SELECT updated_at FROM submissions_check WHERE id = 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			database.Load(t, test.schema)
			conn := database.Connect(t)
			var before time.Time
			for _, sql := range []string{test.insert, test.update} {
				database.Exec(t, "BEGIN; SELECT pg_sleep(0.01);"+sql+"; COMMIT")
				var stamped, present time.Time
				err := conn.QueryRow(t.Context(), "SELECT ("+test.read+"), clock_timestamp()").Scan(&stamped, &present)
				if err != nil {
					t.Fatal(err)
				}
				if age := present.Sub(stamped); age < 0 || age > time.Minute || !stamped.After(before) {
					t.Errorf("%s: updated_at is %s at %s, before it was %s", sql, stamped, present, before)
				}
				before = stamped
			}
		})
	}
}

func TestTheRoleReadsWhatTheExporterReadsAndNothingElse(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	database.Exec(t, `CREATE TABLE auth_user (id int, username text);
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		VALUES ('1', 'go', 'hello', 'ada', '2026-03-01Z', 'queued');
		INSERT INTO analytics.courses VALUES ('go');
		INSERT INTO analytics.enrolments VALUES ('go', 'ada'), ('go', 'bob');
		INSERT INTO analytics.workers VALUES ('w1', 2)`)
	url, conn := asGradewatch(t, database)
	read := poll(t, open(t, url, source.Postgres{}))
	wantIdentities(t, read, "1/1")
	want := []submission.Catalogue{{Courses: []submission.Course{{Course: "go"}},
		Enrolments: []submission.Enrolment{{Course: "go", Students: 2}}, Workers: []submission.Worker{{Worker: "w1", Slots: 2}}}}
	if !reflect.DeepEqual(read.catalogues, want) {
		t.Errorf("the catalogue is %+v, want %+v", read.catalogues, want)
	}

	if _, err := conn.Exec(t.Context(), "UPDATE analytics.submission_records SET state = 'running'"); err == nil ||
		!strings.Contains(err.Error(), "read-only transaction") && !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a write yields %v", err)
	}
	// Whoever has the password can switch the setting off: the grants have to hold without it.
	if _, err := conn.Exec(t.Context(), "SET default_transaction_read_only = off"); err != nil {
		t.Fatal(err)
	}
	wantDenied(t, conn,
		"UPDATE analytics.submission_records SET state = 'running'",
		"DELETE FROM analytics.submission_records",
		"INSERT INTO analytics.courses VALUES ('sql')",
		"TRUNCATE analytics.courses",
		"CREATE TABLE analytics.mine ()",
		"SELECT * FROM auth_user",
		"SELECT * FROM analytics.course_staff",
		"SELECT * FROM pg_authid",
		"SELECT * FROM pg_hba_file_rules",
		"SELECT pg_ls_dir('.')",
		"CREATE ROLE mine",
	)
	var memberOf string
	if err := conn.QueryRow(t.Context(), `SELECT string_agg(rolname, ' ') FROM pg_roles
		WHERE rolname <> current_user AND pg_has_role(oid, 'MEMBER')`).Scan(&memberOf); err != nil ||
		memberOf != "pg_read_all_stats" {
		t.Errorf("the role is a member of %s, %v, want pg_read_all_stats alone", memberOf, err)
	}
}

func TestTheRoleSeesOpenTransactions(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	insert := `INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		VALUES ('%d', 'go', 'hello', 'ada', '2026-03-01Z', 'queued')`
	url, _ := asGradewatch(t, database)
	s := always(open(t, url, source.Postgres{}))
	output := logOf(s)
	writer := database.Connect(t)
	run(t, writer, "BEGIN", fmt.Sprintf(insert, 1))
	database.Exec(t, fmt.Sprintf(insert, 2))
	wantIdentities(t, poll(t, s), "2/1")
	run(t, writer, "COMMIT")
	wantIdentities(t, poll(t, s), "1/1", "2/1")
	wantIdentities(t, poll(t, s))
	if strings.Contains(output.String(), "overlap") {
		t.Errorf("the log says %s", output)
	}
}

func TestAnOwnerWhoMayNotGrantIsOnlyTold(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	records(t, database, "bigint")
	text, err := os.ReadFile("../../../" + roleSQL)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := pgx.ParseConfig(plainRole(t, database))
	if err != nil {
		t.Fatal(err)
	}
	var said string
	settings.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { said += notice.Message }
	conn, err := pgx.ConnectConfig(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	run(t, conn, regexp.MustCompile(`(?s)DO \$\$\nBEGIN\n    GRANT .*?\n\$\$;`).FindString(string(text)))
	wantParts(t, said, "pg_read_all_stats is not granted (must have admin option", "postgres.overlap")
}

func TestARunOfTheRoleTakesBackWhatWasGrantedBesides(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	database.Exec(t, "GRANT ALL ON ALL TABLES IN SCHEMA analytics TO gradewatch")
	database.Load(t, roleSQL)
	_, conn := asGradewatch(t, database)
	if _, err := conn.Exec(t.Context(), "SET default_transaction_read_only = off"); err != nil {
		t.Fatal(err)
	}
	wantDenied(t, conn, "SELECT * FROM analytics.course_staff", "DELETE FROM analytics.submission_records")
}

func TestARoleWithoutGrantsIsToldWhatItLacks(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	database.Exec(t, "REVOKE SELECT ON analytics.submission_records FROM gradewatch")
	url, _ := asGradewatch(t, database)
	wantParts(t, fail(t, open(t, url, source.Postgres{})),
		"analytics.submission_records", "permission denied", "02-role.sql")
	database.Exec(t, "REVOKE USAGE ON SCHEMA analytics FROM gradewatch")
	wantParts(t, fail(t, open(t, url, source.Postgres{})), "permission denied for schema analytics", "02-role.sql")
}

func TestAClosedCatalogueDoesNotStopTheRecords(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	database.Exec(t, `REVOKE SELECT ON analytics.courses FROM gradewatch;
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		VALUES ('1', 'go', 'hello', 'ada', '2026-03-01Z', 'queued')`)
	url, _ := asGradewatch(t, database)
	s := open(t, url, source.Postgres{})
	output := logOf(s)
	wantIdentities(t, poll(t, s), "1/1")
	wantParts(t, output.String(), "optional relation analytics.courses", "permission denied")
}

// djangoRows are two submissions, one of them with a re-check.
const djangoRows = `
	INSERT INTO auth_user (id, username, email, password) VALUES
		(7, 'ada', 'ada@example.org', 'x'), (8, 'bob', 'bob@example.org', 'x');
	INSERT INTO courses_course (id, slug, title, term) VALUES (1, 'go-2026', 'Go', '2026 autumn');
	INSERT INTO courses_assignment (id, course_id, slug, title, deadline, max_points) VALUES
		(1, 1, 'hello', 'Hello', '2026-03-08Z', 10);
	INSERT INTO courses_enrolment (course_id, user_id, role) VALUES (1, 7, 'student'), (1, 8, 'teacher');
	INSERT INTO submissions_submission
		(id, assignment_id, author_id, created_at, language, source, client, extended_until) VALUES
		(9, 1, 7, '2026-03-01 10:00Z', 'Go', 'package main', 'web', NULL),
		(10, 1, 7, '2026-03-01 11:00Z', 'Go', '', 'git', '2026-03-09Z');
	INSERT INTO submissions_check (id, submission_id, number, status, result, points, worker, queued_at, started_at,
			finished_at, cpu_time, peak_memory, report, updated_at) VALUES
		(1, 9, 1, 'done', 'WA', 3.25, 'w1', '2026-03-01 10:00Z', '2026-03-01 10:01Z', '2026-03-01 10:02Z', 0.5, 4096,
			'[{"name": "sum", "outcome": "failed"}]', '2001-01-01Z'),
		(2, 9, 2, 'done', 'OK', 10, 'w1', '2026-03-02 10:00Z', '2026-03-02 10:01Z', '2026-03-02 10:02Z', 0.5, 4096,
			NULL, '2001-01-01Z'),
		(3, 10, 1, 'pending', NULL, NULL, NULL, '2026-03-01 11:00Z', NULL, NULL, NULL, NULL, NULL, '2001-01-01Z')`

func TestTheDjangoExampleYieldsRecords(t *testing.T) {
	database := cluster.Database(t)
	database.Load(t, djangoSQL)
	database.Load(t, roleSQL)
	database.Exec(t, djangoRows)
	url, conn := asGradewatch(t, database)
	wantDenied(t, conn,
		"SELECT * FROM auth_user", "SELECT * FROM submissions_submission", "SELECT * FROM analytics.course_staff")
	s := open(t, url, source.Postgres{})
	read := poll(t, s)
	wantIdentities(t, read, "9/1", "9/2", "10/1")

	var got []string
	for _, r := range read.records {
		got = append(got, fmt.Sprintln(r.Course, r.Assignment, r.Student, r.State, r.Verdict, r.Score, r.MaxScore.Value,
			r.SubmittedAt.Format(time.DateTime), r.DeadlineAt.Format(time.DateTime), r.Worker, r.SourceBytes.Value,
			len(r.Tests)))
	}
	want := []string{
		"go-2026 hello 7 finished wrong_answer {3.25 true} 10 2026-03-01 10:00:00 0001-01-01 00:00:00 w1 12 1\n",
		"go-2026 hello 7 finished accepted {10 true} 10 2026-03-01 10:00:00 0001-01-01 00:00:00 w1 12 0\n",
		"go-2026 hello 7 queued  {0 false} 10 2026-03-01 11:00:00 2026-03-09 00:00:00  0 0\n",
	}
	if !slices.Equal(got, want) {
		t.Errorf("read\n%q, want\n%q", got, want)
	}
	catalogue := submission.Catalogue{
		Courses: []submission.Course{{Course: "go-2026", Title: "Go", Term: "2026 autumn"}},
		Assignments: []submission.Assignment{{Course: "go-2026", Assignment: "hello", Title: "Hello",
			DeadlineAt: time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC), MaxScore: submission.Known(10)}},
		Enrolments: []submission.Enrolment{{Course: "go-2026", Students: 1}},
	}
	if len(read.catalogues) != 1 || !reflect.DeepEqual(read.catalogues[0], catalogue) {
		t.Errorf("the catalogue is\n%+v, want\n%+v", read.catalogues, catalogue)
	}

	// Neither a bulk update, which leaves auto_now out, nor a change of the submission alone is missed.
	database.Exec(t, "UPDATE submissions_check SET status = 'running' WHERE id = 3")
	wantIdentities(t, poll(t, s), "10/1")
	database.Exec(t, "UPDATE submissions_submission SET extended_until = '2026-03-10Z' WHERE id = 9")
	wantIdentities(t, poll(t, s), "9/1", "9/2")
}

func TestNoNameOfAStudentIsInTheDjangoExample(t *testing.T) {
	database := cluster.Database(t)
	database.Load(t, djangoSQL)
	database.Exec(t, djangoRows)
	for _, relation := range []string{"submission_records", "enrolments", "courses", "assignments"} {
		var text string
		sql := "SELECT coalesce(string_agg(r::text, ' '), '') FROM analytics." + relation + " r"
		if err := database.Connect(t).QueryRow(t.Context(), sql).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if text == "" || strings.Contains(text, "ada") {
			t.Errorf("analytics.%s holds %q", relation, text)
		}
	}
}

func TestAPageOfTheDjangoExampleComesOutOfTheIndex(t *testing.T) {
	database := cluster.Database(t)
	database.Load(t, djangoSQL)
	database.Exec(t, `
		INSERT INTO auth_user (id, username, email, password) SELECT n, n, '', '' FROM generate_series(1, 1000) n;
		INSERT INTO courses_course (id, slug, title, term) SELECT n, 'course-' || n, '', '' FROM generate_series(1, 20) n;
		INSERT INTO courses_assignment (id, course_id, slug, title, max_points)
		SELECT n, (n - 1) % 20 + 1, 'assignment-' || n, '', 10 FROM generate_series(1, 200) n;
		INSERT INTO submissions_submission (id, assignment_id, author_id, created_at, language, source, client)
		SELECT n, n % 200 + 1, n % 1000 + 1, timestamptz '2026-02-01Z' + n * interval '1 minute', 'Go', '', 'web'
		FROM generate_series(1, 100000) n;
		ALTER TABLE submissions_check DISABLE TRIGGER stamp_updated_at;
		INSERT INTO submissions_check (submission_id, status, result, points, queued_at, finished_at, updated_at)
		SELECT id, 'done', 'OK', 10, created_at, created_at, created_at FROM submissions_submission ORDER BY id;
		ANALYZE`)
	s := open(t, database.URL, source.Postgres{})
	wantIndex(t, plans(t, s), "submissions_check_changes", "Seq Scan on submissions_check")
}
