package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
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

var enrolmentColumns = []column{
	{"course", submission.Text, true},
	{"student", submission.ID, true},
}

var workerColumns = []column{
	{"worker", submission.Text, true},
	{"slots", submission.Integer, true},
}

// shapeAge is how long the shape of a relation is taken for known, or an optional relation for absent. That a column or a row is gone
// shows at once.
const shapeAge = time.Minute

// readCatalogue reads courses and assignments. Both are small, and are read in every Poll: whether a submission is
// late is decided when it is first read, by the deadline as it is then. Enrolments and workers are read seldom.
func (s *Source) readCatalogue(ctx context.Context, sink source.Sink) error {
	catalogue, err := s.catalogue(ctx)
	if _, refused := errors.AsType[*pgconn.PgError](err); refused && !s.conn.IsClosed() {
		// The relations may have been altered since they were described.
		s.forgetCatalogue()
		catalogue, err = s.catalogue(ctx)
	}
	if err != nil {
		return err
	}
	sink.Catalogue(catalogue)
	return nil
}

// forgetCatalogue makes all of it be described and read again.
func (s *Source) forgetCatalogue() {
	for _, r := range []*relation{s.courses, s.assignments, s.enrolments, s.workers} {
		r.forget()
	}
	s.seldom = seldomRead{}
}

func (s *Source) catalogue(ctx context.Context) (*submission.Catalogue, error) {
	if now := s.elapsed(); now >= s.seldom.from {
		if err := s.readSeldom(ctx, now); err != nil {
			return nil, err
		}
	}
	catalogue := &submission.Catalogue{Enrolments: s.seldom.enrolments, Workers: s.seldom.workers}
	if err := s.readEntries(ctx, s.courses, entries, func(raw [][]byte) bool {
		course := submission.Course{Course: string(raw[0]), Title: title(raw[1]), Term: title(raw[2])}
		if !usable(course.Course) {
			return false
		}
		catalogue.Courses = append(catalogue.Courses, course)
		return true
	}); err != nil {
		return nil, err
	}
	return catalogue, s.readEntries(ctx, s.assignments, entries, func(raw [][]byte) bool {
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

// seldomRead is what of the catalogue changes seldom, or costs the database more to read than a look at an index.
type seldomRead struct {
	from       time.Duration // when it is read again
	enrolments []submission.Enrolment
	workers    []submission.Worker
}

// seldomAge is how long it is taken for known.
const seldomAge = time.Minute

// seldomTimeout is less than the silence after which a connection is given up.
const seldomTimeout = 20 * time.Second

// readSeldom reads enrolments and workers. Where the database refuses or takes too long, what was read before goes on counting:
// records do not wait for it.
func (s *Source) readSeldom(ctx context.Context, now time.Duration) error {
	fresh := seldomRead{from: now + seldomAge}
	if _, err := s.conn.Exec(ctx, "SET statement_timeout = "+strconv.Itoa(int(seldomTimeout.Milliseconds()))); err != nil {
		return err
	}
	err := s.readOptional(ctx, &fresh)
	if _, refused := errors.AsType[*pgconn.PgError](err); refused && !s.conn.IsClosed() {
		s.tellOnce(slog.LevelWarn, fmt.Sprintf("going on without: %s", Explain(ctx, err)))
		fresh.enrolments, fresh.workers, err = s.seldom.enrolments, s.seldom.workers, nil
	}
	if err != nil {
		return err
	}
	s.seldom = fresh
	_, err = s.conn.Exec(ctx, "RESET statement_timeout")
	return err
}

// readOptional has the database count the enrolments, so that no student's id comes out of it for them.
func (s *Source) readOptional(ctx context.Context, into *seldomRead) error {
	if err := s.readEntries(ctx, s.enrolments, enrolmentCounts, func(raw [][]byte) bool {
		course := string(raw[0])
		students, err := strconv.Atoi(string(raw[1]))
		if !usable(course) || err != nil {
			return false
		}
		into.enrolments = append(into.enrolments, submission.Enrolment{Course: course, Students: students})
		return true
	}); err != nil {
		return err
	}
	return s.readEntries(ctx, s.workers, entries, func(raw [][]byte) bool {
		worker := submission.Worker{Worker: string(raw[0])}
		if raw[1] != nil {
			worker.Slots = integer(raw[1])
		}
		if !usable(worker.Worker) || worker.Slots < 1 {
			return false
		}
		into.workers = append(into.workers, worker)
		return true
	})
}

// entries selects all of a relation.
func entries(r *relation) string {
	return "SELECT " + r.shape.list(r.columns) + " FROM " + r.shape.from
}

func enrolmentCounts(r *relation) string {
	return "SELECT " + r.shape.value(r.columns[0]) + ", count(DISTINCT records.student)::text FROM " + r.shape.from + " GROUP BY 1 ORDER BY 1"
}

// readEntries reads a relation of the catalogue; add reports whether it could use the row. Where nobody has configured
// the relation, it may be absent or closed, or be something else of the same name.
func (s *Source) readEntries(ctx context.Context, r *relation, sql func(*relation) string, add func(raw [][]byte) bool) error {
	var err error
	if now := s.elapsed(); now >= r.describeFrom {
		r.describeFrom = now + shapeAge
		r.shape, err = r.describe(ctx, s.conn)
	}
	if r.shape != nil {
		s.tellZone(r, r.shape)
		leftOut := 0
		err = s.rows(ctx, r, sql(r), func(raw [][]byte) {
			if !add(raw) {
				leftOut++
			}
		})
		if leftOut > 0 {
			s.tellOnce(slog.LevelWarn, fmt.Sprintf("%s: %d rows are left out, since the name of the course, assignment or "+
				"worker is empty, longer than %d bytes or not UTF-8, or the number of slots is not positive", r.name, leftOut, submission.MaxText))
		}
	}
	if err != nil && !r.configured && (errors.Is(err, errAbsent) || errors.Is(err, errShape) || isDenied(err)) {
		r.shape = nil
		s.tellOnce(slog.LevelInfo, fmt.Sprintf("going on without the optional relation %s", Explain(ctx, err)))
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
