package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gradewatch/gradewatch/exporter/analytics"
	"github.com/gradewatch/gradewatch/exporter/shard"
	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/source/demo"
	"github.com/gradewatch/gradewatch/exporter/source/jsonl"
	"github.com/gradewatch/gradewatch/exporter/source/postgres"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// sourceFlags say what is read. All commands that read a source have them.
type sourceFlags struct {
	Source     string    `name:"source" required:"" placeholder:"URL" help:"What to read: postgres://USER@HOST/DATABASE (password in PGPASSWORD or PGPASSFILE), jsonl:PATH (jsonl:- is standard input), or demo: (a made-up semester)."`
	ConfigFile string    `name:"config.file" placeholder:"FILE" help:"Maps relations, fields and words of a service to the record contract."`
	Timezone   string    `name:"timezone" default:"UTC" placeholder:"NAME" help:"Time zone of local days and hours, like Europe/Prague. Default: ${default}."`
	Demo       demoFlags `embed:"" prefix:"demo."`

	unread map[string]int // of the Decoder of a log
}

type demoFlags struct {
	Seed     uint64        `name:"seed" default:"1" help:"Another seed makes up another semester."`
	Students int           `name:"students" default:"300" help:"How many students take part in each of its two terms, about."`
	Shift    time.Duration `name:"shift" default:"0" placeholder:"DURATION" help:"Move the semester in time, as to look at a busier part of it: with 240h now is what was ten days ago."`
	Fault    []string      `name:"fault" placeholder:"KIND[@BEGIN[/END]]" help:"Switch a fault on, from now or from a time (RFC 3339) on, for ever or until another: stopped-worker, broken-test, slow-queue, infrastructure-failures or database-gone. May be repeated, also with the same kind."`
}

// zone is the time zone of --timezone.
func (f *sourceFlags) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(f.Timezone)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--timezone: %w; want a name like Europe/Prague", err)
	case zone == time.Local:
		return nil, errors.New("--timezone: Local is another zone on each machine; want a name like Europe/Prague")
	}
	return zone, nil
}

// origin says, one "name: value" a line, what decides which totals a source yields: with another one they are others.
func (f *sourceFlags) origin(name string, config *source.Config) string {
	var text strings.Builder
	for _, line := range []struct {
		name  string
		value any
	}{
		{"source", name}, {"timezone", f.Timezone},
		{"submissions", config.Postgres.Submissions}, {"courses", config.Postgres.Courses},
		{"assignments", config.Postgres.Assignments}, {"enrolments", config.Postgres.Enrolments},
		{"workers", config.Postgres.Workers}, {"fields", config.JSONL.Fields},
		{"states", config.Words.States}, {"verdicts", config.Words.Verdicts}, {"outcomes", config.Words.Outcomes},
	} {
		value, err := json.Marshal(line.value)
		if err != nil {
			panic(err) // texts and maps of texts
		}
		fmt.Fprintf(&text, "%s: %s\n", line.name, value)
	}
	return text.String()
}

// tellStateless says what it means that no state is kept.
func (f *sourceFlags) tellStateless(log *slog.Logger) {
	if kind, _, _ := strings.Cut(f.Source, ":"); kind != "demo" {
		log.Warn("Totals are those of what the source holds: what it overwrites, renames, deletes or rotates away is " +
			"missing from them after the next start, which looks like a reset. A source that only appends is not " +
			"concerned; for others set --state.file")
	}
}

// limits are those of the configuration, and the defaults where it says nothing.
func limits(config *source.Config) analytics.Limits {
	limits := analytics.DefaultLimits()
	for from, to := range map[*source.Limit]*analytics.Limit{
		&config.Limits.Languages: &limits.Languages, &config.Limits.Tests: &limits.Tests,
		&config.Limits.Workers: &limits.Workers,
	} {
		to.Values, to.Most = from.Values, max(cmp.Or(from.Most, to.Most), len(from.Values))
	}
	limits.TestSeries = cmp.Or(config.Limits.TestSeries, limits.TestSeries)
	return limits
}

// open opens the source. Of a database it reads of courses that are not in the shard no more than what is of use.
func (f *sourceFlags) open(config *source.Config, of shard.Shard, log *slog.Logger) (source.Source, error) {
	options, err := f.demoOptions()
	if err != nil {
		return nil, err
	}
	words, err := config.NewWords()
	if err != nil {
		return nil, err
	}
	kind, path, _ := strings.Cut(f.Source, ":")
	switch kind {
	case "postgres", "postgresql":
		return postgres.New(f.Source, config.Postgres, words, of, time.Now, log)
	case "jsonl":
		decoder, err := submission.NewDecoder(config.JSONL.Fields, words)
		if err != nil {
			return nil, err
		}
		decoder.Unread = f.unread
		return jsonl.New(path, decoder, time.Now)
	case "demo":
		if path != "" {
			return nil, fmt.Errorf("--source: want demo: with nothing behind it, not %q; see --demo.seed and others", f.Source)
		}
		return demo.New(options)
	}
	return nil, fmt.Errorf("--source: unknown kind of source %q; want postgres://…, demo: or jsonl:PATH", kind)
}

// demoOptions are checked whatever the source, so that a wrong flag is never passed over.
func (f *sourceFlags) demoOptions() (options demo.Options, err error) {
	zone, err := f.zone()
	if err != nil {
		return options, err
	}
	options = demo.Options{Seed: f.Demo.Seed, Students: f.Demo.Students, Location: zone, Shift: f.Demo.Shift, Now: time.Now}
	for _, text := range f.Demo.Fault {
		fault, err := demo.ParseFault(text)
		if err != nil {
			return options, fmt.Errorf("--demo.fault: %w", err)
		}
		options.Faults = append(options.Faults, fault)
	}
	return options, nil
}
