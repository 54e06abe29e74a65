package backfill

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// A sampler takes samples of a fold as scrapes of an exporter would have left them in Prometheus: with the labels of the
// target, with both forms of histograms, and with marks where series end.
type sampler struct {
	out    *block.Writer
	target map[string]string
	err    error // the first one of this round

	round  int // of looking at everything
	shown  int // members that were there in the round before
	now    int // and in this one
	stayed int // those that were in both
	alive  int // series that have a value

	families map[*metrics.Metric]*family
	current  *family
}

// A family is all that is known of one metric.
type family struct {
	metric  *metrics.Metric
	ordered []*member // as they came in the round before
	next    int       // in the order
	members map[string]*member
}

// A member is one sample of each round, and the series that Prometheus makes of it: one of a number, several of a histogram.
type member struct {
	labels []string
	round  int     // in which it was last there
	value  float64 // the number, or the count of observations

	number *block.Series

	native  *block.Series
	classic []*block.Series // a bucket each, infinity, sum and count; none where there is only the native form
}

func newSampler(out *block.Writer, target map[string]string) *sampler {
	return &sampler{out: out, target: target, families: make(map[*metrics.Metric]*family)}
}

// sample takes all samples at a time in milliseconds, and returns how many they are. Where the fold has not changed since the
// sample before, only what moves with the clock is looked at.
func (s *sampler) sample(fold *analytics.Fold, at int64, changed bool) (samples int, err error) {
	s.err, s.current = nil, nil
	if changed {
		s.look(fold)
	} else {
		metrics.ShowMoving(fold, s)
	}
	s.out.Sample(at)
	return s.alive, s.err
}

// look looks at everything.
func (s *sampler) look(fold *analytics.Fold) {
	s.round++
	s.now, s.stayed = 0, 0
	metrics.Show(fold, s)
	s.Number(metrics.Ready, nil, 1) // all that there was is in the figures
	if s.stayed < s.shown {
		s.endMissing()
	}
	s.shown = s.now
}

// Number implements metrics.Observer.
func (s *sampler) Number(m *metrics.Metric, values []string, number float64) {
	member := s.member(m, values)
	if member.number == nil {
		member.number = s.series(m, m.Name, values)
	}
	member.value = number
	s.set(member.number, number)
}

// Histogram implements metrics.Observer.
func (s *sampler) Histogram(m *metrics.Metric, values []string, h *analytics.Histogram) {
	member := s.member(m, values)
	if member.native != nil && member.value == float64(h.Count) {
		return // nothing was observed
	}
	if member.native == nil {
		s.begin(member, m, values, h)
	}
	member.value = float64(h.Count)
	s.note(member.native.SetHistogram(native(h)))
	if member.classic == nil {
		return
	}
	var cumulative uint64
	for i, count := range h.Classic {
		cumulative += count
		s.set(member.classic[i], float64(cumulative))
	}
	rest := member.classic[len(h.Classic):]
	s.set(rest[0], float64(h.Count))
	s.set(rest[1], h.Sum())
	s.set(rest[2], float64(h.Count))
}

func (s *sampler) set(series *block.Series, number float64) { s.note(series.Set(number)) }

func (s *sampler) note(err error) {
	if s.err == nil {
		s.err = err
	}
}

// begin makes the series of a histogram.
func (s *sampler) begin(member *member, m *metrics.Metric, values []string, h *analytics.Histogram) {
	member.native = s.series(m, m.Name, values)
	if len(h.Bounds) == 0 {
		return
	}
	for _, bound := range append(slices.Clone(h.Bounds), math.Inf(1)) {
		member.classic = append(member.classic,
			s.series(m, m.Name+"_bucket", values, labels.BucketLabel, labels.FormatOpenMetricsFloat(bound)))
	}
	member.classic = append(member.classic, s.series(m, m.Name+"_sum", values), s.series(m, m.Name+"_count", values))
}

// member finds the member with the values of labels. Mostly it is the one that follows in the order of the round before.
func (s *sampler) member(m *metrics.Metric, values []string) *member {
	f := s.current
	if f == nil || f.metric != m {
		f = s.family(m)
		s.current, f.next = f, 0
	}
	if f.next == len(f.ordered) {
		f.ordered = append(f.ordered, nil)
	}
	place := &f.ordered[f.next]
	f.next++
	if *place == nil || !slices.Equal((*place).labels, values) {
		*place = f.find(values)
	}
	switch (*place).round {
	case s.round - 1:
		s.stayed++
	case s.round, 0: // looked at alone, or new
	default: // it comes back
		s.alive++
	}
	(*place).round = s.round
	s.now++
	return *place
}

func (s *sampler) family(m *metrics.Metric) *family {
	f, known := s.families[m]
	if !known {
		f = &family{metric: m, members: make(map[string]*member)}
		s.families[m] = f
	}
	return f
}

func (f *family) find(values []string) *member {
	key := strings.Join(values, "\xff") // which is in no text
	found, known := f.members[key]
	if !known {
		found = &member{labels: slices.Clone(values)}
		f.members[key] = found
	}
	return found
}

// totals are those of all series that have them, as last looked at, by their labels.
func (s *sampler) totals() map[string]float64 {
	totals := make(map[string]float64)
	for m, f := range s.families {
		if !hasTotals(m) {
			continue
		}
		for _, member := range f.members {
			totals[s.labels(m, m.Name, member.labels).String()] = member.value
			for _, series := range member.classic {
				totals[series.Labels().String()] = series.Number()
			}
		}
	}
	return totals
}

// series makes a series of a metric, with further labels.
func (s *sampler) series(m *metrics.Metric, name string, values []string, further ...string) *block.Series {
	s.alive++
	return s.out.Series(s.labels(m, name, values, further...))
}

func (s *sampler) labels(m *metrics.Metric, name string, values []string, further ...string) labels.Labels {
	set := maps.Clone(s.target)
	set[model.MetricNameLabel] = name
	for i, label := range m.LabelNames() {
		if values[i] != "" { // which is no label to Prometheus
			set[label] = values[i]
		}
	}
	for i := 0; i < len(further); i += 2 {
		set[further[i]] = further[i+1]
	}
	return labels.FromMap(set)
}

// endMissing ends what was there in the round before and is not there now. No histogram ever goes.
func (s *sampler) endMissing() {
	for _, f := range s.families {
		for _, member := range f.members {
			if member.round == s.round-1 {
				s.note(member.number.End())
				s.alive--
			}
		}
	}
}

// native is the native form of a histogram.
func native(h *analytics.Histogram) *histogram.Histogram {
	out := &histogram.Histogram{
		Schema: analytics.Schema, ZeroThreshold: analytics.ZeroThreshold,
		Count: h.Count, ZeroCount: h.Zero, Sum: h.Sum(),
	}
	spans, deltas := metrics.Native(h)
	for _, span := range spans {
		out.PositiveSpans = append(out.PositiveSpans, histogram.Span{Offset: span.Offset, Length: span.Length})
	}
	out.PositiveBuckets = deltas
	return out
}
