package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// catalogue is hardware and software below all; phone moves from hardware to
// software in February.
func catalogue() []sceneProduct {
	return []sceneProduct{
		{ID: "all"}, {ID: "hardware", Parent: "all"}, {ID: "software", Parent: "all"}, {ID: "laptop", Parent: "hardware"},
		{ID: "phone", Parent: "hardware", To: datep("2026-02-01")}, {ID: "phone", Parent: "software", From: datep("2026-02-01")},
	}
}

func sells(id, on, product, amount string) sceneCredit {
	c := deal(id, on, amount)
	c.Product = product
	return c
}

// TestRatesByTree are worked by hand: what each credit of 100 pays.
func TestRatesByTree(t *testing.T) {
	t.Parallel()
	under := func(node, cell string, more ...model.RowKey) model.RateRow {
		key := model.RowKey{}
		if node != "" {
			key.Under = &node
		}
		return model.RateRow{Keys: append([]model.RowKey{key}, more...), Cell: dec(cell)}
	}
	table := func(precedence model.Precedence, rows ...model.RateRow) []sceneTable {
		return []sceneTable{{Key: "m", Precedence: precedence, Dimensions: []model.TableDimension{{Name: "product", Expression: "product", Match: model.MatchTree, Tree: model.TreeProduct}}, Matrix: rows}}
	}
	credits := []sceneCredit{sells("T1", "2026-01-05", "laptop", "100"), sells("T2", "2026-01-06", "phone", "100"), sells("T3", "2026-02-06", "phone", "100"), sells("T4", "2026-02-07", "", "100"), sells("T5", "2026-02-08", "all", "100")}
	rows := []model.RateRow{under("all", "0.01"), under("", "0.05"), under("hardware", "0.02"), under("phone", "0.03"), under("software", "0.04")}
	kit := func(tables []sceneTable) scene {
		return scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "m", Accumulate: model.OverEvent}, Products: catalogue(), Tables: tables, Credits: credits}
	}
	both := table(model.PrecedenceMostSpecific, under("all", "0.01", model.RowKey{From: optional("50")}), under("hardware", "0.02", model.RowKey{}), under("hardware", "0.03", model.RowKey{From: optional("60")}), under("", "0.04", model.RowKey{From: optional("10")}))
	both[0].Dimensions = append(both[0].Dimensions, model.TableDimension{Name: "amount", Expression: "amount", Match: model.MatchRange})
	returned := kit(table(model.PrecedenceMostSpecific, rows...))
	returned.Credits = []sceneCredit{credits[0], credits[1], of(sells("R2", "2026-02-09", "phone", "-100"), "", "T2")}
	window := kit(table(model.PrecedenceMostSpecific, rows...))
	window.Component = &sceneComponent{Kind: model.RateMatrix, Table: "m"}
	window.Tables[0].Dimensions[0].Expression = "title == 'rep' ? 'phone' : 'laptop'"
	window.Tables[0].Matrix = rows[:3]
	window.Credits = credits[:1]
	checkLines(t, []lined{
		// The first row that takes it: all, but for what is in no tree.
		{"the first row", kit(table("", rows...)), "1 1 1 5 1"},
		// laptop < hardware; phone itself twice; no product; all itself.
		{"the nearest row", kit(table(model.PrecedenceMostSpecific, rows...)), "2 3 3 5 1"},
		// phone < hardware in January, phone < software in February.
		{"as the tree stood on the day", kit(table(model.PrecedenceMostSpecific, rows[0], rows[2], rows[4], rows[1])), "2 2 4 5 1"},
		// Fewer open keys first: hardware from 60 on, or all from 50 on; then what is in no tree, by its amount.
		{"the nearest of those with the fewest open keys", kit(both), "3 3 1 4 1"},
		{"a return as its sale was", returned, "2 3 -3"},
		// On the last day of the window phone < software < all: there is no row of software among the first three.
		{"of the window", window, "1"},
	})
	s := kit(table(model.PrecedenceMostSpecific, rows[0], rows[2], rows[4], rows[1]))
	e := s.only(t)
	tree := outline(e.Trace.Explain(), "")
	for _, want := range []string{"INPUT product: laptop < hardware", "INPUT product: phone < hardware", "INPUT product: phone < software", "INPUT product\n", "INPUT product: all"} {
		if !strings.Contains(tree, want) {
			t.Errorf("%q is not in\n%s", want, tree)
		}
	}
	tampered(t, "by tree", e)
	s = kit(table("", under("tablets", "0.1")))
	if r := s.run(t); len(r.Problems) != 1 || r.Problems[0].Code != model.ProblemExpression {
		t.Errorf("a product that is not there: %+v", r.Problems)
	}
	s = kit(table("", rows[2]))
	if r := s.run(t); len(r.Problems) != 1 || r.Problems[0].Code != model.ProblemOffTable {
		t.Errorf("no row: %+v", r.Problems)
	}
}

// TestValidateTree: a dimension matched by TREE says its tree, and its rows a
// node.
func TestValidateTree(t *testing.T) {
	t.Parallel()
	text := "x"
	for _, c := range []struct {
		dimension model.TableDimension
		key       model.RowKey
		want      string
	}{
		{model.TableDimension{Expression: "product", Match: model.MatchTree, Tree: model.TreeProduct}, model.RowKey{Under: &text}, ""},
		{model.TableDimension{Expression: "account", Match: model.MatchTree, Tree: model.TreeAccount}, model.RowKey{}, ""},
		{model.TableDimension{Expression: "product", Match: model.MatchTree}, model.RowKey{}, "REQUIRED p.dimensions.0.tree"},
		{model.TableDimension{Expression: "product", Match: model.MatchTree, Tree: "OAK"}, model.RowKey{}, "INVALID p.dimensions.0.tree"},
		{model.TableDimension{Expression: "product", Match: model.MatchEquals, Tree: model.TreeProduct}, model.RowKey{}, "INVALID p.dimensions.0.tree"},
		{model.TableDimension{Expression: "amount", Match: model.MatchTree, Tree: model.TreeProduct}, model.RowKey{}, "EXPRESSION p.dimensions.0.expression"},
		{model.TableDimension{Expression: "product", Match: model.MatchTree, Tree: model.TreeProduct}, model.RowKey{Equals: &text}, "INVALID p.rows.0.keys.0.equals"},
		{model.TableDimension{Expression: "product", Match: model.MatchTree, Tree: model.TreeProduct}, model.RowKey{From: optional("1")}, "INVALID p.rows.0.keys.0.from"},
		{model.TableDimension{Expression: "amount", Match: model.MatchRange}, model.RowKey{Under: &text}, "INVALID p.rows.0.keys.0.under"},
		{model.TableDimension{Expression: "product", Match: model.MatchEquals}, model.RowKey{Under: &text}, "INVALID p.rows.0.keys.0.under"},
	} {
		v := model.RateTableVersion{Bounds: model.LowerInclusive, Dimensions: []model.TableDimension{c.dimension}, Rows: []model.RateRow{{Keys: []model.RowKey{c.key}}}}
		if got := paths(ValidateRateTable("p.rows", v)); got != c.want {
			t.Errorf("%+v %+v: got %q, want %q", c.dimension, c.key, got, c.want)
		}
	}
}
