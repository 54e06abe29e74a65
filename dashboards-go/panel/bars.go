package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/barchart"
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// Ranking is a bar for each value of a label, in the order of the query, which is best sorted. The name of the series is
// a template.
func (s Style) Ranking(about About, ranked Series) *bargauge.PanelBuilder {
	return s.bars(about).
		WithTarget(target(ranked.Query).Instant().RefId("A").LegendFormat(ranked.Name.In(s.Language))).
		ColorScheme(inOne(ranked.Color))
}

// Steps is a bar for each of a few series, in their order.
func (s Style) Steps(about About, steps ...Series) *bargauge.PanelBuilder {
	return ask(s, s.bars(about), steps, (*prometheus.DataqueryBuilder).Instant)
}

func (s Style) bars(about About) *bargauge.PanelBuilder {
	return dress(s, bargauge.NewPanelBuilder(), about).
		ReduceOptions(lastValue()).
		Orientation(common.VizOrientationHorizontal).
		DisplayMode(common.BarGaugeDisplayModeBasic).
		ValueMode(common.BarGaugeValueModeText).
		NamePlacement(common.BarGaugeNamePlacementLeft).
		ShowUnfilled(false).
		Text(common.NewVizTextDisplayOptionsBuilder().TitleSize(12).ValueSize(13)).
		Sizing(common.BarGaugeSizingManual).MinVizHeight(14).MaxVizHeight(26).
		Min(0)
}

// Distribution is a bar for each value of a label, side by side in the order of the values.
func (s Style) Distribution(about About, q Query, label, color string) *barchart.PanelBuilder {
	return s.chartOf(about, q).
		WithTransformation(sortedBy(label)).
		WithTransformation(organized(map[string]int{}, "Time")).
		XField(label).
		XTickLabelMaxLength(24).
		ShowValue(common.VisibilityModeAuto).
		Legend(legend().ShowLegend(false).DisplayMode(common.LegendDisplayModeHidden)).
		ColorScheme(inOne(color))
}

// Composition is a lying bar for each value of one label, divided by the words that are values of another. The query has their
// shares, which add up to 1.
func (s Style) Composition(about About, q Query, whole, part string, words []Word) *barchart.PanelBuilder {
	return Named(s, s.chartOf(about, q).
		WithTransformation(sortedBy(whole)).
		WithTransformation(crossed(whole, part, "zero")).
		WithTransformation(organized(order(words))).
		Orientation(common.VizOrientationHorizontal).
		Stacking(common.StackingModeNormal).
		Max(1).
		XField(corner(whole, part)).
		Legend(legend()), words)
}

// order gives the words their places after the first column.
func order(words []Word) map[string]int {
	places := make(map[string]int)
	for i, w := range words {
		places[w.Value] = i + 1
	}
	return places
}

func (s Style) chartOf(about About, q Query) *barchart.PanelBuilder {
	return dress(s, barchart.NewPanelBuilder(), about).
		WithTarget(target(q).Instant().Format(prometheus.PromQueryFormatTable).RefId("A")).
		Tooltip(tooltip()).
		ShowValue(common.VisibilityModeNever).
		FillOpacity(80).LineWidth(0).BarWidth(0.9).GroupWidth(0.9).BarRadius(0).
		AxisSoftMin(0)
}

// organized puts columns in order, and leaves some out.
func organized(places map[string]int, hidden ...string) dashboard.DataTransformerConfig {
	excluded := make(map[string]bool)
	for _, name := range hidden {
		excluded[name] = true
	}
	return dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
		"excludeByName": excluded, "indexByName": places, "renameByName": map[string]string{},
	}}
}
