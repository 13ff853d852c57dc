package calc

import (
	"fmt"

	"spm/model"
)

// plan makes a plan of one version or two.
func (m *balanceMaker) plan(i int) *balancePlan {
	r := m.r
	p := &balancePlan{Key: []string{"plan", "second"}[i], Given: sceneAssigned{Title: "rep"}}
	if i == 1 {
		switch from, to := m.day(), m.day(); r.IntN(3) {
		case 0:
			p.Given = sceneAssigned{Payee: "ana", From: &from}
			if to > from {
				p.Given.To = &to
			}
		case 1:
			p.Given = sceneAssigned{Position: "south"}
		}
	}
	first := &balanceVersion{Number: 1, Days: model.Always, Rules: m.rules()}
	for n := range 1 + r.IntN(2) {
		first.Components = append(first.Components, m.component(n))
	}
	if oneIn(r, 2) {
		for n := range pick(r, 1, 1, 2) {
			first.Guarantees = append(first.Guarantees, m.guarantee(fmt.Sprintf("g%d", n), first))
		}
	}
	if oneIn(r, 2) {
		for n := range pick(r, 1, 1, 2) {
			first.Draws = append(first.Draws, m.draw(fmt.Sprintf("d%d", n)))
		}
	}
	p.Versions = []*balanceVersion{first}
	if !oneIn(r, 5) {
		return p
	}
	second := *first
	cut := m.day()
	second.Number, second.Days.From, first.Days.To = 2, cut, cut
	second.Rules = m.rules()
	if len(second.Draws) > 0 {
		second.Draws = pick(r, nil, []model.Draw{m.draw("d0")}, []model.Draw{m.draw("d9")})
	}
	if len(second.Guarantees) > 0 {
		second.Guarantees = pick(r, nil, []model.Guarantee{m.guarantee("g0", first)})
	}
	p.Versions = append(p.Versions, &second)
	return p
}

func (m *balanceMaker) rules() model.PlanRules {
	r := m.r
	out := model.PlanRules{NegativePay: pick(r, "", model.NegativeCarried, model.NegativeCollected), Returns: model.ReturnsClawback}
	if !oneIn(r, 3) {
		out.Leaver = &model.LeaverPolicy{
			Holds: pick(r, "", model.HoldsContinue, model.HoldsRelease, model.HoldsForfeit, model.HoldsForfeit), Draw: pick(r, "", model.DebtCarry, model.DebtCollect, model.DebtCollect, model.DebtWriteOff, model.DebtWriteOff),
			Debit: pick(r, "", model.DebtCarry, model.DebtCollect, model.DebtWriteOff), LastPayAfter: pick(r, 0, 0, 1, 2),
		}
	}
	if oneIn(r, 2) {
		out.StatusPolicy = []model.StatusRule{
			{Status: model.PayeeLeavePaid, Accrues: true, Pays: true, Suspends: oneIn(r, 2), Prorates: oneIn(r, 2)},
			{Status: model.PayeeTerminated, Accrues: true, Pays: true, Suspends: oneIn(r, 3), Prorates: oneIn(r, 2)},
		}
	}
	return out
}

// component makes a component with a release schedule, gate and clawbacks, or
// none of it.
func (m *balanceMaker) component(n int) balanceComponent {
	r := m.r
	c := balanceComponent{Key: fmt.Sprintf("c%d", n), Code: pick(r, "COMM", "COMM", "COMM", "COMM", notCounting, "")}
	longer := map[model.PeriodType]model.PeriodType{model.PeriodWeek: model.PeriodMonth, model.PeriodMonth: model.PeriodQuarter, model.PeriodQuarter: model.PeriodHalf}
	shorter := map[model.PeriodType]model.PeriodType{model.PeriodWeek: model.PeriodWeek, model.PeriodMonth: model.PeriodWeek, model.PeriodQuarter: model.PeriodMonth}
	c.Payout = pick(r, m.s.Pay, m.s.Pay, m.s.Pay, longer[m.s.Pay], shorter[m.s.Pay])
	if oneIn(r, 3) {
		c.Gate = "quality"
	}
	if !oneIn(r, 3) {
		shares := pick(r, []string{"1"}, []string{"0.4", "0.6"}, []string{"0.3333", "0.3333", "0.3334"}, []string{"0.75", "0.125", "0.125"})
		for i, share := range shares {
			c.Release = append(c.Release, m.part(fmt.Sprintf("part %d", i), share))
		}
	}
	if !oneIn(r, 3) {
		for range pick(r, 1, 1, 2, 3) {
			c.Clawbacks = append(c.Clawbacks, m.clawback())
		}
	}
	return c
}

func (m *balanceMaker) part(name, share string) model.ReleasePart {
	r := m.r
	p := model.ReleasePart{Name: name, Share: dec(share), Trigger: pick(r, model.ReleaseDate, model.ReleaseOffset, model.ReleaseOffset, model.ReleaseCash, model.ReleaseCash, model.ReleaseCondition, model.ReleasePerson)}
	switch p.Trigger {
	case model.ReleaseDate:
		day := m.day()
		p.Date = &day
	case model.ReleaseOffset:
		p.From, p.Months, p.Days = pick(r, "", model.FromEvent, model.FromPeriod), r.IntN(4), pick(r, 0, 0, r.IntN(40))
	case model.ReleaseCash:
		p.Cash = pick(r, "", model.CashWhole, model.CashProportion, model.CashProportion)
	case model.ReleaseCondition:
		p.Condition = "orderId == 'live'"
	}
	return p
}

func (m *balanceMaker) clawback() model.Clawback {
	r := m.r
	c := model.Clawback{
		Cause: pick(r, model.ClawReturn, model.ClawNonPayment, model.ClawLeaving), Basis: pick(r, "", model.ClawPaid, model.ClawAtRate),
		Method: pick(r, "", model.ClawFull, model.ClawPercent, model.ClawUnearned), OnlyDirect: oneIn(r, 3),
	}
	if c.Method == model.ClawPercent {
		c.Share = optional(pick(r, "0.5", "0.3333", "1"))
	}
	if c.Method == model.ClawUnearned {
		c.EventMonth = oneIn(r, 2)
	}
	if c.Cause == model.ClawNonPayment {
		c.Days = 1 + r.IntN(90)
	}
	if c.Cause != model.ClawNonPayment || c.Method == model.ClawUnearned {
		c.Months = 1 + r.IntN(12)
	}
	return c
}

// promised makes an amount or a formula of one; a few fail in some months.
func (m *balanceMaker) promised(most int) (amount, formula string) {
	if !oneIn(m.r, 4) {
		return hundredths(m.r.IntN(most * 100)), ""
	}
	return "", pick(m.r, "60", "daysHeld * 3.21", "25 - daysHeld", "daysHeld * daysHeld / 7", "1000 / (daysInWindow - 28)", "2000 / (daysInWindow - 31)")
}

func (m *balanceMaker) guarantee(key string, v *balanceVersion) model.Guarantee {
	r := m.r
	amount, formula := m.promised(400)
	pers := map[model.PeriodType][]model.PeriodType{
		model.PeriodWeek: {model.PeriodWeek, model.PeriodMonth, model.PeriodMonth}, model.PeriodMonth: {model.PeriodMonth, model.PeriodMonth, model.PeriodQuarter, model.PeriodQuarter, model.PeriodWeek},
		model.PeriodQuarter: {model.PeriodQuarter, model.PeriodMonth, model.PeriodHalf, model.PeriodHalf},
	}
	g := model.Guarantee{Key: key, Name: key, Amount: optional(amount), Formula: formula, Whole: oneIn(r, 4), Per: pick(r, pers[m.s.Pay]...)}
	if oneIn(r, 3) {
		g.Counts = []string{v.Components[0].Key}
	}
	if oneIn(r, 3) {
		g.Besides = pick(r, "12.5", "daysHeld * 1.1", "300")
	}
	return g
}

func (m *balanceMaker) draw(key string) model.Draw {
	r := m.r
	amount, formula := m.promised(300)
	d := model.Draw{
		Key: key, Name: key, Amount: optional(amount), Formula: formula, Whole: oneIn(r, 4), Method: pick(r, "", model.DrawShortfall, model.DrawUpFront),
		RecoverAfter: pick(r, 0, 0, 1, 2), RecoverShare: optional(pick(r, "", "", "0.5", "0.3333")), AtEnd: pick(r, "", model.DrawRecover, model.DrawCollect, model.DrawWriteOff),
	}
	if oneIn(r, 4) {
		day := m.day()
		d.StartDate = &day
	}
	if oneIn(r, 2) {
		day := m.day()
		d.EndDate = &day
	}
	if d.Days().Empty() {
		d.StartDate = nil
	}
	return d
}
