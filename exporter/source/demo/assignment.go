package demo

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	openingHour   = 8 // local; nothing opens before the workers have ended the last term's checks
	teachingWeeks = 17
	quietWeeks    = 8  // whole ones that follow, January and February or July and August; then the term ends
	quietWorks    = 3  // assignments of each course whose deadlines lie in the quiet weeks
	quietWindow   = 28 // days from the opening of such an assignment to its deadline

	fewestTests = 4
	mostTests   = 8    // with that of the style; as many as a set of tests has bits
	easiest     = 0.25 // share of the work that the easiest test needs
	tidy        = 0.88 // share of the work that the test of the style needs
	unevenHard  = 0.3  // range of the hardness within a course
	unevenWork  = 0.15 // spread of the time of a check between the assignments of a course

	rechecked   = 0.07 // assignments whose teacher corrects a test and has everything checked again
	recheckHour = 10   // local
	recheckMin  = 2    // days after the deadline
	recheckMax  = 6    // days after the deadline
	recheckDays = 2    // that it may take at most
)

// An assignment is one homework of a course.
type assignment struct {
	course     *course
	number     int // from 0
	slug       string
	title      string
	opens      time.Time
	deadline   time.Time
	quiet      bool
	hardness   float64       // 0 easy, 1 hard
	check      time.Duration // median time of a check
	tests      []string
	thresholds []float64 // share of the work that each test needs

	recheckAt time.Time // when the teacher has everything checked again; mostly never
	corrected tests     // the test that was wrong until then
	broken    []Fault   // that break a test of it
}

// tests is a set of the tests of one assignment, as bits.
type tests uint8

func (t tests) count() int { return bits.OnesCount8(uint8(t)) }

func (t tests) has(test int) bool { return t&(1<<test) != 0 }

// newAssignment makes assignment number i of a course in the term from start to end.
func newAssignment(c *course, i int, start, end time.Time, r *rand.Rand) *assignment {
	a := &assignment{
		course: c, number: i, title: c.titles[i],
		slug:     fmt.Sprintf("%02d-%s", i+1, strings.ToLower(strings.ReplaceAll(c.titles[i], " ", "-"))),
		hardness: c.hardness + unevenHard*(r.Float64()-0.5),
		check:    scale(c.check, around(r, 1, unevenWork)),
		tests:    c.tests[:fewestTests+r.IntN(len(c.tests)-fewestTests+1)],
	}
	a.schedule(start, end)
	for test := range a.tests {
		a.thresholds = append(a.thresholds, easiest+(1-easiest)*(float64(test)+r.Float64())/float64(len(a.tests)))
	}
	if c.style {
		a.tests = append(a.tests[:len(a.tests):len(a.tests)], "style")
		a.thresholds = append(a.thresholds, tidy)
	}
	if a.corrected = 1 << r.IntN(len(a.tests)); r.Float64() < rechecked {
		day := a.deadline.AddDate(0, 0, recheckMin+r.IntN(recheckMax-recheckMin+1))
		at := time.Date(day.Year(), day.Month(), day.Day(), recheckHour, r.IntN(60), 0, 0, start.Location())
		if at.AddDate(0, 0, recheckDays).Before(end) {
			a.recheckAt = at
		}
	}
	return a
}

// schedule spreads the deadlines of a course evenly over the teaching weeks, and its last ones over the quiet weeks, in
// which courses take turns; the very last one lies in the last seven days of the term.
func (a *assignment) schedule(start, end time.Time) {
	window, taught := a.course.window, len(a.course.titles)-quietWorks
	week := 1 + int(math.Round(float64(a.number*(teachingWeeks-1))/float64(taught-1)))
	if a.number >= taught {
		a.quiet, window = true, quietWindow
		week = teachingWeeks + (a.number-taught+1)*quietWeeks/quietWorks - a.course.number%2
	}
	from := start.AddDate(0, 0, 7*week)
	if a.number == len(a.course.titles)-1 {
		from = end.AddDate(0, 0, -7)
	}
	day := from.AddDate(0, 0, int(a.course.weekday-from.Weekday()+7)%7)
	a.deadline = time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 0, 0, start.Location())
	a.opens = time.Date(day.Year(), day.Month(), day.Day()-window, openingHour, 0, 0, 0, start.Location())
	if first := start.Add(openingHour * time.Hour); a.opens.Before(first) {
		a.opens = first
	}
}

// all are all tests of the assignment.
func (a *assignment) all() tests { return 1<<len(a.tests) - 1 }

// brokenAt are the tests that nobody passes at a time, because of a fault.
func (a *assignment) brokenAt(at time.Time) tests {
	if slices.ContainsFunc(a.broken, func(fault Fault) bool { return fault.on(at) }) {
		return 1 << (len(a.tests) / 2)
	}
	return 0
}

// judge is the verdict on work that passes the given tests; flaw is what went wrong besides wrong answers, if anything.
func (a *assignment) judge(passed tests, flaw submission.Verdict) submission.Verdict {
	switch missing := a.all() &^ passed; {
	case missing == 0:
		return submission.Accepted
	case flaw != 0:
		return flaw
	case a.course.style && missing == 1<<(len(a.tests)-1):
		return submission.StyleError
	case 2*passed.count() >= len(a.tests):
		return submission.Partial
	}
	return submission.WrongAnswer
}

// stops reports whether a flaw keeps every test from being run.
func stops(flaw submission.Verdict) bool {
	return flaw == submission.CompileError || flaw == submission.SecurityViolation
}
