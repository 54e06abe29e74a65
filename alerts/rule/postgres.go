package rule

import (
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// postgres are symptoms of the database.
func postgres() Group {
	return Group{Name: "postgres", Interval: time.Minute, Alerts: []Alert{
		postgresDown(), postgresFull(), postgresTransaction(), postgresLocks(), postgresDeadlocks(), postgresSlot(),
	}}
}

func postgresDown() Alert {
	return Alert{
		Name: "PostgresDown", Severity: Page, Audience: Operations, Subject: Postgres,
		When: query.Compared(query.ServersUp(), "==", 0),
		For:  2 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "a restart takes less; one that restarts again and again is told of once",
		Summary: text.Message{
			EN: "PostgreSQL {{ $labels.instance }} does not answer",
			RU: "PostgreSQL {{ $labels.instance }} не отвечает",
		},
		Description: text.Message{
			EN: "The exporter of {{ $labels.instance }} runs and cannot connect to its server. Without it students can do nothing, and " +
				"checks have nowhere to go.",
			RU: "Экспортер {{ $labels.instance }} работает, но не может подключиться к своему серверу. Без него студенты ничего не могут, а " +
				"проверкам некуда деться.",
		},
		Look: Panel{"operations-postgres", "up"},
	}
}

func postgresFull() Alert {
	return Alert{
		Name: "PostgresConnectionsFull", Severity: Ticket, Audience: Operations, Subject: Postgres,
		When: query.Compared(query.ClientShare(), ">", 0.85),
		For:  10 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "a roll-out doubles connections for some minutes",
		Summary: text.Message{
			EN: "{{ $value | humanizePercentage }} of the connections of PostgreSQL are taken",
			RU: "У PostgreSQL занято {{ $value | humanizePercentage }} подключений",
		},
		Description: text.Message{
			EN: "On the fullest server clients take {{ $value | humanizePercentage }} of the connections that it allows. At 100% it refuses " +
				"the service.",
			RU: "На самом загруженном сервере занято {{ $value | humanizePercentage }} разрешённых подключений. На 100% он откажет сервису.",
		},
		Look: Panel{"operations-postgres", "clients-by-state"},
	}
}

func postgresTransaction() Alert {
	return Alert{
		Name: "PostgresTransactionOpen", Severity: Ticket, Audience: Operations, Subject: Postgres,
		When: query.Compared(query.LongestTransaction(), ">", 3600),
		For:  5 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "an hour is the wait",
		Summary: text.Message{
			EN: "A transaction has been open for {{ $value | humanizeDuration }}",
			RU: "Транзакция открыта уже {{ $value | humanizeDuration }}",
		},
		Description: text.Message{
			EN: "The oldest transaction of a client has been open for {{ $value | humanizeDuration }}. Dead rows stay, tables swell, and " +
				"Gradewatch reads all that is newer again with every poll.",
			RU: "Старейшая транзакция клиента открыта {{ $value | humanizeDuration }}. Мёртвые строки остаются, таблицы пухнут, а Gradewatch " +
				"при каждом опросе заново читает всё, что новее.",
		},
		Look: Panel{"operations-postgres", "longest"},
	}
}

func postgresLocks() Alert {
	return Alert{
		Name: "PostgresLocks", Severity: Ticket, Audience: Operations, Subject: Postgres,
		When: query.Compared(query.LockWaiters(), ">=", 5),
		For:  5 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "locks come and go within seconds; five clients that wait for minutes are a queue",
		Summary: text.Message{
			EN: "{{ $value }} clients of PostgreSQL wait for locks",
			RU: "Ждут блокировок клиентов PostgreSQL: {{ $value }}",
		},
		Description: text.Message{
			EN: "{{ $value }} clients have been waiting for locks that others hold for minutes: a queue behind one transaction, such as a " +
				"migration.",
			RU: "Клиентов, которые минутами ждут чужих блокировок: {{ $value }}. Это очередь за одной транзакцией, например миграцией.",
		},
		Look: Panel{"operations-postgres", "waiters"},
	}
}

func postgresDeadlocks() Alert {
	return Alert{
		Name: "PostgresDeadlocks", Severity: Info, Audience: Operations, Subject: Postgres,
		When: query.Compared(query.Deadlocks("1h"), ">=", 5),
		For:  0, KeepFiring: time.Hour,
		Because: "five in an hour are the wait",
		Summary: text.Message{
			EN: `PostgreSQL ended {{ printf "%.0f" $value }} transactions in an hour because they waited for each other`,
			RU: `За час PostgreSQL прервал взаимно ждавших транзакций: {{ printf "%.0f" $value }}`,
		},
		Description: text.Message{
			EN: `{{ printf "%.0f" $value }} transactions of the last hour were ended because each waited for the other. Each is an error for ` +
				"somebody; two pieces of code take the same rows in another order.",
			RU: `Транзакций, прерванных за последний час, потому что ждали друг друга: {{ printf "%.0f" $value }}. Каждая — чья-то ошибка; два ` +
				"куска кода берут одни и те же строки в разном порядке.",
		},
		Look: Panel{"operations-postgres", "deadlocks"},
	}
}

func postgresSlot() Alert {
	return Alert{
		Name: "PostgresSlotKeepsLog", Severity: Ticket, Audience: Operations, Subject: Postgres,
		When: query.Compared(query.KeptForSlot(), ">", 5<<30),
		For:  15 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "a standby that restarts catches up within minutes",
		Summary: text.Message{
			EN: "{{ $value | humanize1024 }}B of log are kept for {{ $labels.slot_name }}",
			RU: "Для {{ $labels.slot_name }} хранится {{ $value | humanize1024 }}Б журнала",
		},
		Description: text.Message{
			EN: "{{ $labels.instance }} keeps {{ $value | humanize1024 }}B of its log for the replication slot {{ $labels.slot_name }}, which does " +
				"not read it. It goes on until the disk is full and the database stops.",
			RU: "{{ $labels.instance }} хранит {{ $value | humanize1024 }}Б журнала для слота репликации {{ $labels.slot_name }}, который его не " +
				"читает. Так будет, пока диск не заполнится и база не остановится.",
		},
		Look: Panel{"operations-postgres", "disk"},
	}
}
