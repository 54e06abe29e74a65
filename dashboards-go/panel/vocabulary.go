package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// A Word is a value of a label or of a state, as readers see it. It has the same name and colour on every dashboard; where it
// has no colour, that of the panel.
type Word struct {
	Value string
	Name  text.Message
	Color string
}

// Verdicts are the verdicts of checks, the good ones first. What is the infrastructure's fault stands out.
func Verdicts() []Word {
	return []Word{
		{"accepted", text.Message{EN: "accepted", RU: "принято"}, "#56A64B"},
		{"partial", text.Message{EN: "partial", RU: "частично"}, "#E0B400"},
		{"wrong_answer", text.Message{EN: "wrong answer", RU: "неверный ответ"}, "#E02F44"},
		{"compile_error", text.Message{EN: "compile error", RU: "ошибка компиляции"}, "#8F3BB8"},
		{"runtime_error", text.Message{EN: "runtime error", RU: "ошибка выполнения"}, "#FF780A"},
		{"time_limit", text.Message{EN: "time limit", RU: "лимит времени"}, "#3274D9"},
		{"memory_limit", text.Message{EN: "memory limit", RU: "лимит памяти"}, "#1F9E9E"},
		{"output_limit", text.Message{EN: "output limit", RU: "лимит вывода"}, "#8AB8FF"},
		{"style_error", text.Message{EN: "style error", RU: "ошибка стиля"}, "#E58BC8"},
		{"security_violation", text.Message{EN: "security violation", RU: "нарушение безопасности"}, "#8C5A2B"},
		{"internal_error", text.Message{EN: "infrastructure failure", RU: "сбой инфраструктуры"}, "#FF00A8"},
		{"other", text.Message{EN: "other", RU: "прочее"}, "#8F8F8F"},
	}
}

// TestOutcomes are the outcomes of single tests.
func TestOutcomes() []Word {
	return []Word{
		{"passed", text.Message{EN: "passed", RU: "пройден"}, "#56A64B"},
		{"failed", text.Message{EN: "failed", RU: "не пройден"}, "#E02F44"},
		{"error", text.Message{EN: "error", RU: "ошибка"}, "#FF780A"},
		{"timeout", text.Message{EN: "timeout", RU: "истекло время"}, "#3274D9"},
		{"skipped", text.Message{EN: "skipped", RU: "пропущен"}, "#8F8F8F"},
	}
}

// CheckOutcomes say how checks ended for the worker.
func CheckOutcomes() []Word {
	return []Word{
		{"completed", text.Message{EN: "completed", RU: "завершена"}, "#56A64B"},
		{"infrastructure_failure", text.Message{EN: "infrastructure failure", RU: "сбой инфраструктуры"}, "#FF00A8"},
		{"cancelled", text.Message{EN: "cancelled", RU: "отменена"}, "#8F8F8F"},
	}
}

// Stages are how far students are with a course or an assignment.
func Stages() []Word {
	return []Word{
		{"started", text.Message{EN: "started", RU: "начали"}, Attempted},
		{"active_7d", text.Message{EN: "active in 7 days", RU: "активны за 7 дней"}, Users},
		{"attempted", text.Message{EN: "attempted", RU: "пробовали"}, Attempted},
		{"scored", text.Message{EN: "scored", RU: "набрали баллы"}, Scored},
		{"solved", text.Message{EN: "solved", RU: "решили"}, Solved},
		{"solved_first_attempt", text.Message{EN: "solved at the first attempt", RU: "решили с первой попытки"}, FirstAttempt},
		{"stuck", text.Message{EN: "stuck", RU: "застряли"}, Stuck},
	}
}

// RecordOutcomes are what comes of records that are read.
func RecordOutcomes() []Word {
	return []Word{
		{"applied", text.Message{EN: "applied", RU: "применены"}, "#56A64B"},
		{"unchanged", text.Message{EN: "unchanged", RU: "без изменений"}, "#8F8F8F"},
		{"rejected", text.Message{EN: "rejected", RU: "отклонены"}, "#E02F44"},
	}
}

// Mendings are what comparison with the source finds.
func Mendings() []Word {
	return []Word{
		{"missed", text.Message{EN: "missed", RU: "пропущены"}, "#E02F44"},
		{"changed", text.Message{EN: "changed unnoticed", RU: "незаметно изменены"}, "#FF9830"},
		{"gone", text.Message{EN: "gone", RU: "исчезли"}, "#8F8F8F"},
	}
}

// Reasons are why records are rejected.
func Reasons() []Word {
	return []Word{
		{"malformed", text.Message{EN: "no JSON object", RU: "не объект JSON"}, ""},
		{"invalid_utf8", text.Message{EN: "bytes that are no text", RU: "байты не складываются в текст"}, ""},
		{"too_long", text.Message{EN: "too long", RU: "слишком длинная"}, ""},
		{"missing_field", text.Message{EN: "field missing", RU: "нет поля"}, ""},
		{"wrong_type", text.Message{EN: "field of a wrong type", RU: "поле не того типа"}, ""},
		{"wrong_time", text.Message{EN: "impossible time", RU: "невозможное время"}, ""},
		{"wrong_number", text.Message{EN: "check number below 1", RU: "номер проверки меньше 1"}, ""},
		{"unknown_state", text.Message{EN: "unknown state", RU: "неизвестное состояние"}, ""},
	}
}

// Anomalies are what may be odd about records that count.
func Anomalies() []Word {
	return []Word{
		{"end_before_start", text.Message{EN: "end before start", RU: "конец раньше начала"}, ""},
		{"start_before_queue", text.Message{EN: "start before queue", RU: "начало раньше очереди"}, ""},
		{"end_before_submission", text.Message{EN: "end before submission", RU: "конец раньше посылки"}, ""},
		{"future_time", text.Message{EN: "in the future", RU: "в будущем"}, ""},
		{"missing_end", text.Message{EN: "no end", RU: "нет конца"}, ""},
		{"impossible_number", text.Message{EN: "impossible number", RU: "невозможное число"}, ""},
		{"impossible_time", text.Message{EN: "impossible time", RU: "невозможное время"}, ""},
		{"unknown_verdict", text.Message{EN: "unknown verdict", RU: "неизвестный вердикт"}, ""},
		{"unknown_outcome", text.Message{EN: "unknown outcome of a test", RU: "неизвестный исход теста"}, ""},
		{"too_many_tests", text.Message{EN: "too many tests", RU: "слишком много тестов"}, ""},
	}
}

// CappedLabels are the labels whose values have a limit.
func CappedLabels() []Word {
	return []Word{
		{"language", text.Message{EN: "language", RU: "язык"}, ""},
		{"test", text.Message{EN: "test", RU: "тест"}, ""},
		{"worker", text.Message{EN: "worker", RU: "воркер"}, ""},
	}
}

// Named gives series and columns whose name is a word that name and colour.
func Named[B builder[B]](s Style, b B, words []Word) B {
	for _, w := range words {
		config := []dashboard.DynamicConfigValue{{Id: "displayName", Value: w.Name.In(s.Language)}}
		if w.Color != "" {
			config = append(config, dashboard.DynamicConfigValue{Id: "color", Value: fixed(w.Color)})
		}
		b = b.OverrideByName(w.Value, config)
	}
	return b
}

// mapped shows values as words, in their colours.
func (s Style) mapped(words []Word) dashboard.ValueMap {
	names := dashboard.NewValueMap()
	for i, w := range words {
		result := dashboard.ValueMappingResult{Text: cog.ToPtr(w.Name.In(s.Language)), Index: cog.ToPtr(int32(i))}
		if w.Color != "" {
			result.Color = cog.ToPtr(w.Color)
		}
		names.Options[w.Value] = result
	}
	return *names
}
