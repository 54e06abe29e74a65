package analytics

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// semester calls use with records of n submissions: 20,000 students, 40 courses of 12 assignments, five attempts each.
func semester(n int, id func(int) string, use func(*submission.Record)) {
	var courses, assignments, students []string
	for i := range 40 {
		courses = append(courses, "course-"+strconv.Itoa(i))
	}
	for i := range 12 {
		assignments = append(assignments, "hw-"+strconv.Itoa(i))
	}
	for i := range 20_000 {
		students = append(students, "s"+strconv.Itoa(i))
	}
	r := submission.Record{CheckNumber: 1, State: submission.Finished, Language: "python"}
	for i := range n {
		pair := i / 5 // five attempts
		r.SubmissionID = id(i)
		r.Student = students[pair%len(students)]
		r.Course = courses[pair/len(students)%len(courses)]
		r.Assignment = assignments[pair/len(students)/len(courses)%len(assignments)]
		r.SubmittedAt = start.Add(time.Duration(i) * time.Second)
		r.QueuedAt = r.SubmittedAt
		r.StartedAt = r.SubmittedAt.Add(time.Duration(1+i%30) * time.Second)
		r.FinishedAt = r.StartedAt.Add(time.Duration(5+i%100) * time.Second)
		r.UpdatedAt = r.FinishedAt
		r.Verdict = submission.Accepted + submission.Verdict(i%3)
		r.Score, r.MaxScore = submission.Known(float64(i%101)), submission.Known(100)
		r.Checksum = uint64(i)
		use(&r)
	}
}

// BenchmarkMemory tells how many bytes the fold holds for a submission with one check.
func BenchmarkMemory(b *testing.B) {
	const submissions = 5_000_000
	for name, id := range map[string]func(int) string{
		"integer": strconv.Itoa,
		"text":    func(i int) string { return fmt.Sprintf("%08x-1c1a-4c5d-9e1f-%012x", i*7919, i) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := heapInUse()
				f := newFold(time.UTC)
				f.Advance(start.AddDate(1, 0, 0))
				semester(submissions, id, func(r *submission.Record) { f.Apply(r) })
				f.Advance(start.AddDate(1, 0, 1))
				b.ReportMetric(float64(heapInUse()-before)/submissions, "bytes/submission")
				runtime.KeepAlive(f)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/submissions, "ns/record")
		})
	}
}

// heapInUse is how many bytes are in use.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
