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

const assignPlan = `mutation($i: AssignPlanInput!) { assignPlan(input: $i) { planAssignment { id version startDate endDate targetIncentive { amount currency }
	plan { externalId } title { externalId } position { externalId } payee { externalId } } userErrors { path code message } } }`

const endPlanAssignment = `mutation($i: EndPlanAssignmentInput!) { endPlanAssignment(input: $i) { planAssignment { id version startDate endDate } userErrors { path code message } } }`

func TestPlanAssignments(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan := f.plan("P")
	given := func(key, field, holder, start, target string) vars {
		out := vars{"externalId": key, "planId": plan, field: holder, "startDate": start}
		if target != "" {
			out["targetIncentive"] = vars{"amount": target, "currency": "USD"}
		}
		return out
	}
	assign := func(input vars) string {
		t.Helper()
		return f.do(assignPlan, vars{"i": input}).String("assignPlan", "planAssignment", "id")
	}
	title := assign(given("title", "titleId", f.ae, "2026-01-01", "10000"))
	annsSeat := assign(given("seatA", "positionId", f.seatA, "2026-01-02", "20000"))
	ann := assign(given("ann", "payeeId", f.ann.String(), "2026-01-03", "30000.51"))
	bob := assign(given("bob", "payeeId", f.bob.String(), "2026-01-04", "40000"))
	eve := assign(given("eve", "payeeId", f.eve.String(), "2026-01-05", "50000"))
	mia := assign(given("seatM", "positionId", f.seatM, "2026-01-06", "60000"))
	all := []string{title, annsSeat, ann, bob, eve, mia}
	f.pages(f.admin, "planAssignments", "id", all...)

	t.Run("whom it concerns sees it with its target, nobody else", func(t *testing.T) {
		for _, c := range []struct {
			name  string
			token string
			want  []string
		}{
			{"Ann", f.Token(&f.ann, model.RoleRep), []string{title, annsSeat, ann}},
			{"Bob", f.Token(&f.bob, model.RoleRep), []string{title, bob}},
			{"Eve", f.Token(&f.eve, model.RoleManager), []string{eve}},
			{"Mia", f.Token(&f.mia, model.RoleManager), []string{title, annsSeat, ann, bob, mia}},
			{"Mia as a rep", f.Token(&f.mia, model.RoleRep), []string{mia}},
			{"a rep who is nobody", f.Token(nil, model.RoleRep), nil},
			{"finance", f.Token(nil, model.RoleFinance), all},
		} {
			f.pages(c.token, "planAssignments", "id", c.want...)
			answer := f.Post(c.token, `query($ids: [ID!]!) { nodes(ids: $ids) { id ... on PlanAssignment { targetIncentive { amount } } } plans { nodes { assignments { nodes { id targetIncentive { amount } } } } } }`, vars{"ids": all})
			for _, id := range all {
				if n := strings.Count(string(answer.Data), id); (n > 0) != slices.Contains(c.want, id) {
					t.Errorf("%s sees %s %d times: %s", c.name, id, n, answer.Data)
				}
			}
		}
		f.forbidden(f.Token(&f.ann, model.RoleRep), assignPlan, vars{"i": given("x", "titleId", f.ae, "2026-01-01", "")})
		f.forbidden(f.Token(nil, model.RoleSalesOps), `{ planAssignments { totalCount } }`, nil)
	})
	t.Run("what is wrong is told at its place", func(t *testing.T) {
		errs, _ := f.refused(f.admin, assignPlan, vars{"i": vars{"planId": f.ae, "startDate": "2026-02-01", "endDate": "2026-01-31", "targetIncentive": vars{"amount": "-1", "currency": "USD"}}})
		harness.Same(t, "errors", errs, "input.externalId REQUIRED", "input.endDate INVALID", "input.titleId REQUIRED", "input.planId NOT_FOUND", "input.targetIncentive.amount INVALID")
		errs, _ = f.refused(f.admin, assignPlan, vars{"i": vars{"externalId": "y", "planId": plan, "titleId": f.seatA, "payeeId": f.ae, "startDate": "2026-02-01"}})
		harness.Same(t, "errors", errs, "input.payeeId INVALID", "input.titleId NOT_FOUND", "input.payeeId NOT_FOUND")
		errs, _ = f.refused(f.admin, assignPlan, vars{"i": given("again", "payeeId", f.bob.String(), "2030-01-01", "")})
		harness.Same(t, "overlap", errs, "input.startDate OVERLAP")
		errs, _ = f.refused(f.admin, assignPlan, vars{"i": given("bob", "positionId", f.seatB, "2030-01-01", "")})
		harness.Same(t, "taken", errs, "input.externalId TAKEN")
	})
	t.Run("it ends, and opens again where there is room", func(t *testing.T) {
		end := func(id string, version int, day any) vars {
			return vars{"i": vars{"id": id, "ifVersion": version, "endDate": day}}
		}
		ended := f.do(endPlanAssignment, end(bob, 1, "2026-06-30")).At("endPlanAssignment", "planAssignment")
		if ended.String("endDate") != "2026-06-30" || ended.At("version").V != 2.0 {
			t.Errorf("ended as %v", ended.V)
		}
		errs, payload := f.refused(f.admin, endPlanAssignment, end(bob, 1, "2026-05-31"))
		harness.Same(t, "conflict", errs, "input.ifVersion CONFLICT")
		if payload["planAssignment"] == nil {
			t.Error("the conflict shows nothing")
		}
		next := assign(given("bob2", "payeeId", f.bob.String(), "2026-07-01", ""))
		errs, _ = f.refused(f.admin, endPlanAssignment, end(bob, 2, nil))
		harness.Same(t, "no room", errs, "input.endDate OVERLAP")
		gone := f.do(endPlanAssignment, end(next, 1, "2026-06-30")).At("endPlanAssignment", "planAssignment").V
		if gone != nil {
			t.Errorf("a removed one shows as %v", gone)
		}
		f.do(endPlanAssignment, end(bob, 2, nil))
		errs, _ = f.refused(f.admin, endPlanAssignment, end(next, 1, nil))
		harness.Same(t, "gone", errs, "input.id NOT_FOUND")
	})
	t.Run("of many at once for the same days one is written", func(t *testing.T) {
		answers := make([]harness.Answer, 8)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				answers[i] = f.Post(f.admin, assignPlan, vars{"i": given(fmt.Sprint("race", i), "positionId", f.seatE, "2026-01-01", "")})
			})
		}
		all.Wait()
		written := 0
		for _, a := range answers {
			if !strings.Contains(string(a.Data), "OVERLAP") {
				written++
			}
		}
		if written != 1 {
			t.Errorf("%d were written", written)
		}
	})
	t.Run("filters", func(t *testing.T) {
		found := f.do(`query($p: ID!) { planAssignments(where: {payeeId: {eq: $p}, on: "2026-01-03"}) { nodes { externalId targetIncentive { amount currency } payee { name } title { id } position { id } } } }`, vars{"p": f.ann.String()})
		if got := fmt.Sprint(found.At("planAssignments", "nodes").V); got != "[map[externalId:ann payee:map[name:ann] position:<nil> targetIncentive:map[amount:30000.51 currency:USD] title:<nil>]]" {
			t.Errorf("found %s", got)
		}
		for day, n := range map[string]float64{"2026-01-02": 0, "2026-01-03": 1} {
			if got := f.do(`query($p: ID!, $d: Date!) { planAssignments(where: {payeeId: {eq: $p}, on: $d}) { totalCount } }`, vars{"p": f.ann.String(), "d": day}).At("planAssignments", "totalCount").V; got != n {
				t.Errorf("on %s there are %v", day, got)
			}
		}
	})
}

// TestTargetsFollowTheSeat checks the days: a predecessor and a successor in a
// seat each see what was given to it in their own time.
func TestTargetsFollowTheSeat(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan := f.plan("P")
	seat := f.do(`query($p: ID!) { positionAssignments(where: {positionId: {eq: $p}}) { nodes { id } } }`, vars{"p": f.seatA}).String("positionAssignments", "nodes", 0, "id")
	f.do(`mutation($id: ID!) { endPositionAssignment(input: {id: $id, ifVersion: 1, endDate: "2026-03-31"}) { userErrors { message } } }`, vars{"id": seat})
	f.do(`mutation($p: ID!, $s: ID!) { assignPosition(input: {externalId: "eve2", payeeId: $p, positionId: $s, startDate: "2026-04-01"}) { userErrors { message } } }`, vars{"p": f.eve.String(), "s": f.seatA})
	give := func(key, field, holder, start, end string) string {
		t.Helper()
		return f.do(assignPlan, vars{"i": vars{"externalId": key, "planId": plan, field: holder, "startDate": start, "endDate": end, "targetIncentive": vars{"amount": "1", "currency": "USD"}}}).
			String("assignPlan", "planAssignment", "id")
	}
	early := give("early", "positionId", f.seatA, "2026-01-01", "2026-03-31")
	late := give("late", "positionId", f.seatA, "2026-04-01", "2026-12-31")
	titleEarly := give("titleEarly", "titleId", f.ae, "2026-01-01", "2026-02-28")
	titleLate := give("titleLate", "titleId", f.ae, "2026-05-01", "2026-12-31")
	f.pages(f.Token(&f.ann, model.RoleRep), "planAssignments", "id", early, titleEarly)
	f.pages(f.Token(&f.eve, model.RoleRep), "planAssignments", "id", late, titleLate)

	t.Run("a manager sees a payee's only where all of its positions are below", func(t *testing.T) {
		eves := give("eve", "payeeId", f.eve.String(), "2026-01-01", "2099-12-31")
		manager := f.Token(&f.mia, model.RoleManager)
		for _, id := range harness.Texts(f.Do(manager, `{ planAssignments { nodes { id } } }`, nil).List("planAssignments", "nodes"), "id") {
			if id == eves {
				t.Error("Mia sees what is given to Eve, who sits elsewhere too")
			}
		}
	})
}
