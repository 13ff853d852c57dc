// Package scenario drives the graph as its users do: GraphQL in, JSON out.
package scenario

import (
	"testing"

	"spm/model"
	"spm/test/harness"
)

func TestOrganisation(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()

	made := h.Do(admin, `mutation {
		a: createTitle(input: {externalId: "AE", name: "Account Executive"}) { title { id name version } userErrors { path code } sequence }
		b: createPosition(input: {externalId: "MGR", name: "Manager seat"}) { position { id version slices { startDate endDate } } userErrors { path code message } }
	}`, nil)
	title, boss := made.String("a", "title", "id"), made.String("b", "position", "id")
	ann := h.Do(admin, `mutation($title: ID!, $boss: ID!) {
		createPayee(input: {externalId: "ann", name: "Ann", currency: "USD", ownPosition: {titleId: $title, parentId: $boss}}) {
			payee { id currency assignments(first: 1) { totalCount nodes { position { id name title { name } parent { externalId } } } } }
			position { id } userErrors { path code message } replayed query { titles { totalCount } }
		}
	}`, map[string]any{"title": title, "boss": boss})
	if got := ann.String("createPayee", "payee", "assignments", "nodes", 0, "position", "parent", "externalId"); got != "MGR" {
		t.Errorf("Ann's position is below %s", got)
	}
	payee := ann.ID("createPayee", "payee", "id")

	t.Run("an idempotency key gives the first answer again", func(t *testing.T) {
		const add = `mutation { createTitle(input: {name: "Once"}) { title { id } userErrors { code } replayed } }`
		first := h.Post(admin, add, nil, "Idempotency-Key", "k1")
		second := h.Post(admin, add, nil, "Idempotency-Key", "k1")
		t.Logf("%s %v\n%s", first.Data, first.Errors, second.Data)
		other := h.Post(admin, `mutation { createTitle(input: {name: "Other"}) { title { id } } }`, nil, "Idempotency-Key", "k1")
		if len(other.Errors) != 1 || other.Errors[0].Extensions["code"] != "IDEMPOTENCY_MISMATCH" {
			t.Errorf("other input answered %v", other.Errors)
		}
	})
	t.Run("a rep sees itself only", func(t *testing.T) {
		rep := h.Token(&payee, model.RoleRep)
		h.Do(admin, `mutation { createPayee(input: {externalId: "bob", name: "Bob", currency: "EUR"}) { userErrors { message } } }`, nil)
		seen := h.Do(rep, `{ payees { totalCount nodes { name } } positions { totalCount nodes { externalId parent { name } } } }`, nil)
		if n := len(seen.List("payees", "nodes")); n != 1 {
			t.Errorf("a rep sees %d payees", n)
		}
		denied := h.Post(rep, `mutation { createTitle(input: {externalId: "x", name: "X"}) { title { id } } }`, nil)
		if len(denied.Errors) != 1 || denied.Errors[0].Extensions["code"] != "FORBIDDEN" {
			t.Errorf("a rep's write answered %v", denied.Errors)
		}
	})
}
