package course

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Overview is the dashboard of a course that its teachers open first, often five minutes before a lecture. What they want
// to know:
//
//   - Does the class keep up: how many work, of how many, and at which hours?
//   - Which assignment makes trouble, and to how many?
//   - When is the next deadline?
//   - Is this week like the weeks before?
//   - What fails most?
func (c Course) Overview(s panel.Style) *panel.Board {
	return c.board(s, "overview",
		text.Message{EN: "overview", RU: "обзор"},
		text.Message{
			EN: "How the class is doing. A click on an assignment opens its own dashboard.",
			RU: "Как дела у группы. Щелчок по заданию открывает его собственный дашборд.",
		}).
		Panel("enrolled", c.enrolled(s)).
		Panel("started", c.started(s)).
		Panel("active", c.active(s)).
		Panel("submissions-week", c.submissionsOfWeek(s)).
		Panel("accepted", c.accepted(s)).
		Panel("next-deadline", c.nextDeadline(s)).
		Row("assignments", text.Message{EN: "Assignments", RU: "Задания"}).
		Panel("funnel", c.funnel(s)).
		Row("days", text.Message{EN: "Day by day", RU: "День за днём"}).
		Panel("submissions-per-day", c.submissionsPerDay(s)).
		Panel("students-per-day", c.studentsPerDay(s)).
		Panel("verdicts-per-day", c.verdictsPerDay(s)).
		Panel("active-over-time", c.activeOverTime(s)).
		Row("hours", text.Message{EN: "When they work", RU: "Когда они работают"}).
		Panel("hours-of-week", c.hoursOfWeek(s))
}

func (c Course) enrolled(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Enrolled", RU: "Записаны"},
		Description: text.Message{
			EN: "Students who are enrolled in the course, where the service says so: all that the other numbers are of.",
			RU: "Студенты, записанные на курс, если сервис это сообщает: от них считается всё остальное.",
		},
		Unit: panel.Count,
	}, now(query.CourseStudents(c.courses(), "enrolled"), panel.Neutral))
}

func (c Course) started(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Students who started", RU: "Начали курс"},
		Description: text.Message{
			EN: "Students with at least one attempt at any assignment. Compare with how many sit in the lecture.",
			RU: "Студенты хотя бы с одной попыткой по любому заданию. Сравните с тем, сколько их на лекции.",
		},
		Unit: panel.Count,
	}, ever(query.CourseStudents(c.courses(), "started"), panel.Submissions))
}

func (c Course) active(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Active in 7 days", RU: "Активны за 7 дней"},
		Description: text.Message{
			EN: "Students who sent at least one submission in the last 7 days. Far fewer than have started, and no break: the " +
				"assignment is out too early, or they have given up.",
			RU: "Студенты, отправившие за последние 7 дней хотя бы одну посылку. Если их намного меньше, чем начавших, и это не " +
				"каникулы, задание вышло слишком рано или они сдались.",
		},
		Unit: panel.Count,
	}, now(query.CourseStudents(c.courses(), "active_7d"), panel.Users))
}

func (c Course) submissionsOfWeek(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Submissions in 7 days", RU: "Посылок за 7 дней"},
		Description: text.Message{
			EN: "Submissions to the course in the last 7 days.",
			RU: "Посылки по курсу за последние 7 дней.",
		},
		Unit: panel.Count,
	}, now(query.Submitted(c.courses(), "7d"), panel.Submissions))
}

func (c Course) accepted(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Accepted", RU: "Принято"},
		Description: text.Message{
			EN: "Share of results within the time range that were accepted. Failures of the infrastructure are no results.",
			RU: "Доля принятых среди результатов за выбранный период. Сбои инфраструктуры результатами не считаются.",
		},
		Unit: panel.Share,
	}, panel.Series{
		Query: query.AcceptedShare(c.courses(), inRange), Color: panel.Good,
		Name: text.Message{EN: "time range", RU: "за период"},
	})
}

func (c Course) nextDeadline(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Next deadline in", RU: "До дедлайна"},
		Description: text.Message{
			EN: "Time until the course's next deadline. Below 0 the last one is past: so long ago.",
			RU: "Время до следующего дедлайна курса. Ниже 0 — последний уже прошёл: столько времени назад.",
		},
		Unit: panel.Seconds,
	}, now(query.NextDeadline(c.courses()), panel.Neutral)).Decimals(1)
}

func (c Course) funnel(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "How far students are", RU: "Как далеко продвинулись студенты"},
		Description: text.Message{
			EN: "Students who have attempted each assignment; the share of them who solved it, and at the first attempt; those " +
				"stuck have 5 attempts or more, no solution, and the last attempt within 7 days; the mean of best results; the " +
				"median of attempts. Many stuck: say a word about it in the lecture.",
			RU: "Студенты, пробовавшие решить каждое задание; доля решивших и решивших с первой попытки; застрявшие — те, у кого 5 " +
				"попыток и больше без решения, последняя — за последние 7 дней; средний лучший результат; медиана попыток. Много застрявших — " +
				"скажите об этом на лекции.",
		},
		Unit: panel.Count,
	}, []panel.Key{c.assignmentKey()}, []panel.Column{
		{Name: text.Message{EN: "attempted", RU: "пробовали"}, Query: query.Students(c.courses(), "attempted", metrics.Assignment).NotZero(), Unit: panel.Count, Bar: panel.Attempted},
		{
			Name:  text.Message{EN: "solved", RU: "решили"},
			Query: query.StudentsShare(c.courses(), "solved", "attempted", metrics.Assignment), Unit: panel.Share, Bar: panel.Solved, Max: 1,
		},
		{
			Name:  text.Message{EN: "at the first attempt", RU: "с первой попытки"},
			Query: query.StudentsShare(c.courses(), "solved_first_attempt", "attempted", metrics.Assignment), Unit: panel.Share, Bar: panel.FirstAttempt, Max: 1,
		},
		{
			Name: text.Message{EN: "stuck", RU: "застряли"}, Width: 90,
			Query: query.StuckOfAttempted(c.courses(), metrics.Assignment), Unit: panel.Count, Levels: board.Stuck(),
		},
		{
			Name: text.Message{EN: "mean best result", RU: "средний лучший балл"}, Width: 170,
			Query: query.FacilitiesByAssignment(c.courses()), Unit: panel.Share,
		},
		{
			Name: text.Message{EN: "median attempts", RU: "медиана попыток"}, Width: 140,
			Query: query.AttemptsToSolve(c.courses(), 0.5, metrics.Assignment), Unit: panel.Count,
		},
	}).Span(24).Height(11)
}

func (c Course) submissionsPerDay(s panel.Style) *panel.Timeseries {
	return s.DailyBars(panel.About{
		Title: text.Message{EN: "Submissions per day", RU: "Посылки по дням"},
		Description: text.Message{
			EN: "Submissions to the course on each local day; the last bar is today so far. Red marks are deadlines: how many " +
				"days before them does work begin?",
			RU: "Посылки по курсу за каждый день по местному времени; последний столбец — сегодня на данный момент. Красные " +
				"отметки — дедлайны: за сколько дней до них начинают работать?",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.SubmissionsPerDay(c.courses()), Name: text.Message{EN: "submissions", RU: "посылки"}, Color: panel.Submissions,
	})
}

func (c Course) studentsPerDay(s panel.Style) *panel.Timeseries {
	return s.DailyBars(panel.About{
		Title: text.Message{EN: "Students per day", RU: "Студенты по дням"},
		Description: text.Message{
			EN: "Students who sent at least one submission to the course on each local day; the last bar is today so far. " +
				"Fewer from deadline to deadline: the course loses them.",
			RU: "Студенты, отправившие за день по местному времени хотя бы одну посылку по курсу; последний столбец — сегодня на " +
				"данный момент. Если от дедлайна к дедлайну их меньше, курс их теряет.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.UsersPerDayByCourse(c.courses()), Name: text.Message{EN: "students", RU: "студенты"}, Color: panel.Users,
	})
}

func (c Course) verdictsPerDay(s panel.Style) *panel.Timeseries {
	return s.DailyVerdicts(panel.About{
		Title: text.Message{EN: "Checks per day by verdict", RU: "Проверки по дням и вердиктам"},
		Description: text.Message{
			EN: "Checks that ended on each local day, by what they said; the last bar is today so far. Pink is our fault, not " +
				"the students'.",
			RU: "Проверки, закончившиеся за день по местному времени, по вердиктам; последний столбец — сегодня на данный " +
				"момент. Розовое — наша вина, а не студентов.",
		},
		Unit: panel.Count,
	}, query.VerdictsPerDay(c.courses()))
}

func (c Course) activeOverTime(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Started and active", RU: "Начавшие и активные"},
		Description: text.Message{
			EN: "Students who had started the course, and those active in the 7 days before each moment. The gap between the " +
				"lines are those who do not work at present.",
			RU: "Студенты, которые уже начали курс, и активные за 7 дней до каждого момента. Зазор между линиями — те, кто сейчас " +
				"не занимается.",
		},
		Unit: panel.Count,
	},
		students("started", query.CourseStudents(c.courses(), "started")),
		students("active_7d", query.CourseStudents(c.courses(), "active_7d")),
	)
}

func (c Course) hoursOfWeek(s panel.Style) *panel.Table {
	return s.HourOfWeek(panel.About{
		Title: text.Message{EN: "Submissions by weekday and hour", RU: "Посылки по дням недели и часам"},
		Description: text.Message{
			EN: "All submissions to the course up to the end of the time range. Hold office hours where the colour is.",
			RU: "Все посылки по курсу до конца выбранного периода. Назначайте консультации на часы, выделенные цветом.",
		},
		Unit: panel.Count,
	}, query.SubmissionsByHourOfWeek(c.courses()))
}
