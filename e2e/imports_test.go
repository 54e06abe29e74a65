package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gradewatch/gradewatch/"

// toBoards is what dashboards are made of.
var toBoards = []string{"dashboards-go/board", "dashboards-go/panel", "dashboards-go/query", "dashboards-go/text", "exporter/metrics"}

// mayImport says which of our packages each of our packages may import; there a path stands for all packages below it too.
var mayImport = map[string][]string{
	"exporter":                 {"exporter"},
	"exporter/submission":      {},
	"exporter/source":          {"exporter/submission"},
	"exporter/source/postgres": {"exporter/source", "exporter/submission", "exporter/shard"},
	"exporter/source/jsonl":    {"exporter/source", "exporter/submission"},
	"exporter/source/demo":     {"exporter/source", "exporter/submission"},
	"exporter/analytics":       {"exporter/submission"},
	"exporter/metrics":         {"exporter/analytics", "exporter/shard"},
	"exporter/shard":           {},
	"exporter/state":           {},
	"exporter/pace":            {},
	"exporter/logging":         {},
	"exporter/listener":        {},
	"exporter/block":           {},
	"exporter/block/blocktest": {"exporter/block"},
	"exporter/timeline":        {"exporter/source", "exporter/submission", "exporter/analytics", "exporter/pace"},
	"exporter/backfill": {"exporter/source", "exporter/timeline", "exporter/analytics", "exporter/metrics", "exporter/block",
		"exporter/pace"},
	"exporter/intake": {"exporter/source", "exporter/submission", "exporter/analytics", "exporter/metrics",
		"exporter/shard", "exporter/state", "exporter/pace"},
	"exporter/profile":                  {"exporter/source", "exporter/submission"},
	"exporter/server":                   {"exporter/intake", "exporter/listener"},
	"dashboards-go":                     {"dashboards-go", "exporter/source/postgres", "exporter/listener", "exporter/logging", "exporter/metrics"},
	"dashboards-go/grafana":             {},
	"dashboards-go/access":              {"dashboards-go/grafana", "dashboards-go/board/course", "dashboards-go/panel"},
	"alerts":                            {"alerts/rule", "dashboards-go/output", "dashboards-go/query", "dashboards-go/text"},
	"alerts/rule":                       {"dashboards-go/query", "dashboards-go/text", "dashboards-go/panel", "dashboards-go/board/course", "exporter/metrics"},
	"dashboards-go/output":              {},
	"dashboards-go/text":                {},
	"dashboards-go/query":               {"exporter/metrics"},
	"dashboards-go/panel":               {"dashboards-go/text"},
	"dashboards-go/board":               {"dashboards-go/panel", "dashboards-go/text", "exporter/metrics"},
	"dashboards-go/board/product":       toBoards,
	"dashboards-go/board/operations":    toBoards,
	"dashboards-go/board/course":        toBoards,
	"dashboards-go/lint":                {"exporter/metrics", "exporter/shard"},
	"dashboards-go/grafana/grafanatest": {},
	"e2e/portal":                        {},
	"e2e/semester":                      {"exporter/source/demo", "exporter/source/postgres", "exporter/submission"},
	"e2e/pgtest":                        {},
	"e2e":                               {},
	"e2e/bench":                         {},
}

// TestDirectionOfImports: data flows one way, source → submission → analytics → metrics → HTTP and
// catalogue → query → panel → board → JSON, and so do imports. Imports of tests are free.
func TestDirectionOfImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport[path]
		if !known {
			t.Errorf("package %s has no place in the layout; give it one in mayImport", path)
		}
		for _, imported := range p.Imports {
			if path, ours := strings.CutPrefix(imported, module); ours && !slices.ContainsFunc(allowed, func(a string) bool {
				return path == a || strings.HasPrefix(path, a+"/")
			}) {
				t.Errorf("%s imports %s, against the direction of imports", p.ImportPath, imported)
			}
		}
		for _, grafana := range p.Imports {
			if path == "dashboards-go/query" && strings.Contains(grafana, "grafana") {
				t.Errorf("%s imports %s; queries know nothing of Grafana", p.ImportPath, grafana)
			}
		}
	}
	if packages < 10 {
		t.Errorf("go list found %d packages only", packages)
	}
}
