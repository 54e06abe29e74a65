package submission

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Decoder makes records out of JSON objects.
type Decoder struct {
	// Unread counts the objects that have a name from which no field is read, by the name, with dots for nested objects.
	// Nothing is counted where it is nil.
	Unread map[string]int

	paths []path // one a field, in the order of Fields
	words *Words
}

// path leads to a field through nested objects.
type path []string

// NewDecoder makes a Decoder. names leads from a field of the contract to the name that it has in the objects, where
// that differs; dots lead into nested objects. A field that the contract does not have is an error.
func NewDecoder(names map[string]string, words *Words) (*Decoder, error) {
	d := &Decoder{paths: make([]path, len(fields)), words: words}
	contract := make([]string, len(fields))
	for i := range fields {
		contract[i] = fields[i].Name
		d.paths[i] = strings.Split(cmp.Or(names[contract[i]], contract[i]), ".")
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if names[name] == "" {
			return nil, fmt.Errorf("the field %s has an empty name; leave it out where the name is the contract's", name)
		}
		if !slices.Contains(contract, name) {
			return nil, fmt.Errorf("the record contract has no field %q; it has: %s", name, strings.Join(contract, ", "))
		}
	}
	return d, nil
}

// Decode replaces r by the record in a JSON object. What cannot be used returns the Fault, whose record is not to be
// counted. now is the time by which the future is told.
func (d *Decoder) Decode(line []byte, r *Record, now time.Time) *Fault {
	*r = Record{}
	if !utf8.Valid(line) {
		return r.fault(InvalidUTF8, "the line is not valid UTF-8")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(line, &object); err != nil {
		return r.fault(Malformed, "the line is not a JSON object: %s", jsonProblem(err))
	}
	if object == nil {
		return r.fault(Malformed, "the line is not a JSON object: it is null")
	}
	if d.Unread != nil {
		d.countUnread("", object)
	}
	for i := range fields {
		raw := d.paths[i].find(object)
		if raw == nil || string(raw) == "null" {
			continue
		}
		if fault := d.decodeField(&fields[i], raw, r); fault != nil {
			return fault
		}
	}
	return r.Complete(d.words, now)
}

func (d *Decoder) countUnread(prefix string, object map[string]json.RawMessage) {
	for name, raw := range object {
		name = prefix + name
		var nested map[string]json.RawMessage
		switch {
		case raw[0] == '{' && json.Unmarshal(raw, &nested) == nil:
			d.countUnread(name+".", nested)
		case !slices.ContainsFunc(d.paths, func(p path) bool { return strings.Join(p, ".") == name }):
			d.Unread[name]++
		}
	}
}

// jsonProblem is what is wrong with a text that is no JSON object, without a piece of the text, which may name a
// student.
func jsonProblem(err error) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("syntax error at byte %d", syntax.Offset)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return cmp.Or(wrong.Field, "it") + " is of type " + wrong.Value
	}
	return "it cannot be read"
}

// find follows the path. A name with dots that stands in the object as it is goes before nested objects.
func (p path) find(object map[string]json.RawMessage) json.RawMessage {
	if len(p) == 1 {
		return object[p[0]]
	}
	if raw, ok := object[strings.Join(p, ".")]; ok {
		return raw
	}
	var nested map[string]json.RawMessage
	if json.Unmarshal(object[p[0]], &nested) != nil {
		return nil
	}
	return p[1:].find(nested)
}

func (d *Decoder) decodeField(field *Field, raw json.RawMessage, r *Record) *Fault {
	wrong := func() *Fault {
		return r.fault(WrongType, "%s is %s, want %s", field.Name, jsonType(raw), field.Kind)
	}
	switch field.Kind {
	case ID:
		if raw[0] != '"' {
			if _, err := strconv.ParseInt(string(raw), 10, 64); err != nil {
				return wrong()
			}
			*field.Text(r) = string(raw)
			return nil
		}
		fallthrough
	case Text:
		var ok bool
		if *field.Text(r), ok = unquote(raw); !ok {
			return wrong()
		}
	case Integer:
		value, err := strconv.Atoi(string(raw))
		if err != nil {
			return wrong()
		}
		if value < 1 {
			return r.fault(WrongNumber, "%s is %d, want 1 or more", field.Name, value)
		}
		*field.Integer(r) = value
	case Time:
		return d.decodeTime(field, raw, r, wrong)
	case Float:
		if field.Number(r).UnmarshalJSON(raw) != nil {
			return wrong()
		}
	case Array:
		return r.DecodeTests(raw, d.words)
	}
	return nil
}

func (d *Decoder) decodeTime(field *Field, raw json.RawMessage, r *Record, wrong func() *Fault) *Fault {
	text, ok := unquote(raw)
	if !ok {
		return wrong()
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return r.fault(WrongType, "%s is not a time as RFC 3339 has it, like 2026-09-01T12:00:00Z", field.Name)
	}
	*field.Time(r) = at
	return nil
}

// unquote is the text of a JSON string. Most have no escapes and need no parser.
func unquote(raw json.RawMessage) (string, bool) {
	if raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// jsonType is the type of a JSON value in words.
func jsonType(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return "a text"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "true or false"
	}
	return "a number"
}

// jsonTest is a test as it stands in JSON.
type jsonTest struct {
	Name     string `json:"name"`
	Outcome  string `json:"outcome"`
	Seconds  Number `json:"seconds,omitzero"`
	Score    Number `json:"score,omitzero"`
	MaxScore Number `json:"max_score,omitzero"`
}

// DecodeTests sets the tests of r from their JSON array. A test whose outcome no mapping knows is left out, which is an
// anomaly.
func (r *Record) DecodeTests(raw []byte, words *Words) *Fault {
	var tests []jsonTest
	if err := json.Unmarshal(raw, &tests); err != nil {
		return r.fault(WrongType, "tests is not an array of objects with name, outcome, seconds, score, max_score: %s",
			jsonProblem(err))
	}
	if len(tests) > MaxTests {
		tests = tests[:MaxTests]
		r.Anomalies |= TooManyTests
	}
	r.Tests = make([]Test, 0, len(tests)) // not nil even when empty: the source gave them
	for i, test := range tests {
		if test.Name == "" {
			return r.fault(MissingField, "test %d has no name", i+1)
		}
		if len(test.Name) > MaxText {
			return r.fault(TooLong, "the name of test %d has %d bytes, at most %d are allowed", i+1, len(test.Name), MaxText)
		}
		outcome, known := words.Outcome(test.Outcome)
		if !known {
			r.Anomalies |= UnknownOutcome
			continue
		}
		r.Tests = append(r.Tests, Test{
			Name: test.Name, Outcome: outcome,
			Seconds: test.Seconds, Score: test.Score, MaxScore: test.MaxScore,
		})
	}
	return nil
}

// UnmarshalJSON reads a number. One that is too large for a float64 becomes infinite, which Complete drops and notes:
// it makes the record odd, not unusable.
func (n *Number) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	value, err := strconv.ParseFloat(string(raw), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return json.Unmarshal(raw, &n.Value) // it is no number; this says what it is
	}
	*n = Known(value)
	return nil
}

// MarshalJSON writes the number, null where it is not known.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known {
		return []byte("null"), nil
	}
	return json.Marshal(n.Value)
}

// MarshalJSON is the record in the contract's own words and names; what is not known is left out.
func (r *Record) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i := range fields {
		value := r.jsonValue(&fields[i])
		if value == nil {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", fields[i].Name, err)
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%q:%s", fields[i].Name, text)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// jsonValue is what stands for a field in JSON, nil where nothing is known.
func (r *Record) jsonValue(field *Field) any {
	switch {
	case field.Name == "state":
		return r.State.String()
	case field.Name == "verdict":
		return presentOrNil(r.Verdict.String())
	case field.Kind == Array:
		return r.jsonTests()
	case field.Text != nil:
		return presentOrNil(*field.Text(r))
	case field.Integer != nil:
		return *field.Integer(r)
	case field.Time != nil:
		return presentOrNil(*field.Time(r))
	}
	return presentOrNil(*field.Number(r))
}

func presentOrNil[T comparable](value T) any {
	var zero T
	if value == zero {
		return nil
	}
	return value
}

func (r *Record) jsonTests() any {
	if r.Tests == nil {
		return nil
	}
	tests := make([]jsonTest, len(r.Tests))
	for i, test := range r.Tests {
		tests[i] = jsonTest{Name: test.Name, Outcome: test.Outcome.String(),
			Seconds: test.Seconds, Score: test.Score, MaxScore: test.MaxScore}
	}
	return tests
}
