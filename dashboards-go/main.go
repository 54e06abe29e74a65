// Dashboards generates the Grafana dashboards from Go: queries from the catalogue of metrics, panels in one style,
// text in every language.
package main

import (
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/gradewatch/gradewatch/dashboards-go/board/product"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
)

// boards makes each dashboard there is.
var boards = []func(panel.Style) *panel.Board{
	product.Submissions,
}

type commands struct {
	Generate generateCommand `cmd:"" help:"Write the dashboards as JSON files for Grafana's provisioning."`
}

func main() {
	var c commands
	parser := kong.Parse(&c,
		kong.Name("dashboards"),
		kong.Description("Grafana dashboards of Gradewatch, generated from code."),
		kong.DefaultEnvars("GRADEWATCH"),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	parser.BindTo(os.Stdout, (*io.Writer)(nil))
	parser.FatalIfErrorf(parser.Run())
}
