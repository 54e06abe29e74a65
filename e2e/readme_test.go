package e2e

import (
	"fmt"
	"os"
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
