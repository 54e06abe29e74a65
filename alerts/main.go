// Alerts generates Prometheus's alert rules from the same queries as the dashboards, and the page that lists them.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/gradewatch/gradewatch/alerts/rule"
	"github.com/gradewatch/gradewatch/dashboards-go/output"
	"github.com/gradewatch/gradewatch/dashboards-go/query"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

type command struct {
	Output      string          `default:"alerts/rules" placeholder:"DIR" help:"Write DIR/<language>/<group>.yaml, and the same as objects for the Prometheus operator in DIR/<language>/operator, and name files there that are no longer generated."`
	Reference   string          `default:"docs/alerts.md" placeholder:"FILE" help:"Write the page that lists all alerts."`
	Language    []text.Language `default:"en,ru" enum:"en,ru" help:"Languages to write: en, ru."`
	GrafanaURL  string          `name:"grafana.url" default:"http://localhost:3000" placeholder:"URL" help:"Where dashboards are that alerts link to."`
	RunbooksURL string          `name:"runbooks.url" default:"https://github.com/gradewatch/gradewatch/blob/main/alerts/runbooks" placeholder:"URL" help:"Where runbooks are that alerts link to."`
	Jobs        string          `default:".*" placeholder:"REGEX" help:"Scrape jobs that are ours: alerts on targets, on their configuration, and on Django look at no others."`
	Servers     string          `default:".*" placeholder:"REGEX" help:"Instances of postgres_exporter that watch our servers."`
	Namespaces  string          `default:".*" placeholder:"REGEX" help:"Namespaces of Kubernetes that are ours."`
	Check       bool            `help:"Write nothing. Say which files differ, are missing or superfluous, and fail if any."`
}

func main() {
	var c command
	parser := kong.Parse(&c,
		kong.Name("alerts"),
		kong.Description("Alert rules of Gradewatch, generated from code."),
		kong.DefaultEnvars("GRADEWATCH"),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	parser.BindTo(os.Stdout, (*io.Writer)(nil))
	parser.FatalIfErrorf(parser.Run())
}

// operator is the directory of the objects, beside the files that Prometheus itself reads.
const operator = "operator"

// Run writes or checks the files.
func (c *command) Run(out io.Writer) error {
	generated, err := c.render()
	if err != nil {
		return err
	}
	present, err := c.present()
	if err != nil {
		return err
	}
	var superfluous []string // Prometheus would load them all
	for path := range present {
		if _, still := generated[path]; !still {
			superfluous = append(superfluous, path)
		}
	}
	if c.Check {
		changes := output.Differences(generated, present, superfluous)
		if len(changes) == 0 {
			return nil
		}
		fmt.Fprintln(out, strings.Join(changes, "\n"))
		return errors.New("not as generated; run the same without --check")
	}
	if err := output.Write(generated); err != nil {
		return err
	}
	slices.Sort(superfluous)
	for _, path := range superfluous {
		fmt.Fprintf(out, "%s is not generated any more; remove it\n", path)
	}
	fmt.Fprintf(out, "%d files of rules are in %s\n", len(generated)-1, c.Output)
	return nil
}

// render makes the content of each file, by path.
func (c *command) render() (map[string][]byte, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	groups, places := rule.Groups(scope), rule.Places{Grafana: c.GrafanaURL, Runbooks: c.RunbooksURL}
	files := map[string][]byte{c.Reference: rule.Reference(groups)}
	for _, language := range c.Language {
		for _, g := range groups {
			content, err := g.File(language, places)
			if err != nil {
				return nil, err
			}
			files[filepath.Join(c.Output, string(language), g.Name+".yaml")] = content
			if content, err = g.Object(language, places); err != nil {
				return nil, err
			}
			files[filepath.Join(c.Output, string(language), operator, g.Name+".yaml")] = content
		}
		list, err := rule.Kustomization(groups)
		if err != nil {
			return nil, err
		}
		files[filepath.Join(c.Output, string(language), operator, "kustomization.yaml")] = list
	}
	return files, nil
}

// scope is what the rules look at.
func (c *command) scope() (query.Scope, error) {
	scope := query.Scope{"job": c.Jobs, "instance": c.Servers, "namespace": c.Namespaces}
	for label, pattern := range scope {
		if _, err := labels.NewFastRegexMatcher(pattern); err != nil {
			return nil, fmt.Errorf("what is ours by %s: %w", label, err)
		}
	}
	return scope, nil
}

// present reads the page and the files of rules that are there.
func (c *command) present() (map[string][]byte, error) {
	paths := []string{c.Reference}
	for _, language := range c.Language {
		for _, dir := range []string{"", operator} {
			found, err := filepath.Glob(filepath.Join(c.Output, string(language), dir, "*.yaml"))
			if err != nil {
				return nil, err
			}
			paths = append(paths, found...)
		}
	}
	files := make(map[string][]byte)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files[path] = content
	}
	return files, nil
}
