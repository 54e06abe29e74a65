package metrics

import (
	"slices"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/shard"
)

// An Observer takes the samples that a fold shows, with the values of their metric's labels, which are valid during the call.
type Observer interface {
	Number(m *Metric, labels []string, value float64)
	Histogram(m *Metric, labels []string, h *analytics.Histogram)
}

// Show hands an observer all that a fold shows as of its clock, metric by metric. The order of a metric's samples stays the
// same until one comes in or goes.
func Show(fold *analytics.Fold, to Observer) { ShowShard(fold, shard.NewRoll(shard.Shard{}), to) }

// ShowShard hands over what a shard shows of a fold.
func ShowShard(fold *analytics.Fold, roll *shard.Roll, to Observer) {
	series := 0
	for _, m := range Catalogue() {
		if m.ofService() && !roll.Designated() {
			continue
		}
		watched, place := m.Watched(), slices.Index(m.Labels, Course)
		foreign := func(labels []string) bool {
			// Workers are the designated shard's, and so is what was cut of them.
			return place >= 0 && !m.pooled && !roll.Has(labels[place]) || m == LabelOverflow && labels[0] == string(Worker) && !roll.Designated()
		}
		switch {
		case m.histograms != nil:
			for labels, h := range m.histograms(fold) {
				if foreign(labels) {
					continue
				}
				to.Histogram(m, labels, h)
				series += seriesOf(h)
			}
		case m.vector != nil:
			for labels, value := range m.vector(fold) {
				if foreign(labels) {
					continue
				}
				to.Number(m, labels, value)
				if watched {
					series++
				}
			}
		}
	}
	to.Number(Series, nil, float64(series))
}

// ShowMoving hands over those samples alone that can be others although Fold.Advance has not said so and nothing was applied.
func ShowMoving(fold *analytics.Fold, to Observer) {
	for _, m := range Catalogue() {
		if !m.moves {
			continue
		}
		for labels, value := range m.vector(fold) {
			to.Number(m, labels, value)
		}
	}
}

// seriesOf is how many time series Prometheus makes of a histogram: one for its native form, and for the classic form one
// for each bucket, infinity, sum and count.
func seriesOf(h *analytics.Histogram) int {
	if len(h.Bounds) == 0 {
		return 1
	}
	return 1 + len(h.Bounds) + 3
}
