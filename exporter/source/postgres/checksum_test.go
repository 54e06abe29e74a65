package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// wantChecksums compares the checksums of rows, in Go and in SQL, and returns how many rows there are.
func wantChecksums(t rapid.TB, s *Source, found *shape, args ...any) int {
	t.Helper()
	columns := s.submissions.columns
	formats := append(s.submissions.formats[:len(columns):len(columns)], pgx.BinaryFormatCode)
	sql := "SELECT " + found.list(columns) + ", " + found.checksum(columns) + " FROM " + found.from
	rows, err := s.conn.Query(context.Background(), sql, append([]any{formats}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	count := 0
	for rows.Next() {
		count++
		raw := rows.RawValues()
		got, want := checksum(raw), uint64(0)
		if value := raw[len(columns)]; value != nil {
			want = binary.BigEndian.Uint64(value)
		}
		if got != want {
			t.Errorf("the checksum of %q, %d, %q, %q, %x is %x, of the server %x", raw[idPlace], raw[numberPlace],
				raw[statePlace], raw[verdictPlace], raw[scorePlace], got, want)
		}
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return count
}

// connected is a Source over the reference schema that has a connection.
func connected(t *testing.T) *Source {
	t.Helper()
	s := open(t, reference(t).URL, source.Postgres{})
	poll(t, s)
	return s
}

func TestAChecksumIsTheSameInGoAndInSQL(t *testing.T) {
	s := connected(t)
	drawn := sample
	drawn.from = `unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::float8[])
		AS records (submission_id, check_number, state, verdict, score)`
	text := rapid.OneOf(
		rapid.StringOfN(rapid.Rune(), -1, -1, submission.MaxText),
		rapid.StringOfN(rapid.RuneFrom([]rune("aя€😀")), -1, -1, submission.MaxText),
		rapid.SampledFrom([]string{"", "finished", "accepted", "0b5c6b9e-6c0e-4f0f-9d3c-2f1a8c7d6e5f"}),
	).Filter(func(text string) bool { return !strings.ContainsRune(text, 0) }) // which PostgreSQL has not
	score := rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 100), rapid.SampledFrom([]float64{
		0, math.Copysign(0, -1), math.NaN(), -math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64}))
	rapid.Check(t, func(t *rapid.T) {
		const rows = 50
		var ids, states, verdicts []*string
		var numbers []*int64
		var scores []*float64
		for range rows {
			ids = append(ids, rapid.Ptr(text, true).Draw(t, "submission_id"))
			numbers = append(numbers, rapid.Ptr(rapid.Int64(), true).Draw(t, "check_number"))
			states = append(states, rapid.Ptr(text, true).Draw(t, "state"))
			verdicts = append(verdicts, rapid.Ptr(text, true).Draw(t, "verdict"))
			scores = append(scores, rapid.Ptr(score, true).Draw(t, "score"))
		}
		if count := wantChecksums(t, s, &drawn, ids, numbers, states, verdicts, scores); count != rows {
			t.Errorf("compared %d rows, want %d", count, rows)
		}
	})
}

func TestAChecksumIsTheSameForEveryLength(t *testing.T) {
	s := connected(t)
	lengths := sample
	lengths.from = `(SELECT left(repeat('0123456789abcdefghijklmnopqrstuvwxyz', 10), n), n, 'queued', NULL, NULL::float8
		FROM generate_series(0, 300) n) AS records (submission_id, check_number, state, verdict, score)`
	if count := wantChecksums(t, s, &lengths); count != 301 {
		t.Errorf("compared %d rows, want 301", count)
	}
}

func TestAChecksumIsTheSameForEveryTypeOfTheContract(t *testing.T) {
	tables := map[string][5]string{ // submission_id, check_number, state, verdict, score
		"reference":   {"text", "integer", "text", "text", "double precision"},
		"uuid":        {"uuid", "smallint", "state", "verdict", "numeric"},
		"bigint":      {"bigint", "bigint", "char(12)", "char(20)", "real"},
		"integer":     {"integer", "integer", "varchar(12)", "slug", "smallint"},
		"smallint":    {"smallint", "integer", "name", "varchar", "bigint"},
		"bpchar":      {"char(40)", "smallint", "slug", "name", "integer"},
		"domain":      {"slug", "counted", "blind", "padded", "points"},
		"varchar":     {"varchar(40)", "integer", "text", "blind", "numeric(8, 3)"},
		"any case":    {"blind", "integer", "text", "text", "numeric"},
		"name":        {"name", "integer", "text", "text", "numeric"},
		"no score":    {"text", "integer", "text", "text", ""},
		"no number":   {"text", "", "text", "text", "real"},
		"only needed": {"text", "", "text", "text", ""},
	}
	for name, types := range tables {
		t.Run(name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "text")
			database.Exec(t, `
				CREATE TYPE state AS ENUM ('queued', 'running', 'finished');
				CREATE TYPE verdict AS ENUM ('accepted', 'wrong_answer');
				CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
				CREATE DOMAIN blind AS text COLLATE blind;
				CREATE DOMAIN slug AS varchar(50) CHECK (VALUE <> '');
				CREATE DOMAIN padded AS char(30);
				CREATE DOMAIN counted AS integer;
				CREATE DOMAIN points AS numeric;
				ALTER TABLE records ALTER state DROP DEFAULT, ALTER check_number DROP NOT NULL`)
			set := []string{"submission_id = md5(n::text)", "check_number = nullif(n % 4, 0)",
				"state = (ARRAY['queued', 'running', 'finished', 'finished'])[n % 4 + 1]",
				"verdict = (ARRAY['accepted', 'wrong_answer', NULL])[n % 3 + 1]", "score = nullif(n % 5, 4) * 6.67"}
			if strings.Contains(types[0], "int") {
				set[0] = "submission_id = n - 10"
			}
			database.Exec(t, "ALTER TABLE records ADD score numeric, ADD n integer;"+
				"INSERT INTO records (n) SELECT generate_series(1, 60); UPDATE records SET "+strings.Join(set, ", "))
			for place, column := range []string{"submission_id", "check_number", "state", "verdict", "score"} {
				change := fmt.Sprintf("ALTER TABLE records ALTER %s DROP DEFAULT, ALTER %[1]s TYPE %s USING %[1]s::%[2]s",
					column, types[place])
				if types[place] == "" {
					change = "ALTER TABLE records DROP " + column
				}
				database.Exec(t, change)
			}
			s := open(t, database.URL, table("records"))
			poll(t, s)
			found, err := s.submissions.describe(t.Context(), s.conn)
			if err != nil {
				t.Fatal(err)
			}
			if count := wantChecksums(t, s, found); count != 60 {
				t.Errorf("compared %d rows, want 60", count)
			}
		})
	}
}

// What a numeric may be is more than a float may be.
func TestAChecksumIsTheSameForOddNumerics(t *testing.T) {
	s := connected(t)
	odd := sample
	odd.types = map[string]dataType{}
	for column, found := range sample.types {
		odd.types[column] = found
	}
	odd.types["score"] = dataType{name: "numeric"}
	odd.from = `(SELECT 'odd', 1, 'queued', NULL, unnest(ARRAY[0, -0.0, 0.1, 66.67, -1, 1e-400, 1e400, -1e400, 1e300,
		1e-300, 'NaN', 'Infinity', '-Infinity', NULL]::numeric[])
	) AS records (submission_id, check_number, state, verdict, score)`
	if count := wantChecksums(t, s, &odd); count != 14 {
		t.Errorf("compared %d rows, want 14", count)
	}
}

// A row as the server sends it.
func row(id string, number int, state, verdict string, score float64) [][]byte {
	raw := make([][]byte, len(submission.Fields()))
	raw[idPlace], raw[statePlace], raw[verdictPlace] = []byte(id), []byte(state), []byte(verdict)
	raw[numberPlace] = binary.BigEndian.AppendUint32(nil, uint32(number))
	raw[scorePlace] = binary.BigEndian.AppendUint64(nil, math.Float64bits(score))
	return raw
}

func TestAChecksumTellsRowsApart(t *testing.T) {
	without := func(place int) [][]byte {
		raw := row("17", 1, "finished", "accepted", 0)
		raw[place] = nil
		return raw
	}
	rows := map[string][][]byte{
		"a row":            row("17", 1, "finished", "accepted", 0),
		"another id":       row("18", 1, "finished", "accepted", 0),
		"a longer id":      row("170", 1, "finished", "accepted", 0),
		"another number":   row("17", 2, "finished", "accepted", 0),
		"another state":    row("17", 1, "cancelled", "accepted", 0),
		"another verdict":  row("17", 1, "finished", "partial", 0),
		"an empty verdict": row("17", 1, "finished", "", 0),
		"no verdict":       without(verdictPlace),
		"another score":    row("17", 1, "finished", "accepted", 1),
		"no score":         without(scorePlace),
		"NaN":              row("17", 1, "finished", "accepted", math.NaN()),
		"no id":            without(idPlace),
	}
	seen := map[uint64]string{}
	for name, raw := range rows {
		sum := checksum(raw)
		if other, same := seen[sum]; same {
			t.Errorf("%s and %s have the same checksum", name, other)
		}
		seen[sum] = name
	}
	if checksum(without(numberPlace)) != checksum(rows["a row"]) {
		t.Error("no check number is not the first")
	}
	if checksum(row("17", 1, "finished", "accepted", math.Copysign(0, -1))) != checksum(rows["a row"]) {
		t.Error("-0 is not 0")
	}
}

// otherHash makes the server hash integers as none does.
const otherHash = `
	ALTER FUNCTION hashint8extended RENAME TO usual_hash;
	CREATE FUNCTION pg_catalog.hashint8extended(value bigint, seed bigint) RETURNS bigint LANGUAGE sql AS 'SELECT seed'`

func TestWhereTheServerHashesOtherwiseOnlyCountsAreCompared(t *testing.T) {
	for name, change := range map[string]string{
		"other hashes": otherHash, "no such function": "ALTER FUNCTION hashtextextended RENAME TO usual_hash",
	} {
		t.Run(name, func(t *testing.T) {
			database, _, _ := threeDays(t)
			database.Exec(t, change)
			s := open(t, database.URL, table("records"))
			output := logOf(s)
			l := newLedger()
			for range 2 {
				for day, tally := range l.audit(t, s) {
					if tally.Records == 0 || tally.Checksum != 0 {
						t.Errorf("day %d has %+v, want records and no checksum", day, tally)
					}
				}
				l.want(t, nil)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if count := strings.Count(output.String(), "compares counts only"); count != 1 {
				t.Errorf("the log says it %d times:\n%s", count, output)
			}
			database.Exec(t, "DELETE FROM records WHERE submission_id = '3'")
			l.audit(t, s)
			l.want(t, []string{"2026-03-02"}, "4/1")
		})
	}
}

func TestHashesThatChangeBetweenConnectionsAreAnError(t *testing.T) {
	database, s, _ := threeDays(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	database.Exec(t, otherHash)
	for range 2 {
		wantParts(t, fail(t, s), s.Name(), "other checksums than when it was connected to first", "start Gradewatch again")
	}
	database.Exec(t, "DROP FUNCTION hashint8extended; ALTER FUNCTION usual_hash RENAME TO hashint8extended")
	wantIdentities(t, poll(t, s))
}

// Where texts are recoded on their way, what is hashed is not what is read.
func TestAServerOfAnotherEncodingHasNoChecksums(t *testing.T) {
	for _, test := range []struct {
		server, client string
		want           bool
	}{{"UTF8", "UTF8", true}, {"LATIN1", "UTF8", false}, {"SQL_ASCII", "UTF8", true}} {
		t.Run(test.server, func(t *testing.T) {
			database := cluster.Database(t)
			database.Exec(t, "DROP DATABASE IF EXISTS "+strings.ToLower(test.server))
			database.Exec(t, fmt.Sprintf("CREATE DATABASE %s ENCODING '%[1]s' TEMPLATE template0", test.server))
			database.Exec(t, fmt.Sprintf("ALTER DATABASE %s SET client_encoding = '%s'", test.server, test.client))
			recoded := *database
			recoded.URL = strings.Replace(database.URL, database.Name, strings.ToLower(test.server), 1)
			records(t, &recoded, "text")
			recoded.Exec(t, "INSERT INTO records (submission_id) VALUES ('é')")
			read := poll(t, open(t, recoded.URL, table("records")))
			wantIdentities(t, read, "é/1")
			if got := read.records[0].Checksum != 0; got != test.want {
				t.Errorf("the record has a checksum: %t, want %t", got, test.want)
			}
		})
	}
}

func BenchmarkChecksum(b *testing.B) {
	raw := row("0b5c6b9e-6c0e-4f0f-9d3c-2f1a8c7d6e5f", 1, "finished", "wrong_answer", 66.67)
	b.ReportAllocs()
	for b.Loop() {
		checksum(raw)
	}
}

func BenchmarkHashBytes(b *testing.B) {
	id := []byte("0b5c6b9e-6c0e-4f0f-9d3c-2f1a8c7d6e5f")
	b.ReportAllocs()
	for b.Loop() {
		hashBytes(id, 1)
	}
}
