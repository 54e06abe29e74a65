package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// secret is the id of a student that must be seen nowhere.
const secret = "student-7f3a9c"

const oneLine = `{"submission_id":"s1","course":"algo","assignment":"hw1","student":"` + secret + `",` +
	`"submitted_at":"2026-09-14T10:00:00Z","started_at":"2026-09-14T10:00:01Z","finished_at":"2026-09-14T10:00:05Z",` +
	`"state":"finished","verdict":"accepted","updated_at":"2026-09-14T10:00:05Z"}` + "\n"

// oneRow is the same for a table, where the number of the check has to be said.
var oneRow = strings.Replace(oneLine, "{", `{"check_number":1,`, 1)

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNothingIsShownBeforeTheFirstCatchUp(t *testing.T) {
	reader, writer := io.Pipe() // a source that has not ended yet
	e := serve(t, nil, reader, "--source=jsonl:-")
	stop := make(chan struct{})
	go func() {
		defer writer.Close()
		for {
			select {
			case <-stop:
				return
			default:
				io.WriteString(writer, oneLine)
			}
		}
	}()
	eventually(t, "records are read", func() bool {
		return !strings.Contains(e.metrics("gradewatch_records_total"), `outcome="applied"} 0`)
	})
	if status, _ := e.get("/-/ready"); status != http.StatusServiceUnavailable {
		t.Errorf("/-/ready answers %d while catching up, want 503", status)
	}
	if status, _ := e.get("/-/healthy"); status != http.StatusOK {
		t.Errorf("/-/healthy answers %d while catching up, want 200", status)
	}
	if shown := e.metrics("grader_"); shown != "" {
		t.Errorf("shown while catching up:\n%s", shown)
	}
	if got := e.metrics("gradewatch_ready"); !strings.Contains(got, "gradewatch_ready 0") {
		t.Errorf("while catching up: %s", got)
	}
	e.await(t, "Catching up")
	close(stop)
	e.ready()
	if status, _ := e.get("/-/ready"); status != http.StatusOK {
		t.Errorf("/-/ready answers %d after catching up, want 200", status)
	}
	if got := e.metrics("grader_submissions_total"); !strings.Contains(got, `{assignment="hw1",course="algo"} 1`) {
		t.Errorf("a line read many times does not count once: %s", got)
	}
}

// TestProbe: what health checks run in an image that holds nothing else.
func TestProbe(t *testing.T) {
	e := serve(t, nil, nil, "--source=demo:", "--demo.students=10").ready()
	if _, log, err := run(t, nil, "probe", e.url+"/-/ready"); err != nil {
		t.Errorf("of an exporter that is ready it ends with %v:\n%s", err, log)
	}
	reader, writer := io.Pipe() // a source that has not ended yet
	e = serve(t, nil, reader, "--source=jsonl:-")
	defer writer.Close()
	if _, log, err := run(t, nil, "probe", e.url+"/-/ready"); err == nil || !strings.Contains(log, "503") || !strings.Contains(log, "not complete") {
		t.Errorf("of one that is not ready it ends with %v:\n%s", err, log)
	}
	if _, log, err := run(t, nil, "probe", "http://"+freeAddress(t)+"/-/ready"); err == nil {
		t.Errorf("of one that is not there it ends well:\n%s", log)
	}
}

func TestLiveMetricsAreInTheReferencePage(t *testing.T) {
	e := serve(t, nil, nil, "--source=demo:", "--demo.students=20", "--state.file="+filepath.Join(t.TempDir(), "state")).ready()
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			rows[strings.Trim(cells[1], " `")] = cells[3]
		}
	}
	seen := 0
	for line := range strings.Lines(e.metrics("grade")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		seen++
		name, rest, _ := strings.Cut(strings.TrimSpace(line), "{")
		name, _, _ = strings.Cut(name, " ")
		labels, documented := rows[name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if !documented {
				labels, documented = rows[strings.TrimSuffix(name, suffix)]
			}
		}
		if !documented {
			t.Fatalf("%s is not in docs/metrics.md", name)
		}
		for _, pair := range strings.Split(rest[:max(0, strings.LastIndex(rest, "}"))], `",`) {
			label, _, _ := strings.Cut(pair, "=")
			if label != "" && label != "le" && !strings.Contains(labels, "`"+label+"`") {
				t.Fatalf("label %s of %s is not in docs/metrics.md", label, name)
			}
		}
	}
	if seen < 100 {
		t.Errorf("the demo shows %d series only", seen)
	}
	reconciles := fromDatabase(t, database(t, nil))
	eventually(t, "the first reconciliation ends", func() bool { return reconciles.metrics(metrics.ReconciledAt.Name) != "" })
	for _, m := range metrics.Catalogue() {
		if isAccess(m) {
			continue // another program shows it
		}
		live := e.metrics(m.Name)
		if slices.Contains([]*metrics.Metric{metrics.SourceRows, metrics.AppliedRecords, metrics.ReconciledAt}, m) {
			live = reconciles.metrics(m.Name) // which the demo does not
		}
		if live == "" {
			t.Errorf("%s is in the catalogue and not live", m.Name)
		}
	}
}

func TestFormatsOfExposition(t *testing.T) {
	e := serve(t, nil, nil, "--source=jsonl:"+file(t, "log.jsonl", oneLine)).ready()
	for accept, want := range map[string]string{
		"": "# TYPE grader_submissions_total counter",
		"application/openmetrics-text; version=1.0.0":                                                  "# TYPE grader_submissions counter",
		"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited": "\x18grader_submissions_total",
	} {
		_, body := e.get("/metrics", "Accept", accept)
		if !strings.Contains(body, want) {
			t.Errorf("Accept %q: the answer has no %q", accept, want)
		}
		if strings.Contains(body, "_created") {
			t.Errorf("Accept %q: the answer has _created series", accept)
		}
	}
}

func TestLandingPageTellsSourceFreshnessAndRejects(t *testing.T) {
	path := file(t, "log.jsonl", oneLine+`{"submission_id":"s<2>","student":"`+secret+`"}`+"\n")
	e := serve(t, nil, nil, "--source=jsonl:"+path).ready()
	status, page := e.get("/")
	for _, want := range []string{path, "ready", "Figures as of", "1 applied", "1 rejected", "missing_field", "s&lt;2&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the landing page (%d) has no %q:\n%s", status, want, page)
		}
	}
	if status, _ := e.get("/nothing"); status != http.StatusNotFound {
		t.Errorf("an unknown path answers %d, want 404", status)
	}
	_, all := e.get("/metrics")
	for where, text := range map[string]string{"landing page": page, "metrics": all, "log": e.log()} {
		if strings.Contains(text, secret) {
			t.Errorf("the %s shows a student", where)
		}
	}
	if log := e.log(); !strings.Contains(log, "s<2>") || !strings.Contains(log, "log.jsonl:2") {
		t.Errorf("the log does not name the rejected record:\n%s", log)
	}
}

func TestGracefulStop(t *testing.T) {
	e := serve(t, nil, nil, "--source=demo:", "--demo.students=5").ready()
	if err := e.stop(); err != nil {
		t.Errorf("stopped by SIGTERM the exporter ends with %v", err)
	}
	e.await(t, "msg=Stopped")
}

func TestHeadersAreLimited(t *testing.T) {
	e := serve(t, nil, nil, "--source=demo:", "--demo.students=5")
	if status, _ := e.get("/metrics", "X-Long", strings.Repeat("x", 64<<10)); status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KiB is answered %d, want 431", status)
	}
}

func TestWrongCommandLines(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		env  []string
		want string
	}{
		"no source":           {[]string{"serve"}, nil, "--source"},
		"unknown source":      {[]string{"serve", "--source=mysql://x"}, nil, `unknown kind of source "mysql"; want postgres://…, demo: or jsonl:PATH`},
		"unknown zone":        {[]string{"serve", "--source=demo:", "--timezone=Mars/Base"}, nil, "want a name like Europe/Prague"},
		"unknown fault":       {[]string{"serve", "--source=demo:", "--demo.fault=coffee"}, nil, "stopped-worker"},
		"interval of nothing": {[]string{"serve", "--source=demo:", "--poll.interval=0s"}, nil, "--poll.interval is 0s, want more than 0"},
		"path that is taken":  {[]string{"serve", "--source=demo:", "--web.telemetry-path=/-/ready"}, nil, "want a path like /metrics"},
		"path that is none":   {[]string{"serve", "--source=demo:", "--web.telemetry-path=/{"}, nil, "want a path like /metrics"},
		"demo with a path":    {[]string{"serve", "--source=demo:students=7"}, nil, `not "demo:students=7"`},
		"wrong flag of another source": {[]string{"inspect", "--source=jsonl:/no/such/file", "--timezone=Mars/Base"}, nil,
			"want a name like Europe/Prague"},
		"unknown key": {[]string{"serve", "--source=demo:", "--config.file=" + file(t, "c.yaml", "words:\n  verdict: {}\n")}, nil,
			"line 2"},
		"password in the URL":        {[]string{"serve", "--source=postgres://u:hunter2@127.0.0.1/x"}, nil, "PGPASSWORD"},
		"no such file":               {[]string{"inspect", "--source=jsonl:/no/such/file"}, nil, "/no/such/file"},
		"backfill to nowhere":        {[]string{"backfill", "--source=demo:"}, nil, "--output"},
		"backfill without labels":    {[]string{"backfill", "--source=demo:", "--output=" + t.TempDir()}, nil, "--label=job=VALUE"},
		"backfill with one label":    {[]string{"backfill", "--source=demo:", "--output=" + t.TempDir(), "--label=job=x"}, nil, "--label=instance=VALUE"},
		"label of a metric":          {backfillTo(t, "--label=course=algo"), nil, "has a label course of its own"},
		"label that is none":         {backfillTo(t, "--label=__name__=up"), nil, `"__name__" is not a label`},
		"steps with gaps":            {backfillTo(t, "--step=5m"), nil, "less than 5m0s"},
		"steps of nothing":           {backfillTo(t, "--step=1ms"), nil, "want 1s or more"},
		"a day that is none":         {backfillTo(t, "--from=yesterday"), nil, "2026-02-01T08:00:00Z"},
		"a past in the future":       {backfillTo(t, "--to=2150-01-01"), nil, "yet to come"},
		"a past the wrong way":       {backfillTo(t, "--from=2026-03-02", "--to=2026-03-01"), nil, "want a time before --to"},
		"a past that is deleted":     {backfillTo(t, "--retention=15d", "--to=2026-01-01"), nil, "Prometheus keeps 15d"},
		"a label without text":       {backfillTo(t, "--label=pod="), nil, "the value of pod is"},
		"the label of buckets":       {backfillTo(t, "--label=le=1"), nil, `"le" is not a label`},
		"kept by nobody":             {backfillTo(t, "--from=kept"), nil, "nobody says what is kept"},
		"a retention that is none":   {backfillTo(t, "--retention=forever"), nil, "--retention"},
		"Prometheus with a password": {backfillTo(t, "--prometheus.url=http://admin:hunter2@127.0.0.1:1"), nil, "leave it out"},
		"Prometheus that is down":    {backfillTo(t, "--prometheus.url=http://127.0.0.1:1"), nil, "asking the Prometheus at http://127.0.0.1:1"},
		"Prometheus without URL":     {backfillTo(t, "--prometheus.url=localhost"), nil, "http://localhost:9090"},
		"flags from the environment": {[]string{"serve"}, []string{"GRADEWATCH_SOURCE=demo:", "GRADEWATCH_POLL_INTERVAL=-1s"},
			"--poll.interval is -1s"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err := run(t, c.env, c.args...)
			if err == nil || !strings.Contains(stderr, c.want) {
				t.Errorf("ended with %v and did not say %q:\n%s", err, c.want, stderr)
			}
			if strings.Contains(stdout+stderr, "hunter2") {
				t.Errorf("the password is shown:\n%s", stdout+stderr)
			}
		})
	}
}
