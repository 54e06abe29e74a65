package postgres

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A decoder makes a record out of a row, whose columns come in the order of the contract's fields and in the formats of
// kinds. Decoding these four forms here spares the planning and the allocations of a general scan.
type decoder struct {
	words  *submission.Words
	texts  *texts
	record submission.Record // used again for each row

	checksums bool // whether records have them
}

// decode is the record of a row, and the row's place in the order of changes, which it has even where it is at fault.
func (d *decoder) decode(raw [][]byte) (*submission.Record, cursor, *submission.Fault) {
	record := &d.record
	*record = submission.Record{}
	var fault *submission.Fault
	fields := submission.Fields()
	for i, value := range raw {
		if value == nil {
			continue
		}
		if found := d.decodeField(&fields[i], value); fault == nil {
			fault = found
		}
	}
	if d.checksums {
		record.Checksum = checksum(raw)
	}
	// The identity comes first among the fields.
	place := cursor{
		updatedAt:    record.UpdatedAt,
		submissionID: pgtype.Text{String: record.SubmissionID, Valid: raw[0] != nil},
		checkNumber:  record.CheckNumber,
	}
	if raw[1] == nil {
		place.checkNumber = 1
	}
	return record, place, fault
}

func (d *decoder) decodeField(field *submission.Field, raw []byte) *submission.Fault {
	record := &d.record
	switch field.Kind {
	case submission.ID:
		*field.Text(record) = string(raw)
	case submission.Text:
		*field.Text(record) = d.texts.text(raw)
	case submission.Integer:
		*field.Integer(record) = integer(raw)
	case submission.Time:
		at := timestamp(raw)
		if field.Name == "deadline_at" && at.Equal(infinite) {
			at = time.Time{} // infinity is how a database says that there is no deadline
		}
		*field.Time(record) = at
	case submission.Float:
		*field.Number(record) = number(raw)
	case submission.Array:
		if len(raw) > 0 {
			return record.DecodeTests(raw, d.words)
		}
	}
	return nil
}

// integer is the value of a smallint, an integer or a bigint.
func integer(raw []byte) int {
	switch len(raw) {
	case 2:
		return int(int16(binary.BigEndian.Uint16(raw)))
	case 4:
		return int(int32(binary.BigEndian.Uint32(raw)))
	default:
		return int(int64(binary.BigEndian.Uint64(raw)))
	}
}

// Infinite timestamps become times that the contract takes for impossible.
var (
	infinite      = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	minusInfinite = time.Date(-9999, 1, 1, 0, 0, 0, 0, time.UTC)
)

// epoch is the zero of PostgreSQL's timestamps, in microseconds of Unix time.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// timestamp is the time in a timestamptz, or in a timestamp, which so is taken as UTC; null is the zero time.
func timestamp(raw []byte) time.Time {
	if raw == nil {
		return time.Time{}
	}
	switch micros := int64(binary.BigEndian.Uint64(raw)); micros {
	case math.MaxInt64:
		return infinite
	case math.MinInt64:
		return minusInfinite
	default:
		return time.UnixMicro(epoch + micros).UTC()
	}
}

// number is the number in a float8; null is unknown.
func number(raw []byte) submission.Number {
	if raw == nil {
		return submission.Number{}
	}
	return submission.Known(math.Float64frombits(binary.BigEndian.Uint64(raw)))
}
