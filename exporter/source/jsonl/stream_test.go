package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// pipe is a source that reads from a pipe, and the end of the pipe to write to. Times are those of the bubble.
func pipe(t *testing.T) (*Source, *io.PipeWriter) {
	t.Helper()
	from, to := io.Pipe()
	s := newStream(from, contractDecoder(t), time.Now)
	t.Cleanup(func() {
		s.Close()
		from.Close()
	})
	return s, to
}

func TestADashIsStandardInput(t *testing.T) {
	before := os.Stdin
	t.Cleanup(func() { os.Stdin = before })
	from, to, err := os.Pipe()
	do(t, err)
	os.Stdin = from
	s := newSource(t, "-")
	_, err = to.WriteString(recordLine("1"))
	do(t, errors.Join(err, to.Close()))
	tells(t, s, "1")
	if s.Name() != "standard input" {
		t.Errorf("its name is %q, want standard input", s.Name())
	}
}

func TestAPollEndsWhenNothingHasComeForASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, to := pipe(t)
		go fmt.Fprintln(to, record("1"))
		tells(t, s, "1")
		began := time.Now()
		go fmt.Fprint(to, record("2")+"\n"+record("3")[:20])
		tells(t, s, "2")
		if took := time.Since(began); took != quiet {
			t.Errorf("the Poll took %v, want %v", took, quiet)
		}
		go fmt.Fprintln(to, record("3")[20:])
		tells(t, s, "3")
		tells(t, s)
	})
}

func TestHistoryIsReadToItsEndThoughItComesSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, to := pipe(t)
		go func() {
			time.Sleep(time.Hour) // whoever writes may take its time to begin
			for _, id := range []string{"1", "2", "3"} {
				time.Sleep(quietHistory - time.Millisecond)
				fmt.Fprintln(to, recordAt(id, time.Now().Add(-time.Hour)))
			}
		}()
		tells(t, s, "1", "2", "3")
	})
}

func TestAPollOfALivePipeEndsThoughItIsNeverQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, to := pipe(t)
		go func() {
			for i := range 5 {
				time.Sleep(quietHistory / 5)
				fmt.Fprintln(to, recordAt(fmt.Sprint(i), time.Now()))
			}
			for i := range 10 {
				time.Sleep(quiet / 5)
				fmt.Fprintln(to, recordAt(fmt.Sprint(5+i), time.Now()))
			}
		}()
		tells(t, s, "0", "1", "2", "3", "4")
		tells(t, s, "5", "6", "7", "8", "9")
		tells(t, s, "10", "11", "12", "13", "14")
	})
}

func TestAPollOfAPipeStopsByContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := pipe(t)
		ctx, cancel := context.WithTimeout(t.Context(), quiet/2)
		defer cancel()
		began := time.Now()
		if err := s.Poll(ctx, &heard{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(began); took != quiet/2 {
			t.Errorf("the Poll took %v after it was to stop", took-quiet/2)
		}
	})
}

func TestClosingStopsTheReadingOfAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := io.Pipe()
		s := newStream(from, contractDecoder(t), time.Now)
		go fmt.Fprintln(to, record("1"))
		synctest.Wait() // until the line was read and nobody takes it
		s.Close()
		synctest.Wait()
		if _, open := <-s.log.(*stream).chunks; open {
			t.Error("the pipe is still being read")
		}
	})
}

func TestAfterTheEndAPollTellsNothingAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, to := pipe(t)
		go func() {
			fmt.Fprint(to, record("1")+"\n{")
			to.Close()
		}()
		began := time.Now()
		tells(t, s, "1", "2 malformed")
		tells(t, s)
		tells(t, s)
		if took := time.Since(began); took != 0 {
			t.Errorf("the Polls took %v, want no time", took)
		}
	})
}

func TestAStreamThatCannotBeReadIsAnError(t *testing.T) {
	broken := errors.New("input/output error")
	input := io.MultiReader(strings.NewReader(record("1")+"\n"), iotest.ErrReader(broken))
	s := newStream(input, contractDecoder(t), atNoon)
	defer s.Close()
	h := &heard{}
	if err := s.Poll(t.Context(), h); !errors.Is(err, broken) || len(h.told) != 1 {
		t.Errorf("error %v after %q, want %v after record 1", err, h.told, broken)
	}
	if err := s.Poll(t.Context(), h); !errors.Is(err, broken) {
		t.Errorf("the next Poll says %v, want %v", err, broken)
	}
}
