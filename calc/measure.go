package calc

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// measure is a measure with its expressions compiled.
type measure struct {
	*model.Measure
	label     string // in a trace
	activity  bool   // it is of activities
	condition *condition
	value     *Expression // EXPRESSION only
	fault     *fault      // why it cannot be calculated at all
}

// condition is a compiled condition; one per text, so that equal conditions
// are one pointer.
type condition struct {
	expression *Expression // nil: takes all
	fault      *fault
}

// component is a component of a version, ready to be calculated.
type component struct {
	*model.Component
	id          model.ID
	version     *version
	measure     *measure
	lookup      *measure // that the table is looked up by; nil: the measure
	condition   *condition
	table       *rateTable    // TIERED
	flat        *tier         // RATE_ON_VALUE
	levels      []*tier       // BONUS: From is the level, Rate its money; ascending
	formula     *Expression   // FORMULA
	eligibility []*Expression // all must hold on a day
	goals       []goal        // OBJECTIVES
	byLevel     []leveled     // OVERRIDE
	team        *model.Team   // POOL
	fund        *Expression   // POOL
	weight      *Expression   // POOL; nil: by the team's weights
	releases    []*condition  // of the parts of its schedule
	onLines     []*adjustment
	onWhole     []*adjustment
	perPeriod   bool   // one of these is a bound of each payout period of a longer window
	fault       *fault // why it cannot be calculated at all
}

// goal is a goal of a component, ready to be calculated.
type goal struct {
	*model.Goal
	label   string
	measure *measure
	table   *rateTable // nil: the measure is the fraction
}

func (x *index) addMeasures(book *Book) (err error) {
	if x.creditTypes, err = byID(book.CreditTypes, func(t *model.CreditType) model.ID { return t.ID }); err != nil {
		return err
	}
	measures, err := byID(book.Measures, func(m *model.Measure) model.ID { return m.ID })
	if err != nil {
		return err
	}
	x.measures, x.measureKeys = make(map[model.ID]*measure, len(measures)), make(map[string]*measure, len(measures))
	x.everything = x.compile(CreditEnv, "")
	x.nothing = &measure{Measure: &model.Measure{CreditTypeIDs: []model.ID{{}}, Value: model.ValueCount}, condition: x.everything}
	x.nothing.label = measureLabel(x.nothing.Measure)
	for id, m := range measures {
		out := &measure{Measure: m, label: measureLabel(m), activity: m.OfActivities()}
		out.condition = x.compile(out.environment(), m.Condition)
		out.fault = out.condition.fault
		x.activities = x.activities || out.activity
		if m.Source == model.SourceValues {
			x.measures[id], x.measureKeys[m.Key] = out, out
			continue
		}
		switch m.Value {
		case model.ValueAmount, model.ValueMargin:
			if out.activity {
				out.fault = faultf(model.ProblemNotSupported, "measure %s is of activities, which have no %s", m.Key, m.Value)
			}
		case model.ValueQuantity, model.ValueCount:
		case model.ValueExpression:
			if out.value, err = Compile(out.environment(), m.Expression, ResultNumber); err != nil {
				out.fault = faultf(model.ProblemExpression, "measure %s: %v", m.Key, err)
			}
		default:
			out.fault = faultf(model.ProblemNotSupported, "measure %s has the value %q", m.Key, m.Value)
		}
		x.measures[id], x.measureKeys[m.Key] = out, out
	}
	return nil
}

// measureLabel says in a trace what is measured, and how.
func measureLabel(m *model.Measure) string {
	if m.Source == model.SourceValues {
		return fmt.Sprintf("value=%s aggregation=%s measure=%s", model.SourceValues, cmp.Or(m.Aggregation, model.AggregateSum), m.Key)
	}
	if m.OfActivities() {
		return fmt.Sprintf("source=%s value=%s measure=%s", model.SourceActivities, m.Value, m.Key)
	}
	return fmt.Sprintf("value=%s measure=%s", m.Value, m.Key)
}

// environment is the one in which what the measure reads is laid out.
func (m *measure) environment() Environment {
	if m != nil && m.activity {
		return ActivityEnv
	}
	return CreditEnv
}

// conditionKey is what a condition is compiled once for.
type conditionKey struct {
	environment Environment
	text        string
}

// compile gives the condition of a text over credits or activities.
func (x *index) compile(environment Environment, text string) *condition {
	key := conditionKey{environment, text}
	if text == "" {
		key.environment = CreditEnv
	}
	if known := x.conditions[key]; known != nil {
		return known
	}
	c := &condition{}
	if text != "" {
		expression, err := Compile(environment, text, ResultBool)
		if err != nil {
			c.fault = faultf(model.ProblemExpression, "condition: %v", err)
		}
		c.expression = expression
	}
	x.conditions[key] = c
	return c
}

// newComponent prepares a component. A reference to what is not in the book is
// an error; what cannot be calculated is the component's fault.
func (x *index) newComponent(v *version, c *model.Component) (*component, error) {
	out := &component{Component: c, id: model.ComponentID(v.plan.ID, c.Key), version: v, measure: x.measures[c.MeasureID]}
	if c.MeasureID.IsZero() {
		out.measure = x.nothing
	}
	out.condition = x.compile(out.measure.environment(), c.Condition)
	if out.measure == nil {
		return nil, errors.New("its measure is not there")
	}
	if c.LookedUpByID != nil {
		if out.lookup = x.measures[*c.LookedUpByID]; out.lookup == nil {
			return nil, errors.New("the measure that it is looked up by is not there")
		}
	}
	if c.RateKind == model.RateTiered || c.RateKind == model.RatePayCurve || c.RateKind == model.RateMatrix {
		if c.RateTableID == nil || x.tables[*c.RateTableID] == nil {
			return nil, errors.New("its rate table is not there")
		}
		out.table = x.tables[*c.RateTableID]
	}
	for i := range c.Goals {
		g := goal{Goal: &c.Goals[i], label: strings.Join(strings.Fields(strings.ReplaceAll(c.Goals[i].Key, "=", ":")), "_"), measure: x.measures[c.Goals[i].MeasureID]}
		if id := c.Goals[i].RateTableID; id != nil {
			if g.table = x.tables[*id]; g.table == nil {
				return nil, errors.New("a rate table of its goals is not there")
			}
		}
		if g.measure == nil {
			return nil, errors.New("a measure of its goals is not there")
		}
		out.goals = append(out.goals, g)
	}
	if c.TeamID != nil {
		if out.team = x.teams[*c.TeamID]; out.team == nil {
			return nil, errors.New("its team is not there")
		}
	}
	out.prepareRate()
	out.prepareAdjustments(x)
	out.prepareEligibility()
	for i := range c.Release {
		out.releases = append(out.releases, x.compile(TransactionEnv, c.Release[i].Condition))
	}
	refused := unsupportedIn(v.PlanVersion, c)
	if out.table != nil {
		refused = append(refused, unsupportedUse("rateTableId", c, out.table.RateTable)...)
	}
	for i := range out.goals {
		if t := out.goals[i].table; t != nil {
			refused = append(refused, unsupportedUse("goals", &model.Component{RateKind: model.RateObjectives}, t.RateTable)...)
		}
	}
	if len(refused) > 0 {
		out.fault = faultf(model.ProblemNotSupported, "%s: %s", refused[0].Path, refused[0].Message)
	}
	for _, f := range []*fault{out.condition.fault, out.measure.fault, out.lookupFault(), out.activityFault(), out.continuityFault()} {
		if f != nil {
			out.fault = f
		}
	}
	return out, nil
}

// prepareRate fills what the rate kind needs.
func (c *component) prepareRate() {
	rate := func(d decimal.Decimal) *decimal.Decimal {
		if !fits(d) {
			c.fault = faultf(model.ProblemOverflow, "a rate of the component is out of bounds")
			d = decimal.Zero
		}
		return &d
	}
	switch c.RateKind {
	case model.RateOnValue, model.RateUnit, model.RatePerEvent:
		c.flat = &tier{rate: rate(orZero(c.Rate))}
	case model.RateFormula:
		var err error
		if c.formula, err = Compile(WindowEnv, c.Formula, ResultNumber); err != nil {
			c.fault = faultf(model.ProblemExpression, "formula: %v", err)
		}
	case model.RateOverride:
		c.prepareOverride()
	case model.RatePool:
		c.preparePool()
	case model.RateBonus:
		for i := range c.Bonus {
			c.levels = append(c.levels, &tier{label: fmt.Sprintf("level %d", i+1), from: rate(c.Bonus[i].At), rate: rate(c.Bonus[i].Amount)})
		}
		slices.SortStableFunc(c.levels, func(a, b *tier) int { return a.from.Cmp(*b.from) })
	}
}

// columnKey is what a column of measured values depends on.
type columnKey struct {
	measure   *measure
	condition *condition
	currency  model.CurrencyCode
	rule      model.FXDate
	stating   *version // whose own rates count; nil unless PLAN_RATE
}

// columnFor is the key of what a version measures.
func (v *version) columnFor(m *measure, c *condition) columnKey {
	key := columnKey{measure: m, condition: c, currency: v.Currency, rule: v.rules.FXCreditToPlan}
	if key.rule == model.FXPlanRate {
		key.stating = v
	}
	return key
}

// column holds what each fact adds to a measure, worked out when first asked.
type column struct {
	columnKey
	period *model.Period // that the rates depend on; nil: on none
	cells  []cell        // of the facts of the place
}

type cellState uint8

const (
	cellUnknown cellState = iota
	cellSkipped           // the fact does not count
	cellCounts
	cellFaulty
)

// cell is what one fact adds to a measure.
type cell struct {
	state    cellState
	absent   bool // the credit says no quantity, or no margin
	form     cellForm
	units    int64 // of a small value
	credit   int64 // the credit's number, where it is known
	value    decimal.Decimal
	uncut    *decimal.Decimal // the value without the attainment cap, where that cuts it
	step     *fxStep          // credit to plan currency; nil where nothing is converted
	original decimal.Decimal  // what step converts, in the credit's own currency
	fault    *fault
}

// cellForm says how the value of a cell may be computed with.
type cellForm uint8

const (
	formUnknown cellForm = iota
	formSmall            // its units fit a machine word
	formWide
)

// number gives the value.
func (c *cell) number() number {
	switch c.form {
	case formSmall:
		return number{units: c.units, exp: c.value.Exponent()}
	case formWide:
		return number{wide: &c.value}
	}
	return numberOf(c.value)
}

// settle finds out how the value may be computed with.
func (c *cell) settle(plain bool) {
	units, _, small := model.SmallNumber(c.value)
	if c.form = formWide; small && !plain {
		c.form, c.units = formSmall, units
	}
}

// column finds or makes the column of a key for the facts at hand.
func (c *calculation) column(key columnKey) *column {
	for _, known := range c.place.columns {
		if known.columnKey == key && (known.period == nil || known.period == c.period) {
			return known
		}
	}
	made := &column{columnKey: key, cells: c.of.scratch.column(len(c.place.facts))}
	if byPeriod(key.rule) {
		made.period = c.period
	}
	c.place.columns = append(c.place.columns, made)
	return made
}

// at gives the cell of the i-th fact.
func (c *calculation) at(col *column, i int) *cell {
	out := &col.cells[c.first+i]
	if out.state == cellUnknown {
		*out = c.measured(col, c.facts[i])
		if out.state == cellCounts {
			out.credit = c.facts[i].citation()
			if out.form == formUnknown {
				out.settle(c.of.plain)
			}
		}
	}
	return out
}

// measured works out one cell.
func (c *calculation) measured(col *column, f *CreditFact) cell {
	switch why, fault := c.keeps(col.measure, col.condition, f); {
	case fault != nil:
		return cell{state: cellFaulty, fault: fault}
	case why != "":
		return cell{state: cellSkipped}
	}
	return c.valued(col, f)
}

// valued gives what a fact that counts adds to the measure.
func (c *calculation) valued(col *column, f *CreditFact) cell {
	if col.measure.Value == model.ValueAmount && f.Credit.Currency == col.currency && !c.of.plain {
		if n := numberOf(f.Credit.Amount); n.wide == nil && n.exp < 0 && n.fits() {
			return cell{state: cellCounts, form: formSmall, units: n.units, value: f.Credit.Amount}
		}
	}
	out := cell{state: cellCounts}
	var err *fault
	switch col.measure.Value {
	case model.ValueCount:
		out.value = oneDecimal
		if f.Reversal {
			out.value = oneDecimal.Neg()
		}
	case model.ValueQuantity:
		out.value, out.absent = orZero(f.Credit.Quantity), f.Credit.Quantity == nil
	case model.ValueMargin:
		out.absent = f.Credit.Margin == nil
		out.value, out.step, err = c.converted(col, f, orZero(f.Credit.Margin))
	case model.ValueAmount:
		out.value, out.step, err = c.converted(col, f, f.Credit.Amount)
	case model.ValueExpression:
		out.value, out.step, err = c.expressed(col, f)
	}
	if err == nil && !fits(out.value) {
		err = faultf(model.ProblemOverflow, "what %s measures of %s is out of bounds", col.measure.Key, named(f))
	}
	if err != nil {
		return cell{state: cellFaulty, fault: err}
	}
	if out.step != nil {
		out.original = f.Credit.Amount
		if col.measure.Value == model.ValueMargin {
			out.original = orZero(f.Credit.Margin)
		}
	}
	return out
}

// converted gives money of a credit in plan currency, exactly. What is counted
// in another unit than money, and 0, need no rate.
func (c *calculation) converted(col *column, f *CreditFact, amount decimal.Decimal) (decimal.Decimal, *fxStep, *fault) {
	if !fits(amount) {
		return decimal.Zero, nil, faultf(model.ProblemOverflow, "an amount of %s is out of bounds", named(f))
	}
	if f.Credit.Currency == col.currency || amount.IsZero() || !c.isMoney(f) {
		return amount, nil, nil
	}
	step, fault := c.convert(col.stating, col.rule, f.Credit.Currency, col.currency, f.Credit.FXDate)
	if fault != nil {
		return decimal.Zero, nil, fault
	}
	return multiply(amount, step.rate), step, nil
}

// isMoney tells whether the credit's type is counted in money.
func (c *calculation) isMoney(f *CreditFact) bool {
	t := c.creditTypes[f.Credit.CreditTypeID]
	return t == nil || t.Unit == "" || t.Unit == unitMoney
}

const unitMoney = "MONEY"

// expressed evaluates a measure's expression. It reads the credit in plan
// currency (amount, margin and the name of the currency), so that a number in
// it means the same for every credit.
func (c *calculation) expressed(col *column, f *CreditFact) (decimal.Decimal, *fxStep, *fault) {
	credit := f.Credit
	amount, step, err := c.converted(col, f, credit.Amount)
	if err != nil {
		return decimal.Zero, nil, err
	}
	if credit.Margin != nil {
		margin, marginStep, err := c.converted(col, f, *credit.Margin)
		if err != nil {
			return decimal.Zero, nil, err
		}
		if step == nil {
			step = marginStep
		}
		credit.Margin = &margin
	}
	credit.Amount = amount
	row := c.rowOf(f, &credit)
	if step != nil {
		t := *row.Transaction
		t.Currency, credit.Currency = col.currency, col.currency
		row.Transaction = &t
	}
	value, failed := col.measure.value.Decimal(row)
	if failed != nil {
		return decimal.Zero, nil, c.faultAt(f, failed)
	}
	return value, step, nil
}

// rowOf lays a fact out for an expression; the row is good until the next.
func (c *calculation) rowOf(f *CreditFact, credit *model.Credit) *CreditRow {
	c.row = CreditRow{
		TransactionRow: TransactionRow{Transaction: f.transaction(), Date: credit.Date, Products: c.products, Accounts: c.accounts},
		Credit:         credit,
		CreditType:     c.creditTypeKey(credit.CreditTypeID),
		Activity:       f.Activity,
		Hierarchy:      c.hierarchy,
	}
	return &c.row
}

// faultAt is the fault of an expression that failed on a fact.
func (c *calculation) faultAt(f *CreditFact, err error) *fault {
	return faultf(model.ProblemExpression, "on %s: %v", named(f), err)
}

// named names a fact for people.
func named(f *CreditFact) string {
	t := f.transaction()
	name := t.Source + " " + t.ExternalID
	if t.Line != "" {
		name += " line " + t.Line
	}
	return name
}
