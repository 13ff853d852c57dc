package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// PayPeriodInput is a closed pay period to pay.
type PayPeriodInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// PayPeriodPayload is what paying did.
type PayPeriodPayload struct {
	Outcome
	PeriodID *model.ID
	Payments int // how many were posted
}

// PayPeriod posts what a closed pay period's ledgers have made payable, once, on
// its pay date, and sets it PAID: from here on nothing of it changes. Who has
// approved the period cannot pay it: SAME_PERSON. Whose pay is withheld for a problem is left out: their next ledger
// takes it up.
func (s *Service) PayPeriod(ctx context.Context, input PayPeriodInput) (*PayPeriodPayload, error) {
	return mutate(ctx, s, "payPeriod", input, func(tx *store.Tx, p *PayPeriodPayload) error {
		period, within, err := s.payPeriodIn(ctx, tx, input.ID, input.IfVersion, &p.PeriodID, model.PeriodClosed)
		if err != nil {
			return err
		}
		if err := notApprover(ctx, tx, period, "pay"); err != nil {
			return err
		}
		caller := actorOf(tx)
		all, err := tx.BalancesOf(ctx, tx.Scope(), period.ID)
		if err != nil {
			return err
		}
		var payments []*model.Payment
		for _, b := range all {
			for _, due := range b.PayableOf() {
				id, err := newID(model.KindPayment)
				if err != nil {
					return err
				}
				payments = append(payments, &model.Payment{
					ID: id, PayeeID: b.PayeeID, PeriodID: period.ID, Amount: due, RunID: b.RunID, PaidOn: period.PayDate(), AuthorID: caller, PaidAt: s.Now().UTC(),
				})
			}
		}
		p.Payments = len(payments)
		if err := tx.AddPayments(ctx, period.ID, payments); err != nil {
			return err
		}
		return setStatus(ctx, tx, within, model.PeriodPaid)
	})
}
