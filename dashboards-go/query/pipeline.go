package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// Arriving is how many submissions come in a minute.
func Arriving(c Courses) Query { return of(c, PerSecond(metrics.Submissions)).Times(60) }

// Starting is how many checks a worker takes in a minute.
func Starting(c Courses) Query {
	return observed(metrics.QueueWait, func(m *metrics.Metric) Query { return of(c, PerSecond(m)) }).Times(60)
}

// Ending is how many checks end with a verdict in a minute.
func Ending(c Courses, by ...metrics.Label) Query {
	return of(c, PerSecond(checks(by...))).By(by...).Times(60)
}

// Failing is how many checks fail in a minute for the infrastructure's fault.
func Failing(c Courses) Query {
	return of(c, PerSecond(metrics.CourseChecks)).Where(metrics.Verdict, internalError).Times(60)
}

// Rechecking is how many re-checks end in a minute.
func Rechecking(c Courses) Query { return of(c, PerSecond(metrics.Rechecks)).Times(60) }

// Queued is how many checks wait for a worker.
func Queued(c Courses, by ...metrics.Label) Query { return of(c, Now(metrics.QueueLength)).By(by...) }

// OldestWait is for how long the check that has waited longest has been waiting.
func OldestWait() Query { return Now(metrics.QueueOldestWait) }

// Running is how many checks are with a worker.
func Running(c Courses, by ...metrics.Label) Query {
	return of(c, Now(metrics.ChecksRunning)).By(by...)
}

// Slots is how many checks all workers run at a time.
func Slots() Query { return Now(metrics.WorkerSlots) }

// Saturation is the share of all slots that are taken now.
func Saturation() Expression { return Ratio(Now(metrics.ChecksRunning), Slots()) }

// QueueTime is within how many seconds a share of checks was taken by a worker.
func QueueTime(c Courses, share float64) Expression {
	return Quantile(share, of(c, PerSecond(metrics.QueueWait)))
}

// QueueHeat is how many checks waited how long, for a heat map.
func QueueHeat(c Courses) Query { return of(c, perMinuteBuckets(metrics.QueueWait)).By(bound) }

// CheckTime is within how many seconds a share of checks ended, once begun.
func CheckTime(c Courses, share float64, by ...metrics.Label) Expression {
	return Quantile(share, of(c, PerSecond(metrics.CheckDuration)).By(by...))
}

// CheckHeat is how many checks took how long, as native histograms for a heat map.
func CheckHeat(c Courses) Query { return of(c, PerSecond(metrics.CheckDuration)).Times(60) }

// CheckTimeIn is within how many seconds a share of the window's checks ended, once begun.
func CheckTimeIn(c Courses, share float64, window string, by ...metrics.Label) Expression {
	return Quantile(share, of(c, Gained(metrics.CheckDuration, window)).By(by...))
}

// CPUTimeIn is the processor time that a share of the window's checks needed at most.
func CPUTimeIn(c Courses, share float64, window string, by ...metrics.Label) Expression {
	return Quantile(share, of(c, Gained(metrics.CheckCPU, window)).By(by...))
}

// MemoryIn is the memory that a share of the window's checks needed at most.
func MemoryIn(c Courses, share float64, window string, by ...metrics.Label) Expression {
	return Quantile(share, of(c, Gained(metrics.CheckMemory, window)).By(by...))
}
