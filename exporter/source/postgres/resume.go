package postgres

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gradewatch/gradewatch/exporter/source"
)

var _ source.Resumer = (*Source)(nil)

// A resumption is what another process needs to go on. Times are in microseconds of Unix time, as exact as the
// database's.
type resumption struct {
	UpdatedAt    int64       `json:"updated_at"`
	SubmissionID pgtype.Text `json:"submission_id"`
	CheckNumber  int         `json:"check_number"`

	// Settled is where transactions that the other process finds prepared hold its horizon.
	Settled int64 `json:"settled"`
}

// Position implements source.Resumer.
func (s *Source) Position() []byte {
	if s.resume == (cursor{}) {
		return nil
	}
	text, _ := json.Marshal(resumption{ // numbers and a text always become JSON
		UpdatedAt: s.resume.updatedAt.UnixMicro(), SubmissionID: s.resume.submissionID, CheckNumber: s.resume.checkNumber,
		Settled: s.settled().UnixMicro(),
	})
	return text
}

// Resume implements source.Resumer.
func (s *Source) Resume(position []byte) error {
	if len(position) == 0 {
		return nil
	}
	var from resumption
	if err := json.Unmarshal(position, &from); err != nil {
		return fmt.Errorf("%s: the position to resume from is none of this source: %w", s.name, err)
	}
	s.resume = cursor{time.UnixMicro(from.UpdatedAt).UTC(), from.SubmissionID, from.CheckNumber}
	s.head = s.resume
	s.openSettled = time.UnixMicro(from.Settled).UTC()
	return nil
}
