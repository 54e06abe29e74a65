package intake

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// spanRecords is about how many records one audit compares, so that the polls between the audits of a reconciliation go
// on with hardly a delay.
const spanRecords = 500_000

// reconcileAgain is the pause at most before a reconciliation that has failed is tried again.
const reconcileAgain = 5 * time.Minute

// A reconciliation compares what was applied with the source, span by span of days (rule 11 of the design).
type reconciliation struct {
	due     time.Time // of the next one
	left    []span    // of the one under way
	rereads bool      // days are being read again
	source  int64     // records in the spans that have been compared
	applied int64
	tally   drift
	logged  map[submission.Day]submission.Tally // days that no reading mends, as they were when that was said
}

// A span is from one day to another, both included.
type span struct{ first, last submission.Day }

// A drift is what an audit found.
type drift struct{ missed, changed, gone int }

// Reconciled is what the last reconciliation of the whole source found.
type Reconciled struct {
	At      time.Time // when it ended; zero before the first
	Source  int64     // records in the source, those that are rejected left out
	Applied int64     // records in the metrics, before they were mended
}

// reconciles reports whether an audit is due now, of the first of the spans that are left.
func (in *Intake) reconciles(now time.Time) bool {
	if len(in.round.left) > 0 {
		return true
	}
	if in.Reconcile == 0 || now.Before(in.round.due) {
		return false
	}
	in.round.due = now.Add(in.Reconcile)
	in.Lock.Lock()
	defer in.Lock.Unlock()
	in.round.left, in.round.source, in.round.applied = spans(in.Fold.Tallies(), spanRecords), 0, 0
	return true
}

// spans divide all days there can be so that each has about so many records.
func spans(tallies map[submission.Day]submission.Tally, records int64) []span {
	all := []span{{first: submission.FirstDay}}
	var inSpan int64
	for _, day := range slices.Sorted(maps.Keys(tallies)) {
		if inSpan += tallies[day].Records; inSpan > records && inSpan > tallies[day].Records {
			all[len(all)-1].last = day - 1
			all = append(all, span{first: day})
			inSpan = tallies[day].Records
		}
	}
	all[len(all)-1].last = submission.LastDay
	return all
}

// audit compares the next span and has the days that differ read again.
func (in *Intake) audit(ctx context.Context, auditor source.Auditor) error {
	next := in.round.left[0]
	in.round.tally = drift{}
	var again []submission.Day
	var applied int64
	found, err := auditor.Audit(ctx, next.first, next.last, (*sink)(in),
		func(source map[submission.Day]submission.Tally) []submission.Day {
			again, applied = in.compare(next, source)
			return again
		})
	in.flush()
	in.round.rereads = false
	in.Lock.Lock()
	in.round.tally.gone = in.Fold.EndAudit(err == nil)
	in.Lock.Unlock()
	in.tell(again)
	if err != nil {
		return err
	}
	in.round.applied += applied
	for _, tally := range found {
		in.round.source += tally.Records
	}
	in.tellUnmended(again, found)
	in.round.left = in.round.left[1:]
	if len(in.round.left) == 0 {
		in.mu.Lock()
		in.status.Reconciled = Reconciled{At: in.Now(), Source: in.round.source, Applied: in.round.applied}
		in.mu.Unlock()
	}
	return nil
}

// giveUp ends a reconciliation that has failed; what it has not compared waits for the next one.
func (in *Intake) giveUp(now time.Time, err error) {
	in.round.left = nil
	in.round.due = now.Add(min(in.Reconcile, reconcileAgain))
	in.Log.Warn("Reconciliation failed", "from", in.Source.Name(), "err", err, "retry_in", in.round.due.Sub(now))
}

// compare returns the days of a span on which source and fold differ, and how many records were applied in the span.
func (in *Intake) compare(
	s span, source map[submission.Day]submission.Tally,
) (again []submission.Day, records int64) {
	in.flush()
	in.Lock.Lock()
	defer in.Lock.Unlock()
	applied := in.Fold.Tallies()
	days := maps.Clone(source)
	maps.Copy(days, applied)
	for _, day := range slices.Sorted(maps.Keys(days)) {
		if day < s.first || day > s.last {
			continue
		}
		records += applied[day].Records
		if source[day] != applied[day] {
			again = append(again, day)
		}
	}
	if len(again) > 0 {
		in.Fold.BeginAudit(again)
		in.round.rereads = true
	}
	return again, records
}

// found counts what a record did while days are read again: it had escaped until then.
func (in *Intake) found(effect analytics.Effect) {
	switch {
	case !in.round.rereads:
	case effect == analytics.Inserted:
		in.round.tally.missed++
	case effect == analytics.Updated:
		in.round.tally.changed++
	}
}

// tell logs and counts what an audit found.
func (in *Intake) tell(again []submission.Day) {
	in.reconciled.WithLabelValues("missed").Add(float64(in.round.tally.missed))
	in.reconciled.WithLabelValues("changed").Add(float64(in.round.tally.changed))
	in.reconciled.WithLabelValues("gone").Add(float64(in.round.tally.gone))
	if in.round.tally != (drift{}) {
		in.Log.Warn("Reconciliation found a drift and mended it: rows were deleted, or written without a new updated_at",
			"missed", in.round.tally.missed, "changed", in.round.tally.changed,
			"gone", in.round.tally.gone, "days_of_updated_at", len(again), "first", again[0].Start().Format(time.DateOnly),
			"last", again[len(again)-1].Start().Format(time.DateOnly))
	}
}

// tellUnmended says, once, which days still differ although they have been read again: the source cannot be what it says.
func (in *Intake) tellUnmended(again []submission.Day, found map[submission.Day]submission.Tally) {
	if len(again) == 0 {
		return
	}
	in.Lock.Lock()
	applied := in.Fold.Tallies()
	in.Lock.Unlock()
	for _, day := range again {
		if found[day] == applied[day] || in.round.logged[day] == found[day] {
			continue
		}
		if in.round.logged == nil {
			in.round.logged = make(map[submission.Day]submission.Tally)
		}
		in.round.logged[day] = found[day]
		in.Log.Warn("A day of the source differs although it has been read again; see whether several rows have the same "+
			"submission_id and check_number, unless this ends with the next reconciliations",
			"day", day.Start().Format(time.DateOnly), "rows", found[day].Records, "records", applied[day].Records)
	}
}
