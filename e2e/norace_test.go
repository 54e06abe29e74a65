//go:build !race

package e2e

const slowness = 1
