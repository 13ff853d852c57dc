package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// orderFacts draws a company's facts: sales, some with later revisions, and
// returns with revisions of their own.
func (s *shop) orderFacts(random *rand.Rand) []row {
	var all []row
	for range 60 {
		sold := s.sale(random)
		all = append(all, sold)
		for range pick(random, 0, 0, 1, 3) {
			all = append(all, s.revision(random, sold))
		}
		if random.IntN(3) == 0 {
			back := s.back(random, sold)
			all = append(all, back)
			if random.IntN(3) == 0 {
				all = append(all, s.revision(random, back))
			}
		}
	}
	return all
}

// orderSetup are changes of the set-up that may come at any moment.
func (s *shop) orderSetup() []func() {
	first, revenue := s.period("2017-Q1"), s.h.Do(s.h.Admin(), `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	return []func(){
		func() { s.must("addProductAlias", "id", s.product, "alias", "G T X") },
		func() { s.must("addProductAlias", "id", s.product, "alias", "GT X") },
		func() {
			s.must("assignPosition", "externalId", "cid in open", "payeeId", s.payees["cid"].String(), "positionId", s.positions["open"], "startDate", "2017-03-08")
		},
		func() {
			s.must("createCreditingRule", "key", "OV", "name", "Overlay", "creditKind", "OVERLAY", "creditTypeId", revenue, "receivers", "POSITIONS",
				"positions", []any{row{"positionId": s.positions["chief"], "share": "0.25"}}, "startDate", "2017-02-01")
		},
		func() {
			s.must("setQuotas", "quotas", []any{row{"titleId": s.repTitle, "measureId": s.own, "periodId": first, "amount": "1200"}})
		},
		func() {
			s.must("setMeasureValues", "values", []any{row{"measureId": s.hours, "date": "2017-03-07", "value": "7.5"},
				row{"measureId": s.hours, "positionId": s.positions["open"], "date": "2017-03-07", "value": "6"}})
		},
		func() {
			s.must("assignPlan", "externalId", "tiers of open", "planId", s.tiers, "positionId", s.positions["open"], "startDate", "2017-02-05")
		},
		func() {
			s.must("setFXRates", "rates", []any{row{"fromCurrency": "EUR", "toCurrency": "USD", "date": "2017-02-01", "rate": "1.0731"}})
		},
	}
}

// TestOrder: the same facts and set-up in random orders and batches give
// byte-equal credits and results, with the revisions of a transaction in any
// order, returns before their sale, and set-up changed between facts.
func TestOrder(t *testing.T) {
	t.Parallel()
	var first [2]string
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newShop(t)
			facts := s.orderFacts(rand.New(rand.NewPCG(7, 7)))
			random := rand.New(rand.NewPCG(seed, 2))
			if seed > 0 {
				random.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
			}
			setup := s.orderSetup()
			random.Shuffle(len(setup), func(i, j int) { setup[i], setup[j] = setup[j], setup[i] })
			for len(facts)+len(setup) > 0 {
				if len(setup) > 0 && (len(facts) == 0 || random.IntN(3) == 0) {
					setup[0]()
					setup = setup[1:]
					continue
				}
				n := min(1+random.IntN(30), len(facts))
				record(s.h, facts[:n], 1000)
				facts = facts[n:]
			}
			s.h.Settle()
			got := [2]string{s.h.Canonical(), s.h.Credits()}
			if seed == 0 {
				first = got
				t.Logf("%d bytes of results, %d of credits", len(got[0]), len(got[1]))
			}
			for i, what := range []string{"results", "credits"} {
				if got[i] != first[i] {
					t.Errorf("other %s than in the first order:\n%s", what, firstDifference(first[i], got[i]))
				}
			}
			if found := broken(t, s.h); len(found) > 0 {
				t.Errorf("broken laws: %v", found)
			}
		})
	}
}

// firstDifference gives the first line that two texts do not share.
func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return "+" + b[i]
		case i >= len(b):
			return "-" + a[i]
		case a[i] != b[i]:
			return "-" + a[i] + "\n+" + b[i]
		}
	}
	return ""
}
