package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
)

// overlays are all of k8s, by what is to be true of each.
var overlays = []struct {
	name    string
	secrets bool // are made there
}{{"demo", true}, {"production", false}, {"remote-write", false}, {"operator", false}}

// An object is as much of a manifest as is looked at here.
type object struct {
	Kind     string
	Metadata struct {
		Name, Namespace string
		Labels          map[string]string
		Annotations     map[string]string
	}
	Data     map[string]string
	RoleRef  struct{ Name string } `yaml:"roleRef"`
	Subjects []struct{ Name string }
	Spec     struct {
		Replicas int
		Selector yaml.Node
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
		Claims []struct {
			Metadata struct{ Name string }
			Spec     struct {
				Resources struct{ Requests struct{ Storage string } }
			}
		} `yaml:"volumeClaimTemplates"`
		Ports       []port
		PodSelector selector `yaml:"podSelector"`
		Ingress     []flow
		Egress      []flow
	}
}

type selector struct {
	MatchLabels map[string]string `yaml:"matchLabels"`
}

// A flow is a rule of a network policy.
type flow struct {
	From, To []struct {
		PodSelector       selector `yaml:"podSelector"`
		NamespaceSelector selector `yaml:"namespaceSelector"`
	}
	Ports []port
}

type port struct {
	Name          string
	Port          int
	TargetPort    string `yaml:"targetPort"`
	ContainerPort int    `yaml:"containerPort"`
}

type pod struct {
	ServiceAccount  string `yaml:"serviceAccountName"`
	Automount       *bool  `yaml:"automountServiceAccountToken"`
	SecurityContext struct {
		RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
		RunAsUser      int                   `yaml:"runAsUser"`
		SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	InitContainers []podContainer `yaml:"initContainers"`
	Containers     []podContainer
	Volumes        []struct {
		Name      string
		ConfigMap struct{ Name string } `yaml:"configMap"`
		Secret    struct {
			Name  string `yaml:"secretName"`
			Items []struct{ Key, Path string }
		}
		EmptyDir *struct{} `yaml:"emptyDir"`
	}
}

type podContainer struct {
	Name, Image   string
	Command, Args []string
	Env           []struct {
		Name, Value string
		ValueFrom   struct {
			ConfigMapKeyRef struct{ Name, Key string } `yaml:"configMapKeyRef"`
			SecretKeyRef    *struct{}                  `yaml:"secretKeyRef"`
		} `yaml:"valueFrom"`
	}
	Ports     []port
	Readiness *yaml.Node `yaml:"readinessProbe"`
	Liveness  *yaml.Node `yaml:"livenessProbe"`
	Resources struct {
		Requests, Limits map[string]string
	}
	SecurityContext struct {
		Escalation   *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnly     bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities struct{ Drop []string }
	} `yaml:"securityContext"`
	Mounts []struct {
		Name    string
		Path    string `yaml:"mountPath"`
		SubPath string `yaml:"subPath"`
	} `yaml:"volumeMounts"`
}

// A cluster of manifests, as kustomize builds an overlay.
type manifests struct {
	t       *testing.T
	overlay string
	text    []byte
	objects []object
}

// renderedTexts has what kustomize made of each overlay, by its name.
var renderedTexts sync.Map

func rendered(t *testing.T, overlay string) *manifests {
	t.Helper()
	text, known := renderedTexts.Load(overlay)
	if !known {
		cmd := exec.Command(tool(t, "kustomize"), "build", "../k8s/overlays/"+overlay)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		built, err := cmd.Output()
		if err != nil || complaints.Len() > 0 {
			t.Fatalf("kustomize build %s: %v\n%s", overlay, err, complaints.String())
		}
		text = built
		renderedTexts.Store(overlay, text)
	}
	m := &manifests{t: t, overlay: overlay, text: text.([]byte)}
	for decoder := yaml.NewDecoder(bytes.NewReader(m.text)); ; {
		var o object
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			return m
		} else if err != nil {
			t.Fatalf("%s: %v", overlay, err)
		}
		m.objects = append(m.objects, o)
	}
}

// find is the object of a kind and name, or nil.
func (m *manifests) find(kind, name string) *object {
	at := slices.IndexFunc(m.objects, func(o object) bool { return o.Kind == kind && o.Metadata.Name == name })
	if at < 0 {
		return nil
	}
	return &m.objects[at]
}

// workloads are what has pods.
func (m *manifests) workloads() (found []object) {
	for _, o := range m.objects {
		if slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "Job"}, o.Kind) {
			found = append(found, o)
		}
	}
	return found
}

func (p pod) all() []podContainer { return slices.Concat(p.InitContainers, p.Containers) }

// mounts are the paths in a container, by the volumes that are there.
func (c podContainer) mounts() map[string]string {
	paths := map[string]string{}
	for _, mount := range c.Mounts {
		paths[mount.Path] = strings.TrimSuffix(mount.Name+"/"+mount.SubPath, "/")
	}
	return paths
}

// variableIn is how a variable names another one.
var variableIn = regexp.MustCompile(`\$\((\w+)\)`)

// environment is that of a container, with what ConfigMaps say.
func (m *manifests) environment(c podContainer) map[string]string {
	environment := map[string]string{}
	for _, variable := range c.Env {
		value := variable.Value
		for _, of := range variableIn.FindAllStringSubmatch(value, -1) {
			if _, before := environment[of[1]]; !before {
				m.t.Errorf("%s: %s: %s is %s, and there is no %s before it", m.overlay, c.Name, variable.Name, value, of[1])
			}
		}
		if ref := variable.ValueFrom.ConfigMapKeyRef; ref.Name != "" {
			o := m.find("ConfigMap", ref.Name)
			if o == nil || o.Data[ref.Key] == "" {
				m.t.Errorf("%s: %s: %s takes %s of the ConfigMap %s, which does not say it", m.overlay, c.Name, variable.Name, ref.Key, ref.Name)
				continue
			}
			value = o.Data[ref.Key]
		}
		environment[variable.Name] = value
	}
	return environment
}

// TestManifestsAreValid, as strictly as a server would look at them, by the types of Kubernetes and of the Prometheus operator.
func TestManifestsAreValid(t *testing.T) {
	for _, overlay := range overlays {
		cmd := exec.Command(tool(t, "manifests"))
		cmd.Stdin = bytes.NewReader(rendered(t, overlay.name).text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", overlay.name, err, out)
		}
	}
	cmd := exec.Command(tool(t, "manifests"))
	cmd.Stdin = strings.NewReader("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {port: 1}\n")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), `unknown field "spec.port"`) {
		t.Errorf("a field that no Service has: %v\n%s", err, out)
	}
}

// TestPodsMayDoTheLeast: no root, no own files to change, no rights; and what they need is said and bounded.
func TestPodsMayDoTheLeast(t *testing.T) {
	for _, overlay := range overlays {
		m := rendered(t, overlay.name)
		for _, w := range m.workloads() {
			spec, where := w.Spec.Template.Spec, overlay.name+": "+w.Metadata.Name
			if s := spec.SecurityContext; !s.RunAsNonRoot || s.RunAsUser == 0 || s.SeccompProfile.Type != "RuntimeDefault" {
				t.Errorf("%s runs as %+v", where, s)
			}
			asks := spec.Automount == nil || *spec.Automount
			if asks != m.isBound(spec.ServiceAccount) {
				t.Errorf("%s: a token of the cluster: %v, but of a role: %v", where, asks, m.isBound(spec.ServiceAccount))
			}
			for _, c := range spec.all() {
				where := where + "/" + c.Name
				if s := c.SecurityContext; s.Escalation == nil || *s.Escalation || !s.ReadOnly || !slices.Contains(s.Capabilities.Drop, "ALL") {
					t.Errorf("%s may do more than it has to", where)
				}
				if !pinned.MatchString(c.Image) && !strings.HasSuffix(c.Image, ":dev") {
					t.Errorf("%s: the image %s is not pinned to a version", where, c.Image)
				}
				if strings.HasSuffix(c.Image, ":dev") && overlay.name != "demo" {
					t.Errorf("%s: the image %s is that of a build here", where, c.Image)
				}
				if c.Resources.Requests["cpu"] == "" || c.Resources.Requests["memory"] == "" || c.Resources.Limits["memory"] == "" {
					t.Errorf("%s does not say what it needs: %v", where, c.Resources)
				}
				for _, variable := range c.Env {
					if variable.ValueFrom.SecretKeyRef != nil || variable.Name == "PGPASSWORD" {
						t.Errorf("%s has a secret in its environment, %s; want a file", where, variable.Name)
					}
				}
			}
			for _, c := range spec.Containers {
				if len(c.Ports) > 0 && (c.Readiness == nil || c.Liveness == nil) {
					t.Errorf("%s: %s has a port and no probes", where, c.Name)
				}
			}
			if m.find("NetworkPolicy", w.Metadata.Name) == nil {
				t.Errorf("%s has no NetworkPolicy", where)
			}
			if m.find("NetworkPolicy", "nothing") == nil || m.find("NetworkPolicy", "names") == nil {
				t.Errorf("%s: not all is closed, or no names are looked up", overlay.name)
			}
			if overlay.name != "demo" && m.find("PodDisruptionBudget", w.Metadata.Name) == nil {
				t.Errorf("%s has no PodDisruptionBudget", where)
			}
		}
	}
}

// isBound reports whether a service account has a role.
func (m *manifests) isBound(account string) bool {
	return account != "" && slices.ContainsFunc(m.objects, func(o object) bool {
		return o.Kind == "ClusterRoleBinding" && len(o.Subjects) == 1 && o.Subjects[0].Name == account && m.find("ClusterRole", o.RoleRef.Name) != nil
	})
}

// TestManifestsReferToWhatIsThere: volumes, ports, flags, variables and files. Secrets that an overlay does not make are those of the
// README, with their keys.
func TestManifestsReferToWhatIsThere(t *testing.T) {
	readme, err := os.ReadFile("../k8s/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, overlay := range overlays {
		m := rendered(t, overlay.name)
		for _, w := range m.workloads() {
			spec, where := w.Spec.Template.Spec, overlay.name+": "+w.Metadata.Name
			volumes := map[string]bool{}
			for _, claim := range w.Spec.Claims {
				volumes[claim.Metadata.Name] = true
			}
			for _, v := range spec.Volumes {
				volumes[v.Name] = true
				if name := v.ConfigMap.Name; name != "" && m.find("ConfigMap", name) == nil && !strings.Contains(string(readme), "`"+name+"`") {
					t.Errorf("%s: there is no ConfigMap %s, and the README does not ask for it", where, name)
				}
				name := v.Secret.Name
				if name == "" {
					continue
				}
				if made := m.find("Secret", name) != nil; made != overlay.secrets {
					t.Errorf("%s: the Secret %s is made here: %v", where, name, made)
				}
				if !overlay.secrets && !strings.Contains(string(readme), "`"+name+"`") {
					t.Errorf("%s: the README does not tell of the Secret %s", where, name)
				}
			}
			for _, c := range spec.all() {
				var paths []string
				for path, volume := range c.mounts() {
					volume, _, _ = strings.Cut(volume, "/")
					if paths = append(paths, path); !volumes[volume] {
						t.Errorf("%s/%s mounts %s, which is no volume", where, c.Name, volume)
					}
				}
				image := c.Image[strings.LastIndex(c.Image, "/")+1:]
				name, _, _ := strings.Cut(image, ":")
				if program, isOurs := ours["gradewatch/"+name]; isOurs {
					checkProgram(t, where+"/"+c.Name, program, c.Args, m.environment(c), paths)
				}
			}
		}
		for _, service := range m.objects {
			if service.Kind == "Service" {
				m.checkPorts(service)
			}
		}
	}
}

// checkPorts fails where a service leads to a port that its pods do not have, or has another number than it.
func (m *manifests) checkPorts(service object) {
	var chosen map[string]string
	if err := service.Spec.Selector.Decode(&chosen); err != nil {
		m.t.Errorf("%s: Service %s: %v", m.overlay, service.Metadata.Name, err)
	}
	for _, w := range m.workloads() {
		if w.Spec.Template.Metadata.Labels["app.kubernetes.io/name"] != chosen["app.kubernetes.io/name"] {
			continue
		}
		for _, wanted := range service.Spec.Ports {
			if !slices.ContainsFunc(w.Spec.Template.Spec.Containers, func(c podContainer) bool {
				return slices.ContainsFunc(c.Ports, func(p port) bool { return p.Name == wanted.TargetPort && p.ContainerPort == wanted.Port })
			}) {
				m.t.Errorf("%s: Service %s leads to %s, %d, which %s does not have", m.overlay, service.Metadata.Name, wanted.TargetPort, wanted.Port, w.Metadata.Name)
			}
		}
		return
	}
	m.t.Errorf("%s: Service %s leads to nothing", m.overlay, service.Metadata.Name)
}

// address is a service and its port, as configuration names it.
var address = regexp.MustCompile(`\b(exporter|access|postgres-exporter|prometheus|alertmanager|grafana|mail|mimir|kube-state-metrics|postgres)(?::(\d+)|/gradewatch)`)

// TestNetworkAllowsTheFlowsThatExist, and no others: what a pod's environment, arguments and configuration name, it may reach there,
// and those may be reached by it.
func TestNetworkAllowsTheFlowsThatExist(t *testing.T) {
	for _, overlay := range overlays {
		m := rendered(t, overlay.name)
		exist := map[string]bool{}
		for _, w := range m.workloads() {
			var says []string
			for _, c := range w.Spec.Template.Spec.all() {
				for _, value := range m.environment(c) {
					says = append(says, value)
				}
			}
			for _, v := range w.Spec.Template.Spec.Volumes {
				if config := m.find("ConfigMap", v.ConfigMap.Name); config != nil && v.Name != "rules" {
					for _, content := range config.Data {
						says = append(says, content)
						if strings.Contains(content, "_metrics._tcp.exporter") {
							says = append(says, "exporter:9850")
						}
					}
				}
			}
			for _, of := range address.FindAllStringSubmatch(withoutComments(strings.Join(says, "\n")), -1) {
				number := of[2]
				if number == "" {
					number = "5432"
				}
				if of[1] != w.Metadata.Name {
					exist[w.Metadata.Name+" → "+of[1]+":"+number] = true
				}
			}
		}
		out, in := m.flows()
		for flow := range exist {
			if !out[flow] || !in[flow] {
				t.Errorf("%s: %s, by configuration; may go out: %v, may come in: %v", overlay.name, flow, out[flow], in[flow])
			}
		}
		for flow := range out {
			if !exist[flow] {
				t.Errorf("%s: %s may go out, and nothing is configured to", overlay.name, flow)
			}
		}
		for flow := range in {
			if !exist[flow] && overlay.name != "operator" { // there Prometheus is somebody else's
				t.Errorf("%s: %s may come in, and nothing is configured to", overlay.name, flow)
			}
		}
	}
}

func withoutComments(text string) string {
	return regexp.MustCompile(`(?m)(^|\s)[#;].*$`).ReplaceAllString(text, "")
}

// flows are those between our pods that network policies allow, on either side.
func (m *manifests) flows() (out, in map[string]bool) {
	out, in = map[string]bool{}, map[string]bool{}
	const name = "app.kubernetes.io/name"
	for _, policy := range m.objects {
		self := policy.Spec.PodSelector.MatchLabels[name]
		if policy.Kind != "NetworkPolicy" || self == "" {
			continue
		}
		for _, rule := range policy.Spec.Egress {
			for _, to := range rule.To {
				for _, p := range rule.Ports {
					out[fmt.Sprintf("%s → %s:%d", self, to.PodSelector.MatchLabels[name], p.Port)] = true
				}
			}
		}
		for _, rule := range policy.Spec.Ingress {
			if len(rule.From) == 0 {
				m.t.Errorf("%s: %s is open to everybody", m.overlay, self)
			}
			for _, from := range rule.From {
				for _, p := range rule.Ports {
					if other := from.PodSelector.MatchLabels[name]; other != "" {
						in[fmt.Sprintf("%s → %s:%d", other, self, p.Port)] = true
					}
				}
			}
		}
	}
	return out, in
}

// TestAccessOfOverlays: what they say of who sees what is what apply takes, and nobody of the demonstration is let into production.
func TestAccessOfOverlays(t *testing.T) {
	for _, overlay := range overlays {
		m := rendered(t, overlay.name)
		at := slices.IndexFunc(m.objects, func(o object) bool { return o.Kind == "ConfigMap" && strings.HasPrefix(o.Metadata.Name, "access-") })
		if at < 0 {
			continue
		}
		stand := grafanatest.New(t)
		cmd := exec.Command(dashboardsBinary, "apply", "--grafana.url="+stand.URL, "--access.file="+filepath.Join(m.write(m.objects[at].Data), "access.yaml"))
		if strings.Contains(m.objects[at].Data["access.yaml"], "database:") {
			cmd.Args = append(cmd.Args, "--database="+university(t).URL)
		}
		cmd.Env = append(os.Environ(), "GRADEWATCH_GRAFANA_TOKEN="+grafanatest.Token)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "as they should be") {
			t.Errorf("%s: %v\n%s", overlay.name, err, out)
		}
		if waits := strings.Contains(string(out), "waits: "); waits != overlay.secrets {
			t.Errorf("%s lets somebody in by name: %v\n%s", overlay.name, waits, out)
		}
	}
}

// TestKustomizationsListAllFiles that are generated, so that a new one is not forgotten.
func TestKustomizationsListAllFiles(t *testing.T) {
	for _, dir := range []struct{ kustomization, pattern string }{
		{"../alerts", "rules/en/*.yaml"}, {"../provisioning", "grafana/datasources/*.yaml"}, {"../provisioning/postgres", "0*.*"},
	} {
		text, err := os.ReadFile(filepath.Join(dir.kustomization, "kustomization.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		found, err := filepath.Glob(filepath.Join(dir.kustomization, dir.pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", dir.pattern, err)
		}
		for _, path := range found {
			if name := strings.TrimPrefix(path, dir.kustomization+"/"); !strings.Contains(string(text), "- "+name+"\n") {
				t.Errorf("%s/kustomization.yaml does not list %s", dir.kustomization, name)
			}
		}
	}
}

// TestPrometheusIsToldTheSameEverywhere: in compose, in a cluster and where it writes elsewhere.
func TestPrometheusIsToldTheSameEverywhere(t *testing.T) {
	read := func(path string) (config map[string]any) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &config); err != nil {
			t.Fatal(err)
		}
		return config
	}
	compose, base := read("../provisioning/prometheus/prometheus.yml"), read("../k8s/base/prometheus/prometheus.yml")
	elsewhere := read("../k8s/components/remote-write/prometheus.yml")
	delete(elsewhere, "remote_write")
	if !equal(base, elsewhere) {
		t.Error("k8s/components/remote-write/prometheus.yml is not that of k8s/base and remote_write")
	}
	delete(base, "scrape_config_files")
	of := func(config map[string]any) map[string]any {
		return config["scrape_configs"].([]any)[0].(map[string]any)
	}
	delete(base["storage"].(map[string]any)["tsdb"].(map[string]any)["retention"].(map[string]any), "size") // a volume there has one
	delete(of(base), "dns_sd_configs")
	delete(of(compose), "static_configs")
	if !equal(base, compose) {
		t.Errorf("k8s/base has\n%v\ncompose has\n%v", base, compose)
	}
}

// TestPrometheusFitsItsVolume: of a volume it keeps a part for blocks that are being merged, and a file system takes one.
func TestPrometheusFitsItsVolume(t *testing.T) {
	size := regexp.MustCompile(`(?m)^      size: (\d+)GB`)
	for _, overlay := range overlays {
		if overlay.name == "operator" { // which has no Prometheus
			continue
		}
		var keeps, volume float64
		for _, o := range rendered(t, overlay.name).objects {
			if found := size.FindStringSubmatch(o.Data["prometheus.yml"]); found != nil {
				fmt.Sscan(found[1], &keeps)
			}
			if o.Kind == "StatefulSet" && o.Metadata.Name == "prometheus" {
				fmt.Sscanf(o.Spec.Claims[0].Spec.Resources.Requests.Storage, "%gGi", &volume)
			}
		}
		if keeps == 0 || keeps > 0.8*volume {
			t.Errorf("%s: Prometheus keeps %v GB in a volume of %v", overlay.name, keeps, volume)
		}
	}
}

// TestOfTheClusterIsKeptWhatIsAsked, and nothing that is not: a cluster has many times as much.
func TestOfTheClusterIsKeptWhatIsAsked(t *testing.T) {
	text, err := os.ReadFile("../k8s/components/cluster-metrics/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var kept []*regexp.Regexp
	for _, of := range regexp.MustCompile(`regex: (.+)`).FindAllStringSubmatch(string(text), -1) {
		kept = append(kept, regexp.MustCompile("^("+of[1]+")$"))
	}
	asked := map[string]bool{}
	for _, dir := range []string{"../alerts/rules/en", "../provisioning/grafana/dashboards/en/operations"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.IsDir() {
				continue
			}
			content, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			for _, metric := range regexp.MustCompile(`\b(?:container|kube)_[a-z_]+`).FindAllString(string(content), -1) {
				asked[metric] = true
			}
		}
	}
	for metric := range asked {
		if !slices.ContainsFunc(kept, func(regex *regexp.Regexp) bool { return regex.MatchString(metric) }) {
			t.Errorf("%s is asked and not kept", metric)
		}
	}
	for _, metric := range []string{"container_fs_reads_total", "kube_pod_labels", "kube_replicaset_owner"} {
		if slices.ContainsFunc(kept, func(regex *regexp.Regexp) bool { return regex.MatchString(metric) }) {
			t.Errorf("%s is kept", metric)
		}
	}
	if len(asked) < 20 || len(kept) != 2 {
		t.Errorf("%d metrics are asked, %d expressions say what is kept", len(asked), len(kept))
	}
}

func equal(a, b any) bool {
	left, errLeft := yaml.Marshal(a)
	right, errRight := yaml.Marshal(b)
	return errLeft == nil && errRight == nil && bytes.Equal(left, right)
}
