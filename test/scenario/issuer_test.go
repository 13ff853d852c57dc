package scenario

import (
	"strings"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

// TestUsersSignInByTheirIssuers lets users in through two providers at once,
// by every algorithm, on two servers, beside the server's own issuer.
func TestUsersSignInByTheirIssuers(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	_, second := h.Start()
	one, two := newProvider(t, "rsa", "ec", "ed"), newProvider(t, "pss")
	made := newIssuer(h, one.url, "algorithms", []string{"RS256", "ES256", "EDDSA"}, "name", "Okta")
	harness.Same(t, "its algorithms", texts(made.List("algorithms")), "EDDSA", "ES256", "RS256")
	newIssuer(h, two.url, "algorithms", []string{"PS256"}, "name", "Entra", "jwksUrl", two.url+"/keys")
	payee := h.Do(h.Admin(), `mutation { createPayee(input: {externalId: "ann", name: "Ann", currency: "USD"}) { payee { id } userErrors { path code } } }`, nil).String("createPayee", "payee", "id")
	ann := userOf(h, one.url, "ann", []string{"REP"}, "payeeId", payee)
	bob := userOf(h, two.url, "ann", []string{"FINANCE"})

	for _, name := range []string{"rsa", "ec", "ed"} {
		for _, url := range []string{h.URL, second} {
			got := h.Decode(h.PostTo(url, one.token(h, name, "ann"), whoAmI, nil))
			if got.String("viewer", "user", "id") != ann || got.String("viewer", "payee", "externalId") != "ann" || got.String("viewer", "tenant", "key") != "test" {
				t.Errorf("%s: %v", name, got.V)
			}
			harness.Same(t, "roles", texts(got.List("viewer", "roles")), "REP")
		}
	}
	if got := h.Do(two.token(h, "pss", "ann"), whoAmI, nil); got.String("viewer", "user", "id") != bob {
		t.Errorf("the same subject of another issuer: %v", got.V)
	}
	h.Do(h.Admin(), whoAmI, nil)
	turnedAway(t, h, "a subject that is no user's", h.URL, one.token(h, "rsa", "bob"))
	turnedAway(t, h, "a key of the other issuer", h.URL, two.sign("rsa", two.claims(h.Tenant.String(), "ann")))

	// What a token says of roles and tenants is not read.
	claims := but(one.claims([]any{"other", h.Tenant.String()}, "ann"), "roles", []string{"FINANCE"}, "tenant", "tenant_x")
	harness.Same(t, "roles", texts(h.Do(one.sign("rsa", claims), whoAmI, nil).List("viewer", "roles")), "REP")

	// The same person signs in elsewhere from now on.
	h.Do(h.Admin(), updateUser, input("id", ann, "ifVersion", 1, "issuer", two.url, "subject", "00u1"))
	if got := h.Do(two.token(h, "pss", "00u1"), whoAmI, nil); got.String("viewer", "user", "id") != ann {
		t.Errorf("who moved is %v", got.V)
	}
	turnedAway(t, h, "by the issuer of before", h.URL, one.token(h, "rsa", "ann"))
	harness.Same(t, "another's", h.Refused(h.Admin(), updateUser, input("id", ann, "ifVersion", 2, "subject", "ann")), "input.subject TAKEN")
	harness.Same(t, "nobody's", h.Refused(h.Admin(), updateUser, input("id", ann, "ifVersion", 2, "subject", nil, "issuer", "")), "input.issuer REQUIRED", "input.subject REQUIRED")
	h.Do(h.Admin(), updateUser, input("id", ann, "ifVersion", 2, "active", false))
	turnedAway(t, h, "a user who is not active", h.URL, two.token(h, "pss", "00u1"))
}

// TestIssuersOfTwoTenants registers one provider for two tenants: the audience
// says whose a token is, and nobody learns what another has.
func TestIssuersOfTwoTenants(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	b := h.Beside("beside")
	p := newProvider(t, "rsa")
	newIssuer(h, p.url)
	newIssuer(b, p.url)
	userOf(h, p.url, "ann", []string{"AUDITOR"})
	userOf(b, p.url, "eve", []string{"TENANT_ADMIN"})
	if got := h.Do(p.token(h, "rsa", "ann"), whoAmI, nil); got.String("viewer", "tenant", "key") != "test" {
		t.Errorf("%v", got.V)
	}
	if got := h.Do(p.token(b, "rsa", "eve"), whoAmI, nil); got.String("viewer", "tenant", "key") != "beside" {
		t.Errorf("%v", got.V)
	}
	turnedAway(t, h, "another tenant's subject", h.URL, p.token(h, "rsa", "eve"))
	turnedAway(t, h, "another tenant's subject, with its id", h.URL, p.sign("rsa", but(p.claims(h.Tenant.String(), "eve"), "tenant", b.Tenant.String())))
	turnedAway(t, h, "both audiences", h.URL, p.sign("rsa", p.claims([]any{h.Tenant.String(), b.Tenant.String()}, "ann")))

	again := input("name", "Mine", "url", p.url, "audience", b.Tenant.String())
	taken := h.Post(h.Admin(), createIssuer, again)
	if text := string(taken.Data); !strings.Contains(text, `"TAKEN"`) || strings.Contains(text, "beside") || strings.Contains(text, "IdP") {
		t.Errorf("what another tenant has: %s", text)
	}
	own := b.Post(b.Admin(), createIssuer, again)
	if string(own.Data) != string(taken.Data) {
		t.Errorf("one's own is answered %s, another's %s", own.Data, taken.Data)
	}
	if got := h.Do(h.Admin(), "{ issuers { totalCount nodes { audience } } }", nil); got.At("issuers", "totalCount").V != 1.0 || got.String("issuers", "nodes", 0, "audience") != h.Tenant.String() {
		t.Errorf("%v", got.V)
	}
	theirs := b.Do(b.Admin(), "{ issuers { nodes { id } } }", nil).String("issuers", "nodes", 0, "id")
	if got := h.Do(h.Admin(), `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": theirs}); got.At("node").V != nil {
		t.Errorf("another tenant's issuer: %v", got.V)
	}
	harness.Same(t, "another tenant's", h.Refused(h.Admin(), updateIssuer, input("id", theirs, "ifVersion", 1, "active", false)), "input.id NOT_FOUND")
	h.Do(p.token(b, "rsa", "eve"), whoAmI, nil)

	// One that was ended keeps its place: its tokens may still be about.
	id := h.Do(h.Admin(), "{ issuers { nodes { id } } }", nil).String("issuers", "nodes", 0, "id")
	h.Do(h.Admin(), updateIssuer, input("id", id, "ifVersion", 1, "active", false))
	turnedAway(t, h, "of an issuer that was ended", h.URL, p.token(h, "rsa", "ann"))
	harness.Same(t, "an ended one's", b.Refused(b.Admin(), createIssuer, input("name", "Mine", "url", p.url, "audience", h.Tenant.String())), "input.audience TAKEN")
	h.Do(h.Admin(), updateIssuer, input("id", id, "ifVersion", 2, "active", true))
	h.Do(p.token(h, "rsa", "ann"), whoAmI, nil)
}

// TestIssuerSubjectsAndTypes reads who a token is of from the claim that was
// chosen, and takes tokens without typ where that was said.
func TestIssuerSubjectsAndTypes(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	p := newProvider(t, "rsa")
	id := newIssuer(h, p.url, "subjectClaim", "OID", "untypedTokens", true).String("id")
	userOf(h, p.url, "0f1e", []string{"AUDITOR"})
	good := but(p.claims(h.Tenant.String(), "pairwise"), "oid", "0f1e")
	untyped := p.sign("rsa", good, "typ", nil)
	h.Do(p.sign("rsa", good), whoAmI, nil)
	h.Do(untyped, whoAmI, nil)
	for what, claims := range map[string]members{
		"without it": but(good, "oid", nil), "sub alone": but(good, "oid", nil, "sub", "0f1e"), "a list": but(good, "oid", []string{"0f1e"}), "another's": but(good, "oid", "pairwise"),
	} {
		turnedAway(t, h, what, h.URL, p.sign("rsa", claims))
	}
	turnedAway(t, h, "another typ", h.URL, p.sign("rsa", good, "typ", "id_token+jwt"))
	h.Do(h.Admin(), updateIssuer, input("id", id, "ifVersion", 1, "untypedTokens", false))
	turnedAway(t, h, "without typ", h.URL, untyped)
	h.Do(h.Admin(), updateIssuer, input("id", id, "ifVersion", 2, "algorithms", []string{"ES256"}))
	turnedAway(t, h, "an algorithm that is no longer accepted", h.URL, p.sign("rsa", good))
}

// TestIssuerKeysRotate exchanges keys, takes them away, and lets the provider
// fail, while tokens of all kinds arrive.
func TestIssuerKeysRotate(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	p := newProvider(t, "rsa")
	newIssuer(h, p.url)
	userOf(h, p.url, "ann", []string{"AUDITOR"})
	ahead := func(d time.Duration) { h.Ahead.Add(int64(d)) }
	first, next := p.token(h, "rsa", "ann"), p.sign("other", p.claims(h.Tenant.String(), "ann"))
	h.Do(first, whoAmI, nil)
	if p.fetches() != 1 {
		t.Fatalf("fetched %d times", p.fetches())
	}
	for range 20 {
		h.Do(first, whoAmI, nil)
		turnedAway(t, h, "a kid that nobody has", h.URL, p.sign("rsa", p.claims(h.Tenant.String(), "ann"), "kid", "forged"))
	}
	if p.fetches() != 1 {
		t.Errorf("20 forged kids made it fetch %d times", p.fetches())
	}
	p.publish("rsa", "other")
	ahead(11 * time.Second)
	h.Do(next, whoAmI, nil)
	h.Do(first, whoAmI, nil)
	if p.fetches() != 2 {
		t.Errorf("a new key made it fetch %d times", p.fetches())
	}
	p.publish("other")
	h.Do(first, whoAmI, nil)
	ahead(16 * time.Minute)
	turnedAway(t, h, "a key that was taken away", h.URL, first)

	p.setDown(true)
	for range 8 {
		ahead(26 * time.Minute)
		h.Do(p.sign("other", but(p.claims(h.Tenant.String(), "ann"), "iat", h.Now().Unix(), "exp", h.Now().Add(time.Hour).Unix())), whoAmI, nil)
	}
	ahead(40 * time.Minute)
	late := p.sign("other", but(p.claims(h.Tenant.String(), "ann"), "iat", h.Now().Unix(), "exp", h.Now().Add(time.Hour).Unix()))
	turnedAway(t, h, "by keys of four hours ago", h.URL, late)
	p.setDown(false)
	ahead(11 * time.Second)
	h.Do(late, whoAmI, nil)
	if text := h.Logged(); !strings.Contains(text, "could not be fetched") || strings.Contains(text, strings.Split(late, ".")[2]) {
		t.Error("the log does not say that fetching failed, or holds a token")
	}
}

// TestIssuersAreRefused sends what cannot be registered, or changed.
func TestIssuersAreRefused(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	good := func(more ...any) map[string]any {
		return input(append([]any{"name", "IdP", "url", "https://id.example.com", "audience", "spm-api"}, more...)...)
	}
	for _, address := range []string{
		"", "id.example.com", "http://id.example.com", "ftp://id.example.com", "file:///etc/passwd", "https://", "https:id.example.com", "https://u:p@id.example.com",
		"https://id.example.com/?a=b", "https://id.example.com/?", "https://id.example.com/#a", "https://id.example.com/a b", "https://id.example.com/\u00e9", "https://id.example.com/\n",
		"https://10.0.0.1", "https://172.16.9.9/x", "https://192.168.1.1", "https://169.254.169.254/latest/meta-data", "https://100.64.0.1", "https://0.0.0.0", "https://224.0.0.1",
		"https://[fe80::1]", "https://[fc00::1]", "https://[::ffff:10.0.0.1]", "https://[64:ff9b::a00:1]", "https://[2002:a00:1::]", "https://[::]", "https://[fe80::1%25eth0]",
		"http://10.0.0.1", "http://localhost.example.com", "https://id.example.com/" + strings.Repeat("x", 250),
	} {
		for _, field := range []string{"url", "jwksUrl"} {
			harness.Same(t, field+" "+address, h.Refused(h.Admin(), createIssuer, good(field, address)), "input."+field+" INVALID")
		}
	}
	harness.Same(t, "the server's own", h.Refused(h.Admin(), createIssuer, good("url", harness.Issuer)), "input.url INVALID")
	harness.Same(t, "nothing", h.Refused(h.Admin(), createIssuer, good("name", "", "audience", "", "algorithms", []string{})), "input.name REQUIRED", "input.audience REQUIRED", "input.algorithms REQUIRED")
	harness.Same(t, "twice", h.Refused(h.Admin(), createIssuer, good("algorithms", []string{"RS256", "RS256"}, "audience", "a\nb")), "input.audience INVALID", "input.algorithms.1 DUPLICATE_INPUT")
	for _, algorithm := range []string{"none", "NONE", "HS256", "EdDSA", "RS512"} {
		if a := h.Post(h.Admin(), createIssuer, good("algorithms", []string{algorithm})); len(a.Errors) == 0 {
			t.Errorf("%s: %s", algorithm, a.Data)
		}
	}
	if a := h.Post(h.Admin(), createIssuer, good("subjectClaim", "EMAIL")); len(a.Errors) == 0 {
		t.Errorf("EMAIL: %s", a.Data)
	}
	if n := h.Strings("SELECT (SELECT count(*) FROM issuer) + (SELECT count(*) FROM issuer_list) || ''")[0]; n != "0" {
		t.Fatalf("what was refused left %s rows", n)
	}
	first := h.Decode(h.Post(h.Admin(), createIssuer, good(), "Idempotency-Key", "once")).At("createIssuer")
	again := h.Decode(h.Post(h.Admin(), createIssuer, good(), "Idempotency-Key", "once")).At("createIssuer")
	if again.At("replayed").V != true || again.String("issuer", "id") != first.String("issuer", "id") {
		t.Errorf("a repeat answered %v", again.V)
	}
	harness.Same(t, "twice", h.Refused(h.Admin(), createIssuer, good()), "input.audience TAKEN")
	id := first.String("issuer", "id")
	harness.Same(t, "inside", h.Refused(h.Admin(), updateIssuer, input("id", id, "ifVersion", 1, "jwksUrl", "https://10.1.2.3/keys")), "input.jwksUrl INVALID")
	harness.Same(t, "nothing", h.Refused(h.Admin(), updateIssuer, input("id", id, "ifVersion", 1, "name", nil, "algorithms", []string{}, "active", nil, "untypedTokens", nil)),
		"input.name REQUIRED", "input.algorithms REQUIRED", "input.untypedTokens REQUIRED", "input.active REQUIRED")
	h.Do(h.Admin(), updateIssuer, input("id", id, "ifVersion", 1, "name", "Okta", "jwksUrl", "https://id.example.com/keys"))
	harness.Same(t, "stale", h.Refused(h.Admin(), updateIssuer, input("id", id, "ifVersion", 1, "name", "Other")), "input.ifVersion CONFLICT")
	h.Do(h.Admin(), updateIssuer, input("id", id, "ifVersion", 2, "active", false))
	for i := range 19 {
		newIssuer(h, "https://id.example.com", "audience", strings.Repeat("a", i+1))
	}
	harness.Same(t, "too many", h.Refused(h.Admin(), createIssuer, good("audience", "one more")), "input TOO_MANY")
	trail := h.Strings("SELECT operation || ' ' || kind || ' ' || actor_name FROM change WHERE object_kind = 'issuer' AND object_key = (SELECT uuid_send(id) FROM issuer WHERE audience = 'spm-api' LIMIT 1) ORDER BY xid")
	harness.Same(t, "the trail", trail, "createIssuer CREATE Admin", "updateIssuer UPDATE Admin", "updateIssuer UPDATE Admin")
}

// TestTheLastDoorStays refuses to end the issuer without which nobody could
// change users any more.
func TestTheLastDoorStays(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	p, other := newProvider(t, "rsa"), newProvider(t, "rsa")
	id := newIssuer(h, p.url).String("id")
	userOf(h, p.url, "ann", []string{"TENANT_ADMIN"})
	ann := p.token(h, "rsa", "ann")
	me := h.Do(h.Admin(), whoAmI, nil).String("viewer", "user", "id")
	h.Do(ann, updateUser, input("id", me, "ifVersion", 1, "active", false))
	end := input("id", id, "ifVersion", 1, "active", false)
	harness.Same(t, "the last", h.Refused(ann, updateIssuer, end), "input.active INVALID_STATE")
	bob := h.Do(ann, createUser, input("issuer", other.url, "subject", "bob", "name", "Bob", "roles", []string{"TENANT_ADMIN"})).String("createUser", "user", "id")
	harness.Same(t, "one of nowhere", h.Refused(ann, updateIssuer, end), "input.active INVALID_STATE")
	h.Do(ann, createIssuer, input("name", "Other", "url", other.url, "audience", h.Tenant.String()))
	h.Do(ann, updateIssuer, end)
	turnedAway(t, h, "who has ended it", h.URL, ann)
	if got := h.Do(other.token(h, "rsa", "bob"), whoAmI, nil).String("viewer", "user", "id"); got != bob {
		t.Errorf("%s", got)
	}
}

// TestIssuersAreSeenByFew asks as everybody.
func TestIssuersAreSeenByFew(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	made := newIssuer(h, "https://id.example.com")
	node := map[string]any{"id": made.String("id")}
	roles := []model.Role{model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleCompAdmin, model.RoleFinance, model.RoleAuditor, model.RoleTenantAdmin}
	for _, role := range roles {
		token := h.Token(nil, role)
		reads, writes := role == model.RoleAuditor || role == model.RoleTenantAdmin, role == model.RoleTenantAdmin
		if code := h.Denied(token, "{ issuers { totalCount } }", nil); reads != (code == "") || !reads && code != "FORBIDDEN" {
			t.Errorf("%s lists issuers: %q", role, code)
		}
		a := h.Post(token, `query($id: ID!) { node(id: $id) { id ... on Issuer { url } } }`, node)
		if shown := strings.Contains(string(a.Data), "id.example.com"); shown != reads {
			t.Errorf("%s sees %s %v", role, a.Data, a.Errors)
		}
		if !writes {
			for document, in := range map[string]map[string]any{
				createIssuer: input("name", "X", "url", "https://x.example.com", "audience", "x"), updateIssuer: input("id", made.String("id"), "ifVersion", 1, "active", false),
			} {
				if code := h.Denied(token, document, in); code != "FORBIDDEN" {
					t.Errorf("%s writes issuers: %q", role, code)
				}
			}
		}
	}
	if code := h.Denied(newKey(h, []string{"PAYEES_READ"}).secret, "{ issuers { totalCount } }", nil); code != "FORBIDDEN" {
		t.Errorf("an API key: %q", code)
	}
	got := h.Do(h.Token(nil, model.RoleAuditor), `{ issuers(where: {url: {eq: "https://id.example.com"}, active: true}, orderBy: [{by: URL, direction: DESC}]) { nodes { `+issuerFields+` } } }`, nil)
	if got.String("issuers", "nodes", 0, "name") != "IdP" || got.At("issuers", "nodes", 0, "jwksUrl").V != nil {
		t.Errorf("%v", got.V)
	}
	if got := h.Do(h.Token(nil, model.RoleAuditor), `{ issuers(where: {or: [{active: false}, {audience: {startsWith: "zz"}}]}) { totalCount } }`, nil); got.At("issuers", "totalCount").V != 0.0 {
		t.Errorf("%v", got.V)
	}
}
