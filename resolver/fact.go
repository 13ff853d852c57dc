package resolver

import (
	"context"
	"strings"

	"spm/auth"
	"spm/model"
)

// facts are the loaders of transactions and what hangs on them. Those by name
// take the key of the caller's own where an id has ours.
type facts struct {
	transactions        *noun[model.Transaction]
	transactionsByKey   *noun[model.Transaction]
	credits             *noun[model.Credit]
	activities          *noun[model.Activity]
	creditingExceptions *noun[model.CreditingException]
	creditingRules      *noun[model.CreditingRule]
	payeesByName        *noun[model.Payee]
	positionsByName     *noun[model.Position]

	revisions     *noun[[]*model.Transaction]
	exceptionsOf  *noun[[]*model.CreditingException]
	resolutionsOf *noun[[]*model.ExceptionResolution]
}

func (r *Resolver) newFacts() facts {
	return facts{
		transactions:        load(auth.TransactionRead, r.Store.TransactionsByID),
		transactionsByKey:   load(auth.TransactionRead, r.transactionsByKey),
		credits:             load(auth.CreditRead, r.Store.CreditsByID),
		activities:          load(auth.TransactionRead, r.Store.ActivitiesByID),
		creditingExceptions: load(auth.ExceptionRead, r.Store.CreditingExceptionsByID),
		creditingRules:      load(auth.CreditingRead, r.Store.CreditingRulesByID),
		payeesByName: load(auth.PayeeRead, byName(r.Store.PayeesByKey, func(p *model.Payee) *model.ID {
			return named(model.KindPayee, p.ExternalID)
		})),
		positionsByName: load(auth.PositionRead, byName(r.Store.PositionsByKey, func(p *model.Position) *model.ID {
			return named(model.KindPosition, p.ExternalID)
		})),
		revisions: load(auth.TransactionRead, grouped(r.Store.TransactionHistory, func(t *model.Transaction) model.ID { return t.ID })),
		exceptionsOf: load(auth.ExceptionRead, grouped(byNumber(r.Store.ExceptionsOfTransactions),
			func(e *model.CreditingException) model.ID { return e.TransactionID })),
		resolutionsOf: load(auth.ExceptionRead, grouped(byNumber(r.Store.ResolutionsOfTransactions),
			func(e *model.ExceptionResolution) model.ID { return e.TransactionID })),
	}
}

// named is what a loader by name goes by; nil where there is no name.
func named(kind model.Kind, name string) *model.ID {
	if name == "" {
		return nil
	}
	return &model.ID{Kind: kind, Key: name}
}

// byName makes a read by names one by what named gives.
func byName[M any](read func(context.Context, model.Scope, []string) ([]*M, error), name func(*M) *model.ID) fetch[M] {
	return func(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*M, error) {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = id.Key
		}
		found, err := read(ctx, scope, names)
		out := make(map[model.ID]*M, len(found))
		for _, m := range found {
			out[*name(m)] = m
		}
		return out, err
	}
}

func (r *Resolver) transactionsByKey(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Transaction, error) {
	keys := make([]model.TransactionKey, len(ids))
	for i, id := range ids {
		keys[i].Source, keys[i].ExternalID, _ = strings.Cut(id.Key, "\x00")
	}
	found, err := r.Store.TransactionsByKey(ctx, scope, keys)
	out := make(map[model.ID]*model.Transaction, len(found))
	for _, t := range found {
		out[*keyed(t.Key())] = t
	}
	return out, err
}

func keyed(key model.TransactionKey) *model.ID {
	return named(model.KindTransaction, key.Source+"\x00"+key.ExternalID)
}

// related is what the transaction that t relates to is loaded by.
func related(t *model.Transaction) *model.ID {
	if t.RelatesTo == nil {
		return nil
	}
	return keyed(model.TransactionKey{Source: t.Source, ExternalID: t.RelatesTo.ExternalID})
}

func byNumber[M any](read func(context.Context, model.Scope, []int64) ([]*M, error)) func(context.Context, model.Scope, []model.ID) ([]*M, error) {
	return func(ctx context.Context, scope model.Scope, ids []model.ID) ([]*M, error) {
		numbers := make([]int64, len(ids))
		for i, id := range ids {
			numbers[i] = id.Int()
		}
		return read(ctx, scope, numbers)
	}
}

// grouped makes a read of many rows one of lists by what they belong to.
func grouped[M any](read func(context.Context, model.Scope, []model.ID) ([]*M, error), of func(*M) model.ID) fetch[[]*M] {
	return func(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*[]*M, error) {
		found, err := read(ctx, scope, ids)
		out := map[model.ID]*[]*M{}
		for _, m := range found {
			list := out[of(m)]
			if list == nil {
				list = new([]*M)
				out[of(m)] = list
			}
			*list = append(*list, m)
		}
		return out, err
	}
}

// listOf gives what belongs to the object, empty where there is nothing.
func listOf[M any](ctx context.Context, n *noun[[]*M], id model.ID) ([]*M, error) {
	list, err := one(ctx, n, &id)
	if err != nil || list == nil {
		return []*M{}, err
	}
	return *list, nil
}

// filled is the text, nil where it is empty.
func filled(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// sellersSeen gives the sellers that the caller may know of: all of them, or
// those whose payee or position it may see.
func sellersSeen(ctx context.Context, t *model.Transaction) ([]*model.Seller, error) {
	s, err := scope(ctx, auth.TransactionRead)
	if err != nil {
		return nil, err
	}
	out := make([]*model.Seller, 0, len(t.Sellers))
	for i := range t.Sellers {
		seller := &t.Sellers[i]
		seen := s.Reach.All
		if !seen {
			if seen, err = sees(ctx, seller); err != nil {
				return nil, err
			}
		}
		if seen {
			out = append(out, seller)
		}
	}
	return out, nil
}

func sees(ctx context.Context, seller *model.Seller) (bool, error) {
	payee, err := one(ctx, from(ctx).payeesByName, named(model.KindPayee, seller.Payee))
	if err != nil || payee != nil {
		return payee != nil, hidden(err)
	}
	position, err := one(ctx, from(ctx).positionsByName, named(model.KindPosition, seller.Position))
	return position != nil, hidden(err)
}
