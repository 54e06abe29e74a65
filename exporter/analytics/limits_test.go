package analytics

import (
	"slices"
	"testing"
)

func TestRule10LimitsOfALabel(t *testing.T) {
	for name, c := range map[string]struct {
		limit Limit
		come  []string
		want  []string // under which each is counted
	}{
		"the first come":                   {Limit{Most: 2}, []string{"a", "b", "c", "a"}, []string{"a", "b", "other", "a"}},
		"configured ones have their place": {Limit{Values: []string{"z"}, Most: 2}, []string{"a", "b", "z"}, []string{"a", "other", "z"}},
		"only configured ones":             {Limit{Values: []string{"z", "y"}, Most: 2}, []string{"a", "z"}, []string{"other", "z"}},
		"other is other":                   {Limit{Most: 1}, []string{"other", "a", "b"}, []string{"other", "a", "other"}},
	} {
		t.Run(name, func(t *testing.T) {
			var s shown
			var got []string
			for _, value := range c.come {
				number := s.admit(value, &c.limit, unbounded)
				got = append(got, s.values[number])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("counted under %q, want %q", got, c.want)
			}
		})
	}
}

func TestRule10OverflowIsCounted(t *testing.T) {
	f := New(Options{Zone: start.Location(), Limits: Limits{Languages: Limit{Most: 1}, Workers: Limit{Most: 1}}})
	for i, language := range []string{"a", "b", "c", "other"} {
		r := finished(string(rune('0'+i)), 1, 1)
		r.Language = language
		f.Apply(&r)
	}
	want(t, "overflow", values(f.Overflow()), map[string]float64{"language": 2})
	want(t, "languages", values(f.SubmissionsByLanguage()), map[string]float64{"algo/a": 1, "algo/other": 3})
}
