package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/dashboards-go/access"
	"github.com/gradewatch/gradewatch/dashboards-go/board/operations"
	"github.com/gradewatch/gradewatch/dashboards-go/board/product"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
	"github.com/gradewatch/gradewatch/exporter/listener"
	"github.com/gradewatch/gradewatch/exporter/logging"
)

type applyCommand struct {
	URL          string        `name:"grafana.url" required:"" placeholder:"URL" help:"Where Grafana is. Its token is in the environment, GRADEWATCH_GRAFANA_TOKEN, or in a file; or else a password, GRADEWATCH_GRAFANA_PASSWORD."`
	TokenFile    string        `name:"grafana.token-file" placeholder:"FILE" help:"Holds the token of a service account with the role Admin."`
	User         string        `name:"grafana.user" default:"admin" help:"User whose password it is. Default: ${default}."`
	PasswordFile string        `name:"grafana.password-file" placeholder:"FILE" help:"Holds the password of a user with the role Admin; a server admin where users are to be created."`
	FirstFile    string        `name:"users.password-file" placeholder:"FILE" help:"Create users who are missing, whatever the file of access says, and give them the password that FILE holds: for a demonstration. Without it nobody ever learns the password of a user who is created."`
	AccessFile   string        `name:"access.file" required:"" placeholder:"FILE" help:"Says who sees what, as provisioning/access.yaml does."`
	Database     string        `name:"database" placeholder:"URL" help:"postgres://USER@HOST/DATABASE (password in PGPASSWORD or PGPASSFILE), if the file takes courses and staff from a database."`
	Language     text.Language `default:"en" enum:"en,ru" help:"Language of the dashboards: en or ru. Default: ${default}."`
	Timezone     string        `default:"UTC" help:"IANA time zone in which days begin: the exporter's. Default: ${default}."`
	Guard        *float64      `placeholder:"SHARE" help:"Share of members that one round may remove from teams, 0 to 1, in the place of the file's guard."`
	Check        bool          `help:"Change nothing. Say what differs, and fail if anything does."`
	Watch        bool          `help:"Go on, round after round, and serve metrics of it."`
	Interval     time.Duration `name:"watch.interval" default:"1m" help:"Pause between two rounds, if no course and no staff changes. Default: ${default}."`
	Poll         time.Duration `name:"watch.poll" default:"15s" help:"Pause between two looks at courses and staff. Default: ${default}."`
	Audit        time.Duration `name:"watch.audit" default:"1h" help:"How often a round reads every folder, team and dashboard, and not only what has changed. Default: ${default}."`

	ListenAddress  []string `name:"web.listen-address" default:":9851" placeholder:"ADDRESS" help:"Address to serve metrics on while watching; may be repeated. Default: ${default}."`
	listener.Flags `embed:""`
	Log            logging.Flags `embed:""`
}

// Validate is called by kong.
func (c *applyCommand) Validate() error {
	if c.Check && c.Watch {
		return errors.New("--check and --watch: want one of them; a watch tells drift as a metric")
	}
	if c.Guard != nil && !(*c.Guard >= 0 && *c.Guard <= 1) {
		return fmt.Errorf("--guard is %v, want a share from 0 to 1", *c.Guard)
	}
	for name, pause := range map[string]time.Duration{"interval": c.Interval, "poll": c.Poll, "audit": c.Audit} {
		if pause <= 0 {
			return fmt.Errorf("--watch.%s is %s, want more than 0", name, pause)
		}
	}
	return checkTimezone(c.Timezone)
}

// Run applies or checks once, or watches until ctx ends.
func (c *applyCommand) Run(ctx context.Context, out io.Writer) error {
	description, err := c.describe()
	if err != nil {
		return err
	}
	log, err := c.Log.New()
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	client, err := c.client(instrument(registry, http.DefaultTransport), log)
	if err != nil {
		return err
	}
	applier := &access.Applier{Client: client, Archived: " " + text.Ended.In(c.Language)}
	if c.Watch {
		return c.watch(ctx, applier, registry, log)
	}
	return c.once(ctx, applier, description, out)
}

// describe reads what --access.file says.
func (c *applyCommand) describe() (*access.Description, error) {
	description, err := access.Read(c.AccessFile, []string{product.Folder.UID, operations.Folder.UID})
	if err != nil {
		return nil, fmt.Errorf("--access.file: %w", err)
	}
	switch {
	case c.Database == "" && description.Courses.Database != nil:
		return nil, fmt.Errorf("%s takes courses from a database; say which with --database", c.AccessFile)
	case c.Database != "" && description.Courses.Database == nil:
		return nil, fmt.Errorf("--database is given, and %s takes courses from a file; say database: under courses:, or leave the flag out", c.AccessFile)
	}
	if c.Guard != nil {
		description.Guard.RemovedMembers = c.Guard
	}
	if c.FirstFile != "" {
		description.Users.Missing = access.Create
		if description.FirstPassword, err = secret("", "--users.password-file", c.FirstFile); err != nil {
			return nil, err
		}
	}
	return description, nil
}

// client makes the client out of flags, files and the environment.
func (c *applyCommand) client(transport http.RoundTripper, log *slog.Logger) (*grafana.Client, error) {
	token, err := secret("GRADEWATCH_GRAFANA_TOKEN", "--grafana.token-file", c.TokenFile)
	if err != nil {
		return nil, err
	}
	password, err := secret("GRADEWATCH_GRAFANA_PASSWORD", "--grafana.password-file", c.PasswordFile)
	if err != nil {
		return nil, err
	}
	switch {
	case token == "" && password == "":
		return nil, errors.New("no token: set GRADEWATCH_GRAFANA_TOKEN or --grafana.token-file, or a password, GRADEWATCH_GRAFANA_PASSWORD or --grafana.password-file")
	case token != "" && password != "":
		return nil, errors.New("a token and a password: want one of them")
	}
	client, err := grafana.New(c.URL, grafana.Credentials{Token: token, User: c.User, Password: password}, transport, log)
	if err != nil {
		return nil, fmt.Errorf("--grafana.url: %w", err)
	}
	return client, nil
}

// secret is what the variable or the file holds, without the end of the line.
func secret(variable, flag, file string) (string, error) {
	if file == "" {
		return os.Getenv(variable), nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	if os.Getenv(variable) != "" {
		return "", fmt.Errorf("%s and %s: want one of them", flag, variable)
	}
	value := strings.TrimSpace(string(content))
	if value == "" {
		return "", fmt.Errorf("%s: %s is empty", flag, file)
	}
	return value, nil
}

// roster reads courses and staff from where the description says.
func (c *applyCommand) roster(ctx context.Context, from access.Courses) (*roster, error) {
	if from.Database == nil {
		r, err := readCourses(from.File)
		if err != nil {
			return nil, fmt.Errorf("courses: %w", err)
		}
		return r, nil
	}
	r, err := readDatabase(ctx, c.Database, from)
	if err != nil {
		return nil, fmt.Errorf("--database: %w", err)
	}
	return r, nil
}

// folders makes the folders with their dashboards.
func (c *applyCommand) folders(r *roster) ([]access.Folder, error) {
	var folders []access.Folder
	isCourse := make(map[string]bool)
	for _, course := range r.courses {
		isCourse[course.Folder().UID] = true
	}
	for _, b := range all(panel.Style{Language: c.Language, Timezone: c.Timezone}, r.courses) {
		content, err := b.JSON()
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(folders, func(f access.Folder) bool { return f.UID == b.Folder.UID })
		if at < 0 {
			at = len(folders)
			folders = append(folders, access.Folder{UID: b.Folder.UID, Title: b.Folder.Title.In(c.Language), Course: isCourse[b.Folder.UID]})
		}
		folders[at].Dashboards = append(folders[at].Dashboards, access.Dashboard{UID: b.UID, Content: content})
	}
	return folders, nil
}

// once makes one round, or looks what it would do.
func (c *applyCommand) once(ctx context.Context, applier *access.Applier, description *access.Description, out io.Writer) error {
	r, err := c.roster(ctx, description.Courses)
	if err != nil {
		return err
	}
	folders, err := c.folders(r)
	if err != nil {
		return err
	}
	for _, odd := range r.odd {
		fmt.Fprintln(out, "passed over:", odd)
	}
	run := applier.Round
	if c.Check {
		run = applier.Check
	}
	applier.Description = description
	applier.Note = func(note string) { fmt.Fprintln(out, "note:", note) }
	applier.Told = func(change *access.Change, err error) {
		if err != nil {
			fmt.Fprintf(out, "failed: %s: %v\n", change.What, err)
			return
		}
		fmt.Fprintln(out, "mended:", change.What)
	}
	report, err := run(ctx, folders, r.staff)
	if report == nil {
		return err
	}
	for _, uid := range report.Strays {
		fmt.Fprintf(out, "passed over: the staff of %s, which is not among the courses\n", uid)
	}
	for _, uid := range report.Ended {
		fmt.Fprintf(out, "note: folder %s is of a course that has ended (ended: %s)\n", uid, description.Courses.Ended)
	}
	for _, pending := range report.Pending {
		fmt.Fprintln(out, "waits:", pending)
	}
	for _, change := range report.Left {
		if c.Check || err != nil {
			fmt.Fprintln(out, "differs:", change.What)
		}
	}
	switch {
	case err != nil:
		return err
	case c.Check && len(report.Drift) > 0:
		return fmt.Errorf("%d differences", len(report.Drift))
	case report.Made == 0:
		fmt.Fprintf(out, "%d folders with %d dashboards are as they should be; nothing was changed\n", len(folders), dashboards(folders))
	default:
		fmt.Fprintf(out, "%d changes; %d folders with %d dashboards are as they should be\n", report.Made, len(folders), dashboards(folders))
	}
	return nil
}

func dashboards(folders []access.Folder) (n int) {
	for _, f := range folders {
		n += len(f.Dashboards)
	}
	return n
}
