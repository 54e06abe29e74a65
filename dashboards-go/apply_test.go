package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/dashboards-go/access"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
)

const accessFile = "../provisioning/access.yaml"

// apply runs the command on a stand-in for Grafana.
func apply(t *testing.T, server *grafanatest.Server, args ...string) (string, error) {
	t.Helper()
	return run(t, append([]string{"apply", "--grafana.url=" + server.URL, "--access.file=" + accessFile}, args...)...)
}

// TestApply: what is shipped, to a Grafana that is empty, and again.
func TestApply(t *testing.T) {
	t.Setenv("GRADEWATCH_GRAFANA_TOKEN", grafanatest.Token)
	server := grafanatest.New(t)

	out, err := apply(t, server, "--check")
	if err == nil || !strings.Contains(err.Error(), "differences") || !strings.Contains(out, "differs: folder course-compilers-2026-autumn (Compilers) is missing") {
		t.Errorf("--check of an empty Grafana ends with %v and says\n%s", err, out)
	}
	for _, request := range server.Requests() {
		if !strings.HasPrefix(request, http.MethodGet) {
			t.Errorf("--check sends %s", request)
		}
	}
	if out, err = apply(t, server); err != nil || !strings.Contains(out, "8 folders with 36 dashboards are as they should be") {
		t.Fatalf("ends with %v and says\n%s", err, out)
	}
	if !strings.Contains(out, "waits: team product: product is no user yet") {
		t.Errorf("nothing is said about who has never logged in:\n%s", out)
	}
	server.Requests()
	if out, err = apply(t, server); err != nil || !strings.Contains(out, "nothing was changed") {
		t.Errorf("the second time ends with %v and says\n%s", err, out)
	}
	for _, request := range server.Requests() {
		if !strings.HasPrefix(request, http.MethodGet) {
			t.Errorf("the second time sends %s", request)
		}
	}
	if out, err = apply(t, server, "--check"); err != nil {
		t.Errorf("--check after it ends with %v and says\n%s", err, out)
	}
}

// TestApplyFailsWithWhatGrafanaSays, and names what failed.
func TestApplyFailsWithWhatGrafanaSays(t *testing.T) {
	t.Setenv("GRADEWATCH_GRAFANA_TOKEN", grafanatest.Token)
	server := grafanatest.New(t)
	server.FailWith(func(r *http.Request) int {
		if r.Method == http.MethodPost && r.URL.Path == "/api/teams" {
			return http.StatusBadRequest
		}
		return 0
	})
	out, err := apply(t, server)
	if err == nil || !strings.Contains(out, "failed: team operations is missing: Grafana answers POST /api/teams with 400: as the test wants it") {
		t.Errorf("ends with %v and says\n%s", err, out)
	}
	if !strings.Contains(out, "mended: dashboard operations-queue") && !strings.Contains(out, "mended: dashboard product-submissions is missing") {
		t.Errorf("other things had to wait:\n%s", out)
	}
}

func TestApplyRefuses(t *testing.T) {
	server := grafanatest.New(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(grafanatest.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name        string
		environment map[string]string
		args        []string
		want        string
	}{
		{"no credentials", nil, nil, "no token: set GRADEWATCH_GRAFANA_TOKEN"},
		{"two credentials", map[string]string{"GRADEWATCH_GRAFANA_TOKEN": "a", "GRADEWATCH_GRAFANA_PASSWORD": "b"}, nil, "a token and a password"},
		{"a token twice", map[string]string{"GRADEWATCH_GRAFANA_TOKEN": "a"}, []string{"--grafana.token-file=" + secret}, "want one of them"},
		{"a token file that is not there", nil, []string{"--grafana.token-file=" + secret + "s"}, "--grafana.token-file"},
		{"a wrong token", map[string]string{"GRADEWATCH_GRAFANA_TOKEN": "a"}, nil, "the token or the password is not known"},
		{"a database that nobody asked for", map[string]string{"GRADEWATCH_GRAFANA_TOKEN": "a"}, []string{"--database=postgres://a@b/c"}, "--database is given, and"},
		{"check and watch", nil, []string{"--check", "--watch"}, "want one of them"},
		{"a guard above one", nil, []string{"--guard=3"}, "--guard is 3"},
		{"a pause of nothing", nil, []string{"--watch.poll=0s"}, "--watch.poll is 0s"},
		{"no time zone", nil, []string{"--timezone=Local"}, "--timezone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.environment {
				t.Setenv(name, value)
			}
			if out, err := apply(t, server, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ends with %v, want %q; it says\n%s", err, test.want, out)
			}
		})
	}
	if out, err := apply(t, server, "--grafana.token-file="+secret, "--check"); err == nil || !strings.Contains(err.Error(), "differences") {
		t.Errorf("a token in a file: %v %s", err, out)
	}
}

// TestAssemble: what a database says of courses and staff, with what is odd in it.
func TestAssemble(t *testing.T) {
	p := func(s string) *string { return &s }
	r, err := assemble([]courseRow{
		{p("algo-2026"), p("Algorithms"), p("autumn 2026")}, {p("algo-2025"), p("Algorithms"), p("autumn 2025")},
		{p("db"), nil, nil}, {p("ml-a"), p("Learning"), p("2026")}, {p("ml-b"), p("Learning"), p("2026")}, {p(" "), p("X"), nil}, {p("DB"), p("Y"), nil}, {p("db"), nil, nil},
	}, []staffRow{
		{p("db"), p("anna"), p("anna@university.example"), p("teacher")}, {p("db"), p("otto"), nil, p("student")}, {p("db"), nil, nil, p("teacher")},
		{p("old-2019"), nil, p("eva@university.example"), p("teacher")},
	}, []string{"teacher"})
	if err != nil {
		t.Fatal(err)
	}
	titles := make(map[string]string)
	for _, c := range r.courses {
		titles[c.Slug] = c.Title
	}
	for slug, want := range map[string]string{
		"algo-2025": "Algorithms (autumn 2025)", "algo-2026": "Algorithms (autumn 2026)", "ml-a": "Learning (2026)", "ml-b": "Learning (2026) (ml-b)",
		"db": "db", "DB": "Y",
	} {
		if titles[slug] != want {
			t.Errorf("%s is titled %q, want %q", slug, titles[slug], want)
		}
	}
	if len(r.courses) != 6 || len(r.odd) != 3 {
		t.Errorf("%d courses, want 6; odd are %q, want 3", len(r.courses), r.odd)
	}
	if got := r.staff["course-db"]; len(got) != 1 || got[0] != (access.Person{Login: "anna", Email: "anna@university.example"}) {
		t.Errorf("staff of db is %v", got)
	}
	if got := r.staff["course-old-2019"]; len(got) != 1 {
		t.Errorf("staff of a course that has ended is %v", got)
	}
	if r, err = assemble([]courseRow{{Course: p("db")}}, []staffRow{{Course: p("db"), Login: p("anna")}}, []string{"teacher"}); err != nil || len(r.odd) != 1 {
		t.Errorf("staff without the roles that are described: %v %q", err, r.odd)
	}
	if _, err := assemble(nil, nil, nil); err == nil {
		t.Error("a database without courses is no error")
	}
}

// TestFirstPassword: who is missing is made, and can log in with the password of the file.
func TestFirstPassword(t *testing.T) {
	t.Setenv("GRADEWATCH_GRAFANA_PASSWORD", grafanatest.Password)
	server := grafanatest.New(t)
	file := filepath.Join(t.TempDir(), "first")
	if err := os.WriteFile(file, []byte("Demo-password-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := apply(t, server, "--users.password-file="+file)
	if err != nil || strings.Contains(out, "waits:") || strings.Contains(out, "Demo-password-1") {
		t.Fatalf("ends with %v and says\n%s", err, out)
	}
	for _, login := range []string{"product", "operations", "teacher"} {
		if status, _ := grafanatest.Ask(t, server.URL, login, "Demo-password-1", http.MethodGet, "/api/user", ""); status != http.StatusOK {
			t.Errorf("%s is answered %d", login, status)
		}
	}
	if out, err := apply(t, server, "--users.password-file="+file+".not"); err == nil || !strings.Contains(err.Error(), "--users.password-file") {
		t.Errorf("a file that is not there: %v\n%s", err, out)
	}
}
