package e2e

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A monitor scrapes an exporter and holds it to rule 4, across restarts: a counter, a count or a sum that was seen once
// is never lower afterwards and never gone.
type monitor struct {
	url    string
	report func(format string, args ...any)
	except map[string]bool // metrics that may be lower after a start

	mu      sync.Mutex // held during a scrape, so that one that began earlier is not taken for a later one
	shown   samplesBySeries
	totals  map[string]float64
	scrapes int
}

// samplesBySeries are samples by name and labels, as the text format writes them.
type samplesBySeries map[string]float64

var scraper = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}

// run scrapes until ctx ends.
func (m *monitor) run(ctx context.Context) {
	for ticks := time.Tick(50 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			m.scrape()
		}
	}
}

// latest is what the exporter showed last.
func (m *monitor) latest() samplesBySeries {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shown
}

// count is how often it was shown anything.
func (m *monitor) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.scrapes
}

// awaitNext waits until something was shown that was asked for after the call.
func (m *monitor) awaitNext(t *testing.T) {
	t.Helper()
	before := m.count()
	eventually(t, "the exporter shows something", func() bool { return m.count() > before })
}

// scrape asks now, and returns what was shown last: by this answer, or before it where there is none.
func (m *monitor) scrape() samplesBySeries {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := m.text()
	if err != nil || !strings.Contains(text, "\ngrader_") {
		return m.shown // down, or not caught up
	}
	shown, totals := parse(text)
	maps.DeleteFunc(totals, func(series string, _ float64) bool { return m.except[metricOf(series)] })
	var lost []string
	for series, before := range m.totals {
		if now, there := totals[series]; !there {
			lost = append(lost, fmt.Sprintf("%s was %v and is gone", series, before))
			totals[series] = before
		} else if now < before {
			lost = append(lost, fmt.Sprintf("%s went down from %v to %v", series, before, now))
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		m.report("%d totals have lost something:\n%s", len(lost), strings.Join(lost[:min(len(lost), 20)], "\n"))
	}
	m.shown, m.totals = shown, totals
	m.scrapes++
	return shown
}

// text is what the exporter answers. That it does not answer is no matter for the monitor, only that it answers with an
// error.
func (m *monitor) text() (string, error) {
	response, err := scraper.Get(m.url + "/metrics")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("/metrics answers %s: %s", response.Status, body)
		m.report("%v", err)
	}
	return string(body), err
}

// parse reads the text format: all samples, and those among them that must never go down.
func parse(text string) (all, totals samplesBySeries) {
	all, totals = samplesBySeries{}, samplesBySeries{}
	total := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if kind, isType := strings.CutPrefix(line, "# TYPE grader_"); isType {
			total = strings.HasSuffix(kind, " counter") || strings.HasSuffix(kind, " histogram")
		}
		end := strings.LastIndexByte(line, ' ')
		if !strings.HasPrefix(line, "grade") || end < 0 {
			continue
		}
		value, err := strconv.ParseFloat(line[end+1:], 64)
		if err != nil {
			panic(err)
		}
		all[line[:end]] = value
		if total && strings.HasPrefix(line, "grader_") {
			totals[line[:end]] = value
		}
	}
	return all, totals
}

// differences compares the samples of some metrics with what they should be; where nothing is said they should be 0.
func (s samplesBySeries) differences(concerned func(series string) bool, want samplesBySeries) (found []string) {
	for series := range want {
		if _, there := s[series]; !there {
			found = append(found, fmt.Sprintf("%s is not there, want %v", series, want[series]))
		}
	}
	for series, value := range s {
		if concerned(series) && value != want[series] {
			found = append(found, fmt.Sprintf("%s is %v, want %v", series, value, want[series]))
		}
	}
	slices.Sort(found)
	return found
}

// nameOf is the name of the metric that a series belongs to.
// metricOf is the metric of a series: of a histogram's parts without what their names end with.
func metricOf(series string) string {
	name := nameOf(series)
	for _, part := range []string{"_bucket", "_count", "_sum"} {
		name = strings.TrimSuffix(name, part)
	}
	return name
}

func nameOf(series string) string {
	name, _, _ := strings.Cut(series, "{")
	return name
}
