// Package output is what programs that generate files do with them: write them, or say what writing would change.
package output

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
)

// Write writes the content of each file, by path, and makes the directories that it needs.
func Write(files map[string][]byte) error {
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Differences says, in order, which generated files are missing or differ among those that are present, and which are superfluous.
func Differences(generated, present map[string][]byte, superfluous []string) (changes []string) {
	for path, content := range generated {
		switch was, there := present[path]; {
		case !there:
			changes = append(changes, path+" is missing")
		case !bytes.Equal(was, content):
			changes = append(changes, path+" differs")
		}
	}
	for _, path := range superfluous {
		changes = append(changes, path+" is superfluous")
	}
	slices.Sort(changes)
	return changes
}
