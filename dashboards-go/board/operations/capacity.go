package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Capacity is the dashboard "Capacity and coming load". What its readers want to know:
//
//   - What will the next hour, day and week bring, and can we carry it?
//   - How many slots do we need for it, and how many do we have?
//   - Which deadlines come, and how many students have not solved yet?
//   - At which hours is it always busy, and when may we take workers away?
//   - How far was the forecast off lately?
func Capacity(s panel.Style) *panel.Board {
	return s.Board(Folder, "operations-capacity",
		text.Message{EN: "Capacity and coming load", RU: "Мощность и предстоящая нагрузка"},
		text.Message{
			EN: "What coming deadlines will bring, against what the workers can do. How the forecast is made and how far it " +
				"is off stands in docs/figures.md.",
			RU: "Что принесут ближайшие дедлайны и что могут воркеры. Как сделан прогноз и насколько он ошибается, написано " +
				"в docs/figures.md.",
		}).
		Courses(query.CourseNames()).
		Deadlines(query.Deadlines(chosen), false).
		Panel("expected-hour", expected(s, "1h", text.Message{EN: "Expected in 1 hour", RU: "Ожидается за 1 час"})).
		Panel("expected-day", expected(s, "1d", text.Message{EN: "Expected in 1 day", RU: "Ожидается за 1 день"})).
		Panel("expected-week", expected(s, "7d", text.Message{EN: "Expected in 7 days", RU: "Ожидается за 7 дней"})).
		Panel("capacity", capacityNow(s)).
		Panel("slots", slotsNow(s)).
		Panel("slots-needed", slotsNeeded(s)).
		Row("coming", text.Message{EN: "What comes", RU: "Что предстоит"}).
		Panel("deadlines", deadlines(s)).
		Panel("expected-by-course", expectedByCourse(s)).
		Row("load", text.Message{EN: "Load and capacity", RU: "Нагрузка и мощность"}).
		Panel("busy", saturation(s)).
		Panel("slots-over-time", slotsOverTime(s)).
		Panel("forecast", forecast(s)).
		Panel("expected-over-time", expectedOverTime(s)).
		Row("hours", text.Message{EN: "Peak hours", RU: "Часы пик"}).
		Panel("hours-of-week", hoursOfWeek(s))
}

func expected(s panel.Style, horizon string, title text.Message) *panel.Stat {
	return s.Number(panel.About{
		Title: title,
		Description: text.Message{
			EN: "Submissions that coming deadlines of the chosen courses will bring: students who have not solved yet, times " +
				"what students did as long before earlier deadlines. 0 where no deadline is near.",
			RU: "Посылки, которые принесут ближайшие дедлайны выбранных курсов: ещё не решившие студенты, умноженные на то, " +
				"что студенты делали за столько же до прежних дедлайнов. 0, если дедлайнов поблизости нет.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Expected(chosen, horizon), Name: text.Message{EN: "chosen courses", RU: "выбранные курсы"}, Color: panel.Submissions,
	}).Decimals(0)
}

func capacityNow(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Capacity per hour", RU: "Мощность в час"},
		Description: text.Message{
			EN: "Checks that all slots can end in an hour, at the mean duration of the last 7 days. Do not plan with more than " +
				"70% of it.",
			RU: "Проверки, которые все слоты могут закончить за час при средней длительности за последние 7 дней. Не " +
				"рассчитывайте больше чем на 70% от неё.",
		},
		Unit: panel.Count,
	}, now(query.Capacity(), panel.Neutral)).Decimals(0)
}

func slotsNow(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Slots", RU: "Слоты"},
		Description: text.Message{
			EN: "How many checks all workers run at a time, as the source says.",
			RU: "Сколько проверок одновременно выполняют все воркеры, по данным источника.",
		},
		Unit: panel.Count,
	}, now(query.Slots(), panel.Neutral))
}

func slotsNeeded(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Slots needed", RU: "Слотов нужно"},
		Description: text.Message{
			EN: "Slots that carry the next hour while they are 70% busy: what is expected, or what came in the last hour if " +
				"that is more, times the mean duration of a check. More than there are: add workers now.",
			RU: "Сколько слотов выдержат следующий час при занятости 70%: ожидаемые посылки или, если их больше, посылки за " +
				"последний час, умноженные на среднюю длительность проверки. Если нужно больше, чем есть, добавьте воркеров сейчас.",
		},
		Unit: panel.Count,
	}, now(query.SlotsNeeded(), panel.Submissions))
}

// due is the column by which deadlines are in order.
var due = text.Message{EN: "due", RU: "срок"}

func deadlines(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Deadline calendar", RU: "Календарь дедлайнов"},
		Description: text.Message{
			EN: "Assignments that are due, or were due in the last 7 days, and the students of the course who have not " +
				"solved them. Two large ones on the same evening are the peak to prepare for.",
			RU: "Задания, срок которых впереди или истёк за последние 7 дней, и студенты курса, которые их ещё не решили. " +
				"Два больших дедлайна в один вечер — пик, к которому надо готовиться.",
		},
		Unit: panel.Count,
	}, []panel.Key{
		{Label: "course", Name: text.Course, Width: 270}, {Label: "assignment", Name: text.Assignment},
	}, []panel.Column{
		{Name: due, Query: query.DeadlineTimes(chosen), Unit: panel.Moment, Width: 140},
		{
			Name: text.Message{EN: "time left", RU: "осталось"}, Width: 100, Decimals: panel.Digits(1),
			Query: query.TimeLeft(chosen), Unit: panel.Seconds,
		},
		{
			Name: text.Message{EN: "not solved", RU: "не решили"}, Width: 130, Bar: panel.Users,
			Query: query.Unsolved(chosen), Unit: panel.Count,
		},
	}).SortBy(s.Rising(due)).Span(16).Height(10)
}

func expectedByCourse(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Expected in 7 days, by course", RU: "Ожидается за 7 дней, по курсам"},
		Description: text.Message{
			EN: "Submissions that the coming deadlines of each course will bring within 7 days: whose load it will be.",
			RU: "Посылки, которые за 7 дней принесут дедлайны каждого курса: чья это будет нагрузка.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Sorted(query.OfRunning(query.Expected(chosen, "7d", metrics.Course))), Name: course, Color: panel.Submissions,
	}).Decimals(0).Span(8).Height(10)
}

func slotsOverTime(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Slots needed and available", RU: "Слоты: сколько нужно и сколько есть"},
		Description: text.Message{
			EN: "What the next hour needed at each moment, against what there was. Where the line of need crosses, students " +
				"waited; where it lies far below for days, there are too many workers.",
			RU: "Сколько слотов требовал следующий час и сколько их было. Где линия потребности выше, студенты ждали; где она " +
				"днями намного ниже, воркеров слишком много.",
		},
		Unit: panel.Count,
	},
		panel.Series{Query: query.SlotsNeeded(), Name: text.Message{EN: "needed", RU: "нужно"}, Color: panel.Submissions},
		panel.Series{Query: query.Slots(), Name: text.Message{EN: "available", RU: "есть"}, Color: panel.Earlier},
	).Interval("1h")
}

func forecast(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Forecast and what came", RU: "Прогноз и действительность"},
		Description: text.Message{
			EN: "Submissions of the chosen courses within the day before each moment, and what had been expected for that day " +
				"when it began. Work without a near deadline is not in the forecast, so it lies below between deadlines.",
			RU: "Посылки выбранных курсов за сутки до каждого момента и сколько их ждали в начале этих суток. Работы вдали от " +
				"дедлайнов в прогнозе нет, поэтому между дедлайнами он ниже.",
		},
		Unit: panel.Count,
	},
		panel.Series{Query: query.Submitted(chosen, "1d"), Name: text.Message{EN: "came", RU: "пришло"}, Color: panel.Submissions},
		panel.Series{Query: query.ExpectedThen(chosen, "1d"), Name: text.Message{EN: "expected a day before", RU: "ждали за день"}, Color: "orange"},
	).Interval("1h")
}

func expectedOverTime(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Expected load as time goes on", RU: "Ожидаемая нагрузка во времени"},
		Description: text.Message{
			EN: "What coming deadlines were to bring within 1 day and within 7 days, at each moment. The week's line rises some " +
				"days before a peak: the time to add workers.",
			RU: "Что ближайшие дедлайны должны были принести за 1 день и за 7 дней в каждый момент. Недельная линия растёт за " +
				"несколько дней до пика: тогда и добавляйте воркеров.",
		},
		Unit: panel.Count,
	},
		panel.Series{Query: query.Expected(chosen, "7d"), Name: text.Message{EN: "7 days", RU: "7 дней"}, Color: "blue"},
		panel.Series{Query: query.Expected(chosen, "1d"), Name: text.Message{EN: "1 day", RU: "1 день"}, Color: "orange"},
	)
}

func hoursOfWeek(s panel.Style) *panel.Table {
	return s.HourOfWeek(panel.About{
		Title: text.Message{
			EN: "Submissions by weekday and hour, all history", RU: "Посылки по дням недели и часам, за всё время",
		},
		Description: text.Message{
			EN: "All submissions to the chosen courses up to the end of the time range, by local weekday and hour. Orange are " +
				"hours with at least 75% of the busiest one: scale up before them. Maintain where there is no colour.",
			RU: "Все посылки по выбранным курсам до конца выбранного периода по местным дням недели и часам. Оранжевым отмечены " +
				"часы не меньше 75% от самого загруженного: добавляйте воркеров до них. Обслуживайте в часы без цвета.",
		},
		Unit: panel.Count,
	}, query.SubmissionsByHourOfWeek(chosen))
}
