package e2e

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/gradewatch/gradewatch/alerts/rule"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source/demo"
)

// A firing is the time in which an alert fires for one series.
type firing struct {
	alert    rule.Alert
	series   map[string]string
	from, to time.Time // to is zero where it still fires
}

func (f firing) String() string {
	return fmt.Sprintf("%s %v from %s to %s", f.alert.Name, f.series, f.from.UTC().Format(time.DateTime), f.to.UTC().Format(time.DateTime))
}

// replay is what would have fired over a span of history: what rules record is recorded for all of it, and then each alert is
// asked of Prometheus at every step, as if it had been evaluated then, and waits and is kept as Prometheus does it.
func replay(t *testing.T, data string, from, to time.Time) (all []firing) {
	t.Helper()
	groups := ofChecking()
	rerecord(t, data, groups, from, to)
	p := startPrometheus(t, "", data)
	p.agrees(from, to)
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		room   = make(chan struct{}, runtime.NumCPU())
	)
	for _, g := range groups {
		for _, a := range g.Alerts {
			asking.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				firings := fired(a, p.asked(a.When.PromQL(), from, to, g.Interval), from, to, g.Interval)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, firings...)
			})
		}
	}
	asking.Wait()
	slices.SortStableFunc(all, func(a, b firing) int { return a.from.Compare(b.from) })
	return all
}

// ofChecking are the rules that look at the way from the submission to the result: what the history of a source tells of.
func ofChecking() (groups []rule.Group) {
	for _, g := range rule.Groups(query.Scope{}) {
		g.Alerts = slices.DeleteFunc(g.Alerts, func(a rule.Alert) bool { return a.Subject != rule.Checking })
		g.Recordings = slices.DeleteFunc(g.Recordings, func(r rule.Recording) bool {
			return r.Labels["slo"] != "" && r.Labels["slo"] != "feedback" && r.Labels["slo"] != "checks"
		})
		if len(g.Alerts) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// agrees says where what is recorded of an objective is not what its panels count.
func (p *prometheus) agrees(from, to time.Time) {
	p.t.Helper()
	seen := 0.0
	for _, o := range []query.Objective{query.FeedbackObjective(query.Every), query.ChecksObjective(query.Every)} {
		for _, window := range []string{"1h", "6h", "1d"} {
			for at := from.Add(25 * time.Hour); at.Before(to); at = at.Add(35 * time.Hour) {
				for record, want := range map[string]query.Term{"errors": o.Errors(window), "events": o.Events(window)} {
					got := p.value(fmt.Sprintf("slo:%s:gained_%s{slo=%q}", record, window, o.Name), at)
					if shown := p.value(want.PromQL(), at); got != shown {
						p.t.Errorf("%s of %s in %s before %s: recorded are %v, a panel shows %v", record, o.Name, window, at, got, shown)
					}
					seen += got
				}
			}
		}
	}
	if seen == 0 {
		p.t.Error("nothing is recorded")
	}
}

// rerecord writes what rules record into the data of a Prometheus, those first that others are made of.
func rerecord(t *testing.T, data string, groups []rule.Group, from, to time.Time) {
	t.Helper()
	var left []rule.Recording
	step := make(map[string]time.Duration)
	for _, g := range groups {
		left = append(left, g.Recordings...)
		for _, r := range g.Recordings {
			step[r.Record] = g.Interval
		}
	}
	for len(left) > 0 {
		waits := func(r rule.Recording) bool {
			return slices.ContainsFunc(left, func(other rule.Recording) bool { return strings.Contains(r.Is.PromQL(), other.Record) })
		}
		p := startPrometheus(t, "", data)
		written := make(map[time.Duration]*block.Writer) // those of one step into one block
		for _, each := range slices.Sorted(maps.Values(step)) {
			if written[each] == nil {
				written[each] = block.NewWriter(data)
				p.record(written[each], slices.DeleteFunc(slices.Clone(left), func(r rule.Recording) bool { return waits(r) || step[r.Record] != each }),
					from, to, each)
			}
		}
		p.stop()
		for _, w := range written {
			if _, err := w.Write(t.Context(), from.UnixMilli(), to.UnixMilli()+1); err != nil {
				t.Fatalf("writing what is recorded: %v", err)
			}
		}
		left = slices.DeleteFunc(slices.Clone(left), func(r rule.Recording) bool { return !waits(r) })
	}
}

// record gives a writer what rules would have recorded at every step.
func (p *prometheus) record(w *block.Writer, rules []rule.Recording, from, to time.Time, step time.Duration) {
	p.t.Helper()
	type recorded struct {
		series *block.Series
		left   []point
		ended  bool
	}
	all := make(map[string]*recorded)
	for begin := from; !begin.After(to); begin = begin.Add(mostSteps * step) {
		last := lastOf(begin, to, step)
		for _, r := range rules {
			for _, s := range p.over(r.Is.PromQL(), begin, last, step) {
				named := maps.Clone(s.Metric)
				maps.Copy(named, r.Labels)
				named[model.MetricNameLabel] = r.Record
				key := fmt.Sprint(named)
				if all[key] == nil {
					all[key] = &recorded{series: w.Series(labels.FromMap(named)), ended: true}
				}
				all[key].left = s.Values
			}
		}
		for at := begin; !at.After(last); at = at.Add(step) {
			for _, s := range all {
				var err error
				switch is := len(s.left) > 0 && int64(s.left[0].at) == at.Unix(); {
				case is:
					err = s.series.Set(s.left[0].value)
					s.left, s.ended = s.left[1:], false
				case !s.ended:
					err = s.series.End()
					s.ended = true
				}
				if err != nil {
					p.t.Fatal(err)
				}
			}
			w.Sample(at.UnixMilli())
		}
	}
}

// mostSteps is how many are asked at once: Prometheus answers at most 11,000, and stops a query that takes longer than two
// minutes, on a busy machine too.
const mostSteps = 500

// lastOf is the last step that is asked together with the first.
func lastOf(begin, to time.Time, step time.Duration) time.Time {
	if end := begin.Add((mostSteps - 1) * step); end.Before(to) {
		return end
	}
	return to
}

// presence is when a series was there.
type presence struct {
	series map[string]string
	at     map[int64]bool // seconds
}

// asked is when the expression had which series.
func (p *prometheus) asked(expr string, from, to time.Time, step time.Duration) map[string]*presence {
	p.t.Helper()
	all := make(map[string]*presence)
	for begin := from; !begin.After(to); begin = begin.Add(mostSteps * step) {
		for _, s := range p.over(expr, begin, lastOf(begin, to, step), step) {
			key := fmt.Sprint(s.Metric)
			if all[key] == nil {
				all[key] = &presence{series: s.Metric, at: make(map[int64]bool)}
			}
			for _, point := range s.Values {
				all[key].at[int64(point.at)] = true
			}
		}
	}
	return all
}

// fired says when an alert fires whose series are there at some steps. It follows what Prometheus does in AlertingRule.Eval.
func fired(a rule.Alert, all map[string]*presence, from, to time.Time, step time.Duration) (firings []firing) {
	for _, key := range slices.Sorted(maps.Keys(all)) {
		var since, gone time.Time // since it has been there, and since it has not been while it fires
		var current *firing
		for at := from; !at.After(to); at = at.Add(step) {
			if all[key].at[at.Unix()] {
				gone = time.Time{}
				if since.IsZero() {
					since = at
				}
				if current == nil && at.Sub(since) >= a.For {
					current = &firing{alert: a, series: all[key].series, from: at}
				}
				continue
			}
			if current != nil && gone.IsZero() {
				gone = at
			}
			if current != nil && at.Sub(gone) < a.KeepFiring {
				continue
			}
			if current != nil {
				current.to = at
				firings = append(firings, *current)
			}
			current, since, gone = nil, time.Time{}, time.Time{}
		}
		if current != nil {
			firings = append(firings, *current)
		}
	}
	return firings
}

// An incident is a fault of the demo semester in its autumn of 2026, and what should be told of it: some alerts, or none that
// wakes anybody up.
type incident struct {
	kind       demo.Kind
	begin, end string
	told       []string // alerts of which each must fire before it is over; none where nobody should be woken up
}

var incidents = []incident{
	{demo.SlowQueue, "2026-09-23T17:00:00Z", "2026-09-23T21:00:00Z", []string{"FeedbackBudgetBurnsFast"}},
	{demo.InfrastructureFailures, "2026-09-28T08:00:00Z", "2026-09-28T14:00:00Z", []string{"WorkerFails"}}, // of few checks
	{demo.StoppedWorker, "2026-10-05T20:00:00Z", "2026-10-06T16:00:00Z", []string{"WorkerSilent"}},
	{demo.SlowQueue, "2026-10-14T17:00:00Z", "2026-10-14T21:00:00Z", []string{"FeedbackBudgetBurnsFast"}},
	{demo.InfrastructureFailures, "2026-10-16T09:00:00Z", "2026-10-16T13:00:00Z", []string{"ChecksBudgetBurnsFast", "WorkerFails"}},
	{demo.StoppedWorker, "2026-10-18T10:00:00Z", "2026-10-19T10:00:00Z", []string{"WorkerSilent"}},
	{demo.SlowQueue, "2026-10-22T01:00:00Z", "2026-10-22T04:00:00Z", nil}, // at night
	{demo.BrokenTest, "2026-10-23T10:00:00Z", "2026-10-25T10:00:00Z", []string{"TestFailsForAll"}},
	{demo.InfrastructureFailures, "2026-11-04T01:00:00Z", "2026-11-04T04:00:00Z", nil}, // at night
	{demo.InfrastructureFailures, "2026-11-10T17:00:00Z", "2026-11-10T21:00:00Z", []string{"ChecksBudgetBurnsFast", "WorkerFails"}},
	{demo.BrokenTest, "2026-11-19T10:00:00Z", "2026-11-22T10:00:00Z", []string{"TestFailsForAll"}},
	{demo.StoppedWorker, "2026-11-24T08:00:00Z", "2026-11-24T20:00:00Z", []string{"WorkerSilent"}},
}

func at(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

// A replayed semester is one with incidents, whose times are moved by whole weeks so that it ended lately: so its days stay the same.
type replayed struct {
	shift     time.Duration
	incidents []incident
	firings   []firing
}

// replaySemester writes the semester between two times into a Prometheus as its past, and replays the alerts over it.
func replaySemester(t *testing.T, from, to string, incidents []incident) replayed {
	t.Helper()
	r := replayed{shift: time.Since(at(to)).Truncate(7 * 24 * time.Hour), incidents: incidents}
	args := []string{"--source=demo:", "--demo.shift=" + r.shift.String(), "--step=1m", "--from=" + at(from).Add(r.shift).Format(time.DateOnly)}
	for _, i := range incidents {
		args = append(args, fmt.Sprintf("--demo.fault=%s@%s/%s", i.kind, at(i.begin).Add(r.shift).Format(time.RFC3339), at(i.end).Add(r.shift).Format(time.RFC3339)))
	}
	data := backfill(t, nil, args...)
	// What is looked at over a day needs one before.
	r.firings = replay(t, data, at(from).Add(r.shift).Add(24*time.Hour), at(to).Add(r.shift))
	return r
}

// explains are the alerts that a fault of each kind may lead to.
var explains = map[demo.Kind][]string{
	demo.SlowQueue:     {"FeedbackBudgetBurnsFast", "FeedbackBudgetBurns", "FeedbackBudgetSpent", "CheckWaits", "QueueGrows", "NoCheckEnds", "CheckHangs"},
	demo.StoppedWorker: {"WorkerSilent", "CheckHangs"},
	demo.InfrastructureFailures: {"ChecksBudgetBurnsFast", "ChecksBudgetBurns", "ChecksBudgetSpent", "WorkerFails", "CourseChecksFail",
		"ChecksFailUntaken", "RecheckStorm"},
	demo.BrokenTest: {"TestFailsForAll", "AssignmentFails", "VerdictTakesOver"},
}

// looksBack is how long ago what an alert looks at may have been: its longest window, or what its metric looks back.
func looksBack(a rule.Alert) (longest time.Duration) {
	if strings.Contains(a.When.PromQL(), metrics.WorkerHanging.Name) {
		longest = metrics.LongestCheck
	}
	windows := []string{a.Labels["window"]}
	for _, found := range windowOf.FindAllStringSubmatch(a.When.PromQL(), -1) {
		windows = append(windows, found[1]+found[2])
	}
	for _, window := range windows {
		if span, err := model.ParseDuration(window); err == nil {
			longest = max(longest, time.Duration(span))
		}
	}
	return longest
}

var windowOf = regexp.MustCompile(`offset (\w+)|\[(\w+)\]`)

// of are the firings that an incident explains: those of its kind that begin while it lasts, or while it can still be seen in the
// window that they look at.
func (r replayed) of(i incident) (explained []firing) {
	begin, end := at(i.begin).Add(r.shift), at(i.end).Add(r.shift)
	for _, f := range r.firings {
		seen := end.Add(looksBack(f.alert) + f.alert.For)
		if slices.Contains(explains[i.kind], f.alert.Name) && !f.from.Before(begin) && f.from.Before(seen) {
			explained = append(explained, f)
		}
	}
	return explained
}

// check says which incidents nobody was told of, and which alerts told of none.
func (r replayed) check(t *testing.T) {
	t.Helper()
	unexplained := slices.Clone(r.firings)
	for _, i := range r.incidents {
		explained := r.of(i)
		t.Logf("%s at %s: %v", i.kind, i.begin, explained)
		for _, name := range i.told {
			if !slices.ContainsFunc(explained, func(f firing) bool {
				return f.alert.Name == name && f.from.Before(at(i.end).Add(r.shift))
			}) {
				t.Errorf("%s at %s: %s does not fire; these do: %v", i.kind, i.begin, name, explained)
			}
		}
		for _, f := range explained {
			if i.told == nil && f.alert.Severity == rule.Page {
				t.Errorf("%s at %s wakes somebody up: %v", i.kind, i.begin, f)
			}
			unexplained = slices.DeleteFunc(unexplained, func(other firing) bool { return fmt.Sprint(other) == fmt.Sprint(f) })
		}
	}
	for _, f := range unexplained {
		t.Errorf("without any incident there is %v", f)
	}
}

// TestIncidentsAreTold replays some days of the demo semester in which things go wrong: each is told of, by the alerts that are
// meant for it, at night nobody is woken up for three submissions, and nothing is told of the days between. With
// GRADEWATCH_REPORT_ALERTS it replays all of the semester, with incidents and without, and writes there what came of it.
func TestIncidentsAreTold(t *testing.T) {
	t.Parallel()
	path := os.Getenv("GRADEWATCH_REPORT_ALERTS")
	if path == "" {
		const from, to = "2026-10-13T00:00:00Z", "2026-10-17T00:00:00Z"
		replaySemester(t, from, to, slices.DeleteFunc(slices.Clone(incidents), func(i incident) bool {
			return at(i.begin).Before(at(from)) || at(i.end).After(at(to))
		})).check(t)
		return
	}
	const from, to = "2026-09-01T00:00:00Z", "2026-11-27T00:00:00Z"
	with, without := replaySemester(t, from, to, incidents), replaySemester(t, from, to, nil)
	with.check(t)
	without.check(t)
	if err := os.WriteFile(path, []byte(with.report()+without.quiet(at(to).Sub(at(from)))), 0o644); err != nil {
		t.Fatal(err)
	}
}

// report is a table of what came of each incident.
func (r replayed) report() string {
	var page strings.Builder
	page.WriteString(`<!-- Written by make report-alerts. -->
# Alerts, tried

The demo semester of 300 students, from 1 September to 27 November 2026, in which things go wrong at known times. Its history is in
a real Prometheus; every alert on checking and on courses is asked at each evaluation of all that time, waits and is kept as rules
say. *Seen after* is from the begin of the incident. Many incidents begin when little happens, and cannot be seen before. That a budget
of 30 days is spent is left out.

| incident | from | for | page seen after | ticket seen after | teachers told after | what fired, each once |
|---|---|---|---|---|---|---|
`)
	unexplained := slices.Clone(r.firings)
	for _, i := range r.incidents {
		begin := at(i.begin).Add(r.shift)
		var names []string
		after := map[string]string{}
		for _, f := range r.of(i) {
			unexplained = slices.DeleteFunc(unexplained, func(other firing) bool { return other.String() == f.String() })
			if strings.HasSuffix(f.alert.Name, "Spent") {
				continue // of the 30 days before
			}
			if !slices.Contains(names, f.alert.Name) {
				names = append(names, f.alert.Name)
			}
			who := string(f.alert.Severity)
			if f.alert.Audience == rule.Teachers {
				who = string(rule.Teachers)
			}
			if after[who] == "" {
				after[who] = f.from.Sub(begin).Round(time.Minute).String()
			}
		}
		cell := func(who string) string {
			if after[who] == "" {
				return "–"
			}
			return strings.TrimSuffix(after[who], "0s")
		}
		if len(names) == 0 {
			names = []string{"nothing"}
		}
		fmt.Fprintf(&page, "| %s | %s | %s | %s | %s | %s | %s |\n", i.kind, at(i.begin).Format("Mon 2 Jan 15:04"),
			strings.TrimSuffix(at(i.end).Sub(at(i.begin)).String(), "0m0s"), cell("page"), cell("ticket"), cell("teachers"), strings.Join(names, ", "))
	}
	fmt.Fprintf(&page, "\nFalse alarms, which no incident explains: %d.\n", len(unexplained))
	return page.String()
}

// quiet says what fired in a semester without incidents.
func (r replayed) quiet(span time.Duration) string {
	return fmt.Sprintf("\nThe same %.0f days without any incident: %d alerts fired.\n", span.Hours()/24, len(r.firings))
}
