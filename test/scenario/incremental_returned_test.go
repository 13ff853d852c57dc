package scenario

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"spm/test/harness"
)

// TestIncrementalReturns is TestIncrementalEqualsFull in a shop whose
// windows are months and quarters, not years, which hide what a change of one
// month does to another.
func TestIncrementalReturns(t *testing.T) {
	t.Parallel()
	steps, seed := 12, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("STEPS")); err == nil {
		steps = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = n
	}
	random := rand.New(rand.NewPCG(seed, 7))
	s := &shop{small: newSmall(harness.New(t)), revisions: map[string]int{}}
	h, admin := s.h, s.h.Admin()
	made := h.Do(admin, `mutation {
		createProducts(input: {products: [{externalId: "GTX", name: "GTX"}]}) { products { id } userErrors { path message } }
		createRateTable(input: {key: "T", name: "T", version: {dimension: ATTAINMENT, gaps: true, rows: [{from: "0", to: "1", cell: "0.04"}, {from: "1", cell: "0.07"}]}}) { rateTable { id } userErrors { path message } }
		steps: createRateTable(input: {key: "W", name: "W", version: {dimension: MEASURE, rows: [{from: "0", to: "400", cell: "0.04"}, {from: "400", cell: "0.07"}]}}) { rateTable { id } userErrors { path message } }
		createPlan(input: {externalId: "TIERS", name: "Tiers"}) { plan { id } userErrors { path message } }
		createPayee(input: {externalId: "cid", name: "cid", currency: "USD"}) { payee { id } userErrors { path message } }
	}`, nil)
	s.product, s.table = made.String("createProducts", "products", 0, "id"), made.String("createRateTable", "rateTable", "id")
	table := made.String("steps", "rateTable", "id")
	s.tiers, s.payees["cid"] = made.String("createPlan", "plan", "id"), made.ID("createPayee", "payee", "id")
	s.add("chief", s.bossTitle, "")
	s.positions["open"] = h.Do(admin, `mutation($input: CreatePositionInput!) { createPosition(input: $input) { position { id } userErrors { path message } } }`,
		input("externalId", "open", "name", "open", "titleId", s.repTitle, "parentId", s.positions["boss"])).String("createPosition", "position", "id")
	s.hours = createdMeasure(h, "HOURS")
	tiered := func(key, table, payout, mode string, more ...string) map[string]any {
		out := map[string]any{"key": key, "measureId": s.own, "payout": payout, "rateKind": "TIERED", "rateTableId": table, "tierMode": mode}
		for i := 0; i+1 < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	publish(h, s.tiers, s.calendar, []any{
		tiered("whole", table, "MONTH", "WHOLE_CREDIT"), tiered("before", table, "QUARTER", "WHOLE_CREDIT", "rateMoment", "BEFORE"),
		tiered("each", table, "MONTH", "MARGINAL", "accumulate", "EVENT"), tiered("order", table, "MONTH", "MARGINAL", "accumulate", "ORDER"),
		tiered("quota", s.table, "MONTH", "WHOLE_CREDIT", "window", "QUARTER", "settlement", "TRUE_UP"),
		map[string]any{"key": "deals", "measureId": s.own, "payout": "MONTH", "rateKind": "PER_EVENT", "rate": "50"},
		map[string]any{"key": "orders", "measureId": s.own, "payout": "MONTH", "rateKind": "PER_EVENT", "event": "ORDER", "rate": "50"},
	}, map[string]any{"titleId": s.repTitle})
	for _, rule := range []string{"FOLLOW_PAYEE", "FOLLOW_POSITION"} {
		plan := h.Do(admin, `mutation($k: String!) { createPlan(input: {externalId: $k, name: $k}) { plan { id } userErrors { path message } } }`, map[string]any{"k": rule}).String("createPlan", "plan", "id")
		publishBy(h, plan, s.calendar, map[string]any{"continuity": rule}, []any{tiered("follows", table, "QUARTER", "WHOLE_CREDIT")}, map[string]any{"titleId": s.repTitle})
	}
	h.Settle()
	var rows []row
	for range 14 {
		r := s.sale(random)
		if random.IntN(2) == 0 {
			r["orderId"] = pick(random, "O1", "O2")
		}
		rows = append(rows, r)
	}
	record(s.h, rows, 1000)
	back := func() {
		r := s.back(random, pick(random, s.sales()[:5]...))
		if of := s.byID(r); of["orderId"] != nil && random.IntN(8) > 0 {
			r["orderId"] = of["orderId"]
		}
		record(s.h, []row{r}, 1)
	}
	for range 8 {
		back()
	}
	s.h.Settle()
	use := map[string]bool{"record": true, "revise": true, "return": true, "alias": true, "assign position": true, "end seat": true, "title": true, "quota": true, "remove quota": true, "rate table": true,
		"assign plan": true, "end plan assignment": true, "FX rate": true, "currency of pay": true, "status of a payee": true, "measure": true, "crediting rule": true}
	var mine []int
	for i, k := range kinds {
		if use[k.name] {
			mine = append(mine, i)
		}
		if k.name == "record" || k.name == "revise" || k.name == "return" {
			mine = append(mine, i, i)
		}
	}
	done := map[string]int{}
	for step := range steps {
		kind := kinds[mine[random.IntN(len(mine))]]
		if kind.name == "return" {
			back()
		} else if codes := kind.do(s, random); len(codes) > 0 {
			continue
		}
		done[kind.name]++
		s.h.Settle()
		found, err := s.h.Service.Verify(t.Context())
		if err != nil {
			t.Fatalf("seed %d, step %d, %s: %v", seed, step, kind.name, err)
		}
		if len(found) > 0 {
			for _, one := range found {
				id := strings.Fields(one.Detail)[0]
				e := s.h.Do(admin, `query($id: ID!) { node(id: $id) { ... on Earning { componentKey amount { amount } why payee { externalId } period { name } } } }`, map[string]any{"id": id})
				t.Log(e.At("node").V)
			}
			t.Fatalf("seed %d, step %d: after %s these laws are broken:\n%v", seed, step, kind.name, found[:min(6, len(found))])
		}
	}
	t.Log(fmt.Sprint(done))
}

// byID gives the sale of a return.
func (s *shop) byID(back row) row {
	for _, f := range s.facts {
		if f["externalId"] == back["relatesTo"].(row)["externalId"] {
			return f
		}
	}
	return nil
}
