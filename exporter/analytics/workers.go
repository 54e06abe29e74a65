package analytics

import (
	"maps"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// UnknownWorker is the worker of a check whose record names none, so that the sum over workers is exact.
const UnknownWorker = "unknown"

// fate is how a check ended for its worker.
type fate uint8

const (
	completed fate = iota // it has a result
	infrastructureFailure
	cancelled

	fateCount = iota
)

// fateNames are the values of the label outcome.
var fateNames = [fateCount]string{"completed", "infrastructure_failure", "cancelled"}

// workers counts what each worker did.
type workers struct {
	limit    Limit
	shown    shown
	count    [][fateCount]uint64 // this and the others by the number of the worker
	busy     []wide              // microseconds
	slots    []uint64            // how many checks it runs at a time, where the source says
	lastSeen []int64             // the latest start or end of a check, in microseconds; 0 where no record says
	overflow uint64
	running  map[uint32]run // by the row of the check
}

// A run is a check that is with a worker.
type run struct {
	worker uint32 // number
	since  time.Time
}

// started notes that the worker was there.
func (m *workers) started(c *Change) { m.see(m.worker(c), c.Record.StartedAt) }

// finished counts a check that ended with a verdict.
func (m *workers) finished(c *Change) {
	how := completed
	if c.Record.Verdict == submission.InternalError {
		how = infrastructureFailure
	}
	m.end(c, how)
}

// cancelled counts a check that was cancelled.
func (m *workers) cancelled(c *Change) { m.end(c, cancelled) }

// moved follows the checks that are with a worker. A check that was put back and is run again may carry its old start; where no
// record says when it was started, it runs since the first one that says that it does.
func (m *workers) moved(c *Change) {
	before, ran := m.running[c.check]
	delete(m.running, c.check)
	if c.To != Checking {
		return
	}
	now := run{worker: uint32(m.worker(c)), since: c.Record.StartedAt}
	switch {
	case now.since.IsZero() && ran:
		now.since = before.since
	case now.since.IsZero():
		now.since = c.Record.UpdatedAt
	case now.since.Before(c.Record.QueuedAt):
		now.since = c.Record.QueuedAt
	}
	m.running[c.check] = now
}

func (m *workers) end(c *Change, how fate) {
	number, from, to := m.worker(c), c.Record.StartedAt, c.Record.FinishedAt
	if m.count[number][how]++; number == 0 && c.Record.Worker != OtherValue {
		m.overflow++
	}
	m.see(number, to)
	if !from.IsZero() && !to.IsZero() && !to.Before(from) {
		m.busy[number].add(uint64(to.Sub(from).Microseconds()), 1)
	}
}

// worker is the number under which the worker of a check is counted.
func (m *workers) worker(c *Change) int {
	name := c.Record.Worker
	if name == "" {
		name = UnknownWorker
	}
	return m.admit(name)
}

func (m *workers) admit(name string) int {
	number := m.shown.admit(name, &m.limit, unbounded)
	m.count, m.busy = grown(m.count, number), grown(m.busy, number)
	m.slots, m.lastSeen = grown(m.slots, number), grown(m.lastSeen, number)
	return number
}

// describe takes what the source says of workers. Of one that is named twice the larger number of slots counts.
func (m *workers) describe(all []submission.Worker) {
	clear(m.slots)
	slots := make(map[string]int)
	for _, w := range all {
		slots[w.Worker] = max(slots[w.Worker], w.Slots)
	}
	for _, name := range slices.Sorted(maps.Keys(slots)) {
		number := m.admit(name)
		m.slots[number] += uint64(slots[name])
	}
}

func (m *workers) see(number int, at time.Time) {
	if !at.IsZero() {
		m.lastSeen[number] = max(m.lastSeen[number], at.UnixMicro())
	}
}

func (m *workers) persist(c *codec) {
	m.shown.persist(c)
	slice(c, &m.count, func(count *[fateCount]uint64) {
		for how := range count {
			c.uint(&count[how])
		}
	})
	slice(c, &m.busy, func(busy *wide) { busy.persist(c) })
	slice(c, &m.slots, c.uint)
	slice(c, &m.lastSeen, c.int)
	c.uint(&m.overflow)
	byRow(c, m.running, func(r *run) {
		whole(c, &r.worker)
		c.time(&r.since)
	})
}

// each yields a value for each worker that is known.
func (m *workers) each(value func(number int) (of float64, known bool)) Vector {
	return func(yield func([]string, float64) bool) {
		for number := range m.count {
			if number == 0 && m.count[0] == [fateCount]uint64{} && m.slots[0] == 0 && m.lastSeen[0] == 0 && !m.runsOn(0) {
				continue // none was too much
			}
			if of, known := value(number); known && !yield([]string{m.shown.values[number]}, of) {
				return
			}
		}
	}
}

func (m *workers) runsOn(number uint32) bool {
	for _, r := range m.running {
		if r.worker == number {
			return true
		}
	}
	return false
}

// WorkerChecks counts checks that ended, by worker and outcome.
func (f *Fold) WorkerChecks() Vector {
	return func(yield func([]string, float64) bool) {
		m := &f.measures.workers
		for how, name := range fateNames {
			for labels, count := range m.each(func(number int) (float64, bool) { return float64(m.count[number][how]), true }) {
				if !yield(append(labels, name), count) {
					return
				}
			}
		}
	}
}

// WorkerBusyTimes sums up the seconds from the start to the end of each check, by worker.
func (f *Fold) WorkerBusyTimes() Vector {
	m := &f.measures.workers
	return m.each(func(number int) (float64, bool) { return m.busy[number].float() / million, true })
}

// WorkersLastSeen yields when each worker last took or ended a check, in Unix seconds, and no later than now.
func (f *Fold) WorkersLastSeen() Vector {
	m, now := &f.measures.workers, f.clock.UnixMicro()
	return m.each(func(number int) (float64, bool) {
		return float64(min(m.lastSeen[number], now)) / million, m.lastSeen[number] > 0
	})
}

// WorkerHanging counts the checks that have been with each worker for longer than LongestCheck, and for less than 7 days, as of the last
// Conclude.
func (f *Fold) WorkerHanging() Vector {
	m := &f.measures.workers
	hanging := make([]uint64, len(m.count))
	for _, r := range m.running {
		if ran := f.readUntil.Sub(r.since); ran > LongestCheck && ran < givenUpAfter {
			hanging[r.worker]++
		}
	}
	return m.each(func(number int) (float64, bool) { return float64(hanging[number]), true })
}

// WorkerSlots yields how many checks each worker runs at a time, where the source says.
func (f *Fold) WorkerSlots() Vector {
	m := &f.measures.workers
	return m.each(func(number int) (float64, bool) { return float64(m.slots[number]), m.slots[number] > 0 })
}
