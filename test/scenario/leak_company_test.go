package scenario

import (
	"fmt"
	"maps"
	"time"

	"spm/model"
	"spm/test/harness"
)

// secrets is a company in which everybody's pay is told apart by its digits:
// boss over ann and bob, eve over dan, each with sales, quotas, targets,
// values, exceptions, problems, earnings; ann and bob share a deal, and ann had by
// mistake the seat "floater" until it was taken back.
type secrets struct {
	*small
	mistaken time.Time // while ann had the floater
	floater  string    // the position
	hours    string    // a measure of values
}

// digits keeps the amounts of two companies apart: "1" and "2" lead them.
func newSecrets(h *harness.Harness, lead string) *secrets {
	s := &secrets{small: newSmall(h)}
	s.add("eve", s.bossTitle, "")
	s.add("dan", s.repTitle, "eve")
	h.Do(h.Admin(), `mutation {
		createProducts(input: {products: [{externalId: "P", name: "Real"}]}) { userErrors { path message } }
		createAccounts(input: {accounts: [{externalId: "A", name: "Account"}]}) { userErrors { path message } }
		setFXRates(input: {rates: [{fromCurrency: "EUR", toCurrency: "USD", date: "2017-01-01", rate: "1.05"}]}) { userErrors { path message } }
		createRateTable(input: {key: "T", name: "Unused", version: {dimension: ATTAINMENT, rows: [{from: "0", cell: "0.04"}]}}) { userErrors { path message } }
	}`, nil)
	newKey(h, everyBounded, "positionId", s.positions["boss"])
	newIssuer(h, "https://id.example.com")
	s.accelerator(lead)
	s.mistake(lead)
	s.share(lead)
	s.acted(lead)
	amount := func(rest string) string { return lead + rest }
	split := s.sell("ann", "2017-02-14", amount("6053.29"))
	split["sellers"] = []any{map[string]any{"payee": "ann", "share": "0.29"}, map[string]any{"payee": "bob", "share": "0.71"}}
	annual := s.sell("ann", "2017-01-10", amount("1013.37"))
	back := s.sell("ann", "2017-03-03", "-"+amount("103.41"))
	back["kind"], back["sellers"] = "RETURN", nil
	back["relatesTo"] = map[string]any{"type": "REVERSES", "externalId": annual["externalId"]}
	nobody := s.sell("zed", "2017-02-02", amount("5501.77"))
	misspelt := s.sell("bob", "2017-02-03", amount("5603.83"))
	misspelt["product"] = "Zorp"
	ownMisspelt := s.sell("ann", "2017-02-04", amount("5709.89"))
	ownMisspelt["product"] = "Zorp"
	revised := s.sell("bob", "2017-03-05", amount("7207.01"))
	again := map[string]any{}
	maps.Copy(again, revised)
	again["sourceRevision"], again["amount"] = "1", amount("7309.03")
	record(h, []map[string]any{
		split, annual, back, nobody, misspelt, ownMisspelt, revised, again,
		s.sell("ann", "2017-05-11", amount("1117.39")), s.sell("bob", "2017-01-12", amount("2129.41")), s.sell("bob", "2017-05-13", amount("2231.43")),
		s.sell("dan", "2017-01-15", amount("3347.47")), s.sell("dan", "2017-05-16", amount("3449.53")),
		s.sell("boss", "2017-02-17", amount("4561.59")), s.sell("eve", "2017-02-18", amount("4663.61")),
	}, 1000)
	h.Settle()
	return s
}

// accelerator is a plan of bonuses at attainment, given to each rep with a
// target of its own: quarters without a quota are problems.
func (s *secrets) accelerator(lead string) {
	admin := s.h.Admin()
	plan := s.h.Do(admin, `mutation { createPlan(input: {externalId: "ACCELERATOR", name: "Accelerator"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
	bonus := map[string]any{"key": "bonus", "measureId": s.own, "payout": "QUARTER", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []any{map[string]any{"at": "0.1", "amount": "500"}}}
	publish(s.h, plan, s.calendar, []any{bonus}, map[string]any{"payeeId": s.payees["ann"].String(), "targetIncentive": money(lead + "0111.11")})
	for name, target := range map[string]string{"bob": "0222.23", "dan": "0333.37", "boss": "0444.49", "eve": "0555.53"} {
		s.h.Do(admin, `mutation($i: AssignPlanInput!) { assignPlan(input: $i) { userErrors { path message } } }`, map[string]any{"i": map[string]any{
			"externalId": "target of " + name, "planId": plan, "positionId": s.positions[name], "startDate": "2017-01-01", "targetIncentive": money(lead + target)}})
	}
	s.parameters(lead, plan)
	s.quota("ann", lead+"9011.03")
	s.quota("bob", lead+"9122.07")
	s.quota("dan", lead+"9233.09")
	s.quota("boss", lead+"9344.17")
	s.hours = createdMeasure(s.h, "HOURS")
	for name, value := range map[string]string{"ann": "8011.03", "bob": "8122.07", "dan": "8233.09", "boss": "8344.17", "": "8555.23"} {
		s.worked(name, lead+value)
	}
}

// acted records an activity of each position.
func (s *secrets) acted(lead string) {
	var rows []any
	for name, quantity := range map[string]string{"ann": "8611.03", "bob": "8622.07", "dan": "8633.09", "boss": "8644.17", "floater": "8655.23"} {
		rows = append(rows, activity("call of "+name, "CALL", name, "2017-02-15", "quantity", lead+quantity))
	}
	s.h.Do(s.h.Admin(), recordActivities, map[string]any{"a": rows})
}

// worked sets hours of a position, or of the whole company.
func (s *secrets) worked(position, value string) {
	one := map[string]any{"measureId": s.hours, "date": "2017-02-15", "value": value}
	if position != "" {
		one["positionId"] = s.positions[position]
	}
	s.h.Do(s.h.Admin(), setValues, map[string]any{"v": []any{one}})
}

// share makes a team of all sides, each with a weight of its own, and one of
// eve's side.
func (s *secrets) share(lead string) {
	for team, weights := range map[string]map[string]string{
		"all":   {"ann": "7011.03", "bob": "7022.07", "dan": "7033.09", "boss": "7044.13", "eve": "7055.17", "floater": "7066.19"},
		"eve's": {"dan": "7077.23", "eve": "7088.29"},
	} {
		var members []any
		for position, weight := range weights {
			members = append(members, map[string]any{"positionId": s.positions[position], "weight": lead + weight})
		}
		s.h.Do(s.h.Admin(), createTeam, map[string]any{"i": map[string]any{"externalId": team, "name": team, "members": members}})
	}
}

// parameters sets a factor of each plan, and of the accelerator for some too.
func (s *secrets) parameters(lead, accelerator string) {
	var values []any
	set := func(plan, field, holder, amount string) {
		one := map[string]any{"planId": plan, "key": "factor", "startDate": "2017-01-01", "value": lead + amount}
		if field != "" {
			one[field] = holder
		}
		values = append(values, one)
	}
	for i, plan := range s.h.Do(s.h.Admin(), `{ plans { nodes { id } } }`, nil).List("plans", "nodes") {
		set(plan.String("id"), "", "", fmt.Sprintf("81%d1.03", i))
	}
	set(accelerator, "titleId", s.repTitle, "8211.07")
	set(accelerator, "titleId", s.bossTitle, "8221.09")
	set(accelerator, "positionId", s.positions["bob"], "8311.13")
	set(accelerator, "positionId", s.positions["dan"], "8321.17")
	set(accelerator, "payeeId", s.payees["ann"].String(), "8411.19")
	set(accelerator, "payeeId", s.payees["eve"].String(), "8421.23")
	set(s.repPlan, "payeeId", s.payees["boss"].String(), "8431.29")
	s.h.Do(s.h.Admin(), setParameters, map[string]any{"v": values})
}

func (s *secrets) quota(position, amount string) {
	s.h.Do(s.h.Admin(), setQuotas, map[string]any{"q": []any{map[string]any{
		"positionId": s.positions[position], "measureId": s.own, "periodId": s.period("2017-Q1"), "amount": amount}}})
}

// mistake seats ann where she does not belong, and takes it back.
func (s *secrets) mistake(lead string) {
	admin := s.h.Admin()
	s.floater = s.h.Do(admin, `mutation($t: ID!) { createPosition(input: {externalId: "floater", name: "Floater", titleId: $t}) { position { id } userErrors { path message } } }`,
		map[string]any{"t": s.bossTitle}).String("createPosition", "position", "id")
	s.positions["floater"] = s.floater
	s.quota("floater", lead+"9455.19")
	s.worked("floater", lead+"8455.19")
	seat := s.h.Do(admin, `mutation($i: AssignPositionInput!) { assignPosition(input: $i) { assignment { id } userErrors { path message } } }`, map[string]any{
		"i": map[string]any{"externalId": "mistaken", "payeeId": s.payees["ann"].String(), "positionId": s.floater, "startDate": "2017-01-01"}}).String("assignPosition", "assignment", "id")
	s.mistaken = time.Now()
	s.h.Do(admin, `mutation($i: EndPositionAssignmentInput!) { endPositionAssignment(input: $i) { userErrors { path message } } }`, map[string]any{
		"i": map[string]any{"id": seat, "ifVersion": 1, "endDate": "2016-12-31"}})
}

func money(amount string) map[string]any { return map[string]any{"amount": amount, "currency": "USD"} }

// whose says which payees and positions somebody may see, by their names.
type whose struct {
	token             string
	self              string
	payees, positions []string
	roles             []string // of the payee's user, where there are several; nil: the only one
}

func (s *secrets) rep(name string) whose {
	id := s.payees[name]
	return whose{token: s.h.Token(&id, model.RoleRep), self: name, payees: []string{name}, positions: []string{name}}
}

func (s *secrets) manager(name string, below ...string) whose {
	id := s.payees[name]
	all := append([]string{name}, below...)
	return whose{token: s.h.Token(&id, model.RoleManager), self: name, payees: all, positions: all}
}

// handedOver lets one manager act for another: both see that, nobody else.
func (s *secrets) handedOver(giver, receiver string) {
	id, other := s.payees[receiver], s.payees[giver]
	gives, acts := s.h.Token(&other, model.RoleManager), s.h.Token(&id, model.RoleManager)
	for i, token := range []string{gives, acts} { // each is told the other's name
		s.h.Do(s.h.Admin(), changeUser, input("id", viewerOf(s.h, token), "ifVersion", 1, "name", fmt.Sprint("Manager ", i)))
	}
	delegate(s.h, gives, acts, model.RoleManager)
}

// paid closes and pays a month in which everybody has brought something to go-live
// and was given something by hand, each of their own digits.
func (s *secrets) paid(lead string) {
	s.payAdjusted(func(month string) {
		h, finance := s.h, s.h.Token(nil, model.RoleFinance)
		for n, name := range []string{"ann", "bob", "dan", "boss", "eve"} {
			opening, gift := money(fmt.Sprintf("%s6%d11.03", lead, n)), money(fmt.Sprintf("%s6%d57.19", lead, n))
			made := h.Do(h.Admin(), `mutation($p: ID!, $m: ID!, $o: MoneyInput!, $g: MoneyInput!, $n: String!, $a: String!) {
				setOpeningEntries(input: {entries: [{externalId: $n, payeeId: $p, periodId: $m, account: PAYABLE, amount: $o}]}) { userErrors { path message } }
				addPayAdjustment(input: {externalId: $a, payeeId: $p, periodId: $m, amount: $g, reasonCode: "R", reason: $a}) { payAdjustment { id } userErrors { path message } }
			}`, map[string]any{"p": s.payees[name].String(), "m": month, "o": opening, "g": gift, "n": "brought by " + name + lead, "a": "given to " + name + lead})
			h.Do(finance, `mutation($a: ID!) { approvePayAdjustment(input: {id: $a, ifVersion: 1}) { userErrors { path message } } }`,
				map[string]any{"a": made.String("addPayAdjustment", "payAdjustment", "id")})
		}
	})
}
