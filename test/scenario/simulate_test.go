package scenario

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const simulate = `query($i: SimulateInput!, $n: Int, $after: Cursor) { simulate(input: $i, first: $n, after: $after) {
	sequence gain lose stay totalCount problemCount pageInfo { hasNextPage endCursor } periods { name } userErrors { path code }
	totals { now { amount currency } then { amount } difference { amount } }
	payees { payee { externalId } change lines { period { name } componentKey now { amount } then { amount } difference { amount } } }
	problems { componentKey code then } } }`

// simulatedFirm has a published version that pays ann and bob.
func simulatedFirm(t *testing.T) (f *firm, measure, plan string) {
	t.Helper()
	f = workedFirm(t)
	nouns := f.do(`{ creditTypes(where: {key: {eq: "REVENUE"}}) { nodes { id } } measures(where: {key: {eq: "ARR"}}) { nodes { id } } }`, nil)
	measure = nouns.String("measures", "nodes", 0, "id")
	f.do(createRule, row{"input": row{"key": "direct", "name": "direct", "creditTypeId": nouns.String("creditTypes", "nodes", 0, "id"), "creditKind": "DIRECT", "receivers": "SELLERS"}})
	f.do(recordTransactions, row{"rows": []row{
		sale("S1", "2026-02-10", "90000.00", "ann"), sale("S2", "2026-05-04", "130000.33", "ann"), sale("S3", "2026-05-20", "40000.50", "bob"), sale("S4", "2026-05-21", "5000", "mia"),
	}})
	for _, period := range []string{"2026-Q1", "2026-Q2"} {
		f.do(setQuotas, vars{"q": []vars{{"titleId": f.ae, "measureId": measure, "periodId": f.periods[period], "amount": "100000"}}})
	}
	one := f.imported(walked).String("planVersion", "id")
	f.do(step("submitPlanVersion"), vars{"i": vars{"id": one, "ifVersion": 1}})
	f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": one, "ifVersion": 2}})
	f.Do(f.approver(), step("publishPlanVersion"), vars{"i": vars{"id": one, "ifVersion": 3}})
	plan = f.do(`{ plans { nodes { id } } }`, nil).String("plans", "nodes", 0, "id")
	f.do(assignPlan, vars{"i": vars{"externalId": "a", "planId": plan, "titleId": f.ae, "startDate": "2026-01-01"}})
	f.Settle()
	return f, measure, plan
}

// allRows is a digest of every row of every table.
func allRows(f *firm) []string {
	var out []string
	for _, table := range f.Strings(`SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`) {
		out = append(out, f.Strings(fmt.Sprintf(`SELECT '%s ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\n' ORDER BY t::text)), '') FROM %s t`, table, table))...)
	}
	return out
}

// TestSimulateIsWhatIsEarned asks what changes would do, finds that nothing is
// written, makes them, and finds what was said.
func TestSimulateIsWhatIsEarned(t *testing.T) {
	t.Parallel()
	f, measure, plan := simulatedFirm(t)
	lead := f.lead
	periods := []string{f.periods["2026-Q1"], f.periods["2026-Q2"]}
	table := f.do(`{ rateTables(where: {key: {eq: "ACCELERATOR"}}) { nodes { id version } } }`, nil).At("rateTables", "nodes", 0)
	version := tiers("2026-04-01", vars{"from": "0", "to": "1", "cell": "0.04"}, vars{"from": "1", "cell": "0.1"})
	quota := vars{"titleId": f.ae, "measureId": measure, "periodId": periods[1], "amount": "50000"}
	given := vars{"externalId": "b", "planId": plan, "titleId": lead, "startDate": "2026-04-01"}
	changes := []vars{{"quota": quota}, {"rateTable": vars{"id": table.String("id"), "version": version}}, {"assignPlan": given}}
	before := allRows(f)
	var wait sync.WaitGroup
	for i := range changes {
		wait.Go(func() {
			if got := f.do(simulate, vars{"i": vars{"changes": changes[i : i+1], "periodIds": periods}}).At("simulate"); len(got.List("userErrors")) > 0 {
				t.Errorf("change %d: %v", i, got.V)
			}
		})
	}
	wait.Wait()
	said := f.do(simulate, vars{"i": vars{"changes": changes, "periodIds": periods}}).At("simulate")
	if after := allRows(f); !slices.Equal(before, after) || len(before) < 20 {
		t.Errorf("written: %d tables\n%v\n%v", len(before), before, after)
	}
	var want []string
	for _, payee := range said.List("payees") {
		for _, line := range payee.List("lines") {
			if line.At("then").V != nil {
				want = append(want, fmt.Sprintf("%s %s %s %s", payee.String("payee", "externalId"), line.String("period", "name"), line.String("componentKey"), line.String("then", "amount")))
			}
		}
	}
	slices.Sort(want)
	was := earnedBy(f)
	one := f.do(simulate, vars{"i": vars{"changes": changes, "periodIds": periods, "onlyChanged": true}, "n": 1}).At("simulate")
	if fmt.Sprint(one.At("totals").V) != fmt.Sprint(said.At("totals").V) || len(one.List("payees")) != 1 || one.At("gain").V != said.At("gain").V {
		t.Errorf("a page sums up otherwise: %v, all %v", one.V, said.V)
	}
	f.do(setQuotas, vars{"q": []vars{quota}})
	f.do(setRateTableVersion, vars{"i": vars{"id": table.String("id"), "ifVersion": table.At("version").V, "version": version}})
	f.do(assignPlan, vars{"i": given})
	f.Settle()
	harness.Same(t, "what is earned is what was said", earnedBy(f), want...)
	if slices.Equal(was, want) {
		t.Error("the changes change nothing")
	}
}

func TestSimulateIsRefused(t *testing.T) {
	t.Parallel()
	f, measure, _ := simulatedFirm(t)
	ask := vars{"i": vars{"periodIds": []string{f.periods["2026-Q1"]}, "changes": []vars{{"quota": vars{"titleId": f.ae, "measureId": measure, "periodId": f.periods["2026-Q1"], "amount": "1"}},
		{"quota": vars{"titleId": f.ae, "measureId": measure, "periodId": f.periods["2026-Q1"], "amount": "-1"}}}}}
	for name, token := range map[string]string{"a rep": f.Token(&f.ann, model.RoleRep), "her manager": f.Token(&f.mia, model.RoleManager), "an auditor": f.Token(nil, model.RoleAuditor)} {
		t.Log(name)
		f.forbidden(token, simulate, ask)
	}
	got := f.do(simulate, ask).At("simulate")
	var path []string
	for _, p := range got.List("userErrors", 0, "path") {
		path = append(path, fmt.Sprint(p.V))
	}
	if at := strings.Join(path, "."); at != "input.changes.1.quota.amount" || got.String("userErrors", 0, "code") != "INVALID" || len(got.List("payees")) != 0 {
		t.Errorf("a negative quota: %v", got.V)
	}
	other := f.Beside("other")
	if seen := other.Do(other.Admin(), simulate, ask).At("simulate"); seen.String("userErrors", 0, "code") != "NOT_FOUND" || len(seen.List("payees")) != 0 {
		t.Errorf("another tenant sees %v", seen.V)
	}
}
