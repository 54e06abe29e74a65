package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// EachInstance is a gauge of Gradewatch itself as each of its instances has it.
func EachInstance(m *metrics.Metric) Expression {
	mustBe(m, metrics.Gauge)
	return Expression(m.Name)
}

// Ready is 1 if any instance has read all that the source holds.
func Ready() Expression { return Expression("max (" + metrics.Ready.Name + ")") }

// Lag is the age of the figures, of the instance that is furthest behind.
func Lag() Query { return Now(metrics.SourceLag) }

// Drift is how many records the source had more than the metrics at the last comparison; below 0 it had fewer.
func Drift() Expression { return Difference(Now(metrics.SourceRows), Now(metrics.AppliedRecords)) }

// DriftSize is how far apart they were.
func DriftSize() Expression { return Expression("abs (" + Drift().PromQL() + ")") }

// Read is how many records are read in a minute, by what comes of them.
func Read() Query { return PerSecond(metrics.Records).By(metrics.Outcome).Times(60) }

// Rejected is how many records could not be used within the window. These counters begin with the process, so what they
// gained is estimated as rates are.
func Rejected(window string, by ...metrics.Label) Query {
	return increased(metrics.RecordsRejected, window).By(by...)
}

// Anomalies is how many records were odd within the window.
func Anomalies(window string, by ...metrics.Label) Query {
	return increased(metrics.RecordAnomalies, window).By(by...)
}

// Mended is how many records comparison with the source found missed, changed or gone within the window.
func Mended(window string) Query { return increased(metrics.Reconciled, window).By(metrics.Outcome) }

// Overflow is how often a label's value was counted as other, in all history.
func Overflow() Query { return Total(metrics.LabelOverflow).By(metrics.LabelName) }

// OverflowAll is that over all labels.
func OverflowAll() Query { return Total(metrics.LabelOverflow) }

// SeriesShown is how many time series a scrape gives.
func SeriesShown() Query { return Now(metrics.Series) }

// PollTime is within how many seconds a share of polls of the source ended.
func PollTime(share float64) Expression { return Quantile(share, PerSecond(metrics.PollDuration)) }

// increased is for counters that begin with a process.
func increased(m *metrics.Metric, window string) Query {
	mustBe(m, metrics.Counter)
	return Query{form: "{of} (increase({x}[" + window + "]))", metrics: []*metrics.Metric{m}}
}
