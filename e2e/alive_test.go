package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// budget is how many samples all queries of a dashboard may read together, when it is opened over its own time range on the
// demo with a sample every four minutes. Time would depend on the machine. Fifty million take some seconds.
const budget = 50_000_000

// points is how many a panel has room for side by side.
const points = 800

// recordedExporters are scrape jobs for what foreign exporters have shown: each scrape gets the next of three, and then the
// last again.
func recordedExporters(t *testing.T) (jobs string, n int) {
	t.Helper()
	folders, err := filepath.Glob("testdata/exporters/*/1.prom")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no output of foreign exporters is recorded: %v", err)
	}
	for _, first := range folders {
		folder := filepath.Dir(first)
		var scrapes atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			http.ServeFile(w, r, fmt.Sprintf("%s/%d.prom", folder, min(scrapes.Add(1), 3)))
		}))
		t.Cleanup(server.Close)
		jobs += fmt.Sprintf("  - job_name: recorded-%s\n    scrape_interval: 1s\n    honor_labels: true\n    static_configs:\n      - targets: [%q]\n",
			filepath.Base(folder), strings.TrimPrefix(server.URL, "http://"))
	}
	return jobs, len(folders)
}

// taught are courses with students at work, tests that are analysed and a deadline that is past, and the latest time at which there
// are some: in the first weeks of a term that is the end of the one before.
func (p *prometheus) taught(t *testing.T) (courses []string, at time.Time) {
	t.Helper()
	at = time.Now()
	for range 10 {
		for _, s := range p.at(fmt.Sprintf(`count by (course) (%s) and on (course) (min by (course) (%s) < time())
			and on (course) (max by (course) (%s{stage="active_7d"}) > 0)`, metrics.TestFacility.Name, metrics.AssignmentDeadline.Name,
			metrics.CourseStudents.Name), at) {
			courses = append(courses, s.Metric["course"])
		}
		if len(courses) >= 3 {
			return courses, at
		}
		courses, at = nil, at.AddDate(0, 0, -7)
	}
	t.Fatal("no three courses are taught in ten weeks")
	return nil, at
}

// alive generates the dashboards for the courses that are taught, and runs every query of them.
func (p *prometheus) alive(t *testing.T, zone *time.Location) {
	courses, taught := p.taught(t)
	list := "courses:\n"
	for _, course := range courses {
		list += "  - course: " + course + "\n"
	}
	output := t.TempDir()
	generate := exec.Command("go", "run", "../dashboards-go", "generate", "--output="+output, "--timezone="+zone.String(),
		"--courses="+file(t, "courses.yaml", list))
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	boards := dashboards(t, output)
	if want := 2 * 4 * len(courses); len(boards) <= want {
		t.Fatalf("%d dashboards, want more than the %d of courses", len(boards), want)
	}

	asked := make(map[string]asked)
	var report []reported
	for _, path := range slices.Sorted(maps.Keys(boards)) {
		t.Run(path, func(t *testing.T) {
			board, at := boards[path], opened(path, taught)
			r := reported{path: path}
			for _, p := range board.Panels {
				if p.Type != "row" {
					r.panels++
				}
			}
			for _, courses := range []string{".*", "[a-m].*"} {
				variables := p.variables(t, board, courses, at)
				for _, q := range board.targets() {
					one := p.open(t, asked, board, q, variables, at.In(zone))
					if courses == ".*" {
						r.add(q, one)
					}
				}
			}
			if r.read > budget {
				t.Errorf("its queries read %d samples, the budget is %d; most reads %q", r.read, budget, r.slowest)
			}
			report = append(report, r)
		})
	}
	t.Run("every selector selects something", func(t *testing.T) { p.selects(t, boards, taught) })
	if path := os.Getenv("GRADEWATCH_REPORT"); path != "" {
		if err := os.WriteFile(path, []byte(reportOf(report)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// opened is when a dashboard is opened: now, or that of a course while courses are taught.
func opened(path string, taught time.Time) time.Time {
	if strings.Contains(path, "/course-") {
		return taught
	}
	return time.Now()
}

// selects asks for the series that each selector of an expression stands for. A value of a label that is misspelt selects nothing,
// which a sum that falls back to 0 would hide.
func (p *prometheus) selects(t *testing.T, boards map[string]board, taught time.Time) {
	// The demo has no comparison with the source, and no redirect was recorded.
	absent := []string{metrics.SourceRows.Name, metrics.AppliedRecords.Name, `status=~"3.."`}
	selected := make(map[string]bool)
	for _, path := range slices.Sorted(maps.Keys(boards)) {
		board := boards[path]
		at := opened(path, taught)
		variables := p.variables(t, board, ".*", at)
		for _, q := range board.targets() {
			tree, err := parser.NewParser(parser.Options{}).ParseExpr(variables.Replace(q.expr))
			if err != nil {
				t.Fatalf("%s: %q: %v", path, q.panel, err)
			}
			parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
				s, is := node.(*parser.VectorSelector)
				if !is {
					return nil
				}
				bare := (&parser.VectorSelector{Name: s.Name, LabelMatchers: s.LabelMatchers}).String()
				if slices.ContainsFunc(absent, func(part string) bool { return strings.Contains(bare, part) }) {
					return nil
				}
				if _, asked := selected[bare]; !asked {
					selected[bare] = len(p.at(bare, at)) > 0
					if !selected[bare] {
						t.Errorf("%s: %q asks for %s, of which there are no series", path, q.panel, bare)
					}
				}
				return nil
			})
		}
	}
	t.Logf("%d selectors", len(selected))
}

// variables are those of a dashboard, as a reader would find them who has chosen courses and nothing else.
func (p *prometheus) variables(t *testing.T, b board, courses string, at time.Time) *strings.Replacer {
	t.Helper()
	assignment := "none"
	for _, v := range b.Templating.List {
		text, _ := v.Query.(string)
		if asking, found := strings.CutPrefix(text, "query_result("); found {
			answer := p.at(strings.TrimSuffix(asking, ")"), at)
			if len(answer) == 0 {
				t.Fatalf("the variable %s has no values: %s", v.Name, text)
			}
			assignment = answer[0].Metric[v.Name]
		} else if listing, found := strings.CutPrefix(text, "label_values("); found {
			metric, _, _ := strings.Cut(listing, ",")
			if len(p.at(metric, at)) == 0 {
				t.Fatalf("the variable %s has no values: %s", v.Name, text)
			}
		}
	}
	r := b.ranged()
	step := max(r/points, pastStep)
	return strings.NewReplacer("$course", courses, "$namespace", ".*", "$job", ".*", "$instance", ".*", "$assignment", assignment, "$__range_s", fmt.Sprint(r.Seconds()),
		"$__range", seconds(r), "$__interval", seconds(step), "$__rate_interval", seconds(max(step+pastStep, 4*pastStep)))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }

// ranged is the time range that a dashboard shows at first.
func (b board) ranged() time.Duration {
	return map[string]time.Duration{
		"now-6h": 6 * time.Hour, "now-24h": 24 * time.Hour, "now-29d/d": 30 * 24 * time.Hour, "now-89d/d": 90 * 24 * time.Hour,
		"now-119d/d": 120 * 24 * time.Hour,
	}[b.Time.From]
}

// asked is a query that has been asked: how long it took and how many samples were read.
type asked struct {
	took time.Duration
	read int
}

// open asks a query of a panel as Grafana does when the dashboard is opened at a local time: for that moment, or over its time
// range, in steps of which one is at midnight where they are days. It returns data, all of it finite. What differs in words alone is
// asked once.
func (p *prometheus) open(t *testing.T, before map[string]asked, b board, q target, variables *strings.Replacer, at time.Time) asked {
	t.Helper()
	expr := variables.Replace(q.expr)
	step := max(b.ranged()/points, pastStep, q.least)
	key := fmt.Sprint(expr, q.instant, step, b.ranged())
	if one, done := before[key]; done {
		return one
	}
	path, parameters := "/api/v1/query", url.Values{"query": {expr}, "time": {unix(at)}}
	if !q.instant {
		end := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
		if step < 24*time.Hour {
			end = at
		}
		begin := end.Add(-b.ranged()).Add(step)
		path, parameters = "/api/v1/query_range", url.Values{"query": {expr}, "start": {unix(begin)}, "end": {unix(end)},
			"step": {fmt.Sprint(step.Seconds())}}
	}
	begun := time.Now()
	answer, read := p.ask(path, parameters)
	one := asked{time.Since(begun), read}
	before[key] = one
	if len(answer) == 0 {
		t.Errorf("panel %q returns nothing for: %s", q.panel, expr)
	}
	for _, s := range answer {
		if !s.finite() && !q.base {
			t.Errorf("panel %q returns %+v for: %s", q.panel, s, expr)
			break
		}
	}
	return one
}

// reported is a dashboard in the report.
type reported struct {
	path            string
	panels, queries int
	took            time.Duration
	read            int
	slowest         string
	longest         asked
}

func (r *reported) add(q target, one asked) {
	r.queries++
	r.took += one.took
	r.read += one.read
	if one.took > r.longest.took {
		r.slowest, r.longest = q.panel, one
	}
}

// reportOf is a page that tells what it takes to open each dashboard.
func reportOf(all []reported) string {
	var page strings.Builder
	fmt.Fprintf(&page, `# What it takes to open a dashboard

Each dashboard of the demo semester (%d students, %d days of history with a sample every %v) as it is opened, over its own
time range: all its queries, one after the other, on a machine that does other things too. Generated by make report.

Samples are as Prometheus counts them: what is read once for all points of a panel counts for each. The budget is %d million.

| dashboard | panels | queries | seconds | million samples read | slowest panel | its seconds |
|---|---|---|---|---|---|---|
`, demoStudents, pastDays, pastStep, budget/1_000_000)
	slices.SortFunc(all, func(a, b reported) int { return cmp.Compare(a.path, b.path) })
	for _, r := range all {
		if path, english := strings.CutPrefix(r.path, "en/"); english {
			fmt.Fprintf(&page, "| %s | %d | %d | %.1f | %.1f | %s | %.2f |\n", strings.TrimSuffix(filepath.Base(path), ".json"),
				r.panels, r.queries, r.took.Seconds(), float64(r.read)/1e6, r.slowest, r.longest.took.Seconds())
		}
	}
	return page.String()
}
