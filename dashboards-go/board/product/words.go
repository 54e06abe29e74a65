package product

import (
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// chosen are the courses that the reader chose.
const chosen = query.Courses("$course")

// eachAssignment tells the assignments of several courses apart.
var eachAssignment = []metrics.Label{metrics.Course, metrics.Assignment}

// inRange is the time range of the dashboard.
const inRange = "$__range"

// course names a line after its course.
var course = text.Same("{{course}}")

// courseKey makes a row of each course, from which the funnel of that course is one click away.
var courseKey = panel.Key{
	Label: "course", Name: text.Course, Width: 275,
	Link: "/d/product-funnel?var-course=${__value.text:percentencode}&var-datasource=${datasource}&${__url_time_range}",
}

// ofChosen are submissions of the chosen courses.
func ofChosen(q panel.Query) panel.Series {
	return panel.Series{
		Query: q, Name: text.Message{EN: "chosen courses", RU: "выбранные курсы"}, Color: panel.Submissions,
	}
}

// ofAll are users of the service as a whole: who works in two courses is one user, so they do not follow the choice.
func ofAll(q panel.Query) panel.Series {
	return panel.Series{Query: q, Name: text.Message{EN: "all courses", RU: "все курсы"}, Color: panel.Users}
}
