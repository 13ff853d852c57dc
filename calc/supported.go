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
		for j := range tables {
			if id := v.Components[i].RateTableID; id != nil && *id == tables[j].ID {
				out = append(out, unsupportedTable(path+".rateTable", &tables[j])...)
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
	return append(unsupportedRules(v.Rules.WithDefaults()), unsupportedComponent("component", c)...)
}

func unsupportedRules(r model.PlanRules) []UnsupportedChoice {
	var out []UnsupportedChoice
	check := func(path, value string, have ...string) {
		if !slices.Contains(have, value) {
			out = append(out, UnsupportedChoice{"rules." + path, fmt.Sprintf("%s is not supported yet; there is %v", value, have)})
		}
	}
	check("roundStage", string(r.RoundStage), string(model.RoundComponent), string(model.RoundLine))
	check("roundMode", string(r.RoundMode), string(model.HalfUp), string(model.HalfEven), string(model.RoundUp), string(model.RoundDn))
	check("fxCreditToPlan", string(r.FXCreditToPlan), string(model.FXEvent), string(model.FXPeriodEnd))
	check("fxPlanToPay", string(r.FXPlanToPay), string(model.FXEvent), string(model.FXPeriodEnd))
	check("returns", string(r.Returns), string(model.ReturnsNegative), string(model.ReturnsIgnore))
	check("continuity", string(r.Continuity), string(model.ContinueAssignment))
	check("quotaProration", string(r.QuotaProration), string(model.ProrateDays), string(model.ProrateNone))
	check("targetProration", string(r.TargetProration), string(model.ProrateDays), string(model.ProrateNone))
	check("bonusProration", string(r.BonusProration), string(model.ProrateDays), string(model.ProrateNone))
	check("capProration", string(r.CapProration), string(model.ProrateDays), string(model.ProrateNone))
	check("floorProration", string(r.FloorProration), string(model.ProrateDays), string(model.ProrateNone))
	check("multipliers", string(r.Multipliers), string(model.MultiplyProduct), string(model.MultiplySum))
	check("quotaChange", string(r.QuotaChange), string(model.QuotaLastDay))
	check("quotaBasis", string(r.QuotaBasis), string(model.QuotaWindow))
	check("quotaCarry", string(r.QuotaCarry), string(model.CarryNone))
	check("negativePay", string(r.NegativePay), string(model.NegativeCarried))
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
	switch c.RateKind {
	case model.RateOnValue:
	case model.RateTiered:
		if c.TierMode != model.TierMarginal && c.TierMode != model.TierRetroactive {
			add("tierMode", string(c.TierMode))
		}
	case model.RateBonus:
		if c.BonusLevels != model.BonusHighest && c.BonusLevels != model.BonusEach {
			add("bonusLevels", string(c.BonusLevels))
		}
	default:
		add("rateKind", string(c.RateKind))
	}
	if !slices.Contains([]model.PeriodType{model.PeriodMonth, model.PeriodQuarter, model.PeriodHalf, model.PeriodYear}, c.Payout) {
		add("payout", string(c.Payout))
	}
	return out
}

func unsupportedTable(path string, t *model.RateTable) []UnsupportedChoice {
	var out []UnsupportedChoice
	for i := range t.Versions {
		v := &t.Versions[i]
		at := fmt.Sprintf("%s.versions.%d", path, i)
		if v.Dimension != model.ByAttainment && v.Dimension != model.ByMeasure {
			out = append(out, UnsupportedChoice{at + ".dimension", fmt.Sprintf("%q is not supported yet", v.Dimension)})
		}
		if v.CellKind != model.CellRate {
			out = append(out, UnsupportedChoice{at + ".cellKind", fmt.Sprintf("%q is not supported yet in a tiered rate", v.CellKind)})
		}
	}
	return out
}
