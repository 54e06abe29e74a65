package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// An ingress stands before Grafana: who has a visit comes through with a token, and nobody else.
type ingress struct {
	service *url.URL // for browsers
	inside  *url.URL // for the ingress
	client  *http.Client
	grafana *httputil.ReverseProxy
	begin   *httputil.ReverseProxy
}

func newIngress(service, inside, grafana *url.URL) http.Handler {
	i := &ingress{
		service: service, inside: inside, client: &http.Client{Timeout: 10 * time.Second},
		begin: &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { to(p, inside) }},
		grafana: &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
			to(p, grafana)
			header := p.Out.Header
			for _, other := range []string{"Cookie", "Authorization", "X-Grafana-Id", tokenHeader} { // no other way to be somebody
				header.Del(other)
			}
			if token, asked := p.In.Context().Value(tokenKey{}).(string); asked {
				header.Set(tokenHeader, token)
			}
		}},
	}
	mux := http.NewServeMux()
	mux.Handle("/-/begin", i.begin)
	mux.Handle("/public/", i.grafana) // scripts and styles, the same for everybody
	mux.HandleFunc("/", i.ask)
	return mux
}

// to keeps the host: Grafana compares it with the origin of what changes anything.
func to(p *httputil.ProxyRequest, target *url.URL) {
	p.SetURL(target)
	p.Out.Host = p.In.Host
	p.SetXForwarded()
}

type tokenKey struct{}

// ask asks the service for a token, and passes the request on with it.
func (i *ingress) ask(w http.ResponseWriter, r *http.Request) {
	status, token, err := i.token(r)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
	case status == http.StatusNoContent:
		i.grafana.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tokenKey{}, token)))
	case status == http.StatusUnauthorized && !strings.HasPrefix(r.URL.Path, "/api"):
		http.Redirect(w, r, i.service.JoinPath("analytics", "enter").String()+"?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusFound)
	default:
		http.Error(w, http.StatusText(status), status)
	}
}

func (i *ingress) token(r *http.Request) (status int, token string, err error) {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, i.inside.JoinPath("analytics", "token").String(), nil)
	if err != nil {
		return 0, "", fmt.Errorf("asking the service for a token: %w", err)
	}
	request.Host = internalHost
	request.Header["Cookie"] = r.Header["Cookie"]
	response, err := i.client.Do(request)
	if err != nil {
		return 0, "", fmt.Errorf("asking the service for a token: %w", err)
	}
	response.Body.Close()
	return response.StatusCode, response.Header.Get(tokenHeader), nil
}
