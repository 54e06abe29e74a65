package course

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Tests is the dashboard of item analysis of a course. What its teachers want to know:
//
//   - Which tests do most students fail?
//   - Is there a test that nobody passes, or that everybody passes, so that it says nothing?
//   - Which tests do not tell strong students from weak ones, and may be wrong?
//   - Of how many students do these figures speak?
//   - Which assignments are like that as a whole?
func (c Course) Tests(s panel.Style) *panel.Board {
	return c.board(s, "tests",
		text.Message{EN: "tests and item analysis", RU: "тесты и анализ заданий"},
		text.Message{
			EN: "Which tests and assignments are too hard, too easy or wrong. Figures of tests are kept until 30 days after the " +
				"deadline. Both figures are explained in docs/figures.md.",
			RU: "Какие тесты и задания слишком трудны, слишком легки или неверны. Данные о тестах хранятся до 30 дней после " +
				"дедлайна. Оба показателя объяснены в docs/figures.md.",
		}).
		Assignments(query.AnalysedAssignments(c.courses())).
		Panel("tests", c.testCount(s)).
		Panel("n", c.testStudents(s)).
		Panel("least-passed", c.leastPassed(s)).
		Panel("nobody", c.nobodyPasses(s)).
		Panel("everybody", c.everybodyPasses(s)).
		Panel("weak", c.weakTests(s)).
		Row("tests-row", text.Message{EN: "Tests of the assignment", RU: "Тесты задания"}).
		Panel("items", c.items(s)).
		Panel("outcomes", c.testOutcomes(s)).
		Row("assignments", text.Message{EN: "Assignments of the course", RU: "Задания курса"}).
		Panel("assignment-items", c.assignmentItems(s))
}

func (c Course) testCount(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Tests", RU: "Тестов"},
		Description: text.Message{
			EN: "Tests of the assignment that have run.",
			RU: "Сколько тестов задания выполнялось.",
		},
		Unit: panel.Count,
	}, ever(query.Tests(c.courses()), panel.Neutral))
}

func (c Course) testStudents(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Students", RU: "Студентов"},
		Description: text.Message{
			EN: "Students for whom the test ran that ran for most. Below 10 nothing is worked out; below 30 one student moves " +
				"every figure visibly.",
			RU: "Для скольких студентов выполнялся тест, до которого дошло больше всего. Меньше 10 — ничего не считается; меньше " +
				"30 — один студент заметно меняет каждую цифру.",
		},
		Unit: panel.Count,
	}, ever(query.MostTestStudents(c.courses()), panel.Submissions))
}

func (c Course) leastPassed(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Least passed", RU: "Труднейший тест"},
		Description: text.Message{
			EN: "The share of students who pass the test that the fewest pass. Its name stands first in the table.",
			RU: "Доля студентов, проходящих тест, который проходят реже всего. Его имя стоит в таблице первым.",
		},
		Unit: panel.Share,
	}, ever(query.LeastPassed(c.courses()), panel.Neutral))
}

func (c Course) nobodyPasses(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Nobody passes", RU: "Никто не проходит"},
		Description: text.Message{
			EN: "Tests that at most 5% of students pass. Try the model solution: such a test is mostly wrong.",
			RU: "Тесты, которые проходят не больше 5% студентов. Проверьте эталонное решение: такой тест чаще всего неверен.",
		},
		Unit: panel.Count,
	}, ever(query.HardTests(c.courses()), panel.Neutral), board.Any(2))
}

func (c Course) everybodyPasses(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Everybody passes", RU: "Проходят все"},
		Description: text.Message{
			EN: "Tests that at least 95% of students pass. One or two are a friendly start; more only cost time.",
			RU: "Тесты, которые проходят не меньше 95% студентов. Один-два — приятное начало; больше — лишь трата времени.",
		},
		Unit: panel.Count,
	}, ever(query.EasyTests(c.courses()), panel.Neutral))
}

func (c Course) weakTests(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Do not separate", RU: "Не различают"},
		Description: text.Message{
			EN: "Tests with a discrimination below 0.2: strong students pass them hardly more often than weak ones. Look for an " +
				"unclear statement, chance, or a wrong expected output.",
			RU: "Тесты с различающей способностью меньше 0.2: сильные студенты проходят их едва ли чаще слабых. Ищите неясное " +
				"условие, случайность или неверный ожидаемый вывод.",
		},
		Unit: panel.Count,
	}, ever(query.WeakTests(c.courses()), panel.Neutral), board.Any(4))
}

func (c Course) items(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Tests, the hardest first", RU: "Тесты, сначала самые трудные"},
		Description: text.Message{
			EN: "For each test: the students for whom it ran (n), the share of them who passed it, and how well it tells strong " +
				"students from weak ones (−1 to 1). Not green in the last column with many students: read that test again.",
			RU: "Для каждого теста: для скольких студентов он выполнялся (n), какая доля его прошла и насколько он отличает " +
				"сильных студентов от слабых (от −1 до 1). Не зелёное в последнем столбце при многих студентах: перечитайте этот тест.",
		},
		Unit: panel.Count,
	}, []panel.Key{{Label: "test", Name: text.Message{EN: "Test", RU: "Тест"}}}, []panel.Column{
		{Name: text.Message{EN: "n", RU: "n"}, Query: query.StudentsOfTests(c.courses()), Unit: panel.Count, Width: 70},
		{Name: passed, Query: query.FacilitiesOfTests(c.courses()), Unit: panel.Share, Bar: panel.Attempted, Max: 1},
		{
			Name: text.Message{EN: "separates", RU: "различает"}, Width: 110, Decimals: panel.Digits(2),
			Query: query.DiscriminationsOfTests(c.courses()), Unit: panel.Correlation,
			Levels: panel.WorseBelow(query.WeakDiscrimination, 0),
		},
	}).SortBy(s.Rising(passed)).Height(11)
}

// passed is the column by which tests are in order.
var passed = text.Message{EN: "pass", RU: "проходят"}

func (c Course) testOutcomes(s panel.Style) *panel.BarChart {
	return s.Composition(panel.About{
		Title: text.Message{EN: "How each test ends", RU: "Чем заканчивается каждый тест"},
		Description: text.Message{
			EN: "Results of each test in all checks so far, each test as a whole. Timeouts in one test alone are a hint at what it " +
				"demands; errors are programs that break, not answers that are wrong.",
			RU: "Результаты каждого теста во всех проверках, каждый тест — целое. Если время истекает только в одном тесте, это подсказка, " +
				"чего он требует; ошибки — это сломавшиеся программы, а не неверные ответы.",
		},
		Unit: panel.Share,
	}, query.Shares(query.OutcomesOfTests(c.courses()), metrics.Test), "test", "outcome", panel.TestOutcomes()).Height(11)
}

func (c Course) assignmentItems(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Item analysis of assignments", RU: "Анализ заданий"},
		Description: text.Message{
			EN: "For each assignment: the students who attempted it (n), the mean of their best results (facility), and the " +
				"correlation with their results at the course's other assignments (discrimination). Below 0.2 it does not measure " +
				"what the others measure. From 10 students on.",
			RU: "Для каждого задания: сколько студентов его пробовали (n), средний лучший результат (лёгкость) и корреляция с " +
				"результатами по другим заданиям курса (различающая способность). Меньше 0.2 — оно измеряет не то, что остальные. " +
				"Считается от 10 студентов.",
		},
		Unit: panel.Count,
	}, []panel.Key{c.assignmentKey()}, []panel.Column{
		{Name: text.Message{EN: "n", RU: "n"}, Query: query.Students(c.courses(), "attempted", metrics.Assignment).NotZero(), Unit: panel.Count, Width: 80},
		{
			Name:  text.Message{EN: "facility", RU: "лёгкость"},
			Query: query.FacilitiesByAssignment(c.courses()), Unit: panel.Share, Bar: panel.Attempted, Max: 1,
		},
		{
			Name: text.Message{EN: "discrimination", RU: "различающая способность"}, Width: 220, Decimals: panel.Digits(2),
			Query: query.DiscriminationsByAssignment(c.courses()), Unit: panel.Correlation,
			Levels: panel.WorseBelow(query.WeakDiscrimination, 0),
		},
		{
			Name: text.Message{EN: "attempts of 9 in 10", RU: "попыток у 9 из 10"}, Width: 170,
			Query: query.AttemptsToSolve(c.courses(), 0.9, metrics.Assignment), Unit: panel.Count,
		},
	}).Span(24).Height(11)
}
