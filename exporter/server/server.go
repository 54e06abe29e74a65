// Package server answers over HTTP: metrics, health, and a page for people.
package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gradewatch/gradewatch/exporter/intake"
)

// maxParallelScrape is how many scrapes are answered at a time; further ones are answered 503.
const maxParallelScrape = 8

// Options are what is shown, and where.
type Options struct {
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
