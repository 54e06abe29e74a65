package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// Lines shows how values go on over time.
func (s Style) Lines(about About, series ...Series) *timeseries.PanelBuilder {
	return s.chart(about, series).
		LineWidth(2).
		ShowPoints(common.VisibilityModeNever)
}

// DailyLines joins one value for each local day, for what must not be stacked.
func (s Style) DailyLines(about About, series ...Series) *timeseries.PanelBuilder {
	return wholeDays(s.Lines(about, series...)).
		ShowPoints(common.VisibilityModeAlways).
		PointSize(6)
}

// DailyBars shows one bar for each local day, which fills the day. Today's is as high as today so far.
func (s Style) DailyBars(about About, series ...Series) *timeseries.PanelBuilder {
	return wholeDays(s.chart(about, series)).
		DrawStyle(common.GraphDrawStyleBars).
		BarAlignment(common.BarAlignmentAfter).
		BarWidthFactor(0.9).
		LineWidth(0).
		FillOpacity(80)
}

// Stacked puts series on top of each other: only for what adds up.
func Stacked() *common.StackingConfigBuilder {
	return common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A")
}

// Shares puts series on top of each other, each as its share of the whole.
func Shares() *common.StackingConfigBuilder {
	return common.NewStackingConfigBuilder().Mode(common.StackingModePercent).Group("A")
}

// Filled fills what is below a line, for amounts.
func Filled(b *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return b.FillOpacity(45).LineWidth(1)
}

// Areas shows amounts that add up, on top of each other.
func (s Style) Areas(about About, series ...Series) *timeseries.PanelBuilder {
	return Filled(s.Lines(about, series...)).Stacking(Stacked())
}

// DailyVerdicts shows the checks of each local day, divided by verdict.
func (s Style) DailyVerdicts(about About, q Query) *timeseries.PanelBuilder {
	bars := s.DailyBars(about, Series{Query: q, Name: text.Same("{{verdict}}")})
	return Named(s, bars.Stacking(Stacked()), Verdicts())
}

// Waits shows how long things take, from seconds to days, over times at which nothing may happen.
func (s Style) Waits(about About, series ...Series) *timeseries.PanelBuilder {
	return s.Lines(about, series...).
		ScaleDistribution(common.NewScaleDistributionConfigBuilder().Type(common.ScaleDistributionLog).Log(10)).
		AxisSoftMin(1). // a logarithm has no 0
		SpanNulls(common.BoolOrFloat64{Bool: cog.ToPtr(true)})
}

// Limit draws a line at a value above which, or below which, it is bad.
func Limit(b *timeseries.PanelBuilder, at float64) *timeseries.PanelBuilder {
	return b.
		Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).
			Steps([]dashboard.Threshold{{Color: "transparent"}, {Color: Bad, Value: cog.ToPtr(at)}})).
		ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed))
}

// wholeDays puts one step at each local midnight and widens the range to whole days: without that, the bar of today
// would be cut off at the present hour. The shift by no days, rounded to days, is Grafana's way to say so.
func wholeDays(b *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return b.Interval("1d").TimeShift("0d/d").HideTimeOverride(true)
}

// Today is the local day from midnight to midnight, whatever relative range the dashboard shows.
func Today(b *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return b.TimeFrom("now/d").TimeShift("0d/d").HideTimeOverride(true)
}

// chart has an axis from 0, a legend, and a tooltip that names all lines, the largest first.
func (s Style) chart(about About, series []Series) *timeseries.PanelBuilder {
	return draw(s, dress(s, timeseries.NewPanelBuilder(), about), series).
		AxisSoftMin(0).
		Legend(legend()).
		Tooltip(tooltip())
}
