package analytics

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"time"
)

// A codec writes values or reads them back: whoever keeps something names its parts once, and both directions go through
// the same lines. What is written is only read, since others may read it at the same time. After an error it does nothing
// more.
type codec struct {
	out interface {
		io.Writer
		io.ByteWriter
		io.StringWriter
	}
	in interface {
		io.Reader
		io.ByteReader
	}
	reads   bool
	err     error
	scratch [binary.MaxVarintLen64]byte
}

// longest bounds a text and so what a wrong length can do.
const longest = 1 << 26

func (c *codec) write(raw []byte) {
	if c.err == nil {
		_, c.err = c.out.Write(raw)
	}
}

func (c *codec) uint(value *uint64) {
	if !c.reads {
		c.write(c.scratch[:binary.PutUvarint(c.scratch[:], *value)])
		return
	}
	if c.err == nil {
		*value, c.err = binary.ReadUvarint(c.in)
	}
}

func (c *codec) int(value *int64) {
	folded := uint64(*value)<<1 ^ uint64(*value>>63) // small numbers of either sign are short
	if c.uint(&folded); c.reads {
		*value = int64(folded>>1) ^ -int64(folded&1)
	}
}

// whole is for numbers of any whole type.
func whole[T ~uint8 | ~uint32 | ~int | ~uint64](c *codec, value *T) {
	wide := uint64(*value)
	if c.uint(&wide); c.reads {
		*value = T(wide)
	}
}

// word is for what is random and would be long as a varint.
func (c *codec) word(value *uint64) {
	if !c.reads {
		binary.LittleEndian.PutUint64(c.scratch[:8], *value)
		c.write(c.scratch[:8])
		return
	}
	if c.err == nil {
		_, c.err = io.ReadFull(c.in, c.scratch[:8])
		*value = binary.LittleEndian.Uint64(c.scratch[:8])
	}
}

func (c *codec) identity(value *identity) {
	c.word(&value.low)
	c.word(&value.high)
}

func (c *codec) float(value *float64) {
	bits := math.Float64bits(*value)
	if c.word(&bits); c.reads {
		*value = math.Float64frombits(bits)
	}
}

func (c *codec) bool(value *bool) {
	var number uint64
	if *value {
		number = 1
	}
	if c.uint(&number); c.reads {
		*value = number == 1
	}
}

// time keeps microseconds, and the zero time.
func (c *codec) time(value *time.Time) {
	known := !value.IsZero()
	if c.bool(&known); !known {
		return // what is read begins as the zero time
	}
	micros := value.UnixMicro()
	if c.int(&micros); c.reads {
		*value = time.UnixMicro(micros).UTC()
	}
}

func (c *codec) text(value *string) {
	length := uint64(len(*value))
	c.uint(&length)
	if !c.reads {
		if c.err == nil {
			_, c.err = c.out.WriteString(*value)
		}
		return
	}
	if c.err == nil && length > longest {
		c.err = fmt.Errorf("a text of %d bytes", length)
	}
	if c.err == nil {
		raw := make([]byte, length)
		_, c.err = io.ReadFull(c.in, raw)
		*value = string(raw)
	}
}

// slice is for a slice whose elements each takes.
func slice[T any](c *codec, values *[]T, each func(*T)) {
	length := uint64(len(*values))
	c.uint(&length)
	if !c.reads {
		for i := range *values {
			each(&(*values)[i])
		}
		return
	}
	*values = nil
	for range length {
		if c.err != nil {
			return
		}
		var value T
		each(&value)
		*values = append(*values, value)
	}
}
