package pace

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	p := From(start, 100)
	for _, step := range []struct {
		after     time.Duration
		count     uint64
		perSecond int
		due       bool
	}{
		{4 * time.Second, 1000, 0, false}, {5 * time.Second, 1100, 200, true}, {9 * time.Second, 5000, 0, false}, {15 * time.Second, 1200, 10, true},
	} {
		if perSecond, due := p.Tell(start.Add(step.after), step.count); perSecond != step.perSecond || due != step.due {
			t.Errorf("after %s it tells %d, %v, want %d, %v", step.after, perSecond, due, step.perSecond, step.due)
		}
	}
}
