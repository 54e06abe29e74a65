package profile

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

const lines = `{"submission_id":"1","course":"algo","assignment":"hw1","student":"secret-a","submitted_at":"2026-09-14T10:00:00Z","state":"finished","verdict":"AC","score":-1,"finished_at":"2026-09-14T10:00:05Z","updated_at":"2026-09-14T10:00:05Z","tests":[{"name":"t1","outcome":"passed"}]}
{"submission_id":"2","course":"algo","assignment":"hw1","student":"secret-b","submitted_at":"2026-09-14T11:00:00Z","queued_at":"2026-09-14T11:00:01Z","state":"queued","score":2,"updated_at":"2026-09-14T11:00:01Z"}
{"submission_id":"3","course":"algo","student":"secret-c"}
{"submission_id":"4","student":"secret-d"}
{"submission_id":"5","course":"algo","assignment":"hw1","student":"secret-e","submitted_at":"2026-09-14T12:00:00Z","state":"waiting","updated_at":"2026-09-14T12:00:00Z"}
{"submission_id":"6","course":"algo","assignment":"hw1","student":"secret-f","submitted_at":"2026-09-14T12:00:00Z","state":"done","updated_at":"2026-09-14T12:00:00Z"}
{"submission_id":"7","course":"algo","assignment":"hw1","student":"secret-g","submitted_at":"2026-09-14T12:00:00Z","state":"done","updated_at":"2026-09-14T12:00:00Z"}`

func profileOf(t *testing.T) *Profile {
	t.Helper()
	decoder, err := submission.NewDecoder(nil, submission.ContractWords())
	if err != nil {
		t.Fatal(err)
	}
	p := New("two good lines and some bad ones")
	for line := range strings.Lines(lines) {
		var r submission.Record
		if fault := decoder.Decode([]byte(line), &r, time.Date(2026, 9, 15, 0, 0, 0, 0, time.UTC)); fault != nil {
			p.Reject(fault)
		} else {
			p.Record(&r)
		}
	}
	return p.Profile()
}

func TestProfileAsTable(t *testing.T) {
	const want = `two good lines and some bad ones

records  submissions  students  courses  assignments
2        2            2         1        1

field          present  null    distinct  range or most frequent values
submission_id  2        -       2         
check_number   0        all               
course         2        -       1         algo 2
assignment     2        -       1         hw1 2
student        2        -       2         
submitted_at   2        -                 2026-09-14T10:00:00Z to 2026-09-14T11:00:00Z
queued_at      1        50.0 %            2026-09-14T11:00:01Z to 2026-09-14T11:00:01Z
started_at     0        all               
finished_at    1        50.0 %            2026-09-14T10:00:05Z to 2026-09-14T10:00:05Z
state          2        -       2         finished 1, queued 1
verdict        1        50.0 %  1         AC 1
score          2        -                 2 to 2
max_score      0        all               
language       0        all               
worker         0        all               
client         0        all               
deadline_at    0        all               
cpu_seconds    0        all               
memory_bytes   0        all               
source_bytes   0        all               
tests          1        50.0 %            
updated_at     2        -                 2026-09-14T10:00:05Z to 2026-09-14T11:00:01Z

outcomes of tests:  passed 1

anomalies, which count nevertheless:  impossible_number 1, unknown_verdict 1

verdicts that count as other; map them under words.verdicts:  AC 1

states that no mapping knows; map them under words.states:  done 2, waiting 1

would be rejected  records  example
missing_field      2        submission "3": assignment is missing or empty
unknown_state      3        submission "5": state "waiting" is none of queued, running, finished, cancelled; map it in the configuration file under words.states
`
	var got strings.Builder
	if err := profileOf(t).WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestRareNamesAreNotShown(t *testing.T) {
	p := &Profile{Records: 30, Rejected: []Rejected{{Count: 70}}}
	p.AddUnread(map[string]int{"job.id": 100, "phase": 10, "by.student-17": 9})
	if want := []Value{{"job.id", 100}, {"phase", 10}}; !slices.Equal(p.Unread, want) {
		t.Errorf("names %v, want %v", p.Unread, want)
	}
}

func TestNamesInAShortLogAreNotShown(t *testing.T) {
	p := &Profile{Records: 3}
	p.AddUnread(map[string]int{"by.student-17": 3})
	if len(p.Unread) != 0 {
		t.Errorf("names %v in a log of three lines, want none: they may be ids of students", p.Unread)
	}
}

func TestNoStudentIsInAProfile(t *testing.T) {
	text, err := json.Marshal(profileOf(t))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "secret") {
		t.Errorf("the profile shows a student: %s", text)
	}
}
