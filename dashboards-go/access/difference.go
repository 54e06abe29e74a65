package access

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// stamped are the keys of a dashboard that Grafana sets itself.
var stamped = []string{"id", "version"}

// differs says where the dashboard that Grafana holds is not the wanted one: panels[3].title. A Grafana of another version may
// have rewritten it to a form of its own; then, if we saved it last, what is there beside what was sent is no difference.
func differs(wanted, found []byte, rewritten bool) (string, error) {
	var want, have map[string]any
	if err := json.Unmarshal(wanted, &want); err != nil {
		return "", fmt.Errorf("the wanted dashboard: %w", err)
	}
	if err := json.Unmarshal(found, &have); err != nil {
		return "", fmt.Errorf("the dashboard in Grafana: %w", err)
	}
	for _, key := range stamped {
		delete(want, key)
		delete(have, key)
	}
	if rewritten {
		delete(want, "schemaVersion")
		delete(have, "schemaVersion")
	}
	return unlike(want, have, rewritten, ""), nil
}

// unlike is the path to the first place at which two JSON values differ, or empty.
func unlike(want, have any, additions bool, path string) string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := have.(map[string]any)
		if !ok {
			return path
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			value, there := object[key]
			if !there {
				return join(path, key)
			}
			if at := unlike(want[key], value, additions, join(path, key)); at != "" {
				return at
			}
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if _, there := want[key]; !there && !additions {
				return join(path, key)
			}
		}
		return ""
	case []any:
		list, ok := have.([]any)
		if !ok || len(list) != len(want) {
			return path
		}
		for i := range want {
			if at := unlike(want[i], list[i], additions, path+"["+strconv.Itoa(i)+"]"); at != "" {
				return at
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, have) {
		return path
	}
	return ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
