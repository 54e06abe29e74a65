// Package demo is a source of made-up records: a university whose semesters have been going on for months and go on
// live. A term is a pure function of the options and of time; now only cuts it off. Which term is the first depends on
// when the source is opened: the one before the present.
package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// mostStudents bounds memory: a term of so many students holds about 1.2 million checks, 400 MB.
const mostStudents = 10_000

// Options shape the demo semester.
type Options struct {
	Seed     uint64
	Students int              // in each term
	Location *time.Location   // of the university; UTC where nil
	Faults   []Fault          // what goes wrong
	Shift    time.Duration    // by which all times are moved: what was that long ago is now
	Now      func() time.Time // the clock; time.Now where nil
}

// A Source hands over the demo semester. It begins with the term before the one in which it is opened.
type Source struct {
	university university
	shift      time.Duration
	now        func() time.Time // as it is in the semester, before it is moved
	words      *submission.Words

	next      termNumber // that has not been opened
	terms     []*term    // that have been opened and not been handed over to their ends
	catalogue submission.Catalogue
	record    submission.Record
}

var _ source.Source = (*Source)(nil)

// New opens the demo semester.
func New(options Options) (*Source, error) {
	if options.Students < 1 || options.Students > mostStudents {
		return nil, fmt.Errorf("demo: %d students; want 1 to %d", options.Students, mostStudents)
	}
	if options.Location == nil {
		options.Location = time.UTC
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	now := func() time.Time { return options.Now().Add(-options.Shift) }
	opened := now()
	faults, err := newFaults(options.Faults, options.Shift, opened)
	if err != nil {
		return nil, err
	}
	first := termAt(opened, options.Location) - 1
	if first < 0 {
		return nil, fmt.Errorf("demo: the clock says %s; the demo semester is known from September %d on",
			opened.Format(time.DateOnly), firstYear)
	}
	return &Source{
		university: university{seed: options.Seed, size: options.Students, zone: options.Location, faults: faults},
		shift:      options.Shift, now: now, words: submission.ContractWords(), next: first,
	}, nil
}

// Name is what is being read. What makes other records is in it; database-gone only keeps them from being read.
func (s *Source) Name() string {
	name := fmt.Sprintf("demo semester of %d students, seed %d", s.university.size, s.university.seed)
	if s.shift != 0 {
		name += fmt.Sprintf(", moved by %s", s.shift)
	}
	for _, kind := range Kinds() {
		for _, fault := range s.university.faults[kind] {
			switch begin := fault.Begin.Add(s.shift).Format(time.RFC3339); {
			case kind == DatabaseGone:
			case fault.End.IsZero():
				name += fmt.Sprintf(", %s from %s on", kind, begin)
			default:
				name += fmt.Sprintf(", %s from %s to %s", kind, begin, fault.End.Add(s.shift).Format(time.RFC3339))
			}
		}
	}
	return name
}

// Close does nothing; the demo semester holds nothing open.
func (s *Source) Close() error { return nil }

// Poll hands over, once for each check that has changed since the last Poll, how it stands now.
func (s *Source) Poll(ctx context.Context, sink source.Sink) error {
	now := s.now()
	if err := s.gone(now); err != nil {
		return err
	}
	known := len(s.catalogue.Courses)
	for s.next <= termAt(now, s.university.zone) {
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	if len(s.catalogue.Courses) > known {
		sink.Catalogue(&s.catalogue)
	}
	for _, t := range s.terms {
		if err := s.handOver(ctx, sink, t, now); err != nil {
			return err
		}
	}
	// The check that a stopped worker holds may be given up when the next term has long begun.
	s.terms = slices.DeleteFunc(s.terms, func(t *term) bool { return len(t.transitions) == 0 })
	return nil
}

// gone is why nothing can be read at a time, if so.
func (s *Source) gone(at time.Time) error {
	if !s.university.faults.on(DatabaseGone, at) {
		return nil
	}
	hope := "never will; start without this fault"
	if back := s.university.faults.end(DatabaseGone, at); !back.IsZero() {
		hope = fmt.Sprintf("will from %s on; wait, or start without this fault", back.Add(s.shift).Format(time.RFC3339))
	}
	return fmt.Errorf("demo fault %s: the database does not answer (it %s)", DatabaseGone, hope)
}

// open makes up the next term and adds it to the catalogue.
func (s *Source) open(ctx context.Context) error {
	t, err := s.university.open(ctx, s.next)
	if err != nil {
		return err
	}
	s.terms = append(s.terms, t)
	s.next++
	for _, c := range t.courses {
		s.catalogue.Courses = append(s.catalogue.Courses,
			submission.Course{Course: c.slug, Title: c.title, Term: t.number.slug()})
		s.catalogue.Enrolments = append(s.catalogue.Enrolments, submission.Enrolment{Course: c.slug, Students: t.enrolled[c]})
		for _, a := range c.assignments {
			s.catalogue.Assignments = append(s.catalogue.Assignments, submission.Assignment{
				Course: c.slug, Assignment: a.slug, Title: a.title,
				OpensAt: a.opens.Add(s.shift), DeadlineAt: a.deadline.Add(s.shift), MaxScore: submission.Known(c.maxScore),
			})
		}
	}
	s.catalogue.Workers = s.university.workers()
	return nil
}

// handOver hands over a term's transitions up to now, but only the last one of each check.
func (s *Source) handOver(ctx context.Context, sink source.Sink, t *term, now time.Time) error {
	for len(t.transitions) > 0 && !t.transitions[0].at.After(now) {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := t.transitions[0]
		if next.at.Equal(next.check.updated(now)) {
			next.check.record(&s.record, now)
			s.move(&s.record)
			if fault := s.record.Complete(s.words, now.Add(s.shift)); fault != nil {
				sink.Reject(fault)
			} else {
				sink.Record(&s.record)
			}
		}
		t.transitions = t.transitions[1:]
	}
	return nil
}

// move moves the times of a record.
func (s *Source) move(r *submission.Record) {
	for _, at := range []*time.Time{&r.SubmittedAt, &r.QueuedAt, &r.StartedAt, &r.FinishedAt, &r.DeadlineAt, &r.UpdatedAt} {
		if !at.IsZero() {
			*at = at.Add(s.shift)
		}
	}
}
