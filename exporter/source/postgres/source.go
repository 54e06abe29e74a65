// Package postgres reads submission records out of a PostgreSQL database, in the order of their changes.
package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	// pageSize is how many records one statement reads: enough that its round trip does not count, few enough that an
	// index is cheaper than a sort and that no statement runs long.
	pageSize = 20_000

	// rereadPause is for how many times of its duration what was read before is not read again, so that this takes a
	// tenth of the time at most.
	rereadPause = 9

	// silence is how long a server may send nothing before the connection to it is given up.
	silence = time.Minute
)

// A Source reads the contract's relations out of one database, over one connection. It is for one goroutine.
type Source struct {
	url      string
	name     string
	words    *submission.Words
	roll     *shard.Roll
	now      func() time.Time
	log      *slog.Logger
	pageSize int
	elapsed  func() time.Duration // since some time in the past, whatever the clock is set to

	clockSkew time.Duration
	overlap   time.Duration
	channel   string // to listen on; empty for none

	submissions *relation
	courses     *relation
	assignments *relation
	enrolments  *relation
	workers     *relation

	seldom seldomRead

	conn     *pgx.Conn // nil while there is none
	watchdog *watchdog
	notified bool            // something may be new
	told     map[string]bool // what the log need not say again

	statements  statements // fit the relation as the connection found it
	decoder     decoder
	undatedRead bool // records without a place in the order have been read

	resume      cursor               // nothing will be committed any more that lies before it
	head        cursor               // up to where has been read
	rereadFrom  time.Duration        // when what lies between the two may be read again
	openSettled time.Time            // where open transactions last held the horizon; zero before it was asked for
	held        map[string]time.Time // where prepared transactions hold it

	rejected         map[submission.Day]submission.Tally // what an audit found of no use, where it read a day again
	checksumsDecided bool                                // whether decoder.checksums is for good
}

var _ source.Source = (*Source)(nil)

// New makes a Source of the database that a URL of the form postgres://user@host:port/database leads to. It does not
// connect yet. The password comes from PGPASSWORD or from the file that PGPASSFILE names; a URL that holds one is
// refused.
func New(
	url string, config source.Postgres, words *submission.Words, of shard.Shard, now func() time.Time, log *slog.Logger,
) (*Source, error) {
	settings, err := Settings(url)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	s := &Source{
		url: url, words: words, roll: shard.NewRoll(of), now: now, log: log, pageSize: pageSize,
		elapsed:   func() time.Duration { return time.Since(start) },
		clockSkew: config.ClockSkew, overlap: config.Overlap, channel: config.Listen,
		submissions: newRelation("submissions", "analytics.submission_records", config.Submissions, recordColumns()),
		courses:     newRelation("courses", "analytics.courses", config.Courses, courseColumns),
		assignments: newRelation("assignments", "analytics.assignments", config.Assignments, assignmentColumns),
		enrolments:  newRelation("enrolments", "analytics.enrolments", config.Enrolments, enrolmentColumns),
		workers:     newRelation("workers", "analytics.workers", config.Workers, workerColumns),
		watchdog:    &watchdog{interval: silence},
		told:        map[string]bool{},
		decoder:     decoder{words: words, texts: newTexts()},
		rejected:    map[submission.Day]submission.Tally{},
	}
	s.name = fmt.Sprintf("PostgreSQL at %s:%d, database %s, %s",
		settings.Host, settings.Port, settings.Database, s.submissions.name)
	return s, nil
}

// Name is host, port, database and relation.
func (s *Source) Name() string { return s.name }

// Poll hands over what has changed since the last Poll. It connects where there is no connection; an error closes it.
func (s *Source) Poll(ctx context.Context, sink source.Sink) error {
	return s.connected(ctx, func(ctx context.Context) error { return s.poll(ctx, sink) })
}

// connected reads over the connection, which it opens where there is none. An error closes it, and so ends what was
// begun on it.
func (s *Source) connected(ctx context.Context, read func(context.Context) error) error {
	ctx, stop := s.watchdog.watch(ctx)
	defer stop()
	var err error
	if s.conn == nil {
		err = s.connect(ctx)
	}
	if err == nil {
		err = read(ctx)
	}
	if err != nil {
		err = Explain(ctx, err)
		_ = s.Close() // the connection may be broken, and the error says more
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

func (s *Source) poll(ctx context.Context, sink source.Sink) error {
	if s.elapsed() >= s.submissions.describeFrom {
		if err := s.fit(ctx); err != nil {
			return err
		}
	}
	if err := s.readCatalogue(ctx, sink); err != nil {
		return err
	}
	horizon, err := s.horizon(ctx)
	if err != nil {
		return err
	}
	return s.readRecords(ctx, horizon, sink)
}

// Close closes the connection. A later Poll opens another one.
func (s *Source) Close() error {
	if s.conn == nil {
		return nil
	}
	// The server is told good-bye, but it may be gone.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn := s.conn
	s.conn = nil
	return conn.Close(ctx)
}

// connect opens the connection and looks whether the relation keeps the contract. The settings are made anew each time,
// so that a password file may change.
func (s *Source) connect(ctx context.Context) error {
	settings, err := Settings(s.url)
	if err != nil {
		return err
	}
	settings.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) { s.notified = true }
	if s.conn, err = pgx.ConnectConfig(ctx, settings); err != nil {
		return err
	}
	s.watchdog.saw()
	if err := s.listen(ctx); err != nil {
		return err
	}
	s.forgetCatalogue()
	if err := s.agreeOnChecksums(ctx); err != nil {
		return err
	}
	return s.fit(ctx)
}

// fit makes the statements for the relation as it is now. A column that is gone ends a statement, and so the connection; one that has
// come shows only when it is looked for.
func (s *Source) fit(ctx context.Context) error {
	r := s.submissions
	found, err := r.describe(ctx, s.conn)
	if err != nil {
		return err
	}
	s.tellZone(r, found)
	if r.shape != nil {
		s.tellColumns(r, r.shape, found)
	}
	r.shape, r.describeFrom = found, s.elapsed()+shapeAge
	// What a record was known by must not go: each would look changed to the next audit, and count once more.
	for _, place := range []int{numberPlace, scorePlace} {
		if _, there := found.types[r.columns[place].name]; there {
			r.columns[place].required = true
		}
	}
	s.statements = newStatements(found, r.columns, s.pageSize, s.roll.Whole())
	s.statements.tallies = talliesSQL(found, r.columns, s.decoder.checksums, s.roll.Whole())
	return nil
}

// tellColumns says which columns have gone and come.
func (s *Source) tellColumns(r *relation, before, now *shape) {
	for _, column := range r.columns {
		_, was := before.types[column.name]
		_, is := now.types[column.name]
		switch {
		case was && !is:
			s.log.Warn("A column is gone: what is read from now on is without it", "column", column.name, "of", r.name)
		case is && !was:
			s.log.Info("A column has come: what is read from now on is with it", "column", column.name, "of", r.name)
		}
	}
}

// rows runs a statement that lists the columns of a relation, and hands on each row as the server sent it; the memory
// is valid during the call only.
func (s *Source) rows(ctx context.Context, r *relation, sql string, row func(raw [][]byte), args ...any) error {
	rows, err := s.conn.Query(ctx, sql, append([]any{r.formats}, args...)...)
	if err != nil {
		return r.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		s.watchdog.saw()
		row(rows.RawValues())
	}
	s.watchdog.saw()
	return r.wrap(rows.Err())
}

// tellZone says what is assumed about times without a zone.
func (s *Source) tellZone(r *relation, found *shape) {
	for _, column := range r.columns {
		if found.types[column.name].zoneless() {
			s.tellOnce(slog.LevelInfo, fmt.Sprintf("%s: column %s has no time zone and is taken as UTC", r.name, column.name))
		}
	}
}

// tellOnce says in the log what is worth to be said once.
func (s *Source) tellOnce(level slog.Level, message string) {
	if !s.told[message] {
		s.told[message] = true
		s.log.Log(context.Background(), level, message, "from", s.name)
	}
}
