package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gradewatch/gradewatch/dashboards-go/board/course"
	"github.com/gradewatch/gradewatch/dashboards-go/grafana"
	"github.com/gradewatch/gradewatch/dashboards-go/panel"
)

// readsAtOnce is how many requests that change nothing are under way at a time.
const readsAtOnce = 8

// lists is what Grafana tells of everything in a few requests.
type lists struct {
	folders    map[string]grafana.Folder
	places     map[string]grafana.Place
	teams      map[string]grafana.Team
	logins     map[string]grafana.User // lower case: Grafana does not tell them apart by it
	addresses  map[string]grafana.User
	foldersOf  map[string]string // what everybody may do in a folder, by its uid
	dashboards map[string]string // what somebody may do with a dashboard whatever its folder, by its uid
}

// found is how Grafana is, as far as it is wanted to be some way.
type found struct {
	*lists
	grants          map[string][]grafana.Grant // by uid of the folder
	dashboardGrants map[string][]grafana.Grant
	members         map[string][]grafana.Member // by name of the team
	differences     map[string]difference       // by uid of the dashboard
	contents        map[string]map[string]int   // how many things of each kind are in a folder that is to be removed
}

// A difference is where a dashboard is not as wanted; empty where it is.
type difference struct {
	where       string
	provisioned bool
}

// A reader reads Grafana. What it has read of a single object it reads again only when the lists, which are read each time,
// tell of a change, when the object has been changed by us, or when all is to be forgotten. So a round in which nothing has
// changed takes the same few requests whatever the number of courses.
type reader struct {
	client  *grafana.Client
	self    string // login, by which our own changes are known
	untried bool   // the version, which may rewrite dashboards

	grants, dashboardGrants memory[[]grafana.Grant]
	members                 memory[[]grafana.Member]
	differences             memory[difference]
}

// memory is what was read of single objects.
type memory[T any] struct {
	mutex   sync.Mutex
	entries map[string]remembered[T]
}

type remembered[T any] struct {
	witness string // what the lists told then
	value   T
}

func (m *memory[T]) get(key, witness string, read func() (T, error)) (T, error) {
	m.mutex.Lock()
	entry, known := m.entries[key]
	m.mutex.Unlock()
	if known && entry.witness == witness {
		return entry.value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.entries == nil {
		m.entries = make(map[string]remembered[T])
	}
	m.entries[key] = remembered[T]{witness, value}
	return value, nil
}

func (m *memory[T]) forget(key string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.entries, key)
}

func (m *memory[T]) forgetAll() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	clear(m.entries)
}

// forget makes the object be read again.
func (r *reader) forget(object string) {
	r.grants.forget(object)
	r.dashboardGrants.forget(object)
	r.members.forget(object)
	r.differences.forget(object)
}

// forgetAll makes everything be read again.
func (r *reader) forgetAll() {
	r.grants.forgetAll()
	r.dashboardGrants.forgetAll()
	r.members.forgetAll()
	r.differences.forgetAll()
}

// readLists reads the lists.
func (r *reader) readLists(ctx context.Context) (*lists, error) {
	var (
		folders []grafana.Folder
		places  []grafana.Place
		teams   []grafana.Team
		users   []grafana.User
		l       = &lists{logins: make(map[string]grafana.User), addresses: make(map[string]grafana.User)}
	)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { folders, err = r.client.Folders(ctx); return err })
	group.Go(func() (err error) { places, err = r.client.Dashboards(ctx); return err })
	group.Go(func() (err error) { teams, err = r.client.Teams(ctx); return err })
	group.Go(func() (err error) { users, err = r.client.Users(ctx); return err })
	group.Go(func() (err error) { l.foldersOf, err = r.witnesses(ctx, "folders:"); return err })
	group.Go(func() (err error) { l.dashboards, err = r.witnesses(ctx, "dashboards:"); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	l.folders = by(folders, func(f grafana.Folder) string { return f.UID })
	l.places = by(places, func(p grafana.Place) string { return p.UID })
	l.teams = by(teams, func(t grafana.Team) string { return t.Name })
	for _, u := range users {
		l.logins[strings.ToLower(u.Login)] = u
		if u.Email != "" {
			l.addresses[strings.ToLower(u.Email)] = u
		}
	}
	return l, nil
}

func by[T any](list []T, key func(T) string) map[string]T {
	index := make(map[string]T, len(list))
	for _, element := range list {
		index[key(element)] = element
	}
	return index
}

// witnesses sum up, for each object of the kind, what every user may do with it.
func (r *reader) witnesses(ctx context.Context, kind string) (map[string]string, error) {
	users, err := r.client.Permissions(ctx, kind)
	if errors.Is(err, grafana.ErrNotFound) {
		// An older Grafana may not know the request. Without a witness nothing may be remembered.
		r.forgetAll()
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	allowed := make(map[string][]string)
	for user, actions := range users {
		for action, scopes := range actions {
			for _, scope := range scopes {
				if uid, single := strings.CutPrefix(scope, kind+"uid:"); single {
					allowed[uid] = append(allowed[uid], fmt.Sprint(user, action))
				}
			}
		}
	}
	sums := make(map[string]string, len(allowed))
	for uid, list := range allowed {
		slices.Sort(list)
		sums[uid] = sum(strings.Join(list, "\n"))
	}
	return sums, nil
}

func sum(text string) string {
	hash := sha256.Sum256([]byte(text))
	return string(hash[:])
}

// ended are the folders of courses that have ended, with their titles: they are called like one, are not among those that
// are wanted, and hold a dashboard that was made here.
func (l *lists) ended(folders []Folder) map[string]string {
	wanted := by(folders, func(f Folder) string { return f.UID })
	ended := make(map[string]string)
	for _, place := range l.places {
		folder, there := l.folders[place.Folder]
		if _, still := wanted[folder.UID]; there && !still && strings.HasPrefix(folder.UID, course.FolderPrefix) && isOurs(place) {
			ended[folder.UID] = folder.Title
		}
	}
	return ended
}

// isOurs reports whether a dashboard was made here: a copy that somebody saved has another uid.
func isOurs(place grafana.Place) bool {
	return slices.Contains(place.Tags, panel.Mark) && strings.HasPrefix(place.UID, strings.TrimPrefix(place.Folder, course.FolderPrefix)+"-")
}

// find looks for what is wanted and not in the lists, which some versions of Grafana bring up to date only after a while.
func (r *reader) find(ctx context.Context, w *wanted, l *lists) error {
	var folders, dashboards []string
	for uid, f := range w.folders {
		if _, listed := l.folders[uid]; !listed {
			folders = append(folders, uid)
		}
		for _, d := range f.Dashboards {
			if _, listed := l.places[d.UID]; !listed {
				dashboards = append(dashboards, d.UID)
			}
		}
	}
	var mutex sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for _, uid := range folders {
		group.Go(func() error {
			folder, err := r.client.Folder(ctx, uid)
			if err == nil {
				mutex.Lock()
				defer mutex.Unlock()
				l.folders[uid] = folder
			}
			return present(err)
		})
	}
	for _, uid := range dashboards {
		group.Go(func() error {
			dashboard, err := r.client.Dashboard(ctx, uid)
			if err == nil {
				mutex.Lock()
				defer mutex.Unlock()
				l.places[uid] = grafana.Place{UID: uid, Folder: dashboard.Meta.Folder, Tags: []string{panel.Mark}}
			}
			return present(err)
		})
	}
	return group.Wait()
}

// present takes an object that is not there for no error.
func present(err error) error {
	if errors.Is(err, grafana.ErrNotFound) {
		return nil
	}
	return err
}

// read reads all that is wanted to be some way.
func (r *reader) read(ctx context.Context, w *wanted, l *lists) (*found, error) {
	if err := r.find(ctx, w, l); err != nil {
		return nil, err
	}
	f := &found{
		lists: l, grants: make(map[string][]grafana.Grant), dashboardGrants: make(map[string][]grafana.Grant),
		members: make(map[string][]grafana.Member), differences: make(map[string]difference), contents: make(map[string]map[string]int),
	}
	var mutex sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for uid, want := range w.folders {
		there, ok := l.folders[uid]
		if !ok {
			continue
		}
		group.Go(func() error {
			witness := there.Parent + l.foldersOf[uid]
			for _, name := range slices.Sorted(maps.Keys(want.grants)) {
				witness += fmt.Sprint(" ", l.teams[name].ID) // a team that is made again has another one
			}
			return detail(&mutex, f.grants, &r.grants, uid, witness, func() ([]grafana.Grant, error) {
				return r.client.Grants(ctx, grafana.Folders, uid)
			})
		})
		if want.ended == Remove {
			group.Go(func() error {
				counts, err := r.client.Contents(ctx, uid)
				mutex.Lock()
				defer mutex.Unlock()
				f.contents[uid] = counts
				return present(err)
			})
		}
	}
	uids := slices.Sorted(maps.Keys(w.folders))
	for name := range w.teams {
		if there, ok := l.teams[name]; ok {
			group.Go(func() error {
				witness := fmt.Sprint(there.ID, there.Members)
				for _, uid := range uids {
					if _, granted := w.folders[uid].grants[name]; granted {
						witness += l.foldersOf[uid] // who sees it changes with the members
					}
				}
				return detail(&mutex, f.members, &r.members, name, witness, func() ([]grafana.Member, error) {
					return r.client.Members(ctx, there.ID)
				})
			})
		}
	}
	contents := make(map[string][]byte)
	for _, folder := range w.folders {
		for _, d := range folder.Dashboards {
			contents[d.UID] = d.Content
		}
	}
	for _, place := range l.places {
		content, generated := contents[place.UID]
		if _, ours := w.folders[place.Folder]; !generated && !(ours && isOurs(place)) {
			continue
		}
		group.Go(func() error {
			return detail(&mutex, f.dashboardGrants, &r.dashboardGrants, place.UID, l.dashboards[place.UID], func() ([]grafana.Grant, error) {
				return r.client.Grants(ctx, grafana.Dashboards, place.UID)
			})
		})
		if generated {
			group.Go(func() error {
				witness := sum(string(content)) + fmt.Sprint(place)
				return detail(&mutex, f.differences, &r.differences, place.UID, witness, func() (difference, error) {
					dashboard, err := r.client.Dashboard(ctx, place.UID)
					if err != nil {
						return difference{}, err
					}
					where, err := differs(content, dashboard.Content, r.untried && dashboard.Meta.UpdatedBy == r.self)
					return difference{where, dashboard.Meta.Provisioned}, err
				})
			})
		}
	}
	return f, group.Wait()
}

// detail puts what is remembered or read of one object into what is found.
func detail[T any](mutex *sync.Mutex, into map[string]T, from *memory[T], key, witness string, read func() (T, error)) error {
	value, err := from.get(key, witness, read)
	if err != nil {
		return present(err) // gone since the lists were read: the next reading sees that
	}
	mutex.Lock()
	defer mutex.Unlock()
	into[key] = value
	return nil
}
