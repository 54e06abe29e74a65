package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gradewatch/gradewatch/exporter/analytics"
)

// histogram is a constant histogram with classic and native buckets, which client_golang does not have.
type histogram struct {
	desc *prometheus.Desc
	dto  dto.Metric
}

// newHistogram copies h.
func newHistogram(desc *prometheus.Desc, labels []string, h *analytics.Histogram, origin time.Time) *histogram {
	out := &dto.Histogram{
		SampleCount:   proto.Uint64(h.Count),
		SampleSum:     proto.Float64(h.Sum()),
		Schema:        proto.Int32(analytics.Schema),
		ZeroThreshold: proto.Float64(analytics.ZeroThreshold),
		ZeroCount:     proto.Uint64(h.Zero),
	}
	if !origin.IsZero() {
		out.CreatedTimestamp = timestamppb.New(origin)
	}
	var cumulative uint64
	for i, bound := range h.Bounds {
		cumulative += h.Classic[i]
		out.Bucket = append(out.Bucket, &dto.Bucket{UpperBound: proto.Float64(bound), CumulativeCount: proto.Uint64(cumulative)})
	}
	spans, deltas := Native(h)
	for _, span := range spans {
		out.PositiveSpan = append(out.PositiveSpan, &dto.BucketSpan{Offset: proto.Int32(span.Offset), Length: proto.Uint32(span.Length)})
	}
	out.PositiveDelta = deltas
	return &histogram{desc: desc, dto: dto.Metric{Histogram: out, Label: prometheus.MakeLabelPairs(desc, labels)}}
}

// A Span is a run of consecutive native buckets: it begins so many behind the end of the one before, or the first one at that
// index.
type Span struct {
	Offset int32
	Length uint32
}

// Native are the native buckets that are not empty as spans, and the difference of each bucket's count to the one before.
func Native(h *analytics.Histogram) (spans []Span, deltas []int64) {
	next, before := 0, int64(0)
	for index, count := range h.Native() {
		if spans == nil || index != next {
			spans = append(spans, Span{Offset: int32(index - next)})
		}
		spans[len(spans)-1].Length++
		deltas = append(deltas, int64(count)-before)
		next, before = index+1, int64(count)
	}
	return spans, deltas
}

// Desc implements prometheus.Metric.
func (m *histogram) Desc() *prometheus.Desc { return m.desc }

// Write implements prometheus.Metric.
func (m *histogram) Write(out *dto.Metric) error {
	proto.Merge(out, &m.dto)
	return nil
}
