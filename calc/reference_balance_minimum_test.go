package calc

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"spm/model"
)

// refDraw is a balance of a draw.
type refDraw struct {
	plan     model.ID
	key      string
	currency model.CurrencyCode
	owed     *big.Rat
	age      int // pay periods since its first advance
}

// drawOf gives the balance of a draw, begun where there is none.
func (x *balanceReference) drawOf(plan model.ID, key string, currency model.CurrencyCode) *refDraw {
	for _, d := range x.draws {
		if d.plan == plan && d.key == key && d.currency == currency {
			return d
		}
	}
	d := &refDraw{plan: plan, key: key, currency: currency, owed: new(big.Rat)}
	x.draws = append(x.draws, d)
	slices.SortFunc(x.draws, func(a, b *refDraw) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), strings.Compare(x.planOf(a.plan).Key, x.planOf(b.plan).Key), strings.Compare(a.key, b.key))
	})
	return d
}

// pays gives the version by which a plan pays the payee in a position on a day.
func (x *balanceReference) pays(p *balancePlan, position string, day model.Date) *balanceVersion {
	seated := slices.ContainsFunc(x.s.Seats, func(s sceneSeat) bool { return s.Position == position && s.From <= day && day < s.To })
	if !seated || p.Given.Position != "" && p.Given.Position != position || !span(p.Given.From, p.Given.To).Contains(day) {
		return nil
	}
	return p.on(day)
}

func (x *balanceReference) positions() (out []string) {
	for _, s := range x.s.Seats {
		if !slices.Contains(out, s.Position) {
			out = append(out, s.Position)
		}
	}
	slices.Sort(out)
	return out
}

// versions are those of a plan that pay the payee on any of the days, the last first.
func (x *balanceReference) versions(p *balancePlan, from, to model.Date) (out []*balanceVersion) {
	from = max(from, x.s.Steps[0].Period.Days.From.AddDays(-400)) // nothing begins earlier
	for day := to - 1; day >= from; day-- {
		for _, position := range x.positions() {
			if v := x.pays(p, position, day); v != nil && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// policies are the versions that pay the payee last in the pay period or, where none
// does, before.
func (x *balanceReference) policies() (out []*balanceVersion) {
	for _, from := range []model.Date{x.at.Period.Days.From, model.MinDate} {
		for _, p := range x.s.Plans {
			if all := x.versions(p, from, x.until); len(all) > 0 {
				out = append(out, all[0])
			}
		}
		if len(out) > 0 {
			return out
		}
		x.hit("no plan in the period")
	}
	return out
}

// refMinimum is the amount of a guarantee or draw in a period.
type refMinimum struct {
	amount *big.Rat // in minor units
	last   model.Date
	some   bool // a position has one
	failed bool
	stood  int
}

// promise is a guarantee or draw of a version: its amount as given or by a formula.
type promise struct {
	amount  *big.Rat
	formula string
	whole   bool
	days    model.Interval
}

// minimum works out what versions promise for a period, over the positions that
// were held, each by its days; in a currency. find gives what a version promises.
func (x *balanceReference) minimum(p *balancePlan, days model.Interval, currency model.CurrencyCode, find func(*balanceVersion) *promise) refMinimum {
	out := refMinimum{amount: new(big.Rat), last: model.MinDate}
	for _, position := range x.positions() {
		held, counts, stands := 0, model.MinDate, false
		var last *promise
		for day := days.From; day < days.To; day++ {
			v := x.pays(p, position, day)
			if v == nil {
				continue
			}
			given := find(v)
			if given == nil || !given.days.Contains(day) {
				continue
			}
			rule := v.Rules.OfStatus(x.status(day))
			if !rule.Prorates {
				held++
			}
			if !rule.Prorates || rule.Accrues {
				counts, last = day, given
			}
			stands = true
		}
		if !stands {
			continue
		}
		if x.hitIf(counts == model.MinDate, "promised, but no day counts") {
			continue
		}
		out.last = max(out.last, counts)
		amount, failed := last.of(held, days.Days())
		if x.hitIf(failed, "promise that fails") {
			out.failed = true
			continue
		}
		if paid := x.s.currency(counts); paid != currency {
			x.hit("promised in another currency")
			continue
		}
		out.some = true
		out.stood++
		x.hitIf(held < days.Days() && held > 0 && last.formula == "" && !last.whole, "prorated promise")
		x.hitIf(last.whole, "promise not prorated")
		x.hitIf(last.formula != "", "promise by a formula")
		x.hitIf(amount.Sign() < 0, "promise below zero")
		out.amount.Add(out.amount, refMinor(tenDecimals(refTimes(tenDecimals(ratMost(amount, new(big.Rat))), refRates[currency])), currency))
	}
	x.hitIf(out.stood > 1, "promise of two positions")
	return out
}

var refRates = map[model.CurrencyCode]*big.Rat{"USD": big.NewRat(1, 1), "EUR": big.NewRat(9, 10), "JPY": fraction("150.25")}

// of is the amount for so many days held of a window.
func (g *promise) of(held, window int) (amount *big.Rat, failed bool) {
	h, w := big.NewRat(int64(held), 1), big.NewRat(int64(window), 1)
	switch g.formula {
	case "":
		if g.whole {
			return g.amount, false
		}
		return refDivide(refTimes(g.amount, h), w), false
	case "daysHeld * 3.21":
		return refTimes(h, fraction("3.21")), false
	case "daysHeld * 1.1":
		return refTimes(h, fraction("1.1")), false
	case "25 - daysHeld":
		return refLess(big.NewRat(25, 1), h), false
	case "daysHeld * daysHeld / 7":
		return refDivide(refTimes(h, h), big.NewRat(7, 1)), false
	case "1000 / (daysInWindow - 28)":
		return refOver(1000, window-28)
	case "2000 / (daysInWindow - 31)":
		return refOver(2000, window-31)
	}
	return fraction(g.formula), false
}

func refOver(n, days int) (amount *big.Rat, failed bool) {
	if days == 0 {
		return nil, true
	}
	return refDivide(big.NewRat(int64(n), 1), big.NewRat(int64(days), 1)), false
}

// guarantee tops up what the counted earnings of a guarantee's period miss of it, in
// the pay period in which its period ends.
func (x *balanceReference) guarantee() {
	for i := range balancePeriods {
		q := &balancePeriods[i]
		if !x.at.Period.Days.Contains(q.Days.Last()) {
			continue
		}
		for _, p := range x.s.Plans {
			seen := map[string]bool{}
			for _, v := range x.versions(p, q.Days.From, q.Days.To) {
				for j := range v.Guarantees {
					if g := &v.Guarantees[j]; g.Per == q.Type && !seen[g.Key] {
						seen[g.Key] = true
						x.guaranteeOf(p, g, q)
					}
				}
			}
		}
	}
}

func (x *balanceReference) guaranteeOf(p *balancePlan, g *model.Guarantee, q *model.Period) {
	currency := x.s.currency(x.until - 1)
	given := func(besides bool) func(*balanceVersion) *promise {
		return func(v *balanceVersion) *promise {
			for i := range v.Guarantees {
				own := &v.Guarantees[i]
				if own.Key != g.Key || own.Per != g.Per || besides && own.Besides == "" {
					continue
				}
				out := &promise{formula: own.Formula, whole: own.Whole, days: model.Always}
				if own.Amount != nil {
					out.amount = ratOf(*own.Amount)
				}
				if besides {
					out = &promise{formula: own.Besides, days: model.Always}
				}
				return out
			}
			return nil
		}
	}
	least, besides := x.minimum(p, q.Days, currency, given(false)), x.minimum(p, q.Days, currency, given(true))
	if least.failed || besides.failed {
		x.fault = true
		return
	}
	if !least.some {
		return
	}
	counted := x.counted(p, g, q, currency)
	x.hit("guarantee of " + string(q.Type) + " in " + string(x.s.Pay))
	x.hitIf(len(g.Counts) > 0, "guarantee that counts some")
	x.hitIf(besides.amount.Sign() > 0, "guarantee besides")
	missing := refLess(refLess(least.amount, counted), besides.amount)
	if x.hitIf(missing.Sign() > 0, "topped up") {
		x.post(refFlow{movement: model.MoveGuarantee, from: model.AccountGuarantee, to: model.AccountPayable, currency: currency, amount: missing, plan: p.id(), key: g.Key, origin: q.ID})
	}
}

// counted is what counts toward a guarantee: of its period what the pay periods that
// end in it, since the plan pays, have made payable; of a shorter one than the pay
// period its own earnings.
func (x *balanceReference) counted(p *balancePlan, g *model.Guarantee, q *model.Period, currency model.CurrencyCode) *big.Rat {
	total, own := new(big.Rat), g
	shorter := x.s.Pay.LongerThan(q.Type)
	for n, flows := range x.flows {
		pay := x.s.Steps[n].Period.Days
		g = own
		if n != x.n && (shorter || x.s.currency(pay.Last()) != currency) || !shorter && !q.Days.Contains(pay.Last()) {
			continue
		}
		if !shorter {
			if g = x.guaranteeBy(p, own, q, min(pay.To, q.Days.To)); x.hitIf(g == nil, "guarantee begun later") {
				continue
			}
		}
		for i := range flows {
			f := &flows[i]
			if f.currency != currency || f.code == notCounting || !x.counts(p, g, f, shorter) {
				continue
			}
			if shorter && !lieIn(periodOf(f.origin).Days, q.Days) {
				continue
			}
			if f.to == model.AccountPayable {
				total.Add(total, f.amount)
			} else if f.from == model.AccountPayable {
				total.Sub(total, f.amount)
			}
		}
	}
	return total
}

// guaranteeBy is a guarantee as the last version by a day says that pays in its
// period and has it, nil where none has yet.
func (x *balanceReference) guaranteeBy(p *balancePlan, of *model.Guarantee, q *model.Period, to model.Date) *model.Guarantee {
	for _, v := range x.versions(p, q.Days.From, to) {
		for i := range v.Guarantees {
			if g := &v.Guarantees[i]; g.Key == of.Key && g.Per == of.Per {
				return g
			}
		}
	}
	return nil
}

func lieIn(a, b model.Interval) bool { return a.From >= b.From && a.To <= b.To }

// counts tells whether a posting is of the kinds, and components, that count.
func (x *balanceReference) counts(p *balancePlan, g *model.Guarantee, f *refFlow, shorter bool) bool {
	switch f.movement {
	case model.MoveEarned, model.MoveHold:
		if shorter && f.origin.IsZero() {
			return false
		}
	case model.MoveRelease, model.MovePrior:
		if shorter {
			return false
		}
	case model.MoveOpening:
		return f.from == model.AccountPayable && !shorter && len(g.Counts) == 0
	case model.MoveAdjustment:
		return !shorter && len(g.Counts) == 0
	default:
		return false
	}
	return len(g.Counts) == 0 || f.plan == p.id() && slices.Contains(g.Counts, f.key)
}
