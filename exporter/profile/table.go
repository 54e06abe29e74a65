package profile

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// WriteTable writes the profile for people.
func (p *Profile) WriteTable(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\n\n", p.Source)
	fmt.Fprintf(w, "records\tsubmissions\tstudents\tcourses\tassignments\n%d\t%d\t%d\t%d\t%d\n\n",
		p.Records, p.Submissions, p.Students, p.Courses, p.Assignments)

	fmt.Fprintln(w, "field\tpresent\tnull\tdistinct\trange or most frequent values")
	for _, f := range p.Fields {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", f.Name, f.Present, f.share(), f.distinct(), f.content())
	}
	section(w, "outcomes of tests", p.Tests)
	section(w, "anomalies, which count nevertheless", p.Anomalies)
	section(w, "verdicts that count as other; map them under words.verdicts", p.Unknown)
	section(w, "states that no mapping knows; map them under words.states", p.States)
	section(w, "names from which no field is read; map them under jsonl.fields", p.Unread)
	if len(p.Rejected) > 0 {
		fmt.Fprintln(w, "\nwould be rejected\trecords\texample")
		for _, r := range p.Rejected {
			fmt.Fprintf(w, "%s\t%d\t%s\n", r.Reason, r.Count, r.Example)
		}
	}
	return w.Flush()
}

func section(w io.Writer, title string, values []Value) {
	if len(values) > 0 {
		fmt.Fprintf(w, "\n%s:\t%s\n", title, join(values))
	}
}

func join(values []Value) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprintf("%s %d", printable(v.Value), v.Count)
	}
	return strings.Join(words, ", ")
}

// printable quotes a word that would move the cursor of a terminal or break the table.
func printable(word string) string {
	if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(word)
	}
	return word
}

func (f *Field) share() string {
	switch f.NullShare {
	case 0:
		return "-"
	case 1:
		return "all"
	}
	return fmt.Sprintf("%.1f %%", 100*f.NullShare)
}

func (f *Field) distinct() string {
	if f.Distinct == 0 {
		return ""
	}
	return fmt.Sprint(f.Distinct)
}

func (f *Field) content() string {
	switch least := f.Min.(type) {
	case time.Time:
		return fmt.Sprintf("%s to %s", least.Format(time.RFC3339), f.Max.(time.Time).Format(time.RFC3339))
	case nil:
		text := join(f.Values)
		if f.Distinct > len(f.Values) && len(f.Values) > 0 {
			text += fmt.Sprintf(" and %d more", f.Distinct-len(f.Values))
		}
		return text
	default:
		return fmt.Sprintf("%s to %s", short(least.(float64)), short(f.Max.(float64)))
	}
}

// short is a number with at most three decimals, and no exponent.
func short(value float64) string {
	return strconv.FormatFloat(math.Round(value*1000)/1000, 'f', -1, 64)
}
