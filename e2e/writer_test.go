package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// A writer is a grader that writes records as its seed has it, in a course of its own, and keeps a journal of what was
// committed. Its server may be restarted at any time.
type writer struct {
	url    string
	course string
	random *rand.Rand
	victim *victim // the exporter whose state outlives what is overwritten and deleted; nil where nothing is

	conn      *pgx.Conn
	homeworks []*homework
	sent      int
	prepared  *transaction // waits for its second phase
	due       time.Time    // when that is to come

	journal journal
	did     map[string]int // what, how often
}

// A transaction leaves its token in a table, so that its outcome can be known also where the answer to COMMIT was lost.
type transaction struct {
	token   string
	changes []change
}

const (
	history  = 40 // homeworks that are older than the exporter
	recently = 40 // homeworks among which most of what happens happens
)

var verdicts = []string{"accepted", "partial", "wrong_answer", "internal_error", "compile_error", "runtime_error",
	"time_limit", "memory_limit", "output_limit", "style_error", "security_violation", "other"}

// begin writes the homeworks that are older than the exporter, as if each had been written when it was submitted.
func (w *writer) begin(ctx context.Context) error {
	if err := w.connect(ctx); err != nil {
		return err
	}
	if _, err := w.conn.Exec(ctx, "SET session_replication_role = replica"); err != nil { // no trigger
		return err
	}
	for range history {
		if err := w.transact(ctx, []change{w.submit()}, commit); err != nil {
			return err
		}
	}
	_, err := w.conn.Exec(ctx, "RESET session_replication_role")
	return err
}

// run writes until quiet ends, and returns when nothing of it is left open. ctx ends it at once.
func (w *writer) run(ctx, quiet context.Context) error {
	for quiet.Err() == nil {
		if err := w.act(ctx); err != nil {
			return err
		}
		time.Sleep(rand.N(30 * time.Millisecond))
	}
	for w.prepared != nil {
		if err := w.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) act(ctx context.Context) error {
	switch {
	case w.prepared != nil && time.Now().After(w.due):
		return w.settle(ctx)
	case w.victim != nil && w.random.IntN(12) == 0:
		return w.amend(ctx)
	}
	return w.transact(ctx, w.several(w.progress), w.ending())
}

// amend overwrites results and deletes submissions, which is not to lower any total. What lives for less than a poll
// may never be seen: so it waits until the exporter has shown what is to be destroyed. Sometimes that is the last thing
// that the exporter does, and the records change while it is down.
func (w *writer) amend(ctx context.Context) error {
	deadly := w.random.IntN(3) == 0
	if err := w.awaitShown(ctx, deadly); err != nil {
		return err
	}
	changes := w.several(w.destroy)
	if !deadly {
		return w.transact(ctx, changes, w.ending())
	}
	var err error
	w.did["killed for"]++
	w.victim.down(syscall.SIGKILL, func() { err = w.transact(ctx, changes, w.ending()) })
	return err
}

// awaitShown waits until the exporter has shown all that was committed.
func (w *writer) awaitShown(ctx context.Context, atOnce bool) error {
	look := w.victim.monitor.latest
	if atOnce {
		look = w.victim.monitor.scrape
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		different := w.differences(look())
		switch {
		case len(different) == 0:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("%s after its last commit the exporter shows:\n%s", patience, w.explain(different))
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

// differences are those between the journal and what is shown.
func (w *writer) differences(shown samplesBySeries) []string {
	own := fmt.Sprintf(`course="%s"`, w.course)
	return shown.differences(func(series string) bool {
		return fromJournal[nameOf(series)] && strings.Contains(series, own)
	}, w.journal.samples())
}

// explain adds to differences the journal of the first assignment that they name.
func (w *writer) explain(different []string) string {
	text := strings.Join(different, "\n")
	for _, assignment := range w.assignments() {
		if strings.Contains(text, `"`+assignment+`"`) {
			return text + "\nThe journal has:\n" + w.journal.of(assignment)
		}
	}
	return text
}

func (w *writer) assignments() []string {
	return []string{w.course + "-hw1", w.course + "-hw2", w.course + "-hw3"}
}

// several are changes of different homeworks.
func (w *writer) several(one func() (change, bool)) (changes []change) {
	for range 1 + w.random.IntN(4) {
		if c, ok := one(); ok {
			c.of.busy = true
			changes = append(changes, c)
		}
	}
	return changes
}

// progress is what a grader does next: take a submission, go on with a check, check again, or write a row as it is.
func (w *writer) progress() (change, bool) {
	if w.random.IntN(3) == 0 {
		return w.submit(), true
	}
	h := w.pick()
	if h == nil {
		return change{}, false
	}
	next := h.last()
	switch {
	case next.state == "queued" || next.state == "running":
		w.proceed(&next)
	case next.number < 3 && w.random.IntN(3) == 0:
		next = w.queue(next.number+1, h.submitted.Add(time.Duration(next.number)*24*time.Hour))
	}
	return change{of: h, check: next}, true
}

// submit is a new homework, of which most are still to be checked.
func (w *writer) submit() change {
	w.sent++
	h := &homework{
		course: w.course, assignment: pickOne(w.random, w.assignments()),
		student:   fmt.Sprintf("student%d", w.random.IntN(12)),
		language:  pickOne(w.random, []string{"go", "c", "python"}),
		submitted: time.Now().UTC().Truncate(time.Microsecond).Add(-72*time.Hour - w.between(0, 240*time.Hour)),
	}
	h.id = fmt.Sprintf("%s-%d", h.assignment, w.sent)
	if w.random.IntN(2) == 0 {
		h.deadline = h.submitted.Add(w.between(-time.Hour, time.Hour))
	}
	first := w.queue(1, h.submitted)
	for range w.random.IntN(3) {
		w.proceed(&first)
	}
	return change{of: h, check: first}
}

func (w *writer) queue(number int, after time.Time) check {
	return check{number: number, state: "queued", queued: after.Add(w.between(0, time.Second))}
}

// proceed takes a check that is queued or running one step further. Clocks differ: it may end before it starts.
func (w *writer) proceed(c *check) {
	switch {
	case w.random.IntN(20) == 0:
		c.state, c.finished = "cancelled", c.queued.Add(w.between(10*time.Minute, time.Hour)) // no check waits or runs for so long
	case c.state == "queued":
		c.state, c.started = "running", c.queued.Add(w.between(-time.Second, 10*time.Minute))
	case c.state == "running":
		c.state, c.finished, c.result = "finished", c.started.Add(w.between(-time.Second, 2*time.Minute)), w.result()
	}
}

func (w *writer) result() result {
	return result{pickOne(w.random, verdicts[:2+w.random.IntN(len(verdicts)-1)]), w.random.IntN(11)}
}

// destroy deletes a homework or changes the result of its last check: as a correction, by a check that has run in
// between, or by one that is still to run.
func (w *writer) destroy() (change, bool) {
	h := w.pick()
	if h == nil {
		return change{}, false
	}
	if w.random.IntN(4) == 0 {
		return change{of: h, deleted: true}, true
	}
	c := h.last()
	if c.state != "finished" {
		return change{}, false
	}
	switch c.result = w.result(); w.random.IntN(3) {
	case 0:
		c.queued = c.finished.Add(w.between(0, time.Minute))
		c.started = c.queued.Add(w.between(0, time.Minute))
		c.finished = c.started.Add(w.between(0, time.Minute))
	case 1:
		c.state, c.result = "queued", result{}
		c.queued, c.started, c.finished = c.finished.Add(w.between(0, time.Minute)), time.Time{}, time.Time{}
	}
	return change{of: h, check: c}, true
}

// pick is a homework that no transaction holds, mostly a recent one; nil is none.
func (w *writer) pick() *homework {
	among := w.homeworks
	if w.random.IntN(5) > 0 {
		among = among[max(0, len(among)-recently):]
	}
	if len(among) == 0 {
		return nil
	}
	if h := pickOne(w.random, among); !h.busy {
		return h
	}
	return nil
}

func pickOne[T any](random *rand.Rand, among []T) T { return among[random.IntN(len(among))] }

func (w *writer) between(from, to time.Duration) time.Duration {
	return (from + time.Duration(w.random.Int64N(int64(to-from)))).Truncate(time.Microsecond)
}

// An ending is how a transaction ends.
type ending struct {
	how  string
	hold time.Duration // how long it stays open before
}

var commit = ending{how: "COMMIT"}

// ending is mostly a commit at once. Transactions that stay open or prepared come in turns: the exporter reads again
// from the oldest of them on, so that one would hide what it misses because of another.
func (w *writer) ending() ending {
	end := commit
	switch turn := time.Now().Second() / 3 % 3; {
	case turn == 0 && w.random.IntN(8) == 0:
		w.did["held open"]++
		end.hold = w.between(0, 3*time.Second)
	case turn == 1 && w.random.IntN(8) == 0 && w.prepared == nil:
		end.how = "PREPARE TRANSACTION"
		end.hold = w.between(0, 500*time.Millisecond)
	}
	if w.random.IntN(10) == 0 {
		end.how = "ROLLBACK"
	}
	return end
}

// transact writes changes in a transaction, the first before it is held open and the rest afterwards.
func (w *writer) transact(ctx context.Context, changes []change, end ending) error {
	w.did["transactions"]++
	tx := &transaction{token: fmt.Sprintf("%s-%d", w.course, w.did["transactions"]), changes: changes}
	statements := []func() error{w.statement(ctx, "BEGIN")}
	for i, c := range changes {
		statements = append(statements, func() error { return w.write(ctx, c) })
		if i == 0 {
			statements = append(statements, func() error { time.Sleep(end.hold); return nil })
		}
	}
	if end.how == "PREPARE TRANSACTION" {
		end.how += " '" + tx.token + "'"
	}
	statements = append(statements,
		w.statement(ctx, "INSERT INTO committed VALUES ($1)", tx.token), w.statement(ctx, end.how))
	return w.conclude(ctx, tx, statements...)
}

// settle ends a prepared transaction.
func (w *writer) settle(ctx context.Context) error {
	tx, how := w.prepared, "COMMIT"
	if w.random.IntN(4) == 0 {
		how = "ROLLBACK"
	}
	w.prepared = nil
	return w.conclude(ctx, tx, w.statement(ctx, how+" PREPARED '"+tx.token+"'"))
}

func (w *writer) statement(ctx context.Context, sql string, args ...any) func() error {
	return func() error {
		_, err := w.conn.Exec(ctx, sql, args...)
		return err
	}
}

// conclude executes statements as far as the connection lasts, finds out what has become of the transaction, and enters
// it.
func (w *writer) conclude(ctx context.Context, tx *transaction, statements ...func() error) error {
	if err := w.connect(ctx); err != nil {
		return err
	}
	for _, execute := range statements {
		if err := execute(); err != nil && !w.conn.IsClosed() {
			return err
		} else if err != nil {
			w.did["cut off"]++
			break
		}
	}
	committed, prepared, err := w.outcome(ctx, tx)
	switch {
	case err != nil:
		return err
	case prepared:
		w.did["prepared"]++
		w.prepared, w.due = tx, time.Now().Add(rand.N(3*time.Second))
		return nil
	}
	if !committed {
		w.did["rolled back"]++
	}
	for _, c := range tx.changes {
		if c.of.busy = false; committed {
			w.commit(c)
		}
	}
	return nil
}

// outcome asks the server, and asks again while that is being restarted.
func (w *writer) outcome(ctx context.Context, tx *transaction) (committed, prepared bool, err error) {
	for {
		if err := w.connect(ctx); err != nil {
			return false, false, err
		}
		err := w.conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM committed WHERE token = $1),
			EXISTS (SELECT FROM pg_prepared_xacts WHERE gid = $1)`, tx.token).Scan(&committed, &prepared)
		if err == nil || !w.conn.IsClosed() {
			return committed, prepared, err
		}
	}
}

func (w *writer) commit(c change) {
	w.did["changes"]++
	h := c.of
	if len(h.checks) == 0 {
		w.homeworks = append(w.homeworks, h)
	} else if was := h.last(); was.state == "finished" && was.number == c.check.number && was.result != c.check.result {
		w.did["changed in place"]++
	}
	w.journal.commit(c)
	if c.deleted {
		w.did["deleted"]++
		w.homeworks = slices.DeleteFunc(w.homeworks, func(other *homework) bool { return other == h })
	}
}

// connect connects anew where the server has gone, until it is back.
func (w *writer) connect(ctx context.Context) error {
	for deadline := time.Now().Add(patience); w.conn == nil || w.conn.IsClosed(); time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(ctx, w.url)
		if err == nil {
			w.conn = conn
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

const upsert = `INSERT INTO analytics.submission_records (submission_id, check_number, course, assignment, student,
		language, submitted_at, deadline_at, state, verdict, score, max_score, tests,
		queued_at, started_at, finished_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 10, $12, $13, $14, $15, $7)
	ON CONFLICT (submission_id, check_number) DO UPDATE SET state = excluded.state, verdict = excluded.verdict,
		score = excluded.score, tests = excluded.tests, queued_at = excluded.queued_at,
		started_at = excluded.started_at, finished_at = excluded.finished_at`

func (w *writer) write(ctx context.Context, c change) error {
	h, k := c.of, c.check
	if c.deleted {
		_, err := w.conn.Exec(ctx, "DELETE FROM analytics.submission_records WHERE submission_id = $1", h.id)
		return err
	}
	var verdict, score, tests any
	if k.state == "finished" {
		verdict, score, tests = k.result.verdict, k.result.score, k.result.tests()
	}
	_, err := w.conn.Exec(ctx, upsert, h.id, k.number, h.course, h.assignment, h.student, h.language, h.submitted,
		orNull(h.deadline), k.state, verdict, score, tests,
		orNull(k.queued), orNull(k.started), orNull(k.finished))
	return err
}

func orNull(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}

// finish brings everything that is open to its end.
func (w *writer) finish(ctx context.Context) error {
	for _, h := range w.homeworks {
		for c := h.last(); c.state == "queued" || c.state == "running"; c = h.last() {
			w.proceed(&c)
			if err := w.transact(ctx, []change{{of: h, check: c}}, commit); err != nil {
				return err
			}
		}
	}
	return nil
}
