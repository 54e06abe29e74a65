package query

import (
	"fmt"
	"time"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// EachInstance is a gauge of Gradewatch itself as each of its instances has it.
func EachInstance(m *metrics.Metric) Expression {
	mustBe(m, metrics.Gauge)
	return Expression(m.Name)
}

// Ready is 1 if of every shard any instance has read all that the source holds.
func Ready() Expression { return Expression("max (" + ready(asItIs, "bool ") + ")") }

// ready compares how many shards have an instance that is ready with how many there are, at a time. While one number of shards takes
// over from another, each number is for itself.
func ready(at func(series string) string, modifier string) string {
	return complete(at(metrics.Ready.Name), at, modifier)
}

// complete compares how many shards have an instance for which an indicator is 1 with how many there are. A source of metrics that does
// not say so is one.
func complete(indicator string, at func(series string) string, modifier string) string {
	return "sum by (shards) (max by (shard, shards) (" + indicator + ")) >= " + modifier + "on (shards) (max by (shards) (" +
		at(metrics.Shards.Name) + ") or vector(1))"
}

func asItIs(series string) string { return series }

// Lag is the age of the figures, of the instance that is furthest behind.
func Lag() Query { return Now(metrics.SourceLag) }

// Drift is how many records the source and the metrics were apart at the last comparison, in the instance that was furthest
// off; 0 where there is nothing to compare with.
func Drift() Expression {
	return OrZero(Expression("max (abs ("+metrics.SourceRows.Name+" - "+metrics.AppliedRecords.Name+"))"), Ready())
}

// SinceSaved is how old the state of each instance is that a power failure would leave.
func SinceSaved() Expression { return Expression("time() - " + metrics.StateSaved.Name) }

// SinceAccess is how long ago Grafana was last as it is described, by what brings it there.
func SinceAccess() Expression { return Expression("time() - " + metrics.AccessSucceeded.Name) }

// AccessFails are those that bring Grafana where it is described and did not within some time: the last success was long ago, or
// there has been none since the start.
func AccessFails(longest time.Duration) Expression {
	failed := Expression("increase(" + metrics.AccessRounds.Name + `{outcome="failure"}[` + fmt.Sprintf("%.0fs", longest.Seconds()) + "]) > 0")
	return Either(Compared(SinceAccess(), ">", longest.Seconds()), failed+"\nunless on (job, instance) "+Expression(metrics.AccessSucceeded.Name))
}

// AccessDrift is how many differences between Grafana and its description the last round found.
func AccessDrift() Query { return Now(metrics.AccessDrift) }

// AccessLeft is how many of them it could not mend.
func AccessLeft() Query { return Now(metrics.AccessLeft) }

// AccessPending is how many members of teams are no users of Grafana yet.
func AccessPending() Query { return Now(metrics.AccessPending) }

// Read is how many records are read in a minute, by what comes of them.
func Read() Query { return PerSecond(metrics.Records).By(metrics.Outcome).Times(60) }

// Rejected is how many records could not be used, among all that have been read since the process began: a start reads what the
// source holds.
func Rejected(by ...metrics.Label) Query { return Total(metrics.RecordsRejected).By(by...) }

// Anomalies is how many of them were odd.
func Anomalies(by ...metrics.Label) Query { return Total(metrics.RecordAnomalies).By(by...) }

// Mended is how many records comparison with the source has found missed, changed or gone since the process began.
func Mended() Query { return Total(metrics.Reconciled).By(metrics.Outcome) }

// Overflow is how often a label's value was counted as other, in all history.
func Overflow() Query { return Total(metrics.LabelOverflow).By(metrics.LabelName) }

// OverflowAll is that over all labels.
func OverflowAll() Query { return Total(metrics.LabelOverflow) }

// SeriesShown is how many time series a scrape gives.
func SeriesShown() Query { return Now(metrics.Series) }

// PollTime is within how many seconds a share of polls of the source ended.
func PollTime(share float64) Expression { return Quantile(share, PerSecond(metrics.PollDuration)) }

// SourceUp is 1 if of every shard that is there any instance can read its source.
func SourceUp() Expression {
	return Expression("min (max by (shard, shards) (" + metrics.SourceUp.Name + "))")
}

// FreshestLag is the age of the newest figures that any instance shows, of the shard where they are oldest.
func FreshestLag() Expression {
	return Expression("max (min by (shard, shards) (" + metrics.SourceLag.Name + "))")
}

// Behind are the instances that show figures older than some time.
func Behind(longest time.Duration) Expression {
	return And(Compared(EachInstance(metrics.SourceLag), ">", longest.Seconds()), Expression("on (job, instance) "+metrics.Ready.Name+" == 1"))
}

// SinceReconciled is how long ago each instance last compared its figures with the whole source.
func SinceReconciled() Expression { return Expression("time() - " + metrics.ReconciledAt.Name) }

// RejectedIn is how many records could not be used within the window, by reason. A process that began within it has read
// everything again, and what it rejects then is old.
func RejectedIn(window string) Expression {
	return Expression("sum by (reason) (max without (instance, pod) (\nincrease(" + metrics.RecordsRejected.Name + "[" + window + "])\n" +
		"and on (job, instance) min_over_time(" + metrics.Ready.Name + "[" + window + "]) == 1\n))")
}

// OverflowIn is how often a value of each label was counted as other within the window.
func OverflowIn(window string) Query {
	return Gained(metrics.LabelOverflow, window).By(metrics.LabelName)
}

// StateUnsafe are the instances whose state cannot be written, or was not for longer than it may be.
func StateUnsafe(longest time.Duration) Expression {
	return Either(Compared(EachInstance(metrics.StateUp), "==", 0), Compared(SinceSaved(), ">", longest.Seconds()))
}

// Absent is 1 while no instance shows a metric of Gradewatch itself.
func Absent(m *metrics.Metric) Expression { return Expression("absent(" + m.Name + ")") }

// Targets is 1 for each target that Prometheus reaches, and 0 for one that it does not.
func Targets() Expression { return "max by (job, instance) (up)" }

// Firing are the alerts that fire, by name and severity. Watchdog always does.
func Firing() Expression {
	return `max by (alertname, severity) (ALERTS{alertstate="firing"})`
}

// Undelivered is how many evaluations of rules fail in a minute, how many alerts no Alertmanager takes, and how many notifications do
// not go out. Any of it is somebody who should be told and is not.
func Undelivered() (rules, alerts, notifications Expression) {
	perMinute := func(counter string) Expression { return Scaled(foreignRate(counter), 60) }
	return perMinute("prometheus_rule_evaluation_failures_total"), perMinute("prometheus_notifications_errors_total"),
		perMinute("alertmanager_notifications_failed_total")
}

// RuleFailures is how many evaluations of the rules of each group failed within the window.
func RuleFailures(window string) Expression {
	return Compared(foreignGain(ofJob("prometheus_rule_evaluation_failures_total"), window, "rule_group"), ">", 0)
}

// AlertsLost is the share of alerts within the window that each Alertmanager did not take, where it is some.
func AlertsLost(window string) Expression {
	gain := func(counter string) Expression { return foreignGain(ofJob(counter), window, "alertmanager") }
	return Compared(Ratio(gain("prometheus_notifications_errors_total"), gain("prometheus_notifications_sent_total")), ">", 0.01)
}

// NotificationsFailed is how many notifications failed within the window, by the way that they should have taken.
func NotificationsFailed(window string) Expression {
	return Compared(foreignGain(ofJob("alertmanager_notifications_failed_total"), window, "integration"), ">", 0)
}

// ConfigRejected are our Prometheus and Alertmanager servers that could not read their latest configuration.
func ConfigRejected() Expression {
	return Either(Expression(ofJob("prometheus_config_last_reload_successful")+" == 0"),
		Expression(ofJob("alertmanager_config_last_reload_successful")+" == 0"))
}

// TargetsDown are our targets that Prometheus does not reach.
func TargetsDown() Expression { return Expression(ofJob("up") + " == 0") }
