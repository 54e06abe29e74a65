package analytics

// UnknownLanguage is the language of a submission whose record names none, so that the sum over languages is exact.
const UnknownLanguage = "unknown"

// languages counts submissions by programming language.
type languages struct {
	count perCourse[map[string]uint64]
}

func (m *languages) observe(c Change) {
	if c.Kind != Submitted {
		return
	}
	count := m.count.at(c.Assignment.Course)
	if *count == nil {
		*count = make(map[string]uint64)
	}
	language := c.Record.Language
	if language == "" {
		language = UnknownLanguage
	}
	(*count)[language]++
}

// SubmissionsByLanguage counts submissions by course and language.
func (f *Fold) SubmissionsByLanguage() Vector {
	return func(yield func([]string, float64) bool) {
		for _, c := range f.courses {
			for language, count := range *f.measures.languages.count.at(c) {
				if !yield([]string{c.Slug, language}, float64(count)) {
					return
				}
			}
		}
	}
}
