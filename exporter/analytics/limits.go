package analytics

import "slices"

// Limits bound the series that users' data can make without end (rule 10).
type Limits struct {
	Languages Limit // in all
	Tests     Limit // of each assignment
	Workers   Limit // in all
	// TestSeries is how many series the tests of a course may make, those of retired assignments not counted: no course takes what
	// another needs, and whoever shows it, alone or with others, shows the same.
	TestSeries int
}

// A Limit says which values of a label are shown: the given ones, and then those that come first, until there are so many.
// All others are counted as OtherValue, so that a sum over the label is exact.
type Limit struct {
	Values []string
	Most   int
}

// OtherValue is the value of a label for all that a Limit does not show.
const OtherValue = "other"

// DefaultLimits are generous for what people choose, and a bound for what a program makes up.
func DefaultLimits() Limits {
	return Limits{Languages: Limit{Most: 50}, Tests: Limit{Most: 200}, Workers: Limit{Most: 200}, TestSeries: 5000}
}

// shown are the values of a label that a Limit lets through, in the order in which they came; the first is OtherValue.
type shown struct {
	values []string
	number map[string]int

	latest       string // value that was asked for, which mostly comes again
	latestNumber int
}

// admit is the number of the value to count under: of the value itself, or 0. room says whether a new one that is not
// configured may come in.
func (s *shown) admit(value string, limit *Limit, room func() bool) int {
	if s.number != nil && value == s.latest {
		return s.latestNumber
	}
	if number, known := s.number[value]; known {
		s.latest, s.latestNumber = value, number
		return number
	}
	if s.number == nil {
		s.number = make(map[string]int)
		s.enter(OtherValue)
	}
	if !slices.Contains(limit.Values, value) && (s.guests(limit) >= limit.Most-len(limit.Values) || !room()) {
		return s.number[OtherValue]
	}
	return s.enter(value)
}

func unbounded() bool { return true }

func (s *shown) enter(value string) int {
	if number, known := s.number[value]; known {
		return number
	}
	s.number[value] = len(s.values)
	s.values = append(s.values, value)
	return s.number[value]
}

// guests is how many of the values are not configured.
func (s *shown) guests(limit *Limit) int {
	count := 0
	for _, value := range s.values[1:] {
		if !slices.Contains(limit.Values, value) {
			count++
		}
	}
	return count
}

func (s *shown) persist(c *codec) {
	slice(c, &s.values, c.text)
	if c.reads && s.values != nil {
		s.number = make(map[string]int)
		for number, value := range s.values {
			s.number[value] = number
		}
	}
}

// Overflow counts what was counted as OtherValue, by the label.
func (f *Fold) Overflow() Vector {
	return func(yield func([]string, float64) bool) {
		for _, of := range []struct {
			label string
			count uint64
		}{
			{"language", f.measures.languages.overflow}, {"test", f.measures.tests.overflow}, {"worker", f.measures.workers.overflow},
		} {
			if !yield([]string{of.label}, float64(of.count)) {
				return
			}
		}
	}
}
