package access

import (
	"maps"
	"strings"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
)

// A Folder is a folder with its dashboards, as the code makes them.
type Folder struct {
	UID        string
	Title      string
	Course     bool
	Dashboards []Dashboard
}

// A Dashboard is one as it is sent to Grafana.
type Dashboard struct {
	UID     string
	Content []byte // JSON
}

// Staff are the teachers of courses, by the uid of the course's folder. A course that has ended and is kept may still have some.
type Staff map[string][]Person

// teachers is the name of the team of a course's staff.
func teachers(folder string) string { return folder + "-" + Teachers }

// wanted is how Grafana should be. What it does not name is none of its business.
type wanted struct {
	folders map[string]folder
	teams   map[string]team
	create  bool   // users who are missing
	first   string // password of theirs; empty is one that nobody learns
}

// Of a folder whose course has ended the dashboards are not compared.
type folder struct {
	Folder
	grants map[string]grafana.Permission // by team
	ended  Policy                        // empty for one that has not
}

type team struct {
	members []Person
	gone    bool // there should be no such team
}

// want joins what is described with what the code makes, who teaches, and what is left of courses that have ended: their
// folders, by uid, with the titles that they have.
func (d *Description) want(folders []Folder, staff Staff, ended map[string]string, archived string) *wanted {
	w := &wanted{folders: make(map[string]folder), teams: make(map[string]team), create: d.Users.Missing == Create, first: d.FirstPassword}
	for name, members := range d.Teams {
		w.teams[name] = team{members: members}
	}
	for _, f := range folders {
		if !f.Course {
			w.folders[f.UID] = folder{Folder: f, grants: d.Folders[f.UID].grants()}
			continue
		}
		w.folders[f.UID] = folder{Folder: f, grants: d.courseGrants(f.UID)}
		w.teams[teachers(f.UID)] = team{members: staff[f.UID]}
	}
	for uid, title := range ended {
		f := folder{Folder: Folder{UID: uid, Title: title}, ended: d.Courses.Ended, grants: d.courseGrants(uid)}
		t := team{members: staff[uid]}
		if f.ended != Keep {
			delete(f.grants, teachers(uid))
			t.gone = true
		}
		if f.ended == Archive && !strings.HasSuffix(title, archived) {
			f.Title += archived
		}
		w.folders[uid], w.teams[teachers(uid)] = f, t
	}
	return w
}

// courseGrants are the permissions on the folder of a course.
func (d *Description) courseGrants(uid string) map[string]grafana.Permission {
	grants := maps.Clone(d.Folders[CourseFolders].grants())
	if permission, granted := grants[Teachers]; granted {
		delete(grants, Teachers)
		grants[teachers(uid)] = permission
	}
	return grants
}
