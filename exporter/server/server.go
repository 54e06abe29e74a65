// Package server answers over HTTP: metrics, health, and a page for people.
package server

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gradewatch/gradewatch/exporter/intake"
	"github.com/gradewatch/gradewatch/exporter/listener"
)

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
	mux := listener.NewMux(o.TelemetryPath, o.Registry, func() bool { return o.Status().Ready },
		"the first reading of the source is not complete", o.Log)
	if o.TelemetryPath != "/" {
		mux.Handle("GET /{$}", landingPage(o))
	}
	return mux
}
