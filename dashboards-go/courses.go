package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
)

// slug is what becomes of a course's name in folders, uids and files.
var slug = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// readCourses reads the courses that have dashboards of their own; none where the path is empty.
func readCourses(path string) ([]course.Course, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--courses: %w", err)
	}
	var file struct {
		Courses []course.Course `yaml:"courses"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("--courses: %s: %w", path, err)
	}
	folders := make(map[string]string)
	for i, c := range file.Courses {
		if !slug.MatchString(c.Slug) {
			return nil, fmt.Errorf("--courses: %s: course %d is %q; want letters, digits, - and _, as folders and uids allow", path, i+1, c.Slug)
		}
		if other, taken := folders[c.Folder().UID]; taken {
			return nil, fmt.Errorf("--courses: %s: %q and %q have the same folder %s", path, other, c.Slug, c.Folder().UID)
		}
		folders[c.Folder().UID] = c.Slug
		if c.Title == "" {
			file.Courses[i].Title = c.Slug
		}
	}
	return file.Courses, nil
}
