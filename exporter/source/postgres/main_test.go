package postgres

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// cluster serves all tests of the package.
var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	var err error
	if cluster, err = pgtest.New(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := cluster.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// now is the time of all tests: behind everything that they store.
var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// A journal is a sink that keeps what it gets.
type journal struct {
	records    []submission.Record
	faults     []submission.Fault
	catalogues []submission.Catalogue
}

func (j *journal) Record(record *submission.Record) {
	kept := *record
	kept.Tests = slices.Clone(record.Tests)
	j.records = append(j.records, kept)
}

func (j *journal) Reject(fault *submission.Fault) { j.faults = append(j.faults, *fault) }

func (j *journal) Catalogue(catalogue *submission.Catalogue) {
	j.catalogues = append(j.catalogues, *catalogue)
}

// identities are the records' identities in the order in which they came, like 17/1.
func (j *journal) identities() []string {
	var all []string
	for _, record := range j.records {
		all = append(all, fmt.Sprintf("%s/%d", record.SubmissionID, record.CheckNumber))
	}
	return all
}

// table is the configuration for a relation of the test's own.
func table(name string) source.Postgres {
	return source.Postgres{Submissions: source.Relation{Relation: name}}
}

// open makes a Source that is closed at the end of the test.
func open(t testing.TB, url string, config source.Postgres) *Source {
	t.Helper()
	s, err := New(url, config, submission.ContractWords(), shard.Shard{}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the server may be down by then
	return s
}

// logOf makes a Source write its log into a buffer.
func logOf(s *Source) *bytes.Buffer {
	output := &bytes.Buffer{}
	s.log = slog.New(slog.NewTextHandler(output, nil))
	return output
}

func poll(t testing.TB, s *Source) *journal {
	t.Helper()
	read := &journal{}
	if err := s.Poll(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	return read
}

// fail polls and returns the text of the error.
func fail(t testing.TB, s *Source) string {
	t.Helper()
	err := s.Poll(t.Context(), &journal{})
	if err == nil {
		t.Fatal("the poll succeeded")
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %q", err)
	}
	return err.Error()
}

func wantIdentities(t testing.TB, got *journal, want ...string) {
	t.Helper()
	if !slices.Equal(got.identities(), want) {
		t.Errorf("read %v, want %v", got.identities(), want)
	}
	for _, fault := range got.faults {
		t.Errorf("rejected: %s", &fault)
	}
}

func wantParts(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
}

// records makes a table with the columns of the contract that have to be there, and with ids of a type.
func records(t testing.TB, database *pgtest.Database, idType string) {
	t.Helper()
	database.Exec(t, `CREATE TABLE records (
		submission_id `+idType+`,
		check_number  integer NOT NULL DEFAULT 1,
		course        text DEFAULT 'go',
		assignment    text DEFAULT 'hello',
		student       text DEFAULT 'ada',
		submitted_at  timestamptz DEFAULT '2026-03-01Z',
		state         text DEFAULT 'queued',
		verdict       text,
		updated_at    timestamptz DEFAULT '2026-03-01Z')`)
}

// reference makes the reference schema.
func reference(t testing.TB) *pgtest.Database {
	t.Helper()
	database := cluster.Database(t)
	database.Load(t, "provisioning/postgres/01-schema.sql")
	return database
}

// sinkFunc is a sink for records alone.
type sinkFunc struct {
	source.Sink
	record func(*submission.Record)
}

func (s sinkFunc) Record(record *submission.Record) { s.record(record) }
