package service

import (
	"context"
	"math"
	"slices"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// SimulatedCreditInput is what a credit would be of.
type SimulatedCreditInput struct {
	ID     model.ID
	Amount *decimal.Decimal // nil: there would be no such credit
}

// overlay is what is laid over the facts of a what-if: credits of another amount,
// or gone, and those of deals that nobody has made.
type overlay struct {
	amounts map[model.ID]*decimal.Decimal   // by credit; nil: it is gone
	added   map[model.ID][]model.CreditFact // by payee
}

// lay changes what was read of payees on days. What it changes it copies: others may
// read the same facts.
func (o *overlay) lay(facts map[model.ID][]model.CreditFact, payees []model.ID, days model.Interval) {
	if o == nil {
		return
	}
	for payee, all := range facts {
		if slices.ContainsFunc(all, o.changes) {
			facts[payee] = o.changed(all)
		}
	}
	for i, payee := range payees {
		added := o.added[payee]
		if len(added) > 0 && slices.Contains(payees[:i], payee) {
			continue // who holds two positions of a team is named twice
		}
		for _, fact := range added {
			if days.Contains(fact.Credit.Date) {
				facts[payee] = append(slices.Clip(facts[payee]), fact)
			}
		}
	}
}

func (o *overlay) changes(fact model.CreditFact) bool {
	_, is := o.amounts[fact.Credit.ID]
	return is && !fact.Activity
}

func (o *overlay) changed(all []model.CreditFact) []model.CreditFact {
	out := make([]model.CreditFact, 0, len(all))
	for _, fact := range all {
		if o.changes(fact) {
			amount := o.amounts[fact.Credit.ID]
			if amount == nil {
				continue
			}
			fact.Credit.Amount = *amount
		}
		out = append(out, fact)
	}
	return out
}

// whatIf is a what-if on its way: the set-up and the facts as the changes so far
// have left them.
type whatIf struct {
	s     *Service
	scope model.Scope
	book  calc.Book
	facts overlay
	errs  model.UserErrors

	deals []*dealt
	seats []store.Recredit // selects the transactions that changes of seats credit anew

	crediter *calc.Crediter // by the set-up with all changes
	rules    map[model.ID]string
	kinds    map[string]model.KindRole
	credits  int64
}

// dealt is a deal that nobody has made.
type dealt struct {
	path        string
	transaction *model.Transaction
	outcome     *calc.Outcome // nil until it is credited
}

// beyond is where the ids of what is not there begin: after all that is, so that
// they come in the order in which they would be recorded.
const beyond = math.MaxInt64 - 1<<32

// credit gives a credit another amount, or takes it away.
func (w *whatIf) credit(ctx context.Context, path string, given *SimulatedCreditInput) error {
	found, err := w.s.Store.CreditsByID(ctx, model.Unbounded(w.scope.Tenant, w.scope.Read), ids(&given.ID))
	if credit := needed(&w.errs, path+".id", &given.ID, found); err != nil || credit == nil {
		return err
	}
	if w.facts.amounts == nil {
		w.facts.amounts = map[model.ID]*decimal.Decimal{}
	}
	w.facts.amounts[given.ID] = given.Amount
	return nil
}

// deal adds a deal that nobody has made; it is credited once all changes are made.
func (w *whatIf) deal(ctx context.Context, path string, given *TransactionInput) error {
	t, errs := readRow(path, given)
	if len(errs) > 0 {
		w.errs = append(w.errs, errs...)
		return nil
	}
	known, err := w.s.Store.TransactionsByKey(ctx, w.whole(), []model.TransactionKey{t.Key()})
	if err != nil {
		return err
	}
	if len(known) > 0 || w.dealt(t.Key()) != nil {
		w.errs.Add(model.UserTaken, path+".externalId", "there is such a transaction: change its credits, or give another id")
		return nil
	}
	t.ID, t.Revision = model.IntID(model.KindTransaction, beyond+int64(len(w.deals))), 1
	w.deals = append(w.deals, &dealt{path: path, transaction: t})
	return nil
}

// whole reaches all rows.
func (w *whatIf) whole() model.Scope { return model.Unbounded(w.scope.Tenant, w.scope.Read) }

func (w *whatIf) dealt(key model.TransactionKey) *dealt {
	for _, d := range w.deals {
		if d.transaction.Key() == key {
			return d
		}
	}
	return nil
}

// creditAnew credits, by the set-up with all changes, what changes of seats credit
// otherwise, and the deals that nobody has made, as recordTransactions would.
func (w *whatIf) creditAnew(ctx context.Context) error {
	if len(w.deals) == 0 && len(w.seats) == 0 {
		return nil
	}
	if err := w.makeCrediter(ctx); err != nil {
		return err
	}
	if err := w.creditSeats(ctx); err != nil {
		return err
	}
	for _, d := range w.deals {
		sale, err := w.creditDeal(ctx, d)
		if err != nil {
			return err
		}
		for _, e := range d.outcome.Exceptions {
			w.errs.Add(model.UserInvalid, d.path, "it would not be credited: %s %s", e.Code, e.Detail)
		}
		for i := range d.outcome.Credits {
			w.add(&d.outcome.Credits[i], d.transaction, sale)
		}
	}
	return nil
}

// creditDeal credits a deal, after the sale that it takes back, which it gives: one
// that is there, or a deal before it.
func (w *whatIf) creditDeal(ctx context.Context, d *dealt) (*model.Transaction, error) {
	cs := calc.Case{Transaction: *d.transaction}
	if key, reverses := d.transaction.Reverses(); reverses {
		var err error
		if cs.Original, cs.OriginalOutcome, err = w.saleOf(ctx, key); err != nil {
			return nil, err
		}
	}
	outcome := w.crediter.Credit(cs)
	d.outcome = &outcome
	return cs.Original, nil
}

// saleOf gives a sale and what it is credited as; nil where there is none, or it is a
// deal that comes later.
func (w *whatIf) saleOf(ctx context.Context, key model.TransactionKey) (*model.Transaction, *calc.Outcome, error) {
	if sale := w.dealt(key); sale != nil {
		if sale.outcome == nil {
			return nil, nil, nil
		}
		return sale.transaction, sale.outcome, nil
	}
	sales, err := w.s.Store.TransactionsByKey(ctx, w.whole(), []model.TransactionKey{key})
	if err != nil || len(sales) == 0 {
		return nil, nil, err
	}
	work := w.work()
	if err := work.load(ctx, sales[:1]); err != nil {
		return nil, nil, err
	}
	return sales[0], work.outcome(sales[0]), nil
}

// work credits transactions that are there, as they are at the read point.
func (w *whatIf) work() *creditWork {
	reversals := func(ctx context.Context, of []model.TransactionKey) ([]*model.Transaction, error) {
		return w.s.Store.TransactionsReversing(ctx, w.whole(), of)
	}
	return newCreditWork(w.s.Store, w.whole(), reversals, w.crediter)
}

// add adds a credit to the facts. A return that names no order is of its sale's, as
// facts are read.
func (w *whatIf) add(c *model.Credit, of, sale *model.Transaction) {
	if c.PayeeID == nil {
		return
	}
	own := *of
	reversal := w.kinds[own.Kind] == model.RoleReversal
	if own.OrderID == "" && reversal && sale != nil {
		own.OrderID = sale.OrderID
	}
	fact := model.CreditFact{Credit: *c, Transaction: &own, Reversal: reversal}
	fact.Credit.ID, fact.Credit.TransactionID = model.IntID(model.KindCredit, beyond+w.credits), own.ID
	w.credits++
	if c.RuleID != nil {
		fact.Rule = w.rules[*c.RuleID]
	}
	if w.facts.added == nil {
		w.facts.added = map[model.ID][]model.CreditFact{}
	}
	w.facts.added[*c.PayeeID] = append(w.facts.added[*c.PayeeID], fact)
}

func (w *whatIf) makeCrediter(ctx context.Context) error {
	kinds, err := w.s.Store.TransactionKinds(ctx, w.whole())
	if err != nil {
		return err
	}
	rules, err := w.s.Store.CreditingRules(ctx, w.whole())
	if err != nil {
		return err
	}
	w.kinds, w.rules = map[string]model.KindRole{}, map[model.ID]string{}
	for _, k := range kinds {
		w.kinds[k.Key] = k.Role
	}
	for _, r := range rules {
		w.rules[r.ID] = r.Key
	}
	w.crediter, err = crediterOf(&w.book, values(kinds), values(rules))
	return err
}
