package postgres

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
)

// forever is longer than any test waits.
const forever = time.Minute

// listening is a Source that listens and has polled.
func listening(t *testing.T, database *pgtest.Database, channel string) *Source {
	t.Helper()
	config := table("records")
	config.Listen = channel
	s := open(t, database.URL, config)
	poll(t, s)
	return s
}

// waited is how long a Source waits.
func waited(t *testing.T, s *Source, pause time.Duration) time.Duration {
	t.Helper()
	start := time.Now()
	s.Wait(t.Context(), pause)
	return time.Since(start)
}

func wantWoken(t *testing.T, s *Source) {
	t.Helper()
	if took := waited(t, s, forever); took < calm || took >= forever {
		t.Errorf("it waited %s, want %s or little more", took, calm)
	}
}

func wantPause(t *testing.T, s *Source) {
	t.Helper()
	const pause = 200 * time.Millisecond
	if took := waited(t, s, pause); took < pause {
		t.Errorf("it waited %s, want %s", took, pause)
	}
}

func TestANotificationEndsThePause(t *testing.T) {
	for _, test := range []struct{ name, channel, notify string }{
		{"name", "records", "NOTIFY records"},
		{"name in quotes", `Check's "records"; --`, `NOTIFY "Check's ""records""; --"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "bigint")
			s := listening(t, database, test.channel)
			wantPause(t, s)
			database.Exec(t, test.notify)
			wantWoken(t, s)
			database.Exec(t, stamped(1, "clock_timestamp()"))
			wantIdentities(t, poll(t, s), "1/1") // the pauses left the connection as it was
			wantPause(t, s)

			notifier, notified := database.Connect(t), make(chan error)
			time.AfterFunc(3*calm, func() {
				_, err := notifier.Exec(t.Context(), test.notify)
				notified <- err
			})
			wantWoken(t, s)
			if err := <-notified; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNobodyListensByDefault(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := listening(t, database, "")
	var channels int
	if err := s.conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_listening_channels()").Scan(&channels); err != nil ||
		channels != 0 {
		t.Errorf("it listens on %d channels, %v", channels, err)
	}
	database.Exec(t, "NOTIFY gradewatch")
	wantPause(t, s)
	s = open(t, database.URL, table("records"))
	wantPause(t, s) // without a connection
}

func TestTheTriggerOfTheExampleNotifies(t *testing.T) {
	database := reference(t)
	database.Load(t, roleSQL)
	database.Load(t, notifySQL)
	url, _ := asGradewatch(t, database)
	config := table("analytics.submission_records")
	config.Listen = "gradewatch"
	s := open(t, url, config)
	poll(t, s)
	for _, change := range []string{
		`INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
			VALUES ('1', 'go', 'hello', 'ada', '2026-03-01Z', 'queued')`,
		"UPDATE analytics.submission_records SET state = 'running'",
	} {
		database.Exec(t, change)
		wantWoken(t, s)
		wantIdentities(t, poll(t, s), "1/1")
		wantPause(t, s)
	}
}

func TestAFloodOfNotificationsIsNoFloodOfPolls(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := listening(t, database, "records")
	notifier := database.Connect(t)
	for range 3 {
		for n := range 500 {
			run(t, notifier, fmt.Sprintf("NOTIFY records, '%d'", n))
		}
		wantWoken(t, s)
	}
	time.Sleep(calm) // until all have come
	poll(t, s)
	wantPause(t, s)
}

func TestListeningSurvivesARestartOfTheServer(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := listening(t, database, "records")
	if err := cluster.Restart(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	wantPause(t, s)
	poll(t, s) // over another connection, and without an error
	database.Exec(t, "NOTIFY records")
	wantWoken(t, s)
}

func TestTheEndOfTheProcessEndsThePause(t *testing.T) {
	for _, channel := range []string{"", "records"} {
		database := cluster.Database(t)
		records(t, database, "bigint")
		s := listening(t, database, channel)
		ctx, cancel := context.WithTimeout(t.Context(), 2*calm)
		start := time.Now()
		s.Wait(ctx, forever)
		cancel()
		if took := time.Since(start); took >= forever {
			t.Errorf("channel %q: it waited %s", channel, took)
		}
	}
}

func TestTheWatchdogSleepsWhileTheSourceWaits(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := listening(t, database, "records")
	s.watchdog = &watchdog{interval: 20 * time.Millisecond} // another one: that of the Poll before may still look at its own
	wantPause(t, s)
	s.watchdog = &watchdog{interval: silence}
	before := s.conn
	if poll(t, s); s.conn != before {
		t.Error("the connection is another one")
	}
}
