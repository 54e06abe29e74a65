package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A figure is a query of the dashboard "Submissions and users per day", and what a dashboard over the database itself would ask
// instead: SQL that yields labels and times of points (in seconds) as a text, and the value. $1 is the time of the end.
type figure struct {
	panel, letter string
	step          time.Duration // between two points; of one point where 0
	sql           string
}

const (
	shownDays = 120
	daysShown = `generate_series(date_trunc('day', $1::timestamptz) - interval '119 days', date_trunc('day', $1::timestamptz), '1 day') day`
	records   = ` FROM analytics.submission_records `
)

// window counts distinct students in a span before each of the days.
func window(span string) string {
	return `SELECT extract(epoch FROM day)::bigint::text, (SELECT count(DISTINCT student)` + records +
		`WHERE submitted_at >= day - interval '` + span + `' AND submitted_at < day) FROM ` + daysShown
}

// pace counts submissions from midnight to each full hour of a day so many days ago.
func pace(ago string) string {
	return `SELECT extract(epoch FROM hour)::bigint::text, (SELECT count(*)` + records +
		`WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '` + ago + `' AND submitted_at < hour - interval '` + ago + `')
		FROM generate_series(date_trunc('day', $1::timestamptz) + interval '1 hour', $1::timestamptz, '1 hour') hour`
}

var figures = []figure{
	{"Submissions today", "now", 0, `SELECT '', count(*)` + records + `WHERE submitted_at >= date_trunc('day', $1::timestamptz) AND submitted_at < $1`},
	{"Submissions today", "base", 0, `SELECT '', count(*)` + records + `WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '7 days'
		AND submitted_at < $1::timestamptz - interval '7 days'`},
	{"Users today", "now", 0, `SELECT '', count(DISTINCT student)` + records + `WHERE submitted_at >= date_trunc('day', $1::timestamptz) AND submitted_at < $1`},
	{"Users today", "base", 0, `SELECT '', count(DISTINCT student)` + records + `WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '7 days'
		AND submitted_at < $1::timestamptz - interval '7 days'`},
	{"Submissions yesterday", "now", 0, `SELECT '', count(*)` + records + `WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '1 day'
		AND submitted_at < date_trunc('day', $1::timestamptz)`},
	{"Users yesterday", "now", 0, `SELECT '', count(DISTINCT student)` + records + `WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '1 day'
		AND submitted_at < date_trunc('day', $1::timestamptz)`},
	{"Active in 7 days", "now", 0, `SELECT '', count(DISTINCT student)` + records + `WHERE submitted_at >= $1::timestamptz - interval '7 days' AND submitted_at < $1`},
	{"Active in 30 days", "now", 0, `SELECT '', count(DISTINCT student)` + records + `WHERE submitted_at >= $1::timestamptz - interval '30 days' AND submitted_at < $1`},
	{"Submissions per day", "A", 24 * time.Hour, `SELECT extract(epoch FROM date_trunc('day', submitted_at))::bigint::text, count(*)` + records +
		`WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '119 days' AND submitted_at < $1 GROUP BY 1`},
	{"Users per day", "A", 24 * time.Hour, `SELECT extract(epoch FROM date_trunc('day', submitted_at))::bigint::text, count(DISTINCT student)` + records +
		`WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '119 days' AND submitted_at < $1 GROUP BY 1`},
	{"Submissions per day by course", "A", 24 * time.Hour, `SELECT course || ' ' || extract(epoch FROM date_trunc('day', submitted_at))::bigint, count(*)` + records +
		`WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '119 days' AND submitted_at < $1 GROUP BY 1`},
	{"Users per day by course", "A", 24 * time.Hour, `SELECT course || ' ' || extract(epoch FROM date_trunc('day', submitted_at))::bigint, count(DISTINCT student)` + records +
		`WHERE submitted_at >= date_trunc('day', $1::timestamptz) - interval '119 days' AND submitted_at < $1 GROUP BY 1`},
	{"Today against the same weekday last week: submissions so far", "A", time.Hour, pace("0 days")},
	{"Today against the same weekday last week: submissions so far", "B", time.Hour, pace("7 days")},
	{"Active users, all courses", "A", 24 * time.Hour, window("30 days")},
	{"Active users, all courses", "B", 24 * time.Hour, window("7 days")},
	{"Active users, all courses", "C", 24 * time.Hour, window("1 day")},
	{"Submissions by weekday and hour, all history", "A", 0, `SELECT to_char(submitted_at AT TIME ZONE 'UTC', 'HH24') || ' ' ||
		extract(isodow FROM submitted_at AT TIME ZONE 'UTC'), count(*)` + records + `WHERE submitted_at < $1 GROUP BY 1`},
}

// BenchmarkDashboard opens "Submissions and users per day" over 120 days of five million records: from Prometheus, and by SQL
// from PostgreSQL, which has an index for it. Both take turns and show the same numbers. Lines have a point for each day, or each hour of a
// day, which is fewer than the panels draw: SQL would need longer for each further one.
func BenchmarkDashboard(b *testing.B) {
	exporter := build(b)
	database := history(b, long)
	database.Exec(b, "CREATE INDEX ON analytics.submission_records (submitted_at)")
	end := begin.AddDate(0, 0, 1700).Add(18 * time.Hour)

	dir := filepath.Join(b.TempDir(), "data")
	timed(b, exec.Command(exporter, "backfill", "--source="+database.URL, "--output="+dir, "--label=job=gradewatch",
		"--label=instance=exporter:9850", "--step=4m", "--from="+end.AddDate(0, 0, -shownDays-2).Format(time.RFC3339),
		"--to="+end.Format(time.RFC3339)))
	prometheus := startPrometheus(b, dir)
	expressions := expressionsOf(b, "../../provisioning/grafana/dashboards/en/product/product-submissions.json")
	conn := database.Connect(b)
	if _, err := conn.Exec(b.Context(), "SET timezone = 'UTC'"); err != nil {
		b.Fatal(err)
	}

	for b.Loop() {
		var ratios []float64
		for range 3 {
			var theirs, ours time.Duration
			for _, f := range figures {
				expr, there := expressions[f.panel+" "+f.letter]
				if !there {
					b.Fatalf("the dashboard has no query %s of a panel %q", f.letter, f.panel)
				}
				start := time.Now()
				want := bySQL(b, conn, f, end)
				theirs += time.Since(start)
				start = time.Now()
				got := prometheus.ask(b, expr, f.step, end)
				ours += time.Since(start)
				if !maps.Equal(got, want) || len(got) == 0 {
					b.Fatalf("%s %s: Prometheus has %v, SQL %v", f.panel, f.letter, some(got, want), some(want, got))
				}
			}
			b.Logf("Prometheus %s, SQL %s", ours, theirs)
			ratios = append(ratios, theirs.Seconds()/ours.Seconds())
		}
		result("sql_over_prometheus_for_a_dashboard_of_120_days", median(ratios), ">=20")
	}
}

// bySQL is what SQL yields, zero left out.
func bySQL(b *testing.B, conn *pgx.Conn, f figure, end time.Time) map[string]float64 {
	b.Helper()
	rows, err := conn.Query(b.Context(), f.sql, end)
	if err != nil {
		b.Fatal(err)
	}
	all := make(map[string]float64)
	var key string
	var value float64
	_, err = pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		if value != 0 {
			all[key] = value
		}
		return nil
	})
	if err != nil {
		b.Fatalf("%v: %s", err, f.sql)
	}
	return all
}

// some of what differs.
func some(of, from map[string]float64) map[string]float64 {
	found := make(map[string]float64)
	for _, key := range slices.Sorted(maps.Keys(of)) {
		if from[key] != of[key] && len(found) < 5 {
			found[key] = of[key]
		}
	}
	return found
}

// expressionsOf are the queries of a dashboard by panel and letter, for all courses.
func expressionsOf(b *testing.B, path string) map[string]string {
	b.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal(content, &board); err != nil {
		b.Fatal(err)
	}
	all := make(map[string]string)
	for _, p := range board.Panels {
		for _, t := range p.Targets {
			all[p.Title+" "+t.RefID] = strings.ReplaceAll(t.Expr, "$course", ".*")
		}
	}
	return all
}

// queried is the address of a Prometheus that scrapes nothing.
type queried string

func startPrometheus(b *testing.B, dir string) queried {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	config := filepath.Join(b.TempDir(), "prometheus.yml")
	if err := os.WriteFile(config, []byte("storage: {tsdb: {retention: {time: 400d}}}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+dir, "--web.listen-address="+address)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for range 300 {
		if response, err := http.Get("http://" + address + "/-/ready"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return queried(address)
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Fatal("Prometheus is not ready")
	return ""
}

// ask is the answer to a query, by labels and times, zero and what is infinite left out.
func (p queried) ask(b *testing.B, expr string, step time.Duration, end time.Time) map[string]float64 {
	b.Helper()
	path, parameters := "query", url.Values{"query": {expr}, "time": {end.Format(time.RFC3339)}}
	if step > 0 {
		midnight := end.Truncate(24 * time.Hour)
		from, to := midnight.AddDate(0, 0, 1-shownDays), midnight
		if step < 24*time.Hour { // of the last day
			from, to = midnight.Add(step), end
		}
		path, parameters = "query_range", url.Values{"query": {expr}, "step": {fmt.Sprint(step.Seconds())},
			"start": {from.Format(time.RFC3339)}, "end": {to.Format(time.RFC3339)}}
	}
	response, err := http.PostForm("http://"+string(p)+"/api/v1/"+path, parameters)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
				Values [][2]any
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Error != "" {
		b.Fatalf("%v %s: %s", err, answer.Error, expr)
	}
	all := make(map[string]float64)
	for _, s := range answer.Data.Result {
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(s.Metric)) {
			if name != "window" {
				labels = append(labels, s.Metric[name])
			}
		}
		points := s.Values
		if step == 0 {
			points = [][2]any{s.Value}
		}
		for _, point := range points {
			value, err := strconv.ParseFloat(point[1].(string), 64)
			if err != nil {
				b.Fatal(err)
			}
			if value == 0 || math.IsInf(value, 0) {
				continue
			}
			key := slices.Clone(labels)
			if step > 0 {
				key = append(key, strconv.FormatInt(int64(point[0].(float64)), 10))
			}
			all[strings.Join(key, " ")] = value
		}
	}
	return all
}
