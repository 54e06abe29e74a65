package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/exporter/analytics"
)

// A Collector shows a fold as the metrics of the catalogue.
type Collector struct {
	fold *analytics.Fold
	lock sync.Locker
	now  func() time.Time

	metrics []described
	series  *prometheus.Desc
}

// described is a metric with its description, which is made once.
type described struct {
	*Metric
	desc *prometheus.Desc
}

// NewCollector is a Collector over the fold, which is only touched under the lock. now is the time of a scrape.
func NewCollector(fold *analytics.Fold, lock sync.Locker, now func() time.Time) *Collector {
	c := &Collector{fold: fold, lock: lock, now: now, series: Series.Desc()}
	for _, m := range Catalogue() {
		if m.folded() {
			c.metrics = append(c.metrics, described{m, m.Desc()})
		}
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descs chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		descs <- m.desc
	}
	descs <- c.series
}

// Collect implements prometheus.Collector. What it sends is of one moment.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	samples, series := c.snapshot()
	for _, sample := range samples {
		out <- sample
	}
	out <- prometheus.MustNewConstMetric(c.series, prometheus.GaugeValue, float64(series))
}

// snapshot reads everything under the lock, which the receiver of the samples could otherwise hold up.
func (c *Collector) snapshot() (samples []prometheus.Metric, series int) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.fold.Advance(c.now())
	for _, m := range c.metrics {
		if m.histograms != nil {
			for labels, h := range m.histograms(c.fold) {
				samples = append(samples, newHistogram(m.desc, labels, h, c.fold.Origin()))
				series += seriesOf(h)
			}
			continue
		}
		for labels, value := range m.vector(c.fold) {
			samples = append(samples, m.constant(value, labels, c.fold.Origin()))
			if m.Watched() {
				series++
			}
		}
	}
	return samples, series
}

// constant is one sample of a counter or gauge. Counters were created with the source's first event, so that a restart is
// no reset to who reads that time.
func (m described) constant(value float64, labels []string, origin time.Time) prometheus.Metric {
	if m.Type == Counter && !origin.IsZero() {
		return prometheus.MustNewConstMetricWithCreatedTimestamp(m.desc, prometheus.CounterValue, value, origin, labels...)
	}
	kind := prometheus.GaugeValue
	if m.Type == Counter {
		kind = prometheus.CounterValue
	}
	return prometheus.MustNewConstMetric(m.desc, kind, value, labels...)
}

// seriesOf is how many time series Prometheus makes of a histogram: one for its native form, and for the classic form one
// for each bucket, infinity, sum and count.
func seriesOf(h *analytics.Histogram) int {
	if len(h.Bounds) == 0 {
		return 1
	}
	return 1 + len(h.Bounds) + 3
}
