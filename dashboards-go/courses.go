package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
)

// readCourses reads the courses that have dashboards of their own; none where the path is empty.
func readCourses(path string) ([]course.Course, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--courses: %w", err)
	}
	courses, err := parseCourses(content)
	if err != nil {
		return nil, fmt.Errorf("--courses: %s: %w", path, err)
	}
	return courses, nil
}

func parseCourses(content []byte) ([]course.Course, error) {
	var file struct {
		Courses []course.Course `yaml:"courses"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, told(err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("want one document, and no second one after ---")
	}
	if len(file.Courses) == 0 {
		return nil, errors.New("lists no course; want courses: with a list of entries that have course and title")
	}
	folders, titles := make(map[string]string), make(map[string]string)
	for i := range file.Courses {
		c := &file.Courses[i]
		if c.Slug == "" {
			return nil, fmt.Errorf("entry %d has no course, which is what records name it", i+1)
		}
		if c.Title == "" {
			c.Title = c.Slug
		}
		folder := strings.ToLower(c.Folder().UID) // one directory where case does not matter
		switch other, taken := folders[folder]; {
		case other == c.Slug:
			return nil, fmt.Errorf("%s is listed twice", c.Slug)
		case taken:
			return nil, fmt.Errorf("%s and %s would share a folder; rename one", other, c.Slug)
		}
		if other, taken := titles[c.Title]; taken {
			return nil, fmt.Errorf("%s and %s are both titled %s; add the term to the title", other, c.Slug, c.Title)
		}
		folders[folder], titles[c.Title] = c.Slug, c.Slug
	}
	return file.Courses, nil
}

var (
	unknownKey = regexp.MustCompile(`(line \d+): field (\S+) not found`)
	wrongKind  = regexp.MustCompile(`(line \d+): cannot unmarshal`)
)

// told says what is wrong with the file in its own words, not in those of Go.
func told(err error) error {
	if at := unknownKey.FindStringSubmatch(err.Error()); at != nil {
		return fmt.Errorf("%s: unknown key %q; the keys are courses and, in each entry, course and title", at[1], at[2])
	}
	if at := wrongKind.FindStringSubmatch(err.Error()); at != nil {
		return fmt.Errorf("%s: want a list of entries, each with course and title", at[1])
	}
	return err
}
