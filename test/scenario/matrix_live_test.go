package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
	"spm/test/harness"
)

// matrixSubscriptions has a row for every root field of Subscription: how it is asked
// with an id at each path that takes one; "" is without any.
var matrixSubscriptions = map[string]map[string]string{
	"earningsChanged": {
		"": "earningsChanged(after: $after)", "payeeId": "earningsChanged(payeeId: <?payee>, after: $after)",
		"positionId": "earningsChanged(positionId: <?position>, after: $after)", "subtreeOf": "earningsChanged(subtreeOf: <?payee>, after: $after)",
	},
	"calculationRun": {"id": "calculationRun(id: <?run>)"},
}

// heard is a subscription and whose earnings it is to tell of.
type heard struct {
	cell
	relation
	live *harness.Live
	want map[uuid.UUID]bool
}

// subscriptions follows in every role by every path in each relation, while ann, dan
// and, by what they sell, their managers earn something in both tenants: each hears of
// what is within the rows and was asked for, and a run is there for who may see runs.
func (m *matrix) subscriptions(t *testing.T) {
	var rows, want []string
	for name, row := range matrixSubscriptions {
		for path := range row {
			rows = append(rows, strings.TrimSuffix(name+"."+path, "."))
		}
	}
	for _, f := range fieldsOf(m.schema.Subscription) {
		if _, is := matrixSubscriptions[f.Name][""]; is {
			want = append(want, f.Name)
		}
		for _, arg := range f.Arguments {
			for _, path := range m.idPaths(arg.Name, arg.Type) {
				want = append(want, f.Name+"."+path)
			}
		}
		if matrixSubscriptions[f.Name] == nil {
			t.Errorf("%s has no row", f.Name)
		}
	}
	slices.Sort(rows)
	slices.Sort(want)
	harness.Same(t, "the rows of subscriptions", rows, want...)
	for _, a := range m.actors {
		m.runs(t, a)
		m.earn(t, a)
	}
}

// earn follows earnings as one actor.
func (m *matrix) earn(t *testing.T, a *actor) {
	h := m.tenantOf(a).h
	rows := a.rows(auth.EarningRead)
	after := map[string]any{"after": sequence(h)}
	if rows != auth.NoRows {
		m.sellAll()
	}
	var all []*heard
	for path, template := range matrixSubscriptions["earningsChanged"] {
		for _, r := range relations {
			try := &heard{relation: r}
			if path == "" && r != ownRow {
				continue
			}
			id := model.ID{}
			if path != "" {
				var has bool
				if id, has = a.view[r][model.Kind(triedText.FindStringSubmatch(template)[1])]; !has {
					continue
				}
			}
			try.cell = cell{"subscription($after: BigInt) { " + a.view.filled(t, template, id, ownRow) + " { changes { id } } }", id.String()}
			if rows == auth.NoRows {
				m.unheard(t, a, r, try.cell, after)
				continue
			}
			try.want = m.earners(a, path, id)
			try.live = h.Follow(h.URL, a.token, try.text, after, "")
			all = append(all, try)
		}
	}
	if rows == auth.NoRows {
		return
	}
	m.sellAll() // so that who hears nothing of the first has had the time to
	for _, try := range all {
		m.hears(t, a, try)
	}
}

// unheard expects that a subscription is refused.
func (m *matrix) unheard(t *testing.T, a *actor, r relation, c cell, variables map[string]any) {
	t.Helper()
	m.count("subscription", r, a.refusal)
	live := m.h.Follow(m.h.URL, a.token, c.text, variables, "")
	defer live.Close()
	if e, _ := live.Next(); len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != a.refusal {
		t.Errorf("%s: %s (%s) is not theirs to ask, and answers %s %v", a.name, c.text, r, e.Data, e.Errors)
	}
}

// tenantOf is the company of an actor.
func (m *matrix) tenantOf(a *actor) *secrets {
	if a.token == m.beside.Admin() {
		return m.other
	}
	return m.s
}

// sellAll lets ann and dan sell in both tenants.
func (m *matrix) sellAll() {
	for _, s := range []*secrets{m.s, m.other} {
		s.sent += 1000
		record(s.h, []map[string]any{s.sell("ann", "2017-08-10", fmt.Sprint(s.sent)), s.sell("dan", "2017-08-10", fmt.Sprint(s.sent))}, 2)
	}
	m.h.Settle()
}

// earners are who earns by what ann and dan sell, of those whom an actor may see and
// who are meant by an id at a path.
func (m *matrix) earners(a *actor, path string, id model.ID) map[uuid.UUID]bool {
	s := m.tenantOf(a)
	out := map[uuid.UUID]bool{}
	for name, below := range map[string][]string{"ann": nil, "boss": {"ann"}, "dan": nil, "eve": {"dan"}} {
		for _, who := range append(below, name) {
			var meant bool
			switch payee := s.payees[name]; path {
			case "payeeId":
				meant = who == name && id == payee
			case "positionId":
				meant = who == name && id.String() == s.positions[name]
			case "subtreeOf":
				meant = id == payee
			default:
				meant = true
			}
			if meant && a.truths[a.rows(auth.EarningRead)].own[s.payees[who].String()] {
				out[s.payees[who].UUID()] = true
			}
		}
	}
	return out
}

// hears compares whose earnings a subscription tells of with whose it is to.
func (m *matrix) hears(t *testing.T, a *actor, try *heard) {
	t.Helper()
	defer try.live.Close()
	got := map[uuid.UUID]bool{}
	for len(got) < len(try.want) || !try.live.Quiet() {
		e, ok := try.live.Next()
		if !ok || len(e.Errors) > 0 {
			t.Fatalf("%s: %s (%s) ends with %v", a.name, try.text, try.relation, e.Errors)
		}
		for _, c := range m.h.Decode(e.Answer).List("earningsChanged", "changes") {
			payee := c.ID("id").UUID()
			if got[payee] = true; !try.want[payee] {
				t.Errorf("%s: %s (%s) tells of payee %s", a.name, try.text, try.relation, payee)
			}
		}
	}
	m.count("subscription", try.relation, map[bool]string{true: "as missing", false: "found"}[len(try.want) == 0])
	if !maps.Equal(got, try.want) {
		t.Errorf("%s: %s (%s) tells of %v, should of %v", a.name, try.text, try.relation, got, try.want)
	}
}

// runs follows a calculation run in each relation.
func (m *matrix) runs(t *testing.T, a *actor) {
	rows := a.rows(auth.CalculationRead)
	for _, r := range relations {
		id, has := a.view[r][model.KindCalculationRun]
		if !has {
			continue
		}
		c := cell{"subscription { " + a.view.filled(t, matrixSubscriptions["calculationRun"]["id"], id, ownRow) + " { id status } }", id.String()}
		if rows == auth.NoRows {
			m.unheard(t, a, r, c, nil)
			continue
		}
		live := m.h.Follow(m.h.URL, a.token, c.text, nil, "")
		e, _ := live.Next()
		live.Close()
		found := a.truths[rows].own[c.id]
		m.count("subscription", r, map[bool]string{true: "found", false: "as missing"}[found])
		given := e.Name == "next" && len(e.Errors) == 0 && strings.Contains(string(e.Data), c.id)
		if given != found || !found && e.Name != "complete" {
			t.Errorf("%s: %s (%s) answers %s %s %v", a.name, c.text, r, e.Name, e.Data, e.Errors)
		}
	}
}
