package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

// allRows is a digest of every row of every table, once the work behind the writers
// is done.
func allRows(f *firm) string {
	f.Eventually("all is chained", func() bool {
		return f.Strings("SELECT (count(*) = (SELECT count(*) FROM seal))::text FROM audit_link")[0] == "true"
	})
	return everyRow(f.Harness)
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
	if after := allRows(f); before != after || len(before) < 2000 {
		t.Errorf("written:\n%s\n%s", before, after)
	}
	want := thenEarned(said)
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

// thenEarned lists what everybody would earn, as earnedBy lists what they earn.
func thenEarned(said harness.Value) (out []string) {
	for _, payee := range said.List("payees") {
		for _, line := range payee.List("lines") {
			if line.At("then").V != nil {
				out = append(out, fmt.Sprintf("%s %s %s %s", payee.String("payee", "externalId"), line.String("period", "name"), line.String("componentKey"), line.String("then", "amount")))
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestSimulatedDealsAreWhatIsEarned asks what deals that nobody has made would bring,
// a return of one of them and one of a real deal, and another amount of a credit;
// makes them, and finds what was said.
func TestSimulatedDealsAreWhatIsEarned(t *testing.T) {
	t.Parallel()
	f, _, _ := simulatedFirm(t)
	back := func(id, day, amount, of string) row {
		r := with(sale(id, day, amount), "kind", "RETURN", "relatesTo", row{"type": "REVERSES", "externalId": of})
		delete(r, "sellers")
		return r
	}
	deals := []row{
		sale("N1", "2026-05-25", "70000.07", "bob"), sale("N2", "2026-06-01", "25000", "ann", "bob"), back("N3", "2026-06-02", "-70000.07", "N1"), back("N4", "2026-06-03", "-90000.00", "S1"),
	}
	credit := f.do(`{ credits(where: {transaction: {is: {externalId: {eq: "S3"}}}}) { nodes { id } } }`, nil).String("credits", "nodes", 0, "id")
	changes := []vars{{"credit": vars{"id": credit, "amount": "12000.50"}}}
	for _, deal := range deals {
		changes = append(changes, vars{"deal": deal})
	}
	ask := vars{"i": vars{"changes": changes, "periodIds": []string{f.periods["2026-Q1"], f.periods["2026-Q2"]}}}
	before := allRows(f)
	said := f.do(simulate, ask).At("simulate")
	if after := allRows(f); before != after {
		t.Errorf("written:\n%v\n%v", before, after)
	}
	pays := func(amount any) string {
		return fmt.Sprint(thenEarned(f.do(simulate, vars{"i": vars{"changes": []vars{{"credit": vars{"id": credit, "amount": amount}}}, "periodIds": []string{f.periods["2026-Q2"]}}}).At("simulate")))
	}
	if gone, whole := pays(nil), pays("40000.50"); gone != pays("0") || gone == whole {
		t.Errorf("a credit that is gone pays %s, of 0 %s, whole %s", gone, pays("0"), whole)
	}
	gone := f.do(simulate, vars{"i": vars{"changes": []vars{{"credit": vars{"id": credit}}}, "periodIds": []string{f.periods["2026-Q2"]}}}).At("simulate")
	if fmt.Sprint(gone.At("problemCount").V) != "0" {
		t.Errorf("without a credit: %v", gone.V)
	}
	want, was := thenEarned(said), earnedBy(f)
	f.do(recordTransactions, row{"rows": deals[:2]})
	f.do(recordTransactions, row{"rows": append(slices.Clone(deals[2:]), with(sale("S3", "2026-05-20", "12000.50", "bob"), "sourceRevision", "2"))})
	f.Settle()
	harness.Same(t, "what is earned is what was said", earnedBy(f), want...)
	if slices.Equal(was, want) {
		t.Error("the deals change nothing")
	}
	for wrong, change := range map[string]vars{
		"deal.externalId TAKEN":  {"deal": sale("S1", "2026-05-25", "1", "bob")},
		"deal INVALID":           {"deal": sale("N9", "2026-05-25", "1", "nobody")},
		"deal.eventDate INVALID": {"deal": sale("N9", "2026-05-35", "1", "bob")},
	} {
		harness.Same(t, wrong, f.Refused(f.Admin(), simulate, vars{"i": vars{"changes": []vars{change}, "periodIds": []string{f.periods["2026-Q2"]}}}), "input.changes.0."+wrong)
	}
}

// TestSimulatedChangesAtRandom asks what one to three changes of random kinds would
// do, makes them, and finds what was said, again and again.
func TestSimulatedChangesAtRandom(t *testing.T) {
	t.Parallel()
	f, measure, _ := simulatedFirm(t)
	random := rand.New(rand.NewPCG(5, 17))
	periods := []string{f.periods["2026-Q1"], f.periods["2026-Q2"]}
	day := func() string { return fmt.Sprintf("2026-%02d-%02d", 1+random.IntN(6), 1+random.IntN(28)) }
	version := func(noun string) (id string, version any) {
		n := f.do("{ "+noun+" { nodes { id version } } }", nil).At(noun, "nodes", 0)
		return n.String("id"), n.At("version").V
	}
	var sold []string
	differ := 0
	for turn := range 14 {
		var changes []vars
		var really []func()
		for _, kind := range random.Perm(5)[:1+random.IntN(3)] {
			switch {
			case kind == 0:
				quota := vars{"titleId": f.ae, "measureId": measure, "periodId": periods[random.IntN(2)], "amount": fmt.Sprint(20000 + random.IntN(150000))}
				changes, really = append(changes, vars{"quota": quota}), append(really, func() { f.do(setQuotas, vars{"q": []vars{quota}}) })
			case kind == 1 && len(sold) > 0:
				of := sold[0]
				sold = sold[1:]
				back := with(sale("back "+of, day(), "-10000"), "kind", "RETURN", "relatesTo", row{"type": "REVERSES", "externalId": of})
				delete(back, "sellers")
				changes, really = append(changes, vars{"deal": back}), append(really, func() { f.do(recordTransactions, row{"rows": []row{back}}) })
			case kind == 2:
				id, at := version("planAssignments")
				var last any = "2026-12-31"
				if random.IntN(3) == 0 {
					last = day()
				}
				changes = append(changes, vars{"endPlanAssignment": vars{"id": id, "endDate": last}})
				really = append(really, func() {
					f.do(`mutation($i: EndPlanAssignmentInput!) { endPlanAssignment(input: $i) { userErrors { path message } } }`, vars{"i": vars{"id": id, "ifVersion": at, "endDate": last}})
				})
			case kind == 3:
				id, at := version("rateTables")
				next := tiers(day(), vars{"from": "0", "to": "0.9", "cell": fmt.Sprintf("0.0%d", 1+random.IntN(9))}, vars{"from": "0.9", "cell": "0.12"})
				changes = append(changes, vars{"rateTable": vars{"id": id, "version": next}})
				really = append(really, func() { f.do(setRateTableVersion, vars{"i": vars{"id": id, "ifVersion": at, "version": next}}) })
			default:
				id := fmt.Sprint("new", turn, "-", kind)
				made := sale(id, day(), "10000", []string{"ann", "bob"}[random.IntN(2)])
				sold = append(sold, id)
				changes, really = append(changes, vars{"deal": made}), append(really, func() { f.do(recordTransactions, row{"rows": []row{made}}) })
			}
		}
		was := earnedBy(f)
		want := thenEarned(f.do(simulate, vars{"i": vars{"changes": changes, "periodIds": periods}, "n": 250}).At("simulate"))
		for _, do := range really {
			do()
		}
		f.Settle()
		harness.Same(t, fmt.Sprintf("turn %d, %v", turn, changes), earnedBy(f), want...)
		if !slices.Equal(was, want) {
			differ++
		}
	}
	if differ < 8 {
		t.Errorf("only %d of the turns changed what is earned", differ)
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
	harness.Same(t, "a negative quota", f.Refused(f.Admin(), simulate, ask), "input.changes.1.quota.amount INVALID")
	other := f.Beside("other")
	harness.Same(t, "another tenant", other.Refused(other.Admin(), simulate, ask), "input.periodIds.0 NOT_FOUND")
}
