package intake

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/state"
)

// positionEntry is how an entry of the journal begins that holds a position of the source. All others are the fold's.
const positionEntry = 0

// Restore makes the fold and the position of the source that a state file holds: a new fold and none where it holds
// nothing that can be used.
func Restore(file *state.File, options analytics.Options) (fold *analytics.Fold, position []byte, err error) {
	options.Key = file.Key()
	found, err := file.Load(
		func(snapshot io.Reader) (err error) {
			if position, err = readPosition(snapshot); err == nil {
				fold, err = analytics.Restore(snapshot, options)
			}
			return err
		},
		func(entry []byte) error {
			if len(entry) > 0 && entry[0] == positionEntry {
				position = bytes.Clone(entry[1:])
				return nil
			}
			return fold.Redo(entry)
		})
	if err != nil {
		return nil, nil, err
	}
	if !found {
		return analytics.New(options), nil, nil
	}
	fold.Journal = file.Append
	return fold, position, nil
}

func readPosition(snapshot io.Reader) ([]byte, error) {
	var length uint32
	if err := binary.Read(snapshot, binary.LittleEndian, &length); err != nil {
		return nil, fmt.Errorf("reading the position of the source: %w", err)
	}
	var position bytes.Buffer
	if _, err := io.CopyN(&position, snapshot, int64(length)); err != nil {
		return nil, fmt.Errorf("reading the position of the source: %w", err)
	}
	return position.Bytes(), nil
}

// Snapshot writes what Restore makes a fold and a position of: of a fold that holds all that the source has handed over. It
// is only read under the lock as far as others may change it meanwhile (analytics.Fold.Save).
func Snapshot(w io.Writer, src source.Source, fold *analytics.Fold, lock sync.Locker) error {
	at := position(src)
	if err := binary.Write(w, binary.LittleEndian, uint32(len(at))); err != nil {
		return err
	}
	if _, err := w.Write(at); err != nil {
		return err
	}
	return fold.Save(w, lock)
}

func (in *Intake) save(w io.Writer) error { return Snapshot(w, in.Source, in.Fold, in.Lock) }

// position is that of the source; empty where it has none.
func position(src source.Source) []byte {
	if resumer, ok := src.(source.Resumer); ok {
		return resumer.Position()
	}
	return nil
}

// notePosition writes the position to the journal where it is another than before.
func (in *Intake) notePosition() {
	if in.State == nil || !in.status.Ready {
		return
	}
	if at := position(in.Source); !bytes.Equal(at, in.noted) {
		in.noted = at
		in.State.Append(append([]byte{positionEntry}, at...))
	}
}

// begin makes the state ready before the first figure is shown: what is shown can then never be lost. A new fold has no
// journal until then; its history is in the first snapshot.
func (in *Intake) begin() {
	if in.State != nil {
		in.Fold.Journal = in.State.Append
		in.keep()
	}
}

// keepNowAndThen brings the state up to date when it is time.
func (in *Intake) keepNowAndThen() {
	if in.State != nil && in.status.Ready && in.Now().Sub(in.kept) >= in.StateInterval {
		in.keep()
	}
}

func (in *Intake) keep() {
	in.kept = in.Now()
	_ = in.State.Keep(in.save) // the state tells of errors itself, in the log and in its Status
}

// stop saves a state from which the next start need not read a journal.
func (in *Intake) stop() {
	if in.State != nil && in.status.Ready {
		_ = in.State.Save(in.save) // as in keep
	}
}
