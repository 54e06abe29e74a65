package query

import (
	"regexp"
	"strings"
)

// chosenByReader is a matcher of what the reader of a dashboard chooses.
var chosenByReader = regexp.MustCompile(`=~"\$\w+"`)

// Standing is a term as a rule asks it, which has no reader: a speed is taken over the window, and what a reader would choose
// from is all there is.
func Standing(t Term, window string) Expression {
	text := strings.ReplaceAll(t.PromQL(), "$__rate_interval", window)
	return Expression(chosenByReader.ReplaceAllString(text, `=~".*"`))
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
