package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/alerts/rule"
	"github.com/gradewatch/gradewatch/dashboards-go/lint"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// committed is the command as make generate runs it, from here.
func committed() command {
	return command{
		Output: "rules", Reference: "../docs/alerts.md", Language: text.Languages(), GrafanaURL: "http://localhost:3000",
		RunbooksURL: "https://github.com/gradewatch/gradewatch/blob/main/alerts/runbooks",
		Jobs:        ".*", Servers: ".*", Namespaces: ".*",
	}
}

// tool finds a program of Prometheus or Alertmanager, which make test builds.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not in PATH; make test builds it", name)
	}
	return path
}

func each(f func(rule.Alert)) {
	for _, g := range rule.Groups(query.Scope{}) {
		for _, a := range g.Alerts {
			f(a)
		}
	}
}

func TestCommittedIsGenerated(t *testing.T) {
	c := committed()
	c.Check = true
	var out bytes.Buffer
	if err := c.Run(&out); err != nil {
		t.Errorf("%v: make generate\n%s", err, out.String())
	}
}

func TestCheckSaysWhatDiffers(t *testing.T) {
	c := committed()
	c.Output, c.Reference = t.TempDir(), filepath.Join(t.TempDir(), "alerts.md")
	var out bytes.Buffer
	if err := c.Run(&out); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(c.Output, "en", name) }
	if err := os.WriteFile(at("django.yaml"), []byte("groups: []\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(at("courses.yaml"), at("old.yaml")); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	c.Check = true
	if err := c.Run(&out); err == nil {
		t.Error("what differs is not refused")
	}
	want := at("courses.yaml") + " is missing\n" + at("django.yaml") + " differs\n" + at("old.yaml") + " is superfluous\n"
	if out.String() != want {
		t.Errorf("it says\n%swant\n%s", out.String(), want)
	}
}

// foreign are selectors of series that are not Gradewatch's own.
var foreign = regexp.MustCompile(`\b(up|(?:django|pg|kube|container|prometheus|alertmanager)_[a-z_]+)\b(\{.*?\}|)`)

func TestRulesFollowTheFlags(t *testing.T) {
	c := committed()
	c.Output, c.Reference = t.TempDir(), filepath.Join(t.TempDir(), "alerts.md")
	c.GrafanaURL, c.RunbooksURL = "https://grafana.example/sub/", "https://wiki.example/on-call/"
	c.Jobs, c.Servers, c.Namespaces = "grader-.+", `db\d:9187`, "grader|grader-demo"
	if err := c.Run(&bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"checking":   {"https://grafana.example/sub/d/operations-pipeline?viewPanel=panel-", "https://wiki.example/on-call/NoCheckEnds.md"},
		"django":     {`requests_before_middlewares_total{job=~"grader-.+"}[`},
		"objectives": {`{status=~"5..", job=~"grader-.+"}[`},
		"postgres":   {`pg_up{instance=~"db\\d:9187"}`},
		"kubernetes": {`, namespace=~"grader|grader-demo"}`},
		"gradewatch": {`up{job=~"grader-.+"} == 0`, `prometheus_config_last_reload_successful{job=~"grader-.+"}`},
	} {
		content, err := os.ReadFile(filepath.Join(c.Output, "ru", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(content), want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
		for _, selector := range foreign.FindAllStringSubmatch(string(content), -1) {
			if !strings.HasPrefix(selector[1], "kube_node_") && !regexp.MustCompile(`(job|instance|namespace)=~"(grader|db)`).MatchString(selector[2]) {
				t.Errorf("%s looks at more than what is ours: %s", name, selector[0])
			}
		}
	}
	c.Servers = "db("
	if err := c.Run(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "ours by instance") {
		t.Errorf("a bad expression is refused with %v", err)
	}
}

// TestRulesKeepTheRules: what dashboards are checked for, rules are.
func TestRulesKeepTheRules(t *testing.T) {
	for _, language := range text.Languages() {
		known := lint.NewVocabulary()
		if err := known.AddFiles("../e2e/testdata/exporters/*/1.prom"); err != nil {
			t.Fatal(err)
		}
		for _, broken := range lint.CheckRules(files(t, language), known) {
			t.Errorf("%s: %s", language, broken)
		}
	}
}

// files are the committed rules of a language, by name.
func files(t *testing.T, language text.Language) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("rules", string(language), "*.yaml"))
	if err != nil || len(paths) != len(rule.Groups(query.Scope{})) {
		t.Fatalf("there are the files %v (%v), want one a group", paths, err)
	}
	all := make(map[string][]byte)
	for _, path := range paths {
		if all[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestPrometheusTakesTheRules(t *testing.T) {
	for _, language := range text.Languages() {
		args := append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, slices.Sorted(maps.Keys(files(t, language)))...)
		if out, err := exec.Command(tool(t, "promtool"), args...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

var action = regexp.MustCompile(`\{\{.*?\}\}`)

// TestLanguagesShowTheSameNumbers: a value or a label that one language shows, the other does.
func TestLanguagesShowTheSameNumbers(t *testing.T) {
	each(func(a rule.Alert) {
		for _, m := range []text.Message{a.Summary, a.Description} {
			en, ru := action.FindAllString(m.EN, -1), action.FindAllString(m.RU, -1)
			slices.Sort(en)
			slices.Sort(ru)
			if !slices.Equal(slices.Compact(en), slices.Compact(ru)) {
				t.Errorf("%s shows %v in English and %v in Russian", a.Name, en, ru)
			}
		}
	})
}

func TestEveryAlertIsWhole(t *testing.T) {
	told := make(map[string]bool)
	each(func(a rule.Alert) {
		if a.Because == "" {
			t.Errorf("%s does not say why it waits so long", a.Name)
		}
		if a.Severity == rule.Page && a.Audience != rule.Operations {
			t.Errorf("%s wakes up %s", a.Name, a.Audience)
		}
		if a.Audience == rule.Teachers && (a.Severity == rule.Page || !strings.Contains(a.When.PromQL(), "by (course")) {
			t.Errorf("%s is for teachers and is no ticket about a course", a.Name)
		}
		key := fmt.Sprint(a.Name, a.Labels)
		if told[key] {
			t.Errorf("%s is there twice", key)
		}
		told[key] = true
	})
}

// A board is what is read of a dashboard.
type board struct {
	UID, Title string
	Panels     []struct {
		ID    uint32
		Title string
	}
}

// boards are the committed dashboards in English, by uid.
func boards(t *testing.T) map[string]board {
	t.Helper()
	all := make(map[string]board)
	err := filepath.WalkDir("../provisioning/grafana/dashboards/en", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var b board
		if err := json.Unmarshal(content, &b); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		all[b.UID] = b
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// look finds the dashboard and the panel that an alert leads to; of courses' dashboards those of a course of the demo.
func look(t *testing.T, boards map[string]board, to rule.Panel) (dashboard, panelTitle string) {
	t.Helper()
	uid := to.Board
	if strings.HasPrefix(uid, "-") {
		uid = "algorithms-2026-autumn" + uid
	}
	b := boards[uid]
	for _, p := range b.Panels {
		if p.ID == panel.ID(to.Slug) {
			return strings.TrimPrefix(b.Title, "Algorithms: "), p.Title
		}
	}
	t.Errorf("there is no panel %q in a dashboard %q", to.Slug, uid)
	return "", ""
}

var (
	heading = regexp.MustCompile(`(?m)^## (.+)\n+([^#\n].*)`)
	ours    = regexp.MustCompile(`\b(grader|gradewatch)_[a-z_]+[a-z]\b`)
)

// TestEveryAlertHasARunbook: a page with the four sections, which leads to the panel, and names no metric that is not there.
func TestEveryAlertHasARunbook(t *testing.T) {
	known := make(map[string]bool)
	for _, m := range metrics.Catalogue() {
		for _, suffix := range []string{"", "_bucket", "_count", "_sum"} {
			known[m.Name+suffix] = true
		}
	}
	all, pages := boards(t), make(map[string]bool)
	each(func(a rule.Alert) {
		path := filepath.Join("runbooks", a.Page()+".md")
		pages[path] = true
		content, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%s has no runbook: %v", a.Name, err)
			return
		}
		var sections []string
		for _, found := range heading.FindAllStringSubmatch(string(content), -1) {
			sections = append(sections, found[1])
		}
		if want := []string{"What it means", "What to look at", "What to do", "When it is harmless"}; !slices.Equal(sections, want) {
			t.Errorf("%s has the sections %q, want %q", path, sections, want)
		}
		dashboard, shown := look(t, all, a.Look)
		for _, want := range []string{a.Name, dashboard, shown, string(a.Severity), string(a.Audience)} {
			if !strings.Contains(strings.Join(strings.Fields(string(content)), " "), want) {
				t.Errorf("%s does not name %q", path, want)
			}
		}
		for _, name := range ours.FindAllString(string(content), -1) {
			if !known[name] {
				t.Errorf("%s names %s, which is no metric", path, name)
			}
		}
	})
	written, err := filepath.Glob("runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range written {
		if !pages[path] {
			t.Errorf("%s belongs to no alert", path)
		}
	}
}

// TestEveryAlertIsTested: for each there is a test in which it fires and one in which it does not; for each window of an
// objective.
func TestEveryAlertIsTested(t *testing.T) {
	paths, err := filepath.Glob("tests/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fires, quiet := make(map[string]bool), make(map[string]bool)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct {
				Cases []struct {
					Name     string `yaml:"alertname"`
					Expected []struct {
						Labels map[string]string `yaml:"exp_labels"`
					} `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal(content, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				if len(c.Expected) == 0 {
					quiet[c.Name] = true
				}
				for _, alert := range c.Expected {
					fires[c.Name+alert.Labels["window"]] = true
				}
			}
		}
	}
	each(func(a rule.Alert) {
		if !fires[a.Name+a.Labels["window"]] {
			t.Errorf("no test shows that %s %s fires", a.Name, a.Labels["window"])
		}
		if !quiet[a.Name] && a.Name != "Watchdog" { // which is never quiet
			t.Errorf("no test shows when %s must not fire", a.Name)
		}
	})
}

// TestUnitsOfRules runs the tests in alerts/tests, of the rules in English. What those in Russian show is looked at by
// TestLanguagesShowTheSameNumbers.
func TestUnitsOfRules(t *testing.T) {
	paths, err := filepath.Glob("tests/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no tests: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			if out, err := exec.Command(tool(t, "promtool"), "test", "rules", path).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestAlertmanagerTakesItsConfiguration(t *testing.T) {
	for _, path := range []string{"alertmanager/alertmanager.yml", "../provisioning/alertmanager/alertmanager.yml"} {
		if out, err := exec.Command(tool(t, "amtool"), "check-config", path).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// TestComposeTellsTheSame: the copy for docker compose differs in whom it reaches, and in nothing else.
func TestComposeTellsTheSame(t *testing.T) {
	read := func(path string) map[string]any {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var config map[string]any
		if err := yaml.Unmarshal(content, &config); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		delete(config, "global")
		var names []string
		for _, receiver := range config["receivers"].([]any) {
			names = append(names, receiver.(map[string]any)["name"].(string))
		}
		slices.Sort(names)
		config["receivers"] = names
		return config
	}
	want, got := read("alertmanager/alertmanager.yml"), read("../provisioning/alertmanager/alertmanager.yml")
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("compose has\n%v\nwant\n%v", got, want)
	}
}

// TestRoutes: who is told, for every severity and audience that an alert has.
func TestRoutes(t *testing.T) {
	to := func(labels ...string) string {
		out, err := exec.Command(tool(t, "amtool"), append([]string{"config", "routes", "test",
			"--config.file=alertmanager/alertmanager.yml"}, labels...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	each(func(a rule.Alert) {
		want := map[string]string{
			"page operations":   "pages",
			"ticket operations": "tickets,tickets", // in the weeks of exams, and in all others
			"ticket teachers":   "teachers",
			"info operations":   "informed",
			"info product":      "product",
		}[string(a.Severity)+" "+string(a.Audience)]
		switch a.Name {
		case "Watchdog":
			want = "deadman"
		case "DeadlineWithoutCapacity":
			want = "tickets" // at any time
		}
		if got := to("alertname="+a.Name, "severity="+string(a.Severity), "audience="+string(a.Audience)); got != want || want == "" {
			t.Errorf("%s goes to %q, want %q", a.Name, got, want)
		}
	})
	if got := to("alertname=SomethingElse"); got != "tickets" {
		t.Errorf("what nobody thought of goes to %q", got)
	}
}

// TestTemplatesOfBothLanguages: they define the same messages.
func TestTemplatesOfBothLanguages(t *testing.T) {
	defined := func(language text.Language) []string {
		set, err := template.New("").Funcs(template.FuncMap{"reReplaceAll": fmt.Sprint}).ParseFiles("alertmanager/"+string(language)+".tmpl", "alertmanager/site.tmpl")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, one := range set.Templates() {
			if strings.HasPrefix(one.Name(), "gradewatch.") {
				names = append(names, one.Name())
			}
		}
		slices.Sort(names)
		return names
	}
	if en, ru := defined(text.English), defined(text.Russian); !slices.Equal(en, ru) || len(en) < 5 {
		t.Errorf("English defines %v, Russian %v", en, ru)
	}
}
