package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Kind is a way in which the demo semester goes wrong.
type Kind string

// The kinds of faults.
const (
	StoppedWorker          Kind = "stopped-worker"          // worker-3 takes a check, does not end it and takes no other
	BrokenTest             Kind = "broken-test"             // one test of the assignment due next fails for everybody
	SlowQueue              Kind = "slow-queue"              // every check takes several times longer
	InfrastructureFailures Kind = "infrastructure-failures" // a fifth of the checks fail, most of them on worker-2
	DatabaseGone           Kind = "database-gone"           // nothing can be read; what happens meanwhile is read later
)

// Kinds are all kinds of faults.
func Kinds() []Kind {
	return []Kind{StoppedWorker, BrokenTest, SlowQueue, InfrastructureFailures, DatabaseGone}
}

// A Fault is something that goes wrong from its begin on until its end, at which all is as usual again.
type Fault struct {
	Kind  Kind
	Begin time.Time // zero: when the source is opened
	End   time.Time // zero: never
}

// ParseFault reads a fault as it is written on the command line: KIND, KIND@BEGIN or, as ISO 8601 writes an interval,
// KIND@BEGIN/END.
func ParseFault(text string) (Fault, error) {
	kind, interval, dated := strings.Cut(text, "@")
	fault := Fault{Kind: Kind(kind)}
	if err := fault.check(); err != nil || !dated {
		return fault, err
	}
	begin, end, ends := strings.Cut(interval, "/")
	var err error
	if fault.Begin, err = time.Parse(time.RFC3339, begin); err == nil && ends {
		fault.End, err = time.Parse(time.RFC3339, end)
	}
	if err != nil {
		return fault, fmt.Errorf("demo fault %q: want its begin like %s@2026-11-02T18:00:00Z, or its begin and its end like "+
			"%[2]s@2026-11-02T18:00:00Z/2026-11-02T20:00:00Z (RFC 3339)", text, kind)
	}
	return fault, fault.check()
}

func (f Fault) check() error {
	if kinds := Kinds(); !slices.Contains(kinds, f.Kind) {
		words := make([]string, len(kinds))
		for i, kind := range kinds {
			words[i] = string(kind)
		}
		return fmt.Errorf("demo fault %q is unknown; want one of: %s", f.Kind, strings.Join(words, ", "))
	}
	if !f.End.IsZero() && !f.End.After(f.Begin) {
		return fmt.Errorf("demo fault %s: its end %s is not after its begin %s",
			f.Kind, f.End.Format(time.RFC3339), f.Begin.Format(time.RFC3339))
	}
	return nil
}

// on reports whether the fault is on at a time.
func (f Fault) on(at time.Time) bool {
	return !at.Before(f.Begin) && (f.End.IsZero() || at.Before(f.End))
}

// faults are the faults of each kind, in the order of their begins. They may overlap.
type faults map[Kind][]Fault

// newFaults takes the faults of a source opened at the given time. Their times are those of a semester that is moved.
func newFaults(all []Fault, shift time.Duration, opened time.Time) (faults, error) {
	kinds := make(faults)
	for _, fault := range all {
		if fault.Begin.IsZero() {
			fault.Begin = opened.Add(shift)
		}
		fault.Begin = fault.Begin.Add(-shift)
		if !fault.End.IsZero() {
			fault.End = fault.End.Add(-shift)
		}
		if err := fault.check(); err != nil {
			return nil, err
		}
		kinds[fault.Kind] = append(kinds[fault.Kind], fault)
	}
	for _, same := range kinds {
		slices.SortStableFunc(same, func(a, b Fault) int { return a.Begin.Compare(b.Begin) })
	}
	return kinds, nil
}

// on reports whether a fault of the kind is on at a time.
func (f faults) on(kind Kind, at time.Time) bool {
	return slices.ContainsFunc(f[kind], func(one Fault) bool { return one.on(at) })
}

// end is the first time from the given one on at which no fault of the kind is on; zero where there will be none.
func (f faults) end(kind Kind, at time.Time) time.Time {
	for _, one := range f[kind] {
		if !one.on(at) {
			continue
		}
		if at = one.End; at.IsZero() {
			break
		}
	}
	return at
}
