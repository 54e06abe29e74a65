package main

import (
	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// providersFile tells Grafana which folder the dashboards of which directory belong to.
const providersFile = "providers.yaml"

// mounted is where Grafana finds the dashboards of one language.
const mounted = "/var/lib/grafana/dashboards/"

// A provider is one of a Grafana provisioning file: a folder, since folders are told apart by uid.
type provider struct {
	Name            string            `yaml:"name"`
	Type            string            `yaml:"type"`
	Folder          string            `yaml:"folder"`
	FolderUID       string            `yaml:"folderUid"`
	AllowUIUpdates  bool              `yaml:"allowUiUpdates"`
	DisableDeletion bool              `yaml:"disableDeletion"`
	Options         map[string]string `yaml:"options"`
}

// providers is the provisioning file of the folders.
func providers(folders []panel.Folder, l text.Language) ([]byte, error) {
	file := struct {
		APIVersion int        `yaml:"apiVersion"`
		Providers  []provider `yaml:"providers"`
	}{APIVersion: 1}
	for _, f := range folders {
		file.Providers = append(file.Providers, provider{
			Name: f.UID, Type: "file", Folder: f.Title.In(l), FolderUID: f.UID, Options: map[string]string{"path": mounted + f.UID},
		})
	}
	return yaml.Marshal(file)
}
