package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

var oneDecimal = decimal.New(1, 0)

// heldPart is the part of a window that was held, counted by a method.
type heldPart struct {
	held, whole int
	some        bool // a day counts for more than late reversals, whether the method counts it or not
	method      model.Proration
	unit        *int // decimals that the unit's rate is rounded to first; nil: it is not
	mode        model.RoundMode
}

// unitChoice says how the rate of a unit is rounded.
func unitChoice(p heldPart) string {
	return fmt.Sprintf("prorationUnit=%d roundMode=%s", *p.unit, p.mode)
}

// less tells whether the part is less than the whole. A window of which no day
// counts, and which is calculated for late reversals alone, is not prorated.
func (p heldPart) less() bool {
	return p.method != model.ProrateNone && p.some && p.held < p.whole
}

// of gives an amount for the part: amount x held / whole, divided once, to 16
// decimals HALF_EVEN. Multiplying first makes 59 of 90 days of 90,000 exactly
// 59,000, which can be reached. Where the unit's rate is rounded first it is
// round(amount / whole) x held.
func (p heldPart) of(amount decimal.Decimal) decimal.Decimal {
	if !p.less() {
		return amount
	}
	return prorated(amount, decimal.New(int64(p.held), 0), decimal.New(int64(p.whole), 0), p.unit, p.mode)
}

func prorated(amount, held, whole decimal.Decimal, unit *int, mode model.RoundMode) decimal.Decimal {
	if unit == nil {
		return divide(amount.Mul(held), whole)
	}
	return rounding{mode: mode, scale: int32(*unit)}.round(divide(amount, whole)).Mul(held)
}

// partOf counts the held part of the window on legs.
func (w *worksheet) partOf(method model.Proration, legs []leg, rules *model.PlanRules) heldPart {
	return partOfDays(method, legs, w.span.window.Days, rules)
}

// partOfDays counts the held part of some days on legs.
func partOfDays(method model.Proration, legs []leg, days model.Interval, rules *model.PlanRules) heldPart {
	p := heldPart{method: method, unit: rules.ProrationUnit, mode: rules.RoundMode, whole: counted(method, days)}
	for _, l := range legs {
		p.some = p.some || l.counts()
		if l.whole() {
			p.held += counted(method, l.days)
		}
	}
	return p
}

// counted counts what a method counts of a span of days: days, days from Monday
// to Friday, or calendar months by their 15th days.
func counted(method model.Proration, days model.Interval) int {
	switch method {
	case model.ProrateWorkingDays:
		return workingDays(days.To) - workingDays(days.From)
	case model.ProrateMonths:
		return months(days.To) - months(days.From)
	}
	return days.Days()
}

// workingDays counts the days from Monday to Friday before a day, from some
// Monday on.
func workingDays(day model.Date) int {
	const monday = -3 // 1969-12-29
	n := int(day) - monday
	weeks := n / 7
	if n%7 < 0 {
		weeks--
	}
	return weeks*5 + min(n-weeks*7, 5)
}

// months counts the 15th days of months before a day, from some month on.
func months(day model.Date) int {
	year, month, dom := day.Civil()
	n := 12*year + month
	if dom > 15 {
		n++
	}
	return n
}

// noteProration notes, below a node, what was prorated: the amount as given,
// with the part and the whole as its bounds and their quotient as its rate.
func (w *worksheet) noteProration(kind NodeKind, parent int32, choice string, p heldPart, given decimal.Decimal) {
	w.trace.proration(kind, parent, choice, p, given)
}

func (t *tracer) proration(kind NodeKind, parent int32, choice string, p heldPart, given decimal.Decimal) {
	if !p.less() {
		return
	}
	held, whole := decimal.New(int64(p.held), 0), decimal.New(int64(p.whole), 0)
	factor := divide(held, whole)
	term := Term{Label: choice + "=" + string(p.method), Rate: &factor, From: &held, To: &whole}
	if p.unit != nil {
		term.Label += " " + unitChoice(p)
	}
	t.node(kind, parent, t.term(term), given)
}

// days is the length of the window.
func (w *worksheet) days() int { return w.span.window.Days.Days() }
