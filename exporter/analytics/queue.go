package analytics

import (
	"maps"
	"slices"
	"time"
)

// queue follows the checks that wait for a worker or are with one.
type queue struct {
	length  perCourse[int]
	running perCourse[int]
	waiting map[uint32]time.Time // since when, by the row of the check
}

func (m *queue) moved(c *Change) {
	course := c.Assignment.Course
	switch c.From {
	case Waiting:
		*m.length.at(course)--
		delete(m.waiting, c.check)
	case Checking:
		*m.running.at(course)--
	}
	switch c.To {
	case Waiting:
		*m.length.at(course)++
		m.waiting[c.check] = c.Record.QueuedAt
	case Checking:
		*m.running.at(course)++
	}
}

// restore counts a check that stands in the course's queue or is with a worker.
func (m *queue) restore(course *Course, stage Stage) {
	switch stage {
	case Waiting:
		*m.length.at(course)++
	case Checking:
		*m.running.at(course)++
	}
}

// transfer takes a check from one course to another.
func (m *queue) transfer(row uint32, stage Stage, from, to *Course) {
	switch stage {
	case Waiting:
		*m.length.at(from)--
		*m.length.at(to)++
	case Checking:
		*m.running.at(from)--
		*m.running.at(to)++
	}
}

// persist keeps since when checks have been waiting.
func (m *queue) persist(c *codec) {
	rows := slices.Sorted(maps.Keys(m.waiting))
	slice(c, &rows, func(row *uint32) {
		whole(c, row)
		since := m.waiting[*row]
		c.time(&since)
		if c.reads {
			m.waiting[*row] = since
		}
	})
}

// QueueLength is how many checks wait for a worker, by course.
func (f *Fold) QueueLength() Vector { return eachCourse(f, &f.measures.queue.length) }

// ChecksRunning is how many checks are with a worker, by course.
func (f *Fold) ChecksRunning() Vector { return eachCourse(f, &f.measures.queue.running) }

// QueueOldestWait is for how many seconds the check that has waited longest has been waiting; 0 when none waits.
func (f *Fold) QueueOldestWait() Vector {
	oldest := f.clock
	for _, since := range f.measures.queue.waiting {
		if since.Before(oldest) {
			oldest = since
		}
	}
	return single(f.clock.Sub(oldest).Seconds())
}
