package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/proto"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source/demo"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

var update = flag.Bool("update", false, "write the golden files anew")

// datasets are real records; what another program has counted of them stands in the README beside each.
var datasets = []struct {
	name     string
	timezone string
	verdicts map[string]float64
}{
	{"recodex", "Europe/Prague", map[string]float64{"partial": 683, "accepted": 208, "wrong_answer": 69, "compile_error": 40}},
	{"clics-gny2023", "America/New_York", map[string]float64{
		"wrong_answer": 308, "accepted": 203, "time_limit": 96, "runtime_error": 49, "compile_error": 6}},
}

const rolePassword = "correct-horse"

// database is a database with the reference schema, the exporter's role, and the records in JSON lines.
func database(t *testing.T, lines []string) *pgtest.Database {
	t.Helper()
	db := cluster.Database(t)
	db.Load(t, "provisioning/postgres/01-schema.sql")
	db.Load(t, "provisioning/postgres/02-role.sql")
	db.Exec(t, "ALTER ROLE gradewatch PASSWORD '"+rolePassword+"'")
	// Times of change are to be those of the records.
	db.Exec(t, "ALTER TABLE analytics.submission_records DISABLE TRIGGER stamp_updated_at")
	db.Exec(t, `INSERT INTO analytics.submission_records SELECT r.* FROM unnest($1::text[]) AS line,
		jsonb_populate_record(NULL::analytics.submission_records, line::jsonb) AS r`, lines)
	db.Exec(t, "ALTER TABLE analytics.submission_records ENABLE TRIGGER stamp_updated_at")
	return db
}

func fromDatabase(t *testing.T, db *pgtest.Database, args ...string) *exporter {
	t.Helper()
	return serve(t, []string{"PGPASSWORD=" + rolePassword}, nil, append(args, "--source="+db.TCP("gradewatch"))...).ready()
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// TestRealRecords serves real records from a log and from a database: the metrics are the same to the byte, they are
// those of the golden file, and they equal what SQL counts and what another program has counted.
func TestRealRecords(t *testing.T) {
	for _, set := range datasets {
		t.Run(set.name, func(t *testing.T) {
			path := filepath.Join("../exporter/testdata", set.name, "submissions.jsonl")
			db := database(t, lines(t, path))
			log := serve(t, nil, nil, "--source=jsonl:"+path, "--timezone="+set.timezone).ready()
			table := fromDatabase(t, db, "--timezone="+set.timezone)

			fromLog, fromTable := log.metrics("grader_"), table.metrics("grader_")
			if fromLog != fromTable {
				t.Errorf("log and database differ:\n%s", firstDifference(fromLog, fromTable))
			}
			equalFamilies(t, log.families(), table.families())

			golden := filepath.Join("testdata", set.name+".prom")
			if *update {
				if err := os.WriteFile(golden, []byte(fromLog), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if fromLog != string(want) {
				t.Errorf("metrics differ from %s (run with -update if that is meant):\n%s", golden, firstDifference(fromLog, string(want)))
			}

			verdicts := map[string]float64{}
			for labels, value := range samples(table.families(), metrics.Checks, metrics.Verdict) {
				if value != 0 {
					verdicts[labels] += value
				}
			}
			if !maps.Equal(verdicts, set.verdicts) {
				t.Errorf("checks by verdict %v, another program counted %v", verdicts, set.verdicts)
			}
			equalSQL(t, db, asTheyAre, table.reading(), set.timezone, time.Now())
		})
	}
}

// TestDemoRecordsEqualSQL loads what the demo makes up, queued and running checks, re-checks and failures of the
// infrastructure included, into a database, and compares the metrics with SQL.
func TestDemoRecordsEqualSQL(t *testing.T) {
	db := madeUp(t)
	e := fromDatabase(t, db, "--timezone=Asia/Kathmandu")
	equalSQL(t, db, asTheyAre, e.reading(), "Asia/Kathmandu", time.Now())
}

// madeUp is a database with all that the demo makes up.
func madeUp(t *testing.T) *pgtest.Database {
	t.Helper()
	now := time.Now()
	source, err := demo.New(demo.Options{Seed: 7, Students: 60, Location: time.UTC, Now: func() time.Time { return now },
		Faults: []demo.Fault{fault(t, "slow-queue@"+now.Add(-time.Hour).Format(time.RFC3339))}})
	if err != nil {
		t.Fatal(err)
	}
	var all recorder
	if err := source.Poll(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.lines) < 1000 || len(all.catalogue.Enrolments) == 0 {
		t.Fatalf("the demo has %d records only", len(all.lines))
	}
	db := database(t, all.lines)
	all.describe(t, db)
	return db
}

func fault(t *testing.T, text string) demo.Fault {
	t.Helper()
	f, err := demo.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// recorder is a source.Sink that keeps the records as JSON lines.
type recorder struct {
	lines     []string
	catalogue submission.Catalogue
}

func (r *recorder) Catalogue(c *submission.Catalogue) { r.catalogue = *c }

// describe puts the catalogue into a database; students are enrolled under ids of their own.
func (r *recorder) describe(t *testing.T, db *pgtest.Database) {
	t.Helper()
	for _, c := range r.catalogue.Courses {
		db.Exec(t, "INSERT INTO analytics.courses VALUES ($1, $2, $3)", c.Course, c.Title, c.Term)
	}
	for _, a := range r.catalogue.Assignments {
		db.Exec(t, "INSERT INTO analytics.assignments VALUES ($1, $2, $3, $4, $5)", a.Course, a.Assignment, a.Title, a.OpensAt, a.DeadlineAt)
	}
	for _, e := range r.catalogue.Enrolments {
		db.Exec(t, "INSERT INTO analytics.enrolments SELECT $1, n FROM generate_series(1, $2) n", e.Course, e.Students)
	}
	for _, w := range r.catalogue.Workers {
		db.Exec(t, "INSERT INTO analytics.workers VALUES ($1, $2)", w.Worker, w.Slots)
	}
}
func (r *recorder) Reject(f *submission.Fault) { panic(f) }
func (r *recorder) Record(record *submission.Record) {
	line, err := json.Marshal(record)
	if err != nil {
		panic(err)
	}
	r.lines = append(r.lines, string(line))
}

type count struct {
	metric *metrics.Metric
	sql    string
}

// counted are independent counts of metrics: a query over `records`, `submissions` (first check of each) and `results`
// (first result of each submission) that yields the labels of the metric and its value, zero left out. $1 is the zone, $2 the time.
var counted = []count{
	{metrics.Submissions, `SELECT course, assignment, count(*) FROM submissions GROUP BY 1, 2`},
	{metrics.LanguageSubmissions, `SELECT course, coalesce(language, 'unknown'), count(*) FROM submissions GROUP BY 1, 2`},
	{metrics.HourSubmissions, `SELECT course, extract(isodow FROM submitted_at AT TIME ZONE $1)::int::text,
		to_char(submitted_at AT TIME ZONE $1, 'HH24'), count(*) FROM submissions GROUP BY 1, 2, 3`},
	{metrics.LateSubmissions, `SELECT course, assignment, count(*) FROM due WHERE submitted_at > due GROUP BY 1, 2`},
	{metrics.DaySubmissions, `SELECT course, count(*) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date GROUP BY 1`},
	{metrics.LastDaySubmissions, `SELECT course, count(*) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date - 1 GROUP BY 1`},
	{metrics.DayActiveStudents, `SELECT course, count(DISTINCT student) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date GROUP BY 1`},
	{metrics.ServiceDayActiveStudents, `SELECT count(DISTINCT student) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date HAVING count(*) > 0`},
	{metrics.ActiveStudents, `SELECT course, name, count(DISTINCT student) FROM submissions, windows WHERE submitted_at >= $2 - span GROUP BY 1, 2`},
	{metrics.ServiceActiveStudents, `SELECT name, count(DISTINCT student) FROM submissions, windows WHERE submitted_at >= $2 - span GROUP BY 1`},
	{metrics.LastDayActiveStudents, `SELECT course, count(DISTINCT student) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date - 1 GROUP BY 1`},
	{metrics.ServiceLastDayActiveStudents, `SELECT count(DISTINCT student) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date - 1 HAVING count(*) > 0`},
	{metrics.Checks, `SELECT course, assignment, verdict, count(*) FROM records WHERE state = 'finished' GROUP BY 1, 2, 3`},
	{metrics.CourseChecks, `SELECT course, verdict, count(*) FROM records WHERE state = 'finished' GROUP BY 1, 2`},
	{metrics.Rechecks, `SELECT course, assignment, count(*) FROM records WHERE state = 'finished' AND check_number > 1 GROUP BY 1, 2`},
	{metrics.TestResults, `SELECT course, assignment, test->>'name', test->>'outcome', count(*)
		FROM records LEFT JOIN analytics.assignments USING (course, assignment), jsonb_array_elements(tests) test
		WHERE state = 'finished' AND coalesce(assignments.deadline_at + interval '720 hours' > $2, true) GROUP BY 1, 2, 3, 4`},
	{metrics.AssignmentStudents, `SELECT course, assignment, stage, count(*) FROM progress, LATERAL (VALUES ('attempted', true), ('scored', scored),
		('solved', solved), ('solved_first_attempt', solved_first), ('stuck', attempts >= 5 AND NOT solved AND last > $2 - interval '168 hours')
		) stages(stage, reached) WHERE reached GROUP BY 1, 2, 3`},
	{metrics.NewStudents, `SELECT course, count(DISTINCT student) FROM submissions GROUP BY 1`},
	{metrics.ServiceNewStudents, `SELECT count(DISTINCT student) FROM submissions HAVING count(*) > 0`},
	{metrics.CohortStudents, `SELECT to_char(first, 'YYYY-MM-DD'), to_char((week - first) / 7, 'FM00'), count(*) FROM weeks
		JOIN (SELECT student, min(week) AS first FROM weeks GROUP BY 1) firsts USING (student)
		WHERE first > date_trunc('week', $2 AT TIME ZONE $1)::date - 26 * 7 GROUP BY 1, 2`},
	{metrics.CourseStudents, `SELECT course, 'enrolled', count(DISTINCT student) FROM analytics.enrolments GROUP BY 1
		UNION ALL SELECT course, 'started', count(DISTINCT student) FROM progress GROUP BY 1
		UNION ALL SELECT course, 'active_7d', count(DISTINCT student) FROM submissions WHERE submitted_at >= $2 - interval '168 hours' GROUP BY 1`},
	{metrics.BestScores, `SELECT course, assignment, to_char(least(floor(best * 10) / 10, 1), 'FM0.0'), count(*) FROM progress GROUP BY 1, 2, 3`},
	{metrics.AssignmentFacility, `SELECT course, assignment, avg(best) FROM progress GROUP BY 1, 2 HAVING count(*) >= 10 AND sum(best) > 0`},
	{metrics.AssignmentDiscrimination, `SELECT course, assignment, corr(best, total - best) FROM progress
		JOIN (SELECT course, student, sum(best) AS total FROM progress GROUP BY 1, 2) totals USING (course, student)
		GROUP BY 1, 2 HAVING count(*) >= 10 AND corr(best, total - best) IS NOT NULL`},
	{metrics.TestStudents, `SELECT course, assignment, test, count(*) FROM items GROUP BY 1, 2, 3`},
	{metrics.TestFacility, `SELECT course, assignment, test, avg(passed) FROM items GROUP BY 1, 2, 3 HAVING count(*) >= 10 AND sum(passed) > 0`},
	{metrics.TestDiscrimination, `SELECT course, assignment, test, corr(passed, all_passed - passed)
		FROM items JOIN (SELECT course, assignment, student, sum(passed) AS all_passed FROM items GROUP BY 1, 2, 3) a USING (course, assignment, student)
		GROUP BY 1, 2, 3 HAVING count(*) >= 10 AND corr(passed, all_passed - passed) IS NOT NULL`},
	{metrics.WorkerChecks, `SELECT coalesce(worker, 'unknown'), CASE WHEN state = 'cancelled' THEN 'cancelled'
		WHEN verdict = 'internal_error' THEN 'infrastructure_failure' ELSE 'completed' END, count(*)
		FROM records WHERE state IN ('finished', 'cancelled') GROUP BY 1, 2`},
	{metrics.WorkerBusy, `SELECT coalesce(worker, 'unknown'), sum(extract(epoch FROM finished_at - started_at)) FROM records
		WHERE state IN ('finished', 'cancelled') AND finished_at > started_at GROUP BY 1`},
	{metrics.WorkerLastSeen, `SELECT coalesce(worker, 'unknown'), extract(epoch FROM least(max(greatest(started_at, finished_at)), $2)) FROM records
		WHERE started_at IS NOT NULL OR finished_at IS NOT NULL GROUP BY 1`},
	{metrics.WorkerSlots, `SELECT worker, slots FROM analytics.workers`},
	{metrics.WorkerHanging, `SELECT coalesce(worker, 'unknown'), count(*) FROM records WHERE state = 'running'
		AND CASE WHEN started_at IS NULL THEN updated_at ELSE greatest(started_at, queued_at) END
			BETWEEN $2 - interval '168 hours' AND $2 - interval '1 hour' GROUP BY 1`},
	{metrics.QueueLength, `SELECT course, count(*) FROM records WHERE state = 'queued' GROUP BY 1`},
	{metrics.FeedbackMissed, `SELECT course, count(*) FROM waits
		WHERE answered > due OR NOT has_result AND (cancelled_late OR awaited AND due < $2) GROUP BY 1`},
	{metrics.FeedbackOverdue, `SELECT course, count(*) FROM waits
		WHERE NOT has_result AND awaited AND due < $2 AND submitted_at > $2 - interval '168 hours' GROUP BY 1`},
	{metrics.ExpectedSubmissions, `SELECT f.course, horizon, sum((population - solved_now) * sent / unsolved) FROM (
		SELECT a.*, horizon, hours, greatest(due - floor(extract(epoch FROM $2) / 3600), 0) AS lead, population,
			(SELECT count(*) FROM progress p WHERE p.solved AND (p.course, p.assignment) = (a.course, a.assignment)) AS solved_now
		FROM dated a JOIN populations USING (course), (VALUES ('1h', 1), ('1d', 24), ('7d', 168)) h(horizon, hours) WHERE deadline_at > $2
	) f, LATERAL (
		SELECT sum((SELECT coalesce(sum(n), 0) FROM sent s WHERE (s.course, s.assignment) = (p.course, p.assignment)
				AND s.lead BETWEEN 0 AND least(f.lead, 336) AND s.lead > f.lead - hours)) AS sent,
			sum(population - (SELECT coalesce(sum(n), 0) FROM solvers_sent s WHERE (s.course, s.assignment) = (p.course, p.assignment)
				AND s.lead > least(f.lead, 336)))::float AS unsolved
		FROM dated p JOIN populations USING (course) WHERE p.deadline_at <= $2 AND (p.course = f.course
			OR NOT EXISTS (SELECT FROM dated o WHERE o.course = f.course AND o.deadline_at <= $2))
	) past WHERE unsolved > 0 AND sent > 0 AND population > solved_now GROUP BY 1, 2`},
	{metrics.ChecksRunning, `SELECT course, count(*) FROM records WHERE state = 'running' GROUP BY 1`},
}

// ratio is the share of points of a result.
const ratio = `CASE WHEN score IS NOT NULL AND max_score > 0 THEN least(score / max_score, 1000) WHEN verdict = 'accepted' THEN 1 ELSE 0 END`

// solves says whether a result solves the assignment.
const solves = `(verdict = 'accepted' OR coalesce(verdict IN ('partial', 'style_error', 'other') AND max_score > 0 AND score >= max_score, false))`

// countedHistograms yield labels, count and sum.
var countedHistograms = []count{
	{metrics.QueueWait, `SELECT course, count(*), sum(extract(epoch FROM started_at - coalesce(queued_at, submitted_at))) FROM records
		WHERE started_at >= coalesce(queued_at, submitted_at) GROUP BY 1`},
	{metrics.CheckDuration, `SELECT course, assignment, count(*), sum(extract(epoch FROM finished_at - started_at)) FROM records
		WHERE state = 'finished' AND finished_at >= started_at GROUP BY 1, 2`},
	{metrics.CheckCPU, `SELECT course, assignment, count(*), sum(round(cpu_seconds::numeric, 6)) FROM records
		WHERE state = 'finished' AND cpu_seconds IS NOT NULL GROUP BY 1, 2`},
	{metrics.CheckMemory, `SELECT course, assignment, count(*), sum(memory_bytes) FROM records
		WHERE state = 'finished' AND memory_bytes IS NOT NULL GROUP BY 1, 2`},
	{metrics.ScoreRatio, `SELECT course, assignment, count(*), sum(round((` + ratio + `)::numeric, 6)) FROM results GROUP BY 1, 2`},
	{metrics.TimeBeforeDeadline, `SELECT course, assignment, count(*), sum(extract(epoch FROM due - submitted_at)) FROM due
		WHERE submitted_at <= due GROUP BY 1, 2`},
	{metrics.TimeAfterDeadline, `SELECT course, assignment, count(*), sum(extract(epoch FROM submitted_at - due)) FROM due
		WHERE submitted_at > due GROUP BY 1, 2`},
	{metrics.AttemptsToSolve, `SELECT course, assignment, count(*), sum(attempts) FROM solved GROUP BY 1, 2`},
	{metrics.TimeToSolve, `SELECT course, assignment, count(*), sum(extract(epoch FROM submitted_at - first)) FROM solved GROUP BY 1, 2`},
	{metrics.Feedback, `SELECT course, count(*), sum(extract(epoch FROM finished_at - submitted_at)) FROM results
		WHERE finished_at >= submitted_at GROUP BY 1`},
}

const relations = `WITH records AS (%s),
	submissions AS (SELECT DISTINCT ON (submission_id) * FROM analytics.submission_records WHERE submitted_at < $2
		ORDER BY submission_id, check_number),
	due AS (SELECT course, assignment, submitted_at, coalesce(s.deadline_at, a.deadline_at) AS due
		FROM submissions s LEFT JOIN analytics.assignments a USING (course, assignment)),
	dated AS (SELECT course, assignment, deadline_at, floor(extract(epoch FROM deadline_at - interval '1 microsecond') / 3600) AS due
		FROM analytics.assignments WHERE deadline_at IS NOT NULL),
	sent AS MATERIALIZED (SELECT course, assignment, due - floor(extract(epoch FROM submitted_at) / 3600) AS lead, count(*) AS n
		FROM submissions JOIN dated USING (course, assignment) GROUP BY 1, 2, 3),
	populations AS (SELECT course, CASE WHEN enrolled > 0 THEN enrolled ELSE sending END AS population
		FROM (SELECT course, (SELECT count(DISTINCT student) FROM analytics.enrolments e WHERE e.course = d.course) AS enrolled,
			(SELECT count(DISTINCT student) FROM submissions s WHERE s.course = d.course) AS sending FROM (SELECT DISTINCT course FROM dated) d) p),
	weeks AS (SELECT DISTINCT student, date_trunc('week', submitted_at AT TIME ZONE $1)::date AS week FROM submissions),
	windows(name, span) AS (VALUES ('5m', interval '5 minutes'), ('1h', interval '1 hour'), ('1d', interval '24 hours'),
		('7d', interval '168 hours'), ('30d', interval '720 hours')),
	results AS (SELECT DISTINCT ON (submission_id) * FROM records WHERE state = 'finished' AND verdict <> 'internal_error'
		ORDER BY submission_id, finished_at),
	waits AS (SELECT s.course, s.submitted_at, s.submitted_at + interval '10 minutes' AS due, r.finished_at AS answered,
			r.submission_id IS NOT NULL AS has_result, awaited, cancelled_late
		FROM submissions s LEFT JOIN results r USING (submission_id) JOIN (SELECT submission_id,
			bool_or(state IN ('queued', 'running') OR coalesce(verdict = 'internal_error', false)) AS awaited,
			bool_or(state = 'cancelled' AND coalesce(ceil(extract(epoch FROM finished_at))
				> ceil(extract(epoch FROM submitted_at + interval '10 minutes')), false)) AS cancelled_late
			FROM records GROUP BY 1) m USING (submission_id)),
	latest AS (SELECT DISTINCT ON (submission_id) *, ` + ratio + ` AS ratio, ` + solves + ` AS solves
		FROM records WHERE state = 'finished' AND verdict <> 'internal_error' ORDER BY submission_id, check_number DESC),
	known AS (SELECT *, min(submitted_at) FILTER (WHERE solves) OVER (PARTITION BY course, assignment, student) AS solved_by FROM (
		SELECT *, date_trunc('minute', min(coalesce(finished_at, updated_at)) FILTER (WHERE solves) OVER (PARTITION BY course, assignment, student)
			+ interval '10 minutes 59.999999 seconds') AS until
		FROM (SELECT *, ` + solves + ` AS solves FROM records WHERE state = 'finished' AND verdict <> 'internal_error') r
	) r WHERE until + interval '5 minutes' <= $2 AND coalesce(finished_at, updated_at) <= until),
	solved AS MATERIALIZED (SELECT course, assignment, student, solved_by AS submitted_at,
		1 + count(DISTINCT submission_id) FILTER (WHERE submitted_at < solved_by) AS attempts, min(submitted_at) AS first
		FROM known GROUP BY 1, 2, 3, 4),
	ran AS (SELECT course, assignment, student, submission_id, test->>'name' AS test, bool_and(test->>'outcome' = 'passed') AS passed
		FROM latest LEFT JOIN analytics.assignments USING (course, assignment), jsonb_array_elements(tests) test
		WHERE test->>'outcome' <> 'skipped' AND coalesce(assignments.deadline_at + interval '720 hours' > $2, true) GROUP BY 1, 2, 3, 4, 5),
	items AS (SELECT course, assignment, student, test, bool_or(passed)::int AS passed FROM ran GROUP BY 1, 2, 3, 4),
	solvers_sent AS MATERIALIZED (SELECT course, assignment, due - floor(extract(epoch FROM submitted_at) / 3600) AS lead, count(*) AS n
		FROM solved JOIN dated USING (course, assignment) GROUP BY 1, 2, 3),
	attempts AS (SELECT *, submitted_at = min(submitted_at) OVER (PARTITION BY course, assignment, student) AS first FROM latest),
	progress AS (SELECT course, assignment, student, count(*) AS attempts, max(submitted_at) AS last, bool_or(solves) AS solved,
		round(max(ratio)::numeric, 6) AS best, bool_or(solves OR coalesce(score > 0, false)) AS scored, bool_or(solves AND first) AS solved_first
		FROM attempts GROUP BY 1, 2, 3)
	SELECT * FROM (`

// asTheyAre are the records of now, and asTheyWere those of the time $2: each in the last of its states that began before.
const (
	asTheyAre  = `SELECT * FROM analytics.submission_records`
	asTheyWere = `
		SELECT submission_id, check_number, course, assignment, student, language, submitted_at, queued_at, deadline_at, max_score, updated_at,
			CASE WHEN least(started, ended) < $2 THEN worker END AS worker,
			CASE WHEN ended < $2 THEN cpu_seconds END AS cpu_seconds, CASE WHEN ended < $2 THEN memory_bytes END AS memory_bytes,
			CASE WHEN ended < $2 THEN state WHEN started < $2 THEN 'running' ELSE 'queued' END AS state,
			CASE WHEN started < $2 THEN started_at END AS started_at,
			CASE WHEN ended < $2 THEN finished_at END AS finished_at,
			CASE WHEN ended < $2 THEN verdict END AS verdict,
			CASE WHEN ended < $2 THEN score END AS score,
			CASE WHEN ended < $2 THEN tests END AS tests
		FROM (
			SELECT *, greatest(queued_at, submitted_at) AS begun,
				CASE WHEN started_at IS NOT NULL THEN greatest(started_at, queued_at, submitted_at) END AS started,
				greatest(queued_at, submitted_at, started_at, CASE WHEN state IN ('finished', 'cancelled')
					THEN coalesce(finished_at, updated_at) END) AS ended
			FROM analytics.submission_records
		) lives
		WHERE begun < $2`
)

// A reading looks a metric up: its values, or counts and sums, by the values of its labels; zero is left out.
type reading func(*metrics.Metric) map[string][]float64

// reading is what the exporter shows.
func (e *exporter) reading() reading {
	families := e.families()
	return func(m *metrics.Metric) map[string][]float64 {
		e.t.Helper()
		got := map[string][]float64{}
		if m.Type == metrics.Histogram {
			for _, series := range families[m.Name].GetMetric() {
				if h := series.GetHistogram(); h.GetSampleCount() > 0 {
					got[labelsOf(series, m.Labels)] = []float64{float64(h.GetSampleCount()), h.GetSampleSum()}
				}
			}
			return got
		}
		for labels, value := range samples(families, m, m.Labels...) {
			if value != 0 {
				got[labels] = []float64{value}
			}
		}
		return got
	}
}

// equalSQL compares every metric that counts something with an independent count of records in the database at a time.
func equalSQL(t *testing.T, db *pgtest.Database, records string, read reading, timezone string, at time.Time) {
	t.Helper()
	all := func(*metrics.Metric) bool { return true }
	for _, different := range differencesFromSQL(t, db.Connect(t), records, read, timezone, at, all) {
		t.Errorf("at %s %s", at.UTC(), different)
	}
}

func differencesFromSQL(t *testing.T, conn *pgx.Conn, records string, read reading, timezone string, at time.Time,
	concerned func(*metrics.Metric) bool,
) (different []string) {
	t.Helper()
	for _, c := range slices.Concat(counted, countedHistograms) {
		if !concerned(c.metric) {
			continue
		}
		values := 1
		if c.metric.Type == metrics.Histogram {
			values = 2
		}
		want := rowsOf(t, conn, fmt.Sprintf(relations, records)+c.sql, timezone, at, len(c.metric.Labels), values)
		got := read(c.metric)
		if c.metric == metrics.ExpectedSubmissions || c.metric.Type == metrics.Gauge && (c.metric.Unit == metrics.Ratio || c.metric.Unit == metrics.Correlation) {
			got, want = rounded(got), rounded(want)
		}
		if !reflect.DeepEqual(got, want) {
			different = append(different, fmt.Sprintf("%s is %v, SQL counts %v", c.metric.Name, got, want))
		}
	}
	return different
}

// rounded are quotients to nine decimals: both sides round on their way. What is zero then is left out.
func rounded(values map[string][]float64) map[string][]float64 {
	all := map[string][]float64{}
	for labels, value := range values {
		if nine := math.Round(value[0]*1e9) / 1e9; nine != 0 {
			all[labels] = []float64{nine}
		}
	}
	return all
}

// rowsOf returns the values that follow the labels, by the labels.
func rowsOf(t *testing.T, conn *pgx.Conn, sql, timezone string, at time.Time, labels, values int) map[string][]float64 {
	t.Helper()
	// Zone and time are parameters of every query, whether they are in it or not.
	rows, err := conn.Query(t.Context(), sql+") q WHERE $1::text IS NOT NULL AND $2::timestamptz IS NOT NULL", timezone, at)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	result := map[string][]float64{}
	for rows.Next() {
		texts, numbers := make([]string, labels), make([]float64, values)
		targets := make([]any, 0, labels+values)
		for i := range texts {
			targets = append(targets, &texts[i])
		}
		for i := range numbers {
			targets = append(targets, &numbers[i])
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		result[strings.Join(texts, "/")] = numbers
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%v in: %s", err, sql)
	}
	return result
}

// families are what protobuf carries, native histograms included.
func (e *exporter) families() map[string]*dto.MetricFamily {
	e.t.Helper()
	_, body := e.get("/metrics", "Accept",
		"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited")
	families := map[string]*dto.MetricFamily{}
	decoder := expfmt.NewDecoder(strings.NewReader(body), expfmt.NewFormat(expfmt.TypeProtoDelim))
	for {
		family := &dto.MetricFamily{}
		if decoder.Decode(family) != nil {
			return families
		}
		families[family.GetName()] = family
	}
}

// samples are the values of a counter or gauge with the values of some labels, joined by slashes; where they do not tell
// series apart, the series follow each other.
func samples(families map[string]*dto.MetricFamily, m *metrics.Metric, labels ...metrics.Label) func(func(string, float64) bool) {
	return func(yield func(string, float64) bool) {
		for _, series := range families[m.Name].GetMetric() {
			if !yield(labelsOf(series, labels), series.GetCounter().GetValue()+series.GetGauge().GetValue()) {
				return
			}
		}
	}
}

func labelsOf(m *dto.Metric, labels []metrics.Label) string {
	values := make([]string, len(labels))
	for _, pair := range m.GetLabel() {
		if i := slices.Index(labels, metrics.Label(pair.GetName())); i >= 0 {
			values[i] = pair.GetValue()
		}
	}
	return strings.Join(values, "/")
}

func equalFamilies(t *testing.T, a, b map[string]*dto.MetricFamily) {
	t.Helper()
	compared := 0
	for name, family := range a {
		if strings.HasPrefix(name, "grader_") {
			compared++
			if !proto.Equal(family, b[name]) {
				t.Errorf("%s differs between log and database in protobuf", name)
			}
		}
	}
	if compared == 0 {
		t.Error("protobuf carries no grader_ metric")
	}
}

func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d:\n%s\n%s", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d lines and %d lines", len(as), len(bs))
}

// TestInspectEqualsSQL compares the profile of real records with SQL over the same rows, and that of a log with that of
// a database.
func TestInspectEqualsSQL(t *testing.T) {
	for _, set := range datasets {
		t.Run(set.name, func(t *testing.T) {
			path := filepath.Join("../exporter/testdata", set.name, "submissions.jsonl")
			db := database(t, lines(t, path))
			log := inspect(t, nil, "--source=jsonl:"+path)
			table := inspect(t, []string{"PGPASSWORD=" + rolePassword}, "--source="+db.TCP("gradewatch"))
			log["source"] = table["source"]
			if !reflect.DeepEqual(log, table) {
				t.Errorf("log and database differ:\n%v\n%v", log, table)
			}
			conn := db.Connect(t)
			for _, shown := range log["fields"].([]any) {
				equalField(t, conn, shown.(map[string]any))
			}
			for what, sql := range map[string]string{
				"records":     "SELECT count(*) FROM analytics.submission_records",
				"submissions": "SELECT count(DISTINCT submission_id) FROM analytics.submission_records",
				"students":    "SELECT count(DISTINCT student) FROM analytics.submission_records",
				"courses":     "SELECT count(DISTINCT course) FROM analytics.submission_records",
				"assignments": "SELECT count(DISTINCT (course, assignment)) FROM analytics.submission_records",
			} {
				var want float64
				if err := conn.QueryRow(t.Context(), sql).Scan(&want); err != nil {
					t.Fatal(err)
				}
				if got := log[what]; got != want {
					t.Errorf("%v %s, SQL counts %v", got, what, want)
				}
			}
			equalValues(t, conn, "outcomes of tests", log["test_outcomes"], `SELECT test->>'outcome' FROM analytics.submission_records, jsonb_array_elements(tests) AS test`)
			equalValues(t, conn, "anomalies", log["anomalies"], `SELECT kind FROM analytics.submission_records, unnest(ARRAY[
				CASE WHEN finished_at < started_at THEN 'end_before_start' END,
				CASE WHEN started_at < coalesce(queued_at, submitted_at) THEN 'start_before_queue' END,
				CASE WHEN finished_at < submitted_at THEN 'end_before_submission' END]) AS kind WHERE kind IS NOT NULL`)
		})
	}
}

func inspect(t *testing.T, env []string, args ...string) map[string]any {
	t.Helper()
	stdout, stderr, err := run(t, env, append([]string{"inspect", "--format=json"}, args...)...)
	if err != nil {
		t.Fatalf("inspect: %v\n%s", err, stderr)
	}
	var profile map[string]any
	if err := json.Unmarshal([]byte(stdout), &profile); err != nil {
		t.Fatalf("inspect: %v\n%s", err, stdout)
	}
	return profile
}

// equalField compares the profile of one field with SQL over its column.
func equalField(t *testing.T, conn *pgx.Conn, shown map[string]any) {
	t.Helper()
	name := shown["name"].(string)
	column := pgx.Identifier{name}.Sanitize()
	switch name {
	case "submitted_at", "updated_at", "check_number":
		if shown["min"] == nil || shown["max"] == nil {
			t.Errorf("%s has no range", name)
		}
	}
	number := "NULL" // the column as a number, to compare its range
	switch shown["min"].(type) {
	case string: // a time
		number = "extract(epoch FROM " + column + ")"
	case float64:
		number = column
	}
	var present, records, distinct int
	var least, most *float64
	sql := fmt.Sprintf(`SELECT count(%[1]s), count(*), count(DISTINCT %[1]s), min(%[2]s::float8), max(%[2]s::float8)
		FROM analytics.submission_records`, column, number)
	if err := conn.QueryRow(t.Context(), sql).Scan(&present, &records, &distinct, &least, &most); err != nil {
		t.Fatalf("%v in: %s", err, sql)
	}
	if got := int(shown["present"].(float64)); got != present {
		t.Errorf("%s is present in %d records, SQL counts %d", name, got, present)
	}
	if got, want := shown["null_share"].(float64), 1-float64(present)/float64(records); math.Abs(got-want) > 1e-12 {
		t.Errorf("%s: null share %v, SQL says %v", name, got, want)
	}
	if got, ok := shown["distinct"].(float64); ok && int(got) != distinct {
		t.Errorf("%s has %v distinct values, SQL counts %d", name, got, distinct)
	}
	if _, values := shown["values"]; values {
		equalValues(t, conn, name, shown["values"], "SELECT "+column+" FROM analytics.submission_records WHERE "+column+" IS NOT NULL")
	}
	for end, want := range map[string]*float64{"min": least, "max": most} {
		if got := asNumber(t, shown[end]); got != nil && *got != *want {
			t.Errorf("%s: %s is %v, SQL says %v", name, end, *got, *want)
		}
	}
}

// equalValues compares the most frequent values with SQL that yields every value as often as it occurs.
func equalValues(t *testing.T, conn *pgx.Conn, what string, shown any, sql string) {
	t.Helper()
	list := shown.([]any)
	rows, err := conn.Query(t.Context(), `SELECT value, count(*) FROM (`+sql+`) AS v(value) GROUP BY 1 ORDER BY count(*) DESC, value COLLATE "C" LIMIT $1`, max(len(list), 1))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var want []any
	for rows.Next() {
		var value string
		var count float64
		if err := rows.Scan(&value, &count); err != nil {
			t.Fatal(err)
		}
		want = append(want, map[string]any{"value": value, "count": count})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(append([]any(nil), list...), want) {
		t.Errorf("%s are %v, SQL counts %v", what, list, want)
	}
}

// asNumber is the end of a range as a number, a time as Unix seconds; nil where there is no range.
func asNumber(t *testing.T, shown any) *float64 {
	t.Helper()
	switch value := shown.(type) {
	case string:
		at, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			t.Fatal(err)
		}
		seconds := float64(at.UnixMicro()) / 1e6
		return &seconds
	case float64:
		return &value
	}
	return nil
}

// TestTheContestEqualsItsTable compares with the table that another program has made of the same records.
func TestTheContestEqualsItsTable(t *testing.T) {
	const folder = "../exporter/testdata/clics-gny2023/"
	families := serve(t, nil, nil, "--source=jsonl:"+folder+"submissions.jsonl").ready().families()
	gauge := func(m *metrics.Metric, labels string, of ...metrics.Label) float64 {
		for found, value := range samples(families, m, of...) {
			if found == labels {
				return value
			}
		}
		return math.NaN()
	}
	rows := 0
	for _, line := range lines(t, folder+"README.md") {
		cells := strings.Split(strings.ReplaceAll(line, " ", ""), "|")
		if len(cells) != 9 || !strings.ContainsAny(cells[2], "0123456789") {
			continue
		}
		rows++
		assignment := cells[1]
		stage := func(name string) float64 {
			return gauge(metrics.AssignmentStudents, assignment+"/"+name, metrics.Assignment, metrics.Stage)
		}
		mean := math.NaN()
		for _, series := range families[metrics.AttemptsToSolve.Name].GetMetric() {
			if labelsOf(series, []metrics.Label{metrics.Assignment}) == assignment {
				mean = series.GetHistogram().GetSampleSum() / float64(series.GetHistogram().GetSampleCount())
			}
		}
		facility := fmt.Sprintf("%.6f", gauge(metrics.AssignmentFacility, assignment, metrics.Assignment))
		if stage("attempted") < 10 { // of so few none is shown
			if facility != "NaN" {
				t.Errorf("%s: a facility of %v students is shown", assignment, stage("attempted"))
			}
			facility = cells[7]
		}
		got := []string{fmt.Sprint(gauge(metrics.Submissions, assignment, metrics.Assignment)), fmt.Sprint(stage("attempted")),
			fmt.Sprint(stage("solved")), fmt.Sprint(stage("solved_first_attempt")), strings.ToLower(fmt.Sprintf("%.4f", mean)), facility}
		if want := cells[2:8]; !slices.Equal(got, want) {
			t.Errorf("%s: %v, the table says %v", assignment, got, want)
		}
	}
	if rows != 13 {
		t.Errorf("the table has %d rows", rows)
	}
}
