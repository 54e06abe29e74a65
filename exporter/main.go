// The exporter reads the submission records of a service that checks homework and exposes exact Prometheus metrics of them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // --timezone works on machines without a time zone database

	"github.com/alecthomas/kong"
	"github.com/prometheus/common/version"

	"github.com/gradewatch/gradewatch/exporter/listener"
	"github.com/gradewatch/gradewatch/exporter/logging"
	"github.com/gradewatch/gradewatch/exporter/metrics"
)

type commands struct {
	Serve    serveCommand    `cmd:"" help:"Read a source and serve metrics of it."`
	Inspect  inspectCommand  `cmd:"" help:"Analyse what a source holds: fields, words, ranges, what would be rejected and why."`
	Backfill backfillCommand `cmd:"" help:"Write the past of a source as blocks of Prometheus's database."`
	Probe    listener.Probe  `cmd:"" help:"Ask a running exporter whether it is ready, as health checks of containers do."`
	Metrics  metricsCommand  `cmd:"" help:"Print the reference page of all metrics in Markdown."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	logging.Flags `embed:""`
}

func main() {
	var c commands
	parser := kong.Parse(&c,
		kong.Name("exporter"),
		kong.Description("Submission records in, exact Prometheus metrics out."),
		kong.DefaultEnvars("GRADEWATCH"),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if version.Version == "" { // which a release sets when it is linked
		version.Version = "dev"
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log, err := c.Flags.New()
	parser.FatalIfErrorf(err)
	parser.BindTo(ctx, (*context.Context)(nil))
	parser.BindTo(os.Stdout, (*io.Writer)(nil))
	parser.FatalIfErrorf(parser.Run(log))
}

type metricsCommand struct{}

// Run prints the reference page.
func (metricsCommand) Run(out io.Writer) error { return metrics.WriteReference(out) }

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, version.Print("gradewatch"))
	return err
}
