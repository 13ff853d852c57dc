package service

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"spm/model"
	"spm/store"
)

// UpdatePositionInput is a change of a position from a day on.
type UpdatePositionInput struct {
	ID               model.ID
	IfVersion        int
	EffectiveFrom    *model.Date
	Name             graphql.Omittable[*string]           `json:",omitzero"`
	TitleID          graphql.Omittable[*model.ID]         `json:",omitzero"`
	ParentID         graphql.Omittable[*model.ID]         `json:",omitzero"`
	Attributes       graphql.Omittable[[]*AttributeInput] `json:",omitzero"`
	ClientMutationID *string
}

// UpdatePositionPayload is what changing a position did.
type UpdatePositionPayload struct {
	Outcome
	PositionID *model.ID
}

// UpdatePosition changes a position from a day on. The transactions credited
// in its subtree, before or after, are credited anew.
func (s *Service) UpdatePosition(ctx context.Context, input UpdatePositionInput) (*UpdatePositionPayload, error) {
	return mutate(ctx, s, "updatePosition", input, func(tx *store.Tx, p *UpdatePositionPayload) error {
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		all, err := tx.Positions(ctx, tx.Scope())
		if err != nil {
			return err
		}
		byID := map[model.ID]*model.Position{}
		for _, one := range all {
			byID[one.ID] = one
		}
		var errs model.UserErrors
		position := needed(&errs, "input.id", &input.ID, byID)
		if position == nil {
			return errs
		}
		p.PositionID = &input.ID
		old := below(all, []model.ID{input.ID})
		from := applyPosition(&errs, position, input)
		if err := checkPositionRefs(ctx, tx, &errs, input, byID); err != nil {
			return err
		}
		if loops(byID, position) {
			errs.Add(model.UserCycle, "input.parentId", "the position would be above itself")
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		position.Version = input.IfVersion
		if _, err := tx.SavePosition(ctx, position); err != nil {
			return err
		}
		return markSubtree(ctx, tx, position, from, old)
	})
}

func applyPosition(errs *model.UserErrors, position *model.Position, input UpdatePositionInput) model.Date {
	if name, given := input.Name.ValueOK(); given {
		if name == nil {
			errs.Add(model.UserRequired, "input.name", "a position has a name")
		} else {
			checkText(errs, "input.name", *name, maxName)
			position.Name = *name
		}
	}
	from := checkDays(errs, "input.effectiveFrom", input.EffectiveFrom, nil).From
	if !input.TitleID.IsSet() && !input.ParentID.IsSet() && !input.Attributes.IsSet() {
		return from
	}
	if len(position.Slices) > 0 {
		from = max(from, position.Slices[0].Days.From)
	}
	position.Slices = replaceFrom(position.Slices, from, positionDays, func(s model.PositionSlice) model.PositionSlice {
		if title, given := input.TitleID.ValueOK(); given {
			s.TitleID = title
		}
		if parent, given := input.ParentID.ValueOK(); given {
			s.ParentID = parent
		}
		if attributes, given := input.Attributes.ValueOK(); given {
			s.Attributes = checkAttributes(errs, "input.attributes", attributes)
		}
		return s
	})
	return from
}

func checkPositionRefs(ctx context.Context, tx *store.Tx, errs *model.UserErrors, input UpdatePositionInput, byID map[model.ID]*model.Position) error {
	title, _ := input.TitleID.ValueOK()
	titles, err := tx.TitlesByID(ctx, tx.Scope(), ids(title))
	if err != nil {
		return err
	}
	needed(errs, "input.titleId", title, titles)
	parent, _ := input.ParentID.ValueOK()
	needed(errs, "input.parentId", parent, byID)
	return nil
}

// loops tells whether the position is above itself on some day.
func loops(byID map[model.ID]*model.Position, position *model.Position) bool {
	byID[position.ID] = position
	var up func(model.ID, model.Interval, int) bool
	up = func(id model.ID, days model.Interval, depth int) bool {
		at := byID[id]
		if at == nil || depth > len(byID) {
			return false
		}
		for _, s := range at.Slices {
			span := s.Days.Intersect(days)
			if s.ParentID == nil || span.Empty() {
				continue
			}
			if *s.ParentID == position.ID || up(*s.ParentID, span, depth+1) {
				return true
			}
		}
		return false
	}
	return up(position.ID, model.Always, 0)
}

// markSubtree marks what a change of a position can alter: the transactions
// credited to it or below it, whose rollups may go elsewhere, those that name
// it or that a rule gives to it, since it may be there on other days than
// before, and the earnings of who holds it, whose title's plans and quotas may
// be others.
func markSubtree(ctx context.Context, tx *store.Tx, position *model.Position, from model.Date, old []model.PositionSpan) error {
	days := model.Interval{From: from, To: model.MaxDate}
	concerned := []uuid.UUID{position.ID.UUID()}
	for _, span := range old {
		concerned = append(concerned, span.Position)
	}
	if err := tx.MarkRecredit(ctx, store.Recredit{Days: days, Positions: concerned, Sellers: []string{position.ExternalID}}); err != nil {
		return err
	}
	if err := markRulesOf(ctx, tx, position.ID, days); err != nil {
		return err
	}
	seats, err := tx.PositionAssignmentsIn(ctx, tx.Scope(), position.ID)
	if err != nil {
		return err
	}
	var marks []store.Dirty
	for _, seat := range seats {
		if !seat.Days.Intersect(days).Empty() { // and later: whether a return counts depends on its sale's day
			marks = append(marks, store.Dirty{Payee: &seat.PayeeID, Days: model.Interval{From: max(from, seat.Days.From), To: model.MaxDate}})
		}
	}
	return markOrganisation(ctx, tx, days, marks...)
}
