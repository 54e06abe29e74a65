package panel

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/table"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// A Key is a label by which the rows of a table are told apart.
type Key struct {
	Label string
	Name  text.Message
	Width int    // in pixels; as wide as there is room where 0
	Link  string // where a click leads; may hold ${__data.fields.course}
	Words []Word // how the values are shown, where they are words
}

// A Column is a figure of a table, one for each row. All columns of a table have the labels of its keys and no others.
type Column struct {
	Name     text.Message
	Query    Query
	Unit     string
	Decimals *float64
	Width    int
	Bar      string                // the colour of a bar inside, or none
	Levels   []dashboard.Threshold // by which the cell is coloured, or none
	Max      float64               // of the bar; the largest where 0
}

// Digits is how many decimals a column has.
func Digits(n float64) *float64 { return &n }

// Table puts figures beside each other, a row for each value of the keys.
func (s Style) Table(about About, keys []Key, columns []Column) *table.PanelBuilder {
	b := dress(s, table.NewPanelBuilder(), about).Footer(noFooter()).CellHeight(common.TableCellHeightSm)
	places := make(map[string]int)
	for i, key := range keys {
		places[key.Label] = i
		b = b.OverrideByName(key.Label, s.key(key))
	}
	for i, column := range columns {
		letter := string(rune('A' + i))
		field := "Value #" + letter
		if len(columns) == 1 {
			field = "Value" // Grafana names the only one so
		}
		places[field] = len(keys) + i
		b = b.WithTarget(target(column.Query).Instant().Format(prometheus.PromQueryFormatTable).RefId(letter)).
			OverrideByName(field, s.column(column))
	}
	return b.
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(organized(places, "Time"))
}

// Rising puts the rows of a table in the order of a column, the smallest first.
func (s Style) Rising(column text.Message) []cog.Builder[common.TableSortByFieldState] {
	return s.sorted(column, false)
}

// Falling puts the rows of a table in the order of a column, the largest first.
func (s Style) Falling(column text.Message) []cog.Builder[common.TableSortByFieldState] {
	return s.sorted(column, true)
}

func (s Style) sorted(column text.Message, falling bool) []cog.Builder[common.TableSortByFieldState] {
	return []cog.Builder[common.TableSortByFieldState]{
		common.NewTableSortByFieldStateBuilder().DisplayName(column.In(s.Language)).Desc(falling),
	}
}

func (s Style) key(key Key) []dashboard.DynamicConfigValue {
	config := []dashboard.DynamicConfigValue{
		{Id: "displayName", Value: key.Name.In(s.Language)},
		{Id: "unit", Value: "string"},
	}
	if key.Width > 0 {
		config = append(config, dashboard.DynamicConfigValue{Id: "custom.width", Value: key.Width})
	}
	if key.Link != "" {
		config = append(config, dashboard.DynamicConfigValue{Id: "links", Value: []any{
			map[string]any{"title": text.Open.In(s.Language), "url": key.Link},
		}})
	}
	if key.Words != nil {
		config = append(config, dashboard.DynamicConfigValue{Id: "mappings", Value: []any{s.mapped(key.Words)}})
	}
	return config
}

func (s Style) column(c Column) []dashboard.DynamicConfigValue {
	config := []dashboard.DynamicConfigValue{
		{Id: "displayName", Value: c.Name.In(s.Language)},
		{Id: "unit", Value: s.unit(c.Unit)},
	}
	add := func(id string, value any) {
		config = append(config, dashboard.DynamicConfigValue{Id: id, Value: value})
	}
	if c.Decimals != nil {
		add("decimals", *c.Decimals)
	}
	if c.Width > 0 {
		add("custom.width", c.Width)
	}
	if c.Levels != nil {
		add("thresholds", dashboard.ThresholdsConfig{Mode: dashboard.ThresholdsModeAbsolute, Steps: c.Levels})
		add("color", dashboard.FieldColor{Mode: dashboard.FieldColorModeIdThresholds})
	}
	switch {
	case c.Bar != "":
		if c.Levels == nil {
			add("color", fixed(c.Bar))
		}
		add("min", 0)
		add("fieldMinMax", true) // the longest bar is the largest of this column, not of the table
		if c.Max > 0 {
			add("max", c.Max)
		}
		bar := common.NewTableBarGaugeCellOptions()
		bar.Mode = cog.ToPtr(common.BarGaugeDisplayModeBasic)
		bar.ValueDisplayMode = cog.ToPtr(common.BarGaugeValueModeText)
		add("custom.cellOptions", bar)
	case c.Levels != nil:
		add("custom.cellOptions", map[string]any{"type": "color-text"})
	}
	return config
}
