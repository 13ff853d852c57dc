package calc

import (
	"math/big"
	"slices"

	"spm/model"
)

// refHold is a part of an earning that is watched.
type refHold struct {
	key     refHoldKey
	plan    model.ID
	c       *balanceComponent // nil: brought at go-live
	name    string
	code    string
	direct  bool
	opening bool
	date    model.Date

	whole, atRate, held, forfeited *big.Rat
	clawed, clawedHeld             *big.Rat // of what was taken back what was held
	deferred                       *big.Rat
	met                            bool // the gate has held since
	freed                          bool // released when the payee left
	dropped                        bool // the ledger has not watched it once: it has its later differences alone
}

type refHoldKey struct {
	position, component, origin model.ID
	deal                        DealKey
	credit                      string
	currency                    model.CurrencyCode
}

func newRefHold(key refHoldKey) *refHold {
	return &refHold{
		key: key, direct: true, whole: new(big.Rat), atRate: new(big.Rat), held: new(big.Rat), forfeited: new(big.Rat), clawed: new(big.Rat), clawedHeld: new(big.Rat), deferred: new(big.Rat),
	}
}

// note adds a part of an earning to what is watched.
func (x *balanceReference) note(a *Accrual, c *balanceComponent, line *DealLine, amount *big.Rat) {
	key := refHoldKey{a.Position, a.Component, a.Period, line.Deal, line.Credit, a.Amount.Currency}
	i := slices.IndexFunc(x.holds, func(h *refHold) bool { return h.key == key })
	if i < 0 {
		h := newRefHold(key)
		h.plan, h.c, h.name, h.code, h.direct, h.date = a.Plan, c, a.Key, a.EarningCode, line.Direct, line.Date
		i, x.holds = len(x.holds), append(x.holds, h)
	}
	h := x.holds[i]
	was := new(big.Rat).Set(h.whole)
	h.whole.Add(h.whole, amount)
	h.atRate.Add(h.atRate, ratOf(line.AtRate))
	if h.forfeited.Sign() == 0 {
		return
	}
	x.hit("late fact of what was forfeited")
	share := new(big.Rat) // what was lost stays the share of the whole that it was
	if h.whole.Sign() == was.Sign() {
		share = refMinor(new(big.Rat).Quo(refTimes(h.forfeited, h.whole), was), key.currency)
	}
	change := refLess(share, h.forfeited)
	h.forfeited.Set(share)
	h.held.Sub(h.held, change)
	x.post(h.flow(model.MoveForfeited, model.AccountHeld, model.AccountForfeited, change))
}

func (h *refHold) flow(movement model.Movement, from, to model.LedgerAccount, amount *big.Rat) refFlow {
	return refFlow{movement: movement, from: from, to: to, currency: h.key.currency, amount: amount, plan: h.plan, key: h.name, code: h.code, origin: h.key.origin}
}

// meet ends a deferral: a later payout period of the component is seen to meet the
// gate.
func (x *balanceReference) meet(h *refHold) {
	if h.deferred.Sign() == 0 {
		return
	}
	all := slices.Concat(x.at.Earnings, x.late)
	x.hit("deferred")
	for _, a := range all {
		if a.Position == h.key.position && a.Component == h.key.component && !a.Failed && len(a.Met) > 0 && periodOf(a.Period).Days.From > periodOf(h.key.origin).Days.From {
			x.hit("deferral ended")
			h.deferred, h.met = new(big.Rat), true
			return
		}
	}
}

// left tells whether the payee is TERMINATED on the pay period's last day.
func (x *balanceReference) left() bool { return x.status(x.until-1) == model.PayeeTerminated }

func (x *balanceReference) status(day model.Date) model.PayeeStatus {
	out := model.PayeeActive
	for _, s := range x.s.Statuses {
		if s.From <= day {
			out = s.Status
		}
	}
	return out
}

// leaves are the days in or before the pay period on which the payee has left.
func (x *balanceReference) leaves() (out []model.Date) {
	was := model.PayeeActive
	for _, s := range x.s.Statuses {
		if s.From < x.until && s.Status == model.PayeeTerminated && was != model.PayeeTerminated {
			out = append(out, s.From)
		}
		was = s.Status
	}
	return out
}

// policy is the leaver policy of a plan; that of nothing for what is of none.
func (x *balanceReference) policy(plan model.ID) model.LeaverPolicy {
	if p := x.planOf(plan); p != nil {
		return p.on(x.until - 1).Rules.LeaverGiven()
	}
	return (&model.PlanRules{}).LeaverGiven()
}

// lastPay tells whether the pay period is that of a leaver's last pay by a policy, or
// after it.
func (x *balanceReference) lastPay(policy model.LeaverPolicy) bool {
	if !x.left() {
		return false
	}
	days := x.leaves()
	left, after := days[len(days)-1], 0
	for _, p := range balancePeriodByID {
		if p.Type == x.s.Pay && p.Days.To > left && p.Days.From < x.at.Period.Days.From {
			after++
		}
	}
	x.hitIf(after > 0 && after == policy.LastPayAfter, "last pay later")
	return after >= policy.LastPayAfter
}

// lastPayOf is lastPay of what is of no plan: by all of them.
func (x *balanceReference) lastPayOf(policies []*balanceVersion) bool {
	return x.left() && !slices.ContainsFunc(policies, func(v *balanceVersion) bool { return !x.lastPay(v.Rules.LeaverGiven()) })
}

// fate is what becomes of what is held as the payee leaves: of what was brought at
// go-live it is released where a plan releases, and lost where all forfeit.
func (x *balanceReference) fate(h *refHold) model.LeaverHolds {
	if policy := x.policy(h.plan); !h.plan.IsZero() {
		if !x.lastPay(policy) {
			return model.HoldsContinue
		}
		return policy.Holds
	}
	released, lost := false, true
	policies := x.policies()
	if !x.lastPayOf(policies) {
		return model.HoldsContinue
	}
	for _, v := range policies {
		holds := v.Rules.LeaverGiven().Holds
		released, lost = released || holds == model.HoldsRelease, lost && holds == model.HoldsForfeit
	}
	switch {
	case released:
		return model.HoldsRelease
	case lost && len(policies) > 0:
		return model.HoldsForfeit
	}
	return model.HoldsContinue
}

// should is what of a part is held by the pay period's end: what its schedule has
// not released, less what was lost or taken back of what was held, and no more than
// is left of it; of what was released as the payee left nothing.
func (x *balanceReference) should(h *refHold) *big.Rat {
	share := refTimes(x.share(h), refLess(big.NewRat(1, 1), h.deferred))
	due := refMinor(refTimes(share, h.whole), h.key.currency)
	should := refLess(refLess(refLess(h.whole, due), h.clawedHeld), h.forfeited)
	if left := refLess(refLess(h.whole, h.clawed), h.forfeited); h.whole.Sign() > 0 && left.Cmp(should) < 0 {
		x.hit("clawed already, not held")
		should = left
	}
	if should.Sign() != h.whole.Sign() || h.freed {
		return new(big.Rat)
	}
	return should
}

// stand brings a part to what of it should be held, and to what becomes of that as
// the payee leaves.
func (x *balanceReference) stand(h *refHold) {
	should := x.should(h)
	fate := model.HoldsContinue
	if x.left() {
		fate = x.fate(h)
	}
	if x.hitIf(fate == model.HoldsRelease && (should.Sign() != 0 || h.held.Sign() != 0), "leaver's hold RELEASE") {
		h.freed = true
	}
	if h.freed {
		should = new(big.Rat)
	}
	x.hold(h, should)
	if x.hitIf(fate == model.HoldsForfeit && should.Sign() != 0, "leaver's hold FORFEIT") {
		h.forfeited.Add(h.forfeited, should)
		h.held.SetInt64(0)
		x.post(h.flow(model.MoveForfeited, model.AccountHeld, model.AccountForfeited, should))
	}
	x.hitIf(fate == model.HoldsContinue && x.left() && should.Sign() != 0, "leaver's hold CONTINUE")
}

// hold posts what brings a part to what should be held: HOLD where that grows in
// the direction of what was earned, RELEASE the other way.
func (x *balanceReference) hold(h *refHold, should *big.Rat) {
	change := refLess(should, h.held)
	h.held.Set(should)
	if direction := h.whole.Sign(); change.Sign() == direction || direction == 0 && change.Sign() > 0 {
		x.hitIf(direction < 0, "negative part held")
		x.post(h.flow(model.MoveHold, model.AccountPayable, model.AccountHeld, change))
		return
	}
	x.post(h.flow(model.MoveRelease, model.AccountHeld, model.AccountPayable, change.Neg(change)))
	x.hit("released")
}

// share is how much of a part its schedule has released by the pay period's end.
func (x *balanceReference) share(h *refHold) *big.Rat {
	one := big.NewRat(1, 1)
	if h.opening {
		if h.date < x.until {
			return one
		}
		return new(big.Rat)
	}
	if len(h.c.Release) == 0 {
		return one
	}
	total := new(big.Rat)
	for i := range h.c.Release {
		part := &h.c.Release[i]
		total.Add(total, refTimes(ratOf(part.Share), x.fraction(h, part)))
	}
	return ratLeast(total, one)
}

func (x *balanceReference) fraction(h *refHold, part *model.ReleasePart) *big.Rat {
	come := false
	switch part.Trigger {
	case model.ReleaseDate:
		come = *part.Date < x.until
	case model.ReleaseOffset:
		day := h.date
		if x.hitIf(part.From == model.FromPeriod, "OFFSET from PERIOD") {
			day = periodOf(h.key.origin).Days.Last()
		}
		come = day.AddMonths(part.Months).AddDays(part.Days) < x.until
	case model.ReleaseCash:
		paid := x.paid(h)
		come = paid.Cmp(big.NewRat(1, 1)) >= 0
		if part.Cash == model.CashProportion && !come {
			x.hitIf(paid.Sign() > 0, "CASH in proportion")
			return paid
		}
	case model.ReleaseCondition:
		deal := x.at.Deals[h.key.deal]
		come = deal != nil && deal.Sale.OrderID == "live"
	default:
		for _, r := range x.at.Released {
			if r.Position == h.key.position && r.Component == h.key.component && r.Period == h.key.origin && r.Date < x.until && (r.Part == "" || r.Part == part.Name) &&
				(r.Deal == DealKey{} || r.Deal == h.key.deal) {
				come = true
				x.hitIf(r.Part != "", "PERSON of a part")
				x.hitIf(r.Deal != DealKey{}, "PERSON of a deal")
			}
		}
	}
	if come {
		x.hit("come " + string(part.Trigger))
		return big.NewRat(1, 1)
	}
	x.hit("waits for " + string(part.Trigger))
	return new(big.Rat)
}

// paid is how much of a sale, less what came back of it, was paid by the pay
// period's end, at most 1; of no deal, or one that came back wholly, all is.
func (x *balanceReference) paid(h *refHold) *big.Rat {
	one := big.NewRat(1, 1)
	if h.key.deal == (DealKey{}) {
		return one
	}
	deal := x.at.Deals[h.key.deal]
	if deal == nil {
		x.hit("deal not in force")
		return new(big.Rat)
	}
	paid, net := new(big.Rat), ratOf(deal.Amount)
	for _, e := range deal.Paid {
		if e.Date < x.until {
			paid.Add(paid, ratOf(e.Amount))
			x.hitIf(e.Amount.IsNegative(), "bounced payment")
		}
	}
	for _, e := range deal.Returned {
		if e.Date < x.until {
			net.Sub(net, ratOf(e.Amount))
		}
	}
	if x.hitIf(net.Sign() <= 0, "came back wholly") {
		return one
	}
	return ratLeast(refDivide(ratMost(paid, new(big.Rat)), net), one)
}

// clawBack takes back, or gives back, what brings a part to what its rules take of
// it by the pay period's end: of what is held first; what is given back, what was
// taken of pay first.
func (x *balanceReference) clawBack(h *refHold) {
	if h.c == nil || len(h.c.Clawbacks) == 0 {
		return
	}
	target := x.clawed(h)
	change := refLess(target, h.clawed)
	h.clawed.Set(target)
	claw := func(account model.LedgerAccount, amount *big.Rat) {
		x.post(h.flow(model.MoveClawback, account, model.AccountClawback, amount))
	}
	switch change.Sign() {
	case 1:
		held := new(big.Rat).Set(ratLeast(change, ratMost(h.held, new(big.Rat))))
		h.held.Sub(h.held, held)
		h.clawedHeld.Add(h.clawedHeld, held)
		x.hitIf(held.Sign() > 0, "clawed of what is held")
		x.hitIf(held.Cmp(change) < 0, "clawed of pay")
		claw(model.AccountHeld, held)
		claw(model.AccountPayable, refLess(change, held))
	case -1:
		x.hit("given back")
		back := change.Neg(change)
		ofPay := ratLeast(back, refLess(refPlus(target, back), h.clawedHeld))
		ofHeld := refLess(back, ofPay)
		h.clawedHeld.Sub(h.clawedHeld, ofHeld)
		again := ratLeast(ofHeld, ratMost(refLess(x.should(h), h.held), new(big.Rat))) // some of it is held again
		h.held.Add(h.held, again)
		claw(model.AccountHeld, new(big.Rat).Neg(again))
		claw(model.AccountPayable, refLess(again, back))
		x.stand(h)
	}
}

// clawed is what the rules together take of a part by the pay period's end, each of
// what those before it leave.
func (x *balanceReference) clawed(h *refHold) *big.Rat {
	if h.whole.Sign() <= 0 {
		return new(big.Rat)
	}
	left, taken := big.NewRat(1, 1), new(big.Rat)
	rules := 0
	for i := range h.c.Clawbacks {
		rule := &h.c.Clawbacks[i]
		if x.hitIf(rule.OnlyDirect && !h.direct, "not DIRECT, not clawed") {
			continue
		}
		fraction := x.clawedFraction(rule, h)
		if fraction.Sign() <= 0 {
			continue
		}
		rules++
		x.hit("clawback "+string(rule.Cause), "clawback "+string(rule.MethodGiven()), "clawback "+string(rule.BasisGiven()))
		basis := h.whole
		if rule.BasisGiven() == model.ClawAtRate {
			basis = ratLeast(h.atRate, h.whole)
		}
		taken.Add(taken, refTimes(refTimes(basis, left), fraction))
		left.Mul(left, refLess(big.NewRat(1, 1), fraction))
	}
	x.hitIf(rules > 1, "clawbacks one after the other")
	return ratLeast(refMinor(ratMost(taken, new(big.Rat)), h.key.currency), refLess(h.whole, h.forfeited))
}

// clawedFraction is how much of its basis a rule takes back, at most 1.
func (x *balanceReference) clawedFraction(rule *model.Clawback, h *refHold) *big.Rat {
	one, total := big.NewRat(1, 1), new(big.Rat)
	switch rule.Cause {
	case model.ClawReturn:
		deal := x.at.Deals[h.key.deal]
		if deal == nil {
			return total
		}
		for _, e := range deal.Returned {
			if e.Date < x.until && !x.hitIf(e.Date >= h.date.AddMonths(rule.Months), "returned too late") {
				part := ratLeast(refDivide(ratOf(e.Amount), ratOf(deal.Amount)), one)
				total.Add(total, refTimes(part, x.unearned(rule, h.date, e.Date)))
			}
		}
		return ratLeast(total, one)
	case model.ClawNonPayment:
		if deadline := h.date.AddDays(rule.Days); h.key.deal != (DealKey{}) && deadline < x.until {
			return refTimes(refLess(one, x.paid(h)), x.unearned(rule, h.date, deadline))
		}
	default:
		for _, day := range x.leaves() {
			if day >= h.date && day < h.date.AddMonths(rule.Months) {
				return x.unearned(rule, h.date, day)
			}
		}
	}
	return total
}

// unearned is the share that a method takes of what happens on a day.
func (x *balanceReference) unearned(rule *model.Clawback, event, day model.Date) *big.Rat {
	switch rule.MethodGiven() {
	case model.ClawPercent:
		return ratOf(*rule.Share)
	case model.ClawUnearned:
		months := 0
		for event.AddMonths(months+1) <= day {
			months++
		}
		if x.hitIf(rule.EventMonth, "its month is earned") {
			months++
		}
		return refDivide(big.NewRat(int64(max(rule.Months-months, 0)), 1), big.NewRat(int64(rule.Months), 1))
	}
	return big.NewRat(1, 1)
}
