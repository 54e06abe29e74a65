//go:build unix

package pgtest

import (
	"io"
	"os/exec"
	"syscall"
)

// A guard is a shell that removes a cluster when the test lets go of it, which a process does whichever way it ends:
// the shell waits for the end of a pipe whose other end only the test holds. A server that still runs is ended first.
type guard struct {
	shell *exec.Cmd
	pipe  io.Closer
}

// The number of tries bounds the wait for a server that has ended and that nobody collects, as in a container without
// init.
const guardScript = `
trap '' HUP INT TERM
cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
	kill -QUIT "$pid"
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		kill -0 "$pid" || break
		sleep 0.1
	done
fi 2>/dev/null
rm -rf "$1"
`

func startGuard(dir string) (*guard, error) {
	shell := exec.Command("/bin/sh", "-c", guardScript, "pgtest", dir)
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // what ends the test's group must not end the guard
	pipe, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &guard{shell: shell, pipe: pipe}, shell.Start()
}

// release has the guard remove the cluster, and returns when that is done.
func (g *guard) release() error {
	if err := g.pipe.Close(); err != nil {
		return err
	}
	return g.shell.Wait()
}
