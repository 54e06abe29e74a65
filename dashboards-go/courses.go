package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gradewatch/gradewatch/dashboards-go/access"
	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
)

// A roster is the courses there are, and who teaches them.
type roster struct {
	courses []course.Course
	staff   access.Staff
	odd     []string // what of it cannot be used, in words
}

// readCourses reads the courses that have dashboards of their own; none where the path is empty.
func readCourses(path string) (*roster, error) {
	if path == "" {
		return &roster{}, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := parseCourses(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// form is what a list of courses looks like.
const form = "courses: with a list of entries that have course and, if known, title and staff"

func parseCourses(content []byte) (*roster, error) {
	var file struct {
		Courses []struct {
			course.Course `yaml:",inline"`
			Staff         []access.Person `yaml:"staff"`
		} `yaml:"courses"`
	}
	if err := access.Decode(content, &file); err != nil {
		return nil, fmt.Errorf("%w; want %s", err, form)
	}
	if len(file.Courses) == 0 {
		return nil, errors.New("lists no course; want " + form)
	}
	r := &roster{staff: make(access.Staff)}
	folders, titles := make(map[string]string), make(map[string]string)
	for i, entry := range file.Courses {
		c := entry.Course
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
		r.courses = append(r.courses, c)
		r.staff[c.Folder().UID] = entry.Staff
	}
	return r, nil
}
