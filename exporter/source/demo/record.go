package demo

import (
	"strconv"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	memoryLimit    = 4.0  // times the median of the course
	unevenMemory   = 0.3  // spread of the memory of checks
	insideTests    = 0.85 // of a check's time
	timeoutSeconds = 4.0  // times as long as another test
)

// updated is the check's last transition up to now.
func (c *check) updated(now time.Time) time.Time {
	switch {
	case !c.ended.IsZero() && !c.ended.After(now):
		return c.ended
	case !c.started.IsZero() && !c.started.After(now):
		return c.started
	}
	return c.queued
}

// record writes the check as it stands at its last transition up to now.
func (c *check) record(r *submission.Record, now time.Time) {
	one, a := c.sent, c.sent.assignment
	at := c.updated(now)
	*r = submission.Record{
		SubmissionID: strconv.Itoa(one.number), CheckNumber: c.number,
		Course: a.course.slug, Assignment: a.slug, Student: one.by.student.id,
		SubmittedAt: one.at, QueuedAt: c.queued, DeadlineAt: one.due, UpdatedAt: at,
		StateWord: submission.Queued.String(), MaxScore: submission.Known(a.course.maxScore),
		Language: one.by.language, Client: one.by.client, SourceBytes: submission.Known(float64(int(one.source))),
	}
	if !c.started.IsZero() && !c.started.After(at) {
		r.StateWord, r.StartedAt, r.Worker = submission.Running.String(), c.started, c.worker
	}
	if !at.Equal(c.ended) {
		return
	}
	r.StateWord = c.state.String()
	if !c.started.IsZero() || c.state == submission.Cancelled {
		r.FinishedAt = c.ended
	}
	if c.state == submission.Finished {
		r.VerdictWord = c.verdict.String()
		c.result(r)
	}
}

// result writes what a finished check has found.
func (c *check) result(r *submission.Record) {
	if c.verdict == submission.InternalError {
		return
	}
	a := c.sent.assignment
	chance := stream(c.sent.luck, ofDetails, c.number)
	memory := min(around(chance, a.course.memory, unevenMemory), memoryLimit*a.course.memory)
	if c.verdict == submission.MemoryLimit {
		memory = memoryLimit * a.course.memory
	}
	r.CPUSeconds, r.MemoryBytes = submission.Known(c.cpu), submission.Known(float64(int(memory)))
	r.Score = submission.Known(a.course.maxScore * float64(c.passed.count()) / float64(len(a.tests)))
	if c.verdict == submission.CompileError {
		return
	}
	r.Tests = make([]submission.Test, 0, len(a.tests))
	each, total := submission.Known(a.course.maxScore/float64(len(a.tests))), 0.0
	for test, name := range a.tests {
		seconds := 0.5 + chance.Float64()
		t := submission.Test{Name: name, Outcome: c.outcome(test), MaxScore: each}
		switch t.Outcome {
		case submission.Passed:
			t.Score = t.MaxScore
		case submission.TimedOut:
			seconds *= timeoutSeconds
			t.Score = submission.Known(0)
		default:
			t.Score = submission.Known(0)
		}
		if t.Outcome != submission.Skipped {
			t.Seconds = submission.Known(seconds)
			total += seconds
		}
		r.Tests = append(r.Tests, t)
	}
	for i := range r.Tests {
		if seconds := &r.Tests[i].Seconds; seconds.Known {
			seconds.Value *= insideTests * c.ended.Sub(c.started).Seconds() / total
		}
	}
}

// outcome is what one test of the check says, in accordance with the verdict.
func (c *check) outcome(test int) submission.Outcome {
	if c.passed.has(test) {
		return submission.Passed
	}
	switch c.verdict {
	case submission.SecurityViolation:
		return submission.Skipped
	case submission.TimeLimit:
		return submission.TimedOut
	case submission.RuntimeError, submission.MemoryLimit, submission.OutputLimit:
		return submission.Errored
	}
	return submission.Failed
}
