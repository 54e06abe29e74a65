package backfill

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/gradewatch/gradewatch/exporter/pace"
)

// progress tells how far the writing has come, how fast it is, and how long it will take.
type progress struct {
	samples uint64 // in all

	// Of the present round:
	begun time.Time
	from  time.Time // where it has begun
	pace  pace.Pace
}

func (p *progress) start(now, from time.Time) {
	p.begun, p.from, p.pace = now, from, pace.From(now, p.samples)
}

func (p *progress) tell(log *slog.Logger, now time.Time, samples int, at, end time.Time) {
	p.samples += uint64(samples)
	if !at.After(p.from) {
		return
	}
	perSecond, due := p.pace.Tell(now, p.samples)
	if !due {
		return
	}
	done := at.Sub(p.from).Seconds() / end.Sub(p.from).Seconds()
	left := now.Sub(p.begun).Seconds() * (1 - done) / done
	log.Info("Writing", "at", at.UTC(), "done", fmt.Sprintf("%.0f%%", 100*done), "samples_per_second", perSecond,
		"left", time.Duration(left*float64(time.Second)).Round(time.Second))
}
