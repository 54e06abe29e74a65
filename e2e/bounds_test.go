package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// TestRule10HostileRecordsAreBounded: labels that users' data make without end stay few, their sums stay exact, and what
// cannot be used is rejected and stops nothing else.
func TestRule10HostileRecordsAreBounded(t *testing.T) {
	const records = 300
	var log strings.Builder
	for i := range records {
		var tests []string
		for j := range 100 {
			tests = append(tests, fmt.Sprintf(`{"name":"t%d","outcome":"failed"}`, i*100+j))
		}
		if i == 0 { // a single one with very many
			for j := range 10_000 {
				tests = append(tests, fmt.Sprintf(`{"name":"many-%d","outcome":"passed"}`, j))
			}
		}
		fmt.Fprintln(&log, strings.NewReplacer(`"s1"`, fmt.Sprintf(`"s%d"`, i), `"state"`,
			fmt.Sprintf(`"language":"lang-%d","tests":[%s],"state"`, i, strings.Join(tests, ","))).Replace(strings.TrimSpace(oneLine)))
	}
	huge := strings.Repeat("x", 1<<20)
	log.WriteString(strings.Replace(oneLine, `"algo"`, `"`+huge+`"`, 1))
	log.WriteString(strings.Replace(oneLine, `"algo"`, `"`+huge[:1000]+`"`, 1))
	log.WriteString(strings.Replace(oneLine, `"state"`, `"tests":[{"name":"`+huge[:1000]+`","outcome":"passed"}],"state"`, 1))
	mapping := file(t, "limits.yaml", "limits: {languages: {values: [lang-299], most: 10}, tests: {most: 50}, test_series: 200}\n")
	e := serve(t, nil, nil, "--source=jsonl:"+file(t, "log.jsonl", log.String()), "--config.file="+mapping).ready()

	wantLabel := func(m *metrics.Metric, label metrics.Label, values int, sum float64, always ...string) {
		t.Helper()
		seen, got := map[string]bool{}, 0.0
		for value, count := range samples(e.families(), m, label) {
			seen[value] = true
			got += count
		}
		if len(seen) != values || got != sum {
			t.Errorf("%s: %d values of %s and a sum of %v, want %d and %v", m.Name, len(seen), label, got, values, sum)
		}
		for _, value := range append(always, "other") {
			if !seen[value] {
				t.Errorf("%s: %s %s is not shown", m.Name, label, value)
			}
		}
	}
	wantLabel(metrics.LanguageSubmissions, metrics.Language, 10+1, records, "lang-299", "lang-0", "lang-8")
	// Of the record with very many tests 1,000 count.
	//
	// 200 series are 25 names, other among them; that is fewer than the 50 of the assignment's own limit.
	wantLabel(metrics.TestResults, metrics.Test, 25, records*100+900, "t0", "t23")
	overflow := map[string]float64{}
	for label, count := range samples(e.families(), metrics.LabelOverflow, metrics.LabelName) {
		overflow[label] = count
	}
	if overflow["language"] != records-10 || overflow["test"] != records*100+900-24 {
		t.Errorf("the overflow is %v", overflow)
	}
	if got := e.metrics(metrics.RecordsRejected.Name); !strings.Contains(got, `{reason="too_long"} 3`) {
		t.Errorf("what is too long is not rejected: %s", got)
	}
	for _, series := range samples(e.families(), metrics.Series) {
		if series > 700 {
			t.Errorf("there are %v series", series)
		}
	}
}
