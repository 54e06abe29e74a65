package metrics

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// TestCatalogueIsComplete finds every Metric that catalogue.go declares in Catalogue.
func TestCatalogueIsComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "catalogue.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.CompositeLit); ok {
			if name, ok := literal.Type.(*ast.Ident); ok && name.Name == "Metric" {
				declared++
			}
		}
		return true
	})
	if listed := len(Catalogue()); declared != listed || declared == 0 {
		t.Errorf("catalogue.go declares %d metrics, Catalogue lists %d", declared, listed)
	}
	names := map[string]bool{}
	for _, m := range Catalogue() {
		if names[m.Name] {
			t.Errorf("%s stands twice in the catalogue", m.Name)
		}
		names[m.Name] = true
	}
}

func TestReferencePageIsUpToDate(t *testing.T) {
	var want bytes.Buffer
	if err := WriteReference(&want); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/metrics.md is not what the catalogue says; run: make generate")
	}
}

// example is a registry over a fold with two finished checks of each of enough students for all figures.
func example(t *testing.T) *prometheus.Registry {
	t.Helper()
	now := time.Date(2026, 9, 14, 10, 0, 0, 0, time.UTC)
	fold := analytics.New(analytics.Options{Zone: time.UTC, Limits: analytics.DefaultLimits()})
	fold.Describe(&submission.Catalogue{
		Courses:     []submission.Course{{Course: "algo", Title: "Algorithms"}},
		Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", OpensAt: now.Add(-time.Hour), DeadlineAt: now}},
		Enrolments:  []submission.Enrolment{{Course: "algo", Students: 20}},
		Workers:     []submission.Worker{{Worker: "w1", Slots: 2}},
	})
	for i := range 24 {
		passed := submission.Outcome(1 + (i/2)%2) // or not
		fold.Apply(&submission.Record{
			SubmissionID: fmt.Sprint(i), CheckNumber: 1, Course: "algo", Assignment: fmt.Sprint("hw", 1+i%2), Student: fmt.Sprint("secret-student", i/2),
			Language: "go", Worker: "w1", SubmittedAt: now.Add(-time.Minute), QueuedAt: now.Add(-time.Minute),
			StartedAt: now.Add(-50 * time.Second), FinishedAt: now, UpdatedAt: now, State: submission.Finished,
			Verdict: submission.Accepted, Score: submission.Known(float64(2 + i/4)), MaxScore: submission.Known(10),
			Tests: []submission.Test{{Name: "compiles", Outcome: submission.Passed}, {Name: "sorts", Outcome: passed}, {Name: "fast", Outcome: passed}},
		})
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(NewCollector(fold, shard.Shard{}, &sync.Mutex{}, func() time.Time { return now }))
	return registry
}

func TestCollectorPassesTheLinter(t *testing.T) {
	families, err := example(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestEveryWatchedMetricIsLive(t *testing.T) {
	families, err := example(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	live := map[string]bool{}
	for _, family := range families {
		live[family.GetName()] = true
	}
	for _, m := range Catalogue() {
		if m.Watched() && !live[m.Name] {
			t.Errorf("%s is in the catalogue and not among the live metrics", m.Name)
		}
	}
}

func TestSeriesAreCounted(t *testing.T) {
	families, err := example(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	want, got := 0, 0.0
	for _, family := range families {
		for _, m := range family.GetMetric() {
			switch h := m.GetHistogram(); {
			case family.GetName() == Series.Name:
				got = m.GetGauge().GetValue()
			case !strings.HasPrefix(family.GetName(), "grader_"):
			case h == nil:
				want++
			case len(h.GetBucket()) > 0:
				want += len(h.GetBucket()) + 4 // +Inf, sum, count, and the native one
			default:
				want++
			}
		}
	}
	if got != float64(want) {
		t.Errorf("gradewatch_series is %v, the scrape has %d", got, want)
	}
}

// TestCreatedIsTheFirstEvent: protobuf carries when a counter began, which must not be the start of the process.
func TestCreatedIsTheFirstEvent(t *testing.T) {
	families, err := example(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 9, 14, 9, 59, 0, 0, time.UTC)
	seen := 0
	for _, family := range families {
		for _, m := range family.GetMetric() {
			created := m.GetCounter().GetCreatedTimestamp()
			if m.GetHistogram() != nil {
				created = m.GetHistogram().GetCreatedTimestamp()
			}
			if m.GetGauge() != nil {
				continue
			}
			seen++
			if created == nil || !created.AsTime().Equal(want) {
				t.Errorf("%s was created at %v, want %v", family.GetName(), created, want)
			}
		}
	}
	if seen == 0 {
		t.Error("there is no counter and no histogram")
	}
}

// TestTypesBeforeTheFirstEvent: a metric has its type also while there is nothing to count.
func TestTypesBeforeTheFirstEvent(t *testing.T) {
	fold := analytics.New(analytics.Options{Zone: time.UTC, Limits: analytics.DefaultLimits()})
	fold.Describe(&submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1"}}})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(NewCollector(fold, shard.Shard{}, &sync.Mutex{}, time.Now))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, family := range families {
		types[family.GetName()] = strings.ToLower(family.GetType().String())
	}
	for _, m := range []*Metric{Submissions, Checks, QueueWait, CheckDuration, DaySubmissions} {
		if types[m.Name] != string(m.Type) {
			t.Errorf("%s is a %q before the first event, want a %s", m.Name, types[m.Name], m.Type)
		}
	}
}

// TestNativeOnlyHistogramInText: without classic buckets the text format shows count and sum.
func TestNativeOnlyHistogramInText(t *testing.T) {
	families, err := example(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, family := range families {
		if family.GetName() == CheckDuration.Name {
			if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := `# HELP grader_check_duration_seconds ` + CheckDuration.Help + `
# TYPE grader_check_duration_seconds histogram
grader_check_duration_seconds_bucket{assignment="hw1",course="algo",le="+Inf"} 12
grader_check_duration_seconds_sum{assignment="hw1",course="algo"} 600
grader_check_duration_seconds_count{assignment="hw1",course="algo"} 12
grader_check_duration_seconds_bucket{assignment="hw2",course="algo",le="+Inf"} 12
grader_check_duration_seconds_sum{assignment="hw2",course="algo"} 600
grader_check_duration_seconds_count{assignment="hw2",course="algo"} 12
`
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
}
