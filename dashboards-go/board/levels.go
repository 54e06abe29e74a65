// Package board is what dashboards of several folders share: what is good and what is bad, and pictures in the same form.
package board

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

// Levels say from which value on a figure is doubtful, and from which it is bad.
type Levels = []dashboard.Threshold

// Wait judges how long students wait: half of what is promised leaves room, more than that is broken.
func Wait() Levels {
	return panel.WorseAbove(metrics.FeedbackObjective.Seconds()/2, metrics.FeedbackObjective.Seconds())
}

// InTime judges the share of first results that come as promised: five times as many late ones as may be is broken.
func InTime() Levels {
	return panel.WorseBelow(metrics.FeedbackShare, 1-5*(1-metrics.FeedbackShare))
}

// Failed judges the share of checks that the infrastructure fails: half of what may fail leaves room.
func Failed() Levels { return panel.WorseAbove((1-metrics.CheckShare)/2, 1-metrics.CheckShare) }

// Budget judges what is left of what may go wrong.
func Budget() Levels { return panel.WorseBelow(0.25, 0) }

// Busy judges how busy slots are: at 95 % nearly every submission waits.
func Busy() Levels { return panel.WorseAbove(metrics.BusyShare, 0.95) }

// Late judges the share of submissions after the deadline: a tenth is usual, a quarter says that the deadline is wrong.
func Late() Levels { return panel.WorseAbove(0.1, 0.25) }

// Stuck judges how many students are stuck: each is one to help, ten are a word in the lecture.
func Stuck() Levels { return panel.WorseAbove(1, 10) }

// Any judges what should not be there at all.
func Any(many float64) Levels { return panel.WorseAbove(1, many) }

// Percentiles are what 50 %, 95 % and 99 % do not exceed.
func Percentiles[Q panel.Query](of func(share float64) Q) []panel.Series {
	return []panel.Series{
		{Query: of(0.5), Name: text.Same("50%"), Color: panel.Good},
		{Query: of(0.95), Name: text.Same("95%"), Color: panel.Doubtful},
		{Query: of(0.99), Name: text.Same("99%"), Color: panel.Bad},
	}
}
