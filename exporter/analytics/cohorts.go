package analytics

import (
	"fmt"
	"math/bits"
	"time"
)

// cohortWeeks is how many weekly cohorts are shown, and for how many weeks each: somewhat more than a term.
const cohortWeeks = 26

// cohorts counts in which weeks students are active, by the week of their first submission. Weeks are local and begin on Monday.
type cohorts struct {
	zone     *time.Location
	students []attendance // by Student
	count    map[week]*[cohortWeeks]int

	latest     week
	begin, end time.Time // of a day in it
}

// A week is its number since the one of 1 January 1970.
type week int32

// An attendance is in which weeks a student was active: bit i stands for i weeks after the first one. None is a student who was
// never.
type attendance struct {
	first week
	weeks uint32
}

func newCohorts(zone *time.Location) cohorts {
	return cohorts{zone: zone, count: make(map[week]*[cohortWeeks]int)}
}

func weekOf(at time.Time, zone *time.Location) week {
	const day, thursday = 24 * 60 * 60, 3 // days from the Monday before it to 1 January 1970
	y, m, d := at.In(zone).Date()
	return week((time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/day + thursday) / 7)
}

// week is the week of a time, which is mostly that of the one before.
func (m *cohorts) week(at time.Time) week {
	if at.Before(m.begin) || !at.Before(m.end) {
		m.begin, m.end = Midnight(at, m.zone, 0), Midnight(at, m.zone, 1)
		m.latest = weekOf(at, m.zone)
	}
	return m.latest
}

// String is the date of the week's Monday.
func (w week) String() string {
	return time.Unix(0, 0).UTC().AddDate(0, 0, 7*int(w)-3).Format(time.DateOnly)
}

func (m *cohorts) active(c *Change) {
	m.students = grown(m.students, int(c.Student))
	student, now := &m.students[c.Student], m.week(c.At)
	before := *student
	switch {
	case student.weeks == 0:
		*student = attendance{now, 1}
	case now < student.first:
		*student = attendance{now, student.weeks<<(student.first-now)&(1<<cohortWeeks-1) | 1}
	case now < student.first+cohortWeeks:
		student.weeks |= 1 << (now - student.first)
	}
	if *student != before {
		m.add(before, -1)
		m.add(*student, 1)
	}
}

func (m *cohorts) add(a attendance, students int) {
	if a.weeks == 0 {
		return
	}
	count := m.count[a.first]
	if count == nil {
		count = new([cohortWeeks]int)
		m.count[a.first] = count
	}
	for left := a.weeks; left != 0; left &= left - 1 {
		count[bits.TrailingZeros32(left)] += students
	}
}

// CohortActiveStudents counts students by the week of their first submission, as the date of its Monday, and by the age of the
// cohort in weeks in the week in which they submitted. The present week is in it as far as it has come.
func (f *Fold) CohortActiveStudents() Vector {
	return func(yield func([]string, float64) bool) {
		m := &f.measures.cohorts
		now := weekOf(f.clock, m.zone)
		for cohort := now - cohortWeeks + 1; cohort <= now; cohort++ {
			count := m.count[cohort]
			if count == nil || count[0] == 0 {
				continue // nobody, or nobody any more
			}
			for age := range now - cohort + 1 {
				if !yield([]string{cohort.String(), fmt.Sprintf("%02d", age)}, float64(count[age])) {
					return
				}
			}
		}
	}
}
