// Package bench measures the ratios that the design promises. Each is a line of its own: name, value, target.
package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
)

// What all benchmarks share.
var (
	cluster *pgtest.Cluster
	results []string
)

func TestMain(m *testing.M) {
	code, err := withCluster(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	for _, line := range results {
		fmt.Println(line)
	}
	os.Exit(code)
}

func withCluster(run func() int) (code int, err error) {
	if cluster, err = pgtest.New(); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	return run(), nil
}

// result takes down a value and what it is to be.
func result(name string, value float64, target string) {
	results = append(results, fmt.Sprintf("%s %.4g %s", name, value, target))
}

// median is the middle one of an odd number of values.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// heapInUse is how many bytes are in use.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // the first one may only have marked what finalizers hold
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// begin is the first submission of all.
var begin = time.Date(2020, 9, 1, 0, 0, 0, 0, time.UTC)
