package analytics

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// formats are the hashes of what is saved of a small history, by the version of the format.
var formats = map[int]string{1: "6812154918d9fb93", 2: "203986dcec45cad8", 3: "13b4481e03bc37d2"}

// TestAnotherFormatHasAnotherVersion: a state of an older version is set aside and not misread.
func TestAnotherFormatHasAnotherVersion(t *testing.T) {
	f := foldOf()
	f.Describe(&submission.Catalogue{Assignments: []submission.Assignment{{Course: "algo", Assignment: "hw1", DeadlineAt: start}}})
	one, two := finished("1", 1, submission.Partial), queued(finished("2", 1, submission.Accepted))
	one.Language, one.Score, one.MaxScore, one.Checksum = "go", submission.Known(1), submission.Known(2), 7
	one.Tests = []submission.Test{{Name: "compiles", Outcome: submission.Passed}}
	again := finished("1", 2, submission.Accepted)
	for _, r := range []submission.Record{one, two, again} {
		f.Apply(&r)
	}
	var saved bytes.Buffer
	if err := f.Save(&saved, &sync.Mutex{}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(saved.Bytes()))[:16]; got != formats[stateFormat] {
		t.Errorf("what is saved has the hash %s, format %d has %q: raise stateFormat and add it", got, stateFormat, formats[stateFormat])
	}
}

// TestAStateOfAnotherFormatIsRefused says which versions they are.
func TestAStateOfAnotherFormatIsRefused(t *testing.T) {
	_, err := Restore(bytes.NewReader([]byte{stateFormat + 1}), Options{Zone: time.UTC})
	want := fmt.Sprintf("reading the saved state: it has format %d, and this version of Gradewatch has format %d", stateFormat+1, stateFormat)
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}
