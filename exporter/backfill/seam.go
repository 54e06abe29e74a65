package backfill

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Visible is how long after it took place something may have been committed, read by an exporter and scraped. A past that ends
// so long before the first scrape holds nothing that this one lacks.
const Visible = 15 * time.Second

// longestGap is how long nothing may be between the past and the first scrape without being told.
const longestGap = time.Minute

// A Scrape is what was scraped of a target at a time.
type Scrape struct {
	At     time.Time
	Totals map[string]float64 // of the series that must never go down, by their labels; of a native histogram the count
}

// hasTotals reports whether a metric is a counter about the service, or a histogram. Tests are left out, since they end when they
// retire.
func hasTotals(m *metrics.Metric) bool {
	return m.Type != metrics.Gauge && m.Watched() && m != metrics.TestResults
}

// isTotal reports whether a series with that name must never go down.
func isTotal(name string) bool {
	return slices.ContainsFunc(metrics.Catalogue(), func(m *metrics.Metric) bool {
		return hasTotals(m) && (name == m.Name || slices.Contains([]string{m.Name + "_bucket", m.Name + "_count", m.Name + "_sum"}, name))
	})
}

// checkSeam compares the totals with which the past ends with those of the first scrape behind it. None may be higher, which
// Prometheus would take for a reset. That one is lower than the source says, or that there is a gap, is only told.
func (r *run) checkSeam(ctx context.Context) error {
	first, err := r.FirstScrape(ctx, r.reached)
	if first == nil || err != nil {
		return err
	}
	if series, past, count := firstHigher(r.sampler.totals(), first.Totals); count > 0 {
		return fmt.Errorf("the past up to %s has more than what was scraped at %s, which would look like a reset: of %s history "+
			"has %v, the first scrape %v (%d series in all). See whether --source, --config.file and --timezone are those of the "+
			"exporter; if they are, something was committed long after it took place: end earlier with --to",
			stamp(r.reached), stamp(first.At), series, past, first.Totals[series], count)
	}
	if gap := first.At.Sub(r.reached); gap > longestGap {
		r.Log.Warn("There is a gap between the past and the first scrape, where Prometheus holds other samples in its head. In three "+
			"hours these will be in a block; then another backfill can fill it", "gap", gap.Round(time.Second),
			"from", stamp(r.reached), "to", stamp(first.At.Add(-Visible)), "with", "--allow-overlap")
	}
	until := first.At.Add(Visible)
	if _, err := r.timeline.Replay(ctx, until); err != nil {
		return err
	}
	r.Fold.Advance(until)
	r.Fold.Conclude(until)
	r.sampler.look(r.Fold)
	totals := r.sampler.totals()
	if series, scraped, count := firstHigher(first.Totals, totals); count > 0 {
		r.Log.Warn("What was scraped first is more than the source holds: totals step up at the seam. The exporter has a state that "+
			"knows what was overwritten or deleted, or it reads another source", "series", series, "scraped", scraped,
			"source", totals[series], "series_in_all", count)
	}
	return nil
}

// firstHigher is the first series, by its labels, of which one has a higher total than the other, and how many there are. What
// the other lacks it has 0 of.
func firstHigher(one, other map[string]float64) (series string, total float64, count int) {
	var higher []string
	for series, total := range one {
		if total > other[series] {
			higher = append(higher, series)
		}
	}
	if len(higher) == 0 {
		return "", 0, 0
	}
	first := slices.Min(higher)
	return first, one[first], len(higher)
}
