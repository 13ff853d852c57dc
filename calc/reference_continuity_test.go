package calc

import (
	"cmp"
	"math/big"
	"slices"

	"spm/model"
)

// position is the one at hand: the first seat's, or that of the one before it.
func (x *reference) position() string {
	if x.seat > 0 {
		return x.s.Seats[x.seat].Position
	}
	return "north"
}

// payee is who holds it.
func (x *reference) payee() string {
	if x.seat > 0 {
		return x.s.Seats[x.seat].Payee
	}
	return "ana"
}

// bring adds to a window what was reached in the seat before, by the payee in
// another position or by who held this one.
func (x *reference) bring(w *refSpan) {
	w.begun, w.own = new(big.Rat), w.quota
	rule := x.s.Rules.Continuity
	if rule == "" || x.seat > 0 || len(x.s.Seats) < 2 {
		return
	}
	taken := w.from
	for taken < min(w.to, w.until) && !x.on(taken).seated {
		taken++
	}
	y := *x
	y.seat, y.depth = 1, x.depth+1
	seated := func(d refDay) bool { return d.seated }
	switch {
	case taken == min(w.to, w.until):
		return
	case y.on(taken).seated:
		x.hit("two seats at once")
		return
	case y.days(w.from, taken, seated) == 0:
		return
	}
	v := y.span([2]model.Date{w.from, w.to}, taken)
	x.hit(string(rule))
	w.begun = v.measure
	w.measure = refPlus(w.measure, v.measure)
	switch {
	case x.s.Rules.QuotaProration == model.ProrateNone || w.quota == nil || !y.someBefore(v, taken):
	case v.quota == nil:
		w.quota = nil
	default:
		x.hit("a quota brought along")
		w.quota = refPlus(w.quota, v.quota)
	}
}

// generatedTransfer lets the payee come from another position, or take that of
// somebody else, if what they earn can go on.
func generatedTransfer(r source, s *scene) {
	c := &s.Versions[0].Components[0]
	if oneIn(r, 3) || !transferable(s, c) {
		return
	}
	if s.Rules.QuotaBasis == model.QuotaToDate || s.Rules.Multipliers == model.MultiplySum && len(c.Adjustments) > 1 {
		if oneIn(r, 2) {
			return // what else is had seldom
		}
	}
	s.Rules.Continuity = pick(r, model.ContinuePayee, model.ContinuePosition)
	if len(c.Bonus) > 0 || c.Kind == model.RatePayCurve || c.Kind == model.RateMatrix || c.Mode == model.TierRetroactive {
		s.Rules.BonusProration, s.Rules.TargetProration = model.ProrateDays, model.ProrateDays
	}
	if len(s.Seats) == 0 {
		from := date("2026-01-04").AddDays(r.IntN(24))
		if s.Payout == model.PeriodMonth && c.Window == "" {
			from = refPeriod(s.Period)[0].AddDays(3 + r.IntN(20))
		}
		s.Seats = []sceneSeat{{"ana", "north", from, from.AddDays(40 + r.IntN(60))}}
	}
	taken := s.Seats[0].From
	left := taken.AddDays(pick(r, 0, 0, 0, -r.IntN(12), 1+r.IntN(12), 1+r.IntN(12)))
	follows := s.Rules.Continuity == model.ContinuePosition
	before := sceneSeat{"ana", "south", left.AddDays(-1 - r.IntN(60)), left}
	if follows {
		before.Payee, before.Position = "bob", "north"
	}
	s.Seats = append(s.Seats[:1:1], before)
	there := map[string]bool{}
	for i := range s.Credits {
		sale := &s.Credits[i]
		if id := cmp.Or(sale.Of, sale.ID); there[id] || sale.Of == "" && sale.Date < taken && !oneIn(r, 5) {
			sale.Payee, sale.Position, there[id] = before.Payee, before.Position, true
		}
	}
	for _, q := range slices.Clone(s.Quotas) {
		if q.Position == "north" && !follows && !oneIn(r, 12) {
			q.Position, q.Amount = "south", hundredths(100+r.IntN(1000000))
			s.Quotas = append(s.Quotas, q)
		}
	}
}

// transferable tells whether what a component earns can go on.
func transferable(s *scene, c *sceneComponent) bool {
	aggregated := c.Measure == "v" && s.Measures[1].Aggregation != "" && s.Measures[1].Aggregation != model.AggregateSum
	return s.Rules.RoundStage != model.RoundStatement && len(s.Versions[0].Caps) == 0 && c.Formula == "" && len(c.Goals) == 0 &&
		c.LookedUpBy == "" && !aggregated && (c.Accumulate == "" || c.Accumulate == model.OverWindow)
}
