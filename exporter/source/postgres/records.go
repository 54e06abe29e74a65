package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// statements read the records of a relation in the order of their changes.
type statements struct {
	first   string // the first page
	next    string // the page behind a cursor
	undated string // all records without a place in the order
	day     string // those of a day
	tallies string // sums over each day

	threefold bool // a cursor of three columns, else of two
	selects   bool // the first argument of all but tallies is the courses of which tests are left out
}

func newStatements(s *shape, columns []column, pageSize int, whole bool) statements {
	_, tested := s.types[columns[testsPlace].name]
	selects := tested && !whole
	list, shift := s.list(columns), 0
	if selects {
		list, shift = s.listWithoutTests(columns), 1
	}
	place := func(n int) string { return "$" + strconv.Itoa(n+shift) }
	// Qualified, these are the columns of the relation; without that, ORDER BY would take those of the list, and sort
	// integers as text.
	key := "records.updated_at, records.submission_id"
	after := place(1) + ", " + place(2)
	_, threefold := s.types["check_number"]
	switch {
	case threefold && s.numbered:
		key, after = key+", records.check_number", after+", "+place(3)
	case threefold:
		// Behind a null nothing would be found. An index on the bare column still serves: what has the same updated_at and
		// submission_id is sorted as it comes.
		key, after = key+", coalesce(records.check_number, 1)", after+", "+place(3)
	}
	read := "SELECT " + list + " FROM " + s.from + " WHERE "
	page := fmt.Sprintf(" AND records.updated_at < 'infinity' ORDER BY %s LIMIT %d", key, pageSize)
	return statements{
		first:     read + "records.updated_at > '-infinity'" + page,
		next:      read + "(" + key + ") > (" + after + ")" + page,
		undated:   read + "records.updated_at IS NULL OR records.updated_at IN ('-infinity', 'infinity')",
		day:       read + withinDays(place(1), place(2)) + " ORDER BY " + key,
		threefold: threefold,
		selects:   selects,
	}
}

// page is the statement for the page behind a cursor, and its arguments, which the server takes as the columns' own
// types.
func (s *statements) page(behind cursor) (string, []any) {
	switch {
	case behind == cursor{}:
		return s.first, nil
	case s.threefold:
		return s.next, []any{behind.updatedAt, behind.submissionID, behind.checkNumber}
	}
	return s.next, []any{behind.updatedAt, behind.submissionID}
}

// readRecords reads page after page until one is not full. The horizon must have been asked for before the snapshot was
// taken that the pages are read from.
//
// It begins at the head, behind all that was read before, or at the point to resume from, behind which what commits
// late is found, and which moves on only where the reading begins there. A transaction that stays open for hours keeps
// the two far apart. So what lies between them is read again only as often as rereadPause lets it: mostly each time,
// since it is little. But within a transaction, as of an Audit, all is wanted that its snapshot shows. A row that is
// ahead of its time is passed by neither, or it would hide those that are still to come.
//
// A re-check is not read before an earlier check of its submission that its page could show too, or another result than
// after a restart would be taken for the submission's first. So where one turns up behind the head, the reading begins anew
// at the point to resume from, due or not. One that is ahead of its time, and so behind the head for long, does not.
func (s *Source) readRecords(ctx context.Context, horizon horizon, sink source.Sink) error {
	now, began := s.now(), s.elapsed()
	s.turnBack(horizon)
	position := s.head
	resuming := s.resume == s.head || began >= s.rereadFrom || s.conn.PgConn().TxStatus() != 'I'
	if resuming {
		position = s.resume
	}
	again := position != s.head // until the head is passed
	reached, read, outOfTurn := position, 0, false
	row := func(raw [][]byte) {
		read++
		if outOfTurn = outOfTurn || !resuming && isRecheck(raw, horizon.clock); outOfTurn {
			return
		}
		position = s.handOver(raw, now, sink)
		if again && position.updatedAt.After(s.head.updatedAt) {
			again = false
			s.reread(began)
		}
		if resuming {
			s.resume.advance(position, horizon.settled)
		}
		reached.advance(position, horizon.clock)
	}
	var err error
	for full := true; full && err == nil; full = read == s.pageSize || outOfTurn {
		if outOfTurn {
			outOfTurn, resuming, again, position = false, true, true, s.resume
		}
		read = 0
		sql, args := s.statements.page(position)
		err = s.records(ctx, sql, row, args...)
	}
	if again {
		s.reread(began)
	}
	if err == nil || !again {
		s.head = reached
	}
	if err != nil {
		return err
	}
	return s.readUndated(ctx, now, sink)
}

// records runs a statement that lists the columns of records. Of the courses that are known not to be in the shard their tests stay
// where they are, which are most of what a record is; the rest has to come, so that the place in the order of changes moves on.
func (s *Source) records(ctx context.Context, sql string, row func(raw [][]byte), args ...any) error {
	if s.statements.selects {
		args = append([]any{s.roll.Others()}, args...)
	}
	return s.rows(ctx, s.submissions, sql, row, args...)
}

// turnBack follows a clock of the database that was set back, as by a failover to another server: rows come behind places
// that have been passed.
func (s *Source) turnBack(horizon horizon) {
	if s.resume.updatedAt.After(horizon.settled) {
		s.resume = cursor{updatedAt: horizon.settled.Add(-s.overlap - time.Microsecond)}
	}
	if s.head.updatedAt.After(horizon.clock) {
		s.head = s.resume
	}
}

// isRecheck reports whether a row, whose columns come as the contract's fields, is of a re-check that is not ahead of a time.
func isRecheck(raw [][]byte, now time.Time) bool {
	updatedAt := raw[len(raw)-1]
	return raw[1] != nil && integer(raw[1]) > 1 && updatedAt != nil && !timestamp(updatedAt).After(now)
}

// reread takes down that what was read before has been read again, and when it may be again.
func (s *Source) reread(began time.Duration) {
	ended := s.elapsed()
	s.rereadFrom = ended + rereadPause*(ended-began)
}

// readUndated reads the records whose updated_at is null or infinite, which no cursor can pass. They are read once, to
// be rejected and so to be seen; when such a record is mended, it gets a place in the order.
func (s *Source) readUndated(ctx context.Context, now time.Time, sink source.Sink) error {
	if s.undatedRead {
		return nil
	}
	err := s.records(ctx, s.statements.undated, func(raw [][]byte) { s.handOver(raw, now, sink) })
	s.undatedRead = err == nil
	return err
}

// handOver makes a record of a row and hands it over, or the reason why it is none. It returns the row's place. What is of no use
// to the shard it passes over.
func (s *Source) handOver(raw [][]byte, now time.Time, sink source.Sink) cursor {
	isOurs := s.roll.Has(string(raw[coursePlace]))
	if !isOurs {
		raw[testsPlace] = nil // also where they have come: what is made of a row must not depend on which courses were met before
	}
	record, place, fault := s.decoder.decode(raw)
	if !isOurs && !s.roll.Designated() {
		return place
	}
	if fault == nil {
		fault = record.Complete(s.words, now)
	}
	if fault == nil && place.checkNumber == 0 { // which Complete takes for a missing one
		fault = &submission.Fault{Reason: submission.WrongNumber, SubmissionID: record.SubmissionID, Course: record.Course,
			Detail: "check_number is 0, want 1 or more"}
	}
	if fault != nil {
		fault.Where = s.submissions.name
		sink.Reject(fault)
		return place
	}
	sink.Record(record)
	return place
}
