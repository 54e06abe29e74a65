// Package text says everything that a reader of a dashboard sees in each language. A message stands where it is used,
// so that its languages are written and reviewed together; one that lacks a language panics when it is said, which
// the generation of every dashboard in every language, itself a test, would show.
package text

import "fmt"

// A Language is the code of a language.
type Language string

// The languages.
const (
	English Language = "en"
	Russian Language = "ru"
)

// Languages are all of them.
func Languages() []Language { return []Language{English, Russian} }

// A Message is one text in every language.
type Message struct{ EN, RU string }

// Same is a message that needs no translation: a name, or a template such as {{course}}.
func Same(s string) Message { return Message{EN: s, RU: s} }

// In says the message in a language.
func (m Message) In(l Language) string {
	said := map[Language]string{English: m.EN, Russian: m.RU}[l]
	if said == "" {
		panic(fmt.Sprintf("text: the message %+v is missing in %q", m, l))
	}
	return said
}
