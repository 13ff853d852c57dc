package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type holdReleaseRow struct {
	head
	PayeeID     uuid.UUID `bun:"payee_id"`
	PositionID  uuid.UUID `bun:"position_id"`
	PeriodID    uuid.UUID `bun:"period_id"`
	ComponentID uuid.UUID `bun:"component_id"`
	Source      string    `bun:"source"`
	Deal        string    `bun:"deal"`
	Part        string    `bun:"part"`
	Date        date      `bun:"date"`
	Reason      string    `bun:"reason"`
	AuthorID    uuid.UUID `bun:"author_id"`
	CreatedAt   time.Time `bun:"created_at"`
}

var holdReleases = &table[holdReleaseRow, model.HoldRelease, *holdReleaseRow]{
	name: "hold_release", kind: model.KindHoldRelease,
	order: []orderKey{{expr: "t.created_at", cast: "timestamptz"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *holdReleaseRow) *model.HoldRelease {
		return &model.HoldRelease{
			ID: model.UUIDs(model.KindHoldRelease, r.ID), PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PositionID: model.UUIDs(model.KindPosition, r.PositionID),
			PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID), ComponentID: model.UUIDs(model.KindComponent, r.ComponentID), Source: r.Source, ExternalID: r.Deal, Part: r.Part,
			Date: model.Date(r.Date), Reason: r.Reason, AuthorID: model.UUIDs(model.KindUser, r.AuthorID), CreatedAt: r.CreatedAt, Version: r.Version,
		}
	},
	row: func(m *model.HoldRelease) (*holdReleaseRow, model.ID, int) {
		return &holdReleaseRow{
			PayeeID: m.PayeeID.UUID(), PositionID: m.PositionID.UUID(), PeriodID: m.PeriodID.UUID(), ComponentID: m.ComponentID.UUID(), Source: m.Source, Deal: m.ExternalID,
			Part: m.Part, Date: date(m.Date), Reason: m.Reason, AuthorID: m.AuthorID.UUID(), CreatedAt: m.CreatedAt,
		}, m.ID, m.Version
	},
	reach: ofPayees,
}

// HoldReleasesOf reads what persons have released to payees.
func (r reads) HoldReleasesOf(ctx context.Context, scope model.Scope, payees []model.ID) ([]*model.HoldRelease, error) {
	return holdReleases.models(ctx, r, scope, holdReleases.from(holdReleases.columns(), scope).add(" AND t.payee_id = ANY(?) ORDER BY t.id", uuids(payees)))
}

// HoldReleasesByID reads releases by persons by id.
func (r reads) HoldReleasesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.HoldRelease, error) {
	return holdReleases.byIDs(ctx, r, scope, ids)
}

// SaveHoldRelease writes a release.
func (tx *Tx) SaveHoldRelease(ctx context.Context, m *model.HoldRelease) (int, error) {
	return holdReleases.save(ctx, tx, m)
}

// DealFact is a payment or return of a sale, or the sale itself where Of is empty.
type DealFact struct {
	Source, ExternalID string // of the sale
	Role               model.KindRole
	Transaction        *model.Transaction
}

// DealFacts reads sales in force by their keys, with their payments and returns.
func (r reads) DealFacts(ctx context.Context, scope model.Scope, keys []model.TransactionKey) ([]DealFact, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	columns := "k.source, k.external_id, t.id, t.source, t.external_id, t.kind, t.event_date, t.amount, t.currency, coalesce(n.role, '')"
	role := " LEFT JOIN transaction_kind n ON n.key = t.kind AND"
	b := (&builder{}).add("SELECT "+columns+" FROM unnest(?::text[], ?::text[]) k(source, external_id) JOIN transaction t ON t.source = k.source AND t.external_id = k.external_id AND", keyArgs(keys)...)
	b.inForce("t", scope).add(role).inForce("n", scope)
	b.add(" UNION ALL SELECT "+columns+" FROM unnest(?::text[], ?::text[]) k(source, external_id) JOIN transaction t ON t.source = k.source AND t.relates_to = k.external_id AND t.relates_type IN ('PAYS', 'REVERSES') AND", keyArgs(keys)...)
	b.inForce("t", scope).add(role).inForce("n", scope)
	rows, err := collect[dealFactRow](ctx, r.q, scope, b)
	out := make([]DealFact, len(rows))
	for i, row := range rows {
		out[i] = DealFact{Source: row.OfSource, ExternalID: row.OfExternalID, Role: model.KindRole(row.Role), Transaction: &model.Transaction{
			ID: model.IntID(model.KindTransaction, row.ID), Source: row.Source, ExternalID: row.ExternalID, Kind: row.Kind, EventDate: model.Date(row.EventDate),
			Amount: decimal.Decimal(row.Amount), Currency: model.CurrencyCode(row.Currency),
		}}
	}
	return out, err
}

type dealFactRow struct {
	OfSource, OfExternalID string
	ID                     int64
	Source, ExternalID     string
	Kind                   string
	EventDate              date
	Amount                 number
	Currency               string
	Role                   string
}
