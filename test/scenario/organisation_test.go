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
	t.Run("a new name leaves what is dated as it was", func(t *testing.T) {
		made := h.Do(admin, `mutation {
			p: createPayee(input: {externalId: "dated", name: "Dated", currency: "USD", startDate: "2026-01-01"}) { payee { id } userErrors { message } }
			s: createPosition(input: {externalId: "dated", name: "Dated", startDate: "2026-01-01", titleId: "`+title+`"}) { position { id } userErrors { message } }
		}`, nil)
		vars := map[string]any{"p": made.String("p", "payee", "id"), "s": made.String("s", "position", "id")}
		h.Do(admin, `mutation($p: ID!, $s: ID!) {
			p: updatePayee(input: {id: $p, ifVersion: 1, effectiveFrom: "2026-07-01", currency: "EUR"}) { userErrors { message } }
			s: updatePosition(input: {id: $s, ifVersion: 1, effectiveFrom: "2026-07-01", parentId: "`+boss+`"}) { userErrors { message } }
		}`, vars)
		renamed := h.Do(admin, `mutation($p: ID!, $s: ID!) {
			p: updatePayee(input: {id: $p, ifVersion: 2, name: "Renamed"}) { payee { name slices { startDate endDate currency } } userErrors { message } }
			s: updatePosition(input: {id: $s, ifVersion: 2, name: "Renamed"}) { position { name slices { startDate endDate title { id } parent { externalId } } } userErrors { message } }
		}`, vars)
		if got := renamed.List("p", "payee", "slices"); len(got) != 2 || got[0].String("currency") != "USD" || got[1].String("currency") != "EUR" || got[0].String("startDate") != "2026-01-01" {
			t.Errorf("the payee's slices are %v", renamed.At("p", "payee").V)
		}
		if got := renamed.List("s", "position", "slices"); len(got) != 2 || got[0].At("parent").V != nil || got[1].String("parent", "externalId") != "MGR" {
			t.Errorf("the position's slices are %v", renamed.At("s", "position").V)
		}
	})
}
