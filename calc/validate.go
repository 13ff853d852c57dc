package calc

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/shopspring/decimal"

	"spm/model"
)

// MaxRows bounds the rows of a rate table and the levels of a bonus.
const MaxRows = 200

// ValidateRateTable checks a version of a rate table: at least one row, each
// with From below To, ascending without overlap, contiguous unless Gaps; only
// the first row may be open below and only the last one above; numbers within
// 18 digits before the point and 10 after. Paths begin with the given one, as
// in "input.rows.2.from".
func ValidateRateTable(path string, t model.RateTableVersion) model.UserErrors {
	var errs model.UserErrors
	if len(t.Rows) == 0 {
		errs.Add(model.UserRequired, path, "a rate table needs at least one row")
	}
	if len(t.Rows) > MaxRows {
		errs.Add(model.UserTooMany, path, "a rate table has at most %d rows", MaxRows)
		return errs
	}
	if t.Bounds != model.LowerInclusive && t.Bounds != model.UpperInclusive {
		errs.Add(model.UserInvalid, path, "the rule of bounds is %s or %s", model.LowerInclusive, model.UpperInclusive)
	}
	validNumber(&errs, path, &t.Default)
	for i := range t.Rows {
		validateRow(&errs, fmt.Sprintf("%s.%d", path, i), &t, i)
	}
	return errs
}

func validateRow(errs *model.UserErrors, at string, t *model.RateTableVersion, i int) {
	row := &t.Rows[i]
	validNumber(errs, at+".from", row.From)
	validNumber(errs, at+".to", row.To)
	validNumber(errs, at+".cell", &row.Cell)
	if row.From == nil && i > 0 {
		errs.Add(model.UserRequired, at+".from", "only the first row may be open below")
	}
	if row.To == nil && i < len(t.Rows)-1 {
		errs.Add(model.UserRequired, at+".to", "only the last row may be open above")
	}
	if row.From != nil && row.To != nil && row.From.GreaterThanOrEqual(*row.To) {
		errs.Add(model.UserInvalid, at+".to", "a row ends above its beginning")
	}
	if i == 0 || row.From == nil || t.Rows[i-1].To == nil {
		return
	}
	switch before := *t.Rows[i-1].To; {
	case row.From.LessThan(before):
		errs.Add(model.UserOverlap, at+".from", "the row overlaps the one before, which ends at %s", before)
	case row.From.GreaterThan(before) && !t.Gaps:
		errs.Add(model.UserInvalid, at+".from", "the row before ends at %s: rows are contiguous unless gaps are declared", before)
	}
}

// ValidateComponent checks a component by itself: key and name, that it has
// what its rate kind needs and nothing of another kind, bonus levels of at
// least 0 and ascending, numbers within bounds, and that its condition
// compiles. Paths begin with the given one, as in "input.components.0.rate".
func ValidateComponent(path string, c model.Component) model.UserErrors {
	var errs model.UserErrors
	if c.Key == "" {
		errs.Add(model.UserRequired, path+".key", "a component needs a key")
	}
	if c.MeasureID.IsZero() {
		errs.Add(model.UserRequired, path+".measureId", "a component needs a measure")
	}
	ValidateExpression(&errs, path+".condition", CreditEnv, c.Condition, ResultBool)
	wants := func(field string, wanted, given bool) {
		if wanted && !given {
			errs.Add(model.UserRequired, path+"."+field, "%s needs it", c.RateKind)
		}
		if given && !wanted {
			errs.Add(model.UserInvalid, path+"."+field, "%s has no use for it", c.RateKind)
		}
	}
	wants("rate", c.RateKind == model.RateOnValue, c.Rate != nil)
	wants("rateTableId", c.RateKind == model.RateTiered, c.RateTableID != nil)
	wants("tierMode", c.RateKind == model.RateTiered, c.TierMode != "")
	wants("bonus", c.RateKind == model.RateBonus, len(c.Bonus) > 0)
	wants("bonusLevels", c.RateKind == model.RateBonus, c.BonusLevels != "")
	validNumber(&errs, path+".rate", c.Rate)
	validateAdjustments(&errs, path+".adjustments", c.Adjustments)
	if len(c.Bonus) > MaxRows {
		errs.Add(model.UserTooMany, path+".bonus", "a bonus has at most %d levels", MaxRows)
		return errs
	}
	for i := range c.Bonus {
		at := fmt.Sprintf("%s.bonus.%d", path, i)
		validNumber(&errs, at+".at", &c.Bonus[i].At)
		validNumber(&errs, at+".amount", &c.Bonus[i].Amount)
		if c.Bonus[i].At.IsNegative() {
			errs.Add(model.UserInvalid, at+".at", "a level is at least 0")
		}
		if i > 0 && c.Bonus[i].At.LessThanOrEqual(c.Bonus[i-1].At) {
			errs.Add(model.UserInvalid, at+".at", "levels ascend")
		}
	}
	return errs
}

// maxAdjustments bounds the adjustments of a component.
const maxAdjustments = 50

// validateAdjustments checks each adjustment by itself: that it has what its
// kind needs and nothing of another, a name of its own, numbers of at least 0
// within bounds, and a condition that compiles.
func validateAdjustments(errs *model.UserErrors, path string, all []model.Adjustment) {
	if len(all) > maxAdjustments {
		errs.Add(model.UserTooMany, path, "a component has at most %d adjustments", maxAdjustments)
		return
	}
	names := map[string]bool{}
	for i := range all {
		a, at := &all[i], fmt.Sprintf("%s.%d", path, i)
		if names[a.Name] {
			errs.Add(model.UserDuplicateInput, at+".name", "two adjustments are called %s", a.Name)
		}
		names[a.Name] = true
		validateAdjustment(errs, at, a)
	}
}

func validateAdjustment(errs *model.UserErrors, at string, a *model.Adjustment) {
	conditional := a.Kind == model.AdjustMultiplier || a.Kind == model.AdjustGate
	bound := a.Kind == model.AdjustCap || a.Kind == model.AdjustFloor
	needs := func(field string, wanted, allowed, given bool) {
		if wanted && !given {
			errs.Add(model.UserRequired, at+"."+field, "%s needs it", a.Kind)
		}
		if given && !allowed {
			errs.Add(model.UserInvalid, at+"."+field, "%s has no use for it", a.Kind)
		}
	}
	needs("factor", a.Kind == model.AdjustMultiplier, conditional, a.Factor != nil)
	needs("amount", bound, bound, a.Amount != nil)
	needs("condition", a.Kind == model.AdjustGate, conditional, a.Condition != "")
	if a.Kind == model.AdjustGate && a.Over == model.OverLine {
		errs.Add(model.UserInvalid, at+".over", "a gate is over the component: a condition on credits is the component's own")
	}
	environment := WindowEnv
	if a.Over == model.OverLine {
		environment = CreditEnv
	}
	ValidateExpression(errs, at+".condition", environment, a.Condition, ResultBool)
	for field, d := range map[string]*decimal.Decimal{"factor": a.Factor, "amount": a.Amount} {
		validNumber(errs, at+"."+field, d)
		if d != nil && d.IsNegative() {
			errs.Add(model.UserInvalid, at+"."+field, "it is at least 0")
		}
	}
}

// ValidateMeasure checks that a measure's source, aggregation and value are
// known, that it has an expression where it needs one and no other, that
// condition and expression compile, and that a measure of values has nothing
// that is about credits.
func ValidateMeasure(path string, m model.Measure) model.UserErrors {
	var errs model.UserErrors
	switch m.Source {
	case model.SourceValues:
		return validateOfValues(path, m)
	case "", model.SourceCredits:
		if m.Aggregation != "" && m.Aggregation != model.AggregateSum {
			errs.Add(model.UserInvalid, path+".aggregation", "credits are summed: %s is for values", m.Aggregation)
		}
	default:
		errs.Add(model.UserInvalid, path+".source", "%q is no source of a measure", m.Source)
	}
	ValidateExpression(&errs, path+".condition", CreditEnv, m.Condition, ResultBool)
	switch m.Value {
	case model.ValueExpression:
		ValidateExpression(&errs, path+".expression", CreditEnv, m.Expression, ResultNumber)
	case model.ValueAmount, model.ValueQuantity, model.ValueMargin, model.ValueCount:
		if m.Expression != "" {
			errs.Add(model.UserInvalid, path+".expression", "%s has no use for it", m.Value)
		}
	default:
		errs.Add(model.UserInvalid, path+".value", "%q is no value of a measure", m.Value)
	}
	return errs
}

func validateOfValues(path string, m model.Measure) model.UserErrors {
	var errs model.UserErrors
	switch m.Aggregation {
	case "", model.AggregateSum, model.AggregateAverage, model.AggregateLast:
	default:
		errs.Add(model.UserInvalid, path+".aggregation", "%q is no aggregation of a measure", m.Aggregation)
	}
	for _, field := range []struct {
		name  string
		given bool
	}{
		{"creditTypeIds", len(m.CreditTypeIDs) > 0},
		{"creditKinds", len(m.CreditKinds) > 0},
		{"condition", m.Condition != ""},
		{"value", m.Value != "" && m.Value != model.ValueAmount},
		{"expression", m.Expression != ""},
	} {
		if field.given {
			errs.Add(model.UserInvalid, path+"."+field.name, "a measure of values has no use for it")
		}
	}
	return errs
}

// ValidateExpression adds an EXPRESSION error where the text does not compile;
// its params are line, column (both from 1, in characters) and message.
func ValidateExpression(errs *model.UserErrors, path string, environment Environment, text string, want ResultType) {
	_, err := Compile(environment, text, want)
	if err == nil {
		return
	}
	errs.Add(model.UserExpression, path, "%v", err)
	if at, ok := errors.AsType[*ExpressionError](err); ok {
		errs.With("line", strconv.Itoa(at.Line))
		errs.With("column", strconv.Itoa(at.Column))
		errs.With("message", at.Message)
	}
}

// validNumber checks that a number can be stored; nil is none.
func validNumber(errs *model.UserErrors, path string, d *decimal.Decimal) {
	if d == nil {
		return
	}
	if !fits(*d) || d.Normalize().Exponent() < -model.Scale {
		errs.Add(model.UserInvalid, path, "a number has at most %d digits before the point and %d after", maxIntegerDigits, model.Scale)
	}
}
