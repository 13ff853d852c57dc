package resolver

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"pgregory.net/rapid"
)

// billOf gives what an answer to a document of the product's graph comes to.
func billOf(t testing.TB, text, data string) int {
	t.Helper()
	schema := (&Resolver{}).Schema().Schema()
	document, errs := gqlparser.LoadQueryWithRules(schema, text, nil)
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	return newBill(newCostRules(schema), document.Operations[0]).sum([]byte(data))
}

func TestActualCostIsWhatCame(t *testing.T) {
	for _, c := range []struct {
		text, data string
		want       int
	}{
		{`{ __typename }`, `{"__typename":"Query"}`, 0},
		{`{ viewer { roles } }`, `{"viewer":null}`, 0},
		{`{ viewer { roles } }`, `{"viewer":{"roles":["REP","AUDITOR"]}}`, 1},
		{`{ me: viewer { user { name } } }`, `{"me":{"user":{"name":"a \"}{\\"}}}`, 2},
		{`{ me: viewer { user { name } } }`, "{\n \"me\" : {\"user\" :\t{ \"name\" : null } } }", 2},
		{`{ payees(first: 100) { nodes { id } totalCount } }`, `{"payees":{"nodes":[{"id":"a"},{"id":"b"}],"totalCount":2}}`, 2 + 2},
		{`{ payees { edges { cursor node { id } } pageInfo { hasNextPage } } }`, `{"payees":{"edges":[{"cursor":"x","node":{"id":"a"}}],"pageInfo":{"hasNextPage":false}}}`, 2 + 1},
		{`{ payees { nodes { id } } }`, `{"payees":{"nodes":[]}}`, 2},
		{`{ payees { nodes { id } } }`, `{"payees":null}`, 0},
		{`{ nodes(ids: ["a", "b"]) { ... on Earning { amount { amount } payee { name } } ...p } } fragment p on Payee { name }`,
			`{"nodes":[{"amount":{"amount":"1.00"},"payee":{"name":"A"}},null,{"name":"B"}]}`, 3},
		{`mutation { createTitle(input: {name: "A"}) { title { id } userErrors { message params { name } } } }`,
			`{"createTitle":{"title":null,"userErrors":[{"message":"no","params":[{"name":"a"}]}]}}`, mutationCost},
		{`mutation { createTitle(input: {name: "A"}) { title { id } } }`, `{"createTitle":{"title":{"id":"x"}}}`, mutationCost + 1},
		{`{ __schema { types { name } } }`, `{"__schema":{"types":[{"name":"A"},{"name":"B"}]}}`, introspectionCost},
		{`{ viewer { roles } }`, ``, 0},
		{`{ viewer { roles } }`, `{"viewer":{"roles":[`, 1},
		{`{ viewer { roles } }`, `{"viewer`, 0},
	} {
		if got := billOf(t, c.text, c.data); got != c.want {
			t.Errorf("%s answered with %s: %d, want %d", c.text, c.data, got, c.want)
		}
	}
}

// TestActualCostReadsAnyJSON counts objects in drawn values as encoding/json does.
func TestActualCostReadsAnyJSON(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		forms := []*rapid.Generator[any]{rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64(), func(f float64) any { return f }), rapid.Just[any](nil), rapid.Just[any](true)}
		if depth > 0 {
			forms = append(forms, rapid.Map(rapid.SliceOfN(value(depth-1), 0, 4), func(s []any) any { return s }),
				rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", `c"`, "d\\"}), value(depth-1), 0, 4), func(m map[string]any) any { return m }))
		}
		return rapid.OneOf(forms...)
	}
	node := &bill{weight: 1}
	node.below = map[string]*bill{"a": node, "b": {flat: 3}}
	var count func(any, bool) int
	count = func(v any, billed bool) (n int) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				n += count(item, billed)
			}
		case map[string]any:
			for name, item := range v {
				if billed && name == "b" {
					n += 3
				}
				n += count(item, billed && name == "a")
			}
			if billed {
				n++
			}
		}
		return n
	}
	rapid.Check(t, func(r *rapid.T) {
		v := value(4).Draw(r, "value")
		text, err := json.Marshal(v)
		if err != nil {
			r.Skip()
		}
		if got, want := node.sum(text), count(v, true); got != want {
			r.Fatalf("%s: %d, want %d", text, got, want)
		}
	})
}

// FuzzActualCost reads what is no JSON to its end too.
func FuzzActualCost(f *testing.F) {
	for _, seed := range []string{`{"a":[{"b":1}]}`, `[`, `{"a"`, `"\\`, `{,}`, `]}`, `{"a":}`, `[1 2]`} {
		f.Add([]byte(seed))
	}
	node := &bill{weight: 1}
	node.below = map[string]*bill{"a": node}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 10_000 { // depth is that of a document, which the guard bounds
			return
		}
		if got := node.sum(text); got < 0 || got > len(text) {
			t.Fatalf("%q: %d", text, got)
		}
	})
}

func BenchmarkActualCost(b *testing.B) {
	schema := (&Resolver{}).Schema().Schema()
	document, errs := gqlparser.LoadQueryWithRules(schema, `{ credits(first: 250) { nodes { id amount { amount currency } payee { id name } } } }`, nil)
	if len(errs) > 0 {
		b.Fatal(errs)
	}
	one := `{"id":"credit_0abcdefghijklmnopqrstuvwx","amount":{"amount":"1234.50","currency":"USD"},"payee":{"id":"payee_0abcdefghijklmnopqrstuvwx","name":"Ann Example"}}`
	data := []byte(`{"credits":{"nodes":[` + strings.Repeat(one+",", 249) + one + `]}}`)
	rules := newCostRules(schema)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if got := newBill(rules, document.Operations[0]).sum(data); got != 502 {
			b.Fatal(got)
		}
	}
}
