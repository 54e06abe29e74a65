package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// A part of the semester draws its random numbers from a stream of its own, so that it does not depend on other parts.
type part uint64

const (
	ofStudent    part = iota + 1 // student
	ofEnrolment                  // term, student
	ofHabit                      // term, course, student
	ofAssignment                 // term, course, assignment
	ofWork                       // term, course, assignment, student
	ofCheck                      // number of the check, under the submission's own seed
	ofDetails                    // the same
)

// stream is the stream of one part.
func stream(seed uint64, of part, numbers ...int) *rand.Rand {
	state := mix(seed) ^ mix(uint64(of))
	for _, number := range numbers {
		state = mix(state) ^ mix(uint64(number))
	}
	return rand.New(rand.NewPCG(state, mix(state)))
}

// mix is one step of SplitMix64, which tells even neighbouring numbers well apart.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// A weighted value comes as often as its weight says, in proportion to the others beside it.
type weighted[T any] struct {
	value  T
	weight float64
}

func pick[T any](r *rand.Rand, from []weighted[T]) T {
	total := 0.0
	for _, w := range from {
		total += w.weight
	}
	left := r.Float64() * total
	for _, w := range from {
		if left -= w.weight; left < 0 {
			return w.value
		}
	}
	return from[len(from)-1].value
}

// around scatters a positive quantity about its median; spread is the standard deviation of its logarithm.
func around(r *rand.Rand, median, spread float64) float64 {
	return median * math.Exp(spread*r.NormFloat64())
}

// about is a time span of the given mean, mostly shorter, now and then much longer.
func about(r *rand.Rand, mean time.Duration) time.Duration { return scale(mean, r.ExpFloat64()) }

func scale(span time.Duration, factor float64) time.Duration {
	return time.Duration(float64(span) * factor)
}
