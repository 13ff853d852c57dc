package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

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
	if k.Match != model.MatchRange {
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
		if d.Match != model.MatchRange {
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
// where none does, and what they were. The day is that of the trees.
func (v *tableVersion) matched(keys []*matrixKey, row Row, x *index, day model.Date) (found *matrixRow, at []Term, values []decimal.Decimal, err error) {
	numbers, texts := make([]decimal.Decimal, len(keys)), make([]string, len(keys))
	ways := make([][]*catalogueNode, len(keys))
	for i, k := range keys {
		if numbers[i], texts[i], err = k.read(row); err != nil {
			return nil, nil, nil, fmt.Errorf("dimension %s: %w", k.Name, err)
		}
		label := strings.ReplaceAll(k.Name, "=", ":")
		switch k.Match {
		case model.MatchEquals:
			label += ": " + texts[i]
		case model.MatchTree:
			ways[i] = k.tree(x).above(k.tree(x).resolve(texts[i]), day)
			texts[i] = wayNamed(ways[i], texts[i], nil)
			label += ": " + texts[i]
		}
		at = append(at, Term{Label: label})
	}
	for _, r := range v.rows {
		if found != nil && (v.Precedence != model.PrecedenceMostSpecific || r.open > found.open) {
			break
		}
		if r.takes(v, keys, numbers, texts, ways) && (found == nil || r.nearer(found, ways)) {
			found = r
		}
	}
	if found == nil {
		return nil, at, numbers, nil
	}
	for i, key := range found.Keys {
		at[i].From, at[i].To = key.From, key.To
		if key.Under != nil {
			at[i].Label = strings.ReplaceAll(keys[i].Name, "=", ":") + ": " + wayNamed(ways[i], texts[i], key.Under)
		}
	}
	return found, at, numbers, nil
}

// takes tells whether the values satisfy every key of the row.
func (r *matrixRow) takes(v *tableVersion, keys []*matrixKey, numbers []decimal.Decimal, texts []string, ways [][]*catalogueNode) bool {
	for i, key := range r.Keys {
		switch {
		case key.Open():
		case keys[i].Match == model.MatchTree:
			if key.Under == nil || stepsUp(ways[i], *key.Under) < 0 {
				return false
			}
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
	row, terms, values, err := table.matched(table.keys, w.windowRow(g), w.index, g.last())
	if err != nil {
		return w.misread("rate table "+table.table.key, err)
	}
	cell, fault := w.cellOf(table, row, rate)
	if fault != nil {
		return fault
	}
	rule := w.rule(s, Term{Label: table.matrixLabel(), Rate: cell.rate}, s.total)
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

// matrixLabel says what is looked up.
func (v *tableVersion) matrixLabel() string {
	label := fmt.Sprintf("rateKind=%s precedence=%s table=%s", model.RateMatrix, cmp.Or(v.Precedence, model.PrecedenceFirst), v.table.key)
	if v.CellKind == model.CellPerUnit {
		label += " cellKind=" + string(v.CellKind)
	}
	return label
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
			w.rule(s, Term{Label: table.matrixLabel() + " accumulate=" + string(model.OverEvent)}, decimal.Zero)
			last = table
		}
		var at []Term
		past, skip, fault := w.soldBefore(s.component, p)
		if fault != nil {
			return fault
		}
		if skip {
			continue
		}
		as := w.soldAs(saleOf(p.fact), past)
		if !p.fact.Reversal || as == nil {
			var err error
			var row *matrixRow
			row, at, _, err = table.matched(table.creditKeys, w.rowOf(p.fact, &p.fact.Credit), w.index, p.fact.Credit.Date)
			if err != nil {
				return w.faultAt(p.fact, err)
			}
			cell, fault := w.cellOf(table, row, rate)
			if fault != nil {
				return fault
			}
			as = &found{tier: cell, money: table.CellKind == model.CellMoney}
		}
		w.paidBy(saleOf(p.fact), w.orNotPaid(p, as))
		line := int32(w.trace.Len())
		if fault := w.lineAs(s, p, as, passed{past: past}); fault != nil {
			return fault
		}
		w.noteWays(line, table, at)
	}
	return nil
}
