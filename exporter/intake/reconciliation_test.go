package intake

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// rows is a source in memory that can be audited; its first poll hands over what is there, and further ones nothing. The
// real one is tested in its own package and end to end.
type rows struct {
	records []*submission.Record
	read    bool
	audits  []error // how they end, one after the other; the last one stays
	times   []time.Time
	polls   int
}

func (*rows) Name() string { return "rows" }
func (*rows) Close() error { return nil }

func (s *rows) Poll(_ context.Context, sink source.Sink) error {
	s.polls++
	if s.read {
		return nil
	}
	s.read = true
	for _, r := range s.records {
		sink.Record(r)
	}
	return nil
}

func (s *rows) Audit(
	_ context.Context, first, last submission.Day, sink source.Sink,
	compare func(map[submission.Day]submission.Tally) []submission.Day,
) (map[submission.Day]submission.Tally, error) {
	s.times = append(s.times, time.Now())
	tallies := map[submission.Day]submission.Tally{}
	for _, r := range s.records {
		if day := submission.DayOf(r.UpdatedAt); day >= first && day <= last {
			tally := tallies[day]
			tally.Add(r.Checksum)
			tallies[day] = tally
		}
	}
	for _, day := range compare(tallies) {
		for _, r := range s.records {
			if submission.DayOf(r.UpdatedAt) == day {
				sink.Record(r)
			}
		}
	}
	err := s.audits[0]
	if len(s.audits) > 1 {
		s.audits = s.audits[1:]
	}
	return tallies, err
}

// reconcile runs an intake over the source for a while, and has change change it ten seconds after the start.
func reconcile(t *testing.T, src *rows, span time.Duration, change func()) (got map[string]float64, log string) {
	in, out := newIntake(src)
	in.Reconcile = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	time.AfterFunc(10*time.Second, change)
	in.Run(ctx)
	return values(t, in), out.String()
}

func wantValues(t *testing.T, got map[string]float64, want map[string]float64) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
}

func TestRule11ADriftIsFoundShownAndMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first []*submission.Record
		for i := range 5 {
			r := record(fmt.Sprint(i))
			r.Checksum = uint64(i)
			first = append(first, r)
		}
		src := &rows{records: first, audits: []error{nil}}
		change := func() {
			changed, missed := *first[1], record("new")
			changed.Checksum, changed.State = 77, submission.Cancelled
			src.records = []*submission.Record{first[0], &changed, first[3], first[4], missed} // 2 is gone
		}
		got, log := reconcile(t, src, 30*time.Minute, change)
		wantValues(t, got, map[string]float64{
			"gradewatch_source_rows": 5, "gradewatch_applied_records": 5, "gradewatch_reconciled_records_total/missed": 0,
		})
		if len(src.times) != 1 || strings.Contains(log, "drift") {
			t.Fatalf("%d reconciliations in half an hour, want the one at the start, which finds nothing: %s", len(src.times), log)
		}

		src = &rows{records: first, audits: []error{nil}}
		got, log = reconcile(t, src, 90*time.Minute, change)
		wantValues(t, got, map[string]float64{
			"gradewatch_source_rows": 5, "gradewatch_applied_records": 5, "gradewatch_reconciled_records_total/missed": 1,
			"gradewatch_reconciled_records_total/changed": 1, "gradewatch_reconciled_records_total/gone": 1,
			"gradewatch_records_total/applied": 7,
		})
		if want := "missed=1 changed=1 gone=1 days_of_updated_at=1 first=1999-12-31 last=1999-12-31"; !strings.Contains(log, want) {
			t.Errorf("the log does not say %s: %s", want, log)
		}

		src.audits, src.read = []error{nil}, false
		src.records = src.records[:4]
		got, _ = reconcile(t, src, 30*time.Minute, func() { src.records = src.records[:3] })
		wantValues(t, got, map[string]float64{"gradewatch_source_rows": 4, "gradewatch_applied_records": 4})
	})
}

// TestADriftShowsUntilTheNextReconciliation: its two numbers are of the moment before the mending.
func TestADriftShowsUntilTheNextReconciliation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &rows{records: []*submission.Record{record("1"), record("2")}, audits: []error{nil}}
		got, _ := reconcile(t, src, 90*time.Minute, func() { src.records = src.records[:1] })
		wantValues(t, got, map[string]float64{"gradewatch_source_rows": 1, "gradewatch_applied_records": 2})
		src = &rows{records: []*submission.Record{record("1"), record("2")}, audits: []error{nil}}
		got, _ = reconcile(t, src, 150*time.Minute, func() { src.records = src.records[:1] })
		wantValues(t, got, map[string]float64{"gradewatch_source_rows": 1, "gradewatch_applied_records": 1})
	})
}

func TestAnAuditThatFailsTakesNothingAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &rows{records: []*submission.Record{record("1"), record("2")}, audits: []error{nil, errors.New("gone away")}}
		got, log := reconcile(t, src, 61*time.Minute, func() { src.records = src.records[:1] })
		wantValues(t, got, map[string]float64{
			"gradewatch_reconciled_records_total/gone": 0, "gradewatch_source_rows": 2, "gradewatch_source_up": 1,
		})
		if !strings.Contains(log, "gone away") || src.polls < 3600 {
			t.Errorf("an audit that failed is not told of, or keeps records waiting: %d polls, %s", src.polls, log)
		}
		src.read, src.audits = false, []error{nil, errors.New("gone away"), nil}
		src.records = []*submission.Record{record("1"), record("2")}
		got, _ = reconcile(t, src, 66*time.Minute, func() { src.records = src.records[:1] })
		wantValues(t, got, map[string]float64{
			"gradewatch_reconciled_records_total/gone": 1, "gradewatch_source_rows": 1, "gradewatch_applied_records": 2,
		})
	})
}

func TestADayThatNoReadingMendsIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		once, twice := record("1"), record("1")
		for i, r := range []*submission.Record{once, twice} {
			r.State, r.Verdict, r.Checksum = submission.Finished, submission.Accepted+submission.Verdict(i), uint64(i)
		}
		twice.UpdatedAt = once.UpdatedAt.Add(time.Second)
		src := &rows{records: []*submission.Record{once, twice}, audits: []error{nil}}
		got, log := reconcile(t, src, 200*time.Minute, func() {})
		// The first reconciliation meets the one, and then the other; after that it is known that there are two.
		wantValues(t, got, map[string]float64{"gradewatch_records_total/applied": 4, "gradewatch_reconciled_records_total/changed": 2})
		if count := strings.Count(log, "several rows have the same submission_id"); count != 1 || len(src.times) != 4 {
			t.Errorf("said %d times in %d reconciliations, want once in 4: %s", count, len(src.times), log)
		}
	})
}

func TestSpansHoldEachDayOnce(t *testing.T) {
	tallies := map[submission.Day]submission.Tally{}
	for day, records := range map[submission.Day]int64{100: 4, 101: 5, 103: 1, 200: 50, 201: 1, 202: 9} {
		tallies[day] = submission.Tally{Records: records}
	}
	got := spans(tallies, 10)
	want := []span{{submission.FirstDay, 199}, {200, 200}, {201, submission.LastDay}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("spans are %v, want %v", got, want)
	}
	if got := spans(nil, 10); !reflect.DeepEqual(got, []span{{submission.FirstDay, submission.LastDay}}) {
		t.Errorf("without records the spans are %v", got)
	}
}
