package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// silence is after how many seconds without a check a worker is called silent. At night an idle one may be silent too.
const silence = 3600

// SlotsByWorker is how many checks each worker runs at a time.
func SlotsByWorker() Query { return Slots().By(metrics.Worker) }

// SinceSeen is how many seconds ago each worker took or ended a check.
func SinceSeen() Expression {
	return Expression("time() - " + Now(metrics.WorkerLastSeen).By(metrics.Worker).PromQL())
}

// LongestSilence is how long ago the worker that has been silent longest was seen, among those of the last week: one that is
// silent for longer has been retired.
func LongestSilence() Expression {
	return Expression("max (" + SinceSeen().PromQL() + " < 7 * 86400)")
}

// Seen is how many workers took or ended a check within the last hour.
func Seen() Expression {
	return OrZero(Expression("count ("+SinceSeen().PromQL()+" < "+number(silence)+")"), SinceSeen())
}

// The values of WorkerStates.
const (
	Silent  = "0" // not seen for an hour
	Idle    = "1" // seen within the last hour, and not working
	Working = "2"
)

// WorkerStates is what each worker does.
func WorkerStates() Expression {
	return Expression("(" + BusyByWorker().PromQL() + " > bool 0)\n+ (" + SinceSeen().PromQL() + " < bool " + number(silence) + ")")
}

// BusyByWorker is how many checks each worker has on the way, in the mean.
func BusyByWorker() Query { return PerSecond(metrics.WorkerBusy).By(metrics.Worker) }

// BusyShareByWorker is the share of the window in which each worker's slots worked.
func BusyShareByWorker() Expression {
	return Expression(operand(Gained(metrics.WorkerBusy, "$__range").By(metrics.Worker)) +
		"\n/ $__range_s / " + operand(SlotsByWorker()))
}

// Hanging is how many checks have been with each worker for longer than any should take, other than those that are long forgotten.
func Hanging() Query { return Now(metrics.WorkerHanging).By(metrics.Worker) }

// WorkerChecks is how many checks ended on each worker within the window, with a result or a failure.
func WorkerChecks(window string) Query { return ended(window).By(metrics.Worker) }

// ended are checks that took a worker's time. One that is cancelled may never have been with it.
func ended(window string) Query {
	return Gained(metrics.WorkerChecks, window).Except(metrics.Outcome, "cancelled")
}

// WorkerOutcomes is how many checks ended on each worker within the window, by how they ended.
func WorkerOutcomes(window string) Query {
	return Gained(metrics.WorkerChecks, window).By(metrics.Worker, metrics.Outcome)
}

// WorkerCheckTime is the mean time that a check took on each worker within the window.
func WorkerCheckTime(window string) Expression {
	return Ratio(Gained(metrics.WorkerBusy, window).By(metrics.Worker), WorkerChecks(window))
}

// WorkerFailedShare is the share of each worker's checks within the window that failed for the infrastructure's fault.
func WorkerFailedShare(window string) Expression {
	return Ratio(WorkerChecks(window).Where(metrics.Outcome, "infrastructure_failure"), WorkerChecks(window))
}

// WorkersFailedShare is that share over all workers.
func WorkersFailedShare(window string) Expression {
	all := ended(window)
	return Ratio(all.Where(metrics.Outcome, "infrastructure_failure"), all)
}

// WorkerSpeed is how many checks end on each worker in a minute, however they end.
func WorkerSpeed() Query { return PerSecond(metrics.WorkerChecks).By(metrics.Worker).Times(60) }

// WorkerFailing is how many of them fail in a minute for the infrastructure's fault.
func WorkerFailing() Query { return WorkerSpeed().Where(metrics.Outcome, "infrastructure_failure") }
