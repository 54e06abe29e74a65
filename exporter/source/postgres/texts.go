package postgres

import "github.com/gradewatch/gradewatch/exporter/submission"

// texts keeps one copy of texts that come again in row after row, such as the names of courses and verdicts.
type texts map[string]string

// maxTexts bounds the memory. Whoever has more names than that pays with one allocation a text.
const maxTexts = 4096

func (t texts) text(raw []byte) string {
	if known, ok := t[string(raw)]; ok {
		return known
	}
	text := string(raw)
	if len(text) <= submission.MaxText {
		if len(t) == maxTexts {
			clear(t)
		}
		t[text] = text
	}
	return text
}
