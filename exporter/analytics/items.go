package analytics

import "math"

// leastStudents is how many students must have attempted something before it is said how hard it is, and how well it tells
// strong students from weak ones: of fewer, one more would make another figure.
const leastStudents = 10

// bestBins are ten equal parts of the points there are, and full points.
const bestBins = 11

// bestBinNames are the values of the label bucket: the share of points at which the bin begins.
var bestBinNames = [bestBins]string{"0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"}

func bestBin(millionths uint32) int {
	return int(min(millionths, million) / (million / (bestBins - 1)))
}

// AssignmentBestScores counts students who have attempted the assignment, by course, assignment and the bin of their best result.
func (f *Fold) AssignmentBestScores() Vector {
	return eachAssignmentBy(f, bestBinNames[:], func(a *Assignment) []int { return f.measures.progress.best.at(a)[:] })
}

// AssignmentFacilities are the means over students of their best result against all points, by course and assignment, where
// enough have attempted it.
func (f *Fold) AssignmentFacilities() Vector {
	return f.itemFigures(func(m *moments) float64 { return float64(m.x) / (float64(m.n) * million) })
}

// AssignmentDiscriminations are the correlations over students between the best result at the assignment and the sum of the best
// results at the course's other assignments, each against all its points, by course and assignment. There is none where too
// few have attempted it, or where all have the same.
func (f *Fold) AssignmentDiscriminations() Vector { return f.itemFigures((*moments).pearson) }

func (f *Fold) itemFigures(figure func(*moments) float64) Vector {
	return assignmentsWith(f, func(a *Assignment) (float64, bool) {
		m := f.measures.progress.points.at(a)
		if m.n < leastStudents {
			return 0, false
		}
		value := figure(m)
		return value, !math.IsNaN(value)
	})
}
