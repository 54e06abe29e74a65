package submission

import (
	"math"
	"time"
	"unicode/utf8"
)

const (
	// MaxText is the longest text that a field may hold, in bytes. It bounds labels and memory.
	MaxText = 256

	// clockSkew is by how much the clocks of a service's machines are taken to differ.
	clockSkew = 5 * time.Minute
)

var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Complete makes a record out of the fields that a source has filled in: it translates the words, fills in defaults,
// drops what is impossible and notes it as an anomaly. A record that cannot be used returns the Fault.
// now is only needed to tell what lies in the future.
func (r *Record) Complete(words *Words, now time.Time) *Fault {
	r.given = 0
	for i := range fields {
		if fields[i].in(r) {
			r.given |= 1 << i
		}
		if fault := r.completeField(&fields[i]); fault != nil {
			return fault
		}
	}
	if r.CheckNumber == 0 {
		r.CheckNumber = 1
	}
	if r.QueuedAt.IsZero() {
		r.QueuedAt = r.SubmittedAt
	}
	if fault := r.translate(words); fault != nil {
		return fault
	}
	for i := range r.Tests {
		test := &r.Tests[i]
		r.completeNumber(&test.Seconds)
		r.completeNumber(&test.Score)
		r.completeNumber(&test.MaxScore)
	}
	r.noteOrder(now)
	return nil
}

func (r *Record) completeField(field *Field) *Fault {
	switch {
	case field.Text != nil:
		return r.checkText(field)
	case field.Time != nil:
		return r.completeTime(field)
	case field.Integer != nil:
		if value := *field.Integer(r); value < 0 || value > math.MaxInt32 {
			return r.fault(WrongNumber, "%s is %d, want 1 to %d", field.Name, value, math.MaxInt32)
		}
	case field.Number != nil:
		r.completeNumber(field.Number(r))
	}
	return nil
}

func (r *Record) checkText(field *Field) *Fault {
	text := *field.Text(r)
	switch {
	case text == "" && field.Required:
		return r.fault(MissingField, "%s is missing or empty", field.Name)
	case len(text) > MaxText:
		return r.fault(TooLong, "%s has %d bytes, at most %d are allowed", field.Name, len(text), MaxText)
	case !utf8.ValidString(text):
		return r.fault(InvalidUTF8, "%s is not valid UTF-8", field.Name)
	}
	return nil
}

func (r *Record) completeTime(field *Field) *Fault {
	at := field.Time(r)
	if at.IsZero() {
		if field.Required {
			return r.fault(MissingField, "%s is missing", field.Name)
		}
		return nil
	}
	// Rounded first: what is rounded up may pass the latest.
	if at.Nanosecond()%int(time.Microsecond) != 0 { // rarely so, and rounding is slow
		*at = at.Round(time.Microsecond)
	}
	*at = at.UTC()
	if !at.Before(earliest) && at.Before(latest) {
		return nil
	}
	if field.Required {
		return r.fault(WrongTime, "%s is in the year %d, want 1970 to 2199", field.Name, at.Year())
	}
	*at = time.Time{}
	r.Anomalies |= ImpossibleTime
	return nil
}

func (r *Record) completeNumber(number *Number) {
	if number.Known && (number.Value < 0 || math.IsNaN(number.Value) || math.IsInf(number.Value, 0)) {
		*number = Number{}
		r.Anomalies |= ImpossibleNumber
	}
}

func (r *Record) translate(words *Words) *Fault {
	var known bool
	if r.State, known = words.State(r.StateWord); !known {
		return r.fault(UnknownState, "state %q is none of queued, running, finished, cancelled; "+
			"map it in the configuration file under words.states", r.StateWord)
	}
	r.Verdict = 0
	if r.State != Finished {
		return nil
	}
	if r.VerdictWord == "" {
		return r.fault(MissingField, "verdict is missing, though the check is finished")
	}
	if r.Verdict, known = words.Verdict(r.VerdictWord); !known {
		r.Verdict = Other
		r.Anomalies |= UnknownVerdict
	}
	return nil
}

// noteOrder notes times that contradict each other or lie in the future.
func (r *Record) noteOrder(now time.Time) {
	started, ended := !r.StartedAt.IsZero(), !r.FinishedAt.IsZero()
	if started && ended && r.FinishedAt.Before(r.StartedAt) {
		r.Anomalies |= EndBeforeStart
	}
	if started && r.StartedAt.Before(r.QueuedAt) {
		r.Anomalies |= StartBeforeQueue
	}
	if ended && r.FinishedAt.Before(r.SubmittedAt) {
		r.Anomalies |= EndBeforeSubmission
	}
	if r.State == Finished && !ended {
		r.Anomalies |= MissingEnd
	}
	for _, at := range [...]time.Time{r.SubmittedAt, r.QueuedAt, r.StartedAt, r.FinishedAt, r.UpdatedAt} {
		if at.After(now.Add(clockSkew)) {
			r.Anomalies |= FutureTime
		}
	}
}
