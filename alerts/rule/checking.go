package rule

import (
	"time"

	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// promised is how long a submission should wait at most, in seconds.
var promised = metrics.FeedbackObjective.Seconds()

// checking are symptoms of the way from the submission to the result.
func checking() Group {
	return Group{Name: "checking", Interval: time.Minute, Recordings: record(query.CourseChecks, query.CourseCheckFailures), Alerts: []Alert{
		noCheckEnds(), workersGone(), longestWait(), queueGrows(), recheckStorm(), checkHangs(), workerSilent(), workerFails(),
		checksFailUntaken(), courseChecksFail(), deadlineWithoutCapacity(),
	}}
}

func noCheckEnds() Alert {
	return Alert{
		Name: "NoCheckEnds", Severity: Page, Audience: Operations, Subject: Checking,
		When: query.And(query.Compared(query.Submitted(query.Every, "15m"), ">=", 5),
			query.Compared(query.EndedIn("15m"), "==", 0),
			query.Compared(query.Queued(query.Every), ">", 0)),
		For: 2 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "the window of 15 minutes is the wait; two more pass over a restart of the exporter",
		Summary: text.Message{
			EN: "No check has ended in 15 minutes, and submissions come",
			RU: "За 15 минут не закончилась ни одна проверка, а посылки идут",
		},
		Description: text.Message{
			EN: "{{ $value }} submissions came in the last 15 minutes and checks wait, but none has ended, not even with a failure. " +
				"All workers stand still, or nothing hands them checks.",
			RU: "За последние 15 минут пришло посылок: {{ $value }}, проверки ждут, но ни одна не закончилась, даже сбоем. " +
				"Стоят все воркеры, или им не передают проверки.",
		},
		Look: Panel{"operations-pipeline", "flow-lines"},
	}
}

func workersGone() Alert {
	return Alert{
		Name: "WorkersGone", Severity: Page, Audience: Operations, Subject: Checking,
		When: query.And(query.Compared(query.SeenShare(), "<", 0.5),
			query.Whenever(query.Compared(query.OldestWait(), ">", promised)),
			query.Whenever(query.Compared(query.Queued(query.Every), ">=", 5))),
		For: 5 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "a roll-out replaces workers one by one and lets none wait for so long; it is over when workers have come back and work",
		Summary: text.Message{
			EN: "Fewer than half of the workers work, and students wait",
			RU: "Работает меньше половины воркеров, и студенты ждут",
		},
		Description: text.Message{
			EN: "{{ $value | humanizePercentage }} of the usual number of workers took or ended a check within half an hour, and the oldest " +
				"check has been waiting for longer than the 10 minutes that students are promised.",
			RU: "За полчаса что-то делали {{ $value | humanizePercentage }} обычного числа воркеров, а старейшая проверка ждёт " +
				"дольше обещанных студентам 10 минут.",
		},
		Look: Panel{"operations-workers", "states-timeline"},
	}
}

func longestWait() Alert {
	return Alert{
		Name: "CheckWaits", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.Compared(query.OldestWait(), ">", 3*promised),
		For:  5 * time.Minute, KeepFiring: 10 * time.Minute,
		Because: "three times the promise is the wait; a check that is taken now and then is no end of the queue",
		Summary: text.Message{
			EN: "A check has been waiting for {{ $value | humanizeDuration }}",
			RU: "Проверка ждёт уже {{ $value | humanizeDuration }}",
		},
		Description: text.Message{
			EN: "The check that has waited longest has been waiting for {{ $value | humanizeDuration }}; students are promised 10 minutes. " +
				"If the queue is short, no worker wants this check; if it is long, there are too few.",
			RU: "Проверка, которая ждёт дольше всех, ждёт {{ $value | humanizeDuration }}; студентам обещано 10 минут. " +
				"Если очередь короткая, эту проверку никто не берёт; если длинная, воркеров мало.",
		},
		Look: Panel{"operations-pipeline", "oldest"},
	}
}

func queueGrows() Alert {
	return Alert{
		Name: "QueueGrows", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.And(query.Compared(query.MinutesToDrain(), ">", 2*metrics.FeedbackObjective.Minutes()),
			query.Compared(query.QueueGrowth("15m"), ">", 0), query.Compared(query.Queued(query.Every), ">=", 5)),
		For: 5 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "growth over a quarter of an hour is a wait already; fewer than five that wait are no queue; it comes in waves",
		Summary: text.Message{
			EN: `The queue grows faster than it drains: {{ printf "%.0f" $value }} minutes of work wait`,
			RU: `Очередь растёт быстрее, чем разбирается: в ней работы на {{ printf "%.0f" $value }} мин`,
		},
		Description: text.Message{
			EN: `If nothing came any more, the queue would be empty in {{ printf "%.0f" $value }} minutes at the present speed, and it is ` +
				"longer than a quarter of an hour ago. More workers help if all are busy; otherwise find out what slows them down.",
			RU: `Если больше ничего не придёт, при нынешней скорости очередь опустеет через {{ printf "%.0f" $value }} мин, и она длиннее, ` +
				"чем четверть часа назад. Если все воркеры заняты, помогут ещё воркеры; если нет, ищите, что их тормозит.",
		},
		Look: Panel{"operations-pipeline", "queue-length"},
	}
}

func recheckStorm() Alert {
	return Alert{
		Name: "RecheckStorm", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.And(query.Compared(query.RecheckShare("30m"), ">", 0.5), query.Compared(query.RecheckedIn("30m"), ">=", 20),
			query.Whenever(query.Compared(query.OldestWait(), ">", promised))),
		For: 10 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "re-checks that end within some minutes bother nobody, and twenty are no storm",
		Summary: text.Message{
			EN: "Re-checks are {{ $value | humanizePercentage }} of all checks, and students wait",
			RU: "Повторные проверки — {{ $value | humanizePercentage }} всех, и студенты ждут",
		},
		Description: text.Message{
			EN: "{{ $value | humanizePercentage }} of the checks of the last 30 minutes were re-checks, and the oldest check has been waiting " +
				"for longer than 10 minutes. Somebody re-checks an assignment while others submit, or failures are retried without end.",
			RU: "{{ $value | humanizePercentage }} проверок за последние 30 минут — повторные, а старейшая проверка ждёт дольше 10 минут. " +
				"Кто-то перепроверяет задание, пока другие сдают, или сбои повторяются без конца.",
		},
		Look: Panel{"operations-pipeline", "flow-lines"},
	}
}

func checkHangs() Alert {
	return Alert{
		Name: "CheckHangs", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.Compared(query.Hanging(), ">", 0),
		For:  5 * time.Minute, KeepFiring: 5 * time.Minute,
		Because: "an hour is the wait; a check that is stopped and started again is another one",
		Summary: text.Message{
			EN: "Checks that hang on {{ $labels.worker }}: {{ $value }}",
			RU: "На {{ $labels.worker }} зависло проверок: {{ $value }}",
		},
		Description: text.Message{
			EN: "Checks that have been with {{ $labels.worker }} for more than an hour: {{ $value }}. Each takes a slot, and its student waits for " +
				"a result that does not come.",
			RU: "Проверок, которые у {{ $labels.worker }} дольше часа: {{ $value }}. Каждая занимает слот, а её студент ждёт ответа, которого " +
				"не будет.",
		},
		Look: Panel{"operations-workers", "hanging"},
	}
}

func workerSilent() Alert {
	return Alert{
		Name: "WorkerSilent", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.Either(query.SilentFor(0.5), query.SilentFor(1), query.SilentFor(2), query.SilentFor(6), query.SilentFor(12)),
		For:  5 * time.Minute, KeepFiring: 15 * time.Minute,
		Because: "others have had ten checks each since: it is not for want of work; a worker that restarts again and again is told of once",
		Summary: text.Message{
			EN: "{{ $labels.worker }} has not been seen for {{ $value | humanizeDuration }}",
			RU: "{{ $labels.worker }} не видно уже {{ $value | humanizeDuration }}",
		},
		Description: text.Message{
			EN: "{{ $labels.worker }} neither took nor ended a check for {{ $value | humanizeDuration }}, while there was work for everybody. " +
				"It is gone, cut off, or hangs on a check.",
			RU: "{{ $labels.worker }} уже {{ $value | humanizeDuration }} не брал и не заканчивал проверок, хотя работы хватало всем. " +
				"Он пропал, отрезан от сети или завис на проверке.",
		},
		Look: Panel{"operations-workers", "states-timeline"},
	}
}

func workerFails() Alert {
	failing := func(window string) query.Expression {
		return query.And(query.Compared(query.WorkerFailedShare(window), ">", 0.2), query.Compared(query.OfWorkers(query.WorkerFailures(window)), ">=", 5))
	}
	return Alert{
		Name: "WorkerFails", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.Either(failing("1h"), failing("6h")),
		For:  0, KeepFiring: 30 * time.Minute,
		Because: "five failures are the wait; what fails in waves is told of once",
		Summary: text.Message{
			EN: "{{ $value | humanizePercentage }} of the checks on {{ $labels.worker }} fail through our fault",
			RU: "На {{ $labels.worker }} срываются {{ $value | humanizePercentage }} проверок",
		},
		Description: text.Message{
			EN: "Lately {{ $value | humanizePercentage }} of the checks that ended on {{ $labels.worker }} failed for the " +
				"infrastructure's fault, at least five within an hour or within six. Each is retried and takes time from others: drain the worker.",
			RU: "В последнее время из проверок, закончившихся на {{ $labels.worker }}, по вине инфраструктуры сорвались " +
				"{{ $value | humanizePercentage }}, не меньше пяти за час или за шесть. Каждая повторяется и отнимает время у других: выведите воркер из работы.",
		},
		Look: Panel{"operations-workers", "failing"},
	}
}

func checksFailUntaken() Alert {
	untaken := query.OfWorker(query.WorkerFailures("1h"), query.Untaken)
	return Alert{
		Name: "ChecksFailUntaken", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.And(query.Compared(untaken, ">=", 10),
			// Where no record names a worker, that says nothing.
			query.Whenever(query.Compared(query.NamedSeen(), ">", 0))),
		For: 0, KeepFiring: 30 * time.Minute,
		Because: "ten failures are the wait; what fails in waves is told of once",
		Summary: text.Message{
			EN: "{{ $value }} checks failed before a worker took them",
			RU: "До воркера не дошли и сорвались проверки: {{ $value }}",
		},
		Description: text.Message{
			EN: "{{ $value }} checks of the last hour failed for the infrastructure's fault without a worker: what hands them over fails, " +
				"such as the queue, the storage of submissions, or the scheduler.",
			RU: "За последний час по вине инфраструктуры без воркера сорвались проверки: {{ $value }}. Отказывает то, что передаёт их " +
				"воркерам: очередь, хранилище посылок или планировщик.",
		},
		Look: Panel{"operations-workers", "outcomes"},
	}
}

func courseChecksFail() Alert {
	return Alert{
		Name: "CourseChecksFail", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.And(query.Compared(query.Ratio(query.FailedOfCourse("1h"), query.EndedOfCourse("1h")), ">", 0.2),
			query.Compared(query.FailedOfCourse("1h"), ">=", 5),
			query.Whenever(query.Compared(query.Ratio(query.FailedIn("1h"), query.EndedIn("1h")), "<", 0.1))),
		For: 0, KeepFiring: 30 * time.Minute,
		Because: "five failures are the wait; what fails in waves is told of once",
		Summary: text.Message{
			EN: "{{ $value | humanizePercentage }} of the checks of {{ $labels.course }} fail through our fault",
			RU: "На курсе {{ $labels.course }} срываются {{ $value | humanizePercentage }} проверок",
		},
		Description: text.Message{
			EN: "In the last hour {{ $value | humanizePercentage }} of the checks of {{ $labels.course }} failed for the infrastructure's " +
				"fault, at least five, and less than 10% of all: its image, its data or its limits are broken, not the workers.",
			RU: "За последний час из проверок курса {{ $labels.course }} по вине инфраструктуры сорвались {{ $value | humanizePercentage }}, " +
				"не меньше пяти, а по всем курсам меньше 10%: сломаны образ, данные или лимиты курса, а не воркеры.",
		},
		Look: Panel{"operations-pipeline", "failures"},
	}
}

func deadlineWithoutCapacity() Alert {
	return Alert{
		Name: "DeadlineWithoutCapacity", Severity: Ticket, Audience: Operations, Subject: Checking,
		When: query.Above(query.SlotsNeeded(), query.Slots()),
		For:  15 * time.Minute, KeepFiring: 30 * time.Minute,
		Because: "the forecast of an hour wavers; workers that are added for it should not be taken away at once",
		Summary: text.Message{
			EN: "The next hour needs {{ $value }} slots, more than there are",
			RU: "На ближайший час нужно слотов: {{ $value }}, больше, чем есть",
		},
		Description: text.Message{
			EN: "What the coming deadlines will bring within the next hour, or what came in the last one, needs {{ $value }} slots, if they " +
				"are to be busy for at most 70% of the time. Add workers before the queue does the waiting.",
			RU: "Чтобы проверить то, что принесут дедлайны в ближайший час или пришло за последний, при занятости не больше 70% нужно " +
				"слотов: {{ $value }}. Добавьте воркеров, пока не выросла очередь.",
		},
		Look: Panel{"operations-capacity", "slots-over-time"},
	}
}
