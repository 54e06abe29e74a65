package listener

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gate is a collector that tells when it is asked, and answers when it may.
type gate struct{ asked, open chan struct{} }

func (g gate) Describe(chan<- *prometheus.Desc) {}
func (g gate) Collect(out chan<- prometheus.Metric) {
	g.asked <- struct{}{}
	<-g.open
	out <- prometheus.MustNewConstMetric(prometheus.NewDesc("through", "Through the gate.", nil, nil), prometheus.GaugeValue, 1)
}

// running is a server with a gate in its metrics, and what Serve returns at its end.
func running(t *testing.T) (address string, g gate, stop context.CancelFunc, ended chan error) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = free.Addr().String()
	free.Close()

	g = gate{make(chan struct{}), make(chan struct{})}
	registry := prometheus.NewRegistry()
	registry.MustRegister(g)
	ctx, stop := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	go func() {
		log := slog.New(slog.DiscardHandler)
		mux := NewMux("/metrics", registry, func() bool { return false }, "", log)
		ended <- Serve(ctx, mux, []string{address}, Flags{}, log)
	}()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return address, g, stop, ended
		}
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// scrape asks for the metrics and tells the status and the body.
func scrape(address string) (status int, body string) {
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

func TestParallelScrapesAreLimited(t *testing.T) {
	address, g, stop, ended := running(t)
	statuses := make(chan int)
	for range maxParallelScrape {
		go func() {
			status, _ := scrape(address)
			statuses <- status
		}()
		<-g.asked
	}
	if status, body := scrape(address); status != http.StatusServiceUnavailable {
		t.Errorf("one scrape more is answered %d, want 503: %s", status, body)
	}
	close(g.open)
	for range maxParallelScrape {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("a scrape within the limit is answered %d, want 200", status)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestStopLetsAScrapeEnd(t *testing.T) {
	address, g, stop, ended := running(t)
	answer := make(chan string)
	go func() {
		_, body := scrape(address)
		answer <- body
	}()
	<-g.asked
	stop()
	for { // until nobody new is let in
		conn, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		conn.Close()
		time.Sleep(time.Millisecond)
	}
	close(g.open)
	if body := <-answer; !strings.Contains(body, "through 1") {
		t.Errorf("a scrape that was under way when the server stopped got: %s", body)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// TestSlowHeadersAreCutOff takes as long as the limit.
func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	address, _, stop, ended := running(t)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: half"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(3 * readTimeout)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(bufio.NewReader(conn)); err != nil {
		t.Errorf("a client that sends half a header is not cut off after %s: %v %q", 3*readTimeout, err, rest)
	}
	stop()
	<-ended
}

func TestAddressThatIsTaken(t *testing.T) {
	address, _, stop, ended := running(t)
	err := Serve(t.Context(), http.NotFoundHandler(), []string{address}, Flags{}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("serving on an address that is taken ends with %v, want it to name %s", err, address)
	}
	stop()
	<-ended
}
