package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// What a checksum is over, as places among the contract's fields.
var (
	idPlace      = placeOf("submission_id")
	numberPlace  = placeOf("check_number")
	statePlace   = placeOf("state")
	verdictPlace = placeOf("verdict")
	scorePlace   = placeOf("score")
)

var coursePlace, testsPlace = placeOf("course"), placeOf("tests")

func placeOf(name string) int {
	return slices.IndexFunc(submission.Fields(), func(f submission.Field) bool { return f.Name == name })
}

// Seeds tell a value from null, of the score and of the verdict.
const (
	scoreSeed, noScore     = 1, 2
	verdictSeed, noVerdict = 3, 4
)

// checksum is the checksum of a row as the server sent it; without an id or a state, and so without a record, it is 0.
// shape.checksum says the same in SQL: each hash is the seed of the next.
func checksum(raw [][]byte) uint64 {
	id, state := raw[idPlace], raw[statePlace]
	if id == nil || state == nil {
		return 0
	}
	number, score, verdict := 1, uint64(noScore), uint64(noVerdict)
	if raw[numberPlace] != nil {
		number = integer(raw[numberPlace])
	}
	if value := raw[scorePlace]; value != nil {
		score = hashFloat(math.Float64frombits(binary.BigEndian.Uint64(value)), scoreSeed)
	}
	if value := raw[verdictPlace]; value != nil {
		verdict = hashBytes(value, verdictSeed)
	}
	return hashInteger(int64(number), hashBytes(id, hashBytes(state, score^verdict)))
}

// checksum is the checksum of a row in SQL: a bigint, null where checksum is 0 for want of an id or a state. The hashes
// of PostgreSQL cost a third of what md5 does. A collation may take different texts for equal; "C" does not.
func (s *shape) checksum(columns []column) string {
	text := func(place int) string { return "(" + s.value(columns[place]) + `)::text COLLATE "C"` }
	return fmt.Sprintf("hashint8extended(coalesce((%s)::bigint, 1), hashtextextended(%s, hashtextextended(%s, "+
		"coalesce(hashfloat8extended(%s, %d), %d) # coalesce(hashtextextended(%s, %d), %d))))",
		s.value(columns[numberPlace]), text(idPlace), text(statePlace),
		s.value(columns[scorePlace]), scoreSeed, noScore, text(verdictPlace), verdictSeed, noVerdict)
}

// sample has a row for each way through the hashes.
var sample = shape{
	from: `(VALUES
		('', 1::bigint, '', NULL, NULL::float8),
		('17', 2, 'queued', '', 0),
		('0b5c6b9e-6c0e-4f0f-9d3c-2f1a8c7d6e5f', NULL, 'finished', 'wrong_answer', 66.67),
		('10000000001', 5000000000, 'running', 'memory_limit_exceeded', '-Infinity'),
		('a-submission', -5000000000, 'cancelled', 'accepted', 'NaN')
	) AS records (submission_id, check_number, state, verdict, score)`,
	types: map[string]dataType{
		"submission_id": {name: "text", text: true},
		"check_number":  {name: "bigint"},
		"state":         {name: "text", text: true},
		"verdict":       {name: "text", text: true},
		"score":         {name: "double precision"},
	},
}

const sampleRows = 5

// agreeOnChecksums decides at the first connection whether there are checksums: those of a record that was applied
// could not be compared with others later.
func (s *Source) agreeOnChecksums(ctx context.Context) error {
	agreed, err := s.checksumsAgree(ctx)
	switch {
	case err != nil:
		return err
	case s.checksumsDecided && agreed != s.decoder.checksums:
		return errors.New("the server computes other checksums than when it was connected to first, as after an upgrade: " +
			"start Gradewatch again")
	case !agreed:
		s.tellOnce(slog.LevelWarn, "the server has other hash functions than PostgreSQL 14 or later on a little-endian "+
			"machine, or texts in another encoding than UTF-8: reconciliation compares counts only")
	}
	s.checksumsDecided, s.decoder.checksums = true, agreed
	return nil
}

// checksumsAgree reports whether the server computes the checksums of the sample as checksum does, and hashes texts in
// the encoding in which it sends them. PostgreSQL does not promise that its hashes stay what they are.
func (s *Source) checksumsAgree(ctx context.Context) (bool, error) {
	columns := s.submissions.columns
	sql := "SELECT " + sample.list(columns) + ", " + sample.checksum(columns) + " FROM " + sample.from +
		" WHERE getdatabaseencoding() IN ('SQL_ASCII', current_setting('client_encoding'))"
	formats := append(slices.Clip(s.submissions.formats), pgx.BinaryFormatCode)
	agreed := 0
	rows, err := s.conn.Query(ctx, sql, formats)
	if err == nil {
		for rows.Next() {
			if raw := rows.RawValues(); binary.BigEndian.Uint64(raw[len(columns)]) == checksum(raw) {
				agreed++
			}
		}
		err = rows.Err()
	}
	s.watchdog.saw()
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && strings.HasPrefix(refused.Code, "42") {
		return false, nil // there are no such functions
	}
	return agreed == sampleRows, err
}

// What follows are the hash functions of PostgreSQL on a little-endian machine: lookup3 by Bob Jenkins (2006, public
// domain), whose state starts with the length and, unless it is 0, the seed.

// hashInteger is hashint8extended.
func hashInteger(value int64, seed uint64) uint64 {
	high := uint32(uint64(value) >> 32)
	if value < 0 {
		high = ^high // so that it is the hash of the same value as an integer of 4 bytes
	}
	a, b, c := hashState(4, seed)
	return hashEnd(a+(uint32(value)^high), b, c)
}

// hashFloat is hashfloat8extended.
func hashFloat(value float64, seed uint64) uint64 {
	switch {
	case value == 0: // or minus 0
		return seed
	case math.IsNaN(value):
		value = math.Float64frombits(0x7ff8 << 48) // of all that are not a number, the usual one
	}
	word := math.Float64bits(value)
	a, b, c := hashState(8, seed)
	return hashEnd(a+uint32(word), b+uint32(word>>32), c)
}

// hashBytes is hashtextextended of a text in the collation "C".
func hashBytes(text []byte, seed uint64) uint64 {
	a, b, c := hashState(len(text), seed)
	for ; len(text) >= 12; text = text[12:] {
		a += binary.LittleEndian.Uint32(text)
		b += binary.LittleEndian.Uint32(text[4:])
		c += binary.LittleEndian.Uint32(text[8:])
		a, b, c = hashMix(a, b, c)
	}
	var rest [12]byte
	copy(rest[:], text)
	a += binary.LittleEndian.Uint32(rest[:])
	b += binary.LittleEndian.Uint32(rest[4:])
	c += binary.LittleEndian.Uint32(rest[8:]) << 8 // the lowest byte is the length's
	return hashEnd(a, b, c)
}

func hashState(length int, seed uint64) (a, b, c uint32) {
	a = 0x9e3779b9 + 3923095 + uint32(length)
	if seed == 0 {
		return a, a, a
	}
	return hashMix(a+uint32(seed>>32), a+uint32(seed), a)
}

// hashMix mixes three words so that the sum with three more loses nothing.
func hashMix(a, b, c uint32) (uint32, uint32, uint32) {
	a, c = (a-c)^bits.RotateLeft32(c, 4), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 6), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 8), b+a
	a, c = (a-c)^bits.RotateLeft32(c, 16), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 19), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 4), b+a
	return a, b, c
}

// hashEnd mixes the three words for the last time.
func hashEnd(a, b, c uint32) uint64 {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return uint64(b)<<32 | uint64(c)
}
