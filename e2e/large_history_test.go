package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// A term of a large service: it has been going on for most of its 16 weeks, so that some assignments are past, some are open and
// some are to come. Nothing comes in after now.
type term struct {
	courses, students int
	now               time.Time
}

const (
	termAssignments = 12 // of each course
	termWeeks       = 16
	termPast        = 14      // weeks of it
	coursesTaken    = 2       // by each student
	openAssignment  = "hw-11" // open now in every course
)

// fill makes the term up in the database, which has the reference schema. All is a function of now, and of numbers hashed in the place
// of dice. Rows come in the order of their changes, as they would have come; without indexes and a log until all are there, since
// millions one by one would take an hour.
func (of term) fill(t *testing.T, db *pgtest.Database) {
	t.Helper()
	db.Exec(t, strings.NewReplacer(
		"{courses}", fmt.Sprint(of.courses), "{students}", fmt.Sprint(of.students), "{now}", "timestamptz '"+of.now.Format(time.RFC3339)+"'",
		"{assignments}", fmt.Sprint(termAssignments), "{weeks}", fmt.Sprint(termWeeks), "{past}", fmt.Sprint(termPast),
		"{taken}", fmt.Sprint(coursesTaken),
	).Replace(termSQL))
	db.Exec(t, "VACUUM ANALYZE")
}

// Some courses are large: the first has a sixtieth of all enrolments where there are 1,000. A third of students leaves an assignment
// out; the others need 1.85 attempts on average.
const termSQL = `
SET work_mem = '512MB';
SET maintenance_work_mem = '1GB';

CREATE FUNCTION chance(of bigint, die bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT (hashint8extended($1, $2) & 4294967295)::float8 / 4294967296';

INSERT INTO analytics.courses
SELECT 'course-' || c, 'Course ' || c, 'this term' FROM generate_series(1, {courses}) c;

INSERT INTO analytics.assignments
SELECT 'course-' || c, 'hw-' || lpad(a::text, 2, '0'), 'Homework ' || a, due - interval '14 days', due, 6
FROM generate_series(1, {courses}) c, generate_series(1, {assignments}) a,
	LATERAL (SELECT {now} + (a * {weeks}::float8 / {assignments} - {past} + chance(c, 1)) * interval '1 week' AS due) AS dated;

INSERT INTO analytics.workers SELECT 'worker-' || n, 8 FROM generate_series(1, 50) n;

CREATE UNLOGGED TABLE taken AS
SELECT DISTINCT ON (course, student) s * {taken} + n AS id, course, 's' || s AS student
FROM generate_series(1, {students}::bigint) s, generate_series(1, {taken}) n, LATERAL (SELECT 'course-' ||
	greatest(1, ceil({courses} * power(chance(s * {taken} + n, 2), 1.7))::int) AS course) AS chosen
ORDER BY course, student, id;
INSERT INTO analytics.enrolments SELECT course, student FROM taken;

-- A combination of results for each subset of six tests.
CREATE UNLOGGED TABLE ran AS
SELECT mask, bit_count(mask::bit(6)) AS score, jsonb_agg(jsonb_build_object('name', 'test-' || n,
	'outcome', CASE WHEN mask >> (n - 1) & 1 = 1 THEN 'passed' ELSE 'failed' END, 'seconds', n / 4.0,
	'score', mask >> (n - 1) & 1, 'max_score', 1)) AS tests
FROM generate_series(0, 63) mask, generate_series(1, 6) n GROUP BY mask;
ANALYZE;

ALTER TABLE analytics.submission_records SET UNLOGGED;
ALTER TABLE analytics.submission_records DISABLE TRIGGER stamp_updated_at;
ALTER TABLE analytics.submission_records DROP CONSTRAINT submission_records_pkey;
DROP INDEX analytics.submission_records_changes;

INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, queued_at, started_at, finished_at,
	state, verdict, score, max_score, language, worker, client, cpu_seconds, memory_bytes, source_bytes, tests, updated_at)
SELECT id::text, course, assignment, student, submitted_at, submitted_at, finished_at - took, finished_at, 'finished',
	CASE WHEN chance(id, 11) < 0.004 THEN 'internal_error' WHEN mask = 63 THEN 'accepted' WHEN mask > 7 THEN 'partial'
		ELSE (ARRAY['wrong_answer', 'compile_error', 'runtime_error', 'time_limit'])[mask % 4 + 1] END,
	score, 6, (ARRAY['python', 'java', 'c', 'cpp', 'go'])[1 + (chance(id, 12) * 5)::int % 5], 'worker-' || 1 + (chance(id, 13) * 50)::int % 50,
	(ARRAY['web', 'git', 'cli'])[1 + (chance(id, 14) * 3)::int % 3], extract(epoch FROM took) * 0.8, 30000000 + (chance(id, 15) * 4e8)::bigint,
	500 + (chance(id, 16) * 20000)::bigint, tests, finished_at
FROM (
	SELECT id, course, assignment, student, submitted_at, took, submitted_at + waited + took AS finished_at,
		CASE WHEN chance(id, 9) < 0.45 THEN 63 ELSE (chance(id, 10) * 63)::int END AS mask
	FROM (
		SELECT (taken.id * {assignments} + a) * 8 + attempt AS id, course, assignment, student,
			CASE WHEN chance(key, 5) < 0.06 THEN deadline_at + chance(key, 6) * interval '2 days'
				ELSE deadline_at - interval '6 hours' - power(chance(key, 6), 2) * interval '13 days' END + attempt * interval '25 minutes' AS submitted_at
		FROM taken JOIN analytics.assignments USING (course), LATERAL (SELECT right(assignment, 2)::bigint AS a) AS numbered,
			LATERAL (SELECT taken.id * {assignments} + a AS key) AS keyed,
			LATERAL generate_series(0, CASE WHEN chance(key, 3) < 0.35 THEN -1 ELSE least(7, floor(ln(1 - chance(key, 4)) / ln(0.46)))::int END) attempt
	) AS sent, LATERAL (SELECT interval '5 seconds' - ln(1 - chance(id, 7)) * interval '15 seconds' AS waited,
		(2 + 40 * power(chance(id, 8), 2)) * interval '1 second' AS took) AS spans
	WHERE submitted_at < {now} - interval '15 minutes'
	ORDER BY finished_at
) AS checked JOIN ran USING (mask);

ALTER TABLE analytics.submission_records ADD PRIMARY KEY (submission_id, check_number);
CREATE INDEX submission_records_changes ON analytics.submission_records (updated_at, submission_id, check_number);
ALTER TABLE analytics.submission_records ENABLE TRIGGER stamp_updated_at;
`

// measured is an exporter and what it takes.
type measured struct {
	*exporter
	shard               string
	applied             float64       // records
	ready, compared     time.Duration // since the start: all read, all compared once with the source
	resident, scraped   float64       // bytes: when ready, and after scrapes
	spent, each         float64       // seconds of a processor: until ready, and for a scrape with the polls of ten seconds
	series, overflow    float64       // overflow: results of tests that are counted as other
	poll                float64       // seconds, with nothing new
	text, zipped, proto scrape
	totals              samplesBySeries
}

// A scrape is an exposition: how long it took to be told, and how large it is.
type scrape struct {
	took time.Duration
	size int
}

// toBeReady is more than a hundred thousand rows take in a minute.
const toBeReady = 15 * time.Minute

// measure starts an exporter for a shard and looks at it. Further ones that are there make it slower, as they would.
func (l *large) measure(shard string) *measured {
	l.t.Helper()
	m := &measured{shard: shard}
	begun := time.Now()
	m.exporter = serve(l.t, []string{"PGPASSWORD=" + rolePassword}, nil, "--shard="+shard, "--timezone=UTC", "--source="+l.db.TCP("gradewatch"))
	for status := 0; status != http.StatusOK; status, _ = m.get("/-/ready") {
		if time.Since(begun) > toBeReady {
			l.t.Fatalf("not ready after %s", toBeReady)
		}
		time.Sleep(50 * time.Millisecond)
	}
	m.ready = time.Since(begun)
	m.applied = number(l.t, m.await(l.t, `Caught up.* applied=(\d+)`))
	text := m.scrapeAs(&m.text, "", "")
	m.resident, m.spent = l.of(text, "process_resident_memory_bytes"), l.of(text, "process_cpu_seconds_total")
	for !strings.Contains(text, metrics.ReconciledAt.Name+" ") && !strings.Contains(text, metrics.ReconciledAt.Name+"{") {
		if time.Since(begun) > toBeReady {
			l.t.Fatalf("not compared with the source after %s", toBeReady)
		}
		time.Sleep(time.Second)
		text = m.scrapeAs(&m.text, "", "")
	}
	m.compared = time.Duration(l.of(text, metrics.ReconciledAt.Name)*1e9) - time.Duration(begun.UnixNano())
	m.scrapeAs(&m.zipped, "", "gzip")
	m.scrapeAs(&m.proto, "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", "")
	before := m.scrapeAs(&m.text, "", "")
	time.Sleep(max(1200*time.Millisecond, l.scrapes*2/3))
	text = m.scrapeAs(&m.text, "", "")
	gained := func(part string) float64 {
		return l.of(text, metrics.PollDuration.Name+part) - l.of(before, metrics.PollDuration.Name+part)
	}
	m.poll = gained("_sum") / gained("_count")
	m.series, m.overflow = l.of(text, metrics.Series.Name), l.of(text, metrics.LabelOverflow.Name, `label="test"`)
	m.scraped = l.of(text, "process_resident_memory_bytes")
	m.each = l.of(text, "process_cpu_seconds_total") - l.of(before, "process_cpu_seconds_total")
	_, m.totals = parse(text)
	l.exporters = append(l.exporters, m)
	return m
}

// scrapeAs asks for the metrics in a form.
func (m *measured) scrapeAs(s *scrape, accept, encoding string) string {
	m.t.Helper()
	begun := time.Now()
	// With an encoding that is asked for, the client leaves the answer as it is.
	status, body := m.get("/metrics", "Accept", accept, "Accept-Encoding", cmp.Or(encoding, "identity"))
	if status != http.StatusOK {
		m.t.Fatalf("/metrics answers %d", status)
	}
	*s = scrape{time.Since(begun), len(body)}
	return body
}

// of is a sample in an exposition, that of which the labels contain something where there are several.
func (l *large) of(text, name string, label ...string) float64 {
	l.t.Helper()
	expr := `(?m)^` + name + `(?:\{[^}]*` + strings.Join(label, "") + `[^}]*\})? (\S+)$`
	found := regexp.MustCompile(expr).FindStringSubmatch(text)
	if found == nil {
		l.t.Fatalf("there is no %s%s", name, label)
	}
	return number(l.t, found[1])
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// sum adds up the samples of a metric.
func (s samplesBySeries) sum(name, labels string) (sum float64) {
	for series, value := range s {
		if nameOf(series) == name && strings.Contains(series, labels) {
			sum += value
		}
	}
	return sum
}

// equalTotals compares with SQL what a whole exporter shows.
func (l *large) equalTotals(m *measured) {
	l.t.Helper()
	for _, total := range []struct {
		shown float64
		sql   string
	}{
		{m.applied, "count(*) FROM analytics.submission_records"},
		{m.totals.sum(metrics.Submissions.Name, ""), "count(DISTINCT submission_id) FROM analytics.submission_records"},
		{m.totals.sum(metrics.Checks.Name, `verdict="accepted"`), "count(*) FROM analytics.submission_records WHERE verdict = 'accepted'"},
		{m.totals.sum(metrics.ServiceNewStudents.Name, ""), "count(DISTINCT student) FROM analytics.submission_records"},
		{m.totals.sum(metrics.CheckDuration.Name+"_count", ""), "count(*) FROM analytics.submission_records"},
	} {
		if want := l.count(total.sql); total.shown != want || want == 0 {
			l.t.Errorf("%v are shown of what SQL counts as %v: %s", total.shown, want, total.sql)
		}
	}
}

// shards measures two of four, which together show a part of the whole, and none of it twice.
func (l *large) shards(whole *measured) {
	l.t.Helper()
	together := samplesBySeries{}
	for i := range 2 {
		m := l.measure(fmt.Sprintf("%d/4", i))
		for series, value := range m.totals {
			if _, twice := together[series]; twice {
				l.t.Fatalf("%s is in both shards", series)
			}
			// Which tests have names of their own is decided by the order in which courses come, where there are too many.
			if metricOf(series) != metrics.TestResults.Name && value != whole.totals[series] {
				l.t.Fatalf("%s is %v in shard %s, %v in the whole", series, value, m.shard, whole.totals[series])
			}
			together[series] = value
		}
		want := l.count(fmt.Sprintf("count(*) FROM analytics.submission_records WHERE course IN (%s)", m.courses()))
		if got := m.totals.sum(metrics.Submissions.Name, ""); got != want || want == 0 {
			l.t.Errorf("shard %s shows %v submissions, SQL counts %v", m.shard, got, want)
		}
		if err := m.stop(); err != nil {
			l.t.Fatal(err)
		}
	}
	if most := len(whole.totals) * 3 / 4; len(together) > most {
		l.t.Errorf("two of four shards show %d series, want at most %d", len(together), most)
	}
}

// courses are those that an exporter shows, as a list for SQL.
func (m *measured) courses() string {
	found := map[string]bool{}
	for series := range m.totals {
		if _, rest, has := strings.Cut(series, `course="`); has {
			name, _, _ := strings.Cut(rest, `"`)
			found["'"+name+"'"] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), ", ")
}

// past writes the last 26 hours, which windows of a day need, and an hour where windows of 30 days begin.
func (l *large) past(whole *measured) (data string) {
	l.t.Helper()
	data = filepath.Join(l.t.TempDir(), "data")
	now := time.Now().UTC()
	month := now.AddDate(0, 0, -30)
	l.backfill(whole, data, "an hour, 30 days ago", month.Add(-30*time.Minute), month.Add(30*time.Minute))
	l.backfill(whole, data, "the last 26 hours", now.Add(-26*time.Hour), now)
	return data
}

func (l *large) backfill(whole *measured, data, what string, from, to time.Time) {
	l.t.Helper()
	begun := time.Now()
	writing := start(l.t, []string{"PGPASSWORD=" + rolePassword}, nil, exporterBinary, "backfill", "--output="+data, "--source="+l.db.TCP("gradewatch"),
		"--timezone=UTC", "--label=job=gradewatch", "--label=instance="+strings.TrimPrefix(whole.url, "http://"), "--step="+pastStep.String(),
		"--from="+from.Format(time.RFC3339), "--to="+to.Format(time.RFC3339))
	if <-writing.ended; writing.err != nil {
		l.t.Fatalf("backfill ended with %v", writing.err)
	}
	l.history = append(l.history, fmt.Sprintf("| %s | %.0f |\n", what, time.Since(begun).Seconds()))
}

func (l *large) count(sql string) (count float64) {
	l.t.Helper()
	if err := l.db.Connect(l.t).QueryRow(l.t.Context(), "SELECT "+sql).Scan(&count); err != nil {
		l.t.Fatal(err)
	}
	return count
}

// generated are the dashboards of product, operations and the largest course, without those that ask what foreign exporters tell.
func (l *large) generated() map[string]board {
	l.t.Helper()
	output := l.t.TempDir()
	generate := exec.Command(dashboardsBinary, "generate", "--output="+output, "--timezone=UTC", "--language=en",
		"--courses="+file(l.t, "courses.yaml", "courses:\n  - course: course-1\n"))
	if out, err := generate.CombinedOutput(); err != nil {
		l.t.Fatalf("%v\n%s", err, out)
	}
	boards := dashboards(l.t, output)
	maps.DeleteFunc(boards, func(path string, _ board) bool {
		return slices.ContainsFunc([]string{"-django.", "-kubernetes.", "-postgres."}, func(part string) bool { return strings.Contains(path, part) })
	})
	return boards
}

// rulesWithin are the shipped rules, evaluated at least this often, so that one need not wait for those that are evaluated seldom.
func rulesWithin(t *testing.T, most time.Duration) (dir string) {
	t.Helper()
	paths, err := filepath.Glob("../alerts/rules/en/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no rules: %v", err)
	}
	dir = t.TempDir()
	interval := regexp.MustCompile(`interval: \w+`)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content = interval.ReplaceAllFunc(content, func(shipped []byte) []byte {
			every, err := model.ParseDuration(strings.TrimPrefix(string(shipped), "interval: "))
			if err != nil {
				t.Fatal(err)
			}
			return []byte("interval: " + seconds(min(time.Duration(every), most)))
		})
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
