package scenario

import (
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestLookedUpByAnotherMeasure: a version says by which measure its tiers are
// looked up; who sees the version sees the measure, and what cannot be looked up
// by is refused at its place.
func TestLookedUpByAnotherMeasure(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan, paid, by := f.plan("P"), f.measure("MARGIN"), f.measure("ARR")
	hours := f.do(createMeasure, vars{"i": vars{"key": "HOURS", "name": "Hours", "source": "VALUES"}}).String("createMeasure", "measure", "id")
	table := f.rateTable("T", vars{"dimension": "MEASURE", "rows": []vars{{"from": "0", "cell": "0.1"}}})
	expressed := f.rateTable("X", vars{"dimension": "EXPRESSION", "expression": "measure", "rows": []vars{{"from": "0", "cell": "0.1"}}})
	tiered := func(measure, by, table, mode string) vars {
		return vars{"key": measure + by + table, "measureId": measure, "lookedUpById": by, "payout": "MONTH", "rateKind": "TIERED", "rateTableId": table, "tierMode": mode}
	}
	draft := f.draft(plan, 1, "2026-01-01", paid)
	draft["components"] = []vars{
		tiered(paid, hours, table, "MARGINAL"), tiered(hours, by, table, "WHOLE_CREDIT"), tiered(paid, plan, table, "MARGINAL"),
		{"key": "FLAT", "measureId": paid, "lookedUpById": by, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
	}
	errs, _ := f.refused(f.admin, createPlanVersion, vars{"i": draft})
	harness.Same(t, "errors", errs, "input.components.2.lookedUpById NOT_FOUND", "input.components.3.lookedUpById INVALID",
		"input.components.0.lookedUpById INVALID", "input.components.1.lookedUpById INVALID")

	draft["components"] = []vars{tiered(paid, by, expressed, "RETROACTIVE")}
	id := f.do(createPlanVersion, vars{"i": draft}).String("createPlanVersion", "planVersion", "id")
	f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
	f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": 2}})
	errs, _ = f.refused(f.approver(), step("publishPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 3}})
	harness.Same(t, "an expression says it already", errs, "input.id.components.0.rateTableId NOT_SUPPORTED")

	draft["number"], draft["components"] = 2, []vars{tiered(paid, by, table, "MARGINAL"), {"key": "OWN", "measureId": paid, "payout": "MONTH", "rateKind": "TIERED", "rateTableId": table, "tierMode": "MARGINAL"}}
	version := f.published(draft)
	f.do(assignPlan, vars{"i": vars{"externalId": "given", "planId": plan, "payeeId": f.ann, "startDate": "2026-01-01"}})
	const read = `query($id: ID!) { node(id: $id) { ... on PlanVersion { components { lookedUpBy { key } } } } }`
	for name, token := range map[string]string{"admin": f.admin, "rep": f.Token(&f.ann, model.RoleRep)} {
		components := f.Do(token, read, vars{"id": version}).List("node", "components")
		if components[0].String("lookedUpBy", "key") != "ARR" || components[1].At("lookedUpBy").V != nil {
			t.Errorf("%s reads %v", name, components)
		}
	}
	if got := f.Do(f.Token(&f.bob, model.RoleRep), read, vars{"id": version}); got.At("node").V != nil {
		t.Errorf("who has another plan reads %v", got.V)
	}
}
