package text

// Words that more than one dashboard uses.
var (
	Assignment = Message{EN: "Assignment", RU: "Задание"}
	Course     = Message{EN: "Course", RU: "Курс"}
	Datasource = Message{EN: "Data source", RU: "Источник данных"}
	Deadline   = Message{EN: "Deadline", RU: "Дедлайн"}
	Deadlines  = Message{EN: "Deadlines", RU: "Дедлайны"}
	Ended      = Message{EN: "(ended)", RU: "(завершён)"}
	Open       = Message{EN: "Open", RU: "Открыть"}
	PerMinute  = Message{EN: " /min", RU: " /мин"}
	Siblings   = Message{EN: "More dashboards", RU: "Другие дашборды"}
	PerSecond  = Message{EN: " /s", RU: " /с"}
)

// Weekdays are the days of the week, Monday first.
func Weekdays() []Message {
	return []Message{
		{EN: "Monday", RU: "Понедельник"},
		{EN: "Tuesday", RU: "Вторник"},
		{EN: "Wednesday", RU: "Среда"},
		{EN: "Thursday", RU: "Четверг"},
		{EN: "Friday", RU: "Пятница"},
		{EN: "Saturday", RU: "Суббота"},
		{EN: "Sunday", RU: "Воскресенье"},
	}
}
