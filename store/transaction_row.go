package store

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type transactionRow struct {
	TenantID        uuid.UUID       `bun:"tenant_id"`
	ID              int64           `bun:"id"`
	Revision        int             `bun:"revision"`
	Source          string          `bun:"source"`
	ExternalID      string          `bun:"external_id"`
	OrderID         string          `bun:"order_id"`
	Line            string          `bun:"line"`
	Kind            string          `bun:"kind"`
	EventDate       date            `bun:"event_date"`
	BookedDate      *date           `bun:"booked_date"`
	InvoicedDate    *date           `bun:"invoiced_date"`
	PaidDate        *date           `bun:"paid_date"`
	GoLiveDate      *date           `bun:"go_live_date"`
	Amount          number          `bun:"amount"`
	Currency        string          `bun:"currency"`
	Quantity        *number         `bun:"quantity"`
	Margin          *number         `bun:"margin"`
	Product         string          `bun:"product"`
	Account         string          `bun:"account"`
	SellerPayees    []string        `bun:"seller_payees"`
	SellerPositions []string        `bun:"seller_positions"`
	SellerShares    []number        `bun:"seller_shares"`
	SellerWeights   []number        `bun:"seller_weights"`
	RelatesType     *string         `bun:"relates_type"`
	RelatesTo       *string         `bun:"relates_to"`
	Attributes      json.RawMessage `bun:"attributes"`
	Sequence        int64           `bun:"sequence"`
	SourceRevision  int64           `bun:"source_revision"`
	ContentHash     []byte          `bun:"content_hash"`
	TxFrom          int64           `bun:"tx_from"`
	TxTo            int64           `bun:"tx_to"`
	RecordedAt      time.Time       `bun:"recorded_at,scanonly"`
}

func (tx *Tx) transactionRow(t *model.Transaction, txTo int64) (*transactionRow, error) {
	r := &transactionRow{
		TenantID: tx.Tenant, ID: t.ID.Int(), Revision: t.Revision, Source: t.Source, ExternalID: t.ExternalID, OrderID: t.OrderID, Line: t.Line,
		Kind: t.Kind, EventDate: date(t.EventDate), BookedDate: datesRow(t.BookedDate), InvoicedDate: datesRow(t.InvoicedDate),
		PaidDate: datesRow(t.PaidDate), GoLiveDate: datesRow(t.GoLiveDate), Amount: number(t.Amount), Currency: string(t.Currency),
		Quantity: numberPtr(t.Quantity), Margin: numberPtr(t.Margin), Product: t.Product, Account: t.Account,
		Sequence: t.Sequence, SourceRevision: t.SourceRevision, ContentHash: t.ContentHash[:], TxFrom: tx.XID, TxTo: txTo,
	}
	for i := range t.Sellers {
		s := &t.Sellers[i]
		r.SellerPayees, r.SellerPositions = append(r.SellerPayees, s.Payee), append(r.SellerPositions, s.Position)
		if s.Share != nil {
			r.SellerShares = append(r.SellerShares, number(*s.Share))
		}
		if s.Weight != nil {
			r.SellerWeights = append(r.SellerWeights, number(*s.Weight))
		}
	}
	if t.RelatesTo != nil {
		r.RelatesType, r.RelatesTo = (*string)(&t.RelatesTo.Type), &t.RelatesTo.ExternalID
	}
	if len(t.Attributes) == 0 {
		return r, nil
	}
	var err error
	r.Attributes, err = json.Marshal(t.Attributes)
	return r, err
}

func (r *transactionRow) transaction() *model.Transaction {
	t := &model.Transaction{
		ID: model.IntID(model.KindTransaction, r.ID), Revision: r.Revision, Source: r.Source, ExternalID: r.ExternalID, OrderID: r.OrderID,
		Line: r.Line, Kind: r.Kind, EventDate: model.Date(r.EventDate), BookedDate: dates(r.BookedDate), InvoicedDate: dates(r.InvoicedDate),
		PaidDate: dates(r.PaidDate), GoLiveDate: dates(r.GoLiveDate), Amount: decimal.Decimal(r.Amount), Currency: model.CurrencyCode(r.Currency),
		Quantity: decimalPtr(r.Quantity), Margin: decimalPtr(r.Margin), Product: r.Product, Account: r.Account,
		Sequence: r.Sequence, SourceRevision: r.SourceRevision, ContentHash: [32]byte(r.ContentHash), RecordedAt: r.RecordedAt.UTC(),
	}
	for i := range r.SellerPayees {
		s := model.Seller{Payee: r.SellerPayees[i], Position: r.SellerPositions[i]}
		if i < len(r.SellerShares) {
			s.Share = (*decimal.Decimal)(&r.SellerShares[i])
		}
		if i < len(r.SellerWeights) {
			s.Weight = (*decimal.Decimal)(&r.SellerWeights[i])
		}
		t.Sellers = append(t.Sellers, s)
	}
	if r.RelatesType != nil && r.RelatesTo != nil {
		t.RelatesTo = &model.TransactionLink{Type: model.LinkType(*r.RelatesType), ExternalID: *r.RelatesTo}
	}
	if r.Attributes != nil {
		_ = json.Unmarshal(r.Attributes, &t.Attributes)
	}
	return t
}
