package listener

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Probe is a command that asks whether a process is ready, for health checks of images that hold no other program.
type Probe struct {
	URL     string        `arg:"" help:"What to ask, as http://127.0.0.1:9850/-/ready."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer. Default: ${default}."`
}

// Run fails unless the answer is 200.
func (p Probe) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		return fmt.Errorf("%s answers %s: %s", p.URL, response.Status, strings.TrimSpace(string(said)))
	}
	return nil
}
