package analytics

// UnknownLanguage is the language of a submission whose record names none, so that the sum over languages is exact.
const UnknownLanguage = "unknown"

// languages counts submissions by programming language.
type languages struct {
	limit    Limit
	shown    shown
	count    perCourse[[]uint64] // by the number of the language
	overflow uint64
}

func (m *languages) submitted(c *Change) {
	language := c.Record.Language
	if language == "" {
		language = UnknownLanguage
	}
	number := m.shown.admit(language, &m.limit, unbounded)
	if number == 0 && language != OtherValue {
		m.overflow++
	}
	count := m.count.at(c.Assignment.Course)
	*count = grown(*count, number)
	(*count)[number]++
}

func (m *languages) persist(c *codec) {
	m.shown.persist(c)
	slice(c, (*[][]uint64)(&m.count), func(count *[]uint64) { slice(c, count, c.uint) })
	c.uint(&m.overflow)
}

// SubmissionsByLanguage counts submissions by course and language.
func (f *Fold) SubmissionsByLanguage() Vector {
	return func(yield func([]string, float64) bool) {
		for _, c := range f.courses {
			for number, count := range *f.measures.languages.count.at(c) {
				if count > 0 && !yield([]string{c.Slug, f.measures.languages.shown.values[number]}, float64(count)) {
					return
				}
			}
		}
	}
}
