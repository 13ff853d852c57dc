package scenario

import (
	"slices"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// everyBounded are all scopes that a position bounds.
var everyBounded = []string{
	"CATALOGUE_READ", "CALENDARS_READ", "CREDITS_READ", "CURRENCIES_READ", "EARNINGS_READ", "PAYEES_READ", "PLANS_READ", "PROBLEMS_READ", "QUOTAS_READ", "TRANSACTIONS_READ",
}

// TestAPIKeySeesItsRowsOnly walks the schema as keys whose view is limited to a
// position and what is below it, and compares each id and amount with what SQL
// says is theirs. A key at the top sees what a manager there sees.
func TestAPIKeySeesItsRowsOnly(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	beside := h.Beside("beside")
	newSecrets(beside, "2")
	s := newSecrets(h, "1")
	s.paid("1")
	lists := []string{"payees", "positions", "positionAssignments", "transactions", "credits", "quotas", "earnings", "problems", "payAdjustments", "openingEntries", "payments", "activities"}
	for limit, below := range map[string][]string{"ann": {}, "boss": {"ann", "bob"}, "eve": {"dan"}} {
		k := newKey(h, everyBounded, "positionId", s.positions[limit], "name", "of "+limit)
		who := s.rep("ann")
		if len(below) > 0 {
			who = s.manager(limit, below...)
		}
		manager := who.token
		who.token = k.secret
		w := newWalker(t, h, who, false)
		w.truth.own[k.id] = true // it may know of itself
		w.truth.settle()
		w.walk(w.roots(), 3)
		w.walk(w.nodes(), 3)
		if limit == "boss" {
			w.foreignIDs(false)
		}
		if w.live < 100 || len(w.seen) < 30 {
			t.Errorf("%s: only %d paths with rows and %d ids: was anything looked at?", limit, w.live, len(w.seen))
		}
		for _, list := range lists {
			query := "{ " + list + " { totalCount } }"
			got, all := h.Do(k.secret, query, nil).At(list, "totalCount").V.(float64), h.Do(h.Admin(), query, nil).At(list, "totalCount").V.(float64)
			if most := h.Do(manager, query, nil).At(list, "totalCount").V.(float64); got > most || got > 0 && all <= got {
				t.Errorf("%s %s: the key sees %v rows, a manager in its place %v, the admin %v", limit, list, got, most, all)
			}
		}
		if got := h.Do(k.secret, "{ earnings { totalCount } payees { nodes { externalId } } }", nil); got.At("earnings", "totalCount").V == 0.0 {
			t.Errorf("%s: the key sees no earnings: %v", limit, got.V)
		} else if names := harness.Texts(got.List("payees", "nodes"), "externalId"); !slices.Equal(names, slices.Sorted(slices.Values(append(below, limit)))) {
			t.Errorf("%s: the key sees the payees %q", limit, names)
		}
		if node := h.Do(k.secret, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": s.payees["dan"].String()}).At("node").V; limit != "eve" && node != nil {
			t.Errorf("%s: dan is %v", limit, node)
		}
	}
	for _, scope := range []string{"TRANSACTIONS_WRITE", "CREDITING_READ", "CALCULATIONS_READ", "EXCEPTIONS_READ", "ORGANISATION_WRITE"} {
		harness.Same(t, scope+" with a limit", h.Refused(h.Token(nil, model.RoleTenantAdmin, model.RoleCompAdmin),
			createKey, input("name", "K", "scopes", []string{scope}, "positionId", s.positions["boss"], "expiresAt", inDays(1))), "input.scopes.0 INVALID")
	}

	// The limit moves with the hierarchy, and so does what is followed.
	k := newKey(h, everyBounded, "positionId", s.positions["eve"])
	l := h.Follow(h.URL, k.secret, follow, nil, "")
	record(h, []map[string]any{s.sell("ann", "2017-05-10", "1700"), s.sell("dan", "2017-05-10", "1900")}, 2)
	h.Settle()
	for _, move := range awaitMoves(t, h, l) {
		if move[:3] != "dan" && move[:3] != "eve" {
			t.Errorf("a key of eve's position heard %q", move)
		}
	}
}
