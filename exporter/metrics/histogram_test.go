package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"

	"github.com/gradewatch/gradewatch/exporter/analytics"
)

// TestHistogramEqualsClientGolang observes the same durations with client_golang's own histogram.
func TestHistogramEqualsClientGolang(t *testing.T) {
	bounds := []float64{0.001, 0.5, 1, 60}
	random := rand.New(rand.NewPCG(1, 2))
	for name, durations := range map[string][]time.Duration{
		"nothing":            nil,
		"zero":               {0, 0},
		"at the bounds":      {time.Millisecond, 500 * time.Millisecond, time.Second, time.Minute, time.Hour},
		"powers of two":      {1 << 10 * time.Microsecond, 2 * time.Second, 4 * time.Second, 8 * time.Second, 1024 * time.Second},
		"around zero":        {976 * time.Microsecond, 977 * time.Microsecond, time.Microsecond},
		"a wide gap":         {time.Millisecond * 2, 300 * 24 * time.Hour},
		"random, log spaced": logSpaced(random, 5000),
	} {
		t.Run(name, func(t *testing.T) {
			theirs := prometheus.NewHistogram(prometheus.HistogramOpts{
				Name: "x", Help: "x", Buckets: bounds,
				NativeHistogramBucketFactor: 1.1, NativeHistogramZeroThreshold: analytics.ZeroThreshold,
			})
			ours := &analytics.Histogram{Bounds: bounds, Classic: make([]uint64, len(bounds))}
			for _, d := range durations {
				value := float64(d.Microseconds()) / 1e6
				theirs.Observe(value)
				ours.Observe(value)
			}
			want, got := written(t, theirs), written(t, newHistogram(theirs.Desc(), nil, ours, time.Time{}))
			want.Histogram.CreatedTimestamp = nil
			if w, g := want.Histogram.GetSampleSum(), got.Histogram.GetSampleSum(); math.Abs(w-g) > 1e-9*w {
				t.Errorf("sum %v, want %v", g, w)
			}
			want.Histogram.SampleSum = got.Histogram.SampleSum // theirs has rounding errors
			if !proto.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

func logSpaced(random *rand.Rand, n int) []time.Duration {
	durations := make([]time.Duration, n)
	for i := range durations {
		durations[i] = time.Duration(math.Exp(random.Float64()*30) * float64(time.Microsecond))
	}
	return durations
}

func written(t *testing.T, m prometheus.Metric) *dto.Metric {
	t.Helper()
	var out dto.Metric
	if err := m.Write(&out); err != nil {
		t.Fatal(err)
	}
	return &out
}
