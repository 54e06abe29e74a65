package jsonl

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// logFile is the path of a file in a directory of its own, with the text in it.
func logFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checks.jsonl")
	write(t, path, text)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	do(t, os.WriteFile(path, []byte(text), 0o600))
}

// add appends to a file, as a program does that keeps it open.
func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	do(t, err)
	_, err = f.WriteString(text)
	do(t, errors.Join(err, f.Close()))
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatGrowsIsReadOn(t *testing.T) {
	path := logFile(t, recordLine("1")+recordLine("2"))
	s := newSource(t, path)
	tells(t, s, "1", "2")
	tells(t, s)
	add(t, path, recordLine("3")+"x\n")
	tells(t, s, "3", "4 malformed")
}

func TestAFileMayGrowAtAnyByte(t *testing.T) {
	text := "\ufeff" + recordLine("1") + "\r\n" + recordLine("2") + "oops\n" + recordLine("ž")
	want := []string{"1", "2", "4 malformed", "ž"}
	for at := range len(text) {
		path := logFile(t, text[:at])
		s := newSource(t, path)
		got := poll(t, s)
		add(t, path, text[at:])
		if got = append(got, poll(t, s)...); !slices.Equal(got, want) {
			t.Fatalf("written in two parts, the first of %d bytes: Polls tell %q, want %q", at, got, want)
		}
	}
}

func TestALastLineWithoutItsEnd(t *testing.T) {
	whole := record("1")
	half, rest := whole[:40], whole[40:]
	t.Run("waits for its rest", func(t *testing.T) {
		path := logFile(t, half)
		s := newSource(t, path)
		tells(t, s)
		tells(t, s)
		add(t, path, rest+"\n")
		tells(t, s, "1")
	})
	t.Run("is taken once it is a whole object", func(t *testing.T) {
		path := logFile(t, whole)
		s := newSource(t, path)
		tells(t, s, "1")
		tells(t, s)
		add(t, path, "\n"+recordLine("2")+"x\n")
		tells(t, s, "2", "3 malformed")
	})
	t.Run("is malformed when more follows the object", func(t *testing.T) {
		path := logFile(t, whole)
		s := newSource(t, path)
		tells(t, s, "1")
		add(t, path, ",\n"+recordLine("2"))
		tells(t, s, "1 malformed", "2")
	})
}

func TestAMissingFileIsAnErrorUntilItIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checks.jsonl")
	s := newSource(t, path)
	for range 2 {
		err := s.Poll(t.Context(), &heard{})
		for _, want := range []string{"the log: stat " + path + ": no such file or directory", "--source"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
		}
	}
	write(t, path, recordLine("1"))
	tells(t, s, "1")
}

func TestWhatIsNotAFileIsRefused(t *testing.T) {
	directory := t.TempDir()
	fifo := filepath.Join(directory, "pipe")
	do(t, syscall.Mkfifo(fifo, 0o600))
	for _, path := range []string{directory, fifo} {
		err := newSource(t, path).Poll(t.Context(), &heard{})
		want := path + " is not a regular file; read a pipe as standard input: --source=jsonl:- < " + path
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestRotation(t *testing.T) {
	setUp := func(t *testing.T, text string) (s *Source, path, former string) {
		path = logFile(t, text)
		return newSource(t, path), path, path + ".1"
	}
	t.Run("the rest of the old file, then the new one", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		add(t, path, recordLine("2"))
		do(t, os.Rename(path, former))
		write(t, path, recordLine("3")+"x\n")
		tells(t, s, "2", "3", "2 malformed")
		add(t, path, recordLine("4"))
		tells(t, s, "4")
	})
	t.Run("a path that is missing for a moment", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		do(t, os.Rename(path, former))
		tells(t, s)
		add(t, former, recordLine("2"))
		tells(t, s, "2")
		write(t, path, recordLine("3"))
		tells(t, s, "3")
	})
	t.Run("an old file that is written to a little longer", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		do(t, os.Rename(path, former))
		write(t, path, "")
		tells(t, s)
		add(t, former, recordLine("2"))
		write(t, path, recordLine("3"))
		tells(t, s, "2", "3")
	})
	t.Run("an old file that one of its writers keeps", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		do(t, os.Rename(path, former))
		write(t, path, "")
		tells(t, s)
		tells(t, s)
		add(t, former, recordLine("2"))
		tells(t, s, "2")
	})
	t.Run("an old file that is rotated away again", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		do(t, os.Rename(path, former))
		write(t, path, recordLine("2"))
		tells(t, s, "2")
		add(t, former, recordLine("3")+record("x")[:20])
		do(t, os.Rename(path, former+"2"))
		write(t, path, recordLine("4"))
		tells(t, s, "3", "3 malformed", "4")
	})
	t.Run("a path that is missing for long", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		do(t, os.Rename(path, former))
		tells(t, s)
		add(t, former, recordLine("2"))
		s.now = afterLinger
		h := &heard{path: path}
		if err := s.Poll(t.Context(), h); err == nil || !strings.Contains(err.Error(), path+" has been missing since") {
			t.Errorf("error %v, want it to say that the path is missing", err)
		}
		if !slices.Equal(h.told, []string{"2"}) {
			t.Errorf("Poll tells %q, want what was written to the old file", h.told)
		}
		write(t, path, recordLine("3"))
		tells(t, s, "3")
	})
	t.Run("an old file that was deleted", func(t *testing.T) {
		s, path, _ := setUp(t, recordLine("1"))
		tells(t, s, "1")
		add(t, path, recordLine("2"))
		do(t, os.Remove(path))
		write(t, path, recordLine("3"))
		tells(t, s, "2", "3")
	})
	t.Run("a link that leads elsewhere", func(t *testing.T) {
		first, second := logFile(t, recordLine("1")), logFile(t, recordLine("2"))
		link := filepath.Join(t.TempDir(), "link")
		do(t, os.Symlink(first, link))
		s := newSource(t, link)
		tells(t, s, "1")
		do(t, os.Remove(link))
		do(t, os.Symlink(second, link))
		tells(t, s, "2")
	})
	t.Run("a half line at the end of the old file is malformed", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1")+record("2")[:40])
		tells(t, s, "1")
		do(t, os.Rename(path, former))
		write(t, path, recordLine("3"))
		tells(t, s, "3")
		tells(t, s)
		s.now = afterLinger
		h := &heard{path: path}
		do(t, s.Poll(t.Context(), h))
		want := []string{"2: the line has no end: the file was rotated before the rest of it was written"}
		if !slices.Equal(h.faults, want) {
			t.Errorf("faults %q, want %q", h.faults, want)
		}
		tells(t, s)
	})
	t.Run("a half line whose rest came in time", func(t *testing.T) {
		s, path, former := setUp(t, record("1")[:40])
		tells(t, s)
		do(t, os.Rename(path, former))
		write(t, path, recordLine("2"))
		add(t, former, record("1")[40:])
		tells(t, s, "1", "2")
	})
	t.Run("stopped while the old file is read, nothing is lost", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		add(t, path, recordLine("2")+recordLine("3"))
		do(t, os.Rename(path, former))
		write(t, path, recordLine("4"))
		ctx, cancel := context.WithCancel(t.Context())
		h := &stopping{cancel: cancel}
		if err := s.Poll(ctx, h); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want %v", err, context.Canceled)
		}
		tells(t, s, "3", "4")
	})
	t.Run("files are let go of", func(t *testing.T) {
		s, path, former := setUp(t, recordLine("1"))
		tells(t, s, "1")
		do(t, os.Rename(path, former))
		write(t, path, "")
		tells(t, s)
		old := s.log.(*file).former
		s.now = afterLinger
		tells(t, s)
		if _, err := old.Stat(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("the old file says %v, want %v", err, fs.ErrClosed)
		}
		do(t, s.Close())
		if _, err := s.log.(*file).current.Stat(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("the new file says %v, want %v", err, fs.ErrClosed)
		}
	})
}

func TestTruncationStartsAgain(t *testing.T) {
	before := recordLine("1") + recordLine("2") + recordLine("3")
	for name, after := range map[string][]string{
		"to nothing":                       {},
		"to less than was read":            {"4"},
		"to less, with the same beginning": {"1", "2"},
		"and grown to what was read":       {"4", "5", "6"},
		"and grown beyond what was read":   {"4", "5", "6", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			path := logFile(t, before)
			s := newSource(t, path)
			tells(t, s, "1", "2", "3")
			var text strings.Builder
			for _, id := range after {
				text.WriteString(recordLine(id))
			}
			write(t, path, text.String())
			tells(t, s, after...)
			add(t, path, "x\n")
			if got := poll(t, s); len(got) != 1 || !strings.HasSuffix(got[0], " malformed") {
				t.Errorf("Poll tells %q, want the line that was added", got)
			}
		})
	}
}

func TestTruncationForgetsAHalfLine(t *testing.T) {
	path := logFile(t, recordLine("1")+record("2")[:40])
	s := newSource(t, path)
	tells(t, s, "1")
	write(t, path, recordLine("3"))
	tells(t, s, "3")
}

func TestALongLineInAFileIsRejectedOnce(t *testing.T) {
	long := strings.Repeat("x", maxLine+10)
	path := logFile(t, long)
	s := newSource(t, path)
	tells(t, s, "1 too_long")
	add(t, path, long)
	tells(t, s)
	add(t, path, record("no record of its own")+"\n"+recordLine("2"))
	tells(t, s, "2")
	add(t, path, long)
	tells(t, s, "3 too_long")
	do(t, os.Rename(path, path+".1"))
	write(t, path, recordLine("4"))
	tells(t, s, "4")
	tells(t, s)
}
