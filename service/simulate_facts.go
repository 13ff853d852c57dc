package service

import (
	"context"
	"math"
	"slices"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
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
	for _, payee := range payees {
		for _, fact := range o.added[payee] {
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
	was   *calc.Book // before all changes
	book  calc.Book
	facts overlay
	errs  model.UserErrors

	crediter *calc.Crediter // of was; nil until a deal is credited
	rules    map[model.ID]string
	kinds    map[string]model.KindRole
	deals    map[model.TransactionKey]*dealt
	credits  int64
}

// dealt is a deal that nobody has made, as it would be credited.
type dealt struct {
	transaction *model.Transaction
	outcome     calc.Outcome
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

// deal credits a deal that nobody has made, as recordTransactions would, and adds
// its credits.
func (w *whatIf) deal(ctx context.Context, path string, given *TransactionInput) error {
	t, errs := readRow(path, given)
	if len(errs) > 0 {
		w.errs = append(w.errs, errs...)
		return nil
	}
	if err := w.makeCrediter(ctx); err != nil {
		return err
	}
	scope := model.Unbounded(w.scope.Tenant, w.scope.Read)
	known, err := w.s.Store.TransactionsByKey(ctx, scope, []model.TransactionKey{t.Key()})
	if err != nil {
		return err
	}
	if len(known) > 0 || w.deals[t.Key()] != nil {
		w.errs.Add(model.UserTaken, path+".externalId", "there is such a transaction: change its credits, or give another id")
		return nil
	}
	t.ID, t.Revision = model.IntID(model.KindTransaction, beyond+int64(len(w.deals))), 1
	cs, err := w.caseOf(ctx, scope, t)
	if err != nil {
		return err
	}
	made := &dealt{t, w.crediter.Credit(*cs)}
	for _, e := range made.outcome.Exceptions {
		w.errs.Add(model.UserInvalid, path, "it would not be credited: %s %s", e.Code, e.Detail)
	}
	w.deals[t.Key()] = made
	w.add(made, cs.Original)
	return nil
}

// caseOf is a deal with the sale that it takes back, which may be one that nobody
// has made.
func (w *whatIf) caseOf(ctx context.Context, scope model.Scope, t *model.Transaction) (*calc.Case, error) {
	if key, reverses := t.Reverses(); reverses && w.deals[key] != nil {
		return &calc.Case{Transaction: *t, Original: w.deals[key].transaction, OriginalOutcome: &w.deals[key].outcome}, nil
	}
	return w.s.creditCase(ctx, scope, t, nil)
}

// add adds the credits of a deal to the facts. A return that names no order is of
// its sale's, as facts are read.
func (w *whatIf) add(made *dealt, sale *model.Transaction) {
	own := *made.transaction
	reversal := w.kinds[own.Kind] == model.RoleReversal
	if own.OrderID == "" && reversal && sale != nil {
		own.OrderID = sale.OrderID
	}
	for _, c := range made.outcome.Credits {
		if c.PayeeID == nil {
			continue
		}
		c.ID, c.TransactionID = model.IntID(model.KindCredit, beyond+w.credits), own.ID
		w.credits++
		fact := model.CreditFact{Credit: c, Transaction: &own, Reversal: reversal}
		if c.RuleID != nil {
			fact.Rule = w.rules[*c.RuleID]
		}
		w.facts.added[*c.PayeeID] = append(w.facts.added[*c.PayeeID], fact)
	}
}

func (w *whatIf) makeCrediter(ctx context.Context) error {
	if w.crediter != nil {
		return nil
	}
	scope := model.Unbounded(w.scope.Tenant, w.scope.Read)
	kinds, err := w.s.Store.TransactionKinds(ctx, scope)
	if err != nil {
		return err
	}
	rules, err := w.s.Store.CreditingRules(ctx, scope)
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
	w.deals, w.facts.added = map[model.TransactionKey]*dealt{}, map[model.ID][]model.CreditFact{}
	w.crediter, err = crediterOf(w.was, values(kinds), values(rules))
	return err
}
