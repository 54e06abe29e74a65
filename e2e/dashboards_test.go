package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source/demo"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	demoSeed     = 3
	demoStudents = 150 // enough for submissions on every day of the year
	barDays      = 37
	pastDays     = 125 // the widest dashboard shows 120
	pastStep     = 4 * time.Minute
)

// TestDashboardsOverPrometheus scrapes the demo with a real Prometheus that holds its history, from another instance as after
// a restart elsewhere, and the recorded output of foreign exporters. Both forms of histograms arrive, every query of every
// panel returns data within the budget, and bars per day equal a count of the records.
func TestDashboardsOverPrometheus(t *testing.T) {
	zone := location(t, "Europe/Prague")
	now := time.Now()
	records := demoRecords(t, zone, now)
	source := []string{"--source=demo:", "--demo.shift=" + demoShift(now).String(), fmt.Sprintf("--demo.seed=%d", demoSeed), fmt.Sprintf("--demo.students=%d", demoStudents),
		"--timezone=" + zone.String()}
	dir := filepath.Join(t.TempDir(), "data")
	args := append([]string{"backfill", "--output=" + dir, "--label=job=gradewatch", "--label=instance=before",
		"--step=" + pastStep.String(), "--from=" + now.AddDate(0, 0, -pastDays).Format(time.DateOnly)}, source...)
	if _, log, err := run(t, nil, args...); err != nil {
		t.Fatalf("backfill ended with %v:\n%s", err, log)
	}
	e := serve(t, nil, nil, append(slices.Clone(source), "--state.file="+filepath.Join(t.TempDir(), "state"))...).ready()
	recorded, n := recordedExporters(t)
	p := startPrometheusWith(t, map[string]string{
		"scrape_interval: 15s": "scrape_interval: 5s", "scrape_configs:\n": "scrape_configs:\n" + recorded,
	}, e.url, dir)
	eventually(t, "the exporter and the recorded ones are scraped", func() bool {
		return len(p.at(`count(grader_service_active_students{instance!="before"})`, time.Now())) > 0 &&
			len(p.at(fmt.Sprintf(`count(count_over_time(up{job=~"recorded-.*"}[1m]) >= 5) == %d`, n), time.Now())) > 0 &&
			len(p.at(query.FreshnessObjective().BudgetLeft().PromQL(), time.Now())) > 0 // which looks once a minute
	})

	t.Run("histograms arrive in both forms", func(t *testing.T) {
		for _, m := range []*metrics.Metric{metrics.QueueWait, metrics.Feedback} {
			want := p.value(fmt.Sprintf(`sum(%s_count)`, m.Name), time.Now())
			if got := p.value(fmt.Sprintf(`sum(%s_bucket{le="+Inf"})`, m.Name), time.Now()); got != want || want == 0 {
				t.Errorf("%s: the classic form has %v observations, want %v", m.Name, got, want)
			}
			if got := p.value(fmt.Sprintf(`histogram_count(sum(%s))`, m.Name), time.Now()); got != want {
				t.Errorf("%s: the native form has %v observations, want %v", m.Name, got, want)
			}
		}
		if got := p.value(fmt.Sprintf(`histogram_count(sum(%s))`, metrics.CheckDuration.Name), time.Now()); got == 0 {
			t.Errorf("%s arrives without observations", metrics.CheckDuration.Name)
		}
	})

	t.Run("every value has a name", func(t *testing.T) {
		for _, named := range []struct {
			metric *metrics.Metric
			label  metrics.Label
			words  []panel.Word
		}{
			{metrics.Checks, metrics.Verdict, panel.Verdicts()},
			{metrics.TestResults, metrics.Outcome, panel.TestOutcomes()},
			{metrics.WorkerChecks, metrics.Outcome, panel.CheckOutcomes()},
			{metrics.AssignmentStudents, metrics.Stage, panel.Stages()},
			{metrics.Records, metrics.Outcome, panel.RecordOutcomes()},
			{metrics.Reconciled, metrics.Outcome, panel.Mendings()},
			{metrics.RecordsRejected, metrics.Reason, panel.Reasons()},
			{metrics.RecordAnomalies, metrics.Kind, panel.Anomalies()},
			{metrics.LabelOverflow, metrics.LabelName, panel.CappedLabels()},
		} {
			shown := p.at(fmt.Sprintf("count by (%s) (%s)", named.label, named.metric.Name), time.Now())
			if len(shown) == 0 {
				t.Errorf("%s has no series", named.metric.Name)
			}
			for _, s := range shown {
				value := s.Metric[string(named.label)]
				if !slices.ContainsFunc(named.words, func(w panel.Word) bool { return w.Value == value }) {
					t.Errorf("dashboards have no name for %s of %s", value, named.metric.Name)
				}
			}
		}
	})

	t.Run("every panel is alive", func(t *testing.T) { p.alive(t, zone) })

	t.Run("what was recorded is what is shown", func(t *testing.T) {
		boards := dashboards(t, committed)
		for _, recorded := range []struct {
			board, panel string
			want         float64
		}{
			{"operations-kubernetes", "Pods without a node", 1},
			{"operations-kubernetes", "Autoscalers at limit", 1},
			{"operations-kubernetes", "Nodes, volumes down", 2},
			{"operations-postgres", "Answers", 1},
			{"operations-django", "Migrations missing", 0},
		} {
			board := boards["en/operations/"+recorded.board+".json"]
			got := p.value(p.variables(t, board, ".*", time.Now()).Replace(board.query(t, recorded.panel, "now")), time.Now())
			if got != recorded.want {
				t.Errorf("%s: %q shows %v, recorded are %v", recorded.board, recorded.panel, got, recorded.want)
			}
		}
	})

	t.Run("a gain equals the records", func(t *testing.T) {
		to := now.Add(-156 * time.Hour).Truncate(4 * time.Minute)
		expr := query.Gained(metrics.Submissions, "1d").PromQL()
		want := 0
		for _, r := range records {
			if r.CheckNumber == 1 && !r.SubmittedAt.Before(to.Add(-24*time.Hour)) && r.SubmittedAt.Before(to) {
				want++
			}
		}
		if got := p.value(expr, to); got != float64(want) || want == 0 {
			t.Errorf("in the day before %s came %v submissions, the records say %d", to, got, want)
		}
	})

	t.Run("bars per day equal the records", func(t *testing.T) {
		board := dashboards(t, committed)["en/product/product-submissions.json"]
		midnight := func(days int) time.Time {
			local := now.In(zone)
			return time.Date(local.Year(), local.Month(), local.Day()+days, 0, 0, 0, 0, zone)
		}
		for _, figure := range []struct {
			panel string
			count func([]submission.Record) int
		}{
			{"Submissions per day", func(rs []submission.Record) int { return len(rs) }},
			{"Users per day", distinctStudents},
		} {
			// Grafana's steps are 24 hours of the zone's present offset, also before clocks changed.
			from := midnight(0).Add(-(barDays - 1) * 24 * time.Hour)
			answer := p.over(board.expr(t, figure.panel), from, midnight(0), 24*time.Hour)
			if len(answer) != 1 || len(answer[0].Values) != barDays {
				t.Fatalf("%s: want one series of %d bars, got %+v", figure.panel, barDays, answer)
			}
			for i, bar := range answer[0].Values[:barDays-1] { // today goes on
				begin, end := midnight(i-barDays+1), midnight(i-barDays+2)
				of := slices.DeleteFunc(slices.Clone(records), func(r submission.Record) bool {
					return r.CheckNumber > 1 || r.SubmittedAt.Before(begin) || !r.SubmittedAt.Before(end)
				})
				if want := figure.count(of); bar.value != float64(want) {
					t.Errorf("%s on %s: the bar is %v, the records say %d", figure.panel, begin.Format(time.DateOnly), bar.value, want)
				}
			}
		}
	})
}

func distinctStudents(records []submission.Record) int {
	students := map[string]bool{}
	for _, r := range records {
		students[r.Student] = true
	}
	return len(students)
}

// demoShift moves the semester so that today is the same day of it whenever tests run: in the first weeks of a term, or when an
// assignment has just been opened, dashboards of courses have little to show.
func demoShift(now time.Time) time.Duration {
	return now.Sub(time.Date(2026, time.November, 27, 0, 0, 0, 0, time.UTC)).Truncate(24 * time.Hour)
}

// demoRecords are the records of the demo up to now, as they stand now.
func demoRecords(t *testing.T, zone *time.Location, now time.Time) []submission.Record {
	t.Helper()
	source, err := demo.New(demo.Options{Seed: demoSeed, Students: demoStudents, Location: zone, Shift: demoShift(now), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	var all keeper
	if err := source.Poll(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// keeper is a source.Sink that keeps records.
type keeper []submission.Record

func (k *keeper) Catalogue(*submission.Catalogue) {}
func (k *keeper) Reject(f *submission.Fault)      { panic(f) }
func (k *keeper) Record(r *submission.Record)     { *k = append(*k, *r) }

// committed is where the generated dashboards are.
const committed = "../provisioning/grafana/dashboards"

// A board is what matters here of a dashboard's JSON.
type board struct {
	Time       struct{ From string }
	Panels     []boardPanel
	Templating struct {
		List []struct {
			Name  string
			Query any
		}
	}
	Annotations struct {
		List []struct {
			Name   string
			Target struct{ Expr string }
		}
	}
}

type boardPanel struct {
	Type     string
	Title    string
	Interval string
	Targets  []struct {
		Expr    string
		Instant bool
		RefID   string
	}
}

// A target is one query of a panel.
type target struct {
	panel, letter, expr string
	instant             bool
	base                bool          // of a percentage: infinite where there was nothing, as of nothing there is no percentage
	least               time.Duration // between two points
}

// dashboards are the generated dashboards in a directory by their path, language first.
func dashboards(t *testing.T, root string) map[string]board {
	t.Helper()
	boards := map[string]board{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var b board
		if err := json.Unmarshal(text, &b); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		name, err := filepath.Rel(root, path)
		boards[filepath.ToSlash(name)] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(boards) < 2 {
		t.Fatalf("%d dashboards in %s", len(boards), root)
	}
	return boards
}

// targets are the queries of all panels and annotations, as they are written.
func (b board) targets() []target {
	var all []target
	for _, p := range b.Panels {
		least, known := map[string]time.Duration{"": 0, "1d": 24 * time.Hour, "1h": time.Hour, "1m": time.Minute, "5m": 5 * time.Minute, "15m": 15 * time.Minute}[p.Interval]
		if !known {
			panic("the interval of " + p.Title + " is " + p.Interval)
		}
		for _, q := range p.Targets {
			all = append(all, target{p.Title, q.RefID, q.Expr, q.Instant, q.RefID == "base", least})
		}
	}
	for _, a := range b.Annotations.List {
		if a.Target.Expr != "" {
			all = append(all, target{panel: a.Name, expr: a.Target.Expr, instant: true})
		}
	}
	return all
}

// expr is the one query of a panel, for all courses.
func (b board) expr(t *testing.T, title string) string {
	t.Helper()
	return strings.ReplaceAll(b.query(t, title, ""), "$course", ".*")
}

// query is a query of a panel as it is written, by its letter; the only one where that is empty.
func (b board) query(t *testing.T, title, letter string) string {
	t.Helper()
	var found []string
	for _, q := range b.targets() {
		if q.panel == title && (letter == "" || q.letter == letter) {
			found = append(found, q.expr)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d queries in a panel titled %q", len(found), title)
	}
	return found[0]
}
