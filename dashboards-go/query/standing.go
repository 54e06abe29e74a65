package query

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Standing is a term as a rule asks it, which has no resolution: a speed is taken over the window.
func Standing(t Term, window string) Expression {
	return Expression(strings.ReplaceAll(t.PromQL(), "$__rate_interval", window))
}

// A Scope is what of labels rules look at, as regular expressions: a cluster and its Prometheus may have others in them. What is not
// named is looked at whole.
type Scope map[metrics.Label]string

// chosenByReader is a matcher of what the reader of a dashboard chooses.
var chosenByReader = regexp.MustCompile(`(\w+)=~"\$\w+"`)

// Of is a term that looks at the scope where a dashboard looks at what its reader chooses.
func (s Scope) Of(t Term) Expression {
	return Expression(chosenByReader.ReplaceAllStringFunc(t.PromQL(), func(matcher string) string {
		label := chosenByReader.FindStringSubmatch(matcher)[1]
		pattern, limited := s[metrics.Label(label)]
		if !limited {
			pattern = ".*"
		}
		return label + "=~" + strconv.Quote(pattern)
	}))
}

// And keeps what of a term has a match in each of the conditions.
func And(t Term, conditions ...Term) Expression {
	text := united(t)
	for _, condition := range conditions {
		text += "\nand " + united(condition)
	}
	return Expression(text)
}

// united is a term that may stand beside and, which binds closer than or.
func united(t Term) string {
	if text := t.PromQL(); !strings.Contains(text, "\nor ") || strings.HasPrefix(text, "on ") {
		return text // what is matched on labels is in parentheses already
	}
	return operand(t)
}

// Whenever is a condition that holds for everything at once.
func Whenever(t Term) Expression { return Expression("on () " + operand(t)) }

// Compared keeps what of a term compares so with a limit.
func Compared(t Term, operator string, limit float64) Expression {
	return Expression(operand(t) + " " + operator + " " + number(limit))
}

// Above keeps what of a term is above another.
func Above(t, other Term) Expression { return Expression(operand(t) + "\n> " + operand(other)) }

// Either has what any of the terms has, of those with the same labels the first.
func Either(terms ...Term) Expression {
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = operand(t)
	}
	return Expression(strings.Join(texts, "\nor "))
}
