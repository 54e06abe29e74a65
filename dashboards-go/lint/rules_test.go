package lint

import (
	"slices"
	"strings"
	"testing"
)

const sound = `
groups:
  - name: checking
    rules:
      - record: course:grader_checks:total
        expr: sum by (course) (max without (instance, pod) (grader_checks_total))
      - alert: CourseIsBusy
        expr: course:grader_checks:total - course:grader_checks:total offset 1h > 100
        labels: {severity: info}
        annotations:
          summary: "{{ $labels.course }} has {{ $value }} checks ({{ $labels.severity }})"
`

func TestCheckRules(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"sound rules", "", "", ""},
		{"no YAML", "groups:", "groups", "strict: "},
		{"an expression that Prometheus cannot read", "offset 1h >", "offset >", "parses: "},
		{"a metric that nobody shows", "(grader_checks_total)", "(grader_check_total)", "vocabulary: "},
		{"what is not recorded", "expr: course:grader_checks:total - ", "expr: course:grader_cheques:total - ", "vocabulary: "},
		{"a label that the series have not", "$labels.course", "$labels.assignment", "vocabulary: "},
		{"a replica that counts twice", "sum by (course) (max without (instance, pod) (grader_checks_total))", "sum by (course) (grader_checks_total)", "instances: "},
		{"students added up", "sum by (course) (max without (instance, pod) (grader_checks_total))", `sum (max without (instance, pod) (grader_active_students{window="1d"}))`, "distinct: "},
		{"what the reader of a dashboard chooses", "offset 1h > 100", "> 0 and on () sum (max without (instance, pod) (rate(grader_checks_total[$__rate_interval]))) > 1", "recorded: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			broken := CheckRules(map[string][]byte{"checking.yaml": []byte(strings.Replace(sound, test.old, test.new, 1))}, NewVocabulary())
			switch {
			case test.want == "" && broken != nil:
				t.Errorf("it says %q", broken)
			case test.want != "" && !slices.ContainsFunc(broken, func(fault string) bool { return strings.HasPrefix(fault, test.want) }):
				t.Errorf("it says %q, want %q", broken, test.want)
			}
		})
	}
}
