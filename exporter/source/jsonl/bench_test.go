package jsonl

import (
	"testing"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// deaf is a Sink that only counts records.
type deaf struct{ records int }

func (d *deaf) Catalogue(*submission.Catalogue) {}
func (d *deaf) Record(*submission.Record)       { d.records++ }
func (d *deaf) Reject(*submission.Fault)        {}

func BenchmarkPoll(b *testing.B) {
	b.ReportAllocs()
	sink := &deaf{}
	for b.Loop() {
		s := newSource(b, "../../testdata/recodex/submissions.jsonl")
		if err := s.Poll(b.Context(), sink); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
	b.ReportMetric(float64(sink.records)/b.Elapsed().Seconds(), "lines/s")
}
