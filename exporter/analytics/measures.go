package analytics

import (
	"iter"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// measures are all measures there are. To add one: a file with a type that has a method for each kind of change that it
// wants to know, the lines here, and an entry in the catalogue that reads it.
type measures struct {
	submissions submissions
	languages   languages
	hours       hours
	lateness    lateness
	checks      checks
	waits       waits
	misses      misses
	resources   resources
	workers     workers
	scores      scores
	solving     solving
	cohorts     cohorts
	forecast    forecast
	tests       tests
	queue       queue
	activeness  activeness
	days        days
	progress    progress
	ledger      ledger
}

func newMeasures(o Options) measures {
	return measures{
		languages: languages{limit: o.Limits.Languages},
		hours:     hours{zone: o.Zone},
		cohorts:   newCohorts(o.Zone),
		workers:   workers{limit: o.Limits.Workers, running: make(map[uint32]run)},
		tests:     tests{limits: o.Limits},
		queue:     queue{waiting: make(map[uint32]time.Time)},
		days:      newDays(o.Zone),
		ledger:    ledger{days: make(map[submission.Day]*submission.Tally)},
	}
}

// observe tells each measure of the kinds of changes that it knows.
func (m *measures) observe(c *Change) {
	switch c.Kind {
	case Submitted:
		m.submissions.submitted(c)
		m.languages.submitted(c)
		m.hours.submitted(c)
		m.lateness.submitted(c)
		m.forecast.submitted(c)
	case Active:
		m.activeness.active(c)
		m.days.active(c)
		m.cohorts.active(c)
	case Started:
		m.waits.started(c)
		m.workers.started(c)
	case Finished:
		m.checks.finished(c)
		m.waits.finished(c)
		if c.Ran {
			m.resources.finished(c)
			m.workers.finished(c)
		}
		m.scores.finished(c)
		m.tests.finished(c)
	case CalledOff:
		m.workers.cancelled(c)
	case Moved:
		m.queue.moved(c)
		m.workers.moved(c)
	}
}

// advance reports whether another day has begun.
func (m *measures) advance(now time.Time) (anotherDay bool) {
	m.activeness.advance(now)
	return m.days.advance(now)
}

// forgetActivities makes the measures of activities as they are before the first one.
func (m *measures) forgetActivities(now time.Time) {
	m.activeness, m.days, m.cohorts = activeness{}, newDays(m.days.zone), newCohorts(m.cohorts.zone)
	m.activeness.advance(now)
	m.days.advance(now)
}

// A Vector yields the values of a measure, each with the values of its labels. The labels are valid until the next one.
// Every known course and assignment is in it, with zero where nothing has happened (rule 8).
type Vector = iter.Seq2[[]string, float64]

// Histograms yields the histograms of a measure as a Vector does numbers.
type Histograms = iter.Seq2[[]string, *Histogram]

type number interface{ ~uint64 | ~int }

func eachCourse[T number](f *Fold, values *perCourse[T]) Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 1)
		for _, c := range f.courses {
			labels[0] = c.Slug
			if !yield(labels, float64(*values.at(c))) {
				return
			}
		}
	}
}

func eachAssignment[T number](f *Fold, values *perAssignment[T]) Vector {
	return assignmentsWith(f, func(a *Assignment) (float64, bool) { return float64(*values.at(a)), true })
}

// assignmentsWith yields a value for each assignment that has one.
func assignmentsWith(f *Fold, value func(*Assignment) (of float64, has bool)) Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 2)
		for _, a := range f.assignments {
			labels[0], labels[1] = a.Course.Slug, a.Slug
			if of, has := value(a); has && !yield(labels, of) {
				return
			}
		}
	}
}

// eachAssignmentBy yields counts for each assignment under their names, which are the values of a third label.
func eachAssignmentBy(f *Fold, names []string, counts func(*Assignment) []int) Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 3)
		for _, a := range f.assignments {
			labels[0], labels[1] = a.Course.Slug, a.Slug
			for i, count := range counts(a) {
				labels[2] = names[i]
				if !yield(labels, float64(count)) {
					return
				}
			}
		}
	}
}

func eachAssignmentHistogram(f *Fold, values *perAssignment[Histogram]) Histograms {
	return func(yield func([]string, *Histogram) bool) {
		labels := make([]string, 2)
		for _, a := range f.assignments {
			labels[0], labels[1] = a.Course.Slug, a.Slug
			if !yield(labels, values.at(a)) {
				return
			}
		}
	}
}

func single(value float64) Vector {
	return func(yield func([]string, float64) bool) { yield(nil, value) }
}
