package lint

import (
	"fmt"
	"regexp"
	"slices"
)

var number = regexp.MustCompile(`\d+`)

// Languages says where two renderings of a dashboard differ in more than words: panels, places, expressions, and the
// numbers that are in the words. A description that is the same in both has not been translated.
func Languages(one, other []byte) ([]string, error) {
	a, err := decode(one)
	if err != nil {
		return nil, err
	}
	b, err := decode(other)
	if err != nil {
		return nil, err
	}
	var faults []string
	if len(a.Panels) != len(b.Panels) {
		return []string{fmt.Sprintf("%d panels and %d", len(a.Panels), len(b.Panels))}, nil
	}
	for i, p := range a.Panels {
		q := b.Panels[i]
		if p.ID != q.ID || p.Type != q.Type || p.GridPos != q.GridPos {
			faults = append(faults, fmt.Sprintf("%v and %v are not the same panel", p, q))
		}
		if p.Description != "" && p.Description == q.Description {
			faults = append(faults, fmt.Sprintf("%v has the same description in both", p))
		}
		if !sameNumbers(p.Title, q.Title) || !sameNumbers(p.Description, q.Description) {
			faults = append(faults, fmt.Sprintf("%v and %v say different numbers", p, q))
		}
	}
	expressions, others := a.Expressions(), b.Expressions()
	for i := range max(len(expressions), len(others)) {
		if i >= len(expressions) || i >= len(others) || expressions[i].Text != others[i].Text {
			faults = append(faults, fmt.Sprintf("expression %d differs", i+1))
		}
	}
	return faults, nil
}

func sameNumbers(a, b string) bool {
	return slices.Equal(number.FindAllString(a, -1), number.FindAllString(b, -1))
}
