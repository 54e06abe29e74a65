// Package submission holds the record contract: what Gradewatch knows about one automatic check of one submission,
// the words it uses for it, what makes a record unusable or merely odd, and its JSON form.
package submission

import "time"

// A Record is the latest known state of one check of one submission. Its identity is (SubmissionID, CheckNumber).
// A zero time and an empty text mean that the source says nothing. Times are exact to the microsecond, as in
// PostgreSQL.
type Record struct {
	SubmissionID string
	CheckNumber  int // from 1; a re-check is 2, 3, …
	Course       string
	Assignment   string
	Student      string // opaque; never a label and never in a log line

	SubmittedAt time.Time
	QueuedAt    time.Time // SubmittedAt where the source says nothing
	StartedAt   time.Time
	FinishedAt  time.Time
	DeadlineAt  time.Time // a student's own deadline; zero where the assignment's counts
	UpdatedAt   time.Time // last change of this record

	State       State
	Verdict     Verdict // set when State is Finished
	StateWord   string  // the source's own word for State
	VerdictWord string  // the source's own word for Verdict

	Score    Number
	MaxScore Number

	Language string
	Worker   string
	Client   string

	CPUSeconds  Number
	MemoryBytes Number
	SourceBytes Number

	Tests []Test // nil where the source says nothing, empty where it says that there are none

	// Checksum is over identity, state, verdict and score as the source has them; 0 where the source compares none.
	Checksum uint64

	// Anomalies are what is odd about the record; it counts nevertheless. Complete finds them.
	Anomalies Anomalies

	// Light says that what only figures about the record's own course need was left out.
	Light bool

	altered uint32 // bit i: Complete filled field i of Fields in, or dropped what was impossible
}

// Given reports whether the source gave field i of Fields.
func (r *Record) Given(i int) bool { return fields[i].in(r) != (r.altered&(1<<i) != 0) }

// A Test is the outcome of one named test case within a check.
type Test struct {
	Name     string
	Outcome  Outcome
	Seconds  Number
	Score    Number
	MaxScore Number
}

// A Number is a figure that a record may lack.
type Number struct {
	Value float64
	Known bool
}

// Known is the Number with the given value.
func Known(value float64) Number { return Number{Value: value, Known: true} }

// Lighten is the record without what only figures about its own course need. Its language is other, which takes no place among those
// that are shown.
func (r *Record) Lighten() Record {
	light := *r
	light.Language, light.Client, light.Tests = "other", "", nil
	light.CPUSeconds, light.MemoryBytes, light.SourceBytes = Number{}, Number{}, Number{}
	light.Light = true
	return light
}

// HasResult reports whether the check tells something about the student's work: it is finished, and not by a failure of
// the infrastructure.
func (r *Record) HasResult() bool { return r.State == Finished && r.Verdict != InternalError }

// Late reports whether the submission came after the deadline; without a deadline nothing is late.
func (r *Record) Late(deadline time.Time) bool {
	return !deadline.IsZero() && r.SubmittedAt.After(deadline)
}
