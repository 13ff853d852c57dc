package scenario

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"spm/model"
)

type richKind struct {
	name string
	do   func(*rich, *rand.Rand) []string
}

// factKinds are the kinds of change of facts, credits and those who have them
// beside those of the shop.
var factKinds = []richKind{
	{"record", func(s *rich, random *rand.Rand) []string {
		record(s.h, []row{s.deal(random), s.deal(random)}, 2)
		return nil
	}},
	{"payment", func(s *rich, random *rand.Rand) []string {
		of := pick(random, s.sales()...)
		s.sent++
		record(s.h, []row{{"source": "test", "externalId": fmt.Sprint("T", s.sent), "kind": "PAYMENT", "eventDate": someDay(random), "amount": of["amount"], "currency": of["currency"],
			"relatesTo": row{"type": "PAYS", "externalId": of["externalId"]}}}, 1)
		return nil
	}},
	{"credit by hand", func(s *rich, random *rand.Rand) []string {
		e := s.any(random, "creditingExceptions", "id version")
		if e == nil {
			return nothing
		}
		in := []any{"id", e.String("id"), "ifVersion", e.At("version").V, "reason", "known"}
		if random.IntN(4) == 0 {
			return s.change("resolveCreditingException", append(in, "noCredit", true)...)
		}
		return s.change("resolveCreditingException", append(in, "shares", []any{
			row{"positionId": s.positions["ann"], "share": "0.75"}, row{"positionId": s.positions[pick(random, "bob", "open")], "share": "0.25"}})...)
	}},
	{"credit by hand taken back", func(s *rich, random *rand.Rand) []string {
		settled := s.h.Strings("SELECT transaction_id::text FROM exception_resolution WHERE tx_to = 9223372036854775807 ORDER BY 1")
		if len(settled) == 0 {
			return nothing
		}
		id, _ := strconv.ParseInt(pick(random, settled...), 10, 64)
		return s.change("withdrawExceptionResolution", "transactionId", model.IntID(model.KindTransaction, id).String())
	}},
	{"somebody new", func(s *rich, random *rand.Rand) []string {
		if s.hired == 4 {
			return nothing
		}
		s.hired++
		in := []any{"externalId", fmt.Sprint("zoe", s.hired-1), "name", "Zoe", "currency", "USD", "startDate", pick[any](random, nil, someDay(random))}
		if random.IntN(3) > 0 {
			in = append(in, "ownPosition", row{"titleId": s.repTitle, "parentId": s.positions["boss"]})
		}
		return s.change("createPayee", in...)
	}},
	{"attribute of a payee", func(s *rich, random *rand.Rand) []string {
		p := s.any(random, "payees", "id version")
		return s.change("updatePayee", "id", p.String("id"), "ifVersion", p.At("version").V, "effectiveFrom", someDay(random),
			"attributes", pick(random, []any{row{"name": "grade", "value": "senior"}}, []any{row{"name": "grade", "value": "junior"}}, []any{}))
	}},
	{"attribute of a position", func(s *rich, random *rand.Rand) []string {
		p := s.any(random, "positions", "id version")
		return s.change("updatePosition", "id", p.String("id"), "ifVersion", p.At("version").V, "effectiveFrom", someDay(random),
			"attributes", pick(random, []any{row{"name": "area", "value": "west"}}, []any{row{"name": "area", "value": "east"}}, []any{}))
	}},
	{"tree of products", func(s *rich, random *rand.Rand) []string {
		p := s.any(random, "products", "id version")
		return s.change("updateProduct", "id", p.String("id"), "ifVersion", p.At("version").V, "effectiveFrom", someDay(random), "parentId", pick[any](random, s.hard, s.hard, nil))
	}},
	{"tree of accounts", func(s *rich, random *rand.Rand) []string {
		a := s.any(random, "accounts", "id version")
		return s.change("updateAccount", "id", a.String("id"), "ifVersion", a.At("version").V, "effectiveFrom", someDay(random), "parentId", pick[any](random, s.group, s.group, nil))
	}},
	{"alias of an account", func(s *rich, random *rand.Rand) []string {
		return s.change(pick(random, "addAccountAlias", "addAccountAlias", "removeAccountAlias"), "id", s.group, "alias", "Acme Inc")
	}},
	{"new crediting rule", func(s *rich, random *rand.Rand) []string {
		s.sent++
		revenue := s.any(random, "creditTypes", "id").String("id")
		return s.change("createCreditingRule", "key", fmt.Sprint("R", s.sent), "name", "More", "creditKind", "OVERLAY", "creditTypeId", revenue, "receivers", "POSITIONS", "startDate", someDay(random),
			"condition", pick(random, `accountIn("GROUP")`, `product == "SOFT"`, "amount > 500"), "positions", []any{row{"positionId": s.positions[pick(random, "boss", "bob")], "share": "0.1"}})
	}},
	{"end of a crediting rule", func(s *rich, random *rand.Rand) []string {
		r := s.any(random, "creditingRules", "id version receivers")
		return s.change("endCreditingRule", "id", r.String("id"), "ifVersion", r.At("version").V, "endDate", pick[any](random, nil, nil, someDay(random)))
	}},
}

// payKinds are the kinds of change of plans, periods and balances beside those of
// the shop.
var payKinds = []richKind{
	{"plan", func(s *rich, random *rand.Rand) []string {
		return s.version(someDay(random), pick(random, "0.04", "0.06"), pick(random, "40", "90"))
	}},
	{"retired plan", func(s *rich, random *rand.Rand) []string {
		v := s.h.Do(s.h.Admin(), `query($p: ID!) { planVersions(where: {planId: {eq: $p}, states: [PUBLISHED]}) { nodes { id version } } }`, row{"p": s.pay}).List("planVersions", "nodes")
		if len(v) < 2 {
			return nothing
		}
		last := pick(random, v...)
		return s.changeBy(s.finance, "retirePlanVersion", "id", last.String("id"), "ifVersion", last.At("version").V, "endDate", someDay(random))
	}},
	{"target incentive", func(s *rich, random *rand.Rand) []string {
		a := s.h.Do(s.h.Admin(), `query($p: ID!) { planAssignments(where: {planId: {eq: $p}}) { nodes { id version startDate endDate payee { id } } } }`, row{"p": s.pay}).List("planAssignments", "nodes")
		one, day := pick(random, a...), someDay(random)
		if one.String("startDate") >= day || one.At("endDate").V != nil {
			return nothing
		}
		if codes := s.change("endPlanAssignment", "id", one.String("id"), "ifVersion", one.At("version").V, "endDate", day); len(codes) > 0 {
			return codes
		}
		next, err := model.ParseDate(day)
		if err != nil {
			s.h.Fatalf("%v", err)
		}
		s.sent++
		return s.change("assignPlan", "externalId", fmt.Sprint("target", s.sent), "planId", s.pay, "payeeId", one.String("payee", "id"), "startDate", next.AddDays(1).String(),
			"targetIncentive", usd(pick(random, "6000", "24000")))
	}},
	{"adjustment", func(s *rich, random *rand.Rand) []string {
		in := row{"payeeId": s.any(random, "payees", "id").String("id"), "periodId": s.openMonth(random), "amount": usd(pick(random, "-150", "25", "300.5")), "reasonCode": "ERROR", "reason": "forgotten"}
		added := s.h.Post(s.h.Admin(), `mutation($i: AddPayAdjustmentInput!) { addPayAdjustment(input: $i) { payAdjustment { id version } userErrors { path code } } }`, row{"i": in})
		made := s.h.Decode(added).At("addPayAdjustment")
		if errs := made.List("userErrors"); len(errs) > 0 {
			return []string{errs[0].String("code")}
		}
		return s.changeBy(s.finance, "approvePayAdjustment", "id", made.String("payAdjustment", "id"), "ifVersion", made.At("payAdjustment", "version").V)
	}},
	{"reversal of an adjustment", func(s *rich, random *rand.Rand) []string {
		a := s.any(random, "payAdjustments", "id")
		if a == nil {
			return nothing
		}
		made := s.h.Decode(s.h.Post(s.h.Admin(), `mutation($i: ReversePayAdjustmentInput!) { reversePayAdjustment(input: $i) { payAdjustment { id version } userErrors { path code } } }`,
			row{"i": row{"id": a.String("id"), "periodId": s.openMonth(random), "reason": "wrong"}})).At("reversePayAdjustment")
		if errs := made.List("userErrors"); len(errs) > 0 {
			return []string{errs[0].String("code")}
		}
		return s.changeBy(s.finance, "approvePayAdjustment", "id", made.String("payAdjustment", "id"), "ifVersion", made.At("payAdjustment", "version").V)
	}},
	{"opening entry", func(s *rich, random *rand.Rand) []string {
		s.sent++
		entry := row{"externalId": fmt.Sprint("O", s.sent), "payeeId": s.payees[pick(random, "ann", "bob", "cid")].String(), "periodId": s.openMonth(random), "amount": usd(pick(random, "40", "75.25")),
			"account": pick(random, "PAYABLE", "EARNED", "HELD", "DRAW")}
		switch entry["account"] {
		case "HELD":
			entry["releaseOn"] = someDay(random)
		case "DRAW":
			entry["planId"], entry["drawKey"] = s.pay, "draw"
		}
		return s.change("setOpeningEntries", "entries", []any{entry})
	}},
	{"opening entry removed", func(s *rich, random *rand.Rand) []string {
		if e := s.any(random, "openingEntries", "id version"); e != nil {
			return s.change("removeOpeningEntry", "id", e.String("id"), "ifVersion", e.At("version").V)
		}
		return nothing
	}},
	{"hold released", func(s *rich, random *rand.Rand) []string {
		held := s.h.Do(s.h.Admin(), `{ earnings(first: 100, where: {componentKey: {eq: "held"}}) { nodes { id } } }`, nil).List("earnings", "nodes")
		if len(held) == 0 {
			return nothing
		}
		return s.changeBy(s.finance, "releaseHold", "earningId", pick(random, held...).String("id"), "part", "hand", "date", someDay(random), "reason", "signed")
	}},
	{"earning code", func(s *rich, random *rand.Rand) []string {
		return s.change("setEarningCodes", "codes", []any{row{"code": pick(random, "held", "hard", "curve"), "counts": random.IntN(2) == 0}})
	}},
	{"calendar: pay dates", func(s *rich, random *rand.Rand) []string {
		n := s.closed + 1 + random.IntN(12-s.closed)
		id, _, _ := s.month(n)
		return s.change("setPayDates", "payDates", []any{row{"periodId": id, "payDate": model.NewDate(2017, n+1, 1+random.IntN(27)).String()}})
	}},
	{"calendar: a year", func(s *rich, _ *rand.Rand) []string {
		if s.opened || s.yearly {
			return nothing
		}
		s.opened = true
		return s.change("openFiscalYear", "calendarId", s.calendar, "fiscalYear", 2018)
	}},
	{"close", func(s *rich, _ *rand.Rand) []string {
		if s.closed == 8 {
			return nothing
		}
		codes := s.moveMonth(s.closed+1, [2]string{s.h.Admin(), "submitPeriod"}, [2]string{s.finance, "approvePeriod"}, [2]string{s.h.Admin(), "closePeriod"})
		if len(codes) == 0 {
			s.closed++
		}
		return codes
	}},
	{"pay", func(s *rich, _ *rand.Rand) []string {
		if s.paid == s.closed {
			return nothing
		}
		codes := s.moveMonth(s.paid+1, [2]string{s.payer, "payPeriod"})
		if len(codes) == 0 {
			s.paid++
		}
		return codes
	}},
	{"reopen", func(s *rich, _ *rand.Rand) []string {
		if s.paid == s.closed {
			return nothing
		}
		s.goOn()
		s.h.Settle()
		codes := s.reopen(s.closed)
		if len(codes) == 0 {
			s.closed--
		}
		return codes
	}},
}

// nothing is what a kind gives that has nothing to change.
var nothing = []string{"nothing to change"}
