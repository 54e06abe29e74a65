package grafanatest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
)

var record = flag.Bool("record", false, "write down what the Grafana of GRADEWATCH_TEST_GRAFANA_URL answers")

// recorded is what a real Grafana answered to the conversation.
const recorded = "testdata/grafana-12.2.json"

// A line of the conversation: what somebody asks. Names in braces stand for what earlier answers held.
type line struct {
	as, method, path string
	body             string
	keep             string // as name=key: a value of the answer for later
}

// conversation meets the requests that show or change something, as an admin and as somebody who may not. What everybody may do,
// of which the stand-in tells a part, is compared by the tests of package access, which run on a real Grafana too.
var conversation = []line{
	{"admin", "GET", "/api/user", "", ""},
	{"admin", "POST", "/api/admin/users", `{"login": "test-viewer", "email": "test-viewer@university.example", "name": "test-viewer", "password": "Only-for-tests-1"}`, "viewer=id"},
	{"admin", "POST", "/api/admin/users", `{"login": "test-viewer", "email": "other@university.example", "name": "x", "password": "Only-for-tests-1"}`, ""},
	{"test-viewer", "POST", "/api/admin/users", `{"login": "x", "email": "x@university.example", "name": "x", "password": "Only-for-tests-1"}`, ""},
	{"admin", "GET", "/api/org/users", "", ""},
	{"test-viewer", "GET", "/api/org/users", "", ""},

	{"admin", "POST", "/api/folders", `{"uid": "course-a", "title": "Algorithms"}`, ""},
	{"admin", "POST", "/api/folders", `{"uid": "course-a", "title": "Again"}`, ""},
	{"test-viewer", "POST", "/api/folders", `{"uid": "mine", "title": "Mine"}`, ""},
	{"admin", "GET", "/api/folders/course-a", "", ""},
	{"admin", "GET", "/api/folders/nowhere", "", ""},
	{"test-viewer", "GET", "/api/folders/course-a", "", ""},
	{"admin", "PUT", "/api/folders/course-a", `{"title": "Algorithms and more", "overwrite": true}`, ""},
	{"test-viewer", "PUT", "/api/folders/course-a", `{"title": "Mine", "overwrite": true}`, ""},
	{"admin", "GET", "/api/access-control/folders/course-a", "", ""},
	{"test-viewer", "GET", "/api/access-control/folders/course-a", "", ""},

	{"admin", "POST", "/api/dashboards/db", `{"dashboard": {"uid": "a-overview", "title": "Overview", "tags": ["gradewatch"], "schemaVersion": 39}, "folderUid": "course-a", "overwrite": true, "message": "m"}`, ""},
	{"admin", "POST", "/api/dashboards/db", `{"dashboard": {"uid": "a-overview", "title": "Overview 2", "tags": ["gradewatch"], "schemaVersion": 39}, "folderUid": "course-a", "overwrite": true, "message": "m"}`, ""},
	{"admin", "POST", "/api/dashboards/db", `{"dashboard": {"uid": "a-tests", "title": "Tests", "tags": ["gradewatch", "course-a"], "schemaVersion": 39}, "folderUid": "course-a", "overwrite": true, "message": "m"}`, ""},
	{"admin", "POST", "/api/dashboards/db", `{"dashboard": {"uid": "a-lost", "title": "Lost"}, "folderUid": "nowhere", "overwrite": true}`, ""},
	{"test-viewer", "POST", "/api/dashboards/db", `{"dashboard": {"uid": "a-overview", "title": "Mine"}, "folderUid": "course-a", "overwrite": true}`, ""},
	{"admin", "GET", "/api/dashboards/uid/a-overview", "", ""},
	{"admin", "GET", "/api/dashboards/uid/nowhere", "", ""},
	{"test-viewer", "GET", "/api/dashboards/uid/a-overview", "", ""},
	{"test-viewer", "GET", "/api/search?limit=100", "", ""},
	{"admin", "GET", "/api/access-control/dashboards/a-overview", "", ""},

	{"admin", "POST", "/api/teams", `{"name": "course-a-teachers"}`, "team=teamId"},
	{"admin", "POST", "/api/teams", `{"name": "course-a-teachers"}`, ""},
	{"test-viewer", "POST", "/api/teams", `{"name": "mine"}`, ""},
	{"admin", "GET", "/api/teams/{team}/members", "", "admin=0.userId"},
	{"admin", "DELETE", "/api/teams/{team}/members/{admin}", "", ""},
	{"admin", "DELETE", "/api/teams/{team}/members/{admin}", "", ""},
	{"admin", "POST", "/api/teams/{team}/members", `{"userId": {viewer}}`, ""},
	{"admin", "POST", "/api/teams/{team}/members", `{"userId": {viewer}}`, ""},
	{"admin", "PUT", "/api/teams/{team}/members/{viewer}", `{"permission": 4}`, ""},
	{"admin", "GET", "/api/teams/{team}/members", "", ""},
	{"admin", "PUT", "/api/teams/{team}/members/{viewer}", `{"permission": 0}`, ""},
	{"admin", "GET", "/api/teams/{team}/members", "", ""},
	{"admin", "GET", "/api/teams/search?perpage=1000&page=1", "", ""},
	{"test-viewer", "POST", "/api/teams/{team}/members", `{"userId": {admin}}`, ""},

	{"admin", "POST", "/api/access-control/folders/course-a", `{"permissions": [{"teamId": {team}, "permission": "View"}]}`, ""},
	{"test-viewer", "POST", "/api/access-control/folders/course-a", `{"permissions": [{"userId": {viewer}, "permission": "Admin"}]}`, ""},
	{"admin", "GET", "/api/access-control/folders/course-a", "", ""},
	{"admin", "GET", "/api/access-control/dashboards/a-overview", "", ""},
	{"test-viewer", "GET", "/api/folders/course-a", "", ""},
	{"test-viewer", "GET", "/api/dashboards/uid/a-overview", "", ""},
	{"test-viewer", "GET", "/api/search?limit=100", "", ""},
	{"test-viewer", "GET", "/api/search?type=dash-folder&limit=100", "", ""},
	{"test-viewer", "GET", "/api/search?type=dash-db&limit=100", "", ""},
	{"admin", "POST", "/api/access-control/folders/course-a", `{"permissions": [{"teamId": {team}, "permission": "Edit"}, {"userId": {viewer}, "permission": "View"}, {"builtInRole": "Viewer", "permission": "View"}]}`, ""},
	{"admin", "GET", "/api/access-control/folders/course-a", "", ""},
	{"admin", "POST", "/api/access-control/folders/course-a", `{"permissions": [{"teamId": {team}, "permission": ""}, {"userId": {viewer}, "permission": ""}, {"builtInRole": "Viewer", "permission": ""}]}`, ""},
	{"admin", "GET", "/api/access-control/folders/course-a", "", ""},
	{"test-viewer", "GET", "/api/dashboards/uid/a-overview", "", ""},

	{"admin", "POST", "/api/access-control/dashboards/a-overview", `{"permissions": [{"userId": {viewer}, "permission": "View"}]}`, ""},
	{"admin", "GET", "/api/access-control/dashboards/a-overview", "", ""},
	{"test-viewer", "GET", "/api/dashboards/uid/a-overview", "", ""},
	{"test-viewer", "GET", "/api/folders/course-a", "", ""},
	{"admin", "POST", "/api/access-control/dashboards/a-overview", `{"permissions": [{"userId": {viewer}, "permission": ""}]}`, ""},
	{"admin", "POST", "/api/access-control/dashboards/nowhere", `{"permissions": []}`, ""},
	{"admin", "GET", "/api/access-control/folders/nowhere", "", ""},

	{"admin", "POST", "/api/folders", `{"uid": "test-around", "title": "Around"}`, ""},
	{"admin", "POST", "/api/access-control/folders/test-around", `{"permissions": [{"builtInRole": "Viewer", "permission": "View"}]}`, ""},
	{"admin", "POST", "/api/folders/course-a/move", `{"parentUid": "test-around"}`, ""},
	{"admin", "GET", "/api/folders/course-a", "", ""},
	{"admin", "GET", "/api/access-control/folders/course-a", "", ""},
	{"admin", "POST", "/api/folders/course-a/move", `{"parentUid": ""}`, ""},
	{"admin", "GET", "/api/access-control/folders/course-a", "", ""},

	{"test-viewer", "DELETE", "/api/dashboards/uid/a-overview", "", ""},
	{"admin", "DELETE", "/api/dashboards/uid/a-overview", "", ""},
	{"admin", "DELETE", "/api/dashboards/uid/a-overview", "", ""},
	{"test-viewer", "DELETE", "/api/teams/{team}", "", ""},
	{"admin", "DELETE", "/api/teams/{team}", "", ""},
	{"admin", "GET", "/api/teams/{team}/members", "", ""},
	{"test-viewer", "DELETE", "/api/folders/course-a", "", ""},
	{"admin", "DELETE", "/api/folders/course-a", "", ""},
	{"admin", "DELETE", "/api/folders/course-a", "", ""},
	{"admin", "DELETE", "/api/folders/test-around", "", ""},
	{"nobody", "GET", "/api/search", "", ""},
}

// An exchange is a line with its answer.
type exchange struct {
	Asked  string `json:"asked"`
	Status int    `json:"status"`
	Body   any    `json:"body"`
}

// hold has the conversation.
func hold(t *testing.T, url, password string) (held []exchange) {
	t.Helper()
	names := map[string]string{}
	t.Cleanup(func() { // or a real one could not be asked again
		grafanatest.Ask(t, url, "admin", password, "DELETE", "/api/admin/users/"+names["viewer"], "")
	})
	for _, l := range conversation {
		path, body := l.path, l.body
		for name, value := range names {
			path, body = strings.ReplaceAll(path, "{"+name+"}", value), strings.ReplaceAll(body, "{"+name+"}", value)
		}
		secret := grafanatest.Password
		if l.as == "admin" {
			secret = password
		}
		status, content := grafanatest.Ask(t, url, l.as, secret, l.method, path, body)
		e := exchange{Asked: l.as + ": " + l.method + " " + l.path + " " + l.body, Status: status}
		if err := json.Unmarshal(content, &e.Body); err != nil {
			t.Fatalf("%s: %v in %s", e.Asked, err, content)
		}
		if name, key, keep := strings.Cut(l.keep, "="); keep {
			value := e.Body
			if rest, first := strings.CutPrefix(key, "0."); first {
				value, key = value.([]any)[0], rest
			}
			names[name] = fmt.Sprint(value.(map[string]any)[key])
		}
		held = append(held, e)
	}
	return held
}

// TestStandInAnswersAsGrafana: each answer has the status of the real one's, and what it holds the real one's holds too. Where there
// is a real one it is asked anew.
func TestStandInAnswersAsGrafana(t *testing.T) {
	real := answers(t)
	server := grafanatest.New(t)
	held := hold(t, server.URL, grafanatest.Password)
	if len(held) != len(real) {
		t.Fatalf("%d answers are recorded of %d; record them anew", len(real), len(held))
	}
	for i, got := range held {
		want := real[i]
		if got.Asked != want.Asked {
			t.Fatalf("recorded is %s in the place of %s; record anew", want.Asked, got.Asked)
		}
		if got.Status != want.Status {
			t.Errorf("%s: %d, want %d %v", got.Asked, got.Status, want.Status, want.Body)
			continue
		}
		for _, where := range missing(got.Body, want.Body, "") {
			t.Errorf("%s: %s", got.Asked, where)
		}
	}
}

// answers are those of a real Grafana: of the one of GRADEWATCH_TEST_GRAFANA_URL, or as they were recorded.
func answers(t *testing.T) (real []exchange) {
	t.Helper()
	if url := os.Getenv("GRADEWATCH_TEST_GRAFANA_URL"); url != "" {
		real = hold(t, url, os.Getenv("GRADEWATCH_TEST_GRAFANA_PASSWORD"))
		if *record {
			write(t, real)
		}
		return real
	}
	content, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &real); err != nil {
		t.Fatal(err)
	}
	return real
}

// numbered are keys whose values are told apart from one Grafana to the next.
var numbered = []string{"id", "userId", "teamId", "accessErrorId", "roleName", "version"}

// missing is where the stand-in's answer holds what the real one does not.
func missing(got, want any, path string) (where []string) {
	switch got := got.(type) {
	case map[string]any:
		object, _ := want.(map[string]any)
		for key, value := range got {
			other, there := object[key]
			if !there && value == "" {
				continue // Grafana leaves empty values out
			}
			switch {
			case !there:
				where = append(where, fmt.Sprintf("%s.%s is %v, and nothing in Grafana", path, key, value))
			case slices.Contains(numbered, key):
				if reflect.TypeOf(value) != reflect.TypeOf(other) {
					where = append(where, fmt.Sprintf("%s.%s is %v, in Grafana %v", path, key, value, other))
				}
			default:
				where = append(where, missing(value, other, path+"."+key)...)
			}
		}
	case []any:
		list, _ := want.([]any)
		if len(list) != len(got) {
			return []string{fmt.Sprintf("%s has %d elements, in Grafana %d: %v and %v", path, len(got), len(list), got, want)}
		}
		order(got)
		order(list)
		for i := range got {
			where = append(where, missing(got[i], list[i], fmt.Sprintf("%s[%d]", path, i))...)
		}
	default:
		if !reflect.DeepEqual(got, want) {
			where = append(where, fmt.Sprintf("%s is %v, in Grafana %v", path, got, want))
		}
	}
	return where
}

// order sorts a list by what its elements are about, since Grafana promises no order.
func order(list []any) {
	about := func(element any) string {
		object, is := element.(map[string]any)
		if !is {
			return fmt.Sprint(element)
		}
		var key []string
		for _, name := range []string{"login", "name", "team", "userLogin", "builtInRole", "uid", "isManaged", "isInherited"} {
			if value, there := object[name]; there {
				key = append(key, fmt.Sprint(value))
			}
		}
		return strings.Join(key, " ")
	}
	slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(about(a), about(b)) })
}

// write records the conversation, without what tells nothing.
func write(t *testing.T, held []exchange) {
	t.Helper()
	for _, e := range held {
		scrub(e.Body)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(held); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recorded, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// scrub leaves out times, pictures and what the credentials may do, which the stand-in never tells.
func scrub(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if strings.Contains(strings.ToLower(key), "avatar") || slices.Contains([]string{"created", "updated", "createdAt", "updatedAt", "lastSeenAt", "lastSeenAtAge", "accessControl", "actions"}, key) {
				delete(value, key)
				continue
			}
			scrub(inner)
		}
	case []any:
		for _, inner := range value {
			scrub(inner)
		}
	}
}
