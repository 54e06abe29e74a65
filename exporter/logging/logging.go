// Package logging is how all programs log.
package logging

import (
	"fmt"
	"log/slog"

	"github.com/prometheus/common/promslog"
)

// Flags are those of a command line.
type Flags struct {
	Level  string `name:"log.level" enum:"debug,info,warn,error" default:"info" help:"Log from this level on: debug, info, warn or error."`
	Format string `name:"log.format" enum:"logfmt,json" default:"logfmt" help:"Form of log lines: logfmt or json."`
}

// New makes the logger, which writes to standard error.
func (f Flags) New() (*slog.Logger, error) {
	config := &promslog.Config{Level: promslog.NewLevel(), Format: promslog.NewFormat()}
	if err := config.Level.Set(f.Level); err != nil {
		return nil, fmt.Errorf("--log.level: %w", err)
	}
	if err := config.Format.Set(f.Format); err != nil {
		return nil, fmt.Errorf("--log.format: %w", err)
	}
	return promslog.New(config), nil
}
