package bench

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/intake"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/source/postgres"
	"github.com/gradewatch/gradewatch/exporter/state"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	long  = 5_000_000 // records of a long history
	short = 100_000
)

// history is a database with so many records of 15 columns: 20,000 students, 480 assignments, five attempts each.
func history(b *testing.B, records int) *pgtest.Database {
	b.Helper()
	database := cluster.Database(b)
	database.Exec(b, fmt.Sprintf(`
		CREATE SCHEMA analytics;
		CREATE TABLE analytics.submission_records AS
		SELECT n AS submission_id, 1 AS check_number, 'course-' || n / 5 / 20000 %% 40 AS course,
			'hw-' || n / 5 / 800000 %% 12 AS assignment, 's' || n / 5 %% 20000 AS student,
			at AS submitted_at, at + interval '1 second' AS queued_at,
			at + (2 + n %% 30) * interval '1 second' AS started_at, at + (9 + n %% 100) * interval '1 second' AS finished_at,
			'finished' AS state, (ARRAY['accepted', 'partial', 'wrong_answer'])[n %% 3 + 1] AS verdict,
			(n %% 101)::float8 AS score, 100::float8 AS max_score, 'python' AS language,
			at + interval '2 minutes' AS updated_at
		FROM generate_series(1, %d) n, LATERAL (SELECT timestamptz '%s' + n * interval '30 seconds' AS at) AS submitted;
		CREATE INDEX ON analytics.submission_records (updated_at, submission_id, check_number);
		ALTER TABLE analytics.submission_records ALTER check_number SET NOT NULL;`, records, begin.Format(time.RFC3339)))
	database.Exec(b, "VACUUM ANALYZE analytics.submission_records")
	return database
}

// scan is the least that pgx needs for the same rows: one statement, in no order, into Go's own types.
func scan(b *testing.B, conn *pgx.Conn, records int) time.Duration {
	b.Helper()
	start := time.Now()
	rows, err := conn.Query(b.Context(), "SELECT * FROM analytics.submission_records")
	if err != nil {
		b.Fatal(err)
	}
	var (
		id, number                                            int
		course, assignment, student, state, verdict, language string
		submitted, queued, started, finished, updated         time.Time
		score, maximum                                        float64
		read                                                  int
		targets                                               = []any{&id, &number, &course, &assignment, &student, &submitted, &queued, &started, &finished, &state,
			&verdict, &score, &maximum, &language, &updated}
	)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			b.Fatal(err)
		}
		read++
	}
	if rows.Err() != nil || read != records {
		b.Fatalf("read %d, %v", read, rows.Err())
	}
	return time.Since(start)
}

// replayed is an exporter without its server.
type replayed struct {
	source *postgres.Source
	fold   *analytics.Fold
	lock   sync.Mutex
	state  *state.File // nil where none is kept
}

func newReplayed(b *testing.B, database *pgtest.Database) *replayed {
	b.Helper()
	src, err := postgres.New(database.URL, source.Postgres{}, submission.ContractWords(), shard.Shard{}, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = src.Close() })
	return &replayed{source: src, fold: newFold()}
}

func newFold() *analytics.Fold {
	return analytics.New(analytics.Options{Zone: time.UTC, Limits: analytics.DefaultLimits()})
}

// run reads all there is, up to where the metrics would be shown, and goes on until ctx ends.
func (r *replayed) run(ctx context.Context, caughtUp func()) {
	intake.New(intake.Options{
		Source: r.source, Fold: r.fold, Lock: &r.lock, Interval: 500 * time.Millisecond, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), CaughtUp: caughtUp, State: r.state, StateInterval: time.Second,
	}).Run(ctx)
}

// replay is how long it takes from nothing to the first exposition.
func replay(b *testing.B, database *pgtest.Database) time.Duration {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	start := time.Now()
	newReplayed(b, database).run(ctx, cancel)
	return time.Since(start)
}

// BenchmarkReplay takes turns, so that both meet the same load of the machine.
func BenchmarkReplay(b *testing.B) {
	database := history(b, long)
	conn := database.Connect(b)
	scan(b, conn, long) // into the caches
	for b.Loop() {
		var ratios []float64
		for range 3 {
			scanning, replaying := scan(b, conn, long), replay(b, database)
			b.Logf("scan %s, replay %s", scanning, replaying)
			ratios = append(ratios, scanning.Seconds()/replaying.Seconds())
		}
		result("replay_rows_per_second_over_scan", median(ratios), ">=0.8")
	}
}
