package state

import (
	"fmt"
	"slices"
	"strings"
)

// difference tells two origins apart by the lines that only one of them has.
func difference(was, is string) string {
	old, current := strings.Split(was, "\n"), strings.Split(is, "\n")
	if slices.Equal(slices.Sorted(slices.Values(old)), slices.Sorted(slices.Values(current))) {
		return "the same lines in another order"
	}
	gone, added := without(old, current), without(current, old)
	return fmt.Sprintf("was [%s], is [%s]", strings.Join(gone, "; "), strings.Join(added, "; "))
}

// without is the lines that are not among the others.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}
