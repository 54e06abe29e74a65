package access

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestEverybodySeesTheirFolders: search, the folder, the dashboard and what a panel is drawn from.
func TestEverybodySeesTheirFolders(t *testing.T) {
	s := newSchool(newSite(t))
	s.round()
	for _, test := range []struct {
		login string
		sees  []string
	}{
		{"test-product", []string{"a-overview", "a-tests", "b-overview", "course-a", "course-b", "product", "product-use"}},
		{"test-a", []string{"a-overview", "a-tests", "course-a"}},
		{"test-b", []string{"b-overview", "course-b"}},
	} {
		if got := s.sees(test.login); !slices.Equal(got, test.sees) {
			t.Errorf("%s finds %v, want %v", test.login, got, test.sees)
		}
		for _, f := range s.folders {
			paths := []string{"/api/folders/" + f.UID}
			for _, d := range f.Dashboards {
				paths = append(paths, "/api/dashboards/uid/"+d.UID)
			}
			for _, path := range paths {
				status, _ := s.call(test.login, "GET", path, nil)
				may := slices.Contains(test.sees, f.UID)
				if may && status != http.StatusOK || !may && status != http.StatusForbidden && status != http.StatusNotFound {
					t.Errorf("%s asks for %s and is answered %d; may see it: %v", test.login, path, status, may)
				}
			}
		}
	}
}

// TestOpenGrafana: with Grafana's default settings, where new folders are open, nobody sees more.
func TestOpenGrafana(t *testing.T) {
	s := newSchool(standIn(t))
	s.standIn.Open = true
	s.round()
	if got, want := s.sees("test-a"), []string{"a-overview", "a-tests", "course-a"}; !slices.Equal(got, want) {
		t.Errorf("the teacher sees %v, want %v", got, want)
	}
	if drift := s.drift(); len(drift) > 0 {
		t.Errorf("after a round there is still %q", drift)
	}
}

// TestSecondRoundChangesNothing: and does not even try to.
func TestSecondRoundChangesNothing(t *testing.T) {
	s := newSchool(newSite(t))
	if first := s.round(); first.Made == 0 || len(first.Drift) == 0 {
		t.Fatalf("the first round made %d changes of %d differences", first.Made, len(first.Drift))
	}
	s.asked()
	for name, begin := range map[string]func(){
		"the same process": func() {},
		"a later process":  func() { s.describe(described) },
	} {
		begin()
		if report := s.round(); report.Made != 0 || len(report.Drift) != 0 {
			t.Errorf("%s: %d changes, drift %v", name, report.Made, what(report.Drift))
		}
		if _, wrote := s.asked(); len(wrote) > 0 {
			t.Errorf("%s: changing requests %v", name, wrote)
		}
	}
}

// TestDriftIsFoundAndMended: of every kind that somebody can cause over the API.
func TestDriftIsFoundAndMended(t *testing.T) {
	s := newSchool(newSite(t))
	s.round()
	stranger := s.user("test-stranger")
	for _, test := range []struct {
		name   string
		damage func()
		want   Kind
	}{
		{"a folder is gone", func() { s.must("admin", "DELETE", "/api/folders/course-a", nil, nil) }, FolderMissing},
		{"a folder is renamed", func() {
			s.must("admin", "PUT", "/api/folders/course-a", map[string]any{"title": "Mine", "overwrite": true}, nil)
		}, FolderTitle},
		{"a folder is put into another", func() {
			s.must("admin", "POST", "/api/folders", map[string]string{"uid": "test-around", "title": "Around"}, nil)
			s.grant("folders", "test-around", map[string]any{"builtInRole": "Viewer", "permission": "View"})
			s.must("admin", "POST", "/api/folders/course-a/move", map[string]string{"parentUid": "test-around"}, nil)
		}, GrantInherited},
		{"a folder is put into another that is closed", func() {
			s.must("admin", "POST", "/api/folders/course-a/move", map[string]string{"parentUid": "test-around"}, nil)
		}, FolderNested},
		{"everybody may view", func() { s.grant("folders", "course-a", map[string]any{"builtInRole": "Viewer", "permission": "View"}) }, GrantUnwanted},
		{"a user may edit", func() { s.grant("folders", "course-a", map[string]any{"userId": stranger, "permission": "Edit"}) }, GrantUnwanted},
		{"another team may view", func() {
			s.grant("folders", "course-a", map[string]any{"teamId": s.team("operations"), "permission": "View"})
		}, GrantUnwanted},
		{"teachers may do more", func() {
			s.grant("folders", "course-a", map[string]any{"teamId": s.team("course-a-teachers"), "permission": "Admin"})
		}, GrantUnwanted},
		{"teachers may do nothing", func() {
			s.grant("folders", "course-a", map[string]any{"teamId": s.team("course-a-teachers"), "permission": ""})
		}, GrantMissing},
		{"a team is gone", func() { s.must("admin", "DELETE", fmt.Sprintf("/api/teams/%d", s.team("course-a-teachers")), nil, nil) }, TeamMissing},
		{"a team has one more", func() {
			s.must("admin", "POST", fmt.Sprintf("/api/teams/%d/members", s.team("course-a-teachers")), map[string]any{"userId": stranger}, nil)
		}, MemberUnwanted},
		{"a team has lost one", func() {
			s.must("admin", "DELETE", fmt.Sprintf("/api/teams/%d/members/%d", s.team("course-a-teachers"), s.id("test-a")), nil, nil)
		}, MemberMissing},
		{"a member may take in others", func() {
			s.must("admin", "PUT", fmt.Sprintf("/api/teams/%d/members/%d", s.team("course-a-teachers"), s.id("test-a")), map[string]any{"permission": 4}, nil)
		}, MemberLeads},
		{"a dashboard is gone", func() { s.must("admin", "DELETE", "/api/dashboards/uid/a-tests", nil, nil) }, DashboardMissing},
		{"a dashboard is changed", func() { s.edit("a-tests", "course-a", func(d map[string]any) { d["title"] = "Mine" }) }, DashboardDiffers},
		{"a panel is added", func() {
			s.edit("a-tests", "course-a", func(d map[string]any) {
				d["panels"] = append(d["panels"].([]any), map[string]any{"id": 8, "type": "text", "title": "Mine"})
			})
		}, DashboardDiffers},
		{"a setting is added by who apply runs as", func() { s.edit("a-tests", "course-a", func(d map[string]any) { d["refresh"] = "5m" }) }, DashboardDiffers},
		{"a dashboard is in another folder", func() { s.edit("a-tests", "course-b", func(map[string]any) {}) }, DashboardDiffers},
		{"a dashboard that is not generated any more", func() {
			s.edit("a-tests", "course-a", func(d map[string]any) { d["uid"] = "a-old"; delete(d, "id") })
		}, DashboardSuperfluous},
		{"everybody may view a dashboard", func() {
			s.grant("dashboards", "a-tests", map[string]any{"builtInRole": "Viewer", "permission": "View"})
		}, DashboardGrant},
		{"a user may view a dashboard", func() { s.grant("dashboards", "a-tests", map[string]any{"userId": stranger, "permission": "View"}) }, DashboardGrant},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.damage()
			if drift := s.drift(); !slices.ContainsFunc(drift, func(d string) bool { return strings.HasPrefix(d, string(test.want)+": ") }) {
				t.Errorf("found is %q, want %s among it", drift, test.want)
			}
			s.asked()
			s.applier.Forget()
			s.round()
			if drift := s.drift(); len(drift) > 0 {
				t.Errorf("after a round there is still %q", drift)
			}
			if got, want := s.sees("test-a"), []string{"a-overview", "a-tests", "course-a"}; !slices.Equal(got, want) {
				t.Errorf("the teacher sees %v, want %v", got, want)
			}
			if got := s.sees("test-stranger"); len(got) > 0 {
				t.Errorf("a stranger sees %v", got)
			}
		})
	}
}

// edit saves a dashboard as somebody at the page would.
func (s *school) edit(uid, folder string, change func(map[string]any)) {
	s.t.Helper()
	var held struct{ Dashboard map[string]any }
	s.must("admin", "GET", "/api/dashboards/uid/"+uid, nil, &held)
	change(held.Dashboard)
	s.must("admin", "POST", "/api/dashboards/db", map[string]any{"dashboard": held.Dashboard, "folderUid": folder, "overwrite": true}, nil)
}

// id is that of a user.
func (s *site) id(login string) int64 {
	s.t.Helper()
	for _, u := range s.list("GET", "/api/org/users") {
		if u["login"] == login {
			return int64(u["userId"].(float64))
		}
	}
	s.t.Fatalf("there is no user %s", login)
	return 0
}
