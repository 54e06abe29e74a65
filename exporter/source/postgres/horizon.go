package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// A horizon says how far the past is complete. Its times are of the database's clock, since that is what stamps the
// rows; the clock of this process plays no part.
type horizon struct {
	clock   time.Time // the present
	settled time.Time // what is still to be committed is not stamped earlier (rule 2 of the design)
}

// A transaction is in the list of the open ones until it is in that of the prepared ones, and in the one or the other
// until its rows are visible. So who asks in this order, and reads rows only then, misses none. The present is the
// arrival of the first statement, before it looks at any session.
//
// Both are sent together, which makes one transaction of them; each still sees what is at its own time. But the server
// keeps what it has once read of pg_stat_activity until the end of the transaction, so the horizon must not be asked
// for within another one.
//
// A transaction without an id counts too, since it may write later. Of the sessions that have a database, two kinds
// never write records.
const (
	openSQL = `
		SELECT statement_timestamp() AS clock,
			min(xact_start) FILTER (
				WHERE pid <> pg_backend_pid() AND backend_type NOT IN ('autovacuum worker', 'walsender')
			) AS oldest,
			pg_is_in_recovery() AS standby,
			pg_last_xact_replay_timestamp() AS replayed,
			pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS granted,
			coalesce(bool_or(state = 'disabled'), false) AS untracked,
			EXISTS (
				SELECT FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid WHERE pg_database.datname = current_database()
			) AS subscribed
		FROM pg_stat_activity WHERE datname = current_database()`
	preparedSQL = `
		SELECT transaction::text || ' ' || gid AS name, prepared
		FROM pg_prepared_xacts WHERE database = current_database()`
)

// activity is what the server tells about transactions.
type activity struct {
	Clock     time.Time
	Oldest    *time.Time // start of the oldest open transaction
	Standby   bool
	Replayed  *time.Time // when the last transaction that a standby has replayed was committed
	Granted   bool
	Untracked bool // there are sessions that do not tell their transactions

	Subscribed bool // rows come by logical replication, stamped by another server
}

// horizon asks for the horizon. It has to come before the snapshot that rows are read from, and outside of a
// transaction.
func (s *Source) horizon(ctx context.Context) (horizon, error) {
	var open activity
	prepared := map[string]time.Time{}
	batch := &pgx.Batch{}
	batch.Queue(openSQL).Query(func(rows pgx.Rows) (err error) {
		open, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[activity])
		return err
	})
	batch.Queue(preparedSQL).Query(func(rows pgx.Rows) error {
		var name string
		var at time.Time
		_, err := pgx.ForEachRow(rows, []any{&name, &at}, func() error {
			prepared[name] = at
			return nil
		})
		return err
	})
	if err := s.conn.SendBatch(ctx, batch).Close(); err != nil {
		return horizon{}, fmt.Errorf("open and prepared transactions: %w", err)
	}
	s.watchdog.saw()
	s.notified = false // what was notified by now will be in the snapshot
	s.tellBlind(open)
	s.hold(prepared, s.settledBy(open))
	return horizon{clock: open.Clock, settled: s.settled()}, nil
}

// settledBy is up to where the past is complete as far as open transactions tell.
func (s *Source) settledBy(open activity) time.Time {
	settled := open.Clock
	switch {
	case open.Standby && open.Replayed != nil:
		// What is not replayed yet was committed later than this.
		settled = earlier(settled, *open.Replayed).Add(-s.overlap)
	case open.Standby:
		// It has replayed nothing since its start, and what it is behind by is not known: no more is certain than that
		// what it shows had been committed by then.
		settled = earlier(settled, s.head.updatedAt).Add(-s.overlap)
	case open.blind() != "":
		settled = settled.Add(-s.overlap)
	case open.Oldest != nil:
		settled = earlier(settled, *open.Oldest)
	}
	return settled.Add(-s.clockSkew)
}

// hold takes down what open and prepared transactions leave settled. All that the server tells of the latter is when
// they were prepared, and their rows are stamped before that. But while one was open it held the horizon: so it goes on
// to hold it where the open transactions had it before it was first seen prepared.
func (s *Source) hold(prepared map[string]time.Time, settled time.Time) {
	held := make(map[string]time.Time, len(prepared))
	for name, at := range prepared {
		from, known := s.held[name]
		switch {
		case known:
		case !s.openSettled.IsZero():
			from = earlier(s.openSettled, settled)
		default: // nothing was seen before
			from = earlier(at.Add(-s.overlap-s.clockSkew), settled)
		}
		held[name] = from
	}
	s.held, s.openSettled = held, settled
}

// settled is up to where the past was complete when the horizon was last asked for.
func (s *Source) settled() time.Time {
	settled := s.openSettled
	for _, held := range s.held {
		settled = earlier(settled, held)
	}
	return settled
}

// blind is why open transactions cannot be seen, and empty where they can.
func (a *activity) blind() string {
	switch {
	case a.Standby:
		return "the server is a standby, which does not see the transactions of its primary"
	case !a.Granted:
		return "the role may not see the transactions of others (GRANT pg_read_all_stats to it, as " +
			"provisioning/postgres/02-role.sql does)"
	case a.Subscribed:
		return "the database subscribes to another one, whose transactions it does not see"
	case a.Untracked:
		return "some sessions do not tell their transactions (set track_activities to on for them)"
	}
	return ""
}

func (s *Source) tellBlind(open activity) {
	if why := open.blind(); why != "" {
		s.tellOnce(slog.LevelWarn, fmt.Sprintf("%s, so the last %s are read again and again instead: postgres.overlap in "+
			"the configuration file has to be longer than any transaction that writes records, or its rows may be missed",
			why, s.overlap))
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
