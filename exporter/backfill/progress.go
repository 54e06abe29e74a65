package backfill

import (
	"fmt"
	"log/slog"
	"time"
)

const progressInterval = 5 * time.Second

// progress tells how far the writing has come, how fast it is, and how long it will take.
type progress struct {
	samples uint64 // in all

	begun time.Time // of the present round
	from  time.Time // event time at which that has begun
	told  time.Time
	then  uint64 // samples at that time
}

func (p *progress) start(now, from time.Time) {
	p.begun, p.from, p.told, p.then = now, from, now, p.samples
}

func (p *progress) tell(log *slog.Logger, now time.Time, samples int, at, end time.Time) {
	p.samples += uint64(samples)
	since := now.Sub(p.told)
	if since < progressInterval || !at.After(p.from) {
		return
	}
	done := at.Sub(p.from).Seconds() / end.Sub(p.from).Seconds()
	left := now.Sub(p.begun).Seconds() * (1 - done) / done
	log.Info("Writing", "at", at.Format(time.RFC3339), "done", fmt.Sprintf("%.0f%%", 100*done),
		"samples_per_second", int(float64(p.samples-p.then)/since.Seconds()),
		"left", time.Duration(left*float64(time.Second)).Round(time.Second))
	p.told, p.then = now, p.samples
}
