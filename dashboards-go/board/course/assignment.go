package course

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// Assignment is the dashboard of one assignment of a course; at first the one that is worked on most. What its teachers
// want to know:
//
//   - How far is the class with it?
//   - Was it too hard or too easy, and does it tell strong students from weak ones?
//   - How many attempts and how much time does it cost?
//   - What do students fail with, and did that change?
//   - Do many stop halfway?
func (c Course) Assignment(s panel.Style) *panel.Board {
	return c.bare(s, "assignment",
		text.Message{EN: "assignment", RU: "задание"},
		text.Message{
			EN: "One assignment: how far the class is, how hard it is, and what it fails with.",
			RU: "Одно задание: насколько продвинулась группа, насколько оно трудное и на чём спотыкаются.",
		}).
		Assignments(query.BusiestAssignments(c.courses())).
		Deadlines(query.DeadlineOfChosen(c.courses()), true).
		Panel("attempted", c.attempted(s)).
		Panel("solved", c.solved(s)).
		Panel("stuck", c.stuck(s)).
		Panel("facility", c.facility(s)).
		Panel("attempts", c.attempts(s)).
		Panel("time-to-solve", c.timeToSolve(s)).
		Row("progress", text.Message{EN: "How far the class is", RU: "Насколько продвинулась группа"}).
		Panel("steps", c.steps(s)).
		Panel("progress-over-time", c.progress(s)).
		Row("hardness", text.Message{EN: "How hard it is", RU: "Насколько оно трудное"}).
		Panel("best-scores", c.bestScores(s)).
		Panel("attempts-distribution", c.attemptsDistribution(s)).
		Row("verdicts", text.Message{EN: "What it fails with", RU: "На чём спотыкаются"}).
		Panel("verdicts-per-day", c.verdictsOfAssignment(s)).
		Panel("verdicts-ever", c.verdictsEver(s))
}

func (c Course) attempted(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Attempted", RU: "Пробовали"},
		Description: text.Message{
			EN: "Students with at least one result of this assignment.",
			RU: "Студенты хотя бы с одним результатом по этому заданию.",
		},
		Unit: panel.Count,
	}, students("attempted", query.StudentsOfChosen(c.courses(), "attempted")))
}

func (c Course) solved(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Solved, of them", RU: "Решили из них"},
		Description: text.Message{
			EN: "The share of those who attempted the assignment that solved it. Below half, shortly after the deadline, it " +
				"was too hard or unclear.",
			RU: "Доля решивших среди пробовавших. Если вскоре после дедлайна меньше половины, задание слишком трудное или " +
				"непонятное.",
		},
		Unit: panel.Share,
	}, students("solved", query.Ratio(query.StudentsOfChosen(c.courses(), "solved"), query.StudentsOfChosen(c.courses(), "attempted"))))
}

func (c Course) stuck(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Stuck", RU: "Застряли"},
		Description: text.Message{
			EN: "Students with 5 attempts or more, no solution, and the last attempt within 7 days: they want help now.",
			RU: "Студенты с 5 попытками и больше, без решения, с попыткой за последние 7 дней: им нужна помощь сейчас.",
		},
		Unit: panel.Count,
	}, students("stuck", query.StudentsOfChosen(c.courses(), "stuck")), board.Stuck())
}

func (c Course) facility(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Mean best result", RU: "Средний лучший балл"},
		Description: text.Message{
			EN: "Facility: the mean over students of their best result, of all points. Near 100% it is easy, below 40% hard. " +
				"From 10 students on.",
			RU: "Лёгкость: среднее лучших результатов студентов в долях всех баллов. Около 100% — легко, меньше 40% — трудно. " +
				"Считается от 10 студентов.",
		},
		Unit: panel.Share,
	}, ever(query.FacilityOfChosen(c.courses()), panel.Neutral))
}

func (c Course) attempts(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Attempts to solve", RU: "Попыток до решения"},
		Description: text.Message{
			EN: "Median number of attempts of those who solved it.",
			RU: "Медиана числа попыток у тех, кто решил.",
		},
		Unit: panel.Count,
	}, ever(query.MedianAttemptsOfChosen(c.courses()), panel.Submissions)).Decimals(0)
}

func (c Course) timeToSolve(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Time to solve", RU: "Время до решения"},
		Description: text.Message{
			EN: "Median time from the first attempt to the solution; who solved at once has 0. Days mean that it is put off, " +
				"not that it is long.",
			RU: "Медиана времени от первой попытки до решения; у решивших сразу — 0. Дни означают, что решение откладывают, а не " +
				"что задание большое.",
		},
		Unit: panel.Seconds,
	}, ever(query.Quantile(0.5, query.TimesOfChosen(c.courses())), panel.Submissions))
}

func (c Course) steps(s panel.Style) *panel.BarGauge {
	stage := func(name string) panel.Series { return students(name, query.StudentsOfChosen(c.courses(), name)) }
	return s.Steps(panel.About{
		Title: text.Message{EN: "Funnel", RU: "Воронка"},
		Description: text.Message{
			EN: "Students who have attempted the assignment, have points, solved it, solved it at the first attempt, and who are " +
				"stuck now. Where the bar becomes much shorter is the step that is too high.",
			RU: "Студенты, которые пробовали, набрали баллы, решили, решили с первой попытки и застряли сейчас. Где полоса резко " +
				"короче, там слишком высокая ступень.",
		},
		Unit: panel.Count,
	}, stage("attempted"), stage("scored"), stage("solved"), stage("solved_first_attempt"), stage("stuck"))
}

func (c Course) progress(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Attempted and solved over time", RU: "Пробовали и решили: как менялось"},
		Description: text.Message{
			EN: "Students so far, at each moment. Lines that stay apart after the deadline are students who gave up.",
			RU: "Студенты на каждый момент. Если после дедлайна линии не сошлись, эти студенты сдались.",
		},
		Unit: panel.Count,
	},
		students("attempted", query.StudentsOfChosen(c.courses(), "attempted")),
		students("solved", query.StudentsOfChosen(c.courses(), "solved")),
		students("stuck", query.StudentsOfChosen(c.courses(), "stuck")),
	)
}

func (c Course) bestScores(s panel.Style) *panel.BarChart {
	return s.Distribution(panel.About{
		Title: text.Message{EN: "Best results", RU: "Лучшие результаты"},
		Description: text.Message{
			EN: "Students by their best result so far: 0.3 is from 30% to below 40% of all points, 1.0 is all. A hill in the " +
				"middle is one part that many cannot do; two hills are two classes in one.",
			RU: "Студенты по лучшему результату на сегодня: 0.3 — от 30% до неполных 40% всех баллов, 1.0 — все. Холм " +
				"посередине — часть, которая не даётся многим; два холма — две группы в одной.",
		},
		Unit: panel.Count,
	}, query.BestScores(c.courses()), "bucket", panel.Attempted)
}

func (c Course) attemptsDistribution(s panel.Style) *panel.BarGauge {
	attempts := query.AttemptsOfChosen(c.courses())
	needed := func(name string, from, to float64, color string) panel.Series {
		return panel.Series{Query: query.Between(from, to, attempts), Name: text.Same(name), Color: color}
	}
	ramp := panel.Ramp()
	return s.Steps(panel.About{
		Title: text.Message{EN: "Attempts that solvers needed", RU: "Сколько попыток понадобилось решившим"},
		Description: text.Message{
			EN: "Shares of those who solved the assignment by the number of their attempts. Most at 1: easy, or copied. Many " +
				"above 8: they guess, and feedback does not help them.",
			RU: "Доли решивших по числу попыток. Большинство с 1 — легко или списано. Многим понадобилось больше 8 — угадывают, и ответ системы " +
				"им не помогает.",
		},
		Unit: panel.Share,
	},
		needed("1", 0, 1, ramp[0]), needed("2", 1, 2, ramp[1]), needed("3–4", 2, 4, ramp[2]),
		needed("5–8", 4, 8, ramp[3]), needed("9–16", 8, 16, ramp[4]), needed("> 16", 16, query.Endless, ramp[5]),
	).Max(1)
}

func (c Course) verdictsOfAssignment(s panel.Style) *panel.Timeseries {
	return s.DailyVerdicts(panel.About{
		Title: text.Message{EN: "Checks per day by verdict", RU: "Проверки по дням и вердиктам"},
		Description: text.Message{
			EN: "Checks of the assignment that ended on each local day; the last bar is today so far. When green does not grow " +
				"towards the deadline, students do not learn from their failures.",
			RU: "Проверки задания, закончившиеся за день по местному времени; последний столбец — сегодня на данный момент. Если " +
				"зелёного к дедлайну не больше, студенты не учатся на ошибках.",
		},
		Unit: panel.Count,
	}, query.VerdictsOfChosenPerDay(c.courses()))
}

func (c Course) verdictsEver(s panel.Style) *panel.BarGauge {
	return panel.Named(s, s.Ranking(panel.About{
		Title: text.Message{EN: "Verdicts so far", RU: "Вердикты на сегодня"},
		Description: text.Message{
			EN: "All checks of the assignment by what they said, the most first. The largest after accepted is what to explain " +
				"in the lecture.",
			RU: "Все проверки задания по вердиктам, сначала самые частые. Самый частый после «принято» стоит объяснить на лекции.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.VerdictsOfChosen(c.courses()), Name: verdict, Color: panel.Submissions}), panel.Verdicts())
}
