package calc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// MaxRows bounds the rows of a rate table and the levels of a bonus.
const MaxRows = 200

// ValidateRateTable checks a version of a rate table: at least one row, each
// with From below To, ascending without overlap, contiguous unless Gaps; only
// the first row may be open below and only the last one above; numbers within
// 18 digits before the point and 10 after. Rows of a LINEAR table are points,
// ascending, which need not say where they end. Paths begin with the given one,
// as in "input.rows.2.from".
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
	if t.Matrix() {
		validateMatrix(&errs, path, &t)
		return errs
	}
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
	if len(row.Keys) > 0 {
		errs.Add(model.UserInvalid, at+".keys", "keys are for tables with dimensions")
	}
	if t.Linear() {
		validatePoint(errs, at, t, i)
		return
	}
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

// validatePoint checks a row of a LINEAR table: points ascend; where a row says
// where it ends, the next one lies there.
func validatePoint(errs *model.UserErrors, at string, t *model.RateTableVersion, i int) {
	row := &t.Rows[i]
	if row.From == nil {
		errs.Add(model.UserRequired, at+".from", "a point of a LINEAR look-up says where it lies")
		return
	}
	if i > 0 && t.Rows[i-1].From != nil && row.From.LessThanOrEqual(*t.Rows[i-1].From) {
		errs.Add(model.UserOverlap, at+".from", "the point lies at or below the one before, which lies at %s", *t.Rows[i-1].From)
		return
	}
	if i+1 < len(t.Rows) && row.To != nil && t.Rows[i+1].From != nil && !row.To.Equal(*t.Rows[i+1].From) {
		errs.Add(model.UserInvalid, at+".to", "the next point lies at %s", *t.Rows[i+1].From)
	}
}

// maxDimensions bounds the dimensions of a matrix.
const maxDimensions = 8

// validateMatrix checks a table with dimensions: expressions that compile over
// the window or over a credit, and for each row one key a dimension, of its kind.
func validateMatrix(errs *model.UserErrors, path string, t *model.RateTableVersion) {
	at := strings.TrimSuffix(path, ".rows")
	if len(t.Dimensions) > maxDimensions {
		errs.Add(model.UserTooMany, at+".dimensions", "a rate table has at most %d dimensions", maxDimensions)
		return
	}
	if t.Linear() {
		errs.Add(model.UserInvalid, at+".lookup", "a table with dimensions is looked up by STEP")
	}
	if !slices.Contains([]model.Precedence{"", model.PrecedenceFirst, model.PrecedenceMostSpecific}, t.Precedence) {
		errs.Add(model.UserInvalid, at+".precedence", "%q is no precedence", t.Precedence)
	}
	for i := range t.Dimensions {
		d, want := &t.Dimensions[i], ResultNumber
		switch d.Match {
		case model.MatchEquals, model.MatchTree:
			want = ResultText
		case model.MatchRange:
		default:
			errs.Add(model.UserInvalid, fmt.Sprintf("%s.dimensions.%d.match", at, i), "%q is no way to match", d.Match)
		}
		validateTree(errs, fmt.Sprintf("%s.dimensions.%d.tree", at, i), d)
		if _, err := Compile(WindowEnv, d.Expression, want); err != nil {
			ValidateExpression(errs, fmt.Sprintf("%s.dimensions.%d.expression", at, i), CreditEnv, d.Expression, want)
		}
	}
	for i := range t.Rows {
		validateMatrixRow(errs, fmt.Sprintf("%s.%d", path, i), t, &t.Rows[i])
	}
}

// validateTree checks that a dimension says its tree, if it has one.
func validateTree(errs *model.UserErrors, at string, d *model.TableDimension) {
	switch tree := d.Match == model.MatchTree; {
	case tree && d.Tree == "":
		errs.Add(model.UserRequired, at, "TREE needs it")
	case tree && d.Tree != model.TreeProduct && d.Tree != model.TreeAccount:
		errs.Add(model.UserInvalid, at, "%q is no tree", d.Tree)
	case !tree && d.Tree != "":
		errs.Add(model.UserInvalid, at, "the dimension is matched by %s", d.Match)
	}
}

func validateMatrixRow(errs *model.UserErrors, at string, t *model.RateTableVersion, row *model.RateRow) {
	validNumber(errs, at+".cell", &row.Cell)
	if row.From != nil || row.To != nil {
		errs.Add(model.UserInvalid, at+".from", "a table with dimensions has keys instead")
	}
	if len(row.Keys) != len(t.Dimensions) {
		errs.Add(model.UserInvalid, at+".keys", "a row has one key for each of the %d dimensions", len(t.Dimensions))
		return
	}
	for i := range row.Keys {
		key, at := &row.Keys[i], fmt.Sprintf("%s.keys.%d", at, i)
		validNumber(errs, at+".from", key.From)
		validNumber(errs, at+".to", key.To)
		switch match := t.Dimensions[i].Match; {
		case match != model.MatchRange && (key.From != nil || key.To != nil):
			errs.Add(model.UserInvalid, at+".from", "the dimension is matched by %s", match)
		case match != model.MatchEquals && key.Equals != nil:
			errs.Add(model.UserInvalid, at+".equals", "the dimension is matched by %s", match)
		case match != model.MatchTree && key.Under != nil:
			errs.Add(model.UserInvalid, at+".under", "the dimension is matched by %s", match)
		case key.From != nil && key.To != nil && key.From.GreaterThanOrEqual(*key.To):
			errs.Add(model.UserInvalid, at+".to", "a range ends above its beginning")
		}
	}
}

// ValidateComponents checks what the components of a version say of each other:
// that those whose earnings a formula or condition reads are there, and that
// none depends on itself.
func ValidateComponents(path string, all []model.Component) model.UserErrors {
	var errs model.UserErrors
	reads := make(map[string][]string, len(all))
	for i := range all {
		for _, e := range windowExpressions(&all[i]) {
			for _, key := range slices.Concat(e.earnings, e.back.earnings) {
				if !slices.ContainsFunc(all, func(c model.Component) bool { return c.Key == key }) {
					errs.Add(model.UserInvalid, fmt.Sprintf("%s.%d", path, i), "it reads the earning of %s, which is no component of the version", key)
				}
			}
			reads[all[i].Key] = append(reads[all[i].Key], e.earnings...) // those of earlier periods make no circle
		}
	}
	for i := range all {
		if cycle := cycleFrom(all[i].Key, reads); cycle != nil {
			errs.Add(model.UserCycle, fmt.Sprintf("%s.%d", path, i), "its earning depends on itself: %s", strings.Join(cycle, " > "))
			return errs
		}
	}
	return errs
}

// windowExpressions gives what of the component's own text is evaluated over the
// window: its formula, and conditions of adjustments.
func windowExpressions(c *model.Component) []*Expression {
	var out []*Expression
	add := func(text string, want ResultType) {
		if e, err := Compile(WindowEnv, text, want); err == nil {
			out = append(out, e)
		}
	}
	add(c.Formula, ResultNumber)
	for i := range c.Adjustments {
		if c.Adjustments[i].Over == model.OverComponent {
			add(c.Adjustments[i].Condition, ResultBool)
		}
	}
	return out
}

// cycleFrom gives the way from a component back to itself, nil where there is
// none.
func cycleFrom(start string, reads map[string][]string) []string {
	seen := map[string]bool{}
	var walk func(key string, way []string) []string
	walk = func(key string, way []string) []string {
		for _, next := range reads[key] {
			if next == start {
				return append(way, next)
			}
			if !seen[next] {
				seen[next] = true
				if found := walk(next, append(slices.Clone(way), next)); found != nil {
					return found
				}
			}
		}
		return nil
	}
	return walk(start, []string{start})
}

// ValidateComponent checks a component by itself: key and name, that it has
// what its rate kind needs and nothing of another kind, bonus levels of at
// least 0 and ascending, numbers within bounds, and that its condition
// compiles. Paths begin with the given one, as in "input.components.0.rate".
func ValidateComponent(path string, c model.Component) model.UserErrors {
	return validateComponent(path, c, CreditEnv)
}

func validateComponent(path string, c model.Component, facts Environment) model.UserErrors {
	var errs model.UserErrors
	if c.Key == "" {
		errs.Add(model.UserRequired, path+".key", "a component needs a key")
	}
	if c.MeasureID.IsZero() && !c.MeasuresNothing() {
		errs.Add(model.UserRequired, path+".measureId", "a component needs a measure")
	}
	ValidateExpression(&errs, path+".condition", facts, c.Condition, ResultBool)
	ValidateExpression(&errs, path+".eligibility", EligibilityEnv, c.Eligibility, ResultBool)
	if c.Days().Empty() {
		errs.Add(model.UserInvalid, path+".endDate", "a component ends on or after the day on which it begins")
	}
	wants := func(field string, wanted, given bool) {
		if wanted && !given {
			errs.Add(model.UserRequired, path+"."+field, "%s needs it", c.RateKind)
		}
		if given && !wanted {
			errs.Add(model.UserInvalid, path+"."+field, "%s has no use for it", c.RateKind)
		}
	}
	flat := c.RateKind == model.RateOnValue || c.RateKind == model.RateUnit || c.RateKind == model.RatePerEvent
	tabled := c.RateKind == model.RateTiered || c.RateKind == model.RatePayCurve || c.RateKind == model.RateMatrix
	allows := func(field string, allowed, given bool) { wants(field, allowed && given, given) }
	wants("rate", flat, c.Rate != nil)
	wants("rateTableId", tabled, c.RateTableID != nil)
	wants("tierMode", c.RateKind == model.RateTiered, c.TierMode != "")
	allows("lookedUpById", c.RateKind == model.RateTiered, c.LookedUpByID != nil)
	wants("bonus", c.RateKind == model.RateBonus, len(c.Bonus) > 0)
	wants("bonusLevels", c.RateKind == model.RateBonus, c.BonusLevels != "")
	wants("goals", c.RateKind == model.RateObjectives, len(c.Goals) > 0)
	wants("formula", c.RateKind == model.RateFormula, c.Formula != "")
	validateOfOthers(&errs, path, &c, wants)
	allows("event", c.RateKind == model.RatePerEvent, c.Event != "")
	allows("rateMoment", c.TierMode == model.TierWholeCredit, c.RateMoment != "")
	allows("accumulate", c.RateKind == model.RateTiered && c.TierMode != model.TierRetroactive || c.RateKind == model.RateMatrix && (c.Accumulate == model.OverEvent || c.Accumulate == model.OverWindow), c.Accumulate != "")
	allows("settlement", c.MeasurementWindow() != c.Payout, c.Settlement != "")
	if c.Formula != "" {
		ValidateExpression(&errs, path+".formula", WindowEnv, c.Formula, ResultNumber)
	}
	validateRamp(&errs, path+".ramp", c.Ramp)
	validateGoals(&errs, path+".goals", c.Goals)
	validNumber(&errs, path+".target", c.Target)
	validNumber(&errs, path+".targetShare", c.TargetShare)
	if c.Target != nil && c.TargetShare != nil {
		errs.Add(model.UserInvalid, path+".targetShare", "a target of its own leaves no share")
	}
	for field, d := range map[string]*decimal.Decimal{"target": c.Target, "targetShare": c.TargetShare} {
		if d != nil && d.IsNegative() {
			errs.Add(model.UserInvalid, path+"."+field, "it is at least 0")
		}
	}
	validNumber(&errs, path+".rate", c.Rate)
	validateAttainmentCap(&errs, path+".attainmentCap", &c)
	validateAdjustments(&errs, path+".adjustments", &c, facts)
	validateBonus(&errs, path+".bonus", c.Bonus)
	return errs
}

// validateBonus checks the levels of a bonus: ascending, each at least 0.
func validateBonus(errs *model.UserErrors, path string, all []model.BonusLevel) {
	if len(all) > MaxRows {
		errs.Add(model.UserTooMany, path, "a bonus has at most %d levels", MaxRows)
		return
	}
	for i := range all {
		at := fmt.Sprintf("%s.%d", path, i)
		validNumber(errs, at+".at", &all[i].At)
		validNumber(errs, at+".amount", &all[i].Amount)
		if all[i].At.IsNegative() {
			errs.Add(model.UserInvalid, at+".at", "a level is at least 0")
		}
		if i > 0 && all[i].At.LessThanOrEqual(all[i-1].At) {
			errs.Add(model.UserInvalid, at+".at", "levels ascend")
		}
	}
}

// maxGoals bounds the goals of a component.
const maxGoals = 50

// validateGoals checks goals: keys of their own, and weights that total 1.
func validateGoals(errs *model.UserErrors, path string, all []model.Goal) {
	if len(all) > maxGoals {
		errs.Add(model.UserTooMany, path, "a component has at most %d goals", maxGoals)
		return
	}
	total, keys := decimal.Zero, map[string]bool{}
	for i := range all {
		g, at := &all[i], fmt.Sprintf("%s.%d", path, i)
		switch {
		case g.Key == "":
			errs.Add(model.UserRequired, at+".key", "a goal needs a key")
		case keys[g.Key]:
			errs.Add(model.UserDuplicateInput, at+".key", "two goals have the key %s", g.Key)
		}
		keys[g.Key] = true
		validNumber(errs, at+".weight", &g.Weight)
		if g.Weight.IsNegative() {
			errs.Add(model.UserInvalid, at+".weight", "a weight is at least 0")
		}
		total = total.Add(g.Weight)
	}
	if len(all) > 0 && !total.Equal(oneDecimal) {
		errs.Add(model.UserInvalid, path, "the weights total %s, not 1", total)
	}
}

// maxAdjustments bounds the adjustments of a component.
const maxAdjustments = 50

// validateAdjustments checks each adjustment by itself: that it has what its
// kind needs and nothing of another, a name of its own, numbers of at least 0
// within bounds, and a condition that compiles.
func validateAdjustments(errs *model.UserErrors, path string, c *model.Component, facts Environment) {
	all := c.Adjustments
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
		validateAdjustment(errs, at, a, facts)
		for _, f := range boundFaults(c, a) {
			errs.Add(model.UserInvalid, at+"."+f.Path, "%s", f.Message)
		}
	}
}

func validateAdjustment(errs *model.UserErrors, at string, a *model.Adjustment, facts Environment) {
	conditional := a.Kind == model.AdjustMultiplier || a.Kind == model.AdjustGate
	bound := a.Bounds()
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
	if conditional && a.Over == model.OverOrders {
		errs.Add(model.UserInvalid, at+".over", "what is over orders is a cap or a floor")
	}
	environment := WindowEnv
	if a.Over != model.OverComponent {
		environment = facts
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
	case model.SourceActivities:
		return validateOfActivities(path, m)
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
