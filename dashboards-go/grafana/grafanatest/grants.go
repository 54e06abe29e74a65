package grafanatest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// levels are what permissions amount to.
var levels = map[string]int{"View": 1, "Edit": 2, "Admin": 3}

// level is the highest that a user has on a folder or a dashboard, whatever grants it; 0 is none.
func (s *Server) level(u *user, kind, uid string) (highest int) {
	if u.Role == "Admin" {
		return levels["Admin"]
	}
	for _, held := range s.held(kind, uid) {
		if held.grant.concerns(u) {
			highest = max(highest, levels[held.grant.permission])
		}
	}
	return highest
}

func (g *grant) concerns(u *user) bool {
	switch {
	case g.team != nil:
		return g.team.member(u.ID) != nil
	case g.user != nil:
		return g.user == u
	}
	return g.role == u.Role || g.role == "Viewer" && u.Role == "Editor"
}

type held struct {
	grant     *grant
	inherited bool
}

// held are the grants on an object and on the folders around it.
func (s *Server) held(kind, uid string) (list []held) {
	inherited := false
	for uid != "" {
		for _, g := range s.grants[kind+":"+uid] {
			list = append(list, held{g, inherited})
		}
		inherited = true
		around := ""
		if d := s.dashboard(uid); kind == "dashboards" && d != nil {
			around = d.Folder
		} else if f := s.folder(uid); kind == "folders" && f != nil {
			around = f.Parent
		}
		kind, uid = "folders", around
	}
	return list
}

func (s *Server) there(kind, uid string) bool {
	return kind == "folders" && s.folder(uid) != nil || kind == "dashboards" && s.dashboard(uid) != nil
}

func (s *Server) listGrants(r *request) answer {
	kind, uid := r.PathValue("kind"), r.PathValue("uid")
	if !s.there(kind, uid) {
		return said(http.StatusInternalServerError, "InternalError")
	}
	list := []map[string]any{}
	for _, h := range s.held(kind, uid) {
		entry := map[string]any{
			"permission": h.grant.permission, "isInherited": h.inherited, "isManaged": !h.inherited && h.grant.source == "",
			"roleName": h.grant.roleName(),
		}
		switch g := h.grant; {
		case g.team != nil:
			entry["team"], entry["teamId"] = g.team.Name, g.team.ID
		case g.user != nil:
			entry["userLogin"], entry["userId"] = g.user.Login, g.user.ID
		default:
			entry["builtInRole"] = g.role
		}
		list = append(list, entry)
	}
	return ok(append(list, map[string]any{"builtInRole": "Admin", "permission": "Admin", "isManaged": false, "isInherited": false, "roleName": ""}))
}

// roleName is that of the role of access control that holds the grant.
func (g *grant) roleName() string {
	switch {
	case g.source != "":
		return g.source
	case g.team != nil:
		return fmt.Sprintf("managed:teams:%d:permissions", g.team.ID)
	case g.user != nil:
		return fmt.Sprintf("managed:users:%d:permissions", g.user.ID)
	}
	return "managed:builtins:" + strings.ToLower(g.role) + ":permissions"
}

func (s *Server) setGrants(r *request) answer {
	kind, uid := r.PathValue("kind"), r.PathValue("uid")
	var in struct {
		Permissions []struct {
			TeamID, UserID int64
			BuiltInRole    string
			Permission     string
		}
	}
	if !s.there(kind, uid) {
		return said(http.StatusInternalServerError, "Internal Server Error")
	}
	if err := r.body(&in); err != nil {
		return said(http.StatusBadRequest, "Bad request data")
	}
	for _, p := range in.Permissions {
		g := &grant{role: p.BuiltInRole, permission: p.Permission}
		if p.TeamID != 0 {
			if g.team = s.team(fmt.Sprint(p.TeamID)); g.team == nil {
				return said(http.StatusNotFound, "team not found")
			}
		} else if p.UserID != 0 {
			if g.user = first(s.users, func(u *user) bool { return u.ID == p.UserID }); g.user == nil {
				return said(http.StatusNotFound, "user not found")
			}
		}
		key := kind + ":" + uid
		s.grants[key] = slices.DeleteFunc(s.grants[key], func(other *grant) bool {
			return other.source == "" && other.team == g.team && other.user == g.user && other.role == g.role
		})
		if p.Permission != "" {
			s.grants[key] = append(s.grants[key], g)
		}
	}
	return ok(map[string]any{"message": "Permissions updated"})
}

// permissions are what every user may do with folders or dashboards, by the objects on which it is granted.
func (s *Server) permissions(r *request) answer {
	prefix := r.URL.Query().Get("actionPrefix")
	users := map[string]map[string][]string{}
	for _, u := range s.users {
		actions := map[string][]string{}
		for key, grants := range s.grants {
			kind, uid, _ := strings.Cut(key, ":")
			for _, g := range grants {
				if !g.concerns(u) {
					continue
				}
				for level, action := range []string{prefix + "read", prefix + "write", prefix + "grant"} {
					if levels[g.permission] > level && (kind+":" == prefix || kind == "folders") {
						actions[action] = append(actions[action], kind+":uid:"+uid)
					}
				}
			}
		}
		if len(actions) > 0 {
			users[fmt.Sprint(u.ID)] = actions
		}
	}
	return ok(users)
}
