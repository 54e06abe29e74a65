package e2e

import (
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
)

const insert = `INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
	VALUES ($1, 'algo', 'hw1', '` + secret + `', now(), 'queued')`

// TestDatabaseGoesAndComesBack: the exporter is started before its database is there, waits for it, shows what is written,
// says when the server is gone, still shows the figures, and goes on where it stopped.
func TestDatabaseGoesAndComesBack(t *testing.T) {
	own := pgtest.Start(t)
	db := own.Database(t)
	e := serve(t, []string{"PGPASSWORD=" + rolePassword}, nil, "--source="+db.TCP("gradewatch"), "--poll.interval=100ms")
	e.await(t, "Poll failed.*password authentication failed")
	up := func(want string) func() bool {
		return func() bool { return strings.Contains(e.metrics("gradewatch_source_up"), "gradewatch_source_up "+want) }
	}
	eventually(t, "the source is said to be down", up("0"))

	db.Load(t, "provisioning/postgres/01-schema.sql")
	db.Load(t, "provisioning/postgres/02-role.sql")
	db.Exec(t, "ALTER ROLE gradewatch PASSWORD '"+rolePassword+"'")
	e.ready()
	eventually(t, "the source is said to be up", up("1"))

	submissions := func(want string) func() bool {
		return func() bool {
			return strings.Contains(e.metrics("grader_submissions_total"), `{assignment="hw1",course="algo"} `+want)
		}
	}
	db.Exec(t, insert, "1")
	eventually(t, "a new row is counted", submissions("1"))

	if err := own.Stop(pgtest.Immediate); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the source is said to be down again", up("0"))
	if !submissions("1")() {
		t.Errorf("without the server the figures are gone: %s", e.metrics("grader_submissions_total"))
	}
	if _, page := e.get("/"); !strings.Contains(page, "down:") {
		t.Errorf("the landing page does not say that the source is down:\n%s", page)
	}
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	db.Exec(t, insert, "2")
	eventually(t, "what was written since is counted", submissions("2"))
	for _, hidden := range []string{rolePassword, secret} {
		if strings.Contains(e.log(), hidden) {
			t.Errorf("the log shows %q", hidden)
		}
	}
}
