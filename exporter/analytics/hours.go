package analytics

import (
	"fmt"
	"time"
)

// weekdayNames and hourNames are values of labels: 1 is Monday, 7 is Sunday, as in ISO 8601, and hours are 00 to 23.
var (
	weekdayNames = [7]string{"1", "2", "3", "4", "5", "6", "7"}
	hourNames    = func() (names [24]string) {
		for hour := range names {
			names[hour] = fmt.Sprintf("%02d", hour)
		}
		return names
	}()
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

// SubmissionsByHour counts submissions by course, weekday and hour, both local.
func (f *Fold) SubmissionsByHour() Vector {
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 3)
		for _, c := range f.courses {
			count := f.measures.hours.count.at(c)
			for day, name := range weekdayNames {
				labels[0], labels[1] = c.Slug, name
				for hour, n := range count[(day+1)%7] {
					labels[2] = hourNames[hour]
					if !yield(labels, float64(n)) {
						return
					}
				}
			}
		}
	}
}
