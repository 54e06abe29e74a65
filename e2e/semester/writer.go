package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/exporter/source/postgres"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// batch is how many records one statement writes.
const batch = 2000

// A writer takes what happens in a semester, and writes it into a database. Writing again what is there already changes nothing, not
// even the time of a change.
type writer struct {
	url     string
	conn    *pgx.Conn
	written int // records

	catalogue *submission.Catalogue // nil where the database has it
	records   []string              // as JSON
	err       error                 // of the first record that could not be taken
}

// Catalogue implements source.Sink.
func (w *writer) Catalogue(c *submission.Catalogue) { w.catalogue = c }

// Record implements source.Sink.
func (w *writer) Record(r *submission.Record) {
	text, err := json.Marshal(r)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.records = append(w.records, string(text))
}

// Reject implements source.Sink.
func (w *writer) Reject(f *submission.Fault) {
	if w.err == nil {
		w.err = f
	}
}

// write writes all that has been taken, in transactions of a batch each.
func (w *writer) write(ctx context.Context) error {
	if w.err != nil {
		return w.err
	}
	if err := w.connect(ctx); err != nil {
		return err
	}
	if err := w.writeCatalogue(ctx); err != nil {
		return fmt.Errorf("writing courses: %w", err)
	}
	for records := range slices.Chunk(w.records, batch) {
		if _, err := w.conn.Exec(ctx, upsert, records); err != nil {
			return fmt.Errorf("writing submissions: %w", err)
		}
		w.written += len(records)
	}
	w.records = w.records[:0]
	return nil
}

// upsert inserts records, or updates what is new in them. Where two write, as when the past is written again beside a semester that goes
// on, the one that is behind changes nothing.
var upsert = func() string {
	var columns []string
	for _, field := range submission.Fields() {
		columns = append(columns, field.Name)
	}
	columns = columns[:len(columns)-1] // updated_at is the database's
	list := strings.Join(columns, ", ")
	excluded := "excluded." + strings.Join(columns, ", excluded.")
	return `INSERT INTO analytics.submission_records AS known (` + list + `)
		SELECT ` + list + ` FROM unnest($1::text[]) AS line, jsonb_populate_record(NULL::analytics.submission_records, line::jsonb)
		ON CONFLICT (submission_id, check_number) DO UPDATE SET (` + list + `) = (` + excluded + `)
		WHERE (known.` + strings.Join(columns, ", known.") + `) IS DISTINCT FROM (` + excluded + `)
		AND coalesce(known.finished_at, known.started_at, known.queued_at, '-infinity')
			<= coalesce(excluded.finished_at, excluded.started_at, excluded.queued_at, '-infinity')`
}()

// teachers are the logins of who teaches a course, in every term.
var teachers = map[string][]string{
	"programming-in-python": {"teacher-python"},
	"algorithms":            {"teacher"},
	"machine-learning":      {"teacher-learning"},
	"databases":             {"teacher-databases"},
	"operating-systems":     {"teacher-systems"},
	"compilers":             {"teacher", "teacher-systems"},
}

// writeCatalogue writes courses and what belongs to them. Students are enrolled under ids of their own, since the semester tells only
// how many they are.
func (w *writer) writeCatalogue(ctx context.Context) error {
	if w.catalogue == nil {
		return nil
	}
	batch := &pgx.Batch{}
	for _, c := range w.catalogue.Courses {
		batch.Queue("INSERT INTO analytics.courses VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", c.Course, c.Title, c.Term)
	}
	for _, a := range w.catalogue.Assignments {
		batch.Queue("INSERT INTO analytics.assignments VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
			a.Course, a.Assignment, a.Title, a.OpensAt, a.DeadlineAt, a.MaxScore.Value)
	}
	for _, c := range w.catalogue.Courses {
		for _, login := range teachers[strings.TrimSuffix(c.Course, "-"+c.Term)] {
			batch.Queue("INSERT INTO analytics.course_staff VALUES ($1, $2, NULL, 'teacher') ON CONFLICT DO NOTHING", c.Course, login)
		}
	}
	for _, e := range w.catalogue.Enrolments {
		batch.Queue("INSERT INTO analytics.enrolments SELECT $1, 'enrolled-' || n FROM generate_series(1, $2::int) n ON CONFLICT DO NOTHING", e.Course, e.Students)
	}
	for _, of := range w.catalogue.Workers {
		batch.Queue("INSERT INTO analytics.workers VALUES ($1, $2) ON CONFLICT DO NOTHING", of.Worker, of.Slots)
	}
	if err := w.conn.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	w.catalogue = nil
	return nil
}

func (w *writer) connect(ctx context.Context) error {
	if w.conn != nil && !w.conn.IsClosed() {
		return nil
	}
	settings, err := postgres.Settings(w.url)
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	settings.RuntimeParams["default_transaction_read_only"] = "off"
	settings.RuntimeParams["application_name"] = "semester"
	if w.conn, err = pgx.ConnectConfig(ctx, settings); err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	return nil
}

func (w *writer) close() {
	if w.conn != nil {
		_ = w.conn.Close(context.Background())
	}
}
