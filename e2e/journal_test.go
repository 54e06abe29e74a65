package e2e

import (
	"fmt"
	"strings"
	"time"
)

// A journal holds what was committed: the entries as they came, and the totals that follow from them by the counting
// rules of the design.
type journal struct {
	entries []string
	totals  map[string]int64 // by series; sums in microseconds
}

func newJournal() journal { return journal{totals: map[string]int64{}} }

// fromJournal are the metrics that follow from a journal.
var fromJournal = map[string]bool{
	"grader_submissions_total": true, "grader_language_submissions_total": true, "grader_hour_submissions_total": true,
	"grader_late_submissions_total": true, "grader_checks_total": true, "grader_rechecks_total": true,
	"grader_test_results_total": true, "grader_queue_wait_seconds_count": true, "grader_queue_wait_seconds_sum": true,
	"grader_check_duration_seconds_count": true, "grader_check_duration_seconds_sum": true,
	"grader_feedback_seconds_count": true, "grader_feedback_seconds_sum": true,
}

// A homework is a submission as it stands in the database.
type homework struct {
	id, course, assignment, student, language string

	submitted, deadline time.Time
	checks              []check
	hasResult           bool

	busy bool // in a transaction that has not ended
}

// A check is one check of a homework.
type check struct {
	number                    int
	state                     string
	result                    result
	queued, started, finished time.Time

	counted result    // what was counted last
	waited  time.Time // the start whose wait was counted last
}

type result struct {
	verdict string
	score   int // of 10
}

type testResult struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
}

func (r result) tests() []testResult {
	switch {
	case r.verdict == "compile_error":
		return []testResult{{"compiles", "failed"}, {"runs", "skipped"}}
	case r.score < 5:
		return []testResult{{"compiles", "passed"}, {"runs", "failed"}}
	}
	return []testResult{{"compiles", "passed"}, {"runs", "passed"}}
}

// last is the check that may still be changed. The ones before it never are: so whoever reads the rows in the order of
// their changes, once or again and again, meets the same first result.
func (h *homework) last() check { return h.checks[len(h.checks)-1] }

// A change is a row that is written, or all rows of a homework that are deleted.
type change struct {
	of      *homework
	check   check
	deleted bool
}

// commit enters a change that has been committed.
func (j *journal) commit(c change) {
	h, now := c.of, c.check
	if c.deleted {
		j.enter("%s: %d checks deleted", h.id, len(h.checks))
		return
	}
	j.enter("%s/%d: %s %v", h.id, now.number, now.state, now.result)
	course := fmt.Sprintf(`course="%s"`, h.course)
	assignment := fmt.Sprintf(`assignment="%s",%s`, h.assignment, course)
	if len(h.checks) == 0 {
		j.count("submissions", assignment)
		j.count("language_submissions", course+fmt.Sprintf(`,language="%s"`, h.language))
		weekday := (h.submitted.Weekday()+6)%7 + 1 // Monday is 1
		j.count("hour_submissions", course+fmt.Sprintf(`,hour="%02d",weekday="%d"`, h.submitted.Hour(), weekday))
		if !h.deadline.IsZero() && h.submitted.After(h.deadline) {
			j.count("late_submissions", assignment)
		}
	}
	counts := now.state == "finished" && now.result != now.counted
	again := counts && now.counted != result{}
	if !now.started.IsZero() && (now.waited.IsZero() || again && !now.started.Equal(now.waited)) {
		j.observe("queue_wait", course, now.queued, now.started)
		now.waited = now.started
	}
	if counts {
		now.counted = now.result
		j.count("checks", assignment+fmt.Sprintf(`,verdict="%s"`, now.result.verdict))
		for _, test := range now.result.tests() {
			j.count("test_results", assignment+fmt.Sprintf(`,outcome="%s",test="%s"`, test.Outcome, test.Name))
		}
		j.observe("check_duration", assignment, now.started, now.finished)
		if again || now.number > 1 {
			j.count("rechecks", assignment)
		}
		if now.result.verdict != "internal_error" && !h.hasResult {
			h.hasResult = true
			j.observe("feedback", course, h.submitted, now.finished)
		}
	}
	h.checks = append(h.checks[:now.number-1], now)
}

func (j *journal) enter(format string, args ...any) {
	j.entries = append(j.entries, clock()+" "+fmt.Sprintf(format, args...))
}

func clock() string { return time.Now().UTC().Format("15:04:05.000") }

func (j *journal) count(what, labels string) { j.totals["grader_"+what+"_total{"+labels+"}"]++ }

// observe leaves out what is negative, since clocks differ.
func (j *journal) observe(what, labels string, from, to time.Time) {
	if to.Before(from) {
		return
	}
	j.totals["grader_"+what+"_seconds_count{"+labels+"}"]++
	j.totals["grader_"+what+"_seconds_sum{"+labels+"}"] += to.Sub(from).Microseconds()
}

// samples are what an exporter should show.
func (j *journal) samples() samplesBySeries {
	all := samplesBySeries{}
	for series, total := range j.totals {
		if all[series] = float64(total); strings.HasSuffix(nameOf(series), "_sum") {
			all[series] = float64(total) / 1e6
		}
	}
	return all
}

// of are the last entries about an assignment.
func (j *journal) of(assignment string) string {
	var found strings.Builder
	for _, entry := range j.entries[max(0, len(j.entries)-500):] {
		if strings.Contains(entry, assignment) {
			fmt.Fprintln(&found, entry)
		}
	}
	return found.String()
}
