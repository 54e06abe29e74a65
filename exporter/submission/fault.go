package submission

import (
	"fmt"
	"iter"
	"math/bits"
	"strings"
)

// A Reason is why a record cannot be used, as a value of the label reason.
type Reason string

// The reasons for which a record is rejected.
const (
	Malformed    Reason = "malformed"     // not a JSON object
	InvalidUTF8  Reason = "invalid_utf8"  // bytes that are no text
	TooLong      Reason = "too_long"      // a line or a text beyond the limit
	MissingField Reason = "missing_field" // a required field is missing, null or empty
	WrongType    Reason = "wrong_type"    // a field has a type that the contract does not allow
	WrongTime    Reason = "wrong_time"    // a required time outside the years 1970 to 2199
	WrongNumber  Reason = "wrong_number"  // a check number below 1
	UnknownState Reason = "unknown_state" // a state that no mapping knows
)

// Reasons are all reasons for which a record is rejected.
func Reasons() []Reason {
	return []Reason{Malformed, InvalidUTF8, TooLong, MissingField, WrongType, WrongTime, WrongNumber, UnknownState}
}

// A Fault is why one record was rejected. It never holds the id of a student.
type Fault struct {
	Reason       Reason
	SubmissionID string // empty where the record did not get that far
	Course       string // likewise
	Where        string // file and line, or relation; the source fills it in
	Detail       string // the field, what is wrong with it and what is wanted
	Word         string // where the reason is UnknownState, the state
}

// Error is the fault in one line.
func (f *Fault) Error() string {
	text := f.Detail
	if f.SubmissionID != "" {
		text = fmt.Sprintf("submission %q: %s", f.SubmissionID, text)
	}
	if f.Where != "" {
		text = f.Where + ": " + text
	}
	return text
}

// fault makes the Fault of a record as far as it is known. It cuts an id that is too long, for the log's sake.
func (r *Record) fault(reason Reason, format string, args ...any) *Fault {
	id := r.SubmissionID
	if len(id) > MaxText {
		id = strings.ToValidUTF8(id[:MaxText], "") + "…"
	}
	return &Fault{Reason: reason, SubmissionID: id, Course: r.Course, Detail: fmt.Sprintf(format, args...)}
}

// Anomalies is a set of what can be odd about a record that counts nevertheless.
type Anomalies uint16

// The anomalies. An impossible duration, number or time is left out of what is measured.
const (
	EndBeforeStart      Anomalies = 1 << iota // finished_at before started_at
	StartBeforeQueue                          // started_at before queued_at
	EndBeforeSubmission                       // finished_at before submitted_at
	FutureTime                                // an event later than now, by more than clocks differ
	MissingEnd                                // finished, but no finished_at
	ImpossibleNumber                          // negative, above MostNumber or not a number
	ImpossibleTime                            // an optional time outside the years 1970 to 2199
	UnknownVerdict                            // a verdict that no mapping knows
	UnknownOutcome                            // an outcome of a test that no mapping knows
	TooManyTests                              // more than MaxTests; the rest is left out
)

var anomalyWords = [...]string{
	"end_before_start", "start_before_queue", "end_before_submission", "future_time", "missing_end",
	"impossible_number", "impossible_time", "unknown_verdict", "unknown_outcome", "too_many_tests",
}

// Words yields the anomalies in the set, as values of the label kind.
func (a Anomalies) Words() iter.Seq[string] {
	return func(yield func(string) bool) {
		for a != 0 {
			if !yield(anomalyWords[bits.TrailingZeros16(uint16(a))]) {
				return
			}
			a &= a - 1
		}
	}
}

// AllAnomalies is the set of all anomalies.
const AllAnomalies Anomalies = TooManyTests<<1 - 1
