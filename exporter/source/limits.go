package source

import "fmt"

// Limits bound what users' data can make of labels. 0 is the default.
type Limits struct {
	Languages  Limit `yaml:"languages"`
	Tests      Limit `yaml:"tests"`
	Workers    Limit `yaml:"workers"`
	TestSeries int   `yaml:"test_series"`
}

// A Limit names values of a label that are shown whatever else comes, and says how many are shown at most.
type Limit struct {
	Values []string `yaml:"values"`
	Most   int      `yaml:"most"`
}

func (l *Limits) check() error {
	for name, number := range map[string]int{
		"languages.most": l.Languages.Most, "tests.most": l.Tests.Most, "workers.most": l.Workers.Most,
		"test_series": l.TestSeries,
	} {
		if number < 0 {
			return fmt.Errorf("limits.%s is %d, want more than 0", name, number)
		}
	}
	for name, limit := range map[string]Limit{"languages": l.Languages, "tests": l.Tests, "workers": l.Workers} {
		if limit.Most > 0 && len(limit.Values) > limit.Most {
			return fmt.Errorf("limits.%s has %d values, more than its most of %d", name, len(limit.Values), limit.Most)
		}
	}
	return nil
}
