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

	descs map[*Metric]*prometheus.Desc // made once
}

// NewCollector is a Collector over the fold, which is only touched under the lock. now is the time of a scrape.
func NewCollector(fold *analytics.Fold, lock sync.Locker, now func() time.Time) *Collector {
	c := &Collector{fold: fold, lock: lock, now: now, descs: map[*Metric]*prometheus.Desc{Series: Series.Desc()}}
	for _, m := range Catalogue() {
		if m.folded() {
			c.descs[m] = m.Desc()
		}
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range c.descs {
		descs <- desc
	}
}

// Collect implements prometheus.Collector. What it sends is of one moment.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	for _, sample := range c.snapshot() {
		out <- sample
	}
}

// snapshot reads everything under the lock, which the receiver of the samples could otherwise hold up.
func (c *Collector) snapshot() []prometheus.Metric {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.fold.Advance(c.now())
	s := &scrape{descs: c.descs, origin: c.fold.Origin()}
	Show(c.fold, s)
	return s.samples
}

// A scrape is an Observer that makes constant metrics. Counters were created with the source's first event, so that a
// restart is no reset to who reads that time.
type scrape struct {
	descs   map[*Metric]*prometheus.Desc
	origin  time.Time
	samples []prometheus.Metric
}

// Number implements Observer.
func (s *scrape) Number(m *Metric, labels []string, value float64) {
	s.samples = append(s.samples, s.constant(m, labels, value))
}

// Histogram implements Observer.
func (s *scrape) Histogram(m *Metric, labels []string, h *analytics.Histogram) {
	s.samples = append(s.samples, newHistogram(s.descs[m], labels, h, s.origin))
}

func (s *scrape) constant(m *Metric, labels []string, value float64) prometheus.Metric {
	desc := s.descs[m]
	switch {
	case m.Type != Counter:
		return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	case s.origin.IsZero():
		return prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, labels...)
	}
	return prometheus.MustNewConstMetricWithCreatedTimestamp(desc, prometheus.CounterValue, value, s.origin, labels...)
}
