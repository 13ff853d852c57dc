package calc

import (
	"slices"
	"testing"

	"spm/model"
)

// What an alias, a name or an external id means must not depend on which
// product comes first.
func TestSpellings(t *testing.T) {
	t.Parallel()
	product := func(externalID, name string, aliases ...string) model.Product {
		return model.Product{ID: idOf(model.KindProduct, externalID), ExternalID: externalID, Name: name, Aliases: aliases}
	}
	products := []model.Product{
		product("A", "Alpha", "a", "shared", "B", "Gamma"), product("B", "Beta", "b", "shared", "b"), product("C", "Twin", "Alpha"), product("D", "Twin", "Twin"),
		product("E", "Pair"), product("F", "Pair"),
	}
	for range 2 {
		c, err := NewProductCatalogue(products)
		if err != nil {
			t.Fatal(err)
		}
		for spelling, want := range map[string]string{
			"A": "A", "Alpha": "A", "a": "A", "B": "B", "Beta": "B", "b": "B", "Gamma": "A", "shared": "", "Twin": "D", "Pair": "", "alpha": "", "A ": "", "": "",
		} {
			if got, found := c.Resolve(spelling); got != want || found != (want != "") {
				t.Errorf("%q means %q", spelling, got)
			}
		}
		slices.Reverse(products)
	}
	var none *Catalogue
	if _, found := none.Resolve("A"); found {
		t.Error("an empty catalogue found something")
	}
}

// A cycle in the catalogue ends the search too.
func TestCyclesInTheCatalogueEnd(t *testing.T) {
	t.Parallel()
	node := func(name, parent string) model.Product {
		return model.Product{ID: idOf(model.KindProduct, name), ExternalID: name, Slices: []model.TreeSlice{{Days: model.Always, ParentID: idPtr(model.KindProduct, parent)}}}
	}
	c, err := NewProductCatalogue([]model.Product{node("A", "B"), node("B", "A"), node("C", "nowhere"), node("D", "C")})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []struct {
		node, ancestor string
		want           bool
	}{{"A", "B", true}, {"A", "A", true}, {"A", "C", false}, {"D", "C", true}, {"C", "D", false}} {
		if got := c.within(c.external(e.node), c.external(e.ancestor), day("2026-01-01")); got != e.want {
			t.Errorf("%s in %s: %t", e.node, e.ancestor, got)
		}
	}
}

// Where a node stood, and its attributes, are those of the day; a node is
// unknown on days that no slice has.
func TestCatalogueIsDated(t *testing.T) {
	t.Parallel()
	c, err := NewProductCatalogue(testProducts())
	if err != nil {
		t.Fatal(err)
	}
	pro := c.external("GTX Pro")
	for _, e := range []struct {
		day, ancestor, family string
		within                bool
	}{
		{"0001-01-01", "Hardware", "gtx", true},
		{"2026-06-30", "Hardware", "gtx", true},
		{"2026-06-30", "All", "gtx", true},
		{"2026-06-30", "Legacy", "gtx", false},
		{"2026-07-01", "Hardware", "old", false},
		{"2026-07-01", "All", "old", false},
		{"2026-07-01", "Legacy", "old", true},
		{"2026-07-01", "GTX Pro", "old", true},
		{"9999-12-31", "Legacy", "", false},
	} {
		if got := c.within(pro, c.external(e.ancestor), day(e.day)); got != e.within {
			t.Errorf("on %s it is in %s: %t", e.day, e.ancestor, got)
		}
		if got := pro.attribute("family", day(e.day)); got != e.family {
			t.Errorf("on %s its family is %q", e.day, got)
		}
	}
	if pro.attribute("none", day("2026-01-01")) != "" || c.external("Legacy").attribute("family", day("2026-01-01")) != "" {
		t.Error("an attribute that is not there has a value")
	}
	if c.within(nil, pro, 0) {
		t.Error("no node is within another")
	}
}

func TestAccountCatalogue(t *testing.T) {
	t.Parallel()
	accounts := []model.Account{
		{ID: idOf(model.KindAccount, "ROOT"), ExternalID: "ROOT", Name: "Holding"},
		{ID: idOf(model.KindAccount, "SUB"), ExternalID: "SUB", Name: "Sub Ltd", Aliases: []string{"Sub Limited"},
			Slices: []model.TreeSlice{{Days: model.Always, ParentID: idPtr(model.KindAccount, "ROOT")}}},
	}
	c, err := NewAccountCatalogue(accounts)
	if err != nil {
		t.Fatal(err)
	}
	if got, found := c.Resolve("Sub Limited"); !found || got != "SUB" {
		t.Errorf("%q, %t", got, found)
	}
	if !c.within(c.resolve("Sub Ltd"), c.resolve("Holding"), day("2026-01-01")) {
		t.Error("the subsidiary is not within its holding")
	}
	accounts[1].ExternalID = "ROOT"
	if _, err := NewAccountCatalogue(accounts); err == nil {
		t.Error("two accounts of one external id")
	}
}
