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
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdFixed).FixedColor(ranked.Color))
}

// Steps is a bar for each of a few series, in their order.
func (s Style) Steps(about About, steps ...Series) *bargauge.PanelBuilder {
	b := s.bars(about)
	for i, step := range steps {
		letter := string(rune('A' + i))
		b = b.WithTarget(target(step.Query).Instant().RefId(letter).LegendFormat(step.Name.In(s.Language))).
			OverrideByQuery(letter, []dashboard.DynamicConfigValue{{Id: "color", Value: fixed(step.Color)}})
	}
	return b
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
		WithTransformation(organized(map[string]bool{"Time": true}, nil, nil)).
		XField(label).
		XTickLabelMaxLength(24).
		ShowValue(common.VisibilityModeAuto).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(false).
			DisplayMode(common.LegendDisplayModeHidden).Placement(common.LegendPlacementBottom)).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdFixed).FixedColor(color))
}

// Composition is a lying bar for each value of one label, divided by the words that are values of another. The query has their
// shares, which add up to 1.
func (s Style) Composition(about About, q Query, whole, part string, words []Word) *barchart.PanelBuilder {
	return Named(s, s.chartOf(about, q).
		WithTransformation(sortedBy(whole)).
		WithTransformation(dashboard.DataTransformerConfig{Id: "groupingToMatrix", Options: map[string]any{
			"columnField": part, "rowField": whole, "valueField": "Value", "emptyValue": "zero",
		}}).
		WithTransformation(organized(nil, order(words), nil)).
		Orientation(common.VizOrientationHorizontal).
		Stacking(common.StackingModeNormal).
		Max(1).
		XField(whole+`\`+part).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).
			DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)), words)
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
		Tooltip(common.NewVizTooltipOptionsBuilder().
			Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending)).
		ShowValue(common.VisibilityModeNever).
		FillOpacity(80).LineWidth(0).BarWidth(0.9).GroupWidth(0.9).BarRadius(0).
		AxisSoftMin(0)
}

// organized hides columns, puts them in order and renames them.
func organized(hidden map[string]bool, places map[string]int, names map[string]string) dashboard.DataTransformerConfig {
	options := map[string]any{
		"excludeByName": orEmpty(hidden), "indexByName": orEmpty(places), "renameByName": orEmpty(names),
	}
	return dashboard.DataTransformerConfig{Id: "organize", Options: options}
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}
