package product

import (
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// Engagement is the dashboard "Engagement and retention". What its readers want to know:
//
//   - How large is our audience, and does it grow?
//   - Is growth made by newcomers, or by people who come back?
//   - How often do people come back within a week and within a month?
//   - Do those who began in the same week stay, and when do they leave?
//   - Which courses bring new people, and do those who are enrolled begin at all?
func Engagement(s panel.Style) *panel.Board {
	return s.Board(Folder, "product-engagement",
		text.Message{EN: "Engagement and retention", RU: "Вовлечённость и удержание"},
		text.Message{
			EN: "Who comes, who comes back and who leaves. People are counted once each in the whole service, so only " +
				"the last row follows the choice of courses.",
			RU: "Кто приходит, кто возвращается и кто уходит. Каждый человек учтён в сервисе один раз, поэтому от " +
				"выбора курсов зависит только последний ряд.",
		}).
		Since("now-119d/d"). // about a term
		Courses(query.CourseNames()).
		Deadlines(query.Deadlines(chosen), false).
		Panel("active-month", activeMonth(s)).
		Panel("active-week", activeWeek(s)).
		Panel("returning-week", returningWeek(s)).
		Panel("new-month", newMonth(s)).
		Panel("stickiness-week", stickinessOfMonth(s)).
		Panel("stickiness-day", stickinessOfWeek(s)).
		Row("growth", text.Message{EN: "Growth", RU: "Рост"}).
		Panel("new-and-returning", newAndReturning(s)).
		Panel("new-per-day", newPerDay(s)).
		Row("loyalty", text.Message{EN: "Coming back", RU: "Возвращения"}).
		Panel("stickiness", stickiness(s)).
		Panel("cohort-sizes", cohortSizes(s)).
		Panel("cohorts", cohorts(s)).
		Row("courses", text.Message{EN: "Courses", RU: "Курсы"}).
		Panel("new-by-course", newByCourse(s)).
		Panel("stages", courseStages(s))
}

func returningWeek(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Of them returning", RU: "Из них вернулись"},
		Description: text.Message{
			EN: "Students active in the last 7 days who had sent a submission before that. If it falls while newcomers " +
				"rise, people try the service and leave.",
			RU: "Студенты, активные за последние 7 дней, которые отправляли посылки и раньше. Если это число падает, а " +
				"новых становится больше, люди пробуют сервис и уходят.",
		},
		Unit: panel.Count,
	}, ofAll(query.ReturningUsers("7d")))
}

func newMonth(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "New in 30 days", RU: "Новых за 30 дней"},
		Description: text.Message{
			EN: "Students who sent their first submission ever in the last 30 days. It peaks when a term begins; outside " +
				"of that it shows who joins late.",
			RU: "Студенты, которые за последние 30 дней отправили свою самую первую посылку. Пик бывает в начале " +
				"семестра; в остальное время видно, кто присоединяется позже.",
		},
		Unit: panel.Count,
	}, ofAll(query.NewUsers("30d")))
}

func stickinessOfMonth(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Back within a week", RU: "Вернулись за неделю"},
		Description: text.Message{
			EN: "Of the students active in 30 days, the share active in the last 7 days. Near 100% work is weekly; if it " +
				"falls within a term, students skip assignments.",
			RU: "Из активных за 30 дней — доля активных и за последние 7 дней. Если она около 100%, занимаются каждую " +
				"неделю; если посреди семестра падает, студенты пропускают задания.",
		},
		Unit: panel.Share,
	}, ofAll(query.Stickiness("7d", "30d")))
}

func stickinessOfWeek(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Back within a day", RU: "Вернулись за день"},
		Description: text.Message{
			EN: "Of the students active in 7 days, the share active in the last 24 hours. One seventh, 14%, means one day " +
				"of work a week; more means that they come back on more days.",
			RU: "Из активных за 7 дней — доля активных и за последние 24 часа. Одна седьмая, то есть 14%, — это один " +
				"день занятий в неделю; больше — приходят чаще.",
		},
		Unit: panel.Share,
	}, ofAll(query.Stickiness("1d", "7d")))
}

func newAndReturning(s panel.Style) *panel.Timeseries {
	return s.Areas(panel.About{
		Title: text.Message{EN: "Active in 7 days: new and returning", RU: "Активные за 7 дней: новые и вернувшиеся"},
		Description: text.Message{
			EN: "Students active in the 7 days before each moment, divided into those whose first submission lies within " +
				"them and those who had been there before. Growth that is all new is the beginning of a term; growth that " +
				"returns is a better service.",
			RU: "Студенты, активные за 7 дней до каждого момента: те, чья первая посылка пришлась на эти дни, и те, кто " +
				"был и раньше. Если растут только новые — начался семестр; если растут вернувшиеся — сервис стал лучше.",
		},
		Unit: panel.Count,
	},
		panel.Series{
			Query: query.ReturningUsers("7d"), Name: text.Message{EN: "returning", RU: "вернувшиеся"}, Color: panel.Users,
		},
		panel.Series{Query: query.NewUsers("7d"), Name: text.Message{EN: "new", RU: "новые"}, Color: panel.Neutral},
	)
}

func newPerDay(s panel.Style) *panel.Timeseries {
	return s.DailyBars(panel.About{
		Title: text.Message{EN: "New users per day", RU: "Новые пользователи по дням"},
		Description: text.Message{
			EN: "Students whose first submission ever came on each local day; the last bar is today so far. A day of " +
				"many is a first assignment: look whether its cohort below stays.",
			RU: "Студенты, чья самая первая посылка пришла в этот день по местному времени; последний столбец — сегодня " +
				"на данный момент. Много новых — вышло первое задание: смотрите ниже, остаётся ли их когорта.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.NewUsersPerDay(), Name: text.Message{EN: "new", RU: "новые"}, Color: panel.Neutral})
}

func stickiness(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Stickiness", RU: "Частота возвращений"},
		Description: text.Message{
			EN: "The share of a longer window's users who were active in a shorter one before each moment. Lines that " +
				"fall together are a break; the week's line falling alone means that whole weeks are skipped.",
			RU: "Доля пользователей длинного окна, которые были активны и в более коротком. Если линии падают вместе, это " +
				"каникулы; если падает только недельная, пропускают целые недели.",
		},
		Unit: panel.Share,
	},
		panel.Series{
			Query: query.Stickiness("7d", "30d"), Color: panel.Users,
			Name: text.Message{EN: "7 days of 30 days", RU: "7 дней из 30 дней"},
		},
		panel.Series{
			Query: query.Stickiness("1d", "7d"), Color: "green",
			Name: text.Message{EN: "1 day of 7 days", RU: "1 день из 7 дней"},
		},
	)
}

func cohortSizes(s panel.Style) *panel.BarChart {
	return s.Distribution(panel.About{
		Title: text.Message{EN: "Newcomers by week", RU: "Новички по неделям"},
		Description: text.Message{
			EN: "How many students sent their first submission in the week that begins on each Monday: the size of the " +
				"cohorts below. Shares of small cohorts jump with every single student.",
			RU: "Сколько студентов отправили первую посылку в неделю, начавшуюся в этот понедельник: размер когорт ниже. " +
				"У маленьких когорт доля скачет из-за каждого студента.",
		},
		Unit: panel.Count,
	}, query.CohortSizes(), "cohort", panel.Neutral)
}

func cohorts(s panel.Style) *panel.Table {
	return s.Cohorts(panel.About{
		Title: text.Message{EN: "Retention of weekly cohorts", RU: "Удержание недельных когорт"},
		Description: text.Message{
			EN: "A row is the students who began in the week of that Monday, a column how many weeks later; a cell is the " +
				"share that sent a submission in that week, the present one as far as it has come. Read a row from left to " +
				"right: where the colour ends, people left. Cohorts of less than 5 students are not shown.",
			RU: "Строка — студенты, начавшие на неделе с этого понедельника, столбец — сколько недель прошло; в ячейке " +
				"доля тех, кто на той неделе что-то отправил, текущая неделя — на данный момент. Читайте строку слева " +
				"направо: где кончается цвет, люди ушли. Когорты меньше 5 студентов не показаны.",
		},
		Unit: panel.Share,
	}, query.Retention())
}

func newByCourse(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Courses that bring new people", RU: "Курсы, которые приводят новых людей"},
		Description: text.Message{
			EN: "Students whom each course saw for the first time within the time range. Who is new to two courses is in " +
				"both.",
			RU: "Студенты, которые за выбранный период впервые отправили посылку по курсу. Новичок двух курсов " +
				"учтён в обоих.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Sorted(query.OfRunning(query.NewUsersByCourse(chosen, inRange))), Name: course, Color: panel.Neutral,
	})
}

func courseStages(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "From enrolment to work", RU: "От записи до работы"},
		Description: text.Message{
			EN: "Students who are enrolled, who have an attempt at any assignment, and who sent something in the last " +
				"7 days. A course with many enrolled and few started has a barrier at its first assignment.",
			RU: "Студенты, которые записаны на курс, которые пробовали решить хотя бы одно задание и которые что-то " +
				"отправили за последние 7 дней. Если записано много, а начали немногие, мешает первое задание.",
		},
		Unit: panel.Count,
	}, []panel.Key{courseKey}, []panel.Column{
		{Name: text.Message{EN: "enrolled", RU: "записаны"}, Query: query.CourseStudents(chosen, "enrolled"), Unit: panel.Count, Width: 90},
		{Name: text.Message{EN: "started", RU: "начали"}, Query: query.CourseStudents(chosen, "started"), Unit: panel.Count, Width: 90},
		{
			Name:  text.Message{EN: "started of enrolled", RU: "доля начавших"},
			Query: query.CourseShare(chosen, "started", "enrolled"), Unit: panel.Share, Bar: panel.Users, Max: 1,
		},
		{
			Name:  activeOfStarted,
			Query: query.CourseShare(chosen, "active_7d", "started"), Unit: panel.Share, Bar: panel.Submissions, Max: 1,
		},
	}).SortBy(s.Falling(activeOfStarted))
}

// activeOfStarted is the column by which courses are in order: those of past terms come last.
var activeOfStarted = text.Message{EN: "active of started", RU: "доля активных"}
