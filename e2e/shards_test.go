package e2e

import (
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/shard"
)

// A partition is several exporters that share the courses, and one that reads them all.
type partition struct {
	whole  *exporter
	shards []*exporter
	args   [][]string // of the shards
}

func part(t *testing.T, db *pgtest.Database, count int) *partition {
	t.Helper()
	// Each course has a language and each assignment a test more than are shown, and there are workers more than are.
	limits := file(t, "gradewatch.yaml", "limits: {languages: {values: [python, other-than-these], most: 2}, tests: {most: 1}, workers: {values: [newest-worker], most: 1}}\n")
	common := []string{"--poll.interval=100ms", "--reconcile.interval=1s", "--config.file=" + limits}
	p := &partition{whole: fromDatabase(t, db, append(common, "--state.file="+filepath.Join(t.TempDir(), "state"))...)}
	for i := range count {
		args := append(slices.Clone(common), fmt.Sprintf("--shard=%d/%d", i, count), "--state.file="+filepath.Join(t.TempDir(), "state"))
		p.args = append(p.args, args)
		p.shards = append(p.shards, fromDatabase(t, db, args...))
	}
	return p
}

// differences are those between what all shards show together and what the whole shows.
func (p *partition) differences() (different []string) {
	together, owner := samplesBySeries{}, map[string]int{}
	for i, e := range p.shards {
		shown, _ := parse(e.metrics("grader_"))
		for series, value := range shown {
			if other, twice := owner[series]; twice {
				different = append(different, fmt.Sprintf("%s is in the shards %d and %d", series, other, i))
			}
			owner[series], together[series] = i, value
		}
	}
	whole, _ := parse(p.whole.metrics("grader_"))
	waits := metrics.QueueOldestWait.Name // grows between two scrapes
	if math.Abs(together[waits]-whole[waits]) > patience.Seconds() {
		different = append(different, fmt.Sprintf("%s is %v, want %v", waits, together[waits], whole[waits]))
	}
	return append(different, together.differences(func(series string) bool { return series != waits }, whole)...)
}

// self is a sample of what an exporter tells of itself.
func self(e *exporter, name string) (sum float64) {
	all, _ := parse(e.metrics(name))
	for series, value := range all {
		if nameOf(series) == name {
			sum += value
		}
	}
	return sum
}

// TestShardsTogetherEqualTheWhole: over all that the demo makes up; when records come, change, are rejected, and are changed and
// deleted behind the exporters' backs; and after a restart. The designated shard holds no more of others' courses than it needs.
func TestShardsTogetherEqualTheWhole(t *testing.T) {
	db := madeUp(t)
	p := part(t, db, 3)
	same := func() []string { return p.differences() }
	await(t, "shards show what is there", same)
	for i, e := range p.shards {
		if shown, _ := parse(e.metrics(metrics.Submissions.Name)); len(shown) == 0 {
			t.Errorf("shard %d has no course", i)
		}
		if _, page := e.get("/"); !strings.Contains(page, fmt.Sprintf("%d/3", i)) {
			t.Errorf("the landing page of shard %d does not say so", i)
		}
	}

	conn := db.Connect(t)
	execute := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	// Courses that nobody has met, and whose first deadline is yet to come; a submission of every course, which ends before it starts;
	// another verdict in place; a rejected record in every course and one in none.
	execute(`INSERT INTO analytics.assignments (course, assignment, deadline_at)
		SELECT 'unheard-of-' || n, 'late-homework', now() + interval '1 day' FROM generate_series(1, 9) n`)
	execute(`INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, started_at, finished_at,
			state, verdict, language, worker, tests)
		SELECT 'new-' || n || course, course, 'late-homework', 'newcomer-' || n, now() - interval '1 minute', now() - interval '50 s', now() - interval '55 s',
			'finished', 'accepted', 'cobol', 'newest-worker', '[{"name": "first", "outcome": "passed"}]'
		FROM (SELECT DISTINCT course FROM analytics.submission_records UNION SELECT 'unheard-of-' || n FROM generate_series(1, 9) n) courses,
			generate_series(1, 12) n`)
	await(t, "shards show new courses", same) // or one would see a verdict that another finds overwritten
	execute(`UPDATE analytics.submission_records SET verdict = 'wrong_answer', score = 0
		WHERE submission_id IN (SELECT min(submission_id) FROM analytics.submission_records WHERE verdict = 'accepted' GROUP BY course)`)
	execute(`ALTER TABLE analytics.submission_records DROP CONSTRAINT submission_records_state_check,
		DROP CONSTRAINT submission_records_course_check`)
	execute(`INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		SELECT 'bad-' || course, course, 'hw', 'somebody', now(), 'nonsense' FROM (SELECT DISTINCT course FROM analytics.submission_records
			UNION SELECT '') courses`)
	await(t, "shards show what has come", same)
	overflow := func(e *exporter) string { return e.metrics(metrics.LabelOverflow.Name) }
	for _, label := range []string{"language", "test", "worker"} {
		sum := 0.0
		for _, e := range p.shards {
			all, _ := parse(overflow(e))
			for series, value := range all {
				if strings.Contains(series, `label="`+label+`"`) {
					sum += value
				}
			}
		}
		whole, _ := parse(overflow(p.whole))
		if want := whole[metrics.LabelOverflow.Name+`{label="`+label+`"}`]; sum != want || want == 0 {
			t.Errorf("shards have counted %v as other for the label %s, the whole %v", sum, label, want)
		}
	}

	// Without a trace in updated_at, so that only reconciliation can find it.
	execute(`SET session_replication_role = replica`)
	execute(`UPDATE analytics.submission_records SET verdict = 'partial', score = max_score / 2
		WHERE submission_id IN (SELECT max(submission_id) FROM analytics.submission_records WHERE verdict = 'wrong_answer' GROUP BY course)`)
	execute(`DELETE FROM analytics.submission_records
		WHERE submission_id IN (SELECT max(submission_id) FROM analytics.submission_records WHERE verdict = 'accepted' GROUP BY course)`)
	reconciled := self(p.whole, metrics.Reconciled.Name)
	eventually(t, "the whole has found what was changed", func() bool { return self(p.whole, metrics.Reconciled.Name) > reconciled })
	await(t, "shards show what was changed behind their backs", same)

	// What they tell of themselves adds up, since each tells of its own courses; the designated one has met all records.
	for _, m := range []*metrics.Metric{metrics.RecordsRejected, metrics.RecordAnomalies} {
		sum := 0.0
		for _, e := range p.shards {
			sum += self(e, m.Name)
		}
		if want := self(p.whole, m.Name); sum != want || want == 0 {
			t.Errorf("%s adds up to %v, want %v", m.Name, sum, want)
		}
	}
	await(t, "the designated shard is compared with all rows, and each with its own", func() (different []string) {
		rows := self(p.whole, metrics.SourceRows.Name)
		if got := self(p.shards[0], metrics.SourceRows.Name); got != rows {
			different = append(different, fmt.Sprintf("the first shard compares %v rows, the whole %v", got, rows))
		}
		for i, e := range p.shards {
			if a, b := self(e, metrics.SourceRows.Name), self(e, metrics.AppliedRecords.Name); a != b || a == 0 || i > 0 && a >= rows {
				different = append(different, fmt.Sprintf("shard %d compares %v rows with %v records, of %v in all", i, a, b, rows))
			}
		}
		return different
	})

	// A shard keeps its totals over a restart, and does not take those of another one.
	for i, e := range p.shards {
		if err := e.stop(); err != nil {
			t.Fatal(err)
		}
		p.shards[i] = fromDatabase(t, db, p.args[i]...)
	}
	await(t, "shards show the same after a restart", same)
	if err := p.shards[1].stop(); err != nil {
		t.Fatal(err)
	}
	other := fromDatabase(t, db, append(slices.Clone(p.args[1]), "--shard=2/3")...)
	if log := other.log(); !strings.Contains(log, "1/3") || !strings.Contains(log, "2/3") {
		t.Errorf("it does not say that the state is of another shard:\n%s", log)
	}
}

// TestShardsOfWhatHasNoTests: where the column is missing there is nothing to leave out.
func TestShardsOfWhatHasNoTests(t *testing.T) {
	db := database(t, []string{oneRow})
	config := file(t, "gradewatch.yaml", `postgres: {submissions: {query: "SELECT submission_id, course, assignment, student, submitted_at, state, verdict,
		updated_at FROM analytics.submission_records"}}`+"\n")
	db.Exec(t, "GRANT SELECT ON analytics.submission_records TO gradewatch")
	shown := 0
	for i := range 2 {
		e := fromDatabase(t, db, "--config.file="+config, fmt.Sprintf("--shard=%d/2", i))
		if strings.Contains(e.metrics(metrics.Submissions.Name), `course="algo"} 1`) {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("the course is shown by %d shards", shown)
	}
}

// TestTestsOfOtherShardsAreNotLookedAt: what is wrong with them is told by the shard that has the course, and that the first counts the
// submission does not depend on when it was read.
func TestTestsOfOtherShardsAreNotLookedAt(t *testing.T) {
	db := database(t, []string{oneRow})
	var other string // a course that is not of the first shard
	for i := 0; other == ""; i++ {
		s := shard.Shard{}
		if err := s.UnmarshalText([]byte("0/2")); err != nil {
			t.Fatal(err)
		}
		if course := fmt.Sprintf("course-%d", i); !s.Has(course) {
			other = course
		}
	}
	insert := `INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, finished_at, state, verdict, tests)
		VALUES ($1, $2, 'hw', $1, now(), now(), 'finished', 'accepted', '[{"name": 7, "outcome": true}]')`
	db.Exec(t, insert, "before", other)
	args := []string{"--poll.interval=100ms", "--reconcile.interval=1s"}
	first := fromDatabase(t, db, append(args, "--shard=0/2")...)
	second := fromDatabase(t, db, append(args, "--shard=1/2")...)
	db.Exec(t, insert, "after", other)
	await(t, "both are counted by the first and rejected by the second", func() (different []string) {
		if got := self(first, metrics.ServiceNewStudents.Name); got != 3 {
			different = append(different, fmt.Sprintf("the first shard has %v students", got))
		}
		if got := self(second, metrics.RecordsRejected.Name); got != 2 {
			different = append(different, fmt.Sprintf("the second has rejected %v", got))
		}
		if a, b := self(first, metrics.SourceRows.Name), self(first, metrics.AppliedRecords.Name); a != b || a != 3 || self(first, metrics.RecordsRejected.Name) != 0 {
			different = append(different, fmt.Sprintf("the first compares %v rows with %v records", a, b))
		}
		return different
	})
}

// TestWhatShardsTellOfThemselves: which they are, so that one that is missing shows.
func TestWhatShardsTellOfThemselves(t *testing.T) {
	whole := serve(t, nil, nil, "--source=demo:", "--demo.students=10").ready()
	if got := whole.metrics(metrics.Shards.Name); !strings.Contains(got, "gradewatch_shards 1\n") || strings.Contains(whole.metrics("gradewatch_"), shard.Label+"=") {
		t.Errorf("the whole tells of shards: %s", got)
	}
	second := serve(t, nil, nil, "--source=demo:", "--demo.students=10", "--shard=1/2").ready()
	for line := range strings.Lines(second.metrics("gradewatch_")) {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, metrics.BuildInfo.Name) && !strings.Contains(line, `shard="1"`) {
			t.Errorf("does not say of which shard it is: %s", line)
		}
	}
	if status, _ := second.get("/-/ready"); status != http.StatusOK || self(second, metrics.Shards.Name) != 2 {
		t.Errorf("/-/ready answers %d; shards: %v", status, self(second, metrics.Shards.Name))
	}
	if _, log, err := run(t, nil, "serve", "--source=demo:", "--shard=2/2"); err == nil || !strings.Contains(log, "0/3, 1/3 or 2/3") {
		t.Errorf("--shard=2/2 ends with %v:\n%s", err, log)
	}
}
