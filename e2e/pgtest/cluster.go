//go:build unix

// Package pgtest starts a throw-away PostgreSQL cluster out of installed programs, for tests against the real server.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Superuser and Password are who may do everything in a cluster. Over TCP the password is asked for (scram-sha-256),
// over the Unix socket it is not.
const (
	Superuser = "postgres"
	Password  = "no-secret"
)

// patience is how long a server may take to start or to stop.
const patience = time.Minute

// A Shutdown is how a server is told to stop.
type Shutdown syscall.Signal

// The ways to stop a server.
const (
	Fast      = Shutdown(syscall.SIGINT)  // ends transactions and writes everything out
	Immediate = Shutdown(syscall.SIGQUIT) // as if it had crashed; the next start recovers
)

// A Cluster is a running PostgreSQL with a data directory of its own. It listens on 127.0.0.1 and on a Unix socket.
type Cluster struct {
	Port   int
	Socket string // directory of the Unix socket

	bin       string
	dir       string
	owner     *syscall.Credential // who runs the server; nil is who runs the test
	guard     *guard
	server    *exec.Cmd
	stopped   chan struct{} // closed when the server has ended
	databases int
}

// Start starts a cluster that lives as long as the test.
func Start(t testing.TB) *Cluster {
	t.Helper()
	cluster, err := New()
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, cluster)
	return cluster
}

func closeAtEnd(t testing.TB, cluster *Cluster) {
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Standby starts a server that follows this one, and lives as long as the test.
func (c *Cluster) Standby(t testing.TB) *Cluster {
	t.Helper()
	standby, err := newCluster(func(standby *Cluster) error {
		copied := standby.command("pg_basebackup", "--pgdata="+standby.data(), "--host="+c.Socket,
			"--port="+strconv.Itoa(c.Port), "--username="+Superuser, "--checkpoint=fast", "--no-sync", "--write-recovery-conf")
		if output, err := copied.CombinedOutput(); err != nil {
			return fmt.Errorf("pg_basebackup: %w\n%s", err, output)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, standby)
	return standby
}

// New starts a cluster for a whole package, out of its TestMain, which has to Close it.
func New() (*Cluster, error) { return newCluster((*Cluster).initialize) }

// newCluster starts a cluster whose data initialize makes.
func newCluster(initialize func(*Cluster) error) (*Cluster, error) {
	bin, err := findBin(places)
	if err != nil {
		return nil, err
	}
	owner, err := serverOwner()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	c := &Cluster{Socket: dir, bin: bin, dir: dir, owner: owner}
	if c.guard, err = startGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.create(initialize); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) create(initialize func(*Cluster) error) error {
	if c.owner != nil {
		if err := os.Chown(c.dir, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return err
		}
	}
	if err := initialize(c); err != nil {
		return err
	}
	// Somebody else may take the free port before the server does; then another one is tried.
	var err error
	for range 3 {
		if c.Port, err = freePort(); err != nil {
			return err
		}
		if err = c.Start(); err == nil {
			return nil
		}
	}
	return err
}

func (c *Cluster) initialize() error {
	password := filepath.Join(c.dir, "password")
	if err := os.WriteFile(password, []byte(Password), 0o644); err != nil {
		return err
	}
	initdb := c.command("initdb", "--pgdata="+c.data(), "--username="+Superuser, "--pwfile="+password,
		"--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	return nil
}

// Start starts the server after a Stop, on the same port and with the same data.
func (c *Cluster) Start() error {
	output := &bytes.Buffer{}
	server := c.command("postgres", "-D", c.data(), "-k", c.Socket, "-p", strconv.Itoa(c.Port),
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off",
		"-c", "wal_level=replica", "-c", "max_prepared_transactions=10")
	server.Stdout, server.Stderr = output, output
	if err := server.Start(); err != nil {
		return err
	}
	stopped := make(chan struct{})
	go func() {
		_ = server.Wait() // how it ended is in its output
		close(stopped)
	}()
	c.server, c.stopped = server, stopped
	return c.awaitReady(output)
}

// awaitReady returns when the server takes connections.
func (c *Cluster) awaitReady(output *bytes.Buffer) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.stopped:
			return fmt.Errorf("postgres ended at its start:\n%s", output)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("postgres takes no connection after %s: %w", patience, err), c.Stop(Immediate))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop stops the server and keeps its data.
func (c *Cluster) Stop(how Shutdown) error {
	if c.server == nil {
		return nil
	}
	// An error means that it has ended already.
	_ = c.server.Process.Signal(syscall.Signal(how))
	select {
	case <-c.stopped:
		c.server = nil
		return nil
	case <-time.After(patience):
		late := fmt.Errorf("postgres is still there %s after the order to stop", patience)
		return errors.Join(late, c.server.Process.Kill())
	}
}

// Restart stops the server and starts it again.
func (c *Cluster) Restart(how Shutdown) error {
	if err := c.Stop(how); err != nil {
		return err
	}
	return c.Start()
}

// Close stops the server for good and removes its data.
func (c *Cluster) Close() error {
	return errors.Join(c.Stop(Immediate), c.guard.release())
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// url leads a superuser into a database.
func (c *Cluster) url(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&port=%d&user=%s", database, c.Socket, c.Port, Superuser)
}

// command runs a program of PostgreSQL as the owner of the data, in a directory that the owner may enter.
func (c *Cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	return cmd
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
