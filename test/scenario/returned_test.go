package scenario

import (
	"fmt"
	"slices"
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
	c.Record(won("ann", "A-1", "2026-01-10", "600"), won("ann", "A-2", "2026-01-12", "1500"), comesBack("R-1", "A-2", "2026-02-10", "-600"))
	// January: 600 x 5% and 1,500 x 10% with 2,100 reached; two deals; 30 and 50 + 50. Back come 600 x 10%; 900 of the deal
	// are left; from 1,500 to 900 are 500 x 10% and 100 x 5%.
	harness.Same(t, "January", []string{paid("2026-01")}, "deals 100.00, each 130.00, whole 180.00")
	harness.Same(t, "February", []string{paid("2026-02")}, "deals 0.00, each -55.00, whole -60.00")

	t.Run("once nothing is left", func(t *testing.T) {
		c.Record(comesBack("R-2", "A-2", "2026-03-10", "-900"))
		harness.Same(t, "March", []string{paid("2026-03")}, "deals -50.00, each -45.00, whole -90.00")
	})
	t.Run("what changes the sale's rate changes its returns", func(t *testing.T) {
		revised := won("ann", "A-2", "2026-01-12", "900")
		revised["sourceRevision"] = "1"
		first := won("ann", "A-1", "2026-01-10", "50")
		first["sourceRevision"] = "1"
		c.Record(revised, first, comesBack("R-3", "A-1", "2026-02-11", "-50"))
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

func comesBack(id, of, day, amount string) harness.Input {
	return harness.Input{"source": "crm", "externalId": id, "kind": "RETURN", "eventDate": day, "amount": amount, "currency": "USD", "relatesTo": harness.Input{"type": "REVERSES", "externalId": of}}
}

// paidIn reads the earnings of a period: payee, component and amount.
func paidIn(c seats, period string) string {
	c.Settle()
	var out []string
	for _, e := range c.Do(c.Admin(), `query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { payee { externalId } componentKey amount { amount } } } }`,
		harness.Input{"p": c.Period(period)}).List("earnings", "nodes") {
		out = append(out, fmt.Sprintf("%s %s %s", e.String("payee", "externalId"), e.String("componentKey"), e.String("amount", "amount")))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func holds(t *testing.T, c seats) {
	t.Helper()
	found, err := c.Service.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("verify: %+v", f)
	}
}

// TestEarlierReturnThatComesLate records a return of February after one of March of
// the same sale: March begins at what is left, so it changes.
func TestEarlierReturnThatComesLate(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("ann", "Ann", "USD", "")
	table := c.Tiers("TIERS", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "deals", "payout": "MONTH", "measureId": c.Own, "rateKind": "PER_EVENT", "rate": "50"},
		{"key": "each", "payout": "MONTH", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "accumulate": "EVENT", "rateTableId": table}}}, "ann")
	c.Record(won("ann", "A-1", "2026-01-10", "1500"), comesBack("R-2", "A-1", "2026-03-10", "-900"))
	// March: 1,500 -> 600: 500 x 10% + 400 x 5%.
	harness.Same(t, "March", []string{paidIn(c, "2026-03")}, "ann deals 0.00, ann each -70.00")
	c.Record(comesBack("R-1", "A-1", "2026-02-10", "-600"))
	// February: 1,500 -> 900: 500 x 10% + 100 x 5%. March: 900 -> 0: 900 x 5%, and nothing is left of the deal.
	harness.Same(t, "February", []string{paidIn(c, "2026-02")}, "ann deals 0.00, ann each -55.00")
	harness.Same(t, "March after it", []string{paidIn(c, "2026-03")}, "ann deals -50.00, ann each -45.00")
	holds(t, c)
}

// TestReturnsOfSuccessors changes what an earlier holder sold after the
// successor's sale was returned in the next window: the rate of the sale rises,
// and so does what its return takes back.
func TestReturnsOfSuccessors(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("max", "Max", "USD", "")
	c.hire("ann")
	c.hire("bob")
	c.open("North", "max", "90000")
	c.sit("bob", "North", "2026-01-01", "2026-01-31")
	c.sit("ann", "North", "2026-02-01", "")
	table := c.Tiers("TIERS", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "rules": harness.Input{"continuity": "FOLLOW_POSITION"}, "components": []harness.Input{
		{"key": "whole", "payout": "QUARTER", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "WHOLE_CREDIT", "rateTableId": table}}}, "ann", "bob")
	c.Record(won("bob", "B-1", "2026-01-10", "500"), won("ann", "A-1", "2026-02-10", "400"), comesBack("R-1", "A-1", "2026-04-10", "-400"))
	harness.Same(t, "Q1", []string{paidIn(c, "2026-Q1")}, "ann whole 20.00, bob whole 25.00")
	harness.Same(t, "Q2", []string{paidIn(c, "2026-Q2")}, "ann whole -20.00")
	c.Record(won("bob", "B-2", "2026-01-15", "200"))
	// 700 + 400 = 1,100 are reached with Ann's sale: 10%.
	harness.Same(t, "Q1 after", []string{paidIn(c, "2026-Q1")}, "ann whole 40.00, bob whole 35.00")
	harness.Same(t, "Q2 after", []string{paidIn(c, "2026-Q2")}, "ann whole -40.00")
	holds(t, c)
}

// TestReturnsAreOfTheirSalesOrder returns one line of an order, by a fact that
// names the sale and no order.
func TestReturnsAreOfTheirSalesOrder(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("ann", "Ann", "USD", "")
	table := c.Tiers("TIERS", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "orders", "payout": "MONTH", "measureId": c.Own, "rateKind": "PER_EVENT", "event": "ORDER", "rate": "50"},
		{"key": "tiers", "payout": "MONTH", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "accumulate": "ORDER", "rateTableId": table}}}, "ann")
	order := func(r harness.Input) harness.Input { r["orderId"] = "O-1"; return r }
	c.Record(order(won("ann", "A-1", "2026-01-10", "1000")), order(won("ann", "A-2", "2026-01-11", "500")), comesBack("R-1", "A-2", "2026-02-10", "-500"), comesBack("R-2", "A-1", "2026-03-10", "-1000"))
	harness.Same(t, "January", []string{paidIn(c, "2026-01")}, "ann orders 50.00, ann tiers 100.00")
	// Of the order 1,000 are left: nothing is taken back of what is paid once for it; from 1,500 to 1,000 at 10%.
	harness.Same(t, "February", []string{paidIn(c, "2026-02")}, "ann orders 0.00, ann tiers -50.00")
	harness.Same(t, "March", []string{paidIn(c, "2026-03")}, "ann orders -50.00, ann tiers -50.00")
	holds(t, c)
}

// TestReturnsOfWeeksBesideMonths returns two sales of July: one of the week that began
// in June. The window of the week is read whole, whichever return comes first.
func TestReturnsOfWeeksBesideMonths(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	calendar := c.Make("createFiscalCalendar", "calendar", harness.Input{"externalId": "WEEKS", "name": "Weeks", "periodTypes": []string{"YEAR", "QUARTER", "MONTH", "WEEK"}, "weekStart": "MONDAY"})
	c.Open(calendar)
	c.Calendar = calendar
	c.Hire("ann", "Ann", "USD", "")
	table := c.Tiers("TIERS", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "month", "payout": "MONTH", "measureId": c.Own, "rateKind": "PER_EVENT", "rate": "50"},
		{"key": "week", "payout": "WEEK", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "WHOLE_CREDIT", "rateTableId": table}}}, "ann")
	// The week from June 29 to July 5: 800, and 400 with 1,200 reached: 10%.
	c.Record(won("ann", "A-1", "2026-06-29", "800"), won("ann", "A-2", "2026-07-02", "400"), won("ann", "A-3", "2026-07-10", "100"))
	for i := range 12 { // facts come in no order: one of them comes before R-2
		c.Record(comesBack(fmt.Sprint("R-1-", i), "A-3", "2026-08-04", "-1"))
	}
	c.Record(comesBack("R-2", "A-2", "2026-08-05", "-400"))
	c.Settle()
	var out []string
	for _, e := range c.Do(c.Admin(), `query { earnings(first: 200, where: {componentKey: {eq: "week"}}) { nodes { period { name } amount { amount } } } }`, nil).List("earnings", "nodes") {
		if a := e.String("amount", "amount"); a != "0.00" {
			out = append(out, e.String("period", "name")+" "+a)
		}
	}
	slices.Sort(out)
	harness.Same(t, "weeks", out, "2026-W27 80.00", "2026-W28 5.00", "2026-W32 -40.60")
	holds(t, c)
}

// TestReturnedStatusOfTheSale puts the payee on unpaid leave on the day of a sale
// that was returned in a later period: the sale does not count any more, so "A
// return counts on any day, unless its sale did not count because of status".
func TestReturnedStatusOfTheSale(t *testing.T) {
	t.Parallel()
	for name, component := range map[string]harness.Input{
		"rate on value": {"key": "flat", "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
		"per event":     {"key": "flat", "payout": "MONTH", "rateKind": "PER_EVENT", "rate": "10"},
	} {
		c := seats{harness.New(t).NewCompany()}
		c.Hire("ann", "Ann", "USD", "")
		component["measureId"] = c.Own
		c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{component}}, "ann")
		c.Record(won("ann", "A-1", "2026-01-10", "100"), comesBack("R-1", "A-1", "2026-03-10", "-100"))
		harness.Same(t, name+": March", []string{paidIn(c, "2026-03")}, "ann flat -10.00")
		c.Status("ann", "2026-02-01", model.PayeeNotice)
		c.Status("ann", "2026-01-05", model.PayeeLeaveUnpaid)
		harness.Same(t, name+": January after", []string{paidIn(c, "2026-01")}, "ann flat 0.00")
		harness.Same(t, name+": March after", []string{paidIn(c, "2026-03")}, "ann flat 0.00")
		holds(t, c)
	}
}

// TestReturnedReturnBeforeSale: the return's date lies in a period before its sale's;
// then the sale stops counting because of status.
func TestReturnedReturnBeforeSale(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "flat", "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "measureId": c.Own}}}, "ann")
	c.Record(won("ann", "A-1", "2026-04-10", "100"), comesBack("R-1", "A-1", "2026-02-10", "-100"))
	harness.Same(t, "February", []string{paidIn(c, "2026-02")}, "ann flat -10.00")
	c.Status("ann", "2026-04-05", model.PayeeLeaveUnpaid)
	harness.Same(t, "April after", []string{paidIn(c, "2026-04")}, "ann flat 0.00")
	harness.Same(t, "February after", []string{paidIn(c, "2026-02")}, "ann flat 0.00")
	holds(t, c)
}

// TestReturnedRevisedAfterReturn revises a sale after its return: its amount, then
// its date into the window of the return, then beyond it, then its seller.
func TestReturnedRevisedAfterReturn(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("ann", "Ann", "USD", "")
	c.Hire("bob", "Bob", "USD", "")
	table := c.Tiers("TIERS", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "each", "payout": "MONTH", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "accumulate": "EVENT", "rateTableId": table},
		{"key": "whole", "payout": "MONTH", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "WHOLE_CREDIT", "rateTableId": table}}}, "ann", "bob")
	c.Record(won("ann", "A-1", "2026-01-10", "1500"), comesBack("R-1", "A-1", "2026-03-10", "-1500"))
	harness.Same(t, "March", []string{paidIn(c, "2026-03")}, "ann each -100.00, ann whole -150.00, bob each 0.00, bob whole 0.00")
	revise := func(n int, r harness.Input) { r["sourceRevision"] = fmt.Sprint(n); c.Record(r) }
	revise(1, won("ann", "A-1", "2026-01-10", "900"))
	// 900 are left, and 1,500 come back: 900 x 5%, and 600 below zero at the first tier; unsplit at its 5%.
	harness.Same(t, "over-returned", []string{paidIn(c, "2026-03")}, "ann each -75.00, ann whole -75.00, bob each 0.00, bob whole 0.00")
	holds(t, c)
	revise(2, won("ann", "A-1", "2026-03-05", "1500"))
	harness.Same(t, "in the same month", []string{paidIn(c, "2026-03")}, "ann each 0.00, ann whole 0.00, bob each 0.00, bob whole 0.00")
	harness.Same(t, "January", []string{paidIn(c, "2026-01")}, "ann each 0.00, ann whole 0.00, bob each 0.00, bob whole 0.00")
	holds(t, c)
	revise(3, won("ann", "A-1", "2026-05-05", "1500"))
	harness.Same(t, "before its sale", []string{paidIn(c, "2026-03") + "; " + paidIn(c, "2026-05")}, "ann each -100.00, ann whole -150.00, bob each 0.00, bob whole 0.00; ann each 100.00, ann whole 150.00, bob each 0.00, bob whole 0.00")
	holds(t, c)
	revise(4, won("bob", "A-1", "2026-02-05", "1500"))
	harness.Same(t, "another's", []string{paidIn(c, "2026-03") + "; " + paidIn(c, "2026-02")}, "ann each 0.00, ann whole 0.00, bob each -100.00, bob whole -150.00; ann each 0.00, ann whole 0.00, bob each 100.00, bob whole 150.00")
	holds(t, c)
}

// TestReturnedReturnBeforeItsSaleInParts: a part came back before the sale's own
// day, in an earlier window; the rest comes back later. All is returned, so all
// that was paid comes back, and no more.
func TestReturnedReturnBeforeItsSaleInParts(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("ann", "Ann", "USD", "")
	table := c.Tiers("TIERS", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "deals", "payout": "MONTH", "measureId": c.Own, "rateKind": "PER_EVENT", "rate": "50"},
		{"key": "each", "payout": "MONTH", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "accumulate": "EVENT", "rateTableId": table}}}, "ann")
	c.Record(won("ann", "A-1", "2026-02-10", "1500"), comesBack("R-1", "A-1", "2026-01-20", "-600"), comesBack("R-2", "A-1", "2026-03-20", "-900"))
	t.Log(paidIn(c, "2026-01"), "|", paidIn(c, "2026-02"), "|", paidIn(c, "2026-03"))
	holds(t, c)
}
