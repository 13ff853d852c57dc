package service

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// RecordTransactionsInput is a batch of transactions to record.
type RecordTransactionsInput struct {
	Transactions     []*TransactionInput
	ClientMutationID *string
}

// RowStatus is what became of a row.
type RowStatus string

// What can become of a row.
const (
	RowCreated    RowStatus = "CREATED"
	RowRevised    RowStatus = "REVISED"
	RowUnchanged  RowStatus = "UNCHANGED"
	RowSuperseded RowStatus = "SUPERSEDED"
	RowRejected   RowStatus = "REJECTED"
)

// RecordedRow is what became of one row of a batch.
type RecordedRow struct {
	Index          int                `json:"index"`
	ExternalID     *string            `json:"externalId"`
	Status         RowStatus          `json:"status"`
	TransactionID  *model.ID          `json:"transactionId"`
	Errors         []*model.UserError `json:"errors"`
	ExceptionCount int                `json:"exceptionCount"`
}

// RecordTransactionsPayload is what recording a batch did, row by row.
type RecordTransactionsPayload struct {
	Outcome
	Rows []*RecordedRow `json:"rows"`
}

func (p *RecordTransactionsPayload) count(status RowStatus) (n int) {
	for _, row := range p.Rows {
		if row.Status == status {
			n++
		}
	}
	return n
}

// Created and its kin count the rows of each status.
func (p *RecordTransactionsPayload) Created() int    { return p.count(RowCreated) }
func (p *RecordTransactionsPayload) Revised() int    { return p.count(RowRevised) }
func (p *RecordTransactionsPayload) Unchanged() int  { return p.count(RowUnchanged) }
func (p *RecordTransactionsPayload) Superseded() int { return p.count(RowSuperseded) }
func (p *RecordTransactionsPayload) Rejected() int   { return p.count(RowRejected) }

// maxBatch bounds the rows of a batch.
const maxBatch = 1000

// RecordTransactions records up to 1,000 transactions and credits them, all in
// one transaction. A row that does not fit is rejected by itself. Of the
// revisions of a transaction that of the highest source revision, and among
// those that of the highest content hash, is in force, whatever came last; a
// row that is known already changes nothing.
func (s *Service) RecordTransactions(ctx context.Context, input RecordTransactionsInput) (*RecordTransactionsPayload, error) {
	facts, faults := readBatch(input)
	return mutate(ctx, s, "recordTransactions", input, func(tx *store.Tx, p *RecordTransactionsPayload) error {
		switch n := len(input.Transactions); {
		case n == 0:
			return model.Refuse(model.UserRequired, "input.transactions", "there is nothing to record")
		case n > maxBatch:
			return model.Refuse(model.UserTooMany, "input.transactions", "at most %d transactions at a time", maxBatch)
		}
		b := &batch{facts: slices.Clone(facts), rows: make([]*RecordedRow, len(facts))}
		for i, t := range facts {
			b.rows[i] = &RecordedRow{Index: i, ExternalID: input.Transactions[i].ExternalID, Errors: []*model.UserError{}}
			if faults[i] != nil {
				b.rows[i].Status, b.rows[i].Errors = RowRejected, faults[i]
				continue
			}
			own := *t
			b.facts[i] = &own
		}
		if err := s.recordBatch(ctx, tx, b); err != nil {
			return err
		}
		p.Rows = b.rows
		return nil
	})
}

func readBatch(input RecordTransactionsInput) ([]*model.Transaction, []model.UserErrors) {
	n := len(input.Transactions)
	if n > maxBatch {
		n = 0
	}
	facts, faults := make([]*model.Transaction, n), make([]model.UserErrors, n)
	for i := range n {
		facts[i], faults[i] = readRow(indexed("input.transactions", i), input.Transactions[i])
	}
	return facts, faults
}

// recordBatch writes what is new in the batch and credits it.
func (s *Service) recordBatch(ctx context.Context, tx *store.Tx, b *batch) error {
	if err := tx.ShareSetup(ctx); err != nil {
		return err
	}
	if err := tx.LockFacts(ctx, b.linked()); err != nil {
		return err
	}
	known, err := tx.TransactionRevisions(ctx, tx.Scope(), b.keys())
	if err != nil {
		return err
	}
	b.decide(known)
	exceptions, err := s.writeBatch(ctx, tx, b)
	if err != nil {
		return err
	}
	return b.report(ctx, tx, exceptions)
}

// writeBatch writes and credits what is new in the batch and gives how many
// exceptions each credited transaction has.
func (s *Service) writeBatch(ctx context.Context, tx *store.Tx, b *batch) (map[model.ID]int, error) {
	if len(b.added) == 0 {
		return nil, nil
	}
	ids, err := tx.NewTransactionKeys(ctx, len(b.fresh))
	if err != nil {
		return nil, err
	}
	if err := tx.SaveRevisions(ctx, b.number(ids), b.replaced); err != nil {
		return nil, err
	}
	if err := markPaid(ctx, tx, b.added); err != nil {
		return nil, err
	}
	return s.credit(ctx, tx, b.job())
}

// report tells each row its transaction and how many exceptions that has.
func (b *batch) report(ctx context.Context, tx *store.Tx, exceptions map[model.ID]int) error {
	var others []int64
	b.each(func(row *RecordedRow, t *model.Transaction) {
		state := b.states[t.Key()]
		row.TransactionID, row.ExceptionCount = &state.id, exceptions[state.id]
		if state.current == nil {
			others = append(others, state.id.Int())
		}
	})
	found, err := tx.ExceptionsOfTransactions(ctx, tx.Scope(), others)
	of := groupBy(found, func(e *model.CreditingException) model.ID { return e.TransactionID })
	b.each(func(row *RecordedRow, t *model.Transaction) {
		row.ExceptionCount += len(of[*row.TransactionID])
	})
	return err
}

// batch decides what the rows of a batch do, in their order.
type batch struct {
	facts  []*model.Transaction // per row; not read where it was rejected
	rows   []*RecordedRow
	states map[model.TransactionKey]*revisions

	added    []*model.Transaction // revisions that are new
	fresh    []*revisions         // transactions that are new
	replaced []store.Revision     // revisions that were in force until now
}

// revisions is what is known of one transaction.
type revisions struct {
	key     model.TransactionKey
	id      model.ID
	known   []store.Revision
	current *model.Transaction // in force since this batch, nil where none is
	top     store.Revision     // the one in force, by number and hash
	fresh   bool
}

// ranks orders the revisions of a transaction: the highest is in force.
func ranks(a, b store.Revision) int {
	return cmp.Or(cmp.Compare(a.SourceRevision, b.SourceRevision), bytes.Compare(a.ContentHash[:], b.ContentHash[:]))
}

func (b *batch) each(do func(row *RecordedRow, t *model.Transaction)) {
	for i, row := range b.rows {
		if row.Status != RowRejected {
			do(row, b.facts[i])
		}
	}
}

func (b *batch) keys() []model.TransactionKey {
	var keys []model.TransactionKey
	seen := make(map[model.TransactionKey]bool, len(b.rows))
	b.each(func(_ *RecordedRow, t *model.Transaction) {
		if !seen[t.Key()] {
			seen[t.Key()] = true
			keys = append(keys, t.Key())
		}
	})
	return keys
}

func (b *batch) linked() (linked bool) {
	b.each(func(_ *RecordedRow, t *model.Transaction) {
		_, reverses := t.Reverses()
		linked = linked || reverses
	})
	return linked
}

// decide gives each row its status; rows of one transaction act as if they had
// come one after the other.
func (b *batch) decide(known map[model.TransactionKey][]store.Revision) {
	b.states = make(map[model.TransactionKey]*revisions, len(b.rows))
	b.each(func(row *RecordedRow, t *model.Transaction) {
		state := b.states[t.Key()]
		if state == nil {
			state = b.stateOf(t.Key(), known[t.Key()])
		}
		row.Status = state.add(t)
		if row.Status != RowUnchanged {
			b.added = append(b.added, t)
		}
	})
	for _, state := range b.states {
		for _, k := range state.known {
			if k.InForce && state.current != nil {
				b.replaced = append(b.replaced, k)
			}
		}
	}
}

func (b *batch) stateOf(key model.TransactionKey, known []store.Revision) *revisions {
	state := &revisions{key: key, known: known, fresh: len(known) == 0}
	b.states[key] = state
	for _, k := range known {
		state.id = model.IntID(model.KindTransaction, k.ID)
		if k.InForce {
			state.top = k
		}
	}
	if state.fresh {
		b.fresh = append(b.fresh, state)
	}
	return state
}

// add takes a revision in and tells what it does.
func (r *revisions) add(t *model.Transaction) RowStatus {
	one := store.Revision{SourceRevision: t.SourceRevision, ContentHash: t.ContentHash}
	if slices.ContainsFunc(r.known, func(k store.Revision) bool { return ranks(k, one) == 0 }) {
		return RowUnchanged
	}
	first := len(r.known) == 0
	r.known = append(r.known, one)
	t.Revision = len(r.known)
	if !first && ranks(one, r.top) < 0 {
		return RowSuperseded
	}
	r.top, r.current = one, t
	if first {
		return RowCreated
	}
	return RowRevised
}

// number gives ids to the new transactions, in the order of their keys, and
// lists all new revisions in that order, so that two batches that meet wait
// for each other rather than lock up.
func (b *batch) number(ids []int64) []store.NewRevision {
	slices.SortFunc(b.fresh, func(x, y *revisions) int { return compareKeys(x.key, y.key) })
	for i, state := range b.fresh {
		state.id = model.IntID(model.KindTransaction, ids[i])
	}
	out := make([]store.NewRevision, len(b.added))
	for i, t := range b.added {
		state := b.states[t.Key()]
		t.ID = state.id
		out[i] = store.NewRevision{Transaction: t, InForce: state.current == t}
	}
	slices.SortStableFunc(out, func(x, y store.NewRevision) int { return compareKeys(x.Key(), y.Key()) })
	return out
}

func compareKeys(a, b model.TransactionKey) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ExternalID, b.ExternalID))
}

// job is what is to be credited: the transactions with a new revision in
// force.
func (b *batch) job() creditJob {
	job := creditJob{fresh: map[model.ID]bool{}, revised: map[model.ID]bool{}}
	for _, state := range b.states {
		switch {
		case state.current == nil:
			continue
		case state.fresh:
			job.fresh[state.id] = true
		default:
			job.revised[state.id] = true
		}
		job.held = append(job.held, state.current)
	}
	return job
}
