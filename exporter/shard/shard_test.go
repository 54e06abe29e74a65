package shard

import (
	"fmt"
	"strings"
	"testing"
)

func parse(t *testing.T, text string) Shard {
	t.Helper()
	var s Shard
	if err := s.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestForm(t *testing.T) {
	for _, text := range []string{"0/1", "0/3", "2/3", "999/1000"} {
		if got := parse(t, text).String(); got != text {
			t.Errorf("%s is read as %s", text, got)
		}
	}
	for _, text := range []string{"", "1", "3/3", "-1/3", "0/0", "a/3", "1/", "0/1001", "0/3/1", " 0/3", "+1/3", "00/3", "-0/3"} {
		var s Shard
		if err := s.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "0/3") {
			t.Errorf("%q is read as %s, %v; want an error that says what is wanted", text, s, err)
		}
	}
	if all := (Shard{}); !all.Whole() || !all.Designated() || !all.Has("algo") || all.String() != "0/1" || all.Labels() != nil {
		t.Errorf("the zero shard is %+v, %s", all, all)
	}
	if s := parse(t, "1/3"); s.Whole() || s.Designated() || s.Labels()[Label] != "1" || s.Labels()[CountLabel] != "3" || s.Count() != 3 {
		t.Errorf("1/3 is %+v, labels %v", s, s.Labels())
	}
}

// home is the one shard that has a course.
func home(t *testing.T, course string, count int) int {
	t.Helper()
	home := -1
	for i := range count {
		if s := (Shard{i, count}); s.Has(course) {
			if home >= 0 {
				t.Fatalf("%s is in %d and %d of %d", course, home, i, count)
			}
			home = i
		}
	}
	if home < 0 {
		t.Fatalf("%s is in none of %d shards", course, count)
	}
	return home
}

// TestEveryCourseHasOneShard, which gets about as many as another, and keeps it when others come and go.
func TestEveryCourseHasOneShard(t *testing.T) {
	const courses = 10_000
	for count := 1; count <= 8; count++ {
		sizes, moved := make([]int, count), 0
		for i := range courses {
			course := fmt.Sprintf("course-%d-2026-autumn", i)
			at := home(t, course, count)
			sizes[at]++
			if next := home(t, course, count+1); next != at {
				moved++
				if next != count {
					t.Fatalf("of %d shards %s is in %d, and of one more in %d, which is not the new one", count, course, at, next)
				}
			}
		}
		share := courses / count
		for i, size := range sizes {
			if size < share*9/10 || size > share*11/10 {
				t.Errorf("%d/%d has %d courses of %d", i, count, size, courses)
			}
		}
		if fair := courses / (count + 1); moved < fair*9/10 || moved > fair*11/10 {
			t.Errorf("from %d to %d shards %d courses of %d move, want about %d", count, count+1, moved, courses, fair)
		}
	}
}

// TestSharesAreForGood: who upgrades one exporter after the other must not lose a course between them.
func TestSharesAreForGood(t *testing.T) {
	for course, want := range map[string]int{
		"": 2, "algorithms-2026-autumn": 2, "databases-2026-autumn": 0, "compilers-2026-autumn": 0, "hardware-2026-autumn": 1, "алгоритмы": 2,
	} {
		if got := home(t, course, 3); got != want {
			t.Errorf("%q is in shard %d of 3, was in %d", course, got, want)
		}
	}
}
