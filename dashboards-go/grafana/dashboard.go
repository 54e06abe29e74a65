package grafana

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// A Dashboard is what Grafana holds of one.
type Dashboard struct {
	Content json.RawMessage `json:"dashboard"`
	Meta    struct {
		Folder      string `json:"folderUid"`   // empty at the root
		UpdatedBy   string `json:"updatedBy"`   // login of who saved it last
		Provisioned bool   `json:"provisioned"` // from a file, so that it cannot be saved
	} `json:"meta"`
}

// Dashboard reads one.
func (c *Client) Dashboard(ctx context.Context, uid string) (Dashboard, error) {
	var d Dashboard
	err := c.do(ctx, http.MethodGet, "/api/dashboards/uid/"+url.PathEscape(uid), nil, &d)
	return d, err
}

// SaveDashboard creates or replaces the dashboard whose uid stands in the content, and puts it into the folder.
func (c *Client) SaveDashboard(ctx context.Context, folder string, content json.RawMessage) error {
	return c.do(ctx, http.MethodPost, "/api/dashboards/db", map[string]any{
		"dashboard": content, "folderUid": folder, "overwrite": true, "message": "dashboards apply",
	}, nil)
}

// DeleteDashboard removes one.
func (c *Client) DeleteDashboard(ctx context.Context, uid string) error {
	return c.remove(ctx, "/api/dashboards/uid/"+url.PathEscape(uid))
}
