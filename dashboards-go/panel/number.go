package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
)

// Number is one figure as of now, for a dashboard's first row. The name of the series says what it is about.
func (s Style) Number(about About, now Series) *stat.PanelBuilder {
	return s.figure(about, now).WithTarget(target(now.Query).Instant().RefId("now"))
}

// JudgedNumber is a figure as of now whose colour says whether it is good.
func (s Style) JudgedNumber(about About, now Series, levels []dashboard.Threshold) *stat.PanelBuilder {
	return judged(s.Number(about, now), levels)
}

// ComparedNumber is one figure as of now, with the percentage by which it differs from an earlier one. The earlier
// one must be a query AsBase. More is neither good nor bad here, so the percentage has the colour of the figure.
func (s Style) ComparedNumber(about About, now Series, base Query) *stat.PanelBuilder {
	return s.figure(about, now).
		WithTarget(target(base).Instant().RefId("base")).
		WithTarget(target(now.Query).Instant().RefId("now")).
		// Grafana takes the change of a column from its first row to its last, so both figures go into one column.
		WithTransformation(dashboard.DataTransformerConfig{
			Id: "reduce", Options: map[string]any{"mode": "seriesToRows", "reducers": []string{"lastNotNull"}},
		}).
		ShowPercentChange(true).
		PercentChangeColorMode(common.PercentChangeColorModeSameAsValue)
}

func (s Style) figure(about About, now Series) *stat.PanelBuilder {
	return dress(s, stat.NewPanelBuilder(), about).
		DisplayName(now.Name.In(s.Language)).
		ColorScheme(inOne(now.Color)).
		ColorMode(common.BigValueColorModeValue).
		GraphMode(common.BigValueGraphModeNone).
		TextMode(common.BigValueTextModeValueAndName).
		Text(common.NewVizTextDisplayOptionsBuilder().TitleSize(13).ValueSize(42).PercentSize(16)).
		ReduceOptions(lastValue()).
		// As many points as Prometheus gives at most: a speed of the present is then taken over minutes, and not over the
		// hours that lie between two points of a long range.
		MaxDataPoints(11_000).
		Span(4).Height(4)
}

// judged colours by thresholds.
func judged[B builder[B]](b B, levels []dashboard.Threshold) B {
	return b.
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(levels))
}

func lastValue() *common.ReduceDataOptionsBuilder {
	return common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})
}
