// Package shard parts the courses of a service among several exporters.
package shard

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dchest/siphash"
)

// A Shard is the share of one of several exporters. Each course is in one shard. The first one is designated: it also reads of the
// courses of all others what the figures about the whole service need, and alone shows those. The zero Shard is all there is.
type Shard struct {
	index int // from 0
	count int // of all shards; 0 is one, too
}

// The labels that tell in what an exporter shows of itself which shard it has, and of how many.
const (
	Label      = "shard"
	CountLabel = "shards"
)

// most is how many shards there may be: more than there are of machines and fewer than of typing errors.
const most = 1000

// UnmarshalText reads a shard from the form 0/3, which is the first of three.
func (s *Shard) UnmarshalText(text []byte) error {
	before, after, _ := strings.Cut(string(text), "/")
	index, badIndex := strconv.Atoi(before)
	count, badCount := strconv.Atoi(after)
	read := Shard{index, count}
	if badIndex != nil || badCount != nil || index < 0 || index >= count || count > most || read.String() != string(text) {
		return fmt.Errorf("%q is no shard, want one like 0/3, 1/3 or 2/3, of at most %d", text, most)
	}
	*s = read
	return nil
}

// String is the form that UnmarshalText reads.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.index, max(s.count, 1)) }

// Whole reports whether there is one shard only.
func (s Shard) Whole() bool { return s.count <= 1 }

// Designated reports whether the figures about the whole service are this shard's.
func (s Shard) Designated() bool { return s.index == 0 }

// Has reports whether a course is in the shard. With another number of shards few courses are in another one: those that a new
// shard gets, or that one that is gone has left (rendezvous hashing: Thaler and Ravishankar, 1998).
func (s Shard) Has(course string) bool {
	mine := s.weight(course, s.index)
	for other := range s.count {
		if weight := s.weight(course, other); weight > mine || weight == mine && other < s.index {
			return false
		}
	}
	return true
}

// weight is that of a course in a shard: it is in the one where it has the highest.
func (s Shard) weight(course string, shard int) uint64 {
	return siphash.Hash(uint64(shard), 0, []byte(course)) // a mixer here, not a secret: all exporters have to agree
}

// Count is how many shards there are.
func (s Shard) Count() int { return max(s.count, 1) }

// Labels are what tells a shard in what it shows of itself; none where there is one only.
func (s Shard) Labels() map[string]string {
	if s.Whole() {
		return nil
	}
	return map[string]string{Label: strconv.Itoa(s.index), CountLabel: strconv.Itoa(s.count)}
}

// A Roll remembers of courses whether they are in a shard. It is for one goroutine.
type Roll struct {
	Shard
	has map[string]bool
}

// NewRoll is a Roll without courses.
func NewRoll(s Shard) *Roll { return &Roll{Shard: s, has: make(map[string]bool)} }

// Has reports whether a course is in the shard.
func (r *Roll) Has(course string) bool {
	if r.Whole() {
		return true
	}
	has, known := r.has[course]
	if !known {
		has = r.Shard.Has(course)
		r.has[course] = has
	}
	return has
}

// Others are the courses that the Roll was asked about and that are not in the shard, in no order.
func (r *Roll) Others() []string {
	others := []string{}
	for course, has := range r.has {
		if !has {
			others = append(others, course)
		}
	}
	return others
}
