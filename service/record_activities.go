package service

import (
	"context"
	"strconv"
	"strings"

	"spm/model"
	"spm/store"
)

// RecordActivitiesInput is a batch of activities to record.
type RecordActivitiesInput struct {
	Activities       []*ActivityInput
	ClientMutationID *string
}

// ActivityInput is one row of a batch, as texts: what does not fit rejects this
// row only.
type ActivityInput struct {
	Source         *string              `json:",omitempty"`
	ExternalID     *string              `json:",omitempty"`
	SourceRevision *string              `json:",omitempty"`
	Kind           *string              `json:",omitempty"`
	Position       *string              `json:",omitempty"`
	Date           *string              `json:",omitempty"`
	Opportunity    *string              `json:",omitempty"`
	Quantity       *string              `json:",omitempty"`
	Attributes     []*RowAttributeInput `json:",omitempty"`
	Status         *string              `json:",omitempty"`
}

// RecordedActivity is what became of one row of a batch.
type RecordedActivity struct {
	Index      int                `json:"index"`
	ExternalID *string            `json:"externalId"`
	Status     RowStatus          `json:"status"`
	ActivityID *model.ID          `json:"activityId"`
	Errors     []*model.UserError `json:"errors"`
}

// RecordActivitiesPayload is what recording a batch did, row by row.
type RecordActivitiesPayload struct {
	Outcome
	Rows []*RecordedActivity `json:"rows"`
}

func (p *RecordActivitiesPayload) count(status RowStatus) (n int) {
	for _, row := range p.Rows {
		if row.Status == status {
			n++
		}
	}
	return n
}

// Created and its kin count the rows of each status.
func (p *RecordActivitiesPayload) Created() int    { return p.count(RowCreated) }
func (p *RecordActivitiesPayload) Revised() int    { return p.count(RowRevised) }
func (p *RecordActivitiesPayload) Unchanged() int  { return p.count(RowUnchanged) }
func (p *RecordActivitiesPayload) Superseded() int { return p.count(RowSuperseded) }
func (p *RecordActivitiesPayload) Rejected() int   { return p.count(RowRejected) }

// RecordActivities records up to 1,000 activities in one transaction. A row
// that does not fit is rejected by itself; one that says what is so already
// changes nothing, and neither does one with a lower source revision than the
// version in force.
func (s *Service) RecordActivities(ctx context.Context, input RecordActivitiesInput) (*RecordActivitiesPayload, error) {
	return mutate(ctx, s, "recordActivities", input, func(tx *store.Tx, p *RecordActivitiesPayload) error {
		switch n := len(input.Activities); {
		case n == 0:
			return model.Refuse(model.UserRequired, "input.activities", "there is nothing to record")
		case n > maxBatch:
			return model.Refuse(model.UserTooMany, "input.activities", "at most %d activities at a time", maxBatch)
		}
		b, err := readActivities(ctx, tx, input.Activities)
		if err != nil {
			return err
		}
		if err := b.save(ctx, tx); err != nil {
			return err
		}
		p.Rows = b.rows
		return nil
	})
}

// activityBatch decides what the rows of a batch do, in their order.
type activityBatch struct {
	rows    []*RecordedActivity
	given   []*model.Activity // per row; nil where it was rejected
	before  map[model.TransactionKey]*model.Activity
	written map[model.TransactionKey]*model.Activity // the last that was taken
}

// readActivities reads the rows and gives each its status.
func readActivities(ctx context.Context, tx *store.Tx, given []*ActivityInput) (*activityBatch, error) {
	b := &activityBatch{
		rows: make([]*RecordedActivity, len(given)), given: make([]*model.Activity, len(given)), written: map[model.TransactionKey]*model.Activity{},
	}
	var names []string
	for _, in := range given {
		if name := or(in.Position, ""); strings.IndexByte(name, 0) < 0 {
			names = append(names, name)
		}
	}
	found, err := tx.PositionsByKey(ctx, tx.Scope(), names)
	if err != nil {
		return nil, err
	}
	positions := make(map[string]*model.Position, len(found))
	for _, p := range found {
		positions[p.ExternalID] = p
	}
	var keys []model.TransactionKey
	for i, in := range given {
		b.rows[i] = &RecordedActivity{Index: i, ExternalID: in.ExternalID, Errors: []*model.UserError{}}
		a, errs := readActivity(i, in, positions)
		if len(errs) > 0 {
			b.rows[i].Status, b.rows[i].Errors = RowRejected, errs
			continue
		}
		b.given[i], keys = a, append(keys, a.Key())
	}
	if b.before, err = tx.ActivitiesByKey(ctx, tx.Scope(), keys); err != nil {
		return nil, err
	}
	for i, a := range b.given {
		if a != nil {
			b.rows[i].Status = b.take(a)
		}
	}
	return b, nil
}

// readActivity turns a row into an activity.
func readActivity(index int, in *ActivityInput, positions map[string]*model.Position) (*model.Activity, model.UserErrors) {
	r := &rowReader{path: "input.activities." + strconv.Itoa(index) + "."}
	a := &model.Activity{
		Source:         r.key("source", in.Source, maxSource),
		ExternalID:     r.key("externalId", in.ExternalID, maxKey),
		SourceRevision: r.whole("sourceRevision", in.SourceRevision, 0),
		Kind:           r.key("kind", in.Kind, maxKey),
		Date:           r.neededDate("date", in.Date),
		Opportunity:    r.text("opportunity", in.Opportunity, maxKey),
		Quantity:       r.decimal("quantity", in.Quantity),
		Attributes:     r.attributes(in.Attributes),
		Status:         model.ActivityDone,
	}
	if a.Date >= model.MaxDate {
		r.add(model.UserInvalid, "date", "an activity is of a day before %s", model.MaxDate)
	}
	if !absent(in.Status) {
		a.Status = model.ActivityStatus(*in.Status)
	}
	if a.Status != model.ActivityDone && a.Status != model.ActivityWithdrawn {
		r.add(model.UserInvalid, "status", "a status is %s or %s", model.ActivityDone, model.ActivityWithdrawn)
	}
	switch name := r.key("position", in.Position, maxKey); {
	case name == "":
	case positions[name] == nil:
		r.add(model.UserNotFound, "position", "there is no position with this key")
	default:
		a.PositionID = positions[name].ID
	}
	return a, r.errs
}

// take takes a row in and tells what it does.
func (b *activityBatch) take(a *model.Activity) RowStatus {
	now := b.written[a.Key()]
	if now == nil {
		now = b.before[a.Key()]
	}
	switch {
	case now == nil:
		b.written[a.Key()] = a
		return RowCreated
	case a.SourceRevision < now.SourceRevision:
		return RowSuperseded
	case a.SourceRevision == now.SourceRevision && a.Says(now):
		return RowUnchanged
	}
	b.written[a.Key()] = a
	return RowRevised
}

// save writes what is new, marks whom it may concern, and tells each row its
// activity.
func (b *activityBatch) save(ctx context.Context, tx *store.Tx) error {
	var fresh, concerned []*model.Activity
	for key, a := range b.written {
		if old := b.before[key]; old != nil {
			a.ID, a.Version = old.ID, old.Version
			if a.SourceRevision == old.SourceRevision && a.Says(old) {
				continue // taken back within the batch
			}
			concerned = append(concerned, old)
		}
		fresh, concerned = append(fresh, a), append(concerned, a)
	}
	if err := tx.SaveActivities(ctx, fresh); err != nil {
		return err
	}
	for i, a := range b.given {
		if a == nil {
			continue
		}
		now := b.written[a.Key()]
		if now == nil {
			now = b.before[a.Key()]
		}
		b.rows[i].ActivityID = &now.ID
	}
	return markActivities(ctx, tx, concerned)
}

// markActivities marks who had sat down in the positions before the end of the
// longest period with the activities' dates, whose windows may hold them.
func markActivities(ctx context.Context, tx *store.Tx, activities []*model.Activity) error {
	days := map[model.ID][]model.Interval{}
	for _, a := range activities {
		days[a.PositionID] = append(days[a.PositionID], model.Interval{From: a.Date, To: a.Date.AddDays(1)})
	}
	marks, err := windowHolders(ctx, tx, days)
	if err != nil {
		return err
	}
	return tx.MarkDirty(ctx, marks...)
}
