package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"spm/test/harness"
)

// orderlyStep is one thing that is done to a tenant: a change of set-up or a row. It
// waits for those that it needs.
type orderlyStep struct {
	name  string
	needs []string
	row   row                 // of a batch; nil for set-up
	do    func(c *orderlyRun) // of set-up
}

// orderlyRun is a tenant while steps are done to it, with the ids that they
// gave.
type orderlyRun struct {
	*company
	ids map[string]string
}

func (c *orderlyRun) mutate(keep, path, query string, vars row) {
	c.t.Helper()
	v := c.Do(c.admin, query, vars)
	if keep != "" {
		steps := strings.Split(path, ".")
		at := make([]any, len(steps))
		for i, s := range steps {
			at[i] = s
		}
		c.ids[keep] = v.String(at...)
	}
}

func positionStep(name, parent string) orderlyStep {
	s := orderlyStep{name: "position " + name, do: func(c *orderlyRun) {
		c.mutate("position "+name, "createPosition.position.id", `mutation($n: String!, $p: ID) { createPosition(input: {externalId: $n, name: $n, parentId: $p}) { position { id } userErrors { path message } } }`,
			row{"n": name, "p": orNil(c.ids["position "+parent])})
	}}
	if parent != "" {
		s.needs = []string{"position " + parent}
	}
	return s
}

func orNil(id string) any {
	if id == "" {
		return nil
	}
	return id
}

func payeeStep(name string) orderlyStep {
	return orderlyStep{name: "payee " + name, do: func(c *orderlyRun) {
		c.mutate("payee "+name, "createPayee.payee.id", `mutation($n: String!) { createPayee(input: {externalId: $n, name: $n, currency: "USD"}) { payee { id } userErrors { path message } } }`, row{"n": name})
	}}
}

func seatStep(payee, position, from string, to any) orderlyStep {
	return orderlyStep{name: "seat " + payee + position, needs: []string{"payee " + payee, "position " + position}, do: func(c *orderlyRun) {
		c.mutate("seat "+payee+position, "assignPosition.assignment.id", `mutation($k: String!, $p: ID!, $s: ID!, $from: Date!, $to: Date) {
			assignPosition(input: {externalId: $k, payeeId: $p, positionId: $s, startDate: $from, endDate: $to}) { assignment { id } userErrors { path message } } }`,
			row{"k": payee + " as " + position, "p": c.ids["payee "+payee], "s": c.ids["position "+position], "from": from, "to": to})
	}}
}

// ruleStep adds a rule of a credit type; positions are named by external id.
func ruleStep(key, creditType string, input row, positions ...string) orderlyStep {
	s := orderlyStep{name: "rule " + key}
	if creditType != "REVENUE" {
		s.needs = append(s.needs, "type "+creditType)
	}
	for i := 0; i+1 < len(positions); i += 2 {
		s.needs = append(s.needs, "position "+positions[i])
	}
	if kinds, named := input["transactionKinds"].([]string); named {
		for _, kind := range kinds {
			if kind != "BOOKING" {
				s.needs = append(s.needs, "kind "+kind)
			}
		}
	}
	s.do = func(c *orderlyRun) {
		var shares []row
		for i := 0; i+1 < len(positions); i += 2 {
			shares = append(shares, row{"positionId": c.ids["position "+positions[i]], "share": positions[i+1]})
		}
		in := input
		if creditType != "REVENUE" {
			in = with(in, "creditTypeId", c.ids["type "+creditType])
		}
		if shares != nil {
			in = with(in, "positions", shares)
		}
		c.ids["rule "+key] = c.rule(key, in).String("id")
	}
	return s
}

// setupSteps are in an order in which none waits.
func setupSteps() []orderlyStep {
	const product = `mutation($n: String!, $p: String) { createProducts(input: {products: [{externalId: $n, name: $n, parentExternalId: $p}]}) { products { id } userErrors { path message } } }`
	return []orderlyStep{
		{name: "type POINTS", do: func(c *orderlyRun) {
			c.mutate("type POINTS", "createCreditType.creditType.id", `mutation { createCreditType(input: {key: "POINTS", name: "Points", unit: "POINTS"}) { creditType { id } userErrors { path message } } }`, nil)
		}},
		{name: "kind UPSELL", do: func(c *orderlyRun) {
			c.mutate("", "", `mutation { createTransactionKind(input: {key: "UPSELL", name: "Upsell", role: CREDITABLE}) { userErrors { path message } } }`, nil)
		}},
		{name: "product soft", do: func(c *orderlyRun) { c.mutate("", "", product, row{"n": "soft"}) }},
		{name: "product tool", needs: []string{"product soft"}, do: func(c *orderlyRun) {
			v := c.Do(c.admin, product, row{"n": "tool", "p": "soft"})
			c.ids["product tool"] = v.String("createProducts", "products", 0, "id")
		}},
		{name: "alias", needs: []string{"product tool"}, do: func(c *orderlyRun) {
			c.mutate("", "", `mutation($id: ID!) { addProductAlias(input: {id: $id, alias: "Tooll"}) { userErrors { path message } } }`, row{"id": c.ids["product tool"]})
		}},
		positionStep("BOSS", ""), positionStep("M1", "BOSS"), positionStep("M2", "BOSS"),
		positionStep("A", "M1"), positionStep("B", "M1"), positionStep("C", "M2"), positionStep("D", "M2"),
		payeeStep("boss"), payeeStep("max"), payeeStep("mia"), payeeStep("ann"), payeeStep("bob"), payeeStep("cid"),
		seatStep("boss", "BOSS", "2026-01-01", nil), seatStep("max", "M1", "2026-01-01", nil), seatStep("mia", "M2", "2026-02-01", nil),
		seatStep("ann", "A", "2026-01-01", "2026-06-30"), seatStep("ann", "C", "2026-07-01", nil),
		seatStep("bob", "B", "2026-01-01", nil), seatStep("cid", "C", "2026-01-01", "2026-06-30"), seatStep("cid", "D", "2026-06-01", nil),
		ruleStep("direct", "REVENUE", row{"creditKind": "DIRECT", "receivers": "SELLERS"}),
		ruleStep("rollup", "REVENUE", row{"creditKind": "ROLLUP", "receivers": "MANAGERS"}),
		ruleStep("house", "REVENUE", row{"creditKind": "DIRECT", "receivers": "POSITIONS", "priority": -1, "condition": `account == "house"`}, "BOSS", "0.5", "D", "0.5"),
		ruleStep("specialist", "REVENUE", row{"creditKind": "OVERLAY", "receivers": "POSITIONS", "condition": `productIn("soft")`, "dateRule": "BOOKED"}, "D", "0.1"),
		ruleStep("points", "POINTS", row{"creditKind": "DIRECT", "receivers": "SELLERS", "transactionKinds": []string{"BOOKING", "UPSELL"}, "startDate": "2026-03-01"}),
		{name: "max leaves", needs: []string{"seat maxM1"}, do: func(c *orderlyRun) {
			c.mutate("", "", `mutation($id: ID!) { endPositionAssignment(input: {id: $id, ifVersion: 1, endDate: "2026-08-31"}) { userErrors { path message } } }`, row{"id": c.ids["seat maxM1"]})
		}},
		{name: "reparent", needs: []string{"position B", "position M2"}, do: func(c *orderlyRun) {
			c.mutate("", "", `mutation($id: ID!, $p: ID) { updatePosition(input: {id: $id, ifVersion: 1, effectiveFrom: "2026-05-01", parentId: $p}) { userErrors { path message } } }`,
				row{"id": c.ids["position B"], "p": c.ids["position M2"]})
		}},
		{name: "rollup less", needs: []string{"rule rollup"}, do: func(c *orderlyRun) {
			c.mutate("", "", `mutation($id: ID!) { updateCreditingRule(input: {id: $id, ifVersion: 1, effectiveFrom: "2026-04-01", levelShares: ["1", "0.5"]}) { userErrors { path message } } }`, row{"id": c.ids["rule rollup"]})
		}},
		{name: "specialist ends", needs: []string{"rule specialist"}, do: func(c *orderlyRun) {
			c.mutate("", "", `mutation($id: ID!) { endCreditingRule(input: {id: $id, ifVersion: 1, endDate: "2026-10-31"}) { userErrors { path message } } }`, row{"id": c.ids["rule specialist"]})
		}},
	}
}

// randomRows are sales with revisions, returns and returns of returns, some of
// what nobody knows.
func randomRows(random *rand.Rand) (rows []row) {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	day := func() string { return fmt.Sprintf("2026-%02d-%02d", random.IntN(12)+1, random.IntN(28)+1) }
	for i := range 40 {
		id := fmt.Sprint("s", i)
		for revision := range 1 + random.IntN(3) {
			s := with(sale(id, day(), fmt.Sprintf("%d.%02d", random.IntN(5000), random.IntN(100)), pick("ann", "bob", "cid", "max")),
				"kind", pick("BOOKING", "BOOKING", "BOOKING", "UPSELL", "WEIRD", "PAYMENT"), "product", pick("", "soft", "tool", "Tooll", "nothing"),
				"account", pick("", "acme", "house"), "sourceRevision", fmt.Sprint(revision/2), "quantity", fmt.Sprint(random.IntN(9)))
			if random.IntN(2) == 0 {
				s["bookedDate"] = day()
			}
			switch random.IntN(5) {
			case 0:
				s["sellers"] = []row{{"payee": "ann"}, {"payee": "bob"}, {"position": "D"}}
			case 1:
				s["sellers"] = []row{{"payee": "bob", "share": "0.3"}, {"payee": "ann", "share": "0.7"}}
			case 2:
				s["sellers"] = []row{{"position": "B", "weight": "2"}, {"payee": pick("ann", "zoe"), "weight": "1"}}
			}
			rows = append(rows, s)
		}
		if random.IntN(2) == 0 {
			rows = append(rows, reversal(fmt.Sprint("r", i), day(), fmt.Sprint("-", random.IntN(500)), id))
			if random.IntN(3) == 0 {
				rows = append(rows, reversal(fmt.Sprint("rr", i), day(), fmt.Sprint(random.IntN(100)), fmt.Sprint("r", i)))
			}
		}
	}
	return append(rows, reversal("lost", day(), "-5", "nowhere"), reversal("x1", day(), "-5", "x2"), reversal("x2", day(), "-5", "x1"))
}

// play does the steps in a random order that respects what they need, rows in
// batches of random sizes, and gives the credits and exceptions in force.
func play(t *testing.T, steps []orderlyStep, random *rand.Rand) string {
	t.Helper()
	h := harness.New(t)
	c := &orderlyRun{company: &company{Harness: h, t: t, admin: h.Admin()}, ids: map[string]string{}}
	left := append([]orderlyStep(nil), steps...)
	if random != nil {
		random.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	}
	done := map[string]bool{}
	var batch []row
	flush := func() {
		if len(batch) > 0 {
			c.record(batch...)
		}
		batch = nil
	}
	for len(left) > 0 {
		var waiting []orderlyStep
		for _, s := range left {
			if !ready(s, done) {
				waiting = append(waiting, s)
				continue
			}
			if s.row != nil {
				batch = append(batch, s.row)
				if random != nil && random.IntN(8) == 0 {
					flush()
				}
			} else {
				flush()
				s.do(c)
				if random != nil && random.IntN(10) == 0 {
					c.Settle()
				}
			}
			done[s.name] = true
		}
		left = waiting
	}
	flush()
	c.Settle()
	return c.credits() + "\n\n" + c.exceptions()
}

func ready(s orderlyStep, done map[string]bool) bool {
	for _, need := range s.needs {
		if !done[need] {
			return false
		}
	}
	return true
}

// TestOrderOfFactsAndSetup: the credits and exceptions in force depend on the
// facts and the set-up in force, not on the order, the batches or the worker's
// pace in which they came.
func TestOrderOfFactsAndSetup(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("facts ", seed), func(t *testing.T) {
			t.Parallel()
			steps := setupSteps()
			for i, r := range randomRows(rand.New(rand.NewPCG(seed, 1))) {
				steps = append(steps, orderlyStep{name: fmt.Sprint("row ", i), row: r})
			}
			want := play(t, steps, nil)
			if n := strings.Count(want, "\n"); n < 80 {
				t.Fatalf("only %d lines:\n%s", n, want)
			}
			for order := range uint64(3) {
				if got := play(t, steps, rand.New(rand.NewPCG(seed, 100+order))); got != want {
					t.Errorf("order %d gives other credits:\n%s", order, difference(want, got))
				}
			}
		})
	}
}

// TestEachChangeOfSetupCreditsAnew: whichever change of set-up comes last, long
// after everything was credited without it, the credits are the same.
func TestEachChangeOfSetupCreditsAnew(t *testing.T) {
	t.Parallel()
	steps := setupSteps()
	for i, r := range randomRows(rand.New(rand.NewPCG(7, 1))) {
		steps = append(steps, orderlyStep{name: fmt.Sprint("row ", i), row: r})
	}
	needed := map[string]bool{}
	for _, s := range steps {
		for _, need := range s.needs {
			needed[need] = true
		}
	}
	want := play(t, steps, nil)
	for i, last := range steps {
		if last.row != nil || needed[last.name] {
			continue
		}
		t.Run(last.name, func(t *testing.T) {
			t.Parallel()
			settle := orderlyStep{name: "settle", do: func(c *orderlyRun) { c.Settle() }}
			order := append(append(append([]orderlyStep(nil), steps[:i]...), steps[i+1:]...), settle, last)
			if got := play(t, order, nil); got != want {
				t.Errorf("other credits:\n%s", difference(want, got))
			}
		})
	}
}

// difference lists the lines that one of two texts has alone.
func difference(want, got string) string {
	count := map[string]int{}
	for line := range strings.Lines(want) {
		count[strings.TrimSpace(line)]--
	}
	for line := range strings.Lines(got) {
		count[strings.TrimSpace(line)]++
	}
	var out []string
	for line, n := range count {
		if n != 0 {
			out = append(out, fmt.Sprintf("%+d %s", n, line))
		}
	}
	return strings.Join(out, "\n")
}
