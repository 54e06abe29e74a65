// Package operations is the dashboards of those who scale and run the service.
package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// Folder is the operations team's folder.
var Folder = panel.Folder{UID: "operations", Title: text.Message{EN: "Operations", RU: "Эксплуатация"}}

// chosen are the courses that the reader chose.
const chosen = query.Courses("$course")

// inRange is the time range of the dashboard.
const inRange = "$__range"

// lately is how much of the past a dashboard shows to who is on call.
const lately = "now-6h"

// Names of lines after a label.
var (
	course   = text.Same("{{course}}")
	verdict  = text.Same("{{verdict}}")
	worker   = text.Same("{{worker}}")
	instance = text.Same("{{instance}}")
)

// now is a figure of the present.
func now(q panel.Query, color string) panel.Series {
	return panel.Series{Query: q, Name: text.Message{EN: "now", RU: "сейчас"}, Color: color}
}

// ranged is a figure of the time range.
func ranged(q panel.Query, color string) panel.Series {
	return panel.Series{Query: q, Name: text.Message{EN: "time range", RU: "за период"}, Color: color}
}
