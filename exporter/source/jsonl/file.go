package jsonl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

const (
	// headSize is how many bytes at the start of a file tell that it is still the same.
	headSize = 256

	// linger is how long writers may take to notice a rotation, and a path may name nothing.
	linger = time.Minute
)

// A file is a log that others write, rotate and truncate while it is read.
type file struct {
	path    string
	current *opened // nil before the path could be opened

	// former was rotated away. Its writers, each of which notices in its own time, may still write to it; it is let go when
	// nothing has come for a while, or at the next rotation.
	former      *opened
	formerGrew  time.Time
	missedSince time.Time // the path has named nothing since; zero while it names a file
}

// poll reads to the end of the file and, where the path names another file now, goes on with that one from its start.
func (f *file) poll(ctx context.Context, in intake) error {
	if err := f.readFormer(ctx, in); err != nil {
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
	rotated, err := f.rotated(in.now())
	if err != nil {
		return err
	}
	if err := f.current.restartIfTruncated(); err != nil {
		return err
	}
	if err := f.current.drain(ctx, in); err != nil {
		return err
	}
	if since := f.missedSince; !since.IsZero() && in.now().Sub(since) >= linger {
		return fmt.Errorf("%s has been missing since %s; what was in it has been read", f.path, since.Format(time.RFC3339))
	}
	if !rotated {
		return nil
	}
	next, err := open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // rotated once more; the next poll finds it
	}
	if err != nil {
		return err
	}
	if err := f.letGoFormer(in); err != nil {
		return errors.Join(err, next.Close())
	}
	f.former, f.formerGrew, f.current = f.current, in.now(), next
	return next.drain(ctx, in)
}

// rotated reports whether the path names another file than the open one. That it names none for a moment is part of a
// rotation.
func (f *file) rotated(now time.Time) (bool, error) {
	named, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		if f.missedSince.IsZero() {
			f.missedSince = now
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.missedSince = time.Time{}
	current, err := f.current.Stat()
	return err == nil && !os.SameFile(named, current), err
}

// readFormer reads what has come to the former file since it was rotated away.
func (f *file) readFormer(ctx context.Context, in intake) error {
	if f.former == nil {
		return nil
	}
	before := f.former.size
	if err := f.former.drain(ctx, in); err != nil {
		return err
	}
	now := in.now()
	if f.former.size > before {
		f.formerGrew = now
	}
	if now.Sub(f.formerGrew) < linger {
		return nil
	}
	return f.letGoFormer(in)
}

func (f *file) letGoFormer(in intake) error {
	if f.former == nil {
		return nil
	}
	in.end(&f.former.lines, "the file was rotated before the rest of it was written")
	err := f.former.Close()
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
		return nil, fmt.Errorf("the log: %w; see whether --source says where it is, and whether this user may look there", err)
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
