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

// verdictColors are one colour a verdict everywhere. The first eight are the palette of Okabe and Ito, which people
// who do not tell red from green can tell apart; what is nobody's result is grey.
var verdictColors = map[string]string{
	"accepted":           "#009E73",
	"partial":            "#F0E442",
	"wrong_answer":       "#D55E00",
	"runtime_error":      "#CC79A7",
	"time_limit":         "#E69F00",
	"memory_limit":       "#56B4E9",
	"output_limit":       "#0072B2",
	"compile_error":      "#8C6D46",
	"style_error":        "#B8A1E3",
	"security_violation": "#6A3D9A",
	"internal_error":     "#7F7F7F",
	"other":              "#BDBDBD",
}

// VerdictColor is the colour of a verdict, by the value of its label.
func VerdictColor(verdict string) string { return verdictColors[verdict] }
