package calc

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"spm/model"
)

// spare is what pay exceeds a minimum by that may be taken of it: no more than what
// counts toward draws, nor than there is.
func (x *balanceReference) spare(currency model.CurrencyCode, least *big.Rat) *big.Rat {
	there := refLess(sumAt(x.accounts, refAccount{model.AccountPayable, currency}), sumAt(x.withheld, currency))
	counting := sumAt(x.counting, currency)
	x.hitIf(there.Cmp(counting) < 0 && counting.Cmp(least) > 0, "less pay than counts")
	return refLess(ratLeast(counting, there), least)
}

// refStanding is a draw that stands in the pay period.
type refStanding struct {
	plan   *balancePlan
	draw   *model.Draw
	amount *big.Rat
	debt   *refDraw
	owed   bool
}

// draw advances what pay misses of draws, and pays advances back.
func (x *balanceReference) draw() {
	for _, v := range x.policies() {
		if x.hitIf(v.Rules.OfStatus(x.status(x.until-1)).Suspends, "suspended") {
			return
		}
	}
	currency := x.s.currency(x.until - 1)
	least := new(big.Rat)
	stands := x.standing(currency)
	for i := range stands {
		s := &stands[i]
		s.debt = x.drawOf(s.plan.id(), s.draw.Key, currency)
		s.owed = s.debt.owed.Sign() > 0
		x.hit("draw " + string(s.draw.MethodGiven()))
		if s.draw.MethodGiven() == model.DrawUpFront {
			x.advance(s.debt, s.amount, model.AccountPaid)
			x.recover(s.debt, ratLeast(x.spare(currency, new(big.Rat)), s.amount))
			continue
		}
		least = ratMost(least, s.amount)
		if missing := refLess(s.amount, sumAt(x.counting, currency)); x.hitIf(missing.Sign() > 0, "advanced") {
			x.advance(s.debt, missing, model.AccountPayable)
		}
	}
	x.hitIf(len(stands) > 1, "two draws")
	for i := range stands {
		if s := &stands[i]; s.owed {
			x.repay(s.debt, s.draw, least)
		}
	}
	for _, d := range slices.Clone(x.draws) {
		stands := slices.ContainsFunc(stands, func(s refStanding) bool { return s.debt == d })
		draw := x.drawThat(d)
		if !stands && d.owed.Sign() > 0 && (draw == nil || draw.AtEndGiven() == model.DrawRecover || !x.ended(d, draw)) {
			x.hit("recovered after its end")
			nothing := new(big.Rat)
			if d.currency == currency {
				nothing = least
			}
			x.repay(d, draw, nothing)
		}
		x.end(d, draw)
	}
	x.forget()
}

// forget drops balances that are paid back: another advance begins a new one.
func (x *balanceReference) forget() {
	x.draws = slices.DeleteFunc(x.draws, func(d *refDraw) bool { return d.owed.Sign() == 0 })
}

// standing gives the draws that stand on days of the pay period, with their amounts.
func (x *balanceReference) standing(currency model.CurrencyCode) (out []refStanding) {
	days := x.at.Period.Days
	for _, p := range x.s.Plans {
		var keys []string
		for _, v := range p.Versions {
			for i := range v.Draws {
				if !slices.Contains(keys, v.Draws[i].Key) {
					keys = append(keys, v.Draws[i].Key)
				}
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			m := x.minimum(p, days, currency, func(v *balanceVersion) *promise {
				d := drawIn(v, key)
				if d == nil {
					return nil
				}
				out := &promise{formula: d.Formula, whole: d.Whole, days: d.Days()}
				if d.Amount != nil {
					out.amount = ratOf(*d.Amount)
				}
				return out
			})
			x.fault = x.fault || m.failed
			if !m.some || m.failed {
				continue
			}
			out = append(out, refStanding{plan: p, draw: drawIn(p.on(m.last), key), amount: m.amount})
		}
	}
	slices.SortStableFunc(out, func(a, b refStanding) int {
		return cmp.Or(strings.Compare(a.plan.Key, b.plan.Key), strings.Compare(a.draw.Key, b.draw.Key))
	})
	return out
}

func drawIn(v *balanceVersion, key string) *model.Draw {
	for i := range v.Draws {
		if v.Draws[i].Key == key {
			return &v.Draws[i]
		}
	}
	return nil
}

// drawThat is the draw that a balance is of, as the newest version by the pay
// period's end says that has it.
func (x *balanceReference) drawThat(d *refDraw) (out *model.Draw) {
	for _, v := range x.planOf(d.plan).Versions {
		if found := drawIn(v, d.key); found != nil && v.Days.From < x.until {
			out = found
		}
	}
	return out
}

func (x *balanceReference) advance(d *refDraw, amount *big.Rat, to model.LedgerAccount) {
	d.owed.Add(d.owed, amount)
	x.post(refFlow{movement: model.MoveDraw, from: model.AccountDraw, to: to, currency: d.currency, amount: amount, plan: d.plan, key: d.key})
}

func (x *balanceReference) recover(d *refDraw, amount *big.Rat) {
	if amount.Sign() <= 0 {
		return
	}
	amount = new(big.Rat).Set(amount)
	d.owed.Sub(d.owed, amount)
	x.post(refFlow{movement: model.MoveRecovery, from: model.AccountPayable, to: model.AccountDraw, currency: d.currency, amount: amount, plan: d.plan, key: d.key})
}

// repay pays a balance back from what pay exceeds the least by.
func (x *balanceReference) repay(d *refDraw, draw *model.Draw, least *big.Rat) {
	share, after := big.NewRat(1, 1), 0
	if draw != nil {
		after = draw.RecoverAfter
		if x.hitIf(draw.RecoverShare != nil, "recoverShare") {
			share = ratOf(*draw.RecoverShare)
		}
	}
	if x.hitIf(d.age <= after, "recoverAfter") {
		return
	}
	part := refTimes(x.spare(d.currency, least), share)
	scale := 2
	if d.currency == "JPY" {
		scale = 0
	}
	if part = ratRound(part, scale, model.RoundDn); part.Sign() > 0 {
		x.hit("paid back")
		x.recover(d, ratLeast(d.owed, part))
	}
}

// end deals with the balance of a draw that has ended, by its own last day or because
// no assignment, nor version, has it on the day after the pay period.
func (x *balanceReference) end(d *refDraw, draw *model.Draw) {
	if draw == nil || d.owed.Sign() == 0 || draw.AtEndGiven() == model.DrawRecover || !x.ended(d, draw) {
		return
	}
	x.hitIf(draw.Days().To > x.until, "draw ended with its assignment")
	x.hit("draw's end " + string(draw.AtEndGiven()))
	owed := new(big.Rat).Set(d.owed)
	x.recover(d, owed)
	f := refFlow{movement: model.MoveWrittenOff, from: model.AccountWrittenOff, to: model.AccountPayable, currency: d.currency, amount: owed, plan: d.plan, key: d.key}
	if draw.AtEndGiven() == model.DrawCollect {
		missing := new(big.Rat).Neg(sumAt(x.accounts, refAccount{model.AccountPayable, d.currency}))
		f.movement, f.from, f.amount = model.MoveCollected, model.AccountCollected, ratMost(ratLeast(owed, missing), new(big.Rat))
	}
	x.post(f)
}

// ended tells whether a draw has ended by the pay period's end.
func (x *balanceReference) ended(d *refDraw, draw *model.Draw) bool {
	return draw.Days().To <= x.until || !x.stands(d, x.until) && x.stood(d)
}

// stands tells whether an assignment has the draw on a day.
func (x *balanceReference) stands(d *refDraw, day model.Date) bool {
	return slices.ContainsFunc(x.positions(), func(position string) bool {
		v := x.pays(x.planOf(d.plan), position, day)
		if v == nil {
			return false
		}
		draw := drawIn(v, d.key)
		return draw != nil && draw.Days().Contains(day)
	})
}

// stood tells whether one has had it by the pay period's end.
func (x *balanceReference) stood(d *refDraw) bool {
	for day := x.until - 1; day >= x.s.Steps[0].Period.Days.From.AddDays(-400); day-- {
		if x.stands(d, day) {
			return true
		}
	}
	return false
}

// settle ends the pay period: a leaver's draws, and pay below zero.
func (x *balanceReference) settle() {
	for _, d := range x.draws {
		if x.lastPay(x.policy(d.plan)) && d.owed.Sign() > 0 && x.policy(d.plan).Draw != model.DebtCarry {
			x.hit("leaver's draw " + string(x.policy(d.plan).Draw))
			x.recover(d, d.owed)
		}
	}
	x.forget()
	x.carried = map[model.CurrencyCode]*big.Rat{}
	withheld := map[model.CurrencyCode]*big.Rat{}
	stopped := x.stopped()
	policies := x.policies()
	for _, currency := range []model.CurrencyCode{"USD", "EUR", "JPY"} {
		payable := sumAt(x.accounts, refAccount{model.AccountPayable, currency})
		if payable.Sign() < 0 {
			x.debit(currency, new(big.Rat).Neg(payable), policies)
		} else if x.hitIf(stopped && payable.Sign() > 0, "withheld") {
			withheld[currency] = new(big.Rat).Set(payable)
		}
	}
	x.withheld = withheld
}

// stopped tells whether there is a problem, so that nothing is paid.
func (x *balanceReference) stopped() bool {
	failed := func(a Accrual) bool { return a.Failed }
	return x.fault || slices.ContainsFunc(x.at.Earnings, failed) || slices.ContainsFunc(x.at.Late, func(p latePeriod) bool { return slices.ContainsFunc(p.Now, failed) })
}

// debit says what becomes of pay below zero.
func (x *balanceReference) debit(currency model.CurrencyCode, owed *big.Rat, policies []*balanceVersion) {
	fates := map[model.LeaverDebt]int{}
	collected := 0
	for _, v := range policies {
		fates[v.Rules.LeaverGiven().Debit]++
		if v.Rules.NegativePay == model.NegativeCollected {
			collected++
		}
	}
	f := refFlow{movement: model.MoveCarried, from: model.AccountCarried, to: model.AccountPayable, currency: currency, amount: owed}
	switch {
	case x.lastPayOf(policies) && len(policies) > 0 && fates[model.DebtWriteOff] == len(policies):
		x.hit("leaver's debit WRITE_OFF")
		x.post(f)
		f.movement, f.from, f.to = model.MoveWrittenOff, model.AccountWrittenOff, model.AccountCarried
	case x.lastPayOf(policies) && fates[model.DebtCollect] > 0:
		x.hit("leaver's debit COLLECT")
		x.post(f)
		f.movement, f.from, f.to = model.MoveCollected, model.AccountCollected, model.AccountCarried
	case len(policies) > 0 && collected == len(policies):
		x.hit("negative pay collected")
		f.movement, f.from = model.MoveCollected, model.AccountCollected
	default:
		x.hit("negative pay carried")
		x.carried[currency] = new(big.Rat).Set(owed)
	}
	x.post(f)
}
