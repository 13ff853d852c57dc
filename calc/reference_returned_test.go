package calc

import (
	"math/big"
	"slices"
	"strings"

	"spm/model"
)

// refSold is how sales of an earlier window were paid.
type refSold struct {
	days   [2]model.Date
	cells  map[string]*big.Rat // of sales, by id
	failed bool                // they have a problem
	unpaid map[string]bool     // those of which nothing was paid
	table  *refTable
	factor *big.Rat
}

// fresh is the first day whose running totals the window knows.
func (x *reference) fresh(w *refSpan) model.Date { return max(w.from, x.joined()) }

// returnsEarlier tells whether a posting takes back a sale of an earlier window.
func (x *reference) returnsEarlier(w *refSpan, p *refPosting) bool {
	return p.back() && p.credit.Of != "" && p.value.Sign() < 0 && p.fxDate < x.fresh(w)
}

// soldIn gives how the sale of a return was paid in an earlier window; nil where
// there is none, or the component was not there.
func (x *reference) soldIn(w *refSpan, p *refPosting) *refSold {
	if w.replay || !x.returnsEarlier(w, p) || p.fxDate < x.joined() || p.fxDate < date("2025-01-01") {
		return nil
	}
	n := 1
	for days := refBefore(w, n); p.fxDate < days[0]; n++ {
		days = refBefore(w, n+1)
	}
	days := refBefore(w, n)
	if known := w.sold[days[0]]; known != nil {
		if known.failed {
			x.fail(model.ProblemDependsOn)
		}
		return known
	}
	out := &refSold{days: days, cells: map[string]*big.Rat{}, unpaid: map[string]bool{}}
	y := *x
	y.depth, y.problems, y.maybe = x.depth+1, map[model.ProblemCode]bool{}, map[model.ProblemCode]bool{}
	v := y.span(days, days[1])
	v.replay, v.into = true, out
	if !y.barred(v) {
		y.limited(v)
		y.rated(v)
	}
	if len(y.problems) > 0 {
		x.hit("a return whose sale has a problem")
		x.fail(model.ProblemDependsOn)
		out.failed = true
	} else {
		x.hit("a return of a sale of an earlier window")
	}
	if len(y.maybe) > 0 {
		x.maybe[model.ProblemDependsOn] = true
	}
	if w.sold == nil {
		w.sold = map[model.Date]*refSold{}
	}
	w.sold[days[0]] = out
	return out
}

// keeps notes what a sale was paid by, for its returns in later windows.
func (w *refSpan) keeps(p *refPosting, cell *big.Rat) {
	if w.into != nil && !p.back() && p.credit != nil {
		if w.into.cells[p.credit.ID] = cell; p.cutAway {
			w.into.cells[p.credit.ID], w.into.unpaid[p.credit.ID] = new(big.Rat), true
		}
	}
}

// keepsOf is keeps for what is named.
func (w *refSpan) keepsOf(name string, cell *big.Rat) {
	if w.into != nil {
		w.into.cells[name] = cell
	}
}

// remains gives what is left of a sale or order of an earlier window before this
// one; nil where nothing counted.
func (x *reference) remains(w *refSpan, sold *refSold, kind model.MeasureOf, condition, name string, of func(*refPosting) string) *big.Rat {
	x.depth++
	defer func() { x.depth-- }()
	v := &refSpan{from: sold.days[0], to: x.fresh(w), until: x.fresh(w)}
	var out *big.Rat
	for _, q := range x.counted(v, kind, condition) {
		at := q.date
		if q.back() {
			at = q.fxDate
		}
		if condition != "" && !creditHolds(condition, q.credit) || of(q) != name || at < sold.days[0] || at >= sold.days[1] || !x.on(at).accrues {
			continue
		}
		if out == nil {
			out = new(big.Rat)
		}
		out.Add(out, q.value)
	}
	return out
}

// generatedReturns lets sales of earlier windows come back, where they are paid
// one by one.
func generatedReturns(r source, s *scene, c *sceneComponent) {
	alone := c.Accumulate == model.OverEvent || c.Accumulate == model.OverOrder
	if c.Kind != model.RatePerEvent && c.Mode != model.TierWholeCredit && (c.Kind != model.RateMatrix || !alone) && (c.Mode != model.TierMarginal || !alone) || oneIn(r, 3) {
		return
	}
	window := refPeriod(s.Period)
	switch c.Window {
	case model.PeriodMonth:
		window = refPeriod(pick(r, "2026-01", "2026-02", "2026-03"))
	case model.PeriodQuarter:
		window = refPeriod("2026-Q1")
	}
	for i := range 1 + r.IntN(2) {
		sale := generatedCredit(r, 30+i)
		sale.Date, sale.Reversal = window[0].AddDays(-1-r.IntN(25)), false
		sale.Amount, sale.Quantity = dec(sale.Amount).Abs().String(), strings.TrimPrefix(sale.Quantity, "-")
		s.Credits = append(s.Credits, sale)
		generatedReturn(r, s, 30+i)
		for j := range s.Credits {
			if back := &s.Credits[j]; back.Of == sale.ID && !oneIn(r, 4) {
				back.Date = max(back.Date, window[0].AddDays(r.IntN(20)))
			}
		}
	}
	for _, q := range slices.Clone(s.Quotas) {
		if p := refPeriod(q.Period); p[0] == window[0] && q.From == nil && !oneIn(r, 4) {
			q.Period = map[string]string{"2026-Q1": "2025-Q4", "2026-01": "2025-12"}[q.Period]
			if q.Period != "" {
				s.Quotas = append(s.Quotas, q)
			}
		}
	}
}
