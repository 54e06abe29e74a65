package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/backfill"
	"github.com/gradewatch/gradewatch/exporter/intake"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/state"
)

// lookback is how far back Prometheus looks for the latest sample of a series.
const lookback = 5 * time.Minute

type backfillCommand struct {
	sourceFlags `embed:""`

	Output        string            `name:"output" required:"" placeholder:"DIR" help:"Directory of Prometheus's data (storage.tsdb.path), or one from which blocks are moved there. It is made where there is none."`
	From          string            `name:"from" placeholder:"TIME" help:"Begin of what is written: 2026-02-01 for local midnight, or 2026-02-01T08:00:00Z. Default: the first submission."`
	To            string            `name:"to" placeholder:"TIME" help:"End of what is written, which is not in it: a day ends it with the midnight before. Default: now, or 15s before the data of --prometheus.url begins."`
	Step          time.Duration     `name:"step" default:"1m" help:"Time between two samples, from 1s to less than 5m. Default: ${default}."`
	Label         map[string]string `name:"label" placeholder:"NAME=VALUE" help:"Label that a scrape gives to every series, once for each: job and instance, which have to be said unless --prometheus.url tells them, and what else the configuration of Prometheus adds."`
	PrometheusURL string            `name:"prometheus.url" placeholder:"URL" help:"A running Prometheus that is to hold the past and scrapes the exporter already: it is asked for its labels and its retention, and where its data begins."`
	Retention     model.Duration    `name:"retention" placeholder:"DURATION" help:"How long Prometheus keeps samples, like 400d: what it would delete at once is refused. Without it that is not looked at."`
	AllowOverlap  bool              `name:"allow-overlap" help:"Write also where there are blocks of other series; Prometheus merges them, which takes it time. Not for those of an earlier backfill."`
	IfEmpty       bool              `name:"if-empty" help:"Do nothing, and end well, where DIR holds data already."`
	StateFile     string            `name:"state.file" placeholder:"FILE" help:"Leaves a state there from which serve goes on exactly where the past ends. There must be none yet."`
}

// Run writes the past of the source.
func (c *backfillCommand) Run(ctx context.Context, log *slog.Logger) error {
	options, err := c.options(log)
	if err != nil {
		return err
	}
	switch finished, err := backfill.Finish(c.Output); {
	case err != nil:
		return err
	case finished:
		log.Info("The past of a backfill that was killed at its end is in its place now; run again for another one", "output", c.Output)
		return nil
	}
	holdings, err := backfill.HoldingsIn(c.Output)
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	if c.IfEmpty && !holdings.Empty() {
		log.Info("Nothing is written, since there is data already", "output", c.Output)
		return nil
	}
	if c.PrometheusURL != "" {
		if err := c.ask(ctx, &options, holdings); err != nil {
			return fmt.Errorf("--prometheus.url: %w", err)
		}
	}
	if c.Retention > 0 {
		holdings.Retention = time.Duration(c.Retention)
	}
	if err := checkTarget(options.Target); err != nil {
		return err
	}
	options.Refuse = func(begin, end time.Time) error { return holdings.Refuse(begin, end, time.Now(), c.AllowOverlap) }
	end := options.To
	if end.IsZero() {
		end = time.Now()
	}
	if err := options.Refuse(end, end); err != nil { // before all is read
		return err
	}
	config, err := source.LoadConfig(c.ConfigFile)
	if err != nil {
		return err
	}
	src, err := c.open(config, log)
	if err != nil {
		return err
	}
	defer src.Close() // which was only read
	options.Source = src
	err = c.write(ctx, options, analytics.Options{Zone: options.Zone, Limits: limits(config)}, c.origin(src.Name(), config))
	if err == nil && holdings.Dir != "" && filepath.Clean(holdings.Dir) != filepath.Clean(c.Output) {
		log.Warn("Prometheus calls the directory of its data by another name; if it is another one, move the blocks there",
			"its", holdings.Dir, "output", c.Output)
	}
	return err
}

// options are those that the command line says.
func (c *backfillCommand) options(log *slog.Logger) (o backfill.Options, err error) {
	o = backfill.Options{Output: c.Output, Step: c.Step, Target: c.Label, Now: time.Now, Log: log}
	if o.Zone, err = c.zone(); err != nil {
		return o, err
	}
	if o.From, err = instant("from", c.From, o.Zone); err != nil {
		return o, err
	}
	if o.To, err = instant("to", c.To, o.Zone); err != nil {
		return o, err
	}
	switch {
	case c.Step < time.Second || c.Step >= lookback || c.Step%time.Millisecond != 0:
		return o, fmt.Errorf("--step is %s, want 1s or more, and less than %s: Prometheus looks no further back for a sample",
			c.Step, lookback)
	case o.To.After(time.Now()):
		return o, fmt.Errorf("--to is %s, which is yet to come", c.To)
	case !o.To.IsZero() && !o.From.Before(o.To):
		return o, fmt.Errorf("--from is %s, want a time before --to, which is %s", c.From, c.To)
	}
	return o, nil
}

// instant is a local day's beginning, or a time; zero where nothing is said.
func instant(flag, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return analytics.Midnight(day.Add(12*time.Hour), zone, 0), nil // a day may begin at 01:00
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--%s is %q, want a day like 2026-02-01 or a time like 2026-02-01T08:00:00Z", flag, text)
	}
	return at.Truncate(time.Millisecond), nil
}

// ask completes by the running Prometheus what the command line does not say, and checks the rest.
func (c *backfillCommand) ask(ctx context.Context, options *backfill.Options, holdings *backfill.Holdings) error {
	prometheus, err := backfill.NewPrometheus(c.PrometheusURL)
	if err != nil {
		return err
	}
	if options.Target, err = prometheus.Target(ctx, c.Label); err != nil {
		return err
	}
	held, err := prometheus.Holdings(ctx)
	if err != nil {
		return err
	}
	if c.Retention > 0 && held.Retention > 0 && time.Duration(c.Retention) != held.Retention {
		return fmt.Errorf("--retention is %s, and that Prometheus keeps %s", c.Retention, model.Duration(held.Retention))
	}
	held.Blocks = append(held.Blocks, holdings.Blocks...)
	*holdings = *held
	if options.To.IsZero() && !holdings.Head.IsZero() {
		options.To = holdings.Head.Add(-backfill.Visible)
	}
	options.FirstScrape = func(ctx context.Context, end time.Time) (*backfill.Scrape, error) {
		return prometheus.FirstScrape(ctx, options.Target, end)
	}
	return nil
}

// checkTarget refuses labels that no scrape gives.
func checkTarget(target map[string]string) error {
	for _, name := range []string{model.JobLabel, model.InstanceLabel} {
		if target[name] == "" {
			return fmt.Errorf("the label %s is missing, which every scrape gives: say --label=%[1]s=VALUE with its value there, or let "+
				"a running Prometheus tell it with --prometheus.url", name)
		}
	}
	for name, value := range target {
		if !model.LabelValue(value).IsValid() {
			return fmt.Errorf("--label: the value of %s is not valid UTF-8", name)
		}
		if !model.UTF8Validation.IsValidLabelName(name) || name == model.MetricNameLabel {
			return fmt.Errorf("--label: %q is not a label that a scrape gives", name)
		}
		for _, m := range metrics.Catalogue() {
			if m.HasLabel(metrics.Label(name)) {
				return fmt.Errorf("--label: %s has a label %s of its own", m.Name, name)
			}
		}
	}
	return nil
}

// write writes the past, and leaves a state if that is wanted.
func (c *backfillCommand) write(ctx context.Context, options backfill.Options, shape analytics.Options, origin string) (err error) {
	if c.StateFile == "" {
		rand.Read(shape.Key[:]) // which never fails
		options.Fold = analytics.New(shape)
		return backfill.Run(ctx, options)
	}
	file, err := state.Open(c.StateFile, origin, options.Log)
	if err != nil {
		return fmt.Errorf("--state.file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if options.Fold, _, err = intake.Restore(file, shape); err != nil {
		return fmt.Errorf("--state.file: %w", err)
	}
	switch {
	case options.Fold.Known() > 0:
		return fmt.Errorf("--state.file: %s has a state already, which knows %d submissions; leave it out where the source only "+
			"appends, or remove it if it is that of a backfill that was killed", c.StateFile, options.Fold.Known())
	case file.Status().Err != nil:
		return fmt.Errorf("--state.file: %w", file.Status().Err)
	}
	options.Keep = func() error {
		return file.Save(func(w io.Writer) error { return intake.Snapshot(w, options.Source, options.Fold, &sync.Mutex{}) })
	}
	return backfill.Run(ctx, options)
}
