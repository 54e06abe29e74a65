package query

import (
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// DjangoJobs lists the scrape jobs of services that show what django-prometheus counts.
func DjangoJobs() string { return "label_values(" + requests + ", job)" }

// RequestRate is how many requests the service gets in a second; 0 by day means that nobody reaches it.
func RequestRate() Expression {
	return foreignRate(ofJob(requests))
}

// DjangoGone are the services that have shown requests within the last day and show none now, other targets of the same job
// notwithstanding. Where the job has no target any more and another job shows requests, it may just have got another name: then it is
// said for an hour.
func DjangoGone() Expression {
	shown := func(window string) string { return "present_over_time(" + ofJob(requests) + "[" + window + "])" }
	return Expression("max by (job) (" + shown("1d") + ")\nunless on (job) " + shown("1m") +
		"\nand on (job) (" + ofJob("up") + " or " + shown("1h") + " or " + shown("1d") + " unless on () " + shown("1m") + ")")
}

// ResponseRate is how many responses go out in a second whose status begins with a digit; those with a 5 are the service's
// own fault.
func ResponseRate(digit string) Expression {
	return OrZero(foreignRate(ofJob(responses, `status=~"`+digit+`.."`)), requested)
}

// ServerErrorShare is the share of responses that are the service's own fault; above 1 % people notice.
func ServerErrorShare() Expression {
	return Ratio(ResponseRate("5"), foreignRate(ofJob(responses)))
}

// Exceptions is how many exceptions views raised within the range, by their type. Http404 and PermissionDenied are refusals;
// any other is a fault that wants mending.
func Exceptions() Expression {
	return gainWithFirst(ofJob("django_http_exceptions_total_by_type_total"), "type")
}

// ResponseTime is within how many seconds a share of the responses went out; above a second people wait.
func ResponseTime(share float64) Expression {
	return foreignQuantile(share, foreignRate(ofJob(responseTime), bound))
}

// ResponseHeat is how many responses took how long, for a heat map; a second band above the first is a part that is slow.
func ResponseHeat() Expression { return foreignRate(ofJob(responseTime), bound) }

// ViewTime is within how many seconds each view answered a share of its requests; one that rises alone has a query that grew.
func ViewTime(share float64) Expression {
	return foreignQuantile(share, foreignRate(ofJob(viewTime+"_bucket", `view!="`+Unrouted+`"`), bound, view))
}

// ViewTimeIn is that of the requests within the window.
func ViewTimeIn(share float64, window string) Expression {
	return foreignQuantile(share, foreignGain(ofJob(viewTime+"_bucket"), window, bound, view))
}

// ViewRequests is how many requests each view answered within the range; slow matters most where it is many.
func ViewRequests() Expression { return gainWithFirst(ofJob(viewTime+"_count"), view) }

// ViewErrorShare is the share of each view's responses within the range that were the service's own fault; a view without
// any is 0.
func ViewErrorShare() Expression {
	all := gainWithFirst(ofJob(viewResponses), view)
	wrong := gainWithFirst(ofJob(viewResponses, `status=~"5.."`), view)
	return Ratio(Expression(operand(wrong)+"\nor "+operand(all)+" * 0"), all)
}

// DatabaseQueries is how many queries the service sends in a second to each database; more for the same requests is a view
// that asks row by row.
func DatabaseQueries() Expression { return foreignRate(ofJob("django_db_execute_total"), database) }

// DatabaseTime is within how many seconds each database answered a share of the queries; it rises when the database is busy.
func DatabaseTime(share float64) Expression {
	return foreignQuantile(share, foreignRate(ofJob("django_db_query_duration_seconds_bucket"), bound, database))
}

// DatabaseConnections is how many connections the service opens in a second; as many as requests means that none is kept.
func DatabaseConnections() Expression {
	return foreignRate(ofJob("django_db_new_connections_total"), database)
}

// DatabaseRefusals is how many connections the databases refused within the range; any is a database that is full or away.
func DatabaseRefusals() Expression {
	return OrZero(gainWithFirst(ofJob("django_db_new_connection_errors_total")), requested)
}

// DatabaseRefusalRate is how many of them were refused in a second.
func DatabaseRefusalRate() Expression {
	return foreignRate(ofJob("django_db_new_connection_errors_total"), database)
}

// DatabaseRefusalsOf is how many connections each database refused within the window.
func DatabaseRefusalsOf(window string) Expression {
	return foreignGain(ofJob("django_db_new_connection_errors_total"), window, database)
}

// DatabaseErrors is how many queries fail in a second, by the error; a conflict of unique keys may be normal, others are not.
func DatabaseErrors() Expression { return foreignRate(ofJob("django_db_errors_total"), "type") }

// CacheHitShare is the share of reads of the caches within the window that found something; a fall is load for the database.
func CacheHitShare(window string) Expression {
	reads := foreignGain(ofJob("django_cache_get_total"), window)
	return Ratio(OrZero(foreignGain(ofJob("django_cache_get_hits_total"), window), reads), reads)
}

// MigrationsMissing is how many migrations the databases still lack; anything but 0 after a deployment is half a deployment.
// All processes of a service see the same databases. They show it if PROMETHEUS_EXPORT_MIGRATIONS is set.
func MigrationsMissing() Expression {
	return Expression("sum (max by (job, connection) (" + ofJob("django_migrations_unapplied_total") + "))")
}

// Unrouted is the view of requests for which there is none.
const Unrouted = "<unnamed view>"

const (
	requests      = "django_http_requests_before_middlewares_total"
	responses     = "django_http_responses_total_by_status_total"
	viewResponses = "django_http_responses_total_by_status_view_method_total"

	responseTime = "django_http_requests_latency_including_middlewares_seconds_bucket"
	viewTime     = "django_http_requests_latency_seconds_by_view_method" // with the suffix of a histogram

	view     metrics.Label = "view"
	database metrics.Label = "alias" // its name in Django's settings
)

// jobs are the services that the reader chose.
const jobs = `job=~"$job"`

// ofJob are the series of the services that the reader chose.
func ofJob(name string, matchers ...string) string { return matching(name, append(matchers, jobs)...) }

// requested is the witness of what Django counts: it has no labels, so that every process shows it from its start.
const requested = Expression("rate(" + requests + "{" + jobs + "}[$__rate_interval])")

// gainWithFirst is by how much a counter of Django grew within the range. A series with labels begins with its first event,
// often the only one, and increase never sees that; so a series that was born within the range counts with its value, as
// it began at 0. It was born if its process was scraped just before the range and did not show it, or if all of its
// processes began within the range. Otherwise nobody knows, and increase must do. Of a born series whose process began anew
// the larger of both lives counts.
func gainWithFirst(series string, labels ...metrics.Label) Expression {
	return Expression(strings.NewReplacer("{x}", series, "{by}", by(labels), "{jobs}", jobs).Replace(`sum{by} (
  max_over_time({x}[$__range])
    unless max_over_time({x}[$__rate_interval] offset $__range)
    and on (job, instance) (
      max_over_time(up{{jobs}}[$__rate_interval] offset $__range) == 1
      or min_over_time(process_start_time_seconds{{jobs}}[$__range]) > time() - $__range_s
    )
  or increase({x}[$__range])
)`))
}
