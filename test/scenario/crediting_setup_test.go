package scenario

import (
	"testing"

	"spm/model"
	"spm/test/harness"
)

const createKind = `mutation($input: CreateTransactionKindInput!) { createTransactionKind(input: $input) {
	transactionKind { id key name role version } userErrors { path code message } } }`
const updateKind = `mutation($input: UpdateTransactionKindInput!) { updateTransactionKind(input: $input) {
	transactionKind { id key name role version } userErrors { path code message } } }`
const createType = `mutation($input: CreateCreditTypeInput!) { createCreditType(input: $input) {
	creditType { id key name unit version } userErrors { path code message } } }`
const updateType = `mutation($input: UpdateCreditTypeInput!) { updateCreditType(input: $input) {
	creditType { id key name unit version } userErrors { path code message } } }`

func TestTransactionKinds(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	kinds := h.Do(admin, `{ transactionKinds { nodes { key role } } reversals: transactionKinds(where: {roles: [REVERSAL]}) { nodes { key } } }`, nil)
	harness.Same(t, "what a tenant begins with", harness.Texts(kinds.List("transactionKinds", "nodes"), "key"), "BOOKING", "CANCELLATION", "INVOICE", "PAYMENT", "RETURN")
	harness.Same(t, "reversals", harness.Texts(kinds.List("reversals", "nodes"), "key"), "CANCELLATION", "RETURN")

	made := h.Do(admin, createKind, input("key", "RENEWAL", "name", "Renewal", "role", "CREDITABLE")).At("createTransactionKind", "transactionKind")
	harness.Same(t, "taken", h.Refused(admin, createKind, input("key", "RENEWAL", "name", "R", "role", "CASH")), "input.key TAKEN")
	harness.Same(t, "wrong", h.Refused(admin, createKind, input("key", " a", "name", "", "role", "CASH")), "input.key INVALID", "input.name REQUIRED")

	changed := h.Do(admin, updateKind, input("id", made.String("id"), "ifVersion", 1, "name", "Renewals")).At("updateTransactionKind", "transactionKind")
	if changed.String("name") != "Renewals" || changed.String("role") != "CREDITABLE" || changed.At("version").V != 2.0 {
		t.Errorf("the kind is %v", changed.V)
	}
	stale := h.Post(admin, updateKind, input("id", made.String("id"), "ifVersion", 1, "name", "Again"))
	if text := string(stale.Data); !contains(text, "CONFLICT") || !contains(text, `"name":"Renewals"`) {
		t.Errorf("a stale change answered %s", text)
	}
	harness.Same(t, "not found", h.Refused(admin, updateKind, input("id", "x", "ifVersion", 1, "name", "")), "input.id NOT_FOUND", "input.name REQUIRED")
	rep := h.Token(nil, model.RoleRep)
	if code := h.Denied(rep, updateKind, input("id", made.String("id"), "ifVersion", 2, "name", "Mine")); code != "FORBIDDEN" {
		t.Errorf("a rep's updateTransactionKind gave %q", code)
	}
	if code := h.Denied(rep, createKind, input("key", "K", "name", "K", "role", "CASH")); code != "FORBIDDEN" {
		t.Errorf("a rep's createTransactionKind gave %q", code)
	}
	testPaging(t, h, rep, "transactionKinds", "key", "")
}

func TestCreditTypes(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	made := h.Do(admin, createType, input("key", "POINTS", "name", "Points", "unit", "POINTS")).At("createCreditType", "creditType")
	money := h.Do(admin, createType, input("key", "SERVICES", "name", "Services")).At("createCreditType", "creditType")
	if made.String("unit") != "POINTS" || money.String("unit") != "MONEY" {
		t.Errorf("units %v and %v", made.V, money.V)
	}
	harness.Same(t, "taken", h.Refused(admin, createType, input("key", "REVENUE", "name", "R")), "input.key TAKEN")
	harness.Same(t, "wrong", h.Refused(admin, createType, input("key", "", "name", "", "unit", "")), "input.key REQUIRED", "input.name REQUIRED", "input.unit REQUIRED")
	changed := h.Do(admin, updateType, input("id", made.String("id"), "ifVersion", 1, "name", "Score")).At("updateCreditType", "creditType")
	if changed.String("name") != "Score" || changed.String("key") != "POINTS" {
		t.Errorf("the type is %v", changed.V)
	}
	harness.Same(t, "stale", h.Refused(admin, updateType, input("id", made.String("id"), "ifVersion", 1, "name", "Again")), "input.ifVersion CONFLICT")
	harness.Same(t, "another kind's id", h.Refused(admin, updateType, input("id", h.Do(admin, `{ transactionKinds { nodes { id } } }`, nil).String("transactionKinds", "nodes", 0, "id"), "ifVersion", 1, "name", "X")), "input.id NOT_FOUND")
	if code := h.Denied(h.Token(nil, model.RoleManager), createType, input("key", "K", "name", "K")); code != "FORBIDDEN" {
		t.Errorf("a manager's createCreditType gave %q", code)
	}
	got := h.Do(admin, `query($id: ID!) { creditTypes(where: {key: {in: ["REVENUE", "POINTS"]}}) { nodes { key } } node(id: $id) { ... on CreditType { key } } }`, map[string]any{"id": made.String("id")})
	harness.Same(t, "filtered", harness.Texts(got.List("creditTypes", "nodes"), "key"), "POINTS", "REVENUE")
	testPaging(t, h, admin, "creditTypes", "key", "")
}
