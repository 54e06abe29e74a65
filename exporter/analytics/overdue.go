package analytics

import "time"

// givenUpAfter is for how long a submission without a result counts as one that somebody waits for.
const givenUpAfter = 7 * 24 * time.Hour

// unanswered are the rows of the submissions that have had no result yet.
type unanswered map[uint32]struct{}

// FeedbackOverdue counts, by course, the submissions of the last 7 days that have waited for a first result for longer than the
// FeedbackObjective, and wait still: a check of them is queued or running, or failed for the infrastructure's fault. What was
// only cancelled is not waited for.
func (f *Fold) FeedbackOverdue() Vector {
	earliest := f.clock.Add(-givenUpAfter).UnixMicro()
	return f.unansweredThat(func(sent *submissionSeen) bool { return sent.submittedAt > earliest && f.isAwaited(sent) })
}

// FeedbackMissing counts, by course, the submissions that had waited for longer than the FeedbackObjective and have had no result to
// this day: those that wait still, those that nobody waits for any more, and those that were cancelled after it. With the
// FeedbackTimes beyond the objective these are all that came too late: each moves from here to there with its result, and only
// what the source deletes disappears.
func (f *Fold) FeedbackMissing() Vector { return f.unansweredThat(f.isMissed) }

// unansweredThat counts, by course, the submissions without a result that are older than the FeedbackObjective and of such a kind.
func (f *Fold) unansweredThat(is func(*submissionSeen) bool) Vector {
	var count perCourse[int]
	latest := f.clock.Add(-FeedbackObjective).UnixMicro()
	for row := range f.unanswered {
		if sent := f.submissions.at(row); sent.submittedAt < latest && is(sent) {
			*count.at(f.assignmentOfPair(sent.pair).Course)++
		}
	}
	return eachCourse(f, &count)
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

// isMissed reports whether a check of a submission should have brought a result within the FeedbackObjective: it is in the source
// and was not cancelled before that was over, by the full second.
func (s *seen) isMissed(sent *submissionSeen) bool {
	due := secondAfter(sent.submittedAt + FeedbackObjective.Microseconds())
	for _, check := range s.checksOf(sent) {
		if check.stage != Gone && (check.stage != Cancelled || check.endedAt > due) {
			return true
		}
	}
	return false
}
