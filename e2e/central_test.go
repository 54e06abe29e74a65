package e2e

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source/demo"
)

// A centralNumber is a figure that decisions rest on: a query of a panel, and the same by SQL over `relations`, whose $1 is the
// zone and $2 the time.
type centralNumber struct {
	board, panel, query string // the query's letter
	labels              []string
	sql                 string
}

// inMonth is what ended in the 30 days that the dashboards show.
const inMonth = ` finished_at >= $2 - interval '720 hours' AND state = 'finished' `

// inTime is the share of submissions in time among those of which the month has decided it: by their result, or by becoming late
// while they wait.
var inTime = `(SELECT count(*) FROM results WHERE finished_at - submitted_at <= interval '10 minutes' AND` + inMonth + `)
	/ ((SELECT count(*) FROM results WHERE finished_at - submitted_at <= interval '10 minutes' AND` + inMonth + `)
		+ ` + lateAt("$2") + ` - ` + lateAt("$2 - interval '720 hours'") + `)::float`

// lateAt is how many submissions had become late until a time, with a result or without.
func lateAt(at string) string {
	return strings.ReplaceAll(`(SELECT count(*) FROM submissions s JOIN LATERAL (SELECT submitted_at + interval '10 minutes' AS due,
			(SELECT min(finished_at) FROM analytics.submission_records r WHERE r.submission_id = s.submission_id
				AND state = 'finished' AND verdict <> 'internal_error') AS answered) d ON true
		WHERE answered > due AND answered < {at} OR due < {at} AND coalesce(answered >= {at}, true)
			AND EXISTS (SELECT FROM analytics.submission_records r WHERE r.submission_id = s.submission_id
				AND coalesce(queued_at, submitted_at) < {at} AND NOT (state = 'cancelled' AND coalesce(finished_at <= due, updated_at < {at}))))`,
		"{at}", "("+at+")")
}

var centralNumbers = []centralNumber{
	{"product-submissions", "Submissions today", "now", nil,
		`SELECT count(*) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date`},
	{"product-submissions", "Users today", "now", nil,
		`SELECT count(DISTINCT student) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date`},
	{"product-submissions", "Submissions yesterday", "now", nil,
		`SELECT count(*) FROM submissions WHERE (submitted_at AT TIME ZONE $1)::date = ($2 AT TIME ZONE $1)::date - 1`},
	{"product-submissions", "Active in 30 days", "now", nil,
		`SELECT count(DISTINCT student) FROM submissions WHERE submitted_at >= $2 - interval '720 hours'`},
	{"product-engagement", "Newcomers by week", "A", []string{"cohort"}, `SELECT to_char(first, 'YYYY-MM-DD'), count(*)
		FROM (SELECT min(week) AS first FROM weeks GROUP BY student) firsts
		WHERE first > date_trunc('week', $2 AT TIME ZONE $1)::date - 26 * 7 GROUP BY 1`},
	{"product-engagement", "Of them returning", "now", nil, `SELECT count(*) FROM (SELECT min(submitted_at) AS first, max(submitted_at) AS last
		FROM submissions GROUP BY student) s WHERE last >= $2 - interval '168 hours' AND first < $2 - interval '168 hours'`},
	{"product-funnel", "Accepted", "now", nil, `SELECT count(*) FILTER (WHERE verdict = 'accepted')::float
		/ count(*) FILTER (WHERE verdict <> 'internal_error') FROM records WHERE` + inMonth},
	{"product-funnel", "Late", "now", nil, `SELECT count(*) FILTER (WHERE submitted_at > due)::float / count(*) FROM due
		WHERE submitted_at >= $2 - interval '720 hours'`},
	{"product-funnel", "Funnel of each assignment", "A", []string{"course", "assignment"},
		`SELECT course, assignment, count(*) FROM progress GROUP BY 1, 2`},
	{"product-funnel", "Funnel of each assignment", "B", []string{"course", "assignment"},
		`SELECT course, assignment, avg(solved::int) FROM progress GROUP BY 1, 2`},
	{"product-quality", "In time, 30 days", "now", nil, `SELECT ` + inTime},
	{"product-quality", "Budget left: feedback", "now", nil, `SELECT 1 - (1 - ` + inTime + `) / 0.01`},
	{"product-quality", "Budget left: failures", "now", nil,
		`SELECT 1 - avg((verdict = 'internal_error')::int) / 0.005 FROM records WHERE` + inMonth},
	{"product-courses", "Submissions per student", "A", []string{"course"}, `SELECT course, sent::float / started FROM (SELECT course, count(*) AS sent
		FROM submissions WHERE submitted_at >= $2 - interval '720 hours' GROUP BY 1) s
		JOIN (SELECT course, count(DISTINCT student) AS started FROM progress GROUP BY 1) p USING (course)`},
	{"operations-workers", "Workers compared", "C", []string{"worker"}, `SELECT worker, count(*) FROM records
		WHERE state = 'finished' AND worker IS NOT NULL AND finished_at >= $2 - interval '24 hours' GROUP BY 1`},
	{"operations-capacity", "Deadline calendar", "C", []string{"course", "assignment"}, `SELECT a.course, a.assignment,
		(SELECT count(DISTINCT student) FROM analytics.enrolments e WHERE e.course = a.course)
		- (SELECT count(*) FROM progress p WHERE (p.course, p.assignment) = (a.course, a.assignment) AND solved)
		FROM analytics.assignments a WHERE opens_at <= $2 AND deadline_at > $2 - interval '168 hours' AND EXISTS (SELECT FROM submissions s WHERE s.course = a.course)`},
}

// TestCentralNumbersEqualSQL: what panels show of the demo semester, at a time of its history, is what SQL counts of the same
// records.
func TestCentralNumbersEqualSQL(t *testing.T) {
	zone := location(t, "Europe/Prague")
	at := time.Now().Truncate(pastStep).Add(-pastStep)
	if at.In(zone).Hour() == 0 {
		at = at.Add(-time.Hour) // when today has something to count
	}
	source, err := demo.New(demo.Options{Seed: demoSeed, Students: demoStudents, Location: zone, Now: func() time.Time { return at.Add(-pastStep) },
		Faults: []demo.Fault{{Kind: demo.StoppedWorker, Begin: at.AddDate(0, 0, -3)}}}) // so that a student waits for a result
	if err != nil {
		t.Fatal(err)
	}
	var made recorder
	if err := source.Poll(t.Context(), &made); err != nil {
		t.Fatal(err)
	}
	db := database(t, made.lines)
	made.describe(t, db)
	t.Parallel()
	p := startPrometheus(t, "", backfill(t, []string{"PGPASSWORD=" + rolePassword}, "--source="+db.TCP("gradewatch"),
		"--timezone="+zone.String(), "--step="+pastStep.String(), "--from="+at.AddDate(0, 0, -32).Format(time.DateOnly)))
	conn := db.Connect(t)
	boards := dashboards(t, committed)

	for _, number := range centralNumbers {
		t.Run(number.board+" "+number.panel+" "+number.query, func(t *testing.T) {
			folder, _, _ := strings.Cut(number.board, "-")
			board := boards["en/"+folder+"/"+number.board+".json"]
			want := rounded(rowsOf(t, conn, fmt.Sprintf(relations, asTheyWere)+number.sql, zone.String(), at, len(number.labels), 1))
			got := map[string][]float64{}
			for _, s := range p.at(p.variables(t, board, ".*", at).Replace(board.query(t, number.panel, number.query)), at) {
				var values []string
				for _, label := range number.labels {
					values = append(values, s.Metric[label])
				}
				got[strings.Join(values, "/")] = []float64{s.Value.value}
			}
			if got = rounded(got); !reflect.DeepEqual(got, want) || len(want) == 0 {
				t.Errorf("the panel shows %v, SQL counts %v", got, want)
			}
		})
	}

	t.Run("checks per day by verdict", func(t *testing.T) {
		board := boards["en/product/product-funnel.json"]
		const days = 20
		local := at.In(zone)
		midnight := func(day int) time.Time {
			return time.Date(local.Year(), local.Month(), local.Day()+day, 0, 0, 0, 0, zone)
		}
		shown := p.over(p.variables(t, board, ".*", at).Replace(board.query(t, "Checks per day by verdict", "A")),
			midnight(0).Add(-(days-1)*24*time.Hour), midnight(0), 24*time.Hour)
		for day := 2 - days; day < 0; day++ {
			if midnight(day).Add(-time.Duration(day)*24*time.Hour) != midnight(0) {
				continue // Grafana's steps are 24 hours, so before clocks changed they are not at midnight
			}
			want := rowsOf(t, conn, fmt.Sprintf(relations, asTheyWere)+fmt.Sprintf(`SELECT verdict, count(*) FROM records
				WHERE state = 'finished' AND (finished_at AT TIME ZONE $1)::date = '%s' GROUP BY 1`, midnight(day).Format(time.DateOnly)),
				zone.String(), at, 1, 1)
			got := map[string][]float64{}
			for _, s := range shown {
				for _, bar := range s.Values {
					if int64(bar.at) == midnight(day).Unix() {
						got[s.Metric["verdict"]] = []float64{bar.value}
					}
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("on %s the bars are %v, SQL counts %v", midnight(day).Format(time.DateOnly), got, want)
			}
		}
		if len(shown) < 5 {
			t.Errorf("there are bars of %d verdicts, want at least 5", len(shown))
		}
	})
}
