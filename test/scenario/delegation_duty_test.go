package scenario

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

const (
	addGift     = `mutation($i: AddPayAdjustmentInput!) { addPayAdjustment(input: $i) { payAdjustment { id version } userErrors { path code message } } }`
	approveGift = `mutation($i: ApprovePayAdjustmentInput!) { approvePayAdjustment(input: $i) { userErrors { path code message } } }`
)

// TestDelegationSeparatesDuties: giver and receiver are one person for what two
// people must do, whoever of them does it for whom, and neither approves their own
// pay.
func TestDelegationSeparatesDuties(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	ann, boss := c.Hire("ann", "Ann", "USD", ""), c.Hire("boss", "Boss", "USD", "")
	commission := harness.Input{"currency": "USD", "components": []harness.Input{{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}}}
	plan := c.Plan("REPS", commission, "ann", "boss")
	b := newBooks(h, c)
	giver, receiver, third := h.Admin(), h.Token(&ann, model.RoleFinance, model.RoleSalesOps), h.Token(nil, model.RoleFinance)
	acting := harness.As(receiver, delegate(h, giver, receiver, model.RoleCompAdmin))
	manager := h.Token(&boss, model.RoleCompAdmin)
	forBoss := harness.As(receiver, delegate(h, manager, receiver, model.RoleCompAdmin))

	given := 0
	gift := func(by, payee string) harness.Input {
		given++
		made := h.Do(by, addGift, harness.Input{"i": harness.Input{"externalId": fmt.Sprint("G", given), "payeeId": c.Payees[payee], "periodId": c.Period("2026-03"),
			"amount": harness.Input{"amount": "5", "currency": "USD"}, "reasonCode": "GIFT", "reason": "A gift"}}).At("addPayAdjustment", "payAdjustment")
		return harness.Input{"i": harness.Input{"id": made.String("id"), "ifVersion": made.At("version").V}}
	}
	c.Hire("zoe", "Zoe", "USD", "")
	same := []string{"input.id SAME_PERSON"}
	for _, one := range []struct {
		what, by, payee, approves string
		want                      []string
	}{
		{"the giver wrote, the receiver for them", giver, "zoe", acting, same},
		{"the receiver for the giver wrote, the giver", acting, "zoe", giver, same},
		{"the receiver for the giver wrote, the receiver", acting, "zoe", receiver, same},
		{"the receiver for the giver wrote, the receiver for another", acting, "zoe", forBoss, same},
		{"the receiver wrote, the receiver for the giver", receiver, "zoe", acting, same},
		{"a third wrote for the receiver's pay, the receiver for the giver", third, "ann", acting, same},
		{"a third wrote for the giver's pay, the receiver for the giver", third, "boss", forBoss, same},
		{"the receiver for the giver wrote, a third", acting, "zoe", third, nil},
		{"a third wrote, the receiver for the giver", third, "zoe", acting, nil},
		{"the giver wrote, the receiver for themselves", giver, "zoe", receiver, nil},
	} {
		harness.Same(t, one.what, h.Refused(one.approves, approveGift, gift(one.by, one.payee)), one.want...)
	}

	draft := harness.Input{"planId": plan, "number": 2, "startDate": "2026-07-01", "calendarId": c.Calendar}
	maps.Copy(draft, commission)
	id := h.Do(acting, createPlanVersion, harness.Input{"i": draft}).String("createPlanVersion", "planVersion", "id")
	h.Do(acting, step("submitPlanVersion"), harness.Input{"i": harness.Input{"id": id, "ifVersion": 1}})
	approve := harness.Input{"i": harness.Input{"id": id, "ifVersion": 2}}
	for what, token := range map[string]string{"the giver": giver, "the receiver": receiver, "the receiver for another": forBoss} {
		harness.Same(t, "a plan version approved by "+what, h.Refused(token, step("approvePlanVersion"), approve), same...)
	}
	harness.Same(t, "by a third", h.Refused(third, step("approvePlanVersion"), approve))

	c.Record(b.sale("D1", "zoe", "2026-01-10", "1000"))
	h.Settle()
	clerk := h.Token(nil, model.RoleFinance, model.RoleManager)
	forGiver := harness.As(clerk, delegate(h, giver, clerk, model.RoleCompAdmin))
	b.must(t, third, "submitPeriod", "2026-01")
	harness.Same(t, "a period with the receiver's pay", b.step(acting, "approvePeriod", "2026-01"), same...)
	harness.Same(t, "a period with the giver's pay", b.step(harness.As(clerk, delegate(h, manager, clerk, model.RoleCompAdmin)), "approvePeriod", "2026-01"), same...)
	b.must(t, forGiver, "approvePeriod", "2026-01")
	for what, token := range map[string]string{"the giver": giver, "the receiver": clerk, "the receiver for the giver": forGiver} {
		harness.Same(t, "closed by "+what, b.step(token, "closePeriod", "2026-01"), same...)
	}
	b.must(t, third, "closePeriod", "2026-01", "acknowledge", []string{"OPEN_PROBLEM", "OPEN_EXCEPTION", "CONTESTED_STATEMENT"})
	harness.Same(t, "paid by the receiver", b.step(clerk, "payPeriod", "2026-01"), same...)
	b.must(t, third, "payPeriod", "2026-01")
	b.verify(t)
}

// TestDelegationIsInTheAuditTrail: what is done by a delegation says by whom, for
// whom and by which; whoever changes that afterwards is found.
func TestDelegationIsInTheAuditTrail(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	boss := s.payees["boss"]
	giver, receiver, auditor := h.Token(&boss, model.RoleSalesOps), h.Token(nil, model.RoleRep), h.Token(nil, model.RoleAuditor)
	d := delegate(h, giver, receiver, model.RoleSalesOps)
	acting := harness.As(receiver, d)
	once := func(token string) harness.Answer {
		return h.Post(token, `mutation { createTitle(input: {externalId: "BY", name: "By"}) { replayed title { id } userErrors { code } } }`, nil, "Idempotency-Key", "k")
	}
	made := h.Decode(once(acting)).At("createTitle")
	h.Do(acting, `mutation { createProducts(input: {products: [{externalId: "PX", name: "PX"}]}) { userErrors { code } } }`, nil)
	if again := h.Decode(once(acting)).At("createTitle"); again.At("replayed").V != true || again.String("title", "id") != made.String("title", "id") {
		t.Errorf("sent twice it is %v", again.V)
	}
	const ask = `query($w: AuditEntryWhere) { auditTrail(where: $w, last: 50) { totalCount nodes { operation actorName actor { id } onBehalfOf { id } onBehalfOfId delegation { id } delegationId } } }`
	trail := h.Do(auditor, ask, map[string]any{"w": map[string]any{"delegationId": map[string]any{"eq": d}}}).At("auditTrail")
	harness.Same(t, "by the delegation", harness.Texts(trail.List("nodes"), "operation"), "createTitle", "createProducts")
	e := trail.At("nodes", 0)
	if e.String("actor", "id") != viewerOf(h, receiver) || e.String("onBehalfOf", "id") != viewerOf(h, giver) || e.String("onBehalfOfId") != viewerOf(h, giver) || e.String("delegation", "id") != d || e.String("delegationId") != d {
		t.Errorf("an entry is %v", e.V)
	}
	for what, where := range map[string]map[string]any{
		"for the giver":   {"onBehalfOfId": map[string]any{"eq": viewerOf(h, giver)}},
		"by the receiver": {"actorId": map[string]any{"eq": viewerOf(h, receiver)}, "onBehalfOfId": map[string]any{"isNull": false}},
	} {
		if got := h.Do(auditor, ask, map[string]any{"w": where}).At("auditTrail", "totalCount").V; got != 2.0 {
			t.Errorf("%s there are %v", what, got)
		}
	}
	if got := h.Do(auditor, ask, map[string]any{"w": map[string]any{"operations": []string{"createDelegation"}}}).At("auditTrail", "nodes", 0); got.At("onBehalfOfId").V != nil {
		t.Errorf("the giver's own entry is %v", got.V)
	}
	finance := h.Do(h.Token(nil, model.RoleFinance), ask, map[string]any{"w": map[string]any{"delegationId": map[string]any{"eq": d}}}).At("auditTrail", "nodes", 0)
	if finance.At("onBehalfOf").V != nil || finance.At("delegation").V != nil || finance.String("delegationId") != d {
		t.Errorf("who may see neither users nor delegations reads %v", finance.V)
	}

	chained(h)
	if v := h.Do(auditor, verifyTrail, map[string]any{"i": nil}).At("verifyAuditTrail"); v.At("intact").V != true {
		t.Fatalf("an untouched trail is %v", v.V)
	}
	for _, set := range []string{
		"on_behalf_of = gen_random_uuid() WHERE on_behalf_of IS NOT NULL", "delegation_id = gen_random_uuid() WHERE delegation_id IS NOT NULL",
		"on_behalf_of = NULL, delegation_id = NULL WHERE delegation_id IS NOT NULL", "on_behalf_of = delegation_id, delegation_id = on_behalf_of WHERE delegation_id IS NOT NULL",
		"on_behalf_of = actor, delegation_id = gen_random_uuid() WHERE operation = 'createDelegation'",
	} {
		c := corruption{law: set, tables: "change", sql: "UPDATE change SET " + set}
		c.with(h, func() {
			v := h.Do(auditor, verifyTrail, map[string]any{"i": nil}).At("verifyAuditTrail")
			if v.At("intact").V != false || v.String("faults", 0, "kind") != "ENTRY_CHANGED" {
				t.Errorf("%s: %v", set, v.V)
			}
		})
	}
}

// TestDelegationStreamsEnd follows by delegations on two servers, and takes them
// away in each way there is: every subscription ends, in time, and nothing new is
// let in.
func TestDelegationStreamsEnd(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	_, second := h.Start()
	admin, boss := h.Admin(), s.payees["boss"]
	rewrite := func(user string, more ...any) {
		version := h.Do(admin, `query($id: ID!) { node(id: $id) { ... on User { version } } }`, map[string]any{"id": user}).At("node", "version").V
		h.Do(admin, changeUser, input(append([]any{"id", user, "ifVersion", version}, more...)...))
	}
	for i, one := range []struct {
		name  string
		lasts time.Duration
		code  string
		end   func(giver, receiver, delegation string)
	}{
		{"ended", time.Hour, "FORBIDDEN", func(_, _, d string) { h.Do(admin, takeBack, input("id", d, "ifVersion", 1, "reason", "Back")) }},
		{"the giver's role", time.Hour, "FORBIDDEN", func(giver, _, _ string) { rewrite(giver, "roles", []string{"REP"}) }},
		{"the giver's account", time.Hour, "FORBIDDEN", func(giver, _, _ string) { rewrite(giver, "active", false) }},
		{"the receiver's account", time.Hour, "UNAUTHENTICATED", func(_, receiver, _ string) { rewrite(receiver, "active", false) }},
		{"its time", 8 * time.Second, "UNAUTHENTICATED", func(_, _, _ string) {}},
	} {
		roles := []model.Role{model.RoleManager, model.RoleSalesOps, model.RoleFinance, model.RoleAuditor, model.RoleRep}
		giver, receiver := h.Token(&boss, model.RoleManager, roles[i]), h.Token(nil, model.RoleSalesOps, roles[i])
		if i == 0 {
			giver, receiver = h.Token(&boss, model.RoleManager), h.Token(nil, model.RoleRep)
		}
		until := time.Now().Add(one.lasts)
		d := h.Do(giver, handOver, input("receiverId", viewerOf(h, receiver), "roles", []string{"MANAGER"}, "until", until.UTC().Format(time.RFC3339Nano), "reason", "x")).
			String("createDelegation", "delegation", "id")
		giverID, receiverID, acting := viewerOf(h, giver), viewerOf(h, receiver), harness.As(receiver, d)
		here, elsewhere := h.Follow(h.URL, acting, follow, nil, ""), h.Follow(second, acting, follow, nil, "")
		socket := dial(t, second, acting)
		socket.subscribe(follow)
		record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
		for _, l := range []*harness.Live{here, elsewhere} {
			for _, move := range awaitMoves(t, h, l) {
				if contains(move, "boss") {
					t.Errorf("%s: a stand-in hears of %s", one.name, move)
				}
			}
		}
		socket.await("next")
		h.Settle()
		begin := time.Now()
		if one.lasts < time.Hour {
			begin = until
		}
		one.end(giverID, receiverID, d)
		for _, l := range []*harness.Live{here, elsewhere} {
			e, ok := l.Next()
			for ok && e.Name == "next" && len(e.Errors) == 0 {
				e, ok = l.Next()
			}
			if !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != one.code {
				t.Errorf("%s: the stream got %v", one.name, e)
			}
		}
		if one.code == "FORBIDDEN" {
			socket.await("complete")
			socket.subscribe(follow)
		}
		if code := socket.closed(); code != 4403 {
			t.Errorf("%s: the socket closed with %d", one.name, code)
		}
		took := time.Since(begin)
		if took > 5*time.Second {
			t.Errorf("%s: it took %s", one.name, took)
		}
		t.Logf("%s: all had ended after %s", one.name, took)
		for _, url := range []string{h.URL, second} {
			if got := h.PostTo(url, acting, actsAs, nil); got.Status != 403 && got.Status != 401 {
				t.Errorf("%s: then it answers %d", one.name, got.Status)
			}
		}
	}
}
