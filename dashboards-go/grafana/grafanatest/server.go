// Package grafanatest stands in for a Grafana where none can run. It holds folders, dashboards, teams, users and grants, and
// answers the requests that package grafana makes, and those of people who look, as a Grafana 12.2 with the settings of
// provisioning/grafana/grafana.ini does. That it does is tested against what a real one answered. It renders nothing and keeps
// no sessions.
package grafanatest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Password is that of the users at the beginning. Grafana's password policy takes it.
const Password = "Only-for-tests-1"

// Token is that of the service account, whose role is Admin.
const Token = "token-of-the-service-account"

// serviceAccount is the login of the service account.
const serviceAccount = "sa-1-gradewatch"

// A Server is a Grafana that begins with the user admin, a server admin, and the service account alone.
type Server struct {
	URL string

	// Open makes new folders as a Grafana with default settings does: Viewers may view them, Editors edit them, and who makes
	// one has its own grant.
	Open bool
	// Hidden keeps folders and dashboards out of the search, as an index does that is behind.
	Hidden bool

	mutex      sync.Mutex
	fail       func(*http.Request) int
	requests   []string
	users      []*user
	folders    []*folder
	dashboards []*dashboard
	teams      []*team
	grants     map[string][]*grant // by kind:uid
	panels     map[string]int      // of the library, by folder
	nextID     int64
}

type user struct {
	ID                 int64
	Login, Email, Role string
	server             bool // admin of the server
	service            bool
	password           string
}

type folder struct{ UID, Title, Parent string }

type dashboard struct {
	UID, Folder, UpdatedBy string
	Content                map[string]any
	Provisioned            bool
}

type team struct {
	ID      int64
	Name    string
	Members []*member
}

type member struct {
	user       *user
	permission int
}

type grant struct {
	team       *team
	user       *user
	role       string
	permission string
	source     string // a role of access control; empty for what is given on the object
}

// New starts one that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{grants: make(map[string][]*grant), panels: make(map[string]int), nextID: 1}
	s.users = []*user{
		{ID: s.id(), Login: "admin", Email: "admin@localhost", Role: "Admin", server: true},
		{ID: s.id(), Login: serviceAccount, Role: "Admin", service: true},
	}
	listening := httptest.NewServer(s.handler())
	t.Cleanup(listening.Close)
	s.URL = listening.URL
	return s
}

func (s *Server) id() int64 {
	s.nextID++
	return s.nextID - 1
}

// FailWith asks before each request; a status other than 0 is the answer. Nil fails nothing.
func (s *Server) FailWith(fail func(*http.Request) int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fail = fail
}

// Requests are those since the last call, as "GET /api/search".
func (s *Server) Requests() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

// A request is one that is answered.
type request struct {
	*http.Request
	who *user
}

// body reads the request's body.
func (r *request) body(into any) error { return json.NewDecoder(r.Body).Decode(into) }

// An answer is a status and what is sent as JSON.
type answer struct {
	status int
	body   any
}

func ok(body any) answer { return answer{http.StatusOK, body} }

func said(status int, message string) answer {
	return answer{status, map[string]any{"message": message}}
}

func denied(action string) answer {
	return answer{http.StatusForbidden, map[string]any{
		"accessErrorId": "ACE0000000000", "title": "Access denied",
		"message": "You'll need additional permissions to perform this action. Permissions needed: " + action,
	}}
}

// handler answers all requests, one at a time.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/health", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"database": "ok", "version": "12.2.0"})
	})
	for pattern, route := range s.routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.mutex.Lock()
			defer s.mutex.Unlock()
			result := said(http.StatusUnauthorized, "Invalid username or password")
			if who := s.who(r); who != nil {
				result = route(&request{r, who})
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(result.status)
			_ = json.NewEncoder(w).Encode(result.body)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mutex.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		fail := s.fail
		s.mutex.Unlock()
		if fail != nil {
			if status := fail(r); status != 0 {
				http.Error(w, `{"message":"as the test wants it"}`, status)
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

// who sends the request, or nil.
func (s *Server) who(r *http.Request) *user {
	if login, password, basic := r.BasicAuth(); basic {
		if u := s.user(login); u != nil && password == cmp.Or(u.password, Password) {
			return u
		}
		return nil
	}
	if r.Header.Get("Authorization") == "Bearer "+Token {
		return s.user(serviceAccount)
	}
	return nil
}

func (s *Server) user(login string) *user {
	return first(s.users, func(u *user) bool {
		return strings.EqualFold(u.Login, login) || u.Email != "" && strings.EqualFold(u.Email, login)
	})
}

func (s *Server) folder(uid string) *folder {
	return first(s.folders, func(f *folder) bool { return f.UID == uid })
}

func (s *Server) dashboard(uid string) *dashboard {
	return first(s.dashboards, func(d *dashboard) bool { return d.UID == uid })
}

func (s *Server) team(id string) *team {
	return first(s.teams, func(t *team) bool { return fmt.Sprint(t.ID) == id })
}

func first[T any](list []*T, match func(*T) bool) *T {
	if at := slices.IndexFunc(list, match); at >= 0 {
		return list[at]
	}
	return nil
}
