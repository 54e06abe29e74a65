package analytics

import (
	"math"
	"math/big"
)

// moments are the sums from which the correlation of two whole numbers follows. They are exact, so neither the order in which
// pairs of numbers come in and go nor how many have gone makes a difference.
type moments struct {
	n, x, y    uint64
	xx, yy, xy wide

	correlated  bool // that is known
	correlation float64
}

func (m *moments) add(x, y uint64) {
	m.n, m.x, m.y, m.correlated = m.n+1, m.x+x, m.y+y, false
	m.xx.add(x, x)
	m.yy.add(y, y)
	m.xy.add(x, y)
}

// drop takes out a pair that was added before.
func (m *moments) drop(x, y uint64) {
	m.n, m.x, m.y, m.correlated = m.n-1, m.x-x, m.y-y, false
	m.xx.drop(x, x)
	m.yy.drop(y, y)
	m.xy.drop(x, y)
}

// pearson is the coefficient of correlation of x and y: the covariance over the root of the product of both variances. It is not a
// number where one of them is the same throughout.
func (m *moments) pearson() float64 {
	if !m.correlated {
		deviation := func(products *wide, a, b uint64) *big.Int { // times n²
			n, sum := new(big.Int).SetUint64(m.n), new(big.Int).SetUint64(a)
			return n.Mul(n, products.big()).Sub(n, sum.Mul(sum, new(big.Int).SetUint64(b)))
		}
		float := func(i *big.Int) float64 {
			f, _ := new(big.Float).SetInt(i).Float64()
			return f
		}
		xx, yy := float(deviation(&m.xx, m.x, m.x)), float(deviation(&m.yy, m.y, m.y))
		m.correlated = true
		quotient := float(deviation(&m.xy, m.x, m.y)) / (math.Sqrt(xx) * math.Sqrt(yy))
		m.correlation = max(-1, min(quotient, 1)) // roots are rounded
	}
	return m.correlation
}
