package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	journalSuffix  = ".journal"
	keySuffix      = ".key"
	lockSuffix     = ".lock"
	newSuffix      = ".new"
	unusableSuffix = ".unusable"

	mode = 0o600 // of every file
)

// examine finds what makes a state at the path impossible.
func (f *File) examine() error {
	directory := filepath.Dir(f.path)
	if _, err := os.Stat(directory); err != nil {
		return fmt.Errorf("the directory of the state file cannot be used: %w; create %s, and let this user write there",
			err, directory)
	}
	for _, suffix := range []string{"", journalSuffix, keySuffix, lockSuffix} {
		info, err := os.Stat(f.path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("the state file cannot be used: %w", err)
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("the state file cannot be used: %s is a directory or something else that is no file; "+
				"name a file, such as %s/gradewatch.state", f.path+suffix, filepath.Dir(f.path))
		}
	}
	return nil
}

// tidy removes what a kill left half written, and mends the modes of what is there. The new journal stays: it tells
// Load where the kill was.
func (f *File) tidy() {
	for _, suffix := range []string{newSuffix, keySuffix + newSuffix} {
		if err := remove(f.path + suffix); err != nil {
			f.log.Warn("What a kill left half written cannot be removed", "err", err)
		}
	}
	for _, suffix := range []string{"", journalSuffix, keySuffix, lockSuffix} {
		f.mendMode(f.path + suffix)
		f.mendMode(f.path + suffix + unusableSuffix)
	}
}

// mendMode makes a file its owner's alone. A group may be let in by how a volume is mounted; others are let in by
// mistake.
func (f *File) mendMode(path string) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() == mode {
		return
	}
	tell := f.log.Info
	if info.Mode().Perm()&0o007 != 0 {
		tell = f.log.Warn
	}
	if err := os.Chmod(path, mode); err != nil {
		f.log.Warn("A file of the state is open to others, and that cannot be changed", "file", path, "err", err)
		return
	}
	tell("A file of the state was open to others, and is so no more", "file", path, "mode", info.Mode())
}

// reject tells why the state on disk is not used, and sets it aside. The key stays, for the next state.
func (f *File) reject(why error) {
	const message = "The state file is not usable: everything is read again from the source; totals of what the source " +
		"has since overwritten or deleted are lost and may look like a reset. If that is not meant, as after a wrong " +
		"setting: stop, set it right, and give the files kept their names back before the next start"
	if f.lock == nil {
		f.log.Warn(message, "file", f.path, "why", why)
		return
	}
	var kept []string
	for _, path := range []string{f.path, f.path + journalSuffix} {
		if exists(path) {
			kept = append(kept, path+unusableSuffix)
		}
	}
	if err := f.setAside(f.path+journalSuffix, f.path); err != nil {
		f.log.Warn(message, "file", f.path, "why", why)
		f.fail(fmt.Errorf("the unusable state cannot be set aside: %w", err))
		return
	}
	f.log.Warn(message, "file", f.path, "why", why, "kept_as", strings.Join(kept, " "))
}

// setAside renames what cannot be used, for a human to look at or to bring back. What was set aside before is kept too.
func (f *File) setAside(paths ...string) error {
	for _, path := range paths {
		if !exists(path) {
			continue
		}
		if err := f.makeWay(path + unusableSuffix); err != nil {
			return err
		}
		if err := os.Rename(path, path+unusableSuffix); err != nil {
			return err
		}
	}
	return syncDirectory(f.path)
}

// makeWay gives a file that was set aside before the next number that is free.
func (f *File) makeWay(path string) error {
	if !exists(path) {
		return nil
	}
	number := 1
	for exists(fmt.Sprintf("%s.%d", path, number)) {
		number++
	}
	numbered := fmt.Sprintf("%s.%d", path, number)
	f.log.Info("What was set aside before is kept under another name", "file", path, "kept_as", numbered)
	return os.Rename(path, numbered)
}

// keepRest copies what is behind the good part of a file to another.
func (f *File) keepRest(from *os.File, end int64, path string) error {
	if _, err := from.Seek(end, io.SeekStart); err != nil {
		return err
	}
	if err := f.makeWay(path); err != nil {
		return err
	}
	rest, err := create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(rest, from)
	return errors.Join(err, rest.Sync(), rest.Close())
}

// create opens a new file for appending, instead of one that is there.
func create(path string) (*os.File, error) {
	if err := remove(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(mode); err != nil { // a umask may have taken more
		return nil, errors.Join(err, file.Close(), remove(path))
	}
	return file, nil
}

// remove removes a file if there is one.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// syncDirectory makes the names in the directory of a file durable.
func syncDirectory(path string) error {
	directory, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = directory.Sync()
	if errors.Is(err, syscall.EINVAL) {
		err = nil // some network file systems know no such thing
	}
	return errors.Join(err, directory.Close())
}
