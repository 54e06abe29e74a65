package analytics

import (
	"encoding/binary"

	"github.com/dchest/siphash"
)

// A Key makes of ids hashes that tell nothing to whoever does not have it, so that students' ids need not be kept.
type Key [16]byte

// An identity is the keyed hash (SipHash-2-4 with 128 bits) of an id. Even among a billion ids two are the same with a
// probability of less than 10^-20, so it stands for the id.
type identity struct{ low, high uint64 }

// hasher hashes ids under one key.
type hasher struct {
	k0, k1 uint64
	buffer []byte
}

func newHasher(key Key) hasher {
	return hasher{k0: binary.LittleEndian.Uint64(key[:8]), k1: binary.LittleEndian.Uint64(key[8:])}
}

func (h *hasher) identity(id string) identity {
	h.buffer = append(h.buffer[:0], id...)
	low, high := siphash.Hash128(h.k0, h.k1, h.buffer)
	return identity{low, high}
}
