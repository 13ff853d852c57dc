package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

var oneDecimal = decimal.New(1, 0)

// prorates tells whether a method makes less of a window of which so many days
// were held. A window of which none was held, and which is calculated for late
// reversals alone, is not prorated.
func prorates(method model.Proration, held, whole int) bool {
	return method == model.ProrateDays && 0 < held && held < whole
}

// prorate gives an amount for a part of a window: amount x days held / days of
// the window, divided once, to 16 decimals HALF_EVEN. Multiplying first makes
// 59 of 90 days of 90,000 exactly 59,000, which can be reached.
func prorate(amount decimal.Decimal, method model.Proration, held, whole int) decimal.Decimal {
	if !prorates(method, held, whole) {
		return amount
	}
	return divide(amount.Mul(decimal.New(int64(held), 0)), decimal.New(int64(whole), 0))
}

// noteProration notes, below a node, what was prorated: the amount as given,
// with days held and days of the window as its bounds and their quotient as its
// rate.
func (w *worksheet) noteProration(kind NodeKind, parent int32, choice string, method model.Proration, g *group, given decimal.Decimal) {
	w.noteDays(kind, parent, choice, method, g.held, given)
}

// noteDays is noteProration for a number of days.
func (w *worksheet) noteDays(kind NodeKind, parent int32, choice string, method model.Proration, days int, given decimal.Decimal) {
	held, whole := decimal.New(int64(days), 0), decimal.New(int64(w.days()), 0)
	factor := divide(held, whole)
	t := &w.trace
	t.node(kind, parent, t.term(Term{Label: choice + "=" + string(method), Rate: &factor, From: &held, To: &whole}), given)
}

// days is the length of the window.
func (w *worksheet) days() int { return w.span.window.Days.Days() }
