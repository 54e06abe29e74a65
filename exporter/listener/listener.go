// Package listener serves HTTP as exporters do: metrics and health, with TLS and basic authentication from a file, and limits on
// what a client may ask for.
package listener

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"
)

// Limits on what a client may ask for.
const (
	maxHeaderBytes    = 16 << 10
	readTimeout       = 10 * time.Second
	writeTimeout      = time.Minute // a scrape of very many series over a slow line
	idleTimeout       = 2 * time.Minute
	maxParallelScrape = 8 // further ones are answered 503
	stopTimeout       = 10 * time.Second
)

// Flags are those of a command line, beside the addresses, whose default is each program's own.
type Flags struct {
	WebConfigFile string `name:"web.config.file" placeholder:"FILE" help:"TLS and basic authentication, as in https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md."`
}

// NewMux answers scrapes under the path, and whether the process is healthy and ready; while it is not ready, it says why.
func NewMux(path string, registry *prometheus.Registry, ready func() bool, notReady string, log *slog.Logger) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET "+path, promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		Registry:            registry,
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.HTTPErrorOnError,
		MaxRequestsInFlight: maxParallelScrape,
		EnableOpenMetrics:   true,
	}))
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "Healthy") })
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		if !ready() {
			http.Error(w, "Not ready: "+notReady, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "Ready")
	})
	return mux
}

// Serve answers until ctx ends, and then lets requests under way end.
func Serve(ctx context.Context, handler http.Handler, addresses []string, flags Flags, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		stopped <- server.Shutdown(limited)
	})
	noSocket := false
	err := web.ListenAndServe(server, &web.FlagConfig{
		WebListenAddresses: &addresses, WebConfigFile: &flags.WebConfigFile, WebSystemdSocket: &noSocket,
	}, log)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		if _, taken := errors.AsType[*net.OpError](err); taken {
			err = fmt.Errorf("%w; --web.listen-address is where to listen", err)
		}
		return fmt.Errorf("HTTP server: %w", err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stopping the HTTP server: %w", err)
	}
	return nil
}
