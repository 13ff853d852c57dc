package service

import (
	"cmp"
	"context"
	"slices"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// creditJob is what is to be credited: transactions in force that the database
// transaction has locked or written. fresh ones have no credits yet; of
// revised ones the earnings may change even where the credits do not.
type creditJob struct {
	held    []*model.Transaction
	fresh   map[model.ID]bool
	revised map[model.ID]bool
}

// maxChain bounds how long a chain of reversals of reversals may be; what lies
// beyond it, or in a circle, counts as unlinked.
const maxChain = 16

// recredit credits the transactions in force among the ids by the set-up and
// the facts in force now, and with them those that reverse them. It writes
// what comes out otherwise than before, and nothing where all is equal. The
// caller holds ShareSetup.
func (s *Service) recredit(ctx context.Context, tx *store.Tx, transactions []int64) error {
	held, err := tx.HoldTransactions(ctx, transactions)
	if err != nil {
		return err
	}
	_, err = s.credit(ctx, tx, creditJob{held: held})
	return err
}

// credit does the job and gives how many exceptions each of its transactions
// has.
func (s *Service) credit(ctx context.Context, tx *store.Tx, job creditJob) (map[model.ID]int, error) {
	crediter, err := s.crediter(ctx, tx)
	if err != nil {
		return nil, err
	}
	w := heldCreditWork(tx, crediter)
	w.fresh = job.fresh
	if err := w.load(ctx, job.held); err != nil {
		return nil, err
	}
	changes, err := w.compare(ctx, job.revised, s.Now().UTC())
	if err != nil {
		return nil, err
	}
	return changes.exceptionCount, changes.save(ctx, tx)
}

// creditReads reads what credits depend on.
type creditReads interface {
	TransactionsByKey(ctx context.Context, scope model.Scope, keys []model.TransactionKey) ([]*model.Transaction, error)
	ResolutionsOfTransactions(ctx context.Context, scope model.Scope, transactions []int64) ([]*model.ExceptionResolution, error)
	CreditsOfTransactions(ctx context.Context, scope model.Scope, transactions []int64) ([]*model.Credit, error)
	ExceptionsOfTransactions(ctx context.Context, scope model.Scope, transactions []int64) ([]*model.CreditingException, error)
}

// creditWork is the crediting of some transactions with all that their credits
// depend on.
type creditWork struct {
	reads       creditReads
	scope       model.Scope
	reversals   func(ctx context.Context, of []model.TransactionKey) ([]*model.Transaction, error) // in force
	crediter    *calc.Crediter
	fresh       map[model.ID]bool
	targets     []*model.Transaction                        // to be credited
	facts       map[model.TransactionKey]*model.Transaction // targets and the sales that they reverse
	resolutions map[model.ID][]model.ExceptionResolution
	outcomes    map[model.ID]*calc.Outcome
}

// heldCreditWork locks the reversals of what it credits.
func heldCreditWork(tx *store.Tx, crediter *calc.Crediter) *creditWork {
	return newCreditWork(tx, tx.Scope(), tx.HoldReversals, crediter)
}

func newCreditWork(reads creditReads, scope model.Scope, reversals func(context.Context, []model.TransactionKey) ([]*model.Transaction, error), crediter *calc.Crediter) *creditWork {
	return &creditWork{
		reads: reads, scope: scope, reversals: reversals, crediter: crediter,
		facts: map[model.TransactionKey]*model.Transaction{}, outcomes: map[model.ID]*calc.Outcome{},
	}
}

// load finds the reversals of what is to be credited, the sales that any of
// them reverses, and what was resolved by hand.
func (w *creditWork) load(ctx context.Context, held []*model.Transaction) error {
	for wave := held; len(wave) > 0; {
		keys := w.take(wave)
		w.targets = append(w.targets, wave...)
		reversals, err := w.reversals(ctx, keys)
		if err != nil {
			return err
		}
		wave = slices.DeleteFunc(reversals, func(t *model.Transaction) bool { return w.facts[t.Key()] != nil })
	}
	for wave := w.missingSales(w.targets); len(wave) > 0; {
		sales, err := w.reads.TransactionsByKey(ctx, w.scope, wave)
		if err != nil {
			return err
		}
		w.take(sales)
		wave = w.missingSales(sales)
	}
	slices.SortFunc(w.targets, func(a, b *model.Transaction) int { return cmp.Compare(a.ID.Int(), b.ID.Int()) })
	return w.loadResolutions(ctx)
}

func (w *creditWork) take(some []*model.Transaction) []model.TransactionKey {
	keys := make([]model.TransactionKey, len(some))
	for i, t := range some {
		keys[i] = t.Key()
		w.facts[t.Key()] = t
	}
	return keys
}

// missingSales lists the sales that some of the transactions reverse and that
// are not loaded yet.
func (w *creditWork) missingSales(some []*model.Transaction) []model.TransactionKey {
	var keys []model.TransactionKey
	seen := map[model.TransactionKey]bool{}
	for _, t := range some {
		if key, reverses := t.Reverses(); reverses && w.facts[key] == nil && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func (w *creditWork) loadResolutions(ctx context.Context) error {
	var old []int64
	for _, t := range w.facts {
		if !w.fresh[t.ID] {
			old = append(old, t.ID.Int())
		}
	}
	found, err := w.reads.ResolutionsOfTransactions(ctx, w.scope, old)
	w.resolutions = map[model.ID][]model.ExceptionResolution{}
	for _, r := range found {
		w.resolutions[r.TransactionID] = append(w.resolutions[r.TransactionID], *r)
	}
	return err
}

// original gives the sale that the transaction reverses, nil where there is
// none or the chain of reversals does not end.
func (w *creditWork) original(t *model.Transaction) *model.Transaction {
	next := func(t *model.Transaction) *model.Transaction {
		if key, reverses := t.Reverses(); reverses {
			return w.facts[key]
		}
		return nil
	}
	end := next(t)
	for range maxChain {
		if end == nil {
			return next(t)
		}
		end = next(end)
	}
	return nil
}

// outcome credits a transaction after the sale that it reverses.
func (w *creditWork) outcome(t *model.Transaction) *calc.Outcome {
	if done := w.outcomes[t.ID]; done != nil {
		return done
	}
	cs := calc.Case{Transaction: *t, Original: w.original(t), Resolutions: w.resolutions[t.ID]}
	if cs.Original != nil {
		cs.OriginalOutcome = w.outcome(cs.Original)
	}
	out := w.crediter.Credit(cs)
	w.outcomes[t.ID] = &out
	return &out
}
