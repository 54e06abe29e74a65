package bench

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/state"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// insert writes one record; updated_at is the time of the statement, as the reference schema's trigger stamps it.
const insert = `INSERT INTO analytics.submission_records (submission_id, check_number, course, assignment, student, submitted_at,
	queued_at, state, updated_at) VALUES ($1, 1, 'course-0', 'hw-0', 's1', now(), now(), 'queued', clock_timestamp())`

// BenchmarkVisible commits 1,000 times a second over four connections, and looks all the time how many records the metrics
// have: so many of the first commits are visible. A state is kept.
func BenchmarkVisible(b *testing.B) {
	const (
		writers  = 4
		pause    = writers * time.Millisecond // between two commits of one writer
		duration = 20 * time.Second
	)
	for b.Loop() {
		database := history(b, short)
		r := newReplayed(b, database)
		var err error
		if r.state, err = state.Open(filepath.Join(b.TempDir(), "state"), "", slog.New(slog.DiscardHandler)); err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		registry := prometheus.NewRegistry()
		ready := make(chan struct{})
		go r.run(ctx, func() {
			registry.MustRegister(metrics.NewCollector(r.fold, shard.Shard{}, &r.lock, time.Now))
			close(ready)
		})
		<-ready

		commits := make([][]time.Time, writers)
		var group sync.WaitGroup
		for w := range writers {
			conn := database.Connect(b)
			group.Go(func() { commits[w] = commit(ctx, conn, short+1+w*1_000_000, pause, duration) })
		}
		written := make(chan struct{})
		go func() {
			group.Wait()
			close(written)
		}()
		var seen []sighting
		for done := false; !done; time.Sleep(10 * time.Millisecond) {
			select {
			case <-written:
				done = len(seen) > 0 && seen[len(seen)-1].records == total(commits)
			default:
			}
			seen = append(seen, sighting{records: int(counted(b, registry)) - short, at: time.Now()})
		}
		cancel()
		all := slices.SortedFunc(slices.Values(slices.Concat(commits...)), time.Time.Compare)
		b.Logf("%.0f commits/s", float64(len(all))/all[len(all)-1].Sub(all[0]).Seconds())
		result("commits_per_second", float64(len(all))/all[len(all)-1].Sub(all[0]).Seconds(), ">=900")
		result("commit_to_visible_p99_seconds", percentile99(all, seen).Seconds(), "<=1")
	}
}

// A sighting is how many commits were visible at a time.
type sighting struct {
	records int
	at      time.Time
}

// commit writes a record at each tick, and returns when each was committed.
func commit(ctx context.Context, conn *pgx.Conn, first int, pause, duration time.Duration) (commits []time.Time) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for start := time.Now(); time.Since(start) < duration; <-ticker.C {
		if _, err := conn.Exec(ctx, insert, first+len(commits)); err != nil {
			panic(err)
		}
		commits = append(commits, time.Now())
	}
	return commits
}

func total(commits [][]time.Time) (sum int) {
	for _, of := range commits {
		sum += len(of)
	}
	return sum
}

// counted is the sum of grader_submissions_total.
func counted(b *testing.B, registry *prometheus.Registry) (sum float64) {
	families, err := registry.Gather()
	if err != nil {
		b.Error(err)
	}
	for _, family := range families {
		if family.GetName() == metrics.Submissions.Name {
			for _, m := range family.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// percentile99 is the time from commit to sighting that 99 of 100 commits do not exceed.
func percentile99(commits []time.Time, seen []sighting) time.Duration {
	var delays []time.Duration
	for i, at := range commits {
		first := seen[slices.IndexFunc(seen, func(s sighting) bool { return s.records > i })]
		delays = append(delays, first.at.Sub(at))
	}
	slices.Sort(delays)
	return delays[len(delays)*99/100]
}

// BenchmarkPoll tells what a poll of 100 new records costs with a long history behind it, against a short one.
func BenchmarkPoll(b *testing.B) {
	databases := []*pgtest.Database{history(b, long), history(b, short)}
	for b.Loop() {
		var sources []*replayed
		for _, database := range databases {
			r := newReplayed(b, database)
			ctx, cancel := context.WithCancel(b.Context())
			r.run(ctx, cancel)
			sources = append(sources, r)
		}
		var ratios []float64
		for i := range 31 {
			var took [2]time.Duration
			for j, r := range sources {
				databases[j].Exec(b, fmt.Sprintf(strings.NewReplacer("$1", "n", "VALUES (", "SELECT ", "clock_timestamp())",
					"clock_timestamp() FROM generate_series(%d, %[1]d + 99) n").Replace(insert), 100_000_000+i*100))
				took[j] = pollOnce(b, r)
			}
			ratios = append(ratios, took[0].Seconds()/took[1].Seconds())
		}
		result("poll_at_5000000_over_100000_records", median(ratios), "<=1.5")
	}
}

// applier hands what a source reads to a fold.
type applier struct {
	*replayed
	records int
}

func (a *applier) Catalogue(c *submission.Catalogue) { a.fold.Describe(c) }
func (a *applier) Reject(f *submission.Fault)        { panic(f) }
func (a *applier) Record(r *submission.Record) {
	a.fold.Apply(r)
	a.records++
}

func pollOnce(b *testing.B, r *replayed) time.Duration {
	b.Helper()
	sink := &applier{replayed: r}
	start := time.Now()
	if err := r.source.Poll(b.Context(), sink); err != nil || sink.records < 100 {
		b.Fatal(sink.records, err)
	}
	return time.Since(start)
}
