package product

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Funnel is the dashboard "Funnel and outcomes". What its readers want to know:
//
//   - What comes of what is sent: how much is accepted, and what fails most?
//   - Did that change when we released something?
//   - At which assignment do students stop, and where are they stuck?
//   - Which assignments cost the most attempts and time?
//   - Which courses have failures of another kind than others, and in which languages do people write?
func Funnel(s panel.Style) *panel.Board {
	return s.Board(Folder, "product-funnel",
		text.Message{EN: "Funnel and outcomes", RU: "Воронка и исходы"},
		text.Message{
			EN: "How far students get with each assignment, and what becomes of their submissions.",
			RU: "Как далеко студенты продвигаются в каждом задании и чем кончаются их посылки.",
		}).
		Courses(query.CourseNames()).
		Deadlines(query.Deadlines(chosen), false).
		Panel("accepted", acceptedShare(s)).
		Panel("wrong", wrongShare(s)).
		Panel("compile-errors", compileErrors(s)).
		Panel("late", lateShare(s)).
		Panel("attempts", medianAttempts(s)).
		Panel("time-to-solve", medianTimeToSolve(s)).
		Row("outcomes", text.Message{EN: "Outcomes", RU: "Исходы"}).
		Panel("verdicts-per-day", verdictsPerDay(s)).
		Panel("verdict-shares", verdictShares(s)).
		Panel("verdicts-by-course", verdictsByCourse(s)).
		Panel("languages", languages(s)).
		Row("funnel", text.Message{EN: "How far students get", RU: "Как далеко продвигаются студенты"}).
		Panel("funnel-table", funnel(s))
}

func acceptedShare(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Accepted", RU: "Принято"},
		Description: text.Message{
			EN: "Share of results within the time range that were accepted; failures of the infrastructure are no " +
				"results. It is lower in hard courses and before deadlines: compare with the same weeks before.",
			RU: "Доля принятых среди результатов за выбранный период; сбои инфраструктуры результатами не считаются. На " +
				"трудных курсах и перед дедлайнами она ниже: сравнивайте с такими же неделями раньше.",
		},
		Unit: panel.Share,
	}, ofChosen(query.AcceptedShare(chosen, inRange)))
}

func wrongShare(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Wrong answer", RU: "Неверный ответ"},
		Description: text.Message{
			EN: "Share of results within the time range that were a wrong answer. If it jumps in one assignment only, " +
				"suspect its tests; if in all, suspect a release.",
			RU: "Доля неверных ответов среди результатов за выбранный период. Если она подскочила в одном задании, дело " +
				"в его тестах; если во всех — в обновлении сервиса.",
		},
		Unit: panel.Share,
	}, ofChosen(query.VerdictShare(chosen, "wrong_answer", inRange)))
}

func compileErrors(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Compile error", RU: "Ошибка компиляции"},
		Description: text.Message{
			EN: "Share of results within the time range that did not compile: what a check in the editor, before sending, " +
				"would have spared the student.",
			RU: "Доля результатов за выбранный период, которые не скомпилировались: от них студента избавила бы проверка " +
				"в редакторе перед отправкой.",
		},
		Unit: panel.Share,
	}, ofChosen(query.VerdictShare(chosen, "compile_error", inRange)))
}

func lateShare(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Late", RU: "После дедлайна"},
		Description: text.Message{
			EN: "Share of submissions within the time range that came after their deadline. A rise in all courses at " +
				"once speaks of the service, not of the students.",
			RU: "Доля посылок за выбранный период, пришедших после дедлайна. Если она растёт сразу на всех курсах, дело в " +
				"сервисе, а не в студентах.",
		},
		Unit: panel.Share,
	}, ofChosen(query.LateShare(chosen, inRange)))
}

func medianAttempts(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Attempts to solve", RU: "Попыток до решения"},
		Description: text.Message{
			EN: "Median number of attempts of those who have solved an assignment, in all history. Many attempts mean " +
				"guessing: look whether feedback says what is wrong.",
			RU: "Медиана числа попыток у тех, кто решил задание, за всё время. Много попыток — значит, угадывают: " +
				"проверьте, понятно ли из ответа, что не так.",
		},
		Unit: panel.Count,
	}, ofChosen(query.AttemptsToSolve(chosen, 0.5))).Decimals(0)
}

func medianTimeToSolve(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Time to solve", RU: "Время до решения"},
		Description: text.Message{
			EN: "Median time from the first attempt to the solution, in all history; who solves at " +
				"once has 0. A shorter time after a release means that feedback became more helpful.",
			RU: "Медиана времени от первой попытки до решения за всё время; у решивших сразу — 0. Если после обновления " +
				"оно сократилось, ответы системы стали полезнее.",
		},
		Unit: panel.Seconds,
	}, ofChosen(query.TimeToSolve(chosen, 0.5)))
}

func verdictsPerDay(s panel.Style) *panel.Timeseries {
	return s.DailyVerdicts(panel.About{
		Title: text.Message{EN: "Checks per day by verdict", RU: "Проверки по дням и вердиктам"},
		Description: text.Message{
			EN: "Checks that ended on each local day, re-checks included; the last bar is today so far. A colour that " +
				"appears from one day on is a change: a release, a new assignment, or a broken test.",
			RU: "Проверки, закончившиеся за день по местному времени, включая повторные; последний столбец — сегодня на " +
				"данный момент. Новый цвет с какого-то дня — это перемена: обновление, новое задание или сломанный тест.",
		},
		Unit: panel.Count,
	}, query.VerdictsPerDay(chosen))
}

func verdictShares(s panel.Style) *panel.Timeseries {
	return s.DailyVerdicts(panel.About{
		Title: text.Message{EN: "Shares of verdicts per day", RU: "Доли вердиктов по дням"},
		Description: text.Message{
			EN: "The same, each day as a whole: the height of a colour is its share, however busy the day was. Quiet days " +
				"jump, so look at several in a row.",
			RU: "То же, но каждый день принят за целое: высота цвета — его доля, каким бы загруженным ни был день. В тихие " +
				"дни доли скачут, поэтому смотрите на несколько дней подряд.",
		},
		Unit: panel.Count,
	}, query.VerdictsPerDay(chosen)).Stacking(panel.Shares())
}

func verdictsByCourse(s panel.Style) *panel.BarChart {
	return s.Composition(panel.About{
		Title: text.Message{EN: "Verdicts by course", RU: "Вердикты по курсам"},
		Description: text.Message{
			EN: "What the checks of each course came to within the time range. A course whose pattern differs from " +
				"those like it wants a look at its limits and tests.",
			RU: "Чем закончились проверки каждого курса за выбранный период. Если у курса картина не такая, как у похожих, " +
				"проверьте его лимиты и тесты.",
		},
		Unit: panel.Share,
	}, query.Shares(query.Verdicts(chosen, inRange, metrics.Course), metrics.Course).NotZero(), "course", "verdict", panel.Verdicts()).Height(9)
}

func languages(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Languages", RU: "Языки"},
		Description: text.Message{
			EN: "Submissions within the time range by programming language: which environments are worth improving.",
			RU: "Посылки за выбранный период по языкам программирования: какие среды стоит улучшать.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.Languages(chosen, inRange), Name: text.Same("{{language}}"), Color: panel.Submissions}).Height(9)
}

func funnel(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Funnel of each assignment", RU: "Воронка каждого задания"},
		Description: text.Message{
			EN: "Students who have attempted each assignment, the share of them who solved it, and who did so at the first " +
				"attempt; those stuck have 5 attempts or more, no solution, and the last attempt within 7 days. Sort by " +
				"a column: few solved or many stuck is where the course loses people.",
			RU: "Студенты, которые пробовали решить задание, какая их доля решила и какая — с первой попытки; застрявшие — " +
				"те, у кого 5 попыток и больше без решения, последняя — за последние 7 дней. Отсортируйте по столбцу: где мало решивших или " +
				"много застрявших, там курс теряет людей.",
		},
		Unit: panel.Count,
	}, []panel.Key{
		{Label: "course", Name: text.Course, Width: 280},
		{Label: "assignment", Name: text.Assignment, Width: 220},
	}, []panel.Column{
		{Name: text.Message{EN: "attempted", RU: "пробовали"}, Query: query.Students(chosen, "attempted", eachAssignment...).NotZero(), Unit: panel.Count, Bar: panel.Attempted},
		{
			Name:  text.Message{EN: "solved", RU: "решили"},
			Query: query.StudentsShare(chosen, "solved", "attempted", eachAssignment...), Unit: panel.Share, Bar: panel.Solved, Max: 1,
		},
		{
			Name:  text.Message{EN: "at the first attempt", RU: "с первой попытки"},
			Query: query.StudentsShare(chosen, "solved_first_attempt", "attempted", eachAssignment...), Unit: panel.Share, Bar: panel.FirstAttempt, Max: 1,
		},
		{
			Name: stuck, Width: 100,
			Query: query.StuckOfAttempted(chosen, eachAssignment...), Unit: panel.Count, Levels: board.Stuck(),
		},
		{
			Name: text.Message{EN: "median attempts", RU: "медиана попыток"}, Width: 130,
			Query: query.AttemptsToSolve(chosen, 0.5, eachAssignment...), Unit: panel.Count,
		},
		{
			Name: text.Message{EN: "median time", RU: "медиана времени"}, Width: 150,
			Query: query.TimeToSolve(chosen, 0.5, eachAssignment...), Unit: panel.Seconds,
		},
	}).SortBy(s.Falling(stuck)).Span(24).Height(16)
}

// stuck is the column by which assignments are in order.
var stuck = text.Message{EN: "stuck", RU: "застряли"}
