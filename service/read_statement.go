package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Statement gives what a payee earned in a period, as far as the scope
// reaches; nil where it reaches nothing of it.
func (s *Service) Statement(ctx context.Context, scope model.Scope, payee, period model.ID) (*model.Statement, error) {
	if payee.Kind != model.KindPayee {
		return nil, nil
	}
	where, err := s.statementWhere(ctx, scope, payee, period)
	if err != nil || where == nil {
		return nil, err
	}
	visible, err := s.Store.Earnings(ctx, scope, where)
	if err != nil {
		return nil, err
	}
	self := scope.Reach.Payee != nil && *scope.Reach.Payee == payee.UUID()
	statement := &model.Statement{ID: model.UUIDs(model.KindStatement, payee.UUID(), period.UUID()), PayeeID: payee, PeriodID: period, Where: where, Complete: true}
	if !scope.Reach.All && !self {
		all, err := s.Store.Earnings(ctx, model.Unbounded(scope.Tenant, scope.Read), where)
		if err != nil {
			return nil, err
		}
		statement.Complete = len(all) == len(visible)
		switch {
		case len(visible) == 0 && !statement.Complete:
			return nil, nil
		case len(visible) == 0:
			return s.withoutEarnings(ctx, scope, statement)
		case !statement.Complete: // the ledger takes up what is not for who asks
			return statement, nil
		}
	}
	if scope.Reach.All && len(visible) == 0 {
		known, err := s.Store.PayeesByID(ctx, scope, []model.ID{payee})
		if err != nil || known[payee] == nil {
			return nil, err
		}
	}
	statement.Totals = totals(visible)
	ledgers, err := s.Store.Balances(ctx, scope, ids(&payee), ids(&period))
	if err == nil && len(ledgers) > 0 {
		statement.Balance = ofLedger(ledgers[0])
	}
	return statement, err
}

// ofLedger lets adjustments of closed periods know their ledger, by which they are
// explained.
func ofLedger(b *model.Balance) *model.Balance {
	for i := range b.Entries {
		if b.Entries[i].Movement == model.MovePrior {
			b.Entries[i].Ledger = b
		}
	}
	return b
}

// statementWhere keeps the earnings that a payee's statement of a period lists:
// those whose payout period ends in it. A pay period takes up all of them, longer
// ones too, as its ledger does; other periods only those that are no longer. Nil
// where there is no such period.
func (s *Service) statementWhere(ctx context.Context, scope model.Scope, payee, id model.ID) (*model.EarningWhere, error) {
	all := model.Unbounded(scope.Tenant, scope.Read)
	periods, err := s.Store.PeriodsByID(ctx, all, ids(&id))
	if err != nil || periods[id] == nil {
		return nil, err
	}
	period := periods[id]
	calendars, err := s.Store.FiscalCalendarsByID(ctx, all, ids(&period.CalendarID))
	if err != nil || calendars[period.CalendarID] == nil {
		return nil, err
	}
	from, to := period.StartDate(), period.EndDate()
	where := &model.EarningWhere{
		PayeeID: &model.IDFilter{Eq: &payee}, CalendarID: &model.IDFilter{Eq: &period.CalendarID}, PeriodEnd: &model.DateFilter{Gte: &from, Lte: &to},
	}
	if period.Type != calendars[period.CalendarID].PayPeriodGiven() {
		where.PeriodTypes = period.Type.UpTo()
	}
	return where, nil
}

func totals(earnings []*model.Earning) []model.Money {
	sums := []model.Money{}
	for _, e := range earnings {
		at := slices.IndexFunc(sums, func(m model.Money) bool { return m.Currency == e.Amount.Currency })
		if at < 0 {
			sums = append(sums, e.Amount)
			continue
		}
		sums[at].Amount = sums[at].Amount.Add(e.Amount.Amount)
	}
	return sums
}

// withoutEarnings gives a statement of a period in which the payee has earned
// nothing but has a ledger, nil where the scope does not reach that.
func (s *Service) withoutEarnings(ctx context.Context, scope model.Scope, statement *model.Statement) (*model.Statement, error) {
	ledgers, err := s.Store.Balances(ctx, scope, ids(&statement.PayeeID), ids(&statement.PeriodID))
	if err != nil || len(ledgers) == 0 {
		return nil, err
	}
	statement.Balance = ofLedger(ledgers[0])
	return statement, nil
}

// The sections of a statement that hold no earnings, after those that do.
const (
	sectionAdjustments = "Adjustments"
	sectionHeld        = "Held and released"
	sectionClawbacks   = "Clawbacks"
	sectionMinimums    = "Guarantees and draws"
	sectionCarried     = "Carried and settled"
)

// Sections parts a ledger into the sections of a statement: earnings by their
// codes' sections, in alphabetical order, then the rest.
func (s *Service) Sections(ctx context.Context, scope model.Scope, b *model.Balance) ([]*model.StatementSection, error) {
	codes, err := s.Store.EarningCodes(ctx, model.Unbounded(scope.Tenant, scope.Read))
	if err != nil {
		return nil, err
	}
	of := map[string]string{}
	for _, c := range codes {
		of[c.Code] = c.Section
	}
	parts := map[string]*model.StatementSection{}
	var earned []string
	for i := range b.Entries {
		e := &b.Entries[i]
		name, is := sectionOf[e.Movement]
		if !is {
			name = cmp.Or(of[e.EarningCode], defaultSection)
			if parts[name] == nil {
				earned = append(earned, name)
			}
		}
		if parts[name] == nil {
			parts[name] = &model.StatementSection{Name: name, Totals: []model.Money{}}
		}
		parts[name].Entries = append(parts[name].Entries, e)
		parts[name].Totals = plus(parts[name].Totals, e)
	}
	slices.Sort(earned)
	out := []*model.StatementSection{}
	for _, name := range append(earned, sectionAdjustments, sectionHeld, sectionClawbacks, sectionMinimums, sectionCarried) {
		if part := parts[name]; part != nil {
			out = append(out, part)
			delete(parts, name)
		}
	}
	return out, nil
}

var sectionOf = map[model.Movement]string{
	model.MovePrior: sectionAdjustments, model.MoveAdjustment: sectionAdjustments, model.MoveOpening: sectionAdjustments,
	model.MoveHold: sectionHeld, model.MoveRelease: sectionHeld, model.MoveForfeited: sectionHeld, model.MoveClawback: sectionClawbacks,
	model.MoveGuarantee: sectionMinimums, model.MoveDraw: sectionMinimums, model.MoveRecovery: sectionMinimums,
	model.MoveCarried: sectionCarried, model.MoveCollected: sectionCarried, model.MoveWrittenOff: sectionCarried,
}

// plus adds what an entry does to what is payable.
func plus(sums []model.Money, e *model.LedgerEntry) []model.Money {
	amount := e.Amount.Amount
	switch model.AccountPayable {
	case e.To:
	case e.From:
		amount = amount.Neg()
	default:
		return sums
	}
	at := slices.IndexFunc(sums, func(m model.Money) bool { return m.Currency == e.Amount.Currency })
	if at < 0 {
		return append(sums, model.Money{Amount: amount, Currency: e.Amount.Currency})
	}
	sums[at].Amount = sums[at].Amount.Add(amount)
	return sums
}

// Standing gives what the accounts come to in what ledgers hand on: what the
// company owes above 0, what the payee owes below.
func Standing(b *model.Brought) []*model.AccountTotal {
	out := []*model.AccountTotal{}
	add := func(account model.LedgerAccount, currency model.CurrencyCode, amount decimal.Decimal) {
		at := slices.IndexFunc(out, func(t *model.AccountTotal) bool { return t.Account == account && t.Amount.Currency == currency })
		if at < 0 {
			at, out = len(out), append(out, &model.AccountTotal{Account: account, Amount: model.Money{Currency: currency}})
		}
		out[at].Amount.Amount = out[at].Amount.Amount.Add(amount)
	}
	for _, d := range b.Debts {
		if d.Account == model.AccountPayable {
			add(d.Account, d.Currency, d.Amount)
		} else {
			add(d.Account, d.Currency, d.Amount.Neg())
		}
	}
	for i := range b.Holds {
		if h := &b.Holds[i]; !h.Held.IsZero() {
			add(model.AccountHeld, h.Currency, h.Held)
		}
	}
	return out
}
