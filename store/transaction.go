package store

import (
	"context"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"

	"spm/model"
)

var transactionColumns = strings.Join(columns(reflect.TypeFor[transactionRow](), "t"), ", ")

// Revision is what is known of one revision of a transaction.
type Revision struct {
	ID             int64
	Revision       int
	SourceRevision int64
	ContentHash    [32]byte
	InForce        bool
}

// TransactionRevisions reads all revisions of the transactions with these
// keys, those that were never in force too.
func (r reads) TransactionRevisions(ctx context.Context, scope model.Scope, keys []model.TransactionKey) (map[model.TransactionKey][]Revision, error) {
	b := (&builder{}).add("SELECT t.source, t.external_id, t.id, t.revision, t.source_revision, t.content_hash, t.tx_to = ? FROM "+keyed, append([]any{forever}, keyArgs(keys)...)...)
	b.add(" WHERE t.tenant_id = ? AND t.tx_from < ?", scope.Tenant, scope.Read.Horizon)
	out := map[model.TransactionKey][]Revision{}
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var key model.TransactionKey
		var one Revision
		var hash []byte
		if err := rows.Scan(&key.Source, &key.ExternalID, &one.ID, &one.Revision, &one.SourceRevision, &hash, &one.InForce); err != nil {
			return err
		}
		copy(one.ContentHash[:], hash)
		out[key] = append(out[key], one)
		return nil
	})
	return out, err
}

// keyed joins transactions t to pairs of source and external id.
const keyed = "unnest(?::text[], ?::text[]) k(source, external_id) JOIN transaction t ON t.source = k.source AND t.external_id = k.external_id"

func keyArgs(keys []model.TransactionKey) []any {
	sources, externals := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		sources[i], externals[i] = k.Source, k.ExternalID
	}
	return []any{sources, externals}
}

func (r reads) transactions(ctx context.Context, scope model.Scope, b *builder) ([]*model.Transaction, error) {
	rows, err := collect[transactionRow](ctx, r.q, scope, b)
	out := make([]*model.Transaction, len(rows))
	for i, row := range rows {
		out[i] = row.transaction()
	}
	return out, err
}

// TransactionsByKey reads the transactions in force with these keys.
func (r reads) TransactionsByKey(ctx context.Context, scope model.Scope, keys []model.TransactionKey) ([]*model.Transaction, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	b := (&builder{}).add("SELECT "+transactionColumns+" FROM "+keyed+" WHERE", keyArgs(keys)...).inForce("t", scope)
	reachTransactions(b, scope)
	return r.transactions(ctx, scope, b)
}

// TransactionsByID reads transactions by id.
func (r reads) TransactionsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Transaction, error) {
	keys := ints(model.KindTransaction, ids)
	if len(keys) == 0 {
		return nil, nil
	}
	b := transactionsFrom(transactionColumns, scope).add(" AND t.id = ANY(?)", keys)
	found, err := r.transactions(ctx, scope, b)
	out := make(map[model.ID]*model.Transaction, len(found))
	for _, t := range found {
		out[t.ID] = t
	}
	return out, err
}

// ints gives the numbers of the ids of one kind.
func ints(kind model.Kind, ids []model.ID) []int64 {
	keys := make([]int64, 0, len(ids))
	for _, id := range ids {
		if id.Kind == kind {
			keys = append(keys, id.Int())
		}
	}
	return keys
}

// TransactionHistory reads all revisions of the transactions that the caller
// may see, in the order in which they came. Who does not see all rows gets the
// revision in force alone: an earlier one may have been somebody else's.
func (r reads) TransactionHistory(ctx context.Context, scope model.Scope, ids []model.ID) ([]*model.Transaction, error) {
	if !scope.Reach.All {
		return r.transactions(ctx, scope, transactionsFrom(transactionColumns, scope).add(" AND t.id = ANY(?) ORDER BY t.id", ints(model.KindTransaction, ids)))
	}
	b := (&builder{}).add("SELECT "+transactionColumns+" FROM transaction t WHERE t.tenant_id = ? AND t.tx_from < ? AND t.id = ANY(?)",
		scope.Tenant, scope.Read.Horizon, ints(model.KindTransaction, ids))
	return r.transactions(ctx, scope, b.add(" ORDER BY t.id, t.revision"))
}

func transactionsFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT "+selected+" FROM transaction t WHERE").inForce("t", scope)
	reachTransactions(b, scope)
	return b
}

// reachTransactions keeps the transactions of which the caller may see a
// credit, or which are of the caller's product line.
func reachTransactions(b *builder, scope model.Scope) {
	if scope.Reach.All {
		return
	}
	if scope.Reach.Line != nil {
		b.ofLine("t", scope)
		return
	}
	b.add(" AND t.id IN (SELECT c.transaction_id FROM credit c WHERE").inForce("c", scope)
	reachCredits(b, "c", scope)
	b.add(")")
}

// TransactionPage reads a page of transactions, by event date.
func (r reads) TransactionPage(ctx context.Context, scope model.Scope, where *model.TransactionWhere, args model.PageArgs) (*model.Connection[model.Transaction], error) {
	return page(ctx, r, scope, list[transactionRow, model.Transaction]{
		listing: transactionList, columns: transactionColumns, where: where, model: (*transactionRow).transaction,
		order: []orderKey{{expr: "t.event_date", cast: "date"}, {expr: "t.id", cast: "bigint"}},
	}, args)
}

// NewTransactionKeys draws ids for n transactions, ascending.
func (tx *Tx) NewTransactionKeys(ctx context.Context, n int) ([]int64, error) {
	return tx.newKeys(ctx, n)
}

// NewRevision is a revision to be written; it is in force, or was overtaken
// before it came.
type NewRevision struct {
	*model.Transaction
	InForce bool
}

// SaveRevisions writes new revisions, in the order of their keys, and closes
// those that they take the place of. Another writer of the same transaction
// makes it fail in a way that InTx tries anew.
func (tx *Tx) SaveRevisions(ctx context.Context, revisions []NewRevision, replaced []Revision) error {
	rows := make([]*transactionRow, len(revisions))
	first, last := model.ID{}, model.ID{}
	for i, r := range revisions {
		to := forever
		if !r.InForce {
			to = tx.XID
		}
		var err error
		if rows[i], err = tx.transactionRow(r.Transaction, to); err != nil {
			return err
		}
		if first.IsZero() || r.ID.Int() < first.Int() {
			first = r.ID
		}
		if last.IsZero() || r.ID.Int() > last.Int() {
			last = r.ID
		}
	}
	if err := tx.record(ctx, changeRow{Kind: "APPEND", Object: first, Last: &last}); err != nil {
		return err
	}
	if err := tx.closeRevisions(ctx, replaced); err != nil {
		return err
	}
	return insertAll(ctx, tx, "transaction", rows)
}

func (tx *Tx) closeRevisions(ctx context.Context, replaced []Revision) error {
	if len(replaced) == 0 {
		return nil
	}
	ids, numbers := make([]int64, len(replaced)), make([]int64, len(replaced))
	for i, r := range replaced {
		ids[i], numbers[i] = r.ID, int64(r.Revision)
	}
	n, err := tx.exec(ctx, `UPDATE transaction t SET tx_to = $1 FROM (
			SELECT o.id, o.revision FROM unnest($3::bigint[], $4::bigint[]) m(id, revision)
			JOIN transaction o ON o.tenant_id = $2 AND o.id = m.id AND o.revision = m.revision AND o.tx_to = $5
			ORDER BY o.id FOR UPDATE OF o) s
		WHERE t.tenant_id = $2 AND t.id = s.id AND t.revision = s.revision`, tx.XID, tx.Tenant, ids, numbers, forever)
	if err == nil && int(n) != len(replaced) {
		return errOvertaken
	}
	return err
}

// HoldTransactions locks the transactions in force among the ids and reads
// them, so that nobody else credits them until the transaction ends.
func (tx *Tx) HoldTransactions(ctx context.Context, ids []int64) ([]*model.Transaction, error) {
	b := (&builder{}).add("SELECT "+transactionColumns+" FROM transaction t WHERE t.tenant_id = ? AND t.id = ANY(?) AND t.tx_to = ? ORDER BY t.id FOR UPDATE", tx.Tenant, ids, forever)
	return tx.transactions(ctx, tx.Scope(), b)
}

// HoldReversals locks and reads the transactions in force that reverse those
// with these keys.
func (tx *Tx) HoldReversals(ctx context.Context, keys []model.TransactionKey) ([]*model.Transaction, error) {
	return tx.transactions(ctx, tx.Scope(), reversing(keys, model.Unbounded(tx.Tenant, model.Latest)).add(" FOR UPDATE OF t"))
}

// TransactionsReversing reads the transactions that reverse those with these keys.
func (r reads) TransactionsReversing(ctx context.Context, scope model.Scope, keys []model.TransactionKey) ([]*model.Transaction, error) {
	return r.transactions(ctx, scope, reversing(keys, scope))
}

func reversing(keys []model.TransactionKey, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT "+transactionColumns+" FROM (SELECT DISTINCT * FROM unnest(?::text[], ?::text[]) m(source, external_id)) k"+
		" JOIN transaction t ON t.source = k.source AND t.relates_to = k.external_id AND t.relates_to IS NOT NULL AND", keyArgs(keys)...)
	return b.asOf("t", scope).add(" AND t.relates_type = 'REVERSES' ORDER BY t.id")
}
