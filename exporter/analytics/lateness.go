package analytics

// lateness counts submissions after the deadline: the record's own, or else the assignment's as the catalogue has it when
// the submission is first seen.
type lateness struct {
	count perAssignment[uint64]
}

func (m *lateness) submitted(c *Change) {
	deadline := c.Record.DeadlineAt
	if deadline.IsZero() {
		deadline = c.Assignment.DeadlineAt
	}
	if c.Record.Late(deadline) {
		*m.count.at(c.Assignment)++
	}
}

// LateSubmissions counts submissions after the deadline by course and assignment.
func (f *Fold) LateSubmissions() Vector { return eachAssignment(f, &f.measures.lateness.count) }
