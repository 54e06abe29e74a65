package e2e

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/source/demo"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// TestForecastOfTheDemo looks on every day of a term what load is foretold, and then what comes. docs/figures.md tells of the errors.
func TestForecastOfTheDemo(t *testing.T) {
	begin, end := time.Date(2026, 9, 10, 12, 0, 0, 0, time.UTC), time.Date(2027, 1, 20, 12, 0, 0, 0, time.UTC)
	now := begin // so that there is one term before
	source, err := demo.New(demo.Options{Seed: 1, Students: 300, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	f := &folding{fold: analytics.New(analytics.Options{Zone: time.UTC, Limits: analytics.DefaultLimits()})}
	type day struct {
		foretold map[string]float64 // by horizon
		sent     float64            // so far
		due      bool               // there is a deadline within the day
	}
	var days []day
	for ; now.Before(end); now = now.AddDate(0, 0, 1) {
		if err := source.Poll(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		f.fold.Advance(now)
		f.fold.Conclude(now)
		today := day{foretold: map[string]float64{}, due: f.due(now, now.AddDate(0, 0, 1))}
		for labels, submissions := range f.fold.ExpectedSubmissions() {
			today.foretold[labels[1]] += submissions
		}
		for _, submissions := range f.fold.Submissions() {
			today.sent += submissions
		}
		days = append(days, today)
	}
	for horizon, test := range map[string]struct {
		days   int
		median float64 // at most
	}{"1d": {1, 0.15}, "7d": {7, 0.2}} {
		var errors []float64
		for i := 0; i+test.days < len(days); i++ {
			if came := days[i+test.days].sent - days[i].sent; days[i].due {
				errors = append(errors, math.Abs(days[i].foretold[horizon]/came-1))
			}
		}
		slices.Sort(errors)
		median := errors[len(errors)/2]
		t.Logf("%s: on %d days with a deadline the median error is %.2f, and 9 of 10 are below %.2f", horizon, len(errors), median, errors[len(errors)*9/10])
		if median > test.median {
			t.Errorf("%s: the median error is %.2f, want at most %.2f", horizon, median, test.median)
		}
	}
}

// folding is a source.Sink that applies everything to a fold.
type folding struct {
	fold      *analytics.Fold
	catalogue submission.Catalogue
}

func (f *folding) Catalogue(c *submission.Catalogue) { f.catalogue = *c; f.fold.Describe(c) }
func (f *folding) Reject(fault *submission.Fault)    { panic(fault) }
func (f *folding) Record(r *submission.Record)       { f.fold.Apply(r) }

// due reports whether there is a deadline between two times.
func (f *folding) due(from, to time.Time) bool {
	return slices.ContainsFunc(f.catalogue.Assignments, func(a submission.Assignment) bool {
		return a.DeadlineAt.After(from) && !a.DeadlineAt.After(to)
	})
}
