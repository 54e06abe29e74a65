package analytics

// waits measures how long checks and students wait. A duration that is negative, because clocks differ, is left out.
type waits struct {
	queue    perCourse[*Histogram]
	duration perAssignment[Histogram]
	feedback perCourse[*Histogram]
}

// waitBounds are in seconds: a wait of seconds is good, one of minutes is felt, one of hours is a failure.
var waitBounds = []float64{0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600, 86400}

// buckets makes the histogram that stands at h where there is none yet.
func buckets(h **Histogram) *Histogram {
	if *h == nil {
		*h = &Histogram{Bounds: waitBounds, Classic: make([]uint64, len(waitBounds))}
	}
	return *h
}

func (m *waits) started(c *Change) {
	buckets(m.queue.at(c.Assignment.Course)).observeBetween(c.Record.QueuedAt, c.Record.StartedAt)
}

func (m *waits) finished(c *Change) {
	r := c.Record
	m.duration.at(c.Assignment).observeBetween(r.StartedAt, r.FinishedAt)
	if c.FirstResult {
		buckets(m.feedback.at(c.Assignment.Course)).observeBetween(r.SubmittedAt, r.FinishedAt)
	}
}

func (m *waits) persist(c *codec) {
	for _, of := range []*perCourse[*Histogram]{&m.queue, &m.feedback} {
		slice(c, (*[]*Histogram)(of), func(h **Histogram) { buckets(h).persist(c) })
	}
	persistHistograms(c, &m.duration)
}

// QueueWaits measures the time from queued to started of every check, as it was first seen started, by course.
func (f *Fold) QueueWaits() Histograms { return eachCourseWait(f, &f.measures.waits.queue) }

// FeedbackTimes measures the time from submitted to the first result, once a submission, by course.
func (f *Fold) FeedbackTimes() Histograms { return eachCourseWait(f, &f.measures.waits.feedback) }

func eachCourseWait(f *Fold, values *perCourse[*Histogram]) Histograms {
	return func(yield func([]string, *Histogram) bool) {
		for _, c := range f.courses {
			if !yield([]string{c.Slug}, buckets(values.at(c))) {
				return
			}
		}
	}
}

// CheckDurations measures the time from started to finished of every check, by course and assignment.
func (f *Fold) CheckDurations() Histograms {
	return eachAssignmentHistogram(f, &f.measures.waits.duration)
}
