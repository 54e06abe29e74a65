package analytics

import (
	"bytes"
	"fmt"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// An Anonymous record has hashes that are used in the place of the ids of its submission and its student. Encoded it holds these
// no more, and may leave the process.
type Anonymous struct {
	*submission.Record
	id, student identity
	current     bool // it is how the check stood in the source when it was read
	doubled     bool // the source has several rows for the check
}

// Anonymize is the record under the key of the fold.
func (f *Fold) Anonymize(r *submission.Record) *Anonymous {
	return &Anonymous{Record: r, id: f.identity(r.SubmissionID), student: f.identity(r.Student)}
}

// As is the same with another record.
func (a *Anonymous) As(r *submission.Record) *Anonymous {
	other := *a
	other.Record = r
	return &other
}

// Encode is the record as bytes.
func (a *Anonymous) Encode() []byte {
	var out bytes.Buffer
	a.persist(&codec{out: &out}) // a Buffer takes everything
	return out.Bytes()
}

// Decode is what Encode has made bytes of.
func Decode(encoded []byte) (*Anonymous, error) {
	a := &Anonymous{Record: &submission.Record{}}
	c := &codec{in: bytes.NewReader(encoded), reads: true}
	if a.persist(c); c.err != nil {
		return nil, fmt.Errorf("a record cannot be decoded: %w", c.err)
	}
	return a, nil
}

// Submit takes the submission of a record and nothing of its check, as it is before that is enqueued.
func (f *Fold) Submit(a *Anonymous) {
	if _, known := f.find(a.id); !known {
		f.submitted(a)
	}
}

// ApplyAnonymous is Apply for a record that was anonymized. It is not journalled.
func (f *Fold) ApplyAnonymous(a *Anonymous) Effect { return f.apply(a) }

// HasCounted reports whether a result of the record's check is in the counters.
func (f *Fold) HasCounted(a *Anonymous) bool {
	sent, known := f.find(a.id)
	if !known {
		return false
	}
	check, known := f.findCheck(sent, uint32(a.CheckNumber))
	return known && f.checks.at(check).counted
}

func (a *Anonymous) persist(c *codec) {
	r := a.Record
	c.identity(&a.id)
	c.identity(&a.student)
	c.bool(&a.current)
	c.bool(&a.doubled)
	whole(c, &r.State)
	whole(c, &r.Verdict)
	c.word(&r.Checksum)
	for _, field := range submission.Fields() {
		switch {
		case field.Kind == submission.ID:
		case field.Text != nil:
			c.text(field.Text(r))
		case field.Integer != nil:
			whole(c, field.Integer(r))
		case field.Time != nil:
			c.time(field.Time(r))
		case field.Number != nil:
			persistNumber(c, field.Number(r))
		}
	}
	slice(c, &r.Tests, func(test *submission.Test) {
		c.text(&test.Name)
		whole(c, &test.Outcome)
		persistNumber(c, &test.Seconds)
		persistNumber(c, &test.Score)
		persistNumber(c, &test.MaxScore)
	})
}
