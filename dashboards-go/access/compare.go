package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
)

// A Kind of difference, as metrics tell it.
type Kind string

// The kinds.
const (
	FolderMissing        Kind = "folder_missing"
	FolderTitle          Kind = "folder_title"
	FolderNested         Kind = "folder_nested"
	FolderEnded          Kind = "folder_ended"
	GrantMissing         Kind = "grant_missing"
	GrantUnwanted        Kind = "grant_unwanted"
	GrantInherited       Kind = "grant_inherited"
	GrantOfRole          Kind = "grant_of_role" // that no folder lists, so that it cannot be taken away there
	TeamMissing          Kind = "team_missing"
	TeamEnded            Kind = "team_ended"
	MemberMissing        Kind = "member_missing"
	MemberUnwanted       Kind = "member_unwanted"
	MemberLeads          Kind = "member_leads"
	UserMissing          Kind = "user_missing"
	DashboardMissing     Kind = "dashboard_missing"
	DashboardDiffers     Kind = "dashboard_differs"
	DashboardSuperfluous Kind = "dashboard_superfluous"
	DashboardGrant       Kind = "dashboard_grant"
	DashboardProvisioned Kind = "dashboard_provisioned"
)

// Kinds are all kinds.
func Kinds() []Kind {
	return []Kind{
		FolderMissing, FolderTitle, FolderNested, FolderEnded, GrantMissing, GrantUnwanted, GrantInherited, GrantOfRole,
		TeamMissing, TeamEnded, MemberMissing, MemberUnwanted, MemberLeads, UserMissing,
		DashboardMissing, DashboardDiffers, DashboardSuperfluous, DashboardGrant, DashboardProvisioned,
	}
}

// A step is when a change is made: what closes comes first, what opens last, so that no moment is more open than the states
// before and after it.
type step int

const (
	closing step = iota
	making
	filling
	opening
	steps
)

// A Change is a difference between what is found and what is wanted, and what is done about it.
type Change struct {
	Kind Kind
	What string // in words

	step    step
	group   string   // uid of a folder, or a team: what opens waits for what closes
	waits   []string // other groups that it waits for, too
	object  string   // what is to be read again afterwards
	do      func(context.Context, *grafana.Client) error
	later   bool // nothing to do yet: it follows when another change is made
	removes int  // members
}

// Ours reports whether the change can be made here; if not, somebody has to make it.
func (c *Change) Ours() bool { return c.do != nil || c.later }

// comparison collects the changes.
type comparison struct {
	*wanted
	*found
	inside  map[string][]grafana.Place // the dashboards in each folder, in order
	changes []*Change
	pending []string        // members who are no users yet
	making  map[Person]bool // users who are to be made
	members int             // of all teams that are wanted or should be gone
}

// compare says what differs.
func compare(w *wanted, f *found) *comparison {
	c := &comparison{wanted: w, found: f, inside: make(map[string][]grafana.Place), making: make(map[Person]bool)}
	for _, uid := range slices.Sorted(maps.Keys(f.places)) {
		folder := f.places[uid].Folder
		c.inside[folder] = append(c.inside[folder], f.places[uid])
	}
	for _, uid := range slices.Sorted(maps.Keys(w.folders)) {
		c.folder(uid, w.folders[uid])
	}
	for _, name := range slices.Sorted(maps.Keys(w.teams)) {
		c.team(name, w.teams[name])
	}
	slices.SortStableFunc(c.changes, func(a, b *Change) int { return cmp.Compare(a.step, b.step) })
	return c
}

func (c *comparison) add(change *Change) { c.changes = append(c.changes, change) }

func (c *comparison) folder(uid string, want folder) {
	have, there := c.found.folders[uid]
	switch {
	case !there:
		c.add(&Change{Kind: FolderMissing, What: fmt.Sprintf("folder %s (%s) is missing", uid, want.Title), step: making, group: uid, object: uid,
			do: func(ctx context.Context, client *grafana.Client) error { return create(ctx, client, want.Folder) }})
	case want.ended == Remove:
		c.remove(uid)
		return
	default:
		c.place(have, want)
	}
	c.folderGrants(uid, want, there)
	c.dashboards(uid, want)
}

// create makes a folder that nobody but admins can see. Where Grafana is not set to make closed folders, it is open for the
// moment between two requests, and empty.
func create(ctx context.Context, client *grafana.Client, f Folder) error {
	if err := client.CreateFolder(ctx, f.UID, f.Title); err != nil {
		return err
	}
	grants, err := client.Grants(ctx, grafana.Folders, f.UID)
	if err != nil {
		return err
	}
	var revoked []grafana.Grant
	for _, g := range grants {
		if g.Managed {
			g.Permission = grafana.None
			revoked = append(revoked, g)
		}
	}
	if len(revoked) == 0 {
		return nil
	}
	return client.Set(ctx, grafana.Folders, f.UID, revoked)
}

// place compares where the folder is and what it is called.
func (c *comparison) place(have grafana.Folder, want folder) {
	uid := want.UID
	if have.Parent != "" {
		c.add(&Change{Kind: FolderNested, What: fmt.Sprintf("folder %s is inside folder %s and inherits who may see it", uid, have.Parent),
			group: uid, object: uid,
			do: func(ctx context.Context, client *grafana.Client) error { return client.MoveFolderToRoot(ctx, uid) }})
	}
	if have.Title != want.Title {
		kind, what := FolderTitle, fmt.Sprintf("folder %s is called %q in the place of %q", uid, have.Title, want.Title)
		if want.ended != "" {
			kind, what = FolderEnded, fmt.Sprintf("folder %s is of a course that has ended, and is archived as %q", uid, want.Title)
		}
		c.add(&Change{Kind: kind, What: what,
			step: making, group: uid, object: uid,
			do: func(ctx context.Context, client *grafana.Client) error {
				return client.RenameFolder(ctx, uid, want.Title)
			}})
	}
}

// rank orders permissions. One that is not known here is more than any.
func rank(p grafana.Permission) int {
	order := []grafana.Permission{grafana.None, grafana.View, grafana.Edit, grafana.Admin}
	if at := slices.Index(order, p); at >= 0 {
		return at
	}
	return len(order)
}

// holder is who has the grant, in words.
func holder(g grafana.Grant) string {
	switch {
	case g.Team != "":
		return "team " + g.Team
	case g.User != "":
		return "user " + g.User
	case g.Role != "":
		return "everybody with the role " + g.Role
	}
	return "somebody unknown"
}

// verb is what a permission allows.
func verb(p grafana.Permission) string {
	if p == grafana.Admin {
		return "edit and grant"
	}
	return strings.ToLower(string(p))
}

// set makes a change of one grant.
func set(resource grafana.Resource, uid string, g grafana.Grant, p grafana.Permission) func(context.Context, *grafana.Client) error {
	g.Permission = p
	return func(ctx context.Context, client *grafana.Client) error {
		return client.Set(ctx, resource, uid, []grafana.Grant{g})
	}
}

// unmanaged says what is to be said of a grant that is not given on the object itself; nil for one that is.
func unmanaged(object, uid string, g grafana.Grant, nested bool) *Change {
	switch {
	case g.Inherited && nested:
		return &Change{Kind: GrantInherited, What: fmt.Sprintf("%s: %s may %s it by inheritance", object, holder(g), verb(g.Permission)), group: uid, object: uid, later: true}
	case g.Inherited:
		return &Change{Kind: GrantInherited, What: fmt.Sprintf("%s: %s may %s it by a grant on all of its kind; take that away", object, holder(g), verb(g.Permission)), group: uid, object: uid}
	case !g.Managed:
		return &Change{Kind: GrantOfRole, What: fmt.Sprintf("%s: %s may %s it by the role %s of access control; take it out of that role", object, holder(g), verb(g.Permission), g.Source),
			group: uid, object: uid}
	}
	return nil
}

func (c *comparison) folderGrants(uid string, want folder, there bool) {
	object := "folder " + uid
	granted := make(map[string]grafana.Permission)
	for _, g := range c.found.grants[uid] {
		if change := unmanaged(object, uid, g, c.found.folders[uid].Parent != ""); change != nil {
			c.add(change)
			continue
		}
		if c.wanted.teams[g.Team].gone {
			continue // it goes with the team
		}
		wanted := want.grants[g.Team] // nothing for a user or a role
		granted[g.Team] = g.Permission
		if rank(g.Permission) > rank(wanted) {
			c.add(&Change{Kind: GrantUnwanted, What: fmt.Sprintf("%s: %s may %s it, which is not described", object, holder(g), verb(g.Permission)),
				group: uid, object: uid, do: set(grafana.Folders, uid, g, wanted)})
			granted[g.Team] = wanted
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.grants)) {
		permission := want.grants[name]
		if granted[name] == permission {
			continue
		}
		change := &Change{Kind: GrantMissing, What: fmt.Sprintf("%s: team %s cannot %s it yet", object, name, verb(permission)),
			step: opening, group: uid, waits: []string{groupOf(name)}, object: uid, later: true}
		if t, exists := c.found.teams[name]; exists && there {
			change.later, change.do = false, set(grafana.Folders, uid, grafana.Grant{TeamID: t.ID}, permission)
		}
		c.add(change)
	}
}

func (c *comparison) dashboards(uid string, want folder) {
	generated := make(map[string]bool)
	for _, d := range want.Dashboards {
		generated[d.UID] = true
		c.dashboard(uid, d)
	}
	for _, place := range c.inside[uid] {
		if !isOurs(place) || generated[place.UID] {
			continue
		}
		if want.ended == "" {
			c.superfluous(uid, place)
		} else {
			c.dashboardGrants(uid, place.UID)
		}
	}
}

func (c *comparison) superfluous(uid string, place grafana.Place) {
	c.add(&Change{Kind: DashboardSuperfluous, What: fmt.Sprintf("dashboard %s is not generated any more, and is removed", place.UID), step: filling, group: uid, object: place.UID,
		do: func(ctx context.Context, client *grafana.Client) error { return client.DeleteDashboard(ctx, place.UID) }})
}

func (c *comparison) dashboard(folder string, want Dashboard) {
	place, there := c.places[want.UID]
	difference := c.differences[want.UID]
	change := &Change{step: filling, group: folder, object: want.UID,
		do: func(ctx context.Context, client *grafana.Client) error {
			return client.SaveDashboard(ctx, folder, want.Content)
		}}
	switch {
	case !there:
		change.Kind, change.What = DashboardMissing, fmt.Sprintf("dashboard %s is missing", want.UID)
	case difference.provisioned:
		change.Kind, change.do = DashboardProvisioned, nil
		change.What = fmt.Sprintf("dashboard %s comes from a file of Grafana's provisioning, so that it cannot be kept here; take its provider out", want.UID)
	case place.Folder != folder:
		change.Kind, change.What = DashboardDiffers, fmt.Sprintf("dashboard %s is in folder %s in the place of %s", want.UID, cmp.Or(place.Folder, "General"), folder)
	case difference.where != "":
		change.Kind, change.What = DashboardDiffers, fmt.Sprintf("dashboard %s differs at %s", want.UID, difference.where)
	}
	if change.Kind != "" {
		c.add(change)
	}
	c.dashboardGrants(folder, want.UID)
}

// dashboardGrants finds permissions on a single dashboard, past those on its folder.
func (c *comparison) dashboardGrants(folder, uid string) {
	for _, g := range c.found.dashboardGrants[uid] {
		if !g.Managed {
			continue // what comes from the folder is told there
		}
		c.add(&Change{Kind: DashboardGrant, What: fmt.Sprintf("dashboard %s: %s may %s it past its folder", uid, holder(g), verb(g.Permission)),
			group: folder, object: uid, do: set(grafana.Dashboards, uid, g, grafana.None)})
	}
}

// remove takes away the folder of a course that has ended, with our dashboards in it; they are the sign that it was made here, so
// they go with it and not before. Where something else is in it, they go and it stays.
func (c *comparison) remove(uid string) {
	var ours []grafana.Place
	foreign := 0
	for _, place := range c.inside[uid] {
		if isOurs(place) {
			ours = append(ours, place)
		} else {
			foreign++
		}
	}
	for _, f := range c.found.folders {
		if f.Parent == uid {
			foreign++
		}
	}
	held := -len(ours) // beside them, also what no list shows
	for _, number := range c.contents[uid] {
		held += number
	}
	foreign = max(foreign, held)
	change := &Change{Kind: FolderEnded, What: fmt.Sprintf("folder %s is of a course that has ended, and is removed with %s", uid, number(len(ours), "dashboard")),
		step: opening, group: uid, waits: []string{groupOf(teachers(uid))}, object: uid,
		do: func(ctx context.Context, client *grafana.Client) error { return client.DeleteFolder(ctx, uid) }}
	if foreign > 0 {
		change.What = fmt.Sprintf("folder %s is of a course that has ended, and stays, since it holds %s that Gradewatch has not made; %s of its own are removed",
			uid, number(foreign, "thing"), number(len(ours), "dashboard"))
		change.do = func(ctx context.Context, client *grafana.Client) error {
			for _, place := range ours {
				if err := client.DeleteDashboard(ctx, place.UID); err != nil {
					return err
				}
			}
			return nil
		}
	}
	c.add(change)
}

// number is how many things there are, in words.
func number(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// groupOf is the group of a team's changes: a folder may be called like a team.
func groupOf(team string) string { return "team " + team }

func (c *comparison) team(name string, want team) {
	have, there := c.found.teams[name]
	members := c.found.members[name]
	group := groupOf(name)
	c.members += len(members)
	switch {
	case want.gone && !there:
		return
	case want.gone:
		c.add(&Change{Kind: TeamEnded, What: fmt.Sprintf("team %s is of a course that has ended, and is removed with %s", name, number(len(members), "member")),
			group: group, object: name, removes: len(members),
			do: func(ctx context.Context, client *grafana.Client) error { return client.DeleteTeam(ctx, have.ID) }})
		return
	case !there:
		c.add(&Change{Kind: TeamMissing, What: fmt.Sprintf("team %s is missing", name), step: making, group: group, object: name,
			do: func(ctx context.Context, client *grafana.Client) error { return client.CreateTeam(ctx, name) }})
	}
	belongs := make(map[int64]bool)
	for _, person := range want.members {
		user, known := c.user(person)
		if !known {
			c.missing(name, person)
			continue
		}
		if belongs[user.ID] {
			continue
		}
		belongs[user.ID] = true
		if !slices.ContainsFunc(members, func(m grafana.Member) bool { return m.UserID == user.ID }) {
			change := &Change{Kind: MemberMissing, What: fmt.Sprintf("team %s: user %s is not yet a member", name, person), step: opening, group: group, object: name, later: true}
			if there {
				change.later, change.do = false, func(ctx context.Context, client *grafana.Client) error {
					return client.AddMember(ctx, have.ID, user.ID)
				}
			}
			c.add(change)
		}
	}
	for _, m := range members {
		switch {
		case !belongs[m.UserID]:
			change := &Change{Kind: MemberUnwanted, What: fmt.Sprintf("team %s: user %s is a member, which is not described", name, m.Login), group: group, object: name, removes: 1,
				do: func(ctx context.Context, client *grafana.Client) error {
					return client.RemoveMember(ctx, have.ID, m.UserID)
				}}
			if c.logins[strings.ToLower(m.Login)].Role == "Admin" {
				change.removes = 0 // who sees everything anyhow, and is the first member of each team that he makes
			}
			c.add(change)
		case m.Leads():
			c.add(&Change{Kind: MemberLeads, What: fmt.Sprintf("team %s: user %s is its admin, who may take others in", name, m.Login), group: group, object: name,
				do: func(ctx context.Context, client *grafana.Client) error {
					return client.DemoteMember(ctx, have.ID, m.UserID)
				}})
		}
	}
}

// user finds who the person is in Grafana.
func (c *comparison) user(p Person) (grafana.User, bool) {
	if p.Login != "" {
		user, known := c.logins[strings.ToLower(p.Login)]
		return user, known
	}
	user, known := c.addresses[strings.ToLower(p.Email)]
	return user, known
}

// missing notes a member who is no user yet.
func (c *comparison) missing(team string, p Person) {
	if !c.create {
		c.pending = append(c.pending, fmt.Sprintf("team %s: %s is no user yet", team, p))
		return
	}
	if c.making[p] {
		return // for another team
	}
	c.making[p] = true
	c.add(&Change{Kind: UserMissing, What: fmt.Sprintf("user %s is missing", p), step: making, group: "user " + p.String(),
		do: func(ctx context.Context, client *grafana.Client) error {
			// Unless there is a first password nobody ever learns it: the user logs in through the service. Its beginning satisfies a policy.
			return client.CreateUser(ctx, cmp.Or(p.Login, p.Email), p.Email, cmp.Or(c.wanted.first, "Aa1-"+rand.Text()))
		}})
}
