package analytics

import (
	"errors"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	// givenUpAfter is for how long a submission without a result counts as one that somebody waits for.
	givenUpAfter = 7 * 24 * time.Hour

	// readWithin is how long after a result was there in time it may have been committed and read.
	readWithin = 15 * time.Second
)

// overdue counts the submissions whose first result was not there within the FeedbackObjective. Each is counted once, when it becomes
// late, whatever becomes of it later.
type overdue struct {
	count perCourse[uint64]
}

// unanswered are the rows of the submissions that have had no result yet.
type unanswered map[uint32]struct{}

// answeredLate counts a submission whose first result comes now, and comes late, unless it was counted while it waited.
func (f *Fold) answeredLate(sent *submissionSeen, r *submission.Record, course *Course) {
	if !sent.late && r.FinishedAt.Sub(r.SubmittedAt) > FeedbackObjective {
		f.measures.overdue.add(sent, course)
	}
}

func (m *overdue) add(sent *submissionSeen, course *Course) {
	sent.late = true
	*m.count.at(course)++
}

// concludeWaits counts the submissions that have become late while they wait.
func (f *Fold) concludeWaits() (changed bool) {
	latest, earliest := f.readUntil.Add(-FeedbackObjective-readWithin).UnixMicro(), f.readUntil.Add(-givenUpAfter).UnixMicro()
	for row := range f.unanswered {
		sent := f.submissions.at(row)
		if !sent.late && sent.submittedAt <= latest && f.isMissed(sent) {
			f.late(row)
			whole(f.entry.begin(lateEntryKind), &row)
			f.note()
			changed = true
		}
		if sent.submittedAt <= earliest {
			delete(f.unanswered, row)
		}
	}
	return changed
}

func (f *Fold) late(row uint32) {
	sent := f.submissions.at(row)
	f.measures.overdue.add(sent, f.assignmentOfPair(sent.pair).Course)
}

// redoLate counts a submission again that became late while it waited.
func (f *Fold) redoLate(row uint32) error {
	if row >= f.submissions.length || f.submissions.at(row).late {
		return errors.New("a submission is late that was never sent, or for the second time")
	}
	f.late(row)
	return nil
}

// isAwaited reports whether a check of a submission may still bring a result.
func (s *seen) isAwaited(sent *submissionSeen) bool {
	for _, check := range s.checksOf(sent) {
		if check.stage == Waiting || check.stage == Checking || check.stage == Done && !check.hasResult() {
			return true
		}
	}
	return false
}

// isMissed reports whether a check of a submission without a result should have brought one within the FeedbackObjective: it was not
// cancelled before that was over, by the full second.
func (s *seen) isMissed(sent *submissionSeen) bool {
	due := secondAfter(sent.submittedAt + FeedbackObjective.Microseconds())
	for _, check := range s.checksOf(sent) {
		if check.stage != Gone && (check.stage != Cancelled || check.endedAt > due) {
			return true
		}
	}
	return false
}

// FeedbackLate counts, by course, the submissions whose first result was not there within the FeedbackObjective: it came later, or had
// not come by then. What was cancelled by then is not waited for.
func (f *Fold) FeedbackLate() Vector { return eachCourse(f, &f.measures.overdue.count) }

// FeedbackOverdue counts, by course, the submissions of the last 7 days that have waited for a first result for longer than the
// FeedbackObjective, and wait still: a check of them is queued or running, or failed for the infrastructure's fault. What was
// only cancelled is not waited for.
func (f *Fold) FeedbackOverdue() Vector {
	var count perCourse[int]
	latest, earliest := f.readUntil.Add(-FeedbackObjective).UnixMicro(), f.readUntil.Add(-givenUpAfter).UnixMicro()
	for row := range f.unanswered {
		sent := f.submissions.at(row)
		if sent.submittedAt < latest && sent.submittedAt > earliest && f.isAwaited(sent) {
			*count.at(f.assignmentOfPair(sent.pair).Course)++
		}
	}
	return eachCourse(f, &count)
}
