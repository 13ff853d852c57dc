package store

import (
	"context"

	"spm/model"
)

// TransactionOfSeller reads a transaction in force, by its id or by its source's
// key, if the caller may see a credit of it, or if it names as a seller the caller
// itself, or who was on its day in the caller's subtree: so that also what is
// credited to nobody can be asked after. It gives nil where there is none.
func (r reads) TransactionOfSeller(ctx context.Context, scope model.Scope, id *model.ID, key model.TransactionKey) (*model.Transaction, error) {
	b := (&builder{}).add("SELECT "+transactionColumns+" FROM transaction t WHERE").inForce("t", scope)
	if id != nil {
		b.add(" AND t.id = ANY(?)", ints(model.KindTransaction, []model.ID{*id}))
	} else {
		b.add(" AND t.source = ? AND t.external_id = ?", key.Source, key.ExternalID)
	}
	if !scope.Reach.All {
		b.add(" AND (t.id IN (SELECT c.transaction_id FROM credit c WHERE").inForce("c", scope)
		reachCredits(b, "c", scope)
		b.add(") OR EXISTS (SELECT FROM payee y WHERE y.id = ? AND y.external_id = ANY(t.seller_payees) AND", scope.Reach.Payee).standing("y", scope)
		b.add(") OR EXISTS (SELECT FROM position q JOIN "+spans("v")+" ON v.position = q.id AND v.from_date <= t.event_date AND t.event_date < v.to_date"+
			" LEFT JOIN position_assignment s ON s.position_id = q.id AND s.from_date <= t.event_date AND t.event_date < s.to_date AND", spanArgs(scope.Reach)...).standing("s", scope)
		b.add(" LEFT JOIN payee y ON y.id = s.payee_id AND").standing("y", scope)
		b.add(" WHERE (q.external_id = ANY(t.seller_positions) OR y.external_id = ANY(t.seller_payees)) AND").standing("q", scope)
		b.add(") OR EXISTS (SELECT FROM position_assignment s JOIN position q ON q.id = s.position_id AND").standing("q", scope)
		b.add(" WHERE s.payee_id = ? AND s.from_date <= t.event_date AND t.event_date < s.to_date AND q.external_id = ANY(t.seller_positions) AND", scope.Reach.Payee).standing("s", scope)
		b.add("))")
	}
	found, err := r.transactions(ctx, scope, b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
