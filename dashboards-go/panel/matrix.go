package panel

import (
	"strconv"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/table"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// HourOfWeek is a matrix of weekdays and hours, coloured by heat. The query has the labels weekday (1 is Monday) and
// hour.
func (s Style) HourOfWeek(about About, q Query) *table.PanelBuilder {
	const corner = `weekday\hour` // as the matrix names the column of the weekdays
	background := common.NewTableColoredBackgroundCellOptions()
	background.Mode = cog.ToPtr(common.TableCellBackgroundDisplayModeBasic)

	return dress(s, table.NewPanelBuilder(), about).
		WithTarget(target(q).Instant().Format(prometheus.PromQueryFormatTable).RefId("A")).
		// The matrix takes columns and rows in the order in which they come.
		WithTransformation(sortedBy("hour")).
		WithTransformation(dashboard.DataTransformerConfig{Id: "groupingToMatrix", Options: map[string]any{
			"columnField": "hour", "rowField": "weekday", "valueField": "Value", "emptyValue": "zero",
		}}).
		WithTransformation(sortedBy(corner)).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModePercentage).Steps(heat)).
		Min(0).
		CellOptions(common.TableCellOptions{TableColoredBackgroundCellOptions: background}).
		// Said in full, since the SDK's default is a list that is null, which its own strict decoding refuses.
		Footer(common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{})).
		MinWidth(50). // 24 columns side by side
		Align(common.FieldTextAlignmentCenter).
		OverrideByName(corner, []dashboard.DynamicConfigValue{
			{Id: "displayName", Value: " "},
			{Id: "mappings", Value: []any{s.weekdays()}},
			{Id: "custom.cellOptions", Value: common.NewTableAutoCellOptions()},
			{Id: "custom.align", Value: common.FieldTextAlignmentLeft},
			{Id: "custom.width", Value: 120},
		}).
		Span(24).Height(9)
}

func sortedBy(field string) dashboard.DataTransformerConfig {
	return dashboard.DataTransformerConfig{
		Id: "sortBy", Options: map[string]any{"sort": []any{map[string]any{"field": field}}},
	}
}

// weekdays shows the values of the label weekday as names.
func (s Style) weekdays() dashboard.ValueMap {
	names := dashboard.NewValueMap()
	for i, day := range text.Weekdays() {
		names.Options[strconv.Itoa(i+1)] = dashboard.ValueMappingResult{
			Text: cog.ToPtr(day.In(s.Language)), Index: cog.ToPtr(int32(i)),
		}
	}
	return *names
}
