//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A Database is an empty database of a test's own.
type Database struct {
	Name string
	URL  string // leads the superuser in through the Unix socket, without a password

	cluster *Cluster
}

// Database creates a database.
func (c *Cluster) Database(t testing.TB) *Database {
	t.Helper()
	c.databases++
	name := fmt.Sprintf("test_%d", c.databases)
	connect(t, c.url("postgres"), func(conn *pgx.Conn) error {
		_, err := conn.Exec(t.Context(), "CREATE DATABASE "+name)
		return err
	})
	return &Database{Name: name, URL: c.url(name), cluster: c}
}

// On is the same database as another server has it.
func (d *Database) On(c *Cluster) *Database {
	return &Database{Name: d.Name, URL: c.url(d.Name), cluster: c}
}

// TCP is the URL for a user who comes over TCP, where the server asks for a password. Set PGPASSWORD for it.
func (d *Database) TCP(user string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s", user, d.cluster.Port, d.Name)
}

// Connect is a connection of the superuser, closed at the end of the test.
func (d *Database) Connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // the server may be down by then, as the test wants it
	return conn
}

// Exec runs statements as superuser. Several statements are only possible without arguments.
func (d *Database) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	connect(t, d.URL, func(conn *pgx.Conn) error {
		if len(args) > 0 {
			_, err := conn.Exec(t.Context(), sql, args...)
			return err
		}
		_, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
		return err
	})
}

// Load runs the SQL file at a path below the root of the repository.
func (d *Database) Load(t testing.TB, path string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	d.Exec(t, string(text))
}

// root is the nearest folder above the test that holds a go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above the test")
	return ""
}

// connect lets a superuser use a connection of its own.
func connect(t testing.TB, url string, use func(*pgx.Conn) error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(use(conn), conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}
