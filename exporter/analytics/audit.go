package analytics

import "github.com/gradewatch/gradewatch/exporter/submission"

// An audit knows which checks were met while days of the source are read again.
type audit struct {
	days map[submission.Day]bool
	met  []uint64 // one bit for each check that was known at its begin
}

func (a *audit) mark(check uint32) {
	if a != nil && int(check/64) < len(a.met) {
		a.met[check/64] |= 1 << (check % 64)
	}
}

// isCurrent reports whether the record at hand of a check is how it stands in the source: the first one of this audit is,
// and only if the version that is known belongs to the days that are read again. A source that holds two rows of one check
// would otherwise change its result in every audit.
func (a *audit) isCurrent(row uint32, check *checkSeen) bool {
	return a != nil && !a.has(row) && a.days[check.day()]
}

func (a *audit) has(check uint32) bool {
	return int(check/64) >= len(a.met) || a.met[check/64]&(1<<(check%64)) != 0
}

// BeginAudit says that from now on all records of the days are read again, as they stand in the source at one moment:
// each is taken for the latest of its check, whatever its time of change. The latest ones come first.
func (f *Fold) BeginAudit(days []submission.Day) {
	f.audit = &audit{days: make(map[submission.Day]bool), met: make([]uint64, (f.checks.length+63)/64)}
	for _, day := range days {
		f.audit.days[day] = true
	}
}

// EndAudit ends what BeginAudit began, if that was called. Where it was complete, the checks of these days that were not read are no longer
// in the source: it takes them out of the gauges, and returns how many they were. Counters keep them.
func (f *Fold) EndAudit(complete bool) (gone int) {
	audit := f.audit
	f.audit = nil
	if audit == nil || !complete {
		return 0
	}
	for row, check := range f.checks.rows() {
		if check.stage != Gone && !audit.has(row) && audit.days[check.day()] {
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
	before := *check
	check.stage = Gone
	f.moved(&Change{Assignment: f.assignmentOfPair(sent.pair), check: row}, sent, before, *check)
	c := f.entry.begin(goneEntryKind)
	c.identity(&sent.identity)
	whole(c, &check.number)
	f.note()
}
