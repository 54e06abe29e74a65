package rule

import (
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// django are symptoms of the service that students send their submissions to, beside its objective.
func django() Group {
	return Group{Name: "django", Interval: time.Minute, Alerts: []Alert{
		djangoDown(), djangoSlow(), djangoRefused(), djangoMigrations(),
	}}
}

func djangoDown() Alert {
	return Alert{
		Name: "DjangoDown", Severity: Page, Audience: Operations, Subject: Django,
		When: query.DjangoGone(),
		For:  2 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "two scrapes may fail in a roll-out; a service that comes and goes is told of once",
		Summary: text.Message{
			EN: "No instance of {{ $labels.job }} answers",
			RU: "Не отвечает ни один экземпляр {{ $labels.job }}",
		},
		Description: text.Message{
			EN: "Prometheus reaches no instance of {{ $labels.job }}, which answered requests within the last day. Students can probably " +
				"neither submit nor see results.",
			RU: "Prometheus не достигает ни одного экземпляра {{ $labels.job }}, который за последние сутки отвечал на запросы. Студенты, " +
				"вероятно, не могут ни отправить решение, ни увидеть результат.",
		},
		Look: Panel{"operations-django", "responses"},
	}
}

func djangoSlow() Alert {
	return Alert{
		Name: "DjangoSlow", Severity: Ticket, Audience: Operations, Subject: Django,
		When: query.And(query.Compared(query.Standing(query.ResponseTime(0.95), "10m"), ">", 3),
			query.Whenever(query.Compared(query.Standing(query.RequestRate(), "10m"), ">", 0.1))),
		For: 10 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "one slow report of a teacher is no trouble; fewer than six requests in a minute are no measure",
		Summary: text.Message{
			EN: "5% of the responses take longer than {{ $value | humanizeDuration }}",
			RU: "5% ответов занимают больше {{ $value | humanizeDuration }}",
		},
		Description: text.Message{
			EN: "95% of the responses of the last 10 minutes went out within {{ $value | humanizeDuration }}, the rest took longer. Above 3 s " +
				"students send again what they have sent.",
			RU: "95% ответов за последние 10 минут ушли за {{ $value | humanizeDuration }}, остальные дольше. Когда больше 3 с, студенты " +
				"отправляют ещё раз то, что уже отправили.",
		},
		Look: Panel{"operations-django", "latency-by-view"},
	}
}

func djangoRefused() Alert {
	return Alert{
		Name: "DjangoRefusedByDatabase", Severity: Ticket, Audience: Operations, Subject: Django,
		When: query.Compared(query.DatabaseRefusalsOf("5m"), ">=", 3),
		For:  6 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "longer than the window, so that it goes on; a restart of the database refuses for a moment, and pools try again in waves",
		Summary: text.Message{
			EN: "The database {{ $labels.alias }} refuses connections of the service",
			RU: "База {{ $labels.alias }} отказывает сервису в подключении",
		},
		Description: text.Message{
			EN: `The database {{ $labels.alias }} refused {{ printf "%.0f" $value }} connections of the service in the last 5 minutes: it is full, ` +
				"restarting or gone.",
			RU: `База {{ $labels.alias }} отказала сервису в подключениях за последние 5 минут: {{ printf "%.0f" $value }}. Она переполнена, ` +
				"перезапускается или пропала.",
		},
		Look: Panel{"operations-django", "connections"},
	}
}

func djangoMigrations() Alert {
	return Alert{
		Name: "DjangoMigrationsMissing", Severity: Ticket, Audience: Operations, Subject: Django,
		When: query.Compared(query.MigrationsMissing(), ">", 0),
		For:  30 * time.Minute, KeepFiring: 0,
		Because: "a deployment migrates within minutes; when it has, it is over",
		Summary: text.Message{
			EN: "Migrations that the database lacks: {{ $value }}",
			RU: "Не применены миграции базы: {{ $value }}",
		},
		Description: text.Message{
			EN: "Migrations that the service knows and its databases have lacked for half an hour: {{ $value }}. The deployment is half done.",
			RU: "Сервис знает миграции, которых полчаса нет в его базах: {{ $value }}. Обновление прошло наполовину.",
		},
		Look: Panel{"operations-django", "migrations"},
	}
}
