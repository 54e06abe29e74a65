package analytics

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestASumOfProductsIsExact, also where it is beyond 64 bits and where most of it has been taken out again.
func TestASumOfProductsIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum wide
		want := new(big.Int)
		type product struct{ a, b uint64 }
		var added []product
		for range rapid.IntRange(0, 50).Draw(t, "steps") {
			sign := int64(1)
			p := product{rapid.Uint64Max(1<<60).Draw(t, "a"), rapid.Uint64Max(1<<60).Draw(t, "b")}
			if len(added) > 0 && rapid.Bool().Draw(t, "drop") {
				p, added, sign = added[0], added[1:], -1
				sum.drop(p.a, p.b)
			} else {
				added = append(added, p)
				sum.add(p.a, p.b)
			}
			term := new(big.Int).Mul(new(big.Int).SetUint64(p.a), new(big.Int).SetUint64(p.b))
			want.Add(want, term.Mul(term, big.NewInt(sign)))
			if sum.big().Cmp(want) != 0 {
				t.Fatalf("the sum is %s, want %s", sum.big(), want)
			}
			if exact, _ := new(big.Float).SetInt(want).Float64(); sum.float() != exact {
				t.Fatalf("as a float it is %v, want %v", sum.float(), exact)
			}
		}
	})
}

// TestTheSumOfAHistogramHoldsSixDecimals, whatever the size of what is observed.
func TestTheSumOfAHistogramHoldsSixDecimals(t *testing.T) {
	var h Histogram
	for _, value := range []float64{1e15, 1e15, 0.000001, 0.25, 1.0 / 3} {
		h.Observe(value)
	}
	if got, want := h.sum.big().String(), "2000000000000000583334"; got != want {
		t.Errorf("the sum is %s millionths, want %s", got, want)
	}
}
