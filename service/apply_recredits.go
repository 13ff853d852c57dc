package service

import (
	"context"

	"github.com/google/uuid"

	"spm/model"
	"spm/store"
)

// The bounds of one pass over the marks: how many marks it takes, how many
// different spans of days it tells apart, and how many transactions one
// database transaction credits, so that it stays well under 200 ms.
const (
	recreditMarks = 1000
	recreditSpans = 20
	recreditChunk = 250
)

// applyRecredits credits anew what set-up changes below the horizon have
// marked, in transactions of a few hundred, and takes the marks away. It tells
// whether there was any mark; the marks go last, so that whoever is killed in
// between is repeated, and what is repeated writes nothing.
func (s *Service) applyRecredits(ctx context.Context, tenant uuid.UUID, below int64) (bool, error) {
	marks, err := s.Store.RecreditMarks(ctx, tenant, below, recreditMarks)
	if err != nil || len(marks) == 0 {
		return false, err
	}
	selectors := mergeSelectors(marks)
	opts := store.TxOptions{Tenant: tenant, Role: store.RoleWorker, ActorName: "spm", Operation: "recredit"}
	for after := int64(0); ; {
		ids, err := s.Store.Selected(ctx, model.Unbounded(tenant, model.Latest), selectors, after, recreditChunk)
		if err != nil {
			return false, err
		}
		if len(ids) == 0 {
			break
		}
		err = s.Store.InTx(ctx, opts, func(tx *store.Tx) error {
			if err := tx.ShareSetup(ctx); err != nil {
				return err
			}
			return s.recredit(ctx, tx, ids)
		})
		if err != nil {
			return false, err
		}
		after = ids[len(ids)-1]
	}
	return true, s.Store.InTx(ctx, opts, func(tx *store.Tx) error { return tx.DeleteRecreditMarks(ctx, marks) })
}

// mergeSelectors makes few selectors of many, that name the same transactions
// or more: those of the same days become one; where the days are too many,
// all become one over all days.
func mergeSelectors(marks []store.RecreditMark) []store.Recredit {
	at := map[model.Interval]int{}
	var out []store.Recredit
	for _, mark := range marks {
		i, seen := at[mark.Days]
		if !seen {
			i = len(out)
			at[mark.Days] = i
			out = append(out, store.Recredit{Days: mark.Days})
		}
		merge(&out[i], &mark.Recredit)
	}
	if len(out) <= recreditSpans {
		return out
	}
	whole := store.Recredit{Days: out[0].Days}
	for i := range out {
		merge(&whole, &out[i])
	}
	return []store.Recredit{whole}
}

func merge(into, one *store.Recredit) {
	into.Days.From, into.Days.To = min(into.Days.From, one.Days.From), max(into.Days.To, one.Days.To)
	into.All = into.All || one.All
	into.Kinds = append(into.Kinds, one.Kinds...)
	into.Products = append(into.Products, one.Products...)
	into.Accounts = append(into.Accounts, one.Accounts...)
	into.Sellers = append(into.Sellers, one.Sellers...)
	into.Positions = append(into.Positions, one.Positions...)
	into.Transactions = append(into.Transactions, one.Transactions...)
}
