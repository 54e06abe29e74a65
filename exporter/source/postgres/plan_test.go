package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/exporter/source"
)

// semesterRows is how many records the semester has.
const semesterRows = 100_000

// semester fills the reference schema. To stamp each row would only take time.
const semester = `
	ALTER TABLE analytics.submission_records DISABLE TRIGGER USER;
	INSERT INTO analytics.submission_records
	SELECT n, 1, 'course-' || n % 20, 'assignment-' || n % 10, n % 5000, at, at, at + interval '2 seconds',
		at + interval '9 seconds', 'finished', (ARRAY['accepted', 'wrong_answer', 'time_limit'])[n % 3 + 1], n % 11, 10,
		'Go', 'worker-' || n % 8, 'web', NULL, 0.25, 1048576, 4096, NULL, at + interval '9 seconds'
	FROM generate_series(1, 100000) n,
		LATERAL (SELECT timestamptz '2026-02-01Z' + n * interval '1 minute' AS at) AS submitted;
	ALTER TABLE analytics.submission_records ENABLE TRIGGER USER;
	ANALYZE analytics.submission_records`

// plans are the plans of the first page, of one in the middle and of the last.
func plans(t *testing.T, s *Source) map[string]string {
	t.Helper()
	poll(t, s)
	last := s.resume
	middle := cursor{updatedAt: last.updatedAt.Add(-1000 * time.Hour), submissionID: last.submissionID, checkNumber: 1}
	plans := map[string]string{}
	for name, place := range map[string]cursor{"first": {}, "middle": middle, "last": last} {
		sql, args := s.statements.page(place)
		rows, err := s.conn.Query(t.Context(), "EXPLAIN "+sql, args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		plans[name] = strings.Join(lines, "\n")
	}
	return plans
}

func wantIndex(t *testing.T, plans map[string]string, index string, never ...string) {
	t.Helper()
	for name, plan := range plans {
		if !strings.Contains(plan, "using "+index) {
			t.Errorf("the %s page does not use the index:\n%s", name, plan)
		}
		for _, node := range never {
			if strings.Contains(plan, node) {
				t.Errorf("the %s page has a %s:\n%s", name, node, plan)
			}
		}
	}
}

func TestAPageOfTheReferenceSchemaComesOutOfTheIndex(t *testing.T) {
	for _, idType := range []string{"text", "bigint"} {
		t.Run(idType, func(t *testing.T) {
			database := reference(t)
			database.Exec(t, `ALTER TABLE analytics.submission_records DROP CONSTRAINT submission_records_submission_id_check,
				ALTER submission_id TYPE `+idType+` USING submission_id::`+idType+`;`+
				strings.Replace(semester, "SELECT n,", "SELECT n::"+idType+",", 1))
			s := open(t, database.URL, source.Postgres{})
			wantIndex(t, plans(t, s), "submission_records_changes", "Sort", "Seq Scan")
		})
	}
}

// A null check number is 1, which only a sort among the rows of one submission and one time can say.
func TestAPageWithNullCheckNumbersIsNotSortedAsAWhole(t *testing.T) {
	database := reference(t)
	database.Exec(t, `ALTER TABLE analytics.submission_records DROP CONSTRAINT submission_records_pkey;
		ALTER TABLE analytics.submission_records ALTER check_number DROP NOT NULL;`+semester)
	found := plans(t, open(t, database.URL, source.Postgres{}))
	wantIndex(t, found, "submission_records_changes", "Seq Scan")
	wantParts(t, found["first"], "Incremental Sort", "Presorted Key: updated_at, submission_id")
}
