package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/lint"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

const (
	committed = "../provisioning/grafana/dashboards"
	courses   = "../provisioning/courses.yaml"
)

// run runs the command line and returns what it prints.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var c commands
	var out bytes.Buffer
	parser, err := kong.New(&c, kong.Writers(&out, &out))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return "", err
	}
	parsed.BindTo(t.Context(), (*context.Context)(nil))
	parsed.BindTo(&out, (*io.Writer)(nil))
	err = parsed.Run()
	return out.String(), err
}

// rendered are all dashboards in all languages, by path.
func rendered(t *testing.T) map[string][]byte {
	t.Helper()
	dashboards := files(t)
	maps.DeleteFunc(dashboards, func(path string, _ []byte) bool { return filepath.Ext(path) != ".json" })
	return dashboards
}

// files are all files that are generated.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := (&generateCommand{Output: ".", Courses: courses, Language: text.Languages(), Timezone: "UTC"}).render()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCommittedIsGenerated(t *testing.T) {
	if out, err := run(t, "generate", "--output="+committed, "--courses="+courses, "--check"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestDashboardsKeepTheRules(t *testing.T) {
	known := vocabulary(t)
	for path, content := range rendered(t) {
		for _, broken := range lint.Check(content, known) {
			t.Errorf("%s: %s", path, broken)
		}
	}
}

// vocabulary knows the catalogue and the recorded output of foreign exporters.
func vocabulary(t *testing.T) *lint.Vocabulary {
	t.Helper()
	known := lint.NewVocabulary()
	if err := known.AddFiles("../e2e/testdata/exporters/*/1.prom"); err != nil {
		t.Fatal(err)
	}
	return known
}

func TestLinksLeadToDashboards(t *testing.T) {
	for _, language := range text.Languages() {
		set := rendered(t)
		maps.DeleteFunc(set, func(path string, _ []byte) bool { return !strings.HasPrefix(path, string(language)) })
		faults, err := lint.Links(set)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			t.Error(fault)
		}
	}
}

// TestUIDs: each is there once in a language, is as long as Grafana allows, and names the file.
func TestUIDs(t *testing.T) {
	seen := make(map[string]string)
	for path, content := range rendered(t) {
		var dashboard struct{ UID string }
		if err := json.Unmarshal(content, &dashboard); err != nil {
			t.Fatal(err)
		}
		uid := dashboard.UID
		if filepath.Base(path) != uid+".json" {
			t.Errorf("%s has the uid %s", path, uid)
		}
		key := strings.SplitN(path, "/", 2)[0] + " " + uid
		if other, taken := seen[key]; taken {
			t.Errorf("%s and %s have the same uid", path, other)
		}
		seen[key] = path
		if len(uid) > 40 || len(filepath.Base(filepath.Dir(path))) > 40 {
			t.Errorf("%s has a uid of more than 40 characters", path)
		}
	}
}

// TestEveryFolderHasAProvider: Grafana shows no dashboard that none provides.
func TestEveryFolderHasAProvider(t *testing.T) {
	all := files(t)
	for _, language := range text.Languages() {
		var provided struct {
			Providers []struct {
				Folder    string
				FolderUID string `yaml:"folderUid"`
				Options   struct{ Path string }
			}
		}
		if err := yaml.Unmarshal(all[filepath.Join(string(language), "providers.yaml")], &provided); err != nil {
			t.Fatal(err)
		}
		folders := make(map[string]bool)
		for _, p := range provided.Providers {
			if p.Folder == "" || filepath.Base(p.Options.Path) != p.FolderUID {
				t.Errorf("%s: %+v has no title, or another path than its uid", language, p)
			}
			folders[p.FolderUID] = true
		}
		for path := range rendered(t) {
			if folder := filepath.Base(filepath.Dir(path)); strings.HasPrefix(path, string(language)) && !folders[folder] {
				t.Errorf("%s is provided by nothing", path)
			}
		}
	}
}

func TestReadCourses(t *testing.T) {
	for _, test := range []struct{ name, content, want string }{
		{"a key that is not known", "courses: [{slug: a}]", `line 1: unknown key "slug"`},
		{"no list", "courses: a", "want courses: with a list"},
		{"no course", "courses: [{course: a}, {title: A}]", "entry 2 has no course"},
		{"a course twice", "courses: [{course: a}, {course: a}]", "a is listed twice"},
		{"courses that share a directory where case does not matter", "courses: [{course: CS1}, {course: cs1}]", "CS1 and cs1"},
		{"courses that nobody could tell apart", "courses: [{course: a, title: T}, {course: b, title: T}]", "a and b are both titled T"},
		{"nothing", "", "lists no course"},
		{"a second document", "courses: [{course: a}]\n---\ncourses: [{course: b}]", "one document"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "courses.yaml")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := run(t, "generate", "--output="+t.TempDir(), "--courses="+path)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want it to say %q and the file", err, test.want)
			}
		})
	}
	odd := filepath.Join(t.TempDir(), "courses.yaml")
	if err := os.WriteFile(odd, []byte("courses: [{course: cs.101}, {course: Прог-1}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, "generate", "--output="+t.TempDir(), "--courses="+odd); err != nil {
		t.Errorf("courses whose names are no uids have no dashboards: %v", err)
	}
	if _, err := run(t, "generate", "--output="+t.TempDir(), "--courses=nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("got %v, want it to name the file", err)
	}
}

// TestLanguagesDifferInWordsOnly also shows that no message lacks a language: one that does panics.
func TestLanguagesDifferInWordsOnly(t *testing.T) {
	files := rendered(t)
	for path, content := range files {
		english := filepath.Join("en", strings.SplitN(path, "/", 2)[1])
		if path == english {
			continue
		}
		faults, err := lint.Languages(files[english], content)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			t.Errorf("%s and %s: %s", english, path, fault)
		}
	}
}

func TestEqualRunsWriteEqualFiles(t *testing.T) {
	first, second := rendered(t), rendered(t)
	if !maps.EqualFunc(first, second, bytes.Equal) {
		t.Error("two runs wrote different files")
	}
}

func TestGenerate(t *testing.T) {
	output := t.TempDir()
	file := filepath.Join(output, "en", "product", "product-submissions.json")
	if _, err := run(t, "generate", "--output="+output, "--language=en", "--timezone=Europe/Prague"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), `"timezone": "Europe/Prague"`) || !strings.HasSuffix(string(content), "}\n") {
		t.Error("the time zone or the newline at the end is missing")
	}
	if _, err := os.Stat(filepath.Join(output, "ru")); err == nil {
		t.Error("Russian was written, though not asked for")
	}

	retired := filepath.Join(output, "en", "retired.json")
	foreign := filepath.Join(output, "en", "foreign.json")
	write := func(path, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(retired, `{"uid": "retired", "tags": ["gradewatch"]}`)
	write(foreign, `{"uid": "foreign", "tags": []}`)
	write(file, `{}`)

	out, err := run(t, "generate", "--output="+output, "--language=en", "--timezone=Europe/Prague", "--check")
	want := "en/product/product-submissions.json differs\n" +
		"en/retired.json is superfluous\n"
	if got := strings.ReplaceAll(out, output+"/", ""); got != want {
		t.Errorf("check said\n%s\nwant\n%s", got, want)
	}
	if want := "generate --output=" + output + " --timezone=Europe/Prague --language=en"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("check failed with %v, want it to say %s", err, want)
	}
	out, err = run(t, "generate", "--output="+output, "--language=ru", "--courses="+courses, "--check")
	if want := "ru/product/product-submissions.json is missing\n"; !strings.Contains(out, want) {
		t.Errorf("check said\n%s\nwant in it\n%s", out, want)
	}
	if want := " --courses=" + courses; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("check failed with %v, want it to say %s", err, want)
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != `{}` {
		t.Error("check wrote")
	}

	out, err = run(t, "generate", "--output="+output)
	if err != nil {
		t.Fatal(err)
	}
	if want := retired + " is not generated any more; remove it"; !strings.HasPrefix(out, want) || !strings.HasSuffix(out, " files are in "+output+"\n") {
		t.Errorf("generate said\n%s\nwant it to begin with %s, and to tell how many files there are", out, want)
	}
	for _, path := range []string{retired, foreign} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s, which may be somebody's own, is gone", path)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	for _, test := range []struct{ name, flag, want string }{
		{"an unknown time zone", "--timezone=Europe/Nowhere", "Europe/Nowhere"},
		{"no time zone", "--timezone=", "--timezone is"},
		{"no directory", "--output=", "--output is empty"},
		{"an unknown language", "--language=de", "de"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := run(t, "generate", "--output="+t.TempDir(), test.flag)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to name %s", err, test.want)
			}
		})
	}
}
