package calc

import (
	"fmt"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// The laws below hold for every company, sale, resolution and return that can
// be drawn, whatever crediting makes of them.

// drawCase draws a company and a case: a sale, perhaps settled by hand, or a
// return of one.
func drawCase(t *rapid.T) (CreditingSetup, Case) {
	setup := drawCompany(t)
	s := drawTransaction(t)
	cs := Case{Transaction: s, Resolutions: drawResolutions(t, setup)}
	switch rapid.IntRange(0, 5).Draw(t, "case") {
	case 0:
		cs.Transaction.Kind = rapid.SampledFrom([]string{"GIFT", "PAYMENT"}).Draw(t, "odd kind")
	case 1:
		cs.Transaction.Product = "no such"
	case 2, 3:
		r := back("-12.34")
		if rapid.Bool().Draw(t, "in full") {
			r.Amount = s.Amount.Neg()
		}
		r.EventDate = day(rapid.SampledFrom(oracleDays).Draw(t, "returned"))
		cs.Transaction = r
		if rapid.IntRange(0, 4).Draw(t, "linked") > 0 {
			cs.Original = &s
			if rapid.Bool().Draw(t, "original unsettled") {
				cs.Resolutions = nil
			}
		}
	}
	return setup, cs
}

func drawResolutions(t *rapid.T, setup CreditingSetup) []model.ExceptionResolution {
	var out []model.ExceptionResolution
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "resolutions") {
		r := byHand(rapid.SampledFrom([]string{"REVENUE", "POINTS", ""}).Draw(t, "resolved type"))
		for _, share := range rapid.SampledFrom([][]string{nil, {"1"}, {"0.25", "0.75"}, {"0.5"}}).Draw(t, "resolved shares") {
			p := rapid.SampledFrom(setup.Positions).Draw(t, "resolved position")
			r.Shares = append(r.Shares, model.RuleShare{PositionID: p.ID, Share: dec(share)})
		}
		out = append(out, r)
	}
	return out
}

func crediterOf(t *rapid.T, setup CreditingSetup) *Crediter {
	c, err := NewCrediter(setup)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An exception of a type withholds its DIRECT and ROLLUP credits, one of every
// type those of all; nothing is both credited and excepted.
func TestExceptionsWithhold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup, cs := drawCase(t)
		o := crediterOf(t, setup).Credit(cs)
		for _, e := range o.Exceptions {
			for _, c := range o.Credits {
				if c.Kind != model.CreditOverlay && (e.CreditTypeID == nil || *e.CreditTypeID == c.CreditTypeID) {
					t.Fatalf("%s withholds nothing:\n%+v", e.Code, c)
				}
			}
		}
	})
}

// A CREDITABLE transaction is credited directly, excepted, or settled by hand:
// nothing is lost in silence. A CASH one gives nothing at all.
func TestNothingIsLostInSilence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup, cs := drawCase(t)
		o := crediterOf(t, setup).Credit(cs)
		direct := slices.ContainsFunc(o.Credits, func(c model.Credit) bool { return c.Kind == model.CreditDirect })
		switch cs.Transaction.Kind {
		case "PAYMENT":
			if len(o.Credits)+len(o.Exceptions) > 0 {
				t.Fatalf("%+v", o)
			}
		case "BOOKING", "INVOICE", "GIFT":
			overAllocating := slices.ContainsFunc(setup.Rules, func(r model.CreditingRule) bool { return r.OverAllocate })
			if !direct && len(o.Exceptions) == 0 && len(cs.Resolutions) == 0 && !overAllocating {
				t.Fatal("no credit and no reason")
			}
		}
	})
}

// DIRECT credits of a type are the whole unless their rule over-allocates; by
// hand and in returns too.
func TestDirectIsWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup, cs := drawCase(t)
		for i := range setup.Rules {
			setup.Rules[i].OverAllocate = false
		}
		o := crediterOf(t, setup).Credit(cs)
		for _, creditType := range setup.CreditTypes {
			var share, amount decimal.Decimal
			count := 0
			for _, c := range o.Credits {
				if c.CreditTypeID == creditType.ID && c.Kind == model.CreditDirect {
					share, amount, count = share.Add(c.Share), amount.Add(c.Amount), count+1
				}
			}
			if count > 0 && (!share.Equal(whole) || !amount.Equal(cs.Transaction.Amount)) {
				t.Fatalf("%s sums to %s, %s of %s", creditType.Key, share, amount, cs.Transaction.Amount)
			}
		}
	})
}

// There is one credit per type, kind, position, holder, origin and rule, one
// rollup of a direct credit per manager, one exception per type and code; and
// nobody rolls up their own credit.
func TestOutcomesHaveKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup, cs := drawCase(t)
		o := crediterOf(t, setup).Credit(cs)
		seen := map[string]bool{}
		note := func(format string, args ...any) {
			key := fmt.Sprintf(format, args...)
			if seen[key] {
				t.Fatalf("twice: %s", key)
			}
			seen[key] = true
		}
		show := func(id *model.ID) string {
			if id == nil {
				return "-"
			}
			return id.String()
		}
		for _, c := range o.Credits {
			note("credit %s %s %s %s %s %s", c.CreditTypeID, c.Kind, c.PositionID, show(c.PayeeID), show(c.ViaPositionID), show(c.RuleID))
			if c.Kind == model.CreditRollup {
				note("rollup %s %s %s", c.CreditTypeID, c.PositionID, show(c.ViaPositionID))
			}
			if (c.Kind == model.CreditRollup) != (c.ViaPositionID != nil) || (c.Level > 0) != (c.Kind == model.CreditRollup) ||
				(c.ViaPositionID != nil && *c.ViaPositionID == c.PositionID) || (c.PayeeID == nil) != (c.AssignmentID == nil) {
				t.Fatalf("%+v", c)
			}
		}
		for _, e := range o.Exceptions {
			note("exception %s %s", show(e.CreditTypeID), e.Code)
			if e.Detail == "" {
				t.Fatalf("%s says nothing", e.Code)
			}
		}
	})
}

// The outcome is the same, and in the same order, for the case again and for
// the set-up in any order.
func TestOutcomesAreFunctionsOfTheirInput(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup, cs := drawCase(t)
		first := crediterOf(t, setup)
		before := orderedLines(first.Credit(cs))
		if again := orderedLines(first.Credit(cs)); !slices.Equal(before, again) {
			t.Fatalf("%s\n%s", before, again)
		}
		slices.Reverse(setup.Kinds)
		slices.Reverse(setup.CreditTypes)
		slices.Reverse(setup.Rules)
		slices.Reverse(setup.Positions)
		slices.Reverse(setup.Payees)
		slices.Reverse(setup.Seats)
		for i := range setup.Positions {
			slices.Reverse(setup.Positions[i].Slices)
		}
		if after := orderedLines(crediterOf(t, setup).Credit(cs)); !slices.Equal(before, after) {
			t.Fatalf("%s\n%s", before, after)
		}
	})
}

// orderedLines writes an outcome's credits in the order they have.
func orderedLines(out Outcome) []string {
	var lines []string
	for i := range out.Credits {
		rule := model.ID{}
		if out.Credits[i].RuleID != nil {
			rule = *out.Credits[i].RuleID
		}
		c := out.Credits[i]
		lines = append(lines, fmt.Sprint(c.CreditTypeID, c.Kind, c.PositionID, c.PayeeID != nil, c.Share, c.Amount, c.Date, rule, c.Level))
	}
	for _, e := range out.Exceptions {
		lines = append(lines, fmt.Sprint(e.CreditTypeID != nil, e.Code, e.Detail))
	}
	return lines
}

// A return of a sale in full leaves no position with anything of it, in any
// company: what was withheld stays so, what was given is taken.
func TestFullReturnsLeaveNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup := drawCompany(t)
		s := drawTransaction(t)
		c := crediterOf(t, setup)
		given := c.Credit(Case{Transaction: s, Resolutions: drawResolutions(t, setup)})
		r := back("0")
		r.Amount, r.Quantity = s.Amount.Neg(), nil
		if s.Quantity != nil {
			r.Quantity = negated(s.Quantity)
		}
		taken := c.Credit(Case{Transaction: r, Original: &s, OriginalOutcome: &given})
		left := map[string]decimal.Decimal{}
		for _, credit := range append(slices.Clone(given.Credits), taken.Credits...) {
			for unit, d := range map[string]*decimal.Decimal{"amount": &credit.Amount, "quantity": credit.Quantity} {
				if d != nil {
					key := fmt.Sprint(credit.CreditTypeID, credit.Kind, credit.PositionID, unit)
					left[key] = left[key].Add(*d)
				}
			}
		}
		for key, d := range left {
			if !d.IsZero() {
				t.Fatalf("%s is left with %s", key, d)
			}
		}
		if (len(given.Exceptions) > 0) != (len(taken.Exceptions) > 0) {
			t.Fatalf("%+v, then %+v", given.Exceptions, taken.Exceptions)
		}
	})
}
