package main

import (
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/e2e/pgtest"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// TestAWriterThatIsBehindChangesNothing: the past is written again beside a semester that goes on, with each check as it was when that
// began.
func TestAWriterThatIsBehindChangesNothing(t *testing.T) {
	db := pgtest.Start(t).Database(t)
	db.Load(t, "provisioning/postgres/01-schema.sql")
	begin := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	queued := submission.Record{SubmissionID: "1", CheckNumber: 1, Course: "algo", Assignment: "hw1", Student: "s",
		SubmittedAt: begin, QueuedAt: begin, State: submission.Queued, StateWord: "queued"}
	running := queued
	running.State, running.StateWord, running.StartedAt, running.Worker = submission.Running, "running", begin.Add(time.Second), "worker-1"
	finished := running
	finished.State, finished.StateWord, finished.FinishedAt = submission.Finished, "finished", begin.Add(3*time.Second)
	finished.Verdict, finished.VerdictWord = submission.Accepted, "accepted"

	ahead, behind := &writer{url: db.URL}, &writer{url: db.URL}
	defer ahead.close()
	defer behind.close()
	for _, step := range []struct {
		by   *writer
		r    submission.Record
		want string
	}{
		{ahead, queued, "queued"}, {behind, queued, "queued"}, {ahead, running, "running"}, {behind, queued, "running"},
		{ahead, finished, "finished"}, {behind, queued, "finished"}, {behind, running, "finished"}, {behind, finished, "finished"},
	} {
		step.by.Record(&step.r)
		if err := step.by.write(t.Context()); err != nil {
			t.Fatal(err)
		}
		var state string
		if err := db.Connect(t).QueryRow(t.Context(), "SELECT state FROM analytics.submission_records").Scan(&state); err != nil || state != step.want {
			t.Errorf("after %s is written the check is %s (%v), want %s", step.r.StateWord, state, err, step.want)
		}
	}
}
