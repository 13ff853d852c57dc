package scenario

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
)

type changeKind struct {
	name string
	do   func(*shop, *rand.Rand) []string
}

// kinds are the kinds of change after which incremental must equal full. Each
// makes one random change and gives the refusals it met; a new noun adds its
// changes here.
var kinds = []changeKind{
	{"record", func(s *shop, random *rand.Rand) []string {
		record(s.h, []row{s.sale(random), s.sale(random)}, 2)
		return nil
	}},
	{"revise", func(s *shop, random *rand.Rand) []string {
		record(s.h, []row{s.revision(random, pick(random, s.facts...))}, 1)
		return nil
	}},
	{"return", func(s *shop, random *rand.Rand) []string {
		record(s.h, []row{s.back(random, pick(random, s.sales()...))}, 1)
		return nil
	}},
	{"alias", func(s *shop, random *rand.Rand) []string {
		return s.change(pick(random, "addProductAlias", "addProductAlias", "removeProductAlias"), "id", s.product, "alias", pick(random, "G T X", "GT X"))
	}},
	{"assign position", func(s *shop, random *rand.Rand) []string {
		s.sent++
		return s.change("assignPosition", "externalId", fmt.Sprint("seat", s.sent), "payeeId", s.payees[pick(random, "cid", "cid", "ann", "bob")].String(),
			"positionId", s.positions[pick(random, "open", "ann", "bob")], "startDate", someDay(random))
	}},
	{"end seat", func(s *shop, random *rand.Rand) []string {
		seat := s.any(random, "positionAssignments", "id version")
		return s.change("endPositionAssignment", "id", seat.String("id"), "ifVersion", seat.At("version").V, "endDate", pick[any](random, nil, someDay(random), someDay(random)))
	}},
	{"move position", func(s *shop, random *rand.Rand) []string {
		p := s.any(random, "positions", "id version")
		return s.change("updatePosition", "id", p.String("id"), "ifVersion", p.At("version").V, "effectiveFrom", pick[any](random, nil, someDay(random)),
			"parentId", pick[any](random, s.positions["boss"], s.positions["chief"], nil))
	}},
	{"title", func(s *shop, random *rand.Rand) []string {
		p := s.any(random, "positions", "id version")
		return s.change("updatePosition", "id", p.String("id"), "ifVersion", p.At("version").V, "effectiveFrom", someDay(random), "titleId", pick(random, s.repTitle, s.bossTitle))
	}},
	{"quota", func(s *shop, random *rand.Rand) []string {
		quota := row{"measureId": s.own, "periodId": s.period(pick(random, "2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4")), "amount": pick(random, "0", "500", "1000", "2500")}
		if random.IntN(3) == 0 {
			quota["startDate"] = pick(random, "2017-02-10", "2017-05-10", "2017-08-10", "2017-11-10")
		}
		if random.IntN(4) == 0 {
			quota["relief"] = row{"share": "0.2", "reason": "leave"}
		}
		if random.IntN(2) == 0 {
			quota["titleId"] = s.repTitle
		} else {
			quota["positionId"] = s.positions[pick(random, "ann", "bob", "open")]
		}
		return s.change("setQuotas", "quotas", []any{quota})
	}},
	{"remove quota", func(s *shop, random *rand.Rand) []string {
		if q := s.any(random, "quotas", "id version"); q != nil {
			return s.change("removeQuota", "id", q.String("id"), "ifVersion", q.At("version").V)
		}
		return nil
	}},
	{"value of a measure", func(s *shop, random *rand.Rand) []string {
		value := row{"measureId": s.hours, "date": someDay(random), "value": pick(random, "7.5", "8", "-1.25")}
		if random.IntN(3) > 0 {
			value["positionId"] = s.positions[pick(random, "ann", "bob", "open")]
		}
		return s.change("setMeasureValues", "values", []any{value})
	}},
	{"remove value of a measure", func(s *shop, random *rand.Rand) []string {
		if v := s.any(random, "measureValues", "id version"); v != nil {
			return s.change("removeMeasureValue", "id", v.String("id"), "ifVersion", v.At("version").V)
		}
		return nil
	}},
	{"activity", func(s *shop, random *rand.Rand) []string {
		s.act(s.activity(random, fmt.Sprint("V", random.IntN(6))))
		return nil
	}},
	{"rate table", func(s *shop, random *rand.Rand) []string {
		t := s.any(random, "rateTables", "id version")
		return s.change("setRateTableVersion", "id", t.String("id"), "ifVersion", t.At("version").V, "version", row{"startDate": pick[any](random, nil, someDay(random)),
			"dimension": "ATTAINMENT", "rows": []any{row{"from": "0", "to": pick(random, "0.5", "1"), "cell": pick(random, "0.04", "0.05")}, row{"from": "1", "cell": "0.07"}}, "gaps": true})
	}},
	{"assign plan", func(s *shop, random *rand.Rand) []string {
		s.sent++
		to := pick(random, [2]any{"titleId", s.repTitle}, [2]any{"titleId", s.bossTitle}, [2]any{"positionId", s.positions["open"]}, [2]any{"positionId", s.positions["ann"]},
			[2]any{"payeeId", s.payees["cid"].String()}, [2]any{"payeeId", s.payees["ann"].String()})
		return s.change("assignPlan", "externalId", fmt.Sprint("plan", s.sent), "planId", pick(random, s.tiers, s.repPlan), to[0], to[1], "startDate", someDay(random))
	}},
	{"end plan assignment", func(s *shop, random *rand.Rand) []string {
		a := s.any(random, "planAssignments", "id version")
		return s.change("endPlanAssignment", "id", a.String("id"), "ifVersion", a.At("version").V, "endDate", pick[any](random, nil, someDay(random), someDay(random)))
	}},
	{"parameter", func(s *shop, random *rand.Rand) []string {
		to := pick(random, [2]any{"titleId", s.repTitle}, [2]any{"positionId", s.positions["ann"]}, [2]any{"payeeId", s.payees["bob"].String()}, [2]any{})
		one := row{"planId": pick(random, s.tiers, s.repPlan), "key": "factor", "startDate": someDay(random), "value": pick(random, "0", "0.5", "1.25")}
		if to[0] != nil {
			one[to[0].(string)] = to[1]
		}
		return s.change("setParameterValues", "values", []any{one})
	}},
	{"remove parameter", func(s *shop, random *rand.Rand) []string {
		if v := s.any(random, "parameterValues", "id version"); v != nil {
			return s.change("removeParameterValue", "id", v.String("id"), "ifVersion", v.At("version").V)
		}
		return nil
	}},
	{"team", func(s *shop, random *rand.Rand) []string {
		members := []any{row{"positionId": s.positions["ann"], "weight": pick(random, "0", "1", "2.5")}, row{"positionId": s.positions[pick(random, "bob", "open", "boss")], "startDate": someDay(random)}}
		if t := s.any(random, "teams", "id version"); t != nil {
			return s.change("updateTeam", "id", t.String("id"), "ifVersion", t.At("version").V, "members", members)
		}
		return s.change("createTeam", "externalId", "T", "name", "Team", "members", members)
	}},
	{"FX rate", func(s *shop, random *rand.Rand) []string {
		pair := pick(random, [2]string{"EUR", "USD"}, [2]string{"EUR", "USD"}, [2]string{"USD", "EUR"})
		return s.change("setFXRates", "rates", []any{row{"fromCurrency": pair[0], "toCurrency": pair[1], "date": someDay(random), "rate": pick(random, "1.07", "1.11", "0.93")}})
	}},
	{"currency of pay", func(s *shop, random *rand.Rand) []string {
		p := s.any(random, "payees", "id version")
		return s.change("updatePayee", "id", p.String("id"), "ifVersion", p.At("version").V, "effectiveFrom", someDay(random), "currency", pick(random, "USD", "EUR"))
	}},
	{"status of a payee", func(s *shop, random *rand.Rand) []string {
		p := s.any(random, "payees", "id version")
		return s.change("updatePayee", "id", p.String("id"), "ifVersion", p.At("version").V, "effectiveFrom", someDay(random), "status", pick(random, "ACTIVE", "LEAVE_UNPAID", "TERMINATED", "NOTICE"))
	}},
	{"measure", func(s *shop, random *rand.Rand) []string {
		m := s.any(random, "measures", "id version")
		return s.change("updateMeasure", "id", m.String("id"), "ifVersion", m.At("version").V, "creditKinds", pick(random, []any{"DIRECT"}, []any{"ROLLUP"}, []any{"DIRECT", "ROLLUP"}))
	}},
	{"crediting rule", func(s *shop, random *rand.Rand) []string {
		r := s.any(random, "creditingRules", "id version receivers startDate endDate")
		if r.String("receivers") == "MANAGERS" {
			return s.change("updateCreditingRule", "id", r.String("id"), "ifVersion", r.At("version").V, "effectiveFrom", someDay(random),
				"levelShares", pick(random, []any{}, []any{"0.5"}, []any{"1", "0.25"}))
		}
		return s.change("updateCreditingRule", "id", r.String("id"), "ifVersion", r.At("version").V, "effectiveFrom", someDay(random),
			"condition", pick(random, "", "amount > 100", `product == "GTX"`))
	}},
}

// sales are the facts that are not returns.
func (s *shop) sales() (out []row) {
	for _, f := range s.facts {
		if f["kind"] == "BOOKING" {
			out = append(out, f)
		}
	}
	return out
}

// TestIncrementalEqualsFull makes random changes one after the other, and
// after each compares credits and results with a full recalculation, and all
// other laws. STEPS and SEED of the environment make it longer, or another.
func TestIncrementalEqualsFull(t *testing.T) {
	t.Parallel()
	steps, seed := 40, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("STEPS")); err == nil {
		steps = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = n
	}
	incremental(t, newShop(t), steps, seed)
}

// TestIncrementalOnStatements is the same where statements round what is trued up,
// and so each month depends on all that stood on those before.
func TestIncrementalOnStatements(t *testing.T) {
	t.Parallel()
	incremental(t, newShopBy(t, map[string]any{"roundStage": "STATEMENT", "roundScale": 1}), 16, 5)
}

// incremental makes the changes, of some kinds only where it says so.
func incremental(t *testing.T, s *shop, steps int, seed uint64, only ...string) {
	t.Helper()
	kinds := slices.Clone(kinds)
	if len(only) > 0 {
		kinds = slices.DeleteFunc(kinds, func(k changeKind) bool { return !slices.Contains(only, k.name) })
	}
	random := rand.New(rand.NewPCG(seed, 3))
	var rows []row
	for range 30 {
		rows = append(rows, s.sale(random))
	}
	record(s.h, rows, 1000)
	done, refused := map[string]int{}, map[string]int{}
	for step := range steps {
		kind := kinds[step%len(kinds)]
		if step >= len(kinds) || steps < len(kinds) {
			kind = pick(random, kinds...)
		}
		if codes := kind.do(s, random); len(codes) > 0 {
			refused[kind.name+": "+codes[0]]++
			continue
		}
		done[kind.name]++
		s.h.Settle()
		found, err := s.h.Service.Verify(t.Context())
		if err != nil {
			t.Fatalf("seed %d, step %d, %s: %v", seed, step, kind.name, err)
		}
		if len(found) > 0 {
			t.Fatalf("seed %d, step %d: after %s these laws are broken:\n%v", seed, step, kind.name, found[:min(6, len(found))])
		}
	}
	before := s.h.Canonical()
	s.h.Do(s.h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": s.period("2017")})
	s.h.Settle()
	if after := s.h.Canonical(); after != before {
		t.Errorf("seed %d: a run over the whole year gives other results:\n%s", seed, firstDifference(before, after))
	}
	t.Logf("done %v, refused %v; %d runs replayed", done, refused, replayAll(t, s.h))
}
