package scenario

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// rich is the shop with all else that a change can meet: accounts and products
// in trees, attributes that conditions read, targets, draws, holds, clawbacks
// and caps, balances brought along, and months that are closed and paid.
type rich struct {
	*shop
	pay     string // the plan with the balances
	rules   row    // of its versions
	curve   string // its rate table
	hard    string // the product above others
	group   string // the account above others
	numbers int    // of plan versions
	closed  int    // months
	paid    int
	hired   int
	opened  bool // the next year
	yearly  bool // it is not opened
	halted  bool

	finance, payer string
}

func newRich(t *testing.T, random *rand.Rand) *rich {
	t.Helper()
	s := &rich{shop: newShop(t), yearly: random.IntN(5) > 0}
	h, admin := s.h, s.h.Admin()
	s.finance, s.payer = h.Token(nil, model.RoleFinance), h.Token(nil, model.RoleFinance, model.RoleAuditor)
	s.rules = pick(random,
		row{"negativePay": "CARRIED", "quotaChange": "DAY_WEIGHTED"},
		row{"negativePay": "COLLECTED", "quotaCarry": "SHORTFALL", "leaver": row{"holds": "FORFEIT", "draw": "COLLECT", "debit": "WRITE_OFF"}},
		row{"returns": "CLAWBACK", "quotaBasis": "TO_DATE", "leaver": row{"holds": "RELEASE", "debit": "COLLECT"}},
		row{"fxPlanToPay": "PAY_DATE", "fxCreditToPlan": "PERIOD_END", "statusPolicy": []any{row{"status": "NOTICE", "accrues": true, "prorates": true, "pays": false}}})
	made := h.Do(admin, `mutation {
		createProducts(input: {products: [{externalId: "HARD", name: "Hardware"}, {externalId: "SOFT", name: "Software"}]}) { products { id } userErrors { path message } }
		createAccounts(input: {accounts: [{externalId: "GROUP", name: "Group"}, {externalId: "ACME", name: "Acme", parentExternalId: "GROUP"}, {externalId: "BETA", name: "Beta"}]}) { accounts { id } userErrors { path message } }
		createPlan(input: {externalId: "PAY", name: "Pay"}) { plan { id } userErrors { path message } }
		createRateTable(input: {key: "C", name: "C", version: {dimension: ATTAINMENT, lookup: LINEAR, cellKind: FRACTION_OF_TARGET, rows: [{from: "0.5", cell: "0.5"}, {from: "1", cell: "1"}, {from: "2", cell: "3"}]}}) { rateTable { id } userErrors { path message } }
	}`, nil)
	s.hard, s.group, s.pay = made.String("createProducts", "products", 0, "id"), made.String("createAccounts", "accounts", 0, "id"), made.String("createPlan", "plan", "id")
	s.curve = made.String("createRateTable", "rateTable", "id")
	s.must("updateProduct", "id", s.product, "ifVersion", 1, "effectiveFrom", "2017-01-01", "parentId", s.hard)
	revenue := h.Do(admin, `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	s.must("createCreditingRule", "key", "OVER", "name", "Specialist", "creditKind", "OVERLAY", "creditTypeId", revenue, "receivers", "POSITIONS",
		"positions", []any{row{"positionId": s.positions["chief"], "share": "0.25"}}, "condition", `productIn("HARD") and attr("segment") != "S"`)
	if codes := s.version("2017-01-01", "0.05", "60"); len(codes) > 0 {
		t.Fatal(codes)
	}
	for _, to := range []string{"ann", "cid"} {
		s.must("assignPlan", "externalId", "PAY to "+to, "planId", s.pay, "payeeId", s.payees[to].String(), "startDate", "2017-01-01", "targetIncentive", usd("12000"))
	}
	s.must("assignPosition", "externalId", "cid in open", "payeeId", s.payees["cid"].String(), "positionId", s.positions["open"], "startDate", "2017-02-10")
	var quotas []any
	for i, quarter := range []string{"2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"} {
		quotas = append(quotas, row{"titleId": s.repTitle, "measureId": s.own, "periodId": s.period(quarter), "amount": fmt.Sprint(900 + 200*i)})
	}
	s.must("setQuotas", "quotas", quotas)
	s.must("setFXRates", "rates", []any{row{"fromCurrency": "EUR", "toCurrency": "USD", "date": "2017-01-01", "rate": "1.0731"}, row{"fromCurrency": "USD", "toCurrency": "EUR", "date": "2017-01-01", "rate": "0.9319"}})
	h.Settle()
	return s
}

func usd(amount string) row { return row{"amount": amount, "currency": "USD"} }

// version writes and publishes the next version of the plan with the balances,
// and gives what was refused.
func (s *rich) version(from, rate, draw string) []string {
	s.numbers++
	part := func(key string, more ...any) row {
		return with(row{"key": key, "measureId": s.own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": rate}, more...)
	}
	clawbacks := []any{row{"cause": "LEAVING", "months": 3, "method": "PERCENT", "share": "0.5"}}
	if s.rules["returns"] != nil {
		clawbacks = append(clawbacks, row{"cause": "RETURN", "months": 6})
	}
	in := row{"planId": s.pay, "number": s.numbers, "startDate": from, "calendarId": s.calendar, "currency": "USD", "rules": s.rules, "parameters": []any{row{"key": "factor", "default": "1"}},
		"draws": []any{row{"key": "draw", "name": "Draw", "amount": draw}}, "guarantees": []any{row{"key": "least", "name": "Minimum", "amount": "20", "per": "QUARTER", "counts": []any{"hard"}}},
		"caps": []any{row{"kind": "CAP", "name": "a year", "over": "PAYEE", "per": "YEAR", "amount": "5000"}},
		"components": []any{
			part("held", "release", []any{row{"name": "now", "share": "0.4", "trigger": "OFFSET"}, row{"name": "cash", "share": "0.4", "trigger": "CASH", "cash": "PROPORTION"}, row{"name": "hand", "share": "0.2", "trigger": "PERSON"}}, "clawbacks", clawbacks),
			part("hard", "condition", `productIn("HARD")`), part("group", "condition", `accountIn("GROUP")`, "window", "QUARTER", "settlement", "TRUE_UP"),
			part("seniors", "eligibility", `payeeAttr('grade') == 'senior'`), part("west", "condition", `positionAttr('area') == 'west' or number(attr('rank')) > 2`),
			row{"key": "curve", "measureId": s.own, "payout": "QUARTER", "rateKind": "PAY_CURVE", "rateTableId": s.curve, "targetShare": "0.5"},
		}}
	if codes := s.change("createPlanVersion", pairsOf(in)...); len(codes) > 0 {
		return codes
	}
	id := s.h.Do(s.h.Admin(), `query($p: ID!, $n: Int!) { planVersions(where: {planId: {eq: $p}, number: {eq: $n}}) { nodes { id } } }`, row{"p": s.pay, "n": s.numbers}).String("planVersions", "nodes", 0, "id")
	for i, name := range []string{"submitPlanVersion", "approvePlanVersion", "publishPlanVersion"} {
		token := s.finance
		if i == 0 {
			token = s.h.Admin()
		}
		if codes := s.changeBy(token, name, "id", id, "ifVersion", i+1); len(codes) > 0 {
			return codes
		}
	}
	return nil
}

// deal draws a sale with what the richer company reads of one, of somebody
// unknown now and then.
func (s *rich) deal(random *rand.Rand) row {
	r := s.sale(random)
	r["account"] = pick(random, "ACME", "ACME", "Acme Inc", "BETA")
	r["product"] = pick(random, "GTX", "GTX", "G T X", "HARD", "SOFT")
	r["attributes"] = []any{row{"name": "segment", "value": pick(random, "S", "M")}, row{"name": "rank", "value": pick(random, "1", "1", "1", "1", "3", "3", "3", "3", "3", "3", "x")}}
	if random.IntN(5) == 0 {
		r["orderId"] = pick(random, "O1", "O2")
	}
	if random.IntN(8) == 0 {
		r["sellers"] = []any{row{"payee": fmt.Sprint("zoe", s.hired+random.IntN(2))}}
	}
	maps.Copy(s.facts[len(s.facts)-1], r)
	return r
}

// changeBy is change by another person.
func (s *rich) changeBy(token, name string, pairs ...any) []string {
	document := fmt.Sprintf("mutation($input: %sInput!) { %s(input: $input) { userErrors { path code message } } }", strings.ToUpper(name[:1])+name[1:], name)
	return s.h.Refused(token, document, input(pairs...))
}

// month gives a pay month's node, with its version and status.
func (s *rich) month(n int) (id string, version any, status string) {
	node := s.h.Do(s.h.Admin(), `query($n: [String!]) { periods(where: {names: $n}) { nodes { id version status } } }`, row{"n": []string{fmt.Sprintf("2017-%02d", n)}}).At("periods", "nodes", 0)
	return node.String("id"), node.At("version").V, node.String("status")
}

// moveMonth moves a month by mutations, each by a person, and gives what was
// refused.
func (s *rich) moveMonth(n int, steps ...[2]string) []string {
	s.goOn()
	s.h.Settle()
	for _, step := range steps {
		id, version, _ := s.month(n)
		in := []any{"id", id, "ifVersion", version}
		if step[1] == "closePeriod" {
			in = append(in, "acknowledge", []string{"OPEN_PROBLEM", "OPEN_EXCEPTION", "CONTESTED_STATEMENT"})
		}
		if codes := s.changeBy(step[0], step[1], in...); len(codes) > 0 {
			return codes
		}
	}
	return nil
}

// halt keeps everybody from working for the tenant until goOn, so that what
// changes in between is worked off at once.
func (s *rich) halt() {
	if !s.halted {
		s.halted = true
		s.h.Strings("SELECT pg_advisory_lock(hashtextextended($1, 3))::text", s.h.Tenant.String())
	}
}

func (s *rich) goOn() {
	if s.halted {
		s.halted = false
		s.h.Strings("SELECT pg_advisory_unlock(hashtextextended($1, 3))::text", s.h.Tenant.String())
	}
}

// reopen has two people open a month.
func (s *rich) reopen(n int) []string {
	id, version, _ := s.month(n)
	asked := s.h.Do(s.h.Admin(), `mutation($i: RequestPeriodReopeningInput!) { requestPeriodReopening(input: $i) { stepId userErrors { path code message } } }`,
		row{"i": row{"id": id, "ifVersion": version, "reason": "a deal was forgotten"}}).String("requestPeriodReopening", "stepId")
	return s.changeBy(s.finance, "approvePeriodReopening", "stepId", asked)
}

// openMonth draws a month that is not closed.
func (s *rich) openMonth(random *rand.Rand) string {
	id, _, _ := s.month(s.closed + 1 + random.IntN(12-s.closed))
	return id
}

// problemCodes counts the problems that there are, by their codes.
func (s *rich) problemCodes() []string {
	return slices.Sorted(slices.Values(s.h.Strings(`SELECT q.code || ' ' || count(*) FROM published v JOIN problem q USING (tenant_id, run_id, payee_id, period_id)
		WHERE v.tx_to = 9223372036854775807 GROUP BY q.code`)))
}
