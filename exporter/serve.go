package main

import (
	"context"
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
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/server"
)

type serveCommand struct {
	sourceFlags `embed:""`

	ListenAddress []string      `name:"web.listen-address" default:":9850" placeholder:"ADDRESS" help:"Address to serve on; may be repeated. Default: ${default}."`
	WebConfigFile string        `name:"web.config.file" placeholder:"FILE" help:"TLS and basic authentication, as in https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md."`
	TelemetryPath string        `name:"web.telemetry-path" default:"/metrics" placeholder:"PATH" help:"Path under which metrics are served. Default: ${default}."`
	PollInterval  time.Duration `name:"poll.interval" default:"1s" help:"Pause between two polls of the source."`
}

// telemetryPath leaves out what is no plain path and what is taken.
var telemetryPath = regexp.MustCompile(`^/(\w[\w.-]*(/\w[\w.-]*)*)?$`)

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	if c.PollInterval <= 0 {
		return fmt.Errorf("--poll.interval is %s, want more than 0", c.PollInterval)
	}
	if !telemetryPath.MatchString(c.TelemetryPath) {
		return fmt.Errorf("--web.telemetry-path is %q, want a path like /metrics, and not one below /-", c.TelemetryPath)
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	src, err := c.open(log)
	if err != nil {
		return err
	}
	log.Info("Starting gradewatch", "version", version.Info(), "timezone", zone.String())
	c.warn(log)

	var lock sync.Mutex
	fold := analytics.New(analytics.Options{Zone: zone, Limits: analytics.DefaultLimits()})
	registry := prometheus.NewRegistry()
	in := intake.New(intake.Options{
		Source: src, Fold: fold, Lock: &lock, Interval: c.PollInterval, Now: time.Now, Log: log,
		CaughtUp: func() { registry.MustRegister(metrics.NewCollector(fold, &lock, time.Now)) },
	})
	registry.MustRegister(in, versioncollector.NewCollector("gradewatch"), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	// The server goes on answering while the intake stops, and the source is closed when nobody reads from it any more.
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		in.Run(ctx)
		close(stopped)
	}()
	err = server.Serve(ctx, server.Options{
		Addresses: c.ListenAddress, ConfigFile: c.WebConfigFile, TelemetryPath: c.TelemetryPath,
		Registry: registry, Status: in.Status, Now: time.Now, Log: log,
	})
	cancel()
	<-stopped
	if closing := src.Close(); err == nil && closing != nil {
		err = fmt.Errorf("closing the source: %w", closing)
	}
	log.Info("Stopped")
	return err
}
