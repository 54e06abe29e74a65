package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // --timezone works on machines without a time zone database

	"github.com/gradewatch/gradewatch/dashboards-go/output"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

type generateCommand struct {
	Output   string          `required:"" placeholder:"DIR" help:"Write DIR/<language>/<folder>/<dashboard>.json, and beside them providers.yaml for Grafana and kustomization.yaml for Kubernetes, and name dashboards there that are no longer generated."`
	Courses  string          `placeholder:"FILE" help:"YAML file that lists the courses which have dashboards of their own, as provisioning/courses.yaml does; without it there are none."`
	Language []text.Language `default:"en,ru" enum:"en,ru" help:"Languages to write: en, ru."`
	Timezone string          `default:"UTC" help:"IANA time zone in which days begin: the exporter's."`
	Check    bool            `help:"Write nothing. Say which files differ, are missing or superfluous, and fail if any."`
}

// Validate is called by kong.
func (c *generateCommand) Validate() error {
	if c.Output == "" {
		return errors.New("--output is empty, want a directory")
	}
	return checkTimezone(c.Timezone)
}

func checkTimezone(name string) error {
	if zone, err := time.LoadLocation(name); err != nil || zone == time.Local || name == "" {
		return fmt.Errorf("--timezone is %q, want UTC or a name like Europe/Prague", name)
	}
	return nil
}

// Run writes or checks the files.
func (c *generateCommand) Run(out io.Writer) error {
	generated, err := c.render()
	if err != nil {
		return err
	}
	present, err := c.present()
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	if c.Check {
		return c.compare(out, generated, present)
	}
	if err := write(out, generated, present); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	fmt.Fprintf(out, "%d files are in %s\n", len(generated), c.Output)
	return nil
}

// render makes the content of each file, by path.
func (c *generateCommand) render() (map[string][]byte, error) {
	roster, err := readCourses(c.Courses)
	if err != nil {
		return nil, fmt.Errorf("--courses: %w", err)
	}
	files := make(map[string][]byte)
	for _, language := range c.Language {
		var folders []panel.Folder
		boards := all(panel.Style{Language: language, Timezone: c.Timezone}, roster.courses)
		for _, b := range boards {
			content, err := b.JSON()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", language, err)
			}
			files[filepath.Join(c.Output, string(language), b.Folder.UID, b.UID+".json")] = content
			if !slices.Contains(folders, b.Folder) {
				folders = append(folders, b.Folder)
			}
		}
		content, err := providers(folders, language)
		if err != nil {
			return nil, err
		}
		files[filepath.Join(c.Output, string(language), providersFile)] = content
		if content, err = kustomization(boards, language); err != nil {
			return nil, err
		}
		files[filepath.Join(c.Output, string(language), kustomizationFile)] = content
	}
	return files, nil
}

// present reads the files that are in the output and look like ours.
func (c *generateCommand) present() (map[string][]byte, error) {
	files := make(map[string][]byte)
	for _, language := range c.Language {
		root := filepath.Join(c.Output, string(language))
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path == root {
				return nil
			}
			isOurs := filepath.Ext(path) == ".json" || entry != nil && (entry.Name() == providersFile || entry.Name() == kustomizationFile)
			if err != nil || entry.IsDir() || !isOurs {
				return err
			}
			files[path], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// superfluous are the files that look generated and are not, or no longer. Somebody may have made one by hand out of a
// generated one, so they are named and not removed.
func superfluous(generated, present map[string][]byte) (paths []string) {
	for path, content := range present {
		if _, still := generated[path]; !still && isMarked(content) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// isMarked knows our files by the dashboard's tag.
func isMarked(content []byte) bool {
	var dashboard struct {
		Tags []string `json:"tags"`
	}
	return json.Unmarshal(content, &dashboard) == nil && slices.Contains(dashboard.Tags, panel.Mark)
}

func write(out io.Writer, generated, present map[string][]byte) error {
	if err := output.Write(generated); err != nil {
		return err
	}
	for _, path := range superfluous(generated, present) {
		fmt.Fprintf(out, "%s is not generated any more; remove it, or add its course to --courses\n", path)
	}
	return nil
}

// compare says what writing would change.
func (c *generateCommand) compare(out io.Writer, generated, present map[string][]byte) error {
	changes := output.Differences(generated, present, superfluous(generated, present))
	if len(changes) == 0 {
		return nil
	}
	fmt.Fprintln(out, strings.Join(changes, "\n"))
	courses := ""
	if c.Courses != "" {
		courses = " --courses=" + c.Courses
	}
	languages := make([]string, len(c.Language))
	for i, language := range c.Language {
		languages[i] = string(language)
	}
	return fmt.Errorf("not as generated; run: go run ./dashboards-go generate --output=%s --timezone=%s --language=%s%s",
		c.Output, c.Timezone, strings.Join(languages, ","), courses)
}
