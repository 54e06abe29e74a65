package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/block"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// past is a log of 50 submissions a day to a course of two assignments.
func past(b *testing.B, days int) (log string) {
	b.Helper()
	log = filepath.Join(b.TempDir(), "log.jsonl")
	file, err := os.Create(log)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	for i := range 50 * days {
		at := begin.Add(time.Duration(i) * 24 * time.Hour / 50)
		line, err := json.Marshal(&submission.Record{
			SubmissionID: strconv.Itoa(i), CheckNumber: 1, Course: "algo", Assignment: fmt.Sprint("hw-", i%2), Student: fmt.Sprint("s", i%97),
			SubmittedAt: at, QueuedAt: at, StartedAt: at.Add(time.Second), FinishedAt: at.Add(time.Duration(2+i%50) * time.Second),
			UpdatedAt: at.Add(time.Minute), State: submission.Finished, Verdict: submission.Accepted + submission.Verdict(i%3),
			Score: submission.Known(float64(i % 11)), MaxScore: submission.Known(10), Language: "python",
		})
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprintf(out, "%s\n", line)
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	return log
}

// build makes the exporter, and returns its path.
func build(b *testing.B) (exporter string) {
	b.Helper()
	exporter = filepath.Join(b.TempDir(), "exporter")
	if out, err := exec.Command("go", "build", "-o", exporter, "../../exporter").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return exporter
}

// backfill is a whole run of the exporter: what it writes, how long it takes, and the memory that it has at most, in bytes.
func backfill(b *testing.B, exporter, log string, days int) (dir string, samples uint64, took time.Duration, memory float64) {
	b.Helper()
	dir = b.TempDir()
	cmd := exec.Command(exporter, "backfill", "--source=jsonl:"+log, "--output="+dir, "--label=job=gradewatch",
		"--label=instance=exporter:9850", "--step=4m", "--from="+begin.Format(time.RFC3339),
		"--to="+begin.AddDate(0, 0, days).Format(time.RFC3339))
	took = timed(b, cmd)
	blocks, err := block.List(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, meta := range blocks {
		samples += meta.Stats.Samples
	}
	return dir, samples, took, 1024 * float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
}

func timed(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return time.Since(start)
}

// dump writes the numbers in blocks, which are all but native histograms, as OpenMetrics text.
func dump(b *testing.B, dir string) (text string) {
	b.Helper()
	if err := os.Mkdir(filepath.Join(dir, "wal"), 0o755); err != nil { // which promtool looks for
		b.Fatal(err)
	}
	var histograms []string
	for _, m := range metrics.Catalogue() {
		if m.Type == metrics.Histogram {
			histograms = append(histograms, m.Name)
		}
	}
	text = filepath.Join(b.TempDir(), "samples.om")
	file, err := os.Create(text)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command("promtool", "tsdb", "dump-openmetrics", dir, `--match={__name__!~"`+strings.Join(histograms, "|")+`"}`)
	cmd.Stdout = file
	if err := cmd.Run(); err != nil {
		b.Fatalf("promtool: %v", err)
	}
	return text
}

// BenchmarkBackfill compares the writing of 120 days, source, fold and native histograms included, with what promtool needs
// for the numbers among the same samples when it is handed them as text, in blocks so long that it reads that only once or
// twice. And it compares the memory with that for a quarter of the time.
func BenchmarkBackfill(b *testing.B) {
	exporter := build(b)
	const days = 120
	quarter, log := past(b, days/4), past(b, days)
	for b.Loop() {
		_, _, _, little := backfill(b, exporter, quarter, days/4)
		dir, samples, took, memory := backfill(b, exporter, log, days)
		text := dump(b, dir)
		theirs := b.TempDir()
		theirTime := timed(b, exec.Command("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet",
			"--max-block-duration=4380h", text, theirs))
		blocks, err := block.List(theirs)
		if err != nil {
			b.Fatal(err)
		}
		var theirSamples uint64
		for _, meta := range blocks {
			theirSamples += meta.Stats.Samples
		}
		if theirSamples == 0 || theirSamples > samples {
			b.Fatalf("promtool wrote %d samples, Gradewatch %d", theirSamples, samples)
		}
		b.Logf("%d samples in %s; promtool %d in %s", samples, took, theirSamples, theirTime)
		rate, theirRate := float64(samples)/took.Seconds(), float64(theirSamples)/theirTime.Seconds()
		result("backfill_samples_per_second", rate, "")
		result("backfill_samples_per_second_over_promtool", rate/theirRate, ">=10")
		result("backfill_peak_memory_bytes", memory, "")
		result("backfill_peak_memory_of_120_over_30_days", memory/little, "<=1.5")
	}
}
