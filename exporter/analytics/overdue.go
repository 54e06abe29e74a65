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
	var count perCourse[int]
	latest, earliest := f.clock.Add(-FeedbackObjective).UnixMicro(), f.clock.Add(-givenUpAfter).UnixMicro()
	for row := range f.unanswered {
		sent := f.submissions.at(row)
		switch {
		case sent.submittedAt <= earliest:
			delete(f.unanswered, row)
		case sent.submittedAt < latest && f.isAwaited(sent):
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
