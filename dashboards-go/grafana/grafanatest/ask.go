package grafanatest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Ask sends a request to a Grafana, this or a real one, as somebody with a password, and returns the status and what is answered.
func Ask(t testing.TB, url, login, password, method, path, body string) (status int, content []byte) {
	t.Helper()
	request, err := http.NewRequest(method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(login, password)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if content, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, content
}
