package grafana

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// A Team of Grafana.
type Team struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Members int    `json:"memberCount"`
}

// teamsPerPage is a limit of our own: Grafana has none.
const teamsPerPage = 1000

// Teams are all teams.
func (c *Client) Teams(ctx context.Context) ([]Team, error) {
	return all(teamsPerPage, func(page int) ([]Team, error) {
		var found struct{ Teams []Team }
		err := c.do(ctx, http.MethodGet, fmt.Sprintf("/api/teams/search?perpage=%d&page=%d", teamsPerPage, page), nil, &found)
		return found.Teams, err
	})
}

// CreateTeam makes a team. A user who does so is its first member, a service account is not.
func (c *Client) CreateTeam(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodPost, "/api/teams", map[string]string{"name": name}, nil)
}

// DeleteTeam removes the team and what it was granted.
func (c *Client) DeleteTeam(ctx context.Context, id int64) error {
	return c.remove(ctx, fmt.Sprintf("/api/teams/%d", id))
}

// A Member of a team.
type Member struct {
	UserID     int64  `json:"userId"`
	Login      string `json:"login"`
	Permission int    `json:"permission"`
}

// leads is the permission of a member who may change the team.
const leads = 4

// Leads reports whether the member may take others into the team.
func (m Member) Leads() bool { return m.Permission == leads }

// Members are those of the team.
func (c *Client) Members(ctx context.Context, team int64) (members []Member, err error) {
	err = c.do(ctx, http.MethodGet, fmt.Sprintf("/api/teams/%d/members", team), nil, &members)
	return members, err
}

// AddMember takes a user into the team.
func (c *Client) AddMember(ctx context.Context, team, user int64) error {
	return c.do(ctx, http.MethodPost, fmt.Sprintf("/api/teams/%d/members", team), map[string]int64{"userId": user}, nil)
}

// DemoteMember leaves the user in the team, and takes the right to change it.
func (c *Client) DemoteMember(ctx context.Context, team, user int64) error {
	return c.do(ctx, http.MethodPut, fmt.Sprintf("/api/teams/%d/members/%d", team, user), map[string]int{"permission": 0}, nil)
}

// RemoveMember takes a user out of the team.
func (c *Client) RemoveMember(ctx context.Context, team, user int64) error {
	return c.remove(ctx, fmt.Sprintf("/api/teams/%d/members/%d", team, user))
}

// A User of the organisation.
type User struct {
	ID    int64  `json:"userId"`
	Login string `json:"login"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

// Users are all users of the organisation; service accounts are none.
func (c *Client) Users(ctx context.Context) (users []User, err error) {
	err = c.do(ctx, http.MethodGet, "/api/org/users", nil, &users)
	return users, err
}

// CreateUser makes a user of the role that Grafana gives to new ones, Viewer. Only a server admin may.
func (c *Client) CreateUser(ctx context.Context, login, email, password string) error {
	return c.do(ctx, http.MethodPost, "/api/admin/users", map[string]string{
		"login": login, "email": email, "name": login, "password": password,
	}, nil)
}

// Self is who the credentials are.
type Self struct {
	Login string `json:"login"`
}

// Self says who the credentials are.
func (c *Client) Self(ctx context.Context) (self Self, err error) {
	err = c.do(ctx, http.MethodGet, "/api/user", nil, &self)
	return self, err
}

// Actions are what every user may do, by the id of the user: of an action the scopes in which it is allowed.
type Actions map[int64]map[string][]string

// Permissions say what every user of the organisation may do among the actions that begin so, whatever grants it. Grafana
// works it out anew for each request.
func (c *Client) Permissions(ctx context.Context, prefix string) (actions Actions, err error) {
	err = c.do(ctx, http.MethodGet, "/api/access-control/users/permissions/search?actionPrefix="+url.QueryEscape(prefix), nil, &actions)
	return actions, err
}

// Allowed are the scopes in which the credentials are allowed each action.
func (c *Client) Allowed(ctx context.Context) (scopes map[string][]string, err error) {
	err = c.do(ctx, http.MethodGet, "/api/access-control/user/permissions", nil, &scopes)
	return scopes, err
}
