package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A notification is what somebody is told.
type notification struct {
	by, to, subject, text string
	alerts                map[string]string // of a webhook: the state of each alert, with its window if it has one: firing or resolved
}

// recipients stand in for whom Alertmanager reaches: they take its webhooks, what it asks of Telegram, and its mails.
type recipients struct {
	mu  sync.Mutex
	all []notification

	web  *httptest.Server
	smtp net.Listener
}

func newRecipients(t *testing.T) *recipients {
	t.Helper()
	r := new(recipients)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, n := range r.told(func(n notification) bool { return n.by != "/deadman" }) {
			t.Logf("%s %s was told %s %v\n%s", n.by, n.to, n.subject, n.alerts, n.text)
		}
	})
	r.web = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.web.Close)
	var err error
	if r.smtp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.smtp.Close() })
	go func() {
		for {
			conn, err := r.smtp.Accept()
			if err != nil {
				return
			}
			go r.deliver(conn)
		}
	}()
	return r
}

// serve takes /pages and /deadman as webhooks, and /botTOKEN/sendMessage as Telegram does.
func (r *recipients) serve(w http.ResponseWriter, request *http.Request) {
	var body struct {
		Text   string
		ChatID json.Number `json:"chat_id"`
		Alerts []struct {
			Status      string
			Labels      map[string]string
			Annotations map[string]string
		}
	}
	raw, err := io.ReadAll(request.Body)
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n := notification{by: request.URL.Path, to: body.ChatID.String(), text: body.Text, alerts: make(map[string]string)}
	for _, alert := range body.Alerts {
		n.alerts[strings.TrimSpace(alert.Labels["alertname"]+" "+alert.Labels["window"])] = alert.Status
		n.text += alert.Annotations["summary"] + "\n"
	}
	r.add(n)
	fmt.Fprint(w, `{"ok": true, "result": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "group"}}}`)
}

// deliver takes mails as a server of SMTP.
func (r *recipients) deliver(conn net.Conn) {
	c := textproto.NewConn(conn)
	defer c.Close()
	c.PrintfLine("220 mail")
	var n notification
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		switch verb, rest, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "RCPT":
			n.to = strings.ToLower(strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>"))
			c.PrintfLine("250 ok")
		case "DATA":
			c.PrintfLine("354 go on")
			message, err := mail.ReadMessage(c.DotReader())
			if err != nil {
				return
			}
			body, _ := io.ReadAll(quotedprintable.NewReader(message.Body))
			n.by, n.text = "mail", string(body)
			n.subject, _ = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
			r.add(n)
			c.PrintfLine("250 ok")
		case "QUIT":
			c.PrintfLine("221 bye")
			return
		default:
			c.PrintfLine("250 ok")
		}
	}
}

func (r *recipients) add(n notification) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, n)
}

// told are the notifications so far for which want holds.
func (r *recipients) told(want func(notification) bool) (some []notification) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.all {
		if want(n) {
			some = append(some, n)
		}
	}
	return some
}

// await waits until somebody is told.
func (r *recipients) await(t *testing.T, what string, want func(notification) bool) notification {
	t.Helper()
	eventually(t, what, func() bool { return len(r.told(want)) > 0 })
	return r.told(want)[0]
}

// byWebhook is a page about an alert in a state, firing or resolved.
func byWebhook(path, alert, state string) func(notification) bool {
	return func(n notification) bool { return n.by == path && n.alerts[alert] == state }
}

// byMail is a mail whose subject or text has all of the words.
func byMail(to string, words ...string) func(notification) bool {
	return func(n notification) bool {
		missing := func(word string) bool { return !strings.Contains(n.subject+"\n"+n.text, word) }
		return n.by == "mail" && n.to == to && !slices.ContainsFunc(words, missing)
	}
}

const onCall = "on-call@university.example"

// startAlertmanager starts one with the shipped routes and messages. It waits for nothing, is never muted unless instead says so,
// and reaches the recipients.
func startAlertmanager(t *testing.T, language string, instead map[string]string, reach *recipients) (url string) {
	t.Helper()
	const shipped = "../alerts/alertmanager/"
	secrets := t.TempDir()
	for name, secret := range map[string]string{
		"telegram_token": "token", "telegram_chat": "-100", "webhook_url": reach.web.URL + "/pages", "deadman_url": reach.web.URL + "/deadman",
	} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config, err := os.ReadFile(shipped + "alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	provisioned := string(config)
	changes := [][2]string{
		{"  - /etc/alertmanager/templates/*.tmpl", "  - " + absolute(t, shipped+"site.tmpl") + "\n  - " + absolute(t, shipped+language+".tmpl")},
		{"  smtp_auth_username: gradewatch@university.example\n", "  smtp_require_tls: false\n"},
		{"  smtp_auth_password_file: /etc/alertmanager/secrets/smtp_password\n", "  telegram_api_url: " + reach.web.URL + "\n"},
		{"mail.university.example:587", reach.smtp.Addr().String()},
		{"/etc/alertmanager/secrets", secrets},
	}
	for from, to := range instead {
		changes = append(changes, [2]string{from, to})
	}
	for _, change := range changes {
		if !strings.Contains(provisioned, change[0]) {
			t.Fatalf("the shipped configuration has no %q", change[0])
		}
		provisioned = strings.ReplaceAll(provisioned, change[0], change[1])
	}
	provisioned = regexp.MustCompile(`(group_wait|group_interval): \w+`).ReplaceAllString(provisioned, "$1: 1s")
	if len(instead) == 0 {
		provisioned = regexp.MustCompile(`(?m)^ +(mute|active)_time_intervals: .*\n`).ReplaceAllString(provisioned, "")
	}
	address := freeAddress(t)
	start(t, nil, nil, tool(t, "alertmanager"), "--config.file="+file(t, "alertmanager.yml", provisioned), "--storage.path="+t.TempDir(),
		"--cluster.listen-address=", "--web.listen-address="+address).await(t, "Listening on")
	return "http://" + address
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// An alert as Prometheus sends it.
type sentAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	EndsAt      time.Time         `json:"endsAt"`
}

// raise sends alerts that fire, or are over.
func raise(t *testing.T, url string, over bool, labels ...map[string]string) {
	t.Helper()
	ends := time.Now().Add(time.Hour)
	if over {
		ends = time.Now().Add(-time.Second)
	}
	var alerts []sentAlert
	for _, l := range labels {
		alerts = append(alerts, sentAlert{l, map[string]string{
			"summary": "summary of " + l["alertname"], "description": "more < less", "runbook_url": "http://runbook", "dashboard": "http://dashboard",
		}, ends})
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("Alertmanager answers %s", response.Status)
	}
}

func alert(name, severity, audience string, more ...string) map[string]string {
	labels := map[string]string{"alertname": name, "severity": severity, "audience": audience}
	for i := 0; i < len(more); i += 2 {
		labels[more[i]] = more[i+1]
	}
	return labels
}

// TestWhoIsToldWhat: each severity and audience by its ways and in its language, a course's teachers together and apart from those
// of others, and when it is over.
func TestWhoIsToldWhat(t *testing.T) {
	t.Parallel()
	reach := newRecipients(t)
	url := startAlertmanager(t, "ru", nil, reach)
	page := alert("NoCheckEnds", "page", "operations", "subject", "checking")
	raise(t, url, false, page, alert("WorkerFails", "ticket", "operations", "worker", "worker-2"), alert("Watchdog", "info", "operations"),
		alert("LabelOverflow", "info", "operations"), alert("FeedbackBudgetSpent", "info", "product"),
		alert("TestFailsForAll", "ticket", "teachers", "course", "go", "assignment", "a"),
		alert("AssignmentFails", "ticket", "teachers", "course", "go", "assignment", "a"),
		alert("TestFailsForAll", "ticket", "teachers", "course", "rust", "assignment", "a"))

	reach.await(t, "a page comes by webhook", byWebhook("/pages", "NoCheckEnds", "firing"))
	telegram := reach.await(t, "a page comes by Telegram", func(n notification) bool {
		return n.by == "/bottoken/sendMessage" && strings.Contains(n.text, "summary of NoCheckEnds")
	})
	if !strings.Contains(telegram.text, "more &lt; less") || !strings.Contains(telegram.text, `<a href="http://runbook">Что делать</a>`) || telegram.to != "-100" {
		t.Errorf("Telegram has %+v", telegram)
	}
	reach.await(t, "a page comes by mail", byMail(onCall, "[горит: 1] summary of NoCheckEnds", "Что делать: http://runbook"))
	reach.await(t, "a ticket comes by mail", byMail(onCall, "summary of WorkerFails"))
	reach.await(t, "what is worth knowing comes by mail", byMail(onCall, "summary of LabelOverflow"))
	reach.await(t, "the product team is told", byMail("product@university.example", "summary of FeedbackBudgetSpent"))
	reach.await(t, "the Watchdog is heard", byWebhook("/deadman", "Watchdog", "firing"))
	reach.await(t, "a course's teachers have a digest", byMail("go-teachers@university.example", "go: ", "summary of TestFailsForAll", "summary of AssignmentFails"))
	reach.await(t, "another course's have theirs", byMail("rust-teachers@university.example", "rust: ", "summary of TestFailsForAll"))
	for _, n := range reach.told(func(n notification) bool { return n.by == "/pages" || strings.HasPrefix(n.by, "/bot") }) {
		if !strings.Contains(n.text, "NoCheckEnds") {
			t.Errorf("somebody is woken up by %+v", n)
		}
	}

	raise(t, url, true, page)
	reach.await(t, "the end of a page comes by webhook", byWebhook("/pages", "NoCheckEnds", "resolved"))
	reach.await(t, "the end of a page comes by mail", byMail(onCall, "[закончилось] summary of NoCheckEnds", "Закончилось: summary of NoCheckEnds"))
}

// TestOneIncidentIsToldOnce: what another alert explains is not told beside it.
func TestOneIncidentIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name              string
		cause             map[string]string
		explained, beside []map[string]string
	}{
		{"a page about an objective", alert("FeedbackBudgetBurnsFast", "page", "operations", "slo", "feedback"),
			[]map[string]string{alert("FeedbackBudgetBurns", "ticket", "operations", "slo", "feedback"), alert("CheckWaits", "ticket", "operations")},
			[]map[string]string{alert("ChecksBudgetBurns", "ticket", "operations", "slo", "checks"), alert("WorkerFails", "ticket", "operations")}},
		{"no check ends", alert("NoCheckEnds", "page", "operations", "subject", "checking"),
			[]map[string]string{alert("QueueGrows", "ticket", "operations"), alert("FeedbackBudgetBurnsFast", "page", "operations", "slo", "feedback")},
			[]map[string]string{alert("StateNotSaved", "ticket", "operations"), alert("TestFailsForAll", "ticket", "teachers", "course", "go")}},
		{"the source is gone", alert("SourceDown", "ticket", "operations", "subject", "gradewatch"),
			[]map[string]string{alert("QueueGrows", "ticket", "operations", "subject", "checking"), alert("FreshnessBudgetBurnsFast", "ticket", "operations", "slo", "freshness"),
				alert("TestFailsForAll", "ticket", "teachers", "course", "go", "subject", "checking")},
			[]map[string]string{alert("DjangoDown", "page", "operations", "subject", "django"), alert("NoCheckEnds", "page", "operations", "subject", "checking")}},
		{"the database is gone", alert("PostgresDown", "page", "operations", "subject", "postgres"),
			[]map[string]string{alert("DjangoSlow", "ticket", "operations"), alert("SourceDown", "ticket", "operations")},
			[]map[string]string{alert("PodsNotReady", "ticket", "operations"), alert("DjangoDown", "page", "operations")}},
		{"an assignment fails", alert("AssignmentFails", "ticket", "teachers", "course", "go", "assignment", "a"),
			[]map[string]string{alert("VerdictTakesOver", "ticket", "teachers", "course", "go", "assignment", "a")},
			[]map[string]string{alert("VerdictTakesOver", "ticket", "teachers", "course", "go", "assignment", "b")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			url := startAlertmanager(t, "en", nil, newRecipients(t))
			raise(t, url, false, append(append([]map[string]string{test.cause}, test.explained...), test.beside...)...)
			state := func(labels map[string]string) (found string) {
				response, err := http.Get(url + "/api/v2/alerts")
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				var alerts []struct {
					Labels map[string]string
					Status struct{ State string }
				}
				if err := json.NewDecoder(response.Body).Decode(&alerts); err != nil {
					t.Fatal(err)
				}
				for _, a := range alerts {
					if maps.Equal(a.Labels, labels) {
						found = a.Status.State
					}
				}
				return found
			}
			for _, labels := range test.explained {
				eventually(t, labels["alertname"]+" is explained", func() bool { return state(labels) == "suppressed" })
			}
			for _, labels := range append(test.beside, test.cause) {
				eventually(t, labels["alertname"]+" is told", func() bool { return state(labels) == "active" })
			}
		})
	}
}

// TestTicketsWaitForTheDay: at night and on holidays tickets are mute and pages are not; in the weeks of exams nothing is.
func TestTicketsWaitForTheDay(t *testing.T) {
	t.Parallel()
	const always, never = `- times: [{start_time: "00:00", end_time: "24:00"}]`, `- years: ["1999"]`
	nights := "- times:\n          - {start_time: \"00:00\", end_time: \"07:00\"}\n          - {start_time: \"21:00\", end_time: \"24:00\"}"
	weekends, newYear, christmas := "- weekdays: [saturday, sunday]", "- months: [january]\n        days_of_month: [\"1\"]",
		"- months: [december]\n        days_of_month: [\"24:26\", \"31\"]"
	january, june := "- months: [january]\n        days_of_month: [\"2:31\"]", "- months: [june]"
	for _, test := range []struct {
		name            string
		on              []string // intervals that are now
		tickets, digest bool
	}{
		{"by day", nil, true, true},
		{"at night", []string{nights}, false, false},
		{"at the weekend", []string{weekends}, false, true},
		{"on a holiday", []string{christmas}, false, true},
		{"in a night of exams", []string{nights, june}, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			reach := newRecipients(t)
			instead := make(map[string]string)
			for _, interval := range []string{nights, weekends, newYear, christmas, january, june} {
				instead[interval] = never
				if slices.Contains(test.on, interval) {
					instead[interval] = always
				}
			}
			url := startAlertmanager(t, "en", instead, reach)
			raise(t, url, false, alert("WorkerFails", "ticket", "operations"), alert("TestFailsForAll", "ticket", "teachers", "course", "go"))
			time.Sleep(2 * time.Second) // in which a ticket that is not mute is told
			raise(t, url, false, alert("NoCheckEnds", "page", "operations"))
			reach.await(t, "a page comes at any time", byWebhook("/pages", "NoCheckEnds", "firing"))
			if test.tickets {
				reach.await(t, "a ticket comes", byMail(onCall, "WorkerFails"))
			} else if told := reach.told(byMail(onCall, "WorkerFails")); len(told) > 0 {
				t.Errorf("a ticket comes: %+v", told)
			}
			if test.digest {
				reach.await(t, "a digest comes", byMail("go-teachers@university.example", "TestFailsForAll"))
			} else if told := reach.told(byMail("go-teachers@university.example", "TestFailsForAll")); len(told) > 0 {
				t.Errorf("a digest comes: %+v", told)
			}
		})
	}
}
