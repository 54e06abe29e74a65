package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// statefully starts an exporter over a log with a state file.
func statefully(t *testing.T, log, state string, args ...string) *exporter {
	t.Helper()
	return serve(t, nil, nil, append(args, "--source=jsonl:"+log, "--state.file="+state, "--poll.interval=20ms",
		"--state.interval=100ms")...)
}

// TestRule4WhatWasShownOutlivesItsSource: a verdict that was overwritten and a submission that was deleted while the exporter
// was down, after a stop and after a kill.
func TestRule4WhatWasShownOutlivesItsSource(t *testing.T) {
	for name, end := range map[string]func(*exporter){
		"stopped": func(e *exporter) { _ = e.stop() },
		"killed": func(e *exporter) {
			_ = e.cmd.Process.Signal(syscall.SIGKILL)
			<-e.ended
		},
	} {
		t.Run(name, func(t *testing.T) {
			log, state := file(t, "log.jsonl", oneLine), filepath.Join(t.TempDir(), "state")
			e := statefully(t, log, state).ready()
			other := strings.NewReplacer(`"s1"`, `"s2"`).Replace(oneLine)
			appendTo(t, log, other) // comes after the snapshot, so that it is only in the journal
			counts := func(e *exporter, want string) func() bool {
				return func() bool { return strings.Contains(e.metrics("grader_checks_total"), want) }
			}
			eventually(t, "both are counted", counts(e, `verdict="accepted"} 2`))
			end(e)
			overwrite := strings.NewReplacer(`"accepted"`, `"wrong_answer"`, `10:00:05Z"}`, `10:00:06Z"}`).Replace(oneLine)
			if err := os.WriteFile(log, []byte(overwrite), 0o600); err != nil {
				t.Fatal(err)
			}
			e = statefully(t, log, state).ready()
			eventually(t, "the overwritten verdict stays, and the new one counts", func() bool {
				return counts(e, `verdict="accepted"} 2`)() && counts(e, `verdict="wrong_answer"} 1`)()
			})
			if got := e.metrics("grader_rechecks_total"); !strings.Contains(got, "} 1") {
				t.Errorf("the change in place is no re-check: %s", got)
			}
		})
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	out, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = out.WriteString(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAStateFileIsForOneExporter(t *testing.T) {
	log, state := file(t, "log.jsonl", oneLine), filepath.Join(t.TempDir(), "state")
	statefully(t, log, state).ready()
	second := start(t, nil, nil, exporterBinary, "serve", "--source=jsonl:"+log, "--state.file="+state,
		"--web.listen-address=127.0.0.1:0")
	<-second.ended
	if second.err == nil || !strings.Contains(second.log(), "another process") {
		t.Errorf("the second one ends with %v: %s", second.err, second.log())
	}
}

// TestAStateOfSomethingElseIsSetAside: a mapping, a zone or a source that changed make other totals.
func TestAStateOfSomethingElseIsSetAside(t *testing.T) {
	log, state := file(t, "log.jsonl", oneLine), filepath.Join(t.TempDir(), "state")
	_ = statefully(t, log, state).ready().stop()
	again := statefully(t, log, state).ready()
	if strings.Contains(again.log(), "set aside") {
		t.Errorf("the same source, mapping and zone do not go on: %s", again.log())
	}
	_ = again.stop()
	mapping := file(t, "mapping.yaml", "words: {verdicts: {AC: accepted}}\n")
	for _, c := range []struct {
		says string
		args []string
	}{
		{"timezone", []string{"--timezone=Europe/Prague"}},
		{"verdicts", []string{"--timezone=Europe/Prague", "--config.file=" + mapping}},
	} {
		e := statefully(t, log, state, c.args...).ready()
		if said := e.log(); !strings.Contains(said, c.says) || !strings.Contains(said, state+".unusable") {
			t.Errorf("that %s has changed is not said: %s", c.says, said)
		}
		if got := e.metrics("grader_submissions_total"); !strings.Contains(got, "} 1") {
			t.Errorf("the source is not read again: %s", got)
		}
		_ = e.stop()
	}
}

func TestADamagedStateIsKeptAndTheSourceReadAgain(t *testing.T) {
	log, state := file(t, "log.jsonl", oneLine), filepath.Join(t.TempDir(), "state")
	_ = statefully(t, log, state).ready().stop()
	saved, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	saved[len(saved)/2] ^= 1
	if err := os.WriteFile(state, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	e := statefully(t, log, state).ready()
	if got := e.metrics("grader_submissions_total"); !strings.Contains(got, "} 1") {
		t.Errorf("the source is not read again: %s", got)
	}
	if kept, err := os.ReadFile(state + ".unusable"); err != nil || string(kept) != string(saved) {
		t.Errorf("the damaged file is not kept: %v", err)
	}
}

// TestWithoutADiskServingGoesOn: the directory of the state is gone, as when its disk is.
func TestWithoutADiskServingGoesOn(t *testing.T) {
	log, dir := file(t, "log.jsonl", oneLine), filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	e := statefully(t, log, filepath.Join(dir, "state")).ready()
	up := func(want string) func() bool {
		return func() bool { return strings.Contains(e.metrics("gradewatch_state_up"), "gradewatch_state_up "+want) }
	}
	eventually(t, "the state is said to be kept", up("1"))
	if err := os.Rename(dir, dir+".gone"); err != nil {
		t.Fatal(err)
	}
	// So much that the journal has to be followed by a new snapshot, which finds no directory.
	var more strings.Builder
	for i := range 60_000 {
		more.WriteString(strings.Replace(oneLine, `"s1"`, fmt.Sprintf(`"more-%d"`, i), 1))
	}
	appendTo(t, log, more.String())
	eventually(t, "the state is said not to be kept", up("0"))
	eventually(t, "all is counted nevertheless", func() bool {
		return strings.Contains(e.metrics("grader_submissions_total"), "} 60001")
	})
	e.await(t, "level=ERROR.*state")
	if _, page := e.get("/"); !strings.Contains(page, "not written") {
		t.Errorf("the landing page does not say so:\n%s", page)
	}
	if err := os.Rename(dir+".gone", dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the disk is back", up("1"))
}

func TestNoStudentIsInTheState(t *testing.T) {
	log, dir := file(t, "log.jsonl", oneLine), t.TempDir()
	e := statefully(t, log, filepath.Join(dir, "state")).ready()
	appendTo(t, log, strings.Replace(oneLine, `"s1"`, `"s2"`, 1))
	eventually(t, "the second is counted", func() bool { return strings.Contains(e.metrics("grader_submissions_total"), "} 2") })
	check := func(when string) {
		t.Helper()
		files, err := os.ReadDir(dir)
		if err != nil || len(files) < 4 {
			t.Fatalf("%d files: %v", len(files), err)
		}
		for _, f := range files {
			content, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil || strings.Contains(string(content), secret) {
				t.Errorf("%s: a student's id is in %s: %v", when, f.Name(), err)
			}
			if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s has the mode %s: %v", when, f.Name(), info.Mode(), err)
			}
		}
	}
	check("while it runs")
	_ = e.stop()
	check("after the stop")
}
