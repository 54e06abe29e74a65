// Package course is the dashboards of the teachers of one course: the same set for each course, in the course's own
// folder, with the course fixed.
package course

import (
	"fmt"
	"hash/fnv"
	"regexp"

	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// A Course is a course that has dashboards of its own.
type Course struct {
	Slug  string `yaml:"course"` // as records name it
	Title string `yaml:"title"`  // as its teachers know it
}

// Boards are the dashboards of a course.
func (c Course) Boards(s panel.Style) []*panel.Board {
	return []*panel.Board{c.Overview(s), c.Assignment(s), c.Tests(s), c.Deadlines(s)}
}

// FolderPrefix begins the uid of every folder of a course.
const FolderPrefix = "course-"

// Folder is the course's folder.
func (c Course) Folder() panel.Folder {
	return panel.Folder{UID: FolderPrefix + c.short(), Title: text.Same(c.Title)}
}

// longest is how long a slug may be, so that with what is put before and after it, it fits into the 40 characters that
// Grafana allows a uid.
const longest = 40 - len("-assignment")

// PlainSlug is what a slug looks like that stands in the uids of its course as it is.
const PlainSlug = `^[A-Za-z0-9_-]{1,29}$`

// foreign are the letters that a uid may not have.
var (
	plain   = regexp.MustCompile(PlainSlug)
	foreign = regexp.MustCompile(`[^A-Za-z0-9_-]+`)
)

// short is the slug, or what of it fits into a uid, made unique.
func (c Course) short() string {
	if plain.MatchString(c.Slug) {
		return c.Slug
	}
	fitting := foreign.ReplaceAllString(c.Slug, "-")
	hash := fnv.New32a()
	hash.Write([]byte(c.Slug))
	return fmt.Sprintf("%s-%08x", fitting[:min(len(fitting), longest-9)], hash.Sum32())
}

// uid is the uid of one of the course's dashboards.
func (c Course) uid(kind string) string { return c.short() + "-" + kind }

// courses are what the queries of the course's dashboards are about.
func (c Course) courses() query.Courses { return query.Courses(c.Slug) }

// board begins one of the course's dashboards, over about a term, with the deadlines of all its assignments.
func (c Course) board(s panel.Style, kind string, title, description text.Message) *panel.Board {
	return c.bare(s, kind, title, description).Since("now-89d/d").Deadlines(query.Deadlines(c.courses()), true)
}

// bare begins one of the course's dashboards.
func (c Course) bare(s panel.Style, kind string, title, description text.Message) *panel.Board {
	return s.Board(c.Folder(), c.uid(kind),
		text.Message{EN: c.Title + ": " + title.EN, RU: c.Title + ": " + title.RU}, description).
		Tag(c.Slug) // by which alerts find it
}

// assignmentKey makes a row of each assignment, whose own dashboard is one click away.
func (c Course) assignmentKey() panel.Key {
	return panel.Key{
		Label: "assignment", Name: text.Assignment, Width: 230,
		Link: "/d/" + c.uid("assignment") + "?var-assignment=${__value.text:percentencode}&var-datasource=${datasource}&${__url_time_range}",
	}
}

// inRange is the time range of the dashboard.
const inRange = "$__range"

// now is a figure of the present.
func now(q panel.Query, color string) panel.Series {
	return panel.Series{Query: q, Name: text.Message{EN: "now", RU: "сейчас"}, Color: color}
}

// ever is a figure of the course's whole history.
func ever(q panel.Query, color string) panel.Series {
	return panel.Series{Query: q, Name: text.Message{EN: "so far", RU: "на сегодня"}, Color: color}
}

// students is a stage as a series of its own.
func students(stage string, q panel.Query) panel.Series {
	for _, w := range panel.Stages() {
		if w.Value == stage {
			return panel.Series{Query: q, Name: w.Name, Color: w.Color}
		}
	}
	panic("course: no stage " + stage)
}

// Names of lines after a label.
var (
	assignment = text.Same("{{assignment}}")
	verdict    = text.Same("{{verdict}}")
)
