package calc

import (
	"spm/model"
)

// An activity goes the way of a credit: a fact of the payee who held its
// position on its date, of no amount and no credit type, which only measures of
// activities count. See model.Activity.Fact.

// activityFault is what stops a component that measures by activities.
func (c *component) activityFault() *fault {
	if !c.measure.activity {
		return nil
	}
	if refused := unsupportedOfActivities(c.Component); refused != "" {
		return faultf(model.ProblemNotSupported, "the measure %s is of activities: %s", c.measure.Key, refused)
	}
	return nil
}

// counted is what the measure counts, in words.
func (m *measure) counted() string {
	if m.activity {
		return "activity"
	}
	return "credit"
}

// unsupportedOfActivities says what a component cannot do with a measure of
// activities; "" where it can do all that it does.
func unsupportedOfActivities(c *model.Component) string {
	switch {
	case c.RateKind == model.RateOverride:
		return "an override is paid on rolled up credits or on earnings"
	case c.RateKind == model.RateMatrix && c.Accumulate == model.OverEvent:
		return "a matrix by event looks up credits"
	}
	return ""
}

// ValidateComponentOf is ValidateComponent for a component whose measure is
// known: with one of activities its conditions are over these, and what cannot
// be done with them is NOT_SUPPORTED.
func ValidateComponentOf(path string, c model.Component, m *model.Measure) model.UserErrors {
	if m == nil || !m.OfActivities() {
		return ValidateComponent(path, c)
	}
	errs := validateComponent(path, c, ActivityEnv)
	if refused := unsupportedOfActivities(&c); refused != "" {
		errs.Add(model.UserNotSupported, path+".measureId", "the measure %s is of activities: %s", m.Key, refused)
	}
	return errs
}

// validateOfActivities checks a measure of activities.
func validateOfActivities(path string, m model.Measure) model.UserErrors {
	var errs model.UserErrors
	if m.Aggregation != "" && m.Aggregation != model.AggregateSum {
		errs.Add(model.UserInvalid, path+".aggregation", "activities are summed: %s is for values", m.Aggregation)
	}
	if len(m.CreditTypeIDs) > 0 {
		errs.Add(model.UserInvalid, path+".creditTypeIds", "a measure of activities has no use for it")
	}
	if len(m.CreditKinds) > 0 {
		errs.Add(model.UserInvalid, path+".creditKinds", "a measure of activities has no use for it")
	}
	ValidateExpression(&errs, path+".condition", ActivityEnv, m.Condition, ResultBool)
	switch m.Value {
	case model.ValueExpression:
		ValidateExpression(&errs, path+".expression", ActivityEnv, m.Expression, ResultNumber)
	case model.ValueQuantity, model.ValueCount:
		if m.Expression != "" {
			errs.Add(model.UserInvalid, path+".expression", "%s has no use for it", m.Value)
		}
	default:
		errs.Add(model.UserInvalid, path+".value", "activities have COUNT, QUANTITY and EXPRESSION, not %q", m.Value)
	}
	return errs
}
