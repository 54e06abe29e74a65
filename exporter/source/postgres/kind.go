package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradewatch/gradewatch/exporter/submission"
)

// A dataType is the type of a column in the database. A domain counts as the type that it is made of.
type dataType struct {
	name string
	text bool // text, varchar, an enum, …
}

// kinds are the types that a column of each kind may have, in words and as a test, and the format in which the server
// sends their values: as text everything that becomes text.
var kinds = map[submission.Kind]struct {
	words   string
	format  int16
	accepts func(dataType) bool
}{
	submission.ID: {"text, uuid or an integer", pgx.TextFormatCode,
		func(t dataType) bool { return t.text || t.name == "uuid" || t.integer() }},
	submission.Text:    {"text", pgx.TextFormatCode, func(t dataType) bool { return t.text }},
	submission.Integer: {"an integer", pgx.BinaryFormatCode, dataType.integer},
	submission.Time: {"timestamptz or timestamp", pgx.BinaryFormatCode,
		func(t dataType) bool { return t.name == "timestamp with time zone" || t.zoneless() }},
	submission.Float: {"a number", pgx.BinaryFormatCode, dataType.number},
	submission.Array: {"json, jsonb or text", pgx.TextFormatCode,
		func(t dataType) bool { return t.text || t.name == "json" || t.name == "jsonb" }},
}

func (t dataType) integer() bool {
	return t.name == "smallint" || t.name == "integer" || t.name == "bigint"
}

func (t dataType) number() bool {
	return t.integer() || t.name == "real" || t.name == "double precision" || t.name == "numeric"
}

func (t dataType) zoneless() bool { return t.name == "timestamp without time zone" }

// dataTypes are the types of the columns by their names.
func dataTypes(ctx context.Context, conn *pgx.Conn, columns []pgconn.FieldDescription) (map[string]dataType, error) {
	oids := make([]uint32, len(columns))
	for i, column := range columns {
		oids[i] = column.DataTypeOID
	}
	rows, err := conn.Query(ctx,
		"SELECT oid, format_type(oid, -1), typcategory IN ('S', 'E') FROM pg_type WHERE oid = ANY($1)", oids)
	if err != nil {
		return nil, err
	}
	byOID := map[uint32]dataType{}
	var oid uint32
	var found dataType
	_, err = pgx.ForEachRow(rows, []any{&oid, &found.name, &found.text}, func() error {
		byOID[oid] = found
		return nil
	})
	types := map[string]dataType{}
	for _, column := range columns {
		types[column.Name] = byOID[column.DataTypeOID]
	}
	return types, err
}
