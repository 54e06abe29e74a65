package source

import "github.com/gradewatch/gradewatch/exporter/submission"

// faultsKnown bounds the memory of Faults.
const faultsKnown = 10_000

// Faults remember what was rejected, so that a record that is read again is told from a new one.
type Faults map[submission.Fault]struct{}

// Met takes down a fault, and reports whether it is new.
func (f Faults) Met(fault *submission.Fault) bool {
	if _, known := f[*fault]; known {
		return false
	}
	if len(f) == faultsKnown {
		clear(f)
	}
	f[*fault] = struct{}{}
	return true
}
