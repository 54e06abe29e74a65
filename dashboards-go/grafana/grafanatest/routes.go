package grafanatest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// routes are the requests that are answered.
func (s *Server) routes() map[string]func(*request) answer {
	admin := func(action string, route func(*request) answer) func(*request) answer {
		return func(r *request) answer {
			if r.who.Role != "Admin" {
				return denied(action)
			}
			return route(r)
		}
	}
	routes := map[string]func(*request) answer{
		"GET /api/user": s.self,
		"GET /api/access-control/user/permissions": s.allowed,
		"GET /api/search":                          s.search,
		"GET /api/folders/{uid}":                   s.getFolder,
		"GET /api/dashboards/uid/{uid}":            s.getDashboard,

		"GET /api/access-control/users/permissions/search": admin("users.permissions:read", s.permissions),
		"POST /api/folders":                     admin("folders:create", s.createFolder),
		"PUT /api/folders/{uid}":                admin("folders:write", s.renameFolder),
		"POST /api/folders/{uid}/move":          admin("folders:write", s.moveFolder),
		"DELETE /api/folders/{uid}":             admin("folders:delete", s.deleteFolder),
		"POST /api/dashboards/db":               admin("any of dashboards:create, dashboards:write", s.saveDashboard),
		"DELETE /api/dashboards/uid/{uid}":      admin("dashboards:delete", s.deleteDashboard),
		"GET /api/folders/{uid}/counts":         admin("folders:read", s.counts),
		"GET /api/teams/search":                 admin("teams:read", s.searchTeams),
		"POST /api/teams":                       admin("teams:create", s.createTeam),
		"DELETE /api/teams/{id}":                admin("teams:delete", s.deleteTeam),
		"GET /api/teams/{id}/members":           admin("teams.permissions:read", s.members),
		"POST /api/teams/{id}/members":          admin("teams.permissions:write", s.addMember),
		"PUT /api/teams/{id}/members/{user}":    admin("teams.permissions:write", s.updateMember),
		"DELETE /api/teams/{id}/members/{user}": admin("teams.permissions:write", s.removeMember),
		"GET /api/org/users":                    admin("org.users:read", s.orgUsers),
		"GET /api/access-control/{kind}/{uid}":  admin("folders.permissions:read", s.listGrants),
		"POST /api/access-control/{kind}/{uid}": admin("folders.permissions:write", s.setGrants),
		"POST /api/admin/users": func(r *request) answer {
			if !r.who.server {
				return denied("users:create")
			}
			return s.createUser(r)
		},
	}
	return routes
}

func (s *Server) self(r *request) answer {
	id := r.who.ID
	if r.who.service {
		id = 0
	}
	return ok(map[string]any{"id": id, "login": r.who.Login, "email": r.who.Email, "isGrafanaAdmin": r.who.server})
}

func (s *Server) allowed(r *request) answer {
	actions := map[string][]string{}
	if r.who.Role == "Admin" {
		for action, scope := range map[string]string{
			"folders:create": "folders:*", "folders:write": "folders:*", "folders.permissions:write": "folders:*",
			"dashboards:write": "folders:*", "dashboards.permissions:write": "folders:*", "teams:create": "",
			"teams.permissions:write": "teams:*", "org.users:read": "users:*", "users.permissions:read": "users:*",
		} {
			actions[action] = []string{scope}
		}
	}
	if r.who.server {
		actions["users:create"] = []string{""}
	}
	return ok(actions)
}

func (s *Server) search(r *request) answer {
	hits := []map[string]any{}
	query := r.URL.Query()
	if kind := query.Get("type"); kind != "dash-db" {
		for _, f := range s.folders {
			if s.level(r.who, "folders", f.UID) > 0 && !s.Hidden {
				hits = append(hits, map[string]any{"uid": f.UID, "title": f.Title, "type": "dash-folder", "tags": []string{}, "folderUid": f.Parent})
			}
		}
	}
	if kind := query.Get("type"); kind != "dash-folder" {
		for _, d := range s.dashboards {
			if s.level(r.who, "dashboards", d.UID) > 0 && !s.Hidden {
				hits = append(hits, map[string]any{"uid": d.UID, "title": d.Content["title"], "type": "dash-db", "tags": d.tags(), "folderUid": d.Folder})
			}
		}
	}
	return ok(page(hits, query.Get("page"), query.Get("limit"), 1000))
}

// page is one of a list.
func page[T any](list []T, number, size string, usual int) []T {
	limit, err := strconv.Atoi(size)
	if err != nil {
		limit = usual
	}
	at, err := strconv.Atoi(number)
	if err != nil {
		at = 1
	}
	from := min(len(list), (at-1)*limit)
	return list[from:min(len(list), from+limit)]
}

func (d *dashboard) tags() (tags []string) {
	tags = []string{}
	list, _ := d.Content["tags"].([]any)
	for _, tag := range list {
		tags = append(tags, tag.(string))
	}
	return tags
}

func (s *Server) getFolder(r *request) answer {
	f := s.folder(r.PathValue("uid"))
	switch {
	case s.level(r.who, "folders", r.PathValue("uid")) == 0 && r.who.Role != "Admin":
		return denied("folders:read")
	case f == nil:
		return answer{http.StatusNotFound, map[string]any{"message": "folder not found", "status": "not-found"}}
	}
	return ok(map[string]any{"uid": f.UID, "title": f.Title, "parentUid": f.Parent})
}

func (s *Server) counts(r *request) answer {
	uid := r.PathValue("uid")
	counts := map[string]int{"librarypanel": s.panels[uid], "alertrule": 0, "folder": 0, "dashboard": 0}
	for _, d := range s.dashboards {
		if d.Folder == uid {
			counts["dashboard"]++
		}
	}
	for _, f := range s.folders {
		if f.Parent == uid {
			counts["folder"]++
		}
	}
	return ok(counts)
}

func (s *Server) createFolder(r *request) answer {
	var in struct{ UID, Title, ParentUID string }
	if err := r.body(&in); err != nil {
		return said(http.StatusBadRequest, "bad request data")
	}
	if s.folder(in.UID) != nil {
		return said(http.StatusPreconditionFailed, "the folder has been changed by someone else")
	}
	s.folders = append(s.folders, &folder{UID: in.UID, Title: in.Title, Parent: in.ParentUID})
	if s.Open && in.ParentUID == "" {
		s.grants["folders:"+in.UID] = []*grant{
			{user: r.who, permission: "Admin"}, {role: "Editor", permission: "Edit"}, {role: "Viewer", permission: "View"},
		}
	}
	return ok(map[string]any{"uid": in.UID, "title": in.Title})
}

func (s *Server) renameFolder(r *request) answer {
	var in struct{ Title string }
	f := s.folder(r.PathValue("uid"))
	if f == nil || r.body(&in) != nil {
		return said(http.StatusNotFound, "folder not found")
	}
	f.Title = in.Title
	return ok(map[string]any{"uid": f.UID, "title": f.Title})
}

func (s *Server) moveFolder(r *request) answer {
	var in struct{ ParentUID string }
	f := s.folder(r.PathValue("uid"))
	if f == nil || r.body(&in) != nil {
		return said(http.StatusNotFound, "folder not found")
	}
	f.Parent = in.ParentUID
	return ok(map[string]any{"uid": f.UID, "title": f.Title})
}

func (s *Server) deleteFolder(r *request) answer {
	uid := r.PathValue("uid")
	if s.folder(uid) == nil {
		return said(http.StatusNotFound, "folder not found")
	}
	s.folders = slices.DeleteFunc(s.folders, func(f *folder) bool { return f.UID == uid })
	s.dashboards = slices.DeleteFunc(s.dashboards, func(d *dashboard) bool { return d.Folder == uid })
	delete(s.grants, "folders:"+uid)
	return ok(map[string]any{"message": "Folder deleted"})
}

func (s *Server) getDashboard(r *request) answer {
	d := s.dashboard(r.PathValue("uid"))
	switch {
	case d == nil:
		return said(http.StatusNotFound, "Dashboard not found")
	case s.level(r.who, "dashboards", d.UID) == 0:
		return denied("dashboards:read")
	}
	return ok(map[string]any{
		"dashboard": d.Content,
		"meta":      map[string]any{"folderUid": d.Folder, "updatedBy": d.UpdatedBy, "provisioned": d.Provisioned},
	})
}

func (s *Server) saveDashboard(r *request) answer {
	var in struct {
		Dashboard map[string]any
		FolderUID string
	}
	if err := r.body(&in); err != nil {
		return said(http.StatusBadRequest, "bad request data")
	}
	if in.FolderUID != "" && s.folder(in.FolderUID) == nil {
		return said(http.StatusBadRequest, "folder not found")
	}
	uid, _ := in.Dashboard["uid"].(string)
	d := s.dashboard(uid)
	if d == nil {
		d = &dashboard{UID: uid, Content: map[string]any{"id": float64(s.id()), "version": 0.0}}
		s.dashboards = append(s.dashboards, d)
	} else if d.Provisioned {
		return said(http.StatusBadRequest, "Cannot save provisioned dashboard")
	}
	in.Dashboard["id"], in.Dashboard["version"] = d.Content["id"], d.Content["version"].(float64)+1
	d.Content, d.Folder, d.UpdatedBy = in.Dashboard, in.FolderUID, r.who.Login
	return ok(map[string]any{"uid": uid, "status": "success", "version": d.Content["version"], "folderUid": d.Folder})
}

func (s *Server) deleteDashboard(r *request) answer {
	uid := r.PathValue("uid")
	d := s.dashboard(uid)
	if d == nil {
		return said(http.StatusNotFound, "Dashboard not found")
	}
	s.dashboards = slices.DeleteFunc(s.dashboards, func(d *dashboard) bool { return d.UID == uid })
	delete(s.grants, "dashboards:"+uid)
	return ok(map[string]any{"uid": uid, "message": fmt.Sprintf("Dashboard %v deleted", d.Content["title"])})
}

func (s *Server) searchTeams(r *request) answer {
	list := []map[string]any{}
	for _, t := range s.teams {
		list = append(list, map[string]any{"id": t.ID, "name": t.Name, "memberCount": len(t.Members)})
	}
	query := r.URL.Query()
	return ok(map[string]any{"teams": page(list, query.Get("page"), query.Get("perpage"), 1000), "totalCount": len(list)})
}

func (s *Server) createTeam(r *request) answer {
	var in struct{ Name string }
	if err := r.body(&in); err != nil || in.Name == "" {
		return said(http.StatusBadRequest, "bad request data")
	}
	if slices.ContainsFunc(s.teams, func(t *team) bool { return t.Name == in.Name }) {
		return said(http.StatusConflict, "Team name taken")
	}
	t := &team{ID: s.id(), Name: in.Name}
	if !r.who.service {
		t.Members = []*member{{r.who, 4}}
	}
	s.teams = append(s.teams, t)
	return ok(map[string]any{"message": "Team created", "teamId": t.ID})
}

func (s *Server) deleteTeam(r *request) answer {
	t := s.team(r.PathValue("id"))
	if t == nil {
		return said(http.StatusNotFound, "Team not found")
	}
	s.teams = slices.DeleteFunc(s.teams, func(other *team) bool { return other == t })
	for key := range s.grants {
		s.grants[key] = slices.DeleteFunc(s.grants[key], func(g *grant) bool { return g.team == t })
	}
	return ok(map[string]any{"message": "Team deleted"})
}

func (s *Server) members(r *request) answer {
	list := []map[string]any{}
	t := s.team(r.PathValue("id"))
	if t == nil {
		return ok(list)
	}
	for _, m := range t.Members {
		list = append(list, map[string]any{"userId": m.user.ID, "login": m.user.Login, "email": m.user.Email, "permission": m.permission})
	}
	return ok(list)
}

func (s *Server) addMember(r *request) answer {
	var in struct{ UserID int64 }
	t := s.team(r.PathValue("id"))
	if t == nil || r.body(&in) != nil {
		return said(http.StatusNotFound, "Team not found")
	}
	u := first(s.users, func(u *user) bool { return u.ID == in.UserID })
	switch {
	case u == nil:
		return said(http.StatusInternalServerError, "Failed to add Member to Team")
	case t.member(u.ID) != nil:
		return said(http.StatusBadRequest, "User is already added to this team")
	}
	t.Members = append(t.Members, &member{user: u})
	return ok(map[string]any{"message": "Member added to Team"})
}

func (t *team) member(id int64) *member {
	return first(t.Members, func(m *member) bool { return m.user.ID == id })
}

func (s *Server) updateMember(r *request) answer {
	var in struct{ Permission int }
	t, m := s.membership(r)
	if m == nil || r.body(&in) != nil {
		return said(http.StatusNotFound, "Team member not found.")
	}
	t.member(m.user.ID).permission = in.Permission
	return ok(map[string]any{"message": "Team member updated"})
}

func (s *Server) removeMember(r *request) answer {
	t, m := s.membership(r)
	if m == nil {
		return said(http.StatusNotFound, "Team member not found")
	}
	t.Members = slices.DeleteFunc(t.Members, func(other *member) bool { return other == m })
	return ok(map[string]any{"message": "Team Member removed"})
}

func (s *Server) membership(r *request) (*team, *member) {
	t := s.team(r.PathValue("id"))
	id, err := strconv.ParseInt(r.PathValue("user"), 10, 64)
	if t == nil || err != nil {
		return t, nil
	}
	return t, t.member(id)
}

func (s *Server) orgUsers(*request) answer {
	list := []map[string]any{}
	for _, u := range s.users {
		if !u.service {
			list = append(list, map[string]any{"userId": u.ID, "login": u.Login, "email": u.Email, "role": u.Role})
		}
	}
	return ok(list)
}

func (s *Server) createUser(r *request) answer {
	var in struct{ Login, Email, Password string }
	if err := r.body(&in); err != nil || in.Password == "" {
		return said(http.StatusBadRequest, "bad request data")
	}
	if s.user(in.Login) != nil || s.user(in.Email) != nil {
		return said(http.StatusPreconditionFailed, "User with email '"+in.Email+"' or username '"+in.Login+"' already exists")
	}
	u := &user{ID: s.id(), Login: strings.ToLower(in.Login), Email: strings.ToLower(in.Email), Role: "Viewer", password: in.Password}
	s.users = append(s.users, u)
	return ok(map[string]any{"id": u.ID, "message": "User created"})
}
