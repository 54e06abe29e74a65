package analytics

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// sent is a submission by a student at a time.
func sent(id, student, course string, at time.Time) *submission.Record {
	return &submission.Record{SubmissionID: id, CheckNumber: 1, Course: course, Assignment: "hw1", Student: student,
		SubmittedAt: at, QueuedAt: at, UpdatedAt: at, State: submission.Queued}
}

func TestRule9DistinctStudentsInSlidingWindows(t *testing.T) {
	f := newFold(time.UTC)
	f.Advance(start)
	f.Apply(sent("1", "ada", "algo", start.Add(-time.Minute)))
	f.Apply(sent("2", "ada", "db", start.Add(-time.Minute)))
	f.Apply(sent("3", "bob", "algo", start.Add(-time.Hour)))                // the first instant of the window
	f.Apply(sent("5", "dan", "db", start.Add(-time.Hour-time.Microsecond))) // just outside
	f.Apply(sent("6", "eve", "db", start.Add(-40*24*time.Hour)))
	want(t, "by course", values(f.ActiveStudents()), map[string]float64{
		"algo/5m": 1, "algo/1h": 2, "algo/1d": 2, "algo/7d": 2, "algo/30d": 2,
		"db/5m": 1, "db/1h": 1, "db/1d": 2, "db/7d": 2, "db/30d": 2})
	want(t, "service", values(f.ServiceActiveStudents()), map[string]float64{"5m": 1, "1h": 2, "1d": 3, "7d": 3, "30d": 3})

	f.Apply(sent("7", "ada", "algo", start.Add(-3*time.Hour))) // read late, and not her last
	want(t, "after an older one", values(f.ServiceActiveStudents()),
		map[string]float64{"5m": 1, "1h": 2, "1d": 3, "7d": 3, "30d": 3})

	f.Apply(sent("8", "fay", "algo", start.Add(-time.Minute)))
	want(t, "after one more", values(f.ServiceActiveStudents()), map[string]float64{"5m": 2, "1h": 3, "1d": 4, "7d": 4, "30d": 4})

	f.Advance(start.Add(10 * time.Minute))
	want(t, "ten minutes later", values(f.ServiceActiveStudents()), map[string]float64{"1h": 2, "1d": 4, "7d": 4, "30d": 4})
}

// TestAClockThatWasAheadIsFollowedBack: what had run out of its window meanwhile is in it again.
func TestAClockThatWasAheadIsFollowedBack(t *testing.T) {
	f := newFold(time.UTC)
	f.Advance(start.Add(time.Hour))
	for i := range stuckAttempts {
		r := finished(fmt.Sprint(i), 1, submission.WrongAnswer)
		f.Apply(&r)
	}
	show := func() [3]map[string]float64 {
		return [3]map[string]float64{values(f.ActiveStudents()), values(f.AssignmentStudents()), values(f.DaySubmissions())}
	}
	f.Advance(start.Add(2 * time.Hour))
	before := show()
	if len(before[0]) == 0 || before[1]["algo/hw1/stuck"] != 1 || len(before[2]) == 0 {
		t.Fatalf("the fold shows %v", before)
	}
	f.Advance(start.AddDate(0, 0, 40))
	if ahead := show(); reflect.DeepEqual(ahead, before) {
		t.Fatalf("after 40 days the fold still shows %v", ahead)
	}
	f.Advance(start.Add(2 * time.Hour))
	if after := show(); !reflect.DeepEqual(after, before) {
		t.Errorf("set back, the fold shows %v, want %v", after, before)
	}
}

func TestRule9ASampleHoldsTheEventsBeforeIt(t *testing.T) {
	f := newFold(time.UTC)
	f.Advance(start)
	f.Apply(sent("1", "ada", "algo", start))                  // at the very instant
	f.Apply(sent("2", "bob", "algo", start.Add(time.Minute))) // the service's clock is ahead
	want(t, "counted at once", values(f.Submissions()), map[string]float64{"algo/hw1": 2})
	want(t, "nobody yet", values(f.ServiceDayActiveStudents()), map[string]float64{})
	f.Advance(start.Add(time.Microsecond))
	want(t, "ada", values(f.ServiceDayActiveStudents()), map[string]float64{"": 1})
	f.Advance(start.Add(2 * time.Minute))
	want(t, "ada and bob", values(f.DayActiveStudents()), map[string]float64{"algo": 2})
	want(t, "both in the window", values(f.ActiveStudents()),
		map[string]float64{"algo/5m": 2, "algo/1h": 2, "algo/1d": 2, "algo/7d": 2, "algo/30d": 2})
}

func TestRule9LocalDays(t *testing.T) {
	prague := zone(t, "Europe/Prague")
	havana := zone(t, "America/Havana") // clocks go forward at midnight: 2026-03-08 begins at 01:00
	at := func(zone *time.Location, month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, zone)
	}
	for name, c := range map[string]struct {
		zone      *time.Location
		from, to  time.Time // a submission comes every minute from from to before to
		now       time.Time
		day, last float64
	}{
		"an hour after midnight": {prague, at(prague, 9, 13, 23, 0), at(prague, 9, 14, 1, 0), at(prague, 9, 14, 1, 0), 60, 60},
		"at midnight":            {prague, at(prague, 9, 13, 23, 0), at(prague, 9, 14, 1, 0), at(prague, 9, 14, 0, 0), 0, 60},
		"the day of 25 hours": {prague, at(prague, 10, 24, 0, 0), at(prague, 10, 27, 0, 0),
			at(prague, 10, 26, 12, 0), 12 * 60, 25 * 60},
		"the day of 23 hours": {prague, at(prague, 3, 28, 0, 0), at(prague, 3, 31, 0, 0),
			at(prague, 3, 30, 12, 0), 12 * 60, 23 * 60},
		"a day that begins at one o'clock": {havana, at(havana, 3, 7, 0, 0), at(havana, 3, 10, 0, 0),
			at(havana, 3, 9, 12, 0), 12 * 60, 23 * 60},
		"on the day that begins at one o'clock": {havana, at(havana, 3, 7, 0, 0), at(havana, 3, 10, 0, 0),
			at(havana, 3, 8, 12, 0), 11 * 60, 24 * 60},
		"a day skipped": {prague, at(prague, 9, 12, 0, 0), at(prague, 9, 13, 0, 0), at(prague, 9, 14, 12, 0), 0, 0},
	} {
		for order, advanceFirst := range map[string]bool{"live": false, "read afterwards": true} {
			t.Run(name+", "+order, func(t *testing.T) {
				f := newFold(c.zone)
				if advanceFirst {
					f.Advance(c.now)
				}
				id := 0
				for at := c.from; at.Before(c.to); at = at.Add(time.Minute) {
					id++
					if !advanceFirst && at.Before(c.now) {
						f.Advance(at)
					}
					f.Apply(sent(fmt.Sprint(id), fmt.Sprint(id), "algo", at))
				}
				f.Advance(c.now)
				want(t, "today", values(f.DaySubmissions()), nonZero(c.day))
				want(t, "last day", values(f.LastDaySubmissions()), nonZero(c.last))
				want(t, "students today", values(f.DayActiveStudents()), nonZero(c.day))
				want(t, "students of the last day", values(f.LastDayActiveStudents()), nonZero(c.last))
			})
		}
	}
}

func TestRule9LateRowsAreInTheLastDay(t *testing.T) {
	f := newFold(time.UTC)
	midnight := time.Date(2026, 9, 14, 0, 0, 0, 0, time.UTC)
	f.Advance(midnight.Add(-time.Hour))
	f.Apply(sent("1", "ada", "algo", midnight.Add(-2*time.Hour)))
	f.Advance(midnight.Add(time.Hour))
	f.Apply(sent("2", "bob", "algo", midnight.Add(-time.Microsecond)))
	want(t, "submissions of the last day", values(f.LastDaySubmissions()), nonZero(2))
	want(t, "students of the last day", values(f.ServiceLastDayActiveStudents()), map[string]float64{"": 2})
	want(t, "today", values(f.DaySubmissions()), nonZero(0))
}

// TestRecodexDays replays real submissions through time: just before each local midnight the day gauges, and at the noon
// after it the last-day gauges, equal the table that another program counted.
func TestRecodexDays(t *testing.T) {
	table := []struct {
		day                   int // of October 2017
		submissions, students float64
	}{{2, 2, 1}, {3, 1, 1}, {4, 56, 8}, {5, 18, 4}, {6, 2, 1}, {7, 12, 3}, {8, 250, 51}, {9, 211, 45}, {10, 111, 30},
		{11, 76, 16}, {12, 94, 18}, {13, 111, 22}, {14, 47, 16}}
	prague := zone(t, "Europe/Prague")
	records := recodex(t)
	slices.SortStableFunc(records, func(a, b submission.Record) int { return a.SubmittedAt.Compare(b.SubmittedAt) })

	f := newFold(prague)
	next := 0
	advance := func(to time.Time) {
		for ; next < len(records) && records[next].SubmittedAt.Before(to); next++ {
			f.Advance(records[next].SubmittedAt)
			f.Apply(&records[next])
		}
		f.Advance(to)
	}
	sum := func(v Vector) (total float64) {
		for _, value := range v {
			total += value
		}
		return total
	}
	for _, row := range table {
		advance(time.Date(2017, 10, row.day+1, 0, 0, 0, 0, prague).Add(-time.Microsecond))
		if got := sum(f.DaySubmissions()); got != row.submissions {
			t.Errorf("October %d: %v submissions before midnight, want %v", row.day, got, row.submissions)
		}
		if got := sum(f.ServiceDayActiveStudents()); got != row.students {
			t.Errorf("October %d: %v students before midnight, want %v", row.day, got, row.students)
		}
		advance(time.Date(2017, 10, row.day+1, 12, 0, 0, 0, prague))
		if got := sum(f.LastDaySubmissions()); got != row.submissions {
			t.Errorf("October %d: %v submissions as of the next noon, want %v", row.day, got, row.submissions)
		}
		if got := sum(f.ServiceLastDayActiveStudents()); got != row.students {
			t.Errorf("October %d: %v students as of the next noon, want %v", row.day, got, row.students)
		}
	}
	if next != len(records) {
		t.Errorf("%d records were replayed, want %d", next, len(records))
	}
}

func recodex(t *testing.T) []submission.Record {
	t.Helper()
	file, err := os.Open("../testdata/recodex/submissions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder, err := submission.NewDecoder(nil, submission.ContractWords())
	if err != nil {
		t.Fatal(err)
	}
	var records []submission.Record
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var r submission.Record
		if fault := decoder.Decode(lines.Bytes(), &r, start); fault != nil {
			t.Fatal(fault)
		}
		records = append(records, r)
	}
	return records
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func nonZero(value float64) map[string]float64 {
	if value == 0 {
		return map[string]float64{}
	}
	return map[string]float64{"algo": value}
}
