package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/board"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Django is the dashboard "Django service". What its readers want to know, often at night:
//
//   - Does the service answer, without errors and soon enough?
//   - What fails: refusals, which are the caller's, or errors, which are the service's; and with which exception?
//   - Which view is slow, for how many, and since when?
//   - Is it the service itself, or the database or the cache behind it?
//   - Did the last release go through whole?
func Django(s panel.Style) *panel.Board {
	return s.Board(Folder, "operations-django",
		text.Message{EN: "Django service", RU: "Сервис Django"},
		text.Message{
			EN: "How the service answers its users: requests, errors, latency, and what it waits for. Its figures come from " +
				"django-prometheus.",
			RU: "Как сервис отвечает пользователям: запросы, ошибки, время ответа и чего он ждёт. Данные собирает " +
				"django-prometheus.",
		}).
		Since(lately).
		Choice("job", text.Message{EN: "Job", RU: "Задача сбора"}, query.DjangoJobs()).
		Panel("requests-now", djangoRequests(s)).
		Panel("errors-now", djangoErrors(s)).
		Panel("latency-now", djangoLatency(s)).
		Panel("refusals", djangoRefusals(s)).
		Panel("cache", djangoCache(s)).
		Panel("migrations", djangoMigrations(s)).
		Row("answers", text.Message{EN: "What it answers", RU: "Что он отвечает"}).
		Panel("responses", djangoResponses(s)).
		Panel("exceptions", djangoExceptions(s)).
		Panel("answers-budget", answersBudget(s)).
		Panel("error-share", djangoErrorShare(s)).
		Row("latency", text.Message{EN: "How fast", RU: "Как быстро"}).
		Panel("latency-heat", djangoHeat(s)).
		Panel("latency-by-view", djangoLatencyByView(s)).
		Panel("views", djangoViews(s)).
		Row("database", text.Message{EN: "Database", RU: "База данных"}).
		Panel("queries", djangoQueries(s)).
		Panel("query-time", djangoQueryTime(s)).
		Panel("connections", djangoConnections(s))
}

// The share of errors from which somebody in a full lecture hall meets one, and the share at which a page that sends twenty
// requests rarely loads whole.
const (
	errorsNoticed = 0.01
	errorsBad     = 0.05
)

func djangoRequests(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Requests", RU: "Запросы"},
		Description: text.Message{
			EN: "Requests per second at present, probes included. Far less than at the same hour of other days means that " +
				"users do not reach the service: look at the network and the ingress.",
			RU: "Запросов в секунду сейчас, вместе с проверками живости. Намного меньше, чем в этот час обычно, — " +
				"пользователи не доходят до сервиса: смотрите сеть и ingress.",
		},
		Unit: panel.PerSecond,
	}, now(query.RequestRate(), panel.Submissions)).Decimals(1)
}

func djangoErrorShare(s panel.Style) *panel.Timeseries {
	return panel.Limit(s.Lines(panel.About{
		Title: text.Message{EN: "Share of server errors", RU: "Доля ошибок сервера"},
		Description: text.Message{
			EN: "Share of responses with a status of 500 and above; the dashed line is the objective, 0.1%. Above it the budget of the " +
				"month burns faster than it may.",
			RU: "Доля ответов со статусом от 500 и выше; пунктир — цель, 0.1%. Выше неё бюджет месяца горит быстрее, чем можно.",
		},
		Unit: panel.Share,
	}, panel.Series{Query: query.ServerErrorShare(), Name: text.Message{EN: "errors", RU: "ошибки"}, Color: "red"}), 1-metrics.AnswerShare).Span(20)
}

func answersBudget(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Budget left: answers", RU: "Бюджет: ответы"},
		Description: text.Message{
			EN: "Which part of the responses of the last 30 days that may be errors of the service (0.1%) is not used up. Below 25% be " +
				"careful with releases; below 0% the objective is missed.",
			RU: "Какая часть ответов последних 30 дней, которым позволено быть ошибками сервиса (0.1%), ещё не израсходована. Если осталось " +
				"меньше 25%, осторожнее с обновлениями; ниже 0% цель не достигнута.",
		},
		Unit: panel.Share,
	}, now(query.AnswersObjective().BudgetLeft(), panel.Neutral), board.Budget()).Height(8)
}

func djangoErrors(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Server errors", RU: "Ошибки сервера"},
		Description: text.Message{
			EN: "Share of responses at present with a status of 500 and above. Above 1% users notice: the exceptions below " +
				"say what it is.",
			RU: "Доля ответов со статусом от 500 и выше сейчас. Больше 1% пользователи замечают: в чём дело, скажут " +
				"исключения ниже.",
		},
		Unit: panel.Share,
	}, now(query.ServerErrorShare(), panel.Neutral), panel.WorseAbove(errorsNoticed, errorsBad)).Decimals(2)
}

func djangoLatency(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Latency, 95%", RU: "Время ответа, 95%"},
		Description: text.Message{
			EN: "Within which time 95% of responses go out at present. Above 1 second people wait, above 3 they send again; " +
				"the table of views says where.",
			RU: "За какое время сейчас уходят 95% ответов. Дольше 1 секунды люди ждут, дольше 3 отправляют снова; где " +
				"именно, видно в таблице обработчиков.",
		},
		Unit: panel.Seconds,
	}, now(query.ResponseTime(0.95), panel.Neutral), panel.WorseAbove(1, 3))
}

func djangoRefusals(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Refused connections", RU: "Отказы в соединении"},
		Description: text.Message{
			EN: "Connections within the time range that a database refused. Any means that it is full or away: the dashboard " +
				"of PostgreSQL says which.",
			RU: "Соединения за выбранный период, в которых база данных отказала. Если они есть, база переполнена или " +
				"недоступна: что именно, видно на дашборде PostgreSQL.",
		},
		Unit: panel.Count,
	}, ranged(query.DatabaseRefusals(), panel.Neutral), panel.WorseAbove(1, 10)).Decimals(0)
}

func djangoCache(s panel.Style) *panel.Stat {
	return s.Number(panel.About{
		Title: text.Message{EN: "Found in the cache", RU: "Найдено в кэше"},
		Description: text.Message{
			EN: "Share of reads of all caches within the time range that found something. A fall after a deployment is a key " +
				"that has changed: the database does the work meanwhile.",
			RU: "Доля чтений всех кэшей за выбранный период, которые что-то нашли. Упала после выкладки — изменился ключ: " +
				"пока что работу делает база данных.",
		},
		Unit: panel.Share,
	}, ranged(query.CacheHitShare(inRange), panel.Neutral)).Decimals(1)
}

func djangoMigrations(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Migrations missing", RU: "Не хватает миграций"},
		Description: text.Message{
			EN: "Migrations that the code knows and a database has not. Anything but 0 after a deployment is half a " +
				"deployment: run them, or go back.",
			RU: "Миграции, которые есть в коде и которых нет в базе. Если после выкладки здесь не 0, она прошла " +
				"наполовину: примените миграции или откатитесь.",
		},
		Unit: panel.Count,
	}, now(query.MigrationsMissing(), panel.Neutral), panel.WorseAbove(1, 1))
}

func djangoResponses(s panel.Style) *panel.Timeseries {
	return s.Areas(panel.About{
		Title: text.Message{EN: "Responses by status", RU: "Ответы по статусам"},
		Description: text.Message{
			EN: "Responses per second, stacked. Red on top is the service's fault. Orange is refused requests: a wide band that " +
				"comes at once is a client that is broken, or somebody who tries addresses.",
			RU: "Ответы в секунду, с накоплением. Красное сверху — вина сервиса. Оранжевое — отклонённые запросы: широкая " +
				"полоса, возникшая вдруг, — сломанный клиент или кто-то, кто перебирает адреса.",
		},
		Unit: panel.PerSecond,
	},
		panel.Series{Query: query.ResponseRate("2"), Name: text.Message{EN: "2xx success", RU: "2xx успех"}, Color: panel.Good},
		panel.Series{Query: query.ResponseRate("3"), Name: text.Message{EN: "3xx redirect", RU: "3xx перенаправление"}, Color: panel.Earlier},
		panel.Series{Query: query.ResponseRate("4"), Name: text.Message{EN: "4xx refused", RU: "4xx отклонён"}, Color: panel.Doubtful},
		panel.Series{Query: query.ResponseRate("5"), Name: text.Message{EN: "5xx server error", RU: "5xx ошибка сервера"}, Color: panel.Bad},
	)
}

func djangoExceptions(s panel.Style) *panel.BarGauge {
	return s.Ranking(panel.About{
		Title: text.Message{EN: "Exceptions by type", RU: "Исключения по типам"},
		Description: text.Message{
			EN: "Exceptions that views raised within the time range, the most frequent first. Http404 and PermissionDenied are " +
				"refused requests; most others are users who got an error: search the log for the type.",
			RU: "Исключения, вышедшие из обработчиков за выбранный период, самые частые сверху. Http404 и PermissionDenied — " +
				"отклонённые запросы; почти все остальные — пользователи, получившие ошибку: ищите тип в журнале.",
		},
		Unit: panel.Count,
	}, panel.Series{
		Query: query.Sorted(query.Exceptions()), Name: text.Same("{{type}}"), Color: panel.Bad,
	}).Decimals(0)
}

func djangoHeat(s panel.Style) *panel.Heatmap {
	return s.HeatMap(panel.About{
		Title: text.Message{EN: "How many responses took how long", RU: "Сколько ответов сколько длились"},
		Description: text.Message{
			EN: "Responses per second by their latency; the colour says how many. A band that leaves the bottom is one slow part; all of it " +
				"going up is the machine or the database.",
			RU: "Ответы в секунду по длительности; цвет говорит, сколько их. Полоса, которая отделилась от низа, — одно " +
				"медленное место; вверх идёт всё — машина или база данных.",
		},
		Unit: panel.Seconds,
	}, query.ResponseHeat()).Height(10)
}

func djangoLatencyByView(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Latency by view, 95%", RU: "Время ответа по обработчикам, 95%"},
		Description: text.Message{
			EN: "Within which time 95% of each view's requests were answered. One line that rises alone has a query that grew, " +
				"or calls something that hangs; all rising together share a cause.",
			RU: "За какое время получили ответ 95% запросов к каждому обработчику. Растёт одна линия — вырос её запрос к базе " +
				"или висит то, что она вызывает; растут все — причина общая.",
		},
		Unit: panel.Seconds,
	}, panel.Series{Query: query.ViewTime(0.95), Name: text.Same("{{view}}")}).Height(10)
}

func djangoViews(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Views compared, the slowest first", RU: "Сравнение обработчиков, самые медленные сверху"},
		Description: text.Message{
			EN: "Within the time range: the time in which 95%, 50% and 99% of requests were answered, how many there were, and " +
				"the share that ended with a server error. Mend first what is slow and asked for often; far more at 99% than at 50% is a lock " +
				"or a large course.",
			RU: "За выбранный период: время, за которое ответили на 95%, 50% и 99% запросов, число запросов и доля ошибок " +
				"сервера. Сначала чините медленное и частое; 99% намного больше, чем 50%, — блокировка или большой курс.",
		},
		Unit: panel.Seconds,
	}, []panel.Key{{Label: "view", Name: text.Message{EN: "View", RU: "Обработчик"}, Words: []panel.Word{
		{Value: query.Unrouted, Name: text.Message{EN: "no such address", RU: "нет такого адреса"}},
	}}}, []panel.Column{
		{Name: text.Same("95%"), Query: query.Sorted(query.ViewTimeIn(0.95, inRange)), Unit: panel.Seconds, Bar: panel.Neutral},
		{Name: text.Same("50%"), Query: query.ViewTimeIn(0.5, inRange), Unit: panel.Seconds, Width: 110},
		{Name: text.Same("99%"), Query: query.ViewTimeIn(0.99, inRange), Unit: panel.Seconds, Width: 110},
		{
			Name: text.Message{EN: "requests", RU: "запросы"}, Decimals: panel.Digits(0),
			Query: query.ViewRequests(), Unit: panel.Count, Bar: panel.Submissions,
		},
		{
			Name: text.Message{EN: "errors", RU: "ошибки"}, Width: 110, Decimals: panel.Digits(2),
			Query: query.ViewErrorShare(), Unit: panel.Share, Levels: panel.WorseAbove(errorsNoticed, errorsBad),
		},
	}).Span(24).Height(11)
}

func djangoQueries(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Queries by database", RU: "Запросы к базам данных"},
		Description: text.Message{
			EN: "Queries per second to each database. It should follow the requests; if it rises after a deployment and they do " +
				"not, a view asks row by row.",
			RU: "Запросов в секунду к каждой базе данных. Линия должна повторять запросы к сервису; выросла после выкладки, а " +
				"те нет — обработчик читает по одной строке.",
		},
		Unit: panel.PerSecond,
	}, panel.Series{Query: query.DatabaseQueries(), Name: text.Same("{{alias}}")}).Span(8)
}

func djangoQueryTime(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "How long queries take", RU: "Сколько длятся запросы к базе"},
		Description: text.Message{
			EN: "Within which time 50% and 95% of the queries to each database ended. If they rise with the latency, it is the " +
				"database; if only the latency rises, it is the service.",
			RU: "За какое время закончились 50% и 95% запросов к каждой базе. Растут вместе с временем ответа — дело в базе; " +
				"растёт только время ответа — в сервисе.",
		},
		Unit: panel.Seconds,
	},
		panel.Series{Query: query.DatabaseTime(0.5), Name: text.Same("{{alias}}, 50%")},
		panel.Series{Query: query.DatabaseTime(0.95), Name: text.Same("{{alias}}, 95%")},
	).Span(8)
}

func djangoConnections(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "New connections and errors", RU: "Новые соединения и ошибки"},
		Description: text.Message{
			EN: "Per second: connections opened, connections refused, queries failed. As many opened as there are requests means " +
				"that none is kept: set CONN_MAX_AGE. A conflict of unique keys may be normal, other errors are not.",
			RU: "В секунду: открытые соединения, отказы, ошибки запросов. Открывается столько же, сколько приходит запросов, — " +
				"соединения не сохраняются: задайте CONN_MAX_AGE. Конфликт уникальных ключей бывает нормой, другие ошибки — нет.",
		},
		Unit: panel.PerSecond,
	},
		panel.Series{Query: query.DatabaseConnections(), Name: text.Message{EN: "{{alias}} opened", RU: "{{alias}} открыто"}},
		panel.Series{Query: query.DatabaseRefusalRate(), Name: text.Message{EN: "{{alias}} refused", RU: "{{alias}} отказы"}},
		panel.Series{Query: query.DatabaseErrors(), Name: text.Same("{{type}}")},
	).Span(8)
}
