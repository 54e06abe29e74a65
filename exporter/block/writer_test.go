package block_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/block/blocktest"
)

// contents are what the samples of each series are, as "time=value".
type contents map[string][]string

// open reads a block.
func open(t *testing.T, dir string, meta *block.Meta) contents {
	t.Helper()
	found := contents{}
	for series, samples := range blocktest.Read(t, dir) {
		name := strings.TrimSuffix(strings.TrimPrefix(series, `{name="`), `"}`)
		for _, s := range samples {
			if s.Reset {
				t.Errorf("at %d a counter reset of %s is said to have been", s.At, name)
			}
			if s.At >= meta.MinTime && s.At < meta.MaxTime {
				found[name] = append(found[name], fmt.Sprint(s.At, "=", s.Value))
			}
		}
	}
	return found
}

// series adds one that is found again by its name.
func series(w *block.Writer, name string) *block.Series {
	return w.Series(labels.FromStrings("name", name))
}

func do(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func written(t *testing.T, w *block.Writer, begin, end int64) *block.Meta {
	t.Helper()
	meta, err := w.Write(t.Context(), begin, end)
	if err != nil {
		t.Fatal(err)
	}
	return meta
}

func (c contents) are(t *testing.T, want contents) {
	t.Helper()
	for name := range want {
		if !slices.Equal(c[name], want[name]) {
			t.Errorf("%s has the samples %v, want %v", name, c[name], want[name])
		}
	}
	if len(c) != len(want) {
		t.Errorf("the block has %d series, want %d: %v", len(c), len(want), c)
	}
}

func TestASeriesKeepsItsValueUntilItGetsAnotherOne(t *testing.T) {
	dir := t.TempDir()
	w := block.NewWriter(dir)
	series(w, "never")
	steady, changing, late := series(w, "steady"), series(w, "changing"), series(w, "late")
	do(t, steady.Set(5), changing.Set(1))
	w.Sample(10)
	do(t, changing.Set(2), changing.Set(3), late.Set(0), steady.Set(5)) // what is set twice before a sample was never seen
	w.Sample(20)
	w.Sample(30)
	do(t, changing.Set(1))
	first := written(t, w, 10, 40)
	open(t, dir, first).are(t, contents{"steady": {"10=5", "20=5", "30=5"}, "changing": {"10=1", "20=3", "30=3"}, "late": {"20=0", "30=0"}})
	w.Sample(40)
	second := written(t, w, 40, 50)
	open(t, dir, second).are(t, contents{"steady": {"40=5"}, "changing": {"40=1"}, "late": {"40=0"}})
}

func TestTheEndOfASeriesIsMarkedOnce(t *testing.T) {
	dir := t.TempDir()
	w := block.NewWriter(dir)
	gone, back, atOnce := series(w, "gone"), series(w, "back"), series(w, "at once")
	do(t, gone.Set(1), back.Set(1), atOnce.Set(1))
	w.Sample(10)
	do(t, gone.End(), back.End(), atOnce.End(), atOnce.Set(1)) // it was not missing in any sample
	w.Sample(20)
	w.Sample(30)
	do(t, back.Set(1))
	w.Sample(40)
	meta := written(t, w, 10, 50)
	open(t, dir, meta).are(t, contents{"gone": {"10=1", "20=end"}, "back": {"10=1", "20=end", "40=1"}, "at once": {"10=1", "20=1", "30=1", "40=1"}})
	w.Sample(50)
	open(t, dir, written(t, w, 50, 60)).are(t, contents{"back": {"50=1"}, "at once": {"50=1"}})
}

func TestNumbersAreKeptToTheBit(t *testing.T) {
	dir := t.TempDir()
	w := block.NewWriter(dir)
	s := series(w, "s")
	var want []string
	for i, number := range []float64{0, math.Copysign(0, -1), 0.1, 1e300, math.Inf(1), math.NaN(), math.NaN(), math.MaxUint64, -1} {
		do(t, s.Set(number))
		w.Sample(int64(i))
		want = append(want, fmt.Sprint(i, "=", number))
	}
	open(t, dir, written(t, w, 0, 100)).are(t, contents{"s": want})
}

// TestManySamples fill chunks as large as Prometheus's own.
func TestManySamples(t *testing.T) {
	dir := t.TempDir()
	w := block.NewWriter(dir)
	constant, growing, counts := series(w, "constant"), series(w, "growing"), series(w, "counts")
	var h *histogram.Histogram
	do(t, constant.Set(7))
	want := contents{}
	for i := range int64(1000) {
		do(t, growing.Set(float64(i)))
		if i%7 == 0 { // one more bucket, with as many observations as the others
			h = ones(int(i/7) + 1)
			do(t, counts.SetHistogram(h))
		}
		w.Sample(i * 60_000)
		want["constant"] = append(want["constant"], fmt.Sprint(i*60_000, "=7"))
		want["growing"] = append(want["growing"], fmt.Sprint(i*60_000, "=", i))
		want["counts"] = append(want["counts"], fmt.Sprint(i*60_000, "=", h))
	}
	meta := written(t, w, 0, 60_000_000)
	open(t, dir, meta).are(t, want)
	if meta.Stats.Samples != 3000 || meta.Stats.HistogramSamples != 1000 || meta.Stats.FloatSamples != 2000 || meta.Stats.Series != 3 {
		t.Errorf("the block says of itself %+v", meta.Stats)
	}
	if least := uint64(2 * 1000 / 120); meta.Stats.Chunks < least || meta.Stats.Chunks > 10*least {
		t.Errorf("%d chunks", meta.Stats.Chunks)
	}
	listed, err := block.List(dir)
	if err != nil || len(listed) != 1 || listed[0].Stats != meta.Stats || listed[0].MaxTime != meta.MaxTime {
		t.Errorf("listed are %+v, %v, want %+v", listed, err, meta)
	}
}

// ones is a histogram with one observation in each of so many buckets.
func ones(buckets int) *histogram.Histogram {
	deltas := make([]int64, buckets)
	deltas[0] = 1
	return &histogram.Histogram{Schema: 3, ZeroThreshold: 0.001, Count: uint64(buckets), Sum: float64(buckets),
		PositiveSpans: []histogram.Span{{Length: uint32(buckets)}}, PositiveBuckets: deltas}
}

func TestNoBlockWithoutSamples(t *testing.T) {
	dir := t.TempDir()
	w := block.NewWriter(dir)
	series(w, "never")
	w.Sample(10)
	if meta := written(t, w, 0, 20); meta != nil {
		t.Errorf("a block %+v of nothing", meta)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v in the directory", entries, err)
	}
}

func TestWritingEndsWithItsContext(t *testing.T) {
	w := block.NewWriter(t.TempDir())
	do(t, series(w, "s").Set(1))
	w.Sample(10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Write(ctx, 0, 20); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestListPassesOverWhatIsNoBlock(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"wal", "chunks_head", "01M8DY9ZZA4K5KWZTM5TJ8H2H5.tmp-for-creation"} {
		do(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	do(t, os.WriteFile(filepath.Join(dir, "lock"), nil, 0o644))
	if blocks, err := block.List(dir); err != nil || len(blocks) > 0 {
		t.Errorf("%v, %v", blocks, err)
	}
	broken := "01M8DY9ZZA4K5KWZTM5TJ8H2H5"
	do(t, os.Mkdir(filepath.Join(dir, broken), 0o755))
	if _, err := block.List(dir); err == nil || !strings.Contains(err.Error(), broken) {
		t.Errorf("of a block without meta.json the error is %v", err)
	}
}
