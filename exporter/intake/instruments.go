package intake

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// instruments are the metrics of Gradewatch itself that arise here.
type instruments struct {
	ready        prometheus.Gauge
	sourceUp     prometheus.Gauge
	pollDuration prometheus.Histogram
	reasons      *prometheus.CounterVec
	anomalies    *prometheus.CounterVec
	reconciled   *prometheus.CounterVec

	shards, records, lag, sourceRows, appliedRecords, reconciledAt, stateUp, stateSaved *prometheus.Desc

	applied, unchanged, rejected atomic.Uint64 // records
}

func newInstruments() *instruments {
	counters := func(m *metrics.Metric) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts(m.Opts()), m.LabelNames())
	}
	i := &instruments{
		ready:    prometheus.NewGauge(prometheus.GaugeOpts(metrics.Ready.Opts())),
		sourceUp: prometheus.NewGauge(prometheus.GaugeOpts(metrics.SourceUp.Opts())),
		pollDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: metrics.PollDuration.Name, Help: metrics.PollDuration.Help,
			Buckets:                     []float64{0.01, 0.1, 0.5, 1, 5, 15, 60, 300},
			NativeHistogramBucketFactor: 1.1,
		}),
		reasons:        counters(metrics.RecordsRejected),
		anomalies:      counters(metrics.RecordAnomalies),
		reconciled:     counters(metrics.Reconciled),
		shards:         metrics.Shards.Desc(),
		records:        metrics.Records.Desc(),
		lag:            metrics.SourceLag.Desc(),
		sourceRows:     metrics.SourceRows.Desc(),
		appliedRecords: metrics.AppliedRecords.Desc(),
		reconciledAt:   metrics.ReconciledAt.Desc(),
		stateUp:        metrics.StateUp.Desc(),
		stateSaved:     metrics.StateSaved.Desc(),
	}
	for _, reason := range submission.Reasons() {
		i.reasons.WithLabelValues(string(reason))
	}
	for kind := range submission.AllAnomalies.Words() {
		i.anomalies.WithLabelValues(kind)
	}
	for _, outcome := range []string{"missed", "changed", "gone"} {
		i.reconciled.WithLabelValues(outcome)
	}
	return i
}

func (i *instruments) collectors() []prometheus.Collector {
	return []prometheus.Collector{i.ready, i.sourceUp, i.pollDuration, i.reasons, i.anomalies, i.reconciled}
}

// Describe implements prometheus.Collector.
func (in *Intake) Describe(descs chan<- *prometheus.Desc) {
	for _, c := range in.collectors() {
		c.Describe(descs)
	}
	for _, desc := range []*prometheus.Desc{
		in.shards, in.records, in.lag, in.sourceRows, in.appliedRecords, in.reconciledAt, in.stateUp, in.stateSaved,
	} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (in *Intake) Collect(out chan<- prometheus.Metric) {
	for _, c := range in.collectors() {
		c.Collect(out)
	}
	status := in.Status()
	for outcome, count := range map[string]uint64{
		"applied": status.Applied, "unchanged": status.Unchanged, "rejected": status.Rejected,
	} {
		out <- prometheus.MustNewConstMetric(in.records, prometheus.CounterValue, float64(count), outcome)
	}
	gauge := func(desc *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	gauge(in.shards, float64(status.Shard.Count()))
	if asOf := status.FreshAsOf; !asOf.IsZero() {
		gauge(in.lag, in.Now().Sub(asOf).Seconds())
	}
	if r := status.Reconciled; !r.At.IsZero() {
		gauge(in.sourceRows, float64(r.Source))
		gauge(in.appliedRecords, float64(r.Applied))
		gauge(in.reconciledAt, unix(r.At))
	}
	if kept := status.Kept; kept != nil {
		up := 1.0
		if kept.Err != nil {
			up = 0
		}
		gauge(in.stateUp, up)
		if !kept.Saved.IsZero() {
			gauge(in.stateSaved, unix(kept.Saved))
		}
	}
}

// unix is a time in seconds since 1970.
func unix(at time.Time) float64 { return float64(at.UnixMilli()) / 1e3 }
