package grafana

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// A Resource is what can be granted.
type Resource string

// The resources.
const (
	Folders    Resource = "folders"
	Dashboards Resource = "dashboards"
)

// A Permission is what is granted, in Grafana's word.
type Permission string

// The permissions, each with all before it.
const (
	None  Permission = ""
	View  Permission = "View"
	Edit  Permission = "Edit"
	Admin Permission = "Admin"
)

// A Grant is a permission that somebody has: a team, a user (or service account), or everybody of a role.
type Grant struct {
	TeamID     int64      `json:"teamId,omitempty"`
	Team       string     `json:"team,omitempty"`
	UserID     int64      `json:"userId,omitempty"`
	User       string     `json:"userLogin,omitempty"`
	Role       string     `json:"builtInRole,omitempty"`
	Permission Permission `json:"permission"`
	Source     string     `json:"roleName,omitempty"` // the role of access control that holds it
	Managed    bool       `json:"isManaged"`          // given on this very resource, so that it can be taken away there
	Inherited  bool       `json:"isInherited"`        // from the folder around
}

// always reports whether it is what Grafana adds to every list: an Admin may do everything.
func (g Grant) always() bool { return g.Role == "Admin" && !g.Managed && !g.Inherited }

// Grants are all who have a permission on the resource, also by inheritance, without the role Admin, which always has.
func (c *Client) Grants(ctx context.Context, resource Resource, uid string) ([]Grant, error) {
	var listed []Grant
	if err := c.do(ctx, http.MethodGet, resource.path(uid), nil, &listed); err != nil {
		if refused, ok := errors.AsType[*Error](err); ok && refused.Status == http.StatusInternalServerError {
			// So Grafana answers, too, when there is no such object.
			if there := c.do(ctx, http.MethodGet, resource.object(uid), nil, nil); errors.Is(there, ErrNotFound) {
				return nil, there
			}
		}
		return nil, err
	}
	var grants []Grant
	for _, g := range listed {
		if !g.always() {
			grants = append(grants, g)
		}
	}
	return grants, nil
}

// Set gives permissions on the resource, and takes those away that are None; others stay.
func (c *Client) Set(ctx context.Context, resource Resource, uid string, grants []Grant) error {
	type entry struct {
		TeamID     int64      `json:"teamId,omitempty"`
		UserID     int64      `json:"userId,omitempty"`
		Role       string     `json:"builtInRole,omitempty"`
		Permission Permission `json:"permission"`
	}
	entries := make([]entry, len(grants))
	for i, g := range grants {
		entries[i] = entry{TeamID: g.TeamID, UserID: g.UserID, Role: g.Role, Permission: g.Permission}
	}
	return c.do(ctx, http.MethodPost, resource.path(uid), map[string][]entry{"permissions": entries}, nil)
}

// object is where the resource itself is.
func (r Resource) object(uid string) string {
	if r == Dashboards {
		return "/api/dashboards/uid/" + url.PathEscape(uid)
	}
	return "/api/folders/" + url.PathEscape(uid)
}

func (r Resource) path(uid string) string {
	return "/api/access-control/" + string(r) + "/" + url.PathEscape(uid)
}
