package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source/demo"
)

// watched is the whole of it: the demo semester, moved so that now is a busy evening of it, its past in a Prometheus that has the
// shipped rules, and an Alertmanager that has the shipped routes. Rules are evaluated every second and wait for nothing, since the
// past is there; what they ask is what is shipped.
type watched struct {
	*recipients
	prometheus *prometheus

	t       *testing.T
	address string // of the exporter
	args    []string
	faults  map[demo.Kind]string
	e       *exporter
}

// watch begins with faults of kinds that have begun some time ago and do not end.
func watch(t *testing.T, evening string, faults map[demo.Kind]time.Duration) *watched {
	t.Helper()
	now := time.Now()
	w := &watched{recipients: newRecipients(t), t: t, address: freeAddress(t), faults: make(map[demo.Kind]string),
		args: []string{"--source=demo:", "--demo.students=1000", "--demo.shift=" + now.Sub(at(evening)).Truncate(time.Second).String()}}
	for kind, ago := range faults {
		w.faults[kind] = now.Add(-ago).Format(time.RFC3339)
	}
	data := backfill(t, nil, slices.Concat(w.args, w.flags(), []string{"--step=1m", "--from=" + now.AddDate(0, 0, -2).Format(time.DateOnly)})...)
	rerecord(t, data, ofChecking(), now.Add(-8*time.Hour).Truncate(time.Minute), time.Now())
	w.serve()
	alertmanager := strings.TrimPrefix(startAlertmanager(t, "en", nil, w.recipients), "http://")
	w.prometheus = startPrometheusWith(t, map[string]string{
		"scrape_interval: 15s": "scrape_interval: 1s", "/etc/prometheus/rules": atOnce(t), "alertmanager:9093": alertmanager,
		"access:9851": alertmanager, "postgres-exporter:9187": alertmanager, // there is no Grafana here, and no database
	}, "http://"+w.address, data)
	return w
}

// flags are the faults as the exporter takes them.
func (w *watched) flags() (flags []string) {
	for _, kind := range slices.Sorted(maps.Keys(w.faults)) {
		flags = append(flags, fmt.Sprintf("--demo.fault=%s@%s", kind, w.faults[kind]))
	}
	return flags
}

// serve starts the exporter, or another one in its place.
func (w *watched) serve() {
	w.t.Helper()
	if w.e != nil {
		w.e.stop()
	}
	w.e = serve(w.t, nil, nil, slices.Concat([]string{"--web.listen-address=" + w.address, "--poll.interval=1s"}, w.args, w.flags())...).ready()
}

// mend ends the faults now, and lets others come. Until now the semester is the same with faults that end.
func (w *watched) mend(others map[demo.Kind]string) {
	w.t.Helper()
	for kind, begin := range w.faults {
		w.faults[kind] = begin + "/" + time.Now().Add(time.Second).Format(time.RFC3339)
	}
	maps.Copy(w.faults, others)
	w.serve()
}

// atOnce is a copy of the shipped rules that do not wait.
func atOnce(t *testing.T) (dir string) {
	t.Helper()
	paths, err := filepath.Glob("../alerts/rules/en/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no rules: %v", err)
	}
	dir = t.TempDir()
	waits := regexp.MustCompile(`(?m)^ +(for|keep_firing_for): .*\n`)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content = waits.ReplaceAll(content, nil)
		content = regexp.MustCompile(`interval: \w+`).ReplaceAll(content, []byte("interval: 5s"))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// cleaning is a part of the five minutes that it takes until nothing bad is left in the short window of an alert on an objective.
const cleaning = 150 * time.Second

// TestFaultsAreTold switches on each fault of the demo, and sees in a real Prometheus and a real Alertmanager that the right ones
// are told, and told again when it is over. What a slow queue has begun takes long to end, and its end is not waited for.
func TestFaultsAreTold(t *testing.T) {
	t.Parallel()
	t.Run("a stopped worker, a broken test and failures of the infrastructure", func(t *testing.T) {
		t.Parallel()
		// An hour before the deadline of the largest course, when every minute somebody passes each test that is not broken.
		w := watch(t, "2026-10-25T23:00:00Z", map[demo.Kind]time.Duration{
			demo.StoppedWorker: 7 * time.Hour, demo.BrokenTest: 3 * time.Hour, demo.InfrastructureFailures: 3 * time.Hour,
		})
		const teachers = "programming-in-python-2026-autumn-teachers@university.example"
		w.await(t, "on-call is woken up by failures", byWebhook("/pages", "ChecksBudgetBurnsFast 1h", "firing"))
		w.await(t, "on-call has a ticket about the worker that fails", byMail(onCall, "on worker-2 fail through our fault"))
		w.await(t, "on-call has a ticket about the worker that stopped", byMail(onCall, "worker-3 has not been seen for"))
		w.await(t, "the course's teachers are told of the test", byMail(teachers, "nobody passes the test", "04-strings"))
		w.mend(nil)
		w.await(t, "on-call is told that the worker is back", byMail(onCall, "Over: worker-3 has not been seen"))
		w.await(t, "the teachers are told that the test passes again", byMail(teachers, "Over: ", "nobody passes the test"))
		time.Sleep(cleaning)
		w.await(t, "on-call is told that checks do not fail any more", byWebhook("/pages", "ChecksBudgetBurnsFast 1h", "resolved"))
	})
	t.Run("a slow queue, and then a database that is gone", func(t *testing.T) {
		t.Parallel()
		w := watch(t, "2026-10-14T22:00:00Z", map[demo.Kind]time.Duration{demo.SlowQueue: 3 * time.Hour})
		w.await(t, "on-call is woken up by students who wait", byWebhook("/pages", "FeedbackBudgetBurnsFast 1h", "firing"))
		w.await(t, "nobody outside would miss anything", byWebhook("/deadman", "Watchdog", "firing"))

		in := func(seconds time.Duration) string { return time.Now().Add(seconds * time.Second).Format(time.RFC3339) }
		w.mend(map[demo.Kind]string{demo.DatabaseGone: in(45) + "/" + in(75)})
		w.await(t, "on-call has a ticket about the source", byMail(onCall, "Gradewatch cannot read its source"))
		w.await(t, "on-call is told that the source is back", byMail(onCall, "Over: Gradewatch cannot read its source"))
	})
	t.Run("no fault", func(t *testing.T) {
		t.Parallel()
		w := watch(t, "2026-10-14T22:00:00Z", nil)
		w.await(t, "nobody outside would miss anything", byWebhook("/deadman", "Watchdog", "firing"))
		eventually(t, "every rule has been evaluated some times", func() bool {
			return len(w.prometheus.at(`count(prometheus_rule_group_iterations_total >= 3) == 8`, time.Now())) > 0
		})
		if told := w.told(func(n notification) bool { return n.by != "/deadman" }); len(told) > 0 {
			t.Errorf("without a fault somebody is told %+v", told)
		}
	})
}
