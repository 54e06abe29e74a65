package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gradewatch/gradewatch/exporter/metrics"
)

var (
	metricName = regexp.MustCompile(`\b(?:grader|gradewatch)_[a-z0-9_]+`)
	selector   = regexp.MustCompile(`(\b(?:grader|gradewatch)_[a-z0-9_]+)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
	grouping   = regexp.MustCompile(`\b(?:by|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	listing    = regexp.MustCompile(`^label_values\((?:.*,)?\s*(\w+)\)$`)
	template   = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

	// A metric is safe in a maximum over its instances, directly or through a function over its range.
	guarded = regexp.MustCompile(
		`\bmax without \(instance, pod\) \((?:(?:rate|increase|last_over_time|max_over_time)\()?(?:grader|gradewatch)_[a-z0-9_]+`)
	adding = regexp.MustCompile(`\b(?:sum|avg|count|stddev|quantile)\b|_active_students(?:\{[^}]*\})?\)*\s*\+`)
)

// catalogue: every metric and label that an expression, a legend or an annotation names is in the catalogue.
func catalogue(d Dashboard) (faults []string) {
	for _, e := range d.Expressions() {
		var named []*metrics.Metric
		for _, name := range metricName.FindAllString(e.Text, -1) {
			if m := find(name); m != nil {
				named = append(named, m)
			} else {
				faults = append(faults, fmt.Sprintf("%s: no metric %s", e.Place, name))
			}
		}
		for _, s := range selector.FindAllStringSubmatch(e.Text, -1) {
			for _, label := range matcher.FindAllStringSubmatch(s[2], -1) {
				if m := find(s[1]); m != nil && !m.HasLabel(metrics.Label(label[1])) {
					faults = append(faults, fmt.Sprintf("%s: %s has no label %s", e.Place, s[1], label[1]))
				}
			}
		}
		for _, label := range e.labels() {
			if !slices.ContainsFunc(named, func(m *metrics.Metric) bool { return m.HasLabel(metrics.Label(label)) }) {
				faults = append(faults, fmt.Sprintf("%s: none of its metrics has the label %s", e.Place, label))
			}
		}
	}
	return faults
}

// labels are those by which the expression groups or which a template shows.
func (e Expression) labels() (labels []string) {
	for _, list := range grouping.FindAllStringSubmatch(e.Text, -1) {
		labels = append(labels, strings.FieldsFunc(list[1], func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	for _, shown := range template.FindAllStringSubmatch(e.Labels, -1) {
		labels = append(labels, shown[1])
	}
	if listed := listing.FindStringSubmatch(e.Text); listed != nil {
		labels = append(labels, listed[1])
	}
	return labels
}

// find is the metric of that name, or the histogram whose series has it; nil if there is none.
func find(name string) *metrics.Metric {
	for _, m := range metrics.Catalogue() {
		if m.Name == name {
			return m
		}
		for _, series := range []string{"_bucket", "_count", "_sum"} {
			if m.Type == metrics.Histogram && m.Name+series == name {
				return m
			}
		}
	}
	return nil
}

// instances: a second replica, or a pod with a new name, never counts twice, since the instance is removed from each
// series before anything is added up.
func instances(d Dashboard) (faults []string) {
	for _, e := range d.Expressions() {
		if listing.MatchString(e.Text) {
			continue
		}
		for _, name := range metricName.FindAllString(guarded.ReplaceAllString(e.Text, ""), -1) {
			faults = append(faults, fmt.Sprintf("%s: %s is not within max without (instance, pod)", e.Place, name))
		}
	}
	return faults
}

// distinct: what counts distinct students is not added up; the sum of two courses is not the number of their students.
func distinct(d Dashboard) (faults []string) {
	for _, e := range d.Expressions() {
		for _, name := range metricName.FindAllString(e.Text, -1) {
			if m := find(name); m != nil && m.Distinct && adding.MatchString(e.Text) {
				faults = append(faults, fmt.Sprintf("%s: %s counts distinct students and is added up", e.Place, name))
			}
		}
	}
	return faults
}
