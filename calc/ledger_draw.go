package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// draw advances what pay misses of a draw's amount, or takes off what payroll
// has advanced already, and pays advances back from what pay exceeds it by.
func (l *ledger) draw() {
	suspended := slices.ContainsFunc(l.policies(), func(v *version) bool {
		return v.rules.OfStatus(l.node.status(l.period.Days.Last())).Suspends
	})
	if suspended {
		return
	}
	stands := l.standing(l.payCurrencyOn(l.period.Days.Last()))
	most := map[model.CurrencyCode]decimal.Decimal{} // the largest minimum: no draw is paid back from what it takes to reach it
	for i := range stands {
		s := &stands[i]
		s.debt = l.debtOf(&s.plan.ID, s.draw.Key, s.amount.Currency)
		s.owed = s.debt.Amount.IsPositive()
		if s.draw.MethodGiven() == model.DrawUpFront {
			l.upFront(&s.minimum, s.debt)
		} else {
			l.shortfall(&s.minimum, s.debt)
			most[s.amount.Currency] = decimal.Max(most[s.amount.Currency], s.amount.Amount)
		}
	}
	for _, s := range stands {
		if s.owed {
			l.repay(s.debt, l.spare(s.debt.Currency).Sub(most[s.debt.Currency]), s.draw)
		}
	}
	for _, debt := range l.draws {
		if debt.Amount.IsPositive() && !slices.ContainsFunc(stands, func(s standingDraw) bool { return s.debt == debt }) {
			if d := l.drawOf(debt); d == nil || d.AtEndGiven() == model.DrawRecover || !l.ended(debt, d) {
				l.repay(debt, l.spare(debt.Currency).Sub(most[debt.Currency]), d)
			}
		}
		l.end(debt)
	}
}

// standingDraw is a draw that stands in the pay period: its minimum is that of all
// positions.
type standingDraw struct {
	minimum
	debt *model.Debt
	owed bool // before this period's advance
}

// standing gives the draws that stand in the pay period with an amount in a
// currency, by plan and key; one without those whose amount cannot be calculated.
func (l *ledger) standing(currency model.CurrencyCode) []standingDraw {
	var out []standingDraw
	for i := range l.mins {
		m := &l.mins[i]
		if m.draw == nil {
			continue
		}
		l.blame(m)
		if m.fault == nil && m.amount.Currency != currency {
			continue
		}
		at := slices.IndexFunc(out, func(s standingDraw) bool { return s.plan == m.plan && s.draw.Key == m.draw.Key })
		if at < 0 {
			out = append(out, standingDraw{minimum: *m})
			continue
		}
		s := &out[at]
		s.amount.Amount = s.amount.Amount.Add(m.amount.Amount)
		s.fault = cmp.Or(s.fault, m.fault)
		if m.version.Days.From > s.version.Days.From {
			s.draw, s.version = m.draw, m.version
		}
	}
	out = slices.DeleteFunc(out, func(s standingDraw) bool { return s.fault != nil })
	slices.SortStableFunc(out, func(a, b standingDraw) int {
		return cmp.Or(strings.Compare(a.plan.ExternalID, b.plan.ExternalID), strings.Compare(a.draw.Key, b.draw.Key))
	})
	return out
}

// debtOf gives the balance of a draw, begun where there is none.
func (l *ledger) debtOf(plan *model.ID, key string, currency model.CurrencyCode) *model.Debt {
	for _, d := range l.draws {
		if d.Key == key && d.Currency == currency && (d.PlanID == nil) == (plan == nil) && (plan == nil || *d.PlanID == *plan) {
			return d
		}
	}
	d := &model.Debt{Account: model.AccountDraw, Currency: currency, PlanID: plan, Key: key}
	l.draws = append(l.draws, d)
	slices.SortStableFunc(l.draws, func(a, b *model.Debt) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(l.optionalPlanKey(a.PlanID), l.optionalPlanKey(b.PlanID)), cmp.Compare(a.Key, b.Key))
	})
	return d
}

func (x *index) optionalPlanKey(id *model.ID) string {
	if id == nil {
		return ""
	}
	return x.planKey(*id)
}

// net is what is payable so far of the period, but for what does not count toward
// draws: what is withheld from earlier ones was their pay.
func (l *ledger) net(currency model.CurrencyCode) decimal.Decimal {
	total := l.of(model.AccountPayable, currency)
	for _, d := range l.in.Before.Debts {
		if d.Account == model.AccountPayable && d.Currency == currency {
			total = total.Sub(d.Amount)
		}
	}
	for i := range l.out.Entries {
		e := &l.out.Entries[i]
		if e.Amount.Currency != currency || !l.codes[e.EarningCode].CountsNot {
			continue
		}
		if e.To == model.AccountPayable {
			total = total.Sub(e.Amount.Amount)
		} else if e.From == model.AccountPayable {
			total = total.Add(e.Amount.Amount)
		}
	}
	return total
}

// spare is what draws may be paid back from: of what is net no more than is there,
// as what does not count toward draws may take some of it.
func (l *ledger) spare(currency model.CurrencyCode) decimal.Decimal {
	there := l.of(model.AccountPayable, currency)
	for _, d := range l.in.Before.Debts {
		if d.Account == model.AccountPayable && d.Currency == currency {
			there = there.Sub(d.Amount)
		}
	}
	return decimal.Min(l.net(currency), there)
}

// shortfall advances what net pay misses of the amount.
func (l *ledger) shortfall(m *minimum, debt *model.Debt) {
	net := l.net(debt.Currency)
	if missing := m.amount.Amount.Sub(net); missing.IsPositive() {
		l.advance(m, debt, missing, model.AccountPayable, fmt.Sprintf("%s: %s less %s", m.draw.Name, m.amount.Amount, net))
	}
}

// upFront notes what payroll has paid, and takes it off.
func (l *ledger) upFront(m *minimum, debt *model.Debt) {
	l.advance(m, debt, m.amount.Amount, model.AccountPaid, m.draw.Name+": paid up front by payroll")
	l.recover(debt, decimal.Min(l.spare(debt.Currency), m.amount.Amount), m.draw.Name+": this period's, paid up front")
}

func (l *ledger) advance(m *minimum, debt *model.Debt, amount decimal.Decimal, to model.LedgerAccount, text string) {
	if amount.IsZero() {
		return
	}
	l.post(model.LedgerEntry{
		Movement: model.MoveDraw, From: model.AccountDraw, To: to, Amount: model.Money{Amount: amount, Currency: debt.Currency}, PlanID: debt.PlanID, Key: debt.Key, Text: text,
	})
	debt.Amount = debt.Amount.Add(amount)
}

// repay recovers a draw from what pay exceeds its amount by, from the period
// after its first advance on, or later, at its share.
func (l *ledger) repay(debt *model.Debt, surplus decimal.Decimal, d *model.Draw) {
	share, after := oneDecimal, 0
	if d != nil {
		after = d.RecoverAfter
		if d.RecoverShare != nil {
			share = *d.RecoverShare
		}
	}
	if debt.Age <= after || !surplus.IsPositive() {
		return
	}
	amount := decimal.Min(debt.Amount, surplus.Mul(share).RoundDown(model.MinorUnits(debt.Currency)))
	l.recover(debt, amount, "recovered from what pay exceeds the draw by")
}

// recover pays an advance back.
func (l *ledger) recover(debt *model.Debt, amount decimal.Decimal, text string) {
	if !amount.IsPositive() {
		return
	}
	l.post(model.LedgerEntry{
		Movement: model.MoveRecovery, From: model.AccountPayable, To: model.AccountDraw, Amount: model.Money{Amount: amount, Currency: debt.Currency},
		PlanID: debt.PlanID, Key: debt.Key, Text: text,
	})
	debt.Amount = debt.Amount.Sub(amount)
}

// end deals with the balance of a draw that ends in the period, or has ended: it
// is recovered into what is carried, and collected or written off.
func (l *ledger) end(debt *model.Debt) {
	d := l.drawOf(debt)
	if d == nil || d.AtEndGiven() == model.DrawRecover || !debt.Amount.IsPositive() || !l.ended(debt, d) {
		return
	}
	amount := debt.Amount
	l.recover(debt, amount, d.Name+" has ended")
	owed := decimal.Min(amount, decimal.Max(l.of(model.AccountPayable, debt.Currency).Neg(), decimal.Zero))
	e := model.LedgerEntry{
		Movement: model.MoveCollected, From: model.AccountCollected, To: model.AccountPayable, Amount: model.Money{Amount: owed, Currency: debt.Currency},
		PlanID: debt.PlanID, Key: debt.Key, Text: d.Name + " has ended: its balance is collected",
	}
	if d.AtEndGiven() == model.DrawWriteOff {
		e.Movement, e.From, e.Text = model.MoveWrittenOff, model.AccountWrittenOff, d.Name+" has ended: its balance is written off"
		e.Amount.Amount = amount
	}
	l.post(e)
}

// ended tells whether a draw has ended by the pay period's end, by its own last day or
// with the assignments that have had it.
func (l *ledger) ended(debt *model.Debt, d *model.Draw) bool {
	if d.Days().To <= l.period.Days.To {
		return true
	}
	end := l.endOf(debt)
	return end > model.MinDate && end <= l.period.Days.To
}

// endOf gives the day after the last one on which an assignment has had a draw by the
// pay period's end; the day after that where it has it still, MinDate where none has.
func (l *ledger) endOf(debt *model.Debt) model.Date {
	end := model.MinDate
	p := l.plans[*debt.PlanID]
	upTo := model.Interval{From: model.MinDate, To: l.period.Days.To + 1}
	for _, position := range held(l.node, upTo) {
		l.eachPiece(l.node, position, p, &model.Period{CalendarID: l.period.CalendarID, Days: upTo}, func(piece leg, v *version) {
			for i := range v.Draws {
				if piece.seated && v.Draws[i].Key == debt.Key && v.Draws[i].Days().Contains(piece.days.From) {
					end = max(end, piece.days.To)
				}
			}
		})
	}
	return end
}

// drawOf gives the draw that a balance is of: as the newest version of its plan
// that has it by the period's end says, nil where none does.
func (l *ledger) drawOf(debt *model.Debt) *model.Draw {
	if debt.PlanID == nil || l.plans[*debt.PlanID] == nil {
		return nil
	}
	for _, v := range slices.Backward(l.plans[*debt.PlanID].versions) {
		for i := range v.Draws {
			if v.Draws[i].Key == debt.Key && v.Days.From < l.period.Days.To {
				return &v.Draws[i]
			}
		}
	}
	return nil
}
