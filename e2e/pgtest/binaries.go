//go:build unix

package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// places are where packages of PostgreSQL put the programs of the server.
var places = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // Red Hat
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

var errNotInstalled = errors.New("no PostgreSQL server is installed, and the tests need a real one; " +
	"get it with `apt-get install postgresql` or `brew install postgresql`")

// findBin is the directory of the server's programs: what PATH says first, then what pg_config says, then the highest
// version in the places.
func findBin(places []string) (string, error) {
	var candidates []string
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if program, err := filepath.EvalSymlinks(initdb); err == nil { // not all programs may have such a link
			candidates = append(candidates, filepath.Dir(program))
		}
	}
	if bindir, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(bindir)))
	}
	for _, place := range places {
		found, _ := filepath.Glob(place) // fails on a bad pattern only
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		candidates = append(candidates, found...)
	}
	for _, bin := range candidates {
		if isProgram(filepath.Join(bin, "initdb")) && isProgram(filepath.Join(bin, "postgres")) {
			return bin, nil
		}
	}
	return "", errNotInstalled
}

// version is the number in the name of the folder above bin, 0 where it has none.
func version(bin string) int {
	name := filepath.Base(filepath.Dir(bin))
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz-@")
	number, _ := strconv.Atoi(digits)
	return number
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
