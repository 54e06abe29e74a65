package intake

import (
	"sync"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// batchSize and batchTests are how many records, or tests in them, are applied at once: few enough that a scrape hardly
// waits for them.
const (
	batchSize  = 512
	batchTests = 10_000
)

// batches are records on their way into the fold. While full ones are applied, the source fills the next, so that a history
// is read and counted on two processors; there are several, so that neither waits for each pause of the other.
type batches struct {
	filling []submission.Record
	tests   int // in filling
	free    chan []submission.Record
	full    chan []submission.Record
	pending sync.WaitGroup // full ones that are not in the fold yet
}

func newBatches() *batches {
	const count = 4
	b := &batches{
		filling: make([]submission.Record, 0, batchSize), free: make(chan []submission.Record, count),
		full: make(chan []submission.Record, count),
	}
	for range count {
		b.free <- make([]submission.Record, 0, batchSize)
	}
	return b
}

// pass takes a record towards the fold.
func (in *Intake) pass(r *submission.Record) {
	b := in.batches
	b.filling = append(b.filling, *r)
	if b.tests += len(r.Tests); len(b.filling) == batchSize || b.tests >= batchTests {
		in.send()
	}
}

func (in *Intake) send() {
	b := in.batches
	b.pending.Add(1)
	b.full <- b.filling
	b.filling, b.tests = <-b.free, 0
}

// flush returns when all records that were passed are in the fold.
func (in *Intake) flush() {
	if len(in.batches.filling) > 0 {
		in.send()
	}
	in.batches.pending.Wait()
}

// applyAll applies full batches until there will be no more.
func (in *Intake) applyAll() {
	b := in.batches
	for records := range b.full {
		in.apply(records)
		b.free <- records[:0]
		b.pending.Done()
	}
}

func (in *Intake) apply(records []submission.Record) {
	in.Lock.Lock()
	defer in.Lock.Unlock()
	in.Fold.ApplyAll(records, in.count)
	clear(records) // texts and tests are not held until the next batch
}

// count takes down what a record did.
func (in *Intake) count(r *submission.Record, effect analytics.Effect) {
	in.found(effect)
	if r.Light {
		return // the shard that has its course counts it
	}
	if effect == analytics.Nothing {
		in.unchanged.Add(1)
		return
	}
	in.applied.Add(1)
	for kind := range r.Anomalies.Words() {
		in.anomalies.WithLabelValues(kind).Inc()
	}
}
