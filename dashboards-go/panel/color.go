package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// What is counted keeps its colour on every dashboard. Grafana has a shade of each for its dark and its light theme.
const (
	Submissions = "blue"
	Users       = "orange"
	Earlier     = "#8F8F8F" // the past, to compare with
)

// heat is for cells by their share of the largest, in percent. Grafana writes white on cells of middling brightness,
// where it cannot be read; so the pale steps are see-through, and the highest is light enough for dark letters.
var heat = []dashboard.Threshold{
	{Color: "transparent"},
	{Color: "rgba(87, 148, 242, 0.12)", Value: cog.ToPtr(5.0)},
	{Color: "rgba(87, 148, 242, 0.29)", Value: cog.ToPtr(20.0)},
	{Color: "#3274D9", Value: cog.ToPtr(45.0)},
	{Color: "#FFB357", Value: cog.ToPtr(75.0)},
}
