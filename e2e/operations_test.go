package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// TestBackUpAndRestore does what docs/operations.md tells: a copy of the state of an exporter that is stopped, put in another place with its
// key, goes on with what the source has overwritten; without the key it does not.
func TestBackUpAndRestore(t *testing.T) {
	db := database(t, []string{oneRow})
	live := filepath.Join(t.TempDir(), "state")
	e := fromDatabase(t, db, "--state.file="+live, "--poll.interval=100ms")
	db.Exec(t, "UPDATE analytics.submission_records SET verdict = 'wrong_answer'")
	accepted := func(of *exporter) bool {
		return strings.Contains(of.metrics(metrics.Checks.Name), `verdict="accepted"} 1`)
	}
	wrong := func(of *exporter) bool {
		return strings.Contains(of.metrics(metrics.Checks.Name), `verdict="wrong_answer"} 1`)
	}
	eventually(t, "both verdicts are counted", func() bool { return accepted(e) && wrong(e) })
	if err := e.stop(); err != nil {
		t.Fatal(err)
	}

	copied := func(key bool) (path string) {
		dir := t.TempDir()
		files, err := filepath.Glob(live + "*")
		if err != nil || len(files) < 3 {
			t.Fatalf("the state is %v (%v)", files, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if name := filepath.Base(file); key || name != "state.key" {
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		return filepath.Join(dir, "state")
	}
	db.Exec(t, `INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		VALUES ('s2', 'algo', 'hw1', 'other', now(), 'queued')`) // since the copy
	restored := fromDatabase(t, db, "--state.file="+copied(true))
	if !accepted(restored) || !wrong(restored) {
		t.Errorf("what was overwritten is gone:\n%s", restored.metrics(metrics.Checks.Name))
	}
	if got := restored.metrics(metrics.Submissions.Name); !strings.Contains(got, "} 2") {
		t.Errorf("what has come since the copy is not read:\n%s", got)
	}
	without := fromDatabase(t, db, "--state.file="+copied(false))
	if log := without.log(); accepted(without) || !strings.Contains(log, "unusable") {
		t.Errorf("a state without its key is used, or nothing is said:\n%s", log)
	}
}
