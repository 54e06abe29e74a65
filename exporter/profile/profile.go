// Package profile analyses structure and content of what a source holds, for whoever connects a service to Gradewatch:
// which fields are there, which words and ranges they have, and what would be rejected and why.
package profile

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Profile is what one reading of a source has found.
type Profile struct {
	Source      string     `json:"source"`
	Records     int        `json:"records"` // that can be used
	Submissions int        `json:"submissions"`
	Students    int        `json:"students"`
	Courses     int        `json:"courses"`     // named by records or the catalogue
	Assignments int        `json:"assignments"` // likewise
	Fields      []Field    `json:"fields"`
	Tests       []Value    `json:"test_outcomes"` // outcomes of single tests
	Anomalies   []Value    `json:"anomalies"`     // odd, but counted
	Unknown     []Value    `json:"unknown_verdicts"`
	States      []Value    `json:"unknown_states"` // of records that would be rejected
	Rejected    []Rejected `json:"rejected"`
	Unread      []Value    `json:"unread_names"` // in the lines of a log, from which no field is read
}

// A Field is what the usable records hold in one field of the contract. Values of fields that hold ids are never shown.
type Field struct {
	Name      string  `json:"name"`
	Present   int     `json:"present"`    // records that have it
	NullShare float64 `json:"null_share"` // of all usable records
	Distinct  int     `json:"distinct,omitempty"`
	Min       any     `json:"min,omitempty"` // of times and numbers
	Max       any     `json:"max,omitempty"`
	Values    []Value `json:"values,omitempty"` // the most frequent ones
}

// A Value is a word and how often it occurs.
type Value struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Rejected is what was rejected for one reason, with an example.
type Rejected struct {
	Reason  submission.Reason `json:"reason"`
	Count   int               `json:"count"`
	Example string            `json:"example"`
}

// mostFrequent is how many values of a field are shown.
const mostFrequent = 12

// A Profiler is a source.Sink that makes a Profile of what it takes.
type Profiler struct {
	source      string
	records     int
	fields      []field
	courses     map[string]struct{}
	assignments map[[2]string]struct{}
	tests       map[string]int
	anomalies   map[string]int
	unknown     map[string]int // verdicts that no mapping knows
	states      map[string]int // likewise
	rejected    map[submission.Reason]*Rejected
}

// field is what is known of one field so far.
type field struct {
	present int
	values  map[string]int
	times   span[time.Time]
	numbers span[float64]
}

// New is a Profiler of the source with the given name.
func New(source string) *Profiler {
	p := &Profiler{
		source: source, fields: make([]field, len(submission.Fields())),
		courses: make(map[string]struct{}), assignments: make(map[[2]string]struct{}),
		tests: make(map[string]int), anomalies: make(map[string]int), unknown: make(map[string]int), states: make(map[string]int),
		rejected: make(map[submission.Reason]*Rejected),
	}
	for i := range p.fields {
		p.fields[i].values = make(map[string]int)
	}
	return p
}

// Catalogue implements source.Sink.
func (p *Profiler) Catalogue(c *submission.Catalogue) {
	for _, course := range c.Courses {
		p.courses[course.Course] = struct{}{}
	}
	for _, a := range c.Assignments {
		p.courses[a.Course] = struct{}{}
		p.assignments[[2]string{a.Course, a.Assignment}] = struct{}{}
	}
}

// Record implements source.Sink.
func (p *Profiler) Record(r *submission.Record) {
	p.records++
	p.courses[r.Course] = struct{}{}
	p.assignments[[2]string{r.Course, r.Assignment}] = struct{}{}
	for i, f := range submission.Fields() {
		if r.Given(i) {
			p.fields[i].add(&f, r)
		}
	}
	for _, test := range r.Tests {
		p.tests[test.Outcome.String()]++
	}
	for kind := range r.Anomalies.Words() {
		p.anomalies[kind]++
	}
	if r.Anomalies&submission.UnknownVerdict != 0 {
		p.unknown[r.VerdictWord]++
	}
}

// Reject implements source.Sink.
func (p *Profiler) Reject(f *submission.Fault) {
	if p.rejected[f.Reason] == nil {
		p.rejected[f.Reason] = &Rejected{Reason: f.Reason, Example: f.Error()}
	}
	p.rejected[f.Reason].Count++
	if f.Reason == submission.UnknownState {
		p.states[f.Word]++
	}
}

func (f *field) add(of *submission.Field, r *submission.Record) {
	f.present++
	switch {
	case of.Text != nil:
		f.values[*of.Text(r)]++
	case of.Time != nil:
		if at := *of.Time(r); !at.IsZero() {
			f.times.add(at, time.Time.Compare)
		}
	case of.Integer != nil:
		f.numbers.add(float64(*of.Integer(r)), cmp.Compare)
	case of.Number != nil:
		if n := *of.Number(r); n.Known {
			f.numbers.add(n.Value, cmp.Compare)
		}
	}
}

// span is the range of what was added; its ends are nil before that.
type span[T any] struct{ least, most *T }

func (s *span[T]) add(value T, compare func(T, T) int) {
	if s.least == nil || compare(value, *s.least) < 0 {
		s.least = &value
	}
	if s.most == nil || compare(value, *s.most) > 0 {
		s.most = &value
	}
}

// Profile is the profile of what has been taken so far.
func (p *Profiler) Profile() *Profile {
	profile := &Profile{
		Source: p.source, Records: p.records,
		Courses: len(p.courses), Assignments: len(p.assignments),
		Tests: ranked(p.tests), Anomalies: ranked(p.anomalies), Unknown: ranked(p.unknown),
		States: mostOf(p.states), Rejected: []Rejected{},
	}
	for i, of := range submission.Fields() {
		switch distinct := len(p.fields[i].values); of.Name {
		case "submission_id":
			profile.Submissions = distinct
		case "student":
			profile.Students = distinct
		}
		profile.Fields = append(profile.Fields, p.fields[i].shown(&of, p.records))
	}
	for _, reason := range submission.Reasons() {
		if p.rejected[reason] != nil {
			profile.Rejected = append(profile.Rejected, *p.rejected[reason])
		}
	}
	return profile
}

func (f *field) shown(of *submission.Field, records int) Field {
	shown := Field{Name: of.Name, Present: f.present}
	if records > 0 {
		shown.NullShare = 1 - float64(f.present)/float64(records)
	}
	if of.Text != nil {
		shown.Distinct = len(f.values)
	}
	if of.Kind == submission.Text {
		shown.Values = mostOf(f.values)
	}
	if f.times.least != nil {
		shown.Min, shown.Max = *f.times.least, *f.times.most
	}
	if f.numbers.least != nil {
		shown.Min, shown.Max = *f.numbers.least, *f.numbers.most
	}
	return shown
}

// AddUnread adds the names in the lines of a log from which no field is read. Those in few lines are left out, be it for
// a log that is short: where objects have data as names, such as ids of students, each of them is in few.
func (p *Profile) AddUnread(counts map[string]int) {
	const few = 10
	read := p.Records
	for _, rejected := range p.Rejected {
		read += rejected.Count
	}
	p.Unread = ranked(counts)
	rare := slices.IndexFunc(p.Unread, func(v Value) bool { return v.Count < few || v.Count*10 < read })
	if rare >= 0 {
		p.Unread = p.Unread[:rare]
	}
}

// mostOf are the most frequent.
func mostOf(counts map[string]int) []Value {
	values := ranked(counts)
	return values[:min(len(values), mostFrequent)]
}

// ranked puts the most frequent first.
func ranked(counts map[string]int) []Value {
	values := make([]Value, 0, len(counts))
	for _, value := range slices.Sorted(maps.Keys(counts)) {
		values = append(values, Value{value, counts[value]})
	}
	slices.SortStableFunc(values, func(a, b Value) int { return cmp.Compare(b.Count, a.Count) })
	return values
}
