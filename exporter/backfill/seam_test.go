package backfill

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

func TestFirstHigher(t *testing.T) {
	other := map[string]float64{"a": 1, "b": 2, "more": 3}
	for name, test := range map[string]struct {
		one    map[string]float64
		series string
		total  float64
		count  int
	}{
		"the same":                         {map[string]float64{"a": 1, "b": 2}, "", 0, 0},
		"less":                             {map[string]float64{"a": 0, "b": 2}, "", 0, 0},
		"nothing yet of what is not there": {map[string]float64{"c": 0}, "", 0, 0},
		"more":                             {map[string]float64{"a": 1, "b": 3}, "b", 3, 1},
		"what is not there":                {map[string]float64{"c": 1, "b": 3}, "b", 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if series, total, count := firstHigher(test.one, other); series != test.series || total != test.total || count != test.count {
				t.Errorf("got %q with %v, %d in all", series, total, count)
			}
		})
	}
}

func TestAScrapeBeforeTheTargetWasReadyIsNone(t *testing.T) {
	at := func(minute int, value float64) model.SamplePair {
		return model.SamplePair{Timestamp: model.TimeFromUnixNano(now.Add(time.Duration(minute) * time.Minute).UnixNano()), Value: model.SampleValue(value)}
	}
	series := model.Matrix{{Values: []model.SamplePair{at(-1, 1), at(1, 0), at(2, 0), at(3, 1), at(4, 1)}}}
	if first, want := firstAfter(series, now), now.Add(3*time.Minute); !first.Equal(want) {
		t.Errorf("the first scrape is at %s, want %s", first.UTC(), want)
	}
	if first := firstAfter(series, now.Add(time.Hour)); !first.IsZero() {
		t.Errorf("after all of them there is one at %s", first.UTC())
	}
}
