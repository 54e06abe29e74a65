package state

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const (
	keySize   = 16 // bytes
	checkSize = 8  // bytes; enough to notice another key, and of no use to find this one
)

// readKey reads the key, or thinks of one where there is none that is whole. A snapshot under a former key then does
// not fit, and Load sets it aside.
func (f *File) readKey() error {
	path := f.path + keySuffix
	key, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the key of the state file cannot be read: %w; make %s readable for this user", err, path)
	}
	if f.keyKept = len(key) == keySize; f.keyKept {
		f.key = [keySize]byte(key)
		return nil
	}
	if err == nil {
		f.log.Warn("The key of the state file is damaged; a new one is made, and what was kept under it is not used",
			"file", path, "bytes", len(key), "want", keySize)
	}
	_, _ = rand.Read(f.key[:]) // never fails
	return nil
}

// keepKey writes the key to disk if it is not there.
func (f *File) keepKey() error {
	if f.keyKept {
		return nil
	}
	path := f.path + keySuffix
	file, err := create(path + newSuffix)
	if err != nil {
		return err
	}
	_, err = file.Write(f.key[:])
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, remove(path+newSuffix))
	}
	if err := f.setAside(path); err != nil {
		return err
	}
	if err := os.Rename(path+newSuffix, path); err != nil {
		return err
	}
	if err := syncDirectory(path); err != nil {
		return err
	}
	f.keyKept = true
	return nil
}

// keyCheck is by what a snapshot knows its key.
func keyCheck(key [keySize]byte) [checkSize]byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte("gradewatch state: which key is this?"))
	return [checkSize]byte(mac.Sum(nil))
}
