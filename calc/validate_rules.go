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
