package product

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Courses is the dashboard "Courses compared". What its readers want to know:
//
//   - How do the courses compare at a glance: size, use, success, service?
//   - Which course uses the service most for each of its students?
//   - In which course do students stop working, and when did that begin?
//   - Which course needs us most: hard, late, or badly served?
func Courses(s panel.Style) *panel.Board {
	return s.Board(Folder, "product-courses",
		text.Message{EN: "Courses compared", RU: "Сравнение курсов"},
		text.Message{
			EN: "All courses side by side. A course's own dashboards are in its folder.",
			RU: "Все курсы рядом. Собственные дашборды курса — в его папке.",
		}).
		Courses(query.CourseNames()).
		Deadlines(query.Deadlines(chosen), false).
		Panel("table", compared(s)).
		Row("use", text.Message{EN: "Use", RU: "Использование"}).
		Panel("active-share", activeShare(s)).
		Panel("per-student", perStudent(s)).
		Row("success", text.Message{EN: "Success and trouble", RU: "Успехи и трудности"}).
		Panel("accepted-by-course", acceptedByCourse(s)).
		Panel("attempts-by-course", attemptsByCourse(s)).
		Panel("late-by-course", lateByCourse(s)).
		Panel("stuck", stuckest(s))
}

func compared(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "At a glance", RU: "Одним взглядом"},
		Description: text.Message{
			EN: "Students now, submissions and results within the time range. Sort by the column that you are asked about; " +
				"a click on a course opens its funnel.",
			RU: "Студенты сейчас, посылки и результаты за выбранный период. Отсортируйте по нужному столбцу; щелчок по " +
				"курсу открывает его воронку.",
		},
		Unit: panel.Count,
	}, []panel.Key{courseKey}, []panel.Column{
		{Name: text.Message{EN: "started", RU: "начали"}, Query: query.CourseStudents(chosen, "started"), Unit: panel.Count, Width: 90},
		{
			Name:  text.Message{EN: "active in 7 days", RU: "активны за 7 дней"},
			Query: query.CourseStudents(chosen, "active_7d"), Unit: panel.Count, Bar: panel.Users,
		},
		{
			Name:  sent,
			Query: query.Submitted(chosen, inRange, metrics.Course), Unit: panel.Count, Bar: panel.Submissions,
		},
		{
			Name:  text.Message{EN: "accepted", RU: "принято"},
			Query: query.AcceptedShare(chosen, inRange, metrics.Course), Unit: panel.Share, Bar: panel.Good, Max: 1,
		},
		{
			Name: text.Message{EN: "late", RU: "поздно"}, Width: 90,
			Query: query.LateShare(chosen, inRange, metrics.Course), Unit: panel.Share, Levels: board.Late(),
		},
		{
			Name: text.Message{EN: "attempts", RU: "попыток"}, Width: 90,
			Query: query.AttemptsToSolve(chosen, 0.5, metrics.Course), Unit: panel.Count,
		},
		{
			Name: text.Message{EN: "feedback in time", RU: "ответ вовремя"}, Width: 140, Decimals: panel.Digits(1),
			Query: query.FeedbackInTime(chosen, inRange, metrics.Course), Unit: panel.Share,
			Levels: board.InTime(),
		},
	}).SortBy(s.Falling(sent)).Span(24).Height(14)
}

// sent is the column by which courses are in order: those of past terms come last.
var sent = text.Message{EN: "submissions", RU: "посылки"}

func activeShare(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Share of students who were active in 7 days", RU: "Доля студентов, активных за 7 дней"},
		Description: text.Message{
			EN: "Of those who had started each course, the share that sent something in the 7 days before each moment. All " +
				"fall in a break; one that falls alone loses its students.",
			RU: "Доля тех, кто за 7 дней до каждого момента что-то отправил, среди начавших курс. На каникулах падают все; " +
				"если падает один курс, он теряет студентов.",
		},
		Unit: panel.Share,
	}, panel.Series{Query: query.CourseShare(chosen, "active_7d", "started").NotZero(), Name: course}).Height(9)
}

func perStudent(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Submissions per student", RU: "Посылок на студента"},
		Description: text.Message{
			EN: "Submissions within the time range for each student who has started the course. Many mean an iterative " +
				"course, or that students guess.",
			RU: "Посылки за выбранный период на каждого студента, начавшего курс. Много — курс построен на повторных " +
				"попытках, или студенты угадывают.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Sorted(query.SubmissionsPerUser(chosen, inRange).NotZero()), Name: course, Color: panel.Submissions,
	}).Decimals(1).Height(9)
}

func acceptedByCourse(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Accepted", RU: "Принято"},
		Description: text.Message{
			EN: "Share of results within the time range that were accepted. The lowest are the hardest courses, or those " +
				"with the least clear assignments.",
			RU: "Доля принятых среди результатов за выбранный период. Ниже всего — самые трудные курсы или самые неясные " +
				"задания.",
		},
		Unit: panel.Share,
	}, panel.Series{
		Query: query.Sorted(query.AcceptedShare(chosen, inRange, metrics.Course)), Name: course, Color: panel.Good,
	})
}

func attemptsByCourse(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Attempts that 9 of 10 solvers need at most", RU: "Попыток, которых хватает 9 из 10 решивших"},
		Description: text.Message{
			EN: "Attempts within which 90% of those who solved an assignment did so, in all history. A long tail costs " +
				"checks and patience.",
			RU: "За сколько попыток решают 90% тех, кто решил задание, за всё время. Длинный хвост стоит проверок и терпения.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Sorted(query.AttemptsToSolve(chosen, 0.9, metrics.Course)), Name: course, Color: panel.Neutral,
	}).Decimals(0)
}

func lateByCourse(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Late", RU: "После дедлайна"},
		Description: text.Message{
			EN: "Share of submissions within the time range that came after their deadline. A course far above the others " +
				"has a deadline that collides with another, or assignments that are too long.",
			RU: "Доля посылок за выбранный период, пришедших после дедлайна. Если курс намного выше других, его дедлайны " +
				"совпадают с чужими или задания слишком велики.",
		},
		Unit: panel.Share,
	}, panel.Series{
		Query: query.Sorted(query.LateShare(chosen, inRange, metrics.Course)), Name: course, Color: "orange",
	})
}

func stuckest(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Assignments with most stuck students", RU: "Задания, где застряло больше всего студентов"},
		Description: text.Message{
			EN: "Students with 5 attempts or more, no solution and an attempt within 7 days, in the 10 assignments that " +
				"have most of them. Tell their teachers now: later these students are gone.",
			RU: "Студенты с 5 попытками и больше, без решения и с попыткой за последние 7 дней — 10 заданий, где их больше " +
				"всего. Сообщите преподавателям сейчас: потом этих студентов не вернуть.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Largest(10, query.Students(chosen, "stuck", eachAssignment...)), Name: text.Same("{{course}} · {{assignment}}"), Color: "red",
	})
}
