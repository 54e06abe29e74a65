package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// prometheus is a running Prometheus with the provisioned configuration.
type prometheus struct {
	*process
	t   *testing.T
	url string
}

// startPrometheus starts a Prometheus that scrapes the exporter at a URL every second, and nothing where that is empty. It
// has its data in dir.
func startPrometheus(t *testing.T, exporter, dir string) *prometheus {
	t.Helper()
	return startPrometheusWith(t, map[string]string{"scrape_interval: 15s": "scrape_interval: 1s"}, exporter, dir)
}

// startPrometheusWith starts one with something else in its configuration than what is provisioned.
func startPrometheusWith(t *testing.T, instead map[string]string, exporter, dir string) *prometheus {
	t.Helper()
	target := strings.TrimPrefix(exporter, "http://")
	if target == "" {
		target = freeAddress(t)
	}
	config, err := os.ReadFile("../provisioning/prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	changes := map[string]string{"exporter:9850": target, "localhost:9090": address, "alertmanager:9093": freeAddress(t),
		"access:9851": freeAddress(t), "postgres-exporter:9187": freeAddress(t)}
	maps.Copy(changes, instead)
	provisioned := string(config)
	for from, to := range changes {
		if !strings.Contains(provisioned, from) {
			t.Fatalf("the provisioned configuration has no %q", from)
		}
		provisioned = strings.ReplaceAll(provisioned, from, to)
	}
	p := &prometheus{t: t, url: "http://" + address, process: start(t, nil, nil, tool(t, "prometheus"),
		"--config.file="+file(t, "prometheus.yml", provisioned), "--storage.tsdb.path="+dir,
		"--web.listen-address="+address)}
	p.await(t, "Server is ready to receive web requests")
	return p
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// A series is one series of the answer to a query: of an instant query it has one point.
type series struct {
	Metric    map[string]string
	Value     point
	Values    []point
	Histogram any // of an instant query for a native histogram

	Histograms []any // of a range query
}

// A point is a value at a time.
type point struct {
	at    float64
	value float64
}

// UnmarshalJSON reads the pair that the API writes.
func (p *point) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &[]any{&p.at, &text}); err != nil {
		return err
	}
	var err error
	p.value, err = strconv.ParseFloat(text, 64)
	return err
}

// finite reports whether the series has a value and none that is not a number or infinite.
func (s series) finite() bool {
	for _, p := range append(s.Values, s.Value) {
		if math.IsNaN(p.value) || math.IsInf(p.value, 0) {
			return false
		}
	}
	return s.Value.at != 0 || len(s.Values) > 0 || s.Histogram != nil || len(s.Histograms) > 0
}

// at is an instant query.
func (p *prometheus) at(expr string, at time.Time) []series {
	p.t.Helper()
	answer, _ := p.ask("/api/v1/query", url.Values{"query": {expr}, "time": {unix(at)}})
	return answer
}

// over is a range query.
func (p *prometheus) over(expr string, from, to time.Time, step time.Duration) []series {
	p.t.Helper()
	answer, _ := p.ask("/api/v1/query_range", url.Values{"query": {expr}, "start": {unix(from)}, "end": {unix(to)},
		"step": {fmt.Sprint(step.Seconds())}})
	return answer
}

func unix(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64) }

// ask asks the API, and says how many samples the answer took to read.
func (p *prometheus) ask(path string, parameters url.Values) (answered []series, read int) {
	p.t.Helper()
	parameters.Set("stats", "all")
	response, err := http.PostForm(p.url+path, parameters)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  struct {
			Result []series
			Stats  struct {
				Samples struct{ TotalQueryableSamples int }
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		p.t.Fatal(err)
	}
	if answer.Error != "" {
		p.t.Fatalf("Prometheus says %s to: %s", answer.Error, parameters.Get("query"))
	}
	return answer.Data.Result, answer.Data.Stats.Samples.TotalQueryableSamples
}

// value is the answer to an instant query that yields exactly one number.
func (p *prometheus) value(expr string, at time.Time) float64 {
	p.t.Helper()
	answer := p.at(expr, at)
	if len(answer) != 1 {
		p.t.Fatalf("%d series answer to: %s", len(answer), expr)
	}
	return answer[0].Value.value
}
