package analytics

import (
	"maps"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A ledger sums up the records of each day, to be compared with the source (rule 11).
type ledger struct {
	days    map[submission.Day]submission.Tally
	records int64
}

// replace takes the version of a check that was known out, and the one that is known now in.
func (l *ledger) replace(before, now checkSeen) {
	if before.stage != None && before.stage != Gone {
		l.records--
		l.change(before, (*submission.Tally).Drop)
	}
	if now.stage != Gone {
		l.records++
		l.change(now, (*submission.Tally).Add)
	}
}

func (l *ledger) change(check checkSeen, how func(*submission.Tally, uint64)) {
	day := check.day()
	tally := l.days[day]
	how(&tally, check.checksum)
	if tally.Records == 0 {
		delete(l.days, day)
		return
	}
	l.days[day] = tally
}

// Tallies sum up the records that are known to be in the source, by the day of their last change.
func (f *Fold) Tallies() map[submission.Day]submission.Tally {
	return maps.Clone(f.measures.ledger.days)
}

// Records is how many records are known to be in the source.
func (f *Fold) Records() int64 { return f.measures.ledger.records }
