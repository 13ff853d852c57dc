package scenario

import (
	"fmt"

	"spm/model"
	"spm/test/harness"
)

// small is a company of a boss over ann and bob in 2017: reps are paid 10% of
// their own sales a month, the boss 1% of what rolls up to it.
type small struct {
	h                   *harness.Harness
	calendar            string
	payees              map[string]model.ID
	positions           map[string]string
	own, team, repPlan  string
	repTitle, bossTitle string
	sent                int
}

func newSmall(h *harness.Harness) *small {
	s := &small{h: h, payees: map[string]model.ID{}, positions: map[string]string{}}
	admin := h.Admin()
	made := h.Do(admin, `mutation {
		createFiscalCalendar(input: {externalId: "FISCAL", name: "Fiscal"}) { calendar { id } userErrors { message } }
		rep: createTitle(input: {externalId: "REP", name: "Rep"}) { title { id } userErrors { message } }
		boss: createTitle(input: {externalId: "BOSS", name: "Boss"}) { title { id } userErrors { message } }
		own: createMeasure(input: {key: "OWN", name: "Own", creditKinds: [DIRECT], value: AMOUNT}) { measure { id } userErrors { message } }
		team: createMeasure(input: {key: "TEAM", name: "Team", creditKinds: [ROLLUP], value: AMOUNT}) { measure { id } userErrors { message } }
		a: createPlan(input: {externalId: "REPS", name: "Reps"}) { plan { id } userErrors { message } }
		b: createPlan(input: {externalId: "BOSSES", name: "Bosses"}) { plan { id } userErrors { message } }
	}`, nil)
	s.calendar = made.String("createFiscalCalendar", "calendar", "id")
	s.own, s.team = made.String("own", "measure", "id"), made.String("team", "measure", "id")
	s.repTitle, s.bossTitle = made.String("rep", "title", "id"), made.String("boss", "title", "id")
	s.repPlan = made.String("a", "plan", "id")
	h.Do(admin, `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2017}) { userErrors { message } } }`, map[string]any{"c": s.calendar})
	revenue := h.Do(admin, `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	h.Do(admin, `mutation($r: ID!) {
		direct: createCreditingRule(input: {key: "DIRECT", name: "Sellers", creditKind: DIRECT, creditTypeId: $r, receivers: SELLERS}) { userErrors { message } }
		rollup: createCreditingRule(input: {key: "ROLLUP", name: "Managers", creditKind: ROLLUP, creditTypeId: $r, receivers: MANAGERS}) { userErrors { message } }
	}`, map[string]any{"r": revenue})
	s.add("boss", s.bossTitle, "")
	s.add("ann", s.repTitle, "boss")
	s.add("bob", s.repTitle, "boss")
	publish(h, s.repPlan, s.calendar, []any{map[string]any{"key": "commission", "measureId": s.own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}},
		map[string]any{"titleId": s.repTitle})
	publish(h, made.String("b", "plan", "id"), s.calendar, []any{map[string]any{"key": "override", "measureId": s.team, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.01"}},
		map[string]any{"titleId": s.bossTitle})
	h.Settle()
	return s
}

// add adds a payee with its own position below another's.
func (s *small) add(name, title, above string) {
	input := map[string]any{"externalId": name, "name": name, "currency": "USD", "ownPosition": map[string]any{"titleId": title}}
	if above != "" {
		input["ownPosition"] = map[string]any{"titleId": title, "parentId": s.positions[above]}
	}
	made := s.h.Do(s.h.Admin(), `mutation($i: CreatePayeeInput!) { createPayee(input: $i) { payee { id } position { id } userErrors { path message } } }`, map[string]any{"i": input})
	s.payees[name] = made.ID("createPayee", "payee", "id")
	s.positions[name] = made.String("createPayee", "position", "id")
}

// sell gives a booking of a seller, with an external id of its own.
func (s *small) sell(seller, day, amount string) map[string]any {
	s.sent++
	return map[string]any{
		"source": "test", "externalId": fmt.Sprint("T", s.sent), "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD",
		"sellers": []any{map[string]any{"payee": seller}},
	}
}

// period gives the id of a period by its name.
func (s *small) period(name string) string {
	return s.h.Do(s.h.Admin(), `query($n: [String!]) { periods(where: {names: $n}) { nodes { id } } }`, map[string]any{"n": []string{name}}).
		String("periods", "nodes", 0, "id")
}
