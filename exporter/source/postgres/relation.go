package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/exporter/source"
	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A relation is one of those that the contract knows, and where the configuration says that it is.
type relation struct {
	key        string // in the configuration file
	name       string // for messages
	table      string // name of a table or view; empty where there is a query
	query      string
	configured bool
	columns    []column
	formats    pgx.QueryResultFormats // of the columns

	shape        *shape        // as it was last described; nil while there is none to read
	describeFrom time.Duration // when it is described again
}

// A column is one that the contract knows.
type column struct {
	name     string
	kind     submission.Kind
	required bool
}

func newRelation(key, byDefault string, config source.Relation, columns []column) *relation {
	r := &relation{key: "postgres." + key, columns: columns, configured: config != source.Relation{}}
	for _, column := range columns {
		r.formats = append(r.formats, kinds[column.kind].format)
	}
	switch {
	case config.Query != "":
		r.query = strings.TrimRight(config.Query, "; \t\r\n")
		r.name = "the query of " + r.key
	case config.Relation != "":
		r.table, r.name = config.Relation, config.Relation
	default:
		r.table, r.name = byDefault, byDefault
	}
	return r
}

// forget makes the relation be described again before it is next read.
func (r *relation) forget() { r.shape, r.describeFrom = nil, 0 }

// recordColumns are the columns of submissions, in the order of the contract's fields.
func recordColumns() []column {
	var columns []column
	for _, field := range submission.Fields() {
		// Without verdicts no record that is finished could be used: such a relation is not read at all, so that nothing that was known
		// is taken for deleted.
		columns = append(columns, column{field.Name, field.Kind, field.Required || field.Name == "verdict"})
	}
	return columns
}

// A shape is what the server says about a relation.
type shape struct {
	from  string              // what stands behind FROM; its alias is records
	types map[string]dataType // of the contract's columns that it has

	// numbered says that check_number is never null.
	numbered bool
}

var (
	errAbsent = errors.New("there is no such relation")
	errShape  = errors.New("does not keep the record contract")
)

// describe asks the server for the shape of the relation, and compares it with the contract. A relation that does not
// exist is errAbsent.
func (r *relation) describe(ctx context.Context, conn *pgx.Conn) (*shape, error) {
	s := &shape{}
	if r.query != "" {
		s.from = "(\n" + r.query + "\n) AS records" // the query may end in a comment
	} else {
		var name *string
		if err := conn.QueryRow(ctx, "SELECT to_regclass($1)::text", r.table).Scan(&name); err != nil {
			return nil, r.wrap(err)
		}
		if name == nil {
			return nil, r.wrap(errAbsent)
		}
		s.from = *name + " AS records"
	}
	description, err := conn.PgConn().Prepare(ctx, "", "SELECT * FROM "+s.from, nil)
	if err != nil {
		return nil, r.wrap(err)
	}
	if s.types, err = dataTypes(ctx, conn, description.Fields); err != nil {
		return nil, r.wrap(err)
	}
	if err := r.compare(s); err != nil {
		return nil, err
	}
	if _, numbers := s.types["check_number"]; numbers && r.query == "" {
		err = conn.QueryRow(ctx, numberedSQL, r.table).Scan(&s.numbered)
	}
	return s, r.wrap(err)
}

// A foreign table's constraints are not enforced, and a view has none.
const numberedSQL = `
	SELECT EXISTS (
		SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p') AND a.attname = 'check_number' AND a.attnotnull
	)`

// compare names all that the relation lacks for the contract.
func (r *relation) compare(s *shape) error {
	var problems []string
	for _, column := range r.columns {
		found, present := s.types[column.name]
		wanted := kinds[column.kind]
		switch {
		case !present && column.required:
			problems = append(problems, fmt.Sprintf("column %s is missing, want %s", column.name, wanted.words))
		case present && !wanted.accepts(found):
			problems = append(problems, fmt.Sprintf("column %s is of type %s, want %s", column.name, found.name, wanted.words))
		}
	}
	if problems == nil {
		return nil
	}
	return fmt.Errorf("%s %w: %s; write a query that yields these columns under %s.query in the configuration file",
		r.name, errShape, strings.Join(problems, "; "), r.key)
}

func (r *relation) wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errAbsent):
		return fmt.Errorf("%s: %w; see whether it is in this database (provisioning/postgres/01-schema.sql makes the "+
			"reference schema), or name another under %s.relation in the configuration file", r.name, err, r.key)
	}
	return fmt.Errorf("%s: %w", r.name, err)
}

// list is the list of a SELECT: all columns of the contract in their order, NULL where the relation lacks one. Hardly
// any needs a cast, and each would cost the server a few per cent of a page.
func (s *shape) list(columns []column) string { return strings.Join(s.values(columns), ", ") }

// listWithoutTests is the same, but without the tests of the courses in the first argument.
func (s *shape) listWithoutTests(columns []column) string {
	values := s.values(columns)
	values[testsPlace] = fmt.Sprintf("CASE WHEN (%s = ANY ($1::text[])) IS NOT TRUE THEN %s END", s.course(columns), values[testsPlace])
	return strings.Join(values, ", ")
}

func (s *shape) values(columns []column) []string {
	values := make([]string, len(columns))
	for i, column := range columns {
		values[i] = s.value(column)
	}
	return values
}

// course is the course as a text that equals another only where they are the same, whatever its collation takes for equal.
func (s *shape) course(columns []column) string {
	return "(" + s.value(columns[coursePlace]) + `)::text COLLATE "C"`
}

func (s *shape) value(column column) string {
	found, present := s.types[column.name]
	switch {
	case !present:
		return "NULL"
	case column.kind == submission.Float && found.name == "numeric":
		// A numeric beyond the range of float8 would end the statement; as NaN it is only an anomaly of its row.
		return fmt.Sprintf("CASE WHEN records.%[1]s = 0 OR abs(records.%[1]s) BETWEEN 1e-300 AND 1e300 "+
			"THEN records.%[1]s::float8 WHEN records.%[1]s IS NOT NULL THEN 'NaN' END", column.name)
	case column.kind == submission.Float && found.name != "double precision":
		return "records." + column.name + "::float8"
	case found.name == "bpchar":
		return "records." + column.name + "::text" // takes the padding off
	}
	return "records." + column.name
}
