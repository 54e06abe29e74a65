package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
	"github.com/gradewatch/gradewatch/e2e/pgtest"
)

// A container is what a deployment runs, and what it sees there.
type container struct {
	command []string
	env     map[string]string
	mounts  map[string]string // paths here, by those in the container
}

// A system is a deployment: its containers by the names that docker-compose.yml has for them.
type system map[string]container

// A site is where a system runs here, as processes. Each has an address of its own in the place of the service's name and port, and the
// real files and directories in the place of those that would be mounted; that is all that is changed.
type site struct {
	t       *testing.T
	system  system
	address map[string]string // by what the system says
	db      *pgtest.Database
	log     []*process
}

func newSite(t *testing.T, s system) *site {
	t.Helper()
	of := &site{t: t, system: s, address: map[string]string{}, db: pgtest.Start(t).Database(t)} // roles are of a whole server
	for _, port := range []string{"exporter:9850", "access:9851", "postgres-exporter:9187", "prometheus:9090", "alertmanager:9093",
		"grafana:3000", "mail:1025"} {
		of.address[port] = freeAddress(t)
	}
	of.address["localhost:9090"] = of.address["prometheus:9090"]
	of.address["@postgres/gradewatch"] = strings.TrimPrefix(of.db.TCP(""), "postgres://")
	of.address["postgres/gradewatch"] = strings.TrimPrefix(of.db.TCP(""), "postgres://@")
	return of
}

// here is a text of a container with addresses and paths as they are here.
func (s *site) here(c container, text string) string {
	var pairs []string
	for from, to := range s.address {
		pairs = append(pairs, from, to)
	}
	for _, target := range slices.SortedFunc(maps.Keys(c.mounts), func(a, b string) int { return len(b) - len(a) }) {
		pairs = append(pairs, target, c.mounts[target])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// run starts a program as a container has it, with further arguments. Of the files in configured, which its flags name, it gets copies
// with addresses and paths as they are here.
func (s *site) run(name, path string, more []string, env ...string) *process {
	s.t.Helper()
	c, there := s.system[name]
	if !there {
		s.t.Fatalf("there is no %s", name)
	}
	var args []string
	for _, arg := range c.command {
		if flag, config, _ := strings.Cut(arg, "="); flag == "--config.file" {
			content, err := os.ReadFile(s.here(c, config))
			if err != nil {
				s.t.Fatal(err)
			}
			arg = flag + "=" + file(s.t, filepath.Base(config), s.here(c, string(content)))
		} else {
			arg = s.here(c, arg)
		}
		args = append(args, arg)
	}
	for variable, value := range c.env {
		env = append([]string{variable + "=" + s.here(c, value)}, env...)
	}
	p := start(s.t, env, nil, path, append(args, more...)...)
	s.log = append(s.log, p)
	return p
}

// finish waits until a process has ended well.
func (s *site) finish(name string, p *process) {
	s.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
	}
	if p.err != nil || p.cmd.ProcessState == nil {
		s.t.Fatalf("%s ends with %v:\n%s", name, p.err, p.log())
	}
}

// initialize does what the image of PostgreSQL does at its first start.
func (s *site) initialize() {
	s.t.Helper()
	postgres := s.system["postgres"]
	config, err := pgx.ParseConfig(s.db.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	scripts := 0
	for _, target := range slices.Sorted(maps.Keys(postgres.mounts)) {
		path := postgres.mounts[target]
		switch {
		case !strings.HasPrefix(target, "/docker-entrypoint-initdb.d/"):
			continue
		case strings.HasSuffix(target, ".sql"):
			sql, err := os.ReadFile(path)
			if err != nil {
				s.t.Fatal(err)
			}
			s.db.Exec(s.t, string(sql))
		default:
			cmd := exec.Command("sh", path)
			cmd.Env = append(os.Environ(), "PGHOST="+config.Host, "POSTGRES_USER="+config.User, "POSTGRES_DB="+s.db.Name,
				fmt.Sprintf("PGPORT=%d", config.Port), "SECRETS="+filepath.Dir(postgres.mounts["/run/secrets/gradewatch.pgpass"]))
			if out, err := cmd.CombinedOutput(); err != nil {
				s.t.Fatalf("%s: %v\n%s", target, err, out)
			}
		}
		scripts++
	}
	if scripts < 5 {
		s.t.Fatalf("the database is made by %d files only", scripts)
	}
}

// TestTheSystemOfCompose starts all of docker-compose.yml that can run here, from the very files that it mounts.
func TestTheSystemOfCompose(t *testing.T) {
	project := compose(t)
	of := system{}
	volumes := map[string]string{}
	for _, service := range project.Services {
		c := container{command: service.Command, env: map[string]string{}, mounts: map[string]string{}}
		for variable, value := range service.Environment {
			c.env[variable] = *value
		}
		for _, volume := range service.Volumes {
			c.mounts[volume.Target] = volume.Source
			if volume.Type == "volume" {
				volumes[volume.Source] = cmp.Or(volumes[volume.Source], t.TempDir())
				c.mounts[volume.Target] = volumes[volume.Source]
			}
		}
		for _, secret := range service.Secrets {
			c.mounts["/run/secrets/"+secret.Source] = project.Secrets[secret.Source].File
		}
		of[service.Name] = c
	}
	of["exporter"] = container{command: []string{"serve"}, env: of["exporter"].env, mounts: of["exporter"].mounts} // as the image says
	newSite(t, of).lives()
}

// lives starts the system in its order, and looks whether everything is where it should be.
func (s *site) lives() {
	t := s.t
	t.Parallel()
	s.initialize()
	few := "GRADEWATCH_DEMO_STUDENTS=40"
	s.finish("past", s.run("past", program(semesterProgram), nil, few))
	s.finish("history", s.run("history", exporterBinary, []string{"--from=" + time.Now().AddDate(0, 0, -8).Format(time.DateOnly)}))
	semester := s.run("semester", program(semesterProgram), nil, few)
	s.run("exporter", exporterBinary, []string{"--web.listen-address=" + s.address["exporter:9850"]}).await(t, "Caught up")
	s.run("alertmanager", tool(t, "alertmanager"), []string{"--web.listen-address=" + s.address["alertmanager:9093"]}).await(t, "Listening on")
	stand := grafanatest.New(t)
	s.address["http://grafana:3000"] = stand.URL
	s.run("access", dashboardsBinary, []string{"--web.listen-address=" + s.address["access:9851"]},
		"GRADEWATCH_GRAFANA_PASSWORD_FILE="+file(t, "admin", grafanatest.Password))
	s.run("postgres-exporter", tool(t, "postgres_exporter"), []string{"--web.listen-address=" + s.address["postgres-exporter:9187"]}).await(t, "Listening on")
	server := &prometheus{t: t, url: "http://" + s.address["prometheus:9090"]}
	server.process = s.run("prometheus", tool(t, "prometheus"), []string{"--web.listen-address=" + s.address["prometheus:9090"]})
	server.await(t, "Server is ready to receive web requests")

	eventually(t, "Grafana is as described", func() bool {
		response, err := http.Get("http://" + s.address["access:9851"] + "/-/ready")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	eventually(t, "every target is reached", func() bool {
		return len(server.at("up == 1", time.Now())) == 5 && len(server.at("up == 0", time.Now())) == 0
	})
	if up := server.at("pg_up == 1", time.Now()); len(up) != 1 || len(server.at("pg_settings_max_connections", time.Now())) != 1 {
		t.Errorf("postgres_exporter cannot look at PostgreSQL: %v", up)
	}
	var answer struct {
		Data struct {
			Groups []struct {
				Name  string
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	getJSON(t, server.url+"/api/v1/rules", &answer)
	if len(answer.Data.Groups) < 5 {
		t.Errorf("Prometheus has %d groups of rules", len(answer.Data.Groups))
	}
	for _, group := range answer.Data.Groups {
		for _, rule := range group.Rules {
			if rule.LastError != "" {
				t.Errorf("%s: %s: %s", group.Name, rule.Name, rule.LastError)
			}
		}
	}
	eventually(t, "the Watchdog has come to Alertmanager", func() bool {
		var alerts []struct{ Labels map[string]string }
		getJSON(t, "http://"+s.address["alertmanager:9093"]+"/api/v2/alerts", &alerts)
		return slices.ContainsFunc(alerts, func(a struct{ Labels map[string]string }) bool { return a.Labels["alertname"] == "Watchdog" })
	})

	// Figures are those of the database: now, when nothing comes any more, and a week ago, out of what was written as history.
	if err := semester.stop(); err != nil {
		t.Error(err)
	}
	conn := s.db.Connect(t)
	sent := func(until time.Time) (count float64) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), "SELECT count(DISTINCT submission_id) FROM analytics.submission_records WHERE submitted_at < $1", until).Scan(&count); err != nil {
			t.Fatal(err)
		}
		return count
	}
	const total = "sum (max without (instance) (grader_submissions_total))"
	eventually(t, "Prometheus has all submissions", func() bool {
		now := server.at(total, time.Now())
		return len(now) == 1 && now[0].Value.value == sent(time.Now())
	})
	lastWeek := time.Now().Add(-7 * 24 * time.Hour).Truncate(time.Minute)
	if got, want := server.value(total, lastWeek), sent(lastWeek); got != want || want == 0 {
		t.Errorf("at %s Prometheus has %v submissions, the database %v", lastWeek, got, want)
	}
	s.keepsSecrets()
}

// keepsSecrets fails where a password is in a log.
func (s *site) keepsSecrets() {
	for _, c := range s.system {
		for target, path := range c.mounts {
			content, err := os.ReadFile(path)
			if !strings.HasPrefix(target, "/run/secrets/") || err != nil {
				continue
			}
			password := strings.TrimSpace(string(content[strings.LastIndexByte(string(content), ':')+1:]))
			for _, p := range s.log {
				if len(password) > 6 && strings.Contains(p.log(), password) {
					s.t.Errorf("the password in %s is in a log:\n%s", target, p.log())
				}
			}
		}
	}
}

// getJSON decodes what a URL answers, whatever its status.
func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}
