package plantext

import (
	"fmt"
	"strings"

	"spm/model"
)

// component tells how one component pays.
func (h how) component(c *model.Component) *Section {
	s := &Section{Heading: c.Name}
	h.counts(s, c)
	h.paid(s, c)
	h.rateOf(s, c)
	h.measured(s, c)
	multipliers := 0
	for i := range c.Adjustments {
		h.adjustment(s, &c.Adjustments[i])
		if c.Adjustments[i].Kind == model.AdjustMultiplier {
			multipliers++
		}
	}
	if multipliers > 1 {
		s.say("Several multipliers over the component act %s.", phrase("multipliers", string(h.v.Rules.Multipliers)))
	}
	h.released(s, c)
	if example := h.known.Examples[c.Key]; example != "" {
		s.Sentences = append(s.Sentences, example)
	}
	return s
}

func (h how) counts(s *Section, c *model.Component) {
	if !c.MeasureID.IsZero() {
		s.say("It measures %s.", h.known.Name(c.MeasureID))
	}
	if c.Condition != "" {
		s.say("Of that it counts what meets this condition: %s.", c.Condition)
	}
	if c.Eligibility != "" {
		s.say("Days count on which this holds for the payee too: %s.", c.Eligibility)
	}
	switch {
	case c.StartDate != nil && c.EndDate != nil:
		s.say("It stands from %s to %s.", c.StartDate, c.EndDate)
	case c.StartDate != nil:
		s.say("It stands from %s on.", c.StartDate)
	case c.EndDate != nil:
		s.say("It stands to %s.", c.EndDate)
	}
	if c.Restart {
		s.say("Running totals begin anew with this version.")
	}
}

// paid tells when it pays, and for what.
func (h how) paid(s *Section, c *model.Component) {
	payout, window := phrase("payout", string(c.Payout)), phrase("window", string(c.MeasurementWindow()))
	switch {
	case payout == window:
		s.say("It is paid each %s, for that %s.", payout, payout)
	case c.TruedUp():
		s.say("It is paid each %s: what the %s has earned so far, less what its earlier periods have earned.", payout, window)
	case c.MeasurementWindow().LongerThan(c.Payout):
		s.say("It is paid for each %s, in the %s in which that ends.", window, payout)
	default:
		s.say("It is paid each %s, for each %s that ends in it by itself.", payout, window)
	}
}

// rateOf tells how the measure becomes money.
func (h how) rateOf(s *Section, c *model.Component) {
	rate := ""
	if c.Rate != nil {
		rate = h.rate(c, *c.Rate)
	}
	switch c.RateKind {
	case model.RateOnValue:
		s.say("It pays %s of what is measured.", rate)
	case model.RateUnit:
		s.say("It pays %s for each unit of what is measured.", rate)
	case model.RatePerEvent:
		s.say("It pays %s for %s.", rate, phrase("event", string(or(c.Event, model.EventCredit))))
	case model.RateTiered:
		h.tiered(s, c)
	case model.RatePayCurve:
		s.say("It pays what the rate table %s gives for the whole of what is measured.", h.key(*c.RateTableID))
		h.tiers(s, c)
	case model.RateMatrix:
		s.say("It looks its rate up in the rate table %s.", h.key(*c.RateTableID))
		h.tiers(s, c)
	case model.RateBonus:
		for _, level := range c.Bonus {
			s.say("At %s of quota it pays %s.", percent(level.At), h.money(level.Amount))
		}
		if len(c.Bonus) > 1 {
			s.say("Of the levels %s is paid.", phrase("bonusLevels", string(c.BonusLevels)))
		}
	case model.RateObjectives:
		for i := range c.Goals {
			g := &c.Goals[i]
			curve := "what is measured is the fraction of it that is paid"
			if g.RateTableID != nil {
				curve = "the rate table " + h.key(*g.RateTableID) + " gives the fraction of it that is paid"
			}
			s.say("%s of the target incentive is for %s, measured by %s: %s.", percent(g.Weight), g.Key, h.known.Name(g.MeasureID), curve)
		}
	case model.RateFormula:
		s.say("It pays, in %s, what this formula gives: %s.", h.v.Currency, c.Formula)
	case model.RateOverride:
		for _, level := range c.Levels {
			what, levels := "is sold", "level"
			if c.Basis == model.OverrideEarnings {
				what = "is earned"
			}
			if level.Level > 1 {
				levels = "levels"
			}
			s.say("It pays %s of what %s %d %s below.", percent(level.Rate), what, level.Level, levels)
		}
		if c.Compress {
			s.say("A vacant position is no level.")
		}
	case model.RatePool:
		s.say("The team %s shares a fund, which in %s is what this formula gives: %s.", h.known.Name(*c.TeamID), h.v.Currency, c.Fund)
		if c.Weight != "" {
			s.say("Each member's part goes by the weight that this formula gives: %s.", c.Weight)
		} else {
			s.say("Each member's part goes by their weight in the team times their days.")
		}
	}
}

// tiered tells tiers, and how they apply.
func (h how) tiered(s *Section, c *model.Component) {
	by := "what is measured"
	if c.LookedUpByID != nil {
		by = h.known.Name(*c.LookedUpByID)
	}
	over := ""
	if c.Accumulate != "" && c.Accumulate != model.OverWindow {
		over = ", counted over " + phrase("accumulate", string(c.Accumulate))
	}
	switch c.TierMode {
	case model.TierMarginal:
		s.say("Its tiers stand in the rate table %s, by %s%s: each tier's rate is for what lies in it.", h.key(*c.RateTableID), by, over)
	case model.TierRetroactive:
		s.say("Its tiers stand in the rate table %s, by %s%s: the rate of the tier that is reached is for everything.", h.key(*c.RateTableID), by, over)
	case model.TierWholeCredit:
		s.say("Its tiers stand in the rate table %s, by %s%s: each credit has the rate of one tier, that of the running total %s.", h.key(*c.RateTableID), by, over,
			phrase("rateMoment", string(or(c.RateMoment, model.RateAfter))))
	}
	h.tiers(s, c)
}

// tiers tells the rows of its table, as they stand on the version's first day.
func (h how) tiers(s *Section, c *model.Component) {
	table := h.table(h.key(*c.RateTableID))
	if table == nil {
		return
	}
	for i := range table.Rows {
		row := &table.Rows[i]
		if table.Lookup == model.LookupLinear && row.From != nil {
			at := grouped(*row.From)
			if table.Dimension == model.ByAttainment {
				at = percent(*row.From) + " of quota"
			}
			s.say("At %s: %s.", at, h.cell(table.CellKind, row.Cell))
			continue
		}
		s.say("%s: %s.", h.bounds(table, row), h.cell(table.CellKind, row.Cell))
	}
	if table.Lookup == model.LookupLinear {
		s.say("Between these points it goes in a straight line.")
	}
	if len(table.Rows) > 1 && table.Lookup != model.LookupLinear && len(table.Dimensions) == 0 {
		side := "above"
		if table.Bounds == model.UpperInclusive {
			side = "below"
		}
		s.say("What is exactly on a bound belongs to the tier %s it.", side)
	}
	if table.Default != nil {
		s.say("Otherwise: %s.", h.cell(table.CellKind, *table.Default))
	}
}

// measured tells of quota and target incentive, where it has use for them.
func (h how) measured(s *Section, c *model.Component) {
	r, table := &h.v.Rules, (*RateTable)(nil)
	if c.RateTableID != nil {
		table = h.table(h.key(*c.RateTableID))
	}
	if c.RateKind == model.RateBonus || table != nil && table.Dimension == model.ByAttainment || c.AttainmentCap != nil {
		s.say("Attainment is measured against %s.", map[bool]string{true: "the quota to date", false: "the quota of the " + phrase("window", string(c.MeasurementWindow()))}[r.QuotaBasis == model.QuotaToDate])
		s.say("For a part of the window the quota counts %s.", phrase("quotaProration", string(r.QuotaProration)))
		if r.QuotaCarry != model.CarryNone {
			s.say("Of the quota %s to the next window.", strings.TrimSuffix(phrase("quotaCarry", string(r.QuotaCarry)), " on"))
		}
		ramp := c.Ramp
		if ramp == nil {
			ramp = r.Ramp
		}
		if ramp != nil {
			for _, step := range ramp.Steps {
				s.say("From month %d on the quota is %s of the whole.", step.Month, percent(step.Share))
			}
		}
	}
	if c.AttainmentCap != nil {
		s.say("What is above %s of quota does not count.", percent(*c.AttainmentCap))
	}
	targets := c.RateKind == model.RateObjectives || table != nil && (table.CellKind == model.CellTarget || table.CellKind == model.CellTargetRate)
	switch {
	case c.Target != nil:
		s.say("The target incentive of a whole %s is %s.", phrase("window", string(c.MeasurementWindow())), h.money(*c.Target))
	case c.TargetShare != nil:
		s.say("Its target incentive is %s of that of the plan.", percent(*c.TargetShare))
	case targets:
		s.say("Its target incentive is that of the plan.")
	}
}

// adjustment tells a step between the rate and the rounding.
func (h how) adjustment(s *Section, a *model.Adjustment) {
	over := map[model.AdjustmentOver]string{model.OverLine: "each line", model.OverOrders: "each order", model.OverComponent: "the component"}[a.Over]
	per := ""
	if a.Bounds() && a.Over == model.OverComponent {
		per = fmt.Sprintf(" in %s", phrase("per", string(or(a.Per, model.PerWindow))))
	}
	switch a.Kind {
	case model.AdjustMultiplier:
		where := ""
		if a.Condition != "" {
			where = ", where this holds: " + a.Condition
		}
		s.say("%s: what %s pays is multiplied by %s%s.", a.Name, over, grouped(*a.Factor), where)
	case model.AdjustGate:
		if a.Deferred {
			s.Sentences = append(s.Sentences, deferredGate(a))
			return
		}
		share := "nothing is paid"
		if a.Factor != nil && !a.Factor.IsZero() {
			share = percent(*a.Factor) + " of it is paid"
		}
		s.say("%s: unless this holds, %s: %s.", a.Name, share, a.Condition)
	case model.AdjustCap:
		fate := ""
		if a.Over == model.OverComponent {
			fate = "; what lies above is " + phrase("excess", string(or(a.Excess, model.ExcessForfeited)))
		}
		s.say("%s: %s pays at most %s%s%s.", a.Name, over, h.money(*a.Amount), per, fate)
	case model.AdjustFloor:
		s.say("%s: %s pays at least %s%s.", a.Name, over, h.money(*a.Amount), per)
	}
}
