package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A ledger is a sink that keeps what an exporter has to keep for audits.
type ledger struct {
	applied map[string]submission.Record // by identity
	tallies map[submission.Day]submission.Tally
	faults  []string

	// Of the last audit:
	again     []string // days that differed, in their order
	handed    []string // identities that were handed over after that
	first     []string // identities that were handed over before
	onRecord  func()   // called with each record
	onCompare func()   // called at the start of the comparison
}

func newLedger() *ledger {
	return &ledger{applied: map[string]submission.Record{}, tallies: map[submission.Day]submission.Tally{},
		onRecord: func() {}, onCompare: func() {}}
}

func (l *ledger) Catalogue(*submission.Catalogue) {}

func (l *ledger) Reject(fault *submission.Fault) { l.faults = append(l.faults, fault.SubmissionID) }

func (l *ledger) Record(record *submission.Record) {
	identity := fmt.Sprintf("%s/%d", record.SubmissionID, record.CheckNumber)
	l.remove(identity)
	l.applied[identity] = *record
	l.change(record, (*submission.Tally).Add)
	l.handed = append(l.handed, identity)
	l.onRecord()
}

func (l *ledger) remove(identity string) {
	if record, known := l.applied[identity]; known {
		l.change(&record, (*submission.Tally).Drop)
		delete(l.applied, identity)
	}
}

func (l *ledger) change(record *submission.Record, how func(*submission.Tally, uint64)) {
	day := submission.DayOf(record.UpdatedAt)
	tally := l.tallies[day]
	how(&tally, record.Checksum)
	put(l.tallies, day, tally)
}

// differing are the days that differ from sums.
func (l *ledger) differing(sums map[submission.Day]submission.Tally) []submission.Day {
	days := map[submission.Day]bool{}
	for _, all := range []map[submission.Day]submission.Tally{sums, l.tallies} {
		for day := range all {
			if sums[day] != l.tallies[day] {
				days[day] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(days))
}

func dates(days []submission.Day) []string {
	var all []string
	for _, day := range days {
		all = append(all, day.Start().Format(time.DateOnly))
	}
	return all
}

// try audits all days, and takes out what is gone from those that were read again.
func (l *ledger) try(ctx context.Context, s *Source) (map[submission.Day]submission.Tally, error) {
	l.handed, l.faults = nil, nil
	var again []submission.Day
	compare := func(sums map[submission.Day]submission.Tally) []submission.Day {
		l.onCompare()
		again = l.differing(sums)
		l.first, l.handed = l.handed, nil
		return again
	}
	sums, err := s.Audit(ctx, math.MinInt32, math.MaxInt32, l, compare)
	if err != nil {
		return nil, err
	}
	l.again = dates(again)
	here := map[string]bool{}
	for _, identity := range l.handed {
		here[identity] = true
	}
	for identity, record := range l.applied {
		if slices.Contains(again, submission.DayOf(record.UpdatedAt)) && !here[identity] {
			l.remove(identity)
		}
	}
	return sums, nil
}

// audit audits all days, after which none may differ.
func (l *ledger) audit(t testing.TB, s *Source) map[submission.Day]submission.Tally {
	t.Helper()
	sums, err := l.try(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if days := l.differing(sums); days != nil {
		t.Errorf("after the audit %v differ: %v in the source, %v applied", dates(days), sums, l.tallies)
	}
	return sums
}

// want compares the last audit: the days that were read again, and what was handed over of them.
func (l *ledger) want(t testing.TB, days []string, identities ...string) {
	t.Helper()
	if !slices.Equal(l.again, days) || !slices.Equal(l.handed, identities) {
		t.Errorf("read %v again, which is %v, want %v of %v", l.again, l.handed, identities, days)
	}
}

// threeDays is a Source over five records of three days, all of which is in the ledger.
func threeDays(t *testing.T) (*pgtest.Database, *Source, *ledger) {
	t.Helper()
	database := cluster.Database(t)
	records(t, database, "text")
	database.Exec(t, `ALTER TABLE records ADD score numeric;
		CREATE INDEX ON records (updated_at, submission_id, check_number);
		INSERT INTO records (submission_id, updated_at, state, verdict, score) VALUES
			('1', '2026-03-01 08:00Z', 'finished', 'accepted', 10), ('2', '2026-03-01 20:00Z', 'finished', 'partial', 0),
			('3', '2026-03-02 08:00Z', 'finished', 'accepted', 6.67), ('4', '2026-03-02 20:00Z', 'running', NULL, NULL),
			('5', '2026-03-03 08:00Z', 'queued', NULL, NULL)`)
	s := open(t, database.URL, table("records"))
	l := newLedger()
	if err := s.Poll(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	return database, s, l
}

func TestAnAuditWithoutAPollBeforeItReadsEverything(t *testing.T) {
	database, _, _ := threeDays(t)
	l := newLedger()
	if sums := l.audit(t, open(t, database.URL, table("records"))); len(sums) != 3 || len(l.first) != 5 {
		t.Errorf("read %v and summed up %v, want 5 records of 3 days", l.first, sums)
	}
	l.want(t, nil)
}

func TestWhereNothingHappenedNothingDiffers(t *testing.T) {
	_, s, l := threeDays(t)
	for range 2 {
		sums := l.audit(t, s)
		l.want(t, nil)
		var counts []int64
		for _, day := range slices.Sorted(maps.Keys(sums)) {
			counts = append(counts, sums[day].Records)
		}
		if !slices.Equal(counts, []int64{2, 2, 1}) {
			t.Errorf("the days have %v records, want 2, 2 and 1", counts)
		}
	}
}

func TestAnAuditFinds(t *testing.T) {
	for _, test := range []struct {
		name, change string
		days         []string
		identities   []string
	}{
		{"a row that was missed", "INSERT INTO records (submission_id, updated_at) VALUES ('6', '2026-03-02 07:00Z')",
			[]string{"2026-03-02"}, []string{"6/1", "3/1", "4/1"}},
		{"a row that is gone", "DELETE FROM records WHERE submission_id = '3'", []string{"2026-03-02"}, []string{"4/1"}},
		{"a day that is gone", "DELETE FROM records WHERE submission_id = '5'", []string{"2026-03-03"}, nil},
		{"a row in the place of another", `UPDATE records SET submission_id = '7' WHERE submission_id = '3'`,
			[]string{"2026-03-02"}, []string{"7/1", "4/1"}},
		{"another score", "UPDATE records SET score = 6.68 WHERE submission_id = '3'",
			[]string{"2026-03-02"}, []string{"3/1", "4/1"}},
		{"a score of 0 for none", "UPDATE records SET score = 0 WHERE submission_id = '5'",
			[]string{"2026-03-03"}, []string{"5/1"}},
		{"another verdict", "UPDATE records SET verdict = 'wrong_answer' WHERE submission_id = '1'",
			[]string{"2026-03-01"}, []string{"1/1", "2/1"}},
		{"another state", "UPDATE records SET state = 'cancelled' WHERE submission_id = '5'",
			[]string{"2026-03-03"}, []string{"5/1"}},
		{"verdicts that were exchanged", `UPDATE records SET verdict = CASE verdict WHEN 'accepted' THEN 'partial'
			ELSE 'accepted' END WHERE updated_at < '2026-03-02Z'`, []string{"2026-03-01"}, []string{"1/1", "2/1"}},
		{"days that were exchanged", `UPDATE records SET updated_at = updated_at + CASE submission_id WHEN '1' THEN 1
			WHEN '3' THEN -1 END * interval '1 day' WHERE submission_id IN ('1', '3')`,
			[]string{"2026-03-01", "2026-03-02"}, []string{"3/1", "2/1", "1/1", "4/1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			database, s, l := threeDays(t)
			database.Exec(t, test.change)
			l.audit(t, s)
			l.want(t, test.days, test.identities...)
			l.audit(t, s)
			l.want(t, nil)
		})
	}
}

func TestARowThatIsNewIsNoDifference(t *testing.T) {
	database, s, l := threeDays(t)
	database.Exec(t, "INSERT INTO records (submission_id, updated_at) VALUES ('6', '2026-03-04Z')")
	l.audit(t, s)
	l.want(t, nil)
	if !slices.Equal(l.first, []string{"6/1"}) {
		t.Errorf("read %v, want the new row", l.first)
	}
	wantIdentities(t, poll(t, s))
}

func TestWhatIsRejectedDiffersOnce(t *testing.T) {
	database, s, l := threeDays(t)
	wantSteps := func(step, change string, days []string, identities ...string) {
		t.Helper()
		database.Exec(t, change)
		l.audit(t, s)
		l.want(t, days, identities...)
		l.audit(t, s)
		if l.again != nil || l.faults != nil {
			t.Errorf("%s: the next audit reads %v again and rejects %v", step, l.again, l.faults)
		}
	}
	second, others := []string{"2026-03-02"}, []string{"2026-03-04", "2026-03-06"}
	wantSteps("a record becomes one that is rejected", "UPDATE records SET state = 'lost' WHERE submission_id = '3'",
		second, "4/1")
	wantSteps("another one is read and rejected", `INSERT INTO records (submission_id, course, updated_at)
		VALUES ('6', '', '2026-03-02 09:00Z')`, second, "4/1")
	wantSteps("there are days of nothing else", `INSERT INTO records (submission_id, check_number, updated_at)
		VALUES ('7', 0, '2026-03-04Z'), (NULL, 1, '2026-03-06Z')`, others)
	wantSteps("one is mended in its place", "UPDATE records SET state = 'queued' WHERE submission_id = '3'",
		second, "3/1", "4/1")
	wantSteps("one is mended and so is new", `UPDATE records SET course = 'go', updated_at = '2026-03-07Z'
		WHERE submission_id = '6'`, second, "3/1", "4/1")
	wantSteps("they are deleted", "DELETE FROM records WHERE updated_at IN ('2026-03-04Z', '2026-03-06Z')", others)
	if len(s.rejected) != 0 {
		t.Errorf("of what was rejected %v is remembered, want nothing", s.rejected)
	}
}

// An audit reads one snapshot: a commit while it goes on is neither in the sums nor in what is read again.
func TestACommitDuringAnAuditIsNoDifference(t *testing.T) {
	for _, moment := range []string{"while records are read", "before the comparison"} {
		t.Run(moment, func(t *testing.T) {
			database, s, l := threeDays(t)
			database.Exec(t, `INSERT INTO records (submission_id, updated_at) VALUES ('6', clock_timestamp());
				DELETE FROM records WHERE submission_id = '2'`)
			commits := 0
			commit := func() {
				if commits++; commits == 1 {
					database.Exec(t, `INSERT INTO records (submission_id, updated_at) VALUES ('7', clock_timestamp());
						UPDATE records SET state = 'running', updated_at = clock_timestamp() WHERE submission_id = '5'`)
				}
			}
			if moment == "before the comparison" {
				l.onCompare = commit
			} else {
				l.onRecord = commit
			}
			l.audit(t, s)
			l.want(t, []string{"2026-03-01"}, "1/1")
			if !slices.Equal(l.first, []string{"6/1"}) || commits == 0 {
				t.Errorf("read %v, want what was committed before", l.first)
			}
			if read := poll(t, s).identities(); !slices.Contains(read, "5/1") || !slices.Contains(read, "7/1") {
				t.Errorf("the next poll reads %v, want what was committed during the audit", read)
			}
		})
	}
}

func TestDaysAreThoseOfUTC(t *testing.T) {
	for _, timeType := range []string{"timestamptz", "timestamp"} {
		t.Run(timeType, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "text")
			database.Exec(t, "ALTER ROLE postgres SET timezone = 'Asia/Tokyo'")
			defer database.Exec(t, "ALTER ROLE postgres RESET timezone")
			database.Exec(t, `SET timezone = 'UTC'; ALTER TABLE records ALTER updated_at TYPE `+timeType+`;
				INSERT INTO records (submission_id, updated_at) VALUES
					('late', '2026-02-28 23:59:59.999999'), ('midnight', '2026-03-01'), ('later', '2026-03-01 23:59:59.999999'),
					('first', '1970-01-01'), ('last', '2199-12-31 23:59:59.999999'),
					('before', '1969-12-31 23:59:59.999999'), ('behind', '2200-01-01'), ('year 1', '0001-01-01'),
					('null', NULL), ('never', 'infinity'), ('always', '-infinity')`)
			s := open(t, database.URL, table("records"))
			l := newLedger()
			sums := l.audit(t, s)
			l.want(t, nil)
			if len(l.faults) != 6 {
				t.Errorf("rejected %v, want what is in no day", l.faults)
			}
			got := map[string]int64{}
			for day, tally := range sums {
				got[day.Start().Format(time.DateOnly)] = tally.Records
			}
			want := map[string]int64{"1970-01-01": 1, "2026-02-28": 1, "2026-03-01": 2, "2199-12-31": 1}
			if !maps.Equal(got, want) {
				t.Errorf("the days have %v records, want %v", got, want)
			}
		})
	}
}

func TestOnlyTheDaysAskedForAreSummedUp(t *testing.T) {
	database, s, l := threeDays(t)
	database.Exec(t, "UPDATE records SET state = 'lost'")
	l.audit(t, s) // so that something rejected is known of every day
	day := submission.DayOf(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	database.Exec(t, "UPDATE records SET state = 'queued'")
	sums, err := s.Audit(t.Context(), day, day, l, func(map[submission.Day]submission.Tally) []submission.Day {
		return []submission.Day{day}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sums) != 1 || sums[day] != l.tallies[day] || sums[day].Records != 2 {
		t.Errorf("the sums are %v, want 2 records of %v", sums, dates([]submission.Day{day}))
	}
}

func TestSumsDoNotOverflow(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, "INSERT INTO records (submission_id) SELECT generate_series(1, 1000)")
	l := newLedger()
	l.audit(t, open(t, database.URL, table("records")))
	l.want(t, nil)
}

func TestASumIsModulo64Bits(t *testing.T) {
	for sum, want := range map[string]uint64{
		"0": 0, "-1": math.MaxUint64, "18446744073709551615": math.MaxUint64, "18446744073709551616": 0,
		"18446744073709551617": 1, "-18446744073709551617": math.MaxUint64, "-9223372036854775808": 1 << 63,
		"-11286521048694444524271": 2886324415801064721,
	} {
		if got, err := modulo64(sum); got != want || err != nil {
			t.Errorf("%s is %d, %v, want %d", sum, got, err, want)
		}
	}
	if _, err := modulo64("1e3"); err == nil {
		t.Error("1e3 is taken for an integer")
	}
}

func TestAnOutageInAnAuditLosesNothing(t *testing.T) {
	for _, moment := range []string{"while records are read", "before the comparison", "while a day is read again"} {
		t.Run(moment, func(t *testing.T) {
			database, s, l := threeDays(t)
			database.Exec(t, `INSERT INTO records (submission_id, updated_at) VALUES ('6', '2026-03-04Z'), ('7', '2026-03-05Z');
				INSERT INTO records (submission_id, updated_at)
				SELECT 'missed ' || n, '2026-03-02Z' FROM generate_series(1, 50000) n`)
			compared := false
			l.onCompare = func() {
				if compared = true; moment == "before the comparison" {
					stop(t, pgtest.Immediate)
				}
			}
			l.onRecord = func() {
				if moment == "while records are read" || compared && moment == "while a day is read again" {
					l.onRecord = func() {}
					stop(t, pgtest.Immediate)
				}
			}
			_, err := l.try(t.Context(), s)
			start(t)
			if err == nil {
				t.Fatal("the audit succeeded")
			}
			wantParts(t, err.Error(), s.Name())
			if s.conn != nil {
				t.Error("the connection is still there")
			}
			l.onRecord, l.onCompare = func() {}, func() {}
			l.audit(t, s)
			if len(l.applied) != 50_007 {
				t.Errorf("%d records were applied, want 50007", len(l.applied))
			}
			l.audit(t, s)
			l.want(t, nil)
		})
	}
}

func TestACancelledAuditReturnsAtOnceAndTheNextGoesOn(t *testing.T) {
	const rows = 200_000
	database, s, l := threeDays(t)
	database.Exec(t, fmt.Sprintf(`INSERT INTO records (submission_id, updated_at)
		SELECT 'missed ' || n, '2026-03-02Z' FROM generate_series(1, %d) n`, rows))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var cancelled time.Time
	l.onRecord = func() {
		if cancelled.IsZero() {
			cancelled = time.Now()
			cancel()
		}
	}
	if _, err := l.try(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want context.Canceled", err)
	}
	if took := time.Since(cancelled); took > time.Second || cancelled.IsZero() {
		t.Errorf("the audit returned %s after it was cancelled", took)
	}
	if len(l.handed) == rows {
		t.Error("the audit read the day to its end")
	}
	l.audit(t, s)
	if len(l.applied) != rows+5 {
		t.Errorf("%d records were applied, want %d", len(l.applied), rows+5)
	}
}

// A standby ends what holds up the replay of what its primary has vacuumed.
func TestAnAuditThatAStandbyEndsSaysSo(t *testing.T) {
	refused := &pgconn.PgError{Code: "40001", Message: "canceling statement due to conflict with recovery"}
	wantParts(t, Explain(t.Context(), refused).Error(), "conflict with recovery", "hot_standby_feedback")
}

func TestAQueryIsAudited(t *testing.T) {
	database, _, _ := threeDays(t)
	database.Exec(t, "ALTER TABLE records RENAME course TO lecture")
	s := open(t, database.URL, source.Postgres{Submissions: source.Relation{
		Query: "SELECT *, lecture AS course FROM records WHERE score IS DISTINCT FROM 0 -- the end"}})
	l := newLedger()
	l.audit(t, s)
	l.want(t, nil)
	database.Exec(t, "UPDATE records SET score = 0 WHERE submission_id = '3'")
	l.audit(t, s)
	l.want(t, []string{"2026-03-02"}, "4/1")
}

func TestTheRoleOfTheReferenceSchemaMayAudit(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	database.Exec(t, `INSERT INTO analytics.submission_records
		(submission_id, course, assignment, student, submitted_at, state, verdict, score)
		SELECT n, 'go', 'hello', 'ada', '2026-03-01Z', 'finished', 'accepted', n FROM generate_series(1, 10) n`)
	url, _ := asGradewatch(t, database)
	s := open(t, url, source.Postgres{})
	l := newLedger()
	l.audit(t, s)
	l.want(t, nil)
	database.Exec(t, "DELETE FROM analytics.submission_records WHERE submission_id = '3'")
	l.audit(t, s)
	if len(l.handed) != 9 || len(l.applied) != 9 {
		t.Errorf("read %v again, want 9 records", l.handed)
	}
}

func TestAnAuditChangesNothingAndLeavesNoTransactionOpen(t *testing.T) {
	_, s, l := threeDays(t)
	l.onCompare = func() {
		var level, readOnly string
		if err := s.conn.QueryRow(t.Context(), "SELECT current_setting('transaction_isolation'), "+
			"current_setting('transaction_read_only')").Scan(&level, &readOnly); err != nil ||
			level != "repeatable read" || readOnly != "on" {
			t.Errorf("the transaction is %s, read only: %s, %v", level, readOnly, err)
		}
	}
	l.audit(t, s)
	if status := s.conn.PgConn().TxStatus(); status != 'I' {
		t.Errorf("the connection is in state %c, want idle", status)
	}
}

func TestADayComesOutOfTheIndex(t *testing.T) {
	for name, alter := range map[string]string{
		"reference": "",
		"timestamps without a zone": `DROP TRIGGER stamp_updated_at ON analytics.submission_records;
			ALTER TABLE analytics.submission_records ALTER updated_at TYPE timestamp USING updated_at AT TIME ZONE 'UTC';
			ANALYZE analytics.submission_records`,
		"null check numbers": `ALTER TABLE analytics.submission_records DROP CONSTRAINT submission_records_pkey;
			ALTER TABLE analytics.submission_records ALTER check_number DROP NOT NULL`,
	} {
		t.Run(name, func(t *testing.T) {
			database := reference(t)
			database.Exec(t, semester+";"+alter)
			s := open(t, database.URL, source.Postgres{})
			poll(t, s)
			day := submission.DayOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
			for kind, sql := range map[string]string{"sum": s.statements.tallies, "reading": s.statements.day} {
				rows, err := s.conn.Query(t.Context(), "EXPLAIN "+sql, day.Start(), (day + 1).Start())
				if err != nil {
					t.Fatal(err)
				}
				lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
				if err != nil {
					t.Fatal(err)
				}
				plan := strings.Join(lines, "\n")
				if !strings.Contains(plan, "submission_records_changes") || strings.Contains(plan, "Seq Scan") {
					t.Errorf("the %s does not use the index:\n%s", kind, plan)
				}
			}
		})
	}
}
