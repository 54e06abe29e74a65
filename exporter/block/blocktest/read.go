// Package blocktest reads blocks back for tests, with the database's own readers.
package blocktest

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"

	"github.com/gradewatch/gradewatch/exporter/block"
)

// A Sample is a number or a histogram at a time in milliseconds.
type Sample struct {
	At    int64
	Value string // End where it marks the end of a series
	Reset bool   // of a histogram: it is said to begin anew
}

// End is the Value that marks the end of a series.
const End = "end"

// Read are the samples of all blocks in a directory by the labels of their series. What an index says and its chunks are not
// is an error of the test.
func Read(t testing.TB, dir string) map[string][]Sample {
	t.Helper()
	blocks, err := block.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]Sample)
	for i, meta := range blocks {
		if i > 0 && meta.MinTime < blocks[i-1].MaxTime {
			t.Errorf("block %s overlaps with the one before", meta.ULID)
		}
		read(t, filepath.Join(dir, meta.ULID.String()), meta, all)
	}
	return all
}

func read(t testing.TB, dir string, meta block.Meta, into map[string][]Sample) {
	t.Helper()
	directory, err := index.NewFileReader(filepath.Join(dir, "index"), index.DecodePostingsRaw)
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	data, err := chunks.NewDirReader(filepath.Join(dir, "chunks"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	postings, err := directory.Postings(t.Context(), "", "") // of all series
	if err != nil {
		t.Fatal(err)
	}
	var builder labels.ScratchBuilder
	var before labels.Labels
	for postings.Next() {
		var metas []chunks.Meta
		if err := directory.Series(postings.At(), &builder, &metas); err != nil {
			t.Fatal(err)
		}
		series := builder.Labels()
		if labels.Compare(before, series) >= 0 {
			t.Errorf("%s follows %s", series, before)
		}
		before = series
		for _, m := range metas {
			if m.MinTime < meta.MinTime || m.MaxTime >= meta.MaxTime {
				t.Errorf("a chunk of %s is from %d to %d, its block from %d to before %d", series, m.MinTime, m.MaxTime,
					meta.MinTime, meta.MaxTime)
			}
			chunk, _, err := data.ChunkOrIterable(m)
			if err != nil {
				t.Fatal(err)
			}
			samples := samplesOf(t, chunk)
			if first, last := samples[0].At, samples[len(samples)-1].At; first != m.MinTime || last != m.MaxTime {
				t.Errorf("a chunk of %s is from %d to %d, the index says %d to %d", series, first, last, m.MinTime, m.MaxTime)
			}
			into[series.String()] = append(into[series.String()], samples...)
		}
	}
	for series, samples := range into {
		for i := range len(samples) - 1 {
			if samples[i].At >= samples[i+1].At {
				t.Errorf("%s has a sample at %d and then one at %d", series, samples[i].At, samples[i+1].At)
			}
		}
	}
}

func samplesOf(t testing.TB, chunk chunkenc.Chunk) (samples []Sample) {
	t.Helper()
	iterator := chunk.Iterator(nil)
	for kind := iterator.Next(); kind != chunkenc.ValNone; kind = iterator.Next() {
		switch kind {
		case chunkenc.ValFloat:
			at, number := iterator.At()
			text := fmt.Sprint(number)
			if value.IsStaleNaN(number) {
				text = End
			}
			samples = append(samples, Sample{At: at, Value: text})
		case chunkenc.ValHistogram:
			at, h := iterator.AtHistogram(nil)
			samples = append(samples, Sample{At: at, Value: h.String(), Reset: h.CounterResetHint == histogram.CounterReset})
		default:
			t.Fatalf("a sample of kind %v", kind)
		}
	}
	return samples
}
