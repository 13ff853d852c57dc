package scenario

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

// standings is a company whose quarter is trued up each month: ann's at the rate
// that the quarter reaches, bob's each credit between its bounds. Both report to
// boss; ann also holds a position below eve.
type standings struct{ *harness.Company }

func newStandings(t *testing.T) standings {
	t.Helper()
	c := harness.New(t).NewCompany()
	for _, who := range [][2]string{{"boss", ""}, {"eve", ""}, {"ann", "boss"}, {"bob", "boss"}} {
		c.Hire(who[0], who[0], "USD", who[1])
	}
	second := c.Make("createPosition", "position", harness.Input{"externalId": "ann2", "name": "Second", "parentId": c.Positions["eve"]})
	c.Make("assignPosition", "assignment", harness.Input{"externalId": "ann2", "payeeId": c.Payees["ann"].String(), "positionId": second, "startDate": "2026-05-01"})
	table := c.Tiers("T", model.ByAttainment, [3]string{"0", "1", "0.05"}, [3]string{"1", "2", "0.1"}, [3]string{"2", "", "0.2"})
	for who, mode := range map[string]string{"ann": "RETROACTIVE", "bob": "MARGINAL"} {
		c.Plan(mode, harness.Input{"currency": "USD", "components": []harness.Input{
			{"key": "deals", "name": "Deals", "measureId": c.Own, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "TIERED", "rateTableId": table, "tierMode": mode},
			{"key": "flat", "name": "Flat", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.01"},
			{"key": "goal", "name": "Goal", "measureId": c.Own, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "BONUS", "bonusLevels": "EACH", "bonus": []harness.Input{{"at": "1", "amount": "100"}}},
		}}, who)
		c.Quota(who, c.Own, "1000", "2026-Q1")
	}
	return standings{c}
}

func (s standings) sold(id, who, day, amount string) harness.Input {
	return harness.Input{
		"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": who}},
		"attributes": []harness.Input{{"name": "stage", "value": "won by " + who}},
	}
}

// textOf is a part of an answer as JSON.
func textOf(v harness.Value, path ...any) string {
	raw, err := json.Marshal(v.At(path...).V)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// commissions reads what each sale earns, by its id; "" for null.
func (s standings) commissions(token string) map[string]string {
	out := map[string]string{}
	for _, c := range s.Do(token, `{ credits(where: {kind: {eq: DIRECT}}, first: 50) { nodes { commission { amount currency } transaction { externalId } } } }`, nil).List("credits", "nodes") {
		text := ""
		if c.At("commission").V != nil {
			text = c.String("commission", "amount") + " " + c.String("commission", "currency")
		}
		out[c.String("transaction", "externalId")] = text
	}
	return out
}

func sameTexts(t *testing.T, what string, got map[string]string, want map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
	for key, text := range want {
		if got[key] != text {
			t.Errorf("%s: %s is %q, want %q", what, key, got[key], text)
		}
	}
}

// TestCommissionOfCredits: what a credit earns is the lines that cite it; of a
// window that is trued up, those of the newest month that lists it.
func TestCommissionOfCredits(t *testing.T) {
	t.Parallel()
	s := newStandings(t)
	s.Record(s.sold("A1", "ann", "2026-01-10", "600"), s.sold("B1", "bob", "2026-01-10", "600"))
	s.Settle()
	// At 60% of quota all is paid at 5%, and 1% flat.
	sameTexts(t, "in January", s.commissions(s.Admin()), map[string]string{"A1": "36.00 USD", "B1": "36.00 USD"})

	s.Record(s.sold("A2", "ann", "2026-02-10", "500"), s.sold("B2", "bob", "2026-02-10", "500"), s.sold("A3", "ann", "2026-04-10", "70"))
	s.Settle()
	// 1,100 of 1,000: ann's January deal has 10% now, 60 + 6; bob's keeps 30 + 6, and
	// his second deal has 400 at 5% and 100 at 10%, 20 + 10 + 5. In April ann has no
	// quota, so that the tiers have a problem: 1% alone.
	want := map[string]string{"A1": "66.00 USD", "A2": "55.00 USD", "B1": "36.00 USD", "B2": "35.00 USD", "A3": "0.70 USD"}
	sameTexts(t, "in April", s.commissions(s.Admin()), want)
	// Rows of before the lines' credits were kept beside them say the same.
	s.Owner(func(conn *pgx.Conn) {
		for _, sql := range []string{
			"ALTER TABLE result DISABLE TRIGGER ALL", "ALTER TABLE published DISABLE TRIGGER ALL", "ALTER TABLE result NO FORCE ROW LEVEL SECURITY", "ALTER TABLE published NO FORCE ROW LEVEL SECURITY",
			"UPDATE result SET line_credit = NULL, goes_back = true", "UPDATE published SET goes_back = true",
		} {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	})
	sameTexts(t, "of old rows", s.commissions(s.Admin()), want)

	ann := s.Payees["ann"]
	sameTexts(t, "ann's own", s.commissions(s.Token(&ann, model.RoleRep)), map[string]string{"A1": "66.00 USD", "A2": "55.00 USD", "A3": "0.70 USD"})
	if code := s.Denied(s.Token(nil, model.RoleSalesOps), `{ credits(first: 1) { nodes { commission { amount } } } }`, nil); code != string(model.Forbidden) {
		t.Errorf("who may read credits but no earnings gets %q", code)
	}
}

// TestStandings: quota, credited and attainment once however many components, the
// nearest tier, the sum; of several payees in as many statements as of one.
func TestStandings(t *testing.T) {
	t.Parallel()
	s := newStandings(t)
	s.Record(s.sold("A1", "ann", "2026-01-10", "600"), s.sold("B1", "bob", "2026-01-10", "999.95"))
	s.Settle()
	const query = `query($m: ID!, $p: ID!) { node(id: $m) { ... on Payee { reports(effectiveOn: "2026-06-01", first: 50) { totalCount nodes { externalId standing(periodId: $p) {
		complete earned { amount } nextTier { componentKey threshold rate needed } earnings { nodes { componentKey attainment(scale: 3) nextTier { threshold } } }
		attainments { quota credited attainment(scale: 4) full: attainment measure { key } position { externalId } componentKeys } } } } } } }`
	ask := func(token, manager string) harness.Value {
		return s.Do(token, query, harness.Input{"m": s.Payees[manager].String(), "p": s.Period("2026-01")}).At("node", "reports")
	}
	all := ask(s.Admin(), "boss")
	if all.At("totalCount").V != 2.0 {
		t.Fatalf("to boss report %v", all.V)
	}
	ann, bob := all.At("nodes", 0, "standing"), all.At("nodes", 1, "standing")
	for got, want := range map[string]string{
		textOf(ann, "attainments"): `[{"attainment":"0.6","componentKeys":["deals","goal"],"credited":"600","full":"0.6","measure":{"key":"OWN"},"position":{"externalId":"ann"},"quota":"1000"}]`,
		textOf(ann, "nextTier"):    `{"componentKey":"deals","needed":"400","rate":"0.1","threshold":"1"}`,
		textOf(ann, "earned"):      `[{"amount":"36.00"}]`,
		textOf(ann, "complete"):    `true`,
		textOf(ann, "earnings"):    `{"nodes":[{"attainment":"0.6","componentKey":"deals","nextTier":{"threshold":"1"}},{"attainment":null,"componentKey":"flat","nextTier":null},{"attainment":"0.6","componentKey":"goal","nextTier":null}]}`,
		textOf(bob, "attainments"): `[{"attainment":"1","componentKeys":["deals","goal"],"credited":"999.95","full":"0.99995","measure":{"key":"OWN"},"position":{"externalId":"bob"},"quota":"1000"}]`,
		textOf(bob, "nextTier"):    `{"componentKey":"deals","needed":"0.05","rate":"0.1","threshold":"1"}`,
		textOf(bob, "earned"):      `[{"amount":"60.00"}]`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if code := s.Denied(s.Admin(), `query($m: ID!, $p: ID!) { node(id: $m) { ... on Payee { standing(periodId: $p) { attainments { attainment(scale: 11) } } } } }`,
		harness.Input{"m": s.Payees["ann"].String(), "p": s.Period("2026-01")}); code != string(model.BadUserInput) {
		t.Errorf("a scale of 11: %q", code)
	}

	url, sent := s.Counting()
	count := func(query string) int64 {
		sent()
		if answer := s.PostTo(url, s.Admin(), query, harness.Input{"p": s.Period("2026-01")}); len(answer.Errors) > 0 {
			t.Fatal(answer.Errors)
		}
		return sent()
	}
	const people = `query($p: ID!) { payees(FIRST) { nodes { name reports(effectiveOn: "2026-06-01") { nodes { standing(periodId: $p) { earned { amount } attainments { credited } } } } standing(periodId: $p) { earned { amount } } } } }`
	count(strings.Replace(people, "FIRST", "first: 1", 1))
	if one, four := count(strings.Replace(people, "FIRST", `where: {externalId: {eq: "boss"}}`, 1)), count(strings.Replace(people, "FIRST", "first: 4", 1)); four > one+2 {
		t.Errorf("one payee with reports takes %d statements, four take %d", one, four)
	}
}

// TestStandingsOfOthers: a rep sees its own standing, a manager those below; of a
// payee who also works for somebody else neither the sum nor that part.
func TestStandingsOfOthers(t *testing.T) {
	t.Parallel()
	s := newStandings(t)
	deal := s.sold("A1", "ann", "2026-05-10", "600")
	deal["sellers"] = []harness.Input{{"position": "ann"}}
	s.Record(deal, s.sold("B1", "bob", "2026-05-10", "600"))
	s.Settle()
	token := func(who string, role model.Role) string {
		id := s.Payees[who]
		return s.Token(&id, role)
	}
	see := func(token, who string) harness.Value {
		return s.Do(token, `query($m: ID!, $p: ID!) { node(id: $m) { ... on Payee { standing(periodId: $p) { complete earned { amount } earnings { nodes { position { externalId } } } } reports(effectiveOn: "2026-06-01") { nodes { externalId } } } } }`,
			harness.Input{"m": s.Payees[who].String(), "p": s.Period("2026-05")}).At("node")
	}
	if own := see(token("bob", model.RoleRep), "bob"); textOf(own, "standing", "earned") != `[{"amount":"6.00"}]` {
		t.Errorf("bob sees of himself %v", own.V)
	}
	if other := see(token("bob", model.RoleRep), "ann"); other.V != nil {
		t.Errorf("bob sees of ann %v", other.V)
	}
	if own := see(token("ann", model.RoleRep), "ann"); textOf(own, "standing", "complete") != "true" || len(own.List("standing", "earnings", "nodes")) != 6 {
		t.Errorf("ann sees of herself %v", own.V)
	}
	part := see(token("boss", model.RoleManager), "ann").At("standing")
	if part.At("complete").V != false || part.At("earned").V != nil {
		t.Errorf("boss sees of ann, who works for eve too, %v", part.V)
	}
	for _, e := range part.List("earnings", "nodes") {
		if e.String("position", "externalId") != "ann" {
			t.Errorf("boss sees what ann earns below eve: %v", e.V)
		}
	}
	if below := textOf(see(token("boss", model.RoleManager), "boss"), "reports"); below != `{"nodes":[{"externalId":"ann"},{"externalId":"bob"}]}` {
		t.Errorf("boss's reports are %s", below)
	}
	if below := see(token("boss", model.RoleManager), "eve"); below.V != nil {
		t.Errorf("boss sees of eve %v", below.V)
	}
	for _, field := range []string{"standing(periodId: $p) { complete }", "reports { totalCount nodes { none: standing(periodId: $p) @skip(if: true) { complete } } }"} {
		key := s.Denied(s.Token(nil, model.RoleSalesOps), `query($m: ID!, $p: ID!) { node(id: $m) { ... on Payee { `+field+` } } }`,
			harness.Input{"m": s.Payees["ann"].String(), "p": s.Period("2026-05")})
		if want := map[bool]string{true: string(model.Forbidden), false: ""}[field[0] == 's']; key != want {
			t.Errorf("sales operations ask for %s: %q", field, key)
		}
	}
}

// TestAttributeByName reads one attribute of a payee on a day, and of a sale.
func TestAttributeByName(t *testing.T) {
	t.Parallel()
	s := newStandings(t)
	s.Hire("dan", "Dan", "USD", "boss", harness.Input{"attributes": []harness.Input{{"name": "region", "value": "EMEA"}}})
	s.Record(s.sold("A1", "ann", "2026-01-10", "600"))
	s.Settle()
	got := s.Do(s.Admin(), `query($id: ID!) { node(id: $id) { ... on Payee { attribute(name: "region") none: attribute(name: "stage") } }
		transactions(first: 1) { nodes { attribute(name: "stage") none: attribute(name: "region") } } }`, harness.Input{"id": s.Payees["dan"].String()})
	if text := textOf(got, "node"); text != `{"attribute":"EMEA","none":null}` {
		t.Errorf("the payee has %s", text)
	}
	if text := textOf(got, "transactions", "nodes", 0); text != `{"attribute":"won by ann","none":null}` {
		t.Errorf("the sale has %s", text)
	}
}
