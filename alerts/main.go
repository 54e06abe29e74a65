// Alerts generates Prometheus's alert rules from the same queries as the dashboards, and the page that lists them.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gradewatch/gradewatch/alerts/rule"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

type command struct {
	Output      string          `default:"alerts/rules" placeholder:"DIR" help:"Write DIR/<language>/<group>.yaml, and name files there that are no longer generated."`
	Reference   string          `default:"docs/alerts.md" placeholder:"FILE" help:"Write the page that lists all alerts."`
	Language    []text.Language `default:"en,ru" enum:"en,ru" help:"Languages to write: en, ru."`
	GrafanaURL  string          `name:"grafana.url" default:"http://localhost:3000" placeholder:"URL" help:"Where dashboards are that alerts link to."`
	RunbooksURL string          `name:"runbooks.url" default:"https://github.com/gradewatch/gradewatch/blob/main/alerts/runbooks" placeholder:"URL" help:"Where runbooks are that alerts link to."`
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

// Run writes or checks the files.
func (c *command) Run(out io.Writer) error {
	generated, err := c.render()
	if err != nil {
		return err
	}
	superfluous, err := c.superfluous(generated)
	if err != nil {
		return err
	}
	if c.Check {
		return c.compare(out, generated, superfluous)
	}
	for path, content := range generated {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	for _, path := range superfluous {
		fmt.Fprintf(out, "%s is not generated any more; remove it\n", path)
	}
	fmt.Fprintf(out, "%d files of rules are in %s\n", len(generated)-1, c.Output)
	return nil
}

// render makes the content of each file, by path.
func (c *command) render() (map[string][]byte, error) {
	groups := rule.Groups()
	files := map[string][]byte{c.Reference: rule.Reference(groups)}
	for _, language := range c.Language {
		for _, g := range groups {
			content, err := g.File(language, rule.Places{Grafana: c.GrafanaURL, Runbooks: c.RunbooksURL})
			if err != nil {
				return nil, err
			}
			files[filepath.Join(c.Output, string(language), g.Name+".yaml")] = content
		}
	}
	return files, nil
}

// superfluous are files of rules in the output that are not generated, or no longer. Prometheus would load them all.
func (c *command) superfluous(generated map[string][]byte) (paths []string, err error) {
	for _, language := range c.Language {
		found, err := filepath.Glob(filepath.Join(c.Output, string(language), "*.yaml"))
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			if _, still := generated[path]; !still {
				paths = append(paths, path)
			}
		}
	}
	return paths, nil
}

// compare says what writing would change.
func (c *command) compare(out io.Writer, generated map[string][]byte, superfluous []string) error {
	var changes []string
	for path, content := range generated {
		switch was, err := os.ReadFile(path); {
		case errors.Is(err, fs.ErrNotExist):
			changes = append(changes, path+" is missing")
		case err != nil:
			return err
		case !bytes.Equal(was, content):
			changes = append(changes, path+" differs")
		}
	}
	for _, path := range superfluous {
		changes = append(changes, path+" is superfluous")
	}
	if len(changes) == 0 {
		return nil
	}
	slices.Sort(changes)
	fmt.Fprintln(out, strings.Join(changes, "\n"))
	return fmt.Errorf("not as generated; run the same without --check")
}
