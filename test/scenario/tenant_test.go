package scenario

import (
	"slices"
	"testing"

	"spm/model"
	"spm/test/harness"
)

func TestViewer(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	payee := h.Do(admin, `mutation { createPayee(input: {externalId: "ann", name: "Ann", currency: "USD"}) { payee { id } userErrors { path code } } }`, nil).ID("createPayee", "payee", "id")
	rep := h.Token(&payee, model.RoleRep)

	const ask = `{ viewer { user { id issuer roles active payee { name } } tenant { key name timeZone currency } roles permissions payee { name } } tenant { id key } }`
	seen := h.Do(rep, ask, nil)
	if got := seen.String("viewer", "payee", "name"); got != "Ann" {
		t.Errorf("the rep is %s", got)
	}
	if got := seen.String("viewer", "user", "payee", "name"); got != "Ann" {
		t.Errorf("the rep's user is %s", got)
	}
	permissions := seen.At("viewer", "permissions").V.([]any)
	if !slices.Contains(permissions, any("EARNING_READ")) || slices.Contains(permissions, any("USER_WRITE")) {
		t.Errorf("a rep may %v", permissions)
	}
	if got := seen.String("tenant", "key"); got != "test" {
		t.Errorf("the tenant is %s", got)
	}
	if code := h.Denied("", ask, nil); code != "UNAUTHENTICATED" {
		t.Errorf("a stranger got %q", code)
	}

	t.Run("a rep sees its own user and no other", func(t *testing.T) {
		own := h.Do(rep, `{ users { totalCount nodes { id } } viewer { user { id } } }`, nil)
		if got := own.List("users", "nodes"); len(got) != 1 || got[0].String("id") != own.String("viewer", "user", "id") {
			t.Errorf("a rep sees %v", own.V)
		}
		other := h.Do(admin, `{ viewer { user { id } } }`, nil).String("viewer", "user", "id")
		if node := h.Do(rep, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": other}).At("node").V; node != nil {
			t.Errorf("a rep reached %v", node)
		}
		if code := h.Denied(rep, `mutation { createUser(input: {subject: "x", name: "X", roles: [REP]}) { user { id } } }`, nil); code != "FORBIDDEN" {
			t.Errorf("a rep's createUser gave %q", code)
		}
	})
}

const createUser = `mutation($input: CreateUserInput!) { createUser(input: $input) {
	user { id issuer subject name roles payee { externalId } active version } userErrors { path code message } sequence replayed } }`
const updateUser = `mutation($input: UpdateUserInput!) { updateUser(input: $input) {
	user { id name roles payee { externalId } active version } userErrors { path code message } } }`

func TestUsers(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	payee := h.Do(admin, `mutation { createPayee(input: {externalId: "bob", name: "Bob", currency: "USD"}) { payee { id } userErrors { path code } } }`, nil).String("createPayee", "payee", "id")

	made := h.Do(admin, createUser, input("subject", "bob@x", "name", "Bob", "roles", []string{"REP", "MANAGER"}, "payeeId", payee))
	if got := made.String("createUser", "user", "issuer"); got != harness.Issuer {
		t.Errorf("the issuer is %s, not the caller's", got)
	}
	if got := made.String("createUser", "user", "payee", "externalId"); got != "bob" {
		t.Errorf("the user is %s", got)
	}
	bob := made.String("createUser", "user", "id")
	elsewhere := h.Do(admin, createUser, input("issuer", "https://other.test", "subject", "bob@x", "name", "Bob elsewhere", "roles", []string{"REP"}))
	if got := elsewhere.String("createUser", "user", "issuer"); got != "https://other.test" {
		t.Errorf("the issuer is %s", got)
	}

	harness.Same(t, "the same subject", h.Refused(admin, createUser, input("subject", "bob@x", "name", "Bob", "roles", []string{"REP"})), "input.subject TAKEN")
	harness.Same(t, "several errors", h.Refused(admin, createUser,
		input("issuer", "", "subject", " x", "name", "", "roles", []string{"REP", "REP"}, "payeeId", "payee_nobody")),
		"input.issuer REQUIRED", "input.subject INVALID", "input.name REQUIRED", "input.roles.1 DUPLICATE_INPUT", "input.payeeId NOT_FOUND")
	harness.Same(t, "no role", h.Refused(admin, createUser, input("subject", "y", "name", "Y", "roles", []string{})), "input.roles REQUIRED")

	changed := h.Do(admin, updateUser, input("id", bob, "ifVersion", 1, "name", "Robert", "roles", []string{"REP"}, "payeeId", nil))
	if got := changed.At("updateUser", "user"); got.String("name") != "Robert" || got.At("payee").V != nil || len(got.List("roles")) != 1 {
		t.Errorf("the user is %v", got.V)
	}
	stale := h.Post(admin, updateUser, input("id", bob, "ifVersion", 1, "active", false))
	if want := `"version":2`; !contains(string(stale.Data), want) || !contains(string(stale.Data), "CONFLICT") {
		t.Errorf("a stale change answered %s", stale.Data)
	}
	harness.Same(t, "an unknown user", h.Refused(admin, updateUser, input("id", payee, "ifVersion", 1)), "input.id NOT_FOUND")
	harness.Same(t, "nulls", h.Refused(admin, updateUser, input("id", bob, "ifVersion", 2, "name", nil, "roles", nil, "active", nil)),
		"input.name REQUIRED", "input.roles REQUIRED", "input.active REQUIRED")
	found := h.Do(admin, `{ users(where: {roles: [REP], active: true}) { totalCount nodes { name } } }`, nil)
	harness.Same(t, "reps", harness.Texts(found.List("users", "nodes"), "name"), "Bob elsewhere", "Robert")

	testPaging(t, h, admin, "users", "name", "")
}

func TestLastTenantAdmin(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	me := h.Do(admin, `{ viewer { user { id } } }`, nil).String("viewer", "user", "id")
	harness.Same(t, "the last gives up", h.Refused(admin, updateUser, input("id", me, "ifVersion", 1, "active", false)), "input.active INVALID_STATE")
	harness.Same(t, "the last loses the role", h.Refused(admin, updateUser, input("id", me, "ifVersion", 1, "roles", []string{"COMP_ADMIN"})), "input.roles INVALID_STATE")

	next := h.Do(admin, createUser, input("subject", "next", "name", "Next", "roles", []string{"TENANT_ADMIN"})).String("createUser", "user", "id")
	h.Do(admin, updateUser, input("id", next, "ifVersion", 1, "active", false))
	harness.Same(t, "the other is not active", h.Refused(admin, updateUser, input("id", me, "ifVersion", 1, "active", false)), "input.active INVALID_STATE")
	h.Do(admin, updateUser, input("id", next, "ifVersion", 2, "active", true))
	h.Do(admin, updateUser, input("id", me, "ifVersion", 1, "roles", []string{"COMP_ADMIN"}))
	if code := h.Denied(admin, createUser, input("subject", "z", "name", "Z", "roles", []string{"REP"})); code != "FORBIDDEN" {
		t.Errorf("without the role createUser gave %q", code)
	}
}

// Two administrators who deactivate each other at once: one stays.
func TestLastTenantAdminRace(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	one := h.Admin()
	two := h.Token(nil, model.RoleTenantAdmin)
	id := func(token string) string {
		return h.Do(token, `{ viewer { user { id } } }`, nil).String("viewer", "user", "id")
	}
	first, second := id(one), id(two)
	answers := make(chan harness.Answer)
	go func() { answers <- h.Post(one, updateUser, input("id", second, "ifVersion", 1, "active", false)) }()
	go func() { answers <- h.Post(two, updateUser, input("id", first, "ifVersion", 1, "active", false)) }()
	done := 0
	for range 2 {
		if a := <-answers; len(a.Errors) == 0 && contains(string(a.Data), `"active":false`) && !contains(string(a.Data), "INVALID_STATE") {
			done++
		}
	}
	if done != 1 {
		t.Errorf("%d of the two were deactivated", done)
	}
}
