package analytics

import "iter"

// blockSize is how many rows of a table lie together.
const blockSize = 1 << 12

// A table holds rows that are added and never taken away. It grows block by block: nothing is copied, and hardly any
// memory is held in reserve.
type table[T any] struct {
	blocks []*[blockSize]T
	length uint32
}

// add appends a row and returns its number.
func (t *table[T]) add(row T) uint32 {
	number := t.length
	if number%blockSize == 0 {
		t.blocks = append(t.blocks, new([blockSize]T))
	}
	t.length++
	*t.at(number) = row
	return number
}

func (t *table[T]) at(number uint32) *T { return &t.blocks[number/blockSize][number%blockSize] }

func (t *table[T]) rows() iter.Seq2[uint32, *T] {
	return func(yield func(uint32, *T) bool) {
		for number := range t.length {
			if !yield(number, t.at(number)) {
				return
			}
		}
	}
}

// An index finds rows of a table by a hash of their key, in 11 to 22 bytes a row. A map with the keys in it would take
// several times as much.
type index struct {
	// A slot holds the lower half of the hash above, and the number of the row plus 1 below; 0 is an empty slot. A row
	// stands at its hash modulo the number of slots, which is a power of two, or in the next free slot behind.
	slots []uint64
	used  int
}

// find is the row with the hash for which is says yes.
func (x *index) find(hash uint64, is func(row uint32) bool) (row uint32, found bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(x.slots) - 1)
	half := hash & (1<<32 - 1)
	for at := half & mask; x.slots[at] != 0; at = (at + 1) & mask {
		if slot := x.slots[at]; slot>>32 == half && is(uint32(slot)-1) {
			return uint32(slot) - 1, true
		}
	}
	return 0, false
}

// peek reads the slot at which find begins, which brings it into the caches.
func (x *index) peek(hash uint64) uint64 {
	if len(x.slots) == 0 {
		return 0
	}
	return x.slots[hash&uint64(len(x.slots)-1)]
}

// add enters a row that is not in the index.
func (x *index) add(hash uint64, row uint32) {
	if 8*x.used >= 7*len(x.slots) {
		x.grow()
	}
	x.used++
	x.put(hash<<32 | uint64(row) + 1)
}

func (x *index) put(slot uint64) {
	mask := uint64(len(x.slots) - 1)
	at := slot >> 32 & mask
	for x.slots[at] != 0 {
		at = (at + 1) & mask
	}
	x.slots[at] = slot
}

func (x *index) grow() {
	before := x.slots
	x.slots = make([]uint64, max(16, 2*len(before)))
	for _, slot := range before {
		if slot != 0 {
			x.put(slot)
		}
	}
}
