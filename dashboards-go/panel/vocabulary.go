package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// A Word is a value of a label or of a state, as readers see it. It has the same name and colour on every dashboard.
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

// Stages are how far students are with an assignment or a course.
func Stages() []Word {
	return []Word{
		{"enrolled", text.Message{EN: "enrolled", RU: "записаны"}, "#8F8F8F"},
		{"started", text.Message{EN: "started", RU: "начали"}, "#5794F2"},
		{"active_7d", text.Message{EN: "active in 7 days", RU: "активны за 7 дней"}, "#FF9830"},
		{"attempted", text.Message{EN: "attempted", RU: "пробовали"}, "#5794F2"},
		{"scored", text.Message{EN: "scored", RU: "набрали баллы"}, "#E0B400"},
		{"solved", text.Message{EN: "solved", RU: "решили"}, "#56A64B"},
		{"solved_first_attempt", text.Message{EN: "solved at the first attempt", RU: "решили с первой попытки"}, "#1F9E9E"},
		{"stuck", text.Message{EN: "stuck", RU: "застряли"}, "#E02F44"},
	}
}

// Horizons are how far a forecast looks.
func Horizons() []Word {
	return []Word{
		{"1h", text.Message{EN: "1 hour", RU: "1 час"}, "#E02F44"},
		{"1d", text.Message{EN: "1 day", RU: "1 день"}, "#FF9830"},
		{"7d", text.Message{EN: "7 days", RU: "7 дней"}, "#5794F2"},
	}
}

// Named gives series and columns whose name is a word that name and colour.
func Named[B builder[B]](s Style, b B, words []Word) B {
	for _, w := range words {
		b = b.OverrideByName(w.Value, []dashboard.DynamicConfigValue{
			{Id: "displayName", Value: w.Name.In(s.Language)}, {Id: "color", Value: fixed(w.Color)},
		})
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
