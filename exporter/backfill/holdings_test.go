package backfill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/gradewatch/gradewatch/exporter/block"
)

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// blockIn writes a block from one time to another.
func blockIn(t *testing.T, dir string, from, to time.Time) {
	t.Helper()
	w := block.NewWriter(dir)
	do(t, w.Series(labels.FromStrings("__name__", "up")).Set(1))
	w.Sample(from.UnixMilli())
	if _, err := w.Write(t.Context(), from.UnixMilli(), to.UnixMilli()); err != nil {
		t.Fatal(err)
	}
}

func TestRefusals(t *testing.T) {
	march := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }
	const days = 24 * time.Hour
	dir := t.TempDir()
	blockIn(t, dir, march(10), march(12))
	blocks, err := block.List(dir)
	do(t, err)
	for name, test := range map[string]struct {
		holdings   Holdings
		begin, end int
		overlap    bool
		want       []string // none where it may be written
	}{
		"nothing is held": {Holdings{}, 1, 20, false, nil},
		"before a block":  {Holdings{Blocks: blocks}, 1, 10, false, nil},
		"behind a block":  {Holdings{Blocks: blocks}, 12, 20, false, nil},
		"over a block": {Holdings{Blocks: blocks}, 1, 20, false,
			[]string{blocks[0].ULID.String(), "--to=2026-03-09T23:59:45Z", "--from=2026-03-12T00:00:00Z", "--allow-overlap"}},
		"within a block":       {Holdings{Blocks: blocks}, 11, 11, false, []string{"--to=2026-03-09T23:59:45Z"}},
		"over a block, wanted": {Holdings{Blocks: blocks}, 1, 20, true, nil},
		"up to the head":       {Holdings{Head: march(20)}, 1, 20, false, nil},
		"over the head":        {Holdings{Head: march(19)}, 1, 20, true, []string{"from 2026-03-19T00:00:00Z", "--to=2026-03-18T23:59:45Z"}},
		"behind the head":      {Holdings{Head: march(15)}, 18, 20, true, []string{"throw them away", "--to=2026-03-14T23:59:45Z"}},
		"over what may be the head": {Holdings{Head: march(19), Guessed: true}, 1, 20, false,
			[]string{"--to=2026-03-18T23:59:45Z", "--prometheus.url"}},
		"what is kept": {Holdings{Retention: 31 * days}, 1, 20, false, nil},
		"what would be deleted": {Holdings{Retention: 15 * days}, 1, 20, false,
			[]string{"keeps 15d", "--from=kept", "storage.tsdb.retention.time"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.holdings.Refuse(march(test.begin), march(test.end), march(32), test.overlap)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("the error is %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestHoldingsOfADirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	missing, err := HoldingsIn(dir)
	do(t, err)
	if !missing.Empty() {
		t.Errorf("a directory that is missing holds %+v", missing)
	}

	do(t, os.MkdirAll(filepath.Join(dir, "wal", "checkpoint.00000001"), 0o755))
	segment := filepath.Join(dir, "wal", "00000000")
	do(t, os.WriteFile(segment, nil, 0o644))
	fresh, err := HoldingsIn(dir)
	do(t, err)
	if !fresh.Empty() {
		t.Errorf("a Prometheus that has written nothing holds %+v", fresh)
	}

	do(t, os.WriteFile(segment, []byte("samples"), 0o644))
	written := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	do(t, os.Chtimes(segment, written, written))
	blockIn(t, dir, written.Add(-10*time.Hour), written.Add(-8*time.Hour))
	used, err := HoldingsIn(dir)
	do(t, err)
	if want := written.Add(-headSpan); !used.Head.Equal(want) || !used.Guessed || len(used.Blocks) != 1 || used.Empty() {
		t.Errorf("it holds %+v, want one block and a head from about %s on", used, want)
	}
}

func TestWhatIsKnownFromElsewhereCounts(t *testing.T) {
	guessed := Holdings{Blocks: make([]block.Meta, 1), Head: now.Add(-3 * time.Hour), Guessed: true}
	known := Holdings{Blocks: make([]block.Meta, 2), Head: now, Retention: time.Hour, Dir: "data"}
	all := guessed.With(&known)
	if len(all.Blocks) != 3 || !all.Head.Equal(now) || all.Guessed || all.Retention != time.Hour || all.Dir != "data" {
		t.Errorf("together they are %+v", all)
	}
	if all := guessed.With(&Holdings{}); !all.Head.Equal(guessed.Head) || !all.Guessed {
		t.Errorf("with nothing known they are %+v", all)
	}
	if all := known.With(&Holdings{Retention: time.Minute}); all.Retention != time.Minute || !all.Head.Equal(now) || all.Dir != "data" {
		t.Errorf("with another retention they are %+v", all)
	}
}

func TestKeptBeginsAtAMidnight(t *testing.T) {
	prague := zone(t, "Europe/Prague")
	if kept := (&Holdings{}).Kept(now, prague); !kept.IsZero() {
		t.Errorf("where nothing is known %s is kept", kept)
	}
	if kept, want := (&Holdings{Retention: 24 * time.Hour}).Kept(now, prague), parse(t, "2026-03-02T00:00:00+01:00"); !kept.Equal(want) {
		t.Errorf("kept is from %s, want %s", kept, want)
	}
}

func TestRetentionOfAPrometheus(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"15d": 15 * 24 * time.Hour, "1y35d": 400 * 24 * time.Hour, "30d or 512MiB": 30 * 24 * time.Hour, "512MiB": 0, "": 0,
	} {
		if got := retention(text); got != want {
			t.Errorf("%q is a retention of %s, want %s", text, got, want)
		}
	}
}
