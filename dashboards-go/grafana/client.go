// Package grafana is as much of Grafana's HTTP API as access as code needs: folders, dashboards, teams, users, and who may do
// what with them. It knows nothing of what is wanted.
package grafana

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// Limits on one request.
const (
	attempts   = 6 // with the pauses below, a quarter of a minute of pauses
	firstPause = 500 * time.Millisecond
	lastPause  = 15 * time.Second
	timeout    = time.Minute
	maxAnswer  = 64 << 20 // bytes; who sees what, of very many users, is the largest
)

// Credentials are a service account's token, or a user with a password.
type Credentials struct{ Token, User, Password string }

// A Client talks to one organisation of a Grafana.
type Client struct {
	base        *url.URL
	credentials Credentials
	http        *retryablehttp.Client
}

// New makes a client. The address may have a path, where Grafana is served below one. Requests go through the transport;
// those that Grafana has no time for (429) or fails at (5xx) are repeated with growing pauses, and the log says so.
func New(address string, credentials Credentials, transport http.RoundTripper, log *slog.Logger) (*Client, error) {
	base, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("is no URL; want one like https://grafana.example") // err would quote a password
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		return nil, fmt.Errorf("is %q, want a URL like https://grafana.example", base.Redacted())
	case base.RawQuery != "" || base.Fragment != "":
		return nil, errors.New("holds more than an address; take out what comes after ? or #")
	case base.User != nil:
		return nil, errors.New("holds a user or a password, which others could read; take it out")
	}
	if base.Path == "" {
		base.Path = "/" // JoinPath would make a relative path of it
	}
	return &Client{base: base, credentials: credentials, http: &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: transport, Timeout: timeout,
			// After a redirection a POST would be a GET, and seem to have gone well.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     attempts - 1,
		RetryWaitMin: firstPause,
		RetryWaitMax: lastPause,
		CheckRetry:   tellRetries(log),
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // so that what Grafana said last can be told
	}}, nil
}

// tellRetries says, once a minute, that Grafana is asked again, and why.
func tellRetries(log *slog.Logger) retryablehttp.CheckRetry {
	seldom := rate.Sometimes{Interval: time.Minute}
	return func(ctx context.Context, answer *http.Response, err error) (bool, error) {
		again, ending := retryablehttp.DefaultRetryPolicy(ctx, answer, err)
		if again {
			reason := err
			if reason == nil {
				reason = errors.New("the answer is " + answer.Status)
			}
			seldom.Do(func() {
				log.Warn("Grafana is asked again, after a pause", "attempts", attempts, "err", reason)
			})
		}
		return again, ending
	}
}

// backoff bounds what Grafana may ask for.
func backoff(first, last time.Duration, attempt int, answer *http.Response) time.Duration {
	return min(last, retryablehttp.DefaultBackoff(first, last, attempt, answer))
}

// An Error is what Grafana said to a request that it did not fulfil.
type Error struct {
	Method, Path string
	Status       int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("Grafana answers %s %s with %d: %s", e.Method, e.Path, e.Status, e.Message)
}

// Is compares with one of the errors below.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrNotFound:
		return e.Status == http.StatusNotFound
	}
	return false
}

// What Grafana may say.
var (
	ErrUnauthorized = errors.New("unauthorized")
	ErrNotFound     = errors.New("not found")
)

// do sends in, unless it is nil, and reads the answer into out, unless that is nil.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, method, c.base.String(), body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	pathname, query, _ := strings.Cut(path, "?")
	request.URL = c.base.JoinPath(pathname)
	request.URL.RawQuery = query
	request.Header.Set("Accept", "application/json")
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.credentials.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.credentials.Token)
	} else {
		request.SetBasicAuth(c.credentials.User, c.credentials.Password)
	}
	answer, err := c.http.Do(request)
	if err != nil && answer == nil {
		return fmt.Errorf("no answer from Grafana: %w", err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if location := answer.Header.Get("Location"); location != "" && answer.StatusCode < http.StatusBadRequest {
		return &Error{Method: method, Path: pathname, Status: answer.StatusCode, Message: "it is at " + location + "; use that address"}
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		refused := &Error{Method: method, Path: pathname, Status: answer.StatusCode, Message: message(content)}
		if errors.Is(refused, ErrUnauthorized) {
			refused.Message += "; the token or the password is not known"
		}
		return refused
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(content, out); err != nil {
		return fmt.Errorf("%s %s: the answer is not what Grafana answers: %w", method, path, err)
	}
	return nil
}

// message is what Grafana says, or what something between it and us does.
func message(content []byte) string {
	var said struct{ Message, Error string }
	if json.Unmarshal(content, &said) == nil {
		switch {
		case said.Message != "" && said.Error != "":
			return said.Message + " (" + said.Error + ")"
		case said.Message != "":
			return said.Message
		case said.Error != "":
			return said.Error
		}
	}
	text := strings.Join(strings.Fields(string(content)), " ")
	if text == "" {
		return "nothing"
	}
	return text[:min(len(text), 200)]
}

// remove deletes an object; one that is gone already is no error.
func (c *Client) remove(ctx context.Context, path string) error {
	err := c.do(ctx, http.MethodDelete, path, nil, nil)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Version is the version of Grafana: 12.2.0. It needs no rights.
func (c *Client) Version(ctx context.Context) (string, error) {
	var health struct{ Version string }
	err := c.do(ctx, http.MethodGet, "/api/health", nil, &health)
	return health.Version, err
}

// all reads a list page by page. Grafana counts pages from 1.
func all[T any](perPage int, read func(page int) ([]T, error)) ([]T, error) {
	var list []T
	for page := 1; ; page++ {
		some, err := read(page)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
		if len(some) < perPage {
			return list, nil
		}
	}
}
