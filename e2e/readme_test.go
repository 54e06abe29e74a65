package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// TestReadmeHoldsTheRecordContract compares the table in the README with the fields that are read.
func TestReadmeHoldsTheRecordContract(t *testing.T) {
	var table strings.Builder
	table.WriteString("| field | type | required | notes |\n|---|---|---|---|\n")
	for _, f := range submission.Fields() {
		required := ""
		if f.Required {
			required = "yes"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f.Name, f.Kind, required, f.Note)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), table.String()+"\n") {
		t.Errorf("README.md does not hold this table:\n%s", table.String())
	}
}

// link is a relative link of Markdown, without what is behind #.
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

// fenced is a block of code.
var fenced = regexp.MustCompile("(?s)\n```.*?\n```")

// TestLinksLeadSomewhere in all pages.
func TestLinksLeadSomewhere(t *testing.T) {
	out, err := exec.Command("git", "-C", "..", "ls-files", "--cached", "--others", "--exclude-standard", "*.md").Output()
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for page := range strings.Lines(string(out)) {
		page = strings.TrimSpace(page)
		text, err := os.ReadFile(filepath.Join("..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			links++
			if _, err := os.Stat(filepath.Join("..", filepath.Dir(page), of[1])); err != nil {
				t.Errorf("%s leads to %s: %v", page, of[1], err)
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links were found", links)
	}
}
