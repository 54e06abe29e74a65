package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	board "github.com/gradewatch/gradewatch/dashboards-go/board/course"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

// A site is the portal before a backend that knows users as Grafana does, and a browser.
type site struct {
	t                *testing.T
	service, ingress string
	browser          *http.Client
	now              time.Time
	seen             http.Header // of the last request that came through
}

func newSite(t *testing.T) *site {
	t.Helper()
	k, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, browser: &http.Client{Jar: jar}, now: time.Now()}
	serve := func(handler func(w http.ResponseWriter, r *http.Request)) *url.URL {
		server := httptest.NewServer(http.HandlerFunc(handler))
		t.Cleanup(server.Close)
		at, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	backend := serve(func(w http.ResponseWriter, r *http.Request) {
		s.seen = r.Header.Clone()
		told, err := verify(k.set(), r.Header.Get(tokenHeader), s.now)
		if err != nil && !strings.HasPrefix(r.URL.Path, "/public/") {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "%s %s %s", told.Subject, told.Role, r.URL.RequestURI())
	})
	var service, ingress http.Handler
	serviceURL := serve(func(w http.ResponseWriter, r *http.Request) { service.ServeHTTP(w, r) })
	ingressURL := serve(func(w http.ResponseWriter, r *http.Request) { ingress.ServeHTTP(w, r) })
	service = newService(k, ingressURL, func() time.Time { return s.now })
	ingress = newIngress(serviceURL, serviceURL, backend)
	s.service, s.ingress = serviceURL.String(), ingressURL.String()
	return s
}

// verify does what grafana.ini has Grafana do.
func verify(set []byte, token string, now time.Time) (claims, error) {
	var keys struct{ Keys []jwk }
	if err := json.Unmarshal(set, &keys); err != nil {
		return claims{}, err
	}
	var told claims
	_, err := jwt.ParseWithClaims(token, &told, func(t *jwt.Token) (any, error) {
		i := slices.IndexFunc(keys.Keys, func(k jwk) bool { return k.ID == t.Header["kid"] })
		if i < 0 {
			return nil, errors.New("no such key")
		}
		x, err := base64.RawURLEncoding.DecodeString(keys.Keys[i].X)
		if err != nil {
			return nil, err
		}
		y, err := base64.RawURLEncoding.DecodeString(keys.Keys[i].Y)
		if err != nil {
			return nil, err
		}
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer("tasks"), jwt.WithAudience("grafana"),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err == nil && told.Role != "Viewer" && told.Role != "Editor" {
		err = errors.New("no role")
	}
	return told, err
}

func (s *site) get(address string) (status int, body string, at *url.URL) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do(request)
}

func (s *site) do(request *http.Request) (status int, body string, at *url.URL) {
	s.t.Helper()
	response, err := s.browser.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Request.URL
}

func (s *site) post(path string, form url.Values) (status int) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.service+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, _, _ = s.do(request)
	return status
}

func (s *site) logIn(login string) {
	s.t.Helper()
	if status := s.post("/login", url.Values{"login": {login}}); status != http.StatusOK {
		s.t.Fatalf("logging in as %s: status %d", login, status)
	}
}

func (s *site) wantStatus(address string, want int) {
	s.t.Helper()
	if status, body, at := s.get(address); status != want {
		s.t.Errorf("GET %s answers %d %q at %s, want %d", address, status, body, at, want)
	}
}

const dashboard = "/d/algorithms-2026-autumn-overview?kiosk=1&var-assignment=hw%201"

func TestATeacherSeesTheDashboardInThePageOfTheCourse(t *testing.T) {
	s := newSite(t)
	s.logIn("teacher")
	_, page, _ := s.get(s.service + "/courses/algorithms-2026-autumn")
	if frame := s.ingress + "/d/algorithms-2026-autumn-overview?kiosk=1"; !strings.Contains(page, frame) {
		t.Errorf("the page does not embed %s: %s", frame, page)
	}
	want := "teacher Viewer " + dashboard
	if _, body, _ := s.get(s.ingress + dashboard); body != want {
		t.Errorf("Grafana was asked as %q, want %q", body, want)
	}
}

func TestRoles(t *testing.T) {
	s := newSite(t)
	s.logIn("product")
	if _, body, _ := s.get(s.ingress + "/"); body != "product Editor /" {
		t.Errorf("Grafana was asked as %q, want an Editor", body)
	}
	s = newSite(t)
	s.logIn("student")
	s.wantStatus(s.ingress+"/", http.StatusForbidden)
	if _, page, _ := s.get(s.service + "/courses/algorithms-2026-autumn"); strings.Contains(page, "<iframe") {
		t.Error("a student's page embeds the dashboard")
	}
}

func TestWhoIsNotLoggedInHasToLogInFirst(t *testing.T) {
	s := newSite(t)
	if _, _, at := s.get(s.ingress + dashboard); at.Path != "/" || !strings.HasPrefix(at.String(), s.service) {
		t.Errorf("led to %s, want the first page of the service", at)
	}
	s.wantStatus(s.ingress+"/api/user", http.StatusUnauthorized)
	if s.seen != nil {
		t.Error("Grafana was asked")
	}
}

func TestLoggingOutEndsTheVisit(t *testing.T) {
	s := newSite(t)
	s.logIn("product")
	s.wantStatus(s.ingress+"/", http.StatusOK)
	s.post("/logout", nil)
	s.wantStatus(s.ingress+"/api/user", http.StatusUnauthorized)
}

func TestASessionEnds(t *testing.T) {
	s := newSite(t)
	s.logIn("product")
	s.wantStatus(s.ingress+"/", http.StatusOK)
	s.now = s.now.Add(sessionLife)
	s.wantStatus(s.ingress+"/api/user", http.StatusUnauthorized)
}

// TestGrafanaSeesTheTokenAndNothingElse: neither what a client says of himself nor his cookies.
func TestGrafanaSeesTheTokenAndNothingElse(t *testing.T) {
	s := newSite(t)
	s.logIn("teacher")
	s.wantStatus(s.ingress+"/", http.StatusOK)
	for _, path := range []string{"/", "/public/build/app.js"} {
		request, err := http.NewRequest(http.MethodGet, s.ingress+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("admin", "admin")
		request.Header.Set(tokenHeader, "forged")
		request.Header.Set("X-Grafana-Id", "forged")
		status, body, _ := s.do(request)
		if want := "teacher Viewer /"; path == "/" && body != want {
			t.Errorf("Grafana was asked as %q, want %q", body, want)
		}
		if status != http.StatusOK || s.seen.Get(tokenHeader) == "forged" {
			t.Errorf("GET %s answers %d and has the token %q", path, status, s.seen.Get(tokenHeader))
		}
		for _, name := range []string{"Cookie", "Authorization", "X-Grafana-Id"} {
			if s.seen.Get(name) != "" {
				t.Errorf("GET %s came with %s: %s", path, name, s.seen.Get(name))
			}
		}
	}
}

func TestATokenIsGoodForAMinute(t *testing.T) {
	k, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token, err := k.sign(users[0], now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(k.set(), token, now.Add(tokenLife-2*time.Second)); err != nil {
		t.Errorf("before its end: %v", err)
	}
	if _, err := verify(k.set(), token, now.Add(tokenLife)); !errors.Is(err, jwt.ErrTokenExpired) {
		t.Errorf("at its end: %v, want that it has expired", err)
	}
}

// TestNoTokenFromOutside: browsers never see one.
func TestNoTokenFromOutside(t *testing.T) {
	s := newSite(t)
	s.logIn("product")
	s.wantStatus(s.ingress+"/", http.StatusOK)
	s.wantStatus(s.service+"/analytics/token", http.StatusNotFound)
}

func TestACodeBeginsOneVisit(t *testing.T) {
	s := newSite(t)
	s.logIn("product")
	s.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	enter := func(target string) string {
		response, err := s.browser.Get(s.service + "/analytics/enter?next=" + url.QueryEscape(target))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.Header.Get("Location")
	}
	begin := enter("/")
	s.wantStatus(begin, http.StatusSeeOther)
	s.wantStatus(begin, http.StatusForbidden)

	late := enter("/")
	s.now = s.now.Add(codeLife)
	s.wantStatus(late, http.StatusForbidden)

	for _, elsewhere := range []string{"//evil.example/", "https://evil.example/", `/\evil.example`} {
		response, err := s.browser.Get(enter(elsewhere))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Location"); got != "/" {
			t.Errorf("a visit that wants to %s leads to %s", elsewhere, got)
		}
	}
}

func TestAnotherOriginCannotLogOut(t *testing.T) {
	s := newSite(t)
	s.logIn("product")
	request, err := http.NewRequest(http.MethodPost, s.service+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-site")
	if status, _, _ := s.do(request); status != http.StatusForbidden {
		t.Errorf("status %d, want %d", status, http.StatusForbidden)
	}
}

// TestTheDashboardsAreThoseOfTheCourses: the short form of the rule fits these slugs.
func TestTheDashboardsAreThoseOfTheCourses(t *testing.T) {
	for _, c := range courses {
		if got, want := c.Dashboard(), (board.Course{Slug: c.Slug}).Overview(panel.Style{Language: text.English}).UID; got != want {
			t.Errorf("the dashboard of %s is %s, want %s", c.Slug, got, want)
		}
	}
}
