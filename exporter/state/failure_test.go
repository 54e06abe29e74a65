package state

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

var discard = slog.New(slog.DiscardHandler)

// ranAlone runs the test in a process of its own, and reports whether it has: a limit on the size of files is one for the
// whole process, and so for what go test itself writes.
func ranAlone(t *testing.T) bool {
	t.Helper()
	const alone = "STATE_TEST_ALONE"
	if os.Getenv(alone) != "" {
		return false
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), alone+"=1")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return true
}

// limitFileSize stands in for a full disk: no file grows beyond the size until the function that it returns is called.
func limitFileSize(t *testing.T, size uint64) (free func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	free = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(free)
	return free
}

// ordinaryDirectory is a directory of an ordinary user, and for the rest of the test this is that user: root may write
// everywhere.
func ordinaryDirectory(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	if os.Getuid() != 0 {
		return directory
	}
	const nobody = 65534
	if err := errors.Join(os.Chmod(filepath.Dir(directory), 0o755), os.Chown(directory, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // whose user it is
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setfsuid(0); err == nil {
			runtime.UnlockOSThread()
		}
	})
	return directory
}

// zeros writes that many bytes.
func zeros(count int) func(io.Writer) error {
	return func(to io.Writer) error { _, err := to.Write(make([]byte, count)); return err }
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestNoEntryFollowsAGap(t *testing.T) {
	if ranAlone(t) {
		return
	}
	path, p := saved(t)
	p.count(3, 100)
	free := limitFileSize(t, headSize+3*(entryHeadSize+100)+50)
	p.count(1, 100)
	if p.Status().Err == nil {
		t.Error("an entry could not be written, and Status has no error")
	}
	p.logged("level=ERROR", "The state is not being written; serving goes on", "file too large", "file="+path)
	free()
	p.count(2, 20) // would fit
	if n := strings.Count(p.output.String(), "level=ERROR"); n != 1 {
		t.Errorf("the failure is logged %d times, want once:\n%s", n, &p.output)
	}
	crashed := imageOf(t, filepath.Dir(path)).lay(t)
	q := reloaded(t, crashed)
	q.holds(3)
	q.calm()
	if strings.Contains(q.output.String(), "cut short") {
		t.Error("the entry that was written in part is still there")
	}

	if err := p.Keep(p.ledger.write); err != nil {
		t.Fatal(err)
	}
	if status := p.Status(); status.Err != nil || status.Saved.IsZero() {
		t.Errorf("after Keep: %+v", status)
	}
	p.logged("level=INFO", "The state is written again")
	p.count(1, 20)
	p.kill()
	reloaded(t, path).holds(7)
}

func TestAFailedSaveLeavesTheLastOneInUse(t *testing.T) {
	if ranAlone(t) {
		return
	}
	refused := errors.New("the fold is being rebuilt")
	tests := []struct {
		name  string
		limit uint64
		write func(io.Writer) error
		want  string
	}{
		{"the disk is full at the end", 500, zeros(1000), "too large"},
		{"the disk is full in the middle", 500, zeros(10 * bufferSize), "too large"},
		{"there is no content", math.MaxInt64, func(io.Writer) error { return refused }, refused.Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			p := start(t, path)
			p.load()
			p.count(2, 8)
			p.save()
			p.count(2, 8)
			free := limitFileSize(t, test.limit)
			for range 2 {
				err := p.Save(test.write)
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("got %v, want %q and the path", err, test.want)
				}
			}
			if p.Status().Err == nil || strings.Count(p.output.String(), "level=ERROR") != 1 {
				t.Errorf("%+v, log:\n%s", p.Status(), &p.output)
			}
			free()
			checkModes(t, filepath.Dir(path), 4) // nothing half written
			p.count(2, 8)
			q := reloaded(t, imageOf(t, filepath.Dir(path)).lay(t))
			q.holds(6)
			q.calm()
			p.save()
			if p.Status().Err != nil {
				t.Error(p.Status().Err)
			}
			p.logged("level=INFO", "The state is written again")
		})
	}
}

func TestASnapshotWithAHoleIsNoSnapshot(t *testing.T) {
	if ranAlone(t) {
		return
	}
	p := start(t, filepath.Join(t.TempDir(), "state"))
	p.load()
	free := limitFileSize(t, 500)
	err := p.Save(func(to io.Writer) error {
		_, _ = to.Write(make([]byte, 10*bufferSize)) // an error that is passed over
		free()
		return nil
	})
	if err == nil {
		t.Error("Save has no error")
	}
}

func TestNothingIsLeftWhereTheNextJournalCannotBeMade(t *testing.T) {
	path, p := saved(t)
	p.count(3, 8)
	obstacle := path + journalSuffix + newSuffix
	if err := os.MkdirAll(obstacle+"/directory", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := p.Save(p.ledger.write); err == nil {
		t.Error("Save has no error")
	}
	if err := os.RemoveAll(obstacle); err != nil {
		t.Fatal(err)
	}
	checkModes(t, filepath.Dir(path), 4)
	p.count(1, 8)
	p.kill()
	reloaded(t, path).holds(4)
}

func TestTheJournalStaysUntilTheNextSnapshotHasItsName(t *testing.T) {
	path, p := saved(t)
	p.count(3, 8)
	if err := errors.Join(os.Rename(path, path+".kept"), os.MkdirAll(path+"/directory", 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := p.Save(p.ledger.write); err == nil {
		t.Error("Save has no error")
	}
	if err := errors.Join(os.RemoveAll(path), os.Rename(path+".kept", path)); err != nil {
		t.Fatal(err)
	}
	checkModes(t, filepath.Dir(path), 4)
	p.count(1, 8)
	p.kill()
	q := reloaded(t, path)
	q.holds(4)
	q.calm()
}

func TestASnapshotWhoseJournalCannotFollowIsGood(t *testing.T) {
	path, p := saved(t)
	p.count(3, 8)
	obstacle := path + journalSuffix + "/directory"
	if err := errors.Join(os.Remove(path+journalSuffix), os.MkdirAll(obstacle, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := p.Save(p.ledger.write); err == nil || p.Status().Err == nil {
		t.Errorf("Save: %v, status %+v", err, p.Status())
	}
	p.count(1, 8) // has no journal to be in
	if err := os.RemoveAll(filepath.Dir(obstacle)); err != nil {
		t.Fatal(err)
	}
	q := reloaded(t, imageOf(t, filepath.Dir(path)).lay(t))
	q.holds(3)
	q.calm()
	if err := p.Keep(p.ledger.write); err != nil || p.Status().Err != nil {
		t.Errorf("Keep: %v, status %+v", err, p.Status())
	}
	p.count(1, 8)
	p.kill()
	reloaded(t, path).holds(5)
}

func TestAJournalThatTheDiskRefusesIsReplaced(t *testing.T) {
	path, p := saved(t)
	p.count(3, 8)
	if err := p.journal.file.Close(); err != nil { // makes fsync fail
		t.Fatal(err)
	}
	if err := p.Keep(p.ledger.write); err != nil || p.Status().Err != nil || p.snapshot.generation != 2 {
		t.Errorf("Keep: %v, status %+v, generation %d", err, p.Status(), p.snapshot.generation)
	}
	p.logged("level=ERROR", "file already closed", "level=INFO", "The state is written again")
	p.count(1, 8)
	p.kill()
	reloaded(t, path).holds(4)
}

func TestADiskThatIsFullAtTheStart(t *testing.T) {
	if ranAlone(t) {
		return
	}
	path := filepath.Join(t.TempDir(), "state")
	free := limitFileSize(t, keySize-1)
	p := start(t, path)
	if p.load() || p.Status().Err == nil {
		t.Errorf("status %+v", p.Status())
	}
	p.logged("level=ERROR", "serving goes on", "too large")
	if err := p.Keep(p.ledger.write); err == nil {
		t.Error("Keep has no error")
	}
	free()
	p.count(2, 8)
	if err := p.Keep(p.ledger.write); err != nil || p.Status().Err != nil {
		t.Errorf("Keep: %v, status %+v", err, p.Status())
	}
	p.kill()
	next := reloaded(t, path)
	next.holds(2)
	if next.Key() != p.Key() {
		t.Error("the key was not kept")
	}
	checkModes(t, filepath.Dir(path), 4)
}

func TestADirectoryThatCannotBeWritten(t *testing.T) {
	t.Run("a state is used, and kept again when it can be", func(t *testing.T) {
		directory := ordinaryDirectory(t)
		path := filepath.Join(directory, "state")
		before := start(t, path)
		before.load()
		before.save()
		before.count(3, 8)
		before.kill()
		chmod(t, path+lockSuffix, 0o400)
		chmod(t, directory, 0o500)

		p := reloaded(t, path)
		p.holds(3)
		if p.Status().Err == nil {
			t.Error("Status has no error")
		}
		p.logged("level=ERROR", "permission denied")
		p.count(1, 8)
		if err := p.Keep(p.ledger.write); err == nil {
			t.Error("Keep has no error")
		}
		chmod(t, directory, 0o700)
		chmod(t, path+lockSuffix, 0o600)
		if err := p.Keep(p.ledger.write); err != nil || p.Status().Err != nil {
			t.Errorf("Keep: %v, status: %+v", err, p.Status())
		}
		if _, err := Open(path, origin, discard); !errors.Is(err, errShared) {
			t.Errorf("the state is kept without a lock: %v", err)
		}
		p.count(1, 8)
		p.kill()
		reloaded(t, path).holds(5)
	})
	t.Run("nothing is changed without the lock", func(t *testing.T) {
		directory := ordinaryDirectory(t)
		path := filepath.Join(directory, "state")
		before := start(t, path)
		before.load()
		before.save()
		before.count(3, 8)
		before.kill()
		chmod(t, path+lockSuffix, 0o400) // the directory can be written
		if err := os.Truncate(path+journalSuffix, headSize+2*(entryHeadSize+8)+1); err != nil {
			t.Fatal(err)
		}
		files := imageOf(t, directory)
		torn := reloaded(t, path)
		torn.holds(2)
		torn.count(1, 8)
		torn.kill()
		if now := imageOf(t, directory); !maps.EqualFunc(files, now, bytes.Equal) {
			t.Errorf("files %v were changed to %v", files, now)
		}

		files["state"] = files["state"][:20]
		if err := os.Truncate(path, 20); err != nil {
			t.Fatal(err)
		}
		unusable := start(t, path)
		if unusable.load() {
			t.Error("a damaged state is found")
		}
		unusable.logged("not usable")
		if now := imageOf(t, directory); !maps.EqualFunc(files, now, bytes.Equal) {
			t.Errorf("files %v were changed to %v", files, now)
		}
	})
	t.Run("there is no state", func(t *testing.T) {
		directory := ordinaryDirectory(t)
		path := filepath.Join(directory, "state")
		chmod(t, directory, 0o500)
		p := start(t, path)
		if p.load() || p.Status().Err == nil || p.Key() == [16]byte{} {
			t.Errorf("status %+v, key %x", p.Status(), p.Key())
		}
		if err := p.Save(p.ledger.write); err == nil {
			t.Error("Save has no error")
		}
		chmod(t, directory, 0o700)
		p.save()
		p.count(2, 8)
		p.kill()
		next := reloaded(t, path)
		next.holds(2)
		if next.Key() != p.Key() {
			t.Error("the key was not kept")
		}
	})
	t.Run("an unusable state is set aside when it can be", func(t *testing.T) {
		directory := ordinaryDirectory(t)
		path := filepath.Join(directory, "state")
		before := start(t, path)
		before.load()
		before.save()
		before.count(3, 8)
		before.kill()
		files := imageOf(t, directory)
		chmod(t, directory, 0o500)
		p := start(t, path) // with the lock, which is there
		found, err := p.Load(func(io.Reader) error { return io.ErrUnexpectedEOF }, p.ledger.redo)
		if found || err != nil || p.Status().Err == nil {
			t.Errorf("found %t, %v, status %+v", found, err, p.Status())
		}
		p.logged("level=WARN", "not usable", "level=ERROR", "cannot be set aside")
		if err := p.Save(p.ledger.write); err == nil {
			t.Error("Save has no error")
		}
		chmod(t, directory, 0o700)
		checkBeginsAnew(t, p, path, files)
	})
}

func TestAStateThatMayNotBeReadStopsTheStart(t *testing.T) {
	suffixes := []string{keySuffix}
	if os.Getuid() == 0 { // who alone can give these to another user
		suffixes = append(suffixes, "", journalSuffix)
	}
	for _, suffix := range suffixes {
		t.Run("state"+suffix, func(t *testing.T) {
			path := filepath.Join(ordinaryDirectory(t), "state")
			p := start(t, path)
			p.load()
			p.save()
			p.kill()
			if os.Getuid() == 0 { // another user's, so that its mode cannot be mended
				if err := syscall.Setfsuid(0); err != nil {
					t.Fatal(err)
				}
				err := os.Chown(path+suffix, 0, 0)
				if err := errors.Join(err, syscall.Setfsuid(65534)); err != nil {
					t.Fatal(err)
				}
			} else {
				chmod(t, path+suffix, 0)
			}
			f, err := Open(path, origin, discard)
			if err == nil {
				_, err = f.Load(p.ledger.restore, p.ledger.redo)
				f.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "permission denied") || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
			if exists(path + unusableSuffix) {
				t.Error("a good state was set aside")
			}
		})
	}
}

func TestALargeStateIsNotHeldInMemory(t *testing.T) {
	const size, most = 100 << 20, 4 << 20 // bytes
	path := filepath.Join(t.TempDir(), "state")
	chunk := []byte(strings.Repeat("0123456789abcdef", 64))
	allocated := func(work func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		work()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	f := start(t, path)
	if used := allocated(func() {
		err := f.Save(func(to io.Writer) error {
			for range size / len(chunk) {
				if _, err := to.Write(chunk); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}); used > most {
		t.Errorf("saving allocates %d bytes, want %d at most", used, most)
	}
	f.kill()

	f = start(t, path)
	if used := allocated(func() {
		read := make([]byte, len(chunk))
		found, err := f.Load(func(from io.Reader) error {
			for n := range size / len(chunk) {
				if _, err := io.ReadFull(from, read); err != nil || string(read) != string(chunk) {
					t.Fatalf("chunk %d: %v", n, err)
				}
			}
			if n, err := from.Read(read); n != 0 || err != io.EOF {
				t.Errorf("after the content: %d bytes, %v", n, err)
			}
			return nil
		}, nil)
		if !found || err != nil {
			t.Fatal(found, err)
		}
	}); used > most {
		t.Errorf("loading allocates %d bytes, want %d at most", used, most)
	}
}
