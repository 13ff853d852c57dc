package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
)

// TestPermissionMatrix asks every root field in every role, with ids of what is
// one's own, of whom one is over, of others, of another tenant and of nobody. What
// is expected comes from auth's table and from SQL, not from the product's answers:
// without the permission FORBIDDEN; with it, what is within its rows is found, and
// what is not is answered, byte by byte, as what there is not. Who
// may not do both of two steps is in closing_test.go, plan_test.go and
// release_hold_test.go.
func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	t.Run("every query has a row", m.rowsAreWhole)
	t.Run("every mutation has a row", m.mutationRowsAreWhole)
	for _, a := range m.actors {
		t.Run(a.name, func(t *testing.T) {
			but := []string{"api_key_use"} // when keys were last used, which asking changes
			if a.rows(auth.CatalogueWrite) == auth.All {
				but = append(but, "setup_stamp") // taking away an alias that there is not is no change, but might have been
			}
			before := everyRow(m.h, but...)
			m.lists(t, a)
			m.asks(t, a)
			m.nodes(t, a)
			m.mutations(t, a)
			if after := everyRow(m.h, but...); after != before {
				t.Errorf("what %s was refused, or only read, changed rows:\n%s\n%s", a.name, before, after)
			}
		})
	}
	t.Run("subscriptions", m.subscriptions)
	m.told(t)
}

// told prints how many cells of each kind there were, and fails where there were none
// of one that there has to be.
func (m *matrix) told(t *testing.T) {
	t.Helper()
	want := []string{
		"list, own: listed", "list, subtree: listed", "list, subtree: not listed", "list, foreign: listed", "list, foreign: not listed", "list, other tenant: not listed",
		"list, any: FORBIDDEN", "list, any: UNAUTHENTICATED", "aggregate, any: counted", "aggregate, any: FORBIDDEN", "aggregate, any: UNAUTHENTICATED",
		"query, any: found", "query, any: FORBIDDEN", "query, any: UNAUTHENTICATED", "mutation, any: heard", "mutation, any: FORBIDDEN", "mutation, any: UNAUTHENTICATED",
	}
	for _, what := range []string{"query", "mutation", "node", "nodes"} {
		for _, r := range relations {
			nobodys := r == missingRow || r == otherTenant
			if !nobodys {
				want = append(want, fmt.Sprintf("%s, %s: found", what, r))
			}
			// Who may write may write all of the tenant's; who may ask may ask for their own.
			if nobodys || what != "mutation" && (r != ownRow || what != "query") {
				want = append(want, fmt.Sprintf("%s, %s: as missing", what, r))
			}
			if what == "query" || what == "mutation" {
				want = append(want, fmt.Sprintf("%s, %s: FORBIDDEN", what, r))
			}
			want = append(want, fmt.Sprintf("%s, %s: UNAUTHENTICATED", what, r))
		}
	}
	all := 0
	for _, kind := range slices.Sorted(maps.Keys(m.cells)) {
		all += m.cells[kind]
		t.Logf("%5d cells: %s", m.cells[kind], kind)
	}
	t.Logf("%5d cells in all", all)
	if lacks := without(want, slices.Collect(maps.Keys(m.cells))); len(lacks) > 0 {
		t.Errorf("no cells of %q", lacks)
	}
}

// cell is one root field asked once.
type cell struct {
	text string // the field with its arguments and selection, without an alias
	id   string // the id that is tried, where one is
}

// verdict is what a cell was answered.
type verdict struct {
	data  json.RawMessage
	codes []string // of its errors
	text  string   // all of it, but for the id that was tried
}

func (a verdict) null() bool { return len(a.data) == 0 || string(a.data) == "null" }

// refused tells whether the field was refused for want of a permission, and nothing
// was given.
func (a verdict) refused(code string) bool { return a.null() && slices.Equal(a.codes, []string{code}) }

// ask sends cells in as few documents as go, and gives their answers in order.
func (m *matrix) ask(t *testing.T, a *actor, operation string, cells []cell) []verdict {
	t.Helper()
	var out []verdict
	for len(out) < len(cells) {
		text, n := operation+" {", 0
		for _, c := range cells[len(out):] {
			longer := fmt.Sprintf("%s\na%d: %s", text, n, c.text)
			if n > 0 && !fits(longer+" }", n+1) {
				break
			}
			text, n = longer, n+1
		}
		out = append(out, m.send(t, a, text+" }", cells[len(out):len(out)+n])...)
	}
	return out
}

// send posts a document whose root fields a0, a1 ... are the cells.
func (m *matrix) send(t *testing.T, a *actor, document string, cells []cell) []verdict {
	t.Helper()
	answer := m.h.Post(a.token, document, nil)
	var data map[string]json.RawMessage
	_ = json.Unmarshal(answer.Data, &data)
	out := make([]verdict, len(cells))
	for i, c := range cells {
		of := verdict{data: data[fmt.Sprint("a", i)]}
		var errs []string
		for _, e := range answer.Errors {
			switch code := fmt.Sprint(e.Extensions["code"]); {
			case len(e.Path) == 0 && code != a.refusal:
				t.Fatalf("%s\nanswered %v", document, answer.Errors)
			case len(e.Path) == 0 || e.Path[0] == fmt.Sprint("a", i):
				of.codes = append(of.codes, code)
				errs = append(errs, fmt.Sprint(code, " ", e.Message, " ", e.Path[min(1, len(e.Path)):]))
			}
		}
		slices.Sort(errs)
		of.text = fmt.Sprint(string(of.data), errs)
		if c.id != "" {
			of.text = strings.ReplaceAll(of.text, c.id, "<id>")
		}
		out[i] = of
	}
	return out
}

// count notes that a cell was looked at.
func (m *matrix) count(what string, r relation, outcome string) {
	m.cells[fmt.Sprintf("%s, %s: %s", what, r, outcome)]++
}

// judge compares an answer with what is expected of it: that of the same cell with
// an id that nobody has, where it is not to be found.
func (m *matrix) judge(t *testing.T, a *actor, what string, r relation, c cell, found bool, got, missing verdict) {
	t.Helper()
	switch {
	case !found:
		m.count(what, r, "as missing")
		if got.text != missing.text {
			t.Errorf("%s: %s (%s) answers %s, an id that nobody has %s", a.name, c.text, r, got.text, missing.text)
		}
	default:
		m.count(what, r, "found")
		hard := slices.ContainsFunc(got.codes, func(code string) bool { return code != "FORBIDDEN" })
		if got.null() || hard || got.text == missing.text {
			t.Errorf("%s: %s (%s) is within their rows, and answers %s", a.name, c.text, r, got.text)
		}
	}
}

// forbidden expects cells to be refused.
func (m *matrix) forbidden(t *testing.T, a *actor, what string, r relation, c cell, got verdict) {
	t.Helper()
	m.count(what, r, a.refusal)
	if !got.refused(a.refusal) {
		t.Errorf("%s: %s (%s) is not theirs to ask, and answers %s", a.name, c.text, r, got.text)
	}
}

// permits gives what a field, or a type, asks for.
func permits(list ast.DirectiveList) auth.Permission {
	return auth.Permission(list.ForName("can").Arguments.ForName("do").Value.Raw)
}

// relations are in the order in which they are asked: what there is not comes first.
var relations = []relation{missingRow, ownRow, subtreeRow, foreignRow, otherTenant}

var (
	placeText = regexp.MustCompile(`<([?!])?(\w+)>`)
	triedText = regexp.MustCompile(`<\?(\w+)>`)
)

// filled writes a template's ids: <?kind> is the one that is tried, <!kind> one that
// nobody has, <kind> one that is in a relation, where there is.
func (v view) filled(t *testing.T, template string, tried model.ID, near relation) string {
	t.Helper()
	return placeText.ReplaceAllStringFunc(template, func(place string) string {
		parts := placeText.FindStringSubmatch(place)
		if parts[1] == "?" {
			return fmt.Sprintf("%q", tried)
		}
		if parts[1] == "!" {
			near = missingRow
		}
		id, has := v.base(near, model.Kind(parts[2]))
		if !has {
			t.Fatalf("%s: there is no %s", template, parts[2])
		}
		return fmt.Sprintf("%q", id)
	})
}
