package state

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// toBeKilled names the state that a test program counts in, instead of testing.
const toBeKilled = "GRADEWATCH_STATE_TO_BE_KILLED"

func TestMain(m *testing.M) {
	if path := os.Getenv(toBeKilled); path != "" {
		fmt.Fprintln(os.Stderr, countUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// countUntilKilled goes on with the numbers of a state. It prints each after it has been appended, and saves now and
// then.
func countUntilKilled(path string) error {
	f, err := Open(path, origin, discard)
	if err != nil {
		return err
	}
	var l ledger
	if found, err := f.Load(l.restore, l.redo); err != nil {
		return err
	} else if !found {
		if err := f.Save(l.write); err != nil {
			return err
		}
	}
	for {
		number := uint64(len(l)) + 1
		size := 8 + rand.IntN(50)
		if number%8 == 0 {
			size = 1 << 20 // takes a while, so that a kill may tear it
		}
		f.Append(entryOf(number, size))
		l = append(l, number)
		fmt.Println(number)
		switch number % 4 {
		case 1:
			err = f.Keep(l.write)
		case 2, 3:
			err = f.Save(l.write)
		}
		if err != nil {
			return err
		}
	}
}

func TestEveryEntryIsThereOnceAfterAKill(t *testing.T) {
	const kills = 40
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state")
	last := 0 // the number that the state is known to hold
	torn := 0
	for kill := range kills {
		command := exec.Command(program)
		command.Env = append(os.Environ(), toBeKilled+"="+path)
		command.Stderr = os.Stderr
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		var killer *time.Timer
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if killer == nil { // it has loaded
				killer = time.AfterFunc(rand.N(30*time.Millisecond), func() { command.Process.Kill() })
			}
			number, err := strconv.Atoi(lines.Text())
			if err != nil || number != last+1 {
				t.Fatalf("kill %d: %q is counted after %d", kill, lines.Text(), last)
			}
			last = number
		}
		if err := command.Wait(); err == nil || err.Error() != "signal: killed" {
			t.Fatalf("kill %d: the program ended: %v", kill, err)
		}

		p := reloaded(t, path)
		if held := len(p.ledger); held == last+1 { // it was killed before it could say so
			last = held
		}
		p.holds(last)
		p.calm()
		if p.output.Len() > 0 {
			torn++
		}
		p.kill()
		if t.Failed() {
			t.Fatalf("after kill %d", kill)
		}
	}
	t.Logf("%d numbers, %d of %d kills tore an entry or a save", last, torn, kills)
}
