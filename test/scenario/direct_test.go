package scenario

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/test/harness"
)

// TestDirectlyIsTheCommonWay: each list, each field of its rows and each field of
// what it leads to is answered directly as it is the common way, byte for byte, to
// those who see everything and to those who see little.
func TestDirectlyIsTheCommonWay(t *testing.T) {
	t.Parallel()
	s := newSecrets(harness.New(t), "1")
	s.paid("1")
	s.h.Settle()
	common := s.h.Commonly()
	for _, who := range []whose{{self: "the admin", token: s.h.Admin()}, s.rep("boss"), s.rep("ann")} {
		w := newWalker(t, s.h, who, false)
		asked := 0
		for _, query := range w.selections() {
			here, there := s.h.PostTo(s.h.URL, who.token, query, nil), s.h.PostTo(common, who.token, query, nil)
			if !bytes.Equal(here.Data, there.Data) {
				t.Errorf("%s: %s\nis answered %s\nthe common way %s", who.self, query, here.Data, there.Data)
			}
			const most = 20 // of many errors some are told, whichever come first
			if len(here.Errors) != len(there.Errors) || len(here.Errors) < most && tellErrors(t, here.Errors) != tellErrors(t, there.Errors) {
				t.Errorf("%s: %s\nhas the errors %.999v\nthe common way %.999v", who.self, query, here.Errors, there.Errors)
			}
			asked++
		}
		t.Logf("%s: %d queries", who.self, asked)
	}
}

// tellErrors tells errors in any order, without what is of the request.
func tellErrors[E any](tb testing.TB, errors []E) string {
	tb.Helper()
	var out []string
	for _, e := range errors {
		text, err := json.Marshal(e)
		if err != nil {
			tb.Fatal(err)
		}
		var said map[string]any
		if err := json.Unmarshal(text, &said); err != nil {
			tb.Fatal(err)
		}
		if extensions, has := said["extensions"].(map[string]any); has {
			delete(extensions, "requestId")
		}
		text, err = json.Marshal(said)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, string(text))
	}
	return strings.Join(slices.Sorted(slices.Values(out)), "\n")
}

// selections are queries of every list, of what each field of its rows leads to, and
// of what each field of that leads to. Leaves are asked for twice, under another name
// too, and each row says what it is.
func (w *walker) selections() (out []string) {
	calculated := map[string]bool{"PlanVersion.text": true, "Period.checklist": true} // each by itself, and priced so
	leaves := func(typ *ast.Definition) string {
		var out []string
		for name := range strings.SplitSeq(w.leaves(typ), " ") {
			if !calculated[typ.Name+"."+name] {
				out = append(out, name)
			}
		}
		return "__typename " + strings.Join(out, " ")
	}
	for _, root := range w.roots() {
		list := root[0]
		open, end := "{ "+list.text+" { ", " } }"
		if list.connection {
			open, end = "{ "+list.text+" { edges { cursor } pageInfo { endCursor hasNextPage } nodes { ", " } } }"
		}
		inner := []string{leaves(list.typ)}
		for _, f := range list.typ.Fields {
			one, is := w.step(f, 3)
			if !is || calculated[list.typ.Name+"."+f.Name] {
				continue
			}
			of := func(selected string) string {
				if one.connection {
					return one.text + " { nodes { " + selected + " } }"
				}
				return one.text + " { " + selected + " }"
			}
			inner = append(inner, "again: __typename "+of(leaves(one.typ)))
			for _, g := range one.typ.Fields {
				if two, is := w.step(g, 4); is && !calculated[one.typ.Name+"."+g.Name] {
					below := two.text + " { " + leaves(two.typ) + " }"
					if two.connection {
						below = two.text + " { nodes { " + leaves(two.typ) + " } }"
					}
					inner = append(inner, of(below))
				}
			}
		}
		for _, selected := range inner {
			out = append(out, open+selected+end)
		}
	}
	return out
}
