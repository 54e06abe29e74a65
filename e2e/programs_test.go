package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Programs of the project, as packages.
const (
	exporterProgram   = "exporter"
	dashboardsProgram = "dashboards-go"
	semesterProgram   = "e2e/semester"
)

// program is the path of one of our programs.
func program(name string) string {
	return filepath.Join(filepath.Dir(exporterBinary), filepath.Base(name))
}

var helpedVariable = regexp.MustCompile(`\$(GRADEWATCH_\w+)`)

// checkProgram fails where a program does not know a flag of its command line or a variable of its environment, which it tells in its
// help, or where such a variable names a file of which nothing is mounted.
func checkProgram(t *testing.T, where, name string, command []string, environment map[string]string, mounts []string) {
	t.Helper()
	cmd := exec.Command(program(name), append(slices.Clone(command), "--help")...)
	cmd.Env = []string{"COLUMNS=1000"} // or long names would be broken
	help, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %s %v: %v\n%s", where, name, command, err, help)
		return
	}
	known := map[string]bool{}
	for _, of := range helpedVariable.FindAllStringSubmatch(string(help), -1) {
		known[of[1]] = true
	}
	isMounted := func(path string) bool {
		return slices.ContainsFunc(mounts, func(mount string) bool { return path == mount || strings.HasPrefix(path, mount+"/") })
	}
	for variable, value := range environment {
		if strings.HasPrefix(variable, "GRADEWATCH_") && !known[variable] {
			t.Errorf("%s: %s %v knows no variable %s", where, name, command, variable)
		}
		if strings.HasSuffix(variable, "FILE") && value != "" && !isMounted(value) {
			t.Errorf("%s: %s is %s, where nothing is mounted", where, variable, value)
		}
	}
	for _, argument := range command {
		if flag, path, _ := strings.Cut(argument, "="); (strings.HasSuffix(flag, ".file") || strings.HasSuffix(flag, "-file") || flag == "--output") && !isMounted(path) {
			t.Errorf("%s: %s, where nothing is mounted", where, argument)
		}
	}
}
