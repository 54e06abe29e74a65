package access

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
)

// A site is a Grafana to test on: the one that GRADEWATCH_TEST_GRAFANA_URL names, whose user admin has the password of
// GRADEWATCH_TEST_GRAFANA_PASSWORD, or the stand-in. On a real one, what the tests make is removed before each.
type site struct {
	t        *testing.T
	url      string
	password string              // of admin
	standIn  *grafanatest.Server // nil on a real one

	mutex    sync.Mutex
	requests []string // of the applier, as "GET /api/search"
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, url: os.Getenv("GRADEWATCH_TEST_GRAFANA_URL"), password: os.Getenv("GRADEWATCH_TEST_GRAFANA_PASSWORD")}
	if s.url == "" {
		return standIn(t)
	}
	s.clean()
	t.Cleanup(s.clean)
	return s
}

// standIn is for tests that break what no real one lets be broken.
func standIn(t *testing.T) *site {
	server := grafanatest.New(t)
	return &site{t: t, url: server.URL, password: grafanatest.Password, standIn: server}
}

// prefix begins what tests make past the description.
const prefix = "test-"

// ours are the names of folders and teams that tests make.
var ours = []string{"product", "operations", "others", "course-a", "course-b", "course-c", "course-d", "course-e", "course-of-others"}

// clean removes what tests make.
func (s *site) clean() {
	for _, f := range s.list("GET", "/api/search?type=dash-folder&limit=5000") {
		uid := f["uid"].(string)
		if strings.HasPrefix(uid, prefix) || slices.Contains(ours, uid) {
			s.call("admin", "DELETE", "/api/folders/"+uid, nil)
		}
	}
	var teams struct{ Teams []grafana.Team }
	s.must("admin", "GET", "/api/teams/search?perpage=1000", nil, &teams)
	for _, team := range teams.Teams {
		if !slices.Contains(ours, strings.TrimSuffix(team.Name, "-teachers")) {
			continue
		}
		s.call("admin", "DELETE", fmt.Sprintf("/api/teams/%d", team.ID), nil)
	}
	for _, u := range s.list("GET", "/api/org/users") {
		if strings.HasPrefix(u["login"].(string), prefix) {
			s.call("admin", "DELETE", fmt.Sprintf("/api/admin/users/%v", u["userId"]), nil)
		}
	}
}

// call sends a request as somebody, and returns status and body.
func (s *site) call(login, method, path string, body any) (int, []byte) {
	s.t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	password := grafanatest.Password
	if login == "admin" {
		password = s.password
	}
	return grafanatest.Ask(s.t, s.url, login, password, method, path, string(content))
}

// must is call where everything but success ends the test.
func (s *site) must(login, method, path string, body, into any) {
	s.t.Helper()
	status, content := s.call(login, method, path, body)
	if status != http.StatusOK {
		s.t.Fatalf("%s %s as %s: %d %s", method, path, login, status, content)
	}
	if into != nil {
		if err := json.Unmarshal(content, into); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, content)
		}
	}
}

func (s *site) list(method, path string) (list []map[string]any) {
	s.t.Helper()
	s.must("admin", method, path, nil, &list)
	return list
}

// user makes a user with the role Viewer, and returns the id.
func (s *site) user(login string) int64 {
	s.t.Helper()
	var made struct{ ID int64 }
	s.must("admin", "POST", "/api/admin/users", map[string]string{
		"login": login, "email": login + "@university.example", "name": login, "password": grafanatest.Password,
	}, &made)
	return made.ID
}

// team is the id of a team.
func (s *site) team(name string) int64 {
	s.t.Helper()
	var found struct{ Teams []grafana.Team }
	s.must("admin", "GET", "/api/teams/search?perpage=1000", nil, &found)
	at := slices.IndexFunc(found.Teams, func(t grafana.Team) bool { return t.Name == name })
	if at < 0 {
		s.t.Fatalf("there is no team %s", name)
	}
	return found.Teams[at].ID
}

// grant gives a permission past the description.
func (s *site) grant(resource, uid string, entry map[string]any) {
	s.t.Helper()
	s.must("admin", "POST", "/api/access-control/"+resource+"/"+uid, map[string]any{"permissions": []any{entry}}, nil)
}

// sees are the folders and dashboards that somebody finds, in order, but for those that a test has made.
func (s *site) sees(login string) (uids []string) {
	s.t.Helper()
	var hits []struct{ UID string }
	s.must(login, "GET", "/api/search?limit=5000", nil, &hits)
	for _, hit := range hits {
		if !strings.HasPrefix(hit.UID, prefix) {
			uids = append(uids, hit.UID)
		}
	}
	slices.Sort(uids)
	return uids
}

// RoundTrip counts the applier's requests.
func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mutex.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	s.mutex.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

// asked are the applier's requests since the last call; wrote are those of them that change something.
func (s *site) asked() (all, wrote []string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	all, s.requests = s.requests, nil
	for _, request := range all {
		if !strings.HasPrefix(request, "GET ") {
			wrote = append(wrote, request)
		}
	}
	return all, wrote
}

// A school is what is described for a site.
type school struct {
	*site
	applier *Applier
	folders []Folder
	staff   Staff
	told    []string // changes that failed
}

const described = `
teams:
  product: [test-product]
  operations: []
folders:
  product: {view: [product, operations]}
  operations: {view: [operations]}
  courses: {view: [teachers, product]}
courses: {file: courses.yaml}
`

// newSchool has two courses, each with a teacher who has logged in before, and somebody of the product team.
func newSchool(s *site) *school {
	s.t.Helper()
	for _, login := range []string{"test-product", "test-a", "test-b"} {
		s.user(login)
	}
	school := &school{site: s, folders: []Folder{
		example("product", "Product", "product-use"), example("operations", "Operations", "operations-queue"),
		example("course-a", "Algorithms", "a-overview", "a-tests"), example("course-b", "Databases", "b-overview"),
	}, staff: Staff{"course-a": {{Login: "test-a"}}, "course-b": {{Login: "test-b"}}}}
	school.describe(described)
	return school
}

// describe begins anew with a description.
func (s *school) describe(text string) {
	s.t.Helper()
	d, err := parse([]byte(text), []string{"product", "operations"})
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := grafana.New(s.url, grafana.Credentials{User: "admin", Password: s.password}, s.site, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	s.told = nil
	s.applier = &Applier{Client: client, Description: d, Archived: " (ended)", Note: func(note string) { s.t.Log(note) },
		Told: func(c *Change, err error) {
			if err != nil {
				s.told = append(s.told, c.What+": "+err.Error())
			}
		}}
}

func example(uid, title string, dashboards ...string) Folder {
	f := Folder{UID: uid, Title: title, Course: strings.HasPrefix(uid, "course-")}
	for _, d := range dashboards {
		f.Dashboards = append(f.Dashboards, Dashboard{UID: d, Content: fmt.Appendf(nil,
			`{"uid": %q, "title": "About %s", "tags": ["gradewatch", %q], "schemaVersion": 39, "editable": false, "panels": [
				{"id": 7, "type": "text", "title": "Panel", "gridPos": {"h": 3, "w": 6, "x": 0, "y": 0}, "options": {"content": "a < b", "mode": "markdown"}}
			]}`, d, d, uid)})
	}
	return f
}

// round makes a round that has to succeed.
func (s *school) round() *Report {
	s.t.Helper()
	report, err := s.applier.Round(s.t.Context(), s.folders, s.staff)
	if err != nil {
		if report != nil {
			for _, c := range report.Left {
				s.t.Log("left:", c.What)
			}
		}
		s.t.Fatal(err)
	}
	return report
}

// drift is what a new process finds that changes nothing.
func (s *school) drift() []string {
	s.t.Helper()
	s.applier.Forget()
	report, err := s.applier.Check(s.t.Context(), s.folders, s.staff)
	if err != nil {
		s.t.Fatal(err)
	}
	return what(report.Drift)
}

func what(changes []*Change) (list []string) {
	for _, c := range changes {
		list = append(list, string(c.Kind)+": "+c.What)
	}
	return list
}

// token is one of a service account with the role Admin.
func (s *site) token() string {
	s.t.Helper()
	if s.standIn != nil {
		return grafanatest.Token
	}
	var account struct{ ID int64 }
	status, content := s.call("admin", "POST", "/api/serviceaccounts", map[string]string{"name": "test-gradewatch", "role": "Admin"})
	if status != http.StatusCreated {
		s.t.Fatalf("a service account: %d %s", status, content)
	}
	if err := json.Unmarshal(content, &account); err != nil {
		s.t.Fatal(err)
	}
	path := fmt.Sprintf("/api/serviceaccounts/%d", account.ID)
	s.t.Cleanup(func() { s.call("admin", "DELETE", path, nil) })
	var token struct{ Key string }
	s.must("admin", "POST", path+"/tokens", map[string]string{"name": "test"}, &token)
	return token.Key
}
