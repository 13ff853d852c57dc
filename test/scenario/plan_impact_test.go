package scenario

import (
	"strings"
	"testing"

	"spm/test/harness"
)

// TestImpactReachesThoseAbove gives the lead an override on what the team earns,
// and a version that trues up each month and begins in mid-quarter: what the
// impact says of all of them is earned, to the cent, once it is published.
func TestImpactReachesThoseAbove(t *testing.T) {
	t.Parallel()
	f := workedFirm(t)
	nouns := f.do(`{ creditTypes(where: {key: {eq: "REVENUE"}}) { nodes { id } } }`, nil)
	f.do(createRule, row{"input": row{"key": "direct", "name": "direct", "creditTypeId": nouns.String("creditTypes", "nodes", 0, "id"), "creditKind": "DIRECT", "receivers": "SELLERS"}})
	f.do(recordTransactions, row{"rows": []row{
		sale("S1", "2026-01-10", "90000.11", "ann"), sale("S2", "2026-02-04", "30000.33", "ann"), sale("S3", "2026-02-20", "40000.57", "bob"), sale("S4", "2026-03-21", "70000.77", "bob"),
		with(sale("S5", "2026-03-22", "1234.56", "bob"), "currency", "EUR"),
	}})
	const team = `plan: TEAM
name: TEAM
startDate: 2026-01-01
currency: USD
calendar: FY
components:
  - key: commission
    measure: ARR
    payout: MONTH
    window: QUARTER
    settlement: TRUE_UP
    rateKind: TIERED
    rateTable: VOLUME
    tierMode: MARGINAL
`
	f.rateTable("VOLUME", vars{"startDate": "2026-01-01", "dimension": "MEASURE", "cellKind": "RATE", "bounds": "LOWER_INCLUSIVE", "rows": []vars{{"from": "0", "to": "100000", "cell": "0.05"}, {"from": "100000", "cell": "0.08"}}})
	publish := func(text string) string {
		t.Helper()
		id := f.imported(text).String("planVersion", "id")
		f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
		f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": 2}})
		f.Do(f.approver(), step("publishPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 3}})
		return id
	}
	assign := func(key, holder string) {
		t.Helper()
		plan := f.do(`query($k: String!) { plans(where: {externalId: {eq: $k}}) { nodes { id } } }`, vars{"k": key}).String("plans", "nodes", 0, "id")
		f.do(assignPlan, vars{"i": vars{"externalId": key, "planId": plan, "titleId": holder, "startDate": "2026-01-01"}})
	}
	publish(team)
	publish(`plan: LEAD
name: LEAD
startDate: 2026-01-01
currency: USD
calendar: FY
components:
  - key: override
    payout: MONTH
    rateKind: OVERRIDE
    overrideBasis: EARNINGS
    overrideLevels:
      - {level: 1, rate: 0.1}
    sources:
      - {plan: TEAM, component: commission}
`)
	assign("TEAM", f.ae)
	assign("LEAD", f.lead)
	f.Settle()
	next := strings.NewReplacer("startDate: 2026-01-01", "startDate: 2026-02-15", "tierMode: MARGINAL", "tierMode: RETROACTIVE").Replace(team) +
		"caps:\n  - {kind: CAP, name: Month, over: PLAN, amount: 4000}\n"
	id := f.imported(next).String("planVersion", "id")
	impact := f.do(planVersionImpact, vars{"v": id, "p": []string{f.periods["2026-Q1"]}}).At("planVersionImpact")
	said := map[string]string{}
	var who, changes []string
	for _, payee := range impact.List("payees") {
		who, changes = append(who, payee.String("payee", "externalId")), append(changes, payee.String("change"))
		for _, line := range payee.List("lines") {
			said[payee.String("payee", "externalId")+" "+line.String("period", "name")+" "+line.String("componentKey")] = line.String("then", "amount")
		}
	}
	harness.Same(t, "who is concerned", who, "ann", "bob", "mia")
	if len(impact.List("problems")) > 0 {
		t.Errorf("problems %v", impact.At("problems").V)
	}
	f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
	f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": 2}})
	f.Do(f.approver(), step("publishPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 3}})
	f.Settle()
	compared := 0
	for _, e := range f.do(`{ earnings(first: 250) { nodes { payee { externalId } period { name } componentKey amount { amount } } } }`, nil).List("earnings", "nodes") {
		name := e.String("payee", "externalId") + " " + e.String("period", "name") + " " + e.String("componentKey")
		want, told := said[name]
		if !told {
			continue
		}
		compared++
		if got := e.String("amount", "amount"); got != want {
			t.Errorf("%s earns %s, the impact said %s", name, got, want)
		}
	}
	if compared != 7 || strings.Join(changes, "") == "STAYSSTAYSSTAYS" {
		t.Errorf("%d earnings were compared: %v, changes %v", compared, said, changes)
	}
}
