package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// HeatMap shows how a histogram with classic buckets goes on over time: up is larger, dark is many. Its query has a series for
// each bucket.
func (s Style) HeatMap(about About, q Query) *heatmap.PanelBuilder {
	return s.heat(about, heated(q).LegendFormat("{{le}}"))
}

// NativeHeatMap shows how native histograms go on over time.
func (s Style) NativeHeatMap(about About, q Query) *heatmap.PanelBuilder {
	return s.heat(about, heated(q))
}

func heated(q Query) *prometheus.DataqueryBuilder {
	return target(q).Range().Format(prometheus.PromQueryFormatHeatmap).RefId("A")
}

func (s Style) heat(about About, t *prometheus.DataqueryBuilder) *heatmap.PanelBuilder {
	return dress(s, heatmap.NewPanelBuilder(), about).
		WithTarget(t).
		Calculate(false).
		Color(heatmap.NewHeatmapColorOptionsBuilder().
			Mode(heatmap.HeatmapColorModeScheme).Scheme("Oranges").Scale(heatmap.HeatmapColorScaleExponential).
			Exponent(0.5).Steps(32).Fill("dark-orange")).
		CellGap(1).
		CellValues(heatmap.NewCellValuesBuilder().Unit(Count)).
		FilterValues(heatmap.NewFilterValueRangeBuilder().Le(1e-9)). // empty cells stay empty
		YAxis(heatmap.NewYAxisConfigBuilder().Unit(s.unit(about.Unit)).AxisPlacement(common.AxisPlacementLeft)).
		Tooltip(heatmap.NewHeatmapTooltipBuilder().Mode(common.TooltipDisplayModeSingle).ShowColorScale(true).YHistogram(true))
}
