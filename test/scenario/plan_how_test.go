package scenario

import (
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const howItWorks = `query($v: ID!, $p: ID, $d: Date) { howItWorks(versionId: $v, payeeId: $p, effectiveOn: $d) { heading sentences } }`

func TestHowAPlanWorks(t *testing.T) {
	t.Parallel()
	f := workedFirm(t)
	text := `plan: AE26
name: Account executives
startDate: 2026-01-01
currency: EUR
calendar: FY
parameters:
  - key: kicker
    name: Kicker
    default: 1.5
components:
  - key: commission
    name: Commission
    measure: ARR
    payout: QUARTER
    rateKind: TIERED
    rateTable: ACCELERATOR
    tierMode: MARGINAL
  - key: retro
    name: Retroactive
    measure: ARR
    payout: QUARTER
    rateKind: TIERED
    rateTable: ACCELERATOR
    tierMode: RETROACTIVE
    adjustments:
      - {kind: CAP, name: Top, amount: 9000}
  - key: flat
    name: Flat
    measure: ARR
    payout: MONTH
    rateKind: RATE_ON_VALUE
    rate: 0.01
`
	id := f.imported(text).String("planVersion", "id")
	draft := f.imported(strings.Replace(text, "startDate: 2026-01-01", "startDate: 2027-01-01", 1)).String("planVersion", "id")
	f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
	f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": 2}})
	f.Do(f.approver(), step("publishPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 3}})
	plan := f.do(`{ plans { nodes { id } } }`, nil).String("plans", "nodes", 0, "id")
	f.do(assignPlan, vars{"i": vars{"externalId": "a", "planId": plan, "titleId": f.ae, "startDate": "2026-01-01"}})
	f.do(`mutation($i: SetParameterValuesInput!) { setParameterValues(input: $i) { userErrors { path message } } }`, vars{"i": vars{"values": []vars{
		{"planId": plan, "key": "kicker", "titleId": f.ae, "startDate": "2026-01-01", "value": "2"}, {"planId": plan, "key": "kicker", "payeeId": f.ann.String(), "startDate": "2026-01-01", "value": "3"}}}})

	told := func(token string, variables vars) map[string][]string {
		t.Helper()
		out := map[string][]string{}
		for _, s := range f.Do(token, howItWorks, variables).List("howItWorks") {
			for _, sentence := range s.List("sentences") {
				out[s.String("heading")] = append(out[s.String("heading")], sentence.V.(string))
			}
		}
		return out
	}
	all := told(f.admin, vars{"v": id})
	// 5% of 100,000 and 8% of the 20,000 above are 6,600; 8% of 120,000 are 9,600, of which the cap leaves 9,000; 1% of 120,000 are 1,200.
	harness.Same(t, "commission", all["Commission"], "It measures ARR.", "It is paid each quarter, for that quarter.",
		"Its tiers stand in the rate table ACCELERATOR, by what is measured: each tier's rate is for what lies in it.", "From 0% to 100% of quota: 5%.", "From 100% of quota up: 8%.",
		"What is exactly on a bound belongs to the tier above it.", "Attainment is measured against the quota of the quarter.", "For a part of the window the quota counts by days.",
		"For example, a sale of 120,000 EUR in 2026-Q1 against a quota of 100,000 pays 6,600.00 EUR: 5% of 100,000, and 8% of 20,000.")
	if retro := all["Retroactive"]; retro[len(retro)-1] != "For example, a sale of 120,000 EUR in 2026-Q1 against a quota of 100,000 pays 9,000.00 EUR." {
		t.Errorf("told %q", retro)
	}
	if flat := all["Flat"]; flat[len(flat)-1] != "For example, a sale of 120,000 EUR in 2026-01 against a quota of 100,000 pays 1,200.00 EUR: 1% of 120,000." {
		t.Errorf("told %q", flat)
	}
	ann, mia := f.Token(&f.ann, model.RoleRep), f.Token(&f.mia, model.RoleManager)
	on := "2026-03-01"
	harness.Same(t, "Ann's parameters", told(ann, vars{"v": id, "p": f.ann.String(), "d": on})["Parameters"], "Kicker (kicker) is 1.5 where nothing else is set.", "For ann it is 3 on 2026-03-01.")
	harness.Same(t, "Bob's, to his manager", told(mia, vars{"v": id, "p": f.bob.String(), "d": on})["Parameters"], "Kicker (kicker) is 1.5 where nothing else is set.", "For bob it is 2 on 2026-03-01.")
	if got := told(ann, vars{"v": id})["Commission"]; len(got) != len(all["Commission"]) {
		t.Errorf("Ann reads %q", got)
	}
	for name, c := range map[string]struct {
		token   string
		version string
		payee   any
	}{
		"Ann of Bob": {ann, id, f.bob.String()}, "Ann of a draft": {ann, draft, nil}, "Eve": {f.Token(&f.eve, model.RoleManager), id, nil},
		"another manager of Ann": {f.Token(&f.eve, model.RoleManager), id, f.ann.String()}, "another tenant": {f.Beside("other").Admin(), id, nil},
	} {
		if got := f.Do(c.token, howItWorks, vars{"v": c.version, "p": c.payee}).At("howItWorks").V; got != nil {
			t.Errorf("%s reads %v", name, got)
		}
	}
	f.forbidden(f.Token(nil, model.RoleSalesOps), howItWorks, vars{"v": id})
}
