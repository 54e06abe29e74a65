package backfill

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/tsdb/fileutil"

	"github.com/gradewatch/gradewatch/exporter/block"
)

const (
	stagingDir = "gradewatch-backfill" // in the output; Prometheus passes it over
	lockFile   = "lock"
	sealFile   = "complete" // everything that is to be put in its place is there
)

// A staging is a directory in which blocks wait until all of them are there, so that nobody sees a part of a past.
type staging struct {
	output string
	dir    string
	lock   fileutil.Releaser
}

func isSealed(output string) bool {
	_, err := os.Stat(filepath.Join(output, stagingDir, sealFile))
	return err == nil
}

// openStaging makes the directory, and empties it.
func openStaging(output string) (*staging, error) {
	s, err := lockStaging(output)
	if err != nil {
		return nil, err
	}
	return s, s.clear()
}

// lockStaging makes the directory where there is none, for this process alone.
func lockStaging(output string) (*staging, error) {
	s := &staging{output: output, dir: filepath.Join(output, stagingDir)}
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return nil, fmt.Errorf("see whether this user may write there: %w", err)
	}
	var err error
	switch s.lock, _, err = fileutil.Flock(filepath.Join(s.dir, lockFile)); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, fmt.Errorf("another backfill is writing into %s; wait for it", output)
	case err != nil:
		return nil, fmt.Errorf("locking %s: %w", s.dir, err)
	}
	return s, nil
}

// clear removes all but the lock, the seal before what it speaks of.
func (s *staging) clear() error {
	if err := os.RemoveAll(filepath.Join(s.dir, sealFile)); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.dir)
	for _, entry := range entries {
		if entry.Name() != lockFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.dir, entry.Name())))
		}
	}
	return err
}

// discard removes the directory.
func (s *staging) discard() error {
	return errors.Join(s.clear(), os.RemoveAll(s.dir), s.lock.Release())
}

// seal says that the blocks are all there.
func (s *staging) seal() error {
	return errors.Join(os.WriteFile(filepath.Join(s.dir, sealFile), nil, 0o666), block.Sync(s.dir))
}

// publish puts the blocks in their place, from where Prometheus takes them.
func (s *staging) publish() error {
	if err := s.move(); err != nil {
		return errors.Join(fmt.Errorf("putting blocks in their place: %w; run the backfill again to end that", err), s.lock.Release())
	}
	return s.discard()
}

func (s *staging) move() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if _, err := ulid.ParseStrict(entry.Name()); err != nil {
			continue
		}
		if err := os.Rename(filepath.Join(s.dir, entry.Name()), filepath.Join(s.output, entry.Name())); err != nil {
			return err
		}
	}
	return block.Sync(s.output)
}
