package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Booked gives what was booked of a closed period last: as the newest of some
// results says, given from the newest to what the period showed when it was
// closed. Of what had a problem in one, nothing was booked by it: the one before
// holds.
func Booked(newestFirst ...[]Accrual) []Accrual {
	if len(newestFirst) == 0 {
		return nil
	}
	var out []Accrual
	for _, a := range newestFirst[0] {
		for i := 1; a.Failed && i <= len(newestFirst); i++ {
			was := Accrual{Failed: true}
			if i < len(newestFirst) {
				was = sameComponent(newestFirst[i], a)
			}
			if i == len(newestFirst) || !was.Failed {
				amount := a.Amount
				amount.Amount = decimal.Zero
				a.Amount, a.Lines, a.Failed = amount, nil, false
				if i < len(newestFirst) && !was.Amount.Amount.IsZero() || len(was.Lines) > 0 {
					a = was
				}
			}
		}
		out = append(out, a)
	}
	return out
}

// sameComponent finds the earning of a component among others; one of nothing where
// there is none.
func sameComponent(all []Accrual, of Accrual) Accrual {
	for _, a := range all {
		if a.Position == of.Position && a.Component == of.Component && (a.Failed || a.Amount.Currency == of.Amount.Currency) {
			return a
		}
	}
	of.Amount.Amount, of.Lines, of.Failed = decimal.Zero, nil, false
	return of
}

// Differences gives what the earnings of a closed period are now otherwise than
// they were booked: for each position, component and currency the difference, deal
// by deal where it is watched. What had a problem was booked as nothing.
func Differences(booked, now []Accrual) []Accrual {
	type key struct {
		position, component model.ID
		currency            model.CurrencyCode
	}
	var order []key
	was, is := map[key]Accrual{}, map[key]Accrual{}
	note := func(all []Accrual, into map[key]Accrual) {
		for _, a := range all {
			at := key{a.Position, a.Component, a.Amount.Currency}
			_, before := was[at]
			if _, after := is[at]; !before && !after {
				order = append(order, at)
			}
			into[at] = a
		}
	}
	note(booked, was)
	note(now, is)
	var out []Accrual
	for _, at := range order {
		before, had := was[at]
		after, has := is[at]
		if !had {
			before = after
			before.Amount.Amount, before.Lines, before.Failed = decimal.Zero, nil, false
			before.Deferred, before.Gate, before.Met = decimal.Zero, "", nil
		}
		if !has {
			after = before
			after.Amount.Amount, after.Lines, after.Failed = decimal.Zero, nil, false
			after.Deferred, after.Gate, after.Met = decimal.Zero, "", nil
		}
		waits := !before.Deferred.Equal(after.Deferred) || before.Gate != after.Gate || !slices.Equal(before.Met, after.Met)
		if d := difference(before, after); d.Failed || !d.Amount.Amount.IsZero() || len(d.Lines) > 0 || waits {
			out = append(out, d)
		}
	}
	return out
}

// ofNoDeal is all of an earning as one line of no deal, beside others.
func ofNoDeal(a *Accrual, beside []DealLine) []DealLine {
	return []DealLine{{Direct: true, Date: beside[len(beside)-1].Date, Amount: a.Amount.Amount, AtRate: a.Amount.Amount}}
}

// difference gives what an earning differs by from what was booked of the same
// component.
func difference(was, now Accrual) Accrual {
	out := now
	if was.Failed {
		was.Amount.Amount, was.Lines = decimal.Zero, nil
	}
	switch { // it was not watched then, or is not known by deals now
	case len(was.Lines) == 0 && len(now.Lines) > 0 && !was.Amount.Amount.IsZero():
		was.Lines = ofNoDeal(&was, now.Lines)
	case len(now.Lines) == 0 && len(was.Lines) > 0 && !now.Amount.Amount.IsZero():
		now.Lines = ofNoDeal(&now, was.Lines)
	}
	out.Amount.Amount = now.Amount.Amount.Sub(was.Amount.Amount)
	out.Cause = fmt.Sprintf("%s instead of %s", now.Amount.AmountText(), model.Money{Amount: was.Amount.Amount, Currency: now.Amount.Currency}.AmountText())
	type key struct {
		deal   DealKey
		credit string
	}
	lines := map[key]*DealLine{}
	var order []key
	add := func(all []DealLine, sign decimal.Decimal) {
		for _, line := range all {
			at := key{line.Deal, line.Credit}
			if lines[at] == nil {
				fresh := line
				fresh.Amount, fresh.AtRate = decimal.Zero, decimal.Zero
				lines[at], order = &fresh, append(order, at)
			}
			lines[at].Amount, lines[at].AtRate = lines[at].Amount.Add(line.Amount.Mul(sign)), lines[at].AtRate.Add(line.AtRate.Mul(sign))
		}
	}
	add(now.Lines, oneDecimal)
	add(was.Lines, oneDecimal.Neg())
	out.Lines = nil
	for _, at := range order {
		if line := lines[at]; !line.Amount.IsZero() || !line.AtRate.IsZero() {
			out.Lines = append(out.Lines, *line)
		}
	}
	return out
}
