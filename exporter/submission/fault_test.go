package submission

import (
	"slices"
	"strings"
	"testing"
)

func TestFaults(t *testing.T) {
	long := `"` + strings.Repeat("x", MaxText+1) + `"`
	unseen := Reasons()
	for name, test := range map[string]struct {
		line   []byte
		reason Reason
		text   string
	}{
		"not JSON": {
			[]byte(`{"student":"` + secret + `",}`), Malformed,
			`the line is not a JSON object: syntax error at byte 31`,
		},
		"cut off":         {[]byte(`{"student":`), Malformed, `the line is not a JSON object: syntax error at byte 11`},
		"more than one":   {[]byte(`{}{}`), Malformed, `the line is not a JSON object: syntax error at byte 3`},
		"an array":        {[]byte(`["` + secret + `"]`), Malformed, `the line is not a JSON object: it is of type array`},
		"a text":          {[]byte(`"` + secret + `"`), Malformed, `the line is not a JSON object: it is of type string`},
		"null":            {[]byte(`null`), Malformed, `the line is not a JSON object: it is null`},
		"nothing":         {nil, Malformed, `the line is not a JSON object: syntax error at byte 0`},
		"an empty object": {[]byte(`{}`), MissingField, `submission_id is missing or empty`},
		"bytes that are no text": {
			[]byte("{\"student\":\"" + secret + "\xff\"}"), InvalidUTF8, `the line is not valid UTF-8`,
		},
		"a required text that is missing": {
			object(map[string]string{"course": ``}), MissingField, `submission "s1": course is missing or empty`,
		},
		"a required text that is null": {
			object(map[string]string{"student": `null`}), MissingField, `submission "s1": student is missing or empty`,
		},
		"a required text that is empty": {
			object(map[string]string{"assignment": `""`}), MissingField, `submission "s1": assignment is missing or empty`,
		},
		"a required time that is missing": {
			object(map[string]string{"updated_at": ``}), MissingField, `submission "s1": updated_at is missing`,
		},
		"a finished check without verdict": {
			finished(map[string]string{"verdict": ``}), MissingField,
			`submission "s1": verdict is missing, though the check is finished`,
		},
		"a test without name": {
			finished(map[string]string{"tests": `[{"name":"a","outcome":"passed"},{"outcome":"passed"}]`}), MissingField,
			`submission "s1": test 2 has no name`,
		},
		"a text that is a number": {
			object(map[string]string{"course": `7`}), WrongType, `submission "s1": course is a number, want text`,
		},
		"an id that is a fraction": {
			object(map[string]string{"student": `31.5`}), WrongType,
			`submission "s1": student is a number, want text or integer`,
		},
		"an id that is an array": {
			object(map[string]string{"student": `["` + secret + `"]`}), WrongType,
			`submission "s1": student is an array, want text or integer`,
		},
		"an id that is an object": {
			object(map[string]string{"student": `{"id":"` + secret + `"}`}), WrongType,
			`submission "s1": student is an object, want text or integer`,
		},
		"a number that is a text": {
			object(map[string]string{"score": `"1"`}), WrongType, `submission "s1": score is a text, want number`,
		},
		"a number that is true": {
			object(map[string]string{"score": `true`}), WrongType, `submission "s1": score is true or false, want number`,
		},
		"a check number with a fraction": {
			object(map[string]string{"check_number": `1.5`}), WrongType,
			`submission "s1": check_number is a number, want integer`,
		},
		"a time that is a number": {
			object(map[string]string{"submitted_at": `1788259200`}), WrongType,
			`submission "s1": submitted_at is a number, want time (RFC 3339)`,
		},
		"a time in another form": {
			object(map[string]string{"queued_at": `"1 September"`}), WrongType,
			`submission "s1": queued_at is not a time as RFC 3339 has it, like 2026-09-01T12:00:00Z`,
		},
		"a time without its offset": {
			object(map[string]string{"queued_at": `"2026-09-01T12:00:00"`}), WrongType,
			`submission "s1": queued_at is not a time as RFC 3339 has it, like 2026-09-01T12:00:00Z`,
		},
		"tests that are an object": {
			object(map[string]string{"tests": `{}`}), WrongType, `submission "s1": tests is not an array of objects with ` +
				`name, outcome, seconds, score, max_score: it is of type object`,
		},
		"a test whose time is a text": {
			object(map[string]string{"tests": `[{"name":"a","outcome":"passed","seconds":"` + secret + `"}]`}), WrongType,
			`submission "s1": tests is not an array of objects with name, outcome, seconds, score, max_score: ` +
				`seconds is of type string`,
		},
		"a required time too early": {
			object(map[string]string{"submitted_at": `"1970-01-01T00:30:00+01:00"`}), WrongTime,
			`submission "s1": submitted_at is in the year 1969, want 1970 to 2199`,
		},
		"a required time too late": {
			object(map[string]string{"updated_at": `"2200-01-01T00:00:00Z"`}), WrongTime,
			`submission "s1": updated_at is in the year 2200, want 1970 to 2199`,
		},
		"a required time that is too late once it is rounded": {
			object(map[string]string{"updated_at": `"2199-12-31T23:59:59.9999999Z"`}), WrongTime,
			`submission "s1": updated_at is in the year 2200, want 1970 to 2199`,
		},
		"a check number of zero": {
			object(map[string]string{"check_number": `0`}), WrongNumber, `submission "s1": check_number is 0, want 1 or more`,
		},
		"a negative check number": {
			object(map[string]string{"check_number": `-2`}), WrongNumber, `submission "s1": check_number is -2, want 1 or more`,
		},
		"a state that nothing maps": {
			object(map[string]string{"state": `"parked"`}), UnknownState,
			`submission "s1": state "parked" is none of queued, running, finished, cancelled; ` +
				`map it in the configuration file under words.states`,
		},
		"a text that is too long": {
			object(map[string]string{"student": long}), TooLong,
			`submission "s1": student has 257 bytes, at most 256 are allowed`,
		},
		"an id that is too long is cut": {
			object(map[string]string{"submission_id": `"` + strings.Repeat("ž", MaxText) + `"`}), TooLong,
			`submission "` + strings.Repeat("ž", MaxText/2) + `…": submission_id has 512 bytes, at most 256 are allowed`,
		},
		"a test whose name is too long": {
			object(map[string]string{"tests": `[{"name":` + long + `}]`}), TooLong,
			`submission "s1": the name of test 1 has 257 bytes, at most 256 are allowed`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			fault := decoder(t, nil, ContractWords()).Decode(test.line, &Record{}, noon)
			if fault == nil {
				t.Fatalf("no fault, want %s", test.text)
			}
			unseen = slices.DeleteFunc(unseen, func(r Reason) bool { return r == fault.Reason })
			if fault.Reason != test.reason || fault.Error() != test.text {
				t.Errorf("%s: %s\nwant %s: %s", fault.Reason, fault, test.reason, test.text)
			}
			if strings.Contains(fault.Error(), secret) {
				t.Error("the fault shows the student")
			}
		})
	}
	if len(unseen) > 0 {
		t.Errorf("no case for %q", unseen)
	}
}

func TestAFaultFirstSaysWhere(t *testing.T) {
	fault := &Fault{Reason: WrongType, SubmissionID: "s1", Where: "checks.jsonl:7", Detail: "score is a text, want number"}
	if want := `checks.jsonl:7: submission "s1": score is a text, want number`; fault.Error() != want {
		t.Errorf("%s, want %s", fault, want)
	}
}
