package analytics

import (
	"fmt"
	"time"
)

// hours counts submissions by local hour of the week.
type hours struct {
	zone  *time.Location
	count perCourse[[7][24]uint64]
}

func (m *hours) submitted(c *Change) {
	at := c.Record.SubmittedAt.In(m.zone)
	m.count.at(c.Assignment.Course)[at.Weekday()][at.Hour()]++
}

func (m *hours) persist(c *codec) {
	slice(c, (*[][7][24]uint64)(&m.count), func(week *[7][24]uint64) {
		for day := range week {
			for hour := range week[day] {
				c.uint(&week[day][hour])
			}
		}
	})
}

// SubmissionsByHour counts submissions by course, weekday (1 is Monday, 7 is Sunday, as in ISO 8601) and hour (00 to 23),
// both local.
func (f *Fold) SubmissionsByHour() Vector {
	return func(yield func([]string, float64) bool) {
		for _, c := range f.courses {
			count := f.measures.hours.count.at(c)
			for day := range 7 {
				for hour, n := range count[(day+1)%7] {
					if !yield([]string{c.Slug, fmt.Sprint(day + 1), fmt.Sprintf("%02d", hour)}, float64(n)) {
						return
					}
				}
			}
		}
	}
}
