package postgres

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// connectTimeout is for each address of the server, where the URL has no connect_timeout.
const connectTimeout = 10 * time.Second

var (
	errPassword = errors.New("the URL of the database holds a password, which the list of processes and logs would show: " +
		"leave it out, and set PGPASSWORD to it or PGPASSFILE to the path of a password file")
	errURL = errors.New("the URL of the database cannot be read: want postgres://user@host:port/database, " +
		"with special characters as %XX and without a password")
)

// Settings makes the settings of a connection out of a URL and of the environment variables of PostgreSQL (PGPASSWORD,
// PGPASSFILE, PGSSLMODE, …). Its errors repeat nothing that may be a password.
func Settings(text string) (*pgx.ConnConfig, error) {
	if err := refusePassword(text); err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("the URL of the database: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement // in which formats can be chosen
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "gradewatch"
	}
	config.RuntimeParams["default_transaction_read_only"] = "on"
	// What a query does with times without a zone is done as here: they are UTC.
	config.RuntimeParams["timezone"] = "UTC"
	// What is not UTF-8 in the database is so on the way: records hold nothing else.
	config.RuntimeParams["client_encoding"] = "UTF8"
	// A plan is made for the cursor at hand: the last page of a relation wants another one than the first.
	config.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	// To compile a page's expressions takes longer than the page.
	config.RuntimeParams["jit"] = "off"
	return config, nil
}

// refusePassword refuses a URL that holds a password, and one that is malformed: in such a one anything can be a part of a password.
func refusePassword(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" {
		return errURL
	}
	if _, set := u.User.Password(); set {
		return errPassword
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		key, _, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(key)
		if err != nil {
			return errURL
		}
		if strings.Contains(strings.ToLower(key), "password") {
			return errPassword
		}
	}
	// An unescaped / ? or # in a password ends the host early and leaves the @ behind it.
	if strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return errURL
	}
	return nil
}
