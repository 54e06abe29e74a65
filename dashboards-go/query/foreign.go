package query

import (
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// matching are the series of a foreign exporter that match.
func matching(name string, matchers ...string) string {
	return name + "{" + strings.Join(matchers, ", ") + "}"
}

// A foreign counter begins at 0 with its process, and each instance counts what it did itself. So it is looked at as a speed
// or a gain, and instances add up.

// foreignRate is how fast a foreign counter grows, per second.
func foreignRate(series string, labels ...metrics.Label) Expression {
	return Expression("sum" + by(labels) + " (rate(" + series + "[$__rate_interval]))")
}

// foreignGain is by how much a foreign counter grew within the window.
func foreignGain(series, window string, labels ...metrics.Label) Expression {
	return Expression("sum" + by(labels) + " (increase(" + series + "[" + window + "]))")
}

// foreignQuantile is the value below which a share of what is in classic buckets lies; where nothing was observed it is
// nothing.
func foreignQuantile(share float64, buckets Expression) Expression {
	return AtLeast(Expression("histogram_quantile("+number(share)+", "+string(buckets)+")"), 0)
}
