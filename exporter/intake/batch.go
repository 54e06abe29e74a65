package intake

import (
	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// batchSize and batchTests are how many records, or tests in them, are applied at once: few enough that a scrape hardly
// waits for them.
const (
	batchSize  = 512
	batchTests = 10_000
)

// A batch is records on their way into the fold. While a full one is applied, the source fills the next, so that a history
// is read and counted on two processors.
type batch struct {
	filling  []submission.Record
	tests    int // in filling
	applying []submission.Record
	applied  chan struct{} // closed when applying is in the fold; nil where nothing is under way
}

func newBatch() batch {
	return batch{filling: make([]submission.Record, 0, batchSize), applying: make([]submission.Record, 0, batchSize)}
}

// pass takes a record towards the fold.
func (in *Intake) pass(r *submission.Record) {
	in.batch.filling = append(in.batch.filling, *r)
	in.batch.tests += len(r.Tests)
	if len(in.batch.filling) < batchSize && in.batch.tests < batchTests {
		return
	}
	in.await()
	in.batch.tests = 0
	in.batch.filling, in.batch.applying = in.batch.applying[:0], in.batch.filling
	done := make(chan struct{})
	in.batch.applied = done
	go func() {
		in.apply(in.batch.applying)
		close(done)
	}()
}

// await returns when nothing is being applied any more.
func (in *Intake) await() {
	if in.batch.applied != nil {
		<-in.batch.applied
		in.batch.applied = nil
	}
}

// flush returns when all records that were passed are in the fold.
func (in *Intake) flush() {
	in.await()
	in.apply(in.batch.filling)
	in.batch.filling, in.batch.tests = in.batch.filling[:0], 0
}

func (in *Intake) apply(records []submission.Record) {
	in.Lock.Lock()
	defer in.Lock.Unlock()
	in.Fold.ApplyAll(records, in.count)
	clear(records) // texts and tests are not held until the next batch
}

// count takes down what a record did.
func (in *Intake) count(r *submission.Record, effect analytics.Effect) {
	if effect == analytics.Nothing {
		in.unchanged.Add(1)
		return
	}
	in.applied.Add(1)
	in.found(effect)
	for kind := range r.Anomalies.Words() {
		in.anomalies.WithLabelValues(kind).Inc()
	}
}
