package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// always makes a Source read again in every Poll what may have committed late.
func always(s *Source) *Source {
	s.elapsed = func() time.Duration { return 0 }
	return s
}

// run runs statements one after another over a connection.
func run(t testing.TB, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// stamped inserts a record.
func stamped(id int, updatedAt string) string {
	return fmt.Sprintf("INSERT INTO records (submission_id, updated_at) VALUES (%d, %s)", id, updatedAt)
}

func wantRead(t testing.TB, got *journal, identity string) {
	t.Helper()
	if !slices.Contains(got.identities(), identity) {
		t.Errorf("read %v, want %s among them", got.identities(), identity)
	}
}

// settle inserts and reads rows, one after another, so that the point to resume from moves on as far as it may.
func settle(t testing.TB, database *pgtest.Database, s *Source, ids ...int) {
	t.Helper()
	for _, id := range ids {
		database.Exec(t, stamped(id, "clock_timestamp()"))
		wantRead(t, poll(t, s), fmt.Sprintf("%d/1", id))
	}
}

func TestARowThatCommitsLateIsHandedOver(t *testing.T) {
	const byClock, byStart = "clock_timestamp()", "now()"
	for _, test := range []struct {
		name                   string
		begun, between, ending []string // the transaction before the first Poll, between Polls, and before the last
	}{
		{"the transaction has written", []string{"BEGIN", stamped(1, byClock)}, nil, []string{"COMMIT"}},
		{"the transaction has only read so far and has no id", []string{"BEGIN", "SELECT count(*) FROM records"}, nil,
			[]string{stamped(1, byStart), "COMMIT"}},
		{"the transaction has done nothing so far", []string{"BEGIN"}, nil, []string{stamped(1, byStart), "COMMIT"}},
		{"the transaction is prepared before the first Poll", []string{"BEGIN", stamped(1, byClock),
			"PREPARE TRANSACTION 'late'"}, nil, []string{"COMMIT PREPARED 'late'"}},
		{"the transaction is prepared long after its start", []string{"BEGIN", stamped(1, byClock)},
			[]string{"PREPARE TRANSACTION 'late'"}, []string{"COMMIT PREPARED 'late'"}},
		{"the transaction has only read before a Poll and is prepared", []string{"BEGIN"},
			[]string{stamped(1, byStart), "PREPARE TRANSACTION 'late'"}, []string{"COMMIT PREPARED 'late'"}},
	} {
		for name, between := range map[string]func(*testing.T, *pgtest.Database, *Source) *Source{
			"in one go": func(_ *testing.T, _ *pgtest.Database, s *Source) *Source { return s },
			"the connection is lost": func(t *testing.T, _ *pgtest.Database, s *Source) *Source {
				if err := s.conn.PgConn().Conn().Close(); err != nil {
					t.Fatal(err)
				}
				fail(t, s)
				return s
			},
			"another process goes on": func(t *testing.T, database *pgtest.Database, s *Source) *Source {
				other := always(open(t, database.URL, table("records")))
				if err := other.Resume(s.Position()); err != nil {
					t.Fatal(err)
				}
				return other
			},
		} {
			t.Run(test.name+", "+name, func(t *testing.T) {
				database := cluster.Database(t)
				records(t, database, "bigint")
				database.Exec(t, stamped(0, "'2026-03-01Z'")) // so that there is a position
				s := always(open(t, database.URL, table("records")))
				s.overlap = time.Minute
				writer := database.Connect(t)
				run(t, writer, test.begun...)
				settle(t, database, s, 2, 3)
				run(t, writer, test.between...)
				s = between(t, database, s)
				settle(t, database, s, 4, 5)
				s = between(t, database, s)
				settle(t, database, s, 6)
				run(t, writer, test.ending...)
				wantRead(t, poll(t, s), "1/1")

				settle(t, database, s, 7, 8)
				database.Exec(t, stamped(9, "clock_timestamp()"))
				wantIdentities(t, poll(t, s), "9/1") // nothing holds the point to resume from any more
			})
		}
	}
}

// Each holds it where it was before that transaction, or a service that always has one prepared would be read again as
// a whole. A name may come again.
func TestAPreparedTransactionHoldsTheHorizonAsLongAsItIsThere(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := always(open(t, database.URL, table("records")))
	settle(t, database, s, 1)
	run(t, database.Connect(t), "BEGIN", stamped(10, "now()"), "PREPARE TRANSACTION 'one'")
	settle(t, database, s, 2, 3)
	run(t, database.Connect(t), "BEGIN", stamped(20, "now()"), "PREPARE TRANSACTION 'two'")
	settle(t, database, s, 4)
	database.Exec(t, "COMMIT PREPARED 'one'")
	wantIdentities(t, poll(t, s), "10/1", "2/1", "3/1", "4/1")
	wantIdentities(t, poll(t, s), "4/1")
	database.Exec(t, "ROLLBACK PREPARED 'two'")
	poll(t, s)
	wantIdentities(t, poll(t, s))
	run(t, database.Connect(t), "BEGIN", stamped(30, "now()"), "PREPARE TRANSACTION 'one'")
	settle(t, database, s, 5, 6)
	wantIdentities(t, poll(t, s), "5/1", "6/1")
	database.Exec(t, "COMMIT PREPARED 'one'")
	wantIdentities(t, poll(t, s), "30/1", "5/1", "6/1")
}

func TestAForeignDatabaseHoldsNothing(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	other := cluster.Database(t)
	run(t, other.Connect(t), "BEGIN", "CREATE TABLE written ()")
	run(t, other.Connect(t), "BEGIN", "CREATE TABLE prepared ()", "PREPARE TRANSACTION 'foreign'")
	defer other.Exec(t, "ROLLBACK PREPARED 'foreign'")
	s := always(open(t, database.URL, table("records")))
	settle(t, database, s, 1, 2)
	wantIdentities(t, poll(t, s))
}

func TestAnApplicationsClock(t *testing.T) {
	for _, test := range []struct {
		name, stamp string
		wanted      bool
	}{
		{"is behind by less than the skew", "clock_timestamp() - interval '4 seconds'", true},
		{"is behind by more than the skew", "clock_timestamp() - interval '1 minute'", false},
		{"is ahead", "clock_timestamp() + interval '10 minutes'", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "bigint")
			config := table("records")
			config.ClockSkew = 5 * time.Second
			s := always(open(t, database.URL, config))
			// Two rows far enough in the past to be settled.
			database.Exec(t, stamped(1, "clock_timestamp() - interval '20 seconds'"))
			poll(t, s)
			database.Exec(t, stamped(2, "clock_timestamp() - interval '10 seconds'"))
			poll(t, s)
			settle(t, database, s, 3)
			database.Exec(t, stamped(4, test.stamp))
			read := poll(t, s).identities()
			if slices.Contains(read, "4/1") != test.wanted {
				t.Errorf("read %v, want 4/1 among them: %t", read, test.wanted)
			}
			settle(t, database, s, 5, 6) // nothing is hidden by it
		})
	}
}

func TestARowFromTheFutureThatBecomesThePresentIsNotLost(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := always(open(t, database.URL, table("records")))
	database.Exec(t, stamped(1, "clock_timestamp() + interval '300 milliseconds'"))
	writer := database.Connect(t)
	run(t, writer, "BEGIN", stamped(2, "clock_timestamp() + interval '299 milliseconds'"))
	wantIdentities(t, poll(t, s), "1/1")
	time.Sleep(400 * time.Millisecond)
	settle(t, database, s, 3)
	run(t, writer, "COMMIT")
	wantRead(t, poll(t, s), "2/1")
}

func TestTheClockOfTheExporterPlaysNoPart(t *testing.T) {
	for _, wrong := range []time.Duration{-5 * time.Hour, 5 * time.Hour} {
		t.Run(wrong.String(), func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "bigint")
			s := always(open(t, database.URL, table("records")))
			s.now = func() time.Time { return time.Now().Add(wrong) }
			writer := database.Connect(t)
			settle(t, database, s, 1)
			run(t, writer, "BEGIN", stamped(2, "now()"))
			settle(t, database, s, 3, 4)
			run(t, writer, "COMMIT")
			wantIdentities(t, poll(t, s), "2/1", "3/1", "4/1")
			wantIdentities(t, poll(t, s))
		})
	}
}

// plainRole is a role that may read the records and nothing else, and its URL.
func plainRole(t *testing.T, database *pgtest.Database) (url string) {
	t.Helper()
	database.Exec(t, `DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN; GRANT SELECT ON records TO plain`)
	t.Cleanup(func() { dropRole(t, database, "plain") })
	return strings.Replace(database.URL, "user="+pgtest.Superuser, "user=plain", 1)
}

func dropRole(t *testing.T, database *pgtest.Database, role string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), database.URL)
	if err == nil {
		_, err = conn.Exec(context.Background(), "DROP OWNED BY "+role+" CASCADE; DROP ROLE "+role)
		_ = conn.Close(context.Background())
	}
	if err != nil {
		t.Error(err)
	}
}

func TestWhereTransactionsCannotBeSeenTheOverlapIsReadAgain(t *testing.T) {
	for _, test := range []struct {
		name  string
		setUp func(*testing.T, *pgtest.Database) (url string, writer *pgx.Conn)
		says  string
	}{
		{"a role without the grant", func(t *testing.T, database *pgtest.Database) (string, *pgx.Conn) {
			return plainRole(t, database), database.Connect(t)
		}, "GRANT pg_read_all_stats"},
		{"a session that does not tell", func(t *testing.T, database *pgtest.Database) (string, *pgx.Conn) {
			writer := database.Connect(t)
			run(t, writer, "SET track_activities = off")
			return database.URL, writer
		}, "track_activities"},
	} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "bigint")
			config := table("records")
			config.Overlap = 5 * time.Minute
			url, writer := test.setUp(t, database)
			s := always(open(t, url, config))
			output := logOf(s)
			run(t, writer, "BEGIN", stamped(1, "clock_timestamp() - interval '4 minutes'"),
				stamped(2, "clock_timestamp() - interval '6 minutes'"))
			database.Exec(t, stamped(3, "clock_timestamp() - interval '7 minutes'")+";"+
				stamped(4, "clock_timestamp() - interval '330 seconds'"))
			settle(t, database, s, 5, 6)
			run(t, writer, "COMMIT")
			wantIdentities(t, poll(t, s), "1/1", "5/1", "6/1") // the overlap is shorter than 2 is old
			if said := strings.Count(output.String(), "postgres.overlap"); said != 1 {
				t.Errorf("the log speaks %d times of the overlap, want once:\n%s", said, output)
			}
			wantParts(t, output.String(), "level=WARN", test.says, "the last 5m0s are read again")
		})
	}
}

func TestAGrantCountsAtOnce(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	config := table("records")
	config.Overlap = 5 * time.Minute
	s := always(open(t, plainRole(t, database), config))
	settle(t, database, s, 1)
	database.Exec(t, "GRANT pg_monitor TO plain") // of which pg_read_all_stats is a part
	settle(t, database, s, 2)
	wantIdentities(t, poll(t, s))
}

func TestWhereTransactionsAreSeenNothingIsSaid(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := always(open(t, database.URL, table("records")))
	output := logOf(s)
	settle(t, database, s, 1)
	if strings.Contains(output.String(), "overlap") {
		t.Errorf("the log says %s", output)
	}
}

func TestAStandbyIsReadWithTheOverlap(t *testing.T) {
	standby := cluster.Standby(t)
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, stamped(1, "clock_timestamp() - interval '10 minutes'"))
	copied := database.On(standby)
	catchUp(t, database, copied)
	config := table("records")
	config.Overlap, config.Listen = 5*time.Minute, "records"
	s := always(open(t, copied.URL, config))
	output := logOf(s)
	wantIdentities(t, poll(t, s), "1/1")

	writer := database.Connect(t)
	run(t, writer, "BEGIN", stamped(2, "clock_timestamp()"))
	database.Exec(t, stamped(3, "clock_timestamp()"))
	catchUp(t, database, copied)
	wantIdentities(t, poll(t, s), "3/1")
	run(t, writer, "COMMIT")
	catchUp(t, database, copied)
	wantIdentities(t, poll(t, s), "2/1", "3/1")
	wantParts(t, output.String(), "the server is a standby", "postgres.overlap", "going on without notifications")

	// Started again, it may have replayed nothing yet.
	if err := standby.Restart(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	fail(t, s)
	wantIdentities(t, poll(t, s), "2/1", "3/1")
}

// catchUp returns when a standby shows all that the primary has.
func catchUp(t *testing.T, primary, standby *pgtest.Database) {
	t.Helper()
	var sent string
	if err := primary.Connect(t).QueryRow(t.Context(), "SELECT pg_current_wal_lsn()::text").Scan(&sent); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var there bool
		conn, err := pgx.Connect(t.Context(), standby.URL)
		if err == nil {
			err = conn.QueryRow(t.Context(), "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", sent).Scan(&there)
			_ = conn.Close(t.Context())
		}
		switch {
		case there:
			return
		case time.Now().After(deadline):
			t.Fatalf("the standby has not caught up: %v", err)
		}
	}
}

func TestTheSettledTimeOfAStandby(t *testing.T) {
	clock := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	behind, ahead := clock.Add(-time.Hour), clock.Add(time.Hour)
	s := &Source{overlap: 5 * time.Minute, clockSkew: 5 * time.Second, head: cursor{updatedAt: clock.Add(-2 * time.Hour)}}
	for _, test := range []struct {
		name     string
		replayed *time.Time
		from     time.Time
	}{
		{"it is behind", &behind, behind},
		{"its clock is", &ahead, clock},
		{"it has replayed nothing", nil, s.head.updatedAt},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := s.settledBy(activity{Clock: clock, Standby: true, Replayed: test.replayed})
			if want := test.from.Add(-s.overlap - s.clockSkew); !got.Equal(want) {
				t.Errorf("settled up to %s, want %s", got, want)
			}
		})
	}
}

func TestATransactionThatStaysOpenDoesNotMakeEachPollReadAgain(t *testing.T) {
	const perRecord, interval = time.Millisecond, 100 * time.Millisecond
	for _, test := range []struct {
		name    string
		rows    int
		atLeast int // records read again in 1000 Polls
	}{{"many rows", 1000, 8 * 1000}, {"few rows", 10, 1000 * 10}} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "bigint")
			writer := database.Connect(t)
			run(t, writer, "BEGIN", stamped(1, "clock_timestamp()"))
			database.Exec(t, fmt.Sprintf(`INSERT INTO records (submission_id, updated_at)
				SELECT n, clock_timestamp() FROM generate_series(2, %d) n`, test.rows+1))
			s := open(t, database.URL, table("records"))
			var clock time.Duration
			s.elapsed = func() time.Duration { return clock }
			read, late := 0, false
			sink := sinkFunc{&journal{}, func(record *submission.Record) {
				clock += perRecord
				read++
				late = late || record.SubmissionID == "1"
			}}
			pollOnce := func() {
				if err := s.Poll(t.Context(), sink); err != nil {
					t.Fatal(err)
				}
				clock += interval
			}
			pollOnce()
			if read != test.rows {
				t.Fatalf("the first Poll read %d records, want %d", read, test.rows)
			}
			start, first := clock, read
			for range 1000 {
				pollOnce()
			}
			again := read - first
			share := float64(time.Duration(again)*perRecord) / float64(clock-start)
			if share > 0.11 || again < test.atLeast { // the first comes without a pause before it
				t.Errorf("%d records were read again, which took %.3f of the time; want %d or more and a tenth at most", again,
					share, test.atLeast)
			}
			run(t, writer, "COMMIT")
			for range 1 + rereadPause*time.Duration(test.rows)*perRecord/interval {
				pollOnce()
			}
			if !late {
				t.Error("the late row was not read when what was read before was due again")
			}
			read = 0
			if pollOnce(); read > 0 {
				t.Errorf("with nothing open any more, a Poll reads %d records again", read)
			}
		})
	}
}

// unduly is a Source to which a transaction that is still open keeps the point to resume from before all rows, and that
// need not read those again for an hour. It has read records 2 and 3, and one from the future.
func unduly(t *testing.T) (*pgtest.Database, *Source, *pgx.Conn) {
	t.Helper()
	database := cluster.Database(t)
	records(t, database, "bigint")
	writer := database.Connect(t)
	run(t, writer, "BEGIN", stamped(1, "clock_timestamp()"))
	s := always(open(t, database.URL, table("records")))
	database.Exec(t, stamped(100, "clock_timestamp() + interval '10 minutes'"))
	settle(t, database, s, 2, 3)
	s.rereadFrom = time.Hour
	return database, s, writer
}

func TestNewRowsAreReadAlthoughATransactionStaysOpen(t *testing.T) {
	database, s, writer := unduly(t)
	for id := 4; id < 8; id++ {
		database.Exec(t, stamped(id, "clock_timestamp()"))
		wantIdentities(t, poll(t, s), fmt.Sprintf("%d/1", id), "100/1")
	}
	run(t, writer, "COMMIT")
	database.Exec(t, stamped(8, "clock_timestamp()"))
	wantIdentities(t, poll(t, s), "8/1", "100/1") // does not pass what it has not read
	s.rereadFrom = 0
	wantIdentities(t, poll(t, s), "1/1", "2/1", "3/1", "4/1", "5/1", "6/1", "7/1", "8/1", "100/1")
	wantIdentities(t, poll(t, s), "100/1")
}

// TestADatabaseWhoseClockIsSetBackIsRead, as after a failover to a server that is behind.
func TestADatabaseWhoseClockIsSetBackIsRead(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := open(t, database.URL, table("records"))
	database.Exec(t, stamped(1, "clock_timestamp()"))
	poll(t, s)
	ahead := cursor{updatedAt: time.Now().Add(time.Hour), submissionID: pgtype.Text{String: "1", Valid: true}, checkNumber: 1}
	s.resume, s.head = ahead, ahead // as if the clock had been an hour ahead
	s.overlap = time.Minute
	for id := 2; id < 5; id++ {
		database.Exec(t, stamped(id, "clock_timestamp()"))
		wantRead(t, poll(t, s), fmt.Sprintf("%d/1", id))
	}
}

// TestASubscriberReadsAnOverlap: the transactions that wrote its rows were open elsewhere.
func TestASubscriberReadsAnOverlap(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, "CREATE SUBSCRIPTION elsewhere CONNECTION 'dbname=elsewhere' PUBLICATION p WITH (connect = false)")
	s := open(t, database.URL, table("records"))
	log := logOf(s)
	poll(t, s)
	wantParts(t, log.String(), "subscribes to another one", "postgres.overlap")
}

// TestARecheckAheadOfItsTimeIsReadAsOthersAre: it is behind the head in every Poll.
func TestARecheckAheadOfItsTimeIsReadAsOthersAre(t *testing.T) {
	database, s, _ := unduly(t)
	database.Exec(t, "INSERT INTO records (submission_id, check_number, updated_at) "+
		"VALUES (100, 2, clock_timestamp() + interval '20 minutes')")
	wantIdentities(t, poll(t, s), "100/1", "100/2")
}

// TestARecheckIsNotReadBeforeACheckThatHasCommittedLate: its result would be taken for the first one.
func TestARecheckIsNotReadBeforeACheckThatHasCommittedLate(t *testing.T) {
	database, s, writer := unduly(t)
	run(t, writer, "COMMIT")
	database.Exec(t, stamped(4, "clock_timestamp()"))
	database.Exec(t, "INSERT INTO records (submission_id, check_number, updated_at) VALUES (1, 2, clock_timestamp())")
	wantIdentities(t, poll(t, s), "4/1", "1/1", "2/1", "3/1", "4/1", "1/2", "100/1")
	wantIdentities(t, poll(t, s), "100/1")
}

func TestAnAuditReadsWhatHasCommittedLateWhetherOrNotItIsDue(t *testing.T) {
	_, s, writer := unduly(t)
	run(t, writer, "COMMIT")
	read := &journal{}
	today := submission.DayOf(time.Now())
	_, err := s.Audit(t.Context(), today, today, read,
		func(map[submission.Day]submission.Tally) []submission.Day { return nil })
	if err != nil {
		t.Fatal(err)
	}
	wantIdentities(t, read, "1/1", "2/1", "3/1", "100/1")
}

func TestAPositionIsResumedWhereItWasLeft(t *testing.T) {
	for _, idType := range []string{"bigint", "text", "uuid"} {
		t.Run(idType, func(t *testing.T) {
			id := map[string]string{"bigint": "n", "text": "'ü' || n", "uuid": "md5(n::text)::uuid"}[idType]
			database := cluster.Database(t)
			records(t, database, idType)
			database.Exec(t, "INSERT INTO records (submission_id, check_number) SELECT "+id+", n FROM generate_series(1, 5) n")
			s := open(t, database.URL, table("records"))
			if position := s.Position(); position != nil {
				t.Errorf("the position is %s before anything was read, want none", position)
			}
			poll(t, s)
			other := open(t, database.URL, table("records"))
			if err := other.Resume(s.Position()); err != nil {
				t.Fatal(err)
			}
			wantIdentities(t, poll(t, other))
			if string(other.Position()) == "" || other.resume != s.resume {
				t.Errorf("the position is %s, want %s", other.Position(), s.Position())
			}
			database.Exec(t, "UPDATE records SET updated_at = '2026-03-02Z' WHERE check_number = 3")
			if read := poll(t, other); len(read.records) != 1 {
				t.Errorf("read %v, want one record", read.identities())
			}
		})
	}
}

func TestAPositionOfAnotherSourceIsRefused(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, stamped(1, "'2026-03-01Z'"))
	for _, position := range []string{"17", "{", `{"updated_at": "yesterday"}`, `[1]`} {
		s := open(t, database.URL, table("records"))
		if err := s.Resume([]byte(position)); err == nil || !strings.Contains(err.Error(), "position") {
			t.Errorf("%s: the error is %v", position, err)
		}
		wantIdentities(t, poll(t, s), "1/1")
	}
	s := open(t, database.URL, source.Postgres{Submissions: source.Relation{Relation: "records"}})
	if err := s.Resume(nil); err != nil {
		t.Error(err)
	}
	wantIdentities(t, poll(t, s), "1/1")
}

// An idle Poll asks for courses, assignments, transactions and records.
func TestAnIdlePollTakesFourRoundTrips(t *testing.T) {
	database := reference(t)
	database.Exec(t, `INSERT INTO analytics.courses VALUES ('go');
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		VALUES ('1', 'go', 'hello', 'ada', '2026-03-01Z', 'queued')`)
	s := open(t, database.URL, source.Postgres{})
	for range 2 {
		poll(t, s)
	}
	var wire strings.Builder
	s.conn.PgConn().Frontend().Trace(&wire, pgproto3.TracerOptions{})
	poll(t, s)
	if trips := strings.Count(wire.String(), "ReadyForQuery"); trips != 4 {
		t.Errorf("it takes %d round trips, want 4:\n%s", trips, wire.String())
	}
}
