package postgres

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

func TestTheCatalogueIsReadInEveryPoll(t *testing.T) {
	database := reference(t)
	database.Exec(t, `INSERT INTO analytics.courses VALUES ('go-2026', 'Go', '2026 autumn'), ('sql-2026', NULL, NULL);
		INSERT INTO analytics.assignments VALUES
			('go-2026', 'hello', 'Hello', '2026-09-01Z', '2026-09-08Z', 10), ('go-2026', 'sum', NULL, NULL, NULL, NULL)`)
	s := open(t, database.URL, source.Postgres{})
	read := poll(t, s)
	want := submission.Catalogue{
		Courses: []submission.Course{{Course: "go-2026", Title: "Go", Term: "2026 autumn"}, {Course: "sql-2026"}},
		Assignments: []submission.Assignment{
			{Course: "go-2026", Assignment: "hello", Title: "Hello", OpensAt: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
				DeadlineAt: time.Date(2026, 9, 8, 0, 0, 0, 0, time.UTC), MaxScore: submission.Known(10)},
			{Course: "go-2026", Assignment: "sum"},
		},
	}
	if len(read.catalogues) != 1 || !reflect.DeepEqual(read.catalogues[0], want) {
		t.Errorf("the catalogue is\n%+v, want\n%+v", read.catalogues, want)
	}

	database.Exec(t, "DELETE FROM analytics.courses WHERE course = 'sql-2026'")
	want.Courses = want.Courses[:1]
	if again := poll(t, s).catalogues; len(again) != 1 || !reflect.DeepEqual(again[0], want) {
		t.Errorf("in the next Poll the catalogue is\n%+v, want\n%+v", again, want)
	}
}

// TestEnrolmentsAndWorkersAreReadOnceAMinute: counting enrolments costs the database more than a look at an index.
func TestEnrolmentsAndWorkersAreReadOnceAMinute(t *testing.T) {
	database := reference(t)
	database.Exec(t, `INSERT INTO analytics.enrolments VALUES ('go', 'ada'), ('go', 'bob'), ('sql', 'ada');
		INSERT INTO analytics.workers VALUES ('w1', 4)`)
	s := open(t, database.URL, source.Postgres{Enrolments: source.Relation{
		// Of several rows of a student, as over a join with groups, one counts; an integer is an id too.
		Query: "SELECT course, length(student) + ascii(student) AS student FROM analytics.enrolments CROSS JOIN generate_series(1, 2)",
	}})
	var clock time.Duration
	s.elapsed = func() time.Duration { return clock }
	want := submission.Catalogue{
		Enrolments: []submission.Enrolment{{Course: "go", Students: 2}, {Course: "sql", Students: 1}},
		Workers:    []submission.Worker{{Worker: "w1", Slots: 4}},
	}
	wantCatalogue := func() {
		t.Helper()
		read := poll(t, s).catalogues
		if len(read) != 1 || !reflect.DeepEqual(read[0], want) {
			t.Errorf("the catalogue is\n%+v, want\n%+v", read, want)
		}
	}
	wantCatalogue()
	database.Exec(t, "INSERT INTO analytics.enrolments VALUES ('sql', 'bob'); UPDATE analytics.workers SET slots = 8")
	clock = seldomAge - 1
	wantCatalogue()
	clock = seldomAge
	want.Enrolments[1].Students, want.Workers[0].Slots = 2, 8
	wantCatalogue()
}

// TestEnrolmentsThatFailDoNotStopTheRecords: what was read of them before goes on counting.
func TestEnrolmentsThatFailDoNotStopTheRecords(t *testing.T) {
	database := reference(t)
	database.Exec(t, `CREATE TABLE students (course text, student text, good int); INSERT INTO students VALUES ('go', 'ada', 1);
		INSERT INTO analytics.submission_records (submission_id, course, assignment, student, submitted_at, state)
		VALUES ('1', 'go', 'hello', 'ada', '2026-03-01Z', 'queued')`)
	s := open(t, database.URL, source.Postgres{Enrolments: source.Relation{Query: "SELECT course, student, 1 / good AS one FROM students WHERE 1 / good > 0"}})
	output := logOf(s)
	var clock time.Duration
	s.elapsed = func() time.Duration { return clock }
	poll(t, s)
	database.Exec(t, `UPDATE students SET good = 0; UPDATE analytics.submission_records SET state = 'running'`)
	clock = seldomAge
	read := poll(t, s)
	wantIdentities(t, read, "1/1")
	want := []submission.Enrolment{{Course: "go", Students: 1}}
	if len(read.catalogues) != 1 || !reflect.DeepEqual(read.catalogues[0].Enrolments, want) {
		t.Errorf("the catalogue is %+v, want %+v of enrolments", read.catalogues, want)
	}
	wantParts(t, output.String(), "going on without", "postgres.enrolments", "22012")
}

func TestAnOptionalRelationMayBeAbsentAndTheLogSaysSoOnce(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := open(t, database.URL, table("records"))
	output := logOf(s)
	for range 2 {
		if read := poll(t, s).catalogues; len(read) != 1 || read[0].Courses != nil || read[0].Assignments != nil {
			t.Errorf("the catalogue is %+v, want an empty one", read)
		}
	}
	for _, relation := range []string{"analytics.courses", "analytics.assignments", "analytics.enrolments", "analytics.workers"} {
		if said := strings.Count(output.String(), relation+": there is no such relation"); said != 1 {
			t.Errorf("the log says %d times that %s is absent, want once:\n%s", said, relation, output)
		}
	}
}

func TestAnOptionalRelationThatIsSomethingElseDoesNotStopTheRecords(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `CREATE SCHEMA analytics; CREATE TABLE analytics.assignments (course text, assignment text, deadline_at date);
		INSERT INTO records (submission_id) VALUES (1)`)
	s := open(t, database.URL, table("records"))
	output := logOf(s)
	wantIdentities(t, poll(t, s), "1/1")
	wantParts(t, output.String(), "optional relation analytics.assignments", "deadline_at is of type date")
}

func TestAnAbsentRelationIsLookedForOnceAMinute(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	s := open(t, database.URL, table("records"))
	var clock time.Duration
	s.elapsed = func() time.Duration { return clock }
	wantCourses := func(want int) {
		t.Helper()
		if read := poll(t, s).catalogues; len(read) != 1 || len(read[0].Courses) != want {
			t.Errorf("the catalogue is %+v, want %d courses", read, want)
		}
	}
	wantCourses(0)
	database.Exec(t, `CREATE SCHEMA analytics; CREATE TABLE analytics.courses (course text);
		INSERT INTO analytics.courses VALUES ('go')`)
	clock = shapeAge - 1
	wantCourses(0)
	clock = shapeAge
	wantCourses(1)
	database.Exec(t, "DROP TABLE analytics.courses")
	wantCourses(0)
	clock += shapeAge
	database.Exec(t, "CREATE TABLE analytics.courses (course text); INSERT INTO analytics.courses VALUES ('go')")
	wantCourses(1)
}

// What a column no longer is shows in the next Poll, what has come shows within a minute.
func TestACatalogueThatIsAlteredIsReadOn(t *testing.T) {
	for _, test := range []struct {
		name, alter string
		title       string
		after       time.Duration
	}{
		{"a column is gone", "ALTER TABLE analytics.courses DROP title", "", 0},
		{"a column has another type", "ALTER TABLE analytics.courses ALTER title TYPE varchar(20)", "Go", 0},
		{"a column has another position", `ALTER TABLE analytics.courses RENAME title TO old;
			ALTER TABLE analytics.courses ADD title text DEFAULT 'New'`, "New", 0},
		{"the table is another one", `DROP TABLE analytics.courses; CREATE TABLE analytics.courses (title text, course text);
			INSERT INTO analytics.courses VALUES ('New', 'go')`, "New", 0},
		{"a column is new", "ALTER TABLE analytics.courses ADD term text DEFAULT 'autumn'", "Go", shapeAge},
	} {
		t.Run(test.name, func(t *testing.T) {
			database := cluster.Database(t)
			records(t, database, "bigint")
			database.Exec(t, `CREATE SCHEMA analytics; CREATE TABLE analytics.courses (course text, title text);
				INSERT INTO analytics.courses VALUES ('go', 'Go')`)
			s := open(t, database.URL, table("records"))
			var clock time.Duration
			s.elapsed = func() time.Duration { return clock }
			poll(t, s)
			database.Exec(t, test.alter)
			clock += test.after
			want := submission.Course{Course: "go", Title: test.title}
			if test.after > 0 {
				want.Term = "autumn"
			}
			if read := poll(t, s).catalogues; len(read) != 1 || !reflect.DeepEqual(read[0].Courses, []submission.Course{want}) {
				t.Errorf("the catalogue is %+v, want %+v", read, want)
			}
		})
	}
}

func TestAConfiguredCatalogueThatGoesAwayIsAnError(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, "CREATE TABLE lectures (course text)")
	config := table("records")
	config.Courses.Relation = "lectures"
	s := open(t, database.URL, config)
	poll(t, s)
	database.Exec(t, "DROP TABLE lectures")
	wantParts(t, fail(t, s), "lectures: there is no such relation")
	database.Exec(t, "CREATE TABLE lectures (course text)")
	poll(t, s)
}

func TestAConfiguredCatalogueHasToBeThere(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, "CREATE TABLE tasks (course text, assignment integer)")
	for _, test := range []struct {
		name   string
		config source.Postgres
		want   []string
	}{
		{"courses", source.Postgres{Courses: source.Relation{Relation: "lectures"}},
			[]string{"lectures: there is no such relation", "postgres.courses.relation"}},
		{"assignments", source.Postgres{Assignments: source.Relation{Relation: "tasks"}},
			[]string{"tasks does not keep", "column assignment is of type integer, want text", "postgres.assignments.query"}},
		{"query", source.Postgres{Courses: source.Relation{Query: "SELECT * FROM lectures"}},
			[]string{"the query of postgres.courses", `relation "lectures" does not exist`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.Submissions.Relation = "records"
			wantParts(t, fail(t, open(t, database.URL, test.config)), test.want...)
		})
	}
}

func TestTheCatalogueComesFromWhereItIsConfigured(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `CREATE TABLE lectures (slug varchar(50), name text);
		INSERT INTO lectures VALUES ('go', 'Go');
		CREATE TABLE tasks (course text, assignment text, max_score integer, deadline_at timestamp);
		INSERT INTO tasks VALUES ('go', 'hello', 5, '2026-09-08 12:00')`)
	config := table("records")
	config.Courses.Query = "SELECT slug AS course, name AS title FROM lectures"
	config.Assignments.Relation = "tasks"
	read := poll(t, open(t, database.URL, config))
	want := []submission.Catalogue{{
		Courses: []submission.Course{{Course: "go", Title: "Go"}},
		Assignments: []submission.Assignment{{Course: "go", Assignment: "hello", MaxScore: submission.Known(5),
			DeadlineAt: time.Date(2026, 9, 8, 12, 0, 0, 0, time.UTC)}},
	}}
	if !reflect.DeepEqual(read.catalogues, want) {
		t.Errorf("the catalogue is\n%+v, want\n%+v", read.catalogues, want)
	}
}

func TestWhatNoRecordCouldHaveIsLeftOutOfTheCatalogue(t *testing.T) {
	database := cluster.Database(t)
	records(t, database, "bigint")
	database.Exec(t, `CREATE SCHEMA analytics;
		CREATE TABLE analytics.courses (course text, title text);
		INSERT INTO analytics.courses VALUES
			('go', repeat('ü', 200)), (NULL, 'none'), ('', 'empty'), (repeat('x', 257), 'long');
		CREATE TABLE analytics.assignments (
			course text, assignment text, opens_at timestamptz, deadline_at timestamptz, max_score numeric);
		INSERT INTO analytics.assignments VALUES
			('go', 'hello', '-infinity', 'infinity', -1), ('go', 'sum', NULL, NULL, 'NaN'), ('go', NULL, NULL, NULL, NULL);
		CREATE TABLE analytics.workers (worker text, slots int);
		INSERT INTO analytics.workers VALUES ('w1', 0), ('w2', NULL), ('', 3), ('w3', 3)`)
	s := open(t, database.URL, table("records"))
	output := logOf(s)
	read := poll(t, s)
	want := []submission.Catalogue{{
		Courses:     []submission.Course{{Course: "go", Title: strings.Repeat("ü", submission.MaxText/2)}},
		Assignments: []submission.Assignment{{Course: "go", Assignment: "hello"}, {Course: "go", Assignment: "sum"}},
		Workers:     []submission.Worker{{Worker: "w3", Slots: 3}},
	}}
	if !reflect.DeepEqual(read.catalogues, want) {
		t.Errorf("the catalogue is\n%+v, want\n%+v", read.catalogues, want)
	}
	wantParts(t, output.String(), "analytics.courses: 3 rows are left out", "analytics.assignments: 1 rows are left out",
		"analytics.workers: 3 rows are left out")
}
