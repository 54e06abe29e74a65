package state

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A snapshot on disk is, with numbers in big-endian order:
//
//	magic        8 bytes
//	version      4
//	generation   8
//	key check    8
//	origin       4 for its length in bytes, then the text
//	content      to the trailer
//	length       8, of all before it in bytes
//	sum          4, CRC-32C of all before it
//
// The sum is there to notice accidents, for which a CRC does as well as a cryptographic hash and takes a tenth of the
// time: who may change the file on purpose may read the key as well. A part that is missing shows itself in the
// length.
const (
	snapshotMagic   = "GWstate\n"
	snapshotVersion = 1
	startSize       = 8 + 4 + 8 + 8 + 4 // the parts before the origin's text
	trailerSize     = 8 + 4
	sumSize         = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// An identity tells a snapshot from all others. The sum is in it since generations are not unique: a state that was set
// aside and put back by hand may meet the journal of the one that began after it.
type identity struct {
	generation uint64 // from 1
	sum        uint32
}

type snapshot struct {
	identity
	keyCheck [checkSize]byte
	origin   string
	size     int64             // of the file, in bytes
	content  *io.SectionReader // in the open file
}

// createSnapshot writes a snapshot of what write writes to a new file, durably. The result is s with its sum and size.
// On failure there is no file.
func createSnapshot(path string, s snapshot, write func(io.Writer) error) (snapshot, error) {
	file, err := create(path)
	if err != nil {
		return s, err
	}
	out := &summing{to: file}
	if err = s.write(out, write); err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return s, errors.Join(err, remove(path))
	}
	s.sum, s.size = out.sum, out.size+sumSize
	return s, nil
}

func (s *snapshot) write(out *summing, write func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(out, bufferSize)
	start := append(make([]byte, 0, startSize), snapshotMagic...)
	start = binary.BigEndian.AppendUint32(start, snapshotVersion)
	start = binary.BigEndian.AppendUint64(start, s.generation)
	start = append(start, s.keyCheck[:]...)
	start = binary.BigEndian.AppendUint32(start, uint32(len(s.origin)))
	_, _ = buffered.Write(start) // Flush has the error
	_, _ = buffered.WriteString(s.origin)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if _, err := out.Write(binary.BigEndian.AppendUint64(nil, uint64(out.size))); err != nil {
		return err
	}
	_, err := out.to.Write(binary.BigEndian.AppendUint32(nil, out.sum))
	return err
}

// summing counts and sums what is written through it.
type summing struct {
	to   io.Writer
	size int64
	sum  uint32
}

func (s *summing) Write(data []byte) (int, error) {
	count, err := s.to.Write(data)
	s.size += int64(count)
	s.sum = crc32.Update(s.sum, castagnoli, data[:count])
	return count, err
}

// readSnapshot checks a file from start to end, and returns what is in it. It is an unusableError where the file is
// not a snapshot that this program can read.
func readSnapshot(file *os.File) (*snapshot, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if size < startSize+trailerSize {
		return nil, unusable("it has %d bytes, which is too short for a state", size)
	}
	var start [startSize]byte
	var trailer [trailerSize]byte
	if _, err := file.ReadAt(start[:], 0); err != nil {
		return nil, err
	}
	if _, err := file.ReadAt(trailer[:], size-trailerSize); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(start[:], []byte(snapshotMagic)) {
		return nil, unusable("its first bytes are not those of a state")
	}
	// Before the sum: another version may have it elsewhere.
	if version := binary.BigEndian.Uint32(start[8:]); version != snapshotVersion {
		return nil, unusable("its format has version %d, and this program reads version %d", version, snapshotVersion)
	}
	if length := binary.BigEndian.Uint64(trailer[:]); length != uint64(size-trailerSize) {
		return nil, unusable("it is damaged: parts of it are missing, or its end is not its own")
	}
	sum := crc32.New(castagnoli)
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(file, 0, size-sumSize), make([]byte, bufferSize)); err != nil {
		return nil, err
	}
	if sum.Sum32() != binary.BigEndian.Uint32(trailer[8:]) {
		return nil, unusable("it is damaged: its checksum does not fit")
	}

	s := &snapshot{identity: identity{binary.BigEndian.Uint64(start[12:]), sum.Sum32()}, size: size}
	copy(s.keyCheck[:], start[20:])
	length := int64(binary.BigEndian.Uint32(start[28:]))
	if length > size-startSize-trailerSize {
		return nil, unusable("it is damaged: its origin is longer than the file")
	}
	origin := make([]byte, length)
	if _, err := file.ReadAt(origin, startSize); err != nil {
		return nil, err
	}
	s.origin = string(origin)
	s.content = io.NewSectionReader(file, startSize+length, size-trailerSize-startSize-length)
	return s, nil
}

// An unusableError says why a state on disk will never be of use to this program. Any other error of reading may pass.
type unusableError struct{ why error }

func unusable(format string, values ...any) error {
	return &unusableError{fmt.Errorf(format, values...)}
}

func (e *unusableError) Error() string { return e.why.Error() }
func (e *unusableError) Unwrap() error { return e.why }
