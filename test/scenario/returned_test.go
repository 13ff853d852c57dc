package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestReturnsAsSold takes back in February what was sold in January: at the rate
// that it was paid at, which later facts of January change.
func TestReturnsAsSold(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("ann", "Ann", "USD", "")
	table := c.Tiers("TIERS", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "whole", "payout": "MONTH", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "WHOLE_CREDIT", "rateTableId": table},
		{"key": "deals", "payout": "MONTH", "measureId": c.Own, "rateKind": "PER_EVENT", "rate": "50"},
		{"key": "each", "payout": "MONTH", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "accumulate": "EVENT", "rateTableId": table}}}, "ann")
	back := func(id, of, day, amount string) harness.Input {
		return harness.Input{"source": "crm", "externalId": id, "kind": "RETURN", "eventDate": day, "amount": amount, "currency": "USD", "relatesTo": harness.Input{"type": "REVERSES", "externalId": of}}
	}
	paid := func(period string) string {
		c.Settle()
		var out []string
		for _, e := range c.Do(c.Admin(), `query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { componentKey amount { amount } explanation { verified } } } }`,
			harness.Input{"p": c.Period(period)}).List("earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s of %s does not recompute", e.String("componentKey"), period)
			}
			out = append(out, fmt.Sprintf("%s %s", e.String("componentKey"), e.String("amount", "amount")))
		}
		return strings.Join(out, ", ")
	}
	c.Record(won("ann", "A-1", "2026-01-10", "600"), won("ann", "A-2", "2026-01-12", "1500"), back("R-1", "A-2", "2026-02-10", "-600"))
	// January: 600 x 5% and 1,500 x 10% with 2,100 reached; two deals; 30 and 50 + 50. Back come 600 x 10%; 900 of the deal
	// are left; from 1,500 to 900 are 500 x 10% and 100 x 5%.
	harness.Same(t, "January", []string{paid("2026-01")}, "deals 100.00, each 130.00, whole 180.00")
	harness.Same(t, "February", []string{paid("2026-02")}, "deals 0.00, each -55.00, whole -60.00")

	t.Run("once nothing is left", func(t *testing.T) {
		c.Record(back("R-2", "A-2", "2026-03-10", "-900"))
		harness.Same(t, "March", []string{paid("2026-03")}, "deals -50.00, each -45.00, whole -90.00")
	})
	t.Run("what changes the sale's rate changes its returns", func(t *testing.T) {
		revised := won("ann", "A-2", "2026-01-12", "900")
		revised["sourceRevision"] = "1"
		first := won("ann", "A-1", "2026-01-10", "50")
		first["sourceRevision"] = "1"
		c.Record(revised, first, back("R-3", "A-1", "2026-02-11", "-50"))
		// With 50 and 900 all of January is below 1,000: 5% of all. Of 900 come 600 back, of which 300 are left, and 900 more.
		harness.Same(t, "January", []string{paid("2026-01")}, "deals 100.00, each 47.50, whole 47.50")
		harness.Same(t, "February", []string{paid("2026-02")}, "deals -50.00, each -32.50, whole -32.50")
		harness.Same(t, "March", []string{paid("2026-03")}, "deals -50.00, each -45.00, whole -45.00")
	})
	t.Run("a sale before it that comes late", func(t *testing.T) {
		c.Record(won("ann", "A-0", "2026-01-05", "100"))
		// 1,050 are reached with the 900, which are paid 10% again.
		harness.Same(t, "February", []string{paid("2026-02")}, "deals -50.00, each -32.50, whole -62.50")
		harness.Same(t, "March", []string{paid("2026-03")}, "deals -50.00, each -45.00, whole -90.00")
	})
	t.Run("the lines say so", func(t *testing.T) {
		e := c.Do(c.Admin(), `query($p: ID!) { earnings(where: {periodId: {eq: $p}, componentKey: {eq: "each"}}) { nodes { explanation { root { children { kind children { kind label value } } } } } } }`,
			harness.Input{"p": c.Period("2026-03")}).At("earnings", "nodes", 0)
		var out []string
		for _, n := range e.List("explanation", "root", "children") {
			for _, below := range n.List("children") {
				if n.String("kind") == "LINE" && below.String("kind") == "RULE" {
					text := below.String("label")
					if value := below.At("value"); value.V != nil {
						text += " " + value.String()
					}
					out = append(out, text)
				}
			}
		}
		harness.Same(t, "the rules of the line", out, "paid as its sale in 2026-01", "running total of sale A-2 of crm, sold in 2026-01 300")
	})
}
