package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
)

// States shows in which state things were over time, a line for each. The values of the series are those of the words.
func (s Style) States(about About, states []Word, series ...Series) *statetimeline.PanelBuilder {
	mappings := s.mapped(states)
	return draw(s, dress(s, statetimeline.NewPanelBuilder(), about), series).
		Mappings([]dashboard.ValueMapping{{ValueMap: &mappings}}).
		MergeValues(true).
		DisablePagination().
		ShowValue(common.VisibilityModeNever).
		RowHeight(0.8).FillOpacity(80).LineWidth(0).
		Legend(legend()).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeSingle).Sort(common.SortOrderNone))
}
