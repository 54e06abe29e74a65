package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// writerSkew is by how much the writers' own clocks may be behind.
const writerSkew = 300 * time.Millisecond

// A writer writes records in transactions of all kinds. Each version of a record has a number, its score, and goes into
// the table committed with the same transaction: so that holds what was committed and nothing else.
type writer struct {
	id      int
	random  *rand.Rand
	conn    *pgx.Conn
	version int
}

// stamps are how a row may get its updated_at.
var stamps = []string{
	"clock_timestamp()",
	"now()",
	"clock_timestamp() + interval '200 milliseconds'",
	fmt.Sprintf("now() - interval '%d milliseconds'", writerSkew.Milliseconds()*9/10),
}

func (w *writer) pause(most time.Duration) { time.Sleep(time.Duration(w.random.Int64N(int64(most)))) }

// transaction writes one to three records out of twenty of the writer's own, and commits, rolls back or prepares.
func (w *writer) transaction(ctx context.Context) error {
	statements := []string{"BEGIN"}
	if w.random.IntN(2) == 0 {
		statements = append(statements, "SELECT count(*) FROM records")
	}
	for range 1 + w.random.IntN(3) {
		w.version++
		id := w.id*100 + w.random.IntN(20)
		statements = append(statements,
			fmt.Sprintf(`INSERT INTO records (submission_id, score, updated_at) VALUES (%d, %d, %s)
				ON CONFLICT (submission_id) DO UPDATE SET score = EXCLUDED.score, updated_at = EXCLUDED.updated_at`,
				id, w.version, stamps[w.random.IntN(len(stamps))]),
			fmt.Sprintf("INSERT INTO committed VALUES (%d, %d)", id, w.version))
	}
	name := fmt.Sprintf("writer %d, %d", w.id, w.version)
	switch w.random.IntN(6) {
	case 0:
		statements = append(statements, "ROLLBACK")
	case 1:
		statements = append(statements, "PREPARE TRANSACTION '"+name+"'", "COMMIT PREPARED '"+name+"'")
	case 2:
		statements = append(statements, "PREPARE TRANSACTION '"+name+"'", "ROLLBACK PREPARED '"+name+"'")
	default:
		statements = append(statements, "COMMIT")
	}
	for _, sql := range statements {
		if _, err := w.conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
		w.pause(30 * time.Millisecond)
	}
	return nil
}

// write writes until the time is over.
func (w *writer) write(ctx context.Context, until time.Time) error {
	for time.Now().Before(until) {
		if err := w.transaction(ctx); err != nil {
			return err
		}
		w.pause(20 * time.Millisecond)
	}
	return nil
}

// seen are the versions of each record that were handed over, across Sources.
type seen map[string]map[float64]bool

func (s seen) record(record *submission.Record) {
	if s[record.SubmissionID] == nil {
		s[record.SubmissionID] = map[float64]bool{}
	}
	s[record.SubmissionID][record.Score.Value] = true
}

// While writers write, Polls go on, now and then over another connection or in another Source.
func TestTheLastVersionOfEveryRecordIsHandedOverWhateverWritersDo(t *testing.T) {
	const writers, duration = 8, 4 * time.Second
	database := writersTables(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("the seed is %d", seed)

	var group sync.WaitGroup
	failures := make(chan error, writers)
	until := time.Now().Add(duration)
	for id := range writers {
		w := &writer{id: id, random: rand.New(rand.NewPCG(seed, uint64(id))), conn: database.Connect(t)}
		group.Go(func() { failures <- w.write(t.Context(), until) })
	}
	var all seen = map[string]map[float64]bool{}
	random := rand.New(rand.NewPCG(seed, writers))
	s := openSkewed(t, database)
	pollNow := func() {
		if err := s.Poll(t.Context(), sinkFunc{&journal{}, all.record}); err != nil {
			t.Fatal(err)
		}
	}
	polls := 0
	for ; time.Now().Before(until); polls++ {
		pollNow()
		time.Sleep(time.Duration(random.IntN(15)) * time.Millisecond)
		switch random.IntN(20) {
		case 0:
			_ = s.Close()
		case 1:
			position := s.Position()
			_ = s.Close()
			s = openSkewed(t, database)
			if err := s.Resume(position); err != nil {
				t.Fatal(err)
			}
		}
	}
	group.Wait()
	for range writers {
		if err := <-failures; err != nil {
			t.Fatal(err)
		}
	}
	s.rereadFrom = 0
	pollNow()
	wantLastVersions(t, database, all)
	t.Logf("%d polls", polls)
}

// wantLastVersions compares what was handed over with what was committed.
func wantLastVersions(t *testing.T, database *pgtest.Database, all seen) {
	t.Helper()
	rows, err := database.Connect(t).Query(t.Context(),
		"SELECT submission_id::text, max(version)::float8, count(*) FROM committed GROUP BY 1 ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	var id string
	var last float64
	var versions, records, missed, committed int
	_, err = pgx.ForEachRow(rows, []any{&id, &last, &versions}, func() error {
		records++
		committed += versions
		if !all[id][last] {
			missed++
			t.Errorf("version %v of record %s was not handed over", last, id)
		}
		return nil
	})
	if err != nil || records == 0 {
		t.Fatal(err, records)
	}
	t.Logf("%d versions of %d records were committed, the last of %d was missed", committed, records, missed)
}

func writersTables(t *testing.T) *pgtest.Database {
	t.Helper()
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `ALTER TABLE records ADD score double precision, ADD UNIQUE (submission_id);
		CREATE TABLE committed (submission_id bigint, version integer);
		CREATE INDEX ON records (updated_at, submission_id, check_number)`)
	return database
}

func openSkewed(t *testing.T, database *pgtest.Database) *Source {
	t.Helper()
	config := table("records")
	config.ClockSkew = writerSkew
	return open(t, database.URL, config)
}
