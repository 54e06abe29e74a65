package block

import (
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// chunkSamples is how many numbers make a chunk full, as in Prometheus itself.
const chunkSamples = 120

// A Series is one time series, of numbers or of histograms of a counter. It keeps its value until it gets another one, and is
// sampled with all others of its Writer; as long as the value stays the same, that costs nothing.
type Series struct {
	writer *Writer
	labels labels.Labels

	number    float64
	histogram *histogram.Histogram // nil where the series is one of numbers
	left      int                  // samples until it ends, or endless
	taken     int                  // of the Writer's instants: those before are in chunks, or were not for this series

	full  []chunks.Meta // that are in no block yet
	open  chunkenc.Chunk
	app   chunkenc.Appender // of the latest chunk
	begin int64             // of the open chunk
	end   int64             // its last sample
	count int               // its samples
}

// endless is the number of samples left of a series that does not end.
const endless = -1

// Labels are those that the series was added with.
func (s *Series) Labels() labels.Labels { return s.labels }

// Number is the one that the series was given last.
func (s *Series) Number() float64 { return s.number }

// Set gives the series a number, from the next sample on.
func (s *Series) Set(number float64) error {
	if s.left == endless && math.Float64bits(number) == math.Float64bits(s.number) {
		return nil
	}
	err := s.catchUp()
	s.number, s.left = number, endless
	return err
}

// SetHistogram gives the series a native histogram, from the next sample on, which must not be changed any more.
func (s *Series) SetHistogram(h *histogram.Histogram) error {
	err := s.catchUp()
	s.histogram, s.left = h, endless
	return err
}

// End ends a series of numbers with a mark at the next sample, as Prometheus does where a series is missing in a scrape. A
// value begins it again.
func (s *Series) End() error {
	err := s.Set(math.Float64frombits(value.StaleNaN))
	s.left = 1
	return err
}

// catchUp takes the samples that were not taken when they were due.
func (s *Series) catchUp() error {
	for _, at := range s.writer.instants[s.taken:] {
		if s.left == 0 {
			break
		}
		if err := s.append(at); err != nil {
			return fmt.Errorf("adding a histogram to %s: %w", s.labels, err)
		}
		if s.left > 0 {
			s.left--
		}
	}
	s.taken = len(s.writer.instants)
	return nil
}

func (s *Series) append(at int64) error {
	if s.histogram != nil {
		return s.appendHistogram(at)
	}
	if s.open == nil {
		s.start(chunkenc.NewXORChunk(), at)
	}
	s.app.Append(0, at, s.number)
	s.end = at
	if s.count++; s.count == chunkSamples {
		s.cut()
	}
	return nil
}

func (s *Series) appendHistogram(at int64) error {
	before := s.app // by which the first sample of a chunk tells whether counts went down
	if s.open == nil {
		s.start(chunkenc.NewHistogramChunk(), at)
	}
	next, recoded, app, err := s.app.AppendHistogram(before, 0, at, s.histogram, false)
	if err != nil {
		return err
	}
	switch {
	case next == nil:
	case recoded: // the same samples with more buckets
		s.open = next
	default: // this one does not go on from the one before
		s.cut()
		s.open, s.begin = next, at
	}
	s.app, s.end = app, at
	s.count++
	if s.count >= chunkenc.MinSamplesPerHistogramChunk && len(s.open.Bytes()) >= chunkenc.TargetBytesPerHistogramChunk {
		s.cut()
	}
	return nil
}

func (s *Series) start(chunk chunkenc.Chunk, at int64) {
	app, err := chunk.Appender()
	if err != nil {
		panic(err) // only what is damaged has none
	}
	s.open, s.app, s.begin = chunk, app, at
}

// cut ends the open chunk, if there is one.
func (s *Series) cut() {
	if s.open == nil {
		return
	}
	s.open.Compact()
	s.full = append(s.full, chunks.Meta{Chunk: s.open, MinTime: s.begin, MaxTime: s.end})
	s.open, s.count = nil, 0
}
