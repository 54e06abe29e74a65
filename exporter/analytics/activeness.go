package analytics

import (
	"maps"
	"slices"
	"time"
)

// Window is a span of time before now over which students count as active if they submitted in it.
type Window struct {
	Name string // value of the label window
	Span time.Duration
}

// Windows are the windows that are measured, the shortest first.
func Windows() []Window {
	const day = 24 * time.Hour
	return []Window{{"5m", 5 * time.Minute}, {"1h", time.Hour}, {"1d", day}, {"7d", 7 * day}, {"30d", 30 * day}}
}

// activeness knows when each student submitted last, which is all that counting active students over sliding windows
// needs (rule 9). The service's count is its own and not the sum over courses. Who has not submitted within the longest
// window is forgotten from time to time, and not remembered in the first place while old history is read.
type activeness struct {
	since   int64             // begin of the longest window, in microseconds
	last    map[Student]int64 // microseconds
	courses perCourse[map[Student]int64]
	pruned  time.Time
}

func newActiveness() activeness { return activeness{last: make(map[Student]int64)} }

func (m *activeness) advance(now time.Time) {
	windows := Windows()
	m.since = now.Add(-windows[len(windows)-1].Span).UnixMicro()
	if now.Sub(m.pruned) < 24*time.Hour {
		return
	}
	m.pruned = now
	for _, last := range slices.Concat(m.courses, perCourse[map[Student]int64]{m.last}) {
		maps.DeleteFunc(last, func(_ Student, at int64) bool { return at < m.since })
	}
}

func (m *activeness) active(c *Change) {
	at := c.At.UnixMicro()
	if at < m.since {
		return
	}
	course := m.courses.at(c.Assignment.Course)
	if *course == nil {
		*course = make(map[Student]int64)
	}
	m.last[c.Student] = max(m.last[c.Student], at)
	(*course)[c.Student] = max((*course)[c.Student], at)
}

// activeWithin counts students that submitted within each window before now.
func activeWithin(last map[Student]int64, now time.Time) []int {
	windows := Windows()
	counts := make([]int, len(windows))
	since := make([]int64, len(windows))
	for i, w := range windows {
		since[i] = now.Add(-w.Span).UnixMicro()
	}
	for _, at := range last {
		for i := len(windows) - 1; i >= 0 && at >= since[i]; i-- {
			counts[i]++
		}
	}
	return counts
}

// ActiveStudents counts the students that submitted within a window before now, by course and window.
func (f *Fold) ActiveStudents() Vector {
	return func(yield func([]string, float64) bool) {
		for _, c := range f.courses {
			for i, count := range activeWithin(*f.measures.activeness.courses.at(c), f.clock) {
				if !yield([]string{c.Slug, Windows()[i].Name}, float64(count)) {
					return
				}
			}
		}
	}
}

// ServiceActiveStudents counts the students that submitted within a window before now to any course, by window.
func (f *Fold) ServiceActiveStudents() Vector {
	return func(yield func([]string, float64) bool) {
		for i, count := range activeWithin(f.measures.activeness.last, f.clock) {
			if !yield([]string{Windows()[i].Name}, float64(count)) {
				return
			}
		}
	}
}
