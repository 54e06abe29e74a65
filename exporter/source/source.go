// Package source says what a source of submission records is, and holds the configuration that maps what a service has
// to the record contract. The sources themselves are in the packages below.
package source

import (
	"context"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Source holds submission records that come and change.
type Source interface {
	// Name is what is being read, for the log and the landing page. It holds no secret.
	Name() string

	// Poll hands over all that is visible now and was not handed over by an earlier Poll, and returns when that is done.
	// A record that has changed is handed over again; one that has not may be. An error means that the Poll ended early:
	// the next one goes on where it stopped.
	Poll(ctx context.Context, sink Sink) error

	// Close lets go of files and connections.
	Close() error
}

// A Sink takes what a Source hands over, from one goroutine. What the arguments point to belongs to the source and is
// valid until the method returns.
type Sink interface {
	// Catalogue replaces what is known about courses and assignments: titles, terms, times. It comes before the records
	// that need it.
	Catalogue(*submission.Catalogue)

	// Record takes a record that is complete (submission.Record.Complete).
	Record(*submission.Record)

	// Reject takes the reason why something that was read is not a record.
	Reject(*submission.Fault)
}
