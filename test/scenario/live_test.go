package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const follow = `subscription($payee: ID, $below: ID, $after: BigInt) {
	earningsChanged(payeeId: $payee, subtreeOf: $below, after: $after) {
		sequence changes { id previous { amount } earning { id amount { amount } componentKey payee { externalId } period { name } explanation { verified } } }
	}
}`

// moves writes an event's changes as "payee period component before>after".
func moves(t *testing.T, h *harness.Harness, e harness.Event) []string {
	t.Helper()
	var out []string
	event := h.Decode(e.Answer).At("earningsChanged")
	if e.ID == "" || e.ID != event.String("sequence") {
		t.Errorf("the event's id is %q, its sequence %s", e.ID, event.String("sequence"))
	}
	for _, c := range event.List("changes") {
		before, after := "", ""
		if c.At("previous").V != nil {
			before = c.String("previous", "amount")
		}
		who := c.String("id")
		if c.At("earning").V != nil {
			after = c.String("earning", "amount", "amount")
			who = strings.Join([]string{c.String("earning", "payee", "externalId"), c.String("earning", "period", "name"), c.String("earning", "componentKey")}, " ")
			if c.At("earning", "explanation", "verified").V != true {
				t.Errorf("%s: the explanation of the event's moment does not give its amount", who)
			}
		}
		out = append(out, who+" "+before+">"+after)
	}
	return out
}

// awaitMoves waits for the next event and gives its changes.
func awaitMoves(t *testing.T, h *harness.Harness, l *harness.Live) []string {
	t.Helper()
	e, ok := l.Next()
	if !ok || e.Name != "next" {
		t.Fatalf("the stream ended: %v", e)
	}
	return moves(t, h, e)
}

// sequence is what the tenant has sealed.
func sequence(h *harness.Harness) string {
	return h.Do(h.Admin(), "{ sequence }", nil).String("sequence")
}

// TestEarningsArrive records deals while a rep, another rep, their manager and
// the admin follow: each hears of what they may see, with the amounts before
// and after.
func TestEarningsArrive(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	s.add("eve", s.bossTitle, "")
	h.Settle()
	_, second := h.Start()
	ann, bob, boss, eve := s.payees["ann"], s.payees["bob"], s.payees["boss"], s.payees["eve"]
	from := map[string]any{"after": sequence(h)}
	asAnn := h.Follow(h.URL, h.Token(&ann, model.RoleRep), follow, from, "")
	asBob := h.Follow(second, h.Token(&bob, model.RoleRep), follow, from, "")
	asBoss := h.Follow(second, h.Token(&boss, model.RoleManager), follow, from, "")
	asEve := h.Follow(h.URL, h.Token(&eve, model.RoleManager), follow, from, "")
	asAdmin := h.Follow(h.URL, h.Admin(), follow, from, "")
	onlyAnn := h.Follow(h.URL, h.Admin(), follow, map[string]any{"after": from["after"], "payee": ann.String()}, "")
	belowBoss := h.Follow(h.URL, h.Admin(), follow, map[string]any{"after": from["after"], "below": boss.String()}, "")
	nosy := h.Follow(h.URL, h.Token(&ann, model.RoleRep), follow, map[string]any{"after": from["after"], "payee": bob.String()}, "")

	sold, team := "ann 2017-01 commission 0.00>100.00", "boss 2017-01 override 0.00>10.00"
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
	same := func(what string, l *harness.Live, want ...string) {
		t.Helper()
		got := awaitMoves(t, h, l)
		slices.Sort(got)
		harness.Same(t, what, got, want...)
	}
	same("ann", asAnn, sold)
	same("boss", asBoss, sold, team)
	same("admin", asAdmin, sold, team)
	same("only ann", onlyAnn, sold)
	same("below boss", belowBoss, sold, team)
	h.Settle()
	record(h, []map[string]any{s.sell("bob", "2017-02-10", "500")}, 1)
	same("bob", asBob, "bob 2017-02 commission 0.00>50.00")
	same("boss again", asBoss, "bob 2017-02 commission 0.00>50.00", "boss 2017-02 override 0.00>5.00")
	h.Settle()
	record(h, []map[string]any{s.sell("eve", "2017-03-10", "100"), s.sell("ann", "2017-03-10", "1")}, 2)
	same("ann at last", asAnn, "ann 2017-03 commission 0.00>0.10")
	h.Settle()
	for name, l := range map[string]*harness.Live{"bob": asBob, "eve": asEve, "whoever asks for another's pay": nosy} {
		if !l.Quiet() {
			e, _ := l.Next()
			t.Errorf("%s got %s", name, e.Data)
		}
	}
}

// TestResume cuts a subscription again and again and goes on elsewhere: put
// together, the parts are what an uninterrupted follower has got.
func TestResume(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	_, second := h.Start()
	start := sequence(h)
	whole := h.Follow(h.URL, h.Admin(), follow, map[string]any{"after": start}, "")
	part := h.Follow(h.URL, h.Admin(), follow, map[string]any{"after": start}, "")
	var want, got []string
	last := ""
	collect := func(l *harness.Live, into *[]string) string {
		e, ok := l.Next()
		if !ok {
			t.Fatal("the stream ended")
		}
		*into = append(*into, e.ID+": "+strings.Join(moves(t, h, e), ", "))
		return e.ID
	}
	for i := range 12 {
		record(h, []map[string]any{s.sell([]string{"ann", "bob"}[i%2], fmt.Sprintf("2017-%02d-10", i+1), fmt.Sprint(100+i))}, 1)
		h.Settle()
		collect(whole, &want)
		if i%3 == 0 {
			last = collect(part, &got)
			part.Close()
			continue // the next two come while nobody listens
		}
		if i%3 == 2 {
			url := []string{h.URL, second}[i/3%2]
			part = h.Follow(url, h.Admin(), follow, map[string]any{"after": start}, last) // the header counts: it is later
			for range 2 {
				last = collect(part, &got)
			}
		}
	}
	if !slices.Equal(want, got) {
		t.Errorf("with cuts\n%s\nwithout\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	all := h.Follow(second, h.Admin(), follow, map[string]any{"after": start}, "")
	var again []string
	for range want {
		collect(all, &again)
	}
	if !slices.Equal(want, again) {
		t.Errorf("afterwards\n%s\nwhen it happened\n%s", strings.Join(again, "\n"), strings.Join(want, "\n"))
	}
	for name, vars := range map[string]map[string]any{
		"the future":  {"after": "99999999"},
		"before all":  {"after": "-1"},
		"not a payee": {"payee": s.positions["ann"]},
		"both":        {"payee": s.payees["ann"].String(), "below": s.payees["boss"].String()},
	} {
		e, ok := h.Follow(h.URL, h.Admin(), follow, vars, "").Next()
		if !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%s: %v", name, e)
		}
	}
}

// TestRightsEndAStream deactivates a user who follows, and moves a rep to
// another manager: the stream ends, the other manager hears.
func TestRightsEndAStream(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	s.add("eve", s.bossTitle, "")
	h.Settle()
	ann, boss, eve := s.payees["ann"], s.payees["boss"], s.payees["eve"]
	admin := h.Admin()
	asAnn := h.Follow(h.URL, h.Token(&ann, model.RoleRep), follow, nil, "")
	asBoss := h.Follow(h.URL, h.Token(&boss, model.RoleManager), follow, nil, "")
	asEve := h.Follow(h.URL, h.Token(&eve, model.RoleManager), follow, nil, "")

	user := h.Do(admin, `query($p: ID!) { users(where: {payeeId: {eq: $p}}) { nodes { id version } } }`, map[string]any{"p": ann.String()}).At("users", "nodes", 0)
	h.Do(admin, `mutation($i: UpdateUserInput!) { updateUser(input: $i) { userErrors { path message } } }`,
		map[string]any{"i": map[string]any{"id": user.String("id"), "ifVersion": user.At("version").V, "active": false}})
	e, ok := asAnn.Next()
	if !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "UNAUTHENTICATED" || string(e.Data) != "null" && len(e.Data) > 0 {
		t.Errorf("who is no longer a user got %v", e)
	}
	if e, _ := asAnn.Next(); e.Name != "complete" {
		t.Errorf("then %v", e)
	}

	seat := h.Do(admin, `query($p: ID!) { node(id: $p) { ... on Position { version } } }`, map[string]any{"p": s.positions["ann"]}).At("node", "version").V
	h.Do(admin, `mutation($i: UpdatePositionInput!) { updatePosition(input: $i) { userErrors { path message } } }`, map[string]any{
		"i": map[string]any{"id": s.positions["ann"], "ifVersion": seat, "effectiveFrom": "2016-01-01", "parentId": s.positions["eve"]}})
	h.Settle()
	for !asEve.Quiet() {
		asEve.Next()
	}
	for !asBoss.Quiet() {
		asBoss.Next()
	}
	record(h, []map[string]any{s.sell("ann", "2017-05-10", "700")}, 1)
	got := awaitMoves(t, h, asEve)
	slices.Sort(got)
	harness.Same(t, "the new manager", got, "ann 2017-05 commission 0.00>70.00", "eve 2017-05 override 0.00>7.00")
	h.Settle()
	if !asBoss.Quiet() {
		e, _ := asBoss.Next()
		t.Errorf("the manager of before got %s", e.Data)
	}
}

// TestWhatArrivesIsWhatOneMaySee compares, for everybody, all that a
// subscription from the beginning gives with what the query gives: the rule in
// memory and the rule in SQL are one.
func TestWhatArrivesIsWhatOneMaySee(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSecrets(h, "1")
	for _, name := range []string{"ann", "bob", "boss", "eve", "dan"} {
		payee := s.payees[name]
		for _, role := range []model.Role{model.RoleRep, model.RoleManager} {
			token := h.Token(&payee, role)
			want, after := map[string]string{}, ""
			for {
				page := h.Do(token, `query($a: Cursor) { sequence earnings(first: 250, after: $a) { nodes { id amount { amount } } pageInfo { hasNextPage endCursor } } }`,
					map[string]any{"a": cursor(after)})
				for _, n := range page.List("earnings", "nodes") {
					want[n.String("id")] = n.String("amount", "amount")
				}
				if page.At("earnings", "pageInfo", "hasNextPage").V == false {
					break
				}
				after = page.String("earnings", "pageInfo", "endCursor")
			}
			got := map[string]string{}
			l := h.Follow(h.URL, token, follow, map[string]any{"after": "0"}, "")
			for len(got) < len(want) || !same(got, want) {
				e, ok := l.Next()
				if !ok {
					t.Fatalf("%s as %s: the stream ended", name, role)
				}
				for _, c := range h.Decode(e.Answer).List("earningsChanged", "changes") {
					if c.At("earning").V == nil {
						delete(got, c.String("id"))
					} else {
						got[c.String("id")] = c.String("earning", "amount", "amount")
					}
				}
			}
			for id := range got {
				if _, may := want[id]; !may {
					t.Errorf("%s as %s got %s, which the query does not show", name, role, id)
				}
			}
			l.Close()
		}
	}
}

func cursor(c string) any {
	if c == "" {
		return nil
	}
	return c
}

func same(got, want map[string]string) bool {
	for id, amount := range want {
		if got[id] != amount {
			return false
		}
	}
	return true
}

// TestRunsArrive follows a run to its end.
func TestRunsArrive(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	h.Settle()
	run := h.Do(h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": s.period("2017")}).
		String("runCalculation", "run", "id")
	l := h.Follow(h.URL, h.Admin(), `subscription($r: ID!) { calculationRun(id: $r) { status payeesDone payeesTotal finishedAt } }`, map[string]any{"r": run}, "")
	status, events := "", 0
	for {
		e, ok := l.Next()
		if !ok {
			t.Fatal("the stream ended without complete")
		}
		if e.Name == "complete" {
			break
		}
		events++
		status = h.Decode(e.Answer).String("calculationRun", "status")
	}
	if status != "SUCCEEDED" || events < 1 {
		t.Errorf("after %d events the run is %s", events, status)
	}
	e, _ := h.Follow(h.URL, h.Admin(), `subscription($r: ID!) { calculationRun(id: $r) { status } }`, map[string]any{"r": run}, "").Next()
	if h.Decode(e.Answer).String("calculationRun", "status") != "SUCCEEDED" {
		t.Errorf("a run that has ended: %s", e.Data)
	}
	ann := s.payees["ann"]
	e, _ = h.Follow(h.URL, h.Token(&ann, model.RoleRep), `subscription($r: ID!) { calculationRun(id: $r) { status } }`, map[string]any{"r": run}, "").Next()
	if len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "FORBIDDEN" {
		t.Errorf("a rep who follows a run: %v", e)
	}
}
