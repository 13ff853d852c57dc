package scenario

import (
	"slices"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestAPIKeySeesItsProductLineOnly: a key that a product limits sees the
// transactions and credits of it and of what was below it on their days, however
// the product is spelt, and nothing else of anybody's pay.
func TestAPIKeySeesItsProductLineOnly(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	beside := h.Beside("beside")
	theirs := beside.Do(beside.Admin(), createProduct, input("externalId", "HARD", "name", "Hardware")).String("createProduct", "product", "id")
	s := newSmall(h)
	admin := h.Admin()
	product := func(more ...any) string {
		return h.Do(admin, createProduct, input(more...)).String("createProduct", "product", "id")
	}
	hard := product("externalId", "HARD", "name", "Hardware")
	gtx := product("externalId", "GTX", "name", "GTX Pro", "aliases", []string{"gtx pro"}, "parentId", hard)
	part := product("externalId", "PART", "name", "Part", "parentId", gtx)
	product("externalId", "LATE", "name", "Late", "parentId", hard, "startDate", "2017-06-01")
	product("externalId", "SOFT", "name", "Software")
	sold := map[string][]string{} // external ids of transactions by what they are of
	var rows []map[string]any
	for _, one := range [][3]string{
		{"HARD", "2017-02-01", "line"}, {"GTX", "2017-02-02", "line"}, {"gtx pro", "2017-02-03", "line"}, {"Part", "2017-02-04", "line"},
		{"LATE", "2017-07-01", "line"}, {"SOFT", "2017-02-06", "other"}, {"never heard of", "2017-02-07", "other"}, {"", "2017-02-08", "other"},
	} {
		row := s.sell([]string{"ann", "bob"}[len(rows)%2], one[1], "1000")
		if one[0] != "" {
			row["product"] = one[0]
		}
		rows, sold[one[2]] = append(rows, row), append(sold[one[2]], row["externalId"].(string))
	}
	record(h, rows, 100)
	h.Settle()

	scopes := []string{"TRANSACTIONS_READ", "CREDITS_READ", "CATALOGUE_READ", "CALENDARS_READ", "CURRENCIES_READ", "SCHEMA_READ", "EXPORT"}
	k := newKey(h, scopes, "productId", hard)
	seen := func(secret string) (transactions, credits []string) {
		got := h.Do(secret, `{ transactions(first: 50) { totalCount nodes { externalId sellers { weight } credits { totalCount } } } credits(first: 50) { totalCount nodes { transaction { externalId } } }
			transactionsAggregate { nodes { count } } creditsAggregate { nodes { count } } viewer { apiKey { positionId productId } } }`, nil)
		for _, n := range got.List("transactions", "nodes") {
			transactions = append(transactions, n.String("externalId"))
			if sellers := n.List("sellers"); len(sellers) > 0 {
				t.Errorf("who sold %s is told: %v", n.String("externalId"), sellers)
			}
		}
		for _, n := range got.List("credits", "nodes") {
			if of := n.String("transaction", "externalId"); !slices.Contains(credits, of) {
				credits = append(credits, of)
			}
		}
		if id := got.At("viewer", "apiKey", "productId").V; id == nil {
			t.Error("the key does not see its limit")
		}
		for list, n := range map[string]int{"transactionsAggregate": len(transactions), "creditsAggregate": len(got.List("credits", "nodes"))} {
			if groups := got.List(list, "nodes"); n > 0 && (len(groups) != 1 || groups[0].At("count").V != float64(n)) {
				t.Errorf("%s counts %v, the list has %d", list, groups, n)
			}
		}
		slices.Sort(transactions)
		slices.Sort(credits)
		return transactions, credits
	}
	expect := func(what, secret string, want []string) {
		t.Helper()
		transactions, credits := seen(secret)
		harness.Same(t, what+": transactions", transactions, want...)
		harness.Same(t, what+": credits", credits, want...)
	}
	line := slices.Sorted(slices.Values(sold["line"]))
	expect("the line", k.secret, line)
	expect("one product of it", newKey(h, scopes, "productId", part, "name", "part").secret, sold["line"][3:4])
	for _, row := range h.Do(admin, `{ transactions(first: 50) { nodes { id externalId } } credits(first: 50) { nodes { id transaction { externalId } } } }`, nil).List("transactions", "nodes") {
		got := h.Do(k.secret, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": row.String("id")}).At("node").V
		if within := slices.Contains(sold["line"], row.String("externalId")); within != (got != nil) {
			t.Errorf("%s by its id is %v", row.String("externalId"), got)
		}
	}
	for _, denied := range []string{
		"{ earnings { totalCount } }", "{ payees { totalCount } }", "{ plans { totalCount } }", "{ quotas { totalCount } }", "{ problems { totalCount } }",
		"{ credits { nodes { payee { id } } } }", "{ credits { nodes { position { id } } } }", "{ credits { nodes { commission { amount } } } }",
	} {
		if code := h.Denied(k.secret, denied, nil); code != "FORBIDDEN" {
			t.Errorf("%s: %q", denied, code)
		}
	}
	if n := h.Do(k.secret, "{ activities { totalCount } }", nil).At("activities", "totalCount").V; n != 0.0 {
		t.Errorf("the key sees %v activities", n)
	}

	// The limit follows the tree.
	h.Do(admin, updateProduct, input("id", gtx, "ifVersion", 1, "effectiveFrom", "2017-02-03", "parentId", nil))
	h.Settle()
	expect("after a product has left the line", k.secret, slices.Sorted(slices.Values(append(slices.Clone(sold["line"][:2]), sold["line"][4]))))

	maker := h.Token(nil, model.RoleTenantAdmin, model.RoleCompAdmin)
	for _, scope := range []string{"EARNINGS_READ", "PAYEES_READ", "PLANS_READ", "PROBLEMS_READ", "QUOTAS_READ", "TRANSACTIONS_WRITE", "CREDITING_READ", "CALCULATIONS_READ"} {
		harness.Same(t, scope+" with a product", h.Refused(maker, createKey, input("name", "K", "scopes", []string{scope}, "productId", hard, "expiresAt", inDays(1))), "input.scopes.0 INVALID")
	}
	harness.Same(t, "both limits", h.Refused(maker, createKey, input("name", "K", "scopes", []string{}, "productId", hard, "positionId", s.positions["boss"], "expiresAt", inDays(1))), "input.productId INVALID")
	harness.Same(t, "another tenant's product", h.Refused(maker, createKey, input("name", "K", "scopes", []string{}, "productId", theirs, "expiresAt", inDays(1))), "input.productId NOT_FOUND")
}
