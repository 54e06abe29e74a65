package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Workers is the dashboard "Workers". What its readers want to know:
//
//   - Do all workers work?
//   - Which one has fallen silent, and since when?
//   - Which one fails, or is slower than the others?
//   - Is the load spread evenly?
func Workers(s panel.Style) *panel.Board {
	return s.Board(Folder, "operations-workers",
		text.Message{EN: "Workers", RU: "Воркеры"},
		text.Message{
			EN: "What each worker does, and how well. A worker is known from the checks that it took.",
			RU: "Что делает каждый воркер и насколько хорошо. Воркер известен по проверкам, которые он взял.",
		}).
		Since("now-24h").
		Panel("seen", seen(s)).
		Panel("silence", longestSilence(s)).
		Panel("busy", busyNow(s)).
		Panel("failed", workersFailed(s)).
		Panel("slots", slotsNow(s)).
		Panel("ending", endingNow(s)).
		Row("states", text.Message{EN: "Who works", RU: "Кто работает"}).
		Panel("states-timeline", workerStates(s)).
		Row("each", text.Message{EN: "Each worker", RU: "Каждый воркер"}).
		Panel("table", workerTable(s)).
		Panel("speed", workerSpeed(s).Span(8)).
		Panel("on-the-way", workerBusy(s).Span(8)).
		Panel("outcomes", workerOutcomes(s).Span(8)).
		Panel("failing", workerFailing(s)).
		Panel("hanging", workerHanging(s))
}

func seen(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Seen in 1 hour", RU: "Видели за 1 час"},
		Description: text.Message{
			EN: "Workers that took or ended a check within the last hour. At night fewer are normal; by day compare with how " +
				"many there should be.",
			RU: "Воркеры, которые за последний час взяли или закончили проверку. Ночью их меньше, и это нормально; днём " +
				"сравните с тем, сколько их должно быть.",
		},
		Unit: panel.Count,
	}, now(query.Seen(), panel.Submissions))
}

func longestSilence(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Longest silence", RU: "Самое долгое молчание"},
		Description: text.Message{
			EN: "How long ago the worker that has been silent longest took or ended a check. Hours by day, while others work, " +
				"are a worker that is dead or cut off. One that has been silent for 7 days is taken as retired.",
			RU: "Как давно взял или закончил проверку воркер, который молчит дольше всех. Часы молчания днём, когда другие " +
				"работают, — воркер умер или отрезан. Кто молчит больше 7 дней, считается снятым с работы.",
		},
		Unit: panel.Seconds,
	}, now(query.LongestSilence(), panel.Neutral)).Decimals(1)
}

func busyNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Busy", RU: "Заняты"},
		Description: text.Message{
			EN: "The share of the time of all slots in which they work at present. Above 70% add workers.",
			RU: "Доля времени, в которую слоты сейчас заняты. Если больше 70%, добавьте воркеров.",
		},
		Unit: panel.Share,
	}, now(query.Busy(), panel.Neutral), board.Busy())
}

func workersFailed(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Failed, our fault", RU: "Сбои по нашей вине"},
		Description: text.Message{
			EN: "Share of checks within the time range that the infrastructure failed. The table says which worker.",
			RU: "Доля проверок за выбранный период, сорвавшихся из-за инфраструктуры. На каком воркере, видно в таблице.",
		},
		Unit: panel.Share,
	}, ranged(query.WorkersFailedShare(inRange), panel.Neutral),
		board.Failed()).Decimals(2)
}

func endingNow(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Checks ending", RU: "Заканчивается"},
		Description: text.Message{
			EN: "Checks that end per minute at present, over all workers and courses.",
			RU: "Проверки, заканчивающиеся в минуту сейчас, по всем воркерам и курсам.",
		},
		Unit: panel.PerMinute,
	}, now(query.Ending(query.Every), panel.Submissions)).Decimals(1)
}

func workerStates(s panel.Style) *panel.StateTimeline {
	return s.States(panel.About{
		Title: text.Message{EN: "What each worker does", RU: "Что делает каждый воркер"},
		Description: text.Message{
			EN: "Working: it ends checks. Idle: it has done so within the last hour. Silent: it has not. One line grey while " +
				"others are green is the worker to look at; all grey at night is a quiet night.",
			RU: "Работает: заканчивает проверки. Свободен: заканчивал за последний час. Молчит: нет. Одна серая полоса среди " +
				"зелёных — воркер, на который надо взглянуть; все серые ночью — тихая ночь.",
		},
		Unit: panel.Count,
	}, []panel.Word{
		{Value: query.Working, Name: text.Message{EN: "working", RU: "работает"}, Color: "#56A64B"},
		{Value: query.Idle, Name: text.Message{EN: "idle", RU: "свободен"}, Color: panel.Attempted},
		{Value: query.Silent, Name: text.Message{EN: "silent", RU: "молчит"}, Color: "#8F8F8F"},
	}, panel.Series{Query: query.WorkerStates(), Name: worker}).Interval("5m").Span(24).Height(9)
}

func workerTable(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Workers compared", RU: "Сравнение воркеров"},
		Description: text.Message{
			EN: "Within the time range. A worker with a longer mean time does the same work on a slower machine; one with more " +
				"failures wants its disk, its images and its memory checked; one that is far less busy is not given work.",
			RU: "За выбранный период. Среднее время больше — машина медленнее; сбоев больше — проверьте диск, образы и память; " +
				"занят намного меньше других — ему не дают работу.",
		},
		Unit: panel.Count,
	}, []panel.Key{{Label: "worker", Name: text.Message{EN: "Worker", RU: "Воркер"}}}, []panel.Column{
		{Name: text.Message{EN: "slots", RU: "слоты"}, Query: query.SlotsByWorker(), Unit: panel.Count, Width: 80},
		{
			Name: text.Message{EN: "last seen", RU: "видели"}, Width: 120, Decimals: panel.Digits(1),
			Query: query.SinceSeen(), Unit: panel.Seconds,
		},
		{Name: text.Message{EN: "checks", RU: "проверки"}, Query: query.WorkerChecks(inRange), Unit: panel.Count, Bar: panel.Submissions},
		{
			Name:  text.Message{EN: "busy", RU: "занят"},
			Query: query.BusyShareByWorker(), Unit: panel.Share, Bar: panel.Neutral,
		},
		{
			Name: text.Message{EN: "mean time", RU: "среднее время"}, Width: 130,
			Query: query.WorkerCheckTime(inRange), Unit: panel.Seconds,
		},
		{
			Name: text.Message{EN: "failed", RU: "сбои"}, Width: 100, Decimals: panel.Digits(2),
			Query: query.WorkerFailedShare(inRange), Unit: panel.Share,
			Levels: board.Failed(),
		},
	}).Span(24)
}

func workerSpeed(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Ended checks by worker", RU: "Законченные проверки по воркерам"},
		Description: text.Message{
			EN: "Checks that each worker ends per minute. Lines that part show uneven work.",
			RU: "Проверки, которые заканчивает каждый воркер, в минуту. Если линии расходятся, работа делится неравномерно.",
		},
		Unit: panel.PerMinute,
	}, panel.Series{Query: query.WorkerSpeed(), Name: worker}).Interval("15m")
}

func workerBusy(s panel.Style) *panel.Timeseries {
	return s.Areas(panel.About{
		Title: text.Message{EN: "Slots at work, by worker", RU: "Занятые слоты по воркерам"},
		Description: text.Message{
			EN: "How many checks each worker ran at a time, in the mean, as they ended; stacked, the top is all slots at work.",
			RU: "Сколько проверок в среднем одновременно выполнял каждый воркер, по закончившимся; вместе — все занятые слоты.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.BusyByWorker(), Name: worker}).Interval("15m")
}

func workerOutcomes(s panel.Style) *panel.BarChart {
	return s.Composition(panel.About{
		Title: text.Message{EN: "How checks ended, by worker", RU: "Чем закончились проверки, по воркерам"},
		Description: text.Message{
			EN: "Checks within the time range: completed with a result, failed through our fault, or cancelled, each worker as a " +
				"whole. Pink where others have none is a sick worker.",
			RU: "Проверки за выбранный период: с результатом, сорванные по нашей вине или отменённые; каждый воркер — целое. " +
				"Розовое там, где у других его нет, — больной воркер.",
		},
		Unit: panel.Share,
	}, query.Shares(query.WorkerOutcomes(inRange), metrics.Worker), "worker", "outcome", panel.CheckOutcomes())
}

func workerFailing(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Failures by worker", RU: "Сбои по воркерам"},
		Description: text.Message{
			EN: "Checks per minute that failed through our fault. One line alone: that worker. All at once: the network, the " +
				"registry of images, the database.",
			RU: "Проверки в минуту, сорвавшиеся по нашей вине. Одна линия — этот воркер. Все разом — сеть, реестр образов " +
				"или база данных.",
		},
		Unit: panel.PerMinute,
	}, panel.Series{Query: query.WorkerFailing(), Name: worker})
}

func workerHanging(s panel.Style) *panel.Timeseries {
	return s.Areas(panel.About{
		Title: text.Message{EN: "Checks that hang", RU: "Зависшие проверки"},
		Description: text.Message{
			EN: "Checks that have been with each worker for more than an hour. Any takes a slot, and its student waits for a result that " +
				"does not come. What began more than 7 days ago is left out.",
			RU: "Проверки, которые у каждого воркера дольше часа. Каждая занимает слот, а её студент ждёт ответа, которого не будет. " +
				"Начатые больше 7 дней назад не считаются.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.Hanging(), Name: worker})
}
