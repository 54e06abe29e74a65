package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// A cursor is a place in the order of the changes, (updated_at, submission_id, check_number): behind the last record
// that was handed over. The zero cursor is before all of them. A null id stands last among its time; what else stands
// behind it there has none either and is no record.
type cursor struct {
	updatedAt    time.Time
	submissionID pgtype.Text // null as the row's was
	checkNumber  int
}

// advance moves the cursor to a place that lies before a time.
func (c *cursor) advance(place cursor, before time.Time) {
	if place.updatedAt.Before(before) {
		*c = place
	}
}
