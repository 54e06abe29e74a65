package analytics

import "time"

// days counts submissions and students of the local day that is going on and of the one before it, which alone are shown
// (rule 9). Days are those of the calendar: 23 or 25 hours where clocks change.
type days struct {
	zone      *time.Location
	yesterday time.Time // local midnights that begin the days; zero before the first advance
	midnight  time.Time
	tomorrow  time.Time
	today     *day
	last      *day
}

// day is what happened on one local day.
type day struct {
	submissions perCourse[uint64]
	students    perCourse[map[Student]struct{}]
	service     map[Student]struct{}
}

func newDay() *day { return &day{service: make(map[Student]struct{})} }

func newDays(zone *time.Location) days { return days{zone: zone, today: newDay(), last: newDay()} }

// advance reports whether another day has begun.
func (m *days) advance(now time.Time) bool {
	if now.Before(m.tomorrow) {
		return false
	}
	m.yesterday, m.midnight = Midnight(now, m.zone, -1), Midnight(now, m.zone, 0)
	m.last = newDay()
	if m.midnight.Equal(m.tomorrow) {
		m.last = m.today
	}
	m.today = newDay()
	m.tomorrow = Midnight(now, m.zone, 1)
	return true
}

func (m *days) active(c *Change) {
	switch {
	case !c.At.Before(m.midnight):
		m.today.add(c)
	case !c.At.Before(m.yesterday):
		m.last.add(c)
	}
}

func (d *day) add(c *Change) {
	course := c.Assignment.Course
	*d.submissions.at(course)++
	students := d.students.at(course)
	if *students == nil {
		*students = make(map[Student]struct{})
	}
	(*students)[c.Student] = struct{}{}
	d.service[c.Student] = struct{}{}
}

// Midnight is the first instant of the local day that is the given number of days after the one that holds at.
func Midnight(at time.Time, zone *time.Location, days int) time.Time {
	local := at.In(zone)
	start := time.Date(local.Year(), local.Month(), local.Day()+days, 0, 0, 0, 0, zone)
	want := time.Date(local.Year(), local.Month(), local.Day()+days, 12, 0, 0, 0, zone).Day()
	if start.Day() != want { // clocks go forward at midnight, and the day begins at 01:00
		_, start = start.ZoneBounds()
	}
	return start
}

// DaySubmissions counts submissions since local midnight by course.
func (f *Fold) DaySubmissions() Vector { return eachCourse(f, &f.measures.days.today.submissions) }

// DayActiveStudents counts students that submitted since local midnight, by course.
func (f *Fold) DayActiveStudents() Vector { return f.measures.days.today.activeStudents(f) }

// ServiceDayActiveStudents counts students that submitted to any course since local midnight.
func (f *Fold) ServiceDayActiveStudents() Vector {
	return single(float64(len(f.measures.days.today.service)))
}

// LastDaySubmissions counts submissions of the last complete local day by course; rows that come late are in it.
func (f *Fold) LastDaySubmissions() Vector { return eachCourse(f, &f.measures.days.last.submissions) }

// LastDayActiveStudents counts students that submitted on the last complete local day, by course.
func (f *Fold) LastDayActiveStudents() Vector { return f.measures.days.last.activeStudents(f) }

// ServiceLastDayActiveStudents counts students that submitted to any course on the last complete local day.
func (f *Fold) ServiceLastDayActiveStudents() Vector {
	return single(float64(len(f.measures.days.last.service)))
}

func (d *day) activeStudents(f *Fold) Vector {
	return func(yield func([]string, float64) bool) {
		for _, c := range f.courses {
			if !yield([]string{c.Slug}, float64(len(*d.students.at(c)))) {
				return
			}
		}
	}
}
