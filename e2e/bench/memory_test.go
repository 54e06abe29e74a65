package bench

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// semester calls use with the record of each of so many submissions: 20,000 students, 480 assignments, five attempts each.
func semester(submissions int, id func(int) string, use func(*submission.Record)) {
	const students, courses = 20_000, 40
	r := submission.Record{CheckNumber: 1, State: submission.Finished, Language: "python", MaxScore: submission.Known(100)}
	for i := range submissions {
		pair := i / 5
		r.SubmissionID = id(i)
		r.Student = "s" + strconv.Itoa(pair%students)
		r.Course = "course-" + strconv.Itoa(pair/students%courses)
		r.Assignment = "hw-" + strconv.Itoa(pair/students/courses%12)
		r.SubmittedAt = begin.Add(time.Duration(i) * 30 * time.Second)
		r.QueuedAt = r.SubmittedAt
		r.StartedAt = r.SubmittedAt.Add(time.Duration(1+i%30) * time.Second)
		r.FinishedAt = r.StartedAt.Add(time.Duration(5+i%100) * time.Second)
		r.UpdatedAt = r.FinishedAt
		r.Verdict = submission.Accepted + submission.Verdict(i%3)
		r.Score = submission.Known(float64(i % 101))
		r.Checksum = uint64(i)
		use(&r)
	}
}

// BenchmarkMemory weighs a whole fold, by submissions with one check each.
func BenchmarkMemory(b *testing.B) {
	for name, id := range map[string]func(int) string{
		"integer": strconv.Itoa,
		"text":    func(i int) string { return fmt.Sprintf("%08x-1c1a-4c5d-9e1f-%012x", i*7919, i) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := heapInUse()
				f := newFold()
				f.Advance(begin.AddDate(5, 0, 0))
				semester(long, id, func(r *submission.Record) { f.Apply(r) })
				f.Advance(begin.AddDate(5, 0, 1))
				result("bytes_per_submission_with_"+name+"_ids", float64(heapInUse()-before)/long, "<=128")
				runtime.KeepAlive(f)
			}
		})
	}
}
