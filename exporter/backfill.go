package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/backfill"
	"github.com/gradewatch/gradewatch/exporter/intake"
	"github.com/gradewatch/gradewatch/exporter/metrics"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/state"
)

// fromKept begins where Prometheus keeps everything.
const fromKept = "kept"

// lookback is how far back Prometheus looks for the latest sample of a series.
const lookback = 5 * time.Minute

type backfillCommand struct {
	sourceFlags `embed:""`

	Output        string            `name:"output" required:"" placeholder:"DIR" help:"Directory of Prometheus's data (storage.tsdb.path), or one from which blocks are moved there. It is made where there is none."`
	From          string            `name:"from" placeholder:"TIME" help:"Begin of what is written: 2026-02-01 for local midnight, 2026-02-01T08:00:00Z, or kept for as far back as the retention goes. Default: the first submission."`
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
	if done, err := c.isDone(log); done || err != nil {
		return err
	}
	held, err := c.ask(ctx, &options)
	if err != nil {
		return fmt.Errorf("--prometheus.url: %w", err)
	}
	options.Retention = held.Retention
	if err := checkTarget(options.Target); err != nil {
		return err
	}
	if c.From == fromKept {
		if options.From = held.Kept(time.Now(), options.Zone); options.From.IsZero() {
			return fmt.Errorf("--from is %s, and nobody says what is kept: say --retention or --prometheus.url", fromKept)
		}
	}
	options.Refuse = func(begin, end time.Time) error {
		there, err := backfill.HoldingsIn(c.Output)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		return there.With(held).Refuse(begin, end, time.Now(), c.AllowOverlap)
	}
	end := options.To
	if end.IsZero() {
		end = time.Now()
	}
	if err := options.Refuse(end, end); err != nil { // before all is read
		return err
	}
	if err := c.write(ctx, options); err != nil {
		return err
	}
	if held.Dir != "" && filepath.Clean(held.Dir) != filepath.Clean(c.Output) {
		log.Warn("Prometheus calls the directory of its data by another name; if it is another one, move the blocks there",
			"its", held.Dir, "output", c.Output)
	}
	return nil
}

// isDone reports whether nothing is left to do: what an earlier run had ready is put in its place, or there is data already and
// that is enough.
func (c *backfillCommand) isDone(log *slog.Logger) (bool, error) {
	finished, err := backfill.Finish(c.Output, c.StateFile == "" || state.Exists(c.StateFile))
	if finished && err == nil {
		log.Info("What a backfill had written when it was killed is in its place now", "output", c.Output)
	}
	if finished || err != nil || !c.IfEmpty {
		return finished, err
	}
	holdings, err := backfill.HoldingsIn(c.Output)
	if err != nil {
		return false, fmt.Errorf("--output: %w", err)
	}
	if !holdings.Empty() {
		log.Info("Nothing is written, since there is data already", "output", c.Output)
	}
	return !holdings.Empty(), nil
}

// options are those that the command line says.
func (c *backfillCommand) options(log *slog.Logger) (o backfill.Options, err error) {
	o = backfill.Options{Output: c.Output, Step: c.Step, Target: c.Label, Now: time.Now, Log: log}
	if o.Zone, err = c.zone(); err != nil {
		return o, err
	}
	if c.From != fromKept {
		if o.From, err = instant("from", c.From, o.Zone); err != nil {
			return o, err
		}
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

// ask completes by the running Prometheus, if there is one, what the command line does not say, checks the rest, and returns what
// that one holds.
func (c *backfillCommand) ask(ctx context.Context, options *backfill.Options) (*backfill.Holdings, error) {
	said := &backfill.Holdings{Retention: time.Duration(c.Retention)}
	if c.PrometheusURL == "" {
		return said, nil
	}
	prometheus, err := backfill.NewPrometheus(c.PrometheusURL)
	if err != nil {
		return nil, err
	}
	if options.Target, err = prometheus.Target(ctx, c.Label); err != nil {
		return nil, err
	}
	held, err := prometheus.Holdings(ctx)
	if err != nil {
		return nil, err
	}
	if said.Retention > 0 && held.Retention > 0 && said.Retention != held.Retention {
		return nil, fmt.Errorf("--retention is %s, and that Prometheus keeps %s", c.Retention, model.Duration(held.Retention))
	}
	if options.To.IsZero() && !held.Head.IsZero() {
		options.To = held.Head.Add(-backfill.Visible)
	}
	options.FirstScrape = func(ctx context.Context, end time.Time) (*backfill.Scrape, error) {
		return prometheus.FirstScrape(ctx, options.Target, end)
	}
	return held.With(said), nil
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
		if value == "" || !model.LabelValue(value).IsValid() {
			return fmt.Errorf("--label: the value of %s is %q, want text", name, value)
		}
		if !model.UTF8Validation.IsValidLabelName(name) || strings.HasPrefix(name, model.ReservedLabelPrefix) || name == model.BucketLabel {
			return fmt.Errorf("--label: %q is not a label that a scrape gives to every series", name)
		}
		for _, m := range metrics.Catalogue() {
			if m.HasLabel(metrics.Label(name)) {
				return fmt.Errorf("--label: %s has a label %s of its own", m.Name, name)
			}
		}
	}
	return nil
}

// write reads the source and writes its past, and leaves a state if that is wanted.
func (c *backfillCommand) write(ctx context.Context, options backfill.Options) (err error) {
	if c.StateFile != "" && state.Exists(c.StateFile) {
		return fmt.Errorf("--state.file: there is a state in %s already, which may know more than the source: leave --state.file out "+
			"where the source only appends, or remove it if it is of no use any more", c.StateFile)
	}
	config, err := source.LoadConfig(c.ConfigFile)
	if err != nil {
		return err
	}
	src, err := c.open(config, shard.Shard{}, options.Log)
	if err != nil {
		return err
	}
	defer src.Close() // which was only read
	options.Source = src
	shape := analytics.Options{Zone: options.Zone, Limits: limits(config)}
	if c.StateFile == "" {
		if c.PrometheusURL == "" { // or an exporter is at work, which has its own
			c.tellStateless(options.Log)
		}
		rand.Read(shape.Key[:]) // which never fails
		options.Fold = analytics.New(shape)
		return backfill.Run(ctx, options)
	}
	file, err := state.Open(c.StateFile, c.origin(src.Name(), config), options.Log)
	if err != nil {
		return fmt.Errorf("--state.file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Status().Err; err != nil {
		return fmt.Errorf("--state.file: %w", err)
	}
	shape.Key = file.Key()
	options.Fold = analytics.New(shape)
	options.Keep = func() error {
		return file.Save(func(w io.Writer) error { return intake.Snapshot(w, src, options.Fold, &sync.Mutex{}) })
	}
	return backfill.Run(ctx, options)
}
