package calc

import (
	"fmt"
	"slices"

	"spm/model"
)

// companyPeriods are the payout periods of a generated company.
var companyPeriods = []string{"2026-01", "2026-02", "2026-03", "2026-Q1"}

// generatedCompany makes a company whose payees depend on each other: a small
// hierarchy with the component "commission" of the plan "plan" for who sells,
// an "override" of "managers", and a "pool" of "crew".
func generatedCompany(r source) scene {
	s := scene{Rules: generatedRules(r), Payout: model.PeriodQuarter, Pays: map[string]model.CurrencyCode{}}
	if s.Rules.RoundStage == model.RoundStatement {
		s.Rules.RoundStage = model.RoundComponent
	}
	generatedFX(r, &s)
	for i := 0; i < len(s.FX); i += 4 {
		s.FX = slices.Insert(s.FX, i, sceneFX{s.FX[i].From, s.FX[i].To, date("2025-12-01"), "1.1"})
	}
	s.Measures = []sceneMeasure{
		{Key: "m", Value: model.ValueAmount, Kinds: []model.CreditKind{model.CreditDirect}},
		{Key: "r", Value: model.ValueAmount, Kinds: []model.CreditKind{model.CreditRollup}},
		{Key: "fund", Source: model.SourceValues, Aggregation: pick(r, "", model.AggregateSum, model.AggregateAverage, model.AggregateLast)},
		{Key: "hours", Source: model.SourceValues},
	}
	positions := generatedHierarchy(r, &s)
	generatedSeats(r, &s, positions)
	plans := []sceneVersion{{Plan: "plan", Components: []sceneComponent{generatedCommission(r)}}}
	pool, override := oneIn(r, 2), true
	if pool {
		plans, override = append(plans, generatedPool(r, &s, positions)...), oneIn(r, 2)
	}
	if override {
		plans = append(plans, generatedOverride(r, pool)...)
	}
	s.Versions = plans
	generatedAssigned(r, &s, positions)
	for i := range 2 + r.IntN(9) {
		c := generatedCredit(r, i)
		seat := s.Seats[r.IntN(len(s.Seats))]
		c.Payee, c.Position = seat.Payee, seat.Position
		s.Credits = append(s.Credits, c)
		if oneIn(r, 4) {
			generatedReturn(r, &s, i)
		}
	}
	rolledUp(&s)
	return s
}

func generatedFX(r source, s *scene) {
	for _, pair := range [][2]model.CurrencyCode{{"USD", "EUR"}, {"EUR", "USD"}, {"GBP", "USD"}} {
		for i := range 3 {
			s.FX = append(s.FX, sceneFX{pair[0], pair[1], date("2026-01-01").AddDays(30 * i), tenThousandths(5000 + r.IntN(10000))})
		}
		s.Rules.PlanRates = append(s.Rules.PlanRates, model.PlanRate{FromCurrency: pair[0], ToCurrency: pair[1], Rate: dec(tenThousandths(5000 + r.IntN(10000)))})
	}
	for _, name := range companyPeriods {
		if oneIn(r, 2) {
			if s.PayDates == nil {
				s.PayDates = map[string]model.Date{}
			}
			s.PayDates[name] = refPeriod(name)[1].AddDays(r.IntN(60) - 25)
		}
	}
}

// generatedHierarchy gives each position one above it, which may change, and
// sometimes the highest one too.
func generatedHierarchy(r source, s *scene) []string {
	names := []string{"east", "far", "mid", "north", "south", "west"}
	at, step := r.IntN(len(names)), pick(r, 1, 5)
	var positions []string
	for i := range 3 + r.IntN(4) {
		positions = append(positions, names[(at+i*step)%len(names)])
	}
	for i := 1; i < len(positions); i++ {
		u := sceneUnder{Position: positions[i], Parent: positions[pick(r, i-1, i-1, r.IntN(i))]}
		if oneIn(r, 4) {
			cut := date("2026-01-02").AddDays(r.IntN(85))
			before := u
			before.To, u.From, u.Parent = &cut, &cut, positions[r.IntN(i)]
			s.Under = append(s.Under, before)
		}
		s.Under = append(s.Under, u)
	}
	if oneIn(r, 5) {
		s.Under = append(s.Under, sceneUnder{Position: positions[0], Parent: positions[1+r.IntN(len(positions)-1)]})
	}
	return positions
}

// generatedSeats leaves some positions vacant, for a time or always; some payees
// hold two.
func generatedSeats(r source, s *scene, positions []string) {
	for i, position := range positions {
		if oneIn(r, 5) && len(s.Seats)+len(positions)-i > 1 {
			continue
		}
		seat := sceneSeat{fmt.Sprint("payee-", position), position, model.MinDate, model.MaxDate}
		if len(s.Seats) > 0 && oneIn(r, 5) {
			seat.Payee = s.Seats[r.IntN(len(s.Seats))].Payee
		}
		if oneIn(r, 3) {
			seat.From = date("2026-01-01").AddDays(r.IntN(60) - 10)
			seat.To = seat.From.AddDays(1 + r.IntN(90))
		}
		s.Seats = append(s.Seats, seat)
		if seat.To < model.MaxDate && oneIn(r, 2) {
			s.Seats = append(s.Seats, sceneSeat{fmt.Sprint("next-", position), position, seat.To.AddDays(r.IntN(3) * 7), model.MaxDate})
		}
	}
	for i := range s.Seats {
		if oneIn(r, 5) {
			s.Pays[s.Seats[i].Payee] = "EUR"
		}
	}
}

// failing is a formula that fails for who sells much.
const failing = "measure > 9000 ? parameter('none') : measure * 0.1"

func generatedCommission(r source) sceneComponent {
	c := sceneComponent{Measure: "m", Rate: tenThousandths(r.IntN(3000)), Payout: pick(r, model.PeriodMonth, model.PeriodQuarter)}
	if oneIn(r, 6) {
		c.Rate, c.Formula = "", failing
	}
	return c
}

// generatedOverride makes the plan of the managers, whose rates may change.
func generatedOverride(r source, pool bool) []sceneVersion {
	c := sceneComponent{Key: "override", Measure: pick(r, "r", "r", ""), Payout: pick(r, model.PeriodMonth, model.PeriodQuarter, model.PeriodQuarter)}
	if !oneIn(r, 3) {
		c.Measure, c.Basis = "none", model.OverrideEarnings
		if !oneIn(r, 6) {
			c.Sources = append(c.Sources, "plan/commission")
		}
		if len(c.Sources) == 0 || oneIn(r, 2) {
			c.Sources = append(c.Sources, "managers/override")
		}
		if pool && !oneIn(r, 3) {
			c.Sources = append(c.Sources, "crew/pool")
		}
	}
	c.ByLevel, c.Compress = generatedLevels(r), oneIn(r, 2)
	first := sceneVersion{Plan: "managers", Components: []sceneComponent{c}}
	if !oneIn(r, 4) {
		return []sceneVersion{first}
	}
	cut, second := date("2026-01-02").AddDays(r.IntN(80)), first
	c.ByLevel, c.Compress = generatedLevels(r), oneIn(r, 2)
	second.Components = []sceneComponent{c}
	first.To, second.From = &cut, &cut
	return []sceneVersion{first, second}
}

func generatedLevels(r source) []string {
	out := []string{tenThousandths(1 + r.IntN(9000))}
	for range r.IntN(4) {
		out = append(out, pick(r, "", "0", tenThousandths(r.IntN(5000)), tenThousandths(r.IntN(5000)-500), hundredths(r.IntN(100))))
	}
	if oneIn(r, 6) {
		out = append([]string{""}, out...)
	}
	return out
}

// generatedPool makes the plan of the team, with what its fund and weights go by.
func generatedPool(r source, s *scene, positions []string) []sceneVersion {
	nothing := oneIn(r, 8)
	for _, position := range positions {
		if oneIn(r, 4) && len(s.Teams) > 0 {
			continue
		}
		m := sceneTeamMember{Team: "crew", Position: position, Weight: pick(r, "1", "1", "2", "0.5", "1.25", "0", "3")}
		if nothing {
			m.Weight = "0"
		}
		if oneIn(r, 4) {
			cut := date("2026-01-02").AddDays(r.IntN(85))
			before := m
			before.To, m.From = &cut, &cut
			switch r.IntN(3) {
			case 0:
				m = before
			case 1:
				m.Weight = pick(r, m.Weight, "4")
				s.Teams = append(s.Teams, before)
			}
		}
		s.Teams = append(s.Teams, m)
	}
	generatedValues(r, s, positions)
	c := sceneComponent{
		Key: "pool", Team: "crew", Measure: pick(r, "m", "m", "m", "fund", "none"), Payout: pick(r, model.PeriodMonth, model.PeriodQuarter, model.PeriodQuarter),
		Fund: refFunds[r.IntN(len(refFunds))].text, Weight: refWeights[r.IntN(len(refWeights))].text,
	}
	switch {
	case c.Payout == model.PeriodQuarter && oneIn(r, 4):
		c.Window = model.PeriodMonth
	case c.Payout == model.PeriodMonth && oneIn(r, 4):
		c.Window = model.PeriodQuarter
	}
	first := sceneVersion{Plan: "crew", Components: []sceneComponent{c}}
	if !oneIn(r, 5) {
		return []sceneVersion{first}
	}
	cut, second := date("2026-01-02").AddDays(r.IntN(80)), first
	c.Fund, c.Weight = refFunds[r.IntN(len(refFunds))].text, refWeights[r.IntN(len(refWeights))].text
	second.Components = []sceneComponent{c}
	first.To, second.From = &cut, &cut
	return []sceneVersion{first, second}
}

func generatedValues(r source, s *scene, positions []string) {
	for i := range r.IntN(6) {
		s.Values = append(s.Values, sceneValue{Measure: "fund", Date: date("2026-01-01").AddDays(i*16 + r.IntN(16)), Value: hundredths(r.IntN(200000) - 20000)})
	}
	for _, position := range positions {
		for i := range r.IntN(4) {
			day := date("2026-01-01").AddDays(i*30 + r.IntN(28))
			s.Values = append(s.Values, sceneValue{Measure: "hours", Position: position, Date: day, Value: hundredths(r.IntN(10000))})
			if s.Measures[2].Aggregation != model.AggregateLast && oneIn(r, 6) {
				s.Values = append(s.Values, sceneValue{Measure: "fund", Position: position, Date: day, Value: hundredths(r.IntN(50000))})
			}
		}
	}
	if oneIn(r, 3) {
		return
	}
	for i, period := range companyPeriods {
		s.Quotas = append(s.Quotas, sceneQuota{Title: "rep", Measure: "m", Period: period, Amount: hundredths(100000 + 700000*(i/3) + r.IntN(10000))})
	}
}

// generatedAssigned gives the plans to everybody, or to some positions, perhaps
// for a time.
func generatedAssigned(r source, s *scene, positions []string) {
	var plans []string
	for _, v := range s.Versions {
		if !slices.Contains(plans, v.Plan) {
			plans = append(plans, v.Plan)
		}
	}
	dated := func(a sceneAssigned) {
		if cut := date("2026-01-02").AddDays(r.IntN(85)); oneIn(r, 8) {
			a.From = &cut
		} else if oneIn(r, 8) {
			a.To = &cut
		}
		s.Assigned = append(s.Assigned, a)
	}
	for _, plan := range plans {
		if oneIn(r, 2) {
			dated(sceneAssigned{Plan: plan, Title: "rep"})
			continue
		}
		for i, position := range positions {
			if i == 0 || !oneIn(r, 5) {
				dated(sceneAssigned{Plan: plan, Position: position})
			}
		}
	}
}

// rolledUp credits who was above at the sale, as a rollup rule does.
func rolledUp(s *scene) {
	x := &refCompany{s: s}
	for _, c := range slices.Clone(s.Credits) {
		sale := c.Date
		if c.FXDate != nil {
			sale = *c.FXDate
		}
		for level, position := range x.above(c.Position, sale) {
			payee := x.holder(position, sale)
			if payee == "" {
				continue
			}
			up := c
			up.Kind, up.Payee, up.Position, up.Via, up.Level = model.CreditRollup, payee, position, c.Position, level+1
			s.Credits = append(s.Credits, up)
		}
	}
}
