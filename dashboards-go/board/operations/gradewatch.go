package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Gradewatch is the dashboard "Gradewatch itself". What its readers want to know:
//
//   - May the figures on all other dashboards be trusted now: complete, fresh, equal to the source?
//   - Is anything of the source left out, and why?
//   - What did comparison with the source have to mend?
//   - Does the number of series stay within bounds?
//   - Would a restart lose anything?
//   - Which alerts fire, and would they arrive?
//   - Is who sees what in Grafana as it is described?
func Gradewatch(s panel.Style) *panel.Board {
	return s.Board(Folder, "operations-gradewatch",
		text.Message{EN: "Gradewatch itself", RU: "Сам Gradewatch"},
		text.Message{
			EN: "Whether the figures on the other dashboards are complete, fresh and equal to the source.",
			RU: "Полны и свежи ли цифры на других дашбордах и совпадают ли они с источником.",
		}).
		Since(lately).
		Panel("ready", ready(s)).
		Panel("lag", lagNow(s)).
		Panel("drift", drift(s)).
		Panel("rejected", rejectedInRange(s)).
		Panel("series", seriesNow(s)).
		Panel("overflow", overflowNow(s)).
		Row("fresh", text.Message{EN: "Fresh and complete", RU: "Свежесть и полнота"}).
		Panel("states", selfStates(s)).
		Panel("fresh-budget", freshBudget(s)).
		Panel("lag-over-time", lag(s)).
		Panel("polls", polls(s)).
		Row("left-out", text.Message{EN: "What is read, and what is left out", RU: "Что прочитано и что пропущено"}).
		Panel("records", records(s)).
		Panel("rejected-by-reason", rejectedByReason(s)).
		Panel("anomalies", anomalies(s)).
		Panel("mended", mended(s)).
		Row("size", text.Message{EN: "Size and safety", RU: "Размер и надёжность"}).
		Panel("series-over-time", seriesOverTime(s)).
		Panel("saved", saved(s)).
		Panel("overflow-by-label", overflow(s)).
		Row("alerting", text.Message{EN: "Scraping and alerting", RU: "Сбор и алерты"}).
		Panel("firing", firing(s)).
		Panel("targets", targets(s)).
		Panel("delivery", delivery(s)).
		Row("access", text.Message{EN: "Who sees what in Grafana", RU: "Кто что видит в Grafana"}).
		Panel("access-age", accessAge(s)).
		Panel("access-drift", accessDrift(s))
}

func ready(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Ready", RU: "Готов"},
		Description: text.Message{
			EN: "1 once all that the source holds has been read. While it is 0 the other dashboards show the past only: wait, " +
				"or read the log.",
			RU: "1, когда прочитано всё, что есть в источнике. Пока 0, другие дашборды показывают только прошлое: подождите или " +
				"посмотрите журнал.",
		},
		Unit: panel.Count,
	}, now(query.Ready(), panel.Neutral), panel.WorseBelow(1, 1))
}

func lagNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Age of the figures", RU: "Возраст цифр"},
		Description: text.Message{
			EN: "Time since the start of the last read of the source that succeeded. Above 60 seconds the source does not " +
				"answer, or is too slow.",
			RU: "Время с начала последнего успешного чтения источника. Больше 60 секунд — источник не отвечает или слишком " +
				"медленный.",
		},
		Unit: panel.Seconds,
	}, now(query.Lag(), panel.Neutral), panel.WorseAbove(30, 60))
}

func drift(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Drift from the source", RU: "Расхождение"},
		Description: text.Message{
			EN: "How many records the source and the metrics were apart at the last comparison. It is " +
				"mended at once, so anything but 0 that stays is a fault: the log tells the days. A source without " +
				"comparison, as a log, shows 0.",
			RU: "На сколько записей источник и метрики расходились при последнем сравнении. Это исправляется сразу, " +
				"поэтому всё, что долго не 0, — ошибка: дни названы в журнале. Если сравнивать не с чем (журнал), здесь 0.",
		},
		Unit: panel.Count,
	}, now(query.Drift(), panel.Neutral), board.Any(100))
}

func rejectedInRange(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Rejected", RU: "Отклонено"},
		Description: text.Message{
			EN: "Records that cannot be used, among all that were read since the exporter started: a start reads the whole source. " +
				"They are in no figure: the log names each by its submission id, and the reason stands below.",
			RU: "Записи, которые нельзя использовать, среди всех прочитанных с запуска экспортёра: при запуске он читает весь " +
				"источник. Их нет ни в одной цифре: журнал называет каждую по id посылки, причина — ниже.",
		},
		Unit: panel.Count,
	}, now(query.Rejected(), panel.Neutral), board.Any(100)).Decimals(0)
}

func seriesNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Series", RU: "Рядов"},
		Description: text.Message{
			EN: "Time series that a scrape gives to Prometheus. Some ten thousand are normal; above 50,000 look at what grows " +
				"and lower the limits of labels.",
			RU: "Временные ряды, которые Prometheus получает за один опрос. Десяток тысяч — обычное дело; больше 50 000 — " +
				"посмотрите, что растёт, и уменьшите лимиты меток.",
		},
		Unit: panel.Count,
	}, now(query.SeriesShown(), panel.Neutral), panel.WorseAbove(50000, 200000))
}

func overflowNow(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Counted as other", RU: "Учтено как прочее"},
		Description: text.Message{
			EN: "What was counted as other, because a label had as many values as its limit allows, in all history. Sums stay " +
				"exact; if it grows, raise the limit of that label.",
			RU: "Сколько учтено как «other», потому что у метки уже столько значений, сколько позволяет лимит, за всё время. " +
				"Суммы точны; если растёт, увеличьте лимит этой метки.",
		},
		Unit: panel.Count,
	}, now(query.OverflowAll(), panel.Neutral))
}

func selfStates(s panel.Style) *panel.StateTimeline {
	return s.States(panel.About{
		Title: text.Message{EN: "Ready, and the source answers", RU: "Готов, источник отвечает"},
		Description: text.Message{
			EN: "A line for each instance: whether it has read everything, and whether its source answers. Red in the second " +
				"with green in the first: figures stand still but are right.",
			RU: "По строке на экземпляр: всё ли прочитано и отвечает ли источник. Красное во второй при зелёном в первой: цифры " +
				"не обновляются, но верны.",
		},
		Unit: panel.Count,
	}, yesNo(),
		panel.Series{Query: query.EachInstance(metrics.Ready), Name: text.Message{EN: "{{instance}} ready", RU: "{{instance}} готов"}},
		panel.Series{
			Query: query.EachInstance(metrics.SourceUp), Name: text.Message{EN: "{{instance}} source", RU: "{{instance}} источник"},
		},
	).Span(24).Height(5)
}

func firing(s panel.Style) *panel.StateTimeline {
	return s.States(panel.About{
		Title: text.Message{EN: "Alerts that fire", RU: "Горящие алерты"},
		Description: text.Message{
			EN: "A line for each alert, for as long as it fires. Watchdog always does: where its line is broken, Prometheus evaluated no " +
				"rules. The page of each alert says what to do.",
			RU: "По строке на алерт, пока он горит. Watchdog горит всегда: где его линия прервана, Prometheus не вычислял правил. Что " +
				"делать, сказано на странице алерта.",
		},
		Unit: panel.Count,
	}, []panel.Word{{Value: "1", Name: text.Message{EN: "fires", RU: "горит"}, Color: panel.Attempted}},
		panel.Series{Query: query.Firing(), Name: text.Same("{{alertname}} ({{severity}})")}).Span(24).Height(8)
}

func targets(s panel.Style) *panel.StateTimeline {
	return s.States(panel.About{
		Title: text.Message{EN: "What is scraped", RU: "Что опрашивается"},
		Description: text.Message{
			EN: "A line for each target. Red: Prometheus does not reach it, what it shows is missing on dashboards, and alerts on it are " +
				"blind.",
			RU: "По строке на цель. Красное: Prometheus её не достигает, её данных нет на дашбордах, а алерты о ней слепы.",
		},
		Unit: panel.Count,
	}, yesNo(), panel.Series{Query: query.Targets(), Name: text.Same("{{job}} {{instance}}")})
}

func delivery(s panel.Style) *panel.Timeseries {
	rules, alerts, notifications := query.Undelivered()
	return s.Lines(panel.About{
		Title: text.Message{EN: "Alerts that do not arrive", RU: "Что не доходит"},
		Description: text.Message{
			EN: "Rules that cannot be evaluated, alerts that no Alertmanager takes, and notifications that do not go out, per minute. All " +
				"should be 0: anything else is somebody who is not told.",
			RU: "Правила, которые не вычислились, алерты, которых не принял Alertmanager, и уведомления, которые не ушли, в минуту. Всё " +
				"должно быть 0: иначе кто-то чего-то не узнал.",
		},
		Unit: panel.PerMinute,
	},
		panel.Series{Query: rules, Name: text.Message{EN: "rules", RU: "правила"}, Color: "orange"},
		panel.Series{Query: alerts, Name: text.Message{EN: "alerts", RU: "алерты"}, Color: "red"},
		panel.Series{Query: notifications, Name: text.Message{EN: "notifications", RU: "уведомления"}, Color: "purple"})
}

// yesNo names 1 and 0.
func yesNo() []panel.Word {
	return []panel.Word{
		{Value: "1", Name: text.Message{EN: "yes", RU: "да"}, Color: "#56A64B"},
		{Value: "0", Name: text.Message{EN: "no", RU: "нет"}, Color: "#E02F44"},
	}
}

func freshBudget(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Budget: freshness", RU: "Бюджет: свежесть"},
		Description: text.Message{
			EN: "Which part of the minutes of the last 30 days in which figures may be older than 2 minutes (1%) is not used up. " +
				"Below 0% the objective is missed: look at what reading waits for.",
			RU: "Какая часть минут последних 30 дней, в которые цифрам позволено быть старше 2 минут (1%), ещё не " +
				"израсходована. Ниже 0% цель не достигнута: смотрите, чего ждёт чтение.",
		},
		Unit: panel.Share,
	}, now(query.FreshnessObjective().BudgetLeft(), panel.Neutral), board.Budget()).Height(8)
}

func lag(s panel.Style) *panel.Timeseries {
	return panel.Limit(s.Lines(panel.About{
		Title: text.Message{EN: "Age of the figures by instance", RU: "Возраст цифр по экземплярам"},
		Description: text.Message{
			EN: "Time since the start of the last read that succeeded; the dashed line is the objective. A straight rise is a source " +
				"that does not answer.",
			RU: "Время с начала последнего успешного чтения; пунктир — цель. Прямая вверх — источник не отвечает.",
		},
		Unit: panel.Seconds,
	}, panel.Series{Query: query.EachInstance(metrics.SourceLag), Name: instance}), metrics.FreshObjective.Seconds()).Span(10)
}

func polls(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "How long reading takes", RU: "Сколько длится чтение"},
		Description: text.Message{
			EN: "Within which time 50% and 99% of the reads of the source ended. It should not grow with history: if it does, an " +
				"index is missing.",
			RU: "За какое время закончились 50% и 99% чтений источника. С ростом истории время расти не должно: если растёт, не " +
				"хватает индекса.",
		},
		Unit: panel.Seconds,
	},
		panel.Series{Query: query.PollTime(0.5), Name: text.Same("50%"), Color: "green"},
		panel.Series{Query: query.PollTime(0.99), Name: text.Same("99%"), Color: "orange"},
	).Span(10)
}

func records(s panel.Style) *panel.Timeseries {
	return panel.Named(s, s.Lines(panel.About{
		Title: text.Message{EN: "Records read", RU: "Прочитанные записи"},
		Description: text.Message{
			EN: "Records per minute: applied (new or changed), unchanged (read again to be sure), rejected. Many unchanged for " +
				"long mean that some transaction stays open.",
			RU: "Записи в минуту: применённые (новые или изменённые), неизменные (прочитаны ещё раз для верности), отклонённые. " +
				"Много неизменных подолгу — где-то висит открытая транзакция.",
		},
		Unit: panel.PerMinute,
	}, panel.Series{Query: query.Read(), Name: text.Same("{{outcome}}")}), panel.RecordOutcomes())
}

func rejectedByReason(s panel.Style) *panel.BarGauge {
	return panel.Named(s, s.Ranking(panel.About{
		Title: text.Message{EN: "Rejected, by reason", RU: "Отклонено, по причинам"},
		Description: text.Message{
			EN: "Records read since the exporter started that cannot be used, by what is wrong with them. Mend it in the service or in " +
				"the mapping; mended records are read again.",
			RU: "Записи, прочитанные с запуска экспортёра, которые нельзя использовать, и что в них не так. Исправьте в сервисе или в " +
				"сопоставлении полей; исправленные записи будут прочитаны снова.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Sorted(query.Rejected(metrics.Reason)), Name: text.Same("{{reason}}"), Color: "red",
	}).Decimals(0), panel.Reasons())
}

func anomalies(s panel.Style) *panel.BarGauge {
	return panel.Named(s, s.Ranking(panel.About{
		Title: text.Message{EN: "Odd records, by kind", RU: "Странные записи, по видам"},
		Description: text.Message{
			EN: "Records read since the exporter started that count although something in them cannot be true, as an end before the " +
				"start. Their impossible durations are left out.",
			RU: "Записи, прочитанные с запуска экспортёра, которые учтены, хотя что-то в них невозможно, например конец раньше начала. " +
				"Невозможные длительности пропущены.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Sorted(query.Anomalies(metrics.Kind)), Name: text.Same("{{kind}}"), Color: "orange",
	}).Decimals(0), panel.Anomalies())
}

func mended(s panel.Style) *panel.BarGauge {
	return panel.Named(s, s.Ranking(panel.About{
		Title: text.Message{EN: "Mended by comparison", RU: "Исправлено сравнением"},
		Description: text.Message{
			EN: "Records that comparison with the source found missed, changed unnoticed, or gone, since the exporter started. Some " +
				"gone are deletions; missed ones mean clocks that differ, or a grant that is missing.",
			RU: "Записи, которые с запуска экспортёра сравнение с источником нашло пропущенными, незаметно изменёнными или " +
				"исчезнувшими. Исчезнувшие — это удаления; пропущенные — расхождение часов или нехватка прав.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.Sorted(query.Mended()), Name: text.Same("{{outcome}}"), Color: panel.Neutral}).Decimals(0), panel.Mendings())
}

func seriesOverTime(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Series by instance", RU: "Ряды по экземплярам"},
		Description: text.Message{
			EN: "Time series that each instance shows. It steps up with every new course; a slope is a label that grows with " +
				"what users send.",
			RU: "Временные ряды каждого экземпляра. С каждым новым курсом — ступенька; наклон — метка, которая растёт с тем, что " +
				"присылают пользователи.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.EachInstance(metrics.Series), Name: instance}).Span(8)
}

func saved(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Age of the saved state", RU: "Возраст сохранённого состояния"},
		Description: text.Message{
			EN: "What a power failure would cost: the time for which nothing has been made safe in the state file. A straight rise " +
				"is a full or read-only disk. After a kill alone nothing is lost.",
			RU: "Чего стоил бы сбой питания: сколько времени в файл состояния ничего надёжно не записано. Прямая вверх — диск " +
				"переполнен или только для чтения. Если процесс просто убит, ничего не теряется.",
		},
		Unit: panel.Seconds,
	}, panel.Series{Query: query.SinceSaved(), Name: instance}).Span(8)
}

func overflow(s panel.Style) *panel.BarGauge {
	return panel.Named(s, s.Ranking(panel.About{
		Title: text.Message{EN: "Counted as other, by label", RU: "Учтено как прочее, по меткам"},
		Description: text.Message{
			EN: "What was counted as other in all history, by the label whose limit was reached.",
			RU: "Сколько учтено как «other» за всё время, по метке, чей лимит исчерпан.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.Sorted(query.Overflow()), Name: text.Same("{{label}}"), Color: panel.Neutral}).Span(8), panel.CappedLabels())
}

func accessAge(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Last as described", RU: "Когда всё было как описано"},
		Description: text.Message{
			EN: "Time since folders, teams, permissions and dashboards were last as access.yaml says. A rise above some minutes: " +
				"something cannot be mended, or cannot be read; the log of dashboards apply says what.",
			RU: "Сколько прошло с тех пор, как папки, команды, права и дашборды в последний раз были такими, как в access.yaml. Больше " +
				"нескольких минут: что-то не удаётся исправить или прочитать; что именно — в журнале dashboards apply.",
		},
		Unit: panel.Seconds,
	}, panel.Series{Query: query.SinceAccess(), Name: instance})
}

func accessDrift(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Differences from the description", RU: "Отличия от описания"},
		Description: text.Message{
			EN: "What the last round found, what of it is left, and members of teams who are no users yet. Found again and again: somebody " +
				"or something else changes Grafana. Left: to be mended by a person.",
			RU: "Сколько нашёл последний обход, сколько осталось и сколько членов команд ещё не стали пользователями. Находит снова и " +
				"снова — Grafana меняет кто-то ещё. Осталось — исправлять человеку.",
		},
		Unit: panel.Count,
	},
		panel.Series{Query: query.AccessDrift(), Name: text.Message{EN: "found", RU: "найдено"}, Color: "orange"},
		panel.Series{Query: query.AccessLeft(), Name: text.Message{EN: "left", RU: "осталось"}, Color: "red"},
		panel.Series{Query: query.AccessPending(), Name: text.Message{EN: "no users yet", RU: "ещё не пользователи"}, Color: panel.Neutral},
	)
}
