package submission

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// noon is the time by which the tests' records are read.
var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// secret is the student of every record in the tests.
const secret = "student-31415926"

// object is a JSON object: a queued check, with some fields changed, added, or taken out where the value is empty.
func object(changes map[string]string) []byte {
	values := map[string]string{
		"submission_id": `"s1"`,
		"course":        `"algo"`,
		"assignment":    `"sort"`,
		"student":       `"` + secret + `"`,
		"submitted_at":  `"2026-09-01T11:00:00Z"`,
		"state":         `"queued"`,
		"updated_at":    `"2026-09-01T11:00:00Z"`,
	}
	maps.Copy(values, changes)
	var members []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != "" {
			members = append(members, fmt.Sprintf("%q:%s", name, values[name]))
		}
	}
	return []byte("{" + strings.Join(members, ",") + "}")
}

// finished is an object whose check has ended well, with changes.
func finished(changes map[string]string) []byte {
	values := map[string]string{
		"state": `"finished"`, "verdict": `"accepted"`,
		"started_at": `"2026-09-01T11:00:01Z"`, "finished_at": `"2026-09-01T11:00:02Z"`,
	}
	maps.Copy(values, changes)
	return object(values)
}

func decoder(tb testing.TB, names map[string]string, words *Words) *Decoder {
	tb.Helper()
	d, err := NewDecoder(names, words)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// decode is the record in a line of the contract.
func decode(t *testing.T, line []byte) *Record {
	t.Helper()
	r := &Record{}
	if fault := decoder(t, nil, ContractWords()).Decode(line, r, noon); fault != nil {
		t.Fatal(fault)
	}
	return r
}

func TestFields(t *testing.T) {
	got := decode(t, []byte(`{
		"submission_id": 4711, "check_number": 2, "course": "algo", "assignment": "sort \"\u017e\"", "student": -3,
		"submitted_at": "2026-09-01T13:00:00.0000004+02:00", "queued_at": "2026-09-01T11:00:01.0000005Z",
		"started_at": "2026-09-01T11:00:02Z", "finished_at": "2026-09-01T11:00:03Z",
		"deadline_at": "2026-09-08T11:00:00Z", "updated_at": "2026-09-01T11:00:04Z",
		"state": "FINISHED", "verdict": " Accepted ", "score": 7.5, "max_score": 1e1,
		"language": "C++", "worker": "w1", "client": "git", "cpu_seconds": 0, "memory_bytes": 1048576, "source_bytes": 12,
		"tests": [{"name": "a", "outcome": "Passed", "seconds": 0.25, "score": 1, "max_score": 2},
			{"name": "b", "outcome": "timeout", "seconds": null}],
		"of_no_interest": {"a": [1]}}`))
	at := func(second, microsecond int) time.Time {
		return time.Date(2026, 9, 1, 11, 0, second, 1000*microsecond, time.UTC)
	}
	want := &Record{
		SubmissionID: "4711", CheckNumber: 2, Course: "algo", Assignment: `sort "ž"`, Student: "-3",
		SubmittedAt: at(0, 0), QueuedAt: at(1, 1), StartedAt: at(2, 0), FinishedAt: at(3, 0),
		DeadlineAt: at(0, 0).AddDate(0, 0, 7), UpdatedAt: at(4, 0),
		State: Finished, StateWord: "FINISHED", Verdict: Accepted, VerdictWord: " Accepted ",
		Score: Known(7.5), MaxScore: Known(10), Language: "C++", Worker: "w1", Client: "git",
		CPUSeconds: Known(0), MemoryBytes: Known(1 << 20), SourceBytes: Known(12),
		Tests: []Test{
			{Name: "a", Outcome: Passed, Seconds: Known(0.25), Score: Known(1), MaxScore: Known(2)},
			{Name: "b", Outcome: TimedOut},
		},
	}
	for i, field := range Fields() {
		if !got.Given(i) {
			t.Errorf("%s is not said to be given", field.Name)
		}
	}
	want.altered = got.altered
	if !reflect.DeepEqual(got, want) {
		t.Errorf("record\n%+v\nwant\n%+v", got, want)
	}
}

func TestDefaults(t *testing.T) {
	nulls := map[string]string{}
	for _, field := range Fields() {
		if !field.Required {
			nulls[field.Name] = "null"
		}
	}
	want := decode(t, object(nil))
	if want.CheckNumber != 1 || !want.QueuedAt.Equal(want.SubmittedAt) || want.SubmittedAt.IsZero() {
		t.Errorf("check %d queued at %v, want 1 at %v", want.CheckNumber, want.QueuedAt, want.SubmittedAt)
	}
	for i, field := range Fields() {
		if want.Given(i) != field.Required {
			t.Errorf("%s is said to be given: %v", field.Name, want.Given(i))
		}
	}
	if got := decode(t, object(nulls)); !reflect.DeepEqual(got, want) {
		t.Errorf("with null for what is not required\n%+v\nwant\n%+v", got, want)
	}
}

func TestDecodeLeavesNothingOfTheRecordBefore(t *testing.T) {
	d, r := decoder(t, nil, ContractWords()), &Record{}
	for _, line := range [][]byte{finished(map[string]string{"score": "-1", "language": `"C"`}), object(nil)} {
		if fault := d.Decode(line, r, noon); fault != nil {
			t.Fatal(fault)
		}
	}
	if want := decode(t, object(nil)); !reflect.DeepEqual(r, want) {
		t.Errorf("record\n%+v\nwant\n%+v", r, want)
	}
}

func TestNamesFromWhichNothingIsRead(t *testing.T) {
	d := decoder(t, map[string]string{"language": "user.lang"}, ContractWords())
	d.Unread = map[string]int{}
	var r Record
	for _, line := range []string{`{"user":{"lang":"C","mail":null},"x.y":1,"score":[]}`, `{"user":{"mail":"a"},"language":"C","course":{"slug":"x"}}`} {
		d.Decode([]byte(line), &r, noon) // rejected, and looked at all the same
	}
	if want := map[string]int{"user.mail": 2, "x.y": 1, "language": 1, "course.slug": 1}; !maps.Equal(d.Unread, want) {
		t.Errorf("names %v, want %v", d.Unread, want)
	}
}

func TestNamesOfFields(t *testing.T) {
	for name, test := range map[string]struct {
		line string
		want string
	}{
		"a dotted path leads into nested objects":          {`{"user":{"profile":{"lang":"C"}}}`, "C"},
		"a name with dots that stands there as it is":      {`{"user.profile.lang":"C"}`, "C"},
		"that goes before nested objects":                  {`{"user":{"profile.lang":"D"},"user.profile.lang":"C"}`, "C"},
		"a name with dots in a nested object":              {`{"user":{"profile.lang":"C"}}`, "C"},
		"the contract's own name no longer counts":         {`{"language":"C"}`, ""},
		"a path that breaks off says nothing":              {`{"user":{}}`, ""},
		"a path through something else says nothing":       {`{"user":["profile"]}`, ""},
		"a path that leads to null says nothing":           {`{"user":{"profile":{"lang":null}}}`, ""},
		"a path through null says nothing":                 {`{"user":null}`, ""},
		"the path counts where an object has both names":   {`{"language":"D","user":{"profile":{"lang":"C"}}}`, "C"},
		"a name is a name with its case, unlike the words": {`{"User.Profile.Lang":"C"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := decoder(t, map[string]string{"language": "user.profile.lang"}, ContractWords())
			line := strings.TrimSuffix(test.line, "}") + "," + strings.TrimPrefix(string(object(nil)), "{")
			var r Record
			if fault := d.Decode([]byte(line), &r, noon); fault != nil {
				t.Fatal(fault)
			}
			if r.Language != test.want || r.Course != "algo" {
				t.Errorf("language %q in course %q, want %q in algo", r.Language, r.Course, test.want)
			}
		})
	}
}

func TestAFieldThatTheContractLacksIsAnError(t *testing.T) {
	_, err := NewDecoder(map[string]string{"language": "lang", "lecture": "course", "z": "z"}, ContractWords())
	want := `the record contract has no field "lecture"; it has: submission_id, check_number, course, assignment, ` +
		`student, submitted_at, queued_at, started_at, finished_at, state, verdict, score, max_score, language, worker, ` +
		`client, deadline_at, cpu_seconds, memory_bytes, source_bytes, tests, updated_at`
	if err == nil || err.Error() != want {
		t.Errorf("error %v\nwant %s", err, want)
	}
}

func TestARecordIsWrittenInTheContractsWords(t *testing.T) {
	words, err := NewWords(nil, map[string]string{"AC": "accepted"}, map[string]string{"OK": "passed"})
	if err != nil {
		t.Fatal(err)
	}
	var r Record
	line := finished(map[string]string{
		"verdict": `"AC"`, "max_score": "10",
		"tests": `[{"name":"a","outcome":"OK","seconds":0},{"name":"b","outcome":"OK"}]`,
	})
	if fault := decoder(t, nil, words).Decode(line, &r, noon); fault != nil {
		t.Fatal(fault)
	}
	got, err := json.Marshal(&r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"submission_id":"s1","check_number":1,"course":"algo","assignment":"sort","student":"` + secret + `",` +
		`"submitted_at":"2026-09-01T11:00:00Z","queued_at":"2026-09-01T11:00:00Z","started_at":"2026-09-01T11:00:01Z",` +
		`"finished_at":"2026-09-01T11:00:02Z","state":"finished","verdict":"accepted","max_score":10,` +
		`"tests":[{"name":"a","outcome":"passed","seconds":0},{"name":"b","outcome":"passed"}],` +
		`"updated_at":"2026-09-01T11:00:00Z"}`
	if string(got) != want {
		t.Errorf("record %s\nwant   %s", got, want)
	}
}
