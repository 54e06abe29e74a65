package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// A story is a random history of one course, and the journal of what it has committed.
//
// A version of a row that is overwritten between two polls is never seen. So before it overwrites something that counts
// with something that counts otherwise, a story waits until the exporter shows all that is in the journal; it does not
// wait where it makes no difference to the totals whether a version is seen.
type story struct {
	*chronicle
	rt       *rapid.T
	course   string
	most     int       // transactions open at a time: the oldest one hides what is missed because of the others
	deadline time.Time // of its homework hw2
	papers   []*paper
	prepared []*pending
	gids     int
	journal  journal
	shown    int // how many entries of the journal the exporter has surely counted
}

// A paper is a submission, which has at most three checks.
type paper struct {
	homework
	rows        [3]*row
	sent        bool     // as the journal has it
	firstResult int      // the entry that brought it; 0 before there is one
	claim       *pending // the transaction that may bring it
}

// A row stands as it was committed last: without a state where it is not in the table.
type row struct {
	of     *paper
	check  check
	news   int      // its last entry in the journal that changed a total
	writer *pending // the transaction that holds it, nil where none does
}

// A pending transaction has written rows, each with its last version, in the order of these last versions.
type pending struct {
	by     *session // nil where it is prepared
	gid    string
	writes []written
}

type written struct {
	row   *row
	check check
}

func newStory(c *chronicle, rt *rapid.T) *story {
	c.stories++
	s := &story{chronicle: c, rt: rt, course: fmt.Sprintf("story%d", c.stories), journal: newJournal(),
		deadline: time.Now().Add(-12 * time.Hour)}
	s.most = draw(s, "most open at a time", 1, 2, len(c.sessions)-1) // one is left for what ends at once
	s.sql(c.sessions[0], `INSERT INTO analytics.assignments (course, assignment, deadline_at) VALUES
		($1, $1 || '-hw1', NULL), ($1, $1 || '-hw2', $2)`, s.course, s.deadline)
	zero := samplesBySeries{fmt.Sprintf(`grader_submissions_total{assignment="%[1]s-hw2",course="%[1]s"}`, s.course): 0}
	s.await("its deadline is known", func(shown samplesBySeries) []string {
		return shown.differences(func(string) bool { return false }, zero)
	})
	return s
}

// tell takes the steps of the story, ends what they have left open, and compares.
func (s *story) tell() {
	defer s.abandon()
	s.rt.Repeat(map[string]func(*rapid.T){
		"submit": s.submit, "submit another": s.submit, "proceed": s.proceed, "finish again": s.finishAgain,
		"recheck": s.recheck, "come back": s.comeBack, "correct": s.correct, "put back": s.putBack, "touch": s.touch,
		"delete": s.delete, "begin": s.begin, "end": s.end, "end prepared": s.endPrepared,
		"pause": s.pause, "pause again": s.pause, "restart": s.restart,
	})
	for len(s.busy()) > 0 || len(s.prepared) > 0 {
		s.pause(s.rt)
		if len(s.prepared) == 0 || len(s.busy()) > 0 && draw(s, "end an open one", true, false) {
			s.end(s.rt)
		} else {
			s.endPrepared(s.rt)
		}
	}
	s.barrier()
	s.await("every gauge is what SQL counts, and polls have missed nothing", func(shown samplesBySeries) []string {
		if drifted(shown) {
			s.fail("polls have missed what a reconciliation found", nil)
		}
		return s.gauges()
	})
	maps.Copy(s.totals, s.journal.samples())
}

// abandon leaves nothing open behind a story that failed.
func (s *story) abandon() {
	for _, by := range s.busy() {
		by.open = nil
		s.sql(by, "ROLLBACK")
	}
	for _, tx := range s.prepared {
		s.sql(s.sessions[0], "ROLLBACK PREPARED '"+tx.gid+"'")
	}
}

// submit sends a paper, sometimes with all its checks at once.
func (s *story) submit(*rapid.T) {
	s.did["submit"]++
	// No age reaches the end of a window, of which there are some from 5 minutes to 30 days, while the test lasts.
	const day = 24 * time.Hour
	age := draw(s, "age", 0, 20*time.Minute, day/3, day*2/3, 3*day, 15*day, 45*day)
	age += s.between("moment", 0, time.Minute)
	p := &paper{homework: homework{course: s.course, assignment: s.course + draw(s, "assignment", "-hw1", "-hw2"),
		student: draw(s, "student", "ada", "bob", "eve"), language: draw(s, "language", "go", "python", "c"),
		submitted: time.Now().UTC().Truncate(time.Microsecond).Add(-age)}}
	p.id = fmt.Sprintf("%s-%d", p.assignment, len(s.papers))
	if draw(s, "own deadline", true, false, false) {
		p.deadline = p.submitted.Add(s.between("extension", -time.Hour, time.Hour))
	}
	s.papers = append(s.papers, p)
	by := choose(s, "session", s.sessions...)
	for i := range p.rows {
		p.rows[i] = &row{of: p, check: check{number: i + 1}}
	}
	for _, r := range p.rows[:draw(s, "checks", 1, 1, 1, 1, 2, 3)] {
		s.write(by, r, s.fresh(by, r))
	}
}

// fresh is a check that is queued, or has gone on from there.
func (s *story) fresh(by *session, r *row) check {
	c := check{number: r.check.number, state: "queued"}
	if c.number > 1 || draw(s, "has queued_at", true, true, false) {
		c.queued = r.of.submitted.Add(time.Duration(c.number-1)*time.Hour + s.between("to queue", 0, time.Second))
	}
	for range draw(s, "stages", 0, 1, 2, 2, 2) {
		s.advance(by, r, &c)
	}
	return c
}

func (s *story) proceed(*rapid.T) { s.goOn(isUnderWay, 1) }

// finishAgain goes on with what has been put back.
func (s *story) finishAgain(*rapid.T) {
	s.goOn(func(c check) bool { return isUnderWay(c) && c.counted != result{} }, 2)
}

func isUnderWay(c check) bool { return c.state == "queued" || c.state == "running" }

func (s *story) goOn(suits func(check) bool, stages int) {
	r, by := s.pick(suits)
	s.goOnWith(by, r, stages)
}

func (s *story) goOnWith(by *session, r *row, stages int) {
	next := r.now()
	for range stages {
		s.advance(by, r, &next)
	}
	if next.state == "finished" && next.counted != (result{}) {
		s.did["finish again"]++
	}
	s.write(by, r, next)
}

// advance takes a check one stage further. Clocks differ: it may end before it starts.
func (s *story) advance(by *session, r *row, c *check) {
	switch {
	case isUnderWay(*c) && rapid.IntRange(0, 9).Draw(s.rt, "cancelled at 0") == 0:
		c.state = "cancelled"
	case c.state == "queued":
		if c.state = "running"; c.started.IsZero() || draw(s, "starts anew", true, false) {
			c.started = c.enqueued(r.of).Add(s.between("wait", -20*time.Second, 10*time.Minute))
		}
	case c.state == "running":
		c.state, c.finished = "finished", c.began(r.of).Add(s.between("duration", -2*time.Second, 2*time.Minute))
		if c.result = c.counted; c.result == (result{}) || draw(s, "another result", true, false) {
			c.result = s.result(by, r)
		}
	}
}

// enqueued is where null stands for the time of submission.
func (c check) enqueued(p *paper) time.Time {
	if c.queued.IsZero() {
		return p.submitted
	}
	return c.queued
}

// began is when it was enqueued where it was never started.
func (c check) began(p *paper) time.Time {
	if c.started.IsZero() {
		return c.enqueued(p)
	}
	return c.started
}

// result is none of the student where another transaction may bring the first one: which is first would not be known.
func (s *story) result(by *session, r *row) result {
	score := draw(s, "score", -1, 0, 3, 7, 10, 10)
	if claim := r.of.claim; claim != nil && claim != by.open && r.of.firstResult == 0 {
		return result{"internal_error", score}
	}
	return result{draw(s, "verdict", verdicts...), score}
}

// recheck adds a check to a paper.
func (s *story) recheck(*rapid.T) { s.add("recheck", func(c check) bool { return c.state == "" }) }

// comeBack adds a check that was there before and was deleted.
func (s *story) comeBack(*rapid.T) {
	s.add("come back", func(c check) bool { return c.state == "" && c.counted != result{} })
}

func (s *story) add(what string, suits func(check) bool) {
	r, by := s.pick(suits)
	s.did[what]++
	next := s.fresh(by, r)
	next.counted = r.check.counted
	s.write(by, r, next)
}

// correct overwrites a result, of the same run or of another one.
func (s *story) correct(*rapid.T) {
	r, by := s.pick(isFinished)
	s.did["correct"]++
	s.write(by, r, s.corrected(by, r))
}

func isFinished(c check) bool { return c.state == "finished" }

func (s *story) corrected(by *session, r *row) check {
	next := r.now()
	if next.result = s.result(by, r); draw(s, "another run", true, false) {
		s.runAgain(r, &next)
		next.finished = next.started.Add(s.between("duration", 0, time.Minute))
	}
	return next
}

// runAgain starts a check once more, after what it has been through.
func (s *story) runAgain(r *row, c *check) {
	latest := slices.MaxFunc([]time.Time{c.enqueued(r.of), c.started, c.finished}, time.Time.Compare)
	c.queued = latest.Add(s.between("until queued again", time.Second, time.Minute))
	c.started = c.queued.Add(s.between("wait", 0, time.Minute))
}

// putBack takes the result from a check, and has it run once more, or not.
func (s *story) putBack(*rapid.T) {
	r, by := s.pick(func(c check) bool { return c.state == "finished" || c.state == "cancelled" })
	s.did["put back"]++
	next := r.now()
	next.state, next.result = draw(s, "state", "queued", "running", "cancelled"), result{}
	if draw(s, "another run", true, false) {
		if s.runAgain(r, &next); next.state != "running" {
			next.started = time.Time{}
		}
	}
	next.finished = time.Time{}
	s.write(by, r, next)
	if isUnderWay(next) && draw(s, "at once", true, false) {
		s.goOnWith(by, r, 2)
	}
}

// touch updates a row to what it is.
func (s *story) touch(*rapid.T) {
	r, by := s.pick(isThere)
	s.did["touch"]++
	s.write(by, r, r.now())
}

func isThere(c check) bool { return c.state != "" }

// delete deletes a check, or the paper as far as nobody else holds it.
func (s *story) delete(*rapid.T) {
	r, by := s.pick(isThere)
	s.did["delete"]++
	rows := []*row{r}
	if draw(s, "the whole paper", true, false, false) {
		rows = r.of.rows[:]
	}
	for _, r := range rows {
		if isThere(r.now()) && (r.writer == nil || r.writer == by.open) {
			s.write(by, r, r.deleted())
		}
	}
}

// begin opens a transaction, which may only read for now.
func (s *story) begin(*rapid.T) {
	if len(s.busy()) == s.most {
		s.rt.Skip("enough are open")
	}
	idle := slices.DeleteFunc(slices.Clone(s.sessions), func(by *session) bool { return by.open != nil })
	by := choose(s, "session", idle...)
	s.did["begin"]++
	s.sql(by, "BEGIN")
	by.open = &pending{by: by}
	if draw(s, "reads first", true, false) {
		s.sql(by, "SELECT count(*) FROM analytics.submission_records WHERE course = $1", s.course)
	}
}

func (s *story) busy() []*session {
	return slices.DeleteFunc(slices.Clone(s.sessions), func(by *session) bool { return by.open == nil })
}

// end ends an open transaction, or prepares it.
func (s *story) end(*rapid.T) {
	if len(s.busy()) == 0 {
		s.rt.Skip("nothing is open")
	}
	by := choose(s, "session", s.busy()...)
	tx, how := by.open, draw(s, "how", "COMMIT", "ROLLBACK", "PREPARE", "PREPARE")
	if how == "PREPARE" && len(s.prepared) == 3 { // the server does not take many
		how = "COMMIT"
	}
	s.did[how]++
	by.open, tx.by = nil, nil
	switch how {
	case "PREPARE":
		s.gids++
		tx.gid = fmt.Sprintf("%s-%d", s.course, s.gids)
		s.prepared = append(s.prepared, tx)
		s.sql(by, "PREPARE TRANSACTION '"+tx.gid+"'")
	default:
		s.sql(by, how)
		s.conclude(tx, how == "COMMIT")
	}
}

// endPrepared is the second phase of a prepared transaction.
func (s *story) endPrepared(*rapid.T) {
	if len(s.prepared) == 0 {
		s.rt.Skip("nothing is prepared")
	}
	tx, how := choose(s, "prepared", s.prepared...), draw(s, "how", "COMMIT", "ROLLBACK")
	s.did[how+" PREPARED"]++
	by := s.sessions[slices.IndexFunc(s.sessions, func(by *session) bool { return by.open == nil })]
	s.sql(by, how+" PREPARED '"+tx.gid+"'")
	s.prepared = slices.DeleteFunc(s.prepared, func(other *pending) bool { return other == tx })
	s.conclude(tx, how == "COMMIT")
}

// pause lets the exporter poll, or not.
func (s *story) pause(*rapid.T) { time.Sleep(s.between("pause", 0, 60*time.Millisecond)) }

// restart ends the exporter once it has shown what is there, and may overwrite some of that meanwhile. It takes longer
// than all else; where something is prepared the next exporter has more to remember.
func (s *story) restart(*rapid.T) {
	if len(s.prepared) == 0 && !draw(s, "really", true, false, false, false) {
		return
	}
	s.barrier()
	s.chronicle.restart(draw(s, "kill", true, true, false), func() {
		if len(s.free(isFinished)) == 0 || draw(s, "leave it", true, false) {
			return
		}
		r, by := s.pick(isFinished)
		next := s.corrected(by, r)
		if draw(s, "delete", true, false) {
			next = r.deleted()
		}
		s.write(by, r, next)
	})
}

// pick is a row that suits, and the session that may write it.
func (s *story) pick(suits func(check) bool) (*row, *session) {
	free := s.free(suits)
	if len(free) == 0 {
		s.rt.Skip("no row suits")
	}
	r := choose(s, "row", free...)
	if r.writer != nil {
		return r, r.writer.by
	}
	return r, choose(s, "session", s.sessions...)
}

// free are the rows that suit and that no prepared transaction holds.
func (s *story) free(suits func(check) bool) (rows []*row) {
	for _, p := range s.papers {
		for _, r := range p.rows {
			if suits(r.now()) && (r.writer == nil || r.writer.by != nil) {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// now is how a row stands for who holds it.
func (r *row) now() check {
	if r.writer != nil {
		for _, w := range r.writer.writes {
			if w.row == r {
				return w.check
			}
		}
	}
	return r.check
}

// deleted keeps what was counted of a row.
func (r *row) deleted() check {
	return check{number: r.check.number, counted: r.check.counted, waited: r.check.waited}
}

const (
	insertRow = `INSERT INTO analytics.submission_records (submission_id, check_number, state, verdict, score, tests,
			queued_at, started_at, finished_at,
			course, assignment, student, language, submitted_at, deadline_at, max_score)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 10)`
	updateRow = `UPDATE analytics.submission_records SET state = $3, verdict = $4, score = $5, tests = $6,
		queued_at = $7, started_at = $8, finished_at = $9 WHERE (submission_id, check_number) = ($1, $2)`
	deleteRow = `DELETE FROM analytics.submission_records WHERE (submission_id, check_number) = ($1, $2)`
)

// write writes a version of a row, in the transaction that the session has open or in one of its own.
func (s *story) write(by *session, r *row, next check) {
	if r.news > s.shown && !keeps(r.check, next) || r.of.firstResult > s.shown && !r.isAlone() {
		s.barrier()
	}
	var verdict, score, tests any
	if next.state == "finished" {
		verdict, tests = next.result.verdict, next.result.tests()
		if next.result.score >= 0 {
			score = next.result.score
		}
	}
	p := r.of
	key := []any{p.id, next.number}
	version := append(key, next.state, verdict, score, tests,
		orNull(next.queued), orNull(next.started), orNull(next.finished))
	switch {
	case next.state == "":
		s.sql(by, deleteRow, key...)
	case isThere(r.now()):
		s.sql(by, updateRow, version...)
	default:
		s.sql(by, insertRow, append(version,
			p.course, p.assignment, p.student, p.language, p.submitted, orNull(p.deadline))...)
	}

	tx := by.open
	if tx == nil {
		tx = &pending{}
	}
	tx.writes = slices.DeleteFunc(tx.writes, func(w written) bool { return w.row == r })
	tx.writes = append(tx.writes, written{r, next})
	if r.writer = tx; next.isResult() && p.claim == nil {
		p.claim = tx
	}
	if by.open == nil {
		s.conclude(tx, true)
	}
}

func (c check) isResult() bool { return c.state == "finished" && c.result.verdict != "internal_error" }

// keeps says whether who sees only the later of two versions counts all the same.
func keeps(was, next check) bool {
	switch {
	case next.state == "":
		return false
	case was.state != "finished":
	case next.state != "finished" || next.result != was.result || !next.finished.Equal(was.finished):
		return false
	}
	return was.started.IsZero() || next.started.Equal(was.started) && next.queued.Equal(was.queued)
}

// isAlone says whether there is no other check whose order to this one might matter.
func (r *row) isAlone() bool {
	return !slices.ContainsFunc(r.of.rows[:], func(other *row) bool {
		return other != r && (other.check.state != "" || other.writer != nil)
	})
}

// conclude enters what a transaction has written, if it was committed.
func (s *story) conclude(tx *pending, committed bool) {
	for _, w := range tx.writes {
		w.row.writer = nil
		if w.row.of.claim == tx {
			w.row.of.claim = nil
		}
		if committed {
			s.enter(w.row, w.check)
		}
	}
}

// enter counts a version that has been committed, by the counting rules of the design.
func (s *story) enter(r *row, now check) {
	p, j := r.of, &s.journal
	j.enter("%s/%d: %+v", p.id, now.number, now)
	entry := len(j.entries)
	was := r.check
	r.check = now
	if now.state == "" {
		return
	}
	now.counted, now.waited = was.counted, was.waited
	course := fmt.Sprintf(`course="%s"`, p.course)
	assignment := fmt.Sprintf(`assignment="%s",%s`, p.assignment, course)
	if !p.sent {
		p.sent, r.news = true, entry
		j.count("submissions", assignment)
		j.count("language_submissions", course+fmt.Sprintf(`,language="%s"`, p.language))
		local := p.submitted.In(s.zone)
		weekday := (local.Weekday()+6)%7 + 1 // Monday is 1
		j.count("hour_submissions", course+fmt.Sprintf(`,hour="%02d",weekday="%d"`, local.Hour(), weekday))
		deadline := p.deadline
		if deadline.IsZero() && strings.HasSuffix(p.assignment, "hw2") {
			deadline = s.deadline
		}
		if !deadline.IsZero() && p.submitted.After(deadline) {
			j.count("late_submissions", assignment)
		}
	}
	counts := now.state == "finished" && now.result != now.counted
	again := counts && now.counted != result{}
	if !now.started.IsZero() && (now.waited.IsZero() || again && !now.started.Equal(now.waited)) {
		j.observe("queue_wait", course, now.enqueued(p), now.started)
		now.waited, r.news = now.started, entry
	}
	if counts {
		now.counted, r.news = now.result, entry
		j.count("checks", assignment+fmt.Sprintf(`,verdict="%s"`, now.result.verdict))
		for _, test := range now.result.tests() {
			j.count("test_results", assignment+fmt.Sprintf(`,outcome="%s",test="%s"`, test.Outcome, test.Name))
		}
		if !now.started.IsZero() {
			j.observe("check_duration", assignment, now.started, now.finished)
		}
		if again || now.number > 1 {
			j.count("rechecks", assignment)
		}
		if now.isResult() && p.firstResult == 0 {
			p.firstResult = entry
			j.observe("feedback", course, p.submitted, now.finished)
		}
	}
	r.check = now
}

// barrier waits until the exporter shows what is in the journal.
func (s *story) barrier() {
	s.did["barrier"]++
	own, want := fmt.Sprintf(`course="%s"`, s.course), s.journal.samples()
	s.await("every total is that of the journal", func(shown samplesBySeries) []string {
		return shown.differences(func(series string) bool {
			return fromJournal[nameOf(series)] && strings.Contains(series, own)
		}, want)
	})
	s.shown = len(s.journal.entries)
}

func (s *story) await(what string, differences func(samplesBySeries) []string) {
	for deadline := time.Now().Add(storyPatience); ; time.Sleep(10 * time.Millisecond) {
		different := differences(s.monitor.scrape())
		if len(different) == 0 {
			return
		}
		if time.Now().After(deadline) {
			s.fail("waited in vain until "+what, different)
		}
	}
}

// fail says in the test's own log what is wrong, since rapid shows only what a repetition does.
func (s *story) fail(what string, different []string) {
	s.t.Logf("%s: %s\n%s\nThe journal of %s has:\n%s", clock(), what, strings.Join(different, "\n"), s.course,
		strings.Join(s.journal.entries, "\n"))
	s.rt.Fatal(what)
}

func (s *story) sql(by *session, sql string, args ...any) {
	if _, err := by.conn.Exec(s.t.Context(), sql, args...); err != nil {
		s.rt.Fatalf("%v in: %s", err, sql)
	}
}

func draw[T any](s *story, what string, among ...T) T {
	return rapid.SampledFrom(among).Draw(s.rt, what)
}

// choose is draw for what is no text to log.
func choose[T any](s *story, what string, among ...T) T {
	return among[rapid.IntRange(0, len(among)-1).Draw(s.rt, what)]
}

func (s *story) between(what string, from, to time.Duration) time.Duration {
	return time.Duration(rapid.Int64Range(from.Microseconds(), to.Microseconds()).Draw(s.rt, what)) * time.Microsecond
}
