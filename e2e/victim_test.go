package e2e

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A victim is an exporter that is killed and started again, always at one address, and what a monitor sees of it.
type victim struct {
	t       *testing.T
	url     string
	args    []string
	log     *os.File // of all its lives
	monitor *monitor

	mu           sync.Mutex // of who ends or starts it
	process      *exec.Cmd
	wanted       *atomic.Bool // that it ends
	ended        chan struct{}
	kills, stops int
}

func newVictim(t *testing.T, source string, args ...string) *victim {
	t.Helper()
	address := freeAddress(t)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	// The allowance for clocks that differ would hide what is committed late.
	config := file(t, "gradewatch.yaml", "postgres: {clock_skew: 0s}\n")
	args = append(args, "--source="+source, "--config.file="+config, "--web.listen-address="+address,
		"--poll.interval=100ms", "--timezone=UTC")
	v := &victim{t: t, url: "http://" + address, log: log, args: append([]string{"serve"}, args...)}
	complaints := 0
	v.monitor = &monitor{url: v.url, report: func(format string, args ...any) {
		if complaints++; complaints <= 20 {
			t.Errorf(clock()+" "+format, args...)
		}
	}}
	ctx, cancel := context.WithCancel(context.Background())
	var monitoring sync.WaitGroup
	monitoring.Go(func() { v.monitor.run(ctx) })
	t.Cleanup(func() {
		cancel()
		monitoring.Wait()
		v.end(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("end of the log of %s:\n%s", v.url, tail(t, log.Name()))
		}
		log.Close()
	})
	return v
}

func tail(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	lines := strings.Split(string(text), "\n")
	return strings.Join(lines[max(0, len(lines)-200):], "\n")
}

func (v *victim) start() {
	process, wanted, ended := exec.Command(exporterBinary, v.args...), &atomic.Bool{}, make(chan struct{})
	process.Env = append(os.Environ(), "PGPASSWORD="+rolePassword)
	process.Stderr = v.log
	if err := process.Start(); err != nil {
		v.t.Errorf("starting the exporter: %v", err)
		return
	}
	go func() {
		defer close(ended)
		if err := process.Wait(); !wanted.Load() {
			v.t.Errorf("%s the exporter ended by itself: %v", clock(), err)
		}
	}()
	v.process, v.wanted, v.ended = process, wanted, ended
}

// down ends the exporter, and starts it again when what happens meanwhile has happened.
func (v *victim) down(how syscall.Signal, while func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cycle(how, while)
}

// cycle is down with mu held.
func (v *victim) cycle(how syscall.Signal, while func()) {
	v.end(how)
	while()
	v.start()
}

func (v *victim) end(how syscall.Signal) {
	if v.process == nil {
		return
	}
	if how == syscall.SIGKILL {
		v.kills++
	} else {
		v.stops++
	}
	v.signal(how)
	select {
	case <-v.ended:
	case <-time.After(patience):
		v.t.Errorf("%s the exporter does not stop", clock())
		v.process.Process.Kill()
		<-v.ended
	}
	if state := v.process.ProcessState; how == syscall.SIGTERM && !state.Success() {
		v.t.Errorf("%s stopped, the exporter ends with %v", clock(), state)
	}
}

func (v *victim) signal(how syscall.Signal) {
	if how == syscall.SIGTERM {
		v.awaitAnswer() // before that it does not know of the signal
	}
	v.wanted.Store(true)
	v.process.Process.Signal(how) // an error means that it has ended
}

func (v *victim) awaitAnswer() {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if response, err := scraper.Get(v.url + "/-/healthy"); err == nil {
			response.Body.Close()
			return
		}
	}
}

// drift is what reconciliation has found in all its lives.
func (v *victim) drift() (missed, changed, gone int) {
	v.t.Helper()
	text, err := os.ReadFile(v.log.Name())
	if err != nil {
		v.t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`missed=(\d+) changed=(\d+) gone=(\d+)`).FindAllSubmatch(text, -1) {
		for i, sum := range []*int{&missed, &changed, &gone} {
			n, _ := strconv.Atoi(string(found[i+1])) // digits
			*sum += n
		}
	}
	return missed, changed, gone
}

// exporter lets the other tests' methods at it.
func (v *victim) exporter() *exporter {
	return &exporter{t: v.t, url: v.url, client: http.DefaultClient}
}
