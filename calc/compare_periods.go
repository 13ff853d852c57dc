package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// ComparePeriods splits by how much a payee's earnings of a period are more, or
// less, than those of another one, by cause in the order of model.PeriodCauses.
// It goes by the two traces alone, and the increments sum to the difference
// exactly. Of a component that both have, in one currency:
//
//   - VOLUME is what more is measured, at the rate that the earlier one paid on
//     average;
//   - of what the rate has changed, CURRENCY is what the step to pay currency has;
//   - of what is left, QUOTA gets as large a part as the quota has moved the
//     attainment, beside what is measured, and RATE the rest;
//   - ADJUSTMENT is all that acts after the rate, rounding included.
//
// Of bonuses nothing is in proportion to what is measured. Where the same levels are
// reached RATE is what they have changed; where others are, QUOTA gets its part as
// above, and VOLUME the rest.
func ComparePeriods(before, now []*Earning) []Increment {
	parts := map[model.DiffCause][]*model.DiffPart{}
	add := func(cause model.DiffCause, e *Earning, amount decimal.Decimal) {
		if !amount.IsZero() {
			parts[cause] = append(parts[cause], &model.DiffPart{
				PositionID: e.Position, PlanID: e.Plan, ComponentKey: e.Key, ComponentName: e.Name, Amount: model.Money{Amount: amount, Currency: e.Amount.Currency},
			})
		}
	}
	match := func(all []*Earning, e *Earning) int {
		return slices.IndexFunc(all, func(o *Earning) bool {
			return o.Position == e.Position && o.Plan == e.Plan && o.Key == e.Key && o.Amount.Currency == e.Amount.Currency
		})
	}
	for _, e := range now {
		i := match(before, e)
		if i < 0 {
			add(model.DiffComponent, e, e.Amount.Amount)
			continue
		}
		for cause, amount := range compared(yieldOf(before[i]), yieldOf(e)) {
			add(cause, e, amount)
		}
	}
	for _, e := range before {
		if match(now, e) < 0 {
			add(model.DiffComponent, e, e.Amount.Amount.Neg())
		}
	}
	var out []Increment
	for _, cause := range model.PeriodCauses {
		if all := parts[cause]; len(all) > 0 {
			slices.SortFunc(all, CompareParts)
			out = append(out, Increment{cause, all})
		}
	}
	return out
}

// yield is what an earning's rate has made of its measure.
type yield struct {
	measured   decimal.Decimal
	quota      *decimal.Decimal
	attainment *decimal.Decimal
	rated      decimal.Decimal  // exact, in pay currency, before anything adjusts it
	fx         *decimal.Decimal // plan to pay currency, on average; nil: no step, or nothing to tell it by
	amount     decimal.Decimal
	reached    decimal.Decimal // what attainment is of
	levels     []string        // of bonuses that were paid
	lined      bool            // something else was paid
}

// yieldOf reads an earning's trace.
func yieldOf(e *Earning) yield {
	y := yield{quota: e.Quota, attainment: e.Attainment, amount: e.Amount.Amount, measured: e.Measure, reached: e.Measure}
	t := &e.Trace
	planned, lined, earlier := decimal.Zero, decimal.Zero, false
	for i, kind := range t.Kinds {
		top := t.Parents[i] == 0
		switch {
		case kind == NodeEarlier:
			earlier = true
		case kind == NodeLine:
			lined = lined.Add(t.Values.At(i))
			y.rate(t, i, &planned)
			y.lined = y.lined || !t.Amounts.At(i).IsZero()
		case kind == NodeBonus:
			y.levels = append(y.levels, t.termAt(i).From.String())
			y.rate(t, i, &planned)
		case top && (kind == NodeResult || kind == NodeEarned):
			y.rate(t, i, &planned)
			y.lined = y.lined || !t.Amounts.At(i).IsZero()
		}
	}
	if earlier && !lined.IsZero() {
		y.measured = lined
	}
	if !planned.IsZero() && !planned.Equal(y.rated) {
		fx := divide(y.rated, planned)
		y.fx = &fx
	}
	return y
}

// rate adds a line's amount without what adjusts it, and in plan currency.
func (y *yield) rate(t *Trace, line int, planned *decimal.Decimal) {
	amount, fx := t.Amounts.At(line), (*decimal.Decimal)(nil)
	if term := t.termAt(line); term != nil {
		fx = term.FX
	}
	for j := line + 1; j < t.Len() && t.Parents[j] >= int32(line); j++ {
		if t.Parents[j] == int32(line) && t.Kinds[j].adjusts() {
			amount = amount.Sub(t.Amounts.At(j))
		}
		if term := t.termAt(j); fx == nil && term != nil && t.Kinds[j] == NodeSlice {
			fx = term.FX
		}
	}
	y.rated = y.rated.Add(amount)
	if fx != nil && !fx.IsZero() {
		amount = divide(amount, *fx)
	}
	*planned = planned.Add(amount)
}

// compared splits the difference of two earnings of one component.
func compared(before, now yield) map[model.DiffCause]decimal.Decimal {
	out := map[model.DiffCause]decimal.Decimal{}
	left := now.rated.Sub(before.rated)
	out[model.DiffAdjustment] = now.amount.Sub(before.amount).Sub(left)
	take := func(cause model.DiffCause, amount decimal.Decimal) {
		amount = quantise(amount)
		out[cause], left = amount, left.Sub(amount)
	}
	bonuses := len(before.levels)+len(now.levels) > 0 && !before.lined && !now.lined
	some := !before.measured.IsZero() && !before.rated.IsZero()
	switch {
	case some && !bonuses:
		take(model.DiffVolume, divide(multiply(now.measured.Sub(before.measured), before.rated), before.measured))
	case !bonuses && before.measured.IsZero() && before.rated.IsZero():
		take(model.DiffVolume, left)
	}
	if some && before.fx != nil && now.fx != nil && !now.fx.IsZero() {
		take(model.DiffCurrency, now.rated.Sub(divide(multiply(now.rated, *before.fx), *now.fx)))
	}
	others := !bonuses || !slices.Equal(before.levels, now.levels)
	if of := quotaMoved(before, now); others && !of.IsZero() {
		take(model.DiffQuota, multiply(left, of))
	}
	if bonuses && others && !now.reached.Equal(before.reached) {
		take(model.DiffVolume, left)
	}
	out[model.DiffRate] = left
	return out
}

// quotaMoved is which part of what moved the attainment the quota has moved.
func quotaMoved(before, now yield) decimal.Decimal {
	if before.quota == nil || now.quota == nil || before.attainment == nil || now.attainment == nil || before.quota.Equal(*now.quota) {
		return decimal.Zero
	}
	between := divide(now.reached, *before.quota) // by what is measured alone
	byQuota, byMeasure := now.attainment.Sub(between).Abs(), between.Sub(*before.attainment).Abs()
	if all := byQuota.Add(byMeasure); !all.IsZero() {
		return divide(byQuota, all)
	}
	return decimal.Zero
}
