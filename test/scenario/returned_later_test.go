package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

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
	c.Record(comesBack("R-1", "A-3", "2026-08-04", "-100"), comesBack("R-2", "A-2", "2026-08-05", "-400"))
	c.Settle()
	var out []string
	for _, e := range c.Do(c.Admin(), `query { earnings(first: 200, where: {componentKey: {eq: "week"}}) { nodes { period { name } amount { amount } } } }`, nil).List("earnings", "nodes") {
		if a := e.String("amount", "amount"); a != "0.00" {
			out = append(out, e.String("period", "name")+" "+a)
		}
	}
	slices.Sort(out)
	harness.Same(t, "weeks", out, "2026-W27 80.00", "2026-W28 5.00", "2026-W32 -45.00")
	holds(t, c)
}
