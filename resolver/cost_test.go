package resolver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"pgregory.net/rapid"

	"spm/model"
)

// costOf gives what a document of the product's graph costs, and how many selections
// were looked at for it.
func costOf(t testing.TB, text string, variables map[string]any) (cost, work int) {
	t.Helper()
	schema := (&Resolver{}).Schema().Schema()
	document, errs := gqlparser.LoadQueryWithRules(schema, text, nil)
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	values, err := validator.VariableValues(schema, document.Operations[0], variables)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	e := newEstimate(newCostRules(schema), values)
	return e.operation(document.Operations[0]), e.work
}

func TestCostOfOperations(t *testing.T) {
	for _, c := range []struct {
		text      string
		variables map[string]any
		want      int
	}{
		{text: "{ __typename }", want: 0},
		{text: "{ sequence }", want: 0},
		{text: "{ viewer { roles } }", want: 1},
		{text: "{ viewer { user { name } } }", want: 2},
		{text: "{ __schema { queryType { name } } }", want: introspectionCost},
		{text: "{ payees { nodes { id name } } }", want: 2 + 25},
		{text: "{ payees(first: 100) { nodes { id name } } }", want: 2 + 100},
		{text: "{ payees(last: 100) { edges { cursor node { id } } pageInfo { hasNextPage } totalCount } }", want: 2 + 100},
		{text: "{ payees(first: 10) { nodes { id } edges { node { id } } } }", want: 2 + 20},
		{text: "{ payees(first: 0) { nodes { id } } }", want: 2},
		{text: "{ payees(first: null) { nodes { id } } }", want: 2 + 25},
		{text: "{ payees(first: 100) { totalCount } }", want: 2},
		{text: "query($n: Int) { payees(first: $n) { nodes { id } } }", variables: map[string]any{"n": 40}, want: 2 + 40},
		{text: "query($n: Int) { payees(first: $n) { nodes { id } } }", want: 2 + 25},
		{text: "query($n: Int = 7) { payees(first: $n) { nodes { id } } }", want: 2 + 7},
		{text: "query($n: Int = 7) { payees(first: $n) { nodes { id } } }", variables: map[string]any{"n": nil}, want: 2 + 25},
		{text: "{ earningsAggregate(first: 50) { totalCount nodes { componentKey currency count sum { amount { amount } } countDistinct { payees } } } }", want: 5},
		{text: "{ earningsAggregate(first: 50, groupBy: [PAYEE, QUARTER]) { edges { node { payee { name } quarter { name } avg { attainment } } } } }", want: 5 + 50*2},
		{text: "{ earnings(first: 50) { nodes { amount { amount currency } payee { name } lines(first: 4) { nodes { amount { amount } } } } } }", want: 2 + 50*(1+1+2+4)},
		{text: `{ node(id: "x") { id } }`, want: 1},
		{text: `{ node(id: "x") { ... on Payee { name } ... on Earning { payee { name } period { name } } } }`, want: 3},
		{text: `{ nodes(ids: ["a", "b", "c"]) { id } }`, want: 3},
		{text: `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Earning { payee { name } } } }`, variables: map[string]any{"ids": []any{"a", "b", "c", "d"}}, want: 8},
		{text: `query($id: ID!) { nodes(ids: [$id, "b"]) { id } }`, variables: map[string]any{"id": "a"}, want: 2},
		{text: `{ node(id: "x") { ... on Payee { slices { startDate } } } }`, want: 1 + partsInList},
		{text: `{ node(id: "x") { ... on Measure { creditTypes { name } } } }`, want: 1 + nounsInList},
		{text: `{ node(id: "x") { ... on Transaction { attributes { name } } } }`, want: 1},
		{text: `{ node(id: "x") { ... on Earning { explanation { root { children { children { label } } } } } } }`, want: 1 + 1 + 1 + childrenInTree*(1+childrenInTree)},
		{text: `mutation { createTitle(input: {name: "A"}) { title { id } userErrors { message } } }`, want: mutationCost + 1},
		{text: `mutation { a: createTitle(input: {name: "A"}) { title { id } query { payees(first: 3) { nodes { id } } } } b: createTitle(input: {name: "B"}) { clientMutationId } }`,
			want: 2*mutationCost + 1 + 2 + 3},
		{text: "subscription { earningsChanged { changes { earning { payee { name } } } } }", want: 1 + partsInList*3},
		{text: "{ viewer @skip(if: true) { user { name } } }", want: 0},
		{text: "query($all: Boolean!) { payees { nodes { id } } ... @include(if: $all) { earnings { nodes { id } } } ...f @include(if: $all) } fragment f on Query { viewer { roles } }",
			variables: map[string]any{"all": false}, want: 2 + 25},
		{text: "query($all: Boolean!) { payees { nodes { id } } ... @include(if: $all) { earnings { nodes { id } } } ...f @include(if: $all) } fragment f on Query { viewer { roles } }",
			variables: map[string]any{"all": true}, want: 2*(2+25) + 1},
		{text: "{ payees(first: 10) { ...page } } fragment page on PayeeConnection { nodes { ...one } } fragment one on Node { id ... on Payee { user: slices { startDate } } ... on Plan { name } }",
			want: 2 + 10*(1+partsInList)},
		{text: "{ a: payees(first: 2147483647) { nodes { id } } }", want: saturated},
		{text: "{ payees(first: -5) { nodes { id } } }", want: 2},
	} {
		if got, _ := costOf(t, c.text, c.variables); got != c.want {
			t.Errorf("%s costs %d, want %d", c.text, got, c.want)
		}
	}
}

// TestCostIsLinear counts what is looked at: a chain of fragments that doubles what
// is asked for at each step takes no more work than it has selections, and one
// within an interface no more than that for each type that it may be.
func TestCostIsLinear(t *testing.T) {
	kinds := len((&Resolver{}).Schema().Schema().PossibleTypes["Node"])
	for levels := 1; levels <= 60; levels++ {
		var text strings.Builder
		text.WriteString("{ ...f0 }")
		for i := range levels {
			fmt.Fprintf(&text, " fragment f%d on Query { ...f%d ...f%d }", i, i+1, i+1)
		}
		fmt.Fprintf(&text, " fragment f%d on Query { viewer { roles } }", levels)
		cost, work := costOf(t, text.String(), nil)
		if want := 2*levels + 3; work != want {
			t.Errorf("%d levels: %d selections looked at, of %d", levels, work, want)
		}
		if want := min(1<<min(levels, 30), saturated); cost != want {
			t.Errorf("%d levels cost %d, want %d", levels, cost, want)
		}
	}
	for levels := 1; levels <= 40; levels++ {
		var text strings.Builder
		text.WriteString(`{ node(id: "x") { ...f0 } }`)
		for i := range levels {
			fmt.Fprintf(&text, " fragment f%d on Node { ... on Earning { payee { ...f%d } } ...f%d }", i, i+1, i+1)
		}
		fmt.Fprintf(&text, " fragment f%d on Node { id }", levels)
		if _, work := costOf(t, text.String(), nil); work > kinds*(4*levels+3) {
			t.Errorf("%d levels: %d selections looked at", levels, work)
		}
	}
}

// TestCostIsNeverLessThanItsParts draws documents: whatever is added to one never
// makes it cheaper, nor more work than its selections times the types of Node.
func TestCostIsNeverLessThanItsParts(t *testing.T) {
	kinds := len((&Resolver{}).Schema().Schema().PossibleTypes["Node"])
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(r, "fragments")
		var text strings.Builder
		selections := 0
		for i := range n {
			fmt.Fprintf(&text, " fragment f%d on Earning { id", i)
			selections++
			for range rapid.IntRange(0, 4).Draw(r, "selections") {
				next := "id"
				if i+1 < n {
					next = "...f" + strconv.Itoa(rapid.IntRange(i+1, n-1).Draw(r, "spread"))
				}
				form := rapid.SampledFrom([]string{"%s", "... on Node { %s }", "... { ...on Earning { %s } }", "x%d: component { key }"}).Draw(r, "form")
				if strings.Contains(form, "%d") {
					form = "payee { name }"
				} else {
					form = fmt.Sprintf(form, next)
				}
				text.WriteString(" " + form)
				selections += strings.Count(form, "{") + 1
			}
			text.WriteString(" }")
		}
		first := rapid.IntRange(0, 300).Draw(r, "first")
		ask := func(spreads string) (int, int) {
			return costOf(t, fmt.Sprintf("{ earnings(first: %d) { nodes { id %s } } }", first, spreads)+text.String()+" fragment all on Earning { "+all(n)+" }", nil)
		}
		less, _ := ask("...f0 ...all @skip(if: true)")
		more, work := ask("...f0 ...all")
		if more < less || more < 2+first || more > saturated {
			r.Fatalf("%d with more, %d with less", more, less)
		}
		if most := kinds * (selections + n + 6); work > most {
			r.Fatalf("%d selections looked at, of %d in %s", work, most, &text)
		}
	})
}

func all(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "...f%d ", i)
	}
	return b.String()
}

// TestConnectionsAreWhatCostTakesThemFor holds the schema to what its names promise.
func TestConnectionsAreWhatCostTakesThemFor(t *testing.T) {
	schema := (&Resolver{}).Schema().Schema()
	for name, definition := range schema.Types {
		for _, field := range definition.Fields {
			of := schema.Types[field.Type.Name()]
			if isConnection(definition) && of.Kind == ast.Object && field.Name != "edges" && field.Name != "nodes" && field.Name != "pageInfo" {
				t.Errorf("%s.%s: a connection has edges, nodes and pageInfo; what else it holds would be taken for rows", name, field.Name)
			}
			if isConnection(of) && (field.Arguments.ForName("first") == nil || field.Arguments.ForName("last") == nil) {
				t.Errorf("%s.%s has no first or no last", name, field.Name)
			}
		}
	}
	for name := range valueObjects {
		if definition := schema.Types[name]; definition == nil || len(definition.Interfaces) > 0 {
			t.Errorf("%s is no value of the schema", name)
		}
	}
}

func TestWholeTakesEveryForm(t *testing.T) {
	for value, want := range map[any]int{1: 1, int64(2): 2, int32(3): 3, "4": saturated, 5.0: saturated, math.MaxInt: saturated, -1: 0} {
		if got := whole(value); got != want {
			t.Errorf("%v: %d, want %d", value, got, want)
		}
	}
}

// TestCostIsRefusedBeforeAnythingRuns asks the tiny schema, whose every answer is
// made by a function that can be watched.
func TestCostIsRefusedBeforeAnythingRuns(t *testing.T) {
	limit := mutationCost - 1
	h, _ := serveTiny(t, func(o *Options) { o.MaxCost = func(context.Context) int { return limit } })
	for mediaType, status := range map[string]int{mediaJSON: 200, mediaGraphQL: 400} {
		got := ask(t, h, post(query("mutation { record }", ""), "Accept", mediaType))
		if got.status != status || got.code() != string(model.CostExceeded) || got.hasData || got.errors[0].Extensions["retryable"] != false {
			t.Errorf("%d %s", got.status, got.body)
		}
		if !strings.Contains(got.errors[0].Message, "costs 10 points, and may cost 9") {
			t.Errorf("%s", got.body)
		}
	}
	limit++
	if got := ask(t, h, post(query("mutation { record }", ""))); got.code() != "" || !got.hasData {
		t.Errorf("at the limit: %s", got.body)
	}
}

// TestDefaultMaxCost is that of the contract, for whoever is not told another.
func TestDefaultMaxCost(t *testing.T) {
	c := &Cost{}
	if err := c.Validate((&Resolver{}).Schema()); err != nil {
		t.Fatal(err)
	}
	schema := (&Resolver{}).Schema().Schema()
	for rows, refused := range map[int]bool{4998: false, 4999: true} {
		document, errs := gqlparser.LoadQueryWithRules(schema, fmt.Sprintf("{ payees(first: %d) { nodes { id } } }", rows), nil)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		err := c.MutateOperationContext(t.Context(), &graphql.OperationContext{Doc: document, Operation: document.Operations[0]})
		var coded *model.Error
		if (err != nil) != refused || refused && (!errors.As(err, &coded) || coded.Code != model.CostExceeded) {
			t.Errorf("%d rows: %v", rows, err)
		}
	}
}

func BenchmarkCost(b *testing.B) {
	schema := (&Resolver{}).Schema().Schema()
	document, errs := gqlparser.LoadQueryWithRules(schema, `{ node(id: "x") { ... on Earning { amount { amount } explanation { recomputed verified root { kind label amount value rate from to
	children { kind label amount value rate from to children { kind label amount value rate from to } } } } } } }`, nil)
	if len(errs) > 0 {
		b.Fatal(errs)
	}
	rules := newCostRules(schema)
	for b.Loop() {
		newEstimate(rules, nil).operation(document.Operations[0])
	}
}
