package operations

import (
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// Postgres is the dashboard "PostgreSQL". What its readers want to know, often at night:
//
//   - Does the database answer, and has it room for further clients?
//   - How much does it do, and does that end well?
//   - Who keeps others waiting: a long transaction, a lock, a disk?
//   - Are its memory and its log large enough for what is asked of it?
//   - What takes the disk?
//   - Which tables grow, and does autovacuum keep up with them?
func Postgres(s panel.Style) *panel.Board {
	return s.Board(Folder, "operations-postgres",
		text.Same("PostgreSQL"),
		text.Message{
			EN: "Whether the database has room, who waits for whom, and what grows. Its figures come from postgres_exporter.",
			RU: "Есть ли у базы запас, кто кого ждёт и что растёт. Данные собирает postgres_exporter.",
		}).
		Since(lately).
		Choice("instance", text.Message{EN: "Server", RU: "Сервер"}, query.PostgresServers()).
		Panel("up", postgresUp(s)).
		Panel("clients-now", postgresClientsNow(s)).
		Panel("longest-now", postgresLongestNow(s)).
		Panel("lock-waiters", postgresLockWaiters(s)).
		Panel("deadlocks", postgresDeadlocks(s)).
		Panel("hits", postgresHits(s)).
		Row("clients", text.Message{EN: "Clients and their work", RU: "Клиенты и их работа"}).
		Panel("clients-by-state", postgresClients(s)).
		Panel("transactions", postgresTransactions(s)).
		Row("waits", text.Message{EN: "Who waits", RU: "Кто ждёт"}).
		Panel("waiters", postgresWaiters(s)).
		Panel("longest", postgresLongest(s)).
		Row("memory-and-disk", text.Message{EN: "Memory and disk", RU: "Память и диск"}).
		Panel("past-memory", postgresPastMemory(s)).
		Panel("checkpoints", postgresCheckpoints(s)).
		Panel("disk", postgresDisk(s)).
		Row("tables", text.Message{EN: "Tables", RU: "Таблицы"}).
		Panel("tables-compared", postgresTables(s))
}

func postgresUp(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Answers", RU: "Отвечает"},
		Description: text.Message{
			EN: "1 while the exporter reaches the database, 0 while it does not. No figure at all means that the exporter " +
				"itself is gone.",
			RU: "1, пока экспортер достаёт до базы, 0 — пока нет. Если цифры нет совсем, пропал сам экспортер.",
		},
		Unit: panel.Count,
	}, now(query.PostgresUp(), panel.Neutral), panel.WorseBelow(1, 1))
}

// From the first share on a deployment, which has old and new processes at once, no longer fits; from the second on a single
// further process does not.
func postgresClientsNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Connections taken", RU: "Занято соединений"},
		Description: text.Message{
			EN: "Connections of clients divided by how many the server allows, on the fullest server. Near 100% it refuses new " +
				"ones: look for clients that idle, or put a pool before it.",
			RU: "Соединения клиентов, делённые на разрешённое число, на самом занятом сервере. Около 100% он отказывает новым: " +
				"найдите тех, кто простаивает, или поставьте перед ним пул.",
		},
		Unit: panel.Share,
	}, now(query.ClientShare(), panel.Neutral), panel.WorseAbove(0.7, 0.9))
}

// Five minutes is more than any request may take; after an hour the dead rows of a busy queue outnumber the others.
func postgresLongestNow(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Longest transaction", RU: "Долгая транзакция"},
		Description: text.Message{
			EN: "For how long the oldest transaction of a client has been open. Above 5 minutes it holds locks and keeps vacuum " +
				"from its work: find it in pg_stat_activity and end it.",
			RU: "Сколько открыта самая старая транзакция клиента. Дольше 5 минут она держит блокировки и не даёт работать " +
				"vacuum: найдите её в pg_stat_activity и завершите.",
		},
		Unit: panel.Seconds,
	}, now(query.LongestTransaction(), panel.Neutral), panel.WorseAbove(300, 3600)).Decimals(1)
}

func postgresLockWaiters(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Wait for a lock", RU: "Ждут блокировки"},
		Description: text.Message{
			EN: "Clients that wait for what another holds. 1 for a moment is normal; more that stay stand behind one " +
				"transaction, mostly the longest.",
			RU: "Клиенты, которые ждут того, что держит другой. 1 на мгновение — обычное дело; если их больше и они остаются, " +
				"все стоят за одной транзакцией, чаще всего за самой долгой.",
		},
		Unit: panel.Count,
	}, now(query.LockWaiters(), panel.Neutral), panel.WorseAbove(2, 10))
}

func postgresDeadlocks(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Deadlocks", RU: "Взаимные блокировки"},
		Description: text.Message{
			EN: "Transactions within the time range that waited for each other, of which the server ended one. The log of the " +
				"server names both: let them lock in the same order.",
			RU: "Транзакции за выбранный период, ждавшие друг друга; одну из них сервер завершил. Обе названы в журнале " +
				"сервера: пусть блокируют в одном порядке.",
		},
		Unit: panel.Count,
	}, ranged(query.Deadlocks(inRange), panel.Neutral), panel.WorseAbove(1, 10)).Decimals(0)
}

// A service that mostly reads what it has just written finds nearly all of it in memory.
func postgresHits(s panel.Style) *panel.Stat {
	return s.JudgedNumber(panel.About{
		Title: text.Message{EN: "Found in memory", RU: "Найдено в памяти"},
		Description: text.Message{
			EN: "Share of the pages read within the time range that the server had in its own memory. Below 99% raise " +
				"shared_buffers, or find the query that reads whole tables.",
			RU: "Доля прочитанных за выбранный период страниц, которые были в памяти сервера. Меньше 99% — увеличьте " +
				"shared_buffers или найдите запрос, читающий таблицы целиком.",
		},
		Unit: panel.Share,
	}, ranged(query.BufferHitShare(inRange), panel.Neutral), panel.WorseBelow(0.99, 0.9)).Decimals(1)
}

func postgresClients(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Clients by state", RU: "Клиенты по состояниям"},
		Description: text.Message{
			EN: "Connections of each server's clients in each state, and how many it allows. Idle is a pool at rest. Idle in a " +
				"transaction is code that does something else while it holds locks: mend it first.",
			RU: "Соединения клиентов каждого сервера по состояниям и сколько их разрешено. «idle» — отдыхающий пул. «idle in " +
				"transaction» — код, который занят другим и держит блокировки: чините его первым.",
		},
		Unit: panel.Count,
	},
		panel.Series{Query: query.ClientsByState(), Name: text.Same("{{instance}} {{state}}")},
		panel.Series{Query: query.ClientLimit(), Name: text.Message{EN: "{{instance}} at most", RU: "{{instance}} не больше"}, Color: panel.Bad},
	)
}

func postgresTransactions(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Transactions", RU: "Транзакции"},
		Description: text.Message{
			EN: "Transactions per second that were committed and that were rolled back. Commits follow the users; rollbacks that " +
				"step up are errors in the service, whose dashboard says which.",
			RU: "Подтверждённые и отменённые транзакции в секунду. Подтверждённые следуют за пользователями; ступенька " +
				"отменённых — ошибки сервиса, какие — на его дашборде.",
		},
		Unit: panel.PerSecond,
	},
		panel.Series{Query: query.Commits(), Name: text.Message{EN: "committed", RU: "подтверждено"}, Color: panel.Good},
		panel.Series{Query: query.Rollbacks(), Name: text.Message{EN: "rolled back", RU: "отменено"}, Color: panel.Bad},
	)
}

func postgresWaiters(s panel.Style) *panel.Timeseries {
	return panel.Named(s, s.Areas(panel.About{
		Title: text.Message{EN: "What busy clients wait for", RU: "Чего ждут занятые клиенты"},
		Description: text.Message{
			EN: "Clients in the midst of a query that wait, stacked by what they wait for. Locks: transactions in each other's " +
				"way. Disk: the disk is slow or memory is short. Inner locks: too many at once.",
			RU: "Клиенты посреди запроса, которые ждут, с накоплением по причинам. Блокировки — транзакции мешают друг другу. Диск — он " +
				"медленный или мало памяти. Внутренние блокировки — слишком много всего сразу.",
		},
		Unit: panel.Count,
	}, panel.Series{Query: query.Waiters(), Name: text.Same("{{wait_event_type}}")}), []panel.Word{
		{Value: "Lock", Name: text.Message{EN: "lock", RU: "блокировка"}, Color: "#E02F44"},
		{Value: "LWLock", Name: text.Message{EN: "inner lock", RU: "внутренняя блокировка"}, Color: "#FF780A"},
		{Value: "IO", Name: text.Message{EN: "disk", RU: "диск"}, Color: "#3274D9"},
		{Value: "IPC", Name: text.Message{EN: "another process", RU: "другой процесс"}, Color: "#8F3BB8"},
		{Value: "Client", Name: text.Message{EN: "client", RU: "клиент"}, Color: "#56A64B"},
		{Value: "Timeout", Name: text.Message{EN: "sleep", RU: "сон"}, Color: "#8F8F8F"},
		{Value: "BufferPin", Name: text.Message{EN: "page in use", RU: "занятая страница"}, Color: "#E0B400"},
		{Value: "Extension", Name: text.Message{EN: "extension", RU: "расширение"}, Color: "#1F9E9E"},
	})
}

func postgresLongest(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Longest transaction by application", RU: "Самая долгая транзакция по приложениям"},
		Description: text.Message{
			EN: "For how long the oldest transaction of each application had been open. A saw is work; a straight rise is a " +
				"transaction that nobody ends.",
			RU: "Сколько была открыта самая старая транзакция каждого приложения. Пила — работа; прямая вверх — транзакция, " +
				"которую никто не завершает.",
		},
		Unit: panel.Seconds,
	}, panel.Series{Query: query.LongestByApplication(), Name: text.Same("{{application_name}}")})
}

func postgresPastMemory(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "What does not fit in memory", RU: "Что не помещается в память"},
		Description: text.Message{
			EN: "Pages that had to be read, and temporary files that queries wrote to sort and join. Reads that stay high want " +
				"more memory or an index; temporary files want a higher work_mem, or less at a time.",
			RU: "Страницы, которые пришлось читать, и временные файлы, которые запросы пишут для сортировок и соединений. " +
				"Постоянно много чтений — нужна память или индекс; временные файлы — больше work_mem или меньшие порции.",
		},
		Unit: panel.BytesRate,
	},
		panel.Series{Query: query.PageReads(), Name: text.Message{EN: "read", RU: "чтение"}, Color: panel.Submissions},
		panel.Series{Query: query.Spilled(), Name: text.Message{EN: "temporary files", RU: "временные файлы"}, Color: panel.Users},
	).Span(8)
}

func postgresCheckpoints(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "Checkpoints", RU: "Контрольные точки"},
		Description: text.Message{
			EN: "Checkpoints per minute: those on time, and those that came early because the log was full. If more come early " +
				"than on time, raise max_wal_size.",
			RU: "Контрольные точки в минуту: по времени и раньше времени, потому что журнал заполнился. Если вторых больше, " +
				"чем первых, увеличьте max_wal_size.",
		},
		Unit: panel.PerMinute,
	},
		panel.Series{Query: query.TimedCheckpoints(), Name: text.Message{EN: "on time", RU: "по времени"}, Color: panel.Good},
		panel.Series{Query: query.RequestedCheckpoints(), Name: text.Message{EN: "early", RU: "раньше времени"}, Color: panel.Doubtful},
	).Span(8)
}

func postgresDisk(s panel.Style) *panel.Timeseries {
	return s.Lines(panel.About{
		Title: text.Message{EN: "What takes the disk", RU: "Что занимает диск"},
		Description: text.Message{
			EN: "Databases, the write-ahead log, and the part of it that is kept for each standby. A log that only grows is kept " +
				"for a standby that is gone: drop its replication slot before the disk is full.",
			RU: "Базы данных, журнал предзаписи и та его часть, что хранится для каждой реплики. Журнал, который только растёт, " +
				"ждёт реплику, которой больше нет: удалите её слот репликации, пока диск не заполнился.",
		},
		Unit: panel.Bytes,
	},
		panel.Series{Query: query.DatabaseSize(), Name: text.Same("{{instance}} {{datname}}")},
		panel.Series{Query: query.WALSize(), Name: text.Message{
			EN: "{{instance}} write-ahead log", RU: "{{instance}} журнал предзаписи",
		}},
		panel.Series{Query: query.KeptForSlot(), Name: text.Message{
			EN: "{{instance}} kept for {{slot_name}}", RU: "{{instance}} для {{slot_name}}",
		}},
	).Span(8)
}

// Autovacuum comes, unless set otherwise, when dead rows are a fifth of the living; where they are half, it does not.
func postgresTables(s panel.Style) *panel.Table {
	return s.Table(panel.About{
		Title: text.Message{EN: "Tables compared, the largest first", RU: "Сравнение таблиц, самые большие сверху"},
		Description: text.Message{
			EN: "Size with indexes, rows changed within the time range, dead rows and their share, and how long ago autovacuum " +
				"ended. A large table with more than 20% of dead rows is behind: look for the longest transaction, then lower " +
				"autovacuum_vacuum_scale_factor of that table. In small tables the share says little.",
			RU: "Размер с индексами, изменённые за выбранный период строки, мёртвые строки и их доля, и как давно закончился " +
				"autovacuum. Большая таблица, где мёртвых строк больше 20%, отстаёт: ищите самую долгую транзакцию, потом " +
				"уменьшите autovacuum_vacuum_scale_factor этой таблицы. В маленьких таблицах доля мало что значит.",
		},
		Unit: panel.Count,
	}, []panel.Key{
		{Label: "relname", Name: text.Message{EN: "Table", RU: "Таблица"}},
		{Label: "schemaname", Name: text.Message{EN: "Schema", RU: "Схема"}, Width: 100},
		{Label: "datname", Name: text.Message{EN: "Database", RU: "База данных"}, Width: 130},
		{Label: "instance", Name: text.Message{EN: "Server", RU: "Сервер"}, Width: 160},
	}, []panel.Column{
		{Name: text.Message{EN: "size", RU: "размер"}, Query: query.Sorted(query.TableSize()), Unit: panel.Bytes, Bar: panel.Neutral},
		{
			Name: text.Message{EN: "changed", RU: "изменено"}, Decimals: panel.Digits(0),
			Query: query.RowsChanged(inRange), Unit: panel.Count, Bar: panel.Submissions,
		},
		{Name: text.Message{EN: "dead rows", RU: "мёртвые строки"}, Query: query.DeadRows(), Unit: panel.Count, Width: 140},
		{
			Name: text.Message{EN: "dead share", RU: "доля мёртвых"}, Decimals: panel.Digits(0), Max: 1,
			Query: query.DeadShare(), Unit: panel.Share, Bar: panel.Doubtful, Levels: panel.WorseAbove(0.2, 0.5),
		},
		{
			Name: text.Message{EN: "since vacuum", RU: "после очистки"}, Width: 140, Decimals: panel.Digits(1),
			Query: query.SinceVacuum(), Unit: panel.Seconds,
		},
	}).Span(24).Height(11)
}
