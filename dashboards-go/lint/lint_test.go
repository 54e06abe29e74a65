package lint

import (
	"os"
	"strings"
	"testing"
)

// shipped is a dashboard that breaks no rule.
func shipped(t *testing.T, language string) string {
	t.Helper()
	const dashboards, submissions = "../../provisioning/grafana/dashboards/", "/product/product-submissions.json"
	content, err := os.ReadFile(dashboards + language + submissions)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestShippedBreaksNoRule(t *testing.T) {
	if broken := Check([]byte(shipped(t, "en"))); broken != nil {
		t.Error(strings.Join(broken, "\n"))
	}
}

// TestRulesFire damages a good dashboard in one place.
func TestRulesFire(t *testing.T) {
	good := shipped(t, "en")
	for _, test := range []struct{ rule, old, new string }{
		{"strict: ", `"refresh": "1m"`, `"refreshed": "1m"`},
		{"strict: ", `"expr":`, `"expression":`},
		{"words: ", `"title": "Submissions and users per day"`, `"title": ""`},
		{"words: ", `"title": "Submissions per day"`, `"title": ""`},
		{"words: ", `"description": "Submissions to the chosen courses`, `"description": "", "note": "Submissions`},
		{"words: ", `"unit": "locale"`, `"unit": ""`},
		{"grid: ", `"x": 20`, `"x": 21`},
		{"grid: ", `"y": 5`, `"y": 4`},
		{"ids: ", `"uid": "product-submissions"`, `"uid": ""`},
		{"ids: ", `"id": 383027`, `"id": 267452`},
		{"datasource: ", `"uid": "${datasource}"`, `"uid": "prometheus"`},
		{"datasource: ", `"name": "datasource"`, `"name": "source"`},
		{"catalogue: ", "grader_hour_submissions_total", "grader_hours_total"},
		{"catalogue: ", "grader_service_active_students{window", "grader_service_active_students{span"},
		{"catalogue: ", "sum by (weekday, hour)", "sum by (weekday, minute)"},
		{"catalogue: ", `"legendFormat": "{{course}}"`, `"legendFormat": "{{student}}"`},
		{"catalogue: ", `"textFormat": "{{course}} {{assignment}}"`, `"textFormat": "{{course}} {{title}}"`},
		{"catalogue: ", "label_values(grader_course_info, course)", "label_values(grader_course_info, slug)"},
		{"instances: ", "sum (max without (instance, pod) (grader_day_submissions", "sum ((grader_day_submissions"},
		{"instances: ", "sum (max without (instance, pod) (grader_day_submissions", "sum (max (grader_day_submissions"},
		{"instances: ", "sum (max without (instance, pod) (grader_day_submissions",
			"max without (instance, pod) (sum(grader_day_submissions"},
		{"distinct: ", `grader_service_active_students{window=\"7d\"})`,
			`grader_service_active_students{window=\"7d\"}) + vector(1)`},
		{"catalogue: ", `"panels": []`, `"panels": [{"targets": [{"expr": "grader_no_such_total"}]}]`},
		{"distinct: ", `"expr": "max without (instance, pod) (grader_service_active`,
			`"expr": "sum (max without (instance, pod) (grader_service_active`},
	} {
		t.Run(test.rule+test.new, func(t *testing.T) {
			if !strings.Contains(good, test.old) {
				t.Fatalf("there is no %s to damage", test.old)
			}
			broken := Check([]byte(strings.Replace(good, test.old, test.new, 1)))
			for _, fault := range broken {
				if strings.HasPrefix(fault, test.rule) {
					return
				}
			}
			t.Errorf("does not fire; faults: %q", broken)
		})
	}
}

func TestLanguagesDifferInWordsOnly(t *testing.T) {
	english, russian := shipped(t, "en"), shipped(t, "ru")
	for _, test := range []struct {
		name, old, new string
		faults         int
	}{
		{"words", "Посылки по дням", "Решения по дням", 0},
		{"a panel's place", `"x": 12`, `"x": 11`, 1},
		{"an expression", "grader_hour_submissions_total", "grader_submissions_total", 1},
		{"a number in a title", "Активных за 7 дней", "Активных за неделю", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults, err := Languages([]byte(english), []byte(strings.Replace(russian, test.old, test.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if len(faults) != test.faults {
				t.Errorf("got %d faults, want %d: %q", len(faults), test.faults, faults)
			}
		})
	}
}
