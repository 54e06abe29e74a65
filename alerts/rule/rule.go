// Package rule is the alerts: what is asked of Prometheus, who is told, how urgently, and in which words. The questions are
// those of the dashboards' queries, so that an alert and the panel that it leads to cannot disagree.
package rule

import (
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// A Severity is how urgent an alert is.
type Severity string

// The severities.
const (
	Page   Severity = "page"   // students suffer now: somebody gets up
	Ticket Severity = "ticket" // it gets worse unless somebody mends it within the next working hours
	Info   Severity = "info"   // worth knowing when next something is decided
)

// An Audience is who is told.
type Audience string

// The audiences.
const (
	Operations Audience = "operations"
	Product    Audience = "product"
	Teachers   Audience = "teachers" // of the alert's course
)

// A Subject is what an alert looks at. While that cannot be seen, alerts on it are not believed.
type Subject string

// The subjects.
const (
	Checking   Subject = "checking" // seen through Gradewatch and its source
	Django     Subject = "django"
	Postgres   Subject = "postgres"
	Kubernetes Subject = "kubernetes"
	Gradewatch Subject = "gradewatch"
)

// An Alert is a condition that somebody is told about: one alert for each series that the expression has.
type Alert struct {
	Name     string
	Severity Severity
	Audience Audience
	Subject  Subject
	When     query.Term

	// For is how long it must last before anybody is told, and KeepFiring how long it must be over before that is told. Because
	// gives the reason for both.
	For, KeepFiring time.Duration
	Because         string

	Summary, Description text.Message // templates of Prometheus
	Look                 Panel
	Runbook              string            // the name of its page, where it is not the alert's
	Labels               map[string]string // beside those of the series
}

// A Panel is where to look first.
type Panel struct {
	Board string // uid of the dashboard; of a course's dashboards the kind, after a hyphen
	Slug  string
}

// A Recording is what is computed beforehand, since several alerts ask for it.
type Recording struct {
	Record string
	Is     query.Term
	Labels map[string]string
}

// record are the recordings of totals that several alerts ask for.
func record(totals ...*metrics.Metric) (all []Recording) {
	for _, m := range totals {
		all = append(all, Recording{Record: m.Name, Is: query.Recorded(m)})
	}
	return all
}

// A Group is rules that are evaluated one after another.
type Group struct {
	Name       string // also the name of its file
	Interval   time.Duration
	Recordings []Recording
	Alerts     []Alert
}

// Groups are all rules, which look at a scope.
func Groups(scope query.Scope) []Group {
	groups := []Group{objectives(), budgets(), checking(), courses(), django(), postgres(), kubernetes(), gradewatch()}
	for _, g := range groups {
		for i := range g.Recordings {
			g.Recordings[i].Is = scope.Of(g.Recordings[i].Is)
		}
		for i := range g.Alerts {
			g.Alerts[i].When = scope.Of(g.Alerts[i].When)
		}
	}
	return groups
}
