// Package panel is the house style over the builders of the Foundation SDK. It returns them, so that a dashboard can
// set what it needs beyond the style. All defaults are here: data source, units, colours, legends, tooltips, axes,
// sizes.
//
// Nobody sets x and y: a panel has a span of the 24 columns and a height, and the grid follows.
package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/barchart"
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// A Style is what all panels of one rendering share.
type Style struct {
	Language text.Language
	Timezone string // in which days begin; the exporter's
}

// About is what a panel says of itself. The description says what to conclude from the panel.
type About struct {
	Title, Description text.Message
	Unit               string
}

// The units.
const (
	Count       = units.LocaleFormat // whole numbers with their thousands apart
	Share       = units.PercentUnit  // of 1, shown as a percentage
	Seconds     = units.Seconds      // shown as minutes, hours, days
	Bytes       = units.BytesIEC
	BytesRate   = units.BytesPerSecondIEC
	Correlation = units.NoUnit // from −1 to 1
	Moment      = "time:YYYY-MM-DD HH:mm"
	PerMinute   = "per minute" // becomes a suffix in the reader's language
	PerSecond   = "per second"
)

// A Query asks Prometheus.
type Query interface{ PromQL() string }

// A Series is a query with the name and the colour of what it draws. One that draws a line for each value of a label
// has a template such as {{course}} as its name, and no colour: the palette then gives each value one, the same in
// all panels that show the same values.
type Series struct {
	Query Query
	Name  text.Message
	Color string
}

// A builder is what the SDK's panel builders have in common.
type builder[B any] interface {
	Title(string) B
	Description(string) B
	Unit(string) B
	Datasource(common.DataSourceRef) B
	WithTarget(cog.Builder[variants.Dataquery]) B
	ColorScheme(cog.Builder[dashboard.FieldColor]) B
	Thresholds(cog.Builder[dashboard.ThresholdsConfig]) B
	OverrideByQuery(string, []dashboard.DynamicConfigValue) B
	OverrideByName(string, []dashboard.DynamicConfigValue) B
	Span(uint32) B
	Height(uint32) B
}

// dress gives a panel what every panel has.
func dress[B builder[B]](s Style, b B, about About) B {
	return b.
		Title(about.Title.In(s.Language)).
		Description(about.Description.In(s.Language)).
		Unit(s.unit(about.Unit)).
		Datasource(source).
		Span(12).Height(8)
}

// unit is the unit as Grafana knows it.
func (s Style) unit(unit string) string {
	switch unit {
	case PerMinute:
		return "suffix:" + text.PerMinute.In(s.Language)
	case PerSecond:
		return "suffix:" + text.PerSecond.In(s.Language)
	}
	return unit
}

// draw adds the series, as they go on over time.
func draw[B builder[B]](s Style, b B, series []Series) B {
	return ask(s, b, series, (*prometheus.DataqueryBuilder).Range).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdPaletteClassic))
}

// ask adds the queries of the series, of a range or of an instant, with their names and colours.
func ask[B builder[B]](s Style, b B, series []Series, of func(*prometheus.DataqueryBuilder) *prometheus.DataqueryBuilder) B {
	for i, asked := range series {
		letter := string(rune('A' + i))
		b = b.WithTarget(of(target(asked.Query)).RefId(letter).LegendFormat(asked.Name.In(s.Language)))
		if asked.Color != "" {
			b = b.OverrideByQuery(letter, []dashboard.DynamicConfigValue{{Id: "color", Value: fixed(asked.Color)}})
		}
	}
	return b
}

// legend names what is drawn, below it.
func legend() *common.VizLegendOptionsBuilder {
	return common.NewVizLegendOptionsBuilder().
		ShowLegend(true).
		DisplayMode(common.LegendDisplayModeList).
		Placement(common.LegendPlacementBottom)
}

// tooltip names all that is drawn at a place, the largest first.
func tooltip() *common.VizTooltipOptionsBuilder {
	return common.NewVizTooltipOptionsBuilder().
		Mode(common.TooltipDisplayModeMulti).
		Sort(common.SortOrderDescending)
}

// source is the data source that the reader chooses.
var source = common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("${datasource}")}

func target(q Query) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Expr(q.PromQL()).Datasource(source).
		EditorMode(prometheus.QueryEditorModeCode)
}

// inOne is a color scheme of a single color.
func inOne(color string) *dashboard.FieldColorBuilder {
	return dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdFixed).FixedColor(color)
}

func fixed(color string) dashboard.FieldColor {
	return dashboard.FieldColor{Mode: dashboard.FieldColorModeIdFixed, FixedColor: &color}
}

// What the panels are made with, so that a dashboard that names a type imports no more than this package.
type (
	BarChart      = barchart.PanelBuilder
	BarGauge      = bargauge.PanelBuilder
	Heatmap       = heatmap.PanelBuilder
	Stat          = stat.PanelBuilder
	StateTimeline = statetimeline.PanelBuilder
	Table         = table.PanelBuilder
	Timeseries    = timeseries.PanelBuilder
)
