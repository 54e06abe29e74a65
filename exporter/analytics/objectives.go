package analytics

import "time"

// FeedbackObjective is how soon a student should have the first result of a submission. It is a bound of the classic buckets of
// FeedbackTimes, so that the share within it is exact.
const FeedbackObjective = 10 * time.Minute

// LongestCheck is for how long a check may be with a worker: one that is there for longer hangs.
const LongestCheck = time.Hour
