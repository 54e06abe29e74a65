package analytics

// A pattern is the number of a set of tests that ran and passed, among the patterns of an assignment; 0 is that none ran.
type pattern uint32

// patterns are the sets that have occurred at an assignment. Few do, since most students fail the same tests; at worst, where
// tests are random, there is one for each check and one for each student.
type patterns struct {
	sets    []string // by number less 1: two bits for each test
	numbers map[string]pattern
}

// Bits of a set: of test i those with numbers 2i and 2i+1.
const (
	ran    = 0
	passed = 1
)

// A testSet is a set under construction.
type testSet []byte

func (s *testSet) add(test int, bit int) {
	at := 2*test + bit
	*s = grown(*s, at/8)
	(*s)[at/8] |= 1 << (at % 8)
}

func has[S string | testSet](s S, test int, bit int) bool {
	at := 2*test + bit
	return at/8 < len(s) && s[at/8]&(1<<(at%8)) != 0
}

// number is that of a set, which is new if it has not occurred.
func (p *patterns) number(s testSet) pattern {
	if len(s) == 0 {
		return 0
	}
	number, known := p.numbers[string(s)]
	if !known {
		p.sets = append(p.sets, string(s))
		number = pattern(len(p.sets))
		p.enter(number)
	}
	return number
}

func (p *patterns) enter(number pattern) {
	if p.numbers == nil {
		p.numbers = make(map[string]pattern)
	}
	p.numbers[p.sets[number-1]] = number
}

// set is the set with a number.
func (p *patterns) set(number pattern) string {
	if number == 0 {
		return ""
	}
	return p.sets[number-1]
}

// join puts all of a set into another one.
func (s *testSet) join(other string) {
	if len(other) > 0 {
		*s = grown(*s, len(other)-1)
	}
	for i := range len(other) {
		(*s)[i] |= other[i]
	}
}

func (p *patterns) persist(c *codec) {
	slice(c, &p.sets, c.text)
	if c.reads {
		for i := range p.sets {
			p.enter(pattern(i + 1))
		}
	}
}
