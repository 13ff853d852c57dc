package calc

import (
	"sync"
	"testing"

	"spm/model"
)

func TestDirectCredits(t *testing.T) {
	t.Parallel()
	direct := rule("direct")
	for _, c := range []struct {
		name  string
		rules []model.CreditingRule
		sale  model.Transaction
		want  string
	}{
		{"one seller gets all", []model.CreditingRule{direct}, sale("ann"),
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
		{"shares", []model.CreditingRule{direct}, sale("bob=0.25", "ann=0.75"), `
			REVENUE DIRECT R1/ann 0.75 750 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.25 250 2026-03-31 by direct`},
		{"weights are normalised, ties to the order on the transaction", []model.CreditingRule{direct},
			with(sale("cid:1", "bob:1", "ann:1"), func(t *model.Transaction) { t.Quantity, t.Margin = decPtr("1"), decPtr("-100.01") }), `
			REVENUE DIRECT R1/ann 0.3333333333 333.33 q=0.333333 m=-33.33 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.3333333333 333.33 q=0.333333 m=-33.34 2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.3333333334 333.34 q=0.333334 m=-33.34 2026-03-31 by direct`},
		{"nothing said is equal parts", []model.CreditingRule{direct}, sale("ann", "bob"), `
			REVENUE DIRECT R1/ann 0.5 500 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.5 500 2026-03-31 by direct`},
		{"yen have no decimals, an amount keeps its own", []model.CreditingRule{direct},
			with(sale("ann", "bob"), func(t *model.Transaction) { t.Currency, t.Amount = "JPY", dec("101.0000000000") }), `
			REVENUE DIRECT R1/ann 0.5 51 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.5 50 2026-03-31 by direct`},
		{"a finer amount is split as fine", []model.CreditingRule{direct},
			with(sale("ann", "bob"), func(t *model.Transaction) { t.Amount = dec("0.00125") }), `
			REVENUE DIRECT R1/ann 0.5 0.00063 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.5 0.00062 2026-03-31 by direct`},
		{"a position named directly", []model.CreditingRule{direct}, sale("@R4"),
			`REVENUE DIRECT R4/dan 1 1000 2026-03-31 by direct`},
		{"a vacant position collects", []model.CreditingRule{direct}, sale("@M2"),
			`REVENUE DIRECT M2/- 1 1000 2026-03-31 by direct`},
		{"a payee and its position are one receiver", []model.CreditingRule{direct}, sale("ann=0.4", "@R1=0.6"),
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
		{"a share of 0 gets nothing", []model.CreditingRule{direct}, sale("ann=1", "bob=0"),
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
		{"over-allocation is for the rule to allow", []model.CreditingRule{rule("direct", func(r *model.CreditingRule) { r.OverAllocate = true })}, sale("ann=1", "bob=0.333"), `
			REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.333 333 2026-03-31 by direct`},
		{"the rule's positions", []model.CreditingRule{rule("direct", toPositions(model.CreditDirect, "R3", "0.5", "R1", "0.5"))}, sale("nobody"), `
			REVENUE DIRECT R1/ann 0.5 500 2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.5 500 2026-03-31 by direct`},
		{"the rule's date decides who held the position", []model.CreditingRule{rule("direct", by(model.DateInvoiced))},
			with(sale("@R3"), func(t *model.Transaction) { t.InvoicedDate = dayPtr("2026-07-01") }),
			`REVENUE DIRECT R3/- 1 1000 2026-07-01 by direct`},
		{"the first that matches", []model.CreditingRule{
			rule("other", when(`kind == "INVOICE"`)), rule("second"),
			rule("first", func(r *model.CreditingRule) { r.Priority = 0; r.Days.To = day("2026-03-31") }),
			rule("direct", func(r *model.CreditingRule) { r.TransactionKinds = []string{"INVOICE"} }),
		}, sale("ann"), `REVENUE DIRECT R1/ann 1 1000 2026-03-31 by second`},
		{"priority before key", []model.CreditingRule{
			rule("first", func(r *model.CreditingRule) { r.Priority = 2 }), rule("second", func(r *model.CreditingRule) { r.Priority = 1 }),
		}, sale("ann"), `REVENUE DIRECT R1/ann 1 1000 2026-03-31 by second`},
		{"each type has its own first rule", []model.CreditingRule{direct, rule("points", ofType("POINTS"))}, sale("ann"), `
			POINTS DIRECT R1/ann 1 1000 2026-03-31 by points
			REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
		{"a cash kind makes no credit", []model.CreditingRule{direct},
			with(sale("ann"), func(t *model.Transaction) { t.Kind, t.Product = "PAYMENT", "no such" }), ``},
		{"a rule that would not match does not miss its date", []model.CreditingRule{
			rule("first", by(model.DatePaid), when(`productIn("Legacy")`)), rule("second")},
			with(sale("ann"), func(t *model.Transaction) { t.Product = "GTX Pro" }),
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by second`},
		{"an alias is the product", []model.CreditingRule{rule("direct", when(`product == "GTX Pro" and productIn("Hardware")`))},
			with(sale("ann"), func(t *model.Transaction) { t.Product = "GTXPro" }),
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want(t, crediter(t, c.rules...).Credit(Case{Transaction: c.sale}), c.want)
		})
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	direct, points := rule("direct"), rule("points", ofType("POINTS"))
	rollup := rule("rollup", toManagers(1))
	overlay := rule("overlay", toPositions(model.CreditOverlay, "SE", "0.5"))
	const overlaid = "REVENUE OVERLAY SE/- 0.5 500 2026-03-31 by overlay\n"
	for _, c := range []struct {
		name  string
		rules []model.CreditingRule
		sale  model.Transaction
		want  string
	}{
		{"unknown kind", []model.CreditingRule{direct}, with(sale("ann"), func(t *model.Transaction) { t.Kind = "GIFT" }),
			`! UNKNOWN_KIND *: "GIFT"`},
		{"no rule", []model.CreditingRule{rollup, overlay, rule("direct", when("amount > 5000"))}, sale("ann"),
			overlaid + `! NO_RULE *: kind "BOOKING"`},
		{"no seller", []model.CreditingRule{direct, rollup, overlay}, sale(), overlaid + `! NO_SELLER REVENUE: no seller is named`},
		{"unknown sellers", []model.CreditingRule{direct, rollup, overlay}, sale("ann", "Bob", "@R9"),
			overlaid + `! UNKNOWN_SELLER REVENUE: payee "Bob"; position "R9"`},
		{"a seller without a position that day", []model.CreditingRule{direct}, sale("idle"), `! NO_POSITION REVENUE: idle holds no position on 2026-03-31`},
		{"a position that was not there yet", []model.CreditingRule{direct}, sale("@LATE"), `! NO_POSITION REVENUE: position "LATE" is not there on 2026-03-31`},
		{"nor by a rule", []model.CreditingRule{rule("direct", toPositions(model.CreditDirect, "LATE", "1"))}, sale(), `! NO_POSITION REVENUE: position "LATE" is not there on 2026-03-31`},
		{"a seller with two", []model.CreditingRule{direct}, with(sale("dan"), func(t *model.Transaction) { t.EventDate = day("2026-07-01") }),
			`! SEVERAL_POSITIONS REVENUE: dan holds R4 and R5 on 2026-07-01`},
		{"shares below 1", []model.CreditingRule{direct}, sale("ann=0.5", "bob=0.4999"), `! SHARES_NOT_WHOLE REVENUE: the shares sum to 0.9999`},
		{"shares above 1", []model.CreditingRule{direct}, sale("ann=0.5", "bob=0.5001"), `! SHARES_NOT_WHOLE REVENUE: the shares sum to 1.0001`},
		{"shares and weights", []model.CreditingRule{direct}, sale("ann=0.5", "bob:1"), `! SHARES_NOT_WHOLE REVENUE: shares and weights are mixed`},
		{"a share and nothing", []model.CreditingRule{direct}, sale("ann=1", "bob"), `! SHARES_NOT_WHOLE REVENUE: shares and weights are mixed`},
		{"a negative share", []model.CreditingRule{direct}, sale("ann=1.5", "bob=-0.5"), `! SHARES_NOT_WHOLE REVENUE: the part of "bob" is negative or out of bounds`},
		{"a weight out of bounds", []model.CreditingRule{direct}, sale("ann:1", "bob:1e-99"), `! SHARES_NOT_WHOLE REVENUE: the part of "bob" is negative or out of bounds`},
		{"weights of 0", []model.CreditingRule{direct}, sale("ann:0", "bob:0"), `! SHARES_NOT_WHOLE REVENUE: cannot be split: the weights sum to 0`},
		{"a rule's shares", []model.CreditingRule{rule("direct", toPositions(model.CreditDirect, "R1", "0.5"))}, sale(), `! SHARES_NOT_WHOLE REVENUE: the shares sum to 0.5`},
		{"an unknown product withholds every type", []model.CreditingRule{direct, points, rollup, overlay}, with(sale("ann"), func(t *model.Transaction) { t.Product = "gtx pro" }),
			overlaid + `! UNKNOWN_PRODUCT *: "gtx pro"`},
		{"a missing date", []model.CreditingRule{rule("first", by(model.DateGoLive)), rule("second")}, sale("ann"), `! MISSING_DATE REVENUE: rule first: no GO_LIVE date`},
		{"a failing condition stops the search, of its type", []model.CreditingRule{rule("first", when("quantity > 1")), rule("second"), points}, sale("ann"), `
			POINTS DIRECT R1/ann 1 1000 2026-03-31 by points
			! CONDITION_FAILED REVENUE: rule first: quantity is nil on this row: test it first with quantity != nil (line 1, column 1)`},
		{"a condition that does not compile", []model.CreditingRule{rule("first", when("amout > 1"))}, sale("ann"),
			`! CONDITION_FAILED REVENUE: rule first: unknown name amout (line 1, column 1)`},
		{"a failing rollup withholds its type", []model.CreditingRule{direct, points, rule("rollup", toManagers(1), when("margin > 1"))}, sale("ann"), `
			POINTS DIRECT R1/ann 1 1000 2026-03-31 by points
			! CONDITION_FAILED REVENUE: rule rollup: margin is nil on this row: test it first with margin != nil (line 1, column 1)`},
		{"a failing overlay too, but not other overlays", []model.CreditingRule{direct, overlay, rule("other", toPositions(model.CreditOverlay, "PM", "1"), when("margin > 1"))}, sale("ann"),
			overlaid + `! CONDITION_FAILED REVENUE: rule other: margin is nil on this row: test it first with margin != nil (line 1, column 1)`},
		{"each cause once", []model.CreditingRule{direct, points}, sale("x", "x", "idle"), `
			! NO_POSITION POINTS: idle holds no position on 2026-03-31
			! UNKNOWN_SELLER POINTS: payee "x"
			! NO_POSITION REVENUE: idle holds no position on 2026-03-31
			! UNKNOWN_SELLER REVENUE: payee "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want(t, crediter(t, c.rules...).Credit(Case{Transaction: c.sale}), c.want)
		})
	}
}

func TestRollupsAndOverlays(t *testing.T) {
	t.Parallel()
	direct := rule("direct")
	for _, c := range []struct {
		name  string
		rules []model.CreditingRule
		sale  model.Transaction
		want  string
	}{
		{"up the whole chain, vacant positions too", []model.CreditingRule{direct, rule("rollup", toManagers(0))}, sale("@R4"), `
			REVENUE DIRECT R4/dan 1 1000 2026-03-31 by direct
			REVENUE ROLLUP CRO/cora 1 1000 2026-03-31 via R4 level 3 by rollup
			REVENUE ROLLUP M2/- 1 1000 2026-03-31 via R4 level 1 by rollup
			REVENUE ROLLUP VP/vic 1 1000 2026-03-31 via R4 level 2 by rollup`},
		{"two sellers under one manager roll up all of it once", []model.CreditingRule{direct, rule("rollup", toManagers(1))},
			with(sale("ann:1", "bob:1", "cid:1"), func(t *model.Transaction) { t.Quantity, t.Margin = decPtr("3"), decPtr("10") }), `
			REVENUE DIRECT R1/ann 0.3333333334 333.34 q=1 m=3.34 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.3333333333 333.33 q=1 m=3.33 2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.3333333333 333.33 q=1 m=3.33 2026-03-31 by direct
			REVENUE ROLLUP M1/mia 0.3333333334 333.34 q=1 m=3.34 2026-03-31 via R1 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.3333333333 333.33 q=1 m=3.33 2026-03-31 via R2 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.3333333333 333.33 q=1 m=3.33 2026-03-31 via R3 level 1 by rollup`},
		{"in the order of positions, whatever that of the sellers", []model.CreditingRule{direct, rule("rollup", toManagers(1))}, sale("cid=0.1", "bob=0.2", "ann=0.7"), `
			REVENUE DIRECT R1/ann 0.7 700 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.2 200 2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.1 100 2026-03-31 by direct
			REVENUE ROLLUP M1/mia 0.7 700 2026-03-31 via R1 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.2 200 2026-03-31 via R2 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.1 100 2026-03-31 via R3 level 1 by rollup`},
		{"shares by level, the last repeats; 0 skips", []model.CreditingRule{direct, rule("rollup", toManagers(0, "0", "0.125"))}, sale("ann"), `
			REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct
			REVENUE ROLLUP CRO/cora 0.125 125 2026-03-31 via R1 level 3 by rollup
			REVENUE ROLLUP VP/vic 0.125 125 2026-03-31 via R1 level 2 by rollup`},
		{"by the hierarchy of the day", []model.CreditingRule{direct, rule("rollup", toManagers(1))},
			with(sale("bob"), func(t *model.Transaction) { t.EventDate = day("2026-07-01") }), `
			REVENUE DIRECT R2/bob 1 1000 2026-07-01 by direct
			REVENUE ROLLUP M2/- 1 1000 2026-07-01 via R2 level 1 by rollup`},
		{"by the rollup rule's own date", []model.CreditingRule{direct, rule("rollup", toManagers(1), by(model.DatePaid))},
			with(sale("bob"), func(t *model.Transaction) { t.PaidDate = dayPtr("2026-08-15") }), `
			REVENUE DIRECT R2/bob 1 1000 2026-03-31 by direct
			REVENUE ROLLUP M2/- 1 1000 2026-08-15 via R2 level 1 by rollup`},
		{"a rollup waits for its date", []model.CreditingRule{direct, rule("rollup", toManagers(1), by(model.DatePaid))}, sale("bob"),
			`REVENUE DIRECT R2/bob 1 1000 2026-03-31 by direct`},
		{"two rules reach a manager once, the first counts", []model.CreditingRule{direct, rule("second", toManagers(0, "0.5")), rule("first", toManagers(1))}, sale("ann"), `
			REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct
			REVENUE ROLLUP CRO/cora 0.5 500 2026-03-31 via R1 level 3 by second
			REVENUE ROLLUP M1/mia 1 1000 2026-03-31 via R1 level 1 by first
			REVENUE ROLLUP VP/vic 0.5 500 2026-03-31 via R1 level 2 by second`},
		{"a manager's own sale and the team's", []model.CreditingRule{direct, rule("rollup", toManagers(1))}, sale("mia=0.5", "ann=0.5"), `
			REVENUE DIRECT M1/mia 0.5 500 2026-03-31 by direct
			REVENUE DIRECT R1/ann 0.5 500 2026-03-31 by direct
			REVENUE ROLLUP M1/mia 0.5 500 2026-03-31 via R1 level 1 by rollup
			REVENUE ROLLUP VP/vic 0.5 500 2026-03-31 via M1 level 1 by rollup`},
		{"a rollup of another type, condition or span does not apply", []model.CreditingRule{direct, rule("points", ofType("POINTS"), toManagers(0)),
			rule("rollup", toManagers(0), when("amount < 0")), rule("other", toManagers(0), func(r *model.CreditingRule) { r.Days.From = day("2026-04-01") })}, sale("ann"),
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
		{"every matching overlay, of the whole", []model.CreditingRule{direct, rule("rollup", toManagers(1)), rule("overlay", toPositions(model.CreditOverlay, "SE", "1", "PM", "0.3333333")),
			rule("other", toPositions(model.CreditOverlay, "SE", "0.1"))}, sale("ann"), `
			REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct
			REVENUE ROLLUP M1/mia 1 1000 2026-03-31 via R1 level 1 by rollup
			REVENUE OVERLAY PM/- 0.3333333 333.3333 2026-03-31 by overlay
			REVENUE OVERLAY SE/- 0.1 100 2026-03-31 by other
			REVENUE OVERLAY SE/- 1 1000 2026-03-31 by overlay`},
		{"no overlay to a position that is not there", []model.CreditingRule{direct, rule("overlay", toPositions(model.CreditOverlay, "LATE", "1"))}, sale("ann"),
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want(t, crediter(t, c.rules...).Credit(Case{Transaction: c.sale}), c.want)
		})
	}
}

// A payee seated twice on one position holds one position; two payees on one
// position, each named, get a credit each, rolled up together.
func TestSharedSeats(t *testing.T) {
	t.Parallel()
	setup := company()
	setup.Rules = []model.CreditingRule{rule("direct"), rule("rollup", toManagers(1))}
	again := setup.Seats[3] // ann on R1
	again.ID, again.ExternalID = idOf(model.KindPositionAssignment, "again"), "again"
	partner := setup.Seats[3]
	partner.ID, partner.ExternalID, partner.PayeeID = idOf(model.KindPositionAssignment, "partner"), "partner", idOf(model.KindPayee, "idle")
	setup.Seats = append(setup.Seats, again, partner)
	c, err := NewCrediter(setup)
	if err != nil {
		t.Fatal(err)
	}
	original := sale("ann=0.4", "idle=0.6")
	given := c.Credit(Case{Transaction: original})
	want(t, given, `
		REVENUE DIRECT R1/ann 0.4 400 2026-03-31 by direct
		REVENUE DIRECT R1/idle 0.6 600 2026-03-31 by direct
		REVENUE ROLLUP M1/mia 0.4 400 2026-03-31 via R1 level 1 by rollup
		REVENUE ROLLUP M1/mia 0.6 600 2026-03-31 via R1 level 1 by rollup`)
	want(t, c.Credit(Case{Transaction: back("-10"), Original: &original, OriginalOutcome: &given}), `
		REVENUE DIRECT R1/ann 0.4 -4 2026-08-10 fx=2026-03-31 by direct
		REVENUE DIRECT R1/idle 0.6 -6 2026-08-10 fx=2026-03-31 by direct
		REVENUE ROLLUP M1/mia 0.4 -4 2026-08-10 fx=2026-03-31 via R1 level 1 by rollup
		REVENUE ROLLUP M1/mia 0.6 -6 2026-08-10 fx=2026-03-31 via R1 level 1 by rollup`)
}

// Ids that are not the Crediter's to give are left zero, the transaction's is
// set, and what the credit says of whom and why is all there.
func TestWhatACreditCarries(t *testing.T) {
	t.Parallel()
	s := with(sale("ann"), func(t *model.Transaction) { t.ID = model.IntID(model.KindTransaction, 7) })
	o := crediter(t, rule("direct"), rule("rollup", toManagers(1))).Credit(Case{Transaction: s})
	direct, rollup := o.Credits[0], o.Credits[1]
	if !direct.ID.IsZero() || direct.TransactionID != s.ID || rollup.TransactionID != s.ID {
		t.Errorf("%+v", direct)
	}
	if *direct.AssignmentID != idOf(model.KindPositionAssignment, "ann@R1") || *rollup.AssignmentID != idOf(model.KindPositionAssignment, "mia@M1") {
		t.Error("the seat is not the one of the day")
	}
	if direct.ViaPositionID != nil || direct.Level != 0 || *rollup.ViaPositionID != direct.PositionID || rollup.Currency != "USD" {
		t.Errorf("%+v", rollup)
	}
	s.Product = "no such"
	if e := crediter(t, rule("direct")).Credit(Case{Transaction: s}).Exceptions[0]; e.TransactionID != s.ID || !e.ID.IsZero() || e.OwnerID != nil || !e.Since.IsZero() {
		t.Errorf("%+v", e)
	}
}

// A Crediter is shared by whoever credits at the time.
func TestCrediterIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	c := crediter(t, rule("direct", when(`amount > 0 and product != "x"`)), rule("rollup", toManagers(0)), rule("overlay", toPositions(model.CreditOverlay, "SE", "1")))
	first := shown(c.Credit(Case{Transaction: sale("ann:1", "bob:2")}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if got := shown(c.Credit(Case{Transaction: sale("ann:1", "bob:2")})); got != first {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}
