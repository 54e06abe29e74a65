// Package server answers over HTTP: metrics, health, and a page for people.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/gradewatch/gradewatch/exporter/intake"
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

// Options are what a server shows and where.
type Options struct {
	Addresses     []string
	ConfigFile    string // TLS and basic auth, as exporter-toolkit has them; may be empty
	TelemetryPath string
	Registry      *prometheus.Registry
	Status        func() intake.Status
	Now           func() time.Time
	Log           *slog.Logger
}

// NewHandler answers the requests of all paths.
func NewHandler(o Options) http.Handler {
	scrape := promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{
		Registry:            o.Registry,
		ErrorLog:            slog.NewLogLogger(o.Log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.HTTPErrorOnError,
		MaxRequestsInFlight: maxParallelScrape,
		EnableOpenMetrics:   true,
	})
	mux := http.NewServeMux()
	mux.Handle("GET "+o.TelemetryPath, scrape)
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "Healthy") })
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		if !o.Status().Ready {
			http.Error(w, "Not ready: the first reading of the source is not complete", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "Ready")
	})
	if o.TelemetryPath != "/" {
		mux.Handle("GET /{$}", landingPage(o))
	}
	return mux
}

// Serve answers until ctx ends, and then lets requests under way end.
func Serve(ctx context.Context, o Options) error {
	server := &http.Server{
		Handler:           NewHandler(o),
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
		WebListenAddresses: &o.Addresses, WebConfigFile: &o.ConfigFile, WebSystemdSocket: &noSocket,
	}, o.Log)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("HTTP server: %w", err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stopping the HTTP server: %w", err)
	}
	return nil
}
