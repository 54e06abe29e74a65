package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/common/version"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/intake"
	"github.com/gradewatch/gradewatch/exporter/listener"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/server"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/state"
)

type serveCommand struct {
	sourceFlags    `embed:""`
	listener.Flags `embed:""`

	Shard         shard.Shard   `name:"shard" placeholder:"I/N" help:"Share the courses among N exporters, of which this one is I, from 0: 0/3, 1/3, 2/3. The first also shows what is about the whole service. Default: all courses."`
	ListenAddress []string      `name:"web.listen-address" default:":9850" placeholder:"ADDRESS" help:"Address to serve on; may be repeated. Default: ${default}."`
	TelemetryPath string        `name:"web.telemetry-path" default:"/metrics" placeholder:"PATH" help:"Path under which metrics are served. Default: ${default}."`
	PollInterval  time.Duration `name:"poll.interval" default:"500ms" help:"Pause between two polls of the source. Default: ${default}."`
	Reconcile     time.Duration `name:"reconcile.interval" default:"1h" help:"Pause between two comparisons of the whole database, day by day, with what was read of it; 0 is never. Default: ${default}."`
	StateFile     string        `name:"state.file" placeholder:"FILE" help:"Keeps totals over restarts, also of what the source overwrites or deletes. Files beside it begin with its name; each exporter needs one of its own."`
	StateInterval time.Duration `name:"state.interval" default:"1m" help:"How often the state is made safe against a power failure; against a kill it always is. Default: ${default}."`
}

// telemetryPath leaves out what is no plain path and what is taken.
var telemetryPath = regexp.MustCompile(`^/(\w[\w.-]*(/\w[\w.-]*)*)?$`)

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	if err := c.check(); err != nil {
		return err
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	config, err := source.LoadConfig(c.ConfigFile)
	if err != nil {
		return err
	}
	src, err := c.open(config, c.Shard, log)
	if err != nil {
		return err
	}
	log.Info("Starting gradewatch", "version", version.Info(), "timezone", zone.String())
	origin := c.origin(src.Name(), config)
	if !c.Shard.Whole() {
		origin += fmt.Sprintf("shard: %s\n", c.Shard)
	}
	err = c.serve(ctx, src, analytics.Options{Zone: zone, Limits: limits(config)}, origin, log)
	if closing := src.Close(); err == nil && closing != nil {
		err = fmt.Errorf("closing the source: %w", closing)
	}
	log.Info("Stopped")
	return err
}

func (c *serveCommand) check() error {
	for name, interval := range map[string]time.Duration{"poll": c.PollInterval, "state": c.StateInterval} {
		if interval <= 0 {
			return fmt.Errorf("--%s.interval is %s, want more than 0", name, interval)
		}
	}
	if c.Reconcile < 0 {
		return fmt.Errorf("--reconcile.interval is %s, want more than 0, or 0 for never", c.Reconcile)
	}
	if !telemetryPath.MatchString(c.TelemetryPath) {
		return fmt.Errorf("--web.telemetry-path is %q, want a path like /metrics, and not one below /-", c.TelemetryPath)
	}
	return nil
}

// serve reads the source and answers until ctx ends.
func (c *serveCommand) serve(
	ctx context.Context, src source.Source, options analytics.Options, origin string, log *slog.Logger,
) (err error) {
	file, fold, err := c.restore(src, options, origin, log)
	if err != nil {
		return err
	}
	if file != nil {
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	var lock sync.Mutex
	registry := prometheus.NewRegistry()
	in := intake.New(intake.Options{
		Source: src, Shard: c.Shard, Fold: fold, Lock: &lock, Interval: c.PollInterval, Now: time.Now, Log: log,
		State: file, StateInterval: c.StateInterval, Reconcile: c.Reconcile,
		CaughtUp: func() { registry.MustRegister(metrics.NewCollector(fold, c.Shard, &lock, time.Now)) },
	})
	prometheus.WrapRegistererWith(c.Shard.Labels(), registry).MustRegister(in)
	registry.MustRegister(versioncollector.NewCollector("gradewatch"), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	// The server goes on answering while the intake stops, which may take a while to save the state; state and source are
	// closed after that.
	ctx, cancel := context.WithCancel(ctx)
	serving, stopped := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		in.Run(ctx)
		stopped()
	}()
	err = listener.Serve(serving, server.NewHandler(server.Options{
		TelemetryPath: c.TelemetryPath, Registry: registry, Status: in.Status, Now: time.Now, Log: log,
	}), c.ListenAddress, c.Flags, log)
	cancel()
	<-serving.Done()
	return err
}

// restore opens the state file, if there is to be one, and makes the fold that it holds; the source goes on from there.
func (c *serveCommand) restore(
	src source.Source, options analytics.Options, origin string, log *slog.Logger,
) (*state.File, *analytics.Fold, error) {
	if c.StateFile == "" {
		c.tellStateless(log)
		return nil, analytics.New(options), nil
	}
	file, err := state.Open(c.StateFile, origin, log)
	if err != nil {
		return nil, nil, fmt.Errorf("--state.file: %w", err)
	}
	fold, position, err := intake.Restore(file, options)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("--state.file: %w", err), file.Close())
	}
	if submissions := fold.Known(); submissions > 0 {
		log.Info("State loaded", "file", c.StateFile, "submissions", submissions)
	}
	if resumer, ok := src.(source.Resumer); ok && len(position) > 0 {
		if err := resumer.Resume(position); err != nil {
			log.Warn("The source is read from its beginning, which changes no total but takes longer", "err", err)
		}
	}
	return file, fold, nil
}
