package jsonl

import (
	"context"
	"io"
	"time"
)

const (
	// quiet is how long nothing must have come for a poll of a stream to end, since a pipe that stays open never ends.
	quiet = time.Second

	// fresh is how old a record may be to be of the present. A stream that has reached the present may never be quiet.
	fresh = time.Minute

	// chunk is how many bytes are read from a stream at once.
	chunk = 64 << 10
)

// A stream is a log that comes once and may stay open, such as standard input.
type stream struct {
	lines  lines
	chunks chan []byte // closed at the end; a chunk is valid until the next one is received
	left   []byte      // of the chunk received last
	end    error       // io.EOF or what else has ended the stream; set before chunks is closed
	ended  bool
	stop   context.CancelFunc
}

// startStream begins to read in the background, since a read of a pipe cannot be interrupted.
func startStream(from io.Reader) *stream {
	ctx, stop := context.WithCancel(context.Background())
	s := &stream{chunks: make(chan []byte), stop: stop}
	go s.fill(ctx, from)
	return s
}

// fill reads into one buffer while the chunk in the other is used.
func (s *stream) fill(ctx context.Context, from io.Reader) {
	defer close(s.chunks)
	var buffers [2][chunk]byte
	for i := 0; ; i = 1 - i {
		count, err := from.Read(buffers[i][:])
		if count > 0 {
			select {
			case s.chunks <- buffers[i][:count]:
			case <-ctx.Done():
				s.end = ctx.Err()
				return
			}
		}
		if err != nil {
			s.end = err
			return
		}
	}
}

// poll takes what comes until the stream has ended or is quiet. In the present, where it may never be quiet, a poll
// lasts no longer than that.
func (s *stream) poll(ctx context.Context, in intake) error {
	began := time.Now()
	err := in.drain(ctx, &s.lines, func(into []byte) (int, error) {
		if time.Since(began) >= quiet && in.now().Sub(in.record.UpdatedAt) < fresh {
			return 0, io.EOF
		}
		return s.read(ctx, into)
	})
	if err == nil && s.ended {
		in.end(&s.lines, "the input ended before the rest of it came")
	}
	return err
}

// read is io.EOF also when nothing more has come for now.
func (s *stream) read(ctx context.Context, into []byte) (int, error) {
	if len(s.left) == 0 {
		select {
		case received, more := <-s.chunks:
			if !more {
				s.ended = true
				return 0, s.end
			}
			s.left = received
		case <-time.After(quiet):
			return 0, io.EOF
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	count := copy(into, s.left)
	s.left = s.left[count:]
	return count, nil
}

// close does not wait for a read that has begun; it ends with the process.
func (s *stream) close() error {
	s.stop()
	return nil
}
