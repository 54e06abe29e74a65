package source

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gradewatch.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNothingConfiguredIsTheContractItself(t *testing.T) {
	for name, path := range map[string]string{
		"no file":            "",
		"an empty file":      configFile(t, ""),
		"comments alone":     configFile(t, "# nothing yet\n"),
		"keys with no value": configFile(t, "postgres:\njsonl:\n  fields:\nwords: {}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			config, err := LoadConfig(path)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(config, DefaultConfig()) {
				t.Errorf("configuration %+v, want the default", config)
			}
		})
	}
}

func TestAMistakeInTheConfigurationIsAnErrorThatSaysWhere(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"an unknown key": {
			"postgres:\n  submissions:\n    relatoin: checks\n",
			`line 3: unknown key "relatoin"`,
		},
		"two unknown keys": {
			"postgers: {}\nwords:\n  verdict: {AC: accepted}\n",
			`line 1: unknown key "postgers"; line 3: unknown key "verdict"`,
		},
		"a key twice": {
			"words: {}\nwords: {}\n",
			`line 2: mapping key "words" already defined at line 1`,
		},
		"no YAML": {
			"words: {\n",
			"yaml: line 1: did not find expected node content",
		},
		"a list in the place of a map": {
			"words:\n  states: [done]\n",
			"line 2: cannot unmarshal !!seq into map[string]string",
		},
		"a relation and a query": {
			"postgres:\n  assignments:\n    relation: tasks\n    query: SELECT 1\n  courses: {relation: a, query: b}\n",
			"postgres.courses has both a relation and a query; want one of them",
		},
		"a duration without a unit": {
			"postgres:\n  clock_skew: 5\n",
			"line 2: cannot unmarshal !!int `5` into a duration like 5s",
		},
		"a negative duration": {
			"postgres: {overlap: -5m}\n",
			"postgres.overlap is -5m0s; want 0s or more",
		},
		"a limit below zero": {
			"limits: {tests: {most: -1}}\n",
			"limits.tests.most is -1, want more than 0",
		},
		"more values than a limit allows": {
			"limits: {languages: {values: [a, b], most: 1}}\n",
			"limits.languages has 2 values, more than its most of 1",
		},
		"a channel that no database can have": {
			"postgres: {listen: " + strings.Repeat("x", 64) + "}\n",
			"postgres.listen has 64 bytes; want the name of a channel, 63 at most",
		},
		"a word that stands for none of the contract": {
			"words:\n  states:\n    DONE: ready\n",
			`words: state "DONE" stands for "ready", which is none of: queued, running, finished, cancelled`,
		},
		"a second document": {
			"words: {}\n---\nwords: {}\n",
			"it has a second document, which would be passed over; want one",
		},
		"a field without a name": {
			"jsonl:\n  fields: {student: \"\"}\n",
			"jsonl.fields: the field student has an empty name; leave it out where the name is the contract's",
		},
		"a field that the contract lacks": {
			"jsonl:\n  fields:\n    lecture: course\n",
			`jsonl.fields: the record contract has no field "lecture"; it has: submission_id, check_number, course, ` +
				`assignment, student, submitted_at, queued_at, started_at, finished_at, state, verdict, score, max_score, ` +
				`language, worker, client, deadline_at, cpu_seconds, memory_bytes, source_bytes, tests, updated_at`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := configFile(t, test.text)
			_, err := LoadConfig(path)
			if want := "configuration file " + path + ": " + test.want; err == nil || err.Error() != want {
				t.Errorf("error %v\nwant  %s", err, want)
			}
		})
	}
}

func TestHowRecordsChangeIsConfigured(t *testing.T) {
	config, err := LoadConfig(configFile(t, "postgres: {clock_skew: 0s, overlap: 1h30m, listen: Grader}\n"))
	if want := (Postgres{Overlap: 90 * time.Minute, Listen: "Grader"}); err != nil || config.Postgres != want {
		t.Errorf("PostgreSQL %+v, %v, want %+v", config.Postgres, err, want)
	}
}

func TestAMissingConfigurationFileIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gradewatch.yaml")
	_, err := LoadConfig(path)
	want := "configuration file: open " + path + ": no such file or directory"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestTheExampleMapsALogAndADatabase(t *testing.T) {
	config, err := LoadConfig("../../provisioning/gradewatch.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := config.Postgres.Submissions, (Relation{Relation: "analytics.submission_records"}); got != want {
		t.Errorf("submissions %+v, want %+v", got, want)
	}
	if config.Postgres.Courses.Query == "" || config.Postgres.Assignments.Query == "" {
		t.Errorf("PostgreSQL %+v, want queries for courses and assignments", config.Postgres)
	}
	words, err := config.NewWords()
	if err != nil {
		t.Fatal(err)
	}
	decoder, err := submission.NewDecoder(config.JSONL.Fields, words)
	if err != nil {
		t.Fatal(err)
	}
	var got submission.Record
	fault := decoder.Decode([]byte(`{
		"@timestamp": "2026-09-01T12:00:09Z", "status": "DONE", "outcome": "SUCCESSFUL", "points": 10,
		"solution": {"id": 4711, "run": 2, "received": "2026-09-01T12:00:00Z", "language": "C++"},
		"task": {"slug": "sort", "points": 10, "course": {"slug": "algo"}}, "user": {"id": 17},
		"timing": {"queued": "2026-09-01T12:00:01Z", "started": "2026-09-01T12:00:02Z",
			"finished": "2026-09-01T12:00:08Z"},
		"host": {"name": "w1"}, "usage": {"cpu": 5.5, "memory": 1024},
		"tests": [{"name": "a", "outcome": "OK"}]}`), &got, time.Now())
	if fault != nil {
		t.Fatal(fault)
	}
	text, err := json.Marshal(&got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"submission_id":"4711","check_number":2,"course":"algo","assignment":"sort","student":"17",` +
		`"submitted_at":"2026-09-01T12:00:00Z","queued_at":"2026-09-01T12:00:01Z","started_at":"2026-09-01T12:00:02Z",` +
		`"finished_at":"2026-09-01T12:00:08Z","state":"finished","verdict":"accepted","score":10,"max_score":10,` +
		`"language":"C++","worker":"w1","cpu_seconds":5.5,"memory_bytes":1024,` +
		`"tests":[{"name":"a","outcome":"passed"}],"updated_at":"2026-09-01T12:00:09Z"}`
	if string(text) != want {
		t.Errorf("record %s\nwant   %s", text, want)
	}
}
