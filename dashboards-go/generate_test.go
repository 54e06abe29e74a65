package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gradewatch/gradewatch/dashboards-go/lint"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

const committed = "../provisioning/grafana/dashboards"

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
	parsed.BindTo(&out, (*io.Writer)(nil))
	err = parsed.Run()
	return out.String(), err
}

// rendered are all dashboards in all languages, by path.
func rendered(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := (&generateCommand{Output: ".", Language: text.Languages(), Timezone: "UTC"}).render()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCommittedIsGenerated(t *testing.T) {
	if out, err := run(t, "generate", "--output="+committed, "--check"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestDashboardsKeepTheRules(t *testing.T) {
	for path, content := range rendered(t) {
		for _, broken := range lint.Check(content) {
			t.Errorf("%s: %s", path, broken)
		}
	}
}

// TestLanguagesDifferInWordsOnly also shows that no message lacks a language: one that does panics.
func TestLanguagesDifferInWordsOnly(t *testing.T) {
	files := rendered(t)
	for path, content := range files {
		english := filepath.Join("en", strings.SplitN(path, "/", 2)[1])
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

	out, err := run(t, "generate", "--output="+output, "--check")
	want := "en/product/product-submissions.json differs\n" +
		"en/retired.json is superfluous\n" +
		"ru/product/product-submissions.json is missing\n"
	if got := strings.ReplaceAll(out, output+"/", ""); got != want {
		t.Errorf("check said\n%s\nwant\n%s", got, want)
	}
	if want := "generate --output=" + output + " --timezone=UTC"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("check failed with %v, want it to say %s", err, want)
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != `{}` {
		t.Error("check wrote")
	}

	out, err = run(t, "generate", "--output="+output)
	if err != nil {
		t.Fatal(err)
	}
	if want := retired + " is not generated any more; remove it\n"; out != want {
		t.Errorf("generate said\n%s\nwant\n%s", out, want)
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
