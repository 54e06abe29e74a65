package access

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
)

// TestDescriptionIsRefused says what, where and what to do.
func TestDescriptionIsRefused(t *testing.T) {
	for _, test := range []struct{ name, from, to, want string }{
		{"a key that is not known", "courses: {file", "courses: {path", `unknown key "path"`},
		{"a list where a name belongs", "file: courses.yaml", "file: [a]", "line 9: not of the form"},
		{"a second document", "courses: {file: courses.yaml}", "courses: {file: courses.yaml}\n---\n{}", "one document"},
		{"a folder that nobody spoke of", "  operations: {view: [operations]}\n", "", "folders: operations is missing; who may see it?"},
		{"a folder that does not exist", "  courses: {view", "  extra: {}\n  courses: {view", "there is no folder extra"},
		{"a team that does not exist", "view: [operations]", "view: [ops]", "no team is called ops; teams are operations, product"},
		{"a team twice", "view: [operations]", "view: [operations], edit: [operations]", "operations is named twice"},
		{"teachers of no course", "view: [operations]", "view: [teachers]", "only the folders of courses have teachers"},
		{"a team that is called like that of a course", "  product: [test", "  course-x-teachers: []\n  product: [test", "a team cannot be called"},
		{"a person without a name", "[test-product]", "[{login: ''}]", "line 3: a person without login and e-mail address"},
		{"a key of a person that is not known", "[test-product]", "[{login: a, mail: b}]", `line 3: unknown key "mail"`},
		{"courses from nowhere", "{file: courses.yaml}", "{}", "want either file: or database:"},
		{"courses from two places", "{file: courses.yaml}", "{file: courses.yaml, database: {}}", "want either file: or database:"},
		{"an unknown policy", "courses.yaml}", "courses.yaml, ended: delete}", `ended is "delete", want keep, archive or remove`},
		{"unknown handling of users", "courses: {file", "users: {missing: ask}\ncourses: {file", `missing is "ask", want wait or create`},
		{"a share above one", "courses: {file", "guard: {removed_members: 20}\ncourses: {file", "want a share from 0 to 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(described, test.from) {
				t.Fatalf("the example does not hold %q", test.from)
			}
			path := filepath.Join(t.TempDir(), "access.yaml")
			if err := os.WriteFile(path, []byte(strings.Replace(described, test.from, test.to, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(path, []string{"product", "operations"}); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want the file and %q", err, test.want)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	var got []Person
	if err := Decode([]byte("[anna, anna@university.example, {login: anna, email: anna@university.example}]"), &got); err != nil {
		t.Fatal(err)
	}
	want := []Person{{Login: "anna"}, {Email: "anna@university.example"}, {Login: "anna", Email: "anna@university.example"}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("person %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestDifference(t *testing.T) {
	for _, test := range []struct {
		name, wanted, found string
		ours                bool
		where               string
	}{
		{"equal but for what Grafana stamps", `{"a": 1}`, `{"a": 1, "id": 3, "version": 7}`, false, ""},
		{"another value", `{"panels": [{"title": "A"}]}`, `{"panels": [{"title": "B"}]}`, true, "panels[0].title"},
		{"a value that is gone", `{"a": {"b": 1}}`, `{"a": {}}`, true, "a.b"},
		{"a value that somebody added", `{"a": {}}`, `{"a": {"b": 1}}`, false, "a.b"},
		{"a value that Grafana added", `{"a": {}}`, `{"a": {"b": 1}}`, true, ""},
		{"an element more", `{"a": [1]}`, `{"a": [1, 2]}`, true, "a"},
		{"another version of the schema that somebody saved", `{"schemaVersion": 39}`, `{"schemaVersion": 42}`, false, "schemaVersion"},
		{"another version of the schema that Grafana made", `{"schemaVersion": 39}`, `{"schemaVersion": 42}`, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if where, err := differs([]byte(test.wanted), []byte(test.found), test.ours); where != test.where || err != nil {
				t.Errorf("differs at %q %v, want %q", where, err, test.where)
			}
		})
	}
}

// TestGrantOfAnUnknownKind, as a later Grafana may have one, is unwanted and told in its own word.
func TestGrantOfAnUnknownKind(t *testing.T) {
	d, err := parse([]byte(described), []string{"product", "operations"})
	if err != nil {
		t.Fatal(err)
	}
	c := compare(d.want([]Folder{example("course-a", "Algorithms")}, Staff{"course-a": nil}, nil, ""), &found{
		lists: &lists{folders: map[string]grafana.Folder{"course-a": {UID: "course-a", Title: "Algorithms"}}},
		grants: map[string][]grafana.Grant{"course-a": {
			{Team: "course-a-teachers", TeamID: 7, Permission: "Own", Managed: true},
		}},
	})
	for _, change := range c.changes {
		if change.Kind == GrantUnwanted && change.do != nil && strings.Contains(change.What, "team course-a-teachers may own it") {
			return
		}
	}
	t.Errorf("found is %q", what(c.changes))
}

// TestGrantsThatNoFolderLists cannot be taken away there, and are told.
func TestGrantsThatNoFolderLists(t *testing.T) {
	d, err := parse([]byte(described), []string{"product", "operations"})
	if err != nil {
		t.Fatal(err)
	}
	f := example("course-a", "Algorithms")
	for _, grant := range []grafana.Grant{
		{Role: "Viewer", Permission: grafana.View, Source: "custom:readers"},
		{Role: "Viewer", Permission: grafana.View, Source: "managed:builtins:viewer:permissions", Inherited: true},
	} {
		c := compare(d.want([]Folder{f}, Staff{"course-a": nil}, nil, ""), &found{
			lists:  &lists{folders: map[string]grafana.Folder{"course-a": {UID: "course-a", Title: "Algorithms"}}},
			grants: map[string][]grafana.Grant{"course-a": {grant}},
		})
		told := 0
		for _, change := range c.changes {
			if change.Kind == GrantOfRole || change.Kind == GrantInherited {
				told++
				if change.Ours() || !strings.Contains(change.What, "everybody with the role Viewer may view it") {
					t.Errorf("told is %q", change.What)
				}
			}
		}
		if told != 1 {
			t.Errorf("told %d times of %+v", told, grant)
		}
	}
}
