package analytics

import "github.com/gradewatch/gradewatch/exporter/submission"

// A ledger sums up the records of each day, to be compared with the source (rule 11).
type ledger struct {
	days map[submission.Day]*submission.Tally
}

// replace takes the version of a check that was known out, and the one that is known now in.
func (l *ledger) replace(before, now checkSeen) {
	if before.stage != None && before.stage != Gone {
		l.change(before, (*submission.Tally).Drop)
	}
	if now.stage != Gone {
		l.change(now, (*submission.Tally).Add)
	}
}

func (l *ledger) change(check checkSeen, how func(*submission.Tally, uint64)) {
	day := check.day()
	tally := l.days[day]
	if tally == nil {
		tally = &submission.Tally{}
		l.days[day] = tally
	}
	if how(tally, check.checksum); tally.Records == 0 {
		delete(l.days, day)
	}
}

// Tallies sum up the records that are known to be in the source, by the day of their last change.
func (f *Fold) Tallies() map[submission.Day]submission.Tally {
	tallies := make(map[submission.Day]submission.Tally, len(f.measures.ledger.days))
	for day, tally := range f.measures.ledger.days {
		tallies[day] = *tally
	}
	return tallies
}
