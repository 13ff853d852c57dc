package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/model"
	"spm/resolver"
	"spm/test/harness"
)

// walker reads as one person whatever the schema lets it, and notes what is
// somebody else's.
type walker struct {
	tb               testing.TB
	h                *harness.Harness
	schema           *ast.Schema
	who              whose
	truth            truth
	asOf, on         string // arguments asOf and effectiveOn, where given
	paths, documents int
	live, tooDeep    int
	seen             map[string]bool // ids answered
	leaked           map[string]bool
}

func newWalker(tb testing.TB, h *harness.Harness, who whose, ever bool) *walker {
	return &walker{
		tb: tb, h: h, schema: (&resolver.Resolver{}).Schema().Schema(), who: who, truth: truthOf(h, who, ever),
		seen: map[string]bool{}, leaked: map[string]bool{},
	}
}

// hop is one object field of a path, with what it is asked with.
type hop struct {
	key, text  string // its key in the answer, and its name with arguments
	typ        *ast.Definition
	connection bool
	on         string // the kind of a node
}

type path []hop

func (p path) String() string {
	keys := make([]string, len(p))
	for i, s := range p {
		keys[i] = s.key
	}
	return strings.Join(keys, ".")
}

// depth is what the guard counts, leaves and their parts included.
func (p path) depth() int {
	n := 2
	for _, s := range p {
		n++
		if s.connection {
			n++
		}
	}
	return n
}

// step makes a step of a field, false where the field is a leaf.
func (w *walker) step(f *ast.FieldDefinition, depth int) (hop, bool) {
	typ := w.schema.Types[f.Type.Name()]
	if strings.HasPrefix(f.Name, "__") || typ.Kind != ast.Object || typ.Name == "Money" || typ.Name == "PageInfo" || typ.Name == "Query" {
		return hop{}, false
	}
	s := hop{key: f.Name, typ: typ}
	var args []string
	give := func(name, value string) {
		if f.Arguments.ForName(name) != nil && value != "" {
			args = append(args, name+": "+value)
		}
	}
	first := "100"
	if depth > 2 {
		first = "3"
	}
	give("first", first)
	give("asOf", w.asOf)
	give("effectiveOn", w.on)
	if by := f.Arguments.ForName("groupBy"); by != nil {
		var keys []string
		for _, key := range w.schema.Types[by.Type.Name()].EnumValues {
			keys = append(keys, key.Name)
		}
		args = append(args, "groupBy: ["+strings.Join(keys[:model.MaxGroupKeys], ", ")+"]")
	}
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			args = append(args, a.Name+": "+w.sample(a.Type, 0))
		}
	}
	s.text = f.Name
	if len(args) > 0 {
		s.text += "(" + strings.Join(args, ", ") + ")"
	}
	if nodes := typ.Fields.ForName("nodes"); nodes != nil && strings.HasSuffix(typ.Name, "Connection") {
		s.connection, s.typ = true, w.schema.Types[nodes.Type.Name()]
	}
	return s, true
}

// sample writes a value of an input type, required parts only.
func (w *walker) sample(t *ast.Type, depth int) string {
	if t.Elem != nil {
		return "[" + w.sample(t.Elem, depth) + "]"
	}
	switch t.NamedType {
	case "ID":
		return fmt.Sprintf("%q", w.truth.ids[0])
	case "Int", "BigInt":
		return "1"
	case "Boolean":
		return "true"
	case "Date":
		return `"2017-01-01"`
	case "DateTime":
		return `"2017-01-01T00:00:00Z"`
	case "Decimal":
		return `"1"`
	case "CurrencyCode":
		return `"USD"`
	}
	def := w.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return def.EnumValues[0].Name
	case ast.InputObject:
		var fields []string
		for i, f := range def.Fields {
			one := def.Directives.ForName("oneOf") != nil && i == len(def.Fields)-1
			if one || f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+w.sample(f.Type, depth+1))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return `"x"`
}

// leaves selects what is not an object.
func (w *walker) leaves(typ *ast.Definition) string {
	text := "__typename"
	for _, f := range typ.Fields {
		def := w.schema.Types[f.Type.Name()]
		switch {
		case strings.HasPrefix(f.Name, "__"):
		case def.Name == "Money":
			text += " " + f.Name + " { amount currency }"
		case def.Kind == ast.Scalar || def.Kind == ast.Enum:
			var args []string
			if w.on != "" && f.Arguments.ForName("effectiveOn") != nil {
				args = append(args, "effectiveOn: "+w.on)
			}
			if f.Arguments.ForName("name") != nil {
				args = append(args, `name: "region"`)
			}
			if text += " " + f.Name; len(args) > 0 {
				text += "(" + strings.Join(args, ", ") + ")"
			}
		}
	}
	return text
}

// walk follows all paths of object fields down to the depth. What is null on a
// path for every row has nothing below it.
func (w *walker) walk(heads []path, depth int) {
	start, level := time.Now(), heads
	for d := len(heads[0]); len(level) > 0; d++ {
		w.paths += len(level)
		live := w.ask(level)
		w.live += len(live)
		w.tb.Logf("depth %d: %d paths, %d live, %d documents, %v", d, len(level), len(live), w.documents, time.Since(start).Round(time.Millisecond))
		level = nil
		if d == depth {
			return
		}
		for _, p := range live {
			for _, f := range p[len(p)-1].typ.Fields {
				s, is := w.step(f, d+1)
				next := append(slices.Clone(p), s)
				if is && next.depth() > 12 {
					w.tooDeep++
				} else if is {
					level = append(level, next)
				}
			}
		}
	}
}

// roots are the root fields that give objects.
func (w *walker) roots() (out []path) {
	for _, f := range w.schema.Query.Fields {
		if s, is := w.step(f, 1); is {
			out = append(out, path{s})
		}
	}
	return out
}

// nodes are heads by node(id) of one object of each kind that is theirs.
func (w *walker) nodes() (out []path) {
	taken := map[model.Kind]bool{}
	for _, id := range w.truth.mine {
		for _, typ := range w.schema.PossibleTypes["Node"] {
			if taken[id.Kind] || typenames[id.Kind] != typ.Name {
				continue
			}
			taken[id.Kind] = true
			out = append(out, path{{key: "node_" + string(id.Kind), text: fmt.Sprintf("node_%s: node(id: %q)", id.Kind, id), typ: typ, on: typ.Name}})
		}
	}
	return out
}

// tree is a document in the making.
type tree struct {
	hop
	leaf bool
	kids map[string]*tree
}

func (t *tree) add(p path) {
	for _, s := range p {
		if t.kids == nil {
			t.kids = map[string]*tree{}
		}
		if t.kids[s.key] == nil {
			t.kids[s.key] = &tree{hop: s}
		}
		t = t.kids[s.key]
	}
	t.leaf = true
}

func (w *walker) write(t *tree) string {
	var inner []string
	if t.leaf {
		inner = append(inner, w.leaves(t.typ))
	}
	for _, key := range slices.Sorted(maps.Keys(t.kids)) {
		inner = append(inner, w.write(t.kids[key]))
	}
	text := strings.Join(inner, " ")
	switch {
	case t.text == "":
		return "{ " + text + " }"
	case t.on != "":
		return t.text + " { ... on " + t.on + " { " + text + " } }"
	case t.connection && t.leaf:
		return t.text + " { totalCount pageInfo { startCursor endCursor hasNextPage } edges { cursor } nodes { " + text + " } }"
	case t.connection:
		return t.text + " { nodes { " + text + " } }"
	}
	return t.text + " { " + text + " }"
}

// fits tells whether the guard takes a document.
func fits(text string, roots int) bool {
	tokens := len(tokenText.FindAllString(text, -1))
	names := len(fieldText.FindAllString(text, -1))
	return roots <= 20 && tokens < 950 && names < 290 && len(text) < 15000
}

// ask sends the paths in as few documents as go, and gives those at whose end
// there was anything.
func (w *walker) ask(paths []path) (live []path) {
	slices.SortFunc(paths, func(a, b path) int { return strings.Compare(a.String(), b.String()) })
	for len(paths) > 0 {
		doc, taken := &tree{}, 0
		for taken < len(paths) {
			doc.add(paths[taken])
			if taken > 0 && !fits(w.write(doc), len(doc.kids)) {
				break
			}
			taken++
		}
		doc = &tree{}
		for _, p := range paths[:taken] {
			doc.add(p)
		}
		data := w.send(w.write(doc))
		for _, p := range paths[:taken] {
			if found(data, p) {
				live = append(live, p)
			}
		}
		paths = paths[taken:]
	}
	return live
}

// send posts a document and looks at every id and amount of the answer.
func (w *walker) send(query string) any {
	w.tb.Helper()
	w.documents++
	answer := w.h.Post(w.who.token, query, nil)
	for _, e := range answer.Errors {
		if code := e.Extensions["code"]; code != "FORBIDDEN" && code != "UNAUTHENTICATED" {
			w.tb.Fatalf("%s\nanswered %v", query, answer.Errors)
		}
	}
	var data, errs any
	_ = json.Unmarshal(answer.Data, &data)
	raw, _ := json.Marshal(answer.Errors)
	_ = json.Unmarshal(raw, &errs)
	w.look("data", data)
	w.look("errors", errs)
	w.look("extensions", any(answer.Extensions))
	return data
}

func (w *walker) look(place string, v any) {
	for _, leak := range w.truth.leaks(place, v) {
		if !w.leaked[leak] {
			w.leaked[leak] = true
			w.tb.Errorf("%s (%s) sees %s", w.who.self, w.asOf, leak)
		}
	}
	raw, _ := json.Marshal(v)
	for _, id := range idText.FindAllString(string(raw), -1) {
		w.seen[id] = true
	}
}

// found tells whether there is an object at the end of a path.
func found(v any, p path) bool {
	switch v := v.(type) {
	case nil:
		return false
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return found(item, p) })
	case map[string]any:
		if nodes, is := v["nodes"]; is {
			return found(nodes, p)
		}
		return len(p) == 0 && len(v) > 0 || len(p) > 0 && found(v[p[0].key], p[1:])
	}
	return false
}
