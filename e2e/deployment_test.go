package e2e

import (
	"context"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
	"github.com/gradewatch/gradewatch/e2e/pgtest"
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

// compose loads docker-compose.yml with the parser that Docker Compose uses, and with variables as an .env file has them.
func compose(t *testing.T, env ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithWorkingDirectory(".."), cli.WithEnv(env))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// once are the services that do something and end.
var once = []string{"past", "history"}

// TestComposeFile: nothing runs as root, can change its own files, is reached from elsewhere or takes another version some day; and what
// has a port has a health check.
func TestComposeFile(t *testing.T) {
	project := compose(t)
	builders := map[string]string{}
	for _, service := range project.Services {
		name := service.Name
		if other := builders[service.Image]; service.Build != nil && other != "" {
			t.Errorf("%s and %s both build %s, at the same time", name, other, service.Image)
		} else if service.Build != nil {
			builders[service.Image] = name
		}
		if service.HealthCheck == nil && !slices.Contains(once, name) && name != "semester" {
			t.Errorf("%s has no health check", name)
		}
		if service.Build == nil && !strings.HasPrefix(service.Image, "gradewatch/") && !pinned.MatchString(service.Image) {
			t.Errorf("the image of %s, %s, is not pinned to a version", name, service.Image)
		}
		if !service.ReadOnly || !slices.Contains(service.CapDrop, "ALL") || !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may change its own files, or has capabilities", name)
		}
		if user, _, _ := strings.Cut(service.User, ":"); !strings.HasPrefix(service.Image, "gradewatch/") && (user == "" || user == "0" || user == "root") {
			t.Errorf("%s runs as %q, want a user without rights", name, service.User)
		}
		for _, volume := range service.Volumes {
			if _, err := os.Stat(volume.Source); volume.Type == "bind" && (err != nil || !volume.ReadOnly) {
				t.Errorf("%s mounts %s, which is not there, or may be written (%v)", name, volume.Source, err)
			}
			if _, named := project.Volumes[volume.Source]; volume.Type == "volume" && !named {
				t.Errorf("%s has a volume without a name at %s", name, volume.Target)
			}
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is published on %q, want 127.0.0.1: it has no password of its own", name, port.HostIP)
			}
		}
		for variable := range service.Environment {
			if strings.Contains(variable, "PASS") && !strings.HasSuffix(variable, "FILE") || strings.Contains(variable, "TOKEN") {
				t.Errorf("%s has a secret in its environment, %s; want a file", name, variable)
			}
		}
		for _, waited := range slices.Collect(maps.Keys(service.DependsOn)) {
			if slices.Contains(once, waited) != (service.DependsOn[waited].Condition == types.ServiceConditionCompletedSuccessfully) {
				t.Errorf("%s waits until %s is %s", name, waited, service.DependsOn[waited].Condition)
			}
		}
	}
	for name, secret := range project.Secrets {
		content, err := os.ReadFile(secret.File)
		if err != nil || strings.Count(string(content), "\n") != 1 {
			t.Errorf("the secret %s is no file of one line (%v)", name, err)
		}
	}
}

// TestComposeWatchesAnotherService, as the head of the file tells: without the made-up university, and with a configuration file, of which
// both know who read the source.
func TestComposeWatchesAnotherService(t *testing.T) {
	config := file(t, "gradewatch.yaml", "words: {}\n")
	project := compose(t, "GRADEWATCH_SEMESTERS=0", "GRADEWATCH_SOURCE=postgres://gradewatch@db.example/grader",
		"GRADEWATCH_MONITORED=db.example/grader?sslmode=disable", "GRADEWATCH_DATABASE=postgres://gradewatch_access@db.example/grader",
		"GRADEWATCH_USERS_PASSWORD_FILE=", "GRADEWATCH_CONFIG="+config)
	for _, name := range []string{"past", "semester"} {
		if scale := project.Services[name].Scale; scale == nil || *scale != 0 {
			t.Errorf("%s runs", name)
		}
	}
	for _, name := range []string{"history", "exporter"} {
		service := project.Services[name]
		at := *service.Environment["GRADEWATCH_CONFIG_FILE"]
		if *service.Environment["GRADEWATCH_SOURCE"] != "postgres://gradewatch@db.example/grader" || at == "" ||
			!slices.ContainsFunc(service.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Source == config && v.Target == at }) {
			t.Errorf("%s has %v and %v", name, service.Environment, service.Volumes)
		}
	}
	if file := *project.Services["access"].Environment["GRADEWATCH_USERS_PASSWORD_FILE"]; file != "" {
		t.Errorf("access makes users with the password in %s", file)
	}
	firstLook := regexp.MustCompile(`\bpostgres/gradewatch\b`)
	for _, service := range project.Services {
		for name, value := range service.Environment {
			if service.Name != "past" && service.Name != "semester" && value != nil && firstLook.MatchString(*value) {
				t.Errorf("%s still looks at the database of the first look: %s=%s", service.Name, name, *value)
			}
		}
	}
	if file := *compose(t).Services["exporter"].Environment["GRADEWATCH_CONFIG_FILE"]; file != "" {
		t.Errorf("without a configuration file the exporter has %s", file)
	}
}

// pinned is an image with a version of at least two numbers.
var pinned = regexp.MustCompile(`:v?\d+\.\d+[\w.-]*$`)

// ours are the programs of the images that are built here.
var ours = map[string]string{"gradewatch/exporter": exporterProgram, "gradewatch/dashboards": dashboardsProgram, "gradewatch/semester": semesterProgram}

// TestComposeSaysWhatProgramsKnow: every flag and variable that a service of ours is given exists, and every file that a variable names
// is mounted there.
func TestComposeSaysWhatProgramsKnow(t *testing.T) {
	checked := 0
	for _, service := range compose(t).Services {
		name, _, _ := strings.Cut(service.Image, ":")
		program, isOurs := ours[name]
		if !isOurs {
			continue
		}
		command := []string(service.Command)
		if command == nil && program == exporterProgram {
			command = []string{"serve"} // as the image says
		}
		environment := map[string]string{}
		for variable, value := range service.Environment {
			environment[variable] = *value
		}
		var mounts []string
		for _, volume := range service.Volumes {
			mounts = append(mounts, volume.Target)
		}
		for _, secret := range service.Secrets {
			mounts = append(mounts, "/run/secrets/"+secret.Source)
		}
		checkProgram(t, service.Name, program, command, environment, mounts)
		checked++
	}
	if checked != 5 {
		t.Errorf("%d services of ours were looked at, want 5", checked)
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
	db, stand := university(t), grafanatest.New(t)
	env := os.Environ()
	for name, value := range access.Environment {
		switch name {
		case "GRADEWATCH_GRAFANA_URL":
			*value = stand.URL
		case "GRADEWATCH_GRAFANA_PASSWORD_FILE":
			if *value != *grafana.Environment["GF_SECURITY_ADMIN_PASSWORD__FILE"] {
				t.Errorf("access has the password of %q, grafana of %q", *value, *grafana.Environment["GF_SECURITY_ADMIN_PASSWORD__FILE"])
			}
			*value = file(t, "admin", grafanatest.Password)
		case "GRADEWATCH_DATABASE":
			*value = db.URL
		case "GRADEWATCH_USERS_PASSWORD_FILE":
			*value = project.Secrets[filepath.Base(*value)].File
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

	// The three logins of the README.
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	password, err := os.ReadFile(project.Secrets["first_password"].File)
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"product", "operations", "teacher"} {
		if !strings.Contains(string(readme), "`"+login+"`") {
			t.Errorf("the README does not name the login %s", login)
		}
		if status, _ := grafanatest.Ask(t, stand.URL, login, strings.TrimSpace(string(password)), http.MethodGet, "/api/user", ""); status != http.StatusOK {
			t.Errorf("%s cannot log in: %d", login, status)
		}
	}
	_, folders := grafanatest.Ask(t, stand.URL, "teacher", strings.TrimSpace(string(password)), http.MethodGet, "/api/search?type=dash-folder", "")
	for course, seen := range map[string]bool{"Algorithms (": true, "Compilers (": true, "Databases (": false} {
		if strings.Count(string(folders), course) != map[bool]int{true: 2}[seen] { // this term and the last
			t.Errorf("the teacher sees %s, want %s to be %v", folders, course, seen)
		}
	}
}

// TestAForgottenPasswordIsTold before a role gets none, with which nobody could log in.
func TestAForgottenPasswordIsTold(t *testing.T) {
	for _, forgotten := range []string{"", "*:*:*:gradewatch", "*:*:*:gradewatch:", "change-me"} {
		secrets := t.TempDir()
		if err := os.WriteFile(filepath.Join(secrets, "gradewatch.pgpass"), []byte(forgotten+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "../provisioning/postgres/03-password.sh")
		cmd.Env = append(os.Environ(), "SECRETS="+secrets, "POSTGRES_USER=postgres", "POSTGRES_DB=gradewatch")
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "no password for the role gradewatch") {
			t.Errorf("with %q in the file: %v\n%s", forgotten, err, out)
		}
	}
}

// university is a database with the made-up university, as the first look has it.
func university(t *testing.T) *pgtest.Database {
	t.Helper()
	db := database(t, nil)
	writing := start(t, []string{"GRADEWATCH_DEMO_STUDENTS=10"}, nil, program(semesterProgram), "--once", "--database="+db.URL)
	if <-writing.ended; writing.err != nil {
		t.Fatalf("the semester is not written: %v", writing.err)
	}
	return db
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
}
