// The portal plays the service around Grafana: it logs users in, embeds the dashboards of courses in their pages, and stands
// before Grafana as the ingress does. What it does in memory, docs/integration does with Django and nginx. It is an example: whoever
// reaches it is whoever he says.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"
)

type command struct {
	ServiceAddress string   `name:"service.listen-address" default:"127.0.0.1:9860" placeholder:"ADDRESS" help:"Address of the service. Default: ${default}."`
	IngressAddress string   `name:"ingress.listen-address" default:"127.0.0.1:9861" placeholder:"ADDRESS" help:"Address of the ingress before Grafana. Default: ${default}."`
	ServiceURL     *url.URL `name:"service.url" default:"http://localhost:9860" placeholder:"URL" help:"Where browsers find the service. Default: ${default}."`
	IngressURL     *url.URL `name:"ingress.url" default:"http://localhost:9861" placeholder:"URL" help:"Where browsers find Grafana; of the same site as the service. Default: ${default}."`
	GrafanaURL     *url.URL `name:"grafana.url" default:"http://localhost:3000" placeholder:"URL" help:"Where the ingress finds Grafana. Default: ${default}."`
	JWKSFile       string   `name:"jwks.file" required:"" placeholder:"FILE" help:"The key set for Grafana is written here, at each start with a new key; Grafana reads it at its own start."`
}

func main() {
	var c command
	parser := kong.Parse(&c,
		kong.Name("portal"),
		kong.Description("A stand-in for the service and its ingress, to see Grafana embedded."),
		kong.DefaultEnvars("GRADEWATCH"),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser.FatalIfErrorf(c.run(ctx))
}

// run answers on both addresses until ctx ends.
func (c *command) run(ctx context.Context) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.JWKSFile, key.set(), 0o644); err != nil {
		return fmt.Errorf("--jwks.file: %w", err)
	}
	service := newService(key, c.IngressURL, time.Now)
	ingress := newIngress(c.ServiceURL, &url.URL{Scheme: "http", Host: c.ServiceAddress}, c.GrafanaURL)

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(ctx, c.ServiceAddress, service) })
	group.Go(func() error { return serve(ctx, c.IngressAddress, ingress) })
	fmt.Printf("Open %s and stop with Ctrl-C. Grafana has to be started after %s was written.\n", c.ServiceURL, c.JWKSFile)
	return group.Wait()
}

// serve answers on one address until ctx ends.
func serve(ctx context.Context, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", address, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", address, err)
	}
	return nil
}
