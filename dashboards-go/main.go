// Dashboards generates the Grafana dashboards from Go: queries from the catalogue of metrics, panels in one style,
// text in every language. It also brings them to a Grafana, with folders, teams and permissions.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/prometheus/common/version"

	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
	"github.com/gradewatch/gradewatch/dashboards-go/board/operations"
	"github.com/gradewatch/gradewatch/dashboards-go/board/product"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/exporter/listener"
)

// all are the dashboards there are: those of the product and the operations team, and a set for each course.
func all(s panel.Style, courses []course.Course) []*panel.Board {
	boards := []*panel.Board{
		product.Submissions(s), product.Engagement(s), product.Funnel(s), product.Quality(s), product.Courses(s),
		operations.Pipeline(s), operations.Capacity(s), operations.Workers(s),
		operations.Django(s), operations.Postgres(s), operations.Kubernetes(s), operations.Gradewatch(s),
	}
	for _, c := range courses {
		boards = append(boards, c.Boards(s)...)
	}
	return boards
}

type commands struct {
	Generate generateCommand `cmd:"" help:"Write the dashboards as JSON files for Grafana's provisioning."`
	Apply    applyCommand    `cmd:"" help:"Bring folders, teams, permissions and dashboards of a Grafana to the described state."`
	Probe    listener.Probe  `cmd:"" help:"Ask a running apply --watch whether it is ready, as health checks of containers do."`
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
	if version.Version == "" { // which a release sets when it is linked
		version.Version = "dev"
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser.BindTo(ctx, (*context.Context)(nil))
	parser.BindTo(os.Stdout, (*io.Writer)(nil))
	parser.FatalIfErrorf(parser.Run())
}
