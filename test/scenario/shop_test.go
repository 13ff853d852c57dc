package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/test/harness"
)

// shop is the small company with all that a change can meet: a product that
// some misspell, an open position with a payee to take it, a second manager, a
// plan by tiers, by hours and by a formula with a parameter, plans whose totals
// follow the payee or the position, and two currencies.
type shop struct {
	*small
	product, table, tiers string
	hours                 string         // a measure of values
	meetings              string         // a measure of activities
	revisions             map[string]int // of the transactions sent
	facts                 []row
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return newShopBy(t, map[string]any{})
}

// newShopBy is newShop with rules of the plan that has most components.
func newShopBy(t *testing.T, rules map[string]any) *shop {
	t.Helper()
	s := &shop{small: newSmall(harness.New(t)), revisions: map[string]int{}}
	h, admin := s.h, s.h.Admin()
	made := h.Do(admin, `mutation {
		createProducts(input: {products: [{externalId: "GTX", name: "GTX"}]}) { products { id } userErrors { path message } }
		createRateTable(input: {key: "T", name: "T", version: {dimension: ATTAINMENT, rows: [{from: "0", to: "1", cell: "0.04"}, {from: "1", cell: "0.07"}]}}) {
			rateTable { id } userErrors { path message } }
		steps: createRateTable(input: {key: "W", name: "W", version: {dimension: MEASURE, rows: [{from: "0", to: "1000", cell: "0.04"}, {from: "1000", cell: "0.07"}]}}) {
			rateTable { id } userErrors { path message } }
		createPlan(input: {externalId: "TIERS", name: "Tiers"}) { plan { id } userErrors { path message } }
		createPayee(input: {externalId: "cid", name: "cid", currency: "USD"}) { payee { id } userErrors { path message } }
	}`, nil)
	s.product, s.table = made.String("createProducts", "products", 0, "id"), made.String("createRateTable", "rateTable", "id")
	s.tiers, s.payees["cid"] = made.String("createPlan", "plan", "id"), made.ID("createPayee", "payee", "id")
	s.add("chief", s.bossTitle, "")
	s.positions["open"] = h.Do(admin, `mutation($input: CreatePositionInput!) { createPosition(input: $input) { position { id } userErrors { path message } } }`,
		input("externalId", "open", "name", "open", "titleId", s.repTitle, "parentId", s.positions["boss"])).String("createPosition", "position", "id")
	s.hours = createdMeasure(h, "HOURS")
	s.meetings = h.Do(admin, createMeasure, map[string]any{"i": map[string]any{"key": "MEETINGS", "name": "Meetings", "source": "ACTIVITIES", "condition": "kind == 'MEETING'"}}).String("createMeasure", "measure", "id")
	publishBy(h, s.tiers, s.calendar, rules, []any{
		map[string]any{"key": "tiers", "measureId": s.own, "payout": "QUARTER", "rateKind": "TIERED", "rateTableId": s.table, "tierMode": "MARGINAL"},
		map[string]any{"key": "hours", "measureId": s.hours, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "RATE_ON_VALUE", "rate": "20"},
		map[string]any{"key": "meetings", "measureId": s.meetings, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "UNIT", "rate": "12.5"},
		map[string]any{"key": "year", "measureId": s.own, "payout": "MONTH", "window": "YEAR", "settlement": "TRUE_UP", "rateKind": "TIERED", "rateTableId": s.table, "tierMode": "RETROACTIVE"},
		map[string]any{"key": "whole", "measureId": s.own, "payout": "MONTH", "rateKind": "TIERED", "rateTableId": made.String("steps", "rateTable", "id"), "tierMode": "WHOLE_CREDIT"},
		map[string]any{"key": "deals", "measureId": s.own, "payout": "MONTH", "rateKind": "PER_EVENT", "event": "ORDER", "rate": "50"},
		map[string]any{"key": "bymonth", "measureId": s.own, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "RATE_ON_VALUE", "rate": "0.03", "adjustments": []any{
			map[string]any{"kind": "CAP", "name": "a month", "per": "PERIOD", "amount": "4", "excess": "CARRIED"}, map[string]any{"kind": "FLOOR", "name": "at least", "per": "PERIOD", "amount": "1"}}},
		map[string]any{"key": "formula", "measureId": s.own, "payout": "MONTH", "rateKind": "FORMULA", "formula": "measure * parameter('factor')"},
		map[string]any{"key": "earlier", "measureId": s.own, "payout": "MONTH", "rateKind": "FORMULA", "formula": "prior(1) * 0.02 + priorOf('HOURS', 2) + measureOf('MEETINGS') + earnedBefore('earlier') * 0.1",
			"adjustments": []any{map[string]any{"kind": "GATE", "name": "grown", "over": "COMPONENT", "condition": "toDate() >= 1000 or prior(2) > 0", "factor": "0.5"}}},
	}, map[string]any{"positionId": s.positions["bob"]})
	for _, rule := range []string{"FOLLOW_PAYEE", "FOLLOW_POSITION"} {
		plan := h.Do(admin, `mutation($k: String!) { createPlan(input: {externalId: $k, name: $k}) { plan { id } userErrors { path message } } }`, map[string]any{"k": rule}).String("createPlan", "plan", "id")
		publishBy(h, plan, s.calendar, map[string]any{"continuity": rule}, []any{map[string]any{
			"key": "follows", "measureId": s.own, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "TIERED", "rateTableId": s.table, "tierMode": "MARGINAL"}},
			map[string]any{"titleId": s.repTitle})
	}
	s.depend()
	s.must("setParameterValues", "values", []any{row{"planId": s.tiers, "key": "factor", "startDate": "2017-01-01", "value": "0.1"}})
	s.act(s.activity(rand.New(rand.NewPCG(1, 1)), "V0"))
	h.Settle()
	return s
}

// activity draws a version of an activity.
func (s *shop) activity(random *rand.Rand, id string) row {
	return row{"source": "crm", "externalId": id, "kind": pick(random, "MEETING", "MEETING", "CALL"), "position": pick(random, "ann", "bob", "open"), "date": someDay(random),
		"quantity": pick(random, "30", "45.5", ""), "status": pick(random, "DONE", "DONE", "DONE", "WITHDRAWN")}
}

// act records an activity.
func (s *shop) act(a row) {
	got := s.h.Do(s.h.Admin(), recordActivities, map[string]any{"a": []any{a}}).At("recordActivities")
	if got.At("rejected").V != 0.0 {
		s.h.Fatalf("%v was rejected: %v", a, got.V)
	}
}

// depend adds what makes payees depend on each other: an override on what those
// below earn, its own included, and a pool of a team.
func (s *shop) depend() {
	h, admin := s.h, s.h.Admin()
	made := h.Do(admin, `mutation($members: [TeamMemberInput!]!) {
		over: createPlan(input: {externalId: "OVER", name: "Override"}) { plan { id } userErrors { path message } }
		pool: createPlan(input: {externalId: "POOL", name: "Pool"}) { plan { id } userErrors { path message } }
		createTeam(input: {externalId: "T", name: "Team", members: $members}) { team { id } userErrors { path message } }
	}`, map[string]any{"members": []any{row{"positionId": s.positions["ann"]}, row{"positionId": s.positions["bob"], "startDate": "2017-05-15", "weight": "2"}}})
	publish(h, made.String("over", "plan", "id"), s.calendar, []any{map[string]any{"key": "override", "payout": "QUARTER", "rateKind": "OVERRIDE", "overrideBasis": "EARNINGS",
		"overrideLevels": []any{row{"level": 1, "rate": "0.2"}, row{"level": 2, "rate": "0.1"}},
		"sources":        []any{row{"planId": s.repPlan, "componentKey": "commission"}, row{"planId": s.tiers, "componentKey": "tiers"}, row{"componentKey": "override"}}}},
		map[string]any{"titleId": s.bossTitle})
	publish(h, made.String("pool", "plan", "id"), s.calendar, []any{map[string]any{"key": "pool", "measureId": s.own, "payout": "QUARTER", "rateKind": "POOL",
		"teamId": made.String("createTeam", "team", "id"), "fund": "measure * 0.01"}}, map[string]any{"titleId": s.repTitle})
}

// change sends a mutation with an input and gives the codes of its refusals.
func (s *shop) change(name string, pairs ...any) []string {
	document := fmt.Sprintf("mutation($input: %sInput!) { %s(input: $input) { userErrors { path code message } } }", strings.ToUpper(name[:1])+name[1:], name)
	return s.h.Refused(s.h.Admin(), document, input(pairs...))
}

// must is change that may not be refused.
func (s *shop) must(name string, pairs ...any) {
	if refused := s.change(name, pairs...); len(refused) > 0 {
		s.h.Fatalf("%s %v: %v", name, pairs, refused)
	}
}

// any picks one of a list's nodes, with its fields; nil where there is none.
func (s *shop) any(random *rand.Rand, list, fields string) *harness.Value {
	nodes := s.h.Do(s.h.Admin(), fmt.Sprintf("{ %s(first: 200) { nodes { %s } } }", list, fields), nil).List(list, "nodes")
	if len(nodes) == 0 {
		return nil
	}
	return &nodes[random.IntN(len(nodes))]
}

// someDay draws a day of 2017.
func someDay(random *rand.Rand) string {
	return fmt.Sprintf("2017-%02d-%02d", 1+random.IntN(12), 1+random.IntN(28))
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// sale draws a new booking: of one seller or split, named by payee or
// position, its product misspelt now and then.
func (s *shop) sale(random *rand.Rand) row {
	r := s.sell(pick(random, "ann", "bob", "cid"), someDay(random), someAmount(random))
	switch random.IntN(5) {
	case 0:
		r["sellers"] = []any{row{"payee": "ann", "share": "0.3"}, row{"payee": "bob", "share": "0.7"}}
	case 1:
		r["sellers"] = []any{row{"position": "open"}}
	case 2:
		r["sellers"] = []any{row{"payee": "bob", "weight": "1"}, row{"payee": "ann", "weight": "2"}}
	}
	r["product"] = pick(random, "GTX", "GTX", "G T X", "GT X")
	if random.IntN(6) == 0 {
		r["currency"] = "EUR"
	}
	s.facts = append(s.facts, r)
	return r
}

func someAmount(random *rand.Rand) string {
	return decimal.New(int64(1+random.IntN(90000)), -2).String()
}

// revision draws a later revision of a fact.
func (s *shop) revision(random *rand.Rand, of row) row {
	id := of["externalId"].(string)
	s.revisions[id]++
	next := with(of, "sourceRevision", fmt.Sprint(s.revisions[id]), "eventDate", someDay(random))
	if of["kind"] == "RETURN" {
		return with(next, "amount", "-"+someAmount(random))
	}
	next["amount"] = someAmount(random)
	if random.IntN(2) == 0 {
		next["sellers"] = []any{row{"payee": pick(random, "ann", "bob", "cid")}}
	}
	return next
}

// back draws a return of a sale, in full or in part.
func (s *shop) back(random *rand.Rand, of row) row {
	s.sent++
	r := row{"source": "test", "externalId": fmt.Sprint("T", s.sent), "kind": "RETURN", "eventDate": someDay(random), "currency": of["currency"],
		"amount": "-" + of["amount"].(string), "relatesTo": row{"type": "REVERSES", "externalId": of["externalId"]}}
	if random.IntN(2) == 0 {
		r["amount"] = "-" + someAmount(random)
	}
	s.facts = append(s.facts, r)
	return r
}
