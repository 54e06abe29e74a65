// Package source says what a source of submission records is, and holds the configuration that maps what a service has
// to the record contract. The sources themselves are in the packages below.
package source

import (
	"context"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Source holds submission records that come and change.
type Source interface {
	// Name is what is being read, for the log and the landing page. It holds no secret.
	Name() string

	// Poll hands over all that is visible now and was not handed over by an earlier Poll, and returns when that is done. What
	// has become visible late may wait for a Poll soon after, where to look for it takes long.
	// A record that has changed is handed over again; one that has not may be. An error means that the Poll ended early:
	// the next one goes on where it stopped.
	Poll(ctx context.Context, sink Sink) error

	// Close lets go of files and connections.
	Close() error
}

// A Sink takes what a Source hands over, from one goroutine. What the arguments point to belongs to the source and is
// valid until the method returns; the texts and tests in a record may be kept.
type Sink interface {
	// Catalogue replaces what is known about courses and assignments: titles, terms, times. It comes before the records
	// that need it.
	Catalogue(*submission.Catalogue)

	// Record takes a record that is complete (submission.Record.Complete).
	Record(*submission.Record)

	// Reject takes the reason why something that was read is not a record.
	Reject(*submission.Fault)
}

// A Resumer is a Source that can go on in another process where it stopped in this one.
type Resumer interface {
	// Position is where the next Poll goes on: everything before it has been handed over. Nil is the beginning.
	Position() []byte

	// Resume makes the first Poll begin at a Position of another process. An error means that the Position is of no use
	// here; the Source then begins at the beginning.
	Resume(position []byte) error
}

// An Auditor is a Source that can compare what it holds with what was applied of it (rule 11 of the design).
type Auditor interface {
	// Audit does, in one snapshot of the source, what Poll does, and then sums up the records of each day from first to
	// last. It hands the sums to compare, which returns the days to read again; all their records are handed over once
	// more. What cannot be used is not in the sums. It returns the sums as they are at the end.
	Audit(ctx context.Context, first, last submission.Day, sink Sink,
		compare func(map[submission.Day]submission.Tally) (again []submission.Day)) (map[submission.Day]submission.Tally, error)
}

// A Waiter is a Source that may know of something new before the pause between two polls is over.
type Waiter interface {
	// Wait returns when something may be new, or after the pause, or when ctx ends.
	Wait(ctx context.Context, pause time.Duration)
}
