package scenario

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"spm/auth"
	"spm/model"
	"spm/service"
	"spm/test/harness"
)

const (
	verifyTrail = `query($i: VerifyAuditTrailInput) { verifyAuditTrail(input: $i) { intact links entries through done faults { kind sequence entryId text } } }`
	auditHead   = `{ auditHead { sequence hash at signature keyThumbprint keySet } }`
)

// chained waits until all that is sealed is chained.
func chained(h *harness.Harness) {
	h.Eventually("all is chained", func() bool {
		return h.Strings("SELECT (count(*) = (SELECT count(*) FROM seal))::text FROM audit_link")[0] == "true"
	})
}

// TestAuditTrail: who did what, when and why, before and after, is found by whoever
// may read it, and by nobody else.
func TestAuditTrail(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	admin := h.Admin()
	made := h.Do(admin, createTeam, harness.Input{"i": harness.Input{"externalId": "T9", "name": "Before", "members": []any{harness.Input{"positionId": s.positions["ann"]}}}})
	id := made.String("createTeam", "team", "id")
	h.Do(admin, updateTeam, harness.Input{"i": harness.Input{"id": id, "ifVersion": 1, "name": "Since"}})
	record(h, []map[string]any{s.sell("ann", "2017-01-12", "100.01"), s.sell("ann", "2017-01-13", "7")}, 2)
	h.Settle()
	auditor := h.Token(nil, model.RoleAuditor)
	const ask = `query($w: AuditEntryWhere) { auditTrail(where: $w, last: 250) { totalCount nodes {
		id sequence at actor { id } actorName operation reason kind objectId lastId object { __typename id } fields { name before after } } } }`
	trail := h.Do(auditor, ask, harness.Input{"w": harness.Input{"objectId": harness.Input{"eq": id}}}).At("auditTrail")
	rows := trail.List("nodes")
	if len(rows) != 2 || trail.At("totalCount").V != 2.0 {
		t.Fatalf("%d entries of a team that was made and renamed", len(rows))
	}
	if got := rows[0].String("kind") + " " + rows[0].String("operation") + " " + rows[1].String("kind") + " " + rows[1].String("operation"); got != "CREATE createTeam UPDATE updateTeam" {
		t.Error(got)
	}
	fields := rows[1].List("fields")
	if len(fields) != 1 || fields[0].String("name") != "name" || fields[0].String("before") != `"Before"` || fields[0].String("after") != `"Since"` {
		t.Errorf("the change reads %v", rows[1].V)
	}
	if rows[1].String("object", "__typename") != "Team" || rows[1].String("actor", "id") == "" {
		t.Errorf("the change is of %v by %v", rows[1].At("object").V, rows[1].At("actor").V)
	}
	node := h.Do(auditor, `query($id: ID!) { node(id: $id) { ... on AuditEntry { operation sequence } } }`, harness.Input{"id": rows[1].String("id")})
	if got := node.String("node", "operation"); got != "updateTeam" {
		t.Errorf("node gives %q", got)
	}
	// A sale is found by the entry that names the range that it is in.
	sale := h.Do(auditor, `{ transactions(first: 1) { nodes { id } } }`, nil).String("transactions", "nodes", 0, "id")
	of := h.Do(auditor, ask, harness.Input{"w": harness.Input{"objectId": harness.Input{"in": []string{sale}}}})
	if got := of.String("auditTrail", "nodes", 0, "operation"); got != "recordTransactions" || len(of.List("auditTrail", "nodes")) != 1 {
		t.Errorf("a sale has %v", of.V)
	}
	by := h.Do(auditor, ask, harness.Input{"w": harness.Input{"operations": []string{"updateTeam"}, "kinds": []string{"UPDATE"}, "at": harness.Input{"gte": rows[1].String("at")}, "actorId": harness.Input{"eq": rows[1].String("actor", "id")}}})
	if got := by.At("auditTrail", "totalCount").V; got != 1.0 {
		t.Errorf("%v renamings since that one", got)
	}

	many := slices.Repeat([]string{id}, 251)
	if answer := h.Post(auditor, ask, harness.Input{"w": harness.Input{"objectId": harness.Input{"in": many}}}); len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
		t.Errorf("251 objects are answered %v", answer.Errors)
	}

	ann := s.payees["ann"]
	for _, token := range []string{h.Token(&ann, model.RoleRep), h.Token(&ann, model.RoleManager), h.Token(nil, model.RoleSalesOps)} {
		for _, query := range []string{`{ auditTrail { totalCount } }`, `{ auditHead { hash } }`, `{ verifyAuditTrail { intact } }`} {
			if got := h.Denied(token, query, nil); got != "FORBIDDEN" {
				t.Errorf("%s is answered %s", query, got)
			}
		}
		if got := h.Do(token, `query($id: ID!) { node(id: $id) { id } }`, harness.Input{"id": rows[1].String("id")}); got.At("node").V != nil {
			t.Error("an entry is found by its id")
		}
	}
	other := h.Beside("other")
	if got := other.Do(other.Token(nil, model.RoleAuditor), ask, harness.Input{"w": harness.Input{"objectId": harness.Input{"eq": id}}}); got.At("auditTrail", "totalCount").V != 0.0 {
		t.Error("another tenant reads the entries")
	}
}

// TestAuditHeadIsSigned: a head is over the tenant, the sequence and the hash, and
// anybody with the public key can tell.
func TestAuditHeadIsSigned(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	newSmall(h)
	chained(h)
	auditor := h.Token(nil, model.RoleAuditor)
	if head := h.Do(auditor, auditHead, nil).At("auditHead"); head.At("signature").V != nil {
		t.Error("a head is signed without a key")
	}
	key, err := auth.LoadOrCreateKey(filepath.Join(t.TempDir(), "audit.pem"))
	if err != nil {
		t.Fatal(err)
	}
	h.Service.SetAuditKey(key)
	head := h.Do(auditor, auditHead, nil).At("auditHead")
	signature, err := base64.RawURLEncoding.DecodeString(head.String("signature"))
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct{ X, Kid string }
	}
	if err := json.Unmarshal([]byte(head.String("keySet")), &set); err != nil || len(set.Keys) != 1 || set.Keys[0].Kid != head.String("keyThumbprint") {
		t.Fatalf("the key set is %s", head.String("keySet"))
	}
	public, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
	tenant := h.Do(auditor, `{ viewer { tenant { id } } }`, nil).String("viewer", "tenant", "id")
	text := fmt.Sprintf("spm audit head\n%s\n%s\n%s\n", tenant, head.String("sequence"), head.String("hash"))
	if !ed25519.Verify(public, []byte(text), signature) {
		t.Errorf("the signature is not of %q", text)
	}
	kept := harness.Input{"sequence": head.String("sequence"), "hash": head.String("hash")}
	if v := h.Do(auditor, verifyTrail, harness.Input{"i": harness.Input{"heads": []any{kept}}}).At("verifyAuditTrail"); v.At("intact").V != true || v.At("done").V != true {
		t.Errorf("an untouched trail is %v", v.V)
	}
	for _, bad := range []harness.Input{{"links": 0}, {"links": 10001}, {"after": "-1"}} {
		if answer := h.Post(auditor, verifyTrail, harness.Input{"i": bad}); len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%v is answered %v", bad, answer.Errors)
		}
	}
}

// tampering is a change by the database's owner, triggers off; sql gives "" where
// there is nothing to do it to.
type tampering struct {
	name string
	sql  func(r *rand.Rand, h *harness.Harness) string
	kind []string // any of these is found
	head bool     // found by a head that was kept outside alone
}

func any1(h *harness.Harness, r *rand.Rand, sql string) string {
	all := h.Strings(sql)
	if len(all) == 0 {
		return ""
	}
	return all[r.IntN(len(all))]
}

const keyOf = "format('(tenant_id, xid, id) = (%L::uuid, %s, %s)', tenant_id, xid, id)"

var tamperings = []tampering{
	{name: "an entry is edited", kind: []string{"ENTRY_CHANGED"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		set := []string{"actor_name = actor_name || ' '", "at = at + interval '1 microsecond'", "operation = 'noOperation'", "reason = reason || '.'", "actor = gen_random_uuid()",
			"after = coalesce(after, '{}') || '{\"name\": \"another\"}'", "before = coalesce(before, '{}') || '{\"a\": 1}'", "kind = CASE kind WHEN 'DELETE' THEN 'UPDATE' ELSE 'DELETE' END",
			"object_key = object_key || '\\x00'", "object_kind = object_kind || 'x'"}
		return "UPDATE change SET " + set[r.IntN(len(set))] + " WHERE " + any1(h, r, "SELECT "+keyOf+" FROM change")
	}},
	{name: "an entry is deleted", kind: []string{"ENTRIES_LOST"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		return "DELETE FROM change WHERE " + any1(h, r, "SELECT "+keyOf+" FROM change")
	}},
	{name: "an entry is put in", kind: []string{"ENTRIES_ADDED"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		return "INSERT INTO change SELECT (jsonb_populate_record(c, to_jsonb(c) || jsonb_build_object('id', nextval('fact_key')))).* FROM change c WHERE " + any1(h, r, "SELECT "+keyOf+" FROM change")
	}},
	{name: "two entries are swapped", kind: []string{"ENTRY_CHANGED"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		pair := any1(h, r, `SELECT format('UPDATE change c SET actor_name = o.actor_name, operation = o.operation, object_key = o.object_key, object_kind = o.object_kind, after = o.after, before = o.before, kind = o.kind
			FROM change o WHERE (c.xid, c.id) IN ((%1$s, %2$s), (%3$s, %4$s)) AND (o.xid, o.id) IN ((%1$s, %2$s), (%3$s, %4$s)) AND o.id <> c.id', a.xid, a.id, b.xid, b.id)
			FROM change a JOIN change b ON a.id < b.id AND a.tenant_id = b.tenant_id AND (a.object_key, a.operation) IS DISTINCT FROM (b.object_key, b.operation)`)
		return pair
	}},
	{name: "a sale is edited", kind: []string{"ENTRY_CHANGED"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		set := []string{"amount = amount + 0.01", "event_date = event_date + 1", "seller_shares = array_append(seller_shares, 0.123)", "product = product || 'x'", "attributes = '{\"a\":\"b\"}'", "recorded_at = recorded_at - interval '1 day'"}
		return "UPDATE transaction SET " + set[r.IntN(len(set))] + " WHERE " + any1(h, r, "SELECT format('id = %s AND revision = %s', id, revision) FROM transaction")
	}},
	{name: "a credit is edited", kind: []string{"ENTRY_CHANGED"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		set := []string{"amount = amount + 0.01", "payee_id = gen_random_uuid()", "share = share / 2", "date = date + 1"}
		return "UPDATE credit SET " + set[r.IntN(len(set))] + " WHERE " + any1(h, r, "SELECT format('id = %s', id) FROM credit")
	}},
	{name: "a fact is deleted", kind: []string{"ENTRY_CHANGED"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		return "DELETE FROM " + any1(h, r, "SELECT format('credit WHERE id = %s', id) FROM credit UNION ALL SELECT format('transaction WHERE id = %s AND revision = %s', id, revision) FROM transaction UNION ALL SELECT format('activity WHERE id = %s', id) FROM activity")
	}},
	{name: "a payment is edited", kind: []string{"ENTRY_CHANGED"}, sql: func(*rand.Rand, *harness.Harness) string { return "UPDATE payment SET amount = amount + 1" }},
	{name: "a link is edited", kind: []string{"LINK_BROKEN", "ENTRY_CHANGED", "ENTRIES_LOST", "ENTRIES_ADDED"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		set := []string{"hash = sha256(hash)", "previous = sha256(previous)", "digests = digests || '\\x0000000000000000'", "horizon = horizon + 1", "sealed_at = sealed_at + interval '1 second'", "format = 2"}
		return "UPDATE audit_link SET " + set[r.IntN(len(set))] + " WHERE " + any1(h, r, "SELECT format('sequence = %s', sequence) FROM audit_link")
	}},
	{name: "a link is deleted", kind: []string{"LINK_LOST"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		return "DELETE FROM audit_link WHERE " + any1(h, r, "SELECT format('sequence = %s', sequence) FROM audit_link WHERE sequence < (SELECT max(sequence) FROM audit_link)")
	}},
	{name: "a seal is deleted with its link", kind: []string{"LINK_LOST"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		one := any1(h, r, "SELECT sequence::text FROM audit_link WHERE sequence < (SELECT max(sequence) FROM audit_link)")
		return "DELETE FROM audit_link WHERE sequence = " + one + "; DELETE FROM seal WHERE sequence = " + one
	}},
	{name: "the end is cut off", head: true, kind: []string{"HEAD_MISMATCH"}, sql: func(r *rand.Rand, h *harness.Harness) string {
		one := any1(h, r, "SELECT sequence::text FROM audit_link WHERE sequence > 1")
		return fmt.Sprintf("DELETE FROM change WHERE xid >= (SELECT horizon FROM seal WHERE sequence = %[1]s - 1); DELETE FROM audit_link WHERE sequence >= %[1]s; DELETE FROM seal WHERE sequence >= %[1]s", one)
	}},
}

// TestTamperingIsFound tampers with a trail at random, as a superuser would, and
// expects each to be found, at its place; TAMPERINGS is how many. The trail as it
// was is intact before and after.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	s := lawful(t)
	h := s.h
	chained(h)
	count := 60
	if text := os.Getenv("TAMPERINGS"); text != "" {
		count, _ = strconv.Atoi(text)
	}
	auditor := h.Token(nil, model.RoleAuditor)
	chainedAgain(h)
	head := h.Do(auditor, auditHead, nil).At("auditHead")
	sequence, _ := strconv.ParseInt(head.String("sequence"), 10, 64)
	kept := &service.AuditHeadInput{Sequence: sequence, Hash: head.String("hash")}
	links := service.MaxAuditLinks
	verify := func(heads ...*service.AuditHeadInput) *model.AuditVerification { // not through the API: who asks may be gone with the end
		found, err := h.Service.VerifyAuditTrail(t.Context(), model.Unbounded(h.Tenant, model.Latest), service.VerifyAuditTrailInput{Links: &links, Heads: heads})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if v := verify(kept); !v.Intact() || !v.Done || v.Links < 20 || v.Entries < 60 {
		t.Fatalf("an untouched trail is %+v", v)
	}
	r := rand.New(rand.NewPCG(7, uint64(count)))
	met := map[string]int{}
	for range count {
		tamper := tamperings[r.IntN(len(tamperings))]
		c := corruption{law: tamper.name, tables: "change seal audit_link transaction credit activity payment", sql: tamper.sql(r, h)}
		c.with(h, func() {
			found := verify()
			if tamper.head {
				found = verify(kept)
			}
			if found.Intact() || !slices.Contains(tamper.kind, string(found.Faults[0].Kind)) {
				t.Errorf("%s by %q: found %+v", tamper.name, c.sql, found)
			}
		})
		met[tamper.name]++
	}
	if v := verify(kept); !v.Intact() {
		t.Errorf("a trail that was put back is %+v", v)
	}
	t.Logf("%d tamperings, all found: %v", count, met)
}

// chainedAgain lets no link be missing of what the harness did since.
func chainedAgain(h *harness.Harness) {
	if err := h.Service.Chain(h.Context(), h.Tenant); err != nil {
		h.Fatalf("%v", err)
	}
}

// TestTrailIsLookedThroughInParts: parts that go on from one another see as much as
// one look, and what is wrong in each.
func TestTrailIsLookedThroughInParts(t *testing.T) {
	t.Parallel()
	s := lawful(t)
	h := s.h
	chained(h)
	auditor := h.Token(nil, model.RoleAuditor)
	chainedAgain(h)
	whole := h.Do(auditor, verifyTrail, harness.Input{"i": harness.Input{"links": 10000}}).At("verifyAuditTrail")
	links, entries, after := 0.0, 0.0, "0"
	for range 10_000 {
		part := h.Do(auditor, verifyTrail, harness.Input{"i": harness.Input{"links": 7, "after": after}}).At("verifyAuditTrail")
		links, entries, after = links+part.At("links").V.(float64), entries+part.At("entries").V.(float64), part.String("through")
		if part.At("intact").V != true {
			t.Fatalf("after %s: %v", after, part.V)
		}
		if part.At("done").V == true {
			break
		}
	}
	if links != whole.At("links").V || entries != whole.At("entries").V || after != whole.String("through") {
		t.Errorf("in parts %v links with %v entries through %s, at once %v", links, entries, after, whole.V)
	}
}
