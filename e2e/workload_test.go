package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
)

// The environment may say how long there is load and trouble, and what decides on what happens.
const (
	soakEnv = "GRADEWATCH_SOAK"
	seedEnv = "GRADEWATCH_SEED"
)

func lasting(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv(soakEnv)
	if text == "" {
		return 30 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", soakEnv, err)
	}
	return d
}

func seeded(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(seedEnv); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedEnv, err)
		}
	}
	t.Logf("%s=%d", seedEnv, seed)
	return seed
}

// reference is a database with the reference schema and the exporter's role.
func reference(t *testing.T, server *pgtest.Cluster) *pgtest.Database {
	t.Helper()
	db := server.Database(t)
	db.Load(t, "provisioning/postgres/01-schema.sql")
	db.Load(t, "provisioning/postgres/02-role.sql")
	db.Exec(t, "ALTER ROLE gradewatch PASSWORD '"+rolePassword+"'")
	return db
}

// A workload is several writers at work.
type workload struct {
	t       *testing.T
	writers []*writer
	quiet   context.CancelFunc
	all     sync.WaitGroup
}

// newWorkload makes the writers, and their courses with a history.
func newWorkload(t *testing.T, db *pgtest.Database, seed uint64, count int) *workload {
	t.Helper()
	db.Exec(t, "CREATE TABLE committed (token text PRIMARY KEY)")
	work := &workload{t: t}
	for i := range count {
		w := &writer{url: db.URL, course: fmt.Sprint("course", i+1), random: rand.New(rand.NewPCG(seed, uint64(i))),
			journal: newJournal(), did: map[string]int{}}
		work.writers = append(work.writers, w)
		db.Exec(t, "INSERT INTO analytics.courses VALUES ($1, initcap($1), '2026')", w.course)
		db.Exec(t, `INSERT INTO analytics.assignments (course, assignment, title)
			SELECT $1, slug, initcap(slug) FROM unnest($2::text[]) AS slug`, w.course, w.assignments())
		if err := w.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return work
}

func (work *workload) start() {
	quiet, cancel := context.WithCancel(work.t.Context())
	work.quiet = cancel
	for _, w := range work.writers {
		work.all.Go(func() {
			if err := w.run(work.t.Context(), quiet); err != nil && work.t.Context().Err() == nil {
				work.t.Errorf("%s %s: %v", clock(), w.course, err)
			}
		})
	}
	work.t.Cleanup(work.all.Wait)
}

// end returns when all that was begun has come to its end.
func (work *workload) end() {
	work.quiet()
	work.all.Wait()
}

// finish brings every check to its end.
func (work *workload) finish() {
	for _, w := range work.writers {
		if err := w.finish(work.t.Context()); err != nil {
			work.t.Error(err)
		}
	}
}

// did says how often what was done.
func (work *workload) did() map[string]int {
	all := map[string]int{}
	for _, w := range work.writers {
		for what, often := range w.did {
			all[what] += often
		}
	}
	return all
}

// equalJournal compares what an exporter shows, now that nothing happens any more, with what was committed.
func (work *workload) equalJournal(m *monitor) {
	work.t.Helper()
	await(work.t, "every total equals the journal", func() []string {
		var different []string
		for _, w := range work.writers {
			if of := w.differences(m.latest()); len(of) > 0 {
				different = append(different, w.explain(of))
			}
		}
		return different
	})
}
