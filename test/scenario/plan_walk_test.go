package scenario

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const planVersionImpact = `query($v: ID!, $p: [ID!]!, $n: Int, $after: Cursor) { planVersionImpact(versionId: $v, periodIds: $p, first: $n, after: $after) {
	sequence gain lose stay totalCount pageInfo { hasNextPage endCursor } planVersion { number } periods { name }
	totals { now { amount currency } then { amount } difference { amount } }
	payees { payee { externalId } change lines { period { name } componentKey now { amount } then { amount } difference { amount } } }
	problems { payee { externalId } componentKey code then } } }`

//go:embed testdata/walk.yaml
var walked string

// TestACompAdminChangesAPlan is the walk of who changes a plan: as text, with the
// difference in words and in money, a worked test that fails, and its mending.
func TestACompAdminChangesAPlan(t *testing.T) {
	t.Parallel()
	f := workedFirm(t)
	finance := f.approver()
	nouns := f.do(`{ creditTypes(where: {key: {eq: "REVENUE"}}) { nodes { id } } measures(where: {key: {eq: "ARR"}}) { nodes { id } } }`, nil)
	f.do(createRule, row{"input": row{"key": "direct", "name": "direct", "creditTypeId": nouns.String("creditTypes", "nodes", 0, "id"), "creditKind": "DIRECT", "receivers": "SELLERS"}})
	f.do(recordTransactions, row{"rows": []row{
		sale("S1", "2026-02-10", "90000.00", "ann"), sale("S2", "2026-05-04", "130000.33", "ann"), sale("S3", "2026-05-20", "40000.50", "bob"), sale("S4", "2026-05-21", "5000", "mia"),
	}})
	for _, period := range []string{"2026-Q1", "2026-Q2"} {
		f.do(`mutation($i: SetQuotasInput!) { setQuotas(input: $i) { userErrors { message } } }`, vars{"i": vars{"quotas": []vars{
			{"titleId": f.ae, "measureId": nouns.String("measures", "nodes", 0, "id"), "periodId": f.periods[period], "amount": "100000"}}}})
	}
	f.rateTable("FASTER", tiers("2026-01-01", vars{"from": "0", "to": "1", "cell": "0.04"}, vars{"from": "1", "cell": "0.1"}))

	publish := func(id string, version int) []string {
		t.Helper()
		f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": version}})
		errs, _ := f.refused(f.admin, step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": version + 1}})
		harness.Same(t, "the author approves", errs, "input.id SAME_PERSON")
		f.Do(finance, step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": version + 1}})
		errs, _ = f.refused(finance, step("publishPlanVersion"), vars{"i": vars{"id": id, "ifVersion": version + 2}})
		return errs
	}
	one := f.imported(walked).String("planVersion", "id")
	harness.Same(t, "the first version", publish(one, 1))
	plan := f.do(`{ plans { nodes { id } } }`, nil).String("plans", "nodes", 0, "id")
	f.do(assignPlan, vars{"i": vars{"externalId": "a", "planId": plan, "titleId": f.ae, "startDate": "2026-01-01"}})
	f.Settle()
	harness.Same(t, "earned by the first", earnedBy(f), "ann 2026-Q1 commission 4500.00", "ann 2026-Q2 commission 7400.03", "bob 2026-Q1 commission 0.00", "bob 2026-Q2 commission 2000.03")

	// The change: from April on other rates, and a bonus for every deal.
	second := strings.NewReplacer("number: 1", "number: 2", "startDate: 2026-01-01", "startDate: 2026-04-01", "rateTable: ACCELERATOR", "rateTable: FASTER").Replace(f.text(one))
	components, tests, _ := strings.Cut(second, "tests:")
	tests, _, _ = strings.Cut(tests, "rateTables:")
	second = components + `  - key: deal
    name: Deal bonus
    measure: ARR
    payout: QUARTER
    rateKind: PER_EVENT
    rate: 100
` + "tests:" + tests
	two := f.imported(second).String("planVersion", "id")
	harness.Same(t, "in words", f.changes(finance, one, two),
		"The first day is now 2026-04-01 instead of 2026-01-01.",
		"The rate table of Commission is now FASTER instead of ACCELERATOR.",
		"Component Deal bonus is new: 100 USD for each credit of ARR, paid each quarter.",
		"The rate table ACCELERATOR is gone; it was from 0% to 100% of quota 5%; from 100% of quota up 8%.",
		"The rate table FASTER is new: from 0% to 100% of quota 4%; from 100% of quota up 10%.",
	)
	ask := vars{"v": two, "p": []string{f.periods["2026-Q1"], f.periods["2026-Q2"]}, "n": 250}
	impact := f.Do(finance, planVersionImpact, ask).At("planVersionImpact")
	// ann: 100,000 at 4% and 30,000.33 at 10%, and a deal: 7,000.033 + 100. bob: 40,000.50 at 4% = 1,600.02, and a deal.
	var lines []string
	then := map[string]string{}
	for _, payee := range impact.List("payees") {
		for _, line := range payee.List("lines") {
			name := payee.String("payee", "externalId") + " " + line.String("period", "name") + " " + line.String("componentKey")
			text := func(side string) string {
				if line.At(side).V == nil {
					return "-"
				}
				return line.String(side, "amount")
			}
			lines = append(lines, name+" "+text("now")+" "+text("then")+" "+text("difference"))
			then[name] = text("then")
		}
		lines = append(lines, payee.String("payee", "externalId")+" "+payee.String("change"))
	}
	harness.Same(t, "in money", lines,
		"ann 2026-Q1 commission 4500.00 4500.00 0.00", "ann 2026-Q2 commission 7400.03 7000.03 -400.00", "ann 2026-Q2 deal - 100.00 100.00", "ann LOSES",
		"bob 2026-Q1 commission 0.00 0.00 0.00", "bob 2026-Q2 commission 2000.03 1600.02 -400.01", "bob 2026-Q2 deal - 100.00 100.00", "bob LOSES")
	if total := impact.At("totals", 0); total.String("now", "amount") != "13900.06" || total.String("then", "amount") != "13300.05" || total.String("difference", "amount") != "-600.01" ||
		impact.At("lose").V != 2.0 || impact.At("totalCount").V != 2.0 || len(impact.List("problems")) != 0 {
		t.Errorf("in all %v", impact.V)
	}
	page := f.do(planVersionImpact, vars{"v": two, "p": ask["p"], "n": 1}).At("planVersionImpact")
	rest := f.do(planVersionImpact, vars{"v": two, "p": ask["p"], "n": 1, "after": page.String("pageInfo", "endCursor")}).At("planVersionImpact")
	if page.String("payees", 0, "payee", "externalId") != "ann" || rest.String("payees", 0, "payee", "externalId") != "bob" || rest.At("pageInfo", "hasNextPage").V != false {
		t.Errorf("paged %v, then %v", page.V, rest.V)
	}

	// Its worked test is still that of the first version: publishing refuses.
	harness.Same(t, "publishing", publish(two, 1), "input.id.tests.0.expect.0 PLAN_TEST_FAILED")
	harness.Same(t, "nothing was published", earnedBy(f), "ann 2026-Q1 commission 4500.00", "ann 2026-Q2 commission 7400.03", "bob 2026-Q1 commission 0.00", "bob 2026-Q2 commission 2000.03")
	f.Do(finance, step("returnPlanVersion"), vars{"i": vars{"id": two, "ifVersion": 3, "reason": "the test is of the old rates"}})
	mended := f.imported(strings.Replace(second, "amount: 6600}", "amount: 6000}", 1), "ifVersion", 4)
	if mended.String("planVersion", "id") != two {
		t.Errorf("mended as %v", mended.V)
	}
	if report := f.do(testPlanVersion, vars{"id": two}).At("testPlanVersion"); report.At("passed").V != true {
		t.Errorf("it fails: %v", report.V)
	}
	harness.Same(t, "publishing what is mended", publish(two, 5))
	f.Settle()
	var want []string
	for _, name := range []string{"ann 2026-Q1 commission", "ann 2026-Q2 commission", "ann 2026-Q2 deal", "bob 2026-Q1 commission", "bob 2026-Q2 commission", "bob 2026-Q2 deal"} {
		want = append(want, name+" "+then[name])
	}
	harness.Same(t, "what is earned is what the impact said", earnedBy(f), want...)
	after := f.do(planVersionImpact, ask).At("planVersionImpact")
	if after.At("stay").V != 2.0 || after.String("totals", 0, "difference", "amount") != "0.00" {
		t.Errorf("of what is in force the impact is %v", after.V)
	}
	impactIsRefused(t, f, two, ask)
}

// impactIsRefused asks for the impact as those who do not see all pay, and wrongly.
func impactIsRefused(t *testing.T, f *firm, version string, ask vars) {
	t.Helper()
	for name, token := range map[string]string{"a rep": f.Token(&f.ann, model.RoleRep), "her manager": f.Token(&f.mia, model.RoleManager), "another manager": f.Token(&f.eve, model.RoleManager), "an auditor": f.Token(nil, model.RoleAuditor)} {
		t.Log(name)
		f.forbidden(token, planVersionImpact, ask)
	}
	other := f.Beside("other")
	if got := other.Do(other.Admin(), planVersionImpact, ask).At("planVersionImpact").V; got != nil {
		t.Errorf("another tenant sees %v", got)
	}
	for _, wrong := range []vars{{"v": version, "p": []string{}}, {"v": version, "p": ask["p"], "n": 251}, {"v": version, "p": ask["p"], "after": "x"}} {
		if answer := f.Post(f.admin, planVersionImpact, wrong); len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%v answered %v", wrong, answer.Errors)
		}
	}
}

// earnedBy lists what is earned, by payee, period and component.
func earnedBy(f *firm) []string {
	f.tb.Helper()
	var out []string
	for _, e := range f.do(`{ earnings(first: 250) { nodes { payee { externalId } period { name } componentKey amount { amount } } } }`, nil).List("earnings", "nodes") {
		if period := e.String("period", "name"); period == "2026-Q1" || period == "2026-Q2" {
			out = append(out, fmt.Sprintf("%s %s %s %s", e.String("payee", "externalId"), period, e.String("componentKey"), e.String("amount", "amount")))
		}
	}
	slices.Sort(out)
	return out
}
