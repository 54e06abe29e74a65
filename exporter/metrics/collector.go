package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/shard"
)

// A Collector shows a fold, or a shard of it, as the metrics of the catalogue.
type Collector struct {
	fold *analytics.Fold
	roll *shard.Roll
	lock sync.Locker
	now  func() time.Time

	descs map[*Metric]*prometheus.Desc // made once
}

// NewCollector is a Collector of what a shard shows of the fold, which is only touched under the lock. now is the time of a scrape.
func NewCollector(fold *analytics.Fold, of shard.Shard, lock sync.Locker, now func() time.Time) *Collector {
	c := &Collector{fold: fold, roll: shard.NewRoll(of), lock: lock, now: now, descs: make(map[*Metric]*prometheus.Desc)}
	for _, m := range Catalogue() {
		switch {
		case m.folded() && m.Watched():
			c.descs[m] = m.Desc()
		case m.folded() || m == Series:
			c.descs[m] = m.descWith(of.Labels())
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
	ShowShard(c.fold, c.roll, s)
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
