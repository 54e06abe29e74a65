package submission

import (
	"math"
	"time"
	"unicode/utf8"
)

const (
	// MaxText is the longest text that a field may hold, in bytes. It bounds labels and memory.
	MaxText = 256

	// MostNumber is the largest number that a field may hold. More points, bytes or seconds are a mistake, and would make
	// every sum one.
	MostNumber = 1e15

	// MaxTests is how many tests of a record count; the rest is left out.
	MaxTests = 1000

	// ClockSkew is by how much the clocks of a service's machines are taken to differ.
	ClockSkew = 5 * time.Minute
)

var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Complete makes a record out of the fields that a source has filled in: it translates the words, fills in defaults,
// drops what is impossible and notes it as an anomaly. A record that cannot be used returns the Fault.
// now is only needed to tell what lies in the future.
func (r *Record) Complete(words *Words, now time.Time) *Fault {
	r.altered = 0
	if !r.isPlain() {
		for i := range fields {
			if fault := r.completeField(i); fault != nil {
				return fault
			}
		}
	}
	if r.CheckNumber == 0 {
		r.CheckNumber = 1
		r.altered |= checkNumberBit
	}
	if r.QueuedAt.IsZero() {
		r.QueuedAt = r.SubmittedAt
		r.altered |= queuedAtBit
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

// isPlain reports whether nothing is wrong with any field, in a fraction of the time that it takes to say what is wrong.
func (r *Record) isPlain() bool {
	if r.SubmissionID == "" || r.Course == "" || r.Assignment == "" || r.Student == "" || r.StateWord == "" ||
		r.SubmittedAt.IsZero() || r.UpdatedAt.IsZero() || r.CheckNumber < 0 || r.CheckNumber > math.MaxInt32 {
		return false
	}
	for _, text := range [...]string{
		r.SubmissionID, r.Course, r.Assignment, r.Student, r.StateWord, r.VerdictWord, r.Language, r.Worker, r.Client,
	} {
		if len(text) > MaxText || !utf8.ValidString(text) {
			return false
		}
	}
	for _, at := range [...]*time.Time{
		&r.SubmittedAt, &r.QueuedAt, &r.StartedAt, &r.FinishedAt, &r.DeadlineAt, &r.UpdatedAt,
	} {
		if !at.IsZero() && (at.Unix() < earliest.Unix() || at.Unix() >= latest.Unix() ||
			at.Nanosecond()%int(time.Microsecond) != 0 || at.Location() != time.UTC) {
			return false
		}
	}
	for _, number := range [...]*Number{&r.Score, &r.MaxScore, &r.CPUSeconds, &r.MemoryBytes, &r.SourceBytes} {
		if number.Known && !(number.Value >= 0 && number.Value <= MostNumber) {
			return false
		}
	}
	return true
}

func (r *Record) completeField(i int) *Fault {
	field := &fields[i]
	switch {
	case field.Text != nil:
		return r.checkText(field)
	case field.Time != nil:
		was := !field.Time(r).IsZero()
		fault := r.completeTime(field)
		if was && field.Time(r).IsZero() {
			r.altered |= 1 << i
		}
		return fault
	case field.Integer != nil:
		if value := *field.Integer(r); value < 0 || value > math.MaxInt32 {
			return r.fault(WrongNumber, "%s is %d, want 1 to %d", field.Name, value, math.MaxInt32)
		}
	case field.Number != nil:
		was := field.Number(r).Known
		r.completeNumber(field.Number(r))
		if was && !field.Number(r).Known {
			r.altered |= 1 << i
		}
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
	if number.Known && !(number.Value >= 0 && number.Value <= MostNumber) {
		*number = Number{}
		r.Anomalies |= ImpossibleNumber
	}
}

func (r *Record) translate(words *Words) *Fault {
	var known bool
	if r.State, known = words.State(r.StateWord); !known {
		fault := r.fault(UnknownState, "state %q is none of queued, running, finished, cancelled; "+
			"map it in the configuration file under words.states", r.StateWord)
		fault.Word = r.StateWord
		return fault
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
	future := now.Add(ClockSkew).UnixMicro()
	for _, at := range [...]*time.Time{&r.SubmittedAt, &r.QueuedAt, &r.StartedAt, &r.FinishedAt, &r.UpdatedAt} {
		if !at.IsZero() && at.UnixMicro() > future {
			r.Anomalies |= FutureTime
		}
	}
}
