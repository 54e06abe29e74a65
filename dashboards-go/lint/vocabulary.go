package lint

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/shard"
)

// A Vocabulary is every series that an expression may name.
type Vocabulary struct {
	labels  map[string][]string // of foreign series, by name
	counted map[string]bool     // foreign series that only grow
}

// scraped are the series that Prometheus adds to every scrape.
var scraped = []string{"up", "scrape_duration_seconds", "scrape_samples_scraped"}

// added are the labels that Prometheus and its service discovery add to every series.
var added = []string{"instance", "job", "pod", "namespace"}

// NewVocabulary has the catalogue of metrics, and what Prometheus itself adds.
func NewVocabulary() *Vocabulary {
	v := &Vocabulary{labels: make(map[string][]string), counted: make(map[string]bool)}
	for _, name := range scraped {
		v.labels[name] = nil
	}
	v.labels["ALERTS"] = []string{"alertname", "alertstate", "severity", "audience", "subject"} // of rules
	return v
}

// Add takes in what a foreign exporter shows, in Prometheus's text format.
func (v *Vocabulary) Add(exposition io.Reader) error {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(exposition)
	if err != nil {
		return fmt.Errorf("foreign metrics: %w", err)
	}
	for name, family := range families {
		series, more := []string{name}, []string(nil)
		switch family.GetType() {
		case dto.MetricType_HISTOGRAM:
			series, more = []string{name + "_bucket", name + "_count", name + "_sum"}, []string{"le"}
		case dto.MetricType_SUMMARY:
			series, more = []string{name, name + "_count", name + "_sum"}, []string{"quantile"}
		}
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				more = append(more, label.GetName())
			}
		}
		for _, s := range series {
			v.labels[s] = append(v.labels[s], more...)
			v.counted[s] = family.GetType() == dto.MetricType_COUNTER || family.GetType() == dto.MetricType_HISTOGRAM
		}
	}
	return nil
}

// AddFiles takes in the files that match a pattern.
func (v *Vocabulary) AddFiles(pattern string) error {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("no output of foreign exporters is in %s", pattern)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := v.Add(bytes.NewReader(content)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// knows reports whether there is a series of that name.
func (v *Vocabulary) knows(series string) bool {
	_, foreign := v.labels[series]
	return foreign || find(series) != nil
}

// has reports whether a series has a label.
func (v *Vocabulary) has(series, label string) bool { return slices.Contains(v.all(series), label) }

// all are the labels that a series may have.
func (v *Vocabulary) all(series string) []string {
	labels := slices.Concat(added, v.labels[series])
	if m := find(series); m != nil {
		for _, label := range m.Labels {
			labels = append(labels, string(label))
		}
		if m.Sharded() {
			labels = append(labels, shard.Label, shard.CountLabel)
		}
		if series == m.Name+"_bucket" {
			labels = append(labels, "le")
		}
	}
	return labels
}

// grows reports whether a series is a counter, or a part of a histogram.
func (v *Vocabulary) grows(series string) bool {
	m := find(series)
	return v.counted[series] || m != nil && m.Type != metrics.Gauge
}

// find is the metric of that name, or the histogram whose series has it; nil if there is none.
func find(name string) *metrics.Metric {
	for _, m := range metrics.Catalogue() {
		if m.Name == name {
			return m
		}
		for _, series := range []string{"_bucket", "_count", "_sum"} {
			if m.Type == metrics.Histogram && m.Name+series == name {
				return m
			}
		}
	}
	return nil
}
