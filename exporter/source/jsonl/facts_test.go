package jsonl

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// tally is a Sink that counts.
type tally struct {
	t         *testing.T
	records   int
	verdicts  map[string]int
	outcomes  map[string]int
	anomalies map[string]int
}

func (c *tally) Catalogue(*submission.Catalogue) {}

func (c *tally) Record(r *submission.Record) {
	c.records++
	c.verdicts[r.Verdict.String()]++
	for _, test := range r.Tests {
		c.outcomes[test.Outcome.String()]++
	}
	for word := range r.Anomalies.Words() {
		c.anomalies[word]++
	}
}

func (c *tally) Reject(f *submission.Fault) { c.t.Error(f) }

// The numbers are those of the README beside each file, counted by another program.
func TestRealSubmissionsAreReadAsTheyWereCounted(t *testing.T) {
	for name, want := range map[string]tally{
		"recodex": {
			records:  1000,
			verdicts: map[string]int{"partial": 683, "accepted": 208, "wrong_answer": 69, "compile_error": 40},
		},
		"clics-gny2023": {
			records: 662,
			verdicts: map[string]int{
				"wrong_answer": 308, "accepted": 203, "time_limit": 96, "runtime_error": 49, "compile_error": 6,
			},
			outcomes:  map[string]int{"passed": 12088, "failed": 317, "timeout": 93, "error": 45},
			anomalies: map[string]int{"end_before_start": 25, "end_before_submission": 25}, // it starts when it comes
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSource(t, filepath.Join("..", "..", "testdata", name, "submissions.jsonl"))
			got := tally{t: t, verdicts: map[string]int{}, outcomes: map[string]int{}, anomalies: map[string]int{}}
			do(t, s.Poll(t.Context(), &got))
			if got.records != want.records {
				t.Errorf("%d records, want %d", got.records, want.records)
			}
			for kind, pair := range map[string][2]map[string]int{
				"verdicts": {got.verdicts, want.verdicts}, "outcomes": {got.outcomes, want.outcomes},
				"anomalies": {got.anomalies, want.anomalies},
			} {
				if !maps.Equal(pair[0], pair[1]) {
					t.Errorf("%s %v, want %v", kind, pair[0], pair[1])
				}
			}
		})
	}
}
