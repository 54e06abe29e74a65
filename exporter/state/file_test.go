package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const origin = "source: postgres://db/homework\nmapping: contract\ntime zone: Europe/Prague"

// A ledger stands in for what an exporter knows: the numbers from 1 on. In an entry a number has padding, by which
// damage to it would show.
type ledger []uint64

func (l *ledger) write(to io.Writer) error { return binary.Write(to, binary.BigEndian, []uint64(*l)) }

func (l *ledger) restore(from io.Reader) error {
	data, err := io.ReadAll(from)
	*l = make(ledger, len(data)/8)
	return errors.Join(err, binary.Read(bytes.NewReader(data), binary.BigEndian, []uint64(*l)))
}

func (l *ledger) redo(entry []byte) error {
	number := binary.BigEndian.Uint64(entry)
	if !bytes.Equal(entry, entryOf(number, len(entry))) {
		return fmt.Errorf("entry %d is not as it was written", number)
	}
	*l = append(*l, number)
	return nil
}

func entryOf(number uint64, size int) []byte {
	padding := bytes.Repeat([]byte{byte(number)}, size-8)
	return append(binary.BigEndian.AppendUint64(nil, number), padding...)
}

// upTo is the ledger of the numbers to the last.
func upTo(last int) ledger {
	l := ledger{}
	for n := range last {
		l = append(l, uint64(n)+1)
	}
	return l
}

// A process is an exporter as the state sees it. To close its file is all that a kill does.
type process struct {
	*File
	t      *testing.T
	ledger ledger
	output bytes.Buffer
}

// start opens the state at path.
func start(t *testing.T, path string) *process {
	t.Helper()
	p := &process{t: t}
	f, err := Open(path, origin, slog.New(slog.NewTextHandler(&p.output, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	p.File = f
	return p
}

// load loads the ledger and reports whether there was one.
func (p *process) load() bool {
	p.t.Helper()
	found, err := p.Load(p.ledger.restore, p.ledger.redo)
	if err != nil {
		p.t.Fatal(err)
	}
	if !found {
		p.ledger = nil
	}
	return found
}

// count appends the next numbers, in entries of the size.
func (p *process) count(numbers, size int) {
	for range numbers {
		next := uint64(len(p.ledger)) + 1
		p.Append(entryOf(next, size))
		p.ledger = append(p.ledger, next)
	}
}

func (p *process) save() {
	p.t.Helper()
	if err := p.Save(p.ledger.write); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) kill() {
	p.t.Helper()
	if err := p.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// holds fails unless the ledger is that of the numbers to the last.
func (p *process) holds(last int) {
	p.t.Helper()
	if !slices.Equal(p.ledger, upTo(last)) {
		p.t.Errorf("the state is %v, want 1 to %d; log:\n%s", p.ledger, last, &p.output)
	}
}

// logged fails unless the log has all of the texts.
func (p *process) logged(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.output.String(), text) {
			p.t.Errorf("the log has no %q:\n%s", text, &p.output)
		}
	}
}

// calm fails if the log has a warning or an error.
func (p *process) calm() {
	p.t.Helper()
	if log := p.output.String(); strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
		p.t.Errorf("want no warning:\n%s", log)
	}
}

// reloaded is a new process with the state at path, which it must find.
func reloaded(t *testing.T, path string) *process {
	t.Helper()
	p := start(t, path)
	if !p.load() {
		t.Fatalf("the state is not found; log:\n%s", &p.output)
	}
	return p
}

// saved is a state of its own that has a first snapshot.
func saved(t *testing.T) (path string, p *process) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state")
	p = start(t, path)
	p.load()
	p.save()
	return path, p
}

// an image is the files of a directory.
type image map[string][]byte

func imageOf(t *testing.T, directory string) image {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	files := image{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = data
	}
	return files
}

// lay writes the files to a new directory and returns the path of the state in it.
func (i image) lay(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	for name, data := range i {
		if err := os.WriteFile(filepath.Join(directory, name), data, mode); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(directory, "state")
}

// example is a state of ten numbers: five in its second snapshot, the others in the journal.
func example(t *testing.T) image {
	t.Helper()
	path, p := saved(t)
	p.count(5, 20)
	p.save()
	p.count(5, 20)
	p.kill()
	return imageOf(t, filepath.Dir(path))
}

func TestAKillLosesNothing(t *testing.T) {
	tests := []struct {
		name string
		life func(*process)
		want int
	}{
		{"an empty snapshot is a state", func(p *process) { p.save() }, 0},
		{"a snapshot", func(p *process) { p.count(3, 8); p.save() }, 3},
		{"entries after a snapshot", func(p *process) { p.save(); p.count(3, 8) }, 3},
		{"entries between snapshots and after", func(p *process) { p.save(); p.count(3, 8); p.save(); p.count(2, 9) }, 5},
		{"entries larger than any buffer", func(p *process) { p.save(); p.count(3, 3*bufferSize+1) }, 3},
		{"entries after Keep", func(p *process) { p.save(); p.count(1, 8); p.Keep(p.ledger.write); p.count(1, 8) }, 2},
		{"Keep without a snapshot saves one", func(p *process) { p.count(2, 8); p.Keep(p.ledger.write) }, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			first := start(t, path)
			if first.load() {
				t.Error("there is a state before the first start")
			}
			test.life(first)
			first.kill()
			first.calm()

			second := reloaded(t, path)
			second.holds(test.want)
			second.count(2, 8)
			second.kill()
			second.calm()

			third := reloaded(t, path)
			third.holds(test.want + 2)
			third.calm()
			if third.Key() != first.Key() {
				t.Error("the key has changed")
			}
		})
	}
}

func TestAppendBeforeASnapshotIsIgnored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	p := start(t, path)
	p.load()
	p.count(3, 8)
	p.kill()
	again := start(t, path)
	if again.load() {
		t.Error("there is a state without a snapshot")
	}
	again.calm()
}

func TestKeysDiffer(t *testing.T) {
	a, b := start(t, filepath.Join(t.TempDir(), "state")), start(t, filepath.Join(t.TempDir(), "state"))
	if a.Key() == b.Key() || a.Key() == [16]byte{} {
		t.Errorf("keys %x and %x", a.Key(), b.Key())
	}
}

func TestKeepReplacesAnOutgrownJournal(t *testing.T) {
	path, p := saved(t)
	p.count(4, smallestGrowth/4-entryHeadSize-headSize)
	for _, test := range []struct {
		rule       string
		generation uint64
	}{{"a journal of the smallest growth stays", 1}, {"a larger one is replaced", 2}, {"its successor stays", 2}} {
		if err := p.Keep(p.ledger.write); err != nil {
			t.Fatal(err)
		}
		if p.snapshot.generation != test.generation {
			t.Errorf("%s: generation %d, want %d", test.rule, p.snapshot.generation, test.generation)
		}
		p.count(1, 4*headSize)
	}
	p.kill()
	reloaded(t, path).holds(7)

	large := func(to io.Writer) error { _, err := to.Write(make([]byte, 2*smallestGrowth)); return err }
	q := start(t, filepath.Join(t.TempDir(), "state"))
	q.load()
	for range 2 {
		if err := q.Keep(large); err != nil {
			t.Fatal(err)
		}
		q.count(1, 2*smallestGrowth-headSize-entryHeadSize)
	}
	if q.snapshot.generation != 1 {
		t.Error("a journal smaller than its snapshot was replaced")
	}
}

func TestOneProcessAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	first := start(t, path)
	_, err := Open(path, origin, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "another process uses "+path) ||
		!strings.Contains(err.Error(), "give each exporter a file of its own") {
		t.Fatalf("the second process gets: %v", err)
	}
	first.kill()
	if !exists(path + lockSuffix) {
		t.Error("the lock file is gone: two processes could each lock a file of that name")
	}
	start(t, path)
}

func TestOpenFailsWhereStartingWouldBeWrong(t *testing.T) {
	directory := t.TempDir()
	for _, name := range []string{"a/state", "b.key", "c.journal"} {
		if err := os.MkdirAll(filepath.Join(directory, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(directory, "pipe"), mode); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, want string }{
		{"the directory is missing", "none/state", "create " + directory + "/none"},
		{"the path is a directory", "a/state", "a/state is a directory"},
		{"the path ends like a directory", "a/", "a is a directory"},
		{"the path is a pipe", "pipe", "pipe is a directory or something else"},
		{"the key is a directory", "b", "b.key is a directory"},
		{"the journal is a directory", "c", "c.journal is a directory"},
		{"the directory is a file", "pipe/state", "not a directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(directory+"/"+test.path, origin, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestFilesAreTheirOwnersAlone(t *testing.T) {
	for _, umask := range []int{0, 0o777} {
		t.Run(fmt.Sprintf("umask %o", umask), func(t *testing.T) {
			directory := t.TempDir()
			defer syscall.Umask(syscall.Umask(umask))
			p := start(t, filepath.Join(directory, "state"))
			p.load()
			p.save()
			p.count(1, 8)
			p.save()
			checkModes(t, directory, 4)
		})
	}
	t.Run("files that were open to others", func(t *testing.T) {
		path := example(t).lay(t)
		for _, suffix := range []string{"", journalSuffix, keySuffix, lockSuffix} {
			if err := os.Chmod(path+suffix, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p := reloaded(t, path)
		p.holds(10)
		p.logged("level=WARN", "open to others", "file="+path+keySuffix, "mode=-rw-r--r--")
		checkModes(t, filepath.Dir(path), 4)
	})
}

func checkModes(t *testing.T, directory string, files int) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != files {
		t.Errorf("%d files, want %d: %v", len(entries), files, entries)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v (%v), want 0600", entry.Name(), info.Mode(), err)
		}
	}
}

func TestStatusIsForAnyGoroutine(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "state"))
	p.load()
	if status := p.Status(); !status.Saved.IsZero() || status.Err != nil {
		t.Errorf("before the first save: %+v", status)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for p.Status().Saved.IsZero() {
		}
	}()
	p.save()
	<-done
	before := p.Status().Saved
	if err := p.Keep(p.ledger.write); err != nil || !p.Status().Saved.After(before) {
		t.Errorf("Keep: %v, saved at %v and before at %v", err, p.Status().Saved, before)
	}
}

func BenchmarkAppend(b *testing.B) {
	f, err := Open(filepath.Join(b.TempDir(), "state"), origin, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := f.Save(func(io.Writer) error { return nil }); err != nil {
		b.Fatal(err)
	}
	entry := make([]byte, 150)
	b.SetBytes(int64(len(entry)))
	b.ReportAllocs()
	for b.Loop() {
		f.Append(entry)
	}
	if err := f.Status().Err; err != nil {
		b.Fatal(err)
	}
}
