package analytics

// resources measures what checks cost, those that failed for the infrastructure's fault included.
type resources struct {
	cpu    perAssignment[Histogram]
	memory perAssignment[Histogram]
}

func (m *resources) finished(c *Change) {
	if cpu := c.Record.CPUSeconds; cpu.Known {
		m.cpu.at(c.Assignment).Observe(cpu.Value)
	}
	if memory := c.Record.MemoryBytes; memory.Known {
		m.memory.at(c.Assignment).Observe(memory.Value)
	}
}

func (m *resources) persist(c *codec) {
	persistHistograms(c, &m.cpu)
	persistHistograms(c, &m.memory)
}

// CPUTimes measures the seconds of processor time of each check that says so, by course and assignment.
func (f *Fold) CPUTimes() Histograms { return eachAssignmentHistogram(f, &f.measures.resources.cpu) }

// MemoryPeaks measures the peak memory in bytes of each check that says so, by course and assignment.
func (f *Fold) MemoryPeaks() Histograms {
	return eachAssignmentHistogram(f, &f.measures.resources.memory)
}
