package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A Config maps what a service has to the record contract. DefaultConfig is for a service that has the contract itself.
type Config struct {
	Postgres Postgres `yaml:"postgres"`
	JSONL    JSONL    `yaml:"jsonl"`
	Words    Words    `yaml:"words"`
	Limits   Limits   `yaml:"limits"`
}

// Postgres says where in a database the relations of the contract are, and how they change.
type Postgres struct {
	Submissions Relation `yaml:"submissions"`
	Courses     Relation `yaml:"courses"`
	Assignments Relation `yaml:"assignments"`
	Enrolments  Relation `yaml:"enrolments"`
	Workers     Relation `yaml:"workers"`

	// ClockSkew is by how much updated_at may be earlier than the start of the transaction, by the database's clock.
	ClockSkew time.Duration `yaml:"clock_skew"`

	// Overlap is longer than any transaction that writes records. It counts only where open transactions cannot be seen.
	Overlap time.Duration `yaml:"overlap"`

	// Listen is the channel over which the database notifies of new records; empty for none.
	Listen string `yaml:"listen"`
}

// maxChannel is the length of a name in PostgreSQL, in bytes.
const maxChannel = 63

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

// DefaultConfig is what holds where nothing is configured.
func DefaultConfig() *Config {
	return &Config{Postgres: Postgres{ClockSkew: 5 * time.Second, Overlap: 5 * time.Minute}}
}

// LoadConfig reads the configuration file at path; an empty path is the DefaultConfig. An unknown key is an error that
// names its line.
func LoadConfig(path string) (*Config, error) {
	config := DefaultConfig()
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
	text := unknownKey.ReplaceAllString(strings.Join(wrong.Errors, "; "), `unknown key "$1"`)
	return errors.New(strings.ReplaceAll(text, "into time.Duration", "into a duration like 5s"))
}

func (c *Config) check() error {
	for _, place := range []struct {
		name string
		Relation
	}{
		{"submissions", c.Postgres.Submissions}, {"courses", c.Postgres.Courses}, {"assignments", c.Postgres.Assignments},
		{"enrolments", c.Postgres.Enrolments}, {"workers", c.Postgres.Workers},
	} {
		if place.Relation.Relation != "" && place.Query != "" {
			return fmt.Errorf("postgres.%s has both a relation and a query; want one of them", place.name)
		}
	}
	for key, value := range map[string]time.Duration{"clock_skew": c.Postgres.ClockSkew, "overlap": c.Postgres.Overlap} {
		if value < 0 {
			return fmt.Errorf("postgres.%s is %s; want 0s or more", key, value)
		}
	}
	if length := len(c.Postgres.Listen); length > maxChannel {
		return fmt.Errorf("postgres.listen has %d bytes; want the name of a channel, %d at most", length, maxChannel)
	}
	if err := c.Limits.check(); err != nil {
		return err
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
