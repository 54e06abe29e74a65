package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// Courses are the courses that a query is about: a course, or the variable of a dashboard in which the reader chooses.
type Courses string

// Every is no choice: all courses.
const Every Courses = ""

// SubmissionsToday is how many submissions came since local midnight. It falls back to 0 at midnight only.
func SubmissionsToday(c Courses) Query { return of(c, Now(metrics.DaySubmissions)) }

// SubmissionsTodayWeekAgo is how many there were on the same weekday last week until this time of day. In the week
// after clocks change it is until an hour earlier or later; in the hour around midnight that may be another day's count.
func SubmissionsTodayWeekAgo(c Courses) Query { return SubmissionsToday(c).Ago("7d") }

// PaceToday is how submissions come in over the local day. What Prometheus shows at midnight is still the day before,
// so the curve is drawn a minute early.
func PaceToday(c Courses) Query { return SubmissionsToday(c).Ago("-1m") }

// PaceWeekAgo is how they came in on the same weekday last week.
func PaceWeekAgo(c Courses) Query { return SubmissionsToday(c).Ago("6d23h59m") }

// SubmissionsYesterday is how many submissions the last complete local day brought, late rows included.
func SubmissionsYesterday(c Courses) Query { return of(c, Now(metrics.LastDaySubmissions)) }

// SubmissionsPerDay is how many submissions each local day brought, today so far included.
func SubmissionsPerDay(c Courses) Query {
	return of(c, eachDay(metrics.LastDaySubmissions, metrics.DaySubmissions))
}

// SubmissionsPerDayByCourse divides the submissions of each local day; the parts add up to the whole.
func SubmissionsPerDayByCourse(c Courses) Query {
	return SubmissionsPerDay(c).By(metrics.Course).NotZero()
}

// SubmissionsByHourOfWeek is how many submissions each local weekday and hour has seen in all history.
func SubmissionsByHourOfWeek(c Courses) Query {
	return of(c, Total(metrics.HourSubmissions)).By(metrics.Weekday, metrics.Hour)
}

// UsersToday is how many students sent a submission to any course since local midnight.
func UsersToday() Query { return Now(metrics.ServiceDayActiveStudents) }

// UsersTodayWeekAgo is how many there were on the same weekday last week until this time of day.
func UsersTodayWeekAgo() Query { return UsersToday().Ago("7d") }

// UsersYesterday is how many students sent a submission to any course on the last complete local day.
func UsersYesterday() Query { return Now(metrics.ServiceLastDayActiveStudents) }

// UsersPerDay is how many students sent a submission to any course on each local day, today so far included.
func UsersPerDay() Query {
	return eachDay(metrics.ServiceLastDayActiveStudents, metrics.ServiceDayActiveStudents)
}

// UsersPerDayByCourse is how many students each course had on each local day. Who works in two courses is in both, so
// the courses add up to more than the service has.
func UsersPerDayByCourse(c Courses) Query {
	return of(c, eachDay(metrics.LastDayActiveStudents, metrics.DayActiveStudents)).By(metrics.Course).NotZero()
}

// ActiveUsers is how many students sent a submission to any course within the window (1d, 7d, 30d, …) before now.
func ActiveUsers(window string) Query {
	return Now(metrics.ServiceActiveStudents).Where(metrics.Window, window)
}

// Deadlines are the times at which assignments are due, in the milliseconds that Grafana wants.
func Deadlines(c Courses) Query { return due(c, ofEach...).Times(1000) }

// ofEach are the labels that tell assignments apart where courses may be several.
var ofEach = []metrics.Label{metrics.Course, metrics.Assignment}

// due is when assignments are due, in seconds.
func due(c Courses, by ...metrics.Label) Query {
	return of(c, Now(metrics.AssignmentDeadline)).By(by...)
}

// CourseNames lists the courses for a variable of a dashboard, in Grafana's words and not in PromQL.
func CourseNames() string {
	return "label_values(" + metrics.CourseInfo.Name + ", " + string(metrics.Course) + ")"
}

func of(c Courses, q Query) Query {
	if c == Every {
		return q
	}
	return q.Where(metrics.Course, string(c))
}
