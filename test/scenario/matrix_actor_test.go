package scenario

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
	"spm/resolver"
	"spm/test/harness"
)

// relation is how a row stands to whoever asks: a boss, over ann and bob.
type relation string

// The relations of the matrix. A kind whose rows are nobody's own has foreign ones
// only, one that is everybody's own ones only.
const (
	ownRow      relation = "own"
	subtreeRow  relation = "subtree"
	foreignRow  relation = "foreign"
	otherTenant relation = "other tenant"
	missingRow  relation = "missing"
	anyRow      relation = "any" // where no id is tried
)

// view is an id of each kind in each relation to somebody.
type view map[relation]map[model.Kind]model.ID

// base is an id of the kind in the relation or, where there is none, as near as there
// is.
func (v view) base(near relation, kind model.Kind) (model.ID, bool) {
	for _, r := range []relation{near, ownRow, subtreeRow, foreignRow, otherTenant} {
		if id, has := v[r][kind]; has {
			return id, true
		}
	}
	return model.ID{}, false
}

// actor is who asks, and what the policy, which is not asked through the product,
// says of it.
type actor struct {
	name, token string
	rows        func(auth.Permission) auth.Rows
	truths      map[auth.Rows]truth // what SQL says that each reach opens
	view        view
	refusal     string // the code where there is no permission
	reads       bool   // and writes nothing, whatever the policy says, but an answer to their own statement
}

// matrix is a company, another tenant beside it, and everybody who asks.
type matrix struct {
	h, beside *harness.Harness
	s, other  *secrets
	schema    *ast.Schema
	kinds     map[string]model.Kind // by the name of the type
	ann, dan  truth                 // what is theirs: one is below the boss, one is not
	actors    []*actor
	cells     map[string]int
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{h: harness.New(t), schema: (&resolver.Resolver{}).Schema().Schema(), kinds: map[string]model.Kind{}, cells: map[string]int{}}
	m.beside = m.h.Beside("beside")
	m.other, m.s = newSecrets(m.beside, "2"), newSecrets(m.h, "1")
	for _, s := range []*secrets{m.other, m.s} {
		s.paid(map[*secrets]string{m.other: "2", m.s: "1"}[s])
		s.complete()
	}
	for _, names := range []map[model.Kind]string{typenames, otherTypenames} {
		for kind, name := range names {
			m.kinds[name] = kind
		}
	}
	for name, of := range map[string]*truth{"ann": &m.ann, "dan": &m.dan} {
		*of = truthOf(m.h, whose{self: name, payees: []string{name}, positions: []string{name}}, false)
	}
	m.people()
	return m
}

// complete adds what else there is a root field for.
func (s *secrets) complete() {
	h := s.h
	h.Do(h.Admin(), revokeKey, input("id", newKey(h, nil).id))
	h.Do(h.Admin(), `mutation($p: ID!, $c: ID!, $m: ID!) { createPlanVersion(input: {planId: $p, number: 9, startDate: "2018-01-01", currency: "USD", calendarId: $c,
		components: [{key: "next", measureId: $m, payout: MONTH, rateKind: RATE_ON_VALUE, rate: "0.1"}]}) { userErrors { path message } } }`,
		vars{"p": s.repPlan, "c": s.calendar, "m": s.own})
	made := h.Do(h.Admin(), `mutation { createUser(input: {subject: "gone", name: "Gone", roles: [REP]}) { user { id } userErrors { path message } } }`, nil)
	h.Do(h.Admin(), `mutation($u: ID!) { updateUser(input: {id: $u, ifVersion: 1, active: false}) { userErrors { path message } } }`, vars{"u": made.String("createUser", "user", "id")})
	newApplication(s.h, "Portal", text(titlesText))
	s.h.Do(s.h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": s.period("2017")})
	s.h.Settle()
}

// people are a user of each role of the schema who is the boss, one without a role,
// API keys, the other tenant's admin, and somebody without a token.
func (m *matrix) people() {
	boss, readers := m.s.payees["boss"], []model.Role{model.RoleRep, model.RoleManager, model.RoleAuditor}
	for _, value := range m.schema.Types["Role"].EnumValues {
		role := model.Role(value.Name)
		m.add(&actor{name: value.Name, token: m.h.Token(&boss, role), refusal: "FORBIDDEN", reads: slices.Contains(readers, role),
			rows: func(do auth.Permission) auth.Rows { return auth.RowsOf([]model.Role{role}, do) }}, []string{value.Name})
	}
	m.add(&actor{name: "no role", token: m.h.Token(&boss), refusal: "FORBIDDEN", reads: true, rows: func(do auth.Permission) auth.Rows { return auth.RowsOf(nil, do) }}, []string{})
	var every, bounded []string
	for _, scope := range auth.KeyScopes() {
		every = append(every, string(scope))
		if auth.Bounds(scope) {
			bounded = append(bounded, string(scope))
		}
	}
	m.addKey("a key of the boss's position", bounded, auth.Subtree, "positionId", m.s.positions["boss"])
	m.addKey("a key", every, auth.All)
	nobody := func(auth.Permission) auth.Rows { return auth.NoRows }
	m.add(&actor{name: "a stranger", refusal: "UNAUTHENTICATED", rows: nobody}, []string{})
	admin := []model.Role{model.RoleTenantAdmin, model.RoleCompAdmin}
	m.add(&actor{name: "another tenant's admin", token: m.beside.Admin(), refusal: "FORBIDDEN",
		rows: func(do auth.Permission) auth.Rows { return auth.RowsOf(admin, do) }}, []string{})
	for _, a := range m.actors {
		m.look(a)
	}
}

// addKey makes a key of the scopes. What it opens are all rows where they are
// everybody's, otherwise those of its limit.
func (m *matrix) addKey(name string, scopes []string, limit auth.Rows, more ...any) {
	permits := []auth.Permission{auth.Public, auth.TenantRead}
	for _, scope := range scopes {
		permits = append(permits, auth.PermissionsOfScope(model.APIKeyScope(scope))...)
	}
	m.add(&actor{name: name, token: newKey(m.h, scopes, append(more, "name", name)...).secret, refusal: "FORBIDDEN", reads: limit != auth.All,
		rows: func(do auth.Permission) auth.Rows {
			switch {
			case !slices.Contains(permits, do):
				return auth.NoRows
			case auth.RowsOf(nil, do) == auth.All:
				return auth.All
			}
			return limit
		}}, []string{})
}

// add notes an actor; roles are those of its user.
func (m *matrix) add(a *actor, roles []string) {
	a.truths = map[auth.Rows]truth{}
	self := whose{self: "boss", payees: []string{"boss"}, positions: []string{"boss"}, roles: roles}
	below := m.s.manager("boss", "ann", "bob")
	below.roles = roles
	m.actors = append(m.actors, a)
	a.truths[auth.NoRows] = truth{}
	a.truths[auth.Self], a.truths[auth.Subtree] = truthOf(m.h, self, false), truthOf(m.h, below, false)
}

// look finds what there is in each relation to an actor, once all are there.
func (m *matrix) look(a *actor) {
	here, there := &truth{}, &truth{}
	here.onlyTenant(m.h, m.h.Tenant, false)
	there.onlyTenant(m.beside, m.beside.Tenant, false)
	a.view = view{ownRow: {}, subtreeRow: {}, foreignRow: {}, otherTenant: {}, missingRow: {}}
	take := func(r relation, from []model.ID, but ...*truth) {
		for _, id := range from {
			_, taken := a.view[r][id.Kind]
			if !taken && !slices.ContainsFunc(but, func(t *truth) bool { return t.own[id.String()] }) {
				a.view[r][id.Kind] = id
			}
		}
	}
	self, below := a.truths[auth.Self], a.truths[auth.Subtree]
	a.truths[auth.All] = *here
	if a.token == m.beside.Admin() {
		here, there, self, below = there, here, *there, *there
		a.truths = map[auth.Rows]truth{auth.NoRows: {}, auth.Self: *here, auth.Subtree: *here, auth.All: *here}
	}
	// What is of one person comes first, so that a payee's activity is tried with that payee.
	take(ownRow, self.mine)
	take(subtreeRow, m.ann.mine, &self, there)
	take(subtreeRow, below.mine, &self)
	take(foreignRow, m.dan.mine, &self, &below, there)
	take(foreignRow, here.mine, &self, &below)
	take(otherTenant, there.mine)
	for r, h := range map[relation]*harness.Harness{ownRow: m.h, otherTenant: m.beside} {
		if here.own[m.beside.Tenant.String()] {
			h = map[*harness.Harness]*harness.Harness{m.h: m.beside, m.beside: m.h}[h]
		}
		for name, of := range more {
			a.view[r][name] = model.UUIDs(of.kind, uuid.MustParse(h.Strings(of.sql, h.Tenant)[0]))
		}
	}
	for kind, id := range a.view[otherTenant] {
		a.view[missingRow][kind] = nobodys(id)
	}
}
