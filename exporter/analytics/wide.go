package analytics

import (
	"math/big"
	"math/bits"
)

// million is how many parts there are of what sums hold as whole numbers.
const million = 1_000_000

// A wide is a sum of products with 128 bits. It is exact, and so does not depend on the order of what is added, and what is
// taken out again leaves nothing behind.
type wide struct{ high, low uint64 }

// add adds a product.
func (w *wide) add(a, b uint64) {
	var carry uint64
	high, low := bits.Mul64(a, b)
	w.low, carry = bits.Add64(w.low, low, 0)
	w.high, _ = bits.Add64(w.high, high, carry)
}

// drop takes a product out that was added before.
func (w *wide) drop(a, b uint64) {
	var borrow uint64
	high, low := bits.Mul64(a, b)
	w.low, borrow = bits.Sub64(w.low, low, 0)
	w.high, _ = bits.Sub64(w.high, high, borrow)
}

// float is the nearest float64.
func (w *wide) float() float64 {
	if w.high == 0 {
		return float64(w.low)
	}
	nearest, _ := new(big.Float).SetInt(w.big()).Float64()
	return nearest
}

func (w *wide) big() *big.Int {
	sum := new(big.Int).SetUint64(w.high)
	return sum.Lsh(sum, 64).Add(sum, new(big.Int).SetUint64(w.low))
}

func (w *wide) persist(c *codec) {
	c.uint(&w.high)
	c.uint(&w.low)
}
