package calc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spm/model"
)

// generatedKind chooses how the component turns its measure into money.
func generatedKind(r source, s *scene, c *sceneComponent) {
	switch r.IntN(41) {
	case 0, 1:
		c.Rate = tenThousandths(r.IntN(3000) - 300)
	case 2, 3:
		c.Kind, c.Rate = model.RateUnit, hundredths(r.IntN(3000))
	case 4, 5, 6:
		c.Measure = "m"
		c.Kind, c.Rate, c.Event = model.RatePerEvent, hundredths(r.IntN(30000)), pick(r, "", model.EventCredit, model.EventOrder)
	case 7, 8, 9, 32, 34:
		c.Mode, c.Accumulate = model.TierMarginal, generatedAccumulation(r, c)
		tabled(r, s, c, false, model.CellRate, model.CellRate, model.CellPerUnit, model.CellTargetRate)
		generatedOther(r, s, c, 3)
	case 10, 11, 12:
		c.Mode = model.TierRetroactive
		tabled(r, s, c, true, model.CellRate, model.CellMoney, model.CellPerUnit, model.CellTarget, model.CellTargetRate)
		generatedOther(r, s, c, 2)
	case 13, 14, 15, 33, 35:
		c.Mode, c.Accumulate, c.Moment = model.TierWholeCredit, generatedAccumulation(r, c), pick(r, "", model.RateAfter, model.RateBefore)
		if tabled(r, s, c, true, model.CellRate, model.CellPerUnit, model.CellMoney, model.CellTargetRate); s.Tables[0].Cell == model.CellMoney {
			c.Measure = "m"
		}
		if oneIn(r, 2) {
			generatedOther(r, s, c, 4)
		}
	case 16, 17, 18, 31:
		c.Kind = model.RatePayCurve
		tabled(r, s, c, true, model.CellTarget, model.CellTarget, model.CellMoney)
	case 19, 20, 39:
		c.Levels = pick(r, model.BonusHighest, model.BonusEach)
		for i := range 1 + r.IntN(3) {
			c.Bonus = append(c.Bonus, [2]string{hundredths(50*i + r.IntN(50)), hundredths(r.IntN(100000))})
		}
	case 21, 22, 23, 24, 38:
		generatedMatrix(r, s, c)
	case 25:
		generatedGoals(r, s, c)
	default:
		n := r.IntN(mainFormulas + 11)
		if n >= mainFormulas { // those that work out seldom come twice or three times
			rare := []string{"earningOf", "earningOf", "earningOf", "lookup", "lookup", "parameter('rate')", "priorEarningOf", "priorEarningOf", "priorAttainment", "priorAttainment", "priorAttainment"}[n-mainFormulas]
			n = slices.IndexFunc(formulas(), func(f refFormula) bool { return strings.Contains(f.text, rare) })
		}
		c.Formula = formulas()[n].text
		if strings.Contains(c.Formula, "earnedBefore") && !oneIn(r, 4) { // where there is something before
			s.Period, s.Payout, c.Window, c.Settlement = pick(r, "2026-02", "2026-03"), model.PeriodMonth, "", ""
		}
		s.Tables = append(s.Tables, generatedTable(r, "t", model.ByMeasure, model.CellRate))
		s.Tables[0].Lookup = pick(r, "", model.LookupLinear)
		s.Tables[0].pointed()
	}
}

func generatedAccumulation(r source, c *sceneComponent) model.Accumulation {
	if c.Window == model.PeriodQuarter && !oneIn(r, 4) {
		return model.OverPeriod
	}
	a := pick(r, "", "", model.OverWindow, model.OverOrder, model.OverEvent)
	if a == model.OverOrder || a == model.OverEvent {
		c.Measure = "m" // values belong to no sale
	}
	return a
}

// tabled gives the component a rate table.
func tabled(r source, s *scene, c *sceneComponent, linear bool, cells ...model.CellKind) {
	by := pick(r, model.ByAttainment, model.ByMeasure)
	whole := c.Kind == model.RatePayCurve || c.Mode == model.TierRetroactive
	if whole && oneIn(r, 5) {
		by = model.ByExpression
	}
	t := generatedTable(r, "t", by, pick(r, cells...))
	if by == model.ByExpression {
		t.Expression = pick(r, "measureOf('v') * 10", "measure - 500")
	}
	if linear && oneIn(r, 2) {
		t.Lookup = model.LookupLinear
		t.pointed()
	}
	c.Table, s.Tables = "t", append(s.Tables, t)
}

// pointed gives each row of a table whose rows are points its place.
func (t *sceneTable) pointed() {
	if t.Lookup != model.LookupLinear {
		return
	}
	if t.Rows[0][0] == "" {
		t.Rows[0][0] = "0"
		if dec(t.Rows[0][1]+"0").Sign() <= 0 {
			t.Rows[0][0] = "-1000"
		}
	}
	for i := range t.Rows {
		if t.Rows[i][1] = ""; i+1 < len(t.Rows) {
			t.Rows[i][1] = t.Rows[i+1][0]
		}
	}
}

// generatedTable makes a table in order: in hundredths of a quota, or in
// tens of the measure's unit.
func generatedTable(r source, key string, by model.DimensionOf, cell model.CellKind) sceneTable {
	t := sceneTable{Key: key, Dimension: by, Cell: cell, Bounds: pick(r, model.LowerInclusive, model.UpperInclusive), Gaps: oneIn(r, 3)}
	value := func() string {
		switch cell {
		case model.CellMoney:
			return hundredths(r.IntN(100000))
		case model.CellTarget, model.CellTargetRate:
			return hundredths(r.IntN(250))
		case model.CellPerUnit:
			return hundredths(r.IntN(5000))
		}
		return tenThousandths(r.IntN(2000) - 100)
	}
	if oneIn(r, 2) {
		t.Default = tenThousandths(r.IntN(500))
	}
	bound := func(n int) string {
		if by == model.ByAttainment {
			return hundredths(n)
		}
		return strconv.Itoa(10 * n)
	}
	at := pick(r, 0, 0, 0, 30, -20)
	for i := range 1 + r.IntN(4) {
		if t.Gaps && i > 0 {
			at += r.IntN(20)
		}
		row := [3]string{bound(at), "", value()}
		if i == 0 && oneIn(r, 5) {
			row[0] = ""
		}
		at += 1 + r.IntN(60)
		row[1] = bound(at)
		t.Rows = append(t.Rows, row)
	}
	if !oneIn(r, 6) {
		t.Rows[len(t.Rows)-1][1] = ""
	}
	return t
}

// generatedMatrix makes a table of two dimensions, over the window or each
// credit: a number and a text.
func generatedMatrix(r source, s *scene, c *sceneComponent) {
	c.Kind, c.Table = model.RateMatrix, "x"
	t := sceneTable{
		Key: "x", Bounds: pick(r, model.LowerInclusive, model.UpperInclusive), Precedence: pick(r, "", model.PrecedenceFirst, model.PrecedenceMostSpecific, model.PrecedenceMostSpecific),
		Dimensions: []model.TableDimension{{Name: "size", Expression: "measure", Match: model.MatchRange}, {Name: "text", Expression: "title", Match: model.MatchEquals}},
		Cell:       pick(r, model.CellRate, model.CellMoney, model.CellPerUnit, model.CellTarget, model.CellTargetRate),
	}
	texts := []string{"rep", "rep", "boss"}
	if oneIn(r, 2) {
		c.Accumulate, c.Measure = model.OverEvent, "m"
		t.Cell = pick(r, model.CellRate, model.CellPerUnit, model.CellMoney, model.CellTargetRate)
		t.Dimensions[0].Expression, t.Dimensions[1].Expression = "amount", "orderId"
		texts = []string{"", "A", "B"}
		if !oneIn(r, 3) {
			t.Dimensions[1] = model.TableDimension{Name: "product", Expression: "product", Match: model.MatchTree, Tree: model.TreeProduct}
			texts = []string{"all", "all", "hard", "soft", "p1", "p1", "p2"}
			generatedProducts(r, s)
		}
	} else if oneIn(r, 4) {
		t.Dimensions[0].Expression = "attainment * 1000"
	}
	if oneIn(r, 2) {
		t.Default = tenThousandths(r.IntN(500))
	}
	tree := t.Dimensions[1].Match == model.MatchTree
	rows := 2 + r.IntN(5)
	if tree {
		rows += 3
	}
	for range rows {
		low := 500 * r.IntN(8)
		row := model.RateRow{Keys: make([]model.RowKey, 2), Cell: dec(hundredths(r.IntN(150)))}
		if sized := !tree || oneIn(r, 6); sized && !oneIn(r, 3) {
			row.Keys[0].From = optional(strconv.Itoa(low))
		}
		if sized := !tree || oneIn(r, 6); sized && !oneIn(r, 3) {
			row.Keys[0].To = optional(strconv.Itoa(low + 500 + 500*r.IntN(10)))
		}
		text := pick(r, texts...)
		switch {
		case tree && !oneIn(r, 6):
			row.Keys[1].Under = &text
		case !tree && !oneIn(r, 3):
			row.Keys[1].Equals = &text
		}
		t.Matrix = append(t.Matrix, row)
	}
	if oneIn(r, 5) || !tree && oneIn(r, 3) {
		t.Matrix = append(t.Matrix, model.RateRow{Keys: make([]model.RowKey, 2), Cell: dec("0.02")})
	}
	s.Tables = append(s.Tables, t)
}

func generatedGoals(r source, s *scene, c *sceneComponent) {
	c.Goals = []sceneGoal{{"first", "m", "0.65", "g0"}, {"second", "v", "0.35", "g1"}}
	for i := range c.Goals {
		t := generatedTable(r, fmt.Sprint("g", i), pick(r, model.ByAttainment, model.ByMeasure), model.CellTarget)
		t.Lookup = pick(r, "", model.LookupLinear)
		t.pointed()
		s.Tables = append(s.Tables, t)
	}
	if oneIn(r, 3) {
		c.Goals[1].Table = ""
	}
}

// generatedAdjustments adds up to three steps between rate and rounding.
func generatedAdjustments(r source, c *sceneComponent) {
	if oneIn(r, 4) {
		return
	}
	for i := range 1 + r.IntN(4) {
		a := model.Adjustment{Name: fmt.Sprint("step ", i), Over: pick(r, model.OverLine, model.OverComponent, model.OverComponent)}
		a.Kind = pick(r, model.AdjustMultiplier, model.AdjustMultiplier, model.AdjustMultiplier, model.AdjustMultiplier, model.AdjustMultiplier, model.AdjustGate, model.AdjustCap, model.AdjustCap, model.AdjustFloor, model.AdjustFloor, model.AdjustFloor)
		if a.Kind == model.AdjustGate {
			a.Over = model.OverComponent
		}
		if (a.Kind == model.AdjustCap || a.Kind == model.AdjustFloor) && oneIn(r, 3) {
			a.Over = model.OverOrders
		}
		switch a.Kind {
		case model.AdjustCap:
			a.Amount = optional(hundredths(r.IntN(pick(r, 10000, 100000))))
		case model.AdjustFloor:
			a.Amount = optional(hundredths(r.IntN(pick(r, 1000, 50000, 100000))))
		case model.AdjustMultiplier:
			a.Factor = optional(hundredths(r.IntN(200)))
			if oneIn(r, 3) {
				break
			}
			fallthrough
		default:
			a.Condition = windowConditions[r.IntN(len(windowConditions))].text
			if a.Over == model.OverLine {
				a.Condition = creditConditions[r.IntN(len(creditConditions))].text
			}
			if a.Kind == model.AdjustGate && oneIn(r, 2) {
				a.Factor = optional(hundredths(r.IntN(100)))
			}
		}
		c.Adjustments = append(c.Adjustments, a)
	}
}

// generatedLongCap adds a cap that looks back, where there is something to look
// back at.
func generatedLongCap(r source, s *scene, c *sceneComponent) {
	if c.Settlement == model.SettleTrueUp && c.Window == model.PeriodQuarter && !oneIn(r, 4) {
		generatedMonthBounds(r, c)
		return
	}
	short := c.Window == model.PeriodMonth
	if !short && s.Payout != model.PeriodMonth || oneIn(r, 2) {
		return
	}
	a := model.Adjustment{Kind: model.AdjustCap, Name: "long", Over: model.OverComponent, Amount: optional(hundredths(r.IntN(pick(r, 5000, 50000))))}
	switch {
	case short && oneIn(r, 2):
		a.Per = model.PerPeriod
	case oneIn(r, 3):
		a.Per = model.PerYear
	default:
		a.Per, a.Excess = pick(r, "", model.PerWindow), model.ExcessCarried
	}
	c.Adjustments = slices.Insert(c.Adjustments, r.IntN(len(c.Adjustments)+1), a)
}

// generatedMonthBounds adds one or two caps and floors of each month of a window
// that is trued up.
func generatedMonthBounds(r source, c *sceneComponent) {
	for i := range 1 + r.IntN(2) {
		a := model.Adjustment{Kind: pick(r, model.AdjustCap, model.AdjustCap, model.AdjustFloor), Name: fmt.Sprint("of the month ", i), Over: model.OverComponent, Per: model.PerPeriod, Amount: optional(hundredths(r.IntN(pick(r, 5000, 50000))))}
		if a.Kind == model.AdjustCap && oneIn(r, 2) {
			a.Excess = model.ExcessCarried
		}
		c.Adjustments = slices.Insert(c.Adjustments, r.IntN(len(c.Adjustments)+1), a)
	}
}

// generatedCaps adds caps and floors over the plan or the payee.
func generatedCaps(r source, v *sceneVersion) {
	if !oneIn(r, 3) {
		return
	}
	for i := range 1 + r.IntN(2) {
		c := model.PlanCap{
			Kind: pick(r, model.PlanCapCap, model.PlanCapCap, model.PlanCapCap, model.PlanCapFloor), Name: fmt.Sprint("bound ", i),
			Over: pick(r, model.OverPlan, model.OverPayee), Per: model.PerPeriod, Amount: dec(hundredths(r.IntN(pick(r, 5000, 50000)))),
		}
		if c.Kind == model.PlanCapCap {
			switch r.IntN(3) {
			case 0:
				c.Per = model.PerYear
			case 1:
				c.Excess = model.ExcessCarried
			}
		}
		if oneIn(r, 6) {
			c.Except = []string{pick(r, "commission", "base")}
		}
		v.Caps = append(v.Caps, c)
	}
}
