package analytics

import "github.com/gradewatch/gradewatch/exporter/submission"

// An audit knows which checks were met while days of the source are read again.
type audit struct {
	days  map[submission.Day]bool
	known uint32 // checks that were known at its begin
	met   rowSet
	twice rowSet
}

// meet takes down that a record of a check was read, and reports whether it is how the check stands in the source. It is if
// the version that is known belongs to the days that are read again, and no other row of the source says otherwise: a source
// with several rows for one check would change its result in every audit.
func (f *Fold) meet(row uint32, check *checkSeen) (current bool) {
	a := f.audit
	if a == nil || row >= a.known {
		return false
	}
	if a.met.has(row) {
		a.twice.add(row)
		f.doubled.add(row)
	}
	a.met.add(row)
	return a.days[check.day()] && !f.doubled.has(row)
}

// A rowSet is a set of rows of a table, one bit each.
type rowSet []uint64

func (s rowSet) has(row uint32) bool {
	return int(row/64) < len(s) && s[row/64]&(1<<(row%64)) != 0
}

// word holds 64 rows, that with the given number times 64 first.
func (s rowSet) word(number int) uint64 {
	if number >= len(s) {
		return 0
	}
	return s[number]
}

func (s *rowSet) add(row uint32) {
	*s = grown(*s, int(row/64))
	(*s)[row/64] |= 1 << (row % 64)
}

// BeginAudit says that from now on all records of the days are read again, as they stand in the source at one moment: each
// is taken for the latest of its check, whatever its time of change.
func (f *Fold) BeginAudit(days []submission.Day) {
	f.audit = &audit{days: make(map[submission.Day]bool), known: f.checks.length}
	for _, day := range days {
		f.audit.days[day] = true
	}
}

// EndAudit ends what BeginAudit began, if that was called. Where it was complete, the checks of these days that were not
// read are no longer in the source: it takes them out of the gauges, and returns how many they were. Counters keep them.
func (f *Fold) EndAudit(complete bool) (gone int) {
	audit := f.audit
	f.audit = nil
	if audit == nil || !complete {
		return 0
	}
	for word := range f.doubled {
		// Which of the checks have several rows still is known anew.
		f.doubled[word] &^= audit.met.word(word) &^ audit.twice.word(word)
	}
	for row, check := range f.checks.rows() {
		if row < audit.known && check.stage != Gone && !audit.met.has(row) && audit.days[check.day()] {
			f.remove(row)
			gone++
		}
	}
	return gone
}

// remove takes a check that is no longer in the source out of the gauges.
func (f *Fold) remove(row uint32) {
	check := f.checks.at(row)
	sent := f.submissions.at(check.submission)
	before, wasOverdue := *check, !sent.late && f.isOverdue(sent)
	if check.stage = Gone; wasOverdue && !f.isAwaited(sent) {
		f.concludeLate(check.submission)
	}
	f.moved(&Change{Assignment: f.assignmentOfPair(sent.pair), check: row}, sent, before, *check)
	c := f.entry.begin(goneEntryKind)
	c.identity(&sent.identity)
	whole(c, &check.number)
	f.note()
}
