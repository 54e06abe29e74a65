package jsonl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
)

// maxLine is the longest line that is read, in bytes. It bounds the memory.
const maxLine = 1 << 20

// errTooLong says that a line is longer than maxLine. What follows it can be read.
var errTooLong = errors.New("line too long")

var byteOrderMark = []byte("\ufeff")

// A line is a text without its end, and its number in the log, from 1.
type line struct {
	text   []byte
	number int
}

// lines cuts what is read into lines. It keeps the beginning of a line until its rest comes.
type lines struct {
	buffer     []byte
	start, end int  // what is read and not yet cut off is buffer[start:end]
	ended      int  // lines that are behind start
	skipping   bool // start is in the middle of a line that is too long
}

// next is the next line that is not blank, valid until the call after it. A last line without its end is one if it is a
// whole JSON object, as such a thing cannot go on. An error of read comes back once there is no line; next can go on
// after it.
func (l *lines) next(ctx context.Context, read func([]byte) (int, error)) (line, error) {
	for {
		if err := ctx.Err(); err != nil {
			return line{}, err
		}
		if length := bytes.IndexByte(l.buffer[l.start:l.end], '\n'); length >= 0 {
			next := l.upTo(l.start + length)
			l.start += length + 1
			l.ended++
			l.skipping = false
			if len(next.text) > 0 {
				return next, nil
			}
			continue
		}
		if !l.makeRoom() {
			return line{number: l.ended + 1}, errTooLong
		}
		count, err := read(l.buffer[l.end:])
		l.end += count
		if count == 0 && err != nil {
			rest := l.rest()
			if !isObject(rest.text) {
				return line{}, err
			}
			l.dropRest()
			return rest, nil
		}
	}
}

// makeRoom makes sure that something can be read into the buffer. False means that this has made a line too long.
func (l *lines) makeRoom() bool {
	switch {
	case l.buffer == nil:
		l.buffer = make([]byte, maxLine+len("\n"))
	case l.skipping:
		l.start, l.end = 0, 0
	case l.start > 0:
		l.end = copy(l.buffer, l.buffer[l.start:l.end])
		l.start = 0
	case l.end == len(l.buffer):
		l.end = 0
		l.skipping = true
		return false
	}
	return true
}

// rest is the beginning of a line whose end has not been read.
func (l *lines) rest() line { return l.upTo(l.end) }

// dropRest forgets it.
func (l *lines) dropRest() { l.start = l.end }

// upTo is the line that begins at start and goes up to an end; nothing of it if it is too long.
func (l *lines) upTo(end int) line {
	if l.skipping {
		return line{number: l.ended + 1}
	}
	text := l.buffer[l.start:end]
	if l.ended == 0 {
		text = bytes.TrimPrefix(text, byteOrderMark)
	}
	return line{text: bytes.TrimSpace(text), number: l.ended + 1}
}

// isObject reports whether a text is a whole JSON object.
func isObject(text []byte) bool {
	return bytes.HasPrefix(text, []byte("{")) && bytes.HasSuffix(text, []byte("}")) && json.Valid(text)
}
