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
	days := make([]Word, 0, 7)
	for i, day := range text.Weekdays() {
		days = append(days, Word{Value: strconv.Itoa(i + 1), Name: day})
	}
	return s.matrix(about, q, "weekday", "hour", "zero",
		dashboard.DynamicConfigValue{Id: "mappings", Value: []any{s.mapped(days)}}).
		Span(24).Height(9)
}

// Cohorts is a matrix of cohorts, named by the Monday on which they began, and their ages in weeks. The query has the
// labels cohort and age_weeks, and shares as its values.
func (s Style) Cohorts(about About, q Query) *table.PanelBuilder {
	return s.matrix(about, q, "cohort", "age_weeks", "null").Decimals(0).Max(1).Span(24).Height(8)
}

// matrix has a row for each value of one label and a column for each of another, coloured by heat. Where the query has nothing
// there is zero, or null.
func (s Style) matrix(about About, q Query, row, column, nothing string, first ...dashboard.DynamicConfigValue) *table.PanelBuilder {
	names := corner(row, column)
	background := common.NewTableColoredBackgroundCellOptions()
	background.Mode = cog.ToPtr(common.TableCellBackgroundDisplayModeBasic)
	return dress(s, table.NewPanelBuilder(), about).
		WithTarget(target(q).Instant().Format(prometheus.PromQueryFormatTable).RefId("A")).
		// The matrix takes columns and rows in the order in which they come.
		WithTransformation(sortedBy(column)).
		WithTransformation(crossed(row, column, nothing)).
		WithTransformation(sortedBy(names)).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModePercentage).Steps(heat)).
		Min(0).
		CellOptions(common.TableCellOptions{TableColoredBackgroundCellOptions: background}).
		Footer(noFooter()).
		MinWidth(50). // two dozen columns side by side
		Align(common.FieldTextAlignmentCenter).
		OverrideByName(names, append([]dashboard.DynamicConfigValue{
			{Id: "displayName", Value: " "},
			{Id: "unit", Value: "string"},
			{Id: "custom.cellOptions", Value: common.NewTableAutoCellOptions()},
			{Id: "custom.align", Value: common.FieldTextAlignmentLeft},
			{Id: "custom.width", Value: 120},
		}, first...))
}

// crossed makes a row of each value of one label and a column of each of another.
func crossed(row, column, nothing string) dashboard.DataTransformerConfig {
	return dashboard.DataTransformerConfig{Id: "groupingToMatrix", Options: map[string]any{
		"columnField": column, "rowField": row, "valueField": "Value", "emptyValue": nothing,
	}}
}

// corner is how Grafana names the column that has the names of the rows.
func corner(row, column string) string { return row + `\` + column }

// noFooter is said in full, since the SDK's default is a list that is null, which its own strict decoding refuses.
func noFooter() *common.TableFooterOptionsBuilder {
	return common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{})
}

func sortedBy(field string) dashboard.DataTransformerConfig {
	return dashboard.DataTransformerConfig{
		Id: "sortBy", Options: map[string]any{"sort": []any{map[string]any{"field": field}}},
	}
}
