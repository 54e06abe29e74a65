package e2e

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// byTheTime are measured once, when it is time, by what is there then. The writers commit days after what they write took place,
// which no student's results do, and so each start finds more than the one before.
var byTheTime = map[string]bool{metrics.AttemptsToSolve.Name: true, metrics.TimeToSolve.Name: true}

// TestReplicas: over a source that only appends, an exporter that was always there and one that came later and was
// killed again and again, both without a state file, show the same to the last sample; and so says SQL.
func TestReplicas(t *testing.T) {
	t.Parallel()
	db := reference(t, cluster)
	url := db.TCP("gradewatch")
	work := newWorkload(t, db, seeded(t), 4)
	first, second := newVictim(t, url), newVictim(t, url)
	second.monitor.except = byTheTime
	first.start()
	work.start()
	time.Sleep(time.Second)
	second.start()
	for end := time.Now().Add(lasting(t) / 2); time.Now().Before(end) && !t.Failed(); {
		time.Sleep(rand.N(3 * time.Second))
		second.down(syscall.SIGKILL, func() { time.Sleep(rand.N(500 * time.Millisecond)) })
	}
	work.end()
	work.finish()
	if t.Failed() {
		return
	}
	t.Logf("%d kills; %v; %d and %d scrapes", second.kills, work.did(), first.monitor.count(), second.monitor.count())

	work.equalJournal(first.monitor)
	work.equalJournal(second.monitor)
	a, b := first.exporter(), second.exporter()
	await(t, "the two show the same", func() []string {
		if as, bs := exceptByTheTime(a.metrics("grader_")), exceptByTheTime(b.metrics("grader_")); as != bs {
			return []string{firstDifference(as, bs)}
		}
		return nil
	})
	of := b.families()
	for name, family := range a.families() {
		if strings.HasPrefix(name, "grader_") && !byTheTime[name] && !proto.Equal(family, of[name]) {
			t.Errorf("%s differs in protobuf:\n%v\n%v", name, family, of[name])
		}
	}
	differences := differencesFromSQL(t, db.Connect(t), asTheyAre, b.reading(), "UTC", time.Now(),
		func(m *metrics.Metric) bool { return !byTheTime[m.Name] })
	if len(differences) > 0 {
		t.Error(strings.Join(differences, "\n"))
	}
}

// exceptByTheTime is a text without the samples that are measured once.
func exceptByTheTime(text string) string {
	var rest strings.Builder
	for line := range strings.Lines(text) {
		if !byTheTime[metricOf(line)] {
			rest.WriteString(line)
		}
	}
	return rest.String()
}
