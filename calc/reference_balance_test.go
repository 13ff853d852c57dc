package calc

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// balanceReference is a second calculator of balances, in big.Rat, that shares no
// arithmetic with the engine. It keeps everything that was ever watched, says of
// each part what of it should be held or taken back by its definition, and of a
// guarantee over several pay periods what all of them have earned.
type balanceReference struct {
	s        *balanceScene
	features map[string]int
	n        int // the step at hand
	at       *balanceStep
	until    model.Date // the day after the pay period's last
	rests    map[model.CurrencyCode]*big.Rat
	carried  map[model.CurrencyCode]*big.Rat
	withheld map[model.CurrencyCode]*big.Rat
	draws    []*refDraw
	holds    []*refHold
	flows    [][]refFlow // of each step
	late     []Accrual   // what later facts change, in the step at hand

	moved    map[refMove]*big.Rat    // of the step at hand
	accounts map[refAccount]*big.Rat // and what the accounts come to
	counting map[model.CurrencyCode]*big.Rat
	fault    bool
}

// refFlow is what a posting moves.
type refFlow struct {
	movement model.Movement
	from, to model.LedgerAccount
	currency model.CurrencyCode
	amount   *big.Rat
	plan     model.ID
	key      string
	code     string
	origin   model.ID
}

type refMove struct {
	movement model.Movement
	key      string
	currency model.CurrencyCode
}

type refAccount struct {
	account  model.LedgerAccount
	currency model.CurrencyCode
}

func newBalanceReference(s *balanceScene, features map[string]int) *balanceReference {
	return &balanceReference{
		s: s, features: features, rests: map[model.CurrencyCode]*big.Rat{}, carried: map[model.CurrencyCode]*big.Rat{}, withheld: map[model.CurrencyCode]*big.Rat{},
	}
}

func (x *balanceReference) hit(features ...string) {
	for _, f := range features {
		x.features[f]++
	}
}

// hitIf counts a feature where something is so, and tells whether it is.
func (x *balanceReference) hitIf(is bool, feature string) bool {
	if is {
		x.hit(feature)
	}
	return is
}

// sumAt gives a sum of a map, begun at 0.
func sumAt[K comparable](sums map[K]*big.Rat, key K) *big.Rat {
	if sums[key] == nil {
		sums[key] = new(big.Rat)
	}
	return sums[key]
}

func ratLeast(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func ratMost(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

// refMinor rounds to a currency's minor units, half away from zero.
func refMinor(r *big.Rat, currency model.CurrencyCode) *big.Rat {
	if currency == "JPY" {
		return ratRound(r, 0, model.HalfUp)
	}
	return ratRound(r, 2, model.HalfUp)
}

// post moves an amount from one account to another.
func (x *balanceReference) post(f refFlow) {
	if f.amount.Sign() == 0 {
		return
	}
	x.flows[x.n] = append(x.flows[x.n], f)
	sum := sumAt(x.moved, refMove{f.movement, f.key, f.currency})
	sum.Add(sum, f.amount)
	from, to := sumAt(x.accounts, refAccount{f.from, f.currency}), sumAt(x.accounts, refAccount{f.to, f.currency})
	from.Sub(from, f.amount)
	to.Add(to, f.amount)
	if x.hitIf(f.code == notCounting, "what counts not") {
		return
	}
	count := sumAt(x.counting, f.currency)
	if f.to == model.AccountPayable {
		count.Add(count, f.amount)
	}
	if f.from == model.AccountPayable {
		count.Sub(count, f.amount)
	}
}

// strike works out the next pay period.
func (x *balanceReference) strike(at *balanceStep) {
	x.at, x.until, x.fault = at, at.Period.Days.To, false
	x.n = len(x.flows)
	x.flows = append(x.flows, nil)
	x.moved, x.accounts, x.counting = map[refMove]*big.Rat{}, map[refAccount]*big.Rat{}, map[model.CurrencyCode]*big.Rat{}
	x.hit("periods of " + string(at.Period.Type))
	x.begin()
	x.open()
	x.earn()
	for _, h := range x.holds {
		x.meet(h)
		x.stand(h)
	}
	for _, a := range at.Adjustments {
		x.hit("adjustment")
		x.post(refFlow{movement: model.MoveAdjustment, from: model.AccountAdjustment, to: model.AccountPayable, currency: a.Amount.Currency, amount: ratOf(a.Amount.Amount), key: a.ReasonCode, code: a.EarningCode})
	}
	for _, h := range x.holds {
		x.clawBack(h)
	}
	x.guarantee()
	x.draw()
	x.settle()
}

// begin takes up what the period before has left.
func (x *balanceReference) begin() {
	for currency, amount := range x.withheld {
		if x.hitIf(amount.Sign() > 0, "withheld pay brought") {
			sum := sumAt(x.accounts, refAccount{model.AccountPayable, currency})
			sum.Add(sum, amount)
		}
	}
	for currency, amount := range x.carried {
		x.post(refFlow{movement: model.MoveCarried, from: model.AccountPayable, to: model.AccountCarried, currency: currency, amount: amount})
		x.hitIf(amount.Sign() > 0, "carried debit taken up")
	}
	for _, d := range x.draws {
		d.age++
	}
}

// open takes up what is brought at go-live.
func (x *balanceReference) open() {
	for _, o := range x.at.Openings {
		f := refFlow{movement: model.MoveOpening, from: model.AccountOpening, to: o.Account, currency: o.Amount.Currency, amount: ratOf(o.Amount.Amount), key: o.Key}
		x.hit("opening " + string(o.Account))
		switch o.Account {
		case model.AccountCarried:
			f.from, f.to = f.to, f.from
			x.post(f)
			f.movement, f.from, f.to = model.MoveCarried, model.AccountPayable, model.AccountCarried
		case model.AccountDraw:
			f.from, f.to = f.to, f.from
			d := x.drawOf(*o.PlanID, o.Key, o.Amount.Currency)
			d.owed.Add(d.owed, f.amount)
			d.age = max(d.age, 1)
		case model.AccountEarned:
			f.from, f.to = model.AccountPayable, model.AccountOpening
		case model.AccountHeld:
			h := newRefHold(refHoldKey{credit: "opening " + o.ExternalID, currency: o.Amount.Currency})
			h.opening, h.name, h.date = true, h.key.credit, model.MaxDate
			if o.ReleaseOn != nil {
				h.date = *o.ReleaseOn
			}
			h.whole.Set(f.amount)
			h.held.Set(f.amount)
			x.holds = append(x.holds, h)
		}
		x.post(f)
	}
}

// earn posts what the payout periods that end in the pay period have earned, and
// what closed ones have come out otherwise.
func (x *balanceReference) earn() {
	earned := slices.Clone(x.at.Earnings)
	x.inOrder(earned)
	for i := range earned {
		x.earnOne(&earned[i], refLines(&earned[i]), model.MoveEarned, model.AccountEarned)
	}
	var late []Accrual
	differs := map[string][]DealLine{}
	for _, p := range x.at.Late {
		for _, a := range p.all() {
			was, now := refBooked(p.Booked, &a), findEarning(p.Now, &a)
			if now != nil && now.Failed {
				x.hit("late failure")
				continue
			}
			if was == nil && now == nil {
				continue
			}
			if now != nil {
				a = *now
			} else {
				a = *was
				a.Deferred, a.Gate, a.Met = decimal.Zero, "", nil
				x.hit("earning gone")
			}
			if was == nil {
				was = &Accrual{}
			}
			lines := refDifference(was, now)
			if len(lines) > 0 || a.Gate != was.Gate || !a.Deferred.Equal(was.Deferred) || len(a.Met) != len(was.Met) {
				differs[refWhose(&a)], late = lines, append(late, a)
			}
		}
	}
	x.late = late
	x.inOrder(late)
	for i := range late {
		a := &late[i]
		lines := differs[refWhose(a)]
		x.hitIf(len(lines) > 0, "late difference")
		x.earnOne(a, lines, model.MovePrior, model.AccountPrior)
	}
}

// all lists what a period earns, or has earned, each position and component once.
func (p *latePeriod) all() (out []Accrual) {
	for _, results := range append([][]Accrual{p.Now}, p.Booked...) {
		for _, a := range results {
			if findEarning(out, &a) == nil {
				out = append(out, a)
			}
		}
	}
	return out
}

func findEarning(all []Accrual, of *Accrual) *Accrual {
	for i := range all {
		if all[i].Position == of.Position && all[i].Component == of.Component {
			return &all[i]
		}
	}
	return nil
}

// refBooked is what was booked of an earning: as the newest result says in which
// it had no problem; nil for nothing.
func refBooked(newestFirst [][]Accrual, of *Accrual) *Accrual {
	for _, results := range newestFirst {
		if a := findEarning(results, of); a == nil || !a.Failed {
			return a
		}
	}
	return nil
}

func refWhose(a *Accrual) string { return fmt.Sprint(a.Position, a.Component, a.Period) }

// refLines are the parts of an earning, by deal: one of no deal where none are
// known.
func refLines(a *Accrual) []DealLine {
	if len(a.Lines) > 0 || a.Amount.Amount.IsZero() {
		return a.Lines
	}
	return []DealLine{{Direct: true, Date: periodOf(a.Period).Days.Last(), Amount: a.Amount.Amount, AtRate: a.Amount.Amount}}
}

// refDifference gives what the parts of an earning are now otherwise.
func refDifference(was, now *Accrual) (out []DealLine) {
	if now != nil {
		out = slices.Clone(refLines(now))
	}
	if was != nil {
		for _, line := range refLines(was) {
			i := slices.IndexFunc(out, func(l DealLine) bool { return l.Deal == line.Deal && l.Credit == line.Credit })
			if i < 0 {
				i, out = len(out), append(out, line)
				out[i].Amount, out[i].AtRate = decimal.Zero, decimal.Zero
			}
			out[i].Amount, out[i].AtRate = out[i].Amount.Sub(line.Amount), out[i].AtRate.Sub(line.AtRate)
		}
	}
	return slices.DeleteFunc(out, func(l DealLine) bool { return l.Amount.IsZero() && l.AtRate.IsZero() })
}

// inOrder orders earnings: by the end of their period, shorter ones first, position,
// plan and component.
func (x *balanceReference) inOrder(all []Accrual) {
	slices.SortFunc(all, func(a, b Accrual) int {
		p, q := periodOf(a.Period).Days, periodOf(b.Period).Days
		return cmp.Or(
			cmp.Compare(p.To, q.To), cmp.Compare(q.From, p.From), strings.Compare(x.seatOf(a.Position), x.seatOf(b.Position)),
			strings.Compare(x.planOf(a.Plan).Key, x.planOf(b.Plan).Key), strings.Compare(a.Key, b.Key),
		)
	})
}

func (x *balanceReference) seatOf(position model.ID) string {
	for _, s := range x.s.Seats {
		if keyed(model.KindPosition, s.Position) == position {
			return s.Position
		}
	}
	return ""
}

func (x *balanceReference) planOf(id model.ID) *balancePlan {
	for _, p := range x.s.Plans {
		if p.id() == id {
			return p
		}
	}
	return nil
}

// componentOf finds the component of an earning, in its version.
func (x *balanceReference) componentOf(a *Accrual) *balanceComponent {
	p := x.planOf(a.Plan)
	for _, v := range p.Versions {
		for i := range v.Components {
			if p.version(v) == a.Version && v.Components[i].Key == a.Key {
				return &v.Components[i]
			}
		}
	}
	return nil
}

// earnOne posts an earning, or what differs of one, and notes its parts where they
// are watched. What is finer than minor units is carried to the next part.
func (x *balanceReference) earnOne(a *Accrual, lines []DealLine, movement model.Movement, from model.LedgerAccount) {
	if x.hitIf(a.Failed, "failed") {
		return
	}
	c := x.componentOf(a)
	watched := c != nil && (len(c.Release) > 0 || len(c.Clawbacks) > 0 || c.Gate != "")
	if !watched { // as a whole
		whole := decimal.Zero
		for _, line := range lines {
			whole = whole.Add(line.Amount)
		}
		lines = []DealLine{{Amount: whole}}
	}
	total := new(big.Rat)
	for _, line := range lines {
		exact := ratOf(line.Amount)
		rest := sumAt(x.rests, a.Amount.Currency)
		posted := refMinor(refPlus(rest, exact), a.Amount.Currency)
		if exact.Sign() == 0 {
			posted = new(big.Rat)
		}
		rest.Sub(rest.Add(rest, exact), posted)
		x.hitIf(rest.Sign() != 0, "finer than minor units")
		total.Add(total, posted)
		if watched && (posted.Sign() != 0 || line.AtRate.Sign() != 0) {
			x.note(a, c, &line, posted)
		}
	}
	x.post(refFlow{movement: movement, from: from, to: model.AccountPayable, currency: a.Amount.Currency, amount: total, plan: a.Plan, key: a.Key, code: a.EarningCode, origin: a.Period})
	var of []*refHold
	met := false // the gate has released some of the earning: it has released all
	for _, h := range x.holds {
		if h.key.position == a.Position && h.key.component == a.Component && h.key.origin == a.Period {
			of, met = append(of, h), met || h.met
		}
	}
	for _, h := range of {
		if h.met = met; !met {
			h.deferred = ratOf(a.Deferred)
		}
	}
}
