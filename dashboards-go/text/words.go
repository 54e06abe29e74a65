package text

// Words that more than one dashboard uses.
var (
	Course     = Message{EN: "Course", RU: "Курс"}
	Datasource = Message{EN: "Data source", RU: "Источник данных"}
	Deadline   = Message{EN: "Deadline", RU: "Дедлайн"}
	Deadlines  = Message{EN: "Deadlines", RU: "Дедлайны"}
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
