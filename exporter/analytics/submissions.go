package analytics

// submissions counts submissions (rule 1).
type submissions struct {
	count perAssignment[uint64]
}

func (m *submissions) submitted(c *Change) { *m.count.at(c.Assignment)++ }

// Submissions counts submissions by course and assignment.
func (f *Fold) Submissions() Vector { return eachAssignment(f, &f.measures.submissions.count) }
