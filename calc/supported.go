package calc

import (
	"fmt"
	"slices"

	"spm/model"
)

// UnsupportedChoice is a choice that the engine does not have yet. Path leads
// to it within the plan version, as in "rules.continuity" or
// "components.0.rateKind".
type UnsupportedChoice struct {
	Path    string
	Message string
}

// Unsupported lists the choices of a version, and of the rate tables that it
// looks up, which the engine cannot calculate: publishing refuses them. It is
// empty for what can be published.
func Unsupported(v model.PlanVersion, tables ...model.RateTable) []UnsupportedChoice {
	out := unsupportedRules(v.Rules.WithDefaults())
	for i := range v.Components {
		path := fmt.Sprintf("components.%d", i)
		out = append(out, unsupportedComponent(path, &v.Components[i])...)
		out = append(out, unsupportedContinuity(path, &v.Rules, &v.Components[i])...)
		for j := range tables {
			c := &v.Components[i]
			if !slices.Contains(c.RateTableIDs(), tables[j].ID) {
				continue
			}
			out = append(out, unsupportedTable(path+".rateTable", &tables[j])...)
			if c.RateTableID != nil && *c.RateTableID == tables[j].ID {
				out = append(out, unsupportedUse(path+".rateTableId", c, &tables[j])...)
			} else {
				out = append(out, unsupportedUse(path+".goals", &model.Component{RateKind: model.RateObjectives}, &tables[j])...)
			}
		}
	}
	return out
}

// Refuse turns the choices into user errors under a path such as "input".
func Refuse(path string, choices []UnsupportedChoice) model.UserErrors {
	var errs model.UserErrors
	for _, c := range choices {
		errs.Add(model.UserNotSupported, path+"."+c.Path, "%s", c.Message)
	}
	return errs
}

// unsupportedIn lists what stops one component of a version.
func unsupportedIn(v *model.PlanVersion, c *model.Component) []UnsupportedChoice {
	return slices.Concat(unsupportedRules(v.Rules.WithDefaults()), unsupportedComponent("component", c), unsupportedContinuity("component", &v.Rules, c))
}

func unsupportedRules(r model.PlanRules) []UnsupportedChoice {
	var out []UnsupportedChoice
	check := func(path, value string, have ...string) {
		if !slices.Contains(have, value) {
			out = append(out, UnsupportedChoice{"rules." + path, fmt.Sprintf("%s is not supported yet; there is %v", value, have)})
		}
	}
	prorations := []string{string(model.ProrateDays), string(model.ProrateWorkingDays), string(model.ProrateMonths), string(model.ProrateNone)}
	check("roundStage", string(r.RoundStage), string(model.RoundComponent), string(model.RoundLine), string(model.RoundStatement))
	check("roundMode", string(r.RoundMode), string(model.HalfUp), string(model.HalfEven), string(model.RoundUp), string(model.RoundDn))
	days := []string{string(model.FXEvent), string(model.FXPeriodEnd), string(model.FXPayDate), string(model.FXPlanRate)}
	check("fxCreditToPlan", string(r.FXCreditToPlan), days...)
	check("fxPlanToPay", string(r.FXPlanToPay), days...)
	check("returns", string(r.Returns), string(model.ReturnsNegative), string(model.ReturnsClawback), string(model.ReturnsIgnore))
	check("continuity", string(r.Continuity), string(model.ContinueAssignment), string(model.ContinuePayee), string(model.ContinuePosition))
	if r.Continuity != model.ContinueAssignment && r.QuotaCarry != model.CarryNone {
		out = append(out, UnsupportedChoice{"rules.quotaCarry", fmt.Sprintf("what is carried belongs to a payee in a position: it does not go with continuity %s", r.Continuity)})
	}
	check("quotaProration", string(r.QuotaProration), prorations...)
	check("targetProration", string(r.TargetProration), prorations...)
	check("bonusProration", string(r.BonusProration), prorations...)
	check("capProration", string(r.CapProration), prorations...)
	check("floorProration", string(r.FloorProration), prorations...)
	check("multipliers", string(r.Multipliers), string(model.MultiplyProduct), string(model.MultiplySum))
	check("quotaChange", string(r.QuotaChange), string(model.QuotaLastDay), string(model.QuotaDayWeighted))
	check("quotaBasis", string(r.QuotaBasis), string(model.QuotaWindow), string(model.QuotaToDate))
	check("quotaCarry", string(r.QuotaCarry), string(model.CarryNone), string(model.CarryShortfall), string(model.CarrySurplus))
	check("negativePay", string(r.NegativePay), string(model.NegativeCarried), string(model.NegativeCollected))
	if r.ProrationUnit != nil && (*r.ProrationUnit < 0 || *r.ProrationUnit > model.Scale) {
		out = append(out, UnsupportedChoice{"rules.prorationUnit", fmt.Sprintf("a scale is 0 to %d", model.Scale)})
	}
	if r.RoundScale != nil && (*r.RoundScale < 0 || *r.RoundScale > model.Scale) {
		out = append(out, UnsupportedChoice{"rules.roundScale", fmt.Sprintf("a scale is 0 to %d", model.Scale)})
	}
	return out
}

func unsupportedComponent(path string, c *model.Component) []UnsupportedChoice {
	var out []UnsupportedChoice
	add := func(field, value string) {
		out = append(out, UnsupportedChoice{path + "." + field, fmt.Sprintf("%q is not supported yet", value)})
	}
	known := func(field, value string, have ...string) {
		if !slices.Contains(have, value) {
			add(field, value)
		}
	}
	switch c.RateKind {
	case model.RateOnValue, model.RateUnit, model.RatePayCurve, model.RateMatrix, model.RateObjectives, model.RateFormula, model.RatePool:
	case model.RateOverride:
		known("overrideBasis", string(c.Basis), "", string(model.OverrideCredits), string(model.OverrideEarnings))
	case model.RatePerEvent:
		known("event", string(c.Event), "", string(model.EventCredit), string(model.EventOrder))
	case model.RateTiered:
		known("tierMode", string(c.TierMode), string(model.TierMarginal), string(model.TierRetroactive), string(model.TierWholeCredit))
		known("rateMoment", string(c.RateMoment), "", string(model.RateAfter), string(model.RateBefore))
	case model.RateBonus:
		known("bonusLevels", string(c.BonusLevels), string(model.BonusHighest), string(model.BonusEach))
	default:
		add("rateKind", string(c.RateKind))
	}
	known("accumulate", string(c.Accumulate), "", string(model.OverWindow), string(model.OverPeriod), string(model.OverOrder), string(model.OverEvent))
	known("settlement", string(c.Settlement), "", string(model.SettleTrueUp), string(model.SettleWindowEnd))
	out = append(out, unsupportedReads(path, c)...)
	switch {
	case c.RateKind == model.RateOverride && c.Basis == model.OverrideEarnings && c.MeasurementWindow() != c.Payout:
		out = append(out, UnsupportedChoice{path + ".window", "an override on earnings reads those of its payout period"})
	case c.RateKind == model.RatePool && c.Settlement == model.SettleTrueUp:
		out = append(out, UnsupportedChoice{path + ".settlement", "a pool is shared at its window's end"})
	}
	periods := make([]string, len(model.PeriodTypes))
	for i, of := range model.PeriodTypes {
		periods[i] = string(of)
	}
	known("payout", string(c.Payout), periods...)
	known("window", string(c.Window), slices.Concat(periods, []string{""})...)
	return out
}

// unsupportedReads lists what the component's expressions over the window cannot
// read.
func unsupportedReads(path string, c *model.Component) []UnsupportedChoice {
	var out []UnsupportedChoice
	earnings, own := false, false
	for _, e := range windowExpressions(c) {
		earnings = earnings || len(e.earnings) > 0 || len(e.back.earnings) > 0
		own = own || e.back.own
	}
	if c.Settlement == model.SettleTrueUp && c.MeasurementWindow() != c.Payout && earnings {
		out = append(out, UnsupportedChoice{path + ".settlement", "a component that is trued up over a longer window cannot read another's earning"})
	}
	if own && (c.RateKind == model.RatePool || c.RateKind == model.RateOverride && c.Basis == model.OverrideEarnings) {
		out = append(out, UnsupportedChoice{path + ".adjustments", "what it measures is not the position's own: read earlier windows by the key of a measure"})
	}
	return out
}

// unsupportedUse lists what a component cannot do with a rate table.
func unsupportedUse(path string, c *model.Component, t *model.RateTable) []UnsupportedChoice {
	var out []UnsupportedChoice
	for i := range t.Versions {
		v := &t.Versions[i]
		refuse := func(format string, args ...any) {
			out = append(out, UnsupportedChoice{path, fmt.Sprintf("the rate table %s: ", t.Key) + fmt.Sprintf(format, args...)})
		}
		switch {
		case v.Matrix() != (c.RateKind == model.RateMatrix):
			refuse("a table of several dimensions is for MATRIX, and MATRIX needs one")
		case c.RateKind == model.RatePayCurve && v.CellKind != model.CellTarget && v.CellKind != model.CellMoney:
			refuse("PAY_CURVE looks up %s or %s, not %s", model.CellTarget, model.CellMoney, v.CellKind)
		case c.RateKind == model.RateObjectives && v.CellKind != model.CellTarget:
			refuse("the curve of a goal gives %s, not %s", model.CellTarget, v.CellKind)
		case c.RateKind == model.RateTiered && c.TierMode == model.TierMarginal && (v.Linear() || v.CellKind == model.CellMoney || v.CellKind == model.CellTarget):
			refuse("MARGINAL cuts at the bounds of rates: it takes no %s and no LINEAR look-up", v.CellKind)
		case c.RateKind == model.RateTiered && c.TierMode == model.TierWholeCredit && v.CellKind == model.CellTarget:
			refuse("a single credit has no fraction of the target")
		case c.RateKind == model.RateTiered && c.TierMode != model.TierRetroactive && v.Dimension == model.ByExpression:
			refuse("an expression over the window has no value for a single credit")
		case c.LookedUpByID != nil && v.Dimension == model.ByExpression:
			refuse("its expression says by what it is looked up: no other measure does")
		case c.RateKind == model.RateMatrix && c.Accumulate == model.OverEvent && v.CellKind == model.CellTarget:
			refuse("a single credit has no fraction of the target")
		}
	}
	return out
}

func unsupportedTable(path string, t *model.RateTable) []UnsupportedChoice {
	var out []UnsupportedChoice
	cells := t.Versions
	for i := range t.Versions {
		v := &t.Versions[i]
		at := fmt.Sprintf("%s.versions.%d", path, i)
		if !v.Matrix() && v.Dimension != model.ByAttainment && v.Dimension != model.ByMeasure && v.Dimension != model.ByExpression {
			out = append(out, UnsupportedChoice{at + ".dimension", fmt.Sprintf("%q is not supported yet", v.Dimension)})
		}
		if !slices.Contains([]model.CellKind{model.CellRate, model.CellMoney, model.CellPerUnit, model.CellTarget, model.CellTargetRate}, v.CellKind) {
			out = append(out, UnsupportedChoice{at + ".cellKind", fmt.Sprintf("%q is not supported yet", v.CellKind)})
		}
		if v.CellKind != cells[0].CellKind {
			out = append(out, UnsupportedChoice{at + ".cellKind", "versions of one table with different kinds of cell are not supported yet"})
		}
	}
	return out
}
