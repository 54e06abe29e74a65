package submission

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A State is where a check stands.
type State uint8

// The states of a check, in the order in which it passes through them.
const (
	Queued State = iota + 1
	Running
	Finished
	Cancelled
)

// A Verdict is what a finished check says. InternalError is the infrastructure's fault, all others are the student's
// result.
type Verdict uint8

// The verdicts; Other stands for every word that no mapping knows.
const (
	Accepted Verdict = iota + 1
	Partial
	WrongAnswer
	CompileError
	RuntimeError
	TimeLimit
	MemoryLimit
	OutputLimit
	StyleError
	SecurityViolation
	InternalError
	Other
)

// An Outcome is what one test of a check says.
type Outcome uint8

// The outcomes of a test.
const (
	Passed Outcome = iota + 1
	Failed
	Errored
	TimedOut
	Skipped
)

var (
	stateWords   = [...]string{Queued: "queued", Running: "running", Finished: "finished", Cancelled: "cancelled"}
	verdictWords = [...]string{
		Accepted: "accepted", Partial: "partial", WrongAnswer: "wrong_answer", CompileError: "compile_error",
		RuntimeError: "runtime_error", TimeLimit: "time_limit", MemoryLimit: "memory_limit", OutputLimit: "output_limit",
		StyleError: "style_error", SecurityViolation: "security_violation", InternalError: "internal_error", Other: "other",
	}
	outcomeWords = [...]string{
		Passed: "passed", Failed: "failed", Errored: "error", TimedOut: "timeout", Skipped: "skipped",
	}
)

// String is the state's word in the contract.
func (s State) String() string { return stateWords[s] }

// String is the verdict's word in the contract, which is also the value of the label verdict.
func (v Verdict) String() string { return verdictWords[v] }

// String is the outcome's word in the contract.
func (o Outcome) String() string { return outcomeWords[o] }

// Verdicts are all verdicts, in the order of the contract.
func Verdicts() []Verdict {
	all := make([]Verdict, 0, len(verdictWords)-1)
	for v := Accepted; v <= Other; v++ {
		all = append(all, v)
	}
	return all
}

// Words translates a service's own words into the contract's. The contract's words are always understood.
// Case does not matter.
type Words struct {
	states   map[string]State
	verdicts map[string]Verdict
	outcomes map[string]Outcome
}

// NewWords adds a service's words to those of the contract: each map leads from a service's word to the contract's.
// A target that the contract does not have is an error.
func NewWords(states, verdicts, outcomes map[string]string) (*Words, error) {
	w := &Words{
		states: own[State](stateWords[:]), verdicts: own[Verdict](verdictWords[:]), outcomes: own[Outcome](outcomeWords[:]),
	}
	if err := translate(w.states, states, "state", stateWords[:]); err != nil {
		return nil, err
	}
	if err := translate(w.verdicts, verdicts, "verdict", verdictWords[:]); err != nil {
		return nil, err
	}
	return w, translate(w.outcomes, outcomes, "outcome of a test", outcomeWords[:])
}

// ContractWords understands the contract's words alone.
func ContractWords() *Words {
	w, err := NewWords(nil, nil, nil)
	if err != nil {
		panic(err) // nothing was added, so nothing can be wrong
	}
	return w
}

func own[T ~uint8](words []string) map[string]T {
	known := make(map[string]T, len(words))
	for value, word := range words {
		if word != "" {
			known[word] = T(value)
		}
	}
	return known
}

func translate[T ~uint8](known map[string]T, words map[string]string, kind string, contract []string) error {
	targets := own[T](contract)
	spelt := make(map[string]string, len(words))
	for _, word := range slices.Sorted(maps.Keys(words)) {
		target := words[word]
		value, ok := targets[target]
		if !ok {
			return fmt.Errorf("%s %q stands for %q, which is none of: %s", kind, word, target, strings.Join(contract[1:], ", "))
		}
		folded := fold(word)
		if other, ok := spelt[folded]; ok && words[other] != target {
			return fmt.Errorf("%s %q and %q are the same word, as case does not matter, but stand for %q and %q",
				kind, other, word, words[other], target)
		}
		spelt[folded] = word
		known[folded] = value
	}
	return nil
}

// State is the state that a word stands for.
func (w *Words) State(word string) (State, bool) { return find(w.states, word) }

// Verdict is the verdict that a word stands for.
func (w *Words) Verdict(word string) (Verdict, bool) { return find(w.verdicts, word) }

// Outcome is the outcome of a test that a word stands for.
func (w *Words) Outcome(word string) (Outcome, bool) { return find(w.outcomes, word) }

// find looks the word up as it stands first, which spares the usual case a conversion.
func find[T ~uint8](known map[string]T, word string) (T, bool) {
	value, ok := known[word]
	if !ok {
		value, ok = known[fold(word)]
	}
	return value, ok
}

func fold(word string) string { return strings.ToLower(strings.TrimSpace(word)) }
