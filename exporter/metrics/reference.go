package metrics

import (
	"fmt"
	"io"
	"strings"
)

// WriteReference writes the reference page of all metrics in Markdown.
func WriteReference(w io.Writer) error {
	var page strings.Builder
	page.WriteString(`# Metrics

Made from the catalogue by ` + "`make generate`" + `. Metrics that begin with ` + "`grader_`" + ` are about the service that is
watched and hold the whole history of the source; those that begin with ` + "`gradewatch_`" + ` are about Gradewatch itself and
count since its start, where they do not say otherwise. A metric marked *distinct* counts students and must never be summed over a label.
`)
	for _, part := range []struct {
		title   string
		watched bool
	}{{"The service", true}, {"Gradewatch itself", false}} {
		fmt.Fprintf(&page, "\n## %s\n\n| metric | type | labels | unit | for | meaning |\n|---|---|---|---|---|---|\n", part.title)
		for _, m := range Catalogue() {
			if m.Watched() == part.watched {
				page.WriteString(m.row())
			}
		}
	}
	_, err := io.WriteString(w, page.String())
	return err
}

func (m *Metric) row() string {
	labels := make([]string, len(m.Labels))
	for i, name := range m.LabelNames() {
		labels[i] = "`" + name + "`"
	}
	kind := string(m.Type)
	if m.Distinct {
		kind += ", distinct"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s | %s |\n", m.Name, kind, strings.Join(labels, ", "), m.Unit,
		strings.Join(m.Audience.Names(), ", "), m.Help)
}
