package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

const (
	fewestWorkers     = 8
	studentsPerWorker = 38 // of a university that needs more than the fewest workers

	startup     = 1200 * time.Millisecond // to fetch a submission and start its container, at least
	startupMore = 1500 * time.Millisecond // mean of what comes on top
	unevenCheck = 0.35                    // spread of the time of a check within an assignment
	compileTime = 0.3                     // of a check's time, when it goes no further
	limitTime   = 1.8                     // times a check's time, when it runs into the time limit
	shortest    = 300 * time.Millisecond  // of all checks

	failing    = 0.003 // checks that end as internal_error
	cancelling = 0.002 // checks that are cancelled while they run
	mostTries  = 4     // checks of a submission, until an internal_error is left as it is
	retryAfter = 30 * time.Second
	retryMore  = 90 * time.Second // mean of what comes on top
	recheckers = 2                // workers that a teacher's re-check keeps busy

	slowness      = 6.0 // times as long as usual, under the fault
	faultyShare   = 0.2 // checks that fail under the fault
	faultyFailing = 0.8 // of the checks on the faulty worker
	faultyWorker  = 1   // index of worker-2
	stoppedWorker = 2   // index of worker-3
)

// A check is one automatic run over a submission. A time is zero for what never happens.
type check struct {
	sent                   *sent
	number                 int
	queued, started, ended time.Time
	worker                 string
	state                  submission.State // in the end
	verdict                submission.Verdict
	passed                 tests
	cpu                    float64 // seconds
}

// A worker runs one check at a time.
type worker struct {
	name    string
	free    time.Time // from when on
	stopped bool      // for good
}

// stopUntil keeps a worker from taking checks before a time; zero is for ever.
func (w *worker) stopUntil(back time.Time) { w.free, w.stopped = back, back.IsZero() }

// workers are those of the university.
func (u *university) workers() []submission.Worker {
	all := make([]submission.Worker, max(fewestWorkers, u.size/studentsPerWorker))
	for i := range all {
		all[i] = submission.Worker{Worker: fmt.Sprintf("worker-%d", i+1), Slots: 1}
	}
	return all
}

// An arrival is the moment at which a check of a submission is enqueued.
type arrival struct {
	at   time.Time
	sent *sent
}

// A queue hands checks to workers in the order in which they arrive.
type queue struct {
	*term
	workers  []worker
	sent     []*sent   // whose first check is still to come
	rechecks []arrival // still to come, in the order of their times
	checks   []*check
}

// newQueue takes what is sent in a term, in the order of time.
func newQueue(t *term, all []*sent) *queue {
	q := &queue{term: t, sent: all}
	for _, w := range t.workers() {
		q.workers = append(q.workers, worker{name: w.Worker})
	}
	// A worker that stopped in an earlier term stays away until the fault ends; the check that it took is that term's.
	if opening := t.start.Add(drain); t.faults.on(StoppedWorker, opening) {
		q.workers[stoppedWorker].stopUntil(t.faults.end(StoppedWorker, opening))
	}

	rechecked := make(map[*assignment]int)
	for _, one := range all {
		if a := one.assignment; !a.recheckAt.IsZero() && one.at.Before(a.recheckAt) {
			at := a.recheckAt.Add(time.Duration(rechecked[a]) * a.check / recheckers)
			q.rechecks = append(q.rechecks, arrival{at.Truncate(time.Millisecond), one})
			rechecked[a]++
		}
	}
	slices.SortStableFunc(q.rechecks, arrival.compare)
	return q
}

func (a arrival) compare(b arrival) int { return a.at.Compare(b.at) }

// run serves the queue until the term closes and returns all checks.
func (q *queue) run() []*check {
	for len(q.sent) > 0 || len(q.rechecks) > 0 {
		if len(q.rechecks) == 0 || len(q.sent) > 0 && !q.rechecks[0].at.Before(q.sent[0].at) {
			q.serve(arrival{q.sent[0].at, q.sent[0]})
			q.sent = q.sent[1:]
			continue
		}
		next := q.rechecks[0]
		q.rechecks = q.rechecks[1:]
		// One check of a submission at a time: a re-check that comes while another goes on is dropped.
		if over := next.sent.over; !over.IsZero() && !next.at.Before(over) && next.at.Before(q.closes()) {
			q.serve(next)
		}
	}
	return q.checks
}

// serve hands an arrival to the worker that takes it. All arrivals before it have been served.
func (q *queue) serve(a arrival) {
	one := a.sent
	one.checks++
	r := stream(one.luck, ofCheck, one.checks)
	w := q.worker(a.at)
	begin := a.at
	if w.free.After(begin) {
		begin = w.free
	}
	c := &check{sent: one, number: one.checks, queued: a.at, worker: w.name}
	c.started = begin.Add(startup + about(r, startupMore)).Truncate(time.Millisecond)
	q.checks = append(q.checks, c)

	end := q.finish(c, w, r)
	switch closes := q.closes(); {
	case !c.started.Before(closes):
		c.state, c.started, c.ended, c.worker = submission.Cancelled, time.Time{}, closes, ""
	case w == &q.workers[stoppedWorker] && q.faults.on(StoppedWorker, c.started):
		// The check is given up when the worker comes back, be it after the term has closed.
		c.state, c.verdict, c.ended = submission.Finished, submission.InternalError, q.faults.end(StoppedWorker, c.started)
		if w.stopUntil(c.ended); w.stopped {
			c.state = submission.Running
		}
	case end.After(closes):
		c.state, c.ended, w.free = submission.Cancelled, closes, closes
	default:
		c.ended, w.free = end, end
	}
	one.over = c.ended
	retry := c.ended.Add(retryAfter + about(r, retryMore)).Truncate(time.Millisecond)
	if c.state == submission.Finished && c.verdict == submission.InternalError && c.number < mostTries {
		again := arrival{retry, one}
		place, _ := slices.BinarySearchFunc(q.rechecks, again, arrival.compare)
		q.rechecks = slices.Insert(q.rechecks, place, again)
	}
}

// worker is who takes a check that arrives at the given time: who has been idle for the longest, or is free first.
func (q *queue) worker(at time.Time) *worker {
	stopping := &q.workers[stoppedWorker]
	if q.faults.on(StoppedWorker, at) && !stopping.stopped && !stopping.free.After(at) {
		return stopping // so that the fault shows at once
	}
	var first *worker
	for i := range q.workers {
		if w := &q.workers[i]; !w.stopped && (first == nil || w.free.Before(first.free)) {
			first = w
		}
	}
	return first
}

// finish settles how a check ends if nothing interrupts it, and returns when.
func (q *queue) finish(c *check, w *worker, r *rand.Rand) time.Time {
	one, a := c.sent, c.sent.assignment
	span := scale(a.check, around(r, 1, unevenCheck))
	c.state, c.passed = submission.Finished, q.passed(one, c.started)
	c.verdict = a.judge(c.passed, one.flaw)
	switch c.verdict {
	case submission.CompileError:
		span = scale(span, compileTime)
	case submission.TimeLimit:
		span = scale(span, limitTime)
	}
	fate, cut, busy := r.Float64(), r.Float64(), 0.6+0.4*r.Float64()
	switch failure := q.failure(w, c.started); {
	case fate < failure:
		c.verdict, span = submission.InternalError, scale(span, cut)
	case fate < failure+cancelling:
		c.state, span = submission.Cancelled, scale(span, cut)
	}
	c.cpu = busy * a.course.cores * span.Seconds()
	if q.faults.on(SlowQueue, c.started) {
		span = scale(span, slowness) // the check waits for something; it does not compute more
	}
	return c.started.Add(max(span, shortest)).Truncate(time.Millisecond)
}

// failure is how likely a check on a worker ends as internal_error.
func (q *queue) failure(w *worker, at time.Time) float64 {
	switch workers := float64(len(q.workers)); {
	case !q.faults.on(InfrastructureFailures, at):
		return failing
	case w == &q.workers[faultyWorker]:
		return faultyFailing
	default: // so much that all together reach the faulty share
		return (faultyShare*workers - faultyFailing) / (workers - 1)
	}
}
