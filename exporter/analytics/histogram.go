package analytics

import (
	"iter"
	"math"
	"slices"
	"time"
)

// A Histogram counts values that are not negative. Its sum is kept in whole millionths, so that it does not depend on the
// order in which they were observed, and two readers of one source agree to the last digit.
type Histogram struct {
	Bounds  []float64 // upper bounds of the classic buckets, ascending; none where there are only native ones
	Classic []uint64  // one a bound, each without those of lower bounds; beyond the last bound only Count tells
	Zero    uint64    // at most ZeroThreshold
	Count   uint64

	first  int      // index of the native bucket that native begins with
	native []uint64 // without gaps, which is found faster than it would be kept short

	sum wide // millionths
}

// Native yields the native buckets that are not empty, in the order of their index: that with index i counts values v with
// base^(i-1) < v ≤ base^i, base = 2^(2^-Schema).
func (h *Histogram) Native() iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		for i, count := range h.native {
			if count > 0 && !yield(h.first+i, count) {
				return
			}
		}
	}
}

const (
	// Schema is the resolution of native histograms: 8 buckets for each power of two, each 9 % wide.
	Schema = 3
	// ZeroThreshold is the largest value that counts as none: of seconds a little below a millisecond.
	ZeroThreshold = 1.0 / 1024
)

// nativeFractions are the upper bounds of the native buckets within [0.5, 1].
var nativeFractions = func() (bounds [1 << Schema]float64) {
	for i := range bounds {
		bounds[i] = math.Exp2(float64(i)/(1<<Schema) - 1)
	}
	return bounds
}()

// nativeIndex is the index of the native bucket for a positive value.
// See "Native Histograms" in the specification of Prometheus, section "Buckets".
func nativeIndex(value float64) int {
	fraction, exponent := math.Frexp(value)
	return firstAtLeast(nativeFractions[:], fraction) + (exponent-1)<<Schema
}

// firstAtLeast is the index of the first of a few ascending bounds that is not below a value.
func firstAtLeast(bounds []float64, value float64) int {
	for i, bound := range bounds {
		if value <= bound {
			return i
		}
	}
	return len(bounds)
}

// Observe counts a value that is not negative and not above submission.MostNumber. Its sum takes it to six decimals.
func (h *Histogram) Observe(value float64) {
	whole, fraction := math.Modf(value)
	h.sum.add(uint64(whole), million)
	h.sum.add(uint64(math.Round(fraction*million)), 1)
	h.count(value)
}

func (h *Histogram) count(value float64) {
	h.Count++
	if i := firstAtLeast(h.Bounds, value); i < len(h.Bounds) {
		h.Classic[i]++
	}
	if value <= ZeroThreshold {
		h.Zero++
		return
	}
	h.countNative(nativeIndex(value))
}

func (h *Histogram) countNative(index int) {
	switch {
	case h.native == nil:
		h.first = index
	case index < h.first:
		h.native = slices.Insert(h.native, 0, make([]uint64, h.first-index)...)
		h.first = index
	}
	h.native = grown(h.native, index-h.first)
	h.native[index-h.first]++
}

// observeMillionths counts a value in millionths.
func (h *Histogram) observeMillionths(value uint64) {
	h.sum.add(value, 1)
	h.count(float64(value) / million)
}

// observeBetween counts the seconds from one time to a later one; nothing where a time is not known, or the later one is the
// earlier, since clocks differ.
func (h *Histogram) observeBetween(from, to time.Time) {
	if !from.IsZero() && !to.IsZero() && !to.Before(from) {
		h.observeMillionths(uint64(to.Sub(from).Microseconds()))
	}
}

// Sum is the sum of what was observed.
func (h *Histogram) Sum() float64 { return h.sum.float() / million }

// persist keeps all but the bounds, which are those of the measure.
func (h *Histogram) persist(c *codec) {
	slice(c, &h.Classic, c.uint)
	first := int64(h.first)
	c.int(&first)
	h.first = int(first)
	slice(c, &h.native, c.uint)
	c.uint(&h.Zero)
	c.uint(&h.Count)
	h.sum.persist(c)
}

func persistHistograms(c *codec, of *perAssignment[Histogram]) {
	slice(c, (*[]Histogram)(of), func(h *Histogram) { h.persist(c) })
}
