package postgres

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

func TestAURLWithAPasswordIsRefusedAndNotRepeated(t *testing.T) {
	for _, test := range []struct{ name, url, want string }{
		{"behind the user", "postgres://ada:s3cret@localhost/school", "PGPASSWORD"},
		{"empty", "postgres://ada:@localhost/school", "PGPASSWORD"},
		{"as parameter", "postgres://ada@localhost/school?password=s3cret", "PGPASSWORD"},
		{"as escaped parameter", "postgres://ada@localhost/school?pass%77ord=s3cret", "PGPASSWORD"},
		{"with a semicolon", "postgres://ada@localhost/school?sslmode=disable&password=s3cret;x", "PGPASSWORD"},
		{"of the client's key", "postgres://ada@localhost/school?sslpassword=s3cret", "PGPASSWORD"},
		{"with a slash", "postgres://ada:12/s3cret@localhost/school", "cannot be read"},
		{"with a slash behind a word", "postgres://ada:s3cret/x@localhost/school", "cannot be read"},
		{"with a question mark", "postgres://ada:12?s3cret@localhost/school", "cannot be read"},
		{"with a number sign", "postgres://ada:12#s3cret@localhost/school", "cannot be read"},
		{"with a percent sign", "postgres://ada:s3cret%@localhost/school", "cannot be read"},
		{"in key words", "host=localhost password=s3cret", "cannot be read"},
		{"without scheme", "ada:s3cret@localhost/school", "cannot be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(test.url, source.Postgres{}, submission.ContractWords(), shard.Shard{}, time.Now, slog.New(slog.DiscardHandler))
			if err == nil {
				t.Fatal("it was accepted")
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the message repeats the password: %s", err)
			}
			wantParts(t, err.Error(), test.want)
		})
	}
}

func TestNameIsHostPortDatabaseAndRelation(t *testing.T) {
	t.Setenv("PGPASSWORD", "s3cret")
	for _, test := range []struct {
		name   string
		config source.Relation
		want   string
	}{
		{"default", source.Relation{}, "PostgreSQL at db.example:6543, database school, analytics.submission_records"},
		{"relation", source.Relation{Relation: "checks"}, "PostgreSQL at db.example:6543, database school, checks"},
		{"query", source.Relation{Query: "SELECT 1"},
			"PostgreSQL at db.example:6543, database school, the query of postgres.submissions"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, "postgres://ada@db.example:6543/school", source.Postgres{Submissions: test.config})
			if s.Name() != test.want {
				t.Errorf("the name is %q, want %q", s.Name(), test.want)
			}
		})
	}
}

func TestWrongPasswordIsSaidButNotShown(t *testing.T) {
	t.Setenv("PGPASSWORD", "s3cret")
	s := open(t, reference(t).TCP(pgtest.Superuser), source.Postgres{})
	text := fail(t, s)
	wantParts(t, text, "127.0.0.1", "password authentication failed", "PGPASSWORD", "PGPASSFILE")
	if strings.Contains(text, "s3cret") {
		t.Errorf("the message shows the password: %s", text)
	}
}
