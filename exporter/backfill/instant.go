package backfill

import (
	"iter"
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
)

// An instant is one at which samples are taken.
type instant struct {
	stamp  time.Time // of the samples, in whole milliseconds
	before time.Time // what took place before this is in them
}

// instants are the multiples of step from begin on and before end, in the order of time; and the last millisecond before
// each local midnight and before end. The samples of a last millisecond hold all that took place before it was over, so
// that a day, and the past as a whole, ends with exactly what it has had.
func instants(begin, end time.Time, step time.Duration, zone *time.Location) iter.Seq[instant] {
	return func(yield func(instant) bool) {
		next := begin.Truncate(step)
		if next.Before(begin) {
			next = next.Add(step)
		}
		border := analytics.Midnight(begin, zone, 1)
		for {
			if border.After(end) {
				border = end
			}
			for ; next.Before(border.Add(-time.Millisecond)); next = next.Add(step) {
				if !yield(instant{next, next}) {
					return
				}
			}
			if next.Before(border) {
				next = next.Add(step) // the last millisecond itself
			}
			if last := border.Add(-time.Millisecond); !last.Before(begin) && !yield(instant{last, border}) {
				return
			}
			if !border.Before(end) {
				return
			}
			border = analytics.Midnight(border, zone, 1)
		}
	}
}

// clock is what the fold's clock shows at the instant: it holds the events before it, which are exact to the microsecond.
func (i instant) clock() time.Time {
	if i.before.Equal(i.stamp) {
		return i.stamp
	}
	return i.before.Add(-time.Nanosecond)
}
