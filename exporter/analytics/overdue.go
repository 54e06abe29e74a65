package analytics

import (
	"errors"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// givenUpAfter is for how long a submission without a result counts as one that somebody waits for.
const givenUpAfter = 7 * 24 * time.Hour

// misses counts the submissions of which it is certain that their first result was not there within the FeedbackObjective: it came
// later, or none will come. Who waits for longer is not among them, since the result may be there and not yet have been read.
type misses struct {
	late perCourse[uint64]
}

// unanswered are the rows of submissions that have had no result yet, all that are waited for among them.
type unanswered struct {
	rows    map[uint32]struct{}
	touched []uint32 // those of which something was read since the last Conclude
}

func (u *unanswered) add(row uint32) {
	u.rows[row] = struct{}{}
	u.touched = append(u.touched, row)
}

// answered counts a submission whose first result comes, if it comes late.
func (m *misses) answered(sent *submissionSeen, r *submission.Record, course *Course) {
	if !sent.late && r.FinishedAt.Sub(r.SubmittedAt) > FeedbackObjective {
		m.add(sent, course)
	}
}

func (m *misses) add(sent *submissionSeen, course *Course) {
	sent.late = true
	*m.late.at(course)++
}

// concludeWaits counts the submissions that had no result when they were cancelled too late, and forgets those that nobody waits for.
func (f *Fold) concludeWaits() (changed bool) {
	for _, row := range f.unanswered.touched {
		sent := f.submissions.at(row)
		if sent.hadResult {
			continue
		}
		if !sent.late && f.isCancelledLate(sent) {
			f.concludeLate(row)
			changed = true
		}
		if !f.isAwaited(sent) {
			delete(f.unanswered.rows, row)
		}
	}
	f.unanswered.touched = nil // after all history was read it was long
	return changed
}

func (f *Fold) concludeLate(row uint32) {
	f.late(row)
	whole(f.entry.begin(lateEntryKind), &row)
	f.note()
}

func (f *Fold) late(row uint32) {
	sent := f.submissions.at(row)
	f.measures.misses.add(sent, f.assignmentOfPair(sent.pair).Course)
}

// redoLate counts a submission again that was concluded to be late.
func (f *Fold) redoLate(row uint32) error {
	if row >= f.submissions.length || f.submissions.at(row).late {
		return errors.New("a submission is late that was never sent, or for the second time")
	}
	f.late(row)
	return nil
}

// isOverdue reports whether a submission waits for its first result for longer than the FeedbackObjective.
func (f *Fold) isOverdue(sent *submissionSeen) bool {
	return !sent.hadResult && sent.submittedAt < f.readUntil.Add(-FeedbackObjective).UnixMicro() && f.isAwaited(sent)
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

// isCancelledLate reports whether a check of a submission was cancelled after the FeedbackObjective, by the full second.
func (s *seen) isCancelledLate(sent *submissionSeen) bool {
	due := secondAfter(sent.submittedAt + FeedbackObjective.Microseconds())
	for _, check := range s.checksOf(sent) {
		if check.stage == Cancelled && check.endedAt > due {
			return true
		}
	}
	return false
}

// FeedbackMissed counts, by course, the submissions that had no result within the FeedbackObjective: the first one came later, or had
// not come when the submission was cancelled or deleted later, or is waited for for longer at the last Conclude.
func (f *Fold) FeedbackMissed() Vector {
	count := f.overdue(func(sent *submissionSeen) bool { return !sent.late })
	for _, c := range f.courses {
		*count.at(c) += *f.measures.misses.late.at(c)
	}
	return eachCourse(f, &count)
}

// FeedbackOverdue counts, by course, the submissions of the last 7 days that had waited for a first result for longer than the
// FeedbackObjective at the last Conclude: a check of them is queued or running, or failed for the infrastructure's fault. What was
// only cancelled is not waited for.
func (f *Fold) FeedbackOverdue() Vector {
	earliest := f.readUntil.Add(-givenUpAfter).UnixMicro()
	count := f.overdue(func(sent *submissionSeen) bool { return sent.submittedAt > earliest })
	return eachCourse(f, &count)
}

// overdue counts, by course, those that are overdue and of such a kind.
func (f *Fold) overdue(is func(*submissionSeen) bool) (count perCourse[uint64]) {
	for row := range f.unanswered.rows {
		if sent := f.submissions.at(row); f.isOverdue(sent) && is(sent) {
			*count.at(f.assignmentOfPair(sent.pair).Course)++
		}
	}
	return count
}
