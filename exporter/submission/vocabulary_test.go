package submission

import (
	"testing"
)

func TestWordsOfTheContractAreUnderstoodInAnyCase(t *testing.T) {
	words := ContractWords()
	for state := Queued; state <= Cancelled; state++ {
		if got, ok := words.State(state.String()); !ok || got != state {
			t.Errorf("state %s is %v, %v", state, got, ok)
		}
	}
	for _, verdict := range Verdicts() {
		if got, ok := words.Verdict(verdict.String()); !ok || got != verdict {
			t.Errorf("verdict %s is %v, %v", verdict, got, ok)
		}
	}
	for outcome := Passed; outcome <= Skipped; outcome++ {
		if got, ok := words.Outcome(outcome.String()); !ok || got != outcome {
			t.Errorf("outcome %s is %v, %v", outcome, got, ok)
		}
	}
	for _, word := range []string{"ACCEPTED", "Accepted", " accepted\n"} {
		if got, ok := words.Verdict(word); !ok || got != Accepted {
			t.Errorf("verdict %q is %v, %v", word, got, ok)
		}
	}
	for _, word := range []string{"", "accept", "wrong answer"} {
		if got, ok := words.Verdict(word); ok {
			t.Errorf("verdict %q is %s, want it unknown", word, got)
		}
	}
}

func TestWordsOfAServiceAreTranslatedInAnyCase(t *testing.T) {
	words, err := NewWords(
		map[string]string{"Done ": "finished", "DONE": "finished"},
		map[string]string{"AC": "accepted", "Wrong Answer": "wrong_answer", "Špatně": "wrong_answer"},
		map[string]string{"OK": "passed"})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := words.State("done"); !ok || got != Finished {
		t.Errorf("state %v, %v, want finished", got, ok)
	}
	for word, want := range map[string]Verdict{
		"AC": Accepted, "ac": Accepted, "wrong answer": WrongAnswer, "ŠPATNĚ": WrongAnswer, "partial": Partial,
	} {
		if got, ok := words.Verdict(word); !ok || got != want {
			t.Errorf("verdict %q is %v, %v, want %s", word, got, ok, want)
		}
	}
	if got, ok := words.Outcome("ok"); !ok || got != Passed {
		t.Errorf("outcome %v, %v, want passed", got, ok)
	}
	if _, ok := words.Outcome("AC"); ok {
		t.Error("a word for a verdict is understood as an outcome")
	}
}

func TestWordsThatCannotBeTranslatedAreAnError(t *testing.T) {
	for name, test := range map[string]struct {
		states, verdicts, outcomes map[string]string
		want                       string
	}{
		"an unknown state": {
			states: map[string]string{"done": "ready"},
			want:   `state "done" stands for "ready", which is none of: queued, running, finished, cancelled`,
		},
		"an unknown verdict": {
			verdicts: map[string]string{"AC": "acepted", "WA": "wrong_answer", "X": "x"},
			want: `verdict "AC" stands for "acepted", which is none of: accepted, partial, wrong_answer, compile_error, ` +
				`runtime_error, time_limit, memory_limit, output_limit, style_error, security_violation, internal_error, other`,
		},
		"an unknown outcome": {
			outcomes: map[string]string{"OK": ""},
			want: `outcome of a test "OK" stands for "", which is none of: ` +
				`passed, failed, error, timeout, skipped`,
		},
		"the same word for two verdicts": {
			verdicts: map[string]string{"ac": "accepted", "AC": "partial"},
			want: `verdict "AC" and "ac" are the same word, as case does not matter, ` +
				`but stand for "partial" and "accepted"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewWords(test.states, test.verdicts, test.outcomes)
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v\nwant %s", err, test.want)
			}
		})
	}
}
