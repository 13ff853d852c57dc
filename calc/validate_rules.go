package calc

import (
	"fmt"
	"slices"

	"spm/model"
)

// ValidateRules checks the choices of a version that are no single word: that
// its policy speaks of each status once, and that its eligibility compiles. Paths
// begin with the given one, as in "input.rules.eligibility".
func ValidateRules(path string, r model.PlanRules) model.UserErrors {
	var errs model.UserErrors
	ValidateExpression(&errs, path+".eligibility", EligibilityEnv, r.Eligibility, ResultBool)
	validateRamp(&errs, path+".ramp", r.Ramp)
	seen := map[model.PayeeStatus]bool{}
	for i, rule := range r.StatusPolicy {
		at := fmt.Sprintf("%s.statusPolicy.%d.status", path, i)
		switch {
		case !slices.Contains(model.PayeeStatuses, rule.Status):
			errs.Add(model.UserInvalid, at, "%q is no status of a payee", rule.Status)
		case seen[rule.Status]:
			errs.Add(model.UserDuplicateInput, at, "a rule before is of this status")
		}
		seen[rule.Status] = true
	}
	return errs
}

// maxPlanRates bounds the rates that a version states.
const maxPlanRates = 100

// ValidatePlanRates checks the rates that a version states itself: each of two
// currencies, one of them the plan's, on its side of a step by PLAN_RATE; once;
// above 0. A step by PLAN_RATE needs at least one. Paths begin with the given
// one, as in "input.rules.planRates.0.rate".
func ValidatePlanRates(path string, r model.PlanRules, plan model.CurrencyCode) model.UserErrors {
	var errs model.UserErrors
	path += ".planRates"
	if len(r.PlanRates) > maxPlanRates {
		errs.Add(model.UserTooMany, path, "a version states at most %d rates", maxPlanRates)
		return errs
	}
	seen, into, out := map[fxPair]bool{}, false, false
	for i := range r.PlanRates {
		rate, at := &r.PlanRates[i], fmt.Sprintf("%s.%d", path, i)
		pair := fxPair{rate.FromCurrency, rate.ToCurrency}
		brings := rate.ToCurrency == plan && r.FXCreditToPlan == model.FXPlanRate
		takes := rate.FromCurrency == plan && r.FXPlanToPay == model.FXPlanRate
		validNumber(&errs, at+".rate", &rate.Rate)
		switch {
		case rate.FromCurrency == rate.ToCurrency:
			errs.Add(model.UserInvalid, at+".toCurrency", "a rate leads to another currency")
		case !brings && !takes:
			errs.Add(model.UserInvalid, at, "no step by PLAN_RATE leads from %s to %s: fxCreditToPlan leads to the plan's currency, fxPlanToPay from it", rate.FromCurrency, rate.ToCurrency)
		case seen[pair]:
			errs.Add(model.UserDuplicateInput, at, "the rate from %s to %s stands twice", rate.FromCurrency, rate.ToCurrency)
		}
		if !rate.Rate.IsPositive() {
			errs.Add(model.UserInvalid, at+".rate", "a rate is above 0")
		}
		seen[pair], into, out = true, into || brings, out || takes
	}
	if r.FXCreditToPlan == model.FXPlanRate && !into {
		errs.Add(model.UserRequired, path, "fxCreditToPlan is PLAN_RATE: state the rates to %s", plan)
	}
	if r.FXPlanToPay == model.FXPlanRate && !out {
		errs.Add(model.UserRequired, path, "fxPlanToPay is PLAN_RATE: state the rates from %s", plan)
	}
	return errs
}

// maxRampMonth bounds the months of a ramp.
const maxRampMonth = 60

// validateRamp checks that a ramp begins with month 1, ascends, and ends with
// the whole quota; nil is none.
func validateRamp(errs *model.UserErrors, path string, ramp *model.Ramp) {
	switch {
	case ramp == nil:
		return
	case ramp.SinceGiven() != model.RampAssignment && ramp.SinceGiven() != model.RampPayee:
		errs.Add(model.UserInvalid, path+".since", "%q is no beginning of a ramp", ramp.Since)
	case len(ramp.Steps) == 0:
		errs.Add(model.UserRequired, path+".steps", "a ramp needs at least one step")
		return
	case len(ramp.Steps) > maxRampMonth:
		errs.Add(model.UserTooMany, path+".steps", "a ramp has at most %d steps", maxRampMonth)
		return
	}
	for i, step := range ramp.Steps {
		at := fmt.Sprintf("%s.steps.%d", path, i)
		validNumber(errs, at+".share", &step.Share)
		validNumber(errs, at+".targetShare", step.TargetShare)
		if step.TargetShare != nil && step.TargetShare.IsNegative() {
			errs.Add(model.UserInvalid, at+".targetShare", "a share is at least 0")
		}
		if !step.Share.IsPositive() {
			errs.Add(model.UserInvalid, at+".share", "a share is above 0: who has no quota has no attainment")
		}
		switch {
		case step.Month < 1 || step.Month > maxRampMonth:
			errs.Add(model.UserInvalid, at+".month", "a month is 1 to %d", maxRampMonth)
		case i == 0 && step.Month != 1:
			errs.Add(model.UserInvalid, at+".month", "a ramp begins with month 1")
		case i > 0 && step.Month <= ramp.Steps[i-1].Month:
			errs.Add(model.UserInvalid, at+".month", "months ascend")
		}
	}
	last := len(ramp.Steps) - 1
	if share := ramp.Steps[last].TargetShare; share != nil && !share.Equal(oneDecimal) {
		errs.Add(model.UserInvalid, fmt.Sprintf("%s.steps.%d.targetShare", path, last), "a ramp ends with the whole target: the last share is 1")
	}
	if !ramp.Steps[last].Share.Equal(oneDecimal) {
		errs.Add(model.UserInvalid, fmt.Sprintf("%s.steps.%d.share", path, last), "a ramp ends with the whole quota: the last share is 1")
	}
}
