package calc

import (
	"fmt"
	"slices"

	"spm/model"
)

const (
	maxCaps   = 20
	maxExcept = 50
)

// ValidateCaps checks the caps and floors of a version over its plan and over
// the payee: names of their own, amounts of at least 0, what they are per, and
// that the components which one over the plan leaves out are there.
func ValidateCaps(path string, v *model.PlanVersion) model.UserErrors {
	var errs model.UserErrors
	if len(v.Caps) > maxCaps {
		errs.Add(model.UserTooMany, path, "a version has at most %d caps and floors", maxCaps)
		return errs
	}
	names := map[string]bool{}
	for i := range v.Caps {
		c, at := &v.Caps[i], fmt.Sprintf("%s.%d", path, i)
		if names[c.Name] {
			errs.Add(model.UserDuplicateInput, at+".name", "two of them are called %s", c.Name)
		}
		names[c.Name] = true
		for _, f := range planCapFaults(c) {
			errs.Add(model.UserInvalid, at+"."+f.Path, "%s", f.Message)
		}
		validNumber(&errs, at+".amount", &c.Amount)
		if c.Amount.IsNegative() {
			errs.Add(model.UserInvalid, at+".amount", "it is at least 0")
		}
		if len(c.Except) > maxExcept {
			errs.Add(model.UserTooMany, at+".except", "at most %d components are left out", maxExcept)
			continue
		}
		for j, key := range c.Except {
			if c.Over == model.OverPlan && !slices.ContainsFunc(v.Components, func(c model.Component) bool { return c.Key == key }) {
				errs.Add(model.UserInvalid, fmt.Sprintf("%s.except.%d", at, j), "%s is no component of the version", key)
			}
		}
	}
	return errs
}

// planCapFaults lists what a cap or floor over a plan or payee says that it
// cannot; paths are fields.
func planCapFaults(c *model.PlanCap) []UnsupportedChoice {
	var out []UnsupportedChoice
	refuse := func(field, message string) { out = append(out, UnsupportedChoice{field, message}) }
	if c.Kind != model.PlanCapCap && c.Kind != model.PlanCapFloor {
		refuse("kind", "it is CAP or FLOOR")
	}
	if c.Over != model.OverPlan && c.Over != model.OverPayee {
		refuse("over", "it is PLAN or PAYEE")
	}
	switch {
	case c.Per != model.PerPeriod && c.Per != model.PerYear:
		refuse("per", "it is PERIOD or YEAR")
	case c.Per == model.PerYear && c.Kind == model.PlanCapFloor:
		refuse("per", "a floor is per PERIOD: one of the year would be paid at once")
	}
	switch {
	case c.Excess == "":
	case c.Kind == model.PlanCapFloor:
		refuse("excess", "it is for caps")
	case c.Excess != model.ExcessForfeited && c.Excess != model.ExcessCarried:
		refuse("excess", "what lies above a cap is FORFEITED or CARRIED")
	case c.Excess == model.ExcessCarried && c.Per == model.PerYear:
		refuse("excess", "a cap of the year has no next period to carry to")
	}
	return out
}

// validateAttainmentCap checks a cap on attainment.
func validateAttainmentCap(errs *model.UserErrors, path string, c *model.Component) {
	if c.AttainmentCap == nil {
		return
	}
	validNumber(errs, path, c.AttainmentCap)
	if !c.AttainmentCap.IsPositive() {
		errs.Add(model.UserInvalid, path, "it is above 0")
	}
	if c.RateKind == model.RateObjectives {
		errs.Add(model.UserInvalid, path, "OBJECTIVES has no use for it: the curve of each goal ends where it should")
	}
}
