package analytics

// lateness tells submissions in time from those after the deadline: the record's own, or else the assignment's as the
// catalogue has it when the submission is first seen. What has no deadline is neither.
type lateness struct {
	late   perAssignment[uint64]
	before perAssignment[Histogram]
	after  perAssignment[Histogram]
}

func (m *lateness) submitted(c *Change) {
	deadline := c.Record.DeadlineAt
	if deadline.IsZero() {
		deadline = c.Assignment.DeadlineAt
	}
	if !c.Record.Late(deadline) {
		m.before.at(c.Assignment).observeBetween(c.Record.SubmittedAt, deadline)
		return
	}
	*m.late.at(c.Assignment)++
	m.after.at(c.Assignment).observeBetween(deadline, c.Record.SubmittedAt)
}

func (m *lateness) persist(c *codec) {
	slice(c, (*[]uint64)(&m.late), c.uint)
	persistHistograms(c, &m.before)
	persistHistograms(c, &m.after)
}

// LateSubmissions counts submissions after the deadline by course and assignment.
func (f *Fold) LateSubmissions() Vector { return eachAssignment(f, &f.measures.lateness.late) }

// TimesBeforeDeadline measures how long before the deadline submissions in time came, by course and assignment.
func (f *Fold) TimesBeforeDeadline() Histograms {
	return eachAssignmentHistogram(f, &f.measures.lateness.before)
}

// TimesAfterDeadline measures how long after the deadline late submissions came, by course and assignment.
func (f *Fold) TimesAfterDeadline() Histograms {
	return eachAssignmentHistogram(f, &f.measures.lateness.after)
}
