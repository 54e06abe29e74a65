package postgres

import (
	"context"
	"fmt"
	"math/big"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

var _ source.Auditor = (*Source)(nil)

// withinDays selects what was updated from one time to before another, out of an index on updated_at.
func withinDays(from, to string) string {
	return "records.updated_at >= " + from + " AND records.updated_at < " + to
}

// talliesSQL is the statement that sums up the records of each day, and within it of each course where they are shared among
// exporters. A sum of bigint is a numeric and cannot overflow.
func talliesSQL(s *shape, columns []column, checksums, whole bool) string {
	checksum, course, groups := "0", "NULL::text", "1"
	if !whole {
		course, groups = s.course(columns), "1, 4"
	}
	if checksums {
		checksum = s.checksum(columns)
	}
	return fmt.Sprintf("SELECT records.updated_at::date - DATE '1970-01-01', count(*), coalesce(sum(%s), 0)::text, %s "+
		"FROM %s WHERE %s GROUP BY %s", checksum, course, s.from, withinDays("$1", "$2"), groups)
}

// Audit reads what has changed and compares the days from first to last, all out of one snapshot. It connects where
// there is no connection; an error closes it, and with it the snapshot.
//
// What cannot be used is not in the sums, but the server cannot tell that. So a day with rows that were rejected
// differs once, and is read again; from then on what was rejected of it is known, and is taken out of its sum.
func (s *Source) Audit(
	ctx context.Context, first, last submission.Day, sink source.Sink,
	compare func(map[submission.Day]submission.Tally) (again []submission.Day),
) (sums map[submission.Day]submission.Tally, err error) {
	err = s.connected(ctx, func(ctx context.Context) error {
		// Beyond these there are days that no timestamp has.
		first, last := max(first, submission.FirstDay), min(last, submission.LastDay)
		sums, err = s.audit(ctx, first, last, sink, compare)
		return err
	})
	return sums, err
}

func (s *Source) audit(
	ctx context.Context, first, last submission.Day, sink source.Sink,
	compare func(map[submission.Day]submission.Tally) (again []submission.Day),
) (map[submission.Day]submission.Tally, error) {
	// What the catalogue lacks may be an error of the server, which would end a transaction.
	if err := s.readCatalogue(ctx, sink); err != nil {
		return nil, err
	}
	horizon, err := s.horizon(ctx)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	if err := s.readRecords(ctx, horizon, sink); err != nil {
		return nil, err
	}
	sums, err := s.tallies(ctx, first, last)
	if err != nil {
		return nil, err
	}
	for _, day := range compare(sums) {
		if err := s.readDay(ctx, day, sink, sums); err != nil {
			return nil, err
		}
	}
	return sums, snapshot.Commit(ctx)
}

// tallies sums up the days, without what was rejected of them as far as that is known.
func (s *Source) tallies(ctx context.Context, first, last submission.Day) (map[submission.Day]submission.Tally, error) {
	rows, err := s.conn.Query(ctx, s.statements.tallies, first.Start(), (last + 1).Start())
	if err != nil {
		return nil, s.submissions.wrap(err)
	}
	sums := map[submission.Day]submission.Tally{}
	var day submission.Day
	var tally submission.Tally
	var sum string
	var course pgtype.Text
	_, err = pgx.ForEachRow(rows, []any{&day, &tally.Records, &sum, &course}, func() error {
		if !s.roll.Designated() && !s.roll.Has(course.String) {
			return nil
		}
		tally.Checksum, err = modulo64(sum)
		sums[day] = sums[day].Plus(tally)
		return err
	})
	s.watchdog.saw()
	for day, rejected := range s.rejected {
		if first <= day && day <= last {
			put(sums, day, sums[day].Minus(rejected))
		}
	}
	return sums, s.submissions.wrap(err)
}

// readDay hands over all records of a day, and finds out what is rejected of it.
func (s *Source) readDay(
	ctx context.Context, day submission.Day, sink source.Sink, sums map[submission.Day]submission.Tally,
) error {
	now := s.now()
	rejected := &rejects{Sink: sink, decoder: &s.decoder}
	err := s.records(ctx, s.statements.day, func(raw [][]byte) { s.handOver(raw, now, rejected) },
		day.Start(), (day + 1).Start())
	if err != nil {
		return err
	}
	put(sums, day, sums[day].Minus(rejected.tally.Minus(s.rejected[day])))
	put(s.rejected, day, rejected.tally)
	return nil
}

// rejects is a sink that sums up what it rejects.
type rejects struct {
	source.Sink
	decoder *decoder // which has the row
	tally   submission.Tally
}

func (r *rejects) Reject(fault *submission.Fault) {
	r.tally.Add(r.decoder.record.Checksum)
	r.Sink.Reject(fault)
}

// put keeps what a day has; a day that has nothing is not in tallies.
func put(tallies map[submission.Day]submission.Tally, day submission.Day, tally submission.Tally) {
	if tally == (submission.Tally{}) {
		delete(tallies, day)
		return
	}
	tallies[day] = tally
}

// modulo64 is a sum of signed hashes as one of unsigned hashes, modulo 2^64.
func modulo64(sum string) (uint64, error) {
	number, ok := new(big.Int).SetString(sum, 10)
	if !ok {
		return 0, fmt.Errorf("a sum of checksums is %q, want an integer", sum)
	}
	return number.And(number, new(big.Int).SetUint64(1<<64-1)).Uint64(), nil
}
