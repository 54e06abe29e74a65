package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// dockerfile are its instructions, each in one line.
func dockerfile(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	joined := strings.ReplaceAll(string(text), "\\\n", " ")
	return slices.DeleteFunc(strings.Split(joined, "\n"), func(line string) bool { return line == "" || line[0] == '#' })
}

// TestImagesBuild does what the build stage does: what .dockerignore lets through is copied, and Go compiles it, twice to the same bytes.
// There is no engine here that could run the rest.
func TestImagesBuild(t *testing.T) {
	text, err := os.Open("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	patterns, err := ignorefile.ReadAll(text)
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	var build string
	contexts := []string{t.TempDir(), t.TempDir()}
	copied := regexp.MustCompile(`^COPY ([^-].*) (\S+)$`)
	for _, instruction := range dockerfile(t) {
		if of := copied.FindStringSubmatch(instruction); of != nil {
			for _, context := range contexts {
				for source := range strings.FieldsSeq(of[1]) {
					copyContext(t, ignored, source, context)
				}
			}
		}
		if strings.Contains(instruction, "go build") {
			build = instruction[strings.Index(instruction, "go build"):]
		}
	}
	for _, context := range contexts {
		cmd := exec.Command("sh", "-c", strings.ReplaceAll(build, "/out/", context+"/out/"))
		cmd.Dir = context
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "VERSION=1.2.3", "REVISION=abc", "GOFLAGS=-mod=readonly")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", build, err, out)
		}
	}
	for _, name := range []string{"exporter", "dashboards-go", "semester"} {
		first, err := os.ReadFile(filepath.Join(contexts[0], "out", name))
		if err != nil {
			t.Fatal(err)
		}
		if second, err := os.ReadFile(filepath.Join(contexts[1], "out", name)); err != nil || !slices.Equal(first, second) {
			t.Errorf("%s is other bytes when it is built in another directory (%v)", name, err)
		}
	}
	out, err := exec.Command(filepath.Join(contexts[0], "out", "exporter"), "version").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "1.2.3") || !strings.Contains(string(out), "abc") {
		t.Errorf("version ends with %v and says %s", err, out)
	}
	if runtime.GOOS == "linux" {
		if out, err := exec.Command("ldd", filepath.Join(contexts[0], "out", "exporter")).CombinedOutput(); err == nil {
			t.Errorf("the exporter needs libraries that an empty image has not:\n%s", out)
		}
	}
}

// copyContext copies a file or a directory of the repository as far as it is not ignored.
func copyContext(t *testing.T, ignored *patternmatcher.PatternMatcher, source, to string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", source), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, "../")
		if skip, err := ignored.MatchesOrParentMatches(name); skip || err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o644)
	})
	if err != nil {
		t.Fatalf("COPY %s: %v", source, err)
	}
}

// TestImagesRunAsNobody, on nothing but the program, and say what they are.
func TestImagesRunAsNobody(t *testing.T) {
	instructions := dockerfile(t)
	var bases []string
	for _, instruction := range instructions {
		if of := strings.Fields(instruction); of[0] == "FROM" {
			bases = append(bases, of[len(of)-3])
		}
	}
	if want := []string{"golang:1.26.8-alpine3.24", "scratch", "base", "base", "base"}; !slices.Equal(bases, want) {
		t.Errorf("stages are made from %v, want %v", bases, want)
	}
	all := strings.Join(instructions, "\n")
	for _, want := range []string{"USER 65534:65534", "org.opencontainers.image.source=", "org.opencontainers.image.version=$VERSION",
		"org.opencontainers.image.revision=$REVISION", "org.opencontainers.image.licenses="} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s", want)
		}
	}
}
