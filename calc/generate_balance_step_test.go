package calc

import (
	"fmt"
	"slices"

	"spm/model"
)

// step makes what is known when a pay period is struck.
func (m *balanceMaker) step(n int) balanceStep {
	r, pay := m.r, m.pays[n]
	s := balanceStep{Period: pay, Deals: m.known(n)}
	m.late(&s, n)
	for i := range balancePeriods {
		p := &balancePeriods[i]
		if !pay.Days.Contains(p.Days.Last()) {
			continue
		}
		some := m.earned(p)
		if len(some) == 0 {
			continue
		}
		s.Earnings = append(s.Earnings, some...)
		m.truth[p.ID], m.order = some, append(m.order, p.ID)
		m.history[p.ID] = [][]Accrual{some}
	}
	for range pick(r, 0, 0, 0, 1, 1, 2) {
		m.number++
		s.Adjustments = append(s.Adjustments, model.PayAdjustment{
			ID: model.IntID(model.KindPayAdjustment, int64(m.number)), ExternalID: fmt.Sprint("A", m.number), ReasonCode: pick(r, "SPIFF", "FIX"), Reason: "a reason",
			EarningCode: pick(r, "", "COMM", notCounting), Amount: m.minor(r.IntN(60000)-30000, m.currencyOf(pay)),
		})
	}
	if n == 0 && oneIn(r, 3) {
		for range 1 + r.IntN(4) {
			s.Openings = append(s.Openings, m.opening(pay))
		}
	}
	for _, earlier := range m.s.Steps {
		s.Released = append(s.Released, earlier.Released...)
	}
	s.Released = slices.CompactFunc(s.Released, func(a, b PersonRelease) bool { return a == b })
	if all := slices.Concat(m.s.Steps, []balanceStep{s}); oneIn(r, 2) {
		if from := all[r.IntN(len(all))].Earnings; len(from) > 0 {
			s.Released = append(s.Released, m.released(&from[r.IntN(len(from))], pay))
		}
	}
	return s
}

// currencyOf is mostly the currency of pay.
func (m *balanceMaker) currencyOf(p *model.Period) model.CurrencyCode {
	if oneIn(m.r, 12) {
		return pick[model.CurrencyCode](m.r, "USD", "EUR")
	}
	return m.s.currency(p.Days.Last())
}

// minor makes money of cents, or of as many of a currency that has none.
func (m *balanceMaker) minor(cents int, currency model.CurrencyCode) model.Money {
	out := model.Money{Amount: dec(hundredths(cents)), Currency: currency}
	if currency == "JPY" {
		out.Amount = dec(fmt.Sprint(cents))
	}
	return out
}

func (m *balanceMaker) opening(pay *model.Period) model.OpeningEntry {
	r := m.r
	m.number++
	o := model.OpeningEntry{
		ID: model.IntID(model.KindOpeningEntry, int64(m.number)), ExternalID: fmt.Sprint("O", m.number), Amount: m.minor(1+r.IntN(40000), m.currencyOf(pay)),
		Account: pick(r, model.AccountHeld, model.AccountPayable, model.AccountCarried, model.AccountDraw, model.AccountEarned),
	}
	switch o.Account {
	case model.AccountHeld:
		if day := m.day(); !oneIn(r, 4) {
			o.ReleaseOn = &day
		}
	case model.AccountDraw:
		id := m.s.Plans[0].id()
		o.PlanID, o.Key = &id, "d0"
	}
	return o
}

func (m *balanceMaker) released(a *Accrual, pay *model.Period) PersonRelease {
	r := m.r
	out := PersonRelease{Position: a.Position, Component: a.Component, Period: a.Period, Part: pick(r, "", "", "part 0", "part 1"), Date: pay.Days.From.AddDays(r.IntN(pay.Days.Days() + 10))}
	if len(a.Lines) > 0 && oneIn(r, 2) {
		out.Deal = a.Lines[0].Deal
	}
	return out
}

// earned makes what the components that pay out in a period earn in it.
func (m *balanceMaker) earned(p *model.Period) (out []Accrual) {
	for _, plan := range m.s.Plans {
		v := plan.on(p.Days.Last())
		for i := range v.Components {
			c := &v.Components[i]
			if c.Payout != p.Type {
				continue
			}
			for i, seat := range m.s.Seats {
				same := slices.ContainsFunc(m.s.Seats[:i], func(s sceneSeat) bool { return s.Position == seat.Position })
				if same || seat.From >= p.Days.To || oneIn(m.r, 4) {
					continue
				}
				out = append(out, m.accrual(plan, v, c, seat.Position, p))
			}
		}
	}
	return out
}

func (m *balanceMaker) accrual(plan *balancePlan, v *balanceVersion, c *balanceComponent, position string, p *model.Period) Accrual {
	a := Accrual{
		Position: keyed(model.KindPosition, position), Plan: plan.id(), Version: plan.version(v), Component: plan.component(c.Key), Period: p.ID,
		Key: c.Key, Name: c.Key, EarningCode: c.Code, Amount: model.Money{Currency: m.s.currency(p.Days.Last())},
	}
	m.work(&a, c)
	return a
}

// work says what an earning comes to.
func (m *balanceMaker) work(a *Accrual, c *balanceComponent) {
	r := m.r
	a.Lines, a.Failed, a.Deferred, a.Gate, a.Met = nil, oneIn(r, 60), dec("0"), "", nil
	watched := len(c.Release) > 0 || len(c.Clawbacks) > 0 || c.Gate != ""
	if a.Failed {
		a.Amount.Amount = dec("0")
		return
	}
	a.Amount.Amount = dec(m.money(400))
	if oneIn(r, 10) {
		a.Amount.Amount = a.Amount.Amount.Neg()
	}
	if c.Gate != "" {
		if oneIn(r, 2) {
			a.Gate, a.Deferred = c.Gate, dec(pick(r, "1", "0.5", "0.3333"))
		} else {
			a.Met = []string{c.Gate}
		}
	}
	if !watched || oneIn(r, 8) {
		return
	}
	for i, d := range m.deals {
		if !oneIn(r, 2) {
			continue
		}
		a.Lines = append(a.Lines, DealLine{Deal: d.key, Credit: "REVENUE DIRECT ", Direct: true, Date: d.date, Amount: dec(m.money(300))})
		line := &a.Lines[len(a.Lines)-1]
		switch r.IntN(8) {
		case 0:
			line.Credit, line.Direct = "REVENUE ROLLUP west", false
		case 1:
			line.Credit, line.Amount = fmt.Sprintf("REVENUE DIRECT  of R%d", i), line.Amount.Neg()
		}
		line.AtRate = line.Amount.Mul(dec(pick(r, "1", "1", "0.5", "1.25")))
	}
	if oneIn(r, 5) {
		amount := dec(m.money(100))
		a.Lines = append(a.Lines, DealLine{Direct: true, Date: periodOf(a.Period).Days.Last(), Amount: amount, AtRate: amount})
	}
	a.Amount.Amount = dec("0")
	for i := range a.Lines {
		a.Amount.Amount = a.Amount.Amount.Add(a.Lines[i].Amount)
	}
}

var balancePeriodByID = func() map[model.ID]*model.Period {
	out := map[model.ID]*model.Period{}
	for i := range balancePeriods {
		out[balancePeriods[i].ID] = &balancePeriods[i]
	}
	return out
}()

func periodOf(id model.ID) *model.Period { return balancePeriodByID[id] }

// late has facts come that change what closed periods earn.
func (m *balanceMaker) late(s *balanceStep, n int) {
	r := m.r
	for _, id := range m.order {
		if oneIn(r, 6) {
			m.truth[id] = m.again(m.truth[id])
			m.revised[id] = true
		}
		if m.revised[id] {
			s.Late = append(s.Late, latePeriod{Booked: slices.Clone(m.history[id]), Now: m.truth[id]})
			m.history[id] = append([][]Accrual{m.truth[id]}, m.history[id]...)
		}
	}
}

// again gives what a closed period earns otherwise.
func (m *balanceMaker) again(was []Accrual) []Accrual {
	r := m.r
	var out []Accrual
	for _, a := range was {
		switch r.IntN(8) {
		case 0: // it is gone
			continue
		case 1, 2:
			m.work(&a, m.componentOf(&a))
		case 3, 4, 5:
			if len(a.Lines) > 0 && !a.Failed {
				m.reline(&a, len(m.componentOf(&a).Clawbacks) == 0)
			}
		case 6:
			if !a.Failed && a.Gate != "" && oneIn(r, 2) {
				a.Met, a.Deferred, a.Gate = []string{a.Gate}, dec("0"), ""
			}
		}
		out = append(out, a)
	}
	if len(out) == 0 && oneIn(r, 2) {
		return was
	}
	return out
}

// reline changes a line of an earning, or drops it.
func (m *balanceMaker) reline(a *Accrual, mayTurn bool) {
	r := m.r
	a.Lines = slices.Clone(a.Lines)
	i := r.IntN(len(a.Lines))
	a.Amount.Amount = a.Amount.Amount.Sub(a.Lines[i].Amount)
	switch n := r.IntN(3); {
	case n == 0:
		a.Lines = slices.Delete(a.Lines, i, i+1)
		return
	case n == 1 && mayTurn:
		a.Lines[i].Amount = a.Lines[i].Amount.Neg()
	case a.Lines[i].Amount.IsNegative():
		a.Lines[i].Amount = dec(m.money(300)).Neg()
	default:
		a.Lines[i].Amount = dec(m.money(300))
	}
	a.Lines[i].AtRate = a.Lines[i].Amount
	a.Amount.Amount = a.Amount.Amount.Add(a.Lines[i].Amount)
}

func (m *balanceMaker) componentOf(a *Accrual) *balanceComponent {
	for _, plan := range m.s.Plans {
		for _, v := range plan.Versions {
			for i := range v.Components {
				if plan.version(v) == a.Version && v.Components[i].Key == a.Key {
					return &v.Components[i]
				}
			}
		}
	}
	return nil
}
