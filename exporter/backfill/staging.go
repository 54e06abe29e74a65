package backfill

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/tsdb/fileutil"

	"github.com/gradewatch/gradewatch/exporter/block"
)

const (
	stagingDir   = "gradewatch-backfill" // in the output; Prometheus passes it over
	lockFile     = "lock"
	completeFile = "complete" // all blocks are there
)

// A staging is a directory in which blocks wait until all of them are there, so that nobody sees a part of a past.
type staging struct {
	output   string
	dir      string
	lock     fileutil.Releaser
	complete bool // as it was found
}

// openStaging makes the directory, empty but for what only has to be put in its place.
func openStaging(output string) (*staging, error) {
	s := &staging{output: output, dir: filepath.Join(output, stagingDir)}
	lock, _, err := fileutil.Flock(filepath.Join(s.dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("another backfill writes into %s, or this one may not: %w", output, err)
	}
	s.lock = lock
	if _, err := os.Stat(filepath.Join(s.dir, completeFile)); err == nil {
		s.complete = true
		return s, nil
	}
	return s, s.clear()
}

// clear removes all but the lock.
func (s *staging) clear() error {
	entries, err := os.ReadDir(s.dir)
	for _, entry := range entries {
		if entry.Name() != lockFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.dir, entry.Name())))
		}
	}
	return err
}

// discard removes the directory.
func (s *staging) discard() error { return errors.Join(os.RemoveAll(s.dir), s.lock.Release()) }

// publish puts the blocks in their place, from where Prometheus takes them.
func (s *staging) publish() error {
	if err := s.move(); err != nil {
		return errors.Join(fmt.Errorf("putting blocks in their place: %w; run the backfill again to end that", err), s.lock.Release())
	}
	return s.discard()
}

func (s *staging) move() error {
	if err := os.WriteFile(filepath.Join(s.dir, completeFile), nil, 0o666); err != nil {
		return err
	}
	if err := block.Sync(s.dir); err != nil {
		return err
	}
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
