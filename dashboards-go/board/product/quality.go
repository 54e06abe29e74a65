package product

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Quality is the dashboard "Service quality as students feel it". What its readers want to know:
//
//   - Does anybody wait for feedback now, for longer than we promise?
//   - Did we keep what we promise in the last 30 days, and how much may still go wrong?
//   - How long do students wait, in the middle and at worst, and when?
//   - How often do we fail them for our own fault?
//   - Which courses are served worse than others?
func Quality(s panel.Style) *panel.Board {
	return s.Board(Folder, "product-quality",
		text.Message{EN: "Service quality as students feel it", RU: "Качество сервиса глазами студентов"},
		text.Message{
			EN: "How soon students have feedback, and how often it fails through our fault. The objective: 99% of first " +
				"results within 10 minutes and 99.5% of checks without a failure of the infrastructure, over 30 days.",
			RU: "Как быстро студенты получают ответ и как часто он не приходит по нашей вине. Цель: 99% первых результатов " +
				"за 10 минут и 99.5% проверок без сбоя инфраструктуры за 30 дней.",
		}).
		Courses(query.CourseNames()).
		Deadlines(query.Deadlines(chosen), false).
		Panel("overdue", overdueNow(s)).
		Panel("in-time", feedbackInTime(s)).
		Panel("feedback-budget", feedbackBudget(s)).
		Panel("failure-budget", failureBudget(s)).
		Panel("median-wait", medianWait(s)).
		Panel("slow-wait", slowWait(s)).
		Row("waiting", text.Message{EN: "Waiting for feedback", RU: "Ожидание ответа"}).
		Panel("wait", waiting(s)).
		Panel("wait-heat", waitingHeat(s)).
		Panel("in-time-per-day", inTimePerDay(s)).
		Panel("still-waiting", stillWaiting(s)).
		Row("failures", text.Message{EN: "Our own failures", RU: "Наши собственные сбои"}).
		Panel("failures-per-day", failuresPerDay(s)).
		Panel("by-course", qualityByCourse(s))
}

func overdueNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Waiting too long now", RU: "Ждут слишком долго"},
		Description: text.Message{
			EN: "Submissions of the last 7 days that have waited for a first result for more than 10 minutes, and still do. " +
				"If it is above 0 and rises, call operations.",
			RU: "Посылки за последние 7 дней, которые ждут первого результата больше 10 минут и всё ещё ждут. Если число " +
				"больше 0 и растёт, зовите дежурного.",
		},
		Unit: panel.Count,
	}, ofChosen(query.Overdue(chosen)), board.Any(10))
}

func feedbackInTime(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "In time, 30 days", RU: "Вовремя, 30 дней"},
		Description: text.Message{
			EN: "Share of the submissions of the last 30 days whose first result was there within 10 minutes; who has waited " +
				"longer and waits still is not in time. The objective is 99%; below it the figure is not green.",
			RU: "Доля посылок за последние 30 дней, первый результат которых пришёл не позже чем через 10 минут; кто ждал " +
				"дольше и ещё ждёт, — опоздание. Цель — 99%; если меньше, число не зелёное.",
		},
		Unit: panel.Share,
	}, ofChosen(query.FeedbackInTime(chosen, metrics.ObjectiveWindow)), board.InTime()).
		Decimals(1)
}

func feedbackBudget(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Budget left: feedback", RU: "Бюджет: ответ"},
		Description: text.Message{
			EN: "Which part of the submissions that may wait too long within 30 days (1%) is not used up; those that wait still " +
				"count. Below 25% be careful with releases; below 0% the objective is missed.",
			RU: "Какая часть посылок, которым за 30 дней позволено ждать слишком долго (1%), ещё не израсходована; те, кто ещё " +
				"ждёт, входят. Если осталось меньше 25%, осторожнее с обновлениями; ниже 0% цель не достигнута.",
		},
		Unit: panel.Share,
	}, ofChosen(query.FeedbackObjective(chosen).BudgetLeft()), board.Budget())
}

func failureBudget(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Budget left: failures", RU: "Бюджет: сбои"},
		Description: text.Message{
			EN: "Which part of the checks that may fail for the infrastructure's fault within 30 days (0.5%) is not used " +
				"up. Below 25% repair before you build; below 0% the objective is missed.",
			RU: "Какая часть сбоев инфраструктуры, допустимых за 30 дней (0.5% проверок), ещё не " +
				"израсходована. Если осталось меньше 25%, сначала чините, потом стройте; ниже 0% цель не достигнута.",
		},
		Unit: panel.Share,
	}, ofChosen(query.ChecksObjective(chosen).BudgetLeft()), board.Budget())
}

func medianWait(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Half wait less than", RU: "Половина ждёт меньше"},
		Description: text.Message{
			EN: "Median time from sending to the first result, within the time range: what a student usually feels.",
			RU: "Медиана времени от отправки до первого результата за выбранный период: то, что студент видит обычно.",
		},
		Unit: panel.Seconds,
	}, ofChosen(query.FeedbackTimeIn(chosen, 0.5, inRange)))
}

func slowWait(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "99% wait less than", RU: "99% ждут меньше"},
		Description: text.Message{
			EN: "The time from sending to the first result that 99% of submissions within the time range did not exceed. " +
				"Above 600 seconds the chosen period is worse than promised.",
			RU: "Время от отправки до первого результата, в которое уложились 99% посылок за выбранный период. Если оно " +
				"больше 600 секунд, этот период хуже обещанного.",
		},
		Unit: panel.Seconds,
	}, ofChosen(query.FeedbackTimeIn(chosen, metrics.FeedbackShare, inRange)),
		board.Wait())
}

func waiting(s panel.Style) *panel.Timeseries {
	return panel.Limit(s.Waits(panel.About{
		Title: text.Message{EN: "Time to feedback", RU: "Время до ответа"},
		Description: text.Message{
			EN: "Within which time 50%, 95% and 99% of submissions had their first result; the dashed line is the " +
				"objective. Where only the upper lines rise, a few wait long: a queue before a deadline, or one slow course.",
			RU: "За какое время первый результат получили 50%, 95% и 99% посылок; пунктир — цель. Если растут только " +
				"верхние линии, долго ждут немногие: очередь перед дедлайном или один медленный курс.",
		},
		Unit: panel.Seconds,
	},
		board.Percentiles(func(share float64) query.Expression { return query.FeedbackTime(chosen, share) })...,
	), metrics.FeedbackObjective.Seconds())
}

func waitingHeat(s panel.Style) *panel.Heatmap {
	return s.HeatMap(panel.About{
		Title: text.Message{EN: "How many waited how long", RU: "Сколько студентов сколько ждали"},
		Description: text.Message{
			EN: "First results per minute by how long they took; the colour says how many. A band that splits in two is two kinds of " +
				"checks; a cloud above 10 minutes is the students who complain.",
			RU: "Первые результаты в минуту по времени ожидания; цвет говорит, сколько их. Если полоса раздвоилась, это два " +
				"вида проверок; облако выше 10 минут — студенты, которые жалуются.",
		},
		Unit: panel.Seconds,
	}, query.FeedbackHeat(chosen))
}

func inTimePerDay(s panel.Style) *panel.Timeseries {
	return panel.Limit(s.DailyLines(panel.About{
		Title: text.Message{EN: "Feedback in time per day", RU: "Ответы вовремя по дням"},
		Description: text.Message{
			EN: "Share of each local day's submissions with a first result within 10 minutes; the dashed line is the objective. " +
				"Single days below it are paid from the budget; several in a row need more workers.",
			RU: "Доля посылок дня с первым результатом не позже чем через 10 минут; пунктир — цель. Отдельные дни ниже " +
				"неё оплачивает бюджет; если таких дней несколько подряд, нужны ещё воркеры.",
		},
		Unit: panel.Share,
	}, panel.Series{
		Query: query.FeedbackInTimePerDay(chosen), Name: text.Message{EN: "in time", RU: "вовремя"}, Color: panel.Submissions,
	}), metrics.FeedbackShare).AxisSoftMin(0.8).Max(1)
}

func stillWaiting(s panel.Style) *panel.Timeseries {
	return panel.Filled(s.Lines(panel.About{
		Title: text.Message{EN: "Waiting for longer than promised", RU: "Ждут дольше обещанного"},
		Description: text.Message{
			EN: "Submissions without a first result for more than 10 minutes at each moment. Times of feedback " +
				"never show them, because they have none yet. A flat line that does not fall is a check that hangs.",
			RU: "Посылки, которые в этот момент ждали первого результата больше 10 минут. Во времени до ответа " +
				"их не видно: ответа ещё нет. Ровная линия, которая не падает, — зависшая проверка.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.Overdue(chosen), Name: text.Message{EN: "waiting", RU: "ждут"}, Color: "red"}))
}

func failuresPerDay(s panel.Style) *panel.Timeseries {
	return panel.Limit(s.DailyLines(panel.About{
		Title: text.Message{EN: "Checks that failed through our fault, per day", RU: "Проверки, сорвавшиеся по нашей вине, по дням"},
		Description: text.Message{
			EN: "Share of each local day's checks that the infrastructure failed; the dashed line is the objective. " +
				"Students are not to blame for them and they are no attempts.",
			RU: "Доля проверок дня, сорвавшихся из-за инфраструктуры; пунктир — цель. Студенты в них не виноваты, попытками " +
				"они не считаются.",
		},
		Unit: panel.Share,
	}, panel.Series{
		Query: query.FailedSharePerDay(chosen), Name: text.Message{EN: "failed", RU: "сорвались"}, Color: "red",
	}), 1-metrics.CheckShare)
}

func qualityByCourse(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Quality by course", RU: "Качество по курсам"},
		Description: text.Message{
			EN: "First results within the time range: how many, the share within 10 minutes, the time that 95% did not " +
				"exceed, and the share of checks that failed through our fault. A course that is worse than the rest has slow " +
				"checks or a queue of its own.",
			RU: "Первые результаты за выбранный период: сколько их, доля пришедших за 10 минут, время, в которое уложились " +
				"95%, и доля проверок, сорвавшихся по нашей вине. Если на курсе хуже, чем на остальных, у него медленные " +
				"проверки или своя очередь.",
		},
		Unit: panel.Count,
	}, []panel.Key{courseKey}, []panel.Column{
		{
			Name: text.Message{EN: "results", RU: "результатов"}, Width: 100,
			Query: query.FeedbackCount(chosen, inRange, metrics.Course).NotZero(), Unit: panel.Count,
		},
		{
			Name:  text.Message{EN: "in time", RU: "вовремя"},
			Query: query.FeedbackInTime(chosen, inRange, metrics.Course), Unit: panel.Share, Decimals: panel.Digits(1),
			Bar: panel.Good, Max: 1, Levels: board.InTime(),
		},
		{
			Name: text.Message{EN: "95% within", RU: "95% за"}, Width: 110,
			Query: query.FeedbackTimeIn(chosen, 0.95, inRange, metrics.Course), Unit: panel.Seconds,
		},
		{
			Name: text.Message{EN: "failed", RU: "сбои"}, Width: 90, Decimals: panel.Digits(2),
			Query: query.FailedShare(chosen, inRange, metrics.Course), Unit: panel.Share,
			Levels: board.Failed(),
		},
	})
}
