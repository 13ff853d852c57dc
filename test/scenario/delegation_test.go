package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

const (
	delegationFields = `id status roles reason from until version endedAt giverName receiverName giver { id } receiver { id }`
	handOver         = `mutation($input: CreateDelegationInput!) { createDelegation(input: $input) { replayed delegation { ` + delegationFields + ` } userErrors { path code message } } }`
	takeBack         = `mutation($input: EndDelegationInput!) { endDelegation(input: $input) { delegation { ` + delegationFields + ` } userErrors { path code message } } }`
	changeUser       = `mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { version } userErrors { path code message } } }`
	actsAs           = `{ viewer { user { id } roles permissions payee { externalId } delegation { id giverName } delegations { id } } }`
)

// viewerOf gives the id of a token's user.
func viewerOf(h *harness.Harness, token string) string {
	return h.Do(token, `{ viewer { user { id } } }`, nil).String("viewer", "user", "id")
}

// delegate hands roles over for a day, and gives the delegation's id.
func delegate(h *harness.Harness, giver, receiver string, roles ...model.Role) string {
	made := h.Do(giver, handOver, input("receiverId", viewerOf(h, receiver), "roles", roles, "until", inDays(1), "reason", "On leave"))
	return made.String("createDelegation", "delegation", "id")
}

func TestDelegation(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	boss, ann := s.payees["boss"], s.payees["ann"]
	giver, receiver := h.Token(&boss, model.RoleRep, model.RoleManager), h.Token(nil, model.RoleSalesOps)
	third, admin, auditor := h.Token(&ann, model.RoleRep), h.Admin(), h.Token(nil, model.RoleAuditor)
	self, other, tomorrow := viewerOf(h, giver), viewerOf(h, receiver), inDays(1)
	good := func(more ...any) map[string]any {
		return input(append([]any{"receiverId", other, "roles", []string{"MANAGER"}, "until", tomorrow, "reason", "On leave"}, more...)...)
	}
	beside := h.Beside("beside")
	for name, one := range map[string]struct {
		token string
		in    map[string]any
		want  string
	}{
		"own pay":             {giver, good("roles", []string{"REP"}), "input.roles.0 INVALID"},
		"what is not had":     {giver, good("roles", []string{"MANAGER", "FINANCE"}), "input.roles.1 INVALID"},
		"a role twice":        {giver, good("roles", []string{"MANAGER", "MANAGER"}), "input.roles.1 DUPLICATE_INPUT"},
		"nothing":             {giver, good("roles", []string{}), "input.roles REQUIRED"},
		"to oneself":          {giver, good("receiverId", self), "input.receiverId SAME_PERSON"},
		"for no time":         {giver, good("until", inDays(-1)), "input.until INVALID"},
		"before it begins":    {giver, good("from", inDays(2)), "input.until INVALID"},
		"from the past":       {giver, good("from", inDays(-1)), "input.from INVALID"},
		"for too long":        {giver, good("until", inDays(401)), "input.until INVALID"},
		"without a reason":    {giver, good("reason", ""), "input.reason REQUIRED"},
		"another's roles":     {third, good("giverId", self), "input.giverId NOT_FOUND"},
		"of another tenant":   {giver, good(), "input.receiverId NOT_FOUND"},
		"the users' keeping":  {admin, good("roles", []string{"TENANT_ADMIN"}), "input.roles.0 INVALID"},
		"to the admin itself": {admin, good("giverId", self, "receiverId", viewerOf(h, admin)), "input.receiverId SAME_PERSON"},
	} {
		if name == "of another tenant" {
			one.in = good("receiverId", viewerOf(beside, beside.Admin()))
		}
		if got := h.Refused(one.token, handOver, one.in); len(got) != 1 || got[0] != one.want {
			t.Errorf("%s: %q, want %q", name, got, one.want)
		}
	}
	if code := h.Denied(newKey(h, []string{"PAYEES_READ"}).secret, handOver, good()); code != "FORBIDDEN" {
		t.Errorf("an API key is answered %q", code)
	}

	made := h.Post(giver, handOver, good(), "Idempotency-Key", "once")
	again := h.Post(giver, handOver, good(), "Idempotency-Key", "once")
	d := h.Decode(made).At("createDelegation", "delegation")
	if id := h.Decode(again).String("createDelegation", "delegation", "id"); id != d.String("id") || h.Decode(again).At("createDelegation", "replayed").V != true {
		t.Errorf("sent twice it is %s and %s", d.String("id"), id)
	}
	if d.String("status") != "ACTIVE" || d.String("giver", "id") != self || d.At("receiver").V != nil || d.String("receiverName") == "" {
		t.Errorf("made is %v", d.V)
	}
	harness.Same(t, "a second", h.Refused(giver, handOver, good()), "input.from OVERLAP")
	later := h.Do(admin, handOver, good("giverId", self, "from", inDays(2), "until", inDays(3))).At("createDelegation", "delegation")
	if later.String("status") != "PLANNED" {
		t.Errorf("one of later is %v", later.V)
	}
	inactive := viewerOf(h, h.Token(nil, model.RoleFinance))
	h.Do(admin, changeUser, input("id", inactive, "ifVersion", 1, "active", false))
	harness.Same(t, "to somebody inactive", h.Refused(giver, handOver, good("receiverId", inactive)), "input.receiverId INVALID_STATE")

	const list = `query($w: DelegationWhere) { delegations(where: $w, orderBy: [{by: UNTIL, direction: DESC}]) { totalCount nodes { id } } }`
	count := func(token string, where map[string]any) any {
		return h.Do(token, list, map[string]any{"w": where}).At("delegations", "totalCount").V
	}
	for name, one := range map[string]struct {
		token string
		where map[string]any
		want  float64
	}{
		"the giver": {giver, nil, 2}, "the receiver": {receiver, nil, 2}, "a third": {third, nil, 0}, "an auditor": {auditor, nil, 2}, "another tenant": {beside.Admin(), nil, 0},
		"by giver":    {auditor, map[string]any{"giverId": map[string]any{"eq": self}}, 2},
		"by receiver": {auditor, map[string]any{"receiverId": map[string]any{"eq": self}}, 0},
		"now":         {auditor, map[string]any{"activeAt": time.Now().UTC().Format(time.RFC3339Nano)}, 1},
		"revoked":     {auditor, map[string]any{"revoked": true}, 0},
	} {
		if got := count(one.token, one.where); got != one.want {
			t.Errorf("%s: %v, want %v", name, got, one.want)
		}
	}
	if got := h.Do(third, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": d.String("id")}).At("node").V; got != nil {
		t.Errorf("a third reads %v", got)
	}

	harness.Same(t, "ended by a third", h.Refused(third, takeBack, input("id", d.String("id"), "ifVersion", 1, "reason", "x")), "input.id NOT_FOUND")
	harness.Same(t, "of another version", h.Refused(giver, takeBack, input("id", d.String("id"), "ifVersion", 2, "reason", "x")), "input.ifVersion CONFLICT")
	harness.Same(t, "without a reason", h.Refused(giver, takeBack, input("id", d.String("id"), "ifVersion", 1, "reason", "")), "input.reason REQUIRED")
	if got := h.Do(receiver, takeBack, input("id", d.String("id"), "ifVersion", 1, "reason", "Back")).String("endDelegation", "delegation", "status"); got != "REVOKED" {
		t.Errorf("given back it is %s", got)
	}
	harness.Same(t, "ended twice", h.Refused(giver, takeBack, input("id", d.String("id"), "ifVersion", 2, "reason", "x")), "input.id INVALID_STATE")
	delegate(h, giver, receiver, model.RoleManager)
	if got := count(giver, map[string]any{"activeAt": time.Now().UTC().Format(time.RFC3339Nano)}); got != 1.0 {
		t.Errorf("%v are in force after one was ended and another made", got)
	}
	testPaging(t, h, auditor, "delegations", "id", "")
}

// TestActingForAnother: who acts for a manager sees what is below the manager,
// nothing of the manager's own, and nothing of theirs; and nothing at all by a
// delegation that is not theirs to use now.
func TestActingForAnother(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	boss, ann := s.payees["boss"], s.payees["ann"]
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000"), s.sell("boss", "2017-01-11", "5000")}, 2)
	h.Settle()
	giver, receiver, admin := h.Token(&boss, model.RoleRep, model.RoleManager, model.RoleSalesOps), h.Token(nil, model.RoleFinance), h.Admin()
	id := delegate(h, giver, receiver, model.RoleManager)
	acting := harness.As(receiver, id)

	v := h.Do(acting, actsAs, nil).At("viewer")
	if v.String("user", "id") != viewerOf(h, receiver) || v.String("delegation", "id") != id || v.At("payee").V != nil || len(v.List("delegations")) != 1 {
		t.Errorf("the viewer is %v", v.V)
	}
	harness.Same(t, "roles", texts(v.List("roles")), "MANAGER")
	if own := h.Do(receiver, actsAs, nil).At("viewer"); own.At("delegation").V != nil || len(own.List("delegations")) != 1 {
		t.Errorf("for themselves it is %v", own.V)
	}
	if n := len(h.Do(giver, actsAs, nil).List("viewer", "delegations")); n != 0 {
		t.Errorf("the giver may act by %d", n)
	}
	const pay = `{ earnings(first: 250) { nodes { payee { externalId } } } payees { nodes { externalId } } credits { nodes { payee { externalId } } } }`
	seen := h.Do(acting, pay, nil)
	payees := map[string]bool{}
	for _, e := range append(seen.List("earnings", "nodes"), seen.List("credits", "nodes")...) {
		payees[e.String("payee", "externalId")] = true
	}
	harness.Same(t, "payees", harness.Texts(seen.List("payees", "nodes"), "externalId"), "ann", "bob")
	if !payees["ann"] || payees["boss"] || len(seen.List("earnings", "nodes")) == 0 || len(seen.List("credits", "nodes")) == 0 {
		t.Errorf("seen is the pay of %v", payees)
	}
	for what, query := range map[string]string{
		"a right of the receiver's own": `mutation { setFXRates(input: {rates: []}) { userErrors { code } } }`,
		"a role that was not given":     `mutation { createTitle(input: {externalId: "x", name: "x"}) { userErrors { code } } }`,
		"handing on":                    fmt.Sprintf(`mutation { createDelegation(input: {receiverId: %q, roles: [MANAGER], until: %q, reason: "x"}) { userErrors { code } } }`, viewerOf(h, admin), inDays(1)),
		"ending":                        fmt.Sprintf(`mutation { endDelegation(input: {id: %q, ifVersion: 1, reason: "x"}) { userErrors { code } } }`, id),
	} {
		if code := h.Denied(acting, query, nil); code != "FORBIDDEN" {
			t.Errorf("%s is answered %q", what, code)
		}
	}

	refused := func(what, token string) {
		t.Helper()
		got, want := h.Post(token, actsAs, nil), h.Post(harness.As(receiver, "delegation_0"), actsAs, nil)
		if got.Status != 403 || len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != "FORBIDDEN" || got.Errors[0].Message != want.Errors[0].Message || strings.Contains(string(got.Data), "viewer") {
			t.Errorf("%s: %d %v %s", what, got.Status, got.Errors, got.Data)
		}
	}
	planned := h.Do(giver, handOver, input("receiverId", viewerOf(h, receiver), "roles", []string{"SALES_OPS"}, "from", inDays(2), "until", inDays(3), "reason", "Later")).String("createDelegation", "delegation", "id")
	refused("another's", harness.As(h.Token(&ann, model.RoleManager), id))
	refused("the giver by it", harness.As(giver, id))
	refused("an API key", harness.As(newKey(h, []string{"PAYEES_READ"}).secret, id))
	refused("one of later", harness.As(receiver, planned))
	refused("an unknown one", harness.As(receiver, model.ID{Kind: model.KindDelegation, Key: strings.Repeat("\x55", 16)}.String()))
	refused("an id of something else", harness.As(receiver, viewerOf(h, giver)))
	if got := h.Post(harness.As("", id), `{ __typename }`, nil); got.Status != 401 {
		t.Errorf("a stranger by it is answered %d", got.Status)
	}

	user := func(token string, more ...any) {
		t.Helper()
		of := viewerOf(h, token)
		version := h.Do(admin, `query($id: ID!) { node(id: $id) { ... on User { version } } }`, map[string]any{"id": of}).At("node", "version").V
		h.Do(admin, changeUser, input(append([]any{"id", of, "ifVersion", version}, more...)...))
	}
	user(giver, "roles", []string{"REP"})
	refused("of a giver who is no manager any more", acting)
	user(giver, "roles", []string{"REP", "MANAGER"})
	if got := h.Do(acting, actsAs, nil).String("viewer", "delegation", "giverName"); got == "" {
		t.Error("it does not come back with the role")
	}
	h.Do(giver, takeBack, input("id", id, "ifVersion", 1, "reason", "Back"))
	refused("one that was ended", acting)
}
