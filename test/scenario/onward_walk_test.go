package scenario

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// byItself are fields that are calculated each by itself, and priced so: walks that
// ask for many fields of many rows leave them out.
var byItself = map[string]bool{"PlanVersion.text": true, "Period.checklist": true}

// cheap selects the leaves of a type but those that are calculated each by itself.
func (w *walker) cheap(typ *ast.Definition) string {
	var out []string
	for name := range strings.SplitSeq(w.leaves(typ), " ") {
		if !byItself[typ.Name+"."+name] {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

// onward selects, for each field that leads on from a type, the leaves of what it
// leads to and, for each field that leads on from there, the leaves of that. A
// selection of what a field leads to is put in its place by of.
func (w *walker) onward(typ *ast.Definition, of func(one hop, selected string) string) (out []string) {
	for _, f := range typ.Fields {
		one, is := w.step(f, 3)
		if !is || byItself[typ.Name+"."+f.Name] {
			continue
		}
		out = append(out, of(one, w.cheap(one.typ)))
		for _, g := range one.typ.Fields {
			if two, is := w.step(g, 4); is && !byItself[one.typ.Name+"."+g.Name] {
				out = append(out, of(one, of(two, w.cheap(two.typ))))
			}
		}
	}
	return out
}
