package backfill

import (
	"slices"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	found, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func parse(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestInstants(t *testing.T) {
	for name, test := range map[string]struct {
		begin, end string
		step       time.Duration
		zone       string
		want       []string // an instant before which more is in the samples has that behind a <
	}{
		"the step counts from midnight of UTC, the end is sampled at the last moment": {
			"2026-03-02T10:00:30Z", "2026-03-02T10:04:00Z", time.Minute, "UTC",
			[]string{"10:01:00", "10:02:00", "10:03:00", "10:03:59.999 < 10:04:00"}},
		"a beginning on the step is sampled": {
			"2026-03-02T10:00:00Z", "2026-03-02T10:01:30Z", time.Minute, "UTC",
			[]string{"10:00:00", "10:01:00", "10:01:29.999 < 10:01:30"}},
		"midnight is local, and sampled before and at it": {
			"2026-03-02T18:10:00Z", "2026-03-02T18:20:00Z", 5 * time.Minute, "Asia/Kathmandu", // UTC+05:45
			[]string{"18:10:00", "18:14:59.999 < 18:15:00", "18:15:00", "18:19:59.999 < 18:20:00"}},
		"a long day": {
			"2017-10-28T21:50:00Z", "2017-10-30T00:00:00Z", 6 * time.Hour, "Europe/Prague",
			[]string{"21:59:59.999 < 22:00:00", "00:00:00", "06:00:00", "12:00:00", "18:00:00", "22:59:59.999 < 23:00:00", "23:59:59.999 < 00:00:00"}},
		"a short day": {
			"2018-03-24T22:50:00Z", "2018-03-25T23:00:00Z", 6 * time.Hour, "Europe/Prague",
			[]string{"22:59:59.999 < 23:00:00", "00:00:00", "06:00:00", "12:00:00", "18:00:00", "21:59:59.999 < 22:00:00", "22:59:59.999 < 23:00:00"}},
		"nothing between": {"2026-03-02T10:00:00Z", "2026-03-02T10:00:00.001Z", time.Minute, "UTC", []string{"10:00:00 < 10:00:00.001"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			var before time.Time
			for i := range instants(parse(t, test.begin), parse(t, test.end), test.step, zone(t, test.zone)) {
				text := i.stamp.UTC().Format("15:04:05.999")
				if !i.before.Equal(i.stamp) {
					text += " < " + i.before.UTC().Format("15:04:05.999")
				}
				got = append(got, text)
				if !i.stamp.After(before) {
					t.Errorf("%s follows %s", i.stamp, before)
				}
				if before = i.stamp; i.clock().After(i.before) {
					t.Errorf("at %s the clock shows %s, and there is only what was before %s", i.stamp, i.clock(), i.before)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestBlockEnds(t *testing.T) {
	for name, test := range map[string]struct {
		at      string
		step    time.Duration
		samples int // of each instant
		want    string
	}{
		"few series fill the longest": {"2026-03-02T10:00:00Z", time.Minute, 1000, "2026-03-21T12:00:00Z"},
		"many series a shorter one":   {"2026-03-02T10:00:00Z", time.Minute, 50_000, "2026-03-02T18:00:00Z"},
		"very many the shortest":      {"2026-03-02T10:00:00Z", time.Second, 10_000_000, "2026-03-02T12:00:00Z"},
		"the end belongs to the next": {"2026-03-02T12:00:00Z", time.Second, 10_000_000, "2026-03-02T14:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			end := blockEnd(parse(t, test.at), test.step, test.samples, blockSamples)
			if want := parse(t, test.want); !end.Equal(want) {
				t.Errorf("the block ends %s, want %s", end.UTC(), want)
			}
		})
	}
}
