package resolver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"spm/model"
)

func newGuard(t testing.TB, introspection bool) *Guard {
	t.Helper()
	g := &Guard{Introspection: func(context.Context) bool { return introspection }}
	if err := g.Validate(newTiny()); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *Guard) try(document string) *gqlerror.Error {
	return g.MutateOperationParameters(context.Background(), &graphql.RawParams{Query: document})
}

// nested gives a field n levels deep, such as { a { a } }.
func nested(n int) string {
	return strings.Repeat("{ a ", n) + strings.Repeat("}", n)
}

func repeated(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(format, "%d") {
			fmt.Fprintf(&b, format, i)
		} else {
			b.WriteString(format)
		}
	}
	return b.String()
}

// bomb is a chain of fragments in which each spreads the next twice.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("{ ...f0 }")
	for i := range levels {
		fmt.Fprintf(&b, "fragment f%d on Query{...f%d ...f%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "fragment f%d on Query{a}", levels)
	return b.String()
}

func TestGuardHoldsEachLimit(t *testing.T) {
	g := newGuard(t, true)
	for name, c := range map[string]struct{ within, beyond string }{
		"bytes":     {"{ a #" + strings.Repeat("x", 16<<10-7) + "\n}", "{ a #" + strings.Repeat("x", 16<<10-6) + "\n}"},
		"tokens":    {"{ a " + `(x: [` + repeated(990, "1 ") + "]) }", "{ a " + `(x: [` + repeated(1000, "1 ") + "]) }"},
		"fields":    {"{ a { " + repeated(299, "b ") + "} }", "{ a { " + repeated(300, "b ") + "} }"},
		"expansion": {"{ a { " + repeated(9, "...f ") + "} } fragment f on A { " + repeated(33, "b ") + "}", "{ a { " + repeated(10, "...f ") + "} } fragment f on A { " + repeated(30, "b ") + "}"},
		"roots":     {"{ " + repeated(20, "a ") + "}", "{ " + repeated(21, "a ") + "}"},
		"roots, spread": {"{ ...f ...f } fragment f on Query { " + repeated(10, "a ") + "}",
			"{ ...f ...f ... { a } } fragment f on Query { " + repeated(10, "a ") + "}"},
		"depth":               {nested(12), nested(13)},
		"depth, spread":       {"{ a { ...f } } fragment f on A " + nested(11), "{ a { ...f } } fragment f on A " + nested(12)},
		"introspection":       {"{ __schema " + nested(19) + "}", "{ __schema " + nested(20) + "}"},
		"introspection below": {"mutation { a { query { __type " + nested(19) + "} } }", "mutation { a { query { __type " + nested(20) + "} } }"},
		"aliases":             {"{ a {" + repeated(30, "x%d: b ") + "} }", "{ a {" + repeated(31, "x%d: b ") + "} }"},
		"directives":          {"{ a " + repeated(20, "@x ") + "}", "{ a " + repeated(21, "@x ") + "}"},
		"directives everywhere": {"query($x: Int @x) @x { a @x ... @x { a } ...f @x } fragment f on Q @x { a " + repeated(14, "@x ") + "}",
			"query($x: Int @x) @x { a @x ... @x { a } ...f @x } fragment f on Q @x { a " + repeated(15, "@x ") + "}"},
		"variables":      {"query(" + repeated(50, "$v%d: Int ") + ") { a }", "query(" + repeated(51, "$v%d: Int ") + ") { a }"},
		"operations":     {"query A { a }", "query A { a } query B { a }"},
		"no operation":   {"{ a }", "fragment f on A { a }"},
		"fragment twice": {"{ ...f } fragment f on A { a }", "{ ...f } fragment f on A { a } fragment f on A { b }"},
		"defer":          {"{ a @skip(if: false) }", "{ ... @defer { a } }"},
		"stream":         {"{ a }", "{ a @stream }"},
		"syntax":         {"{ a }", "{ a"},
		"unicode":        {`{ a(x: "\ud83d\ude00 \\ud83d") }`, `{ a(x: "\ud83d") }`},
		"UTF-8":          {`{ a(x: "ü") }`, "{ a(x: \"\xff\") }"},
	} {
		if err := g.try(c.within); err != nil {
			t.Errorf("%s: within the limit, yet %v", name, err)
		}
		if err := g.try(c.beyond); err == nil {
			t.Errorf("%s: beyond the limit, yet it passed", name)
		}
	}
}

func TestGuardStopsWhatKillsServers(t *testing.T) {
	g := newGuard(t, true)
	h, _ := serveTiny(t, nil)
	for name, document := range map[string]string{
		"spreads itself":          "{__type(name:\"\"){...x}}fragment x on __Type{ofType{...x}}",
		"spreads itself, unused":  "{ a } fragment x on A { ...x }",
		"a cycle of three":        "{ ...a } fragment a on Q { b { ...b } } fragment b on Q { ...c } fragment c on Q { d { ...a } }",
		"a megabyte of [":         "{ a(x: " + strings.Repeat("[", 1_000_000),
		"a thousand [":            "{ a(x: " + strings.Repeat("[", 999),
		"a thousand {":            strings.Repeat("{ a ", 1000),
		"list types":              "query($x: " + strings.Repeat("[", 5000),
		"bomb of 20":              bomb(20),
		"bomb of 60":              bomb(60),
		"a thousand aliases":      "{ " + repeated(1000, "x%d: a ") + "}",
		"two hundred mutations":   "mutation { " + repeated(200, "x%d: record ") + "}",
		"a thousand operations":   repeated(1000, "query Q%d { a } "),
		"a thousand directives":   "{ a " + repeated(400, "@skip(if: true) ") + "}",
		"ten thousand equal":      "{ " + repeated(10_000, "a ") + "}",
		"nested inline fragments": "{ " + repeated(200, "... on Query { ") + "a " + repeated(200, "}") + repeated(300, " a") + "}",
		"a chain of fragments":    "{ ...f0 } " + repeated(300, "fragment f%d on Query { a { b } } "),
	} {
		refusal := g.try(document)
		if refusal == nil {
			t.Errorf("%s passed", name)
			continue
		}
		got := ask(t, h, post(query(document, "")))
		want := http.StatusBadRequest
		if len(document) > strangersBody {
			want = http.StatusRequestEntityTooLarge
		}
		if got.status != want || got.code() != string(model.BadUserInput) || got.hasData || len(got.body) > 2000 {
			t.Errorf("%s: %d %.300s", name, got.status, got.body)
		}
	}
}

// TestGuardWorksLinearly counts selections instead of time: no document makes
// the guard look at more of them than it has tokens.
func TestGuardWorksLinearly(t *testing.T) {
	for levels := 1; levels <= 60; levels++ {
		document, err := parser.ParseQuery(&ast.Source{Input: bomb(levels)})
		if err != nil {
			t.Fatal(err)
		}
		w := newWalk(DefaultLimits(), document)
		total, _ := w.measure()
		if selections := 2*levels + 2; w.work != selections {
			t.Errorf("%d levels: %d selections looked at, of %d", levels, w.work, selections)
		}
		if want := min(1<<min(levels, 30), saturated); total.fields != want || total.depth != 1 {
			t.Errorf("%d levels: %+v, want %d fields", levels, total, want)
		}
	}
}

func TestGuardLetsToolsReadTheSchema(t *testing.T) {
	text, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		t.Fatal(err)
	}
	g := newGuard(t, true)
	if err := g.try(string(text)); err != nil {
		t.Error(err)
	}
	total, _, _ := sizeOf(t, string(text))
	t.Logf("the fullest introspection of graphql 16: %+v", total)
}

func sizeOf(t *testing.T, text string) (size, *walk, *gqlerror.Error) {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	w := newWalk(DefaultLimits(), document)
	total, refusal := w.measure()
	return total, w, refusal
}

func TestIntrospectionIsByPolicy(t *testing.T) {
	allowed := false
	cache := NewDocumentCache(1<<20, nil)
	g := &Guard{Introspection: func(context.Context) bool { return allowed }, Documents: cache}
	if err := g.Validate(newTiny()); err != nil {
		t.Fatal(err)
	}
	for _, document := range []string{
		"{ __schema { queryType { name } } }", `{ x: __type(name: "A") { name } }`, "{ ...f } fragment f on Query { ... { __schema { description } } }",
		"mutation { query { __schema { description } } }",
	} {
		for _, cached := range []bool{false, true} {
			if cached {
				parsed, _ := parser.ParseQuery(&ast.Source{Input: document})
				cache.Add(t.Context(), document, parsed)
			}
			for _, allowed = range []bool{true, false} {
				if err := g.try(document); (err == nil) != allowed {
					t.Errorf("%s, allowed %v, cached %v: %v", document, allowed, cached, err)
				}
				operation := &graphql.OperationContext{Doc: &ast.QueryDocument{}}
				if g.MutateOperationContext(t.Context(), operation) != nil || operation.DisableIntrospection == allowed {
					t.Errorf("allowed %v, disabled %v", allowed, operation.DisableIntrospection)
				}
			}
		}
	}
	if err := g.try("{ __typename person { __typename } }"); err != nil {
		t.Errorf("__typename: %v", err)
	}
	if err := (&Guard{schema: newTiny().schema, Limits: DefaultLimits()}).try("{ __schema { description } }"); err == nil {
		t.Error("a guard without a policy lets strangers read the schema")
	}
}

func TestOperationNameMustMatch(t *testing.T) {
	g := newGuard(t, false)
	long := strings.Repeat("x", 1<<20)
	for name, want := range map[string]bool{"": true, "A": true, "B": false, long: false} {
		err := g.MutateOperationParameters(t.Context(), &graphql.RawParams{Query: "query A { secret }", OperationName: name})
		if (err == nil) != want || (err != nil && len(err.Message) > 200) {
			t.Errorf("%.10q: %v", name, err)
		}
		var known *model.Error
		if err != nil && (!errors.As(err, &known) || known.Code != model.BadUserInput) {
			t.Errorf("%.10q: %v", name, err)
		}
	}
}

func TestDocumentCacheIsBoundedByBytes(t *testing.T) {
	partition := "a"
	cache := NewDocumentCache(100_000, func(context.Context) string { return partition })
	add := func(query string) {
		document, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatal(err)
		}
		cache.Add(t.Context(), query, document)
	}
	add("{ kept }")
	for i := range 1000 {
		add(fmt.Sprintf("{ a%d(x: [1, {y: $z}]) @x(if: true) { ...f ... @y { b } } } fragment f on A { c }", i))
		if _, kept := cache.Get(t.Context(), "{ kept }"); !kept {
			t.Fatalf("the document in use left after %d", i)
		}
	}
	if n := cache.Len(); n < 5 || n > 50 || cache.left < 0 {
		t.Errorf("%d documents, %d bytes left", n, cache.left)
	}
	partition = "b"
	if _, has := cache.Get(t.Context(), "{ kept }"); has {
		t.Error("one partition reads another's")
	}
	add("{ kept }")
	add("{ kept }")
	add("{ " + strings.Repeat("a ", 1000) + "}")
	if cache.Len() != 0 || cache.left != 100_000 {
		t.Errorf("a document larger than the cache: %d held, %d left", cache.Len(), cache.left)
	}
}

func FuzzGuard(f *testing.F) {
	for _, seed := range []string{
		"{ a }", bomb(8), nested(14), "{__type(name:\"\"){...x}}fragment x on __Type{ofType{...x}}", "query($a: [Int!]! = [1]) { a @skip(if: $a) }",
		`{ echo(input: {name: "\ud800"}) }`, "mutation { query { __schema { description } } }", "{ a(x: [[{a: [}]]) }", `{ a(x: """\ud800""") }`,
	} {
		f.Add(seed)
	}
	g := newGuard(f, true)
	h, _ := serveTiny(f, nil)
	f.Fuzz(func(t *testing.T, text string) {
		err := g.try(text)
		document, parseErr := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, g.Limits.Tokens)
		if err == nil {
			if parseErr != nil || len(text) > g.Limits.Bytes {
				t.Fatalf("passed: %q", text)
			}
			w := newWalk(g.Limits, document)
			if total, _ := w.measure(); w.work > g.Limits.Tokens || total.fields > g.Limits.Fields || total.depth > g.Limits.Depth {
				t.Fatalf("%+v after %d selections: %q", total, w.work, text)
			}
		}
		if got := ask(t, h, post(query(text, ""))); err != nil && got.status != 400 && strings.ToValidUTF8(text, "") == text {
			t.Fatalf("the guard says %v, the server %d: %q", err, got.status, text)
		}
	})
}

func TestDocumentsAreSharedSafely(t *testing.T) {
	h, _ := serveTiny(t, func(o *Options) { o.DocumentCacheBytes = 20_000 })
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 40 {
				document := fmt.Sprintf("query($ids: [ID!]) { x%d: echo(ids: $ids) }", (worker+i)%10)
				if got := ask(t, h, post(query(document, `{"ids":"a"}`))); got.status != 200 || len(got.errors) > 0 {
					t.Errorf("%s: %s", document, got.body)
				}
			}
		})
	}
	group.Wait()
}
