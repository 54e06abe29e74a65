package panel

import (
	"slices"
	"testing"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// TestEveryWordIsKnown: what the exporter shows as a value of a label has a name in every language.
func TestEveryWordIsKnown(t *testing.T) {
	var verdicts, reasons []string
	for _, v := range submission.Verdicts() {
		verdicts = append(verdicts, v.String())
	}
	for _, r := range submission.Reasons() {
		reasons = append(reasons, string(r))
	}
	outcomes := []string{}
	for o := submission.Passed; o <= submission.Skipped; o++ {
		outcomes = append(outcomes, o.String())
	}
	for _, test := range []struct {
		name  string
		words []Word
		shown []string
	}{
		{"verdicts", Verdicts(), verdicts},
		{"reasons", Reasons(), reasons},
		{"anomalies", Anomalies(), slices.Collect(submission.AllAnomalies.Words())},
		{"outcomes of tests", TestOutcomes(), outcomes},
	} {
		var known []string
		for _, w := range test.words {
			known = append(known, w.Value)
			if w.Name.EN == "" || w.Name.RU == "" {
				t.Errorf("%s: %s lacks a language", test.name, w.Value)
			}
		}
		slices.Sort(known)
		slices.Sort(test.shown)
		if !slices.Equal(known, test.shown) {
			t.Errorf("%s: dashboards know %v, the exporter shows %v", test.name, known, test.shown)
		}
	}
}

// TestColorsTellWordsApart: no two verdicts have the same colour.
func TestColorsTellWordsApart(t *testing.T) {
	for name, words := range map[string][]Word{"verdicts": Verdicts(), "outcomes of tests": TestOutcomes(), "stages": Stages()[2:]} {
		seen := make(map[string]string)
		for _, w := range words {
			if other, taken := seen[w.Color]; taken {
				t.Errorf("%s: %s and %s have the same colour", name, other, w.Value)
			}
			seen[w.Color] = w.Value
		}
	}
}
