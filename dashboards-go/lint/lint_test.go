package lint

import (
	"os"
	"regexp"
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
	if broken := Check([]byte(shipped(t, "en")), NewVocabulary()); broken != nil {
		t.Error(strings.Join(broken, "\n"))
	}
}

// TestRulesFire damages a good dashboard in one place.
func TestRulesFire(t *testing.T) {
	good := shipped(t, "en")
	foreign := NewVocabulary()
	err := foreign.Add(strings.NewReader("# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 1\n" +
		"# TYPE logins gauge\nlogins{usename=\"a\"} 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ rule, old, new string }{
		{"strict: ", `"refresh": "1m"`, `"refreshed": "1m"`},
		{"strict: ", `"expr":`, `"expression":`},
		{"words: ", `"title": "Submissions and users per day"`, `"title": ""`},
		{"words: ", `"title": "Submissions per day"`, `"title": ""`},
		{"words: ", `"description": "Submissions to the chosen courses`, `"description": "", "note": "Submissions`},
		{"words: ", `"unit": "locale"`, `"unit": ""`},
		{"words: ", `"unit": "locale"`, `"unit": "pieces"`},
		{"targets: ", `"panels": []`, `"panels": [{"type": "stat"}]`},
		{"glance: ", `"title": "Day by day",
      "type": "row"`, `"title": "Day by day",
      "type": "text"`},
		{"fits: ", `"title": "Active in 30 days"`, `"title": "Active in the last 30 days"`},
		{"grid: ", `"x": 20`, `"x": 21`},
		{"grid: ", `"y": 5`, `"y": 4`},
		{"ids: ", `"uid": "product-submissions"`, `"uid": ""`},
		{"ids: ", `"id": 383027`, `"id": 267452`},
		{"datasource: ", `"uid": "${datasource}"`, `"uid": "prometheus"`},
		{"datasource: ", `"name": "datasource"`, `"name": "source"`},
		{"closed: ", `"editable": false`, `"editable": true`},
		{"closed: ", `"timezone": "UTC"`, `"timezone": "browser"`},
		{"parses: ", "sum by (weekday, hour)", "sum by weekday, hour)"},
		{"parses: ", "label_values(grader_course_info, course)", "label_values(grader_course_info{, course)"},
		{"vocabulary: ", "grader_hour_submissions_total", "grader_hours_total"},
		{"vocabulary: ", "grader_service_active_students{window", "grader_service_active_students{span"},
		{"vocabulary: ", "sum by (weekday, hour)", "sum by (weekday, minute)"},
		{"vocabulary: ", `"legendFormat": "{{course}}"`, `"legendFormat": "{{title}}"`},
		{"vocabulary: ", `"textFormat": "{{course}} {{assignment}}"`, `"textFormat": "{{course}} {{title}}"`},
		{"vocabulary: ", "label_values(grader_course_info, course)", "label_values(grader_course_info, slug)"},
		{"vocabulary: ", `"panels": []`, `"panels": [{"targets": [{"expr": "grader_no_such_total"}]}]`},
		{"vocabulary: ", `"panels": []`, `"panels": [{"targets": [{"expr": "rate(http_requests_total{method=\"GET\"}[$__rate_interval])"}]}]`},
		{"vocabulary: ", `"panels": []`, `"panels": [{"targets": [{"expr": "sum by (verdict) (max without (instance, pod) (grader_submissions_total)) + sum by (verdict) (max without (instance, pod) (grader_checks_total))"}]}]`},
		{"persons: ", `"panels": []`, `"panels": [{"targets": [{"expr": "logins"}]}]`},
		{"persons: ", `"panels": []`, `"panels": [{"targets": [{"expr": "sum without (instance) (logins)"}]}]`},
		{"persons: ", `"panels": []`, `"panels": [{"targets": [{"expr": "label_replace(up, \"login\", \"$1\", \"job\", \"(.*)\")"}]}]`},
		{"persons: ", `"panels": []`, `"panels": [{"targets": [{"expr": "count_values(\"student\", up)"}]}]`},
		{"persons: ", `"legendFormat": "{{course}}"`, `"legendFormat": "{{student}}"`},
		{"persons: ", "sum by (weekday, hour)", "sum by (weekday, login)"},
		{"persons: ", "grader_service_active_students{window", "grader_service_active_students{user"},
		{"windows: ", `"panels": []`, `"panels": [{"targets": [{"expr": "rate(http_requests_total[5m])"}]}]`},
		{"windows: ", `"panels": []`, `"panels": [{"targets": [{"expr": "max without (instance, pod) (rate(grader_submissions_total[1d:5m]))"}]}]`},
		{"windows: ", `"panels": []`, `"panels": [{"targets": [{"expr": "rate(http_requests_total[$__interval])"}]}]`},
		{"counters: ", `"panels": []`, `"panels": [{"targets": [{"expr": "max without (instance, pod) (rate(grader_queue_length[$__rate_interval]))"}]}]`},
		{"counters: ", `"panels": []`, `"panels": [{"targets": [{"expr": "sum(http_requests_total)"}]}]`},
		{"instances: ", "sum (max without (instance, pod) (grader_day_submissions", "sum ((grader_day_submissions"},
		{"instances: ", "sum (max without (instance, pod) (grader_day_submissions", "sum (max without (instance) (grader_day_submissions"},
		{"instances: ", "sum (max without (instance, pod) (grader_day_submissions", "sum (avg without (instance, pod) (grader_day_submissions"},
		{"instances: ", "sum (max without (instance, pod) (grader_day_submissions",
			"max without (instance, pod) (sum(grader_day_submissions"},
		{"instances: ", `"panels": []`, `"panels": [{"targets": [{"expr": "max by (course, instance) (grader_queue_length)"}]}]`},
		{"instances: ", `"panels": []`, `"panels": [{"targets": [{"expr": "grader_queue_length"}]}]`},
		{"instances: ", `"panels": []`, `"panels": [{"targets": [{"expr": "sum (gradewatch_ready)"}]}]`},
		{"distinct: ", `grader_service_active_students{window=\"7d\"})`,
			`grader_service_active_students{window=\"7d\"}) + vector(1)`},
		{"distinct: ", `"expr": "max (grader_service_active_students{window=\"7d\"})"`,
			`"expr": "sum (max (grader_service_active_students{window=\"7d\"}))"`},
		{"instances: ", `"panels": []`, `"panels": [{"targets": [{"expr": "sum (max (grader_submissions_total))"}]}]`},
		{"instances: ", `"panels": []`, `"panels": [{"targets": [{"expr": "max (grader_active_students{window=\"7d\"})"}]}]`},
		{"distinct: ", `"panels": []`, `"panels": [{"targets": [{"expr": "sum_over_time((max (grader_service_day_active_students))[7d:1d])"}]}]`},
		{"distinct: ", `"panels": []`, `"panels": [{"targets": [{"expr": "stdvar (max by (course) (grader_day_active_students))"}]}]`},
		{"distinct: ", `"panels": []`, `"panels": [{"targets": [{"expr": "avg (max by (assignment) (grader_assignment_facility_ratio))"}]}]`},
	} {
		t.Run(test.rule+test.new, func(t *testing.T) {
			if !strings.Contains(good, test.old) {
				t.Fatalf("there is no %s to damage", test.old)
			}
			broken := Check([]byte(strings.Replace(good, test.old, test.new, 1)), foreign)
			for _, fault := range broken {
				if strings.HasPrefix(fault, test.rule) {
					return
				}
			}
			t.Errorf("does not fire; faults: %q", broken)
		})
	}
}

// TestRulesLeaveAlone: what is right is not called wrong.
func TestRulesLeaveAlone(t *testing.T) {
	for _, expr := range []string{
		"gradewatch_ready",
		"histogram_quantile(0.5, sum (avg without (instance, pod) (rate(grader_feedback_seconds[$__rate_interval])))) >= 0",
		`sum (max without (instance, pod) (grader_feedback_seconds_bucket{le=\"300.0\"}))`,
		`topk(3, max by (course) (grader_course_students{stage=\"started\"}))`,
		"count by (course) (grader_course_info)",
	} {
		t.Run(expr, func(t *testing.T) {
			panel := `"panels": [{"targets": [{"expr": "` + expr + `"}]}]`
			for _, fault := range Check([]byte(strings.Replace(shipped(t, "en"), `"panels": []`, panel, 1)), NewVocabulary()) {
				for _, rule := range []string{"parses", "vocabulary", "windows", "instances", "distinct", "counters"} {
					if strings.HasPrefix(fault, rule) {
						t.Error(fault)
					}
				}
			}
		})
	}
}

func TestLinksLeadToDashboards(t *testing.T) {
	const here, there = `{"uid": "a", "tags": ["x"], `, `{"uid": "b", "tags": ["x", "y"]}`
	for _, test := range []struct {
		name, from string
		faults     int
	}{
		{"tags that another has", here + `"links": [{"type": "dashboards", "tags": ["x", "y"]}]}`, 0},
		{"tags that only itself has", here + `"links": [{"type": "dashboards", "tags": ["z"]}]}`, 1},
		{"another's uid", here + `"panels": [{"fieldConfig": {"overrides": [{"properties": [{"id": "links", "value": [{"url": "/d/b?x=1"}]}]}]}}]}`, 0},
		{"a panel's own link to nowhere", here + `"panels": [{"links": [{"url": "/d/c"}]}]}`, 1},
		{"a link of all its fields to nowhere", here + `"panels": [{"fieldConfig": {"defaults": {"links": [{"url": "/d/c"}]}}}]}`, 1},
		{"nobody's uid", here + `"panels": [{"fieldConfig": {"overrides": [{"properties": [{"id": "links", "value": [{"url": "/d/c"}]}]}]}}]}`, 1},
		{"out of Grafana", here + `"panels": [{"fieldConfig": {"overrides": [{"properties": [{"id": "links", "value": [{"url": "http://example.org"}]}]}]}}]}`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults, err := Links(map[string][]byte{"from": []byte(test.from), "to": []byte(there)})
			if err != nil || len(faults) != test.faults {
				t.Errorf("got %v, %q; want %d faults", err, faults, test.faults)
			}
		})
	}
}

func TestLanguagesDifferInWordsOnly(t *testing.T) {
	english, russian := shipped(t, "en"), shipped(t, "ru")
	first := regexp.MustCompile(`"description": "(?:Посылки|Submissions) [^"]*"`)
	untranslated := [2]string{first.FindString(russian), first.FindString(english)}
	for _, test := range []struct {
		name, old, new string
		faults         int
	}{
		{"words", "Посылки по дням", "Решения по дням", 0},
		{"a description that is not translated", untranslated[0], untranslated[1], 1},
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
