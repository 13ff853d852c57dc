package calc

import (
	"fmt"

	"spm/model"
)

// maxLevels bounds the levels, and the sources, of an override.
const maxLevels = 50

// validateOfOthers checks what a component says of other payees: an override
// and a pool.
func validateOfOthers(errs *model.UserErrors, path string, c *model.Component, wants func(field string, wanted, given bool)) {
	override, onEarnings, pool := c.RateKind == model.RateOverride, c.RateKind == model.RateOverride && c.Basis == model.OverrideEarnings, c.RateKind == model.RatePool
	wants("overrideBasis", override && c.Basis != "", c.Basis != "")
	wants("overrideLevels", override, len(c.Levels) > 0)
	wants("sources", onEarnings, len(c.Sources) > 0)
	wants("compress", override && c.Compress, c.Compress)
	wants("teamId", pool, c.TeamID != nil)
	wants("fund", pool, c.Fund != "")
	wants("weight", pool && c.Weight != "", c.Weight != "")
	if onEarnings || pool {
		wants("attainmentCap", false, c.AttainmentCap != nil)
	}
	if onEarnings {
		wants("measureId", false, !c.MeasureID.IsZero())
		wants("condition", false, c.Condition != "")
	}
	if len(c.Levels) > maxLevels {
		errs.Add(model.UserTooMany, path+".overrideLevels", "an override has at most %d levels", maxLevels)
		return
	}
	if len(c.Sources) > maxLevels {
		errs.Add(model.UserTooMany, path+".sources", "an override reads at most %d components", maxLevels)
		return
	}
	for i := range c.Levels {
		at := fmt.Sprintf("%s.overrideLevels.%d", path, i)
		validNumber(errs, at+".rate", &c.Levels[i].Rate)
		if c.Levels[i].Level < 1 {
			errs.Add(model.UserInvalid, at+".level", "a level is at least 1")
		}
		if i > 0 && c.Levels[i].Level <= c.Levels[i-1].Level {
			errs.Add(model.UserInvalid, at+".level", "levels ascend")
		}
	}
	for i := range c.Sources {
		if c.Sources[i].ComponentKey == "" {
			errs.Add(model.UserRequired, fmt.Sprintf("%s.sources.%d.componentKey", path, i), "a source is a component")
		}
	}
	for field, text := range map[string]string{"fund": c.Fund, "weight": c.Weight} {
		if text == "" {
			continue
		}
		ValidateExpression(errs, path+"."+field, WindowEnv, text, ResultNumber)
		e, err := Compile(WindowEnv, text, ResultNumber)
		if err == nil && len(e.earnings) > 0 {
			errs.Add(model.UserNotSupported, path+"."+field, "a pool cannot read earnings")
		}
		if err == nil && e.back.any() {
			errs.Add(model.UserNotSupported, path+"."+field, "a pool cannot read earlier windows")
		}
	}
}
