package submission

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// lost are the anomalies of what is not in the record any more, so that it is not in its JSON form either.
const lost = ImpossibleNumber | ImpossibleTime | UnknownVerdict | UnknownOutcome

func FuzzDecode(f *testing.F) {
	f.Add(object(nil))
	f.Add(finished(nil))
	f.Add(finished(map[string]string{
		"verdict": `"who knows"`, "check_number": "3", "score": "-1", "max_score": "1e999", "memory_bytes": "1e21",
		"tests":     `[{"name":"a","outcome":"passed","seconds":1e-7,"score":null},{"name":"b","outcome":"?"}]`,
		"queued_at": `"2026-09-01T13:00:00.123456789+02:00"`, "deadline_at": `"2500-01-01T00:00:00Z"`,
	}))
	f.Add(object(map[string]string{"student": `{"name":["x"]}`}))
	f.Add(object(map[string]string{"submission_id": `123456789012345678901234567890`}))
	f.Add([]byte(`{"user":{"id":7,"lang.name":"C"},"submission_id":"\ud800","state":"done"}`))
	f.Add([]byte(`{"submission_id":"`))
	f.Add([]byte("[null]"))
	words, err := NewWords(map[string]string{"done": "finished"}, map[string]string{"AC": "accepted"}, nil)
	if err != nil {
		f.Fatal(err)
	}
	contract := decoder(f, nil, ContractWords())
	service := decoder(f, map[string]string{"student": "user.id", "language": "user.lang.name"}, words)
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, d := range []*Decoder{contract, service} {
			var r Record
			if fault := d.Decode(line, &r, noon); fault == nil {
				sameWhenDecodedAgain(t, contract, &r)
			}
		}
		hidesTheStudent(t, contract, line)
	})
}

func sameWhenDecodedAgain(t *testing.T, contract *Decoder, want *Record) {
	t.Helper()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &Record{}
	if fault := contract.Decode(text, got, noon); fault != nil {
		t.Fatalf("%s\nis %s", text, fault)
	}
	want.Anomalies &^= lost
	want.StateWord, want.VerdictWord = want.State.String(), want.Verdict.String()
	want.altered = got.altered // what was a default is given now
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("decoded again\n%+v\nwant\n%+v", got, want)
	}
}

// hidesTheStudent gives the secret as student to the line, and again within a list.
func hidesTheStudent(t *testing.T, contract *Decoder, line []byte) {
	t.Helper()
	members, isObject := strings.CutPrefix(string(line), "{")
	if !isObject || strings.Contains(members, secret) {
		return
	}
	members = strings.ReplaceAll(members, `"student"`, `"former"`)
	for _, student := range []string{`"` + secret + `"`, `["` + secret + `"]`} {
		fault := contract.Decode([]byte(`{"student":`+student+`,`+members), &Record{}, noon)
		if fault != nil && strings.Contains(fault.Error(), secret) {
			t.Fatalf("the fault shows the student: %s", fault)
		}
	}
}
