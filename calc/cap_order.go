package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// orderKey finds what an adjustment has seen of an order.
type orderKey struct{ adjustment, order string }

// orderRun is what the lines of an order come to so far, before an adjustment
// over orders, and the currency step of its first line, which its bound takes.
type orderRun struct {
	total decimal.Decimal // exact, in pay currency
	step  *fxStep
}

// orderPrefix begins the label of what an order's lines come to so far.
const orderPrefix = "so far of "

// boundOrder holds the lines of an order together to a cap or floor: each line
// adds what it adds to the bounded total, so that the lines of the order sum to
// the bound of their sum, and a return walks back what was cut.
func (w *worksheet) boundOrder(next *adjusted, a *adjustment, p posting, pay *fxStep) {
	if w.orders == nil {
		w.orders = map[orderKey]*orderRun{}
	}
	key := orderKey{a.label, orderOf(p.fact)}
	run := w.orders[key]
	if run == nil {
		run = &orderRun{step: pay}
		w.orders[key] = run
	}
	so, money := run.total, *a.Amount
	bound := w.boundOf(next, a, run.step, money)
	next.order, next.so, next.term.From = key.order, so, &so
	run.total = so.Add(next.before)
	next.after = boundedStep(a.Kind, so, next.before, bound)
}

// boundedStep gives what an amount adds to a bounded total that had come to so
// much before it.
func boundedStep(kind model.AdjustmentKind, so, amount, bound decimal.Decimal) decimal.Decimal {
	return bounded(kind, so.Add(amount), bound, false).Sub(bounded(kind, so, bound, false))
}
