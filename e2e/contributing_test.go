package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source/demo"
)

// What the examples in CONTRIBUTING.md add, as their reader meets it.
const (
	contributing  = "../CONTRIBUTING.md"
	exampleMetric = "grader_client_submissions_total"
	exampleBoard  = "product/product-submissions.json"
	exampleAlert  = "ClientSilent"
)

// TestContributing does what the examples in CONTRIBUTING.md say, in a copy of the repository: it puts every block where it belongs,
// runs every command, and looks at what came of it.
func TestContributing(t *testing.T) {
	t.Parallel()
	c := &contribution{t: t, dir: copyOfRepository(t)}
	blocks := examples(t)
	for _, b := range blocks {
		c.follow(b)
	}
	if count := len(blocks); count < 10 {
		t.Errorf("the examples of CONTRIBUTING.md have %d blocks only", count)
	}
	c.metricIsShown()
	c.panelIsGenerated()
	c.alertIsGenerated()
}

// A fence is a fenced block: what it is, where it goes, and what is in it.
type fence struct {
	line       int
	kind, path string // a path to a new file; none of a diff, which says so itself, and of commands
	content    string
}

func (b fence) String() string {
	return fmt.Sprintf("CONTRIBUTING.md, block in line %d (%s)", b.line, strings.TrimSpace(b.kind+" "+strings.Join(b.paths(), ", ")))
}

var patchedFile = regexp.MustCompile(`(?m)^\+\+\+ b/(\S+)`)

// paths are the files that the block makes or changes.
func (b fence) paths() (paths []string) {
	if b.path != "" {
		return []string{b.path}
	}
	for _, found := range patchedFile.FindAllStringSubmatch(b.content, -1) {
		paths = append(paths, found[1])
	}
	return paths
}

// fences are all fenced blocks of CONTRIBUTING.md. Within one of four backticks there may be one of three.
func fences(t *testing.T) (all []fence) {
	t.Helper()
	page, err := os.ReadFile(contributing)
	if err != nil {
		t.Fatal(err)
	}
	var open string
	for number, line := range slices.Collect(strings.Lines(string(page))) {
		line = strings.TrimRight(line, "\n")
		switch ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]; {
		case open == "" && len(ticks) >= 3:
			open = ticks
			kind, path, _ := strings.Cut(line[len(ticks):], " ")
			all = append(all, fence{line: number + 1, kind: kind, path: path})
		case open != "" && line == open:
			open = ""
		case open != "":
			all[len(all)-1].content += line + "\n"
		}
	}
	if open != "" {
		t.Fatalf("%v is not closed", all[len(all)-1])
	}
	return all
}

// examples are the blocks of the examples; the picture is none.
func examples(t *testing.T) []fence {
	t.Helper()
	return slices.DeleteFunc(fences(t), func(b fence) bool { return b.kind == "mermaid" })
}

// copyOfRepository is what git tracks, or would if it were told to, as it stands in the working tree.
func copyOfRepository(t *testing.T) string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	files, err := list.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v; this test wants a checkout by git", err)
	}
	dir := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimRight(string(files), "\x00"), "\x00") {
		from, to := filepath.Join("..", name), filepath.Join(dir, name)
		info, err := os.Stat(from)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and git not told yet
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(from)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, info.Mode().Perm())); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A contribution is a copy of the repository in which the examples are followed.
type contribution struct {
	t    *testing.T
	dir  string
	done []fence // that made or changed files
}

func (c *contribution) follow(b fence) {
	c.t.Helper()
	switch {
	case b.kind == "sh":
		for command := range strings.Lines(b.content) {
			c.run(b, strings.TrimSpace(command))
		}
	case b.kind == "diff":
		if out, err := c.command(b.content, "git", "apply", "--whitespace=nowarn"); err != nil {
			c.t.Fatalf("%v: the diff does not apply any more, since what it changes is not as it was. Make it anew, with a line of context:\n%s", b, out)
		}
		c.done = append(c.done, b)
	case b.path != "":
		c.write(b)
		c.done = append(c.done, b)
	default:
		c.t.Fatalf("%v says neither a path, nor diff, nor sh: nobody knows what to do with it", b)
	}
}

func (c *contribution) write(b fence) {
	c.t.Helper()
	to := filepath.Join(c.dir, b.path)
	if _, err := os.Stat(to); err == nil {
		c.t.Fatalf("%v: the file is there already. If the repository has it now, show another example", b)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, []byte(b.content), 0o644)); err != nil {
		c.t.Fatal(err)
	}
}

// run runs a command of the page. If it fails it says which blocks its output is about.
func (c *contribution) run(b fence, command string) {
	c.t.Helper()
	start := time.Now()
	out, err := c.command("", "sh", "-c", command)
	c.t.Logf("%.1fs %s", time.Since(start).Seconds(), command)
	if err == nil && !strings.Contains(out, "[no tests to run]") {
		return
	}
	about := ""
	for _, made := range c.done {
		for _, path := range made.paths() {
			if strings.Contains(out, filepath.Base(path)) {
				about += fmt.Sprintf("\nLook at line %d, which has %s.", made.line, path)
			}
		}
	}
	c.t.Fatalf("%v: after the blocks above it, %q ends with %v. Mend the blocks, or the command.%s\n%s", b, command, err, about, out)
}

// command runs a program in the copy, which is no repository of git's, whatever the environment says of one.
func (c *contribution) command(stdin, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = c.dir, strings.NewReader(stdin)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "GIT_") })
	cmd.Env = append(cmd.Env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(c.dir))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// metricIsShown compares the metric, as the exporter of the copy shows it for the demo, with the records themselves.
func (c *contribution) metricIsShown() {
	c.t.Helper()
	binary := filepath.Join(c.dir, ".build", "exporter")
	if out, err := c.command("", "go", "build", "-o", binary, "./exporter"); err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
	before := submissionsByClient(c.t, time.Now())
	e := &exporter{process: start(c.t, nil, nil, binary, "serve", "--web.listen-address=127.0.0.1:0", "--source=demo:",
		"--demo.seed=7", "--demo.students=60"), t: c.t}
	e.client = &http.Client{Timeout: patience}
	e.url = "http://" + e.await(c.t, `Listening on.* address=(\S+)`)
	text := e.ready().metrics(exampleMetric)
	after := submissionsByClient(c.t, time.Now())

	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	shown := make(map[string]float64)
	for _, m := range families[exampleMetric].GetMetric() {
		shown[labelsOf(m, []metrics.Label{metrics.Course, "client"})] = m.GetCounter().GetValue()
	}
	if len(before) < 6 {
		c.t.Fatalf("the demo has %v only", before)
	}
	for of := range after {
		if shown[of] < before[of] || shown[of] > after[of] {
			c.t.Errorf("%s of %s is %v, and the demo's records are from %v to %v", exampleMetric, of, shown[of], before[of], after[of])
		}
		delete(shown, of)
	}
	if len(shown) > 0 {
		c.t.Errorf("%s has %v, of which no record tells", exampleMetric, shown)
	}
}

// submissionsByClient counts the demo's submissions until a time by course and client.
func submissionsByClient(t *testing.T, until time.Time) map[string]float64 {
	t.Helper()
	source, err := demo.New(demo.Options{Seed: 7, Students: 60, Location: time.UTC, Now: func() time.Time { return until }})
	if err != nil {
		t.Fatal(err)
	}
	var records recorder
	if err := source.Poll(t.Context(), &records); err != nil {
		t.Fatal(err)
	}
	counted, seen := make(map[string]float64), make(map[string]bool)
	for _, line := range records.lines {
		var record struct {
			ID     string `json:"submission_id"`
			Course string
			Client string
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if !seen[record.ID] {
			seen[record.ID] = true
			counted[record.Course+"/"+record.Client]++
		}
	}
	return counted
}

// panelIsGenerated finds the panel in the dashboard of each language, under the same id and in other words.
func (c *contribution) panelIsGenerated() {
	c.t.Helper()
	ids, titles := make(map[int]bool), make(map[string]bool)
	for _, language := range []string{"en", "ru"} {
		content, err := os.ReadFile(filepath.Join(c.dir, "provisioning/grafana/dashboards", language, exampleBoard))
		if err != nil {
			c.t.Fatal(err)
		}
		var board struct {
			Panels []struct {
				ID      int
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal(content, &board); err != nil {
			c.t.Fatal(err)
		}
		for _, p := range board.Panels {
			if len(p.Targets) > 0 && strings.Contains(p.Targets[0].Expr, exampleMetric) {
				ids[p.ID], titles[p.Title] = true, true
			}
		}
	}
	if len(ids) != 1 || len(titles) != 2 {
		c.t.Errorf("panels that ask for %s have the ids %v and the titles %v, want one panel in two languages", exampleMetric, ids, titles)
	}
}

// alertIsGenerated finds the alert in the rules of each language, and the page that lists it.
func (c *contribution) alertIsGenerated() {
	c.t.Helper()
	for path, want := range map[string]string{
		"alerts/rules/en/checking.yaml": "alert: " + exampleAlert + "\n", "alerts/rules/ru/checking.yaml": "alert: " + exampleAlert + "\n",
		"docs/alerts.md": "[" + exampleAlert + "](", "docs/metrics.md": "| `" + exampleMetric + "` | counter |",
	} {
		content, err := os.ReadFile(filepath.Join(c.dir, path))
		if err != nil {
			c.t.Fatal(err)
		}
		if !strings.Contains(string(content), want) {
			c.t.Errorf("%s has no %q", path, want)
		}
	}
}

var (
	node     = regexp.MustCompile(`(\w+)\["([\w/-]+)"\]`)
	imported = regexp.MustCompile(`(?m)^\s*(\w+) -\.-> (\w+)$`)
)

// TestContributingShowsImports: a dotted arrow of the picture is an import that is there.
func TestContributingShowsImports(t *testing.T) {
	blocks := fences(t)
	at := slices.IndexFunc(blocks, func(b fence) bool { return b.kind == "mermaid" })
	if at < 0 {
		t.Fatal("CONTRIBUTING.md has no picture")
	}
	packages := make(map[string]string)
	for _, found := range node.FindAllStringSubmatch(blocks[at].content, -1) {
		packages[found[1]] = found[2]
	}
	arrows := imported.FindAllStringSubmatch(blocks[at].content, -1)
	for _, arrow := range arrows {
		from, to := packages[arrow[1]], packages[arrow[2]]
		if from == "" || to == "" || !slices.ContainsFunc(importsOf(t, from), func(path string) bool { return belongsTo(path, to) }) {
			t.Errorf("the picture in CONTRIBUTING.md says that %s imports %s (%q and %q), and it does not", arrow[1], arrow[2], from, to)
		}
	}
	if len(arrows) < 10 {
		t.Errorf("the picture in CONTRIBUTING.md shows %d imports only", len(arrows))
	}
}

// belongsTo reports whether a package is another one, or below it.
func belongsTo(path, other string) bool { return path == other || strings.HasPrefix(path, other+"/") }

// importsOf are our packages that a package, or one below it, imports.
func importsOf(t *testing.T, path string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", path), func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		p, err := build.ImportDir(dir, 0)
		if _, empty := err.(*build.NoGoError); err != nil && !empty {
			return err
		}
		for _, i := range p.Imports {
			if ours, is := strings.CutPrefix(i, module); is {
				all = append(all, ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
