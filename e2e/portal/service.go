package main

import (
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	sessionCookie = "portal_session"
	visitCookie   = "analytics_visit"
	internalHost  = "tasks.internal" // by which the ingress asks for tokens
	sessionLife   = 12 * time.Hour
	codeLife      = 30 * time.Second
)

// A user is somebody to log in as.
type user struct {
	Login, Name string
	Role        string // in Grafana; none for students
}

// A course has a page with its dashboard.
type course struct{ Slug, Title string }

// Dashboard is the uid of the overview. These slugs are short enough to be a part of it as they are.
func (c course) Dashboard() string { return c.Slug + "-overview" }

// The courses and the logins of their teachers are those of provisioning/courses.yaml, so that dashboards apply lets them in.
var (
	courses = []course{{"algorithms-2026-autumn", "Algorithms"}, {"databases-2026-autumn", "Databases"}}

	users = []user{
		{Login: "product", Name: "Product team", Role: "Editor"},
		{Login: "teacher", Name: "Teacher of Algorithms", Role: "Viewer"},
		{Login: "teacher-databases", Name: "Teacher of Databases", Role: "Viewer"},
		{Login: "student", Name: "A student"},
	}
)

// A session is one log-in of a user.
type session struct {
	user    user
	expires time.Time
}

// A visit to Grafana ends with the session that it belongs to.
type visit struct {
	session string
	target  string    // where it wants to go, as long as it is a code
	expires time.Time // of the code
}

// A service plays Django and the Angular pages.
type service struct {
	key     *key
	ingress *url.URL
	now     func() time.Time

	lock     sync.Mutex
	sessions map[string]session
	codes    map[string]visit // announced, and not begun yet
	visits   map[string]visit
}

// newService answers what the service answers, its pages at one address and the beginning of visits at that of the ingress.
func newService(k *key, ingress *url.URL, now func() time.Time) http.Handler {
	s := &service{
		key: k, ingress: ingress, now: now,
		sessions: make(map[string]session), codes: make(map[string]visit), visits: make(map[string]visit),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /login", s.logIn)
	mux.HandleFunc("POST /logout", s.logOut)
	mux.HandleFunc("GET /courses/{slug}", s.course)
	mux.HandleFunc("GET /analytics/enter", s.enter)
	mux.HandleFunc("GET "+internalHost+"/analytics/token", s.token)
	mux.HandleFunc("GET "+ingress.Hostname()+"/-/begin", s.begin)
	return http.NewCrossOriginProtection().Handler(mux)
}

// user is who the session of the request belongs to.
func (s *service) user(r *http.Request) (u user, session string, ok bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return user{}, "", false
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	u, ok = s.owner(cookie.Value)
	return u, cookie.Value, ok
}

// owner is whose session it is, if it has not ended. The lock is held.
func (s *service) owner(key string) (user, bool) {
	found, ok := s.sessions[key]
	return found.user, ok && s.now().Before(found.expires)
}

func (s *service) home(w http.ResponseWriter, r *http.Request) {
	u, _, ok := s.user(r)
	s.show(w, page{User: u, LoggedIn: ok, Users: users, Courses: courses, Next: r.FormValue("next")})
}

func (s *service) logIn(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(users, func(u user) bool { return u.Login == r.FormValue("login") })
	if i < 0 {
		http.Error(w, "No such user: choose one from the list", http.StatusForbidden)
		return
	}
	key := rand.Text()
	s.lock.Lock()
	s.sessions[key] = session{users[i], s.now().Add(sessionLife)}
	s.lock.Unlock()
	http.SetCookie(w, cookie(sessionCookie, key))
	http.Redirect(w, r, local(r.FormValue("next")), http.StatusSeeOther)
}

// logOut ends the session, and every visit with it.
func (s *service) logOut(w http.ResponseWriter, r *http.Request) {
	if _, key, ok := s.user(r); ok {
		s.lock.Lock()
		delete(s.sessions, key)
		s.lock.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// course is a course's page. It embeds the dashboard for whoever has a role: that somebody does not teach the course is for
// Grafana to say.
func (s *service) course(w http.ResponseWriter, r *http.Request) {
	u, _, ok := s.user(r)
	if !ok {
		http.Redirect(w, r, "/?"+url.Values{"next": {r.URL.Path}}.Encode(), http.StatusSeeOther)
		return
	}
	i := slices.IndexFunc(courses, func(c course) bool { return c.Slug == r.PathValue("slug") })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	p := page{User: u, LoggedIn: true, Courses: courses, Course: &courses[i]}
	if u.Role != "" {
		p.Frame = s.ingress.JoinPath("d", courses[i].Dashboard()).String() + "?kiosk=1&theme=light"
	}
	s.show(w, p)
}

// enter sends who is logged in on to Grafana, with a code that begins a visit, once and soon.
func (s *service) enter(w http.ResponseWriter, r *http.Request) {
	u, key, ok := s.user(r)
	switch {
	case !ok:
		http.Redirect(w, r, "/?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
	case u.Role == "":
		http.Error(w, "Analytics is for teachers", http.StatusForbidden)
	default:
		code := rand.Text()
		s.lock.Lock()
		s.codes[code] = visit{session: key, target: local(r.FormValue("next")), expires: s.now().Add(codeLife)}
		s.lock.Unlock()
		http.Redirect(w, r, s.ingress.JoinPath("-", "begin").String()+"?code="+code, http.StatusSeeOther)
	}
}

// begin, on Grafana's host, makes a cookie of a code: of another value, since the code has been in a URL.
func (s *service) begin(w http.ResponseWriter, r *http.Request) {
	code, key := r.FormValue("code"), rand.Text()
	s.lock.Lock()
	begun, ok := s.codes[code]
	delete(s.codes, code)
	if ok = ok && s.now().Before(begun.expires); ok {
		s.visits[key] = begun
	}
	s.lock.Unlock()
	if !ok {
		http.Error(w, "This link has been used or is too old: open analytics from the service again", http.StatusForbidden)
		return
	}
	http.SetCookie(w, cookie(visitCookie, key))
	http.Redirect(w, r, begun.target, http.StatusSeeOther)
}

// token tells the ingress who visits: 204 with a token in a header, or 401.
func (s *service) token(w http.ResponseWriter, r *http.Request) {
	var u user
	cookie, err := r.Cookie(visitCookie)
	ok := err == nil
	if ok {
		s.lock.Lock()
		u, ok = s.owner(s.visits[cookie.Value].session)
		s.lock.Unlock()
	}
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	signed, err := s.key.sign(u, s.now())
	if err != nil {
		http.Error(w, "Signing a token: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set(tokenHeader, signed)
	w.WriteHeader(http.StatusNoContent)
}

// cookie is for one host and its frames within the site. In production it is Secure, and its name begins with __Host-; but this is
// http, and on localhost hosts differ by their ports, of which cookies know nothing.
func cookie(name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(sessionLife.Seconds())}
}

// local is a path of the same host, or the first page where it is not one.
func local(target string) string {
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.Contains(target, `\`) {
		return "/"
	}
	return target
}

// A page is what the template shows.
type page struct {
	User     user
	LoggedIn bool
	Users    []user
	Courses  []course
	Course   *course
	Frame    string
	Next     string
}

//go:embed page.html
var pageHTML string

var pages = template.Must(template.New("page").Parse(pageHTML))

func (s *service) show(w http.ResponseWriter, p page) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	// The way into a frame leads through enter, so the service is framed too, for a redirect.
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; frame-src 'self' "+
		s.ingress.Scheme+"://"+s.ingress.Host)
	if err := pages.Execute(w, p); err != nil {
		http.Error(w, "Page not made: "+err.Error(), http.StatusInternalServerError)
	}
}
