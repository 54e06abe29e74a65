package intake

import (
	"sync/atomic"

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

	records *prometheus.Desc
	lag     *prometheus.Desc

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
		reasons:   counters(metrics.RecordsRejected),
		anomalies: counters(metrics.RecordAnomalies),
		records:   metrics.Records.Desc(),
		lag:       metrics.SourceLag.Desc(),
	}
	for _, reason := range submission.Reasons() {
		i.reasons.WithLabelValues(string(reason))
	}
	for kind := range submission.AllAnomalies.Words() {
		i.anomalies.WithLabelValues(kind)
	}
	return i
}

func (i *instruments) collectors() []prometheus.Collector {
	return []prometheus.Collector{i.ready, i.sourceUp, i.pollDuration, i.reasons, i.anomalies}
}

// Describe implements prometheus.Collector.
func (in *Intake) Describe(descs chan<- *prometheus.Desc) {
	for _, c := range in.collectors() {
		c.Describe(descs)
	}
	descs <- in.records
	descs <- in.lag
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
	if asOf := status.FreshAsOf; !asOf.IsZero() {
		out <- prometheus.MustNewConstMetric(in.lag, prometheus.GaugeValue, in.Now().Sub(asOf).Seconds())
	}
}
