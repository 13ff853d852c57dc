package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// taken names what a payee has earned that one ledger takes up, in one currency.
type taken struct {
	payee, period model.ID // a pay period
	currency      model.CurrencyCode
}

// verifyStatements recomputes the visible earnings from their traces, and compares
// what each pay period's earnings come to with what its ledger takes up.
func (s *Service) verifyStatements(ctx context.Context, scope model.Scope) (found []model.Violation, err error) {
	paid, err := s.payPeriodOf(ctx, scope)
	if err != nil {
		return nil, err
	}
	sums := map[taken]decimal.Decimal{}
	err = s.eachEarning(ctx, scope, nil, func(e *model.Earning, trace *model.FlatTrace) {
		if in := paid[e.PeriodID]; in != nil && !e.Amount.Amount.IsZero() {
			at := taken{e.PayeeID, in.ID, e.Amount.Currency}
			sums[at] = sums[at].Add(e.Amount.Amount)
		}
		if trace == nil {
			found = append(found, model.Violation{Law: lawExplained, Detail: e.ID.String()})
			return
		}
		amount, err := calc.Verify(unflatten(trace))
		if err != nil || !amount.Equal(e.Amount.Amount) {
			found = append(found, model.Violation{Law: lawExplained, Detail: e.ID.String()})
		}
	})
	if err != nil {
		return nil, err
	}
	periods := map[model.ID]bool{}
	for _, in := range paid {
		periods[in.ID] = true
	}
	for _, period := range slices.SortedFunc(maps.Keys(periods), func(a, b model.ID) int { return strings.Compare(a.Key, b.Key) }) {
		ledgers, err := s.Store.BalancesOf(ctx, scope, period)
		if err != nil {
			return nil, err
		}
		for _, b := range ledgers {
			for i := range b.Entries {
				if e := &b.Entries[i]; e.Movement == model.MoveEarned {
					at := taken{b.PayeeID, period, e.Amount.Currency}
					sums[at] = sums[at].Sub(e.Amount.Amount)
				}
			}
		}
	}
	var broken []string
	for at, rest := range sums { // up to half a minor unit comes from the period before, and as much goes on
		if rest.Abs().GreaterThan(decimal.New(1, -model.MinorUnits(at.currency))) {
			broken = append(broken, fmt.Sprintf("payee %s period %s: %s %s", at.payee, at.period, rest, at.currency))
		}
	}
	slices.Sort(broken)
	for _, detail := range broken {
		found = append(found, model.Violation{Law: lawTakenUp, Detail: detail})
	}
	return found, nil
}

// payPeriodOf gives for each period the pay period of its calendar in which it
// ends.
func (s *Service) payPeriodOf(ctx context.Context, scope model.Scope) (map[model.ID]*model.Period, error) {
	calendars, err := s.Store.FiscalCalendars(ctx, scope)
	if err != nil {
		return nil, err
	}
	kinds := map[model.ID]model.PeriodType{}
	for _, c := range calendars {
		kinds[c.ID] = c.PayPeriodGiven()
	}
	periods, err := s.Store.Periods(ctx, scope)
	if err != nil {
		return nil, err
	}
	type end struct {
		calendar model.ID
		day      model.Date
	}
	ends := map[end]*model.Period{}
	for _, p := range periods {
		if p.Type == kinds[p.CalendarID] {
			for day := p.Days.From; day < p.Days.To; day++ {
				ends[end{p.CalendarID, day}] = p
			}
		}
	}
	out := map[model.ID]*model.Period{}
	for _, p := range periods {
		if in := ends[end{p.CalendarID, p.Days.Last()}]; in != nil {
			out[p.ID] = in
		}
	}
	return out, nil
}
