package analytics

import (
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Change is one thing that has newly come true. Measures see changes, never records: each change comes once, however
// often and in whatever order records are read.
type Change struct {
	Kind       Kind
	Record     *submission.Record // as it was read; nil for Active, and for Moved to Gone
	Assignment *Assignment

	At      time.Time // Active: when the student submitted
	Student Student   // Active: who

	Recheck     bool // Finished: not the first result of this kind: check 2 and later, or a result that changed in place
	Ran         bool // Finished: a worker ran it, other than for a result that is only corrected
	FirstResult bool // Finished: the submission had no result before
	points      points

	From, To Stage  // Moved
	check    uint32 // row
}

// A Kind is what a Change is about.
type Kind uint8

// The kinds of changes.
const (
	Submitted Kind = iota + 1 // a submission was seen for the first time
	Active                    // the clock has passed the time of a submission
	Started                   // a worker took a check, told once for each time that the check is counted
	Finished                  // a check ended with a verdict, or its result changed in place
	CalledOff                 // a check was cancelled, told once a check
	Moved                     // a check is in another stage than before, or came anew to the queue or to a worker
)

// A Stage is where a check stands for the gauges.
type Stage uint8

// The stages. A check that was never seen is in none.
const (
	None Stage = iota
	Waiting
	Checking
	Done      // with a verdict
	Cancelled // without one
	Gone      // no longer in the source
)

func stageOf(s submission.State) Stage {
	return [...]Stage{submission.Queued: Waiting, submission.Running: Checking, submission.Finished: Done,
		submission.Cancelled: Cancelled}[s]
}
