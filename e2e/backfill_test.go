package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/block/blocktest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source/demo"
)

// scraped are the labels that the provisioned Prometheus would give to an exporter.
var scraped = []string{"--label=job=gradewatch", "--label=instance=exporter:9850"}

// backfillTo are arguments that write the past of a small demo into a new directory.
func backfillTo(t *testing.T, args ...string) []string {
	return slices.Concat([]string{"backfill", "--source=demo:", "--demo.students=5", "--output=" + t.TempDir()}, scraped, args)
}

// backfill writes the past into a new directory and returns that.
func backfill(t *testing.T, env []string, args ...string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	if _, log, err := run(t, env, slices.Concat([]string{"backfill", "--output=" + dir}, scraped, args)...); err != nil {
		t.Fatalf("backfill ended with %v:\n%s", err, log)
	}
	return dir
}

// TestBackfilledDaysAreThoseOfTheTable asks a real Prometheus for the days of real submissions, by the queries of the
// dashboard and by differences of totals. In Prague they are what another program has counted, in Moscow what SQL counts.
func TestBackfilledDaysAreThoseOfTheTable(t *testing.T) {
	db := database(t, lines(t, recodexLog))
	t.Parallel()
	for _, name := range []string{"Europe/Prague", "Europe/Moscow"} {
		t.Run(name, func(t *testing.T) {
			want := daysBySQL(t, db, name)
			if table := daysOfTable(t); name == "Europe/Prague" && !maps.Equal(want, table) {
				t.Fatalf("SQL counts %v, another program %v", want, table)
			}
			zone := location(t, name)
			p := startPrometheus(t, "", backfill(t, nil, "--source=jsonl:"+recodexLog, "--timezone="+name, "--to=2017-10-20"))
			p.equalDays(want, time.Date(2017, 10, 1, 0, 0, 0, 0, zone), 16)
		})
	}
}

// TestDaysOnWhichClocksChange have 23 and 25 hours: with a submission of another student in each half hour they have 46 and
// 50 of both.
func TestDaysOnWhichClocksChange(t *testing.T) {
	t.Parallel()
	zone := location(t, "Europe/Prague")
	for name, test := range map[string]struct {
		begin time.Time
		days  []float64
	}{
		"autumn": {time.Date(2025, 10, 24, 0, 0, 0, 0, zone), []float64{48, 48, 50, 48, 48}},
		"spring": {time.Date(2026, 3, 27, 0, 0, 0, 0, zone), []float64{48, 48, 46, 48, 48}},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string]figures{}
			for i, count := range test.days {
				want[test.begin.AddDate(0, 0, i).Format(time.DateOnly)] = figures{count, count}
			}
			var log strings.Builder
			for at := test.begin; at.Before(test.begin.AddDate(0, 0, len(test.days))); at = at.Add(30 * time.Minute) {
				fmt.Fprintf(&log, `{"submission_id":"%[1]s","course":"algo","assignment":"hw1","student":"of %[1]s","submitted_at":"%[1]s",`+
					`"state":"queued","updated_at":"%[1]s"}`+"\n", at.UTC().Format(time.RFC3339))
			}
			p := startPrometheus(t, "", backfill(t, nil, "--source=jsonl:"+file(t, "log.jsonl", log.String()),
				"--timezone=Europe/Prague", "--to="+test.begin.AddDate(0, 0, len(test.days)+5).Format(time.DateOnly)))
			p.equalDays(want, test.begin.AddDate(0, 0, -1), len(test.days)+2)
		})
	}
}

// figures are those of a day.
type figures struct{ submissions, students float64 }

// equalDays compares so many local days with what they should be, by each way to ask for a day.
func (p *prometheus) equalDays(want map[string]figures, first time.Time, days int) {
	p.t.Helper()
	equal := func(how string, day time.Time, got, want float64) {
		p.t.Helper()
		if got != want {
			p.t.Errorf("by %s %s has %v, want %v", how, day.Format(time.DateOnly), got, want)
		}
	}
	orZero := func(expr string, at time.Time) float64 { return p.value("sum ("+expr+") or vector(0)", at) }
	for i := range days {
		day, next := first.AddDate(0, 0, i), first.AddDate(0, 0, i+1)
		last, noon := next.Add(-time.Millisecond), next.Add(12*time.Hour)
		of := want[day.Format(time.DateOnly)]
		equal("difference of totals", day, orZero(metrics.Submissions.Name, next)-orZero(metrics.Submissions.Name, day), of.submissions)
		if next.Sub(day) == 24*time.Hour && orZero(metrics.Ready.Name, day) == 1 {
			equal("gain", day, orZero(query.Gained(metrics.Submissions, "1d").PromQL(), next), of.submissions)
		}
		equal("last sample of the day", day, orZero(metrics.DaySubmissions.Name, last), of.submissions)
		equal("last sample of the day, students", day, orZero(metrics.ServiceDayActiveStudents.Name, last), of.students)
		equal("highest of the day, students", day,
			orZero(fmt.Sprintf("max_over_time(%s[%ds])", metrics.ServiceDayActiveStudents.Name, int(next.Sub(day).Seconds())), next), of.students)
		equal("last day", day, orZero(metrics.LastDaySubmissions.Name, noon), of.submissions)
		equal("last day, students", day, orZero(metrics.ServiceLastDayActiveStudents.Name, noon), of.students)
	}
	// Grafana's steps are 24 hours, which end at the last midnight. The two last ticks are another part of the query.
	board := dashboards(p.t, committed)["en/product/product-submissions.json"]
	for _, end := range []time.Time{first.AddDate(0, 0, days), first.AddDate(0, 0, days-3)} {
		for panel, figure := range map[string]func(figures) float64{
			"Submissions per day": func(f figures) float64 { return f.submissions },
			"Users per day":       func(f figures) float64 { return f.students },
		} {
			bars := map[string]float64{}
			for _, s := range p.over(board.expr(p.t, panel), end.Add(-time.Duration(days-1)*24*time.Hour), end, 24*time.Hour) {
				for _, bar := range s.Values {
					around := time.UnixMilli(int64(bar.at * 1000)).In(first.Location()).Add(12 * time.Hour)
					bars[around.Format(time.DateOnly)] = bar.value
				}
			}
			for i := 1; i < days; i++ {
				day := end.AddDate(0, 0, -i)
				equal("the panel "+panel, day, bars[day.Format(time.DateOnly)], figure(want[day.Format(time.DateOnly)]))
			}
		}
	}
}

const recodexLog = "../exporter/testdata/recodex/submissions.jsonl"

// daysOfTable are the days in the table beside the records, which another program has counted.
func daysOfTable(t *testing.T) map[string]figures {
	t.Helper()
	readme, err := os.ReadFile("../exporter/testdata/recodex/README.md")
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]figures{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d{4}-\d\d-\d\d) \| (\d+) \| (\d+) \|$`).FindAllStringSubmatch(string(readme), -1) {
		var of figures
		if _, err := fmt.Sscan(row[2], &of.submissions); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(row[3], &of.students); err != nil {
			t.Fatal(err)
		}
		days[row[1]] = of
	}
	return days
}

// daysBySQL are the days of a zone.
func daysBySQL(t *testing.T, db *pgtest.Database, timezone string) map[string]figures {
	t.Helper()
	rows, err := db.Connect(t).Query(t.Context(), `SELECT (submitted_at AT TIME ZONE $1)::date::text, count(DISTINCT submission_id)::float8,
		count(DISTINCT student)::float8 FROM analytics.submission_records GROUP BY 1`, timezone)
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]figures{}
	var day string
	var of figures
	if _, err := pgx.ForEachRow(rows, []any{&day, &of.submissions, &of.students}, func() error {
		days[day] = of
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return days
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// reading is what Prometheus holds of a time. Where a histogram has both forms, both are read and must agree.
func (p *prometheus) reading(at time.Time) reading {
	return func(m *metrics.Metric) map[string][]float64 {
		p.t.Helper()
		got := map[string][]float64{}
		if m.Type != metrics.Histogram {
			for _, s := range p.at(m.Name+" != 0", at) {
				got[s.labels(m)] = []float64{s.Value.value}
			}
			return got
		}
		for _, part := range []string{"count", "sum"} {
			for _, s := range p.at(fmt.Sprintf("histogram_%s(%s) and histogram_count(%[2]s) > 0", part, m.Name), at) {
				got[s.labels(m)] = append(got[s.labels(m)], s.Value.value)
			}
			for _, s := range p.at(fmt.Sprintf("%s_%s and %[1]s_count > 0", m.Name, part), at) {
				if !slices.Contains(got[s.labels(m)], s.Value.value) {
					p.t.Errorf("at %s the classic form of %s has the %s %v, the native %v", at, s.labels(m), part, s.Value.value, got[s.labels(m)])
				}
			}
		}
		return got
	}
}

// labels are the values of the metric's labels, joined by slashes.
func (s series) labels(m *metrics.Metric) string {
	values := make([]string, len(m.Labels))
	for i, label := range m.LabelNames() {
		values[i] = s.Metric[label]
	}
	return strings.Join(values, "/")
}

// TestBackfillEqualsSQLAtAnyTime loads what the demo makes up into a database, with rushes, re-checks, failures and a worker
// that stops, writes its past, and compares what Prometheus holds of some times with SQL as of these times.
func TestBackfillEqualsSQLAtAnyTime(t *testing.T) {
	const timezone = "Asia/Kathmandu"
	now := time.Now()
	var all recorder
	source, err := demo.New(demo.Options{Seed: 7, Students: 60, Location: time.UTC, Now: func() time.Time { return now },
		Faults: []demo.Fault{
			fault(t, "slow-queue@"+now.AddDate(0, 0, -40).Format(time.RFC3339)),
			fault(t, "infrastructure-failures@"+now.AddDate(0, 0, -30).Format(time.RFC3339)),
			fault(t, "stopped-worker@"+now.AddDate(0, 0, -20).Format(time.RFC3339)),
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Poll(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	db := database(t, all.lines)
	t.Parallel()
	end := now.Add(-time.Minute).Truncate(time.Second)
	dir := backfill(t, []string{"PGPASSWORD=" + rolePassword}, "--source="+db.TCP("gradewatch"), "--timezone="+timezone,
		"--to="+end.UTC().Format(time.RFC3339), "--step=4m")
	p := startPrometheus(t, "", dir)

	midnight := analytics.Midnight(now.AddDate(0, 0, -rand.IntN(60)), location(t, timezone), 0)
	times := []time.Time{midnight.Add(-time.Millisecond), midnight.Add(4 * time.Minute).Truncate(4 * time.Minute), end.Add(-time.Millisecond)}
	var busy []time.Time // something waits or runs
	for _, s := range p.over("sum("+metrics.QueueLength.Name+" + "+metrics.ChecksRunning.Name+") > 0",
		now.AddDate(0, 0, -30).Truncate(4*time.Minute), end, 4*time.Minute) {
		for _, v := range s.Values {
			busy = append(busy, time.UnixMilli(int64(v.at*1000)))
		}
	}
	if len(busy) < 100 {
		t.Fatalf("something waits or runs at %d times only", len(busy))
	}
	for range 6 {
		times = append(times, busy[rand.IntN(len(busy))], now.Add(-time.Duration(rand.IntN(200))*24*time.Hour).Truncate(4*time.Minute))
	}
	for _, at := range times {
		asOf := at
		if at.Nanosecond() > 0 {
			asOf = at.Add(time.Millisecond - time.Microsecond) // the last sample holds what took place before it was over
		}
		equalSQL(t, db, asTheyWere, p.reading(at), timezone, asOf)
	}
}

// TestAnInterruptedBackfillLeavesNoHalf interrupts backfills of one past at any moment, and finds nothing of it in its place or
// all that is needed to put it there; one that is let run afterwards writes what one does that was never interrupted.
func TestAnInterruptedBackfillLeavesNoHalf(t *testing.T) {
	t.Parallel()
	args := []string{"--source=jsonl:" + recodexLog, "--to=2017-10-16", "--step=4m"}
	began := time.Now()
	whole := backfill(t, nil, args...)
	takes := time.Since(began)
	want := blocktest.Read(t, whole)
	dir := filepath.Join(t.TempDir(), "data")
	args = slices.Concat([]string{"backfill", "--output=" + dir}, scraped, args)
	interrupted := map[os.Signal]int{}
	for interrupted[syscall.SIGKILL] < 10 || interrupted[os.Interrupt] < 5 {
		how := []os.Signal{syscall.SIGKILL, os.Interrupt}[rand.IntN(2)]
		p := start(t, nil, nil, exporterBinary, args...)
		p.await(t, "Reading|in its place now") // it notices what comes
		select {
		case <-p.ended:
		case <-time.After(rand.N(takes)):
			p.cmd.Process.Signal(how)
			<-p.ended
		}
		_, sealed := os.Stat(filepath.Join(dir, "gradewatch-backfill", "complete"))
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		switch found := blocktest.Read(t, dir); {
		case p.err == nil:
			equalBlocks(t, found, want)
		case len(found) > 0 && sealed != nil && len(left) == 1:
			equalBlocks(t, found, want) // it came when all was done
		case len(found) > 0 && sealed != nil:
			t.Fatalf("after %v there are %d series", how, len(found))
		case how == os.Interrupt && len(left) > 0:
			t.Errorf("after an interrupt there is %v", left)
		default:
			interrupted[how]++
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, log, err := run(t, nil, args...); err != nil {
		t.Fatalf("backfill ended with %v:\n%s", err, log)
	}
	equalBlocks(t, blocktest.Read(t, dir), want)
}

func equalBlocks(t *testing.T, got, want map[string][]blocktest.Sample) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%d series, want %d", len(got), len(want))
	}
	for series, samples := range want {
		if !slices.Equal(got[series], samples) {
			t.Errorf("%s differs", series)
		}
	}
}

// TestAPastIsNotWrittenTwice and beside nothing that Prometheus would lose for it.
func TestAPastIsNotWrittenTwice(t *testing.T) {
	t.Parallel()
	dir := backfill(t, nil, "--source=jsonl:"+recodexLog, "--to=2017-10-10", "--step=4m")
	again := func(args ...string) (log string, err error) {
		_, log, err = run(t, nil, slices.Concat([]string{"backfill", "--source=jsonl:" + recodexLog, "--output=" + dir, "--step=4m"}, scraped, args)...)
		return log, err
	}
	before := blocktest.Read(t, dir)
	for _, test := range []struct {
		args []string
		want string // of the error; none where there is to be none
		log  string
	}{
		{[]string{"--to=2017-10-12"}, "--from=2017-10-10T00:00:00Z", ""},
		{[]string{"--to=2017-10-12", "--if-empty"}, "", "there is data already"},
		{[]string{"--from=2017-10-10", "--to=2017-10-12"}, "", "The past is written"},
		{[]string{"--from=2017-10-11", "--to=2017-10-13", "--allow-overlap"}, "", "The past is written"},
	} {
		log, err := again(test.args...)
		if (err == nil) != (test.want == "") || !strings.Contains(log, test.want+test.log) {
			t.Errorf("with %v backfill ended with %v:\n%s", test.args, err, log)
		}
	}
	if len(before) == 0 {
		t.Error("there was nothing")
	}

	used := t.TempDir() // by a Prometheus that has been stopped
	p := startPrometheus(t, "", used)
	eventually(t, "Prometheus has scraped itself", func() bool { return len(p.at("up", time.Now())) > 0 })
	p.stop()
	dir = used
	for args, want := range map[string]string{"--to=2017-10-12": "", "--from=2017-10-12": "let it tell from when on"} {
		if log, err := again(args); (err == nil) != (want == "") || !strings.Contains(log, want) {
			t.Errorf("with %s backfill ended with %v:\n%s", args, err, log)
		}
	}
}

// TestPromtoolAcceptsBlocks: the tool of Prometheus itself reads through all of them.
func TestPromtoolAcceptsBlocks(t *testing.T) {
	t.Parallel()
	dir := backfill(t, nil, "--source=jsonl:"+recodexLog, "--to=2017-10-20")
	blocks, err := block.List(dir)
	if err != nil || len(blocks) == 0 {
		t.Fatalf("there are %d blocks, %v", len(blocks), err)
	}
	for _, b := range blocks {
		out, err := exec.Command(tool(t, "promtool"), "tsdb", "analyze", "--extended", dir, b.ULID.String()).CombinedOutput()
		if err != nil || !strings.Contains(string(out), fmt.Sprint("Total Series: ", b.Stats.Series)) {
			t.Errorf("promtool ends with %v and does not find %d series:\n%s", err, b.Stats.Series, out)
		}
	}
	out, err := exec.Command(tool(t, "promtool"), "tsdb", "list", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), blocks[0].ULID.String()) {
		t.Errorf("promtool ends with %v:\n%s", err, out)
	}
}

// TestServeGoesOnWithTheStateOfABackfill: with what the source holds no more, and without a student in any file.
func TestServeGoesOnWithTheStateOfABackfill(t *testing.T) {
	t.Parallel()
	log := file(t, "log.jsonl", oneLine)
	state := filepath.Join(t.TempDir(), "state")
	dir := backfill(t, nil, "--source=jsonl:"+log, "--state.file="+state)
	for _, root := range []string{dir, filepath.Dir(state)} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s shows a student", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(log, nil, 0o600); err != nil { // what was in it is rotated away
		t.Fatal(err)
	}
	e := serve(t, nil, nil, "--source=jsonl:"+log, "--state.file="+state).ready()
	if got := e.metrics("grader_submissions_total"); !strings.Contains(got, `{assignment="hw1",course="algo"} 1`) {
		t.Errorf("serve does not go on: %s", got)
	}
	_, second, err := run(t, nil, slices.Concat([]string{"backfill", "--source=jsonl:" + log, "--output=" + t.TempDir(), "--state.file=" + state}, scraped)...)
	if err == nil || !strings.Contains(second, "there is a state in "+state+" already") {
		t.Errorf("over the state of an exporter backfill ended with %v:\n%s", err, second)
	}
	// One with other settings is not set aside either.
	_, second, err = run(t, nil, slices.Concat([]string{"backfill", "--source=jsonl:" + log, "--output=" + t.TempDir(), "--state.file=" + state,
		"--timezone=Asia/Tokyo"}, scraped)...)
	if err == nil || !strings.Contains(second, "there is a state in "+state+" already") {
		t.Errorf("over a state with another zone backfill ended with %v:\n%s", err, second)
	}
	if got := e.metrics("gradewatch_state_up"); !strings.Contains(got, "gradewatch_state_up 1") {
		t.Errorf("the exporter has lost its state: %s", got)
	}
}
