package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// noon is when the tests' records were made, and the time by which they are read.
var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func afterLinger() time.Time { return noon.Add(linger) }

// secret is the student of every record in the tests.
const secret = "student-31415926"

func recordLine(id string) string { return record(id) + "\n" }

// record is a line of the contract, without its end.
func record(id string) string { return recordAt(id, noon) }

func recordAt(id string, at time.Time) string {
	return fmt.Sprintf(`{"submission_id":%q,"course":"algo","assignment":"sort","student":%q,"submitted_at":%[3]q,`+
		`"state":"queued","updated_at":%[3]q}`, id, secret, at.Format(time.RFC3339))
}

// heard is a Sink that keeps what it was told, in order: the id of a record, or "LINE REASON" of a fault.
type heard struct {
	told   []string
	faults []string
	path   string
}

func (h *heard) Catalogue(*submission.Catalogue) {}

func (h *heard) Record(r *submission.Record) { h.told = append(h.told, r.SubmissionID) }

func (h *heard) Reject(f *submission.Fault) {
	h.told = append(h.told, fmt.Sprintf("%s %s", strings.TrimPrefix(f.Where, h.path+":"), f.Reason))
	h.faults = append(h.faults, strings.TrimPrefix(f.Error(), h.path+":"))
}

// poll is what a Poll of the source tells.
func poll(t *testing.T, s source.Source) []string {
	t.Helper()
	h := &heard{path: s.Name()}
	if err := s.Poll(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	return h.told
}

func tells(t *testing.T, s source.Source, want ...string) {
	t.Helper()
	if got := poll(t, s); !slices.Equal(got, want) {
		t.Errorf("Poll tells %q, want %q", got, want)
	}
}

func contractDecoder(tb testing.TB) *submission.Decoder {
	tb.Helper()
	decoder, err := submission.NewDecoder(nil, submission.ContractWords())
	if err != nil {
		tb.Fatal(err)
	}
	return decoder
}

func newSource(tb testing.TB, path string) *Source {
	tb.Helper()
	s, err := New(path, contractDecoder(tb), atNoon)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// newInput is a source that reads the text as if from standard input.
func newInput(tb testing.TB, text string) *Source {
	tb.Helper()
	s := newStream(strings.NewReader(text), contractDecoder(tb), atNoon)
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestAPathIsRequired(t *testing.T) {
	_, err := New("", contractDecoder(t), atNoon)
	want := `jsonl has no path; name a file as in jsonl:/var/log/checks.jsonl, or "-" for standard input`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestLines(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"one record a line":                        {recordLine("1") + recordLine("2"), []string{"1", "2"}},
		"blank lines are ignored, but numbered":    {"\n  \n" + record("1") + "\n\nx\n", []string{"1", "5 malformed"}},
		"a carriage return may end a line":         {record("1") + "\r\n\r\n" + record("2") + "\r\n", []string{"1", "2"}},
		"a byte order mark at the start":           {"\ufeff" + recordLine("1"), []string{"1"}},
		"a byte order mark before nothing":         {"\ufeff\n" + recordLine("1"), []string{"1"}},
		"a byte order mark elsewhere is no JSON":   {recordLine("1") + "\ufeff" + record("2"), []string{"1", "2 malformed"}},
		"the last line may lack its end":           {recordLine("1") + record("2"), []string{"1", "2"}},
		"a bad line does not stop the rest":        {"{]\n" + recordLine("2"), []string{"1 malformed", "2"}},
		"invalid UTF-8":                            {"\"\xff\"" + "\n" + recordLine("2"), []string{"1 invalid_utf8", "2"}},
		"an array is no record":                    {"[" + record("1") + "]\n" + record("2"), []string{"1 malformed", "2"}},
		"an empty log":                             {"", nil},
		"a last line that breaks off is malformed": {recordLine("1") + record("2")[:50], []string{"1", "2 malformed"}},
		"a last line that is not an object":        {"123", []string{"1 malformed"}},
	} {
		t.Run(name, func(t *testing.T) {
			tells(t, newInput(t, test.text), test.want...)
		})
	}
}

func TestFaultsSayWhereAndWhat(t *testing.T) {
	text := strings.Join([]string{
		`{"student":"` + secret + `",`,
		strings.Replace(record("a"), `"state":"queued"`, `"state":"parked"`, 1),
		strings.Replace(record("b"), `"course":"algo",`, ``, 1),
		strings.Replace(record("c"), `"`+secret+`"`, `["`+secret+`"]`, 1),
		"\"" + secret + "\xff\"",
		strings.Repeat(secret, maxLine),
		record("d")[:150],
	}, "\n")
	h := &heard{path: "standard input"}
	if err := newInput(t, text).Poll(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1: the line is not a JSON object: syntax error at byte 30`,
		`2: submission "a": state "parked" is none of queued, running, finished, cancelled; ` +
			`map it in the configuration file under words.states`,
		`3: submission "b": course is missing or empty`,
		`4: submission "c": student is an array, want text or integer`,
		`5: the line is not valid UTF-8`,
		`6: the line is longer than 1048576 bytes and is skipped`,
		`7: the line has no end: the input ended before the rest of it came`,
	}
	if !slices.Equal(h.faults, want) {
		t.Errorf("faults\n%s\nwant\n%s", strings.Join(h.faults, "\n"), strings.Join(want, "\n"))
	}
	if strings.Contains(strings.Join(h.faults, "\n"), secret) {
		t.Error("a fault shows the student")
	}
}

func TestALineMayBeAsLongAsTheLimit(t *testing.T) {
	padded := func(id string, size int) string {
		line := record(id)
		return line + strings.Repeat(" ", size-len(line))
	}
	text := padded("1", maxLine) + "\n" + padded("2", maxLine+1) + "\n" + padded("3", maxLine) + "\n"
	tells(t, newInput(t, text), "1", "2 too_long", "3")
}

func TestALineOf10MBIsSkippedInConstantMemory(t *testing.T) {
	const size = 10 << 20
	long := io.LimitReader(letters{}, size)
	input := io.MultiReader(strings.NewReader(recordLine("1")), long, strings.NewReader("\n"+recordLine("3")))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := newStream(input, contractDecoder(t), atNoon)
	defer s.Close()
	tells(t, s, "1", "2 too_long", "3")
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 2*maxLine {
		t.Errorf("%d bytes were allocated for a line of %d", used, size)
	}
}

// letters is an endless line.
type letters struct{}

func (letters) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'x'
	}
	return len(into), nil
}

func TestStoppingIsPromptBetweenLines(t *testing.T) {
	s := newInput(t, recordLine("1")+recordLine("2")+recordLine("3"))
	ctx, cancel := context.WithCancel(t.Context())
	h := &stopping{cancel: cancel}
	if err := s.Poll(ctx, h); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if want := []string{"1"}; !slices.Equal(h.told, want) {
		t.Errorf("Poll tells %q, want %q", h.told, want)
	}
	tells(t, s, "2", "3")
}

// stopping is a Sink that stops the Poll at the first thing it is told.
type stopping struct {
	heard
	cancel context.CancelFunc
}

func (s *stopping) Record(r *submission.Record) {
	s.heard.Record(r)
	s.cancel()
}

func (s *stopping) Reject(f *submission.Fault) {
	s.heard.Reject(f)
	s.cancel()
}

func TestStoppingIsPromptWithinALineThatNeverEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newStream(letters{}, contractDecoder(t), atNoon)
	defer s.Close()
	if err := s.Poll(ctx, &stopping{cancel: cancel}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
