package e2e

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

const (
	stories       = 40               // of about 30 steps each, unless -rapid.checks and -rapid.steps say otherwise
	storyPatience = 15 * time.Second // a failure is repeated some times
	storyZone     = "Asia/Kathmandu"
	missedRecords = `gradewatch_reconciled_records_total{outcome="missed"}`
	missedChanges = `gradewatch_reconciled_records_total{outcome="changed"}`
)

// TestRandomHistoriesEqualTheirJournal: whatever several connections do to the reference schema, with transactions that
// overlap, commit late, in another order or not at all, and results that are overwritten or deleted, and however often
// the exporter is killed in between: every total is what follows from the versions that were committed, and every gauge
// is what SQL says of the rows as they are. rapid's seed decides on all but what the exporter does at the same time.
func TestRandomHistoriesEqualTheirJournal(t *testing.T) {
	db := reference(t, cluster) // now, since the cluster serves one test at a time
	t.Parallel()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == "100" { // rapid's own default takes minutes
		flag.Set("rapid.checks", fmt.Sprint(stories))
		defer flag.Set("rapid.checks", "100")
	}
	c := newChronicle(t, db)
	rapid.Check(t, func(rt *rapid.T) { newStory(c, rt).tell() })
	c.end()
}

// A chronicle is what all stories share.
type chronicle struct {
	t        *testing.T
	db       *pgtest.Database
	args     []string
	exporter *exporter
	monitor  *monitor // which no total may go down for
	conn     *pgx.Conn
	sessions []*session
	stories  int
	zone     *time.Location
	totals   samplesBySeries // of the stories that have ended
	did      map[string]int
}

// A session is a connection that writes.
type session struct {
	conn *pgx.Conn
	open *pending // nil where each statement is a transaction
}

func newChronicle(t *testing.T, db *pgtest.Database) *chronicle {
	zone, err := time.LoadLocation(storyZone)
	if err != nil {
		t.Fatal(err)
	}
	c := &chronicle{t: t, db: db, conn: db.Connect(t), zone: zone, totals: samplesBySeries{}, did: map[string]int{}}
	for range 4 {
		c.sessions = append(c.sessions, &session{conn: db.Connect(t)})
	}
	// The allowance for clocks that differ would hide what is committed late.
	config := file(t, "gradewatch.yaml", "postgres: {clock_skew: 0s}\n")
	c.args = []string{"--poll.interval=20ms", "--reconcile.interval=200ms", "--timezone=" + storyZone,
		"--config.file=" + config, "--state.file=" + filepath.Join(t.TempDir(), "state")}
	c.monitor = &monitor{report: t.Errorf}
	c.start()
	return c
}

func (c *chronicle) start() {
	c.exporter = fromDatabase(c.t, c.db, c.args...)
	c.monitor.url = c.exporter.url
}

// restart kills the exporter or has it stop, and starts it again after what happens meanwhile.
func (c *chronicle) restart(kill bool, meanwhile func()) {
	c.t.Helper()
	if drifted(c.monitor.scrape()) {
		c.t.Error("polls have missed what a reconciliation found")
	}
	if kill {
		c.did["kill"]++
		c.exporter.cmd.Process.Kill()
		<-c.exporter.ended
	} else if err := c.exporter.stop(); err != nil {
		c.t.Errorf("asked to stop, the exporter ends with %v", err)
	}
	meanwhile()
	c.start()
}

// drifted says whether a reconciliation has found what a poll should have.
func drifted(shown samplesBySeries) bool {
	return shown[missedRecords] != 0 || shown[missedChanges] != 0
}

// end compares everything once more, over a kill and a stop.
func (c *chronicle) end() {
	for _, restart := range []func(){
		func() {}, func() { c.restart(true, func() {}) }, func() { c.restart(false, func() {}) },
	} {
		restart()
		await(c.t, "all totals are those of all journals", func() []string {
			concerned := func(series string) bool { return fromJournal[nameOf(series)] }
			return c.monitor.scrape().differences(concerned, c.totals)
		})
		await(c.t, "all gauges and records are those of SQL", func() []string {
			return append(c.gauges(), c.records(c.monitor.scrape())...)
		})
	}
	c.t.Logf("%d stories: %v", c.stories, c.did)
	if c.stories < stories {
		return
	}
	for _, what := range []string{"submit", "recheck", "correct", "put back", "finish again", "touch", "delete",
		"come back", "begin", "COMMIT", "ROLLBACK", "PREPARE", "COMMIT PREPARED", "ROLLBACK PREPARED", "barrier",
		"kill"} {
		if c.did[what] == 0 {
			c.t.Errorf("this was no test: no story had %q", what)
		}
	}
}

// records compares how many records there are by the source, by what was applied, and by SQL.
func (c *chronicle) records(shown samplesBySeries) []string {
	var rows float64
	all := c.conn.QueryRow(c.t.Context(), "SELECT count(*) FROM analytics.submission_records")
	if err := all.Scan(&rows); err != nil {
		c.t.Fatal(err)
	}
	want := samplesBySeries{"gradewatch_source_rows": rows, "gradewatch_applied_records": rows,
		missedRecords: 0, missedChanges: 0}
	return shown.differences(func(series string) bool { _, concerned := want[series]; return concerned }, want)
}

// remember are gauges that know also of rows that were overwritten or deleted.
var remember = map[*metrics.Metric]bool{metrics.WorkerLastSeen: true, metrics.FeedbackOverdue: true, metrics.FeedbackMissed: true,
	metrics.WorkerHanging: true}

// gauges compares with SQL over the current rows every other gauge for which there is SQL.
func (c *chronicle) gauges() (different []string) {
	return differencesFromSQL(c.t, c.conn, asTheyAre, c.exporter.reading(), storyZone, time.Now(),
		func(m *metrics.Metric) bool { return m.Type == metrics.Gauge && !remember[m] })
}
