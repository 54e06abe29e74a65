package postgres

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// start starts the cluster again that a test has stopped.
func start(t *testing.T) {
	t.Helper()
	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
}

func stop(t *testing.T, how pgtest.Shutdown) {
	t.Helper()
	if err := cluster.Stop(how); err != nil {
		t.Fatal(err)
	}
}

func TestAServerThatIsDownAtStartIsReadWhenItIsUp(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, "INSERT INTO records (submission_id) VALUES (1)")
	stop(t, pgtest.Fast)
	t.Setenv("PGPASSWORD", pgtest.Password)
	s := open(t, database.TCP(pgtest.Superuser), table("records"))
	text := fail(t, s)
	start(t)
	wantParts(t, text, fmt.Sprintf("127.0.0.1:%d", cluster.Port), "connection refused", "see whether the server runs")
	wantIdentities(t, poll(t, s), "1/1")
}

func TestAfterARestartThePollGoesOn(t *testing.T) {
	for _, test := range []struct {
		name string
		how  pgtest.Shutdown
	}{{"fast", pgtest.Fast}, {"immediate", pgtest.Immediate}} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "bigint")
			database.Exec(t, "INSERT INTO records (submission_id) VALUES (1), (2)")
			s := open(t, database.URL, table("records"))
			wantIdentities(t, poll(t, s), "1/1", "2/1")
			stop(t, test.how)
			for range 2 {
				wantParts(t, fail(t, s), s.Name())
			}
			start(t)
			database.Exec(t, "INSERT INTO records (submission_id) VALUES (3)")
			wantIdentities(t, poll(t, s), "3/1")
		})
	}
}

func TestACrashInMidPageLosesAndRepeatsNothing(t *testing.T) {
	const rows = 200_000
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, fmt.Sprintf("INSERT INTO records (submission_id) SELECT generate_series(1, %d)", rows))
	s := open(t, database.URL, table("records"))
	s.pageSize = rows

	seen := make([]int, rows+1)
	count := func(record *submission.Record) {
		var id int
		if _, err := fmt.Sscan(record.SubmissionID, &id); err != nil {
			t.Error(err)
		}
		seen[id]++
	}
	read := 0
	err := s.Poll(t.Context(), sinkFunc{&journal{}, func(record *submission.Record) {
		count(record)
		if read++; read == 10 {
			stop(t, pgtest.Immediate)
		}
	}})
	start(t)
	if err == nil || read == rows {
		t.Fatalf("the poll ended with %v after %d records, want an error in mid-page", err, read)
	}
	if err := s.Poll(t.Context(), sinkFunc{&journal{}, count}); err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= rows; id++ {
		if seen[id] != 1 {
			t.Fatalf("record %d was read %d times", id, seen[id])
		}
	}
}

func TestAServerThatFallsSilentIsGivenUp(t *testing.T) {
	const rows = 100_000
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, fmt.Sprintf("INSERT INTO records (submission_id) SELECT generate_series(1, %d)", rows))
	t.Setenv("PGPASSWORD", pgtest.Password)
	network := newNetwork(t, fmt.Sprintf("127.0.0.1:%d", cluster.Port))
	s := open(t, fmt.Sprintf("postgres://%s@%s/%s", pgtest.Superuser, network.address(), database.Name), table("records"))
	s.watchdog.interval = 500 * time.Millisecond
	s.pageSize = rows

	read := 0
	err := s.Poll(t.Context(), sinkFunc{&journal{}, func(*submission.Record) {
		if read++; read == 10 {
			network.cut()
		}
	}})
	if err == nil {
		t.Fatal("the poll succeeded")
	}
	wantParts(t, err.Error(), "the server has sent nothing for 500ms")
	wantParts(t, fail(t, s), "the server has sent nothing for 500ms")
	network.mend()
	if rest := len(poll(t, s).records); read+rest != rows {
		t.Errorf("read %d and then %d records, want %d in all", read, rest, rows)
	}
}

// A network lies between a client and a server. While it is cut, it takes connections and bytes and passes nothing on.
type network struct {
	listener net.Listener
	server   string
	mutex    sync.Mutex
	whole    chan struct{} // closed while it is whole
}

func newNetwork(t *testing.T, server string) *network {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{listener: listener, server: server}
	n.mend()
	go n.run()
	t.Cleanup(func() { _ = listener.Close() })
	return n
}

func (n *network) address() string { return n.listener.Addr().String() }

func (n *network) cut() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.whole = make(chan struct{})
}

func (n *network) mend() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.whole == nil {
		n.whole = make(chan struct{})
	}
	close(n.whole)
}

func (n *network) run() {
	for {
		client, err := n.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", n.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		go n.carry(client, server)
		go n.carry(server, client)
	}
}

func (n *network) carry(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 4096)
	for {
		read, err := from.Read(buffer)
		n.mutex.Lock()
		whole := n.whole
		n.mutex.Unlock()
		<-whole
		if _, writeErr := to.Write(buffer[:read]); err != nil || writeErr != nil {
			return
		}
	}
}

func TestTheConnectionCannotWrite(t *testing.T) {
	database := reference(t)
	s := open(t, database.URL, source.Postgres{})
	poll(t, s)
	if _, err := s.conn.Exec(t.Context(), "CREATE TABLE written ()"); err == nil {
		t.Error("it could write")
	}
	var application, zone string
	if err := s.conn.QueryRow(t.Context(), "SELECT current_setting('application_name'), current_setting('timezone')").
		Scan(&application, &zone); err != nil || application != "gradewatch" || zone != "UTC" {
		t.Errorf("the application is %q and the time zone %q, %v", application, zone, err)
	}
}
