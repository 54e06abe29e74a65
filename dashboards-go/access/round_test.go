package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
)

// isWrite reports whether a request would change something.
func isWrite(r *http.Request) bool { return r.Method != http.MethodGet }

// TestInterruptedRoundIsFinished: wherever a round is cut off, nobody has seen what is not theirs, and the next one finishes it.
func TestInterruptedRoundIsFinished(t *testing.T) {
	for cut := 0; ; cut++ {
		s := newSchool(standIn(t))
		s.standIn.Open = true // the harder case
		ctx, cancel := context.WithCancel(t.Context())
		var writes atomic.Int64
		s.standIn.FailWith(func(r *http.Request) int {
			if user, _, _ := r.BasicAuth(); user != "admin" || !isWrite(r) {
				return 0
			}
			if writes.Add(1) > int64(cut) {
				cancel()
				return http.StatusBadRequest
			}
			return 0
		})
		_, err := s.applier.Round(ctx, s.folders, s.staff)
		s.standIn.FailWith(nil)
		cancel()
		for login, theirs := range map[string]string{"test-a": "a", "test-b": "b"} {
			for _, uid := range s.sees(login) {
				if d := strings.TrimPrefix(uid, course.FolderPrefix); !strings.HasPrefix(d, theirs) && strings.Contains(uid, "-") && s.isDashboard(uid) {
					t.Errorf("cut off after %d writes, %s sees %s", cut, login, uid)
				}
			}
		}
		s.describe(described) // a new process
		s.round()
		if drift := s.drift(); len(drift) > 0 {
			t.Errorf("cut off after %d writes, the next round leaves %q", cut, drift)
		}
		if err == nil {
			if cut < 15 {
				t.Errorf("a first round takes %d writes only", cut)
			}
			return
		}
	}
}

func (s *school) isDashboard(uid string) bool {
	return slices.ContainsFunc(s.folders, func(f Folder) bool {
		return slices.ContainsFunc(f.Dashboards, func(d Dashboard) bool { return d.UID == uid })
	})
}

// TestRevocationsGoThrough: also when nothing can be added.
func TestRevocationsGoThrough(t *testing.T) {
	s := newSchool(standIn(t))
	s.round()
	s.staff = Staff{"course-a": {{Login: "test-b"}}, "course-b": {{Login: "test-a"}}} // they change places
	s.standIn.FailWith(func(r *http.Request) int {
		if r.Method == http.MethodPost {
			return http.StatusBadRequest
		}
		return 0
	})
	report, err := s.applier.Round(t.Context(), s.folders, s.staff)
	if err == nil || len(report.Left) == 0 || len(s.told) == 0 {
		t.Fatalf("a round in which nothing can be added ends with %v", err)
	}
	if !strings.Contains(s.told[0], "as the test wants it") {
		t.Errorf("told is %q, want Grafana's own words", s.told)
	}
	for _, login := range []string{"test-a", "test-b"} {
		if got := s.sees(login); len(got) > 0 {
			t.Errorf("%s still sees %v", login, got)
		}
	}
	s.standIn.FailWith(nil)
	s.round()
	if got, want := s.sees("test-a"), []string{"b-overview", "course-b"}; !slices.Equal(got, want) {
		t.Errorf("at last the teacher sees %v, want %v", got, want)
	}
}

// TestDashboardsWaitForClosing: a folder that cannot be closed is not filled.
func TestDashboardsWaitForClosing(t *testing.T) {
	s := newSchool(standIn(t))
	s.round()
	s.grant("folders", "course-a", map[string]any{"builtInRole": "Viewer", "permission": "View"})
	s.must("admin", "DELETE", "/api/dashboards/uid/a-tests", nil, nil)
	s.must("admin", "DELETE", "/api/dashboards/uid/b-overview", nil, nil)
	s.standIn.FailWith(func(r *http.Request) int {
		if isWrite(r) && strings.HasSuffix(r.URL.Path, "/access-control/folders/course-a") {
			return http.StatusBadRequest
		}
		return 0
	})
	if _, err := s.applier.Round(t.Context(), s.folders, s.staff); err == nil {
		t.Error("a folder that cannot be closed is no error")
	}
	if status, _ := s.call("admin", "GET", "/api/dashboards/uid/a-tests", nil); status != http.StatusNotFound {
		t.Errorf("the dashboard was put into the open folder: %d", status)
	}
	if status, _ := s.call("admin", "GET", "/api/dashboards/uid/b-overview", nil); status != http.StatusOK {
		t.Errorf("another folder had to wait: %d", status)
	}
}

// TestGuard: a round that would remove too many changes nothing at all.
func TestGuard(t *testing.T) {
	s := newSchool(newSite(t))
	s.round()
	var many []Person
	for i := range 8 {
		login := fmt.Sprint("test-many-", i)
		s.user(login)
		many = append(many, Person{Login: login})
	}
	s.staff["course-a"] = many
	s.round()
	s.asked()
	s.folders[0].Dashboards = nil // something else to do
	s.staff["course-a"] = many[:4]
	_, err := s.applier.Round(t.Context(), s.folders, s.staff)
	if !errors.Is(err, ErrGuard) || !strings.Contains(err.Error(), "4 of 10 members") {
		t.Errorf("removing 4 of 10 ends with %v", err)
	}
	if _, wrote := s.asked(); len(wrote) > 0 {
		t.Errorf("the guard let through %v", wrote)
	}
	s.staff["course-a"] = many[:5]
	s.round() // three may always go
	*s.applier.Description.Guard.RemovedMembers = 1
	s.staff["course-a"] = nil
	s.round()
	if got := s.sees("test-many-7"); len(got) > 0 {
		t.Errorf("who was removed sees %v", got)
	}
}

// TestCourseThatEnded: by policy, and never silently.
func TestCourseThatEnded(t *testing.T) {
	for _, test := range []struct {
		policy  Policy
		staff   Staff
		sees    []string // the teacher of the course that ended
		product []string // of it, the product team
	}{
		{Keep, Staff{"course-b": {{Login: "test-b"}}}, []string{"b-overview", "course-b"}, []string{"b-overview", "course-b"}},
		{Keep, Staff{}, nil, []string{"b-overview", "course-b"}},
		{Archive, Staff{}, nil, []string{"b-overview", "course-b"}},
		{Remove, Staff{}, nil, nil},
	} {
		t.Run(fmt.Sprint(test.policy, len(test.staff)), func(t *testing.T) {
			s := newSchool(newSite(t))
			s.describe(described + "users: {missing: wait}\n")
			s.round()
			s.describe(strings.Replace(described, "courses.yaml}", "courses.yaml, ended: "+string(test.policy)+"}", 1))
			s.folders, s.staff = s.folders[:3], Staff{"course-a": {{Login: "test-a"}}, "course-b": test.staff["course-b"]}
			report := s.round()
			if told := len(report.Ended) > 0 || len(report.Drift) > 0; !told {
				t.Error("nothing is said about the course that ended")
			}
			if got := s.sees("test-b"); !slices.Equal(got, test.sees) {
				t.Errorf("its teacher sees %v, want %v", got, test.sees)
			}
			got := slices.DeleteFunc(s.sees("test-product"), func(uid string) bool { return uid != "course-b" && uid != "b-overview" })
			if !slices.Equal(got, test.product) {
				t.Errorf("the product team sees %v of it, want %v", got, test.product)
			}
			if drift := s.drift(); len(drift) > 0 {
				t.Errorf("after a round there is still %q", drift)
			}
			// It is taught again.
			s.folders = append(s.folders, example("course-b", "Databases", "b-overview"))
			s.staff["course-b"] = []Person{{Login: "test-b"}}
			s.round()
			if got, want := s.sees("test-b"), []string{"b-overview", "course-b"}; !slices.Equal(got, want) {
				t.Errorf("taught again, its teacher sees %v, want %v", got, want)
			}
		})
	}
}

// TestForeignThingsStay: folders, dashboards, teams and grants that nobody described.
func TestForeignThingsStay(t *testing.T) {
	s := newSchool(newSite(t))
	s.round()
	s.must("admin", "POST", "/api/folders", map[string]string{"uid": "course-of-others", "title": "Of others"}, nil)
	s.must("admin", "POST", "/api/teams", map[string]string{"name": "course-of-others-teachers"}, nil)
	s.grant("folders", "course-of-others", map[string]any{"builtInRole": "Viewer", "permission": "View"})
	s.must("admin", "POST", "/api/dashboards/db", map[string]any{"folderUid": "course-b", "dashboard": map[string]any{
		"uid": "test-own", "title": "Own", "tags": []string{"gradewatch"}}}, nil)
	s.must("admin", "POST", "/api/dashboards/db", map[string]any{"folderUid": "course-b", "dashboard": map[string]any{
		"uid": "b-own", "title": "Own too", "tags": []string{"homework"}}}, nil)
	s.must("admin", "POST", "/api/teams", map[string]string{"name": "others"}, nil)
	s.describe(strings.Replace(described, "courses.yaml}", "courses.yaml, ended: remove}", 1))
	s.folders, s.staff = s.folders[:3], Staff{"course-a": {{Login: "test-a"}}}
	if drift := what(s.round().Drift); !slices.ContainsFunc(drift, func(d string) bool {
		return strings.Contains(d, "it holds 2 things that Gradewatch has not made; 1 dashboard of its own")
	}) {
		t.Errorf("of a folder with somebody's dashboard is told %q", drift)
	}
	if drift := s.drift(); len(drift) > 0 {
		t.Errorf("after a round there is still %q", drift)
	}
	for _, path := range []string{"/api/folders/course-of-others", "/api/folders/course-b", "/api/dashboards/uid/test-own", "/api/dashboards/uid/b-own"} {
		if status, _ := s.call("admin", "GET", path, nil); status != http.StatusOK {
			t.Errorf("%s is gone: %d", path, status)
		}
	}
	s.team("others")
	s.team("course-of-others-teachers")
	if status, _ := s.call("test-b", "GET", "/api/folders/course-of-others", nil); status != http.StatusOK {
		t.Errorf("a foreign folder was closed: %d", status)
	}
}

// TestUsersWhoHaveNeverLoggedIn wait, or are made.
func TestUsersWhoHaveNeverLoggedIn(t *testing.T) {
	s := newSchool(newSite(t))
	s.staff["course-a"] = append(s.staff["course-a"], Person{Login: "test-new", Email: "test-new@university.example"})
	if report := s.round(); len(report.Pending) != 1 || !strings.Contains(report.Pending[0], "test-new") {
		t.Errorf("pending is %q", report.Pending)
	}
	s.describe(described + "users: {missing: create}\n")
	if report := s.round(); len(report.Pending) != 0 {
		t.Errorf("pending is %q though users are made", report.Pending)
	}
	if s.id("test-new") == 0 {
		t.Error("the user was not made")
	}
	members := s.list("GET", fmt.Sprintf("/api/teams/%d/members", s.team("course-a-teachers")))
	if len(members) != 2 {
		t.Errorf("the team has %d members, want 2", len(members))
	}
}

// TestLoginDecides: somebody who gives himself the address of a teacher gets nothing by it.
func TestLoginDecides(t *testing.T) {
	s := newSchool(newSite(t))
	s.staff["course-a"] = []Person{{Login: "test-teacher", Email: "test-b@university.example"}, {Email: "TEST-PRODUCT@university.example"}}
	s.round()
	if got, want := s.sees("test-b"), []string{"b-overview", "course-b"}; !slices.Equal(got, want) {
		t.Errorf("by the address alone test-b sees %v, want %v", got, want)
	}
	if members := s.list("GET", fmt.Sprintf("/api/teams/%d/members", s.team("course-a-teachers"))); len(members) != 1 || members[0]["login"] != "test-product" {
		t.Errorf("members are %v, want who has the address where there is no login", members)
	}
}

// TestChangesAreSeenByTheLists: a round of a watch reads no single object, and yet sees what changes what somebody may.
func TestChangesAreSeenByTheLists(t *testing.T) {
	s := newSchool(newSite(t))
	s.round()
	stranger := s.user("test-stranger")
	s.round()
	s.asked()
	s.round()
	if all, _ := s.asked(); len(all) > 6 {
		t.Errorf("a round in which nothing has changed asks %d times: %v", len(all), all)
	}
	for name, damage := range map[string]func(){
		"a grant": func() { s.grant("folders", "course-a", map[string]any{"userId": stranger, "permission": "View"}) },
		"a member": func() {
			s.must("admin", "POST", fmt.Sprintf("/api/teams/%d/members", s.team("course-a-teachers")), map[string]any{"userId": stranger}, nil)
		},
		"a member in the place of another": func() {
			s.must("admin", "DELETE", fmt.Sprintf("/api/teams/%d/members/%d", s.team("product"), s.id("test-product")), nil, nil)
			s.must("admin", "POST", fmt.Sprintf("/api/teams/%d/members", s.team("product")), map[string]any{"userId": stranger}, nil)
		},
		"a grant on a dashboard": func() { s.grant("dashboards", "a-tests", map[string]any{"userId": stranger, "permission": "View"}) },
	} {
		damage()
		if report := s.round(); len(report.Drift) == 0 {
			t.Errorf("%s: no drift is found", name)
		}
		if got := s.sees("test-stranger"); len(got) > 0 {
			t.Errorf("%s: a stranger sees %v", name, got)
		}
	}
}

// TestWithoutWitnesses: a Grafana that cannot say what everybody may do is read whole, each time.
func TestWithoutWitnesses(t *testing.T) {
	s := newSchool(standIn(t))
	s.standIn.FailWith(func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/users/permissions/search") {
			return http.StatusNotFound
		}
		return 0
	})
	s.round()
	s.grant("folders", "course-a", map[string]any{"builtInRole": "Viewer", "permission": "View"})
	if report := s.round(); len(report.Drift) != 1 {
		t.Errorf("drift is %q, want one", what(report.Drift))
	}
}

// TestManyCourses: 200 courses with 500 teachers converge, and what a round asks grows with the changes.
func TestManyCourses(t *testing.T) {
	s := newSchool(standIn(t))
	s.folders, s.staff = s.folders[:2], Staff{}
	for i := range 200 {
		slug := fmt.Sprintf("c%03d", i)
		s.folders = append(s.folders, example("course-"+slug, "Course "+slug, slug+"-overview", slug+"-assignment", slug+"-tests", slug+"-deadlines"))
	}
	for i := range 500 {
		login := fmt.Sprintf("test-%03d", i)
		s.user(login)
		uid := s.folders[2+i%200].UID
		s.staff[uid] = append(s.staff[uid], Person{Login: login})
	}
	first := s.round()
	all, _ := s.asked()
	t.Logf("the first round: %d changes with %d requests", first.Made, len(all))
	if got, want := s.sees("test-417"), []string{"c017-assignment", "c017-deadlines", "c017-overview", "c017-tests", "course-c017"}; !slices.Equal(got, want) {
		t.Errorf("a teacher sees %v, want %v", got, want)
	}
	s.round()
	idle, _ := s.asked()
	s.staff["course-c000"] = append(s.staff["course-c000"], Person{Login: "test-001"})
	s.round()
	one, _ := s.asked()
	for i := range 10 {
		uid := s.folders[2+i].UID
		s.staff[uid] = append(s.staff[uid], Person{Login: fmt.Sprintf("test-%03d", 100+i)})
	}
	s.round()
	ten, _ := s.asked()
	t.Logf("without a change %d requests, with one %d, with ten %d", len(idle), len(one), len(ten))
	if perChange := 4; len(idle) > 6 || len(one) > 2*len(idle)+perChange || len(ten) > 2*len(idle)+10*perChange {
		t.Errorf("without a change %d requests, with one %d, with ten %d", len(idle), len(one), len(ten))
	}
}

// TestCredentials: what is wrong with them is told before anything is changed.
func TestCredentials(t *testing.T) {
	s := newSchool(newSite(t))
	for _, test := range []struct {
		name        string
		credentials grafana.Credentials
		more, want  string
	}{
		{"a wrong password", grafana.Credentials{User: "test-a", Password: "wrong"}, "", "the token or the password is not known"},
		{"a user without rights", grafana.Credentials{User: "test-a", Password: grafanatest.Password}, "", "test-a may not dashboards.permissions:write"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.describe(described + test.more)
			client, err := grafana.New(s.url, test.credentials, s.site, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			s.applier.Client = client
			if _, err := s.applier.Round(t.Context(), s.folders, s.staff); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ends with %v, want %q", err, test.want)
			}
			if _, wrote := s.asked(); len(wrote) > 0 {
				t.Errorf("changing requests %v", wrote)
			}
		})
	}
}

// TestServiceAccount: its token does everything but make users.
func TestServiceAccount(t *testing.T) {
	s := newSchool(newSite(t))
	token := s.token()
	begin := func() {
		client, err := grafana.New(s.url, grafana.Credentials{Token: token}, s.site, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s.applier.Client = client
	}
	begin()
	s.round()
	if drift := s.drift(); len(drift) > 0 {
		t.Errorf("after a round there is still %q", drift)
	}
	s.describe(described + "users: {missing: create}\n")
	begin()
	if _, err := s.applier.Round(t.Context(), s.folders, s.staff); err == nil || !strings.Contains(err.Error(), "server admin") {
		t.Errorf("making users with a token ends with %v", err)
	}
}

// TestNobodyIsLetInBesideAStranger: a team whose unwanted member cannot be removed gets nothing more.
func TestNobodyIsLetInBesideAStranger(t *testing.T) {
	s := newSchool(standIn(t))
	s.round()
	stranger := s.user("test-stranger")
	s.must("admin", "POST", fmt.Sprintf("/api/teams/%d/members", s.team("operations")), map[string]any{"userId": stranger}, nil)
	s.describe(strings.Replace(described, "[teachers, product]", "[teachers, product, operations]", 1))
	s.standIn.FailWith(func(r *http.Request) int {
		if r.Method == http.MethodDelete {
			return http.StatusBadRequest
		}
		return 0
	})
	if _, err := s.applier.Round(t.Context(), s.folders, s.staff); err == nil {
		t.Error("a member who cannot be removed is no error")
	}
	if got := s.sees("test-stranger"); slices.Contains(got, "course-a") || slices.Contains(got, "course-b") {
		t.Errorf("the stranger sees %v", got)
	}
}

// TestFolderThatNobodyHereCanClose is told of, and not filled.
func TestFolderThatNobodyHereCanClose(t *testing.T) {
	s := newSchool(standIn(t))
	s.round()
	s.must("admin", "DELETE", "/api/dashboards/uid/a-tests", nil, nil)
	s.standIn.GrantByRole("course-a", "Viewer", "custom:readers")
	report, err := s.applier.Round(t.Context(), s.folders, s.staff)
	if err == nil || !slices.ContainsFunc(what(report.Left), func(l string) bool { return strings.Contains(l, "by the role custom:readers of access control") }) {
		t.Errorf("ends with %v and %q", err, what(report.Left))
	}
	if status, _ := s.call("admin", "GET", "/api/dashboards/uid/a-tests", nil); status != http.StatusNotFound {
		t.Errorf("the dashboard was put into the open folder: %d", status)
	}
}

// TestProvisionedDashboard is told of, and the rest is made.
func TestProvisionedDashboard(t *testing.T) {
	s := newSchool(standIn(t))
	s.round()
	s.standIn.Provision("a-tests")
	s.must("admin", "DELETE", "/api/dashboards/uid/a-overview", nil, nil)
	s.applier.Forget()
	report, err := s.applier.Round(t.Context(), s.folders, s.staff)
	if err == nil || len(report.Left) != 1 || report.Left[0].Kind != DashboardProvisioned || report.Left[0].Ours() {
		t.Errorf("ends with %v and %q", err, what(report.Left))
	}
	if status, _ := s.call("admin", "GET", "/api/dashboards/uid/a-overview", nil); status != http.StatusOK {
		t.Errorf("another dashboard had to wait: %d", status)
	}
}

// TestIndexThatIsBehind: what was made and is not found yet is looked for by its name.
func TestIndexThatIsBehind(t *testing.T) {
	s := newSchool(standIn(t))
	s.standIn.Hidden = true
	s.round()
	if report := s.round(); report.Made != 0 {
		t.Errorf("%d changes", report.Made)
	}
}

// TestGuardOverCoursesThatEnded: a list of courses that is nearly empty removes no teams.
func TestGuardOverCoursesThatEnded(t *testing.T) {
	for _, policy := range []Policy{Keep, Archive, Remove} {
		s := newSchool(standIn(t))
		var many []Person
		for i := range 6 {
			login := fmt.Sprint("test-many-", i)
			s.user(login)
			many = append(many, Person{Login: login})
		}
		s.staff["course-b"] = many
		s.describe(strings.Replace(described, "courses.yaml}", "courses.yaml, ended: "+string(policy)+"}", 1))
		s.round()
		if _, err := s.applier.Round(t.Context(), s.folders[:3], Staff{"course-a": {{Login: "test-a"}}}); !errors.Is(err, ErrGuard) {
			t.Errorf("%s: ends with %v", policy, err)
		}
		if got := s.sees("test-many-0"); len(got) == 0 {
			t.Errorf("%s: the teachers see nothing any more", policy)
		}
	}
}

// TestFolderWithMoreThanDashboards: what no list shows keeps the folder of a course that ended.
func TestFolderWithMoreThanDashboards(t *testing.T) {
	s := newSchool(standIn(t))
	s.round()
	s.standIn.AddLibraryPanel("course-b")
	s.describe(strings.Replace(described, "courses.yaml}", "courses.yaml, ended: remove}", 1))
	s.folders, s.staff = s.folders[:3], Staff{"course-a": {{Login: "test-a"}}}
	s.round()
	if status, _ := s.call("admin", "GET", "/api/folders/course-b", nil); status != http.StatusOK {
		t.Errorf("the folder with a library panel is gone: %d", status)
	}
}

// TestStaffOfNoCourse is told, and stops nothing.
func TestStaffOfNoCourse(t *testing.T) {
	s := newSchool(newSite(t))
	s.staff["course-misspelt"] = []Person{{Login: "test-a"}}
	if report := s.round(); len(report.Strays) != 1 || report.Strays[0] != "course-misspelt" {
		t.Errorf("told is %q", report.Strays)
	}
}

// TestMakingUsers: one of several teams is made once, and one who cannot be made stops nobody else.
func TestMakingUsers(t *testing.T) {
	s := newSchool(newSite(t))
	s.staff["course-a"] = append(s.staff["course-a"], Person{Login: "test-new"}, Person{Login: "test-other", Email: "test-b@university.example"})
	s.staff["course-b"] = append(s.staff["course-b"], Person{Login: "test-new"})
	s.describe(described + "users: {missing: create}\n")
	if _, err := s.applier.Round(t.Context(), s.folders, s.staff); err == nil || len(s.told) != 1 || !strings.Contains(s.told[0], "already exists") {
		t.Errorf("a user whose address another one has: %v %q", err, s.told)
	}
	for _, team := range []string{"course-a-teachers", "course-b-teachers"} {
		if members := s.list("GET", fmt.Sprintf("/api/teams/%d/members", s.team(team))); len(members) != 2 {
			t.Errorf("team %s has %d members, want 2", team, len(members))
		}
	}
}

// TestTokenAfterAPassword: what an admin began with a password, and was cut off, the service account goes on with.
func TestTokenAfterAPassword(t *testing.T) {
	s := newSchool(newSite(t))
	s.folders = append(s.folders, example("course-c", "Compilers"), example("course-d", "Data"), example("course-e", "Electronics"))
	for _, f := range s.folders[2:] {
		s.must("admin", "POST", "/api/teams", map[string]string{"name": teachers(f.UID)}, nil) // admin is in each of them
	}
	client, err := grafana.New(s.url, grafana.Credentials{Token: s.token()}, s.site, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.applier.Client = client
	s.round()
}

// TestTeamThatIsMadeAgain gets its folder back, though nobody is in it.
func TestTeamThatIsMadeAgain(t *testing.T) {
	s := newSchool(newSite(t))
	s.staff["course-a"] = nil
	s.round()
	s.must("admin", "DELETE", fmt.Sprintf("/api/teams/%d", s.team("course-a-teachers")), nil, nil)
	s.round()
	s.staff["course-a"] = []Person{{Login: "test-a"}}
	s.round()
	if got, want := s.sees("test-a"), []string{"a-overview", "a-tests", "course-a"}; !slices.Equal(got, want) {
		t.Errorf("its teacher sees %v, want %v", got, want)
	}
}

// TestRemovalThatFailsCountsOnce for the guard, though each pass finds it again.
func TestRemovalThatFailsCountsOnce(t *testing.T) {
	s := newSchool(standIn(t))
	s.round()
	for i := range few {
		id := s.user(fmt.Sprint("test-stranger-", i))
		s.must("admin", "POST", fmt.Sprintf("/api/teams/%d/members", s.team("product")), map[string]any{"userId": id}, nil)
	}
	s.must("admin", "DELETE", "/api/dashboards/uid/a-tests", nil, nil) // so that there is a second pass
	s.standIn.FailWith(func(r *http.Request) int {
		if r.Method == http.MethodDelete {
			return http.StatusBadRequest
		}
		return 0
	})
	if _, err := s.applier.Round(t.Context(), s.folders, s.staff); err == nil || errors.Is(err, ErrGuard) {
		t.Errorf("%d removals that fail end with %v", few, err)
	}
}
