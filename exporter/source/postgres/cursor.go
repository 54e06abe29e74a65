package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// A cursor is a place in the order of the changes, (updated_at, submission_id, check_number): behind the last record
// that was handed over. The zero cursor is before all of them. A null id stands last among its time; what else stands
// behind it there has none either and is no record.
//
// Two cursors are at work. The position goes from row to row, and a Poll follows it to the end. The point to resume
// from is where the next Poll begins; it follows the position up to the horizon, and what was read beyond it is read
// again. So a row that lies ahead of its time does not hide those that are still to come. Rule 2 of the design (a row
// that commits late is not missed) is a nearer horizon: the start of the oldest transaction that may still commit.
type cursor struct {
	updatedAt    time.Time
	submissionID pgtype.Text // null as the row's was
	checkNumber  int
}

// horizon is up to where the past is complete: the database's own clock, since that is what stamps the rows.
func (s *Source) horizon(ctx context.Context) (horizon time.Time, err error) {
	err = s.conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&horizon)
	s.watchdog.saw()
	return horizon, err
}

// advance moves the point to resume from to a position, unless that lies beyond the horizon.
func (c *cursor) advance(position cursor, horizon time.Time) {
	if !position.updatedAt.After(horizon) {
		*c = position
	}
}
