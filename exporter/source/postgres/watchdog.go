package postgres

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// A watchdog gives up a server that falls silent and leaves the connection open, as when its machine or the network is
// gone: who reads reports progress, and at the end of an interval without any the context is cancelled.
type watchdog struct {
	interval time.Duration
	progress atomic.Int64
}

// watch is the context to read with, until stop is called.
func (w *watchdog) watch(ctx context.Context) (watched context.Context, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	go w.run(watched, cancel)
	return watched, func() { cancel(nil) }
}

func (w *watchdog) run(ctx context.Context, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	before := w.progress.Load()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		progress := w.progress.Load()
		if progress == before {
			cancel(fmt.Errorf("the server has sent nothing for %s: see whether it can be reached, and whether an index on "+
				"(updated_at, submission_id, check_number) spares it a sort", w.interval))
			return
		}
		before = progress
	}
}

// saw reports a row or the end of a statement.
func (w *watchdog) saw() { w.progress.Add(1) }
