package panel

//lint:file-ignore SA1019 The SDK prefers version 2 of dashboards, which Grafana loads only with feature toggles.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// A Folder holds dashboards for the same readers.
type Folder struct {
	UID   string
	Title text.Message
}

// A Board is a dashboard: rows of panels, variables, annotations.
type Board struct {
	Folder Folder
	UID    string // also the name of its file

	style   Style
	builder *dashboard.DashboardBuilder
	slugs   map[uint32]string // of panels and rows, by id
	errs    []error
}

// Mark is the tag by which a generated dashboard is known.
const Mark = "gradewatch"

// Board begins a dashboard over the last 30 days, with the choice of a data source and links to the others of its folder.
func (s Style) Board(folder Folder, uid string, title, description text.Message) *Board {
	builder := dashboard.NewDashboardBuilder(title.In(s.Language)).
		Uid(uid).
		Description(description.In(s.Language)).
		Tags([]string{Mark, folder.UID}).
		Readonly().
		Timezone(s.Timezone).
		WeekStart("monday").
		Time("now-29d/d", "now").
		Refresh("1m").
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").
			Label(text.Datasource.In(s.Language)).
			Type("prometheus")).
		Link(done[dashboard.DashboardLink]{dashboard.DashboardLink{
			Title: text.Siblings.In(s.Language), Type: dashboard.DashboardLinkTypeDashboards,
			Icon: "external link", Tags: []string{Mark, folder.UID}, AsDropdown: true, KeepTime: true, IncludeVars: true,
		}})

	return &Board{Folder: folder, UID: uid, style: s, builder: builder, slugs: make(map[uint32]string)}
}

// Tag is a further word by which the dashboard is found.
func (b *Board) Tag(tag string) *Board {
	b.builder.Tags([]string{Mark, b.Folder.UID, tag})
	return b
}

// Since is how much of the past the dashboard shows at first, in Grafana's words: now-6h.
func (b *Board) Since(from string) *Board {
	b.builder.Time(from, "now")
	return b
}

// Courses is the variable course, in which the reader chooses among those that are listed; at first all.
func (b *Board) Courses(names string) *Board { return b.Choice("course", text.Course, names) }

// Choice is a variable in which the reader chooses some of the values that are listed; at first all. Listing is in Grafana's
// words: label_values(metric, label).
func (b *Board) Choice(name string, label text.Message, listing string) *Board {
	all := dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}}
	b.builder.WithVariable(dashboard.NewQueryVariableBuilder(name).
		Label(label.In(b.style.Language)).
		Datasource(source).
		Query(dashboard.StringOrMap{String: &listing}).
		Refresh(dashboard.VariableRefreshOnDashboardLoad).
		Sort(dashboard.VariableSortNaturalAsc).
		Multi(true).
		IncludeAll(true).
		AllValue(".*").
		Current(dashboard.VariableOption{
			Text: dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}}, Value: all,
		}))
	return b
}

// Assignments is the variable assignment, in which the reader chooses one of those that the query has, in its order; at
// first the first.
func (b *Board) Assignments(q Query) *Board {
	b.builder.WithVariable(dashboard.NewQueryVariableBuilder("assignment").
		Label(text.Assignment.In(b.style.Language)).
		Datasource(source).
		// Grafana knows query_result only in one line.
		Query(dashboard.StringOrMap{String: cog.ToPtr("query_result(" + strings.Join(strings.Fields(q.PromQL()), " ") + ")")}).
		Regex(`/assignment="([^"]+)"/`).
		Refresh(dashboard.VariableRefreshOnDashboardLoad).
		Sort(dashboard.VariableSortDisabled))
	return b
}

// Deadlines marks the times that the query gives. Of many courses the reader switches them on where a peak wants an
// explanation: those of all courses at once would hide what they explain.
func (b *Board) Deadlines(q Query, shown bool) *Board {
	b.builder.Annotation(dashboard.NewAnnotationQueryBuilder().
		Name(text.Deadlines.In(b.style.Language)).
		Datasource(source).
		Enable(shown).
		IconColor("red").
		Target(target(q).Instant().RefId("deadlines")).
		UseValueForTime(true).
		TitleFormat(text.Deadline.In(b.style.Language)).
		TextFormat("{{course}} {{assignment}}"))
	return b
}

// Row begins a row of panels under a heading.
func (b *Board) Row(slug string, title text.Message) *Board {
	b.builder.WithRow(dashboard.NewRowBuilder(title.In(b.style.Language)).Id(b.id(slug)))
	return b
}

// Panel puts a panel to the right of the last one, or below when there is no room. Its id comes from the slug, so that
// links to it hold when others are added.
func (b *Board) Panel(slug string, p cog.Builder[dashboard.Panel]) *Board {
	built, err := p.Build()
	if err != nil {
		b.errs = append(b.errs, fmt.Errorf("panel %s: %w", slug, err))
		return b
	}
	for _, missing := range lacking(built) {
		b.errs = append(b.errs, fmt.Errorf("panel %s has no %s", slug, missing))
	}
	built.Id = cog.ToPtr(b.id(slug))
	b.builder.WithPanel(done[dashboard.Panel]{built})
	return b
}

// lacking names what the panel must have and has not.
func lacking(p dashboard.Panel) (missing []string) {
	for _, part := range []struct {
		name  string
		value *string
	}{{"title", p.Title}, {"description", p.Description}, {"unit", p.FieldConfig.Defaults.Unit}} {
		if part.value == nil || *part.value == "" {
			missing = append(missing, part.name)
		}
	}
	return missing
}

// ID is the id that the panel of a slug has for good. 20 bits keep links short; should two slugs of a board ever meet, one
// wants another name.
func ID(slug string) uint32 {
	hash := fnv.New32a()
	hash.Write([]byte(slug))
	return hash.Sum32()&(1<<20-1) + 1
}

func (b *Board) id(slug string) uint32 {
	id := ID(slug)
	if other, taken := b.slugs[id]; taken {
		b.errs = append(b.errs, fmt.Errorf("the slugs %q and %q have the same id", other, slug))
	}
	b.slugs[id] = slug
	return id
}

// JSON is the dashboard as Grafana reads it, keys in order, so that equal dashboards are equal files.
func (b *Board) JSON() ([]byte, error) {
	built, err := b.builder.Build()
	if err := errors.Join(append(b.errs, err)...); err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", b.UID, err)
	}
	// The SDK's own encoding escapes < and > of expressions, which nobody could review; so it is read and written
	// again.
	escaped, err := json.Marshal(built)
	if err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", b.UID, err)
	}
	var document any
	decoder := json.NewDecoder(bytes.NewReader(escaped))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", b.UID, err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(document)
	return out.Bytes(), err
}

// done is something that is built already.
type done[T any] struct{ built T }

func (d done[T]) Build() (T, error) { return d.built, nil }
