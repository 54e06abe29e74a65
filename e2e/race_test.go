//go:build race

package e2e

// slowness is how much longer everything takes with the race detector, in our programs as well.
const slowness = 5
