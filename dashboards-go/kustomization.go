package main

import (
	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// kustomizationFile makes a ConfigMap of each dashboard of one language.
const kustomizationFile = "kustomization.yaml"

// A configMap is one that kustomize generates. Its label and annotation are those by which the sidecar of the Helm charts of Grafana
// and kube-prometheus finds dashboards and the folder of each.
type configMap struct {
	Name    string   `yaml:"name"`
	Files   []string `yaml:"files"`
	Options struct {
		Labels      map[string]string `yaml:"labels"`
		Annotations map[string]string `yaml:"annotations"`
	} `yaml:"options"`
}

// kustomization is the file for dashboards. Each is a ConfigMap of its own: all together would be larger than one may be.
func kustomization(boards []*panel.Board, l text.Language) ([]byte, error) {
	file := struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Options    struct {
			DisableNameSuffixHash bool `yaml:"disableNameSuffixHash"`
		} `yaml:"generatorOptions"`
		ConfigMaps []configMap `yaml:"configMapGenerator"`
	}{APIVersion: "kustomize.config.k8s.io/v1beta1", Kind: "Kustomization"}
	file.Options.DisableNameSuffixHash = true
	for _, b := range boards {
		m := configMap{Name: "dashboard-" + b.UID, Files: []string{b.Folder.UID + "/" + b.UID + ".json"}}
		m.Options.Labels = map[string]string{"grafana_dashboard": "1"}
		m.Options.Annotations = map[string]string{"grafana_folder": b.Folder.Title.In(l)}
		file.ConfigMaps = append(file.ConfigMaps, m)
	}
	return yaml.Marshal(file)
}
