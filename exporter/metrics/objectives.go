package metrics

import (
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
)

// The objectives of the service. Dashboards and alerts read them here, so that they cannot disagree.
const (
	// FeedbackObjective is how soon a student should have the first result of a submission.
	FeedbackObjective = analytics.FeedbackObjective

	// FeedbackShare is the share of submissions whose first result should be there within FeedbackObjective.
	FeedbackShare = 0.99

	// CheckShare is the share of checks that should not fail for the infrastructure's fault.
	CheckShare = 0.995

	// FreshObjective is how old figures may be.
	FreshObjective = 2 * time.Minute

	// FreshShare is the share of time in which figures should be no older.
	FreshShare = 0.99

	// AnswerShare is the share of requests to the service that should not end with its own fault.
	AnswerShare = 0.999

	// ObjectiveWindow is the span of time over which the shares are to hold, as Prometheus writes it.
	ObjectiveWindow = "30d"

	// LongestCheck is for how long a check may be with a worker: one that is there for longer hangs.
	LongestCheck = analytics.LongestCheck

	// BusyShare is how busy workers may be in the busiest hour: above it, queues grow faster than they are noticed.
	BusyShare = 0.7
)
