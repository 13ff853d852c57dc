package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// payCurve pays a fraction of the target incentive, or money, that the window
// finds in a table.
func (w *worksheet) payCurve(g *group, s *stage) *fault {
	table, fault := s.component.table.on(s.last())
	if fault != nil {
		return fault
	}
	return w.lookedUp(g, s, table)
}

// lookedUp pays for the window what it finds in a table of money or of
// fractions of target. A measure below zero pays nothing.
func (w *worksheet) lookedUp(g *group, s *stage, table *tableVersion) *fault {
	if table.Dimension == model.ByAttainment {
		if fault := w.wants(g); fault != nil {
			return fault
		}
	}
	if table.CellKind == model.CellTarget {
		if fault := w.targetOf(g); fault != nil {
			return fault
		}
	}
	value, fault := w.lookupValue(g, s, table)
	if fault != nil {
		return fault
	}
	l := table.climb(g.quota, nil)
	f := l.find(value)
	if f == nil {
		return w.off(table, value)
	}
	if s.total.IsNegative() {
		w.rule(s, Term{Label: "negative measure pays nothing"}, s.total)
		return nil
	}
	w.notePoints(w.tierRule(s, table, f.tier, value), f)
	if f.rate.IsZero() {
		w.below(l, f.tier)
	}
	return w.cell(g, s, table, f.tier, oneDecimal)
}

// cell pays what a cell says of the window: money, prorated, or a fraction of
// the target incentive, of which the component's part at hand is a weight.
func (w *worksheet) cell(g *group, s *stage, table *tableVersion, found *tier, weight decimal.Decimal) *fault {
	if table.CellKind == model.CellMoney {
		return w.wholeMoney(g, s, Term{Label: found.label}, *found.rate)
	}
	return w.result(g, s, Term{Label: found.label, Rate: found.rate}, g.target.Mul(weight))
}

// wholeMoney pays an amount of a whole window, prorated as bonuses are.
func (w *worksheet) wholeMoney(g *group, s *stage, term Term, money decimal.Decimal) *fault {
	rules := &s.component.version.rules
	of := w.partOf(rules.BonusProration, g.whole, rules)
	if fault := w.result(g, s, term, of.of(money)); fault != nil {
		return fault
	}
	w.noteProration(NodeRule, int32(w.trace.Len()-1), "bonusProration", of, money)
	return nil
}

// result notes what the window comes to, value x the term's rate in plan
// currency, as a line, in pay currency at the rate of the assignment's last day.
func (w *worksheet) result(g *group, s *stage, term Term, value decimal.Decimal) *fault {
	money := value
	if term.Rate != nil {
		money = multiply(value, *term.Rate)
	}
	if !fits(money) {
		return faultf(model.ProblemOverflow, "the result of the component is out of bounds")
	}
	var step *fxStep
	if !money.IsZero() {
		var fault *fault
		if step, fault = w.payStep(s.component.version, g.last()); fault != nil {
			return fault
		}
	}
	if step != nil {
		term.FX, term.Step = &step.rate, step.label
	}
	node := w.trace.node(NodeResult, 0, w.trace.term(term), value)
	return w.paid(node, quantise(inPay(money, step)))
}

// matrixRow is a row of a matrix with its cell as a tier.
type matrixRow struct {
	*model.RateRow
	cell *tier
	open int // keys that take all
}

// matrixKey is a dimension of a matrix, compiled.
type matrixKey struct {
	*model.TableDimension
	expression *Expression
}

// read gives the value of a dimension on a row: a number, or a text.
func (k *matrixKey) read(row Row) (number decimal.Decimal, text string, err error) {
	if k.Match == model.MatchEquals {
		text, err = k.expression.words(row)
		return number, text, err
	}
	number, err = k.expression.Decimal(row)
	return number, text, err
}

// completeMatrix compiles the dimensions, over the window and over a credit,
// and makes the cells.
func (v *tableVersion) completeMatrix() {
	if errs := ValidateRateTable("rows", *v.RateTableVersion); len(errs) > 0 {
		v.fault = faultf(model.ProblemOffTable, "the rate table %s is not in order: %v", v.table.key, errs)
		return
	}
	for i := range v.Rows {
		row := &matrixRow{RateRow: &v.Rows[i], cell: &tier{label: fmt.Sprintf("row %d", i+1), rate: &v.Rows[i].Cell}}
		for _, key := range row.Keys {
			if key.Open() {
				row.open++
			}
		}
		v.rows = append(v.rows, row)
	}
	if v.Precedence == model.PrecedenceMostSpecific {
		slices.SortStableFunc(v.rows, func(a, b *matrixRow) int { return cmp.Compare(a.open, b.open) })
	}
	v.keys, v.keysFault = v.compileKeys(WindowEnv)
	v.creditKeys, v.creditKeysFault = v.compileKeys(CreditEnv)
}

func (v *tableVersion) compileKeys(environment Environment) ([]*matrixKey, *fault) {
	var out []*matrixKey
	for i := range v.Dimensions {
		d := &v.Dimensions[i]
		want := ResultNumber
		if d.Match == model.MatchEquals {
			want = ResultText
		}
		expression, err := Compile(environment, d.Expression, want)
		if err != nil {
			return nil, faultf(model.ProblemExpression, "dimension %s of the rate table %s: %v", d.Name, v.table.key, err)
		}
		out = append(out, &matrixKey{d, expression})
	}
	return out, nil
}

// matched gives the row that the dimensions' values on a row of facts find, nil
// where none does, and what they were.
func (v *tableVersion) matched(keys []*matrixKey, row Row) (found *matrixRow, at []Term, values []decimal.Decimal, err error) {
	numbers, texts := make([]decimal.Decimal, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		if numbers[i], texts[i], err = k.read(row); err != nil {
			return nil, nil, nil, fmt.Errorf("dimension %s: %w", k.Name, err)
		}
		label := strings.ReplaceAll(k.Name, "=", ":")
		if k.Match == model.MatchEquals {
			label += ": " + texts[i]
		}
		at = append(at, Term{Label: label})
	}
	for _, r := range v.rows {
		if r.takes(v, keys, numbers, texts) {
			for i, key := range r.Keys {
				at[i].From, at[i].To = key.From, key.To
			}
			return r, at, numbers, nil
		}
	}
	return nil, at, numbers, nil
}

// takes tells whether the values satisfy every key of the row.
func (r *matrixRow) takes(v *tableVersion, keys []*matrixKey, numbers []decimal.Decimal, texts []string) bool {
	for i, key := range r.Keys {
		switch {
		case key.Open():
		case keys[i].Match == model.MatchEquals:
			if key.Equals == nil || *key.Equals != texts[i] {
				return false
			}
		default:
			if !v.inRange(key, numbers[i]) {
				return false
			}
		}
	}
	return true
}

// inRange tells whether a number lies between a key's bounds, by the table's
// rule of bounds.
func (v *tableVersion) inRange(key model.RowKey, d decimal.Decimal) bool {
	low, high := 0, -1 // the least comparison with From, the greatest with To
	if v.Bounds == model.UpperInclusive {
		low, high = 1, 0
	}
	return (key.From == nil || d.Cmp(*key.From) >= low) && (key.To == nil || d.Cmp(*key.To) <= high)
}

// matrix pays by a table of several dimensions: for each credit by itself where
// running totals restart with each event, otherwise for the window.
func (w *worksheet) matrix(g *group, s *stage) *fault {
	if s.component.Accumulate == model.OverEvent {
		return w.matrixPerCredit(g, s)
	}
	table, fault := s.component.table.on(s.last())
	if fault == nil {
		fault = table.keysFault
	}
	if fault != nil {
		return fault
	}
	if table.CellKind == model.CellTarget {
		if fault := w.targetOf(g); fault != nil {
			return fault
		}
	}
	rate, fault := w.targetRate(g, table)
	if fault != nil {
		return fault
	}
	row, terms, values, err := table.matched(table.keys, w.windowRow(g))
	if err != nil {
		return w.misread("rate table "+table.table.key, err)
	}
	cell, fault := w.cellOf(table, row, rate)
	if fault != nil {
		return fault
	}
	rule := w.rule(s, Term{Label: fmt.Sprintf("rateKind=%s precedence=%s table=%s", model.RateMatrix, cmp.Or(table.Precedence, model.PrecedenceFirst), table.table.key), Rate: cell.rate}, s.total)
	for i := range terms {
		w.trace.node(NodeInput, rule, w.trace.term(terms[i]), values[i])
	}
	switch {
	case s.total.IsNegative() && table.table.whole():
		w.rule(s, Term{Label: "negative measure pays nothing"}, s.total)
		return nil
	case table.table.whole():
		return w.cell(g, s, table, cell, oneDecimal)
	}
	for _, p := range s.postings {
		if fault := w.line(s, p, cell); fault != nil {
			return fault
		}
	}
	return nil
}

// cellOf gives the cell of a row, the table's default where no row took the
// values and the table has gaps, multiplied by the target rate where one is
// given.
func (w *worksheet) cellOf(table *tableVersion, row *matrixRow, rate *decimal.Decimal) (*tier, *fault) {
	cell := &tier{label: "no row", rate: &table.Default}
	if row != nil {
		cell = row.cell
	} else if !table.Gaps {
		return nil, faultf(model.ProblemOffTable, "no row of the rate table %s takes these values", table.table.key)
	}
	if rate != nil {
		cell = timesRate([]*tier{cell}, *rate)[0]
	}
	return cell, nil
}

// matrixPerCredit looks each credit up by itself; a return is paid as its sale
// was.
func (w *worksheet) matrixPerCredit(g *group, s *stage) *fault {
	var last *tableVersion
	var rate *decimal.Decimal
	for _, p := range s.postings {
		table, fault := s.component.table.on(p.fact.Credit.Date)
		if fault == nil {
			fault = table.creditKeysFault
		}
		if fault != nil {
			return fault
		}
		if table != last {
			if rate, fault = w.targetRate(g, table); fault != nil {
				return fault
			}
			w.rule(s, Term{Label: fmt.Sprintf("rateKind=%s precedence=%s table=%s accumulate=%s", model.RateMatrix, cmp.Or(table.Precedence, model.PrecedenceFirst), table.table.key, model.OverEvent)}, decimal.Zero)
			last = table
		}
		as := w.rates[saleOf(p.fact)]
		if !p.fact.Reversal || as == nil {
			row, _, _, err := table.matched(table.creditKeys, w.rowOf(p.fact, &p.fact.Credit))
			if err != nil {
				return w.faultAt(p.fact, err)
			}
			cell, fault := w.cellOf(table, row, rate)
			if fault != nil {
				return fault
			}
			as = &found{tier: cell, money: table.CellKind == model.CellMoney}
		}
		if w.rates == nil {
			w.rates = map[saleKey]*found{}
		}
		w.rates[saleOf(p.fact)] = as
		if fault := w.lineAs(s, p, as, "", decimal.Zero); fault != nil {
			return fault
		}
	}
	return nil
}

// formula pays what an expression over the window comes to, in plan currency.
// What it reads is noted, so that it can be worked out again.
func (w *worksheet) formula(g *group, s *stage) *fault {
	row := w.windowRow(g)
	row.reads = &reads{numbers: map[string]*decimal.Decimal{}, texts: map[string]string{}}
	money, err := s.component.formula.Decimal(row)
	if err != nil {
		return w.misread("formula", err)
	}
	rule := w.rule(s, Term{Label: "rateKind=" + string(model.RateFormula)}, s.total)
	w.trace.node(NodeRule, rule, w.trace.text("%s", s.component.Formula), decimal.Zero)
	for _, label := range row.reads.labels {
		value, read := row.reads.numbers[label]
		switch {
		case !read:
			w.trace.node(NodeInput, rule, w.trace.text("%s: %s", label, row.reads.texts[label]), decimal.Zero)
		case value == nil:
			w.trace.node(NodeInput, rule, w.trace.text("%s: nil", label), decimal.Zero)
		default:
			w.trace.node(NodeInput, rule, w.trace.text("%s", label), *value)
		}
	}
	return w.result(g, s, Term{Label: "formula"}, quantise(money))
}

// objectives pays for each goal its weight of the target incentive x the
// fraction that its curve gives, or its score where it has none.
func (w *worksheet) objectives(g *group, s *stage) *fault {
	if fault := w.targetOf(g); fault != nil {
		return fault
	}
	target := g.target
	for i := range s.component.Goals {
		if fault := w.goal(g, s, &s.component.goals[i], *target); fault != nil {
			return fault
		}
	}
	return nil
}

// goal works out one goal as a group of its own.
func (w *worksheet) goal(of *group, s *stage, goal *goal, target decimal.Decimal) *fault {
	m := goal.measure
	if m.fault != nil {
		return m.fault
	}
	postings, fault := w.allOf(of, m)
	if fault != nil {
		return fault
	}
	var total accumulator
	for _, p := range postings {
		total.add(p.cell.value)
	}
	g := &group{legs: of.legs, whole: of.whole, held: of.held, total: total.total(), target: &target}
	if !fits(g.total) {
		return faultf(model.ProblemOverflow, "the measure %s is out of bounds", m.Key)
	}
	if fault := w.quotaFor(g, m); fault != nil {
		return fault
	}
	w.noteMeasure(g, m, goal.label, postings)
	part := *s
	part.total = g.total
	label := goal.label + " weight=" + goal.Weight.String()
	if goal.table == nil {
		w.rule(s, Term{Label: "rateKind=" + string(model.RateObjectives) + " goal=" + label}, g.total)
		return w.result(of, s, Term{Label: goal.label, Rate: &part.total}, target.Mul(goal.Weight))
	}
	table, fault := goal.table.on(s.last())
	if fault != nil {
		return fault
	}
	if table.Dimension == model.ByAttainment && (g.quota == nil || !g.quota.IsPositive()) {
		return faultf(model.ProblemNoQuota, "there is no quota of measure %s for position %s in %s", m.Key, w.course.position.externalID, w.span.window.Name)
	}
	l := table.climb(g.quota, nil)
	f := l.find(g.total)
	switch {
	case f == nil:
		return w.off(table, g.total)
	case g.total.IsNegative():
		w.rule(s, Term{Label: "goal=" + label + " negative measure pays nothing"}, g.total)
		return nil
	}
	w.notePoints(w.tierRule(&part, table, f.tier, g.total, "goal="+label), f)
	return w.result(of, s, Term{Label: goal.label, Rate: f.rate}, target.Mul(goal.Weight))
}
