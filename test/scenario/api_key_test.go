package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spm/auth"
	"spm/model"
	"spm/test/harness"
)

const (
	keyFields = `id name prefix scopes networks expiresAt lastUsedAt createdAt rotatedAt revokedAt version position { id } createdBy { name }`
	createKey = `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret replayed apiKey { ` + keyFields + ` } userErrors { path code message } } }`
	rotateKey = `mutation($input: RotateApiKeyInput!) { rotateApiKey(input: $input) { secret replayed apiKey { ` + keyFields + ` } userErrors { path code message } } }`
	revokeKey = `mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { ` + keyFields + ` } userErrors { path code message } } }`
	updateKey = `mutation($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { apiKey { ` + keyFields + ` } userErrors { path code message } } }`
	askKey    = `{ viewer { apiKey { id name prefix scopes positionId expiresAt } roles permissions } }`
)

// key is an API key that a test has made.
type key struct{ id, secret string }

// newKey makes a key as the admin, with further pairs of the input.
func newKey(h *harness.Harness, scopes []string, more ...any) key {
	in := input(append([]any{"name", fmt.Sprint("Key of ", scopes), "scopes", append([]string{}, scopes...), "expiresAt", inDays(30)}, more...)...)
	made := h.Do(h.Admin(), createKey, in).At("createApiKey")
	return key{made.String("apiKey", "id"), made.String("secret")}
}

func inDays(n int) string { return time.Now().AddDate(0, 0, n).UTC().Format(time.RFC3339) }

// turnedAway expects the one answer to every token that is not taken.
func turnedAway(t *testing.T, h *harness.Harness, what, url, secret string) {
	t.Helper()
	bad := h.PostTo(url, "not.a.token", askKey, nil)
	got := h.PostTo(url, secret, askKey, nil)
	if got.Status != 401 || len(got.Errors) != 1 || len(bad.Errors) != 1 || got.Errors[0].Message != bad.Errors[0].Message ||
		got.Errors[0].Extensions["code"] != "UNAUTHENTICATED" || len(got.Data) > 0 && string(got.Data) != "null" {
		t.Errorf("%s: %d %v, a bad token gives %v", what, got.Status, got.Errors, bad.Errors)
	}
}

func TestAPIKeyIsUsed(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
	h.Settle()
	k := newKey(h, []string{"TRANSACTIONS_WRITE", "EARNINGS_READ"})

	seen := h.Do(k.secret, askKey, nil).At("viewer")
	harness.Same(t, "its permissions", texts(seen.List("permissions")), "EARNING_READ", "PUBLIC", "TENANT_READ", "TRANSACTION_WRITE")
	if seen.String("apiKey", "id") != k.id || !strings.HasPrefix(k.secret, seen.String("apiKey", "prefix")) || len(seen.List("roles")) != 0 {
		t.Errorf("the key is %v", seen.V)
	}
	if got := h.Do(k.secret, `{ earnings(where: {componentKey: {eq: "commission"}}) { nodes { amount { amount } } } }`, nil).List("earnings", "nodes"); len(got) == 0 {
		t.Error("the key sees no earnings")
	}
	for name, query := range map[string]string{
		"transactions": "{ transactions { nodes { id } } }", "users": "{ users { nodes { id } } }", "payees": "{ payees { nodes { id } } }",
		"keys": "{ apiKeys { nodes { id } } }", "catalogue": "{ products { nodes { id } } }", "its user": "{ viewer { user { id } } }",
		"another key":     `mutation { createApiKey(input: {name: "x", expiresAt: "2030-01-01T00:00:00Z"}) { secret } }`,
		"its own renewal": fmt.Sprintf(`mutation { rotateApiKey(input: {id: %q, ifVersion: 1, overlapMinutes: 0}) { secret } }`, k.id),
		"a payee":         `mutation { createPayee(input: {externalId: "x", name: "X", currency: "USD"}) { payee { id } } }`,
	} {
		if code := h.Denied(k.secret, query, nil); code != "FORBIDDEN" {
			t.Errorf("%s: %q", name, code)
		}
	}
	if node := h.Do(k.secret, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": k.id}).At("node").V; node != nil {
		t.Errorf("the key reads its own row: %v", node)
	}

	t.Run("what it does is recorded as its own", func(t *testing.T) {
		h.Do(k.secret, `mutation($t: [TransactionInput!]!) { recordTransactions(input: {transactions: $t}) { rejected userErrors { path message } } }`,
			map[string]any{"t": []any{s.sell("bob", "2017-02-10", "500")}})
		harness.Same(t, "the actor", h.Strings(`SELECT actor_name FROM change WHERE actor = (SELECT id FROM api_key LIMIT 1) GROUP BY 1`), "API key Key of [TRANSACTIONS_WRITE EARNINGS_READ]")
		h.Settle()
		if got := h.Do(k.secret, `{ earnings(where: {componentKey: {eq: "commission"}}) { nodes { amount { amount } } } }`, nil).List("earnings", "nodes"); len(got) < 2 {
			t.Errorf("the key's sale earned nothing: %v", got)
		}
		if found, err := h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("the books break %v, %v", found, err)
		}
	})
	t.Run("its last use is noted once a minute", func(t *testing.T) {
		h.Eventually("the use is noted", func() bool {
			return h.Do(h.Admin(), `query($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }`, map[string]any{"id": k.id}).At("node", "lastUsedAt").V != nil
		})
		before := h.Strings("SELECT at::text || xmin::text FROM api_key_use")
		h.Do(k.secret, askKey, nil)
		_, second := h.Start() // which has noted nothing yet
		if a := h.PostTo(second, k.secret, askKey, nil); a.Status != 200 {
			t.Fatalf("the second server answered %v", a.Errors)
		}
		h.Do(h.Admin(), "{ sequence }", nil)
		harness.Same(t, "the use", h.Strings("SELECT at::text || xmin::text FROM api_key_use"), before...)
	})
	t.Run("whoever may not see keys", func(t *testing.T) {
		for _, role := range []model.Role{model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleCompAdmin, model.RoleFinance} {
			if code := h.Denied(h.Token(nil, role), "{ apiKeys { nodes { name } } }", nil); code != "FORBIDDEN" {
				t.Errorf("%s: %q", role, code)
			}
			if node := h.Do(h.Token(nil, role), `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": k.id}).At("node").V; node != nil {
				t.Errorf("%s reads %v", role, node)
			}
		}
		if got := h.Do(h.Token(nil, model.RoleAuditor), `{ apiKeys(where: {revoked: false}) { totalCount nodes { prefix createdBy { name } } } }`, nil); len(got.List("apiKeys", "nodes")) != 1 {
			t.Errorf("an auditor reads %v", got.V)
		}
	})
}

func texts(values []harness.Value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v.V)
	}
	return out
}

func TestAPIKeyIsRefused(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	harness.Same(t, "several errors", h.Refused(admin, createKey, input("name", " ", "scopes", []string{"EARNINGS_READ", "EARNINGS_READ"},
		"networks", []string{"10.0.0.1/8", "x", "10.0.0.0/8", "10.0.0.0/8", "::ffff:10.0.0.0/104"}, "expiresAt", inDays(368), "positionId", "position_nobody")),
		"input.networks.0 INVALID", "input.networks.1 INVALID", "input.networks.3 DUPLICATE_INPUT", "input.networks.4 INVALID",
		"input.name INVALID", "input.scopes.1 DUPLICATE_INPUT", "input.expiresAt INVALID", "input.positionId NOT_FOUND")
	harness.Same(t, "past", h.Refused(admin, createKey, input("name", "K", "expiresAt", inDays(-1))), "input.expiresAt INVALID")
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprintf("10.0.%d.0/24", i)
	}
	harness.Same(t, "many networks", h.Refused(admin, createKey, input("name", "K", "expiresAt", inDays(1), "networks", many)), "input.networks TOO_MANY")

	only := h.Token(nil, model.RoleTenantAdmin)
	harness.Same(t, "what an admin without pay may not", h.Refused(only, createKey, input("name", "K", "scopes", []string{"PAYEES_READ", "EARNINGS_READ", "TRANSACTIONS_WRITE"}, "expiresAt", inDays(1))),
		"input.scopes.1 INVALID", "input.scopes.2 INVALID")
	k := newKey(h, []string{"EARNINGS_READ"})
	harness.Same(t, "who would get the secret", h.Refused(only, rotateKey, input("id", k.id, "ifVersion", 1, "overlapMinutes", 0)), "input.id INVALID")
	harness.Same(t, "overlap", h.Refused(admin, rotateKey, input("id", k.id, "ifVersion", 1, "overlapMinutes", 10081, "expiresAt", inDays(400))),
		"input.overlapMinutes INVALID", "input.expiresAt INVALID")
	harness.Same(t, "stale", h.Refused(admin, rotateKey, input("id", k.id, "ifVersion", 7, "overlapMinutes", 1)), "input.ifVersion CONFLICT")
	harness.Same(t, "no key", h.Refused(admin, revokeKey, input("id", "apikey_nobody")), "input.id NOT_FOUND")
	h.Do(admin, revokeKey, input("id", k.id))
	for name, document := range map[string]string{"revoke": revokeKey, "rotate": rotateKey, "update": updateKey} {
		in := input("id", k.id)
		if name != "revoke" {
			in = input("id", k.id, "ifVersion", 2)
		}
		if name == "rotate" {
			in = input("id", k.id, "ifVersion", 2, "overlapMinutes", 1)
		}
		harness.Same(t, name+" what is revoked", h.Refused(admin, document, in), "input.id INVALID_STATE")
	}

	beside := h.Beside("beside")
	theirs := newKey(beside, []string{"PAYEES_READ"})
	harness.Same(t, "another tenant's", h.Refused(admin, revokeKey, input("id", theirs.id)), "input.id NOT_FOUND")
	if got := h.Do(admin, `query($id: ID!) { node(id: $id) { id } apiKeys { totalCount } }`, map[string]any{"id": theirs.id}); got.At("node").V != nil || got.At("apiKeys", "totalCount").V != 1.0 {
		t.Errorf("the tenant sees %v", got.V)
	}
	h.Do(admin, `mutation { createPayee(input: {externalId: "ann", name: "Ann", currency: "USD"}) { payee { id } userErrors { path message } } }`, nil)
	if got := h.Do(theirs.secret, "{ payees { totalCount } tenant { key } }", nil); got.At("payees", "totalCount").V != 0.0 || got.String("tenant", "key") != "beside" {
		t.Errorf("their key sees %v", got.V)
	}

	// A key with a valid checksum that says it is of this tenant, or of none.
	id, err := model.ParseID(theirs.id)
	if err != nil {
		t.Fatal(err)
	}
	for name, tenant := range map[string][16]byte{"of this tenant": h.Tenant, "of its own tenant": beside.Tenant, "of no tenant": {}} {
		forged, _ := auth.NewKey(id, tenant)
		turnedAway(t, h, "forged "+name, h.URL, forged)
	}
	other := "0"
	if strings.HasSuffix(theirs.secret, other) {
		other = "1"
	}
	turnedAway(t, h, "mistyped", h.URL, theirs.secret[:len(theirs.secret)-1]+other)
	turnedAway(t, h, "a prefix", h.URL, auth.KeyPrefix)
	if a := h.Post("", askKey, nil, "Authorization", "bearer  "+theirs.secret); a.Status != 200 {
		t.Errorf("another spelling of the header: %v", a.Errors)
	}
}

func TestAPIKeyIsRotatedAndRevoked(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	_, second := h.Start()
	admin := h.Admin()
	k := newKey(h, []string{"PAYEES_READ"})
	works := func(what, secret string) {
		t.Helper()
		for _, url := range []string{h.URL, second} {
			if a := h.PostTo(url, secret, "{ payees { totalCount } }", nil); a.Status != 200 || len(a.Errors) > 0 {
				t.Errorf("%s: %v", what, a.Errors)
			}
		}
	}
	works("the first", k.secret)
	rotated := h.Do(admin, rotateKey, input("id", k.id, "ifVersion", 1, "overlapMinutes", 10)).At("rotateApiKey")
	next := rotated.String("secret")
	if rotated.String("apiKey", "prefix") != k.secret[:len(rotated.String("apiKey", "prefix"))] || next == k.secret || rotated.At("apiKey", "rotatedAt").V == nil {
		t.Errorf("rotated: %v", rotated.V)
	}
	works("the old one in the overlap", k.secret)
	works("the new one", next)
	if got := h.Do(k.secret, askKey, nil).String("viewer", "apiKey", "expiresAt"); got > time.Now().Add(11*time.Minute).UTC().Format(time.RFC3339) {
		t.Errorf("the old one ends %s", got)
	}
	last := h.Do(admin, rotateKey, input("id", k.id, "ifVersion", 2, "overlapMinutes", 0, "expiresAt", inDays(300))).String("rotateApiKey", "secret")
	turnedAway(t, h, "the first after an overlap of 0", h.URL, k.secret)
	turnedAway(t, h, "the second after an overlap of 0", second, next)
	works("the third", last)

	h.Do(admin, updateKey, input("id", k.id, "ifVersion", 3, "networks", []string{"198.51.100.0/24", "2001:db8::/32"}))
	turnedAway(t, h, "from outside", h.URL, last)
	turnedAway(t, h, "with a header that says otherwise", h.URL, last)
	if a := h.Post(last, askKey, nil, "X-Forwarded-For", "198.51.100.7", "Forwarded", "for=198.51.100.7"); a.Status != 401 {
		t.Errorf("a header that anybody can send let it in: %v", a.Status)
	}
	h.Do(admin, updateKey, input("id", k.id, "ifVersion", 4, "networks", []string{"198.51.100.0/24", "127.0.0.0/8", "::1/128"}, "name", "Portal"))
	works("from within", last)
	harness.Same(t, "stale", h.Refused(admin, updateKey, input("id", k.id, "ifVersion", 4, "name", "Other")), "input.ifVersion CONFLICT")

	revoked := h.Do(admin, revokeKey, input("id", k.id)).At("revokeApiKey", "apiKey")
	if revoked.At("revokedAt").V == nil || revoked.String("name") != "Portal" {
		t.Errorf("revoked: %v", revoked.V)
	}
	turnedAway(t, h, "revoked, here", h.URL, last)
	turnedAway(t, h, "revoked, elsewhere", second, last)

	brief := newKey(h, []string{"PAYEES_READ"}, "expiresAt", time.Now().Add(1500*time.Millisecond).UTC().Format(time.RFC3339Nano))
	h.Eventually("the key expires", func() bool { return h.Post(brief.secret, askKey, nil).Status == 401 })
	turnedAway(t, h, "expired", second, brief.secret)
}

// TestAPIKeyFollowsItsCreator takes roles from a key's creator, and the creator
// from the tenant.
func TestAPIKeyFollowsItsCreator(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	maker := h.Token(nil, model.RoleFinance, model.RoleTenantAdmin)
	me := h.Do(maker, `{ viewer { user { id } } }`, nil).String("viewer", "user", "id")
	made := h.Do(maker, createKey, input("name", "K", "scopes", []string{"EARNINGS_READ", "PAYEES_READ"}, "expiresAt", inDays(1))).At("createApiKey")
	secret := made.String("secret")
	h.Do(secret, "{ earnings { totalCount } payees { totalCount } }", nil)
	h.Do(h.Admin(), updateUser, input("id", me, "ifVersion", 1, "roles", []string{"TENANT_ADMIN"}))
	if code := h.Denied(secret, "{ earnings { totalCount } }", nil); code != "FORBIDDEN" {
		t.Errorf("what its creator may no longer do: %q", code)
	}
	h.Do(secret, "{ payees { totalCount } }", nil)
	harness.Same(t, "its permissions", texts(h.Do(secret, askKey, nil).List("viewer", "permissions")), "PAYEE_READ", "POSITION_READ", "PUBLIC", "TENANT_READ")
	h.Do(h.Admin(), updateUser, input("id", me, "ifVersion", 2, "active", false))
	turnedAway(t, h, "a key of who is gone", h.URL, secret)
}

// TestAPIKeySecretIsNowhere makes, uses, repeats, rotates and loses keys, and
// looks for their secrets in every row of the database and in the log.
func TestAPIKeySecretIsNowhere(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	in := input("name", "K", "scopes", []string{"PAYEES_READ"}, "expiresAt", inDays(9))
	first := h.Decode(h.Post(admin, createKey, in, "Idempotency-Key", "once")).At("createApiKey")
	again := h.Decode(h.Post(admin, createKey, in, "Idempotency-Key", "once")).At("createApiKey")
	if again.At("replayed").V != true || again.At("secret").V != nil || again.String("apiKey", "id") != first.String("apiKey", "id") {
		t.Errorf("a repeat answered %v", again.V)
	}
	rotate := input("id", first.String("apiKey", "id"), "ifVersion", 1, "overlapMinutes", 5)
	second := h.Decode(h.Post(admin, rotateKey, rotate, "Idempotency-Key", "once")).At("rotateApiKey")
	repeated := h.Decode(h.Post(admin, rotateKey, rotate, "Idempotency-Key", "once")).At("rotateApiKey")
	if repeated.At("replayed").V != true || repeated.At("secret").V != nil || second.At("replayed").V != false {
		t.Errorf("a repeat answered %v", repeated.V)
	}
	secrets := []string{first.String("secret"), second.String("secret")}
	for _, secret := range secrets {
		h.Do(secret, askKey, nil)
		h.Post(secret[:len(secret)-2]+"zz", askKey, nil)
		h.Denied(secret, "{ users { nodes { id } } }", nil)
		h.Post(secret, "{ broken", nil)
	}
	h.Do(admin, revokeKey, input("id", first.String("apiKey", "id")))
	for _, secret := range secrets {
		turnedAway(t, h, "revoked", h.URL, secret)
	}
	var all strings.Builder
	rows := 0
	for _, table := range h.Strings(`SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`) {
		for _, row := range h.Strings("SELECT t::text FROM " + table + " t") {
			all.WriteString(row + "\n")
			rows++
		}
	}
	log := h.Logged()
	if rows < 20 || !strings.Contains(all.String(), "createApiKey") || !strings.Contains(log, "API key refused") {
		t.Fatalf("looked at %d rows and %d bytes of log: too little", rows, len(log))
	}
	for _, secret := range secrets {
		for what, text := range map[string]string{"the database": all.String(), "the log": log} {
			if part := secret[len(auth.KeyPrefix)+53:][:20]; strings.Contains(text, part) {
				t.Errorf("%s holds a secret", what)
			}
		}
	}
	if text := h.Strings(`SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM change WHERE object_kind = 'apikey'`); len(text) != 3 || strings.Contains(strings.ToLower(fmt.Sprint(text)), "hash") {
		t.Errorf("the change rows of the key: %v", text)
	}
}
