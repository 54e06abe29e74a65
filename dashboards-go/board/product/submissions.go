// Package product is the dashboards of the product team.
package product

import (
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// Folder is the product team's folder.
var Folder = panel.Folder{UID: "product", Title: text.Message{EN: "Product", RU: "Продукт"}}

// Submissions is the dashboard "Submissions and users per day". What its readers want to know:
//
//   - Is today a usual day so far? How much was sent, and by how many people?
//   - Is the service used more and more, or less and less? By how many people, and how often do they come back?
//   - Which courses does the use come from?
//   - Was that peak a deadline?
//   - At which hours must everything run, and when may we deploy?
func Submissions(s panel.Style) *panel.Board {
	return s.Board(Folder, "product-submissions",
		text.Message{EN: "Submissions and users per day", RU: "Посылки и пользователи по дням"},
		text.Message{
			EN: "How much the service is used, day by day: submissions of the chosen courses and the people who " +
				"send them. If a fixed period is chosen, the figures of today and yesterday are those of its end.",
			RU: "Как используется сервис день за днём: посылки выбранных курсов и люди, которые их отправляют. Если " +
				"выбран фиксированный период, «сегодня» и «вчера» — это его конец.",
		}).
		Courses(query.CourseNames()).
		Deadlines(query.Deadlines(chosen), false).
		Panel("submissions-today", submissionsToday(s)).
		Panel("users-today", usersToday(s)).
		Panel("submissions-yesterday", submissionsYesterday(s)).
		Panel("users-yesterday", usersYesterday(s)).
		Panel("active-week", activeWeek(s)).
		Panel("active-month", activeMonth(s)).
		Row("days", text.Message{EN: "Day by day", RU: "День за днём"}).
		Panel("submissions-per-day", submissionsPerDay(s)).
		Panel("users-per-day", usersPerDay(s)).
		Row("courses", text.Message{EN: "Which courses", RU: "Какие курсы"}).
		Panel("submissions-per-day-by-course", submissionsPerDayByCourse(s)).
		Panel("users-per-day-by-course", usersPerDayByCourse(s)).
		Row("pace", text.Message{EN: "Today and the trend", RU: "Сегодня и динамика"}).
		Panel("today", today(s)).
		Panel("active-users", activeUsers(s)).
		Row("hours", text.Message{EN: "Weekdays and hours", RU: "Дни недели и часы"}).
		Panel("hours-of-week", hoursOfWeek(s))
}

func submissionsToday(s panel.Style) *panel.Stat {
	return s.ComparedNumber(panel.About{
		Title: text.Message{EN: "Submissions today", RU: "Посылок сегодня"},
		Description: text.Message{
			EN: "Submissions to the chosen courses since local midnight. The percentage is the difference from the " +
				"same weekday last week at this time of day; there is none if nothing came then, and in the week " +
				"after clocks change it is an hour off. If it falls far below zero and no deadline explains it, " +
				"students may be unable to submit.",
			RU: "Посылки по выбранным курсам с полуночи по местному времени. Процент — разница с тем же днём " +
				"прошлой недели к этому же времени; если тогда посылок не было, процента нет, а в неделю после " +
				"перевода часов он сдвинут на час. Если он намного ниже нуля и дедлайнами это не объяснить, " +
				"возможно, студенты не могут отправить решения.",
		},
		Unit: panel.Count,
	}, ofChosen(query.SubmissionsToday(chosen)), query.SubmissionsTodayWeekAgo(chosen).AsBase())
}

func usersToday(s panel.Style) *panel.Stat {
	return s.ComparedNumber(panel.About{
		Title: text.Message{EN: "Users today", RU: "Пользователей сегодня"},
		Description: text.Message{
			EN: "Students who sent at least one submission to any course since local midnight, each counted once. " +
				"The percentage is the difference from the same weekday last week at this time of day. Fewer " +
				"submissions from as many users is a quiet day; fewer users means that people do not come.",
			RU: "Студенты, которые с полуночи по местному времени отправили хотя бы одну посылку по любому курсу; " +
				"каждый учтён один раз. Процент — разница с тем же днём прошлой недели к этому же времени. Если " +
				"посылок меньше, а пользователей столько же, день просто спокойный; если меньше и пользователей — " +
				"люди не приходят.",
		},
		Unit: panel.Count,
	}, ofAll(query.UsersToday()), query.UsersTodayWeekAgo().AsBase())
}

func submissionsYesterday(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Submissions yesterday", RU: "Посылок вчера"},
		Description: text.Message{
			EN: "Submissions to the chosen courses on the last complete local day, those read late included: the " +
				"figure to quote for a day.",
			RU: "Посылки по выбранным курсам за последние полные сутки по местному времени, включая прочитанные с " +
				"опозданием: это число и стоит называть в отчётах.",
		},
		Unit: panel.Count,
	}, ofChosen(query.SubmissionsYesterday(chosen)))
}

func usersYesterday(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Users yesterday", RU: "Пользователей вчера"},
		Description: text.Message{
			EN: "Students who sent at least one submission to any course on the last complete local day, each " +
				"counted once: the figure to quote for a day.",
			RU: "Студенты, которые за последние полные сутки по местному времени отправили хотя бы одну посылку по " +
				"любому курсу; каждый учтён один раз. Это число и стоит называть в отчётах.",
		},
		Unit: panel.Count,
	}, ofAll(query.UsersYesterday()))
}

func activeWeek(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Active in 7 days", RU: "Активных за 7 дней"},
		Description: text.Message{
			EN: "Students who sent at least one submission to any course in the 7 days before now. It has no weekly " +
				"rhythm, so a change is a change in use.",
			RU: "Студенты, которые за последние 7 дней отправили хотя бы одну посылку по любому курсу. Недельного " +
				"ритма у этого числа нет: если оно меняется, значит, сервисом стали пользоваться иначе.",
		},
		Unit: panel.Count,
	}, ofAll(query.ActiveUsers("7d")))
}

func activeMonth(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Active in 30 days", RU: "Активных за 30 дней"},
		Description: text.Message{
			EN: "Students who sent at least one submission to any course in the 30 days before now: the size of the " +
				"audience.",
			RU: "Студенты, которые за последние 30 дней отправили хотя бы одну посылку по любому курсу: размер " +
				"аудитории.",
		},
		Unit: panel.Count,
	}, ofAll(query.ActiveUsers("30d")))
}

func submissionsPerDay(s panel.Style) *panel.Timeseries {
	return s.DailyBars(panel.About{
		Title: text.Message{EN: "Submissions per day", RU: "Посылки по дням"},
		Description: text.Message{
			EN: "Submissions to the chosen courses on each local day; the last bar is today so far. Compare a day " +
				"with the same weekday before it. A peak is mostly a deadline: switch on the marks at the top of " +
				"the dashboard.",
			RU: "Посылки по выбранным курсам за каждый день по местному времени; последний столбец — сегодня на " +
				"данный момент. Сравнивайте день с тем же днём недели раньше. Пик — это чаще всего дедлайн: " +
				"включите отметки вверху дашборда.",
		},
		Unit: panel.Count,
	}, ofChosen(query.SubmissionsPerDay(chosen)))
}

func usersPerDay(s panel.Style) *panel.Timeseries {
	return s.DailyBars(panel.About{
		Title: text.Message{EN: "Users per day", RU: "Пользователи по дням"},
		Description: text.Message{
			EN: "Students who sent at least one submission on each local day; the last bar is today so far. The " +
				"service as a whole, each student counted once: it does not follow the choice of courses. When " +
				"submissions grow and users do not, the same people send more often.",
			RU: "Студенты, которые за день по местному времени отправили хотя бы одну посылку; последний столбец — " +
				"сегодня на данный момент. Это сервис целиком, каждый студент учтён один раз: от выбора курсов " +
				"число не зависит. Если посылки растут, а пользователи нет, те же люди стали отправлять чаще.",
		},
		Unit: panel.Count,
	}, ofAll(query.UsersPerDay()))
}

func submissionsPerDayByCourse(s panel.Style) *panel.Timeseries {
	return s.DailyBars(panel.About{
		Title: text.Message{EN: "Submissions per day by course", RU: "Посылки по дням и курсам"},
		Description: text.Message{
			EN: "The submissions of each local day, divided by course; the last bar is today so far. See which " +
				"course makes the load and which has fallen silent.",
			RU: "Посылки за каждый день по местному времени, разделённые по курсам; последний столбец — сегодня на " +
				"данный момент. Видно, какой курс создаёт нагрузку, а какой затих.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.SubmissionsPerDayByCourse(chosen), Name: course}).
		Stacking(panel.Stacked())
}

func usersPerDayByCourse(s panel.Style) *panel.Timeseries {
	return s.DailyLines(panel.About{
		Title: text.Message{EN: "Users per day by course", RU: "Пользователи по дням и курсам"},
		Description: text.Message{
			EN: "Students who sent at least one submission to the course on each local day; the last point is today " +
				"so far, and a day without a point had nobody or was not recorded. Lines are not stacked: who works in two courses is " +
				"in both, so the courses may add up to more than the service has.",
			RU: "Студенты, которые за день по местному времени отправили хотя бы одну посылку по курсу; последняя " +
				"точка — сегодня на данный момент, а день без точки — это день без пользователей или без записи. Линии не " +
				"складываются: кто занимается на двух курсах, учтён в обоих, поэтому сумма по курсам может быть " +
				"больше числа пользователей сервиса.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.UsersPerDayByCourse(chosen), Name: course})
}

func today(s panel.Style) *panel.Timeseries {
	return panel.Today(s.Lines(panel.About{
		Title: text.Message{
			EN: "Today against the same weekday last week: submissions so far",
			RU: "Сегодня и тот же день прошлой недели: посылки с начала дня",
		},
		Description: text.Message{
			EN: "Submissions to the chosen courses, added up since local midnight, where the time range ends now. If today's line is flat at an " +
				"hour when last week's rises, look whether the service works. The end of last week's line is what " +
				"today may come to.",
			RU: "Посылки по выбранным курсам, накопленные с полуночи по местному времени, если выбранный период " +
				"кончается сейчас. Если линия не растёт в " +
				"час, когда неделю назад росла, проверьте, работает ли сервис. Конец линии прошлой недели " +
				"показывает, к чему может прийти сегодняшний день.",
		},
		Unit: panel.Count,
	},
		panel.Series{
			Query: query.PaceToday(chosen),
			Name:  text.Message{EN: "today", RU: "сегодня"},
			Color: panel.Submissions,
		},
		panel.Series{
			Query: query.PaceWeekAgo(chosen),
			Name:  text.Message{EN: "a week ago", RU: "неделю назад"},
			Color: panel.Earlier,
		},
	))
}

func activeUsers(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Active users, all courses", RU: "Активные пользователи, все курсы"},
		Description: text.Message{
			EN: "Students who sent at least one submission to any course in the 1, 7 and 30 days before each " +
				"moment. The 30 days are the audience; the closer the other lines come to it, the more often people " +
				"come back.",
			RU: "Студенты, которые за 1, 7 и 30 дней до каждого момента отправили хотя бы одну посылку по любому " +
				"курсу. 30 дней — это аудитория; чем ближе к ней другие линии, тем чаще люди возвращаются.",
		},
		Unit: panel.Count,
	},
		panel.Series{
			Query: query.ActiveUsers("30d"), Name: text.Message{EN: "30 days", RU: "30 дней"}, Color: "purple",
		},
		panel.Series{
			Query: query.ActiveUsers("7d"), Name: text.Message{EN: "7 days", RU: "7 дней"}, Color: panel.Users,
		},
		panel.Series{
			Query: query.ActiveUsers("1d"), Name: text.Message{EN: "1 day", RU: "1 день"}, Color: "green",
		},
	)
}

func hoursOfWeek(s panel.Style) *panel.Table {
	return s.HourOfWeek(panel.About{
		Title: text.Message{
			EN: "Submissions by weekday and hour, all history",
			RU: "Посылки по дням недели и часам, за всё время",
		},
		Description: text.Message{
			EN: "All submissions to the chosen courses up to the end of the time range, however long before it, by " +
				"local weekday and hour. Orange are hours with at least 75% of the busiest one: " +
				"then everything must run. Deploy where there is no colour.",
			RU: "Все посылки по выбранным курсам до конца выбранного периода, как бы давно они ни были, по местным " +
				"дням недели и часам. Оранжевым отмечены часы, в которые приходит не меньше 75% от самого " +
				"загруженного: тогда всё должно работать. Обновляйте сервис в часы без цвета.",
		},
		Unit: panel.Count,
	}, query.SubmissionsByHourOfWeek(chosen))
}
