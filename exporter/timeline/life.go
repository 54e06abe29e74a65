package timeline

import (
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A life is when the events of a record took place. They are in this order, whatever the clocks that wrote them said.
type life struct {
	submitted time.Time
	begun     time.Time // the check was enqueued
	started   time.Time // a worker took it; zero where it is not known
	ended     time.Time // the check became what the record says: if it is not over yet, when the record was written
	changed   time.Time // the record was written
}

// lifeOf is the life of a record that was read at the given time. What is later than the record itself, by more than clocks
// differ, took place when that was written, and nothing later than now: whoever reads the record sees it as it is.
func lifeOf(r *submission.Record, now time.Time) life {
	l := life{changed: r.UpdatedAt}
	if l.changed.After(now.Add(submission.ClockSkew)) {
		l.changed = now
	}
	l.submitted = l.possible(r.SubmittedAt)
	l.begun = later(l.submitted, l.possible(r.QueuedAt))
	started := l.begun
	if !r.StartedAt.IsZero() {
		l.started = later(l.begun, l.possible(r.StartedAt))
		started = l.started
	}
	ended := l.changed // as far as the record says
	if isOver := r.State == submission.Finished || r.State == submission.Cancelled; isOver && !r.FinishedAt.IsZero() {
		ended = l.possible(r.FinishedAt)
	}
	l.ended = later(started, ended)
	return l
}

func (l *life) possible(at time.Time) time.Time {
	if at.After(l.changed.Add(submission.ClockSkew)) {
		return l.changed
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// queued is the record as it was when its check was enqueued, and running as it was when a worker had taken it. Both are
// older than any version that a source holds.
func queued(r *submission.Record) *submission.Record {
	was := running(r)
	was.State, was.StartedAt, was.Worker = submission.Queued, time.Time{}, ""
	return was
}

func running(r *submission.Record) *submission.Record {
	was := *r
	was.State, was.Verdict, was.FinishedAt, was.UpdatedAt = submission.Running, 0, time.Time{}, time.Unix(0, 0)
	was.Score, was.CPUSeconds, was.MemoryBytes = submission.Number{}, submission.Number{}, submission.Number{}
	was.Tests, was.Checksum, was.Anomalies = nil, 0, 0
	return &was
}
