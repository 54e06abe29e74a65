package analytics

import "time"

// queue follows the checks that wait for a worker or are with one.
type queue struct {
	length  perCourse[int]
	running perCourse[int]
	waiting map[uint32]time.Time // since when, by the row of the check
}

func (m *queue) moved(c *Change) {
	course := c.Assignment.Course
	m.add(course, c.From, -1)
	m.add(course, c.To, 1)
	if c.From == Waiting {
		delete(m.waiting, c.check)
	}
	if c.To == Waiting {
		m.waiting[c.check] = c.Record.QueuedAt
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

// persist keeps since when checks have been waiting.
func (m *queue) persist(c *codec) { byRow(c, m.waiting, c.time) }

// QueueLength is how many checks wait for a worker, by course.
func (f *Fold) QueueLength() Vector { return eachCourse(f, &f.measures.queue.length) }

// ChecksRunning is how many checks are with a worker, by course.
func (f *Fold) ChecksRunning() Vector { return eachCourse(f, &f.measures.queue.running) }

// QueueOldestWait is for how many seconds the check that has waited longest has been waiting, as of the last Conclude; 0 when none waits.
func (f *Fold) QueueOldestWait() Vector {
	oldest := f.readUntil
	for _, since := range f.measures.queue.waiting {
		if since.Before(oldest) {
			oldest = since
		}
	}
	return single(f.readUntil.Sub(oldest).Seconds())
}
