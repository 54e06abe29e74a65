package text

import (
	"fmt"
	"strings"
	"testing"
)

func TestMessageInEveryLanguage(t *testing.T) {
	m := Message{EN: "today", RU: "сегодня"}
	for language, want := range map[Language]string{English: "today", Russian: "сегодня"} {
		if got := m.In(language); got != want {
			t.Errorf("%s: got %q, want %q", language, got, want)
		}
	}
	for _, language := range Languages() {
		if got := Same("{{course}}").In(language); got != "{{course}}" {
			t.Errorf("%s: got %q, want the template", language, got)
		}
	}
}

func TestMissingLanguagePanics(t *testing.T) {
	for _, test := range []struct {
		message  Message
		language Language
		want     string
	}{
		{Message{EN: "today"}, Russian, "missing"},
		{Message{RU: "сегодня"}, English, "missing"},
		{Message{}, English, "missing"},
		{Same("x"), "de", "missing"},
	} {
		t.Run(fmt.Sprintf("%+v in %s", test.message, test.language), func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, test.want) {
					t.Errorf("got %q, want it to say %q", got, test.want)
				}
			}()
			t.Errorf("said %q", test.message.In(test.language))
		})
	}
}
