package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// TestChaos: whatever happens to the exporter, to its database and to the network between them, no total ever goes
// down, and in the end every total equals what was committed and every gauge what SQL says: with results that are
// changed in place, rows that are deleted and rows that are committed late.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed, lasts := seeded(t), lasting(t)
	server := pgtest.Start(t)
	db := reference(t, server)
	net := newNetwork(t, fmt.Sprintf("127.0.0.1:%d", server.Port))
	v := newVictim(t, fmt.Sprintf("postgres://gradewatch@%s/%s", net.address(), db.Name),
		"--state.file="+filepath.Join(t.TempDir(), "state"), "--state.interval=1s", "--reconcile.interval=3s")
	work := newWorkload(t, db, seed, 6)
	for _, w := range work.writers {
		w.victim = v
	}
	work.start()
	v.start()
	prom := startPrometheus(t, v.url, t.TempDir())

	tr := trouble{t: t, random: rand.New(rand.NewPCG(seed, 1<<32)), server: server, net: net, victim: v}
	for end := time.Now().Add(lasts); time.Now().Before(end) && !t.Failed(); {
		time.Sleep(tr.upTo(1200 * time.Millisecond))
		tr.strike()
	}
	work.end()
	if t.Failed() {
		return
	}
	work.equalJournal(v.monitor)
	equalGauges(t, db, v.monitor)
	v.down(syscall.SIGKILL, func() {})
	v.monitor.awaitNext(t)
	work.equalJournal(v.monitor)
	equalGauges(t, db, v.monitor)
	noResets(t, prom, v.monitor)

	missed, changed, gone := v.drift()
	did := work.did()
	t.Logf("%d kills, %d stops; %v; found gone: %d; %d scrapes", v.kills, v.stops, did, gone, v.monitor.count())
	if missed != 0 || changed != 0 {
		t.Errorf("polls missed %d records and %d changes, which only reconciliation found", missed, changed)
	}
	for _, what := range []string{"changed in place", "deleted", "prepared", "held open", "rolled back"} {
		if did[what] == 0 || gone == 0 || v.kills < 10 {
			t.Errorf("this was no test: too little was %s, found gone, or killed", what)
		}
	}
}

// await waits until there are no differences any more.
func await(t *testing.T, what string, differences func() []string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		different := differences()
		if len(different) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s waited in vain until %s:\n%s", clock(), what, strings.Join(different, "\n"))
		}
	}
}

// currentRows are gauges by SQL over the rows as they are, as series and value.
const currentRows = `WITH records AS (SELECT * FROM analytics.submission_records),
	attempts AS (SELECT DISTINCT ON (submission_id) course, assignment, student, submitted_at, score > 0 AS scored,
		` + solves + ` AS solved
		FROM records WHERE state = 'finished' AND verdict <> 'internal_error'
		ORDER BY submission_id, check_number DESC),
	students AS (SELECT course, assignment, student, true AS attempted, bool_or(scored OR solved) AS scored,
		bool_or(solved) AS solved, (array_agg(solved ORDER BY submitted_at))[1] AS solved_first_attempt,
		count(*) >= 5 AND NOT bool_or(solved) AND max(submitted_at) > now() - interval '7 days' AS stuck
		FROM attempts GROUP BY 1, 2, 3)
	SELECT format('grader_queue_length{course="%s"}', course), count(*)
		FROM records WHERE state = 'queued' GROUP BY 1
	UNION ALL
	SELECT format('grader_checks_running{course="%s"}', course), count(*)
		FROM records WHERE state = 'running' GROUP BY 1
	UNION ALL
	SELECT format('grader_assignment_students{assignment="%s",course="%s",stage="%s"}', assignment, course, key),
		count(*) FROM students, jsonb_each_text(to_jsonb(students)) WHERE value = 'true' GROUP BY 1
	UNION ALL
	SELECT name, count(*) FROM records, (VALUES ('gradewatch_source_rows'), ('gradewatch_applied_records')) v(name)
		GROUP BY 1`

// equalGauges compares gauges with SQL, which they equal at the latest one reconciliation after the last change.
func equalGauges(t *testing.T, db *pgtest.Database, m *monitor) {
	t.Helper()
	rows, err := db.Connect(t).Query(t.Context(), currentRows)
	if err != nil {
		t.Fatal(err)
	}
	want, names := samplesBySeries{}, map[string]bool{}
	for rows.Next() {
		var series string
		var value float64
		if err := rows.Scan(&series, &value); err != nil {
			t.Fatal(err)
		}
		want[series], names[nameOf(series)] = value, true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(names) != 5 {
		t.Fatalf("SQL has %v only", want)
	}
	await(t, "every gauge equals SQL", func() []string {
		return m.latest().differences(func(series string) bool { return names[nameOf(series)] }, want)
	})
}

// noResets looks at the same through Prometheus, which holds what it has scraped, native histograms included: no total
// was ever reset, and the last value is the exporter's.
func noResets(t *testing.T, p *prometheus, m *monitor) {
	t.Helper()
	p.noResets("1d")
	await(t, "Prometheus shows what the exporter shows", func() (different []string) {
		shown := m.latest()
		for name := range fromJournal {
			of := func(series string) bool { return nameOf(series) == name }
			want := maps.Clone(shown)
			maps.DeleteFunc(want, func(series string, _ float64) bool { return !of(series) })
			different = append(different, p.samples(name).differences(of, want)...)
		}
		return different
	})
}

// noResets finds no total that was reset within a window before now.
func (p *prometheus) noResets(window string) {
	p.t.Helper()
	for _, metric := range metrics.Catalogue() {
		if !metric.Watched() || metric.Type == metrics.Gauge {
			continue
		}
		names := []string{metric.Name}
		if metric.Type == metrics.Histogram {
			names = append(names, metric.Name+"_count", metric.Name+"_sum", metric.Name+"_bucket")
		}
		for _, name := range names {
			for _, reset := range p.at("resets("+name+"["+window+"]) > 0", time.Now()) {
				p.t.Errorf("Prometheus saw %s%v reset %v times", name, reset.Metric, reset.Value.value)
			}
		}
	}
}

// samples are those of a metric as Prometheus has them now. Counts and sums it may have in native histograms only.
func (p *prometheus) samples(name string) samplesBySeries {
	p.t.Helper()
	query := name
	if histogram, isCount := strings.CutSuffix(name, "_count"); isCount {
		query = "histogram_count(" + histogram + ")"
	} else if histogram, isSum := strings.CutSuffix(name, "_sum"); isSum {
		query = "histogram_sum(" + histogram + ")"
	}
	all := samplesBySeries{}
	for _, of := range p.at(query, time.Now()) {
		var labels []string
		for label, value := range of.Metric {
			if label != "__name__" && label != "instance" && label != "job" {
				labels = append(labels, fmt.Sprintf("%s=%q", label, value))
			}
		}
		slices.Sort(labels)
		all[name+"{"+strings.Join(labels, ",")+"}"] = of.Value.value
	}
	return all
}

// trouble is what befalls the system.
type trouble struct {
	t      *testing.T
	random *rand.Rand
	server *pgtest.Cluster
	net    *network
	victim *victim
}

func (tr *trouble) upTo(longest time.Duration) time.Duration {
	return time.Duration(tr.random.Int64N(int64(longest)))
}

// strike lets one thing happen, or a second one in the midst of the first.
func (tr *trouble) strike() {
	first := pickOne(tr.random, troubles)
	while := func() { time.Sleep(tr.upTo(600 * time.Millisecond)) }
	name := first.name
	if second := pickOne(tr.random, troubles); tr.random.IntN(3) == 0 && second.whom != first.whom {
		name += " and meanwhile " + second.name
		while = func() { second.befalls(tr, func() { time.Sleep(tr.upTo(200 * time.Millisecond)) }) }
	}
	tr.t.Logf("%s %s", clock(), name)
	// Who else kills the exporter waits for that: it may need the server while the exporter is down.
	tr.victim.mu.Lock()
	defer tr.victim.mu.Unlock()
	first.befalls(tr, while)
}

// troubles end when what happens meanwhile has ended. The most frequent are there several times.
var troubles = []struct {
	whom, name string
	befalls    func(tr *trouble, while func())
}{
	{"exporter", "kill", (*trouble).kill}, {"exporter", "kill", (*trouble).kill}, {"exporter", "kill", (*trouble).kill},
	{"exporter", "stop", func(tr *trouble, while func()) { tr.victim.cycle(syscall.SIGTERM, while) }},
	{"exporter", "kill in the midst of a stop", func(tr *trouble, while func()) {
		tr.victim.signal(syscall.SIGTERM)
		time.Sleep(tr.upTo(30 * time.Millisecond))
		tr.kill(while)
	}},
	{"server", "server stopped", func(tr *trouble, while func()) { tr.restart(pgtest.Fast, while) }},
	{"server", "server crashed", func(tr *trouble, while func()) { tr.restart(pgtest.Immediate, while) }},
	{"network", "network cut", func(tr *trouble, while func()) { tr.cut(0, while) }},
	{"network", "network cut in mid-answer", func(tr *trouble, while func()) { tr.cut(1+tr.random.IntN(9999), while) }},
}

func (tr *trouble) kill(while func()) { tr.victim.cycle(syscall.SIGKILL, while) }

func (tr *trouble) restart(how pgtest.Shutdown, while func()) {
	if err := tr.server.Stop(how); err != nil {
		tr.t.Fatal(err)
	}
	while()
	if err := tr.server.Start(); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *trouble) cut(after int, while func()) {
	tr.net.cutAfter(after)
	while()
	tr.net.mend()
}
