package calc

import (
	"math/big"

	"spm/model"
)

func fraction(text string) *big.Rat {
	if text == "" {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

func refTimes(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func refPlus(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }

func refLess(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }

// refDivide divides to 16 decimals.
func refDivide(a, b *big.Rat) *big.Rat {
	return ratRound(new(big.Rat).Quo(a, b), 16, model.HalfEven)
}

// tenDecimals is what a line's product is quantised to.
func tenDecimals(r *big.Rat) *big.Rat { return ratRound(r, 10, model.HalfEven) }

// ratRound rounds to so many decimals.
func ratRound(r *big.Rat, scale int, mode model.RoundMode) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	units := refTimes(new(big.Rat).Abs(r), new(big.Rat).SetInt(unit))
	whole, rest := new(big.Int).QuoRem(units.Num(), units.Denom(), new(big.Int))
	half := new(big.Int).Lsh(rest, 1).Cmp(units.Denom())
	up := false
	switch mode {
	case model.RoundUp:
		up = rest.Sign() > 0
	case model.RoundDn:
	case model.HalfEven:
		up = half > 0 || half == 0 && whole.Bit(0) == 1
	default:
		up = half >= 0
	}
	if up {
		whole.Add(whole, big.NewInt(1))
	}
	out := new(big.Rat).SetFrac(whole, unit)
	if r.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

// round rounds the lines to an earning.
func (x *reference) round(lines []refLine) *big.Rat {
	rules := x.s.Rules
	x.hit(string(rules.RoundStage) + " " + string(rules.RoundMode))
	scale := 2
	if rules.RoundScale != nil {
		scale = *rules.RoundScale
	}
	total := new(big.Rat)
	x.exact = new(big.Rat)
	for _, line := range lines {
		exact := line.exact
		x.exact.Add(x.exact, exact)
		if rules.RoundStage == model.RoundLine {
			exact = ratRound(exact, scale, rules.RoundMode)
		}
		total.Add(total, exact)
	}
	return ratRound(total, scale, rules.RoundMode)
}

// fx finds the last rate of the list at or before the day.
func (x *reference) fx(from, to model.CurrencyCode, day model.Date) *big.Rat {
	var found *big.Rat
	for _, fx := range x.s.FX { // ascending by day
		if fx.From == from && fx.To == to && fx.Date <= day {
			found = fraction(fx.Rate)
		}
	}
	if found == nil {
		return x.fail(model.ProblemNoFXRate)
	}
	return found
}

// periodEnd is the last day of the payout period that a day lies in.
func (x *reference) periodEnd(day model.Date) model.Date {
	if x.s.Payout == model.PeriodMonth {
		for _, month := range refMonths {
			if p := refPeriod(month); day >= p[0] && day < p[1] {
				return p[1] - 1
			}
		}
	}
	switch {
	case day >= date("2026-01-01"):
		return date("2026-03-31")
	case x.s.Payout == model.PeriodMonth && day < date("2025-12-01"):
		t := day.Time()
		return model.NewDate(t.Year(), int(t.Month())+1, 1) - 1
	}
	return date("2025-12-31")
}

// pay turns plan currency into pay currency by the rate of a day, or of the
// end of the payout period that another day lies in.
func (x *reference) pay(money *big.Rat, event, in model.Date) *big.Rat {
	if x.s.Pay == "EUR" && money.Sign() != 0 {
		x.hit("plan to pay")
		money = refTimes(money, x.converts(x.s.Rules.FXPlanToPay, "USD", "EUR", event, in))
	}
	return money
}

// converts gives the rate of a step by its rule, for what happened on a day: the
// plan's own, or the table's of the event, or of the end or pay date of the payout
// period that another day lies in.
func (x *reference) converts(rule model.FXDate, from, to model.CurrencyCode, event, in model.Date) *big.Rat {
	x.hit("by " + string(rule))
	switch rule {
	case model.FXPlanRate:
		for _, r := range x.s.Rules.PlanRates {
			if r.FromCurrency == from && r.ToCurrency == to {
				return fraction(r.Rate.String())
			}
		}
		return x.fail(model.ProblemNoFXRate)
	case model.FXPeriodEnd:
		event = x.periodEnd(in)
	case model.FXPayDate:
		event = x.periodEnd(in)
		for name, day := range x.s.PayDates {
			if refPeriod(name)[1]-1 == event && (x.s.Payout == model.PeriodMonth) != (name == "2026-Q1") {
				event = day
				break
			}
		}
	}
	return x.fx(from, to, event)
}

// line makes the line of a posting from its money in plan currency.
func (x *reference) line(p *refPosting, money *big.Rat) refLine {
	return refLine{posting: p, raw: x.pay(money, p.fxDate, p.fxDate)}
}

// result makes a line of the window.
func (x *reference) result(w *refSpan, money *big.Rat) refLine {
	return refLine{raw: x.payWindow(w, money)}
}

func (x *reference) payWindow(w *refSpan, money *big.Rat) *big.Rat {
	return x.pay(money, w.last(), w.last())
}
