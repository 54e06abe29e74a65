package course

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Deadlines is the dashboard of deadlines and workload of a course. What its teachers want to know:
//
//   - When is the next deadline, and how many have not solved it?
//   - How early do students begin, and how much comes in the last hours?
//   - How much comes late, and for which assignment?
//   - Does the workload fit the weeks of the term?
//   - Is feedback quick enough when everybody wants it?
func (c Course) Deadlines(s panel.Style) *panel.Board {
	return c.board(s, "deadlines",
		text.Message{EN: "deadlines and workload", RU: "дедлайны и нагрузка"},
		text.Message{
			EN: "When students work, how close to the deadline, and how much of it comes late.",
			RU: "Когда студенты работают, насколько близко к дедлайну и сколько приходит с опозданием.",
		}).
		Panel("next", c.nextDeadline(s)).
		Panel("expected", c.expected(s)).
		Panel("median-before", c.medianBefore(s)).
		Panel("last-day", c.lastDay(s)).
		Panel("late", c.late(s)).
		Panel("feedback", c.feedback(s)).
		Row("calendar", text.Message{EN: "Deadlines", RU: "Дедлайны"}).
		Panel("calendar-table", c.calendar(s)).
		Row("work", text.Message{EN: "Workload", RU: "Нагрузка"}).
		Panel("submissions-by-assignment", c.workload(s)).
		Panel("before", c.before(s)).
		Row("habits", text.Message{EN: "How each assignment was worked on", RU: "Как работали над каждым заданием"}).
		Panel("last-day-by-assignment", c.lastDayByAssignment(s)).
		Panel("late-by-assignment", c.lateByAssignment(s))
}

func (c Course) expected(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Expected in 7 days", RU: "Ожидается за 7 дней"},
		Description: text.Message{
			EN: "Submissions that the coming deadlines of the course will bring within 7 days: students who have not solved yet, " +
				"times what students did before earlier deadlines.",
			RU: "Посылки, которые за 7 дней принесут дедлайны курса: ещё не решившие студенты, умноженные на то, что студенты " +
				"делали перед прежними дедлайнами.",
		},
		Unit: panel.Count,
	}, now(query.Expected(c.courses(), "7d"), panel.Submissions)).Decimals(0)
}

func (c Course) medianBefore(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Half come within", RU: "Половина приходит за"},
		Description: text.Message{
			EN: "Half of the submissions in time come within so long before the deadline. A few hours: the class works in the " +
				"last night; an earlier hint or a first part may help.",
			RU: "Половина посылок в срок приходит за такое время до дедлайна. Несколько часов — работают в последнюю ночь; может " +
				"помочь ранняя подсказка или первая часть.",
		},
		Unit: panel.Seconds,
	}, ever(query.BeforeDeadline(c.courses(), 0.5), panel.Submissions)).Decimals(1)
}

func (c Course) lastDay(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "On the last day", RU: "В последние сутки"},
		Description: text.Message{
			EN: "About which share of the submissions in time came in the last 24 hours before their deadline.",
			RU: "Примерная доля посылок в срок, пришедших за последние 24 часа до дедлайна.",
		},
		Unit: panel.Share,
	}, ever(query.LastHours(c.courses(), 24), panel.Users)).Decimals(0)
}

func (c Course) late(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Late", RU: "После дедлайна"},
		Description: text.Message{
			EN: "Share of all submissions of the course that came after their deadline, extensions considered.",
			RU: "Доля всех посылок курса, пришедших после дедлайна с учётом продлений.",
		},
		Unit: panel.Share,
	}, ever(query.LateShareEver(c.courses()), "orange"))
}

func (c Course) feedback(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "99% wait less than", RU: "99% ждут меньше"},
		Description: text.Message{
			EN: "The time from sending to the first result that 99% of the course's submissions within the time range did not " +
				"exceed. The service promises 10 minutes.",
			RU: "Время от отправки до первого результата, в которое уложились 99% посылок курса за выбранный период. Сервис " +
				"обещает 10 минут.",
		},
		Unit: panel.Seconds,
	}, panel.Series{
		Query: query.FeedbackTimeIn(c.courses(), metrics.FeedbackShare, inRange), Name: text.Message{EN: "time range", RU: "за период"}, Color: panel.Neutral,
	}, board.Wait())
}

func (c Course) calendar(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Deadline calendar", RU: "Календарь дедлайнов"},
		Description: text.Message{
			EN: "All assignments with a deadline: how long until it, how many students of the course have not solved it, how " +
				"much came in the 24 hours before it and how much late. Many unsolved with little time left: remind them.",
			RU: "Все задания с дедлайном: сколько до него осталось, сколько студентов курса их ещё не решили, сколько пришло за " +
				"24 часа до него и сколько с опозданием. Мало времени и много нерешивших: напомните им.",
		},
		Unit: panel.Count,
	}, []panel.Key{c.assignmentKey()}, []panel.Column{
		{Name: due, Query: query.DeadlinesByAssignment(c.courses()), Unit: panel.Moment, Width: 150},
		{
			Name: text.Message{EN: "time left", RU: "осталось"}, Width: 120, Decimals: panel.Digits(1),
			Query: query.TimeLeftByAssignment(c.courses()), Unit: panel.Seconds,
		},
		{Name: text.Message{EN: "not solved", RU: "не решили"}, Query: query.UnsolvedByAssignment(c.courses()), Unit: panel.Count, Bar: panel.Users},
		{
			Name:  text.Message{EN: "on the last day", RU: "в последние сутки"},
			Query: query.LastHoursByAssignment(c.courses(), 24), Unit: panel.Share, Bar: panel.Submissions, Max: 1,
		},
		{
			Name: text.Message{EN: "late", RU: "поздно"}, Width: 90,
			Query: query.LateShareEver(c.courses(), metrics.Assignment), Unit: panel.Share, Levels: board.Late(),
		},
	}).SortBy(s.Rising(due)).Span(24).Height(11)
}

// due is the column by which deadlines are in order.
var due = text.Message{EN: "due", RU: "срок"}

func (c Course) workload(s panel.Style) *panel.Timeseries {
	return s.DailyBars(panel.About{
		Title: text.Message{EN: "Submissions per day by assignment", RU: "Посылки по дням и заданиям"},
		Description: text.Message{
			EN: "Submissions of each local day, by assignment; the last bar is today so far. Two colours at once are two " +
				"assignments at a time; an empty week is one in which the course does not ask for anything.",
			RU: "Посылки за каждый день по местному времени, по заданиям; последний столбец — сегодня на данный момент. Два цвета " +
				"сразу — два задания одновременно; пустая неделя — курс ничего не требует.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.SubmissionsPerDayByAssignment(c.courses()), Name: assignment}).Stacking(panel.Stacked())
}

func (c Course) before(s panel.Style) *panel.BarGauge {
	came := func(from, to float64, name text.Message, color string) panel.Series {
		return panel.Series{Query: query.BeforeDeadlineBetween(c.courses(), from, to), Name: name, Color: color}
	}
	ramp := panel.Ramp()
	return s.Steps(panel.About{
		Title: text.Message{EN: "How long before the deadline", RU: "За сколько до дедлайна"},
		Description: text.Message{
			EN: "About which shares of the submissions in time came how long before their deadline, in all assignments so far. Much " +
				"in the last bars: ask for a first part earlier.",
			RU: "Примерные доли посылок в срок по тому, за сколько до дедлайна они пришли, по всем заданиям на сегодня. Много в " +
				"нижних полосах — попросите сдать первую часть раньше.",
		},
		Unit: panel.Share,
	},
		came(7*24, query.Endless, text.Message{EN: "more than 7 days", RU: "больше 7 дней"}, ramp[0]),
		came(3*24, 7*24, text.Message{EN: "3 to 7 days", RU: "от 3 до 7 дней"}, ramp[1]),
		came(24, 3*24, text.Message{EN: "1 to 3 days", RU: "от 1 до 3 дней"}, ramp[2]),
		came(6, 24, text.Message{EN: "6 to 24 hours", RU: "от 6 до 24 часов"}, ramp[3]),
		came(1, 6, text.Message{EN: "1 to 6 hours", RU: "от 1 до 6 часов"}, ramp[4]),
		came(0, 1, text.Message{EN: "the last hour", RU: "последний час"}, ramp[5]),
	).Max(1)
}

func (c Course) lastDayByAssignment(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Share on the last day", RU: "Доля в последние сутки"},
		Description: text.Message{
			EN: "About which share of each assignment's submissions in time came in the 24 hours before its deadline. The highest were " +
				"underestimated.",
			RU: "Примерная доля посылок в срок по каждому заданию, пришедших за 24 часа до дедлайна. Задания вверху недооценили.",
		},
		Unit: panel.Share,
	}, panel.Series{
		Query: query.Sorted(query.LastHoursByAssignment(c.courses(), 24)), Name: assignment, Color: panel.Users,
	}).Decimals(0).Max(1)
}

func (c Course) lateByAssignment(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Share that came late", RU: "Доля пришедших с опозданием"},
		Description: text.Message{
			EN: "Share of each assignment's submissions that came after the deadline. An assignment far above the others was too " +
				"long for its time.",
			RU: "Доля посылок по каждому заданию, пришедших после дедлайна. Если задание намного выше остальных, времени на него " +
				"было слишком мало.",
		},
		Unit: panel.Share,
	}, panel.Series{
		Query: query.Sorted(query.LateShareEver(c.courses(), metrics.Assignment)), Name: assignment, Color: "orange",
	})
}
