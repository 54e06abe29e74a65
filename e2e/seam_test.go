package e2e

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// scrapeInterval is that of the tests of the seam, and the provisioned one: history and what was scraped may be two of it apart.
const scrapeInterval = 15 * time.Second

// TestTheSeamAfterHistory writes the past of a service that is at work, leaves a state, and starts exporter and Prometheus on
// it, as a first start does.
func TestTheSeamAfterHistory(t *testing.T) {
	db := reference(t, cluster) // roles are those of the whole cluster, and are not made in parallel
	t.Parallel()
	rest := atWork(t, db)
	env := []string{"PGPASSWORD=" + rolePassword}
	source, state := "--source="+db.TCP("gradewatch"), "--state.file="+filepath.Join(t.TempDir(), "state")
	address := freeAddress(t)
	dir := filepath.Join(t.TempDir(), "data")
	if _, log, err := run(t, env, "backfill", "--output="+dir, source, state, "--label=job=gradewatch",
		"--label=instance="+address, "--retention=400d"); err != nil {
		t.Fatalf("backfill ended with %v:\n%s", err, log)
	}
	seam := time.Now()
	e := serve(t, env, nil, source, state, "--web.listen-address="+address)
	e.await(t, "State loaded")
	p := startPrometheusWith(t, nil, "http://"+address, dir)
	p.noSeam(db, rest, seam)
}

// TestTheSeamBeforeALivePrometheus writes the past that a Prometheus lacks which has been at work for a while. All that it
// asks for is told by that Prometheus.
func TestTheSeamBeforeALivePrometheus(t *testing.T) {
	db := reference(t, cluster) // roles are those of the whole cluster, and are not made in parallel
	t.Parallel()
	rest := atWork(t, db)
	env := []string{"PGPASSWORD=" + rolePassword}
	source := "--source=" + db.TCP("gradewatch")
	e := fromDatabase(t, db)
	dir := t.TempDir()
	p := startPrometheusWith(t, nil, e.url, dir)
	p.awaitScrapeAfter(time.Time{})
	seam := p.timesOf(metrics.Ready.Name)[0]
	asked := []string{"backfill", "--output=" + dir, source, "--prometheus.url=" + p.url}
	for wrong, want := range map[string]string{
		"--timezone=Asia/Tokyo":       "are those of the exporter", // hours of the day are other ones
		"--label=job=gradewatch":      "--label=instance=",
		"--to=" + stampOf(time.Now()): "throw them away",
		"--retention=30d":             "--retention is 30d, and that Prometheus keeps 400d",
	} {
		if _, log, err := run(t, env, append(asked, wrong)...); err == nil || !strings.Contains(log, want) {
			t.Errorf("with %s backfill ended with %v and did not say %q:\n%s", wrong, err, want, log)
		}
	}
	less := file(t, "less.yaml", "postgres: {submissions: {query: SELECT * FROM analytics.submission_records WHERE submission_id < 'h3'}}")
	_, log, err := run(t, env, "backfill", "--output="+t.TempDir(), source, "--prometheus.url="+p.url, "--config.file="+less)
	for _, want := range []string{"totals step up at the seam", "move the blocks there"} {
		if err != nil || !strings.Contains(log, want) {
			t.Errorf("of a part of the source backfill ended with %v and did not say %q:\n%s", err, want, log)
		}
	}
	_, log, err = run(t, env, asked...)
	if err != nil {
		t.Fatalf("backfill ended with %v:\n%s", err, log)
	}
	for _, unwanted := range []string{"There is a gap", "totals step up", "by another name"} {
		if strings.Contains(log, unwanted) {
			t.Errorf("the log says %q:\n%s", unwanted, log)
		}
	}
	p.stop() // it would take the blocks in within a minute, too
	p = startPrometheusWith(t, nil, e.url, dir)
	p.noSeam(db, rest, seam)
}

// TestHistoryIsWhatIsScraped compares all that history ends with with a scrape of the same records, to the last native bucket.
func TestHistoryIsWhatIsScraped(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	source, dir := "--source=jsonl:"+recodexLog, filepath.Join(t.TempDir(), "data")
	args := []string{"backfill", source, "--output=" + dir, "--from=" + stampOf(time.Now().Add(-time.Hour)), "--label=job=gradewatch",
		"--label=instance=" + address}
	if _, log, err := run(t, nil, args...); err != nil {
		t.Fatalf("backfill ended with %v:\n%s", err, log)
	}
	end := time.Now().Add(-time.Second)
	serve(t, nil, nil, source, "--web.listen-address="+address).ready() // there too
	p := startPrometheus(t, "http://"+address, dir)
	p.awaitScrapeAfter(time.Now())
	of := func(at time.Time) (samples []string) {
		for _, s := range p.at(`{__name__=~"grader_.*"}`, at) {
			value := fmt.Sprint(s.Value.value)
			if s.Histogram != nil {
				value = fmt.Sprint(s.Histogram.([]any)[1])
			}
			samples = append(samples, fmt.Sprint(s.Metric, " ", value))
		}
		slices.Sort(samples)
		return samples
	}
	past, present := of(end.Add(-5*time.Second)), of(time.Now())
	if !slices.Equal(past, present) || len(past) < 500 {
		t.Errorf("%d samples at the end of history, %d scraped:\n%s", len(past), len(present),
			firstDifference(strings.Join(past, "\n"), strings.Join(present, "\n")))
	}
}

// TestAPrometheusWithoutNativeHistogramsIsTold what is missing, and nothing is written for it.
func TestAPrometheusWithoutNativeHistogramsIsTold(t *testing.T) {
	t.Parallel()
	source, dir := "--source=jsonl:"+recodexLog, t.TempDir()
	e := serve(t, nil, nil, source).ready()
	p := startPrometheusWith(t, map[string]string{
		"scrape_native_histograms: true": "scrape_native_histograms: false", "scrape_interval: 15s": "scrape_interval: 1s",
	}, e.url, dir)
	p.awaitScrapeAfter(time.Time{})
	_, log, err := run(t, nil, "backfill", source, "--output="+dir, "--prometheus.url="+p.url, "--from=2026-01-01", "--step=4m")
	if blocks, _ := block.List(dir); err == nil || !strings.Contains(log, "does not scrape native histograms") || len(blocks) > 0 {
		t.Errorf("backfill ended with %v and %d blocks:\n%s", err, len(blocks), log)
	}
}

// atWork gives a database submissions of some days, to which others come and are checked until it is told to rest.
func atWork(t *testing.T, db *pgtest.Database) (rest func()) {
	t.Helper()
	db.Exec(t, `
		INSERT INTO analytics.courses SELECT 'course-' || n, 'Course ' || n, '2026' FROM generate_series(0, 1) n;
		-- Of hw-1 tests are shown until yesterday.
		INSERT INTO analytics.assignments (course, assignment, deadline_at)
		SELECT 'course-' || n / 2, 'hw-' || n % 2, now() + (1 - n % 2 * 32) * interval '1 day' FROM generate_series(0, 3) n;
		SET session_replication_role = replica;
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, queued_at, started_at,
			finished_at, state, verdict, score, max_score, language, tests, updated_at)
		SELECT 'h' || n, 'course-' || n % 2, 'hw-' || n / 2 % 2, 's' || n % 17, at, at, at + interval '2 seconds',
			at + interval '2 seconds' + n % 50 * interval '1 second', 'finished', (ARRAY['accepted', 'partial', 'internal_error'])[n % 3 + 1],
			n % 11, 10, (ARRAY['go', 'c'])[n % 2 + 1], '[{"name": "compiles", "outcome": "passed"}]', at + interval '1 minute'
		FROM generate_series(1, 400) n, LATERAL (SELECT now() - interval '10 minutes' * (n + 1) AS at) AS submitted`)
	conn := db.Connect(t)
	ended := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	rest = func() { stop(); <-ended }
	t.Cleanup(rest)
	go func() {
		defer close(ended)
		for n := 0; ctx.Err() == nil; n++ {
			for _, sql := range []string{
				`INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state, language)
					VALUES ('l' || $1::int, 'course-' || $1 % 2, 'hw-' || $1 / 2 % 2, 's' || $1 % 23, clock_timestamp(), 'queued', (ARRAY['go', 'c'])[$1 % 2 + 1])`,
				`UPDATE analytics.submission_records SET state = 'running', started_at = clock_timestamp()
					WHERE state = 'queued' AND submitted_at < clock_timestamp() - $1::int % 3 * interval '0.2 seconds'`,
				`UPDATE analytics.submission_records SET state = 'finished', finished_at = clock_timestamp(),
					verdict = CASE WHEN student ~ '[05]$' THEN 'wrong_answer' ELSE 'accepted' END -- so that not all have the same in the end
					WHERE state = 'running' AND started_at < clock_timestamp() - $1::int % 5 * interval '0.3 seconds'`,
			} {
				if _, err := conn.Exec(context.WithoutCancel(ctx), sql, n); err != nil {
					t.Errorf("writing: %v", err)
					return
				}
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return rest
}

// noSeam has the service rest when something has been scraped after the seam, and then finds no trace of it.
func (p *prometheus) noSeam(db *pgtest.Database, rest func(), seam time.Time) {
	p.t.Helper()
	p.awaitScrapeAfter(seam)
	rest()
	p.awaitScrapeAfter(time.Now().Add(time.Second)) // a poll later
	times := p.timesOf(metrics.Ready.Name)
	now := times[len(times)-1]
	after := slices.IndexFunc(times, func(at time.Time) bool { return !at.Before(seam) })
	if gap := times[after].Sub(times[after-1]); gap > 2*scrapeInterval {
		p.t.Errorf("the seam is a gap of %s, from %s to %s", gap, times[after-1].UTC(), times[after].UTC())
	}

	before := seam.Add(-time.Hour).Truncate(time.Minute)
	equalSQL(p.t, db, asTheyWere, p.reading(before), "UTC", before)
	equalSQL(p.t, db, asTheyAre, p.reading(now), "UTC", now)
	var want float64
	row := db.Connect(p.t).QueryRow(p.t.Context(), `SELECT count(*) FROM analytics.submission_records WHERE submitted_at >= $1`, before)
	if err := row.Scan(&want); err != nil {
		p.t.Fatal(err)
	}
	window := fmt.Sprint(now.Sub(before).Milliseconds(), "ms")
	if got := p.value(query.Gained(metrics.Submissions, window).PromQL(), now); got != want || want < 10 {
		p.t.Errorf("over the seam %v submissions came, SQL counts %v", got, want)
	}
	p.noResets("1d")
	if was, is := p.series(seam.Add(-scrapeInterval)), p.series(now); !slices.Equal(was, is) {
		p.t.Errorf("the series before the seam are not those after it:\n%s", firstDifference(strings.Join(was, "\n"), strings.Join(is, "\n")))
	}
}

// awaitScrapeAfter waits until the exporter has been scraped after a time.
func (p *prometheus) awaitScrapeAfter(at time.Time) {
	p.t.Helper()
	eventually(p.t, "the exporter is scraped", func() bool {
		times := p.timesOf(metrics.Ready.Name)
		return len(times) > 0 && times[len(times)-1].After(at)
	})
}

// timesOf are the times of the samples of the last hour of a metric with one series.
func (p *prometheus) timesOf(metric string) (times []time.Time) {
	p.t.Helper()
	for _, s := range p.at(metric+"[1h]", time.Now()) {
		for _, v := range s.Values {
			times = append(times, time.UnixMilli(int64(v.at*1000)))
		}
	}
	return times
}

// series are names and labels of all series about the service that have a sample at a time.
func (p *prometheus) series(at time.Time) (series []string) {
	p.t.Helper()
	for _, s := range p.at(`{__name__=~"grader_.*"}`, at) {
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(s.Metric)) {
			labels = append(labels, fmt.Sprintf("%s=%q", name, s.Metric[name]))
		}
		series = append(series, strings.Join(labels, ","))
	}
	slices.Sort(series)
	return series
}

// stampOf is a time as --from and --to take it.
func stampOf(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
