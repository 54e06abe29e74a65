package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Config maps what a service has to the record contract. The zero Config is for a service that has the contract
// itself.
type Config struct {
	Postgres Postgres `yaml:"postgres"`
	JSONL    JSONL    `yaml:"jsonl"`
	Words    Words    `yaml:"words"`
}

// Postgres says where in a database the relations of the contract are.
type Postgres struct {
	Submissions Relation `yaml:"submissions"`
	Courses     Relation `yaml:"courses"`
	Assignments Relation `yaml:"assignments"`
}

// A Relation is either the name of a table or view, with or without schema, or a query that yields the columns of the
// contract. The zero Relation is the default name.
type Relation struct {
	Relation string `yaml:"relation"`
	Query    string `yaml:"query"`
}

// JSONL says which names the fields of the contract have in the lines of a log. Dots lead into nested objects.
type JSONL struct {
	Fields map[string]string `yaml:"fields"`
}

// Words leads from a service's words to those of the contract.
type Words struct {
	States   map[string]string `yaml:"states"`
	Verdicts map[string]string `yaml:"verdicts"`
	Outcomes map[string]string `yaml:"outcomes"`
}

// LoadConfig reads the configuration file at path; an empty path is the zero Config. An unknown key is an error that
// names its line.
func LoadConfig(path string) (*Config, error) {
	config := &Config{}
	if path == "" {
		return config, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(config); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("configuration file %s: %w", path, inWordsOfTheFile(err))
	}
	if err := decoder.Decode(&Config{}); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("configuration file %s: it has a second document, which would be passed over; want one", path)
	}
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("configuration file %s: %w", path, err)
	}
	return config, nil
}

var unknownKey = regexp.MustCompile(`field (.+?) not found in type source\.\w+`)

// inWordsOfTheFile puts what the parser says on one line, without the types of this package.
func inWordsOfTheFile(err error) error {
	wrong, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	return errors.New(unknownKey.ReplaceAllString(strings.Join(wrong.Errors, "; "), `unknown key "$1"`))
}

func (c *Config) check() error {
	for _, place := range []struct {
		name string
		Relation
	}{
		{"submissions", c.Postgres.Submissions}, {"courses", c.Postgres.Courses}, {"assignments", c.Postgres.Assignments},
	} {
		if place.Relation.Relation != "" && place.Query != "" {
			return fmt.Errorf("postgres.%s has both a relation and a query; want one of them", place.name)
		}
	}
	words, err := c.NewWords()
	if err != nil {
		return err
	}
	if _, err := submission.NewDecoder(c.JSONL.Fields, words); err != nil {
		return fmt.Errorf("jsonl.fields: %w", err)
	}
	return nil
}

// NewWords are the contract's words together with the service's own.
func (c *Config) NewWords() (*submission.Words, error) {
	words, err := submission.NewWords(c.Words.States, c.Words.Verdicts, c.Words.Outcomes)
	if err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	return words, nil
}
