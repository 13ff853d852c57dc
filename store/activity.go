package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"spm/model"
)

type activityRow struct {
	TenantID       uuid.UUID       `bun:"tenant_id"`
	ID             int64           `bun:"id"`
	Version        int             `bun:"version"`
	Source         string          `bun:"source"`
	ExternalID     string          `bun:"external_id"`
	Kind           string          `bun:"kind"`
	PositionID     uuid.UUID       `bun:"position_id"`
	Date           date            `bun:"date"`
	Opportunity    string          `bun:"opportunity"`
	Quantity       *number         `bun:"quantity"`
	Attributes     json.RawMessage `bun:"attributes"`
	Status         string          `bun:"status"`
	SourceRevision int64           `bun:"source_revision"`
	TxFrom         int64           `bun:"tx_from"`
}

var activityColumns = columnList[activityRow]()

func (r *activityRow) activity() *model.Activity {
	a := &model.Activity{
		ID: model.IntID(model.KindActivity, r.ID), Source: r.Source, ExternalID: r.ExternalID, Kind: r.Kind,
		PositionID: model.UUIDs(model.KindPosition, r.PositionID), Date: model.Date(r.Date), Opportunity: r.Opportunity,
		Quantity: decimalPtr(r.Quantity), Status: model.ActivityStatus(r.Status), SourceRevision: r.SourceRevision, Version: r.Version,
	}
	if r.Attributes != nil {
		_ = json.Unmarshal(r.Attributes, &a.Attributes)
	}
	return a
}

func (tx *Tx) activityRow(a *model.Activity) (*activityRow, error) {
	r := &activityRow{
		TenantID: tx.Tenant, ID: a.ID.Int(), Version: a.Version, Source: a.Source, ExternalID: a.ExternalID, Kind: a.Kind,
		PositionID: a.PositionID.UUID(), Date: date(a.Date), Opportunity: a.Opportunity, Quantity: numberPtr(a.Quantity),
		Status: string(a.Status), SourceRevision: a.SourceRevision, TxFrom: tx.XID,
	}
	if len(a.Attributes) == 0 {
		return r, nil
	}
	var err error
	r.Attributes, err = json.Marshal(a.Attributes)
	return r, err
}

func activitiesFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT "+selected+" FROM activity t WHERE").inForce("t", scope)
	if !scope.Reach.All {
		b.add(" AND (").heldOn(scope, "t").add(")")
	}
	return b
}

func (r reads) activities(ctx context.Context, scope model.Scope, b *builder) ([]*model.Activity, error) {
	rows, err := collect[activityRow](ctx, r.q, scope, b)
	out := make([]*model.Activity, len(rows))
	for i, row := range rows {
		out[i] = row.activity()
	}
	return out, err
}

// ActivitiesByID reads activities by id.
func (r reads) ActivitiesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Activity, error) {
	keys := ints(model.KindActivity, ids)
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := r.activities(ctx, scope, activitiesFrom(activityColumns, scope).add(" AND t.id = ANY(?)", keys))
	out := make(map[model.ID]*model.Activity, len(found))
	for _, a := range found {
		out[a.ID] = a
	}
	return out, err
}

// ActivitiesByKey reads the activities in force with these keys.
func (r reads) ActivitiesByKey(ctx context.Context, scope model.Scope, keys []model.TransactionKey) (map[model.TransactionKey]*model.Activity, error) {
	b := (&builder{}).add("SELECT "+activityColumns+" FROM (SELECT DISTINCT * FROM unnest(?::text[], ?::text[]) m(source, external_id)) k"+
		" JOIN activity t ON t.source = k.source AND t.external_id = k.external_id WHERE", keyArgs(keys)...).inForce("t", scope)
	found, err := r.activities(ctx, scope, b)
	out := make(map[model.TransactionKey]*model.Activity, len(found))
	for _, a := range found {
		out[a.Key()] = a
	}
	return out, err
}

// ActivityPage reads a page of activities, by date.
func (r reads) ActivityPage(ctx context.Context, scope model.Scope, where *model.ActivityWhere, args model.PageArgs) (*model.Connection[model.Activity], error) {
	return page(ctx, r, scope, list[activityRow, model.Activity]{
		listing: activityList, columns: activityColumns, where: where, model: (*activityRow).activity,
		order: []orderKey{{expr: "t.date", cast: "date"}, {expr: "t.id", cast: "bigint"}},
	}, args)
}

type activityFactRow struct {
	activityRow
	Payee uuid.UUID `bun:"payee_id"`
}

// ActivityFacts reads the activities on days that count, of the positions that
// the payees held on their dates, as the facts that a calculation reads, grouped
// by payee.
func (r reads) ActivityFacts(ctx context.Context, scope model.Scope, payees []model.ID, days model.Interval) (map[model.ID][]model.CreditFact, error) {
	b := (&builder{}).add("SELECT " + activityColumns + ", s.payee_id FROM position_assignment s JOIN activity t ON t.position_id = s.position_id" +
		" AND s.from_date <= t.date AND t.date < s.to_date WHERE")
	b.inForce("s", scope).add(" AND").inForce("t", scope)
	b.add(" AND s.payee_id = ANY(?) AND t.status = 'DONE' AND t.date >= ? AND t.date < ?", uuids(payees), date(days.From), date(days.To))
	rows, err := collect[activityFactRow](ctx, r.q, scope, b)
	out, same := map[model.ID][]model.CreditFact{}, sharedIDs{}
	for _, row := range rows {
		payee := same.id(model.KindPayee, &row.Payee)
		out[*payee] = append(out[*payee], row.activity().Fact(payee))
	}
	return out, err
}

// SaveActivities writes versions of activities: the first of those without id,
// which get one, and the next of the others, whose version in force is closed.
// Another writer of the same activity makes it fail in a way that InTx tries
// anew.
func (tx *Tx) SaveActivities(ctx context.Context, all []*model.Activity) error {
	if len(all) == 0 {
		return nil
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *model.Activity) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ExternalID, b.ExternalID))
	})
	fresh := 0
	for _, a := range all {
		if a.ID.IsZero() {
			fresh++
		}
	}
	ids, err := tx.newKeys(ctx, fresh)
	if err != nil {
		return err
	}
	var written, closed []int64
	rows := make([]*activityRow, len(all))
	for i, a := range all {
		if a.ID.IsZero() {
			a.ID, ids = model.IntID(model.KindActivity, ids[0]), ids[1:]
		} else {
			closed = append(closed, a.ID.Int())
		}
		a.Version++
		written = append(written, a.ID.Int())
		if rows[i], err = tx.activityRow(a); err != nil {
			return err
		}
	}
	if err := tx.recordRange(ctx, model.KindActivity, written, nil); err != nil {
		return err
	}
	if len(closed) > 0 {
		slices.Sort(closed)
		n, err := tx.exec(ctx, `UPDATE activity t SET tx_to = $1 FROM (SELECT o.id, o.version FROM activity o
			WHERE o.tenant_id = $2 AND o.id = ANY($3) AND o.tx_to = $4 ORDER BY o.id FOR UPDATE) s
			WHERE t.tenant_id = $2 AND t.id = s.id AND t.version = s.version`, tx.XID, tx.Tenant, closed, forever)
		if err != nil {
			return err
		}
		if int(n) != len(closed) {
			return errOvertaken
		}
	}
	return insertAll(ctx, tx, "activity", rows)
}
