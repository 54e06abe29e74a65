package state

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// errShared says that waiting or more space would not help: the state cannot be this process's alone.
var errShared = errors.New("no exclusive use of the state file")

// takeLock takes the lock, if it is not held. It is one of the kernel's, and ends with the process however that ends.
func (f *File) takeLock() error {
	if f.lock != nil {
		return nil
	}
	path := f.path + lockSuffix
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, mode)
	if err != nil {
		return err
	}
	switch err := flock(file); err {
	case nil:
		f.lock = file
		return nil
	case syscall.EWOULDBLOCK:
		err = fmt.Errorf("%w: another process uses %s; give each exporter a file of its own", errShared, f.path)
		return errors.Join(err, file.Close())
	default:
		err = fmt.Errorf("%w: flock %s: %w; put it on a file system that can lock", errShared, path, err)
		return errors.Join(err, file.Close())
	}
}

func flock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err
		}
	}
}
