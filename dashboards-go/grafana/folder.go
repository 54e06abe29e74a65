package grafana

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// A Folder of Grafana; the parent is empty for one at the root.
type Folder struct {
	UID    string `json:"uid"`
	Title  string `json:"title"`
	Parent string `json:"folderUid"`
}

// perPage is the most that Grafana's search gives at once.
const perPage = 5000

// Folders are all folders, nested ones too.
func (c *Client) Folders(ctx context.Context) ([]Folder, error) {
	return all(perPage, func(page int) (folders []Folder, err error) {
		err = c.do(ctx, http.MethodGet, fmt.Sprintf("/api/search?type=dash-folder&limit=%d&page=%d", perPage, page), nil, &folders)
		return folders, err
	})
}

// Folder is the folder of that uid.
func (c *Client) Folder(ctx context.Context, uid string) (Folder, error) {
	var f struct{ UID, Title, ParentUID string }
	err := c.do(ctx, http.MethodGet, "/api/folders/"+url.PathEscape(uid), nil, &f)
	return Folder{UID: f.UID, Title: f.Title, Parent: f.ParentUID}, err
}

// CreateFolder makes a folder at the root. Who may see it depends on Grafana's settings.
func (c *Client) CreateFolder(ctx context.Context, uid, title string) error {
	return c.do(ctx, http.MethodPost, "/api/folders", map[string]string{"uid": uid, "title": title}, nil)
}

// RenameFolder gives the folder another title.
func (c *Client) RenameFolder(ctx context.Context, uid, title string) error {
	return c.do(ctx, http.MethodPut, "/api/folders/"+url.PathEscape(uid), map[string]any{"title": title, "overwrite": true}, nil)
}

// MoveFolderToRoot takes the folder out of the one that it is in, and so from what it inherits.
func (c *Client) MoveFolderToRoot(ctx context.Context, uid string) error {
	return c.do(ctx, http.MethodPost, "/api/folders/"+url.PathEscape(uid)+"/move", map[string]string{"parentUid": ""}, nil)
}

// DeleteFolder removes the folder with all that is in it.
func (c *Client) DeleteFolder(ctx context.Context, uid string) error {
	return c.remove(ctx, "/api/folders/"+url.PathEscape(uid))
}

// Contents are how many things of each kind the folder holds, library panels and alert rules too.
func (c *Client) Contents(ctx context.Context, uid string) (counts map[string]int, err error) {
	err = c.do(ctx, http.MethodGet, "/api/folders/"+url.PathEscape(uid)+"/counts", nil, &counts)
	return counts, err
}

// A Place is where a dashboard is.
type Place struct {
	UID    string   `json:"uid"`
	Title  string   `json:"title"`
	Folder string   `json:"folderUid"` // empty at the root
	Tags   []string `json:"tags"`
}

// Dashboards are all dashboards: not what they hold, but where they are.
func (c *Client) Dashboards(ctx context.Context) ([]Place, error) {
	return all(perPage, func(page int) (places []Place, err error) {
		err = c.do(ctx, http.MethodGet, fmt.Sprintf("/api/search?type=dash-db&limit=%d&page=%d", perPage, page), nil, &places)
		return places, err
	})
}
