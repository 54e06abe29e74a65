package grafana_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana/grafanatest"
)

func TestAddress(t *testing.T) {
	for _, test := range []struct{ address, want string }{
		{"grafana.example", "want a URL like"},
		{"ftp://grafana.example", "want a URL like"},
		{"https://", "want a URL like"},
		{"https://admin:hunter2@grafana.example", "holds a user or a password"},
		{"https://grafana.example?token=hunter2", "holds more than an address"},
		{"https://admin:hunter2@grafana.example:x", "is no URL"},
	} {
		if _, err := grafana.New(test.address, grafana.Credentials{}, nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.address, err, test.want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error quotes the password: %v", test.address, err)
		}
	}
}

// TestBelowAPath: Grafana may be served below a path, whatever its end.
func TestBelowAPath(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		_, _ = w.Write([]byte(`{"version": "12.2.0"}`))
	}))
	defer server.Close()
	for _, path := range []string{"/analytics", "/analytics/"} {
		client, err := grafana.New(server.URL+path, grafana.Credentials{}, http.DefaultTransport, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if version, err := client.Version(t.Context()); version != "12.2.0" || err != nil || asked != "/analytics/api/health" {
			t.Errorf("asked for %s, got %q %v", asked, version, err)
		}
	}
}

// TestRetries: what Grafana has no time for, or fails at, is asked again; what it refuses is not.
func TestRetries(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		fails  int // so many times, then it goes well
		asked  int
		ok     bool
	}{
		{"too many requests", http.StatusTooManyRequests, 1, 2, true},
		{"a gateway without a server", http.StatusBadGateway, 1, 2, true},
		{"an error of Grafana", http.StatusInternalServerError, 1, 2, true},
		{"what is forbidden", http.StatusForbidden, 9, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := grafanatest.New(t)
			left := test.fails
			server.FailWith(func(*http.Request) int {
				if left == 0 {
					return 0
				}
				left--
				return test.status
			})
			client, err := grafana.New(server.URL, grafana.Credentials{Token: grafanatest.Token}, http.DefaultTransport, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			err = client.CreateFolder(t.Context(), "a", "A")
			if (err == nil) != test.ok {
				t.Errorf("ends with %v", err)
			}
			if asked := server.Requests(); len(asked) != test.asked {
				t.Errorf("asked %v, want %d times", asked, test.asked)
			}
		})
	}
}

// TestErrorsNameTheObjectAndSayWhatGrafanaSays.
func TestErrorsNameTheObjectAndSayWhatGrafanaSays(t *testing.T) {
	server := grafanatest.New(t)
	client, err := grafana.New(server.URL, grafana.Credentials{Token: grafanatest.Token}, http.DefaultTransport, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	err = client.RenameFolder(t.Context(), "nowhere", "Nowhere")
	if want := "Grafana answers PUT /api/folders/nowhere with 404: folder not found"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if !errors.Is(err, grafana.ErrNotFound) || errors.Is(err, grafana.ErrUnauthorized) {
		t.Errorf("%v is not told apart", err)
	}
	if err := client.DeleteFolder(t.Context(), "nowhere"); err != nil {
		t.Errorf("removing what is gone ends with %v", err)
	}
}

// TestRedirectionIsRefused: a POST would become a GET, and seem to go well.
func TestRedirectionIsRefused(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("https://grafana.example/api/folders", http.StatusMovedPermanently))
	defer server.Close()
	client, err := grafana.New(server.URL, grafana.Credentials{}, http.DefaultTransport, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.CreateFolder(t.Context(), "a", "A"); err == nil || !strings.Contains(err.Error(), "it is at https://grafana.example/api/folders; use that address") {
		t.Errorf("ends with %v", err)
	}
}

// TestAnswerOfSomethingElse: a proxy in between speaks HTML.
func TestAnswerOfSomethingElse(t *testing.T) {
	for _, test := range []struct {
		status     int
		body, want string
	}{
		{http.StatusNotFound, "<html>\n<h1>Not here</h1>", "with 404: <html> <h1>Not here</h1>"},
		{http.StatusOK, "<html>", "the answer is not what Grafana answers"},
		{http.StatusForbidden, "", "with 403: nothing"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		}))
		client, err := grafana.New(server.URL, grafana.Credentials{}, http.DefaultTransport, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Users(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
		server.Close()
	}
}

// TestPages: lists that are longer than a page are read to their end.
func TestPages(t *testing.T) {
	server := grafanatest.New(t)
	client, err := grafana.New(server.URL, grafana.Credentials{Token: grafanatest.Token}, http.DefaultTransport, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	const many = 1001 // a page of teams holds 1000
	for i := range many {
		if err := client.CreateTeam(t.Context(), strings.Repeat("t", i%50+1)+string(rune('0'+i/50))); err != nil {
			t.Fatal(err)
		}
	}
	server.Requests()
	teams, err := client.Teams(t.Context())
	if err != nil || len(teams) != many {
		t.Errorf("read %d teams of %d, %v", len(teams), many, err)
	}
	if asked := server.Requests(); len(asked) != 2 {
		t.Errorf("asked %v", asked)
	}
}
