// The semester plays the service that is watched: it writes the made-up semester into a PostgreSQL with the reference schema, first
// all of its past, and then what happens as it happens.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // --timezone works in images without a time zone database

	"github.com/alecthomas/kong"

	"github.com/gradewatch/gradewatch/exporter/source/demo"
)

type command struct {
	Database string        `required:"" placeholder:"URL" help:"postgres://USER@HOST/DATABASE (password in PGPASSWORD or PGPASSFILE), with the reference schema, of which it may write every table."`
	Once     bool          `help:"End when the past is written."`
	Interval time.Duration `default:"1s" help:"Pause between two looks at what has happened. Default: ${default}."`
	Timezone string        `default:"UTC" placeholder:"NAME" help:"Time zone of the university. Default: ${default}."`
	Seed     uint64        `name:"demo.seed" default:"1" help:"Another seed makes up another semester."`
	Students int           `name:"demo.students" default:"300" help:"How many students take part in each of its two terms, about."`
}

func main() {
	var c command
	parser := kong.Parse(&c,
		kong.Name("semester"),
		kong.Description("Write the made-up semester into a database, as a service would."),
		kong.DefaultEnvars("GRADEWATCH"),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser.FatalIfErrorf(c.run(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil))))
}

// run writes until ctx ends, or once. A database that does not answer is tried again; what happened meanwhile is written then.
func (c *command) run(ctx context.Context, log *slog.Logger) error {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return fmt.Errorf("--timezone: %w", err)
	}
	source, err := demo.New(demo.Options{Seed: c.Seed, Students: c.Students, Location: zone})
	if err != nil {
		return err
	}
	w := &writer{url: c.Database}
	defer w.close()
	for past := true; ; past = false {
		if err := source.Poll(ctx, w); err != nil {
			return err
		}
		err := c.write(ctx, w, log)
		if ctx.Err() != nil && c.Once {
			err = ctx.Err() // or half of the past would be taken for all of it
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
		if past {
			log.Info("The past is written, and the semester goes on", "semester", source.Name(), "records", w.written)
		}
		if c.Once {
			return nil
		}
		pause(ctx, c.Interval)
	}
}

// write writes what the writer has been handed, and tries until it succeeds; the first time it has to.
func (c *command) write(ctx context.Context, w *writer, log *slog.Logger) error {
	for {
		err := w.write(ctx)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if w.written == 0 {
			return err
		}
		log.Error("Not written", "err", err, "retry_in", 10*c.Interval)
		pause(ctx, 10*c.Interval)
	}
}

func pause(ctx context.Context, span time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(span):
	}
}
