package backfill

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/block"
)

// headSpan is about the longest time that Prometheus holds in its head: it cuts a block of two hours out of it when there are more
// than three, and looks for that once a minute.
const headSpan = 3*time.Hour + 15*time.Minute

// Holdings are what a Prometheus holds already, and for how long it will.
type Holdings struct {
	Blocks []block.Meta

	// Head is when the latest samples begin, which are in no block yet; zero where there are none. It may be a guess at the
	// earliest, from when they were written.
	Head    time.Time
	Guessed bool

	Retention time.Duration // 0 where it is not known
	Dir       string        // of the data, as Prometheus says; empty where it is not known
}

// HoldingsIn are those in a directory of Prometheus's data, which may be missing or be in use.
func HoldingsIn(dir string) (*Holdings, error) {
	h := &Holdings{}
	var err error
	if h.Blocks, err = block.List(dir); errors.Is(err, fs.ErrNotExist) {
		return h, nil
	} else if err != nil {
		return nil, err
	}
	written, err := lastWritten(filepath.Join(dir, "wal"))
	if err != nil {
		return nil, fmt.Errorf("looking at Prometheus's write-ahead log: %w", err)
	}
	if !written.IsZero() {
		h.Head, h.Guessed = written.Add(-headSpan).Truncate(time.Second), true
	}
	return h, nil
}

// With is what is held together with what is known of it from elsewhere, which may know better.
func (h *Holdings) With(known *Holdings) *Holdings {
	all := *known
	all.Blocks = slices.Concat(known.Blocks, h.Blocks)
	if all.Head.IsZero() {
		all.Head, all.Guessed = h.Head, h.Guessed
	}
	if all.Retention == 0 {
		all.Retention = h.Retention
	}
	if all.Dir == "" {
		all.Dir = h.Dir
	}
	return &all
}

// Empty reports whether nothing is held.
func (h *Holdings) Empty() bool { return len(h.Blocks) == 0 && h.Head.IsZero() }

// lastWritten is when a write-ahead log was written last; zero where nothing is in it.
func lastWritten(log string) (last time.Time, err error) {
	err = filepath.WalkDir(log, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Size() > 0 && info.ModTime().After(last) {
			last = info.ModTime()
		}
		return err
	})
	return last, err
}

// Kept is the first midnight from which on everything is kept, also when it has been written; zero where that is not known.
func (h *Holdings) Kept(now time.Time, zone *time.Location) time.Time {
	if h.Retention == 0 {
		return time.Time{}
	}
	return analytics.Midnight(now.Add(-h.Retention), zone, 1)
}

// Refuse says why the past from begin to end must not be written beside what is held; nil where nothing is against it.
// Overlapping blocks are let pass on demand.
func (h *Holdings) Refuse(begin, end, now time.Time, overlap bool) error {
	if h.Retention > 0 {
		if kept := now.Add(-h.Retention); begin.Before(kept) {
			return fmt.Errorf("Prometheus keeps %s and would delete what is before %s, and the past begins at %s: begin with "+
				"--from=kept, or let it keep more (storage.tsdb.retention.time)", model.Duration(h.Retention), stamp(kept), stamp(begin))
		}
	}
	if !h.Head.IsZero() && end.After(h.Head) {
		if h.Guessed {
			return fmt.Errorf("Prometheus may hold samples from %s on that are in no block yet, and would throw them away for a "+
				"block that ends later: end before them with --to=%s, or start it and let it tell from when on they are with "+
				"--prometheus.url", stamp(h.Head), stamp(h.Head.Add(-Visible)))
		}
		return fmt.Errorf("Prometheus holds samples from %s on that are in no block yet, and would throw them away for a block "+
			"that ends later: end before them with --to=%s", stamp(h.Head), stamp(h.Head.Add(-Visible)))
	}
	if overlap {
		return nil
	}
	return h.overlap(begin, end)
}

// overlap says which blocks hold something of the time from begin to end; nil where none does.
func (h *Holdings) overlap(begin, end time.Time) error {
	var from, to time.Time
	var blocks []string
	for _, b := range h.Blocks {
		first, last := time.UnixMilli(b.MinTime), time.UnixMilli(b.MaxTime)
		if !first.Before(end) || !last.After(begin) || slices.Contains(blocks, b.ULID.String()) {
			continue
		}
		if len(blocks) == 0 || first.Before(from) {
			from = first
		}
		to = later(to, last)
		blocks = append(blocks, b.ULID.String())
	}
	if len(blocks) == 0 {
		return nil
	}
	return fmt.Errorf("there are blocks from %s to %s already (%d, one of them is %s): end before them with --to=%s or begin "+
		"behind them with --from=%[2]s; remove them if they are of an earlier backfill; or, if nothing of Gradewatch is in them, "+
		"write beside them with --allow-overlap", stamp(from), stamp(to), len(blocks), blocks[0], stamp(from.Add(-Visible)))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// stamp is a time as --from and --to take it.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.999Z07:00") }
