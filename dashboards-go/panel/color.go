package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// What is counted keeps its colour on every dashboard. Grafana has a shade of each named one for its dark and its light
// theme.
const (
	Submissions = "blue"
	Users       = "orange"
	Neutral     = "purple"  // a figure that is neither good nor bad
	Earlier     = "#8F8F8F" // the past, to compare with
	Good        = "green"
	Doubtful    = "orange"
	Bad         = "red"
)

// What students have reached keeps its colour too.
const (
	Attempted    = "#5794F2"
	Scored       = "#E0B400"
	Solved       = "#56A64B"
	FirstAttempt = "#1F9E9E"
	Stuck        = "#E02F44"
)

// Ramp leads in six steps from good to bad.
func Ramp() []string {
	return []string{"#56A64B", "#A0B73C", "#E0B400", "#FF9830", "#FF780A", "#E02F44"}
}

// WorseAbove colours a figure that should be small: it is doubtful from one value on, and bad from another.
func WorseAbove(doubtful, bad float64) []dashboard.Threshold {
	return []dashboard.Threshold{
		{Color: Good}, {Color: Doubtful, Value: cog.ToPtr(doubtful)}, {Color: Bad, Value: cog.ToPtr(bad)},
	}
}

// WorseBelow colours a figure that should be large: it is doubtful below one value, and bad below another.
func WorseBelow(doubtful, bad float64) []dashboard.Threshold {
	return []dashboard.Threshold{
		{Color: Bad}, {Color: Doubtful, Value: cog.ToPtr(bad)}, {Color: Good, Value: cog.ToPtr(doubtful)},
	}
}

// heat is for cells by their share of the largest, in percent. Grafana writes white on cells of middling brightness,
// where it cannot be read; so the pale steps are see-through, and the highest is light enough for dark letters.
var heat = []dashboard.Threshold{
	{Color: "transparent"},
	{Color: "rgba(87, 148, 242, 0.12)", Value: cog.ToPtr(5.0)},
	{Color: "rgba(87, 148, 242, 0.29)", Value: cog.ToPtr(20.0)},
	{Color: "#3274D9", Value: cog.ToPtr(45.0)},
	{Color: "#FFB357", Value: cog.ToPtr(75.0)},
}
