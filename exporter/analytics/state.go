package analytics

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// stateFormat is the version of what Save writes and of the Journal's entries. It changes with every measure that is
// added, since the past of that one is only in the source.
const stateFormat = 3

// Save writes what is needed to go on: the tables and what was counted. Students and submissions are in it as hashes. While
// it runs, others may advance and read the fold under the lock, but nothing may be applied.
func (f *Fold) Save(w io.Writer, lock sync.Locker) error {
	var small bytes.Buffer
	lock.Lock()
	f.persist(&codec{out: &small}) // a Buffer takes everything
	lock.Unlock()
	out := bufio.NewWriterSize(w, 1<<16)
	c := &codec{out: out}
	c.write(small.Bytes())
	f.seen.persist(c)
	return errors.Join(c.err, out.Flush())
}

// Restore makes the Fold that was saved. Its clock is not set. Options must have the same zone and key.
func Restore(r io.Reader, o Options) (*Fold, error) {
	f := New(o)
	c := &codec{in: bufio.NewReaderSize(r, 1<<16), reads: true}
	f.persist(c)
	f.seen.persist(c)
	if c.err == nil {
		c.err = f.review()
	}
	if c.err != nil {
		return nil, fmt.Errorf("reading the saved state: %w", c.err)
	}
	return f, nil
}

// persist is for all but the tables.
func (f *Fold) persist(c *codec) {
	format := uint64(stateFormat)
	if c.uint(&format); c.err == nil && format != stateFormat {
		c.err = fmt.Errorf("it has format %d, and this version of Gradewatch has format %d", format, stateFormat)
	}
	c.time(&f.origin)
	described := string(f.catalogue)
	c.text(&described)
	f.catalogue = []byte(described)
	f.directory.persist(c)
	slice(c, (*[]uint64)(&f.doubled), c.word)
	f.measures.persist(c)
}

func (d *directory) persist(c *codec) {
	slice(c, &d.courses, func(course **Course) {
		if c.reads {
			*course = &Course{}
		}
		c.text(&(*course).Slug)
		c.text(&(*course).Title)
		c.text(&(*course).Term)
		persistNumber(c, &(*course).Enrolled)
		if c.reads {
			(*course).index = len(d.courseOf)
			d.courseOf[(*course).Slug] = *course
		}
	})
	slice(c, &d.assignments, func(assignment **Assignment) {
		if c.reads {
			*assignment = &Assignment{Course: &Course{}}
		}
		a := *assignment
		course := a.Course.Slug
		c.text(&course)
		c.text(&a.Slug)
		c.text(&a.Title)
		c.time(&a.OpensAt)
		c.time(&a.DeadlineAt)
		if c.reads {
			a.Course, a.index = d.course(course), len(d.assignmentOf)
			d.assignmentOf[[2]string{course, a.Slug}] = a
		}
	})
	slice(c, &d.students, func(id *identity) {
		c.identity(id)
		if c.reads {
			d.studentsBy.add(id.low, uint32(d.studentsBy.used))
		}
	})
}

func (s *seen) persist(c *codec) {
	rows(c, &s.members, func(m *member) {
		whole(c, &m.student)
		whole(c, &m.course)
	})
	rows(c, &s.pairs, func(p *pair) {
		whole(c, &p.member)
		whole(c, &p.assignment)
		whole(c, &p.knownUntil)
		c.bool(&p.measured)
	})
	rows(c, &s.submissions, func(sent *submissionSeen) {
		c.identity(&sent.identity)
		c.int(&sent.submittedAt)
		whole(c, &sent.pair)
		c.bool(&sent.hadResult)
		c.bool(&sent.late)
	})
	rows(c, &s.checks, func(check *checkSeen) {
		whole(c, &check.submission)
		whole(c, &check.number)
		c.int(&check.updatedAt)
		c.word(&check.checksum)
		whole(c, &check.started)
		whole(c, &check.endedAt)
		whole(c, &check.verdict)
		c.word(&check.mark)
		whole(c, &check.points)
		whole(c, &check.items)
		whole(c, &check.stage)
		c.bool(&check.counted)
		c.bool(&check.calledOff)
	})
	if c.reads && c.err == nil {
		c.err = s.link()
	}
}

// rows is for a table whose rows each takes.
func rows[T any](c *codec, t *table[T], each func(*T)) {
	length := t.length
	whole(c, &length)
	for row := range length {
		if c.err != nil {
			return
		}
		if c.reads {
			var empty T
			t.add(empty)
		}
		each(t.at(row))
	}
}

// byRow is for a map by rows, whose values each takes.
func byRow[T any](c *codec, values map[uint32]T, each func(*T)) {
	rows := slices.Sorted(maps.Keys(values))
	slice(c, &rows, func(row *uint32) {
		whole(c, row)
		value := values[*row]
		each(&value)
		if c.reads {
			values[*row] = value
		}
	})
}

// link makes the links between rows, and the indices, which are not saved.
func (s *seen) link() error {
	for row := range s.members.length {
		s.linkMember(row)
	}
	for row, p := range s.pairs.rows() {
		if p.member >= s.members.length {
			return errors.New("nobody works at an assignment")
		}
		s.linkPair(row)
		if p.knownUntil != 0 {
			s.solving = append(s.solving, row)
		}
	}
	for row, sent := range s.submissions.rows() {
		if sent.pair >= s.pairs.length {
			return errors.New("a submission belongs to nobody")
		}
		p := s.pairs.at(sent.pair)
		sent.nextOfPair, p.submission = p.submission, row+1
		s.submissionsBy.add(sent.low, row)
		sent.gone = true // until a check says otherwise
	}
	for row, check := range s.checks.rows() {
		if check.submission >= s.submissions.length {
			return errors.New("a check belongs to no submission")
		}
		sent := s.submissions.at(check.submission)
		sent.gone = sent.gone && check.stage == Gone
		s.linkCheck(row)
	}
	return nil
}

// review makes the gauges out of the tables, which are linked, if they refer to what there is.
func (f *Fold) review() error {
	f.stale = true
	f.reviewUnanswered()
	f.reviewProgress()
	for _, m := range f.members.rows() {
		if int(m.student) >= len(f.students) || int(m.course) >= len(f.courses) {
			return errors.New("nobody takes a course, or somebody none")
		}
	}
	for _, p := range f.pairs.rows() {
		if int(p.assignment) >= len(f.assignments) {
			return errors.New("somebody works at no assignment")
		}
	}
	for _, r := range f.measures.workers.running {
		if int(r.worker) >= len(f.measures.workers.count) {
			return errors.New("a check is with a worker that nobody knows")
		}
	}
	for _, check := range f.checks.rows() {
		a := f.assignmentOfPair(f.submissions.at(check.submission).pair)
		if int(check.items) > len(f.measures.tests.assigned.at(a).patterns.sets) {
			return errors.New("a check has tests that nobody knows")
		}
		f.measures.ledger.replace(checkSeen{}, *check)
		f.measures.queue.add(a.Course, check.stage, 1)
	}
	for _, a := range f.assignments {
		of := f.measures.tests.assigned.at(a)
		of.assignment = a
		f.measures.tests.rooms.at(a.Course).names += len(of.count)
	}
	return nil
}

func (m *measures) persist(c *codec) {
	slice(c, (*[]uint64)(&m.submissions.count), c.uint)
	m.languages.persist(c)
	m.hours.persist(c)
	m.lateness.persist(c)
	m.checks.persist(c)
	m.waits.persist(c)
	slice(c, (*[]uint64)(&m.misses.late), c.uint)
	m.resources.persist(c)
	m.workers.persist(c)
	persistHistograms(c, &m.scores.ratio)
	m.solving.persist(c)
	m.forecast.persist(c)
	m.tests.persist(c)
	m.queue.persist(c)
}

// An entryKind is what an entry of the journal is about.
type entryKind byte

const (
	catalogueEntryKind entryKind = iota + 1
	recordEntryKind
	goneEntryKind
	solvedEntryKind
	lateEntryKind
)

// Redo does what a Journal's entry says. The Journal is to be set when all has been done again. No entry begins with a 0.
func (f *Fold) Redo(entry []byte) error {
	if len(entry) == 0 {
		return errors.New("an entry of the journal is empty")
	}
	c := &codec{in: bytes.NewReader(entry[1:]), reads: true}
	switch entryKind(entry[0]) {
	case catalogueEntryKind:
		var catalogue submission.Catalogue
		if persistCatalogue(c, &catalogue); c.err == nil {
			f.Describe(&catalogue)
		}
	case recordEntryKind:
		a := Anonymous{Record: &submission.Record{}}
		if a.persist(c); c.err == nil {
			f.apply(&a)
		}
	case goneEntryKind:
		var id identity
		var number uint32
		c.identity(&id)
		if whole(c, &number); c.err == nil {
			c.err = f.redoGone(id, number)
		}
	case solvedEntryKind:
		var w way
		if w.persist(c); c.err == nil && w.pair >= f.pairs.length {
			c.err = errors.New("nobody has solved")
		}
		if c.err == nil {
			f.measure(w)
		}
	case lateEntryKind:
		var row uint32
		if whole(c, &row); c.err == nil {
			c.err = f.redoLate(row)
		}
	default:
		c.err = fmt.Errorf("its kind is %d", entry[0])
	}
	if c.err != nil {
		return fmt.Errorf("an entry of the journal cannot be used: %w", c.err)
	}
	return nil
}

func (f *Fold) redoGone(id identity, number uint32) error {
	sent, known := f.find(id)
	if !known {
		return errors.New("a submission that was never sent is gone")
	}
	row, _, isNew := f.check(sent, number)
	if isNew {
		return errors.New("a check that was never seen is gone")
	}
	f.remove(row)
	return nil
}

// An entryWriter writes the entries of the journal, each into the memory of the one before.
type entryWriter struct {
	buffer bytes.Buffer
	codec  codec
}

// begin begins an entry.
func (w *entryWriter) begin(kind entryKind) *codec {
	w.buffer.Reset()
	w.codec = codec{out: &w.buffer} // which takes everything
	w.buffer.WriteByte(byte(kind))
	return &w.codec
}

// note hands the entry that was begun to the journal.
func (f *Fold) note() {
	if f.Journal != nil {
		f.Journal(f.entry.buffer.Bytes())
	}
}

func persistCatalogue(c *codec, catalogue *submission.Catalogue) {
	slice(c, &catalogue.Courses, func(course *submission.Course) {
		c.text(&course.Course)
		c.text(&course.Title)
		c.text(&course.Term)
	})
	slice(c, &catalogue.Assignments, func(assignment *submission.Assignment) {
		c.text(&assignment.Course)
		c.text(&assignment.Assignment)
		c.text(&assignment.Title)
		c.time(&assignment.OpensAt)
		c.time(&assignment.DeadlineAt)
		persistNumber(c, &assignment.MaxScore)
	})
	slice(c, &catalogue.Enrolments, func(enrolment *submission.Enrolment) {
		c.text(&enrolment.Course)
		whole(c, &enrolment.Students)
	})
	slice(c, &catalogue.Workers, func(worker *submission.Worker) {
		c.text(&worker.Worker)
		whole(c, &worker.Slots)
	})
}

func persistNumber(c *codec, number *submission.Number) {
	if c.bool(&number.Known); number.Known {
		c.float(&number.Value)
	}
}
