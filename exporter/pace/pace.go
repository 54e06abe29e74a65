// Package pace tells now and then how fast something goes that takes long.
package pace

import "time"

// interval is the time between two tellings.
const interval = 5 * time.Second

// A Pace counts how many there have been since it told last.
type Pace struct {
	told  time.Time
	count uint64
}

// From begins at a time, with so many.
func From(now time.Time, count uint64) Pace { return Pace{told: now, count: count} }

// Tell reports whether it is time to tell, and then how many came in a second, of count in all.
func (p *Pace) Tell(now time.Time, count uint64) (perSecond int, due bool) {
	since := now.Sub(p.told)
	if since < interval {
		return 0, false
	}
	perSecond = int(float64(count-p.count) / since.Seconds())
	*p = From(now, count)
	return perSecond, true
}
