package bench

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gradewatch/gradewatch/exporter/intake"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/server"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// constants is a collector of as many constant metrics as asked for, made in each scrape, with labels as ours.
type constants struct {
	desc   *prometheus.Desc
	labels [][]string
}

func newConstants(series int) *constants {
	c := &constants{desc: prometheus.NewDesc("constant_total", "Help.", []string{"course", "assignment", "verdict"}, nil)}
	for i := range series {
		c.labels = append(c.labels, []string{fmt.Sprint("course-", i%40), fmt.Sprint("hw-", i/40%100), fmt.Sprint("verdict-", i/4000)})
	}
	return c
}

func (c *constants) Describe(descs chan<- *prometheus.Desc) { descs <- c.desc }

func (c *constants) Collect(out chan<- prometheus.Metric) {
	for i, labels := range c.labels {
		out <- prometheus.MustNewConstMetric(c.desc, prometheus.CounterValue, float64(i), labels...)
	}
}

// scrape is how long an answer takes.
func scrape(b *testing.B, handler http.Handler) time.Duration {
	b.Helper()
	answer := httptest.NewRecorder()
	start := time.Now()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		b.Fatal(answer.Code, answer.Body)
	}
	return time.Since(start)
}

// BenchmarkScrape compares a scrape with what client_golang needs to write as many constant metrics.
func BenchmarkScrape(b *testing.B) {
	const wanted = 50_000
	fold := newFold()
	fold.Describe(manyAssignments(1800))
	semester(100_000, func(i int) string { return fmt.Sprint(i) }, func(r *submission.Record) { fold.Apply(r) })
	ours := prometheus.NewRegistry()
	ours.MustRegister(metrics.NewCollector(fold, shard.Shard{}, &sync.Mutex{}, time.Now))
	series := gauge(b, ours, metrics.Series.Name)
	if series < wanted || series > 1.1*wanted {
		b.Fatalf("there are %v series, want about %d", series, wanted)
	}
	handler := server.NewHandler(server.Options{
		TelemetryPath: "/metrics", Registry: ours, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Status: func() intake.Status { return intake.Status{} },
	})
	theirs := prometheus.NewRegistry()
	theirs.MustRegister(newConstants(int(series)))
	constant := promhttp.HandlerFor(theirs, promhttp.HandlerOpts{Registry: theirs})
	for b.Loop() {
		var ratios []float64
		for range 11 {
			ratios = append(ratios, scrape(b, handler).Seconds()/scrape(b, constant).Seconds())
		}
		result("scrape_of_50000_series_over_constant_metrics", median(ratios), "<=1.5")
	}
}

// manyAssignments is a catalogue of so many, in courses of 40.
func manyAssignments(assignments int) *submission.Catalogue {
	c := &submission.Catalogue{}
	for i := range assignments {
		c.Assignments = append(c.Assignments, submission.Assignment{
			Course: fmt.Sprint("course-", i/40), Assignment: fmt.Sprint("task-", i%40), DeadlineAt: begin,
		})
	}
	return c
}

func gauge(b *testing.B, registry *prometheus.Registry, name string) float64 {
	b.Helper()
	families, err := registry.Gather()
	if err != nil {
		b.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	b.Fatalf("there is no %s", name)
	return 0
}
