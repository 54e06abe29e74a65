package state

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A journal on disk is a head and entries, with numbers in big-endian order. The head:
//
//	magic        8 bytes
//	version      4
//	generation   8, of the snapshot that it follows
//	sum          4, of that snapshot
//	check        4, CRC-32C of all before it
//
// An entry:
//
//	length       4, of the content in bytes
//	check        4, CRC-32C of the length
//	sum          4, CRC-32C of the content
//	content
//
// The length has a check of its own, so that a damaged length in the middle is not taken for a torn end.
const (
	journalMagic   = "GWjournl"
	journalVersion = 1
	headSize       = 8 + 4 + 8 + 4 + 4
	entryHeadSize  = 4 + 4 + 4

	longestEntry = 1 << 30 // bytes
)

var (
	errNoJournal  = errors.New("the file does not exist")
	errSuperseded = errors.New("the journal is older than the snapshot")
	errDamaged    = errors.New("damaged")
	errTorn       = errors.New("the last entry is not complete")
)

// A journal is open for entries.
type journal struct {
	file   *os.File
	end    int64  // of the last good entry, in bytes from the start of the file
	buffer []byte // for the next entry
}

// createJournal makes an empty journal in a new file, durably. On failure there is no file.
func createJournal(path string, follows identity) (*journal, error) {
	file, err := create(path)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(journalHead(follows))
	if err := errors.Join(err, file.Sync()); err != nil {
		return nil, errors.Join(err, file.Close(), remove(path))
	}
	return &journal{file: file, end: headSize}, nil
}

// appendJournal opens a journal for more, and drops what is behind its last good entry.
func appendJournal(path string, end int64) (*journal, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(end); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &journal{file: file, end: end}, nil
}

// append writes an entry in one go. It does not wait for the disk.
func (j *journal) append(entry []byte) error {
	if len(entry) > longestEntry {
		return fmt.Errorf("an entry has %d bytes, at most %d are possible", len(entry), longestEntry)
	}
	head := binary.BigEndian.AppendUint32(j.buffer[:0], uint32(len(entry)))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(entry, castagnoli))
	j.buffer = append(head, entry...)
	if _, err := j.file.Write(j.buffer); err != nil {
		return err
	}
	j.end += int64(len(j.buffer))
	return nil
}

// close closes the file, if there is one.
func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}

func journalHead(follows identity) []byte {
	head := append(make([]byte, 0, headSize), journalMagic...)
	head = binary.BigEndian.AppendUint32(head, journalVersion)
	head = binary.BigEndian.AppendUint64(head, follows.generation)
	head = binary.BigEndian.AppendUint32(head, follows.sum)
	return binary.BigEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
}

// checkFollows is nil where the file, read from its start, is the journal of the snapshot; errSuperseded where it is
// that of one before it; errDamaged where that cannot be told; and an unusableError where snapshot and journal
// contradict each other.
func checkFollows(file io.Reader, s identity) error {
	head := make([]byte, headSize)
	if _, err := io.ReadFull(file, head); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is too short", errDamaged)
	} else if err != nil {
		return err
	}
	const atCheck = headSize - 4
	check := crc32.Checksum(head[:atCheck], castagnoli)
	if string(head[:8]) != journalMagic || check != binary.BigEndian.Uint32(head[atCheck:]) {
		return fmt.Errorf("%w: it does not begin like a journal", errDamaged)
	}
	if version := binary.BigEndian.Uint32(head[8:]); version != journalVersion {
		return unusable("its journal has version %d, and this program reads version %d", version, journalVersion)
	}
	follows := identity{binary.BigEndian.Uint64(head[12:]), binary.BigEndian.Uint32(head[20:])}
	switch {
	case follows == s:
		return nil
	case follows.generation < s.generation:
		return errSuperseded
	}
	return unusable("its journal follows snapshot %d and not this one, which is %d", follows.generation, s.generation)
}

// replay hands the entries of a file, which is at the end of its head, to redo. It returns where the last good one
// ends, and what is wrong with what comes after: errTorn, errDamaged or nothing.
func replay(file *os.File, redo func(entry []byte) error) (end int64, flaw, err error) {
	info, err := file.Stat()
	if err != nil {
		return 0, nil, err
	}
	in := bufio.NewReaderSize(file, bufferSize)
	var buffer []byte
	for end = headSize; ; {
		var head [entryHeadSize]byte
		switch _, err := io.ReadFull(in, head[:]); {
		case errors.Is(err, io.EOF):
			return end, nil, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return end, errTorn, nil
		case err != nil:
			return end, nil, err
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		if crc32.Checksum(head[:4], castagnoli) != binary.BigEndian.Uint32(head[4:]) {
			return end, fmt.Errorf("%w: the length of an entry does not fit its checksum", errDamaged), nil
		}
		if length > info.Size()-end-entryHeadSize {
			return end, errTorn, nil
		}
		if int64(cap(buffer)) < length {
			buffer = make([]byte, length)
		}
		entry := buffer[:length]
		if _, err := io.ReadFull(in, entry); err != nil {
			return end, nil, err
		}
		if crc32.Checksum(entry, castagnoli) != binary.BigEndian.Uint32(head[8:]) {
			return end, fmt.Errorf("%w: an entry does not fit its checksum", errDamaged), nil
		}
		if err := redo(entry); err != nil {
			return end, nil, unusable("an entry of its journal cannot be redone: %w", err)
		}
		end += entryHeadSize + length
	}
}
