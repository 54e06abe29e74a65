//go:build grafana

// These need a real Grafana: a stand-in would only answer what it was told to. make test-grafana runs them.
package access

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// realSchool is one on a real Grafana, with a teacher of each course, somebody of the product team, and two who belong to no
// team, a Viewer and an Editor.
func realSchool(t *testing.T) *school {
	t.Helper()
	site := newSite(t)
	if site.standIn != nil {
		t.Fatal("GRADEWATCH_TEST_GRAFANA_URL does not say where a Grafana for tests is")
	}
	s := newSchool(site)
	s.user("test-viewer")
	s.must("admin", "PATCH", fmt.Sprintf("/api/org/users/%d", s.user("test-editor")), map[string]string{"role": "Editor"}, nil)
	s.round()
	return s
}

// queryAnything asks a data source for what it likes, as a panel would.
var queryAnything = map[string]any{"from": "now-1h", "to": "now", "queries": []any{map[string]any{
	"refId": "A", "datasource": map[string]string{"uid": "test-data"}, "scenarioId": "csv_content", "csvContent": "course\nb",
}}}

// dataSource makes one that needs nothing outside Grafana. Grafana asks nobody what its data is about, as with Prometheus.
func (s *school) dataSource() {
	s.t.Helper()
	s.must("admin", "POST", "/api/datasources", map[string]string{
		"name": "test-data", "uid": "test-data", "type": "grafana-testdata-datasource", "access": "proxy",
	}, nil)
	s.t.Cleanup(func() { s.call("admin", "DELETE", "/api/datasources/uid/test-data", nil) })
}

// TestRolesAsDocumented does each thing in the table of docs/access.md as each of its columns.
func TestRolesAsDocumented(t *testing.T) {
	s := realSchool(t)
	s.dataSource()
	page, err := os.ReadFile("../../docs/access.md")
	if err != nil {
		t.Fatal(err)
	}
	logins := map[string]string{
		"teacher of the course": "test-b", "teacher of another": "test-a", "product": "test-product",
		"Viewer in no team": "test-viewer", "Editor in no team": "test-editor", "Admin": "admin",
	}
	panel := map[string]any{"uid": "b-overview", "title": "Mine"}
	things := map[string]func(login string) (status int, body string){
		"find the course's folder":                         s.asking("GET", "/api/search?type=dash-folder", nil, "course-b"),
		"find its dashboards":                              s.asking("GET", "/api/search?type=dash-db", nil, "b-overview"),
		"open one of them":                                 s.asking("GET", "/api/dashboards/uid/b-overview", nil, "About b-overview"),
		"find and open those of the product folder":        s.asking("GET", "/api/dashboards/uid/product-use", nil, "About product-use"),
		"change a dashboard of the course":                 s.asking("POST", "/api/dashboards/db", map[string]any{"dashboard": panel, "folderUid": "course-b", "overwrite": true}, "success"),
		"grant the folder to others":                       s.asking("POST", "/api/access-control/folders/course-b", map[string]any{"permissions": []any{}}, "Permissions updated"),
		"make a folder, which nobody but admins then sees": s.asking("POST", "/api/folders", map[string]string{"title": "test-own"}, "test-own"),
		"publish a snapshot":                               s.asking("POST", "/api/snapshots", map[string]any{"name": "x", "dashboard": panel}, "url"),
		"list the users":                                   s.asking("GET", "/api/org/users", nil, "test-viewer"),
		"see the members of the course's team":             s.asking("GET", fmt.Sprintf("/api/teams/%d/members", s.team("course-b-teachers")), nil, "test-b"),
		"read the names of all courses":                    s.asking("GET", "/api/dashboards/tags", nil, "course-b"),
		"query any metric of the data source":              s.asking("POST", "/api/ds/query", queryAnything, `"values":[["b"]]`),
		"learn from a page or a picture what is shown":     s.page("b-overview"),
	}
	var columns []string
	tried := 0
	for row := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(cells) == len(logins)+1 && logins[cells[1]] != "":
			columns = cells
		case columns != nil && things[cells[0]] != nil:
			tried++
			for i, cell := range cells[1:] {
				login := logins[columns[i+1]]
				if login == "" || cell != "yes" && cell != "no" {
					t.Fatalf("the table has a column %q with %q", columns[i+1], cell)
				}
				status, body := things[cells[0]](login)
				if may := status == http.StatusOK; may != (cell == "yes") {
					t.Errorf("%s: %s is answered %d, documented is %q: %s", columns[i+1], cells[0], status, cell, body)
				}
				if cells[0] == "change a dashboard of the course" && cell == "yes" {
					s.round() // put it right for the next
				}
			}
		}
	}
	if tried != len(things) {
		t.Errorf("docs/access.md tells of %d things, %d are tried", tried, len(things))
	}
}

// asking is a request that is answered OK if it succeeds and its answer holds a text.
func (s *school) asking(method, path string, body any, holds string) func(string) (int, string) {
	return func(login string) (int, string) {
		status, content := s.call(login, method, path, body)
		if status == http.StatusOK && !strings.Contains(string(content), holds) {
			status = http.StatusNotFound
		}
		if method == "POST" && path == "/api/folders" && status == http.StatusOK {
			s.remove(string(content))
		}
		return status, string(content[:min(len(content), 200)])
	}
}

// remove takes away a folder that was just made.
func (s *school) remove(made string) {
	_, rest, _ := strings.Cut(made, `"uid":"`)
	uid, _, _ := strings.Cut(rest, `"`)
	s.must("admin", "DELETE", "/api/folders/"+uid, nil, nil)
}

// page is OK if what Grafana sends a browser for a dashboard, before it asks for the dashboard itself, holds anything of it.
func (s *school) page(uid string) func(string) (int, string) {
	return func(login string) (int, string) {
		for _, path := range []string{"/d/", "/d-solo/", "/render/d/", "/render/d-solo/"} {
			if _, content := s.call(login, "GET", path+uid+"?panelId=7", nil); strings.Contains(string(content), "About "+uid) || strings.Contains(string(content), "a < b") {
				return http.StatusOK, path
			}
		}
		return http.StatusForbidden, ""
	}
}

// TestOtherCoursesAreRefused: whatever way a teacher takes to the other course.
func TestOtherCoursesAreRefused(t *testing.T) {
	s := realSchool(t)
	for _, path := range []string{
		"/api/folders/course-b", "/api/dashboards/uid/b-overview", "/api/dashboards/uid/b-overview/versions",
		"/api/access-control/folders/course-b", "/api/access-control/dashboards/b-overview", "/api/folders/course-b/permissions",
		"/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/b-overview",
		"/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/b-overview/dto",
		"/apis/folder.grafana.app/v1beta1/namespaces/default/folders/course-b",
	} {
		if status, content := s.call("test-a", "GET", path, nil); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("%s is answered %d: %.200s", path, status, content)
		}
	}
	for _, path := range []string{
		"/api/search?query=b", "/api/search?folderUIDs=course-b", "/api/search?dashboardUIDs=b-overview", "/api/search?tag=gradewatch", "/api/folders",
		"/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards", "/apis/folder.grafana.app/v1beta1/namespaces/default/folders",
		"/apis/dashboard.grafana.app/v0alpha1/namespaces/default/search?query=b",
		"/d/b-overview", "/d-solo/b-overview?panelId=7", "/render/d/b-overview", "/render/d-solo/b-overview?panelId=7",
	} {
		if _, content := s.call("test-a", "GET", path, nil); strings.Contains(string(content), "About b-overview") || strings.Contains(string(content), "Databases") {
			t.Errorf("%s tells of the other course: %.200s", path, content)
		}
	}
}

// TestRevocationIsImmediate: with the settings of provisioning/grafana/grafana.ini Grafana remembers no permission.
func TestRevocationIsImmediate(t *testing.T) {
	s := realSchool(t)
	open := func(login string) bool {
		status, _ := s.call(login, "GET", "/api/dashboards/uid/b-overview", nil)
		return status == http.StatusOK
	}
	stranger := s.id("test-viewer")
	for name, entry := range map[string]map[string]any{
		"a role": {"builtInRole": "Viewer"}, "a user": {"userId": stranger}, "a team": {"teamId": s.team("course-a-teachers")},
	} {
		login := "test-viewer"
		if name == "a team" {
			login = "test-a"
		}
		entry["permission"] = "View"
		s.grant("folders", "course-b", entry)
		if !open(login) {
			t.Errorf("what is granted to %s is not seen at once", name)
		}
		s.round()
		if open(login) {
			t.Errorf("what was taken from %s is still seen", name)
		}
	}
}
