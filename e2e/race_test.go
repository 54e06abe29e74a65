//go:build race

package e2e

// With the race detector in the tests, the programs that they start have it too.
func init() { buildFlags = append(buildFlags, "-race") }

// slowness is how much longer everything takes with it.
const slowness = 5
