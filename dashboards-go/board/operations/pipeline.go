package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// histogramPoints is at how many instants native histograms of every assignment are looked at: of a thousand courses Prometheus holds
// no more at a time.
const histogramPoints = 150

// Pipeline is the dashboard "Checking pipeline". What its readers want to know, often at night:
//
//   - Does checking keep up right now, or does the queue grow?
//   - Where does it stand: in, queue, run, or out?
//   - For how long do checks wait and run, and since when?
//   - What fails through our fault?
//   - Which course makes the load, and what does each of its checks cost?
func Pipeline(s panel.Style) *panel.Board {
	return s.Board(Folder, "operations-pipeline",
		text.Message{EN: "Checking pipeline", RU: "Конвейер проверки"},
		text.Message{
			EN: "From the submission to the result: what comes in, waits, runs and goes out.",
			RU: "От посылки до результата: что приходит, ждёт, выполняется и выходит.",
		}).
		Since(lately).
		Courses(query.CourseNames()).
		Deadlines(query.Deadlines(chosen), false).
		Panel("queued-now", queuedNow(s)).
		Panel("oldest-now", oldestNow(s)).
		Panel("running-now", runningNow(s)).
		Panel("saturation-now", saturationNow(s)).
		Panel("in-now", inNow(s)).
		Panel("failed-now", failedInRange(s)).
		Row("flow", text.Message{EN: "In and out", RU: "Вход и выход"}).
		Panel("flow-lines", flow(s)).
		Panel("saturation", saturation(s)).
		Row("queue", text.Message{EN: "Queue", RU: "Очередь"}).
		Panel("queue-length", queueLength(s)).
		Panel("oldest", oldest(s)).
		Panel("wait", queueWait(s)).
		Panel("wait-heat", queueHeat(s)).
		Row("run", text.Message{EN: "Run", RU: "Выполнение"}).
		Panel("running", running(s)).
		Panel("duration", duration(s)).
		Panel("duration-heat", durationHeat(s)).
		Panel("cost", cost(s)).
		Row("out", text.Message{EN: "Out", RU: "Выход"}).
		Panel("verdicts", endings(s)).
		Panel("failures", failures(s))
}

func queuedNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Waiting", RU: "Ждут"},
		Description: text.Message{
			EN: "Checks that wait for a worker. A queue before a deadline is normal if it falls again; if it only grows, look " +
				"at workers first, then at what comes in.",
			RU: "Проверки, которые ждут воркера. Очередь перед дедлайном — обычное дело, если она спадает; если только растёт, " +
				"смотрите сначала на воркеров, потом на входящий поток.",
		},
		Unit: panel.Count,
	}, now(query.Queued(chosen), panel.Neutral), panel.WorseAbove(20, 100))
}

func oldestNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Longest wait", RU: "Самое долгое ожидание"},
		Description: text.Message{
			EN: "For how long the check that has waited longest has been waiting, all courses. Above 600 seconds its student " +
				"waits longer than we promise.",
			RU: "Сколько уже ждёт проверка, которая ждёт дольше всех, по всем курсам. Больше 600 секунд — студент ждёт " +
				"дольше обещанного.",
		},
		Unit: panel.Seconds,
	}, now(query.OldestWait(), panel.Neutral),
		board.Wait())
}

func runningNow(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Running", RU: "Выполняются"},
		Description: text.Message{
			EN: "Checks that are with a worker. 0 while others wait means that no worker takes any.",
			RU: "Проверки, которые сейчас у воркеров. Если их 0, а другие ждут, воркеры ничего не берут.",
		},
		Unit: panel.Count,
	}, now(query.Running(chosen), panel.Submissions))
}

func saturationNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Slots taken", RU: "Занято слотов"},
		Description: text.Message{
			EN: "Running checks of all courses divided by the slots of all workers. Near 100% every further submission waits.",
			RU: "Выполняющиеся проверки всех курсов, делённые на слоты всех воркеров. Около 100% каждая следующая посылка " +
				"будет ждать.",
		},
		Unit: panel.Share,
	}, now(query.Saturation(), panel.Neutral), board.Busy())
}

func inNow(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Coming in", RU: "Приходит"},
		Description: text.Message{
			EN: "Submissions per minute at present. If it is 0 at an hour when students work, they may be unable to submit.",
			RU: "Посылок в минуту сейчас. Если 0 в час, когда студенты работают, возможно, они не могут отправить решения.",
		},
		Unit: panel.PerMinute,
	}, now(query.Arriving(chosen), panel.Submissions)).Decimals(1)
}

func failedInRange(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Failed, our fault", RU: "Сбои по нашей вине"},
		Description: text.Message{
			EN: "Share of checks within the time range that the infrastructure failed. The objective is at most 0.5%.",
			RU: "Доля проверок за выбранный период, сорвавшихся из-за инфраструктуры. Цель — не больше 0.5%.",
		},
		Unit: panel.Share,
	}, ranged(query.FailedShare(chosen, inRange), panel.Neutral),
		board.Failed()).Decimals(2)
}

func flow(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "In, started, out", RU: "Пришло, начато, закончено"},
		Description: text.Message{
			EN: "Submissions, checks that a worker took, and checks that ended, per minute. When all is well they lie on each " +
				"other, but for re-checks, which are started and end as well. Started below in: workers are missing. Out below started: checks hang.",
			RU: "Посылки, взятые воркером проверки и законченные проверки в минуту. Когда всё хорошо, линии совпадают, если не " +
				"считать повторных проверок: их тоже начинают и заканчивают. Начатых меньше, чем пришло, — не хватает воркеров; законченных меньше, чем начатых, — проверки висят.",
		},
		Unit: panel.PerMinute,
	},
		panel.Series{Query: query.Arriving(chosen), Name: text.Message{EN: "in", RU: "пришло"}, Color: panel.Submissions},
		panel.Series{Query: query.Starting(chosen), Name: text.Message{EN: "started", RU: "начато"}, Color: "orange"},
		panel.Series{Query: query.Ending(chosen), Name: text.Message{EN: "out", RU: "закончено"}, Color: "green"},
		panel.Series{Query: query.Rechecking(chosen), Name: text.Message{EN: "re-checks", RU: "повторные"}, Color: "purple"},
	).Interval("1m")
}

func saturation(s panel.Style) *panel.Timeseries {
	return panel.Limit(panel.Filled(s.Lines(panel.About{
		Title: text.Message{EN: "Busy share of all slots", RU: "Доля занятых слотов"},
		Description: text.Message{
			EN: "The share of the time of all slots in which they worked. The dashed line is what it should not exceed: above " +
				"70% waits grow faster than load.",
			RU: "Доля времени, в которую слоты были заняты. Пунктир — уровень, который лучше не превышать: выше 70% ожидание " +
				"растёт быстрее нагрузки.",
		},
		Unit: panel.Share,
	}, panel.Series{Query: query.Busy(), Name: text.Message{EN: "busy", RU: "заняты"}, Color: panel.Submissions})), metrics.BusyShare)
}

func queueLength(s panel.Style) *panel.Timeseries {
	return s.Areas(panel.About{
		Title: text.Message{EN: "Waiting checks by course", RU: "Ожидающие проверки по курсам"},
		Description: text.Message{
			EN: "Checks that wait for a worker, stacked by course: whose load it is.",
			RU: "Проверки, которые ждут воркера, по курсам: чья это нагрузка.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.OfRunning(query.Queued(chosen, metrics.Course)), Name: course})
}

func oldest(s panel.Style) *panel.Timeseries {
	return panel.Limit(s.Lines(panel.About{
		Title: text.Message{EN: "Longest wait", RU: "Самое долгое ожидание"},
		Description: text.Message{
			EN: "For how long the check that waited longest had been waiting at each moment; the dashed line is the " +
				"objective. A straight rise is one check that nobody takes; a saw is a queue that moves.",
			RU: "Сколько в каждый момент ждала проверка, которая ждала дольше всех; пунктир — цель. Прямая вверх — проверка, " +
				"которую никто не берёт; пила — очередь движется.",
		},
		Unit: panel.Seconds,
	}, panel.Series{Query: query.OldestWait(), Name: text.Message{EN: "longest", RU: "дольше всех"}, Color: "red"}),
		metrics.FeedbackObjective.Seconds())
}

func queueWait(s panel.Style) *panel.Timeseries {
	return s.Waits(panel.About{
		Title: text.Message{EN: "Wait in the queue", RU: "Ожидание в очереди"},
		Description: text.Message{
			EN: "Within which time 50%, 95% and 99% of checks were taken by a worker. If only the slowest rise, some checks " +
				"wait for a special worker.",
			RU: "За какое время воркер взял 50%, 95% и 99% проверок. Если растут только самые медленные, часть проверок ждёт " +
				"особого воркера.",
		},
		Unit: panel.Seconds,
	},
		board.Percentiles(func(share float64) query.Expression { return query.QueueTime(chosen, share) })...,
	)
}

func queueHeat(s panel.Style) *panel.Heatmap {
	return s.HeatMap(panel.About{
		Title: text.Message{EN: "How many waited how long in the queue", RU: "Сколько проверок сколько ждали в очереди"},
		Description: text.Message{
			EN: "Checks per minute by their wait; the colour says how many. Most should lie at the bottom.",
			RU: "Проверки в минуту по времени ожидания; цвет говорит, сколько их. Большинство должно быть внизу.",
		},
		Unit: panel.Seconds,
	}, query.QueueHeat(chosen)).Interval("5m")
}

func running(s panel.Style) *panel.Timeseries {
	return s.Areas(panel.About{
		Title: text.Message{EN: "Running checks by course", RU: "Выполняющиеся проверки по курсам"},
		Description: text.Message{
			EN: "Checks that are with a worker, stacked by course. If it never falls to 0 at night, a check hangs.",
			RU: "Проверки у воркеров по курсам. Если ночью число не падает до 0, какая-то проверка висит.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.OfRunning(query.Running(chosen, metrics.Course)), Name: course})
}

func duration(s panel.Style) *panel.Timeseries {
	return s.Waits(panel.About{
		Title: text.Message{EN: "Duration of checks by course, 95%", RU: "Длительность проверок по курсам, 95%"},
		Description: text.Message{
			EN: "Within which time 95% of each course's checks ended, once begun. A course that rises alone has new tests or " +
				"a limit that is too high; all rising means that workers are slow.",
			RU: "За какое время после начала закончились 95% проверок каждого курса. Растёт один курс — новые тесты или " +
				"слишком большой лимит; растут все — медленные воркеры.",
		},
		Unit: panel.Seconds,
	}, panel.Series{Query: query.CheckTime(chosen, 0.95, metrics.Course), Name: course}).Interval("5m").MaxDataPoints(histogramPoints)
}

func durationHeat(s panel.Style) *panel.Heatmap {
	return s.NativeHeatMap(panel.About{
		Title: text.Message{EN: "How many checks took how long", RU: "Сколько проверок сколько длились"},
		Description: text.Message{
			EN: "Checks per minute by their duration; the colour says how many. A band at one height is a time limit that many run into.",
			RU: "Проверки в минуту по длительности; цвет говорит, сколько их. Полоса на одной высоте — лимит времени, в который многие " +
				"упираются.",
		},
		Unit: panel.Seconds,
	}, query.CheckHeat(chosen)).Interval("5m").MaxDataPoints(histogramPoints)
}

func cost(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "What a check costs, by course", RU: "Во что обходится проверка, по курсам"},
		Description: text.Message{
			EN: "Checks within the time range, and the duration, processor time and memory that 95% of them did not exceed: " +
				"size workers by the largest.",
			RU: "Проверки за выбранный период и длительность, процессорное время и память, в которые уложились 95% из них: по " +
				"самым большим и выбирайте размер воркеров.",
		},
		Unit: panel.Count,
	}, []panel.Key{{Label: "course", Name: text.Course}}, []panel.Column{
		{
			Name: text.Message{EN: "checks", RU: "проверки"}, Width: 130, Bar: panel.Submissions,
			Query: query.Checked(chosen, inRange, metrics.Course).NotZero(), Unit: panel.Count,
		},
		{
			Name: text.Message{EN: "duration", RU: "длительность"}, Width: 100,
			Query: query.CheckTimeIn(chosen, 0.95, inRange, metrics.Course), Unit: panel.Seconds,
		},
		{
			Name: text.Message{EN: "processor", RU: "процессор"}, Width: 100,
			Query: query.CPUTimeIn(chosen, 0.95, inRange, metrics.Course), Unit: panel.Seconds,
		},
		{
			Name: text.Message{EN: "memory", RU: "память"}, Width: 100,
			Query: query.MemoryIn(chosen, 0.95, inRange, metrics.Course), Unit: panel.Bytes,
		},
	})
}

func endings(s panel.Style) *panel.Timeseries {
	return panel.Named(s, s.Areas(panel.About{
		Title: text.Message{EN: "Ended checks by verdict", RU: "Законченные проверки по вердиктам"},
		Description: text.Message{
			EN: "Checks that end with each verdict per minute. A verdict that takes over at once is a broken image or test.",
			RU: "Проверки, заканчивающиеся каждым вердиктом, в минуту. Если один вердикт вдруг вытеснил другие, сломан образ " +
				"или тест.",
		},
		Unit: panel.PerMinute,
	}, panel.Series{Query: query.Ending(chosen, metrics.Verdict), Name: verdict}).Interval("1m"), panel.Verdicts())
}

func failures(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Failures of the infrastructure", RU: "Сбои инфраструктуры"},
		Description: text.Message{
			EN: "Checks per minute that failed through our fault. Single ones happen; a step is a worker, an image or a disk. The " +
				"dashboard of workers says which.",
			RU: "Проверки в минуту, сорвавшиеся по нашей вине. Единичные бывают; ступенька — это воркер, образ или диск. Какой " +
				"воркер, видно на дашборде воркеров.",
		},
		Unit: panel.PerMinute,
	}, panel.Series{Query: query.Failing(chosen), Name: text.Message{EN: "failed", RU: "сорвались"}, Color: "red"})
}
