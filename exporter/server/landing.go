package server

import (
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"github.com/prometheus/common/version"

	"github.com/gradewatch/gradewatch/exporter/intake"
)

//go:embed landing.html
var landingHTML string

// landing is what the landing page shows.
type landing struct {
	intake.Status
	Version       string
	TelemetryPath string
	Age           time.Duration // of the figures; negative before there are any
}

// landingPage shows what is being read, how fresh it is, and what was rejected.
func landingPage(o Options) http.Handler {
	page := template.Must(template.New("landing").Parse(landingHTML))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status := o.Status()
		shown := landing{Status: status, Version: version.Info(), TelemetryPath: o.TelemetryPath, Age: -1}
		if !status.FreshAsOf.IsZero() {
			shown.Age = o.Now().Sub(status.FreshAsOf).Round(time.Millisecond)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		w.Header().Set("Cache-Control", "no-store")
		if err := page.Execute(w, shown); err != nil {
			o.Log.Warn("Landing page not sent", "err", err)
		}
	})
}
