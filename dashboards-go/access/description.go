// Package access brings folders, teams, permissions and dashboards of a Grafana to a described state: it reads what there is,
// compares it with what is wanted, and does what makes the difference. What it says and what it does come from the same
// comparison.
package access

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
)

// A Description is what access.yaml says.
type Description struct {
	Teams   map[string][]Person `yaml:"teams"`
	Folders map[string]Readers  `yaml:"folders"` // by uid; CourseFolders stands for those of all courses
	Courses Courses             `yaml:"courses"`
	Users   struct {
		Missing Missing `yaml:"missing"`
	} `yaml:"users"`
	// FirstPassword is that of users who are created; where it is empty, nobody learns theirs.
	FirstPassword string `yaml:"-"`
	Guard         struct {
		RemovedMembers *float64 `yaml:"removed_members"` // share of all members, 0 to 1
	} `yaml:"guard"`
}

// CourseFolders is what the folders of all courses are called in a Description.
const CourseFolders = "courses"

// Teachers is what the team of a course's own staff is called in a Description.
const Teachers = "teachers"

// Readers are the teams that may view a folder, edit what is in it, or grant it to others.
type Readers struct {
	View  []string `yaml:"view"`
	Edit  []string `yaml:"edit"`
	Admin []string `yaml:"admin"`
}

// grants are the permissions by team.
func (r Readers) grants() map[string]grafana.Permission {
	grants := make(map[string]grafana.Permission)
	for permission, teams := range map[grafana.Permission][]string{grafana.View: r.View, grafana.Edit: r.Edit, grafana.Admin: r.Admin} {
		for _, team := range teams {
			grants[team] = permission
		}
	}
	return grants
}

// Courses says where courses and their staff come from, a file or a database, and what becomes of those that have ended.
type Courses struct {
	File     string    `yaml:"file"` // relative to the description
	Database *Database `yaml:"database"`
	Roles    []string  `yaml:"roles"` // of staff, that belong to the team of teachers; empty is all
	Ended    Policy    `yaml:"ended"`
}

// Database holds the queries for courses and staff; empty is that of the reference schema.
type Database struct {
	Courses string `yaml:"courses"`
	Staff   string `yaml:"staff"`
}

// A Policy is what becomes of a course that is no longer listed.
type Policy string

// The policies. Keep leaves folder and dashboards, and those teachers who are still among the staff; Archive removes the team and
// says in the title that the course has ended; Remove removes team and folder, or only our dashboards if something else is in it.
const (
	Keep    Policy = "keep"
	Archive Policy = "archive"
	Remove  Policy = "remove"
)

// Missing is what is done about a member who is no user of Grafana yet.
type Missing string

// Wait takes them in at the first round after they have logged in; Create makes the users, for which a server admin is needed.
const (
	Wait   Missing = "wait"
	Create Missing = "create"
)

// defaultGuard is the share of members that may be removed at once.
const defaultGuard = 0.2

// A Person is known by login or by e-mail address. Where there is a login, it alone decides: a user of Grafana can often
// change the address by himself.
type Person struct {
	Login string `yaml:"login"`
	Email string `yaml:"email"`
}

// UnmarshalYAML also reads a plain text, which is an address if there is an @ in it.
func (p *Person) UnmarshalYAML(node *yaml.Node) error {
	type entry Person // without this method
	if node.Kind == yaml.ScalarNode {
		if *p = (Person{Login: node.Value}); strings.Contains(node.Value, "@") {
			*p = Person{Email: node.Value}
		}
	} else if err := node.Decode((*entry)(p)); err != nil {
		return err
	}
	for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 { // Decode knows nothing of KnownFields here
		if key := node.Content[i]; key.Value != "login" && key.Value != "email" {
			return fmt.Errorf("line %d: field %s not found in a person", key.Line, key.Value)
		}
	}
	if p.Login == "" && p.Email == "" {
		return fmt.Errorf("line %d: a person without login and e-mail address", node.Line)
	}
	return nil
}

func (p Person) String() string { return cmp.Or(p.Login, p.Email) }

// Read reads a description for the folders that there are.
func Read(path string, folders []string) (*Description, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := parse(content, folders)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if d.Courses.File != "" && !filepath.IsAbs(d.Courses.File) {
		d.Courses.File = filepath.Join(filepath.Dir(path), d.Courses.File)
	}
	return d, nil
}

func parse(content []byte, folders []string) (*Description, error) {
	var d Description
	if err := Decode(content, &d); err != nil {
		return nil, err
	}
	if err := d.validate(append(slices.Clone(folders), CourseFolders)); err != nil {
		return nil, err
	}
	d.Courses.Ended = cmp.Or(d.Courses.Ended, Keep)
	d.Users.Missing = cmp.Or(d.Users.Missing, Wait)
	if d.Guard.RemovedMembers == nil {
		share := defaultGuard
		d.Guard.RemovedMembers = &share
	}
	return &d, nil
}

var (
	unknownKey = regexp.MustCompile(`(line \d+): field (\S+) not found`)
	wrongKind  = regexp.MustCompile(`(line \d+): cannot unmarshal`)
)

// Decode reads one YAML document strictly, and says what is wrong with it in its own words, not in those of Go.
func Decode(content []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		if at := unknownKey.FindStringSubmatch(err.Error()); at != nil {
			return fmt.Errorf("%s: unknown key %q", at[1], at[2])
		}
		if at := wrongKind.FindStringSubmatch(err.Error()); at != nil {
			return fmt.Errorf("%s: not of the form that is wanted there", at[1])
		}
		return err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("want one document, and no second one after ---")
	}
	return nil
}

func (d *Description) validate(folders []string) error {
	for _, folder := range folders {
		readers, described := d.Folders[folder]
		if !described {
			return fmt.Errorf("folders: %s is missing; who may see it? {} closes it to all but admins", folder)
		}
		seen := make(map[string]bool)
		for _, team := range slices.Concat(readers.View, readers.Edit, readers.Admin) {
			_, known := d.Teams[team]
			switch {
			case seen[team]:
				return fmt.Errorf("folders: %s: %s is named twice; the highest of view, edit and admin suffices", folder, team)
			case team == Teachers && folder != CourseFolders:
				return fmt.Errorf("folders: %s: only the folders of courses have teachers", folder)
			case team != Teachers && !known:
				return fmt.Errorf("folders: %s: no team is called %s; teams are %s", folder, team, names(d.Teams))
			}
			seen[team] = true
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(d.Folders)) {
		if !slices.Contains(folders, folder) {
			return fmt.Errorf("folders: there is no folder %s; want %s", folder, strings.Join(folders, ", "))
		}
	}
	for _, team := range slices.Sorted(maps.Keys(d.Teams)) {
		if team == "" || team == Teachers || strings.HasPrefix(team, course.FolderPrefix) {
			return fmt.Errorf("teams: a team cannot be called %q; %s and what begins with %s belong to courses", team, Teachers, course.FolderPrefix)
		}
	}
	if (d.Courses.File != "") == (d.Courses.Database != nil) {
		return errors.New("courses: want either file: or database:, to say where courses and their staff come from")
	}
	if !slices.Contains([]Policy{"", Keep, Archive, Remove}, d.Courses.Ended) {
		return fmt.Errorf("courses: ended is %q, want keep, archive or remove", d.Courses.Ended)
	}
	if !slices.Contains([]Missing{"", Wait, Create}, d.Users.Missing) {
		return fmt.Errorf("users: missing is %q, want wait or create", d.Users.Missing)
	}
	if g := d.Guard.RemovedMembers; g != nil && !(*g >= 0 && *g <= 1) {
		return fmt.Errorf("guard: removed_members is %v, want a share from 0 to 1", *g)
	}
	return nil
}

func names[T any](of map[string]T) string { return strings.Join(slices.Sorted(maps.Keys(of)), ", ") }
