package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

const (
	memberFields = `members { position { externalId } startDate endDate weight }`
	createTeam   = `mutation($i: CreateTeamInput!) { createTeam(input: $i) { team { id version name ` + memberFields + ` } replayed userErrors { path code message } } }`
	updateTeam   = `mutation($i: UpdateTeamInput!) { updateTeam(input: $i) { team { id version name ` + memberFields + ` } replayed userErrors { path code message } } }`
)

// member is a membership to send, at weight 1 where weight is "".
func member(position, start, end, weight string) vars {
	out := vars{"positionId": position}
	for field, text := range map[string]string{"startDate": start, "endDate": end, "weight": weight} {
		if text != "" {
			out[field] = text
		}
	}
	return out
}

// memberships gives those of a team, as "position first..last xweight".
func memberships(team harness.Value) (out []string) {
	for _, m := range team.List("members") {
		out = append(out, strings.ReplaceAll(fmt.Sprintf("%v %v..%v x%v", m.At("position", "externalId").V, m.At("startDate").V, m.At("endDate").V, m.At("weight").V), "<nil>", ""))
	}
	return out
}

func (f *firm) team(key string, members ...vars) string {
	f.tb.Helper()
	return f.do(createTeam, vars{"i": vars{"externalId": key, "name": "Team " + key, "members": members}}).String("createTeam", "team", "id")
}

func TestTeams(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	made := f.do(createTeam, vars{"i": vars{"externalId": "B", "name": "Both", "members": []vars{
		member(f.seatB, "2026-07-01", "", "1.50"), member(f.seatA, "2026-03-01", "", "0"), member(f.seatB, "", "2026-06-30", ""), member(f.seatA, "2026-01-01", "2026-01-31", "0.0000000001"),
	}}}).At("createTeam", "team")
	id := made.String("id")
	want := []string{"ann 2026-01-01..2026-01-31 x0.0000000001", "ann 2026-03-01.. x0", "bob 0001-01-01..2026-06-30 x1", "bob 2026-07-01.. x1.5"}
	harness.Same(t, "by position and day", memberships(made), want...)
	other := f.do(createTeam, vars{"i": vars{"externalId": "A", "name": "Nobody"}}).At("createTeam", "team")
	if len(memberships(other)) != 0 || made.At("version").V != 1.0 {
		t.Errorf("made %v and %v", made.V, other.V)
	}
	third := f.team("C", member(f.seatE, "", "", ""))
	f.pages(f.admin, "teams", "externalId", "A", "B", "C")

	t.Run("filters", func(t *testing.T) {
		for _, c := range []struct {
			where vars
			want  []string
		}{
			{vars{"externalId": vars{"in": []string{"A", "C"}}}, []string{"A", "C"}}, {vars{"name": vars{"eq": "Both"}}, []string{"B"}}, {vars{"id": vars{"eq": third}}, []string{"C"}},
			{vars{"positionId": vars{"eq": f.seatB}}, []string{"B"}}, {vars{"positionId": vars{"in": []string{f.seatA, f.seatE}}}, []string{"B", "C"}},
			{vars{"positionId": vars{"eq": f.seatM}}, nil}, {vars{"positionId": vars{"eq": f.seatB}, "name": vars{"eq": "Nobody"}}, nil},
		} {
			rows := f.do(`query($w: TeamWhere) { teams(where: $w) { nodes { externalId } } }`, vars{"w": c.where})
			harness.Same(t, fmt.Sprint(c.where), harness.Texts(rows.List("teams", "nodes"), "externalId"), c.want...)
		}
		read := f.do(`query($id: ID!, $p: ID!) { node(id: $id) { ... on Team { name `+memberFields+` } } p: node(id: $p) { ... on Position { teams(first: 5) { totalCount nodes { externalId } } } } }`,
			vars{"id": id, "p": f.seatA})
		harness.Same(t, "by id", memberships(read.At("node")), want...)
		harness.Same(t, "of a position", harness.Texts(read.List("p", "teams", "nodes"), "externalId"), "B")
	})
	t.Run("a key is taken once, and sent again by an idempotency key it is answered again", func(t *testing.T) {
		errs, _ := f.refused(f.admin, createTeam, vars{"i": vars{"externalId": "A", "name": "Again"}})
		harness.Same(t, "taken", errs, "input.externalId TAKEN")
		errs, _ = f.refused(f.admin, createTeam, vars{"i": vars{"name": "No key"}})
		harness.Same(t, "no key", errs, "input.externalId REQUIRED")
		again := vars{"i": vars{"name": "Once", "members": []vars{member(f.seatM, "", "", "2")}}}
		first, second := f.Post(f.admin, createTeam, again, "Idempotency-Key", "team"), f.Post(f.admin, createTeam, again, "Idempotency-Key", "team")
		a, b := f.Decode(first).At("createTeam"), f.Decode(second).At("createTeam")
		if a.String("team", "id") != b.String("team", "id") || a.At("replayed").V != false || b.At("replayed").V != true {
			t.Errorf("first %v, then %v", a.V, b.V)
		}
	})
	t.Run("an update replaces the list, and leaves what is absent", func(t *testing.T) {
		renamed := f.do(updateTeam, vars{"i": vars{"id": id, "ifVersion": 1, "name": "All"}}).At("updateTeam", "team")
		harness.Same(t, "renamed", append(memberships(renamed), renamed.String("name"), fmt.Sprint(renamed.At("version").V)), append(slices.Clone(want), "All", "2")...)
		for _, version := range []int{1, 3, 0, -1} {
			errs, payload := f.refused(f.admin, updateTeam, vars{"i": vars{"id": id, "ifVersion": version, "name": "Late"}})
			harness.Same(t, fmt.Sprint("version ", version), errs, "input.ifVersion CONFLICT")
			if team := payload["team"].(map[string]any); team["name"] != "All" || team["version"] != 2.0 {
				t.Errorf("the conflict shows %v", team)
			}
		}
		at := time.Now().UTC().Format(time.RFC3339Nano)
		changed := f.do(updateTeam, vars{"i": vars{"id": id, "ifVersion": 2, "members": []vars{member(f.seatE, "", "", "3"), member(f.seatA, "2026-02-01", "", "")}}}).At("updateTeam", "team")
		harness.Same(t, "replaced", memberships(changed), "ann 2026-02-01.. x1", "eve 0001-01-01.. x3")
		past := f.do(`query($at: DateTime, $p: ID) { teams(where: {positionId: {eq: $p}}, asOf: $at) { nodes { version `+memberFields+` } } }`, vars{"at": at, "p": f.seatB}).List("teams", "nodes")
		harness.Same(t, "as it was known", memberships(past[0]), want...)
		none := f.do(updateTeam, vars{"i": vars{"id": id, "ifVersion": 3, "members": nil}}).At("updateTeam", "team")
		harness.Same(t, "none", memberships(none))
		kinds := f.Strings("SELECT kind || ' ' || operation FROM change WHERE object_kind = 'team' AND object_key = (SELECT uuid_send(id) FROM team WHERE name = 'All' LIMIT 1) ORDER BY xid")
		harness.Same(t, "the change stream", kinds, "CREATE createTeam", "UPDATE updateTeam", "UPDATE updateTeam", "UPDATE updateTeam")
	})
	t.Run("what is wrong is told at its place, and nothing is written", func(t *testing.T) {
		bad := []vars{
			member(f.seatA, "2026-01-01", "2026-03-31", "-0.01"), member(f.ann.String(), "", "", ""), member(f.seatA, "2026-03-31", "", ""),
			member(f.seatB, "2026-02-01", "2026-01-31", ""), member(f.seatE, "9999-12-31", "", ""), member(f.seatM, "", "9999-12-31", ""),
		}
		want := []string{"input.members.0.weight INVALID", "input.members.1.positionId NOT_FOUND", "input.members.2.startDate OVERLAP", "input.members.3.endDate INVALID", "input.members.4.endDate INVALID"}
		errs, payload := f.refused(f.admin, createTeam, vars{"i": vars{"externalId": "X", "name": " ", "members": bad}})
		harness.Same(t, "create", errs, append([]string{"input.name INVALID"}, want...)...)
		if payload["team"] != nil {
			t.Errorf("refused, it gives %v", payload["team"])
		}
		errs, _ = f.refused(f.admin, updateTeam, vars{"i": vars{"id": third, "ifVersion": 1, "name": nil, "members": bad}})
		harness.Same(t, "update", errs, append([]string{"input.name REQUIRED"}, want...)...)
		errs, _ = f.refused(f.admin, updateTeam, vars{"i": vars{"id": f.seatA, "ifVersion": 1}})
		harness.Same(t, "no team", errs, "input.id NOT_FOUND")
		errs, _ = f.refused(f.admin, createTeam, vars{"i": vars{"externalId": "X", "name": "X", "members": slices.Repeat(bad[:1], 1001)}})
		harness.Same(t, "too many", errs, "input.members TOO_MANY")
		for _, weight := range []string{"1e3", "1000000000000000", "0.00000000001", "NaN"} {
			answer := f.Post(f.admin, createTeam, vars{"i": vars{"externalId": "X", "name": "X", "members": []vars{member(f.seatA, "", "", weight)}}})
			if len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
				t.Errorf("weight %s answered %v", weight, answer.Errors)
			}
		}
		rows := f.do(`{ teams(where: {externalId: {in: ["C", "X"]}}) { nodes { externalId version } } }`, nil).At("teams", "nodes").V
		if fmt.Sprint(rows) != "[map[externalId:C version:1]]" {
			t.Errorf("there are %v", rows)
		}
	})
}

// TestTeamsAreSeenInPart: Ann held Bob's seat in January, and Mia manages both.
// Each sees the memberships that concern them, and no team without any.
func TestTeamsAreSeenInPart(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	first := f.do(`{ positionAssignments { nodes { id version position { externalId } } } }`, nil)
	for _, seat := range first.List("positionAssignments", "nodes") {
		if seat.String("position", "externalId") == "bob" {
			f.do(`mutation($id: ID!) { endPositionAssignment(input: {id: $id, ifVersion: 1}) { userErrors { path code } } }`, vars{"id": seat.String("id")})
			f.do(`mutation($id: ID!) { endPositionAssignment(input: {id: $id, ifVersion: 2, endDate: "2025-12-31"}) { userErrors { path code } } }`, vars{"id": seat.String("id")})
		}
	}
	f.do(`mutation($s: ID!, $ann: ID!, $bob: ID!) {
		a: assignPosition(input: {externalId: "ann in B", positionId: $s, payeeId: $ann, startDate: "2026-01-01", endDate: "2026-01-31"}) { userErrors { path code } }
		b: assignPosition(input: {externalId: "bob in B", positionId: $s, payeeId: $bob, startDate: "2026-02-01"}) { userErrors { path code } }
	}`, vars{"s": f.seatB, "ann": f.ann.String(), "bob": f.bob.String()})
	ids := []string{
		f.team("A", member(f.seatA, "2026-01-01", "", "11"), member(f.seatB, "2026-01-15", "2026-01-31", "12"), member(f.seatB, "2026-02-01", "", "13"), member(f.seatM, "", "", "14"), member(f.seatE, "", "", "15")),
		f.team("B", member(f.seatB, "2026-02-01", "", "21"), member(f.seatE, "2026-01-01", "", "22")),
		f.team("C", member(f.seatE, "", "", "31")),
	}
	for _, c := range []struct {
		name  string
		token string
		want  string
	}{
		{"Ann", f.Token(&f.ann, model.RoleRep), "A ann 11, A bob 12"},
		{"Bob", f.Token(&f.bob, model.RoleRep), "A bob 13, B bob 21"},
		{"Mia", f.Token(&f.mia, model.RoleManager), "A ann 11, A bob 12, A bob 13, A mia 14, B bob 21"},
		{"Mia as a rep", f.Token(&f.mia, model.RoleRep), "A mia 14"},
		{"Eve", f.Token(&f.eve, model.RoleManager), "A eve 15, B eve 22, C eve 31"},
		{"a rep who is nobody", f.Token(nil, model.RoleRep), ""},
		{"an auditor", f.Token(nil, model.RoleAuditor), "A ann 11, A bob 12, A bob 13, A eve 15, A mia 14, B bob 21, B eve 22, C eve 31"},
	} {
		const fields = `externalId members { position { externalId } weight }`
		flat := func(teams []harness.Value) (out []string, count int) {
			for _, team := range teams {
				if team.V == nil {
					continue
				}
				count++
				for _, m := range team.List("members") {
					out = append(out, fmt.Sprint(team.String("externalId"), " ", m.At("position", "externalId").V, " ", m.String("weight")))
				}
			}
			return out, count
		}
		answer := f.Do(c.token, `query($ids: [ID!]!) { teams { totalCount nodes { `+fields+` } } nodes(ids: $ids) { ... on Team { `+fields+` } } }`, vars{"ids": ids})
		listed, count := flat(answer.List("teams", "nodes"))
		byID, _ := flat(answer.List("nodes"))
		if got := strings.Join(listed, ", "); got != c.want || strings.Join(byID, ", ") != c.want {
			t.Errorf("%s sees %s, by id %s, want %s", c.name, got, strings.Join(byID, ", "), c.want)
		}
		if n := answer.At("teams", "totalCount").V; n != float64(count) {
			t.Errorf("%s counts %v", c.name, n)
		}
	}
	rep := f.Token(&f.ann, model.RoleRep)
	if got := f.Do(rep, `query($p: ID!) { teams(where: {positionId: {eq: $p}}) { totalCount } }`, vars{"p": f.seatE}).At("teams", "totalCount").V; got != 0.0 {
		t.Errorf("Ann finds %v teams by Eve's position", got)
	}
	got := f.Do(rep, `{ positions { nodes { externalId teams(first: 5) { nodes { externalId } } } } }`, nil).At("positions", "nodes").V
	if want := "[map[externalId:ann teams:map[nodes:[map[externalId:A]]]] map[externalId:bob teams:map[nodes:[map[externalId:A]]]]]"; fmt.Sprint(got) != want {
		t.Errorf("Ann's positions have %v", got)
	}
	for _, role := range []model.Role{model.RoleRep, model.RoleManager, model.RoleFinance, model.RoleAuditor} {
		token := f.Token(&f.mia, role)
		f.forbidden(token, createTeam, vars{"i": vars{"externalId": "X", "name": "X"}})
		f.forbidden(token, updateTeam, vars{"i": vars{"id": ids[0], "ifVersion": 1, "members": []vars{}}})
	}
}

// TestTeamsMarkWhomTheyConcern reads the marks that nobody works off.
func TestTeamsMarkWhomTheyConcern(t *testing.T) {
	t.Parallel()
	f := firmIn(t, harness.NewIdle(t))
	marks := func() []string {
		t.Helper()
		return f.Strings(`WITH gone AS (DELETE FROM dirty RETURNING payee_id, from_date, to_date)
			SELECT DISTINCT coalesce((SELECT p.external_id FROM payee p WHERE p.id = g.payee_id LIMIT 1), 'all') || ' ' || from_date || ' ' || to_date FROM gone g ORDER BY 1`)
	}
	marks()
	id := f.team("T", member(f.seatA, "2026-01-01", "2026-12-31", ""), member(f.seatB, "2026-07-01", "", ""))
	harness.Same(t, "made", marks(), "ann 2026-01-01 9999-12-31", "bob 2026-01-01 9999-12-31")
	for version, c := range []struct {
		name    string
		members []vars
		want    []string
	}{
		{"the same in another order", []vars{member(f.seatB, "2026-07-01", "", "1.0"), member(f.seatA, "2026-01-01", "2026-12-31", "")}, nil},
		{"another weight from April on", []vars{member(f.seatA, "2026-01-01", "2026-03-31", ""), member(f.seatA, "2026-04-01", "2026-12-31", "2"), member(f.seatB, "2026-07-01", "", "")},
			[]string{"ann 2026-04-01 2027-01-01", "bob 2026-04-01 2027-01-01"}},
		{"one goes in February, another comes in May", []vars{member(f.seatA, "2026-01-01", "2026-01-31", ""), member(f.seatA, "2026-03-01", "2026-03-31", ""), member(f.seatA, "2026-04-01", "2026-12-31", "2"),
			member(f.seatB, "2026-07-01", "", ""), member(f.seatE, "2026-05-01", "2026-05-31", "")},
			[]string{"ann 2026-02-01 2026-03-01", "ann 2026-05-01 2026-06-01", "bob 2026-02-01 2026-03-01", "bob 2026-05-01 2026-06-01", "eve 2026-02-01 2026-03-01", "eve 2026-05-01 2026-06-01"}},
		{"none is left", nil, []string{"ann 2026-01-01 2026-02-01", "ann 2026-03-01 9999-12-31", "bob 2026-01-01 2026-02-01", "bob 2026-03-01 9999-12-31", "eve 2026-01-01 2026-02-01", "eve 2026-03-01 9999-12-31"}},
	} {
		f.do(updateTeam, vars{"i": vars{"id": id, "ifVersion": version + 1, "members": c.members}})
		harness.Same(t, c.name, marks(), c.want...)
	}
	f.do(updateTeam, vars{"i": vars{"id": id, "ifVersion": 5, "name": "Renamed"}})
	harness.Same(t, "renamed", marks())
}
