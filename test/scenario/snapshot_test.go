package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"spm/test/harness"
)

// snapshotCompany is a company whose pay shows each way in which a fact may change: by its
// amount, by who has it, by what its transaction says otherwise, and by its end.
func snapshotCompany(t *testing.T) *harness.Company {
	t.Helper()
	c := harness.New(t).NewCompany()
	soft := c.Make("createMeasure", "measure", harness.Input{"key": "SOFT", "name": "Own software", "creditKinds": []string{"DIRECT"}, "condition": `product == "SOFT"`, "value": "AMOUNT"})
	flat := func(measure, rate string) harness.Input {
		return harness.Input{"currency": "USD", "components": []harness.Input{{"key": "flat", "name": "Flat", "measureId": measure, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": rate}}}
	}
	c.Do(c.Admin(), `mutation { createProducts(input: {products: [{externalId: "SOFT", name: "Software"}, {externalId: "HARD", name: "Hardware"}]}) { userErrors { message } } }`, nil)
	for _, boss := range []string{"east", "west"} {
		c.Hire(boss, boss, "USD", "")
	}
	for i, rep := range []string{"ann", "bob", "cy"} {
		c.Hire(rep, rep, "USD", []string{"east", "west"}[i%2])
	}
	c.Plan("T", flat(c.Team, "0.01"), "east", "west")
	c.Plan("S", flat(soft, "0.1"), "ann", "bob", "cy")
	return c
}

// TestSnapshotIsFresh changes facts at random and asks after each change, of a server
// that holds facts in memory and of one that holds none: both say the same, and what
// they say is earned as things are is what is earned. Several ask at once.
func TestSnapshotIsFresh(t *testing.T) {
	t.Parallel()
	c := snapshotCompany(t)
	holds, url := c.Start()
	none, bare := c.Start()
	none.Snapshots.Most = 0
	random := rand.New(rand.NewPCG(3, 9))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	revision, last := map[string]int{}, map[string]row{}
	sell := func(id string) row {
		r := with(sale(id, pick("2026-01-15", "2026-02-28", "2026-05-04"), fmt.Sprint(1000+random.IntN(90000)), pick("ann", "bob", "cy")), "product", "SOFT")
		if was := last[id]; was != nil && random.IntN(2) == 0 { // the same credit, of another product
			r = with(was, "product", pick("SOFT", "HARD"))
		}
		revision[id]++
		last[id] = with(r, "sourceRevision", fmt.Sprint(revision[id]))
		return last[id]
	}
	ask := vars{"i": vars{"periodIds": []string{c.Period("2026-Q1"), c.Period("2026-Q2")}, "changes": []vars{{"deal": with(sale("IF", "2026-05-06", "33333.33", "ann"), "product", "SOFT")}}}, "n": 250}
	changed := map[string]bool{}
	for turn := range 30 {
		id := fmt.Sprint("R", random.IntN(4))
		switch step := random.IntN(6); {
		case step == 0 && revision[id] > 0:
			back := with(sale(fmt.Sprint("back", turn), "2026-03-03", "-500"), "kind", "RETURN", "relatesTo", row{"type": "REVERSES", "externalId": id})
			delete(back, "sellers")
			c.Record(back)
		case step == 1:
			position := c.Positions[pick("ann", "bob", "cy")]
			version := c.Do(c.Admin(), `query($id: ID!) { node(id: $id) { ... on Position { version } } }`, vars{"id": position}).At("node", "version").V
			c.Do(c.Admin(), `mutation($i: UpdatePositionInput!) { updatePosition(input: $i) { userErrors { path message } } }`, vars{"i": vars{
				"id": position, "ifVersion": version, "effectiveFrom": "2026-01-01", "parentId": c.Positions[pick("east", "west")],
			}})
		default:
			c.Record(sell(id))
		}
		c.Settle()
		var answers [3]string
		var wait sync.WaitGroup
		for i, at := range []string{url, bare, url} {
			wait.Go(func() { answers[i] = string(c.PostTo(at, c.Admin(), simulate, ask).Data) })
		}
		wait.Wait()
		if answers[0] != answers[1] || answers[2] != answers[1] {
			t.Fatalf("turn %d: from memory %s\n%s\nfrom the store %s", turn, answers[0], answers[2], answers[1])
		}
		nowIsEarned(t, c, url, ask)
		changed[answers[0]] = true
	}
	if held, reads := holds.Snapshots.Held(), none.Snapshots.Held(); held == 0 || reads != 0 {
		t.Errorf("%d bytes are held in memory, and %d where nothing is", held, reads)
	}
	if len(changed) < 20 {
		t.Errorf("only %d answers differ", len(changed))
	}
	holds.Snapshots.Most = 2000 // less than there is
	c.Record(sell("S1"))
	c.Settle()
	if a, b := c.PostTo(url, c.Admin(), simulate, ask).Data, c.PostTo(bare, c.Admin(), simulate, ask).Data; string(a) != string(b) || holds.Snapshots.Held() != 0 {
		t.Errorf("where they do not fit, %d bytes are held, and the answers %s and %s", holds.Snapshots.Held(), a, b)
	}
}

// nowIsEarned compares what a what-if says of things as they are with what is earned.
func nowIsEarned(t *testing.T, c *harness.Company, url string, ask vars) {
	t.Helper()
	var now, earned []string
	for _, payee := range c.Decode(c.PostTo(url, c.Admin(), simulate, ask)).List("simulate", "payees") {
		for _, line := range payee.List("lines") {
			if line.At("now").V != nil {
				now = append(now, strings.Join([]string{payee.String("payee", "externalId"), line.String("period", "name"), line.String("now", "amount")}, " "))
			}
		}
	}
	for _, e := range c.Do(c.Admin(), `{ earnings(first: 250, where: {periodEnd: {lte: "2026-06-30"}}) { nodes { payee { externalId } period { name } amount { amount } } } }`, nil).List("earnings", "nodes") {
		earned = append(earned, strings.Join([]string{e.String("payee", "externalId"), e.String("period", "name"), e.String("amount", "amount")}, " "))
	}
	slices.Sort(now)
	slices.Sort(earned)
	harness.Same(t, "what is earned", now, earned...)
}
