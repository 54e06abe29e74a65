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
	StoppedWorker          Kind = "stopped-worker"          // worker-3 takes a check, never ends it and takes no other
	BrokenTest             Kind = "broken-test"             // one test of the assignment due next fails for everybody
	SlowQueue              Kind = "slow-queue"              // every check takes several times longer
	InfrastructureFailures Kind = "infrastructure-failures" // a fifth of the checks fail, most of them on worker-2
)

// Kinds are all kinds of faults.
func Kinds() []Kind { return []Kind{StoppedWorker, BrokenTest, SlowQueue, InfrastructureFailures} }

// A Fault is something that goes wrong from a time on, for ever.
type Fault struct {
	Kind  Kind
	Begin time.Time // zero: when the source is opened
}

// ParseFault reads a fault as it is written on the command line: KIND, or KIND@TIME with the time at which it begins.
func ParseFault(text string) (Fault, error) {
	kind, at, dated := strings.Cut(text, "@")
	fault := Fault{Kind: Kind(kind)}
	if err := fault.check(); err != nil {
		return Fault{}, err
	}
	if !dated {
		return fault, nil
	}
	begin, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return Fault{}, fmt.Errorf("demo fault %q: want its begin like %s@2026-11-02T18:00:00Z (RFC 3339)", text, kind)
	}
	fault.Begin = begin
	return fault, nil
}

func (f Fault) check() error {
	if kinds := Kinds(); !slices.Contains(kinds, f.Kind) {
		words := make([]string, len(kinds))
		for i, kind := range kinds {
			words[i] = string(kind)
		}
		return fmt.Errorf("demo fault %q is unknown; want one of: %s", f.Kind, strings.Join(words, ", "))
	}
	return nil
}

// faults are the times at which the faults begin.
type faults map[Kind]time.Time

// newFaults takes the faults of a source opened at the given time; of two of one kind, the earlier counts.
func newFaults(all []Fault, opened time.Time) (faults, error) {
	begins := make(faults)
	for _, fault := range all {
		if err := fault.check(); err != nil {
			return nil, err
		}
		if fault.Begin.IsZero() {
			fault.Begin = opened
		}
		if begin, again := begins[fault.Kind]; !again || fault.Begin.Before(begin) {
			begins[fault.Kind] = fault.Begin
		}
	}
	return begins, nil
}

// began reports whether a fault of the kind has begun by the given time.
func (f faults) began(kind Kind, at time.Time) bool {
	begin, found := f[kind]
	return found && !at.Before(begin)
}
