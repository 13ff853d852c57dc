package service

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// striker strikes the ledgers of some payees from what a task has calculated and
// what is known beside it.
type striker struct {
	s       *Service
	t       task
	scope   model.Scope
	payees  []model.ID
	open    []*model.Period // pay periods of all calendars that are open, by their end
	byPay   map[model.ID][]*model.Period
	results map[model.PayeePeriod][]*model.Result // of this task
	stored  map[store.RunPair][]*model.Result     // of other runs
	now     map[model.PayeePeriod]model.ID        // which run readers see of open payout periods
	restate map[model.ID][]store.Restatement
	brought map[model.PayeePeriod]model.Brought // by payee and calendar
	credits map[int64]*calc.CreditFact
	deals   map[calc.DealKey]*calc.Deal
	adjust  map[model.PayeePeriod][]model.PayAdjustment
	opening map[model.PayeePeriod][]model.OpeningEntry
	release map[model.ID][]calc.PersonRelease
	seen    map[model.PayeePeriod]*model.Balance
}

// strike gives the ledgers of payees that come out otherwise than readers see
// them: of each open pay period, in order.
func (s *Service) strike(ctx context.Context, t task, run *calc.Run, payees []model.ID, results []model.Result, facts map[model.ID][]model.CreditFact) ([]*model.Balance, error) {
	k := &striker{s: s, t: t, scope: model.Unbounded(t.tenant, t.at), payees: payees, results: map[model.PayeePeriod][]*model.Result{}, credits: map[int64]*calc.CreditFact{}}
	own := make(map[model.ID]bool, len(payees))
	for _, payee := range payees {
		own[payee] = true
	}
	for _, pair := range t.pairs {
		if own[pair.Payee] {
			k.results[pair] = nil
		}
	}
	for i := range results {
		pair := model.PayeePeriod{Payee: results[i].PayeeID, Period: results[i].PeriodID}
		k.results[pair] = append(k.results[pair], &results[i])
	}
	k.open, k.byPay = t.engine.PayPeriods()
	if len(k.open) == 0 {
		return nil, nil
	}
	if err := k.load(ctx, facts); err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	var out []*model.Balance
	for _, payee := range payees {
		some, err := k.chain(run, payee, facts[payee])
		if err != nil {
			return nil, &brokenLawError{payee, err}
		}
		out = append(out, some...)
	}
	return out, nil
}

// load reads what the ledgers need beside the task's results, in a bounded number
// of queries.
func (k *striker) load(ctx context.Context, facts map[model.ID][]model.CreditFact) error {
	st, scope := k.s.Store, k.scope
	var payPeriods, payouts []model.ID
	for _, p := range k.open {
		payPeriods = append(payPeriods, p.ID)
		for _, payout := range k.byPay[p.ID] {
			payouts = append(payouts, payout.ID)
		}
	}
	brought, err := st.BroughtBy(ctx, scope, k.payees)
	if err != nil {
		return err
	}
	k.brought = map[model.PayeePeriod]model.Brought{}
	for _, b := range brought {
		k.brought[model.PayeePeriod{Payee: b.Payee, Period: b.Calendar}] = b.After
	}
	if err := k.loadResults(ctx, payouts); err != nil {
		return err
	}
	adjustments, err := st.ApprovedAdjustments(ctx, scope, k.payees, payPeriods)
	if err != nil {
		return err
	}
	k.adjust = map[model.PayeePeriod][]model.PayAdjustment{}
	for _, a := range adjustments {
		pair := model.PayeePeriod{Payee: a.PayeeID, Period: a.PeriodID}
		k.adjust[pair] = append(k.adjust[pair], *a)
	}
	openings, err := st.OpeningEntriesIn(ctx, scope, k.payees, payPeriods)
	if err != nil {
		return err
	}
	k.opening = map[model.PayeePeriod][]model.OpeningEntry{}
	for _, o := range openings {
		pair := model.PayeePeriod{Payee: o.PayeeID, Period: o.PeriodID}
		k.opening[pair] = append(k.opening[pair], *o)
	}
	seen, err := st.Balances(ctx, scope, k.payees, payPeriods)
	if err != nil {
		return err
	}
	k.seen = map[model.PayeePeriod]*model.Balance{}
	for _, b := range seen {
		k.seen[model.PayeePeriod{Payee: b.PayeeID, Period: b.PeriodID}] = b
	}
	if !k.t.engine.Watches() {
		return nil
	}
	return k.loadDeals(ctx, facts)
}

// loadResults reads the results of open payout periods that the task does not
// calculate, and those by which closed ones are restated.
func (k *striker) loadResults(ctx context.Context, payouts []model.ID) error {
	st, scope := k.s.Store, k.scope
	shown, err := st.PublishedRuns(ctx, scope, k.payees, payouts)
	if err != nil {
		return err
	}
	k.now = map[model.PayeePeriod]model.ID{}
	var wanted []store.RunPair
	for _, pair := range shown {
		at := model.PayeePeriod{Payee: pair.Payee, Period: pair.Period}
		if _, own := k.results[at]; !own {
			k.now[at] = pair.Run
			wanted = append(wanted, pair)
		}
	}
	restated, err := st.Restatements(ctx, scope, k.payees)
	if err != nil {
		return err
	}
	k.restate = map[model.ID][]store.Restatement{}
	known := map[model.PayeePeriod]bool{}
	for _, r := range restated {
		known[model.PayeePeriod{Payee: r.Payee, Period: r.Period}] = true
		k.restate[r.Payee] = append(k.restate[r.Payee], r)
	}
	// Closed periods that the task restates for the first time.
	var fresh []model.ID
	for pair := range k.results {
		if !k.t.engine.Open(pair.Period) && !known[pair] && slices.Contains(k.payees, pair.Payee) {
			fresh = append(fresh, pair.Period)
		}
	}
	slices.SortFunc(fresh, func(a, b model.ID) int { return cmp.Compare(a.Key, b.Key) })
	first, err := st.PublishedRuns(ctx, scope, k.payees, slices.Compact(fresh))
	if err != nil {
		return err
	}
	booked := map[model.PayeePeriod][]model.ID{}
	for _, pair := range first {
		booked[model.PayeePeriod{Payee: pair.Payee, Period: pair.Period}] = []model.ID{pair.Run}
	}
	for pair := range k.results {
		if !k.t.engine.Open(pair.Period) && !known[pair] && slices.Contains(k.payees, pair.Payee) {
			k.restate[pair.Payee] = append(k.restate[pair.Payee], store.Restatement{Payee: pair.Payee, Period: pair.Period, Booked: booked[pair]})
		}
	}
	for payee, all := range k.restate {
		for _, r := range all {
			for _, run := range r.Booked {
				wanted = append(wanted, store.RunPair{Run: run, Payee: payee, Period: r.Period})
			}
			if _, own := k.results[model.PayeePeriod{Payee: payee, Period: r.Period}]; !own {
				wanted = append(wanted, store.RunPair{Run: r.Now, Payee: payee, Period: r.Period})
			}
		}
		slices.SortFunc(all, func(a, b store.Restatement) int { return cmp.Compare(a.Period.Key, b.Period.Key) })
	}
	return k.loadStored(ctx, wanted)
}

// loadStored reads results of other runs; their traces, which are most of them,
// only where a component of the payee and period is watched.
func (k *striker) loadStored(ctx context.Context, wanted []store.RunPair) error {
	k.stored = map[store.RunPair][]*model.Result{}
	found, err := k.s.Store.EarnedOf(ctx, k.scope, wanted)
	if err != nil {
		return err
	}
	var watched []store.RunPair
	for _, r := range found {
		pair := store.RunPair{Run: r.RunID, Payee: r.PayeeID, Period: r.PeriodID}
		k.stored[pair] = append(k.stored[pair], r)
		if k.t.engine.Watched(r.PlanVersionID, r.ComponentKey) && (len(watched) == 0 || watched[len(watched)-1] != pair) {
			watched = append(watched, pair)
		}
	}
	traced, err := k.s.Store.ResultsOf(ctx, k.scope, watched)
	for _, pair := range watched {
		delete(k.stored, pair)
	}
	for _, r := range traced {
		pair := store.RunPair{Run: r.RunID, Payee: r.PayeeID, Period: r.PeriodID}
		k.stored[pair] = append(k.stored[pair], r)
	}
	return err
}

// loadDeals reads what the lines of watched components cite, and what has become
// of those sales and of those that are watched already.
func (k *striker) loadDeals(ctx context.Context, facts map[model.ID][]model.CreditFact) error {
	if err := k.loadCited(ctx, facts); err != nil {
		return err
	}
	keys := map[model.TransactionKey]bool{}
	for _, b := range k.brought {
		for i := range b.Holds {
			if h := &b.Holds[i]; h.ExternalID != "" {
				keys[model.TransactionKey{Source: h.Source, ExternalID: h.ExternalID}] = true
			}
		}
	}
	k.eachResult(func(r *model.Result) {
		for _, line := range k.accrual(r).Lines {
			if line.Deal.ExternalID != "" {
				keys[model.TransactionKey{Source: line.Deal.Source, ExternalID: line.Deal.ExternalID}] = true
			}
		}
	})
	events, err := k.s.Store.DealFacts(ctx, k.scope, slices.SortedFunc(maps.Keys(keys), compareKeys))
	if err != nil {
		return err
	}
	k.deals = dealsOf(events)
	releases, err := k.s.Store.HoldReleasesOf(ctx, k.scope, k.payees)
	k.release = map[model.ID][]calc.PersonRelease{}
	for _, r := range releases {
		k.release[r.PayeeID] = append(k.release[r.PayeeID], calc.PersonRelease{
			Position: r.PositionID, Component: r.ComponentID, Period: r.PeriodID, Deal: calc.DealKey{Source: r.Source, ExternalID: r.ExternalID}, Part: r.Part, Date: r.Date,
		})
	}
	return err
}

// loadCited reads the credits that lines of watched components cite.
func (k *striker) loadCited(ctx context.Context, facts map[model.ID][]model.CreditFact) error {
	for _, all := range facts {
		for _, f := range calcFacts(all) {
			if !f.Activity {
				k.credits[f.Credit.ID.Int()] = &f
			}
		}
	}
	var missing []int64
	k.eachResult(func(r *model.Result) {
		if k.t.engine.Watched(r.PlanVersionID, r.ComponentKey) {
			for _, credit := range r.Trace.Credits {
				if credit > 0 && k.credits[credit] == nil {
					missing = append(missing, credit)
				}
			}
		}
	})
	slices.Sort(missing)
	found, err := k.s.Store.CreditFactsByID(ctx, k.scope, slices.Compact(missing))
	if err != nil {
		return err
	}
	for _, all := range found {
		for _, f := range calcFacts(all) {
			k.credits[f.Credit.ID.Int()] = &f
		}
	}
	return nil
}

// dealsOf sums up what has become of sales. Payments and returns in another
// currency than the sale's are passed over.
func dealsOf(events []store.DealFact) map[calc.DealKey]*calc.Deal {
	out := map[calc.DealKey]*calc.Deal{}
	for _, e := range events {
		if e.Transaction.Source == e.Source && e.Transaction.ExternalID == e.ExternalID {
			out[calc.DealKey{Source: e.Source, ExternalID: e.ExternalID}] = &calc.Deal{Sale: e.Transaction, Amount: e.Transaction.Amount}
		}
	}
	for _, e := range events {
		deal := out[calc.DealKey{Source: e.Source, ExternalID: e.ExternalID}]
		if deal == nil || deal.Sale == e.Transaction || e.Transaction.Currency != deal.Sale.Currency {
			continue
		}
		switch event := (calc.DealEvent{Date: e.Transaction.EventDate, Amount: e.Transaction.Amount}); e.Role {
		case model.RoleCash:
			deal.Paid = append(deal.Paid, event)
		case model.RoleReversal:
			event.Amount = event.Amount.Neg()
			deal.Returned = append(deal.Returned, event)
		}
	}
	return out
}

func (k *striker) eachResult(do func(*model.Result)) {
	for _, all := range k.results {
		for _, r := range all {
			do(r)
		}
	}
	for _, all := range k.stored {
		for _, r := range all {
			do(r)
		}
	}
}

// accrual lays a result out for a ledger.
func (k *striker) accrual(r *model.Result) calc.Accrual {
	a := calc.Accrual{
		Position: r.PositionID, Plan: r.PlanID, Version: r.PlanVersionID, Component: r.ComponentID, Period: r.PeriodID,
		Key: r.ComponentKey, Name: r.ComponentName, EarningCode: r.EarningCode, Amount: r.Amount, Failed: r.Why == model.WhyProblem,
	}
	if !k.t.engine.Watched(r.PlanVersionID, r.ComponentKey) {
		return a
	}
	trace := unflatten(&r.Trace)
	return k.t.engine.Accrue(a, &trace, func(credit int64) *calc.CreditFact { return k.credits[credit] })
}

// chain strikes a payee's open pay periods, calendar by calendar, each on what the
// one before hands on.
func (k *striker) chain(run *calc.Run, payee model.ID, facts []model.CreditFact) ([]*model.Balance, error) {
	var out []*model.Balance
	before, begun := map[model.ID]model.Brought{}, map[model.ID]bool{}
	var laid *calc.Payee
	defer func() {
		if laid != nil {
			laid.Free()
		}
	}()
	for _, p := range k.open {
		if !begun[p.CalendarID] {
			before[p.CalendarID] = k.brought[model.PayeePeriod{Payee: payee, Period: p.CalendarID}]
		}
		in := k.striking(payee, p, before[p.CalendarID], !begun[p.CalendarID])
		begun[p.CalendarID] = true
		seen := k.seen[model.PayeePeriod{Payee: payee, Period: p.ID}]
		if in == nil && seen == nil {
			continue
		}
		if in == nil {
			in = &calc.Striking{Payee: payee, Period: p.ID}
		}
		if laid == nil {
			laid = run.Payee(payee, calcFacts(facts))
		}
		balance, err := laid.Strike(*in)
		if err != nil {
			return nil, err
		}
		before[p.CalendarID] = balance.After
		if seen == nil || !sameBalance(seen, balance) {
			balance.RunID = k.t.run
			out = append(out, balance)
		}
	}
	return out, nil
}

// striking gathers what a ledger is struck from, nil where there is nothing.
func (k *striker) striking(payee model.ID, p *model.Period, before model.Brought, first bool) *calc.Striking {
	pair := model.PayeePeriod{Payee: payee, Period: p.ID}
	in := &calc.Striking{
		Payee: payee, Period: p.ID, Before: before, Adjustments: k.adjust[pair], Openings: k.opening[pair], Released: k.release[payee], Deals: k.deals,
	}
	some := len(in.Adjustments) > 0 || len(in.Openings) > 0 || !before.Empty()
	for _, payout := range k.byPay[p.ID] {
		at := model.PayeePeriod{Payee: payee, Period: payout.ID}
		results, own := k.results[at]
		if !own {
			shown, is := k.now[at]
			if !is {
				continue
			}
			results = k.stored[store.RunPair{Run: shown, Payee: payee, Period: payout.ID}]
		}
		some = true
		for _, r := range results {
			in.Earnings = append(in.Earnings, k.accrual(r))
		}
	}
	if first {
		for _, r := range k.restate[payee] {
			if period := k.t.engine.Period(r.Period); period != nil && period.CalendarID == p.CalendarID {
				in.Prior = append(in.Prior, k.differences(payee, r)...)
			}
		}
		some = some || len(in.Prior) > 0
	}
	if !some {
		return nil
	}
	return in
}

// differences gives what a closed period would earn otherwise than was booked.
func (k *striker) differences(payee model.ID, r store.Restatement) []calc.Accrual {
	now, own := k.results[model.PayeePeriod{Payee: payee, Period: r.Period}]
	if !own {
		now = k.stored[store.RunPair{Run: r.Now, Payee: payee, Period: r.Period}]
	}
	booked := make([][]calc.Accrual, len(r.Booked))
	for i, run := range r.Booked {
		booked[i] = k.accruals(k.stored[store.RunPair{Run: run, Payee: payee, Period: r.Period}])
	}
	return calc.Differences(calc.Booked(booked...), k.accruals(now))
}

func (k *striker) accruals(results []*model.Result) []calc.Accrual {
	out := make([]calc.Accrual, len(results))
	for i, r := range results {
		out[i] = k.accrual(r)
	}
	return out
}

// sameBalance compares a ledger with what readers see.
func sameBalance(a, b *model.Balance) bool {
	return a.Withheld == b.Withheld && a.Fault == b.Fault && jsonEqual(a.Before, b.Before) && jsonEqual(a.After, b.After) && jsonEqual(a.Entries, b.Entries)
}
