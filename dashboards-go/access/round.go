package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
)

// writesAtOnce is how many changes are made at a time. Grafana's own database may be one that takes one writer.
const writesAtOnce = 4

// passes bounds a round: one makes folders, teams and dashboards, one lets members and teams in, one takes away what Grafana itself
// has added, and the last sees that nothing is left. One more is for what changes meanwhile.
const passes = 5

// few members may always be removed, whatever the share.
const few = 3

// An Applier brings one Grafana to the described state.
type Applier struct {
	Client      *grafana.Client
	Description *Description
	Archived    string               // what is added to the title of the folder of a course that has ended, as " (ended)"
	Told        func(*Change, error) // after each change that was made, or not; called by one at a time
	Note        func(string)         // what is worth knowing, once

	reader *reader
}

// A Report says how a round went.
type Report struct {
	Drift   []*Change // as it was found
	Made    int       // changes that were made
	Left    []*Change // what is not as wanted at the end
	Pending []string  // members who are no users yet
	Ended   []string  // folders of courses that have ended and are kept or archived
	Strays  []string  // folders of which there is staff, and no course
}

// ErrGuard is what a round ends with that would remove too many members. None of them is removed.
var ErrGuard = errors.New("the guard stops this round")

// Forget makes the next round read every single object.
func (a *Applier) Forget() {
	if a.reader != nil {
		a.reader.forgetAll()
	}
}

// Check says what a round would do, and changes nothing.
func (a *Applier) Check(ctx context.Context, folders []Folder, staff Staff) (*Report, error) {
	c, report, err := a.look(ctx, folders, staff)
	if err != nil {
		return nil, err
	}
	report.Drift = c.changes
	removes := make(map[string]int)
	c.removing(removes)
	return report, a.guard(removes, c.members)
}

// Round makes Grafana as it should be. An error of a single change does not stop others; Report.Left says what it left.
func (a *Applier) Round(ctx context.Context, folders []Folder, staff Staff) (*Report, error) {
	var (
		first   *comparison
		last    *Report
		made    int
		removes = make(map[string]int)  // members, by what removes them: one that fails is there again in the next pass
		failed  = make(map[string]bool) // by what was tried
	)
	for range passes {
		c, report, err := a.look(ctx, folders, staff)
		if err != nil {
			return last, err
		}
		first = cmp.Or(first, c)
		last, report.Drift, report.Made = report, first.changes, made
		c.removing(removes)
		if err := a.guard(removes, first.members); err != nil {
			return last, err
		}
		now := a.make(ctx, c.changes, failed)
		made += now
		last.Made = made
		if err := ctx.Err(); err != nil {
			return last, err
		}
		if now == 0 {
			return last, conclude(c.changes, failed)
		}
	}
	return last, fmt.Errorf("after %d passes Grafana is still not as wanted; does something else change it?", passes)
}

// look reads and compares. Of the report it leaves what was there before, and what was made.
func (a *Applier) look(ctx context.Context, folders []Folder, staff Staff) (*comparison, *Report, error) {
	if a.reader == nil {
		if err := a.begin(ctx); err != nil {
			return nil, nil, err
		}
	}
	l, err := a.reader.readLists(ctx)
	if err != nil {
		return nil, nil, err
	}
	ended := l.ended(folders)
	w := a.Description.want(folders, staff, ended, a.Archived)
	f, err := a.reader.read(ctx, w, l)
	if err != nil {
		return nil, nil, err
	}
	c := compare(w, f)
	report := &Report{Left: c.changes, Pending: c.pending}
	for _, uid := range slices.Sorted(maps.Keys(staff)) {
		if _, known := w.folders[uid]; !known && len(staff[uid]) > 0 {
			report.Strays = append(report.Strays, uid)
		}
	}
	if a.Description.Courses.Ended != Remove {
		report.Ended = slices.Sorted(maps.Keys(ended))
	}
	return c, report, nil
}

// needed are the actions without which nothing can be done, each with a scope that only an admin of the organisation has.
var needed = map[string]string{
	"folders:create": "", "folders:write": "folders:*", "folders.permissions:write": "folders:*", "dashboards:write": "folders:*",
	"dashboards.permissions:write": "folders:*", "teams:create": "", "teams.permissions:write": "teams:*",
	"org.users:read": "users:*", "users.permissions:read": "users:*",
}

// begin finds out who we are, and that we may do what we shall have to.
func (a *Applier) begin(ctx context.Context) error {
	self, err := a.Client.Self(ctx)
	if errors.Is(err, grafana.ErrNotFound) {
		return fmt.Errorf("%w; is that the address of a Grafana, with the path below which it is served?", err)
	}
	if err != nil {
		return err
	}
	allowed, err := a.Client.Allowed(ctx)
	if err != nil {
		return err
	}
	for _, action := range slices.Sorted(maps.Keys(needed)) {
		scopes, may := allowed[action]
		if scope := needed[action]; !may || scope != "" && !slices.ContainsFunc(scopes, func(s string) bool { return s == scope || s == "*" }) {
			return fmt.Errorf("%s may not %s in all of the organisation; give the service account, or the user, the role Admin", self.Login, action)
		}
	}
	if _, may := allowed["users:create"]; a.Description.Users.Missing == Create && !may {
		return fmt.Errorf("%s may not create users, which users: missing: create asks for: Grafana lets only a server admin do that, and no service account; "+
			"use such a user and password, or say missing: wait", self.Login)
	}
	version, err := a.Client.Version(ctx)
	if err != nil {
		return err
	}
	untried := !strings.HasPrefix(version, tried+".")
	if untried {
		a.Note(fmt.Sprintf("Grafana is of version %s; this was tried on %s, and written for 11 to 13", cmp.Or(version, "unknown"), tried))
	}
	a.reader = &reader{client: a.Client, self: self.Login, untried: untried}
	return nil
}

// tried is the version of Grafana that all this was tried on.
const tried = "12.2"

// guard stops what looks like a mistake: an empty answer of a database rather than everybody's farewell.
func (a *Applier) guard(removes map[string]int, members int) error {
	removed, allowed := 0, *a.Description.Guard.RemovedMembers
	for _, number := range removes {
		removed += number
	}
	if removed <= few || float64(removed) <= allowed*float64(members) {
		return nil
	}
	return fmt.Errorf("%w: it would remove %d of %d members of teams, more than a share of %v; look at them with --check, and if they are right, let one round without --watch do it with --guard=%.2f",
		ErrGuard, removed, members, allowed, min(1, float64(removed)/float64(members)+0.01))
}

// removing adds how many members the changes would remove.
func (c *comparison) removing(removes map[string]int) {
	for _, change := range c.changes {
		removes[change.What] = change.removes
	}
}

// make makes changes step by step, and says how many were made. What has failed is not tried again in this round; where it
// has, nothing is filled or opened.
func (a *Applier) make(ctx context.Context, changes []*Change, failed map[string]bool) (made int) {
	var mutex sync.Mutex
	blocked := make(map[string]bool)
	for _, change := range changes {
		if failed[change.What] || change.step == closing && !change.Ours() {
			blocked[change.group] = true
		}
	}
	for now := range steps {
		var group errgroup.Group
		group.SetLimit(writesAtOnce)
		var failures []string
		isBlocked := func(group string) bool { return blocked[group] }
		due := slices.DeleteFunc(slices.Clone(changes), func(c *Change) bool {
			return c.step != now || c.do == nil || failed[c.What] || now > closing && (isBlocked(c.group) || slices.ContainsFunc(c.waits, isBlocked))
		})
		for _, change := range due {
			group.Go(func() error {
				if ctx.Err() != nil {
					return nil
				}
				err := change.do(ctx, a.Client)
				mutex.Lock()
				defer mutex.Unlock()
				a.reader.forget(change.object)
				if err != nil {
					failed[change.What] = true
					failures = append(failures, change.group)
				} else {
					made++
				}
				a.Told(change, err)
				return nil
			})
		}
		_ = group.Wait() // errors are in failed
		for _, name := range failures {
			blocked[name] = true
		}
	}
	return made
}

// conclude is the error of what could not be made as wanted.
func conclude(left []*Change, failed map[string]bool) error {
	if len(left) == 0 {
		return nil
	}
	failures := 0
	for _, change := range left {
		if failed[change.What] {
			failures++
		}
	}
	return fmt.Errorf("%d differences are left; %d changes failed, the others wait for them or are not to be made here", len(left), failures)
}
