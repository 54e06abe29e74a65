package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

var courseColumns = []column{
	{"course", submission.Text, true},
	{"title", submission.Text, false},
	{"term", submission.Text, false},
}

var assignmentColumns = []column{
	{"course", submission.Text, true},
	{"assignment", submission.Text, true},
	{"title", submission.Text, false},
	{"opens_at", submission.Time, false},
	{"deadline_at", submission.Time, false},
	{"max_score", submission.Float, false},
}

// shapeAge is how long the shape of a relation of the catalogue is taken for known, or the relation for absent. That a
// column or a row is gone shows at once.
const shapeAge = time.Minute

// readCatalogue reads courses and assignments. Both are small, and are read in every Poll: whether a submission is
// late is decided when it is first read, by the deadline as it is then.
func (s *Source) readCatalogue(ctx context.Context, sink source.Sink) error {
	catalogue, err := s.catalogue(ctx)
	if _, refused := errors.AsType[*pgconn.PgError](err); refused && !s.conn.IsClosed() {
		// The relations may have been altered since they were described.
		s.courses.forget()
		s.assignments.forget()
		catalogue, err = s.catalogue(ctx)
	}
	if err != nil {
		return err
	}
	sink.Catalogue(catalogue)
	return nil
}

func (s *Source) catalogue(ctx context.Context) (*submission.Catalogue, error) {
	catalogue := &submission.Catalogue{}
	if err := s.readEntries(ctx, s.courses, func(raw [][]byte) bool {
		course := submission.Course{Course: string(raw[0]), Title: title(raw[1]), Term: title(raw[2])}
		if !usable(course.Course) {
			return false
		}
		catalogue.Courses = append(catalogue.Courses, course)
		return true
	}); err != nil {
		return nil, err
	}
	return catalogue, s.readEntries(ctx, s.assignments, func(raw [][]byte) bool {
		assignment := submission.Assignment{
			Course: string(raw[0]), Assignment: string(raw[1]), Title: title(raw[2]),
			OpensAt: possible(timestamp(raw[3])), DeadlineAt: possible(timestamp(raw[4])), MaxScore: positive(number(raw[5])),
		}
		if !usable(assignment.Course) || !usable(assignment.Assignment) {
			return false
		}
		catalogue.Assignments = append(catalogue.Assignments, assignment)
		return true
	})
}

// readEntries reads a relation of the catalogue; add reports whether it could use the row. Where nobody has configured
// the relation, it may be absent or closed, or be something else of the same name.
func (s *Source) readEntries(ctx context.Context, r *relation, add func(raw [][]byte) bool) error {
	var err error
	if now := s.elapsed(); now >= r.describeFrom {
		r.describeFrom = now + shapeAge
		r.shape, err = r.describe(ctx, s.conn)
	}
	if r.shape != nil {
		s.tellZone(r, r.shape)
		leftOut := 0
		err = s.rows(ctx, r, "SELECT "+r.shape.list(r.columns)+" FROM "+r.shape.from, func(raw [][]byte) {
			if !add(raw) {
				leftOut++
			}
		})
		if leftOut > 0 {
			s.tellOnce(slog.LevelWarn, fmt.Sprintf("%s: %d rows are left out, since the slug of the course or assignment "+
				"is empty, longer than %d bytes or not UTF-8", r.name, leftOut, submission.MaxText))
		}
	}
	if err != nil && !r.configured && (errors.Is(err, errAbsent) || errors.Is(err, errShape) || isDenied(err)) {
		r.shape = nil
		s.tellOnce(slog.LevelInfo, fmt.Sprintf("going on without the optional relation %s", explain(ctx, err)))
		return nil
	}
	return err
}

func isDenied(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	return ok && refused.Code == insufficientPrivilege
}

// usable reports whether a text can be the slug of a course or an assignment, as in a record.
func usable(slug string) bool {
	return slug != "" && len(slug) <= submission.MaxText && utf8.ValidString(slug)
}

// title is a text for people, cut to what a record may hold.
func title(raw []byte) string {
	return strings.ToValidUTF8(string(raw[:min(len(raw), submission.MaxText)]), "")
}

// possible leaves out a time that a record could not have, such as infinity.
func possible(at time.Time) time.Time {
	if at.Year() < 1970 || at.Year() >= 2200 {
		return time.Time{}
	}
	return at
}

// positive leaves out a number that a record could not have.
func positive(number submission.Number) submission.Number {
	if !(number.Value >= 0) || math.IsInf(number.Value, 0) {
		return submission.Number{}
	}
	return number
}
