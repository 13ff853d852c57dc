package service

import (
	"context"
	"fmt"
	"slices"

	"spm/calc"
	"spm/model"
)

// uncredited answers why a transaction gives the payee no credit.
func (w *whyNot) uncredited(ctx context.Context, t *model.Transaction) error {
	crediter, err := w.crediter(ctx)
	if err != nil {
		return err
	}
	resolutions, err := w.s.Store.ResolutionsOfTransactions(ctx, w.unbounded(), []int64{t.ID.Int()})
	if err != nil {
		return err
	}
	cs, err := w.s.creditCase(ctx, w.unbounded(), t, values(resolutions))
	if err != nil {
		return err
	}
	if err := w.superseded(ctx, t); err != nil {
		return err
	}
	reasons := crediter.WhyNot(*cs, w.payee.ID)
	exceptions, err := w.s.Store.ExceptionsOfTransactions(ctx, w.unbounded(), []int64{t.ID.Int()})
	if err != nil {
		return err
	}
	for _, r := range reasons {
		w.tell(r, exceptions)
		w.reason(r)
	}
	return nil
}

// tell adds to a reason the words that not everybody may read.
func (w *whyNot) tell(r *model.WhyNotReason, exceptions []*model.CreditingException) {
	switch {
	case r.Code == model.WhyNotException:
		for _, e := range exceptions {
			if e.Code != *r.ExceptionCode || (e.CreditTypeID == nil) != (r.CreditTypeID == nil) || e.CreditTypeID != nil && *e.CreditTypeID != *r.CreditTypeID {
				continue
			}
			r.SubjectID = &e.ID
			if w.may.Exceptions {
				r.Text += ": " + e.Detail
			}
		}
	case r.Detail != "" && w.may.Rules:
		r.Text += ": " + r.Detail
	}
}

// crediter makes crediting ready at the moment that is asked about.
func (w *whyNot) crediter(ctx context.Context) (*calc.Crediter, error) {
	scope, st := w.unbounded(), w.s.Store
	kinds, err := st.TransactionKinds(ctx, scope)
	if err != nil {
		return nil, err
	}
	rules, err := st.CreditingRules(ctx, scope)
	if err != nil {
		return nil, err
	}
	return crediterOf(w.book, values(kinds), values(rules))
}

// crediterOf makes crediting ready by a set-up.
func crediterOf(b *calc.Book, kinds []model.TransactionKind, rules []model.CreditingRule) (*calc.Crediter, error) {
	return calc.NewCrediter(calc.CreditingSetup{
		Kinds: kinds, Rules: rules, CreditTypes: b.CreditTypes, Titles: b.Titles, Positions: b.Positions, Payees: b.Payees,
		Seats: b.Seats, Products: b.Products, Accounts: b.Accounts,
	})
}

func values[M any](all []*M) []M {
	out := make([]M, len(all))
	for i, m := range all {
		out[i] = *m
	}
	return out
}

// creditCase gives a transaction, and what was resolved of it by hand, with what else
// its credits depend on.
func (s *Service) creditCase(ctx context.Context, scope model.Scope, t *model.Transaction, resolutions []model.ExceptionResolution) (*calc.Case, error) {
	cs := &calc.Case{Transaction: *t, Resolutions: resolutions}
	key, reverses := t.Reverses()
	if !reverses {
		return cs, nil
	}
	sales, err := s.Store.TransactionsByKey(ctx, scope, []model.TransactionKey{key})
	if err != nil || len(sales) == 0 {
		return cs, err
	}
	cs.Original = sales[0]
	credits, err := s.Store.CreditsOfTransactions(ctx, scope, []int64{sales[0].ID.Int()})
	cs.OriginalOutcome = &calc.Outcome{Credits: values(credits)}
	return cs, err
}

// superseded says that an earlier revision named the payee, to who may see all
// revisions.
func (w *whyNot) superseded(ctx context.Context, t *model.Transaction) error {
	names := func(t *model.Transaction) bool {
		return slices.ContainsFunc(t.Sellers, func(s model.Seller) bool { return s.Payee == w.payee.ExternalID })
	}
	if t.Revision < 2 || !w.may.Credits.Reach.All || names(t) {
		return nil
	}
	revisions, err := w.s.Store.TransactionHistory(ctx, w.may.Credits, []model.ID{t.ID})
	for _, earlier := range slices.Backward(revisions) {
		if earlier.Revision != t.Revision && names(earlier) {
			w.reason(&model.WhyNotReason{Code: model.WhyNotSuperseded, SubjectID: &t.ID, Text: fmt.Sprintf("revision %d named the payee; revision %d is in force and does not", earlier.Revision, t.Revision)})
			break
		}
	}
	return err
}
