// Package metrics is the catalogue, the one place where a metric's name is written, and the collector that shows what
// package analytics measures as these metrics.
package metrics

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/exporter/analytics"
)

// A Metric is one entry of the catalogue.
type Metric struct {
	Name     string
	Type     Type
	Unit     Unit
	Labels   []Label
	Help     string
	Audience Audience
	Distinct bool // it counts distinct students, so it is never summed over a label
	moves    bool // with the clock alone, also while nothing happens
	pooled   bool // it needs all courses, although it has a label course

	// One of these reads the metric from the fold. Both are nil for the metrics of Gradewatch itself, whose values are
	// where they arise.
	vector     func(*analytics.Fold) analytics.Vector
	histograms func(*analytics.Fold) analytics.Histograms
}

// A Label is the name of a label.
type Label string

// A Type is the type of a metric, in Prometheus's word.
type Type string

// The types.
const (
	Counter   Type = "counter"
	Gauge     Type = "gauge"
	Histogram Type = "histogram"
)

// A Unit is what a value is measured in; most count something and have none.
type Unit string

// The units.
const (
	Seconds     Unit = "seconds"
	Timestamp   Unit = "Unix time in seconds"
	Bytes       Unit = "bytes"
	Ratio       Unit = "ratio"
	Correlation Unit = "−1 to 1"
)

// Audience says for whom a metric is, as a set.
type Audience uint8

// The audiences.
const (
	Product Audience = 1 << iota
	Operations
	Teachers

	Everyone = Product | Operations | Teachers
)

// Names are the audiences in the set.
func (a Audience) Names() []string {
	var names []string
	for i, name := range []string{"product", "operations", "teachers"} {
		if a&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// HasLabel reports whether the metric has the label.
func (m *Metric) HasLabel(l Label) bool { return slices.Contains(m.Labels, l) }

// LabelNames are the names of the labels, in the order of their values.
func (m *Metric) LabelNames() []string {
	names := make([]string, len(m.Labels))
	for i, l := range m.Labels {
		names[i] = string(l)
	}
	return names
}

// Watched reports whether the metric is about the service that is watched, and not about Gradewatch itself.
func (m *Metric) Watched() bool { return strings.HasPrefix(m.Name, "grader_") }

// Sharded reports whether the metric is what an exporter tells of itself, which says of which shard it is where there are several.
func (m *Metric) Sharded() bool {
	return strings.HasPrefix(m.Name, "gradewatch_") && !strings.HasPrefix(m.Name, "gradewatch_access_") && m != BuildInfo
}

// ofService reports whether the metric is about the service as a whole, so that the designated shard alone can show it.
func (m *Metric) ofService() bool { return m.Watched() && (m.pooled || !m.HasLabel(Course)) }

// folded reports whether the metric is read from the fold.
func (m *Metric) folded() bool { return m.vector != nil || m.histograms != nil }

// Opts are what client_golang wants to know of a metric.
func (m *Metric) Opts() prometheus.Opts { return prometheus.Opts{Name: m.Name, Help: m.Help} }

// Desc describes the metric to client_golang.
func (m *Metric) Desc() *prometheus.Desc { return m.descWith(nil) }

func (m *Metric) descWith(constant prometheus.Labels) *prometheus.Desc {
	return prometheus.NewDesc(m.Name, m.Help, m.LabelNames(), constant)
}
