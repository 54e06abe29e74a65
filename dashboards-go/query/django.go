package query

import "github.com/gradewatch/gradewatch/exporter/metrics"

// RequestRate is how many requests the service gets in a second; 0 by day means that nobody reaches it.
func RequestRate() Expression {
	return foreignRate("django_http_requests_before_middlewares_total")
}

// ResponseRate is how many responses go out in a second whose status begins with a digit; those with a 5 are the service's
// own fault.
func ResponseRate(digit string) Expression {
	return OrZero(foreignRate(responses + `{status=~"` + digit + `.."}`))
}

// ServerErrorShare is the share of responses that are the service's own fault; above 1 % people notice.
func ServerErrorShare() Expression {
	return Ratio(ResponseRate("5"), foreignRate(responses))
}

// Exceptions is how many exceptions nothing caught within the window, by their type; each is a fault that wants mending.
func Exceptions(window string) Expression {
	return foreignGain("django_http_exceptions_total_by_type_total", window, "type")
}

// ResponseTime is within how many seconds a share of the responses went out; above a second people wait.
func ResponseTime(share float64) Expression {
	return foreignQuantile(share, foreignRate(responseTime, bound))
}

// ResponseHeat is how many responses took how long, for a heat map; a second band above the first is a part that is slow.
func ResponseHeat() Expression { return foreignRate(responseTime, bound) }

// ViewTime is within how many seconds each view answered a share of its requests; one that rises alone has a query that grew.
func ViewTime(share float64) Expression {
	return foreignQuantile(share, foreignRate(viewTime+`_bucket{view!="`+Unrouted+`"}`, bound, view))
}

// ViewTimeIn is that of the requests within the window.
func ViewTimeIn(share float64, window string) Expression {
	return foreignQuantile(share, foreignGain(viewTime+"_bucket", window, bound, view))
}

// ViewRequests is how many requests each view answered within the window; slow matters most where it is many.
func ViewRequests(window string) Expression { return foreignGain(viewTime+"_count", window, view) }

// ViewErrorShare is the share of each view's responses within the window that were the service's own fault; a view without
// any is 0.
func ViewErrorShare(window string) Expression {
	all := foreignGain(viewResponses, window, view)
	wrong := foreignGain(viewResponses+`{status=~"5.."}`, window, view)
	return Ratio(Expression(operand(wrong)+"\nor "+operand(all)+" * 0"), all)
}

// DatabaseQueries is how many queries the service sends in a second to each database; more for the same requests is a view
// that asks row by row.
func DatabaseQueries() Expression { return foreignRate("django_db_execute_total", database) }

// DatabaseTime is within how many seconds each database answered a share of the queries; it rises when the database is busy.
func DatabaseTime(share float64) Expression {
	return foreignQuantile(share, foreignRate("django_db_query_duration_seconds_bucket", bound, database))
}

// DatabaseConnections is how many connections the service opens in a second; as many as requests means that none is kept.
func DatabaseConnections() Expression {
	return foreignRate("django_db_new_connections_total", database)
}

// DatabaseRefusals is how many connections the databases refused within the window; any is a database that is full or away.
func DatabaseRefusals(window string) Expression {
	return OrZero(foreignGain("django_db_new_connection_errors_total", window))
}

// DatabaseRefusalRate is how many of them were refused in a second.
func DatabaseRefusalRate() Expression {
	return foreignRate("django_db_new_connection_errors_total", database)
}

// DatabaseErrors is how many queries fail in a second, by the error; a conflict of unique keys may be normal, others are not.
func DatabaseErrors() Expression { return foreignRate("django_db_errors_total", "type") }

// CacheHitShare is the share of reads of the caches within the window that found something; a fall is load for the database.
func CacheHitShare(window string) Expression {
	return Ratio(OrZero(foreignGain("django_cache_get_hits_total", window)), foreignGain("django_cache_get_total", window))
}

// MigrationsMissing is how many migrations a database still lacks; anything but 0 after a deployment is half a deployment.
func MigrationsMissing() Expression {
	return Expression("sum (max by (connection) (django_migrations_unapplied_total))")
}

// Unrouted is the view of requests for which there is none.
const Unrouted = "<unnamed view>"

const (
	responses     = "django_http_responses_total_by_status_total"
	viewResponses = "django_http_responses_total_by_status_view_method_total"

	responseTime = "django_http_requests_latency_including_middlewares_seconds_bucket"
	viewTime     = "django_http_requests_latency_seconds_by_view_method" // with the suffix of a histogram

	view     metrics.Label = "view"
	database metrics.Label = "alias" // its name in Django's settings
)

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
