package course

import (
	"encoding/json"
	"os"
	"testing"
)

// TestUIDs: those of the file, with which the service's own implementation of the rule is tested too, so that its links lead to
// dashboards.
func TestUIDs(t *testing.T) {
	text, err := os.ReadFile("../../../docs/integration/course-uids.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct{ Course, Folder, Overview, Assignment, Tests, Deadlines string }
	if err := json.Unmarshal(text, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) < 5 {
		t.Errorf("the file has %d examples, want some of each kind", len(examples))
	}
	for _, e := range examples {
		c := Course{Slug: e.Course}
		if got := c.Folder().UID; got != e.Folder {
			t.Errorf("the folder of %q is %s, want %s", e.Course, got, e.Folder)
		}
		for kind, want := range map[string]string{
			"overview": e.Overview, "assignment": e.Assignment, "tests": e.Tests, "deadlines": e.Deadlines,
		} {
			if got := c.uid(kind); got != want {
				t.Errorf("dashboard %s of %q is %s, want %s", kind, e.Course, got, want)
			}
			if len(want) > 40 {
				t.Errorf("%s has %d characters, and Grafana allows 40", want, len(want))
			}
		}
	}
}
