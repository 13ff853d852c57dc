package calc

import (
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// deferredBy begins the label of a gate that does not hold and defers what it
// would take; the node's Value is the share that waits.
const deferredBy = "deferred until the gate holds: "

// Accrue lays an earning out for a ledger. Where it is watched, its lines are
// found from its trace: find gives the credit that a number cites.
func (e *Engine) Accrue(a Accrual, t *Trace, find func(int64) *CreditFact) Accrual {
	c := e.watched(a.Version, a.Key)
	if c == nil || a.Failed || t == nil {
		return a
	}
	for i, kind := range t.Kinds {
		if kind != NodeRule || t.Term[i] < 0 {
			continue
		}
		label := t.Terms[t.Term[i]].Label
		if gate, is := strings.CutPrefix(label, deferredBy); is {
			a.Deferred, a.Gate = t.Values.At(i), gate
		} else if gate, is := strings.CutPrefix(label, gateHolds); is {
			a.Met = append(a.Met, gate)
		}
	}
	a.Lines = e.dealLines(t, e.periods[a.Period].Days.Last(), find)
	return a
}

// dealLines gives what of an earning falls to each credit. What is of the window
// as a whole, such as a bonus or what a cap has cut, is allotted to the credits by
// what they earn or, where they earn nothing by themselves, by what they add to the
// measure; where there are none it stays of no deal.
func (x *index) dealLines(t *Trace, last model.Date, find func(int64) *CreditFact) []DealLine {
	var out []DealLine
	at := map[int64]int{}
	whole, scale, line := decimal.Zero, int32(0), 0
	for i := range t.Kinds {
		if !t.isLine(i) || line == t.Paid.Len() {
			continue
		}
		paid := t.Paid.At(line)
		line++
		scale = decimalsOf(scale, paid)
		if t.Credits[i] == 0 {
			whole = whole.Add(paid)
			continue
		}
		k, known := at[t.Credits[i]]
		if !known {
			k = len(out)
			at[t.Credits[i]], out = k, append(out, x.dealOf(t.Credits[i], last, find))
		}
		out[k].Amount, out[k].AtRate = out[k].Amount.Add(paid), out[k].AtRate.Add(t.atRate(i))
	}
	if whole.IsZero() {
		return out
	}
	own := len(out)
	weights := make([]decimal.Decimal, 0, own)
	for i := range out {
		weights = append(weights, out[i].Amount.Abs())
	}
	if sum(weights).IsZero() {
		weights = weights[:0]
		for i := range out {
			weights = append(weights, decimal.Zero)
			_ = i
		}
		for i, kind := range t.Kinds {
			if kind != NodeMeasure || t.Credits[i] == 0 {
				continue
			}
			if _, known := at[t.Credits[i]]; !known {
				at[t.Credits[i]], out = len(out), append(out, x.dealOf(t.Credits[i], last, find))
				weights = append(weights, decimal.Zero)
			}
			k := at[t.Credits[i]]
			weights[k] = weights[k].Add(decimal.Max(t.Values.At(i), decimal.Zero))
		}
	}
	parts, err := Split(whole, weights, scale)
	if err != nil {
		return append(out[:own], DealLine{Direct: true, Date: last, Amount: whole, AtRate: whole})
	}
	for i := range parts {
		out[i].Amount = out[i].Amount.Add(parts[i])
		if i >= own {
			out[i].AtRate = out[i].AtRate.Add(parts[i])
		}
	}
	return out
}

// atRate gives what the rate alone made of a line: its parts but for what
// adjustments add.
func (t *Trace) atRate(line int) decimal.Decimal {
	total, parts := decimal.Zero, false
	for i := line + 1; i < t.Len() && t.Parents[i] >= int32(line); i++ {
		if t.Parents[i] != int32(line) {
			continue
		}
		switch t.Kinds[i] {
		case NodeSlice, NodeResult:
			total, parts = total.Add(t.Amounts.At(i)), true
		}
	}
	if !parts {
		return t.Amounts.At(line)
	}
	return total
}

// dealOf names what a credit is of.
func (x *index) dealOf(credit int64, last model.Date, find func(int64) *CreditFact) DealLine {
	if f := find(credit); f != nil {
		return x.lineOf(f)
	}
	return DealLine{Direct: true, Date: last}
}

// lineOf names what a fact is of. A reversal is of its sale, on the sale's day.
func (x *index) lineOf(f *CreditFact) DealLine {
	sale := saleOf(f)
	line := DealLine{
		Deal: DealKey{sale.source, sale.sale}, Date: f.Credit.FXDate,
		Direct: f.Activity || f.Credit.Kind == model.CreditDirect || f.Credit.Kind == model.CreditManual,
		Credit: strings.Join([]string{x.creditTypeKey(f.Credit.CreditTypeID), string(f.Credit.Kind), x.positionKey(f.Credit.ViaPositionID)}, " "),
	}
	if f.Activity {
		line.Credit, line.Date = "activity", f.Credit.Date
	}
	if f.Reversal {
		line.Credit += " of " + f.transaction().ExternalID
	}
	return line
}
