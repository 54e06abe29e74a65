package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// An Expression is worked out of queries.
type Expression string

// PromQL is the expression's text.
func (e Expression) PromQL() string { return string(e) }

// A Term is a part of an expression: a Query or an Expression.
type Term interface{ PromQL() string }

// Ratio is how large a part is of the whole, label by label; nothing where the whole is nothing.
func Ratio(part, whole Term) Expression {
	return Expression(operand(part) + "\n/ (" + operand(whole) + " > 0)")
}

// Sum is both together, label by label.
func Sum(one, other Term) Expression { return Expression(operand(one) + "\n+ " + operand(other)) }

// Difference is what is left, label by label.
func Difference(all, less Term) Expression { return Expression(operand(all) + "\n- " + operand(less)) }

// Scaled is a result in another unit.
func Scaled(t Term, factor float64) Expression {
	return Expression(operand(t) + " * " + number(factor))
}

// AtLeast leaves out what is below a limit, and what is no number.
func AtLeast(t Term, limit float64) Expression {
	return Expression(operand(t) + " >= " + number(limit))
}

// NotZero leaves out what is zero.
func (e Expression) NotZero() Expression { return Expression(operand(e) + " > 0") }

// OrZero is 0 where there is nothing, for a figure that is 0 most of the time, as long as there is a witness: a series that
// whoever knows of the figure always shows. Where the witness is gone nobody knows, and there is nothing.
func OrZero(t Term, witness Term) Expression {
	return Expression(operand(t) + "\nor on () (count (" + inner(witness) + ") * 0)")
}

// Sorted is the largest first, in an instant query.
func Sorted(t Term) Expression { return Expression("sort_desc(" + inner(t) + ")") }

// Largest is the n largest, the largest first, in an instant query.
func Largest(n int, t Term) Expression {
	return Expression(fmt.Sprintf("sort_desc(topk(%d, %s))", n, inner(t)))
}

// Quantile is the value below which a share of a histogram's observations lies. Of native buckets it is right to within
// their width, which is at most 9 %. Where nothing was observed it is nothing.
func Quantile(share float64, histogram Query) Expression {
	mustBe(histogram.metrics[0], metrics.Histogram)
	return Expression("histogram_quantile(" + number(share) + ", " + inner(histogram) + ") >= 0")
}

// Endless is a bound that nothing exceeds.
var Endless = math.Inf(1)

// Between is the share of a histogram's observations that are above lower and at most upper. It is exact where both are
// bounds of native buckets, as the powers of two are.
func Between(lower, upper float64, histogram Query) Expression {
	mustBe(histogram.metrics[0], metrics.Histogram)
	return Expression("histogram_fraction(" + number(lower) + ", " + number(upper) + ", " + inner(histogram) + ") >= 0")
}

// bound is the label of classic buckets.
const bound metrics.Label = "le"

// buckets are the classic buckets of a histogram that has them, each a counter of what is at most its bound.
func buckets(m *metrics.Metric) *metrics.Metric {
	mustBe(m, metrics.Histogram)
	return &metrics.Metric{Name: m.Name + "_bucket", Type: metrics.Counter, Labels: append([]metrics.Label{bound}, m.Labels...)}
}

// within are the observations of a histogram that are at most seconds, which must be one of its classic bounds.
func within(m *metrics.Metric, seconds float64, query func(*metrics.Metric) Query) Query {
	// Prometheus writes every bound as a float.
	return query(buckets(m)).Where(bound, strconv.FormatFloat(seconds, 'f', 1, 64))
}

// observed are all observations of a histogram that has classic buckets.
func observed(m *metrics.Metric, query func(*metrics.Metric) Query) Query {
	return query(buckets(m)).Where(bound, "+Inf")
}

func number(f float64) string {
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// operand is a term that may stand beside an operator.
func operand(t Term) string {
	text := t.PromQL()
	if q, is := t.(Query); is && q.tail == "" && !strings.Contains(text, "\n") {
		return text
	}
	return parenthesized(text)
}

// inner is a term that stands within a function's parentheses.
func inner(t Term) string {
	text := t.PromQL()
	if strings.Contains(text, "\n") {
		return "\n" + text + "\n"
	}
	return text
}
