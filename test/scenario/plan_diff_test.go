package scenario

import (
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const planVersionDiff = `query($a: ID!, $b: ID!, $n: Int, $after: Cursor) { planVersionDiff(fromId: $a, toId: $b) { from { number } to { number }
	changes(first: $n, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { path kind before after text } } } }`

// changes gives the sentences of a difference.
func (f *firm) changes(token, from, to string) []string {
	f.tb.Helper()
	return harness.Texts(f.Do(token, planVersionDiff, vars{"a": from, "b": to}).List("planVersionDiff", "changes", "nodes"), "text")
}

func TestPlanVersionDiff(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan := f.plan("AE26")
	first := f.published(f.richDraft(plan, 1))
	tables := f.do(`{ rateTables { nodes { id version } } }`, nil).At("rateTables", "nodes", 0)
	f.do(`mutation($i: SetRateTableVersionInput!) { setRateTableVersion(input: $i) { userErrors { message } } }`, vars{"i": vars{
		"id": tables.String("id"), "ifVersion": tables.At("version").V,
		"version": vars{"startDate": "2026-07-01", "dimension": "ATTAINMENT", "cellKind": "RATE", "bounds": "LOWER_INCLUSIVE",
			"rows": []vars{{"from": "0", "to": "1", "cell": "0.05"}, {"from": "1", "cell": "0.09"}}},
	}})
	text, _, _ := strings.Cut(f.text(first), "rateTables:")
	for old, now := range map[string]string{
		"number: 1": "number: 2", "startDate: 2026-01-01": "startDate: 2026-07-01", "amount: 50000": "amount: 60000", "roundMode: HALF_EVEN\n  ": "", "measure: CSAT": "measure: ARR",
	} {
		text = strings.Replace(text, old, now, 1)
	}
	second := f.imported(text).String("planVersion", "id")

	harness.Same(t, "the changes", f.changes(f.admin, first, second),
		"The first day is now 2026-07-01 instead of 2026-01-01.",
		"The mode of rounding is now half away from zero instead of half to the even digit.",
		"The amount of step Quarterly cap of Commission goes from 50,000 EUR to 60,000 EUR.",
		"The measure of csat is now ARR instead of CSAT.",
		"Tier from 100% of quota up in ACCELERATOR: 9% instead of 8%.",
	)
	harness.Same(t, "nothing", f.changes(f.admin, second, second))
	var paged []string
	for after := any(nil); ; {
		page := f.do(planVersionDiff, vars{"a": second, "b": first, "n": 2, "after": after}).At("planVersionDiff", "changes")
		paged = append(paged, harness.Texts(page.List("nodes"), "path")...)
		if page.At("totalCount").V != 5.0 {
			t.Errorf("it counts %v", page.At("totalCount").V)
		}
		if page.At("pageInfo", "hasNextPage").V != true {
			break
		}
		after = page.String("pageInfo", "endCursor")
	}
	harness.Same(t, "paged", paged, "startDate", "rules.roundMode", "components.commission.adjustments.Quarterly cap.amount", "components.csat.measure", "rateTables.ACCELERATOR.rows.from=1")

	f.do(assignPlan, vars{"i": vars{"externalId": "a", "planId": plan, "payeeId": f.ann.String(), "startDate": "2026-01-01"}})
	ann := f.Token(&f.ann, model.RoleRep)
	harness.Same(t, "Ann compares what is hers", f.changes(ann, first, first))
	for name, c := range map[string]struct{ token, to string }{
		"Ann and a draft":        {ann, second},
		"Bob":                    {f.Token(&f.bob, model.RoleRep), first},
		"another team's manager": {f.Token(&f.eve, model.RoleManager), first},
		"another tenant":         {f.Beside("other").Admin(), first},
		"no version":             {f.admin, plan},
	} {
		if got := f.Do(c.token, planVersionDiff, vars{"a": first, "b": c.to}).At("planVersionDiff").V; got != nil {
			t.Errorf("%s sees %v", name, got)
		}
	}
	f.forbidden(f.Token(nil, model.RoleSalesOps), planVersionDiff, vars{"a": first, "b": second})
}
