package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/version"
	"golang.org/x/sync/errgroup"

	"github.com/gradewatch/gradewatch/dashboards-go/access"
	"github.com/gradewatch/gradewatch/exporter/listener"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Values of the label outcome.
const (
	success = "success"
	failure = "failure"
)

// A watcher goes on bringing a Grafana to the described state.
type watcher struct {
	command *applyCommand
	applier *access.Applier
	log     *slog.Logger
	metrics *watchMetrics

	roster   *roster         // of the last round
	folders  []access.Folder // of its courses
	ready    atomic.Bool     // a round has succeeded
	told     string          // what waits or is passed over, as it was last told
	audited  time.Time
	nextLook time.Time
}

// watchMetrics are what a watch tells of itself.
type watchMetrics struct {
	pending                prometheus.Gauge
	succeeded, drift, left *prometheus.GaugeVec
	rounds, changes        *prometheus.CounterVec
}

func newWatchMetrics(registry *prometheus.Registry) *watchMetrics {
	m := &watchMetrics{
		succeeded: prometheus.NewGaugeVec(prometheus.GaugeOpts(metrics.AccessSucceeded.Opts()), nil), // absent before the first
		pending:   prometheus.NewGauge(prometheus.GaugeOpts(metrics.AccessPending.Opts())),
		drift:     prometheus.NewGaugeVec(prometheus.GaugeOpts(metrics.AccessDrift.Opts()), metrics.AccessDrift.LabelNames()),
		left:      prometheus.NewGaugeVec(prometheus.GaugeOpts(metrics.AccessLeft.Opts()), metrics.AccessLeft.LabelNames()),
		rounds:    prometheus.NewCounterVec(prometheus.CounterOpts(metrics.AccessRounds.Opts()), metrics.AccessRounds.LabelNames()),
		changes:   prometheus.NewCounterVec(prometheus.CounterOpts(metrics.AccessChanges.Opts()), metrics.AccessChanges.LabelNames()),
	}
	for _, outcome := range []string{success, failure} {
		m.rounds.WithLabelValues(outcome)
		for _, kind := range access.Kinds() {
			m.changes.WithLabelValues(string(kind), outcome)
		}
	}
	registry.MustRegister(m.succeeded, m.pending, m.drift, m.left, m.rounds, m.changes)
	return m
}

// instrument counts requests.
func instrument(registry *prometheus.Registry, transport http.RoundTripper) http.RoundTripper {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts(metrics.AccessRequests.Opts()), metrics.AccessRequests.LabelNames())
	registry.MustRegister(requests)
	return promhttp.InstrumentRoundTripperCounter(requests, transport)
}

// watch makes rounds and answers over HTTP until ctx ends.
func (c *applyCommand) watch(ctx context.Context, applier *access.Applier, registry *prometheus.Registry, log *slog.Logger) error {
	w := &watcher{command: c, applier: applier, log: log, metrics: newWatchMetrics(registry)}
	registry.MustRegister(versioncollector.NewCollector("gradewatch"), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	applier.Told = w.tell
	log.Info("Starting dashboards apply", "version", version.Info(), "grafana", c.URL, "access", c.AccessFile)
	applier.Note = func(note string) { log.Warn(note) }
	mux := listener.NewMux("/metrics", registry, w.ready.Load, "no round has succeeded yet", log)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "dashboards apply --watch\n\n/metrics\n/-/healthy\n/-/ready")
	})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return listener.Serve(ctx, mux, c.ListenAddress, c.Flags, log) })
	group.Go(func() error { w.run(ctx); return nil })
	err := group.Wait()
	log.Info("Stopped")
	return err
}

// run looks at courses and staff again and again, and makes a round when they have changed or it is time.
func (w *watcher) run(ctx context.Context) {
	ticker := time.NewTicker(w.command.Poll)
	defer ticker.Stop()
	for failing := false; ; {
		switch err := w.look(ctx); {
		case err != nil && ctx.Err() == nil:
			failing = true
			w.metrics.rounds.WithLabelValues(failure).Inc()
			w.log.Error("Grafana may not be as described", "err", err)
		case failing && err == nil:
			failing = false
			w.log.Info("Grafana is as described again")
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// look makes a round if there is a reason for one. What cannot be read stays as it was known last, so that Grafana is kept as
// described also while the database is down.
func (w *watcher) look(ctx context.Context) error {
	description, roster, unread := w.read(ctx)
	if roster == nil {
		return unread
	}
	now := time.Now()
	if now.Before(w.nextLook) && reflect.DeepEqual(roster, w.roster) && reflect.DeepEqual(description, w.applier.Description) {
		return unread
	}
	w.nextLook = now.Add(w.command.Interval)
	if w.roster == nil || !slices.Equal(roster.courses, w.roster.courses) {
		folders, err := w.command.folders(roster)
		if err != nil {
			return err
		}
		w.folders = folders
	}
	w.applier.Description, w.roster = description, roster
	if now.Sub(w.audited) >= w.command.Audit {
		w.applier.Forget()
		w.audited = now
	}
	report, err := w.applier.Round(ctx, w.folders, roster.staff)
	if report != nil {
		w.report(report, roster)
	}
	if err != nil || unread != nil {
		return errors.Join(err, unread)
	}
	w.metrics.rounds.WithLabelValues(success).Inc()
	w.metrics.succeeded.WithLabelValues().SetToCurrentTime()
	w.ready.Store(true)
	return nil
}

// read reads the description and the roster, and says what could not be read; then they are those of the last round, if there
// was one.
func (w *watcher) read(ctx context.Context) (*access.Description, *roster, error) {
	description, err := w.command.describe()
	if err == nil {
		roster, err := w.command.roster(ctx, description.Courses)
		if err == nil {
			return description, roster, nil
		}
		return w.applier.Description, w.roster, err
	}
	return w.applier.Description, w.roster, err
}

// tell logs and counts one change.
func (w *watcher) tell(change *access.Change, err error) {
	if err != nil {
		w.metrics.changes.WithLabelValues(string(change.Kind), failure).Inc()
		w.log.Error("Not mended", "difference", change.What, "err", err)
		return
	}
	w.metrics.changes.WithLabelValues(string(change.Kind), success).Inc()
	w.log.Info("Mended", "difference", change.What)
}

// report shows how a round went, and logs what is new of what it could do nothing about.
func (w *watcher) report(report *access.Report, roster *roster) {
	count(w.metrics.drift, report.Drift)
	count(w.metrics.left, report.Left)
	w.metrics.pending.Set(float64(len(report.Pending)))
	var left []string
	for _, change := range report.Left {
		if !change.Ours() {
			left = append(left, change.What)
		}
	}
	var ended []string
	for _, uid := range report.Ended {
		ended = append(ended, fmt.Sprintf("folder %s (ended: %s)", uid, w.applier.Description.Courses.Ended))
	}
	told := fmt.Sprint(roster.odd, report.Strays, report.Pending, ended, left)
	if told == w.told {
		return
	}
	w.told = told
	for message, list := range map[string][]string{
		"Passed over": roster.odd, "No user of Grafana yet": report.Pending, "A course has ended": ended, "Staff of what is not among the courses": report.Strays, "Somebody has to mend this": left,
	} {
		for _, what := range list {
			w.log.Warn(message, "what", what)
		}
	}
}

// count sets how many differences there are of each kind.
func count(gauge *prometheus.GaugeVec, changes []*access.Change) {
	numbers := make(map[access.Kind]int)
	for _, change := range changes {
		numbers[change.Kind]++
	}
	for _, kind := range access.Kinds() {
		gauge.WithLabelValues(string(kind)).Set(float64(numbers[kind]))
	}
}
