package backfill

import (
	"strings"
	"testing"
)

func TestAPastMustNotHaveMoreThanWasScraped(t *testing.T) {
	scraped := map[string]float64{"a": 1, "b": 2, "new": 3}
	for name, test := range map[string]struct {
		past map[string]float64
		want []string // of the error; none where there is none
	}{
		"the same":                         {map[string]float64{"a": 1, "b": 2}, nil},
		"less":                             {map[string]float64{"a": 0, "b": 2}, nil},
		"nothing yet of what is not there": {map[string]float64{"c": 0}, nil},
		"more":                             {map[string]float64{"a": 1, "b": 3}, []string{"b ends with 3 and begins with 2 (1 series in all)", "--timezone", "--to"}},
		"what was not scraped":             {map[string]float64{"c": 1, "b": 3}, []string{"b ends with 3", "2 series"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := compare(test.past, scraped, now, now)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("the error is %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}
