package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// dues are the payee's ledgers, by which an answer says what has become of what
// was earned.
type dues struct {
	periods []*model.Period                // pay periods, by their end
	ledgers map[model.ID]*model.Balance    // by pay period, those that who asks may see
	hidden  map[model.ID]bool              // pay periods of the others
	told    map[string]bool                // of the pay as a whole, said already
	whole   []*model.WhyNotReason          // of the pay as a whole
	open    map[model.ID]bool              // pay periods that are not closed
	byID    map[model.ID]*model.Period     // all periods
	now     map[model.ID]*calc.Earning     // what later facts make of earnings of closed periods, by id
	late    map[model.ID]bool              // closed periods of which that is known
	deals   map[int64]model.TransactionKey // of credits that earnings of such periods cite, also of earlier revisions
}

// readDues reads the ledgers that concern payout periods, and what closed ones
// would be by now.
func (w *whyNot) readDues(ctx context.Context, payouts []model.ID) error {
	d := &dues{
		ledgers: map[model.ID]*model.Balance{}, hidden: map[model.ID]bool{}, told: map[string]bool{}, open: map[model.ID]bool{},
		byID: map[model.ID]*model.Period{}, now: map[model.ID]*calc.Earning{}, late: map[model.ID]bool{}, deals: map[int64]model.TransactionKey{},
	}
	w.dues = d
	for i := range w.book.Periods {
		d.byID[w.book.Periods[i].ID] = &w.book.Periods[i]
	}
	first := map[model.ID]model.Date{} // by calendar
	for _, id := range payouts {
		if p := d.byID[id]; p != nil {
			if day, known := first[p.CalendarID]; !known || p.Days.Last() < day {
				first[p.CalendarID] = p.Days.Last()
			}
		}
	}
	kinds := map[model.ID]model.PeriodType{}
	for i := range w.book.Calendars {
		kinds[w.book.Calendars[i].ID] = w.book.Calendars[i].PayPeriodGiven()
	}
	var wanted []model.ID
	for _, p := range d.byID {
		if day, concerned := first[p.CalendarID]; concerned && p.Type == kinds[p.CalendarID] && p.Days.To > day {
			d.periods, wanted, d.open[p.ID] = append(d.periods, p), append(wanted, p.ID), p.IsOpen()
		}
	}
	slices.SortFunc(d.periods, func(a, b *model.Period) int {
		return cmp.Or(cmp.Compare(a.Days.To, b.Days.To), strings.Compare(a.CalendarID.Key, b.CalendarID.Key))
	})
	if len(wanted) == 0 {
		return nil
	}
	all, err := w.s.Store.Balances(ctx, w.unbounded(), ids(&w.payee.ID), wanted)
	if err != nil {
		return err
	}
	seen, err := w.s.Store.Balances(ctx, w.may.Earnings, ids(&w.payee.ID), wanted)
	if err != nil {
		return err
	}
	for _, b := range seen {
		d.ledgers[b.PeriodID] = b
	}
	for _, b := range all {
		d.hidden[b.PeriodID] = d.ledgers[b.PeriodID] == nil
	}
	return w.readLate(ctx, payouts)
}

// readLate reads what closed periods would earn by what is known now.
func (w *whyNot) readLate(ctx context.Context, payouts []model.ID) error {
	d := w.dues
	restated, err := w.s.Store.Restatements(ctx, w.unbounded(), ids(&w.payee.ID))
	if err != nil {
		return err
	}
	var pairs []store.RunPair
	for _, r := range restated {
		if slices.Contains(payouts, r.Period) {
			d.late[r.Period] = true
			pairs = append(pairs, store.RunPair{Run: r.Now, Payee: w.payee.ID, Period: r.Period})
		}
	}
	results, err := w.s.Store.ResultsOf(ctx, w.unbounded(), pairs)
	if err != nil {
		return err
	}
	for _, r := range results {
		d.now[w.earningID(r.PositionID, r.PeriodID, r.ComponentID)] = &calc.Earning{
			Payee: r.PayeeID, Position: r.PositionID, Period: r.PeriodID, Component: r.ComponentID, Plan: r.PlanID, Version: r.PlanVersionID, Key: r.ComponentKey,
			Name: r.ComponentName, EarningCode: r.EarningCode, Amount: r.Amount, Measure: r.Measure, Quota: r.Quota, Attainment: r.Attainment, Why: r.Why,
			Provisional: r.Provisional, Trace: unflatten(&r.Trace),
		}
	}
	var cited []int64
	for id, e := range w.stands {
		if d.late[e.PeriodID] && w.traces[id] != nil {
			for _, credit := range w.traces[id].Credits {
				if credit > 0 {
					cited = append(cited, credit)
				}
			}
		}
	}
	slices.Sort(cited)
	facts, err := w.s.Store.CreditFactsByID(ctx, w.unbounded(), slices.Compact(cited))
	for _, some := range facts {
		for i := range some {
			d.deals[some[i].Credit.ID.Int()] = some[i].Transaction.Key()
		}
	}
	return err
}

// standingLater gives calc what closed periods would show by now, and otherwise
// what readers see.
func (w *whyNot) standingLater(position, period, component model.ID) *calc.Earning {
	if !w.dues.late[period] {
		return w.standing(position, period, component)
	}
	return w.dues.now[w.earningID(position, period, component)]
}

// closed adds to the fates of a fact what it has changed of periods that
// were closed before; later are the same fates by what those would be now.
func (w *whyNot) closed(t *calc.CreditFact, fates, later []calc.Fate) {
	for i := range fates {
		f := &fates[i]
		if i >= len(later) || !w.dues.late[f.Period] || later[i].Component != f.Component {
			continue
		}
		is := &later[i]
		missing := slices.ContainsFunc(f.Reasons, func(r *model.WhyNotReason) bool { return r.Code == model.WhyNotCalculated })
		if missing {
			w.asBooked(t, f)
			f.Reasons = slices.Clone(is.Reasons)
		}
		change := is.Amount.Sub(f.Amount)
		switch {
		case !change.IsZero():
			w.adjusted(f, &change)
		case missing && counts(is):
			w.adjusted(f, nil)
		}
	}
}

// counts tells whether a fact earns something, by itself or together with others.
func counts(f *calc.Fate) bool {
	return f.Paid || slices.ContainsFunc(f.Reasons, func(r *model.WhyNotReason) bool { return r.Code == model.WhyNotTogether })
}

// asBooked makes a fate say what lines of the closed earning cite credits that
// the fact's transaction had before.
func (w *whyNot) asBooked(t *calc.CreditFact, f *calc.Fate) {
	e := w.standing(f.Position, f.Period, f.Component)
	if e == nil || t.Activity {
		return
	}
	for i, line := range e.Lines() {
		if line.Credit > 0 && w.dues.deals[line.Credit] == t.Transaction.Key() {
			f.Lines, f.Amount = append(f.Lines, i+1), f.Amount.Add(line.Amount)
		}
	}
	f.Paid = !f.Amount.IsZero() && !e.Amount.Amount.IsZero()
}

// adjusted adds that what came after the closing of a fate's period is in
// adjustments of it.
func (w *whyNot) adjusted(f *calc.Fate, change *decimal.Decimal) {
	r := &model.WhyNotReason{Code: model.WhyNotClosed, Value: change}
	total, parts := decimal.Zero, []string{}
	for _, b := range w.ledgersOf(f) {
		for i := range b.Entries {
			if e := &b.Entries[i]; e.Movement == model.MovePrior && ofFate(e, f) {
				total = total.Add(e.Amount.Amount)
				parts = append(parts, fmt.Sprintf("%s (%s)", w.dues.byID[b.PeriodID].Name, words(e.Amount)))
				r.SubjectID = w.statementID(b.PeriodID)
			}
		}
	}
	closed := w.dues.byID[f.Period].Name
	switch {
	case len(parts) == 0 && change == nil:
		return
	case len(parts) == 0:
		r.Text = fmt.Sprintf("%s was closed before it was known; with what else came since, it adjusts nothing", closed)
	default:
		r.Bound = &total
		r.Text = fmt.Sprintf("%s was closed before it was known: what it changes is in the adjustment of %s in %s", closed, closed, strings.Join(parts, ", "))
	}
	because(f, r)
}

// owe adds to fates what has become of what was earned: held, lost, or taken back.
func (w *whyNot) owe(fates []calc.Fate, component bool) {
	for i := range fates {
		f := &fates[i]
		if f.Component.IsZero() || w.dues.byID[f.Period] == nil || f.Part == (calc.LedgerPart{}) && !counts(f) {
			continue
		}
		ledgers := w.ledgersOf(f)
		if component {
			w.adjustedWhole(f)
		}
		w.held(f)
		if !f.Part.Reversal {
			w.moved(f, ledgers, model.MoveForfeited, model.WhyNotForfeited, "was forfeited")
			w.moved(f, ledgers, model.MoveClawback, model.WhyNotClawedBack, "was taken back")
		}
		if f.Paid && w.mayHear(f) {
			w.wholePay(f)
		}
	}
}

// adjustedWhole adds what later facts have changed of a component of a closed
// period.
func (w *whyNot) adjustedWhole(f *calc.Fate) {
	total := decimal.Zero
	for _, b := range w.ledgersOf(f) {
		for i := range b.Entries {
			if e := &b.Entries[i]; e.Movement == model.MovePrior && ofFate(e, f) {
				total = total.Add(e.Amount.Amount)
			}
		}
	}
	if !total.IsZero() {
		w.adjusted(f, &total)
	}
}

// ledgersOf gives the payee's ledgers from the one on that takes up a fate's
// earning, those that who asks may see.
func (w *whyNot) ledgersOf(f *calc.Fate) []*model.Balance {
	var out []*model.Balance
	at := w.dues.byID[f.Period]
	for _, p := range w.dues.periods {
		if p.CalendarID != at.CalendarID || p.Days.To <= at.Days.Last() {
			continue
		}
		if b := w.dues.ledgers[p.ID]; b != nil {
			out = append(out, b)
		} else if w.dues.hidden[p.ID] {
			w.out.Complete = false
		}
	}
	return out
}

// standsIn gives the ledger that says how a fate's pay stands: that of the first
// open pay period, or the one that takes it up where that is later; nil where it is
// not to be seen.
func (w *whyNot) standsIn(f *calc.Fate) *model.Balance {
	var last *model.Balance
	for _, b := range w.ledgersOf(f) {
		if last = b; w.dues.open[b.PeriodID] {
			break
		}
	}
	return last
}

// held adds what of a fate's pay is held, by what it waits for.
func (w *whyNot) held(f *calc.Fate) {
	b := w.standsIn(f)
	if b == nil {
		return
	}
	var order []string
	held, whole := map[string]model.Money{}, map[string]decimal.Decimal{}
	for i := range b.After.Holds {
		h := &b.After.Holds[i]
		if h.Held.IsZero() || h.PositionID != f.Position || h.ComponentID != f.Component || h.OriginID != f.Period || !f.Part.Takes(h) {
			continue
		}
		sum, known := held[h.WaitsFor]
		if !known {
			order, sum.Currency = append(order, h.WaitsFor), h.Currency
		}
		sum.Amount = sum.Amount.Add(h.Held)
		held[h.WaitsFor], whole[h.WaitsFor] = sum, whole[h.WaitsFor].Add(h.Whole)
	}
	slices.Sort(order)
	for _, waits := range order {
		amount, of := held[waits], whole[waits]
		because(f, &model.WhyNotReason{
			Code: model.WhyNotPayable, SubjectID: w.statementID(b.PeriodID), Value: &amount.Amount, Bound: &of,
			Text: fmt.Sprintf("%s of %s is held at the end of %s: %s", words(amount), words(model.Money{Amount: of, Currency: amount.Currency}), w.dues.byID[b.PeriodID].Name, waits),
		})
	}
}

// moved adds what entries of a movement come to of a fate's pay, with the words of
// the last of them.
func (w *whyNot) moved(f *calc.Fate, ledgers []*model.Balance, movement model.Movement, code model.WhyNotCode, what string) {
	total, last, in := model.Money{}, "", model.ID{}
	for _, b := range ledgers {
		for i := range b.Entries {
			e := &b.Entries[i]
			if e.Movement != movement || !ofFate(e, f) || !f.Part.Posts(e.Source, e.ExternalID) {
				continue
			}
			total.Amount, total.Currency = total.Amount.Add(e.Amount.Amount), e.Amount.Currency
			if e.Amount.Amount.IsPositive() {
				last, in = e.Text, b.PeriodID
			}
		}
	}
	if total.Amount.IsZero() || last == "" {
		return
	}
	because(f, &model.WhyNotReason{
		Code: code, SubjectID: w.statementID(in), Value: &total.Amount, Text: fmt.Sprintf("%s of it %s in %s: %s", words(total), what, w.dues.byID[in].Name, last),
	})
}

// wholePay notes what has kept the pay of a period as a whole, or a part of it:
// once, however many components ask.
func (w *whyNot) wholePay(f *calc.Fate) {
	ledgers := w.ledgersOf(f)
	if len(ledgers) == 0 || w.dues.told[ledgers[0].PeriodID.Key] {
		return
	}
	home := ledgers[0]
	w.dues.told[home.PeriodID.Key] = true
	name := w.dues.byID[home.PeriodID].Name
	add := func(code model.WhyNotCode, value *decimal.Decimal, text string) {
		w.dues.whole = append(w.dues.whole, &model.WhyNotReason{Code: code, SubjectID: w.statementID(home.PeriodID), PeriodID: &home.PeriodID, Value: value, Text: text})
	}
	if stands := w.standsIn(f); home.Withheld && stands.Withheld {
		add(model.WhyNotWithheld, nil, fmt.Sprintf("the pay of %s is withheld until all of it can be calculated", name))
	}
	for _, m := range spent(home, func(e *model.LedgerEntry) bool { return e.Movement == model.MoveRecovery }) {
		add(model.WhyNotRecovered, &m.Amount, fmt.Sprintf("%s of the pay of %s went to pay back advances", words(m), name))
	}
	for _, m := range spent(home, func(e *model.LedgerEntry) bool {
		return e.Movement == model.MoveCarried && e.From == model.AccountPayable
	}) {
		add(model.WhyNotOwed, &m.Amount, fmt.Sprintf("%s of the pay of %s went to what was owed from earlier periods", words(m), name))
	}
}

// spent sums entries by currency, those that come to more than 0.
func spent(b *model.Balance, which func(*model.LedgerEntry) bool) []model.Money {
	var out []model.Money
	for i := range b.Entries {
		e := &b.Entries[i]
		if !which(e) {
			continue
		}
		at := slices.IndexFunc(out, func(m model.Money) bool { return m.Currency == e.Amount.Currency })
		if at < 0 {
			out = append(out, e.Amount)
			continue
		}
		out[at].Amount = out[at].Amount.Add(e.Amount.Amount)
	}
	return slices.DeleteFunc(out, func(m model.Money) bool { return !m.Amount.IsPositive() })
}

// ofFate tells whether an entry is of the earning that a fate is about.
func ofFate(e *model.LedgerEntry, f *calc.Fate) bool {
	return e.PositionID != nil && *e.PositionID == f.Position && e.ComponentID != nil && *e.ComponentID == f.Component && e.OriginID != nil && *e.OriginID == f.Period
}

func (w *whyNot) statementID(period model.ID) *model.ID {
	id := model.UUIDs(model.KindStatement, w.payee.ID.UUID(), period.UUID())
	return &id
}

// because adds a reason to a fate, with where it belongs.
func because(f *calc.Fate, r *model.WhyNotReason) {
	r.PositionID, r.PlanID, r.PeriodID, r.ComponentKey = &f.Position, &f.Plan, &f.Period, f.Key
	f.Reasons = append(f.Reasons, r)
}

// words writes an amount in minor units, with its currency.
func words(m model.Money) string {
	return m.Amount.StringFixed(max(model.MinorUnits(m.Currency), -m.Amount.Exponent())) + " " + string(m.Currency)
}
