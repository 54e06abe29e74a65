package jsonl

import (
	"context"
	"io"
	"time"
)

const (
	// quiet is how long nothing must have come for a poll of a stream to end, since a pipe that stays open never ends.
	quiet = time.Second

	// quietHistory is the same for the first poll, which is to bring the whole history: its writer may pause, and may take
	// its time before the first line.
	quietHistory = 10 * time.Second

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
	begun  bool // something has come
	polled bool // the history has been read
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

// poll takes what comes until the stream has ended or is quiet. A stream that has reached the present may never be quiet
// for that long; there a poll ends when nothing more is waiting.
func (s *stream) poll(ctx context.Context, in intake) error {
	pause := quiet
	if !s.polled {
		pause = quietHistory
	}
	began := time.Now()
	err := in.drain(ctx, &s.lines, func(into []byte) (int, error) {
		wait := pause
		if age := in.now().Sub(in.record.UpdatedAt).Abs(); age < fresh && time.Since(began) >= pause {
			wait = 0
		}
		return s.read(ctx, into, wait)
	})
	s.polled = s.polled || err == nil
	if err == nil && s.ended {
		in.end(&s.lines, "the input ended before the rest of it came")
	}
	return err
}

// read is io.EOF also when nothing more has come for as long as wait. For the first bytes of all it waits without end.
func (s *stream) read(ctx context.Context, into []byte, wait time.Duration) (int, error) {
	if len(s.left) == 0 {
		if err := s.receive(ctx, wait); err != nil {
			return 0, err
		}
	}
	count := copy(into, s.left)
	s.left = s.left[count:]
	return count, nil
}

// receive takes the next chunk. What is there already is taken whatever the time.
func (s *stream) receive(ctx context.Context, wait time.Duration) error {
	select {
	case received, more := <-s.chunks:
		return s.accept(received, more)
	default:
	}
	var tooLong <-chan time.Time
	if s.begun {
		tooLong = time.After(wait)
	}
	select {
	case received, more := <-s.chunks:
		return s.accept(received, more)
	case <-tooLong:
		return io.EOF
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *stream) accept(received []byte, more bool) error {
	if !more {
		s.ended = true
		return s.end
	}
	s.begun, s.left = true, received
	return nil
}

// close does not wait for a read that has begun; it ends with the process.
func (s *stream) close() error {
	s.stop()
	return nil
}
