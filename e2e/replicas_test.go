package e2e

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
)

// TestReplicas: over a source that only appends, an exporter that was always there and one that came later and was
// killed again and again, both without a state file, show the same to the last sample; and so says SQL.
func TestReplicas(t *testing.T) {
	t.Parallel()
	db := reference(t, cluster)
	url := db.TCP("gradewatch")
	work := newWorkload(t, db, seeded(t), 4)
	first, second := newVictim(t, url), newVictim(t, url)
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
		if as, bs := a.metrics("grader_"), b.metrics("grader_"); as != bs {
			return []string{firstDifference(as, bs)}
		}
		return nil
	})
	of := b.families()
	for name, family := range a.families() {
		if strings.HasPrefix(name, "grader_") && !proto.Equal(family, of[name]) {
			t.Errorf("%s differs in protobuf:\n%v\n%v", name, family, of[name])
		}
	}
	equalSQL(t, db, asTheyAre, b.reading(), "UTC", time.Now())
}
