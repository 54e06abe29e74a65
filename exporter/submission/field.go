package submission

import (
	"slices"
	"time"
)

// A Kind is the type of a field of the contract.
type Kind uint8

// The kinds of fields.
const (
	ID      Kind = iota + 1 // text or integer, kept as text
	Text                    // text
	Integer                 // integer
	Time                    // RFC 3339 in JSON, a timestamp in SQL
	Float                   // number
	Array                   // JSON array
)

var kindWords = [...]string{
	ID: "text or integer", Text: "text", Integer: "integer", Time: "time (RFC 3339)", Float: "number", Array: "JSON array",
}

// String is the kind in words, for messages and the reference.
func (k Kind) String() string { return kindWords[k] }

// A Field is one column of the contract. Exactly one of the functions that lead to its place in a Record is set,
// by its kind; the tests, whose form differs between sources, have none.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	Note     string

	Text    func(*Record) *string
	Integer func(*Record) *int
	Time    func(*Record) *time.Time
	Number  func(*Record) *Number
}

// Fields are the fields of the contract in its order. The identity comes first, so that a fault found later can name
// it.
func Fields() []Field { return fields[:] }

var fields = [...]Field{
	{Name: "submission_id", Kind: ID, Required: true,
		Note: "what was sent; together with `check_number` the identity of a record",
		Text: func(r *Record) *string { return &r.SubmissionID }},
	{Name: "check_number", Kind: Integer, Note: "1 where missing; a re-check is 2, 3, …",
		Integer: func(r *Record) *int { return &r.CheckNumber }},
	{Name: "course", Kind: Text, Required: true, Note: "slug of a course in one term",
		Text: func(r *Record) *string { return &r.Course }},
	{Name: "assignment", Kind: Text, Required: true, Note: "slug of a homework of the course",
		Text: func(r *Record) *string { return &r.Assignment }},
	{Name: "student", Kind: ID, Required: true, Note: "opaque id; never leaves the process",
		Text: func(r *Record) *string { return &r.Student }},
	{Name: "submitted_at", Kind: Time, Required: true, Note: "when the student sent it",
		Time: func(r *Record) *time.Time { return &r.SubmittedAt }},
	{Name: "queued_at", Kind: Time, Note: "when this check was enqueued; `submitted_at` where missing",
		Time: func(r *Record) *time.Time { return &r.QueuedAt }},
	{Name: "started_at", Kind: Time, Note: "when a worker took it",
		Time: func(r *Record) *time.Time { return &r.StartedAt }},
	{Name: "finished_at", Kind: Time, Note: "when it ended; also when it was cancelled, since what was cancelled too late counts only with it",
		Time: func(r *Record) *time.Time { return &r.FinishedAt }},
	{Name: "state", Kind: Text, Required: true, Note: "queued, running, finished or cancelled",
		Text: func(r *Record) *string { return &r.StateWord }},
	{Name: "verdict", Kind: Text, Note: "required when finished, and a column that has to be there: accepted, partial, wrong_answer, compile_error, runtime_error, time_limit, memory_limit, " +
		"output_limit, style_error, security_violation, internal_error (the infrastructure's fault) or other, as which an unknown word counts",
		Text: func(r *Record) *string { return &r.VerdictWord }},
	{Name: "score", Kind: Float, Note: "points reached",
		Number: func(r *Record) *Number { return &r.Score }},
	{Name: "max_score", Kind: Float, Note: "points to reach",
		Number: func(r *Record) *Number { return &r.MaxScore }},
	{Name: "language", Kind: Text, Note: "programming language",
		Text: func(r *Record) *string { return &r.Language }},
	{Name: "worker", Kind: Text, Note: "who ran the check",
		Text: func(r *Record) *string { return &r.Worker }},
	{Name: "client", Kind: Text, Note: "what it was sent with: web, git, cli, …",
		Text: func(r *Record) *string { return &r.Client }},
	{Name: "deadline_at", Kind: Time, Note: "the student's own deadline; the assignment's where missing",
		Time: func(r *Record) *time.Time { return &r.DeadlineAt }},
	{Name: "cpu_seconds", Kind: Float, Note: "processor time of the check",
		Number: func(r *Record) *Number { return &r.CPUSeconds }},
	{Name: "memory_bytes", Kind: Float, Note: "peak memory of the check",
		Number: func(r *Record) *Number { return &r.MemoryBytes }},
	{Name: "source_bytes", Kind: Float, Note: "size of what was sent",
		Number: func(r *Record) *Number { return &r.SourceBytes }},
	{Name: "tests", Kind: Array,
		Note: "objects with `name`, `outcome` (passed, failed, error, timeout, skipped), `seconds`, `score`, `max_score`; " +
			"the first 1,000 count"},
	{Name: "updated_at", Kind: Time, Required: true,
		Note: "last change of the record; stamp it in the database, by trigger",
		Time: func(r *Record) *time.Time { return &r.UpdatedAt }},
}

// The bits of the fields that Complete fills in.
var (
	checkNumberBit = bit("check_number")
	queuedAtBit    = bit("queued_at")
)

func bit(name string) uint32 {
	return 1 << slices.IndexFunc(fields[:], func(f Field) bool { return f.Name == name })
}

// in reports whether the record has something in the field.
func (f *Field) in(r *Record) bool {
	switch {
	case f.Text != nil:
		return *f.Text(r) != ""
	case f.Integer != nil:
		return *f.Integer(r) != 0
	case f.Time != nil:
		return !f.Time(r).IsZero()
	case f.Number != nil:
		return f.Number(r).Known
	}
	return r.Tests != nil
}
