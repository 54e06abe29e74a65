package analytics

// scores measures the points of submissions, each once, at its first result (rule 5).
type scores struct {
	ratio perAssignment[Histogram]
}

func (m *scores) finished(c *Change) {
	if c.FirstResult {
		m.ratio.at(c.Assignment).observeMillionths(uint64(c.points.millionths()))
	}
}

// ScoreRatios measures the points of every submission at its first result against all there are, by course and assignment.
func (f *Fold) ScoreRatios() Histograms { return eachAssignmentHistogram(f, &f.measures.scores.ratio) }
