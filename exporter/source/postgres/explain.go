package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

const insufficientPrivilege = "42501"

// advice is what to do about an error of the server, by its SQLSTATE.
var advice = map[string]string{
	"28P01": "see whether user and password are right; the password comes from PGPASSWORD or from the file of PGPASSFILE",
	"28000": "see whether the user may log in, and whether pg_hba.conf lets it in from here",
	"3D000": "see whether the URL names the right database",
	"40001": "a standby lets long reads end with hot_standby_feedback or a longer max_standby_streaming_delay",
	"57014": "an index on (updated_at, submission_id, check_number) spares the server a sort",

	insufficientPrivilege: "grant the role SELECT on it; provisioning/postgres/02-role.sql and 02-access-role.sql do so for the schema analytics",
}

// A problem is an error in one line that says what to do.
type problem struct {
	text string
	err  error
}

func (p *problem) Error() string { return p.text }

func (p *problem) Unwrap() error { return p.err }

// Explain makes one line of what a database has answered, which says what to do. No value out of a row gets into it.
func Explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // pgx knows only that the context has ended, not why
	}
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if ok && mayQuote(refused) {
		said := fmt.Sprintf("a value of a row cannot be used, and the server's log says which (SQLSTATE %s)", refused.Code)
		return errors.New(strings.Replace(err.Error(), refused.Error(), said, 1)) // err itself has the value
	}
	// pgx takes a line for each address that it tried.
	text := strings.Join(strings.Fields(err.Error()), " ")
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	switch {
	case connecting && ok:
		text = refused.Error() // what attempts before it met, as one with TLS that the server does not have, would mislead
	case connecting:
		text += "; see whether the server runs and listens there"
	}
	if ok && advice[refused.Code] != "" {
		text += "; " + advice[refused.Code]
	}
	return &problem{text: text, err: err}
}

// plain are the classes of SQLSTATE whose messages speak of connections, transactions, rights, names and resources,
// never of values.
var plain = []string{"08", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58"}

// mayQuote reports whether the message may quote a value: a data exception, or what a function of the view has raised,
// under whatever code.
func mayQuote(refused *pgconn.PgError) bool {
	return refused.Routine == "exec_stmt_raise" || !slices.Contains(plain, refused.Code[:min(2, len(refused.Code))])
}
