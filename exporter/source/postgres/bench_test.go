package postgres

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// emptySink takes everything and keeps nothing.
type emptySink struct{ records int }

func (*emptySink) Catalogue(*submission.Catalogue) {}
func (*emptySink) Reject(*submission.Fault)        {}
func (s *emptySink) Record(*submission.Record)     { s.records++ }

// history is a Source over the semester, and a connection to the same database.
func history(b *testing.B) (*Source, *pgx.Conn) {
	b.Helper()
	database := reference(b)
	database.Exec(b, semester)
	s := open(b, database.URL, source.Postgres{})
	poll(b, s)
	return s, database.Connect(b)
}

// pollAll reads the history page by page from its beginning.
func pollAll(b *testing.B, s *Source) {
	s.resume, s.head = cursor{}, cursor{}
	sink := &emptySink{}
	if err := s.Poll(b.Context(), sink); err != nil || sink.records != semesterRows {
		b.Fatal(sink.records, err)
	}
}

// scanAll is the least that pgx needs for the same rows and Go types: one statement, in no order, and nothing is
// checked.
func scanAll(b *testing.B, conn *pgx.Conn) {
	rows, err := conn.Query(b.Context(), "SELECT * FROM analytics.submission_records")
	if err != nil {
		b.Fatal(err)
	}
	var (
		id, course, assignment, student, state string
		number                                 int
		submitted, updated                     time.Time
		queued, started, finished, deadline    zeronull.Timestamptz
		verdict, language, worker, client      zeronull.Text
		score, maxScore, cpu                   pgtype.Float8
		memory, size                           pgtype.Int8
		tests                                  []byte
	)
	targets := []any{
		&id, &number, &course, &assignment, &student, &submitted, &queued, &started, &finished, &state, &verdict, &score,
		&maxScore, &language, &worker, &client, &deadline, &cpu, &memory, &size, &tests, &updated,
	}
	read := 0
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			b.Fatal(err)
		}
		read++
	}
	if rows.Err() != nil || read != semesterRows {
		b.Fatal(read, rows.Err())
	}
}

func rowsPerSecond(b *testing.B, elapsed time.Duration) float64 {
	return semesterRows * float64(b.N) / elapsed.Seconds()
}

func BenchmarkPoll(b *testing.B) {
	s, _ := history(b)
	b.ReportAllocs()
	for b.Loop() {
		pollAll(b, s)
	}
	b.ReportMetric(rowsPerSecond(b, b.Elapsed()), "rows/s")
}

func BenchmarkScan(b *testing.B) {
	_, conn := history(b)
	b.ReportAllocs()
	for b.Loop() {
		scanAll(b, conn)
	}
	b.ReportMetric(rowsPerSecond(b, b.Elapsed()), "rows/s")
}

// BenchmarkPollAgainstScan takes turns, so that both meet the same load of the machine.
func BenchmarkPollAgainstScan(b *testing.B) {
	s, conn := history(b)
	var polling, scanning time.Duration
	for b.Loop() {
		start := time.Now()
		pollAll(b, s)
		between := time.Now()
		scanAll(b, conn)
		polling, scanning = polling+between.Sub(start), scanning+time.Since(between)
	}
	b.ReportMetric(rowsPerSecond(b, polling), "poll-rows/s")
	b.ReportMetric(rowsPerSecond(b, scanning), "scan-rows/s")
	b.ReportMetric(scanning.Seconds()/polling.Seconds(), "ratio")
}
