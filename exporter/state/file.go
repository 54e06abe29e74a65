// Package state keeps what an exporter has exposed where a kill does not reach it: in a snapshot and a journal of what
// came after. It knows neither records nor metrics; a snapshot's content and a journal's entries are bytes to it.
//
// The state file FILE is these files, all readable by their owner alone:
//
//	FILE           the snapshot: all that was known at one time
//	FILE.journal   the entries since, each written before Append returns
//	FILE.key       a secret of this state; a file of its own, so that a snapshot alone tells nothing
//	FILE.lock      is locked while a process uses the state, and is never removed
//	FILE.*.new     something that is being written, and takes its name when it is whole
//	FILE.*unusable what could not be used and was set aside; earlier ones have a number behind
//
// Every snapshot has a generation, one more than the one before, and a journal names the snapshot that it follows. A
// new snapshot takes its name before its empty journal does. So at any moment there is a snapshot with its own
// journal, or with an older one, whose entries the snapshot holds. A kill loses no entry and none is used twice.
// Losing power loses what came after the last Keep.
package state

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	bufferSize = 256 << 10 // bytes

	// smallestGrowth is how many bytes a journal grows before Keep replaces it, however small the snapshot is.
	smallestGrowth = 4 << 20
)

// A File is the state of one exporter on disk. Its methods are for one goroutine, but for Status, which is for any.
type File struct {
	path   string
	origin string
	log    *slog.Logger
	lock   *os.File // nil while it could not be opened; nothing is written then

	key     [keySize]byte
	keyKept bool // it is on disk

	snapshot identity // of the last one in place; zero where there is none that is usable
	size     int64    // of it, in bytes
	journal  *journal // nil while no entry may be written: there is no snapshot, or an entry is missing

	mu     sync.Mutex // guards status
	status Status
}

// A Status is how the state is being kept.
type Status struct {
	Saved time.Time // when everything was last known to be durable; zero before
	Err   error     // why the state cannot be written now; nil when it can
}

// Open locks the state file at path and reads its key, or makes one. The origin says what a state is made from, one
// "name: value" a line and no secrets; a state with another origin is not used.
//
// It fails where starting would be wrong: the directory is missing, something there is no file or may not be read, or
// another process uses the state. Where only writing is impossible it succeeds, and Status has the error.
func Open(path, origin string, log *slog.Logger) (*File, error) {
	f := &File{path: filepath.Clean(path), origin: origin, log: log}
	if err := f.examine(); err != nil {
		return nil, err
	}
	unwritable := f.takeLock()
	if errors.Is(unwritable, errShared) {
		return nil, unwritable
	}
	if err := f.readKey(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if unwritable == nil {
		f.tidy()
		unwritable = f.keepKey()
	}
	if unwritable != nil {
		f.fail(fmt.Errorf("the state file %s cannot be written: %w", f.path, unwritable))
	}
	return f, nil
}

// Key is a secret that stays the same as long as the state does.
func (f *File) Key() [16]byte { return f.key }

// Load hands the last snapshot to restore and the entries after it to redo, in their order; an entry is redo's only
// until it returns. The snapshot has been checked to its end before. Found is false where there is no state, or none
// that can be used: then the log says why, the files are set aside, and whatever restore and redo have done is to be
// thrown away. The error is for what should stop the start: files that cannot be read now, but may be good.
func (f *File) Load(restore func(snapshot io.Reader) error, redo func(entry []byte) error) (found bool, err error) {
	err = f.load(restore, redo)
	var why *unusableError
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, errNoState):
		return false, nil
	case errors.As(err, &why):
		f.snapshot = identity{}
		f.reject(why)
		return false, nil
	}
	return false, fmt.Errorf("the state file %s cannot be read: %w; mend that, or move %[1]s and %[1]s.journal away to "+
		"begin without a state", f.path, err)
}

// errNoState says that there is nothing to load.
var errNoState = errors.New("no state")

func (f *File) load(restore func(snapshot io.Reader) error, redo func(entry []byte) error) error {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		if exists(f.path + journalSuffix) {
			return unusable("its journal is there, but no snapshot for it to follow")
		}
		return errNoState
	}
	if err != nil {
		return err
	}
	defer file.Close()
	found, err := readSnapshot(file)
	if err != nil {
		return err
	}
	if found.keyCheck != keyCheck(f.key) {
		return unusable("it was made under another key than that of %s%s, which was lost or replaced", f.path, keySuffix)
	}
	if found.origin != f.origin {
		return unusable("it was made from something else: %s", difference(found.origin, f.origin))
	}
	f.snapshot, f.size = found.identity, found.size
	return f.loadJournal(func() error { return restore(bufio.NewReaderSize(found.content, bufferSize)) }, redo)
}

// loadJournal calls restore as soon as it is known that the journal does not forbid it, then redo for the entries. The
// journal is open for more afterwards, where it can be written.
func (f *File) loadJournal(restore func() error, redo func(entry []byte) error) error {
	path := f.path + journalSuffix
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = errNoJournal
	}
	if err == nil {
		defer file.Close()
		err = checkFollows(file, f.snapshot)
	}
	damaged := errors.Is(err, errDamaged)
	switch {
	case errors.Is(err, errNoJournal) && !f.journalIsNext(), damaged:
		f.log.Warn("The journal of the state is missing or damaged: what came after the last snapshot is lost, and totals "+
			"may look like a reset", "file", path, "err", err)
	case errors.Is(err, errSuperseded), errors.Is(err, errNoJournal):
		f.log.Info("The last save was killed at its very end; its snapshot is complete", "file", f.path)
	case err != nil:
		return err
	}
	if restoring := restore(); restoring != nil {
		return unusable("its content cannot be restored: %w", restoring)
	}
	if err == nil {
		return f.replayJournal(file, redo)
	}
	f.resume(func() error {
		if damaged {
			if err := f.setAside(path); err != nil {
				return err
			}
		}
		return f.startJournal()
	})
	return nil
}

// replayJournal redoes the entries of the journal, which has been read up to them, and cuts off what is wrong at its
// end.
func (f *File) replayJournal(file *os.File, redo func(entry []byte) error) error {
	path := f.path + journalSuffix
	end, flaw, err := replay(file, redo)
	if err != nil {
		return err
	}
	switch {
	case errors.Is(flaw, errTorn):
		f.log.Info("The last entry of the journal was cut short by a kill and is dropped", "file", path, "at_byte", end)
	case flaw != nil:
		f.log.Warn("The journal of the state is damaged: what comes after the damage is lost, and totals may look like "+
			"a reset", "file", path, "at_byte", end, "err", flaw, "rest_kept_as", path+unusableSuffix)
	}
	f.resume(func() error {
		if errors.Is(flaw, errDamaged) {
			if err := f.keepRest(file, end, path+unusableSuffix); err != nil {
				return err
			}
		}
		f.journal, err = appendJournal(path, end)
		return err
	})
	return nil
}

// resume makes a loaded state ready for entries. Where that fails the state has been loaded all the same.
func (f *File) resume(journal func() error) {
	if f.lock == nil {
		return
	}
	if err := journal(); err != nil {
		f.fail(fmt.Errorf("the journal %s%s cannot be written: %w", f.path, journalSuffix, err))
	}
}

// journalIsNext reports whether the journal of the snapshot waits for its name: Save was killed before its last step.
func (f *File) journalIsNext() bool {
	file, err := os.Open(f.path + journalSuffix + newSuffix)
	if err != nil {
		return false
	}
	defer file.Close()
	return checkFollows(file, f.snapshot) == nil
}

// Append writes an entry. When it returns, a kill of the process does not lose the entry; Keep guards it against more.
// It is ignored before the first snapshot, which the caller saves before it exposes anything, and where entries are
// missing since writing one failed, until there is a new snapshot.
func (f *File) Append(entry []byte) {
	if f.journal == nil {
		return
	}
	if err := f.journal.append(entry); err != nil {
		f.breakOff(err)
	}
}

// breakOff closes the journal at its last good entry: none may follow the one that is missing.
func (f *File) breakOff(err error) {
	_ = f.journal.file.Truncate(f.journal.end) // else the next Load drops what is torn
	f.closeJournal()
	f.fail(fmt.Errorf("the journal %s%s cannot be written: %w", f.path, journalSuffix, err))
}

// Keep makes everything up to now durable. Mostly that is for the disk to do; where the journal has outgrown the
// snapshot, or there is none to go on with, it saves a new snapshot. Of errors in a row the first has been logged. The
// next call tries again at once, so calls should be some time apart.
func (f *File) Keep(write func(io.Writer) error) error {
	if f.journal != nil {
		if err := f.journal.file.Sync(); err != nil {
			f.breakOff(err) // what the disk holds is unknown now
		} else if f.journal.end <= max(f.size, smallestGrowth) {
			f.succeed()
			return nil
		}
	}
	return f.Save(write)
}

// Save replaces the snapshot by what write writes, durably. A failure leaves the last snapshot and its journal as they
// are, in use. Of errors in a row the first has been logged.
func (f *File) Save(write func(io.Writer) error) error {
	if err := f.save(write); err != nil {
		return f.fail(fmt.Errorf("the state file %s cannot be written: %w", f.path, err))
	}
	f.succeed()
	return nil
}

func (f *File) save(write func(io.Writer) error) error {
	if err := f.takeLock(); err != nil {
		return err
	}
	if err := f.keepKey(); err != nil {
		return err
	}
	next, err := createSnapshot(f.path+newSuffix, snapshot{
		identity: identity{generation: f.snapshot.generation + 1}, keyCheck: keyCheck(f.key), origin: f.origin}, write)
	if err != nil {
		return err
	}
	// The journal is made before the snapshot has its name: all that can still fail for want of space has succeeded then.
	following, err := createJournal(f.path+journalSuffix+newSuffix, next.identity)
	if err == nil && f.snapshot == (identity{}) {
		err = f.setAside(f.path+journalSuffix, f.path) // what Load did not use, and could not rename
	}
	if err == nil {
		err = os.Rename(f.path+newSuffix, f.path)
	}
	if err != nil {
		following.close()
		return errors.Join(err, remove(f.path+newSuffix), remove(f.path+journalSuffix+newSuffix))
	}
	f.snapshot, f.size = next.identity, next.size
	f.closeJournal() // its entries are in the snapshot
	return f.putJournal(following)
}

// startJournal makes an empty journal for the snapshot in place.
func (f *File) startJournal() error {
	empty, err := createJournal(f.path+journalSuffix+newSuffix, f.snapshot)
	if err != nil {
		return err
	}
	return f.putJournal(empty)
}

// putJournal gives a new journal its name, once the disk surely has that of its snapshot, and goes on with it.
func (f *File) putJournal(j *journal) error {
	err := syncDirectory(f.path)
	if err == nil {
		err = os.Rename(f.path+journalSuffix+newSuffix, f.path+journalSuffix)
	}
	if err == nil {
		err = syncDirectory(f.path)
	}
	if err != nil {
		j.close()
		return err
	}
	f.journal = j
	return nil
}

// Status is how the state is being kept at this moment.
func (f *File) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Close lets go of the files and the lock. It does not save, and nothing else is called after it.
func (f *File) Close() error {
	err := f.closeJournal()
	if f.lock != nil {
		err = errors.Join(err, f.lock.Close())
		f.lock = nil
	}
	return err
}

func (f *File) closeJournal() error {
	err := f.journal.close()
	f.journal = nil
	return err
}

// succeed takes down that everything is durable.
func (f *File) succeed() {
	f.mu.Lock()
	failed := f.status.Err != nil
	f.status = Status{Saved: time.Now()}
	f.mu.Unlock()
	if failed {
		f.log.Info("The state is written again", "file", f.path)
	}
}

// fail takes down that the state cannot be written, and returns why. It is logged once until it can be.
func (f *File) fail(err error) error {
	f.mu.Lock()
	failed := f.status.Err != nil
	f.status.Err = err
	f.mu.Unlock()
	if !failed {
		f.log.Error("The state is not being written; serving goes on, but what comes from now on is lost at a restart until "+
			"this is mended", "file", f.path, "err", err)
	}
	return err
}

// Exists reports whether there is a state at a path, usable or not.
func Exists(path string) bool { return exists(path) || exists(path+journalSuffix) }
