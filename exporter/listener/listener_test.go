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
)

// serving is the address of a server that ends with the test.
func serving(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, http.NotFoundHandler(), []string{address}, Flags{}, slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return address
		}
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestSlowHeadersAreCutOff takes as long as the limit.
func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	conn, err := net.Dial("tcp", serving(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: half"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(3 * readTimeout)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(bufio.NewReader(conn)); err != nil {
		t.Errorf("a client that sends half a header is not cut off after %s: %v %q", 3*readTimeout, err, rest)
	}
}

func TestAddressThatIsTaken(t *testing.T) {
	address := serving(t)
	err := Serve(t.Context(), http.NotFoundHandler(), []string{address}, Flags{}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("serving on an address that is taken ends with %v, want it to name %s", err, address)
	}
}
