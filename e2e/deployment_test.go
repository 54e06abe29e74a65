package e2e

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
)

// tool finds a program that make test builds.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path, err := filepath.Abs("../.build/" + name)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("%s is neither in PATH nor in .build; run: make test", name)
	}
	return path
}

// compose loads docker-compose.yml with the parser that Docker Compose uses.
func compose(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithWorkingDirectory(".."))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestComposeFile(t *testing.T) {
	project := compose(t)
	pinned := regexp.MustCompile(`:v?\d+\.\d+`)
	for _, name := range []string{"postgres", "history", "exporter", "prometheus", "alertmanager", "mail", "grafana", "access"} {
		service, err := project.GetService(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != "history" && (service.HealthCheck == nil || len(service.HealthCheck.Test) == 0) {
			t.Errorf("%s has no health check", name)
		}
		if service.Build == nil && !pinned.MatchString(service.Image) {
			t.Errorf("the image of %s, %s, is not pinned to a version", name, service.Image)
		}
		if service.Build != nil {
			if _, err := os.Stat(filepath.Join(service.Build.Context, service.Build.Dockerfile)); err != nil {
				t.Errorf("%s is built from what is not there: %v", name, err)
			}
		}
		for _, volume := range service.Volumes {
			if _, err := os.Stat(volume.Source); volume.Type == "bind" && err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is published on %q, want 127.0.0.1: it has no password of its own", name, port.HostIP)
			}
		}
	}
}

// TestComposeAppliesAccess: the shipped files, with the variables of the service, are what the command takes, and nothing but it
// owns the dashboards.
func TestComposeAppliesAccess(t *testing.T) {
	project := compose(t)
	access, grafana := project.Services["access"], project.Services["grafana"]
	for _, volume := range grafana.Volumes {
		if strings.Contains(volume.Source, "dashboards") {
			t.Errorf("grafana has dashboards from %s, which apply could not change", volume.Source)
		}
	}
	if access.DependsOn["grafana"].Condition != types.ServiceConditionHealthy {
		t.Error("access does not wait for grafana")
	}
	stand := grafanatest.New(t)
	env := os.Environ()
	for name, value := range access.Environment {
		switch name {
		case "GRADEWATCH_GRAFANA_URL":
			*value = stand.URL
		case "GRADEWATCH_GRAFANA_PASSWORD":
			if *value != *grafana.Environment["GF_SECURITY_ADMIN_PASSWORD"] {
				t.Errorf("access has the password %q, grafana %q", *value, *grafana.Environment["GF_SECURITY_ADMIN_PASSWORD"])
			}
			*value = grafanatest.Password
		case "GRADEWATCH_ACCESS_FILE":
			for _, volume := range access.Volumes {
				*value = strings.Replace(*value, volume.Target, volume.Source, 1)
			}
		}
		env = append(env, name+"="+*value)
	}
	args := slices.DeleteFunc(slices.Clone(access.Command), func(arg string) bool { return arg == "--watch" }) // once is enough
	cmd := exec.Command(dashboardsBinary, args...)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "as they should be") {
		t.Errorf("%v %v: %v\n%s", access.Command, access.Environment, err, out)
	}
}

func TestPrometheusConfig(t *testing.T) {
	out, err := exec.Command(tool(t, "promtool"), "check", "config", "../provisioning/prometheus/prometheus.yml").CombinedOutput()
	if err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestComposeWritesHistoryFirst: before exporter, Prometheus and Grafana start, with the labels, the retention and the volumes of
// the Prometheus that is to hold it, and with the source and the state of the exporter that is to go on.
func TestComposeWritesHistoryFirst(t *testing.T) {
	project := compose(t)
	history, exporter, prometheus := project.Services["history"], project.Services["exporter"], project.Services["prometheus"]
	for _, s := range []types.ServiceConfig{exporter, prometheus} {
		if of := s.DependsOn["history"]; of.Condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s waits for the history with condition %q", s.Name, of.Condition)
		}
	}
	if _, waits := project.Services["grafana"].DependsOn["prometheus"]; !waits {
		t.Error("grafana does not wait for prometheus")
	}
	if !maps.EqualFunc(history.Environment, exporter.Environment, func(a, b *string) bool { return *a == *b }) {
		t.Errorf("history has the environment %v, the exporter %v", history.Environment, exporter.Environment)
	}
	volume := func(s types.ServiceConfig, target string) string {
		for _, v := range s.Volumes {
			if v.Target == target {
				return v.Source
			}
		}
		return ""
	}
	for _, pair := range [][2]string{
		{volume(history, "/var/lib/gradewatch"), volume(exporter, "/var/lib/gradewatch")},
		{volume(history, "/var/lib/prometheus"), volume(prometheus, "/prometheus")},
	} {
		if pair[0] != pair[1] || pair[0] == "" {
			t.Errorf("history has the volume %q where the other has %q", pair[0], pair[1])
		}
	}

	var config struct {
		Storage struct {
			TSDB struct {
				Retention struct{ Time string }
			}
		}
		ScrapeConfigs []struct {
			JobName       string                       `yaml:"job_name"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	text, err := os.ReadFile("../provisioning/prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	job := config.ScrapeConfigs[0]
	for _, flag := range []string{"--label=job=" + job.JobName, "--label=instance=" + job.StaticConfigs[0].Targets[0],
		"--retention=" + config.Storage.TSDB.Retention.Time} {
		if !slices.Contains(history.Command, flag) {
			t.Errorf("history is run as %v, want %s", history.Command, flag)
		}
	}

	// The command itself runs, but for where it writes, and a second time does nothing.
	dir := t.TempDir()
	var args []string
	for _, arg := range history.Command {
		args = append(args, strings.Replace(arg, "/var/lib/prometheus", dir, 1))
	}
	args = append(args, "--from="+time.Now().AddDate(0, 0, -1).Format(time.DateOnly), "--demo.students=10")
	env := []string{"GRADEWATCH_SOURCE=demo:", "GRADEWATCH_STATE_FILE=" + filepath.Join(t.TempDir(), "state")}
	for _, want := range []string{"The past is written", "there is data already"} {
		if _, log, err := run(t, env, args...); err != nil || !strings.Contains(log, want) {
			t.Errorf("the command ends with %v and does not say %q:\n%s", err, want, log)
		}
	}
}
