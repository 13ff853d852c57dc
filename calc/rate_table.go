package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// tier is a rate with the bounds that it holds between, in the unit of the
// table's dimension; nil is no bound.
type tier struct {
	label    string
	rate     *decimal.Decimal
	from, to *decimal.Decimal
}

// rateTable is a rate table with each version's rows made whole.
type rateTable struct {
	*model.RateTable
	key      string
	versions []*tableVersion
}

// tableVersion is a version of a rate table whose tiers are contiguous from
// minus infinity to the last row's end: a gap, and what lies below the first
// row, is a tier of its own at the default cell. A first row that begins at 0
// or below begins at minus infinity, which is what a measure below zero pays.
type tableVersion struct {
	*model.RateTableVersion
	table           *rateTable
	tiers           []*tier
	points          []*tier      // LINEAR: from and cell of each row
	rows            []*matrixRow // of a matrix
	keys            []*matrixKey // of a matrix, by dimension
	creditKeys      []*matrixKey // the same, over credits
	keysFault       *fault
	creditKeysFault *fault
	window          *Expression // what it is looked up by, EXPRESSION only
	fault           *fault
}

// whole tells whether its cells are what a whole window pays.
func (t *rateTable) whole() bool { return t.holds(model.CellMoney) || t.holds(model.CellTarget) }

func (t *rateTable) holds(kind model.CellKind) bool {
	for _, v := range t.versions {
		if v.CellKind == kind {
			return true
		}
	}
	return false
}

func newRateTable(t *model.RateTable) *rateTable {
	out := &rateTable{RateTable: t, key: t.Key}
	for i := range t.Versions {
		v := &tableVersion{RateTableVersion: &t.Versions[i], table: out}
		if v.Matrix() {
			v.completeMatrix()
		} else {
			v.complete()
		}
		if refused := unsupportedTable("rateTable", &model.RateTable{Versions: t.Versions[i : i+1]}); len(refused) > 0 {
			v.fault = faultf(model.ProblemNotSupported, "%s: %s", refused[0].Path, refused[0].Message)
		}
		out.versions = append(out.versions, v)
	}
	return out
}

// complete fills the tiers.
func (v *tableVersion) complete() {
	if len(ValidateRateTable("rows", *v.RateTableVersion)) > 0 {
		v.fault = faultf(model.ProblemOffTable, "the rate table %s is not in order", v.table.key)
		return
	}
	if v.Dimension == model.ByExpression {
		var err error
		if v.window, err = Compile(WindowEnv, v.Expression, ResultNumber); err != nil {
			v.fault = faultf(model.ProblemExpression, "rate table %s: %v", v.table.key, err)
			return
		}
	}
	for i := range v.Rows {
		if v.Linear() {
			v.points = append(v.points, &tier{label: fmt.Sprintf("point %d", i+1), from: v.Rows[i].From, rate: &v.Rows[i].Cell})
		}
	}
	fallback := v.Default
	var end *decimal.Decimal // of the tiers so far; nil: minus infinity
	for i := range v.Rows {
		row := v.Rows[i]
		from := row.From
		if i == 0 && from != nil && !from.IsPositive() {
			from = nil
		}
		if v.Linear() && i+1 < len(v.Rows) {
			row.To = v.Rows[i+1].From
		}
		if from != nil && (end == nil || end.LessThan(*from)) {
			label := "between the tiers"
			if i == 0 {
				label = "below the first tier"
			}
			v.tiers = append(v.tiers, &tier{label: label, rate: &fallback, from: end, to: from})
		}
		v.tiers = append(v.tiers, &tier{label: fmt.Sprintf("tier %d", i+1), rate: &row.Cell, from: from, to: row.To})
		end = row.To
	}
}

// on gives the version of the table in force on the day.
func (t *rateTable) on(day model.Date) (*tableVersion, *fault) {
	for _, v := range t.versions {
		if v.Days.Contains(day) {
			return v, v.fault
		}
	}
	return nil, faultf(model.ProblemOffTable, "the rate table %s has no version in force on %s", t.key, day)
}

// ladder is a table version with its bounds in the unit of the measure: as
// they are, or as bound x quota.
type ladder struct {
	*tableVersion
	tiers    []*tier
	points   []*tier
	fallback decimal.Decimal // of LINEAR, below the first point
	quota    *decimal.Decimal
	ends     []number // of each tier; the last one's is good only where bounded
	at       int      // the tier of the last step, where the next search begins
}

// ended tells whether the tier has an end.
func (l *ladder) ended(i int) bool { return l.tiers[i].to != nil }

// step gives the first tier on the way from one running total to another, and
// the bound at which the way leaves it, nil where it does not. The tier is nil
// beyond the last row. The way must lead somewhere.
func (l *ladder) step(from, to number) (*tier, *number) {
	up := to.against(from) > 0
	if up {
		l.seek(from, -1)
	} else {
		l.seek(from, 0)
	}
	i := l.at
	switch {
	case i == len(l.tiers):
		return nil, nil
	case up && l.ended(i) && l.ends[i].against(to) < 0:
		return l.tiers[i], &l.ends[i]
	case !up && i > 0 && l.ends[i-1].against(to) > 0:
		return l.tiers[i], &l.ends[i-1]
	}
	return l.tiers[i], nil
}

// seek moves to the first tier whose end a value lies below (most is -1), or at
// or below (most is 0); to len(tiers) where none is.
func (l *ladder) seek(value number, most int) {
	l.at = min(l.at, len(l.tiers)-1)
	for l.at > 0 && value.against(l.ends[l.at-1]) <= most {
		l.at--
	}
	for l.at < len(l.tiers) && l.ended(l.at) && value.against(l.ends[l.at]) > most {
		l.at++
	}
}

// reached gives the tier that a value lies in, by the table's rule of bounds,
// nil beyond the last row.
func (l *ladder) reached(value decimal.Decimal) *tier {
	if l.Bounds == model.UpperInclusive {
		l.seek(numberOf(value), 0)
	} else {
		l.seek(numberOf(value), -1)
	}
	if l.at == len(l.tiers) {
		return nil
	}
	return l.tiers[l.at]
}

// next gives the first tier above the present one that pays, nil if none does.
func (l *ladder) next() *tier {
	for i := l.at + 1; i < len(l.tiers); i++ {
		if !l.tiers[i].rate.IsZero() {
			return l.tiers[i]
		}
	}
	return nil
}
