package state

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the example has where.
const (
	inSnapshot = 5
	inJournal  = 5
	entrySize  = entryHeadSize + 20 // bytes
)

func TestATornEndIsCutOff(t *testing.T) {
	files := example(t)
	whole := files["state.journal"]
	for cut := 1; cut < entrySize; cut++ {
		files["state.journal"] = whole[:len(whole)-cut]
		path := files.lay(t)
		p := reloaded(t, path)
		p.holds(inSnapshot + inJournal - 1)
		p.calm()
		p.logged("level=INFO", "cut short by a kill")
		p.count(1, 20)
		p.kill()
		if after, err := os.ReadFile(path + journalSuffix); err != nil || !bytes.Equal(after, whole) {
			t.Errorf("%d bytes short: after the same entry the journal is not the same: %v", cut, err)
		}
		next := reloaded(t, path)
		next.holds(inSnapshot + inJournal)
		next.calm()
	}
}

func TestDamageToTheJournalYieldsWhatIsBeforeIt(t *testing.T) {
	files := example(t)
	whole := files["state.journal"]
	for at := range whole {
		for _, flip := range []byte{1, 0xff} {
			damaged := slices.Clone(whole)
			damaged[at] ^= flip
			files["state.journal"] = damaged
			path := files.lay(t)
			p := reloaded(t, path)
			good, cut := inSnapshot, 0 // a damaged head leaves no entry
			if at >= headSize {
				good += (at - headSize) / entrySize
				cut = headSize + (at-headSize)/entrySize*entrySize
			}
			p.holds(good)
			p.logged("level=WARN", "damaged", "file="+path+journalSuffix)
			if rest, err := os.ReadFile(path + ".journal.unusable"); !bytes.Equal(rest, damaged[cut:]) {
				t.Errorf("byte %d: the rest that was kept is not the rest: %v", at, err)
			}
			p.count(2, 20)
			p.kill()
			next := reloaded(t, path)
			next.holds(good + 2)
			next.calm()
		}
	}
}

func TestADamagedSnapshotIsNotUsed(t *testing.T) {
	files := example(t)
	whole := files["state"]
	check := func(name string, damaged []byte) {
		t.Helper()
		files["state"] = damaged
		path := files.lay(t)
		p := start(t, path)
		untouched := func([]byte) error { t.Errorf("%s: redo is called", name); return nil }
		found, err := p.Load(func(io.Reader) error { t.Errorf("%s: restore is called", name); return nil }, untouched)
		if found || err != nil {
			t.Errorf("%s: found %t, %v", name, found, err)
		}
		p.logged("level=WARN", "not usable", "everything is read again from the source", path+unusableSuffix)
		if kept := imageOf(t, filepath.Dir(path)); !bytes.Equal(kept["state.unusable"], damaged) ||
			!bytes.Equal(kept["state.journal.unusable"], files["state.journal"]) || kept["state"] != nil {
			t.Errorf("%s: it was not set aside as it was", name)
		}
	}
	for at := range whole {
		damaged := slices.Clone(whole)
		damaged[at] ^= 0x10
		check(fmt.Sprintf("byte %d flipped", at), damaged)
	}
	for length := range whole {
		check(fmt.Sprintf("cut to %d bytes", length), whole[:length])
	}
	check("a byte appended", append(slices.Clone(whole), 0))
	check("a byte inserted", slices.Insert(slices.Clone(whole), startSize+5, 0))
	check("written twice", append(slices.Clone(whole), whole...))
}

func TestWhatIsNotUsableIsSetAside(t *testing.T) {
	other := example(t) // as large and as old as the other, with another key
	tests := []struct {
		name  string
		spoil func(image)
		want  []string
	}{
		{"the origin differs", func(files image) {
			path := files.lay(t)
			f, err := Open(path, strings.Replace(origin, "Prague", "Berlin", 1)+"\nquery: none", discard)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for range 2 {
				if err := f.Save(func(io.Writer) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			maps.Copy(files, imageOf(t, filepath.Dir(path)))
		}, []string{"was [time zone: Europe/Berlin; query: none], is [time zone: Europe/Prague]"}},
		{"the version is newer", func(files image) {
			files["state"][11]++
			resum(files["state"])
		}, []string{"its format has version 2, and this program reads version 1"}},
		{"the version of the journal is newer", func(files image) {
			files["state.journal"][11]++
			resum(files["state.journal"][:headSize])
		}, []string{"its journal has version 2, and this program reads version 1"}},
		{"the key is lost", func(files image) { delete(files, "state.key") }, []string{"made under another key"}},
		{"the key is too short", func(files image) { files["state.key"] = files["state.key"][1:] },
			[]string{"made under another key", "The key of the state file is damaged"}},
		{"the key is too long", func(files image) { files["state.key"] = append(files["state.key"], 0) },
			[]string{"made under another key", "The key of the state file is damaged"}},
		{"the key is another", func(files image) { files["state.key"] = other["state.key"] },
			[]string{"made under another key"}},
		{"the snapshot is missing", func(files image) { delete(files, "state") }, []string{"no snapshot for it to follow"}},
		{"the journal is newer", func(files image) {
			follows := identity{3, crc32.Checksum(files["state"][:len(files["state"])-4], castagnoli)}
			files["state.journal"] = journalHead(follows)
		}, []string{"its journal follows snapshot 3 and not this one, which is 2"}},
		{"the journal is another state's of the same generation", func(files image) {
			files["state.journal"] = other["state.journal"]
		}, []string{"its journal follows snapshot 2 and not this one, which is 2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := example(t)
			test.spoil(files)
			path := files.lay(t)
			p := start(t, path)
			found, err := p.Load(func(io.Reader) error { t.Error("restore is called"); return nil }, p.ledger.redo)
			if found || err != nil || p.ledger != nil {
				t.Errorf("found %t, %v", found, err)
			}
			p.logged(append(test.want, "level=WARN", "not usable", "may look like a reset", "file="+path)...)
			if exists(path) || exists(path+journalSuffix) || p.Status().Err != nil {
				t.Errorf("it is still there; status %+v", p.Status())
			}
			checkBeginsAnew(t, p, path, files)
		})
	}
}

func TestWhatCannotBeRestoredIsSetAside(t *testing.T) {
	broken := errors.New("unknown measure")
	tests := []struct {
		name    string
		restore error
		redo    error
		want    string
	}{
		{"the snapshot", broken, nil, "its content cannot be restored: unknown measure"},
		{"an entry", nil, broken, "an entry of its journal cannot be redone: unknown measure"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := example(t)
			path := files.lay(t)
			p := start(t, path)
			found, err := p.Load(func(io.Reader) error { return test.restore }, func([]byte) error { return test.redo })
			if found || err != nil {
				t.Errorf("found %t, %v", found, err)
			}
			p.logged("level=WARN", test.want)
			checkBeginsAnew(t, p, path, files)
		})
	}
}

// checkBeginsAnew fails unless the files are kept aside, the last over earlier ones, and the process has a new state.
func checkBeginsAnew(t *testing.T, p *process, path string, files image) {
	t.Helper()
	p.ledger = upTo(3)
	p.save()
	if p.Status().Err != nil {
		t.Errorf("the state cannot be written: %v", p.Status().Err)
	}
	kept := imageOf(t, filepath.Dir(path))
	if key := files["state.key"]; key != nil && len(key) != keySize && !bytes.Equal(kept["state.key.unusable"], key) {
		t.Error("the damaged key was not set aside")
	}
	for _, name := range []string{"state", "state.journal"} {
		if !bytes.Equal(kept[name+".unusable"], files[name]) {
			t.Errorf("%s was not set aside as it was", name)
		}
	}
	p.count(2, 8)
	p.kill()
	next := reloaded(t, path)
	next.holds(5)
	next.calm()
	if next.Key() != p.Key() {
		t.Error("the new state has another key")
	}
	next.kill()

	if err := os.Truncate(path, 3); err != nil {
		t.Fatal(err)
	}
	last := start(t, path)
	last.load()
	if data, _ := os.ReadFile(path + unusableSuffix); len(data) != 3 {
		t.Errorf("the last unusable state is not the one that is kept")
	}
	if files["state"] != nil {
		last.logged("What was set aside before is kept under another name")
		if _, err := os.Stat(path + unusableSuffix + ".1"); err != nil {
			t.Errorf("what was set aside before is gone: %v", err)
		}
	}
}

// resum makes the CRC-32C at the end of the data fit what is before it.
func resum(data []byte) {
	end := len(data) - 4
	sum := crc32.Checksum(data[:end], castagnoli)
	copy(data[end:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

func TestAMissingJournalIsWarnedOf(t *testing.T) {
	files := example(t)
	delete(files, "state.journal")
	path := files.lay(t)
	p := reloaded(t, path)
	p.holds(inSnapshot)
	p.logged("level=WARN", "missing", "is lost", "file="+path+journalSuffix)
	p.count(2, 8)
	p.kill()
	next := reloaded(t, path)
	next.holds(inSnapshot + 2)
	next.calm()
}

func TestNoMomentOfASaveIsAWrongOneForAKill(t *testing.T) {
	for _, first := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "state")
		p := start(t, path)
		p.load()
		if !first {
			p.save()
			p.count(5, 20)
		}
		before := imageOf(t, filepath.Dir(path))
		p.save()
		after := imageOf(t, filepath.Dir(path))
		p.kill()
		half := func(name string) []byte { return after[name][:len(after[name])/2] }

		moments := []struct {
			name   string
			change image // of the files before
			found  bool
		}{
			{"before", image{}, !first},
			{"the snapshot is empty", image{"state.new": nil}, !first},
			{"the snapshot is written to half", image{"state.new": half("state")}, !first},
			{"the snapshot is written", image{"state.new": after["state"]}, !first},
			{"the journal is empty", image{"state.new": after["state"], "state.journal.new": nil}, !first},
			{"the journal is written to half",
				image{"state.new": after["state"], "state.journal.new": half("state.journal")}, !first},
			{"the journal is written",
				image{"state.new": after["state"], "state.journal.new": after["state.journal"]}, !first},
			{"the snapshot has its name",
				image{"state": after["state"], "state.journal.new": after["state.journal"]}, true},
			{"the journal has its name", after, true},
		}
		for _, moment := range moments {
			t.Run(fmt.Sprintf("first %t/%s", first, moment.name), func(t *testing.T) {
				files := maps.Clone(before)
				maps.Copy(files, moment.change)
				path := files.lay(t)
				q := start(t, path)
				if q.load() != moment.found {
					t.Errorf("found %t, want %t", !moment.found, moment.found)
				}
				q.holds(len(p.ledger))
				if !moment.found {
					q.save()
				}
				q.count(2, 8)
				q.kill()
				q.calm()
				for name := range imageOf(t, filepath.Dir(path)) {
					if strings.HasSuffix(name, newSuffix) && moment.found && name != "state.journal.new" {
						t.Errorf("%s is left over", name)
					}
				}
				next := reloaded(t, path)
				next.holds(len(p.ledger) + 2)
				next.save()
				next.kill()
				next.calm()
				checkModes(t, filepath.Dir(path), 4)
			})
		}
	}
}
