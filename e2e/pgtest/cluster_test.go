//go:build unix

package pgtest

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// besideATest makes the test binary start a cluster, tell its directory and wait to be killed.
const besideATest = "PGTEST_BESIDE_A_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(besideATest) == "" {
		os.Exit(m.Run())
	}
	cluster, err := New()
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(cluster.dir + "\n")
	select {}
}

func TestDataOutlivesARestart(t *testing.T) {
	cluster := Start(t)
	for _, test := range []struct {
		name string
		how  Shutdown
	}{{"fast", Fast}, {"immediate", Immediate}} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			database.Exec(t, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
			if err := cluster.Restart(test.how); err != nil {
				t.Fatal(err)
			}
			var n int
			if err := database.Connect(t).QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n); err != nil || n != 42 {
				t.Errorf("read %d, %v after the restart, want 42", n, err)
			}
		})
	}
}

func TestTCPAsksForThePassword(t *testing.T) {
	database := Start(t).Database(t)
	t.Setenv("PGPASSWORD", "wrong")
	_, err := pgx.Connect(t.Context(), database.TCP(Superuser))
	if refused, ok := errors.AsType[*pgconn.PgError](err); !ok || refused.Code != "28P01" {
		t.Errorf("a wrong password yields %v, want invalid_password", err)
	}
	t.Setenv("PGPASSWORD", Password)
	conn, err := pgx.Connect(t.Context(), database.TCP(Superuser))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDatabasesAreSeparate(t *testing.T) {
	cluster := Start(t)
	for range 2 {
		cluster.Database(t).Exec(t, "CREATE TABLE own ()")
	}
}

func TestAStandbyFollows(t *testing.T) {
	cluster := Start(t)
	standby := cluster.Standby(t)
	database := cluster.Database(t)
	database.Exec(t, "CREATE TABLE copied ()")
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var found bool
		if conn, err := pgx.Connect(t.Context(), database.On(standby).URL); err == nil {
			err = conn.QueryRow(t.Context(), "SELECT pg_is_in_recovery() AND to_regclass('copied') IS NOT NULL").Scan(&found)
			if err := errors.Join(err, conn.Close(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if found {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the table is not on the standby")
		}
	}
}

func TestCloseRemovesEverything(t *testing.T) {
	cluster, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := cluster.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cluster.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", cluster.dir, err)
	}
}

func TestAKilledTestLeavesNothing(t *testing.T) {
	beside := exec.Command(os.Args[0])
	beside.Env = append(os.Environ(), besideATest+"=1")
	output, err := beside.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := beside.Start(); err != nil {
		t.Fatal(err)
	}
	dir, readErr := bufio.NewReader(output).ReadString('\n')
	dir = strings.TrimSpace(dir)
	if err := errors.Join(readErr, beside.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	_ = beside.Wait() // it was killed
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", dir)
		}
	}
}

func TestTheHighestInstalledVersionIsTaken(t *testing.T) {
	t.Setenv("PATH", "")
	dir := t.TempDir()
	for _, version := range []string{"9", "16", "15"} {
		install(t, filepath.Join(dir, "postgresql", version, "bin"), "initdb", "postgres")
	}
	install(t, filepath.Join(dir, "postgresql", "17", "bin"), "initdb") // the clients' part of a package
	bin, err := findBin([]string{filepath.Join(dir, "postgresql", "*", "bin")})
	if want := filepath.Join(dir, "postgresql", "16", "bin"); err != nil || bin != want {
		t.Errorf("found %q, %v, want %q", bin, err, want)
	}
}

func TestWithoutPostgreSQLTheErrorSaysHowToGetIt(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := findBin([]string{filepath.Join(t.TempDir(), "*")})
	if err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("the error is %v", err)
	}
}

func install(t *testing.T, bin string, programs ...string) {
	t.Helper()
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range programs {
		if err := os.WriteFile(filepath.Join(bin, program), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
