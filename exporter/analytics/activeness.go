package analytics

import (
	"maps"
	"math"
	"slices"
	"time"
)

const oneDay = 24 * time.Hour

// windows are spans of time before now, by the value of the label window, over which students count as active if they submitted in
// them, the shortest first.
var windows = [...]struct {
	name string
	span time.Duration
}{
	{"5m", 5 * time.Minute}, {"1h", time.Hour}, {"1d", oneDay}, {"7d", 7 * oneDay}, {"30d", 30 * oneDay},
}

// sevenDays is the window of 7 days among them.
const sevenDays = 3

// activeness knows when each student submitted last, which is all that counting active students over sliding windows
// needs (rule 9). The service's count is its own and not the sum over courses. Who has not submitted within the longest
// window is forgotten from time to time, and not remembered in the first place while old history is read.
type activeness struct {
	since   int64 // begin of the longest window, in microseconds
	service latest
	courses perCourse[latest]
	pruned  time.Time
}

// latest are the latest submissions of some students, in microseconds.
type latest struct {
	at     map[Student]int64
	counts [len(windows)]int // of students within each window, as last counted
	until  int64             // they hold up to this time, in microseconds
}

func (m *activeness) advance(now time.Time) {
	m.since = now.Add(-windows[len(windows)-1].span).UnixMicro()
	if now.Sub(m.pruned) < oneDay {
		return
	}
	m.pruned = now
	for _, of := range slices.Concat(m.courses, perCourse[latest]{m.service}) {
		maps.DeleteFunc(of.at, func(_ Student, at int64) bool { return at < m.since })
	}
}

func (m *activeness) active(c *Change) {
	if at := c.At.UnixMicro(); at >= m.since {
		m.service.note(c.Student, at)
		m.courses.at(c.Assignment.Course).note(c.Student, at)
	}
}

func (l *latest) note(student Student, at int64) {
	if l.at == nil {
		l.at = make(map[Student]int64)
	}
	l.at[student] = max(l.at[student], at)
	l.until = math.MinInt64
}

// within counts the students that submitted within each window before now. The counts hold until one of them leaves a window
// or there is another submission, so that to ask often costs little.
func (l *latest) within(now time.Time) *[len(windows)]int {
	if now.UnixMicro() <= l.until {
		return &l.counts
	}
	l.counts, l.until = [len(windows)]int{}, math.MaxInt64
	for _, at := range l.at {
		for i := len(windows) - 1; i >= 0; i-- {
			leaves := at + windows[i].span.Microseconds()
			if leaves < now.UnixMicro() {
				break
			}
			l.counts[i]++
			l.until = min(l.until, leaves)
		}
	}
	return &l.counts
}

// ActiveStudents counts the students that submitted within a window before now, by course and window.
func (f *Fold) ActiveStudents() Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 2)
		for _, c := range f.courses {
			labels[0] = c.Slug
			for i, count := range f.measures.activeness.courses.at(c).within(f.clock) {
				labels[1] = windows[i].name
				if !yield(labels, float64(count)) {
					return
				}
			}
		}
	}
}

// ServiceActiveStudents counts the students that submitted within a window before now to any course, by window.
func (f *Fold) ServiceActiveStudents() Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 1)
		for i, count := range f.measures.activeness.service.within(f.clock) {
			labels[0] = windows[i].name
			if !yield(labels, float64(count)) {
				return
			}
		}
	}
}
