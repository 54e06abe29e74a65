package e2e

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheSystemOfKubernetes starts all of the overlay demo that can run here, from what its ConfigMaps and Secrets hold. Names of pods,
// which a cluster looks up for Prometheus, are not known here: it is told the address.
func TestTheSystemOfKubernetes(t *testing.T) {
	s := newSite(t, rendered(t, "demo").system())
	s.address[`    dns_sd_configs: # every shard, ready or not
      - names: [_metrics._tcp.exporter]
        type: SRV
        refresh_interval: 15s
`] = `    static_configs: [{targets: ["` + s.address["exporter:9850"] + `"]}]` + "\n"
	s.lives()
}

// system are the containers of all pods, with what is mounted there as files.
func (m *manifests) system() system {
	s, dirs := system{}, map[string]string{}
	for _, w := range m.workloads() {
		spec := w.Spec.Template.Spec
		for _, v := range spec.Volumes {
			if config := m.find("ConfigMap", v.ConfigMap.Name); config != nil {
				dirs[w.Metadata.Name+"/"+v.Name] = m.write(config.Data)
			}
			if secret := m.find("Secret", v.Secret.Name); secret != nil {
				data := map[string]string{}
				for key, encoded := range secret.Data {
					content, err := base64.StdEncoding.DecodeString(encoded)
					if err != nil {
						m.t.Fatal(err)
					}
					data[key] = string(content)
				}
				dirs[w.Metadata.Name+"/"+v.Name] = m.write(data)
			}
		}
		for _, c := range spec.all() {
			of := container{command: c.Args, env: map[string]string{}, mounts: map[string]string{}}
			for variable, value := range m.environment(c) {
				of.env[variable] = strings.ReplaceAll(value, "$(POD_INDEX)", "0") // of the first pod
			}
			for path, volume := range c.mounts() {
				name, sub, _ := strings.Cut(volume, "/")
				volume := w.Metadata.Name + "/" + name
				if dirs[volume] == "" {
					dirs[volume] = m.t.TempDir()
				}
				of.mounts[path] = filepath.Join(dirs[volume], sub)
				files, err := filepath.Glob(dirs[volume] + "/*")
				if err != nil {
					m.t.Fatal(err)
				}
				for _, file := range files {
					if sub == "" {
						of.mounts[path+"/"+filepath.Base(file)] = file
					}
				}
			}
			s[c.Name] = of
		}
	}
	return s
}

// write makes a directory with a file for each entry.
func (m *manifests) write(data map[string]string) (dir string) {
	dir = m.t.TempDir()
	for name, content := range data {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
	return dir
}
