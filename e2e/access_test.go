package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// isAccess reports whether the metric is of access as code, which another program than the exporter shows.
func isAccess(m *metrics.Metric) bool { return strings.HasPrefix(m.Name, "gradewatch_access_") }

const describedByDatabase = `
teams: {product: [product], operations: []}
folders:
  product: {view: [product]}
  operations: {view: [operations]}
  courses: {view: [teachers, product]}
courses: {database: {}, roles: [teacher], ended: archive}
`

// watching is a running dashboards apply --watch, with the database and the Grafana that it stands between.
type watching struct {
	*process
	t       *testing.T
	url     string
	file    string // access.yaml
	db      *pgtest.Database
	grafana *grafanatest.Server
}

func watchAccess(t *testing.T) *watching {
	t.Helper()
	w := &watching{t: t, db: cluster.Database(t), grafana: grafanatest.New(t)}
	w.db.Load(t, "provisioning/postgres/01-schema.sql")
	w.db.Load(t, "provisioning/postgres/02-access-role.sql")
	w.db.Exec(t, "ALTER ROLE gradewatch_access PASSWORD '"+rolePassword+"'")
	w.db.Exec(t, `INSERT INTO analytics.courses VALUES ('algo-2026', 'Algorithms', '2026');
		INSERT INTO analytics.course_staff VALUES ('algo-2026', 'anna', NULL, 'teacher'), ('algo-2026', 'otto', NULL, 'listener')`)
	for _, login := range []string{"anna", "eva", "otto", "product"} {
		w.user(login)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"access.yaml": describedByDatabase, "token": grafanatest.Token + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.file = filepath.Join(dir, "access.yaml")
	address := freeAddress(t)
	w.url = "http://" + address
	w.process = start(t, []string{"PGPASSWORD=" + rolePassword}, nil, dashboardsBinary, "apply", "--watch",
		"--grafana.url="+w.grafana.URL, "--grafana.token-file="+filepath.Join(dir, "token"), "--access.file="+w.file,
		"--database="+w.db.TCP("gradewatch_access"), "--watch.poll=50ms", "--watch.interval=200ms", "--web.listen-address="+address)
	return w
}

// describe changes access.yaml.
func (w *watching) describe(text string) {
	w.t.Helper()
	if err := os.WriteFile(w.file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// call sends a request to Grafana and returns the status and what is answered.
func (w *watching) call(login, method, path, body string, into any) int {
	w.t.Helper()
	status, content := grafanatest.Ask(w.t, w.grafana.URL, login, grafanatest.Password, method, path, body)
	if into != nil {
		if err := json.Unmarshal(content, into); err != nil {
			w.t.Fatal(err)
		}
	}
	return status
}

func (w *watching) user(login string) {
	w.t.Helper()
	body := `{"login": "` + login + `", "password": "` + grafanatest.Password + `", "email": "` + login + `@university.example"}`
	if status := w.call("admin", "POST", "/api/admin/users", body, nil); status != http.StatusOK {
		w.t.Fatalf("making a user: %d", status)
	}
}

// folders are those that somebody sees.
func (w *watching) folders(login string) (uids []string) {
	w.t.Helper()
	var hits []struct{ UID string }
	w.call(login, "GET", "/api/search?type=dash-folder", "", &hits)
	for _, hit := range hits {
		uids = append(uids, hit.UID)
	}
	slices.Sort(uids)
	return uids
}

func (w *watching) awaitFolders(what, login string, want ...string) {
	w.t.Helper()
	eventually(w.t, what, func() bool { return slices.Equal(w.folders(login), want) })
}

func (w *watching) metrics() string {
	w.t.Helper()
	response, err := http.Get(w.url + "/metrics")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(body)
}

// TestAccessFollowsTheDatabase: a new course has its folder, team and permissions without anybody touching a file, who leaves
// loses access, a course that ended is archived, and a database that has lost everything takes nothing from anybody.
func TestAccessFollowsTheDatabase(t *testing.T) {
	w := watchAccess(t)
	w.awaitFolders("the teacher sees the course", "anna", "course-algo-2026")
	w.awaitFolders("the product team sees product and courses", "product", "course-algo-2026", "product")
	if got := w.folders("otto"); len(got) > 0 {
		t.Errorf("staff of another role sees %v", got)
	}
	w.db.Exec(t, `INSERT INTO analytics.courses VALUES ('db-2026', 'Databases', '2026');
		INSERT INTO analytics.course_staff VALUES ('db-2026', 'eva', NULL, 'teacher')`)
	w.awaitFolders("a new course has a folder", "eva", "course-db-2026")
	var dashboard map[string]any
	if status := w.call("eva", "GET", "/api/dashboards/uid/db-2026-overview", "", &dashboard); status != http.StatusOK {
		t.Errorf("the new course has no overview: %d", status)
	}
	if status := w.call("eva", "GET", "/api/dashboards/uid/algo-2026-overview", "", nil); status != http.StatusForbidden {
		t.Errorf("another course's overview: %d", status)
	}

	w.db.Exec(t, "DELETE FROM analytics.course_staff WHERE login = 'anna'")
	w.awaitFolders("who leaves sees nothing", "anna")

	w.call("admin", "POST", "/api/access-control/folders/course-db-2026", `{"permissions": [{"builtInRole": "Viewer", "permission": "View"}]}`, nil)
	w.awaitFolders("what somebody opened by hand is closed", "anna")
	eventually(t, "it is counted", func() bool {
		return strings.Contains(w.metrics(), metrics.AccessChanges.Name+`{kind="grant_unwanted",outcome="success"} 1`)
	})

	w.db.Exec(t, "DELETE FROM analytics.course_staff WHERE course = 'algo-2026'; DELETE FROM analytics.courses WHERE course = 'algo-2026'")
	eventually(t, "the course that ended is archived", func() bool {
		var folder struct{ Title string }
		w.call("admin", "GET", "/api/folders/course-algo-2026", "", &folder)
		return folder.Title == "Algorithms (ended)"
	})
	w.db.Exec(t, "DELETE FROM analytics.courses")
	w.await(t, "the database lists no course; is it the right one?")
	if got := w.folders("eva"); !slices.Equal(got, []string{"course-db-2026"}) {
		t.Errorf("after the database has lost all courses a teacher sees %v", got)
	}
	w.call("admin", "POST", "/api/access-control/folders/course-db-2026", `{"permissions": [{"builtInRole": "Viewer", "permission": "View"}]}`, nil)
	w.awaitFolders("what somebody opens meanwhile is closed all the same", "anna")

	w.db.Exec(t, `INSERT INTO analytics.courses VALUES ('db-2026', 'Databases', '2026')`)
	w.describe(strings.Replace(describedByDatabase, "operations: []", "operations: [otto]", 1))
	w.awaitFolders("who is new in access.yaml is let in without a restart", "otto", "operations")
	w.describe("teams: {")
	w.await(t, "--access.file: ")
	if got := w.folders("otto"); !slices.Equal(got, []string{"operations"}) {
		t.Errorf("while access.yaml cannot be read operations sees %v", got)
	}
	if log := w.log(); strings.Contains(log, grafanatest.Token) || strings.Contains(log, rolePassword) {
		t.Error("a secret is in the log")
	}
}

// TestAccessWithAWrongPassword says where it comes from, and not what attempts without one met.
func TestAccessWithAWrongPassword(t *testing.T) {
	db := database(t, nil)
	cmd := exec.Command(dashboardsBinary, "apply", "--grafana.url="+grafanatest.New(t).URL, "--timezone=UTC", "--database="+db.TCP("gradewatch_access"),
		"--access.file=../provisioning/first-look/access.yaml")
	cmd.Env = append(os.Environ(), "GRADEWATCH_GRAFANA_TOKEN="+grafanatest.Token, "PGPASSWORD=wrong")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "PGPASSFILE") || strings.Contains(string(out), "tls error") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestAccessMetrics: each that the catalogue names is there, and passes the linter; ready is who has once made all as described.
func TestAccessMetrics(t *testing.T) {
	w := watchAccess(t)
	eventually(t, "it is ready", func() bool {
		response, err := http.Get(w.url + "/-/ready")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	body := w.metrics()
	for _, m := range metrics.Catalogue() {
		if isAccess(m) && !strings.Contains(body, "\n"+m.Name) {
			t.Errorf("%s is in the catalogue and not live", m.Name)
		}
	}
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "gradewatch_access_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}
