// Package e2e proves the whole system: the real exporter, a real PostgreSQL, a real Prometheus.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
)

const (
	patience = slowness * 3 * time.Minute  // for anything that is awaited
	wholeRun = slowness * 10 * time.Minute // for a command that runs to its end, as the writing of a past
)

// What all tests share: made once, since both take seconds.
var (
	exporterBinary   string
	dashboardsBinary string
	cluster          *pgtest.Cluster
)

// buildFlags are those of the programs under test.
var buildFlags []string

func TestMain(m *testing.M) {
	code, err := withShared(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withShared(run func() int) (code int, err error) {
	dir, err := os.MkdirTemp("", "gradewatch-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	exporterBinary, dashboardsBinary = filepath.Join(dir, "exporter"), filepath.Join(dir, "dashboards-go")
	args := append([]string{"build", "-o", dir}, buildFlags...)
	if out, err := exec.Command("go", append(args, "../exporter", "../dashboards-go", "./semester")...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the programs: %w\n%s", err, out)
	}
	if cluster, err = pgtest.New(); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	return run(), nil
}

// process is a program that a test has started. It is stopped when the test ends.
type process struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	err    error // how it ended
	mu     sync.Mutex
	stderr bytes.Buffer
	line   *sync.Cond
}

func start(t *testing.T, env []string, stdin io.Reader, name string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = stdin
	return startCommand(t, cmd)
}

func startCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, ended: make(chan struct{})}
	p.line = sync.NewCond(&p.mu)
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = p.cmd.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", cmd, err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.mu.Lock()
			p.stderr.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			p.line.Broadcast()
		}
		p.err = p.cmd.Wait()
		close(p.ended)
		p.line.Broadcast()
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("log of %s:\n%s", filepath.Base(cmd.Path), p.log())
		}
	})
	return p
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// stop asks the program to stop and waits for it.
func (p *process) stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.cmd.Process.Kill()
		<-p.ended
	}
	return p.err
}

// await waits for a line of the log that matches, and returns what the first group of the pattern found.
func (p *process) await(t *testing.T, pattern string) string {
	t.Helper()
	expr := regexp.MustCompile(pattern)
	timeout := time.AfterFunc(patience, p.line.Broadcast)
	defer timeout.Stop()
	deadline := time.Now().Add(patience)
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if found := expr.FindStringSubmatch(p.stderr.String()); found != nil {
			return found[len(found)-1]
		}
		select {
		case <-p.ended:
			t.Fatalf("the program ended (%v) before its log had %q:\n%s", p.err, pattern, p.stderr.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log has no %q:\n%s", pattern, p.stderr.String())
		}
		p.line.Wait()
	}
}

// exporter is a running exporter.
type exporter struct {
	*process
	t      *testing.T
	url    string
	client *http.Client
}

// serve starts the exporter on a free port with further arguments.
func serve(t *testing.T, env []string, stdin io.Reader, args ...string) *exporter {
	t.Helper()
	args = append([]string{"serve", "--web.listen-address=127.0.0.1:0"}, args...)
	e := &exporter{process: start(t, env, stdin, exporterBinary, args...), t: t,
		client: &http.Client{Timeout: patience, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the tests' own certificate
		}}}
	e.url = "http://" + e.await(t, `Listening on.* address=(\S+)`)
	return e
}

// get asks for a path and returns status and body.
func (e *exporter) get(path string, header ...string) (int, string) {
	e.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, e.url+path, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := e.client.Do(request)
	if err != nil {
		e.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// ready waits until all that the source holds has been read.
func (e *exporter) ready() *exporter {
	e.t.Helper()
	e.await(e.t, "Caught up")
	return e
}

// metrics are the lines of /metrics that begin with the prefix, comments included.
func (e *exporter) metrics(prefix string) string {
	e.t.Helper()
	status, body := e.get("/metrics")
	if status != http.StatusOK {
		e.t.Fatalf("/metrics answers %d:\n%s", status, body)
	}
	var lines strings.Builder
	for line := range strings.Lines(body) {
		if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), prefix) {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// run runs the exporter to its end and returns standard output, standard error and how it ended.
func run(t *testing.T, env []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), wholeRun)
	defer cancel()
	cmd := exec.CommandContext(ctx, exporterBinary, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}
