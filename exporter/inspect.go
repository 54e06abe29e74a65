package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"github.com/gradewatch/gradewatch/exporter/profile"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
)

type inspectCommand struct {
	sourceFlags `embed:""`

	Format string `name:"format" enum:"table,json" default:"table" help:"Form of the profile: table or json."`
}

// Run reads the source once and prints its profile.
func (c *inspectCommand) Run(ctx context.Context, log *slog.Logger, out io.Writer) error {
	c.unread = make(map[string]int)
	config, err := source.LoadConfig(c.ConfigFile)
	if err != nil {
		return err
	}
	src, err := c.open(config, shard.Shard{}, log)
	if err != nil {
		return err
	}
	defer src.Close()
	profiler := profile.New(src.Name())
	if err := src.Poll(ctx, profiler); err != nil {
		return err
	}
	p := profiler.Profile()
	p.AddUnread(c.unread)
	if err := c.write(p, out); err != nil {
		return err
	}
	if p.Records == 0 && len(p.Rejected) > 0 {
		return errors.New("no record can be used; map relations, fields and words to the contract with --config.file")
	}
	return nil
}

func (c *inspectCommand) write(p *profile.Profile, out io.Writer) error {
	if c.Format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(p)
	}
	return p.WriteTable(out)
}
