package calc

import (
	"fmt"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

var oracleDays = []string{"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"}

// drawSpan draws a half-open span among the oracle's days.
func drawSpan(t *rapid.T) model.Interval {
	i := rapid.IntRange(0, 2).Draw(t, "from")
	span := model.Interval{From: day(oracleDays[i]), To: day(oracleDays[rapid.IntRange(i+1, 3).Draw(t, "to")])}
	if rapid.Bool().Draw(t, "open") {
		span = model.Always
	}
	return span
}

// drawCompany draws up to 7 positions under one another in any way, cycles
// included, up to 4 payees of whom some sit on several chairs, and rules.
func drawCompany(t *rapid.T) CreditingSetup {
	setup := company()
	setup.Positions, setup.Payees, setup.Seats, setup.Products = nil, nil, nil, nil
	count := rapid.IntRange(1, 7).Draw(t, "positions")
	name := func(i int) string { return fmt.Sprint("P", i) }
	for i := range count {
		p := model.Position{ID: idOf(model.KindPosition, name(i)), ExternalID: name(i)}
		cut := day(rapid.SampledFrom(oracleDays).Draw(t, "cut"))
		for _, days := range []model.Interval{{From: model.MinDate, To: cut}, {From: cut, To: model.MaxDate}} {
			slice := model.PositionSlice{Days: days}
			if rapid.IntRange(0, 3).Draw(t, "has parent") > 0 {
				slice.ParentID = idPtr(model.KindPosition, name(rapid.IntRange(0, count-1).Draw(t, "parent")))
			}
			p.Slices = append(p.Slices, slice)
		}
		setup.Positions = append(setup.Positions, p)
		if who := rapid.IntRange(0, 5).Draw(t, "who"); who < 4 {
			setup.Seats = append(setup.Seats, model.PositionAssignment{ID: idOf(model.KindPositionAssignment, name(i)), ExternalID: name(i),
				PayeeID: idOf(model.KindPayee, fmt.Sprint("p", who)), PositionID: p.ID, Days: drawSpan(t)})
		}
	}
	for i := range 4 {
		setup.Payees = append(setup.Payees, model.Payee{ID: idOf(model.KindPayee, fmt.Sprint("p", i)), ExternalID: fmt.Sprint("p", i)})
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "rules") {
		setup.Rules = append(setup.Rules, drawRule(t, fmt.Sprint("r", i), count))
	}
	return setup
}

func drawRule(t *rapid.T, key string, positions int) model.CreditingRule {
	r := rule(key, ofType(rapid.SampledFrom([]string{"REVENUE", "POINTS"}).Draw(t, "type")))
	r.Priority = rapid.IntRange(0, 2).Draw(t, "priority")
	r.DateRule = rapid.SampledFrom([]model.DateRule{model.DateEvent, model.DateEvent, model.DateBooked, model.DatePaid}).Draw(t, "date rule")
	conditions := []string{"", "", "amount > 0", "quantity > 2", `kind == "INVOICE"`, `attr("big") == "1"`}
	r.Condition = rapid.SampledFrom(conditions).Draw(t, "condition")
	r.Days = drawSpan(t)
	r.TransactionKinds = rapid.SampledFrom([][]string{nil, nil, {"BOOKING"}, {"INVOICE", "BOOKING"}, {"RETURN"}}).Draw(t, "kinds")
	switch rapid.IntRange(0, 3).Draw(t, "credit kind") {
	case 0:
		toManagers(rapid.IntRange(0, 3).Draw(t, "levels"), rapid.SampledFrom([][]string{nil, {"0.5"}, {"1", "0", "0.25"}}).Draw(t, "level shares")...)(&r)
	case 1:
		toPositions(model.CreditOverlay, fmt.Sprint("P", rapid.IntRange(0, positions-1).Draw(t, "overlay")), "0.5")(&r)
	default:
		r.OverAllocate = rapid.IntRange(0, 3).Draw(t, "over-allocates") == 0
	}
	return r
}

func drawTransaction(t *rapid.T) model.Transaction {
	s := sale()
	s.Kind = rapid.SampledFrom([]string{"BOOKING", "INVOICE"}).Draw(t, "kind")
	s.Amount = decimal.New(rapid.Int64Range(-1e9, 1e9).Draw(t, "cents"), -2)
	drawDay := func(label string) model.Date {
		return day(rapid.SampledFrom(oracleDays).Draw(t, label)).AddDays(-rapid.IntRange(0, 1).Draw(t, "less"))
	}
	s.EventDate = drawDay("event")
	if rapid.Bool().Draw(t, "is booked") {
		s.BookedDate = new(drawDay("booked"))
	}
	if rapid.Bool().Draw(t, "is paid") {
		s.PaidDate = new(drawDay("paid"))
	}
	if rapid.Bool().Draw(t, "has quantity") {
		s.Quantity = decPtr(rapid.SampledFrom([]string{"1", "3"}).Draw(t, "quantity"))
	}
	s.Attributes = attributes("big", rapid.SampledFrom([]string{"0", "1"}).Draw(t, "big"))
	for _, share := range rapid.SampledFrom([][]string{nil, {"1"}, {"1"}, {"0.5", "0.5"}, {"0.3", "0.3", "0.4"}, {"0.3333333333", "0.6666666667"}, {"0.6", "0.6"}}).Draw(t, "shares") {
		payee := rapid.SampledFrom([]string{"p0", "p1", "p2", "p3", "p0", "p1", "p2", "p3", "nobody"}).Draw(t, "payee")
		s.Sellers = append(s.Sellers, model.Seller{Payee: payee, Share: decPtr(share)})
	}
	return s
}
