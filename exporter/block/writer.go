// Package block writes samples as blocks of Prometheus's database, by the database's own code for chunks and indices. It
// does without package tsdb, which would bring in the SDKs of three clouds, and appends several times as fast as that one's
// BlockWriter, which is made for samples that come from anywhere.
package block

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/fileutil"
	"github.com/prometheus/prometheus/tsdb/index"
	"github.com/prometheus/prometheus/tsdb/tombstones"
	"golang.org/x/sync/errgroup"
)

// A Writer samples series and writes the samples as blocks into a directory. It is for one goroutine.
type Writer struct {
	dir      string
	instants []int64   // of the samples that are in no block yet, in milliseconds
	series   []*Series // those that are sorted first
	sorted   int       // how many are, by their labels
}

// NewWriter is a Writer into a directory that exists.
func NewWriter(dir string) *Writer { return &Writer{dir: dir} }

// Series adds a series, which has no value yet. There must be no other with these labels.
func (w *Writer) Series(l labels.Labels) *Series {
	s := &Series{writer: w, labels: l, taken: len(w.instants)}
	w.series = append(w.series, s)
	return s
}

// Sample takes a sample of each series that has a value, at a time in milliseconds that is later than the one before.
func (w *Writer) Sample(at int64) { w.instants = append(w.instants, at) }

// A Meta is what a block's meta.json says. Times are in milliseconds; the end is not in the block.
type Meta struct {
	ULID       ulid.ULID  `json:"ulid"`
	MinTime    int64      `json:"minTime"`
	MaxTime    int64      `json:"maxTime"`
	Stats      Stats      `json:"stats"`
	Compaction compaction `json:"compaction"`
	Version    int        `json:"version"`
}

// Stats are the sizes of a block.
type Stats struct {
	Samples          uint64 `json:"numSamples"`
	FloatSamples     uint64 `json:"numFloatSamples"`
	HistogramSamples uint64 `json:"numHistogramSamples"`
	Series           uint64 `json:"numSeries"`
	Chunks           uint64 `json:"numChunks"`
}

type compaction struct {
	Level   int         `json:"level"`
	Sources []ulid.ULID `json:"sources"`
}

// Names of a block's files.
const (
	metaFile  = "meta.json"
	indexFile = "index"
	chunksDir = "chunks"
)

// Write writes a block of all samples since the last one, which are at or after begin and before end, and returns it once
// it is durable; nothing where there are no samples.
func (w *Writer) Write(ctx context.Context, begin, end int64) (*Meta, error) {
	id, err := ulid.New(ulid.Now(), rand.Reader)
	if err != nil {
		return nil, err
	}
	meta := &Meta{ULID: id, MinTime: begin, MaxTime: end, Version: 1, Compaction: compaction{Level: 1, Sources: []ulid.ULID{id}}}
	full, err := w.take(&meta.Stats)
	if err != nil || len(full) == 0 {
		return nil, err
	}
	dir := filepath.Join(w.dir, id.String())
	if err := write(ctx, dir, full, meta); err != nil {
		return nil, fmt.Errorf("writing the block %s: %w", dir, err)
	}
	for _, s := range full {
		clear(s.full)
		s.full = s.full[:0]
	}
	return meta, nil
}

// take takes all samples, ends all chunks and returns the series that have some, by their labels.
func (w *Writer) take(stats *Stats) ([]*Series, error) {
	if w.sorted < len(w.series) {
		slices.SortFunc(w.series, func(a, b *Series) int { return labels.Compare(a.labels, b.labels) })
		w.sorted = len(w.series)
	}
	if err := w.catchUp(); err != nil {
		return nil, err
	}
	var full []*Series
	for _, s := range w.series {
		if len(s.full) == 0 {
			continue
		}
		full = append(full, s)
		stats.Series++
		stats.Chunks += uint64(len(s.full))
		for _, chunk := range s.full {
			samples := uint64(chunk.Chunk.NumSamples())
			stats.Samples += samples
			if chunk.Chunk.Encoding() == chunkenc.EncHistogram {
				stats.HistogramSamples += samples
			} else {
				stats.FloatSamples += samples
			}
		}
	}
	return full, nil
}

// catchUp takes all samples and ends all chunks, of several series at a time.
func (w *Writer) catchUp() error {
	const together = 64
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for some := range slices.Chunk(w.series, together) {
		group.Go(func() error {
			for _, s := range some {
				if err := s.catchUp(); err != nil {
					return err
				}
				s.cut()
				s.taken = 0
			}
			return nil
		})
	}
	err := group.Wait()
	w.instants = w.instants[:0]
	return err
}

func write(ctx context.Context, dir string, full []*Series, meta *Meta) error {
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	if err := writeSeries(ctx, dir, full); err != nil {
		return err
	}
	if _, err := tombstones.WriteFile(slog.New(slog.DiscardHandler), dir, tombstones.NewMemTombstones()); err != nil {
		return err
	}
	text, err := json.MarshalIndent(meta, "", "\t")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, metaFile), text); err != nil {
		return err
	}
	return Sync(dir)
}

// writeSeries writes chunks and index.
func writeSeries(ctx context.Context, dir string, full []*Series) (err error) {
	out, err := chunks.NewWriter(filepath.Join(dir, chunksDir), chunks.WithSegmentSize(segmentSize(full)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	directory, err := index.NewWriter(ctx, filepath.Join(dir, indexFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	for _, symbol := range symbols(full) {
		if err := directory.AddSymbol(symbol); err != nil {
			return err
		}
	}
	for i, s := range full {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := out.WriteChunks(s.full...); err != nil {
			return err
		}
		if err := directory.AddSeries(storage.SeriesRef(i), s.labels, s.full...); err != nil {
			return err
		}
	}
	return nil
}

// segmentSize is how large a file of chunks has to be at most; the space is taken before it is needed.
func segmentSize(full []*Series) int64 {
	size := int64(chunks.SegmentHeaderSize)
	for _, s := range full {
		for _, chunk := range s.full {
			size += int64(len(chunk.Chunk.Bytes())) + chunks.MaxChunkLengthFieldSize + chunks.ChunkEncodingSize + crc32.Size
		}
	}
	return min(size, chunks.DefaultChunkSegmentSize)
}

// symbols are all names and values of labels, in order.
func symbols(full []*Series) []string {
	all := make(map[string]struct{})
	for _, s := range full {
		s.labels.Range(func(l labels.Label) { all[l.Name], all[l.Value] = struct{}{}, struct{}{} })
	}
	return slices.Sorted(maps.Keys(all))
}

// writeFile writes a file and makes it durable.
func writeFile(path string, text []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// Sync makes it durable which files are in a directory.
func Sync(dir string) error {
	opened, err := fileutil.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// List are the blocks in a directory, the earliest first.
func List(dir string) ([]Meta, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []Meta
	for _, entry := range entries {
		if _, err := ulid.ParseStrict(entry.Name()); err != nil || !entry.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name(), metaFile))
		if err != nil {
			return nil, fmt.Errorf("the block %s has no usable %s: %w", entry.Name(), metaFile, err)
		}
		var meta Meta
		if err := json.Unmarshal(text, &meta); err != nil {
			return nil, fmt.Errorf("%s of the block %s: %w", metaFile, entry.Name(), err)
		}
		all = append(all, meta)
	}
	slices.SortFunc(all, func(a, b Meta) int { return cmp.Compare(a.MinTime, b.MinTime) })
	return all, nil
}
