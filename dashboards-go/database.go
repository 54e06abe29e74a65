package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gradewatch/gradewatch/dashboards-go/access"
	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
	"github.com/gradewatch/gradewatch/exporter/source/postgres"
)

// The relations of the reference schema. A query of one's own names columns alike.
const (
	allCourses = "SELECT course, title, term FROM analytics.courses"
	allStaff   = "SELECT course, login, email, role FROM analytics.course_staff"
)

// databaseTimeout bounds one reading of two small relations.
const databaseTimeout = 30 * time.Second

type courseRow struct{ Course, Title, Term *string }

type staffRow struct{ Course, Login, Email, Role *string }

// readDatabase reads courses and staff as they are at one moment. The password comes from PGPASSWORD or PGPASSFILE.
func readDatabase(ctx context.Context, url string, from access.Courses) (*roster, error) {
	settings, err := postgres.Settings(url)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return nil, postgres.Explain(ctx, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var courses []courseRow
	var staff []staffRow
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if courses, err = rows[courseRow](ctx, tx, cmp.Or(from.Database.Courses, allCourses)); err != nil {
			return fmt.Errorf("courses: %w; want the columns course, title and term", err)
		}
		if staff, err = rows[staffRow](ctx, tx, cmp.Or(from.Database.Staff, allStaff)); err != nil {
			return fmt.Errorf("staff: %w; want the columns course, login, email and role", err)
		}
		return nil
	})
	if err != nil {
		return nil, postgres.Explain(ctx, err)
	}
	return assemble(courses, staff, from.Roles)
}

// rows runs a query whose columns are found by name; one that is missing is null.
func rows[T any](ctx context.Context, tx pgx.Tx, query string) ([]T, error) {
	result, err := tx.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(result, pgx.RowToStructByNameLax[T])
}

// assemble makes a roster of rows. What cannot be used is told and stops nothing else. Two courses of one title are told apart by
// their terms, or else by their names.
func assemble(courses []courseRow, staff []staffRow, roles []string) (*roster, error) {
	r := &roster{staff: make(access.Staff)}
	slices.SortStableFunc(courses, func(a, b courseRow) int { return cmp.Compare(value(a.Course), value(b.Course)) })
	sameTitle := make(map[string]int)
	for _, row := range courses {
		sameTitle[value(row.Title)]++
	}
	seen, titled := make(map[string]bool), make(map[string]bool)
	for _, row := range courses {
		c := course.Course{Slug: value(row.Course), Title: cmp.Or(value(row.Title), value(row.Course))}
		switch {
		case c.Slug == "":
			r.odd = append(r.odd, "a course without a name, titled "+strconv.Quote(c.Title))
			continue
		case seen[c.Slug]:
			r.odd = append(r.odd, c.Slug+", which is listed twice, the second time")
			continue
		}
		if term := value(row.Term); term != "" && sameTitle[c.Title] > 1 { // it is taught every year
			c.Title += " (" + term + ")"
		}
		if titled[c.Title] {
			c.Title += " (" + c.Slug + ")"
		}
		seen[c.Slug], titled[c.Title] = true, true
		r.courses = append(r.courses, c)
	}
	if len(r.courses) == 0 {
		return nil, errors.New("the database lists no course; is it the right one?")
	}
	slices.SortFunc(staff, func(a, b staffRow) int {
		return cmp.Or(cmp.Compare(value(a.Course), value(b.Course)), cmp.Compare(value(a.Login), value(b.Login)), cmp.Compare(value(a.Email), value(b.Email)))
	})
	if len(roles) > 0 && !slices.ContainsFunc(staff, func(row staffRow) bool { return slices.Contains(roles, value(row.Role)) }) {
		r.odd = append(r.odd, "the staff: nobody in it has a role of those that are described, "+strings.Join(roles, ", "))
	}
	for _, row := range staff {
		person := access.Person{Login: value(row.Login), Email: value(row.Email)}
		switch {
		case value(row.Course) == "" || person == access.Person{}:
			r.odd = append(r.odd, "a row of the staff of "+strconv.Quote(value(row.Course))+" without a course, or without login and e-mail address")
		case len(roles) == 0 || slices.Contains(roles, value(row.Role)):
			folder := course.Course{Slug: value(row.Course)}.Folder().UID
			r.staff[folder] = append(r.staff[folder], person)
		}
	}
	return r, nil
}

// value is what a column holds, without blanks around it.
func value(column *string) string {
	if column == nil {
		return ""
	}
	return strings.TrimSpace(*column)
}
