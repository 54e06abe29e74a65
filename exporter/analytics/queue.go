package analytics

import (
	"maps"
	"slices"
	"time"
)

// queue follows the checks that wait for a worker or are with one.
type queue struct {
	length, running   perCourse[int]
	waiting, checking since
}

// since is when checks came to where they are, by their rows.
type since map[uint32]time.Time

func (m *queue) moved(c *Change) {
	course := c.Assignment.Course
	m.add(course, c.From, -1)
	m.add(course, c.To, 1)
	delete(m.waiting, c.check)
	delete(m.checking, c.check)
	switch c.To {
	case Waiting:
		m.waiting[c.check] = c.Record.QueuedAt
	case Checking:
		m.checking[c.check] = c.Record.StartedAt
		if c.Record.StartedAt.IsZero() {
			m.checking[c.check] = c.Record.UpdatedAt
		}
	}
}

// add counts so many checks more that stand in a stage, if it is one that is shown.
func (m *queue) add(course *Course, stage Stage, checks int) {
	switch stage {
	case Waiting:
		*m.length.at(course) += checks
	case Checking:
		*m.running.at(course) += checks
	}
}

// persist keeps since when checks have been where they are.
func (m *queue) persist(c *codec) {
	m.waiting.persist(c)
	m.checking.persist(c)
}

func (s since) persist(c *codec) {
	rows := slices.Sorted(maps.Keys(s))
	slice(c, &rows, func(row *uint32) {
		whole(c, row)
		at := s[*row]
		c.time(&at)
		if c.reads {
			s[*row] = at
		}
	})
}

// longest is for how many seconds the check that came first has been there; 0 when there is none.
func (s since) longest(now time.Time) Vector {
	first := now
	for _, at := range s {
		if at.Before(first) {
			first = at
		}
	}
	return single(now.Sub(first).Seconds())
}

// QueueLength is how many checks wait for a worker, by course.
func (f *Fold) QueueLength() Vector { return eachCourse(f, &f.measures.queue.length) }

// ChecksRunning is how many checks are with a worker, by course.
func (f *Fold) ChecksRunning() Vector { return eachCourse(f, &f.measures.queue.running) }

// QueueOldestWait is for how many seconds the check that has waited longest has been waiting; 0 when none waits.
func (f *Fold) QueueOldestWait() Vector { return f.measures.queue.waiting.longest(f.clock) }

// LongestRun is for how many seconds the check that has been with its worker longest has been there; 0 when none is.
func (f *Fold) LongestRun() Vector { return f.measures.queue.checking.longest(f.clock) }
