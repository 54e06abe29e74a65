package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradewatch/gradewatch/exporter/source"
)

var _ source.Waiter = (*Source)(nil)

// calm is the least pause between two polls, so that a flood of notifications does not become a flood of polls.
const calm = 50 * time.Millisecond

// listen has the server notify this connection of what comes over the channel, if one is configured. Where it refuses,
// as a standby does, polling alone goes on.
func (s *Source) listen(ctx context.Context) error {
	if s.channel == "" {
		return nil
	}
	_, err := s.conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.channel}.Sanitize())
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && !s.conn.IsClosed() {
		s.tellOnce(slog.LevelWarn, fmt.Sprintf("going on without notifications (postgres.listen): %s", refused))
		return nil
	}
	return err
}

// Wait implements source.Waiter. A notification that came since the last Poll looked ends it too.
func (s *Source) Wait(ctx context.Context, pause time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	sleep(ctx, calm)
	if s.conn != nil && s.channel != "" && !s.notified {
		// That the time is over leaves the connection as it was. What else may end this ends the connection, and the next
		// Poll opens another one.
		if s.conn.PgConn().WaitForNotification(ctx) != nil && ctx.Err() == nil {
			_ = s.Close()
		}
	}
	if !s.notified {
		<-ctx.Done()
	}
}

func sleep(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}
