package analytics

import (
	"maps"
	"slices"
	"time"
)

// leadHours is how many hours before a deadline behaviour is looked at.
const leadHours = 14 * 24

// horizons are for how long load is foretold, by the value of the label horizon.
var horizons = [...]struct {
	name  string
	hours int
}{{"1h", 1}, {"1d", 24}, {"7d", 7 * 24}}

// forecast foretells the load that coming deadlines will bring, by how students behaved before deadlines that are past: so many
// submissions came in each hour before the deadline for each student who had not solved the assignment by then. A course goes
// by its own deadlines; while it has none behind it, by those of all courses.
type forecast struct {
	sent   perAssignment[hourly]
	solved perAssignment[hourly] // by the submission that solves

	behaviour []behaviour // by course; nil when it has to be found out anew
	all       behaviour   // of all courses together
	next      time.Time   // deadline; zero is none
}

// hourly counts by hour of Unix time, in days, of which most are empty.
type hourly map[int64]*[24]uint64

// dueHour is the last hour before a deadline.
func dueHour(deadline time.Time) int64 { return hourOf(deadline.Add(-time.Microsecond)) }

func hourOf(at time.Time) int64 { return at.Unix() / int64(time.Hour/time.Second) } // no time is older than 1970

func (h *hourly) add(hour int64) {
	if *h == nil {
		*h = make(hourly)
	}
	day := (*h)[hour/24]
	if day == nil {
		day = new([24]uint64)
		(*h)[hour/24] = day
	}
	day[hour%24]++
}

func (h hourly) at(hour int64) uint64 {
	if hour < 0 {
		return 0
	}
	if day := h[hour/24]; day != nil {
		return day[hour%24]
	}
	return 0
}

func (h hourly) total() (total uint64) {
	for _, day := range h {
		for _, count := range day {
			total += count
		}
	}
	return total
}

func (h *hourly) persist(c *codec) {
	days := slices.Sorted(maps.Keys(*h))
	slice(c, &days, func(day *int64) {
		c.int(day)
		if c.reads {
			if *h == nil {
				*h = make(hourly)
			}
			(*h)[*day] = new([24]uint64)
		}
		for hour := range 24 {
			c.uint(&(*h)[*day][hour])
		}
	})
}

// behaviour is what students did before deadlines, by how many hours before.
type behaviour struct {
	deadlines uint64
	sent      [leadHours + 1]uint64 // submissions in this hour or later
	solved    [leadHours + 1]uint64 // students who had solved before this hour
}

func (b *behaviour) join(other *behaviour) {
	b.deadlines += other.deadlines
	for lead := range b.sent {
		b.sent[lead] += other.sent[lead]
		b.solved[lead] += other.solved[lead]
	}
}

// watch adds what happened before a deadline.
func (b *behaviour) watch(deadline time.Time, sent, solved hourly) {
	due := dueHour(deadline)
	b.deadlines++
	left, late := uint64(0), uint64(0)
	for lead := range b.sent {
		b.sent[lead] += sent.at(due-int64(lead)) + left
		left += sent.at(due - int64(lead))
	}
	for day, hours := range solved {
		for hour, count := range hours {
			if day*24+int64(hour) > due {
				late += count
			}
		}
	}
	before := solved.total() - late
	for lead := range b.solved {
		before -= solved.at(due - int64(lead))
		b.solved[lead] += before
	}
}

func (m *forecast) submitted(c *Change) {
	at := c.Record.SubmittedAt
	m.sent.at(c.Assignment).add(hourOf(at))
	m.touch(c.Assignment, at)
}

func (m *forecast) solvedAt(a *Assignment, at time.Time) {
	m.solved.at(a).add(hourOf(at))
	m.touch(a, at)
}

// touch forgets what was found out if something of before a deadline has come after it.
func (m *forecast) touch(a *Assignment, at time.Time) {
	if hasDeadline(a) && hourOf(at) <= dueHour(a.DeadlineAt) && (m.next.IsZero() || a.DeadlineAt.Before(m.next)) {
		m.behaviour = nil
	}
}

func (m *forecast) persist(c *codec) {
	for _, of := range []*perAssignment[hourly]{&m.sent, &m.solved} {
		slice(c, (*[]hourly)(of), func(h *hourly) { h.persist(c) })
	}
}

// observeBehaviour finds out, of each course, what students did before the deadlines that are past.
func (f *Fold) observeBehaviour() []behaviour {
	m := &f.measures.forecast
	if m.behaviour != nil && len(m.behaviour) == len(f.courses) && (m.next.IsZero() || f.clock.Before(m.next)) {
		return m.behaviour
	}
	m.behaviour, m.all, m.next = make([]behaviour, len(f.courses)), behaviour{}, time.Time{}
	for _, a := range f.assignments {
		switch {
		case !hasDeadline(a):
		case a.DeadlineAt.After(f.clock):
			if m.next.IsZero() || a.DeadlineAt.Before(m.next) {
				m.next = a.DeadlineAt
			}
		default:
			m.behaviour[a.Course.index].watch(a.DeadlineAt, *m.sent.at(a), *m.solved.at(a))
		}
	}
	for i := range m.behaviour {
		m.all.join(&m.behaviour[i])
	}
	return m.behaviour
}

// population is how many students a course has: those who are enrolled, or else those who have ever submitted.
func (f *Fold) population(c *Course) float64 {
	if c.Enrolled.Known {
		return c.Enrolled.Value
	}
	return float64(*f.membersOf.at(c))
}

// ExpectedSubmissions foretells the submissions that the deadlines of the next 14 days will bring within a horizon, by course and
// horizon: for each assignment the students who have not solved it, times the submissions that came in as many hours, as long
// before past deadlines, over the students who had not solved those by then.
func (f *Fold) ExpectedSubmissions() Vector {
	known := f.observeBehaviour()
	var students float64 // times deadlines
	for _, c := range f.courses {
		students += f.population(c) * float64(known[c.index].deadlines)
	}
	var expected perCourse[[len(horizons)]float64]
	for _, a := range f.assignments {
		if !hasDeadline(a) || !a.DeadlineAt.After(f.clock) {
			continue
		}
		like, of := &known[a.Course.index], f.population(a.Course)*float64(known[a.Course.index].deadlines)
		if like.deadlines == 0 {
			like, of = &f.measures.forecast.all, students
		}
		lead := int(max(0, dueHour(a.DeadlineAt)-hourOf(f.clock)))
		waiting := f.population(a.Course) - float64(f.measures.progress.count.at(a)[solvedStage])
		unsolved := of - float64(like.solved[min(lead, leadHours)])
		if waiting <= 0 || unsolved <= 0 {
			continue
		}
		for i, horizon := range horizons {
			sent := like.sent[min(lead, leadHours)]
			if after := lead - horizon.hours; after >= 0 {
				sent -= like.sent[min(after, leadHours)]
			}
			expected.at(a.Course)[i] += waiting * float64(sent) / unsolved
		}
	}
	return func(yield func([]string, float64) bool) {
		labels := make([]string, 2)
		for _, c := range f.courses {
			labels[0] = c.Slug
			for i, submissions := range expected.at(c) {
				labels[1] = horizons[i].name
				if !yield(labels, submissions) {
					return
				}
			}
		}
	}
}
