package service

import (
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// markPaid marks whose pay may wait for what payments in a batch are of: those
// credited with the sale.
func markPaid(ctx context.Context, tx *store.Tx, facts []*model.Transaction) error {
	days := map[model.TransactionKey][]model.Date{}
	var keys []model.TransactionKey
	for _, t := range facts {
		if t.RelatesTo == nil || t.RelatesTo.Type != model.LinkPays {
			continue
		}
		key := model.TransactionKey{Source: t.Source, ExternalID: t.RelatesTo.ExternalID}
		if days[key] == nil {
			keys = append(keys, key)
		}
		days[key] = append(days[key], t.EventDate)
	}
	payees, err := tx.PayeesOfSales(ctx, tx.Scope(), keys)
	if err != nil || len(payees) == 0 {
		return err
	}
	var marks []store.Dirty
	for _, key := range keys {
		for _, payee := range payees[key] {
			for _, day := range slices.Compact(days[key]) {
				marks = append(marks, store.Dirty{Payee: &payee, Days: model.Interval{From: day, To: day.AddDays(1)}})
			}
		}
	}
	return tx.MarkDirty(ctx, marks...)
}
