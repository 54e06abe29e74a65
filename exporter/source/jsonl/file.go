package jsonl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// headSize is how many bytes at the start of a file tell that it is still the same.
const headSize = 256

// A file is a log that others write, rotate and truncate while it is read.
type file struct {
	path    string
	current *opened // nil before the path could be opened

	// former was rotated away in the last poll. What is written to it until its writer notices comes with the next one.
	former *opened
}

// poll reads to the end of the file and, where the path names another file now, goes on with that one from its start.
func (f *file) poll(ctx context.Context, in intake) error {
	if err := f.finishFormer(ctx, in); err != nil {
		return err
	}
	if f.current == nil {
		first, err := open(f.path)
		if err != nil {
			return err
		}
		f.current = first
	}
	// Asked before reading: what was written before the path changed is then read before what was written after.
	rotated, err := f.rotated()
	if err != nil {
		return err
	}
	if err := f.current.restartIfTruncated(); err != nil {
		return err
	}
	if err := f.current.drain(ctx, in); err != nil || !rotated {
		return err
	}
	next, err := open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // rotated once more; the next poll finds it
	}
	if err != nil {
		return err
	}
	f.former, f.current = f.current, next
	return next.drain(ctx, in)
}

// rotated reports whether the path names another file than the open one. That it names none for a moment is part of a
// rotation.
func (f *file) rotated() (bool, error) {
	named, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	current, err := f.current.Stat()
	return err == nil && !os.SameFile(named, current), err
}

// finishFormer reads what has come to the former file since it was rotated away, and lets go of it.
func (f *file) finishFormer(ctx context.Context, in intake) error {
	if f.former == nil {
		return nil
	}
	err := f.former.drain(ctx, in)
	if ctx.Err() != nil {
		return err
	}
	in.end(&f.former.lines, "the file was rotated before the rest of it was written")
	err = errors.Join(err, f.former.Close())
	f.former = nil
	return err
}

func (f *file) close() error {
	var err error
	for _, each := range []*opened{f.former, f.current} {
		if each != nil {
			err = errors.Join(err, each.Close())
		}
	}
	return err
}

// opened is an open file, and how far it has been read.
type opened struct {
	*os.File
	lines lines
	size  int64  // bytes read
	head  []byte // the first of them, at most headSize
}

func open(path string) (*opened, error) {
	// To open a named pipe would be to wait for its writer, so the kind of file is asked first.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file; read a pipe as standard input: --source=jsonl:- < %[1]s", path)
	}
	handle, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &opened{File: handle}, nil
}

func (o *opened) drain(ctx context.Context, in intake) error { return in.drain(ctx, &o.lines, o.read) }

func (o *opened) read(into []byte) (int, error) {
	count, err := o.Read(into)
	o.size += int64(count)
	o.head = append(o.head, into[:min(count, headSize-len(o.head))]...)
	return count, err
}

// restartIfTruncated goes back to the start of a file that was truncated in place: it is shorter than what was read,
// or it has grown again and begins differently. Reading a record again does no harm.
func (o *opened) restartIfTruncated() error {
	info, err := o.Stat()
	if err != nil {
		return err
	}
	if info.Size() >= o.size {
		head := make([]byte, len(o.head))
		count, err := o.ReadAt(head, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if bytes.Equal(head[:count], o.head) {
			return nil
		}
	}
	_, err = o.Seek(0, io.SeekStart)
	o.size, o.head, o.lines = 0, o.head[:0], lines{buffer: o.lines.buffer}
	return err
}
