package panel

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gradewatch/gradewatch/dashboards-go/text"
)

type promQL string

func (q promQL) PromQL() string { return string(q) }

var (
	english = Style{Language: text.English, Timezone: "Europe/Prague"}
	about   = About{Title: text.Same("Title"), Description: text.Same("Description"), Unit: Count}
	line    = Series{Query: promQL("up"), Name: text.Same("up")}
)

func board() *Board {
	return english.Board(Folder{UID: "folder", Title: text.Same("Folder")}, "folder-board", text.Same("Board"), text.Same("Of a test"))
}

// laid are the panels of a rendered board.
func laid(t *testing.T, b *Board) (panels []struct {
	ID      int
	GridPos struct{ X, Y, W, H int }
}) {
	t.Helper()
	content, err := b.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &struct{ Panels any }{&panels}); err != nil {
		t.Fatal(err)
	}
	return panels
}

func TestGridFollowsSpans(t *testing.T) {
	panels := laid(t, board().
		Panel("number", english.Number(about, line)).
		Row("row", text.Same("Row")).
		Panel("left", english.Lines(about, line)).
		Panel("right", english.DailyBars(about, line)).
		Panel("below", english.HourOfWeek(about, promQL("up"))))

	want := [][4]int{{0, 0, 4, 4}, {0, 4, 24, 1}, {0, 5, 12, 8}, {12, 5, 12, 8}, {0, 13, 24, 9}}
	for i, p := range panels {
		if got := [4]int{p.GridPos.X, p.GridPos.Y, p.GridPos.W, p.GridPos.H}; got != want[i] {
			t.Errorf("panel %d: got x, y, w, h %v, want %v", i, got, want[i])
		}
	}
}

// TestIDsComeFromSlugs: a panel that is put in front changes no other panel's id.
func TestIDsComeFromSlugs(t *testing.T) {
	alone := laid(t, board().Panel("users", english.Lines(about, line)))
	second := laid(t, board().Panel("new", english.Lines(about, line)).Panel("users", english.Lines(about, line)))
	if alone[0].ID != second[1].ID || second[0].ID == second[1].ID {
		t.Errorf("the id was %d, now the ids are %d and %d", alone[0].ID, second[0].ID, second[1].ID)
	}
}

func TestBoardRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		board *Board
		want  string
	}{
		{"a panel without a title", board().Panel("p", english.Lines(about, line).Title("")), "panel p has no title"},
		{"a panel without a description", board().Panel("p", english.Number(about, line).Description("")),
			"panel p has no description"},
		{"a panel without a unit", board().Panel("p", english.HourOfWeek(about, line.Query).Unit("")),
			"panel p has no unit"},
		{"a slug used twice", board().Panel("p", english.Lines(about, line)).Row("p", text.Same("Row")), `"p" and "p"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.board.JSON(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to say %q", err, test.want)
			}
		})
	}
}
