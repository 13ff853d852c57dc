package scenario

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

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
// of what each field of that leads to. The name of the rows' type is asked for under
// another name too.
func (w *walker) selections() (out []string) {
	of := func(one hop, selected string) string {
		if one.connection {
			return one.text + " { nodes { " + selected + " } }"
		}
		return one.text + " { " + selected + " }"
	}
	for _, root := range w.roots() {
		list := root[0]
		open, end := "{ "+list.text+" { again: __typename ", " } }"
		if list.connection {
			open, end = "{ "+list.text+" { edges { cursor } pageInfo { endCursor hasNextPage } nodes { again: __typename ", " } } }"
		}
		for _, selected := range append(w.onward(list.typ, of), w.cheap(list.typ)) {
			out = append(out, open+selected+end)
		}
	}
	return out
}
