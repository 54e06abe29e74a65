package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// A burn is how fast the budget of an objective is used up, times as fast as it may be. It is looked at over a long window, so
// that it is known to matter, and over a short one, so that it is known to go on. The numbers are those of the SRE Workbook,
// chapter 5, for an objective over 30 days.
type burn struct {
	long, short string
	factor      float64
	days        int // after which the budget of 30 days is gone
	fast        bool
	keep        time.Duration // about the short window
}

var burns = []burn{
	{"1h", "5m", 14.4, 2, true, 10 * time.Minute},
	{"6h", "30m", 6, 5, true, 30 * time.Minute},
	{"1d", "2h", 3, 10, false, 2 * time.Hour},
	{"3d", "6h", 1, 30, false, 3 * time.Hour},
}

// An objective is a promise, and who is told when its budget burns.
type objective struct {
	query.Objective
	name       string // what its alerts' names begin with
	subject    Subject
	least      int // errors in the long window below which nobody is told: a share of three submissions at night says nothing
	fast       Severity
	what       text.Message // the errors, after their number
	promise    text.Message
	look       Panel
	tellSpent  bool // to those who decide what is built next
	missedLook Panel
}

func promises() []objective {
	return []objective{
		{
			Objective: query.FeedbackObjective(query.Every), name: "FeedbackBudget", subject: Checking, least: 10, fast: Page,
			what: text.Message{
				EN: fmt.Sprintf("of the submissions wait for longer than %v minutes", metrics.FeedbackObjective.Minutes()),
				RU: fmt.Sprintf("посылок ждут дольше %v минут", metrics.FeedbackObjective.Minutes()),
			},
			promise: text.Message{
				EN: fmt.Sprintf("%v%% of submissions have a first result within %v minutes", metrics.FeedbackShare*100, metrics.FeedbackObjective.Minutes()),
				RU: fmt.Sprintf("первый результат за %v минут у %v%% посылок", metrics.FeedbackObjective.Minutes(), metrics.FeedbackShare*100),
			},
			look: Panel{"product-quality", "still-waiting"}, tellSpent: true, missedLook: Panel{"product-quality", "feedback-budget"},
		},
		{
			Objective: query.ChecksObjective(query.Every), name: "ChecksBudget", subject: Checking, least: 10, fast: Page,
			what: text.Message{EN: "of the checks fail through our fault", RU: "проверок срываются по нашей вине"},
			promise: text.Message{
				EN: fmt.Sprintf("%v%% of checks do not fail for the infrastructure's fault", metrics.CheckShare*100),
				RU: fmt.Sprintf("%v%% проверок без сбоя инфраструктуры", metrics.CheckShare*100),
			},
			look: Panel{"operations-pipeline", "failures"}, tellSpent: true, missedLook: Panel{"product-quality", "failure-budget"},
		},
		{
			Objective: query.AnswersObjective(), name: "AnswersBudget", subject: Django, least: 20, fast: Page,
			what: text.Message{EN: "of the responses are errors of the service", RU: "ответов — ошибки самого сервиса"},
			promise: text.Message{
				EN: fmt.Sprintf("%v%% of responses are not errors of the service", metrics.AnswerShare*100),
				RU: fmt.Sprintf("%v%% ответов без ошибок самого сервиса", metrics.AnswerShare*100),
			},
			look: Panel{"operations-django", "responses"},
		},
		{
			// Figures that are old hurt no student, so nobody is woken up.
			Objective: query.FreshnessObjective(), name: "FreshnessBudget", subject: Gradewatch, least: 5, fast: Ticket,
			what: text.Message{
				EN: fmt.Sprintf("of the minutes the figures are older than %v minutes", metrics.FreshObjective.Minutes()),
				RU: fmt.Sprintf("минут показатели старше %v минут", metrics.FreshObjective.Minutes()),
			},
			promise: text.Message{
				EN: fmt.Sprintf("figures are not older than %v minutes in %v%% of time", metrics.FreshObjective.Minutes(), metrics.FreshShare*100),
				RU: fmt.Sprintf("%v%% времени показатели не старше %v минут", metrics.FreshShare*100, metrics.FreshObjective.Minutes()),
			},
			look: Panel{"operations-gradewatch", "lag-over-time"},
		},
	}
}

// objectives counts events and errors of each objective over each window, and alerts when errors burn its budget.
func objectives() Group {
	g := Group{Name: "objectives", Interval: time.Minute}
	for _, o := range promises() {
		labels := map[string]string{string(query.SLO): o.Name}
		if o.Totals != nil {
			errors, events := o.Totals()
			g.Recordings = append(g.Recordings,
				Recording{query.ErrorsTotal.Name, errors, labels}, Recording{query.EventsTotal.Name, events, labels})
		}
		if o.Good != nil {
			g.Recordings = append(g.Recordings, Recording{query.GoodMinute, o.Good(), labels})
		}
		counted := o.Recorded()
		for _, window := range windows() {
			g.Recordings = append(g.Recordings,
				Recording{errorsOver(window), counted.Errors(window), labels},
				Recording{eventsOver(window), counted.Events(window), labels})
		}
	}
	for _, o := range promises() {
		for _, b := range burns {
			g.Alerts = append(g.Alerts, o.burns(b))
		}
	}
	return g
}

// budgets tells what is left of objectives over their whole window, from what has been scraped and not from what is recorded, as
// panels do: so it is known from the first day on. A month does not change in minutes, and goes through every series.
func budgets() Group {
	g := Group{Name: "budgets", Interval: 15 * time.Minute}
	for _, o := range promises() {
		if o.tellSpent {
			g.Alerts = append(g.Alerts, o.spent())
		}
	}
	return g
}

func errorsOver(window string) string { return "slo:errors:gained_" + window }
func eventsOver(window string) string { return "slo:events:gained_" + window }

// windows are all that some burn is looked at over.
func windows() (all []string) {
	for _, b := range burns {
		for _, window := range []string{b.short, b.long} {
			if !slices.Contains(all, window) {
				all = append(all, window)
			}
		}
	}
	return all
}

// burns alerts when the budget burns as fast as the burn says.
func (o objective) burns(b burn) Alert {
	limit := fmt.Sprintf("%.4g", b.factor*(1-o.Share))
	errors := func(window string) string { return fmt.Sprintf("%s{slo=%q}", errorsOver(window), o.Name) }
	events := func(window string) string { return fmt.Sprintf("%s{slo=%q}", eventsOver(window), o.Name) }
	share := func(window string) string {
		return fmt.Sprintf("%s / (%s > 0) > %s", errors(window), events(window), limit)
	}
	name, severity := o.name+"Burns", Ticket
	if b.fast {
		name, severity = o.name+"BurnsFast", o.fast
	}
	long := windowWords[b.long]
	return Alert{
		Name: name, Severity: severity, Audience: Operations, Subject: o.subject, Runbook: o.name,
		// Of few events chance alone makes a large share, so errors must exceed what may be by more than chance does, which is three
		// times the root of it, and be some in any case.
		When: query.Expression(fmt.Sprintf("%s\nand %s\nand %s > %s * %s + 3 * sqrt(%[4]s * %[5]s)\nand %[3]s >= %[6]d",
			share(b.long), share(b.short), errors(b.long), limit, events(b.long), o.least)),
		KeepFiring: b.keep,
		Because: fmt.Sprintf("no wait: the window of %s is one already; kept as long as errors could be missing from the window of %s",
			b.long, b.short),
		Labels: map[string]string{"slo": o.Name, "window": b.long},
		Summary: text.Message{
			EN: "{{ $value | humanizePercentage }} " + o.what.EN,
			RU: "{{ $value | humanizePercentage }} " + o.what.RU,
		},
		Description: text.Message{
			EN: fmt.Sprintf("Over the last %s {{ $value | humanizePercentage }} %s, and it goes on. The promise over 30 days: %s. "+
				"At this speed all that may go wrong in 30 days has gone wrong in %d.", long.EN, o.what.EN, o.promise.EN, b.days),
			RU: fmt.Sprintf("За последние %s {{ $value | humanizePercentage }} %s, и это продолжается. Обещание на 30 дней: %s. "+
				"С такой скоростью всё, что может пойти не так за 30 дней, пойдёт не так за %d.", long.RU, o.what.RU, o.promise.RU, b.days),
		},
		Look: o.look,
	}
}

// spent tells that the objective is missed over its whole window.
func (o objective) spent() Alert {
	return Alert{
		Name: o.name + "Spent", Severity: Info, Audience: Product, Subject: o.subject, Runbook: o.name,
		When: query.Expression(o.BudgetLeft().PromQL() + " < 0"),
		For:  time.Hour, KeepFiring: 24 * time.Hour,
		Because: "a figure over 30 days does not change in an hour; it is not told again whenever it crosses the line",
		Summary: text.Message{
			EN: "The objective is missed: " + o.promise.EN,
			RU: "Цель не достигнута: " + o.promise.RU,
		},
		Description: text.Message{
			EN: "The budget of the last 30 days is overdrawn: what is left is {{ $value | humanizePercentage }} of it. " +
				"Until it is above 0 again, what makes the service reliable comes before what is new.",
			RU: "Бюджет последних 30 дней перерасходован: осталось {{ $value | humanizePercentage }}. " +
				"Пока он не выше 0, надёжность важнее нового.",
		},
		Look: o.missedLook,
	}
}

// windowWords are windows as they are said after "over the last".
var windowWords = map[string]text.Message{
	"1h": {EN: "hour", RU: "60 минут"},
	"6h": {EN: "6 hours", RU: "6 часов"},
	"1d": {EN: "24 hours", RU: "24 часа"},
	"3d": {EN: "3 days", RU: "3 дня"},
}
