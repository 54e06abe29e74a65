package e2e

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/alerts/rule"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/e2e/pgtest"
)

// A large is a service of a size, all that looks at it, and what was measured of that.
type large struct {
	t    *testing.T
	term term
	db   *pgtest.Database

	scrapes, evaluations time.Duration // how often, rules at least
	watched              time.Duration // for how long Prometheus looks before it is asked

	submissions float64 // as SQL counts them
	exporters   []*measured
	history     []string // rows of the report
	prometheus  *prometheus
	states      map[string]float64 // figures of Prometheus by what they are
	groups      []ruleGroup
	queries     []answered
}

// TestLarge has one exporter, two of four shards, and one Prometheus with all rules and dashboards look at a large service: totals are
// those of SQL, shards do not overlap, and no query and no rule fails. With GRADEWATCH_REPORT_SCALING the service has 1,000 courses and
// 200,000 students, and what all of it takes is written there; without, it is small, so that the measurement itself stays right.
func TestLarge(t *testing.T) {
	path := os.Getenv("GRADEWATCH_REPORT_SCALING")
	now := time.Now().UTC().Truncate(time.Second)
	l := &large{t: t, term: term{20, 400, now}, scrapes: 5 * time.Second, evaluations: 2 * time.Second, watched: 8 * time.Second,
		states: map[string]float64{}}
	if path != "" {
		l.term, l.scrapes, l.evaluations, l.watched = term{1_000, 200_000, now}, 15*time.Second, 5*time.Minute, 6*time.Minute
	}
	defer func() { // also what was measured before something failed
		if report := l.report(); path != "" {
			if err := os.WriteFile(path, []byte(report), 0o644); err != nil {
				t.Error(err)
			}
		}
	}()
	l.db = database(t, nil)
	l.step("making up the term", func() { l.term.fill(t, l.db) })
	l.submissions = l.count("count(DISTINCT submission_id) FROM analytics.submission_records")

	whole := l.measure("0/1")
	l.equalTotals(whole)
	l.step("two shards", func() { l.shards(whole) })
	var data string
	l.step("history", func() { data = l.past(whole) })
	l.step("Prometheus", func() { l.watch(whole, data) })
	l.step("dashboards", func() { l.open() })
	if path == "" {
		l.noneFails()
	}
	if got := l.states["submissions"]; got != l.submissions {
		t.Errorf("Prometheus holds %v submissions, SQL counts %v", got, l.submissions)
	}
}

// step says how long a part took, since all of it takes long.
func (l *large) step(what string, do func()) {
	begun := time.Now()
	do()
	l.t.Logf("%s: %s", what, time.Since(begun).Round(time.Second))
}

// watch has Prometheus scrape the exporter and evaluate all rules, after the past in which both did so.
func (l *large) watch(whole *measured, data string) {
	l.t.Helper()
	now := time.Now()
	l.step("what rules have recorded", func() {
		for _, ago := range []time.Duration{26 * time.Hour, 8 * time.Hour, 3 * time.Hour} { // where windows of a day, 6 hours and less begin
			rerecord(l.t, data, ofChecking(), now.Add(-ago), now.Add(3*time.Hour-ago))
		}
	})
	if whole.proto.took > 5*time.Second { // Prometheus gives up after 10 seconds unless something else is said
		l.scrapes = time.Minute
	}
	scraping := fmt.Sprintf("scrape_interval: %s\n  scrape_timeout: %s", seconds(l.scrapes), seconds(max(l.scrapes*2/3, time.Second)))
	rules := rulesWithin(l.t, l.evaluations)
	l.prometheus = startPrometheusWith(l.t, map[string]string{"scrape_interval: 15s": scraping, "/etc/prometheus/rules": rules}, whole.url, data)
	time.Sleep(l.watched)
	eventually(l.t, "all rules are evaluated", func() bool {
		l.groups = l.prometheus.ruleGroups()
		return !slices.ContainsFunc(l.groups, func(g ruleGroup) bool { return g.EvaluationTime == 0 })
	})
	l.state()
	if err := errors.Join(os.RemoveAll(rules), l.prometheus.cmd.Process.Signal(syscall.SIGHUP)); err != nil { // panels are asked without them
		l.t.Fatal(err)
	}
	eventually(l.t, "no rules are left", func() bool { return len(l.prometheus.ruleGroups()) == 0 })
}

// standing is what is asked of Prometheus about itself and its target, of the time since the past.
var standing = []struct {
	what, format string
	unit         float64
	expr         string
}{
	{"submissions", "%.0f", 1, "sum(grader_submissions_total)"},
	{"scrapes", "%.0f", 1, `count_over_time(up{job="gradewatch"}[1h])`},
	{"failed scrapes", "%.0f", 1, `count_over_time(up{job="gradewatch"}[1h]) - sum_over_time(up{job="gradewatch"}[1h])`},
	{"samples of a scrape", "%.0f", 1, `max_over_time(scrape_samples_post_metric_relabeling{job="gradewatch"}[1h])`},
	{"a scrape, on average", "%.1f s", 1, `avg_over_time(scrape_duration_seconds{job="gradewatch"}[1h])`},
	{"the longest scrape", "%.1f s", 1, `max_over_time(scrape_duration_seconds{job="gradewatch"}[1h])`},
	{"series in the head", "%.0f", 1, "prometheus_tsdb_head_series"},
	{"blocks of the past", "%.0f MB", 1e6, "prometheus_tsdb_storage_blocks_bytes"},
	{"resident memory", "%.1f GB", 1e9, `max_over_time(process_resident_memory_bytes{job="prometheus"}[1h])`},
	{"that of the exporter", "%.1f GB", 1e9, `max_over_time(process_resident_memory_bytes{job="gradewatch"}[1h])`},
	{"processor", "%.2f cores", 1, `rate(process_cpu_seconds_total{job="prometheus"}[3m])`},
	{"that of the exporter, scraped", "%.2f cores", 1, `rate(process_cpu_seconds_total{job="gradewatch"}[3m])`},
	{"evaluations missed", "%.0f", 1, "sum(prometheus_rule_group_iterations_missed_total)"},
}

func (l *large) state() {
	l.t.Helper()
	instances := strings.NewReplacer(`job="gradewatch"`, fmt.Sprintf("instance=%q", strings.TrimPrefix(l.exporters[0].url, "http://")),
		`job="prometheus"`, fmt.Sprintf("instance=%q", strings.TrimPrefix(l.prometheus.url, "http://"))) // others have recorded the past
	for _, f := range standing {
		for _, s := range l.prometheus.at(instances.Replace(f.expr), time.Now()) {
			l.states[f.what] = max(l.states[f.what], s.Value.value)
		}
	}
}

// A ruleGroup is one as Prometheus tells of it.
type ruleGroup struct {
	Name           string
	EvaluationTime float64 // seconds
	Rules          []evaluated
}

type evaluated struct {
	Name, LastError string
	EvaluationTime  float64
}

func (p *prometheus) ruleGroups() []ruleGroup {
	p.t.Helper()
	var answer struct{ Data struct{ Groups []ruleGroup } }
	p.decode("/api/v1/rules", nil, &answer)
	return answer.Data.Groups
}

// answered is what a query of a panel took.
type answered struct {
	board, panel, letter string
	took                 time.Duration
	busy                 float64 // seconds of a processor, with what scrapes take meanwhile
	read, peak, series   int     // samples in all and at most at a time; series of the answer
	failed               string
}

// grafanaStep is what Grafana takes for the time between two scrapes, and does not go below.
const grafanaStep = 15 * time.Second

// open asks all queries of all panels once, one after the other, as when dashboards are opened now. Points are as near to each other as
// Grafana has them; rates look as many samples back as there would be, of which the past has fewer.
func (l *large) open() {
	l.t.Helper()
	now, boards := time.Now().UTC(), l.generated()
	for _, path := range slices.Sorted(maps.Keys(boards)) {
		board := boards[path]
		for _, q := range board.targets() {
			step := max(board.ranged()/points, grafanaStep, q.least)
			expr := strings.NewReplacer("$course", ".*", "$assignment", openAssignment, "$job", ".*", "$instance", ".*",
				"$__range_s", fmt.Sprint(board.ranged().Seconds()), "$__range", seconds(board.ranged()),
				"$__rate_interval", seconds(max(step+pastStep, 4*pastStep)), "$__interval", seconds(step)).Replace(q.expr)
			before := l.busy()
			one := l.prometheus.answer(expr, q, board.ranged(), step, now)
			one.busy = l.busy() - before
			one.board, one.panel, one.letter = strings.TrimSuffix(filepath.Base(path), ".json"), q.panel, q.letter
			l.queries = append(l.queries, one)
		}
	}
	l.state()
}

// busy is how long Prometheus has kept a processor busy, in seconds, which depends less on what else the machine does than time.
func (l *large) busy() float64 {
	l.t.Helper()
	_, text := (&exporter{t: l.t, url: l.prometheus.url, client: http.DefaultClient}).get("/metrics")
	return l.of(text, "process_cpu_seconds_total")
}

func (p *prometheus) answer(expr string, q target, ranged, step time.Duration, at time.Time) answered {
	p.t.Helper()
	path, parameters := "/api/v1/query", url.Values{"query": {expr}, "time": {unix(at)}, "stats": {"all"}}
	if !q.instant {
		end := at.Truncate(min(step, 24*time.Hour))
		path = "/api/v1/query_range"
		parameters.Set("start", unix(end.Add(step-ranged)))
		parameters.Set("end", unix(end))
		parameters.Set("step", fmt.Sprint(step.Seconds()))
	}
	var answer struct {
		Error string
		Data  struct {
			Result []json.RawMessage
			Stats  struct {
				Samples struct{ TotalQueryableSamples, PeakSamples int }
			}
		}
	}
	begun := time.Now()
	p.decode(path, parameters, &answer)
	read := answer.Data.Stats.Samples
	return answered{took: time.Since(begun), read: read.TotalQueryableSamples, peak: read.PeakSamples, series: len(answer.Data.Result),
		failed: answer.Error}
}

// decode asks the API, and leaves it to the caller what an error means.
func (p *prometheus) decode(path string, parameters url.Values, into any) {
	p.t.Helper()
	getJSON(p.t, p.url+path+"?"+parameters.Encode(), into)
}

// noneFails holds at a small size.
func (l *large) noneFails() {
	l.t.Helper()
	read := map[string]int{}
	for _, q := range l.queries {
		read[q.board] += q.read
		if q.failed != "" {
			l.t.Errorf("%s: Prometheus says %s to %q %s", q.board, q.failed, q.panel, q.letter)
		}
	}
	for board, samples := range read {
		if samples == 0 {
			l.t.Errorf("all queries of %s read nothing", board)
		}
	}
	for _, g := range l.groups {
		for _, r := range g.Rules {
			if r.LastError != "" {
				l.t.Errorf("%s of %s: %s", r.Name, g.Name, r.LastError)
			}
		}
	}
	if l.states["failed scrapes"] >= l.states["scrapes"] {
		l.t.Error("no scrape succeeds")
	}
}

// report is a page of what was measured.
func (l *large) report() string {
	var page strings.Builder
	fmt.Fprintf(&page, `<!-- Written by TestLarge with GRADEWATCH_REPORT_SCALING. -->
# Scaling, measured

A made-up term of %d courses with %d homeworks each and %d students, each in %d courses: %.1f million submissions with the results of
six tests, in PostgreSQL. It has gone on for %d of %d weeks, and nothing comes in while it is measured. All programs, the database
and what asks share 2 cores: times are those of a busy machine, and are to be compared with each other.

## One exporter, and two of four shards

| shard | records of its own | ready after | rows read/s | processor until then | compared with the source after | memory when ready | after scrapes | series | results of tests under other | a poll with nothing new |
|---|---|---|---|---|---|---|---|---|---|---|
`, l.term.courses, termAssignments, l.term.students, coursesTaken, l.submissions/1e6, termPast, termWeeks)
	for _, m := range l.exporters {
		fmt.Fprintf(&page, "| %s | %.0f | %.0f s | %.0f | %.0f s | %.0f s | %.2f GB | %.2f GB | %.0f | %.0f | %.0f ms |\n", m.shard, m.applied,
			m.ready.Seconds(), l.exporters[0].applied/m.ready.Seconds(), m.spent, m.compared.Seconds(), m.resident/1e9, m.scraped/1e9, m.series, m.overflow, m.poll*1e3)
	}
	page.WriteString("\nA scrape, from asking to the last byte. Prometheus asks for protobuf, compressed.\n\n" +
		"| shard | text | text, gzip | protobuf | processor for one, in text |\n|---|---|---|---|---|\n")
	for _, m := range l.exporters {
		fmt.Fprintf(&page, "| %s | %v | %v | %v | %.1f s |\n", m.shard, m.text, m.zipped, m.proto, m.each)
	}
	page.WriteString("\n## The past\n\n| written by backfill, a sample every 4 minutes | seconds |\n|---|---|\n")
	page.WriteString(strings.Join(l.history, ""))
	l.reportPrometheus(&page)
	l.reportQueries(&page)
	return page.String()
}

func (s scrape) String() string {
	return fmt.Sprintf("%.1f MB in %.1f s", float64(s.size)/1e6, s.took.Seconds())
}

func (l *large) reportPrometheus(page *strings.Builder) {
	fmt.Fprintf(page, `
## One Prometheus

It scrapes the one exporter every %v and evaluates every group of rules at its interval, or every %v if that is longer, with the past of
both. Panels are asked after that.

| figure | value |
|---|---|
`, l.scrapes, l.evaluations)
	for _, f := range standing {
		fmt.Fprintf(page, "| %s | "+f.format+" |\n", f.what, l.states[f.what]/f.unit)
	}
	page.WriteString("\n| group of rules | rules | its interval | seconds to evaluate | slowest rule | its seconds |\n|---|---|---|---|---|---|\n")
	intervals := map[string]time.Duration{}
	for _, g := range rule.Groups(query.Scope{}) {
		intervals[g.Name] = g.Interval
	}
	for _, g := range l.groups {
		slowest := slices.MaxFunc(g.Rules, func(a, b evaluated) int { return cmp.Compare(a.EvaluationTime, b.EvaluationTime) })
		fmt.Fprintf(page, "| %s | %d | %s | %.2f | %s | %.2f |\n", g.Name, len(g.Rules), strings.TrimSuffix(intervals[g.Name].String(), "0s"),
			g.EvaluationTime, slowest.Name, slowest.EvaluationTime)
	}
	page.WriteString("\nRules that take longer than half a second:\n\n| group | rule | seconds | error |\n|---|---|---|---|\n")
	for _, g := range l.groups {
		for _, r := range g.Rules {
			if r.EvaluationTime > 0.5 || r.LastError != "" {
				fmt.Fprintf(page, "| %s | %s | %.2f | %s |\n", g.Name, r.Name, r.EvaluationTime, r.LastError)
			}
		}
	}
}

// slow is what a reader notices.
const slow = time.Second

func (l *large) reportQueries(page *strings.Builder) {
	page.WriteString(`
## Dashboards

All queries of a dashboard, one after the other, over its own time range and all courses, as Grafana asks them. The past is an hour 30 days
ago and the last 26 hours, with a sample every 4 minutes: what looks at all of 30 days reads up to 30 times as much in the end.

| dashboard | queries | seconds | million samples read | slowest panel | its seconds |
|---|---|---|---|---|---|
`)
	boards := map[string]*reported{}
	for _, q := range l.queries {
		if boards[q.board] == nil {
			boards[q.board] = &reported{}
		}
		boards[q.board].add(target{panel: q.panel}, asked{q.took, q.read})
	}
	for _, board := range slices.Sorted(maps.Keys(boards)) {
		r := boards[board]
		fmt.Fprintf(page, "| %s | %d | %.1f | %.1f | %s | %.1f |\n", board, r.queries, r.took.Seconds(), float64(r.read)/1e6,
			r.slowest, r.longest.took.Seconds())
	}
	fmt.Fprintf(page, `
Queries that take longer than %v, or fail. Prometheus holds at most 50 million samples at a time for one.

| dashboard | panel | seconds | of a processor | million samples read | most at a time | series | error |
|---|---|---|---|---|---|---|---|
`, slow)
	slices.SortStableFunc(l.queries, func(a, b answered) int { return cmp.Compare(b.took, a.took) })
	for _, q := range l.queries {
		if q.took > slow || q.failed != "" {
			fmt.Fprintf(page, "| %s | %s %s | %.1f | %.1f | %.1f | %.1f | %d | %s |\n", q.board, q.panel, q.letter, q.took.Seconds(), q.busy, float64(q.read)/1e6,
				float64(q.peak)/1e6, q.series, q.failed)
		}
	}
}
